"""The sheet Inputs: what a workbook was made from, line by line, so that it alone is enough to compute it anew.

Agreements and tables in text stand as they are, with how each line ends and how the file was encoded: put together they
are the file, byte for byte. Rows of a workbook stand as CSV. `verify/inputs` reads the sheet back.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from feecalc.records import KEPT_ROWS, InputFile, InputSheet
from feecalc.write.sheets import Sheet, SheetColumn

NAME = "Inputs"
AGREEMENT = "agreement"
HEADERS = ("Source", "Table", "Sheet", "Row", "Text", "Ends with", "Check")
NOT_KEPT = "not kept"
GOES_ON = "goes on"
ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", "": "file"}
ENCODINGS = {
    "UTF-8": (b"", "utf-8"),
    "UTF-8 with byte order mark": (codecs.BOM_UTF8, "utf-8"),
    "UTF-16 little-endian": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "UTF-16 big-endian": (codecs.BOM_UTF16_BE, "utf-16-be"),
}
ROWS_OF_WORKBOOK = "rows of a workbook"
HASH = "SHA-256 "
_CELL = 16_000  # characters; a cell holds twice as many units of UTF-16
_LINE = re.compile("(.*?)(\r\n|\r|\n|$)", re.DOTALL)


@frozen
class Kept:
    """A row of the sheet. The first of each source has no number and says what the file is."""

    source: str
    table: str
    sheet: str
    row: int | None
    text: str
    ends: str
    check: str


def inputs_sheet(inputs: Sequence[InputFile]) -> Sheet:
    """All inputs line by line, or of those that are too long the hash alone."""
    rows = _rows(inputs)
    texts = ("Source", "Table", "Sheet", "Text", "Ends with", "Check")
    columns = {header: [getattr(row, header.split()[0].lower()) for row in rows] for header in texts}
    return Sheet(
        NAME,
        "What this workbook was made from, line by line",
        (
            *(SheetColumn(header, "text", columns[header]) for header in texts[:3]),
            SheetColumn("Row", "count", [row.row for row in rows]),
            SheetColumn("Text", "text", columns["Text"], width=100),
            *(SheetColumn(header, "text", columns[header]) for header in texts[4:]),
        ),
        freeze=4,
        paragraphs=(
            "From these lines `feecalc verify` computes the workbook anew and compares every cell. Each source begins "
            "with the SHA-256 of its file; Check is the beginning of the SHA-256 of a line.",
        ),
        row_styles=["heading" if row.row is None else "" for row in rows],
    )


def are_kept(inputs: Sequence[InputFile]) -> bool:
    """Whether the sheet holds all that the workbook was made from."""
    return all(row.ends != NOT_KEPT for row in _rows(inputs))


def input_lines(file: InputFile) -> dict[str, list[tuple[int, str]]]:
    """What the sheet would hold of a file: by source, its lines with their numbers."""
    if file.sheets:
        return {sheet.short: [(line, _csv(cells)) for line, cells in sheet.rows] for sheet in file.sheets}
    found = _decoded(file.content) if file.content is not None else None
    return {} if found is None else {file.name: [(number, text) for number, text, _ in _lines(found[1])]}


def check_of(source: str, row: int | None, text: str, ends: str) -> str:
    """By what a line is known again."""
    return hashlib.sha256(f"{source}\n{row or ''}\n{ends}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _rows(inputs: Sequence[InputFile]) -> list[Kept]:
    """Agreements first; what of the two is too long leaves the other alone."""
    agreements, records = ([file for file in inputs if bool(file.table) == kind] for kind in (False, True))
    return [*_of_files(agreements), *_of_files(records)]


def _of_files(files: Sequence[InputFile]) -> list[Kept]:
    """The rows of some files: with what stands in them, if all of it together is short enough."""
    rows: list[Kept] = []
    for file in files:
        rows += _of_file(file)
        if len(rows) > KEPT_ROWS:
            return [_heading(each, NOT_KEPT) for each in files]
    return rows


def _of_file(file: InputFile) -> list[Kept]:
    if file.sheets:
        return [row for sheet in file.sheets for row in _of_sheet(file, sheet)]
    found = _decoded(file.content) if file.content is not None else None
    if found is None:
        return [_heading(file, NOT_KEPT)]
    encoding, text = found
    return [_heading(file, encoding), *_kept(file.name, file.table or AGREEMENT, "", _lines(text))]


def _of_sheet(file: InputFile, sheet: InputSheet) -> list[Kept]:
    lines = [(row, words, kind) for row, kind, words in sheet.marks]
    lines += [(line, _csv(cells), "") for line, cells in sheet.rows]
    rows = _kept(sheet.short, sheet.table, sheet.title, lines)
    return [_heading(file, ROWS_OF_WORKBOOK, sheet), *rows]


def _heading(file: InputFile, ends: str, sheet: InputSheet | None = None) -> Kept:
    source = sheet.short if sheet else file.name
    table = sheet.table if sheet else file.table or AGREEMENT
    text = HASH + file.sha256
    return Kept(source, table, sheet.title if sheet else "", None, text, ends, check_of(source, None, text, ends))


def _kept(source: str, table: str, sheet: str, lines: Iterable[tuple[int, str, str]]) -> Iterator[Kept]:
    """A row for each line, and several for one that is longer than a cell."""
    for number, text, ends in lines:
        pieces = [text[start : start + _CELL] for start in range(0, len(text), _CELL)] or [""]
        for place, piece in enumerate(pieces, 1):
            end = ends if place == len(pieces) else GOES_ON
            yield Kept(source, table, sheet, number, piece, end, check_of(source, number, piece, end))


def _decoded(content: bytes) -> tuple[str, str] | None:
    """The encoding of a text by its name here, and the text; None for bytes that it would not give back."""
    for name, (mark, codec) in reversed(ENCODINGS.items()):
        if content.startswith(mark):
            try:
                return name, content.removeprefix(mark).decode(codec)
            except UnicodeDecodeError:
                return None
    return None


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """The number of each line, its text, and how it ends."""
    for number, match in enumerate(_LINE.finditer(text), 1):
        if match[0] or not text:
            yield number, match[1], ENDS[match[2]]


def _csv(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells)
    return stream.getvalue()
