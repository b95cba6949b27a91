"""CSV files as blocks of rows of text, each row with the number of the line on which it starts.

The file is read once, as a stream: hashed, decoded and cut into rows by the `csv` module, a block at a time. What the
cells mean is no concern here; a block may hold blank rows and rows of any length.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from attrs import define

from feecalc.problems import Place
from feecalc.read.faults import (
    LISTED,
    OTHER_KINDS,
    Findings,
    Unreadable,
    cannot_read,
    other_kind,
    shown,
    where_undecodable,
)
from feecalc.read.headers import Block
from feecalc.read.plain_csv import LARGE, PlainTable, plain_table
from feecalc.read.steady import steady

# Fewer than the 700 new containers after which Python's collector looks through everything: rows live for one block,
# and with longer blocks the collector takes as long as the reading.
_ROWS_IN_BLOCK = 200
_BUFFER = 1 << 20
_HEAD = 1 << 16
_SAMPLE = 512
_LINE_BYTES = 1 << 24  # twice what 256 cells of the longest kind take

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LINE_BREAK = re.compile("\r\n|\r|\n")
_DECLARED_DELIMITER = re.compile("sep=([,;\t|])[\r\n]", re.IGNORECASE)  # Excel's own first line
_END_OF_FILE = "\x1a"  # Ctrl-Z, with which some old programs end a text

# By which of four bytes in a row are mostly zero: text of Latin letters without a byte order mark.
_WIDE_TEXT: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "UTF-16",
    (True, False, True, False): "UTF-16",
    (False, True, True, True): "UTF-32",
    (True, True, True, False): "UTF-32",
}


class _LineTooLong(Exception):
    """A line goes on for longer than any table's: it would be held in memory as a whole."""


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they are read, so that the hash is of what was used; and whose lines end."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self._in_line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as BufferedReader calls it
        size = self._file.readinto(buffer)
        read = bytes(buffer[:size])
        self.digest.update(read)
        self._in_line = 0 if b"\n" in read or b"\r" in read else self._in_line + size
        if self._in_line > _LINE_BYTES:
            raise _LineTooLong
        return size


@define
class CsvFile:
    """A CSV file to be read with `blocks`; when that has come to its end, `sha256` is that of the file."""

    path: Path
    source: str
    findings: Findings
    sha256: str = ""
    _faults: int = 0

    def plain(self) -> PlainTable | None:
        """The whole table at once, if the file is a large one that needs no closer look; else read its `blocks`."""
        try:
            with io.FileIO(self.path) as file, steady(file, self.source):
                size = os.fstat(file.fileno()).st_size
                head = file.read(_HEAD) if size >= LARGE else b""
                if not head or head.startswith((*(magic for magic, _ in OTHER_KINDS), b"\xff\xfe", b"\xfe\xff")):
                    return None
                text = head.decode("utf-8-sig", "ignore")
                if _DECLARED_DELIMITER.match(text):
                    return None
                file.seek(0)
                return plain_table(file, self._delimiter(text))
        except OSError as error:
            raise cannot_read(self.source, error) from error

    def blocks(self) -> Iterator[Block]:
        """The rows, from the first to the last; rows that cannot be read are reported and left out."""
        try:
            with io.FileIO(self.path) as file, steady(file, self.source):
                hashed = _Hashed(file)
                yield from self._decoded(io.BufferedReader(hashed, _BUFFER))
                self.sha256 = hashed.digest.hexdigest()
        except OSError as error:
            raise cannot_read(self.source, error) from error

    def _decoded(self, stream: io.BufferedReader) -> Iterator[Block]:
        head = stream.peek(_HEAD)[:_HEAD]
        kind = other_kind(head)
        if kind:
            self.findings.add(
                Place(self.source),
                "not-a-csv-file",
                f"the file is named .csv, but it is {kind}",
                "Give it the ending that it should have, or save it as CSV UTF-8.",
            )
            raise Unreadable
        if says := _told_wide(head[:_SAMPLE]):
            self.findings.add(Place(self.source), "not-utf-8", says, "Save it as CSV UTF-8 (in Excel: Save As).")
            raise Unreadable
        encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        try:
            lines = io.TextIOWrapper(stream, encoding, newline="")
            yield from self._rows(lines, head.decode(encoding, "ignore"))
        except UnicodeDecodeError as error:
            self._report_undecodable(encoding)
            raise Unreadable from error

    def _rows(self, lines: io.TextIOWrapper, head: str) -> Iterator[Block]:
        declared = _DECLARED_DELIMITER.match(head)
        reader = csv.reader(lines, delimiter=declared[1] if declared else self._delimiter(head), strict=True)
        if declared:
            next(reader)
        held: list[list[str]] = []  # a row that may be the end of the file: of the next block, the first
        while True:
            next_line = reader.line_num + 1 - len(held)
            rows, held = held, []
            fault: csv.Error | None = None
            try:
                rows.extend(islice(reader, _ROWS_IN_BLOCK))  # what was read before a fault stays in the list
            except csv.Error as error:
                fault = error
            except _LineTooLong as error:
                self._report_endless(reader.line_num + 1)
                raise Unreadable from error
            if not rows and not fault:
                return
            starts: Sequence[int] = range(next_line, next_line + len(rows))
            if reader.line_num >= next_line + len(rows):  # some cell holds a line break, or a row could not be read
                starts, next_line = _starts(next_line, rows)
            if fault:
                self._report_fault(str(fault), next_line, reader.line_num, lines.encoding)
            if rows and not fault and _is_end_of_file(rows[-1]):
                last = rows.pop()
                held = [last] if len(rows) >= _ROWS_IN_BLOCK - 1 else []
            yield starts[: len(rows)], rows

    def _delimiter(self, head: str) -> str:
        """The delimiter that the first line with words in it is cut by; quoted cells may hold any."""
        unquoted = re.sub(r'"[^"]*"?', "quoted", head)
        header = next((line for line in _LINE_BREAK.split(unquoted) if line.strip(" ,;\t|")), "")
        counts = {delimiter: header.count(delimiter) for delimiter in _DELIMITERS}
        likely = [delimiter for delimiter, count in counts.items() if count == max(counts.values())]
        if counts[likely[0]] and len(likely) > 1:
            names = " and ".join(_DELIMITERS[delimiter] for delimiter in likely)
            self.findings.add(
                Place(self.source),
                "delimiter-unclear",
                f"the header {shown(header)} holds {names} equally often: either could part the cells",
                "Put headers that hold such a mark in quotes.",
            )
            raise Unreadable
        return likely[0]

    def _report_undecodable(self, encoding: str) -> None:
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        line, column, byte = where_undecodable(self.path.read_bytes(), name) or (0, 0, 0)
        self.findings.add(
            Place(self.source, line=line),
            f"not-{name.lower()}",
            f"the file is not {name} text: byte {column} of line {line} is 0x{byte:02X}",
            "Save the file as UTF-8 (in Excel: Save As, CSV UTF-8).",
        )

    def _report_fault(self, technical: str, first: int, last: int, encoding: str) -> None:
        """Report what the csv module says of the row in lines `first` to `last`."""
        self._faults += 1
        place = Place(self.source, line=first)
        line = shown(self._line(first, encoding)) if self._faults <= LISTED else ""
        if last > first or "end of data" in technical:
            self.findings.add(
                place,
                "quote-not-closed",
                f"a quotation mark opened here is not closed: {line}",
                "Close it. A quotation mark inside a cell is written twice.",
            )
        elif "field limit" in technical:
            self.findings.add(place, "cell-too-long", f"a cell is longer than a sheet can hold: {line}", "Shorten it.")
        else:
            self.findings.add(
                place,
                "text-after-quote",
                f"a cell goes on after its quotation marks: {line}",
                "Quote the whole cell, and write a quotation mark inside it twice.",
            )

    def _report_endless(self, line: int) -> None:
        says = f"the line has more than {_LINE_BYTES:,} bytes, and no end yet"
        self.findings.add(
            Place(self.source, line=line), "line-too-long", says, "Delete what is no text, or export the table again."
        )

    def _line(self, number: int, encoding: str) -> str:
        with self.path.open(encoding=encoding, errors="replace", newline="") as lines:
            return next(islice(lines, number - 1, None)).strip()


def _told_wide(head: bytes) -> str:
    """What is said of a file in an encoding of two or four bytes that cannot be read; empty of any other."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "the file is UTF-32 text"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""
    zeros = [head[byte::4].count(0) for byte in range(4)]
    name = _WIDE_TEXT.get(tuple(2 * count > len(head) // 4 for count in zeros), "")
    return f"the file looks like {name} without a byte order mark" if name else ""


def _is_end_of_file(row: list[str]) -> bool:
    return len(row) == 1 and bool(row[0]) and not row[0].strip(_END_OF_FILE)


def _starts(line: int, rows: list[list[str]]) -> tuple[list[int], int]:
    """The line on which each row starts, if the first starts on `line`, and the line after the last."""
    starts = []
    for row in rows:
        starts.append(line)
        line += 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row)
    return starts, line
