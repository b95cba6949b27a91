"""Workbooks as blocks of rows of exact text; the one module that reads with openpyxl.

Of a sheet, openpyxl gives the values that Excel stored. It passes over much in silence: formulas without a stored
value, cells and rows that stand twice, merged cells, number formats, sheets that are lost. A count of the values in the
sheet's XML tells whether any were passed over; a look through the XML, which takes time, then tells which.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement

from attrs import frozen

from feecalc.problems import MachineRefused, Place, Problems
from feecalc.read.archives import (
    BYTES_LIMIT,
    SAVE_ANEW,
    Format,
    Inspection,
    fault_of_file,
    fault_of_length,
    fault_of_sheets,
    format_of,
)
from feecalc.read.faults import Findings, Unreadable, cannot_read
from feecalc.read.headers import COLUMNS_LIMIT, Block, Marks, Sheet, letters
from feecalc.read.plain_rows import PlainRow, PlainRows
from feecalc.read.plain_xml import shared_texts
from feecalc.read.sizes import ROWS_LIMIT, Count, fault_of_sheet, pieces
from feecalc.read.steady import steady
from feecalc.read.workbook_values import NoText, exact, fault_of_shown, is_number_as_text

if TYPE_CHECKING:
    import openpyxl
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_ROWS_IN_BLOCK = 200
_VALUE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}v"
_VALUE_TAGS = (b"<v>", b"<v ", b"<is")
_TELLING = (b"<f>", b"<f ", b"<f/", b"<me", b'"s"><v>-', b' hidden="', b' ht="0"', b' ht="0.0"')
# Python takes 1_000 and the digits of all scripts for numbers; only where such characters occur, values are looked at.
_ODD_VALUE = re.compile(rb"<v[^>]*>[^<]*(?:[_&\x80-\xff]|<!)")


@frozen
class Workbook:
    """An open workbook: its sheets by title, each with whether it can be seen, and the hash of the file."""

    source: str
    sha256: str
    sheets: dict[str, bool]
    _book: openpyxl.Workbook
    _formats: dict[int, Format]

    def blocks(self, title: str, findings: Findings, marks: Marks) -> Iterator[Block]:
        """The rows of a sheet that hold anything; rows are as long as the header, or longer. `marks` are added to."""
        if not self.sheets[title]:
            findings.note(Place(self.source, title), "sheet-hidden", f"the sheet {title} is hidden, and is read")
        return _SheetReader(self._book[title], Sheet(self.source, title), findings, marks, self._formats).blocks()


def open_workbook(path: Path, source: str, problems: Problems) -> Workbook:
    """Look a file over and open it; what is wrong with it is reported and raises `Unreadable`."""
    import openpyxl  # takes longer than all the rest of a run on CSV files
    from openpyxl.reader.excel import ExcelReader

    if not openpyxl.DEFUSEDXML:
        raise MachineRefused("workbooks are not read without defusedxml: install it, and unset OPENPYXL_DEFUSEDXML")
    warnings.filterwarnings("ignore", module="openpyxl")  # of what it would drop on saving, which is never done
    place = Place(source)
    data = _bytes(path, source, problems)
    with _damage_reported(place, problems):
        fault = fault_of_file(data)
        if not fault:
            reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            reader.read_strings = partial(_read_strings, reader)  # type: ignore[method-assign]
            lost = _lost_sheets(reader)
            sheets = {sheet.title: sheet.sheet_state == "visible" for sheet in reader.wb.worksheets}
            fault = fault_of_sheets(lost) if lost or not sheets else None
            formats = _telling_formats(reader.wb)
    if fault:
        problems.add(place, *fault)
        raise Unreadable
    return Workbook(source, hashlib.sha256(data).hexdigest(), sheets, reader.wb, formats)


def _read_strings(reader: ExcelReader) -> None:
    """As the reader's own method, but for texts that are read without its parser."""
    from openpyxl.reader.strings import read_string_table
    from openpyxl.xml.constants import SHARED_STRINGS

    part = reader.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
    if part is not None:
        reader.shared_strings = shared_texts(reader.archive.read(part.PartName[1:]), read_string_table)


def _lost_sheets(reader: ExcelReader) -> list[str]:
    """Open a workbook, and name the sheets that it lists and that openpyxl could not open, or not apart from others."""
    try:
        with redirect_stdout(None):  # openpyxl prints of a style that is not there, where a ledger may be written
            reader.read()
    except KeyError:
        lost = [sheet.name for sheet in reader.parser.sheets if sheet.id not in reader.parser.rels]
        if not lost:
            raise
        return lost
    parts = {
        sheet.title: getattr(sheet, "_worksheet_path", sheet.title)  # a chart sheet knows no part
        for sheet in reader.wb._sheets  # type: ignore[attr-defined]  # not in openpyxl's types
    }
    opened = {part: title for title, part in parts.items()}
    return list((Counter(sheet.name for sheet in reader.parser.sheets) - Counter(opened.values())).elements())


def _telling_formats(book: openpyxl.Workbook) -> dict[int, Format]:
    """By the number of the style, the formats that show something else than what is in the cell."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    custom = enumerate(book._number_formats, BUILTIN_FORMATS_MAX_SIZE)  # type: ignore[attr-defined]  # not in openpyxl's types
    formats = {number: format_of(text) for number, text in chain(BUILTIN_FORMATS.items(), custom)}
    styles = enumerate(book._cell_styles)  # type: ignore[attr-defined]  # not in openpyxl's types
    return {style: telling for style, each in styles if (telling := formats.get(each.numFmtId))}


@contextmanager
def _damage_reported(place: Place, problems: Problems) -> Iterator[None]:
    """Of a damaged file, zipfile, expat and openpyxl may raise anything; to the user it is one fact."""
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        problems.add(place, "workbook-damaged", "the workbook is damaged: its parts do not fit together", SAVE_ANEW)
        raise Unreadable from error


def _bytes(path: Path, source: str, problems: Problems) -> bytes:
    try:
        if fault := fault_of_length(path.stat().st_size):
            problems.add(Place(source), *fault)
            raise Unreadable
        with path.open("rb") as file, steady(file, source):
            return file.read(BYTES_LIMIT)
    except OSError as error:
        raise cannot_read(source, error) from error


@frozen
class _SheetReader:
    """Reads one sheet with openpyxl, and sees to it that as many values come out as its XML holds."""

    sheet: ReadOnlyWorksheet
    place: Sheet
    findings: Findings
    marks: Marks
    formats: dict[int, Format]

    def blocks(self) -> Iterator[Block]:
        stated, is_plain = self._census()
        if not is_plain:
            self._inspect()
        found = width = 0
        starts: list[int] = []
        rows: list[list[str]] = []
        for line, columns, texts in self._lines():
            found += len(columns)
            width = max(width, columns[-1])
            if len(columns) < columns[-1]:  # some cells are empty
                by_column = dict(zip(columns, texts, strict=True))
                texts = [by_column.get(column, "") for column in range(1, columns[-1] + 1)]
            starts.append(line)
            rows.append(texts + [""] * (width - len(texts)))
            if len(rows) == _ROWS_IN_BLOCK:
                yield starts, rows
                starts, rows = [], []
        yield starts, rows
        if is_plain and found != stated:
            self._inspect()

    def _lines(self) -> Iterator[tuple[int, Sequence[int], list[str]]]:
        """Each row that has any values: its columns that have, in order, and their texts.

        Of what is beyond the limits, or not in order, nothing is given: it is missed in the census.
        """
        last = 0
        for line, columns, texts, odd, marked in self._rows():
            if not last < line <= ROWS_LIMIT:
                continue
            last = line
            for column in marked:
                self.marks.add_text(column, line)
            for column, value in odd.items():
                texts[columns.index(column)] = self._text_or_report(line, column, value)
            if columns:
                yield line, columns, texts

    def _rows(self) -> Iterator[PlainRow]:
        """The rows of the sheet, some of them without values: those that are plain, and others as openpyxl has them."""
        from openpyxl.worksheet._reader import WorkSheetParser

        book: Any = self.sheet.parent
        texts = self.sheet._shared_strings  # type: ignore[attr-defined]  # not in openpyxl's types
        with self._xml() as xml:
            parser = WorkSheetParser(
                xml,
                texts,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )

            def value_of(text: str, style: int) -> object:
                return self._shown(parser.parse_cell(_cell(text, style))["value"], style)

            special = frozenset({*book._date_formats, *self.formats})
            parser.source = plain = PlainRows(xml, texts, special, value_of)
            for line, cells in parser.parse():
                if not cells and line == plain.marker:
                    yield from plain.taken
                    plain.taken = []
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[dict[str, Any]]) -> PlainRow:
        values = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
        if values and (self.formats or {cell["row"] for cell in cells} != {line}):
            values.update(self._faults(line, cells))
        columns = tuple(sorted(column for column in values if column <= COLUMNS_LIMIT))
        texts: list[str] = []
        odd: dict[int, object] = {}
        for column in columns:
            try:
                texts.append(exact(values[column]))
            except NoText:
                odd[column] = values[column]
                texts.append("")
        marked = [column for column in columns if type(values[column]) is str and is_number_as_text(values[column])]
        return line, columns, texts, odd, marked

    def _faults(self, line: int, cells: list[dict[str, Any]]) -> Iterator[tuple[int, NoText]]:
        """What to put in the place of values that belong to another row, or are shown as something else."""
        for cell in cells:
            if cell["value"] is not None and cell["row"] != line:
                address = f"{letters(cell['column'])}{cell['row']}"
                says = f"the cell {address} stands in the file in row {line}"
                yield cell["column"], NoText("cell-damaged", says, SAVE_ANEW)
            elif isinstance(value := self._shown(cell["value"], cell["style_id"]), NoText):
                yield cell["column"], value

    def _shown(self, value: object, style: int) -> object:
        """The value, or the fault of a number that its style shows as something else."""
        telling = self.formats.get(style)
        return fault_of_shown(value, telling) if telling and type(value) in (int, float) else value  # type: ignore[arg-type]

    def _text_or_report(self, line: int, position: int, value: object) -> str:
        try:
            return exact(value)
        except NoText as fault:
            self.findings.add(self.place.place(line, position), *fault.args)
            return ""

    @contextmanager
    def _xml(self) -> Iterator[IO[bytes]]:
        with (
            _damage_reported(self.place.place(), self.findings.problems),
            self.sheet._get_source() as xml,  # type: ignore[attr-defined]  # there is no public way to the XML
        ):
            yield xml

    def _census(self) -> tuple[int, bool]:
        """How many values the XML holds, and whether it is free of formulas, merged cells and odd values; `Unreadable`
        if it holds too much.
        """
        values, is_plain, count = 0, True, Count()
        with self._xml() as xml:
            for text in pieces(xml):
                values += sum(map(text.count, _VALUE_TAGS))
                is_plain = is_plain and _is_plain(text)
                count.add(text)
                if fault := fault_of_sheet(count):
                    self.findings.add(self.place.place(), *fault)
                    raise Unreadable
        return values, is_plain

    def _inspect(self) -> None:
        with self._xml() as xml:
            Inspection(self.place, self.findings, self.marks).read(xml)


def _cell(number: str, style: int) -> Element:
    """A cell of a sheet's XML."""
    cell = Element("c", {"r": "A1", "s": str(style)})
    SubElement(cell, _VALUE).text = number
    return cell


def _is_plain(text: bytes) -> bool:
    if any(tag in text for tag in _TELLING):
        return False
    may_be_odd = b"_" in text or b"&" in text or b"<!" in text or not text.isascii()  # told at once
    return not (may_be_odd and _ODD_VALUE.search(text))
