"""The header of a table: found, checked, and what every row of the table is held against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from attrs import define, field, frozen

from feecalc.problems import Place
from feecalc.read.faults import FORBIDDEN, Fault, Findings, Unreadable, forbidden, shown

Row = Sequence[str]
Block = tuple[Sequence[int], Sequence[Row]]  # what the readers of files give: rows of text and their numbers

COLUMNS_LIMIT = 256

_NOT_IN_NAMES = re.compile(r"[\s_\-\u2010-\u2015]+")


def normal(name: str) -> str:
    """What names of columns and tables are matched by: no case, no spaces, hyphens or underscores."""
    return _NOT_IN_NAMES.sub("", name).casefold()


@frozen
class Sheet:
    """Where a table stands: a CSV file, or a sheet of a workbook."""

    source: str
    sheet: str = ""

    def place(self, line: int = 0, position: int = 0, header: str = "") -> Place:
        if self.sheet:
            cell = f"{letters(position)}{line}" if position and line else ""
            return Place(self.source, self.sheet, line, cell=cell, field=header)
        return Place(self.source, line=line, field=header)


@define
class Marks:
    """What a sheet shows of its cells beside their text, for those who know what the columns mean.

    `hidden` are the numbers of rows with values that are hidden; `as_text` has for the position of a column the first
    row in which a number is stored as text, and in how many rows one is.
    """

    hidden: set[int] = field(factory=set)
    as_text: dict[int, tuple[int, int]] = field(factory=dict)

    def add_text(self, position: int, row: int) -> None:
        first, count = self.as_text.get(position, (row, 0))
        self.as_text[position] = first, count + 1


def letters(position: int) -> str:
    """The letters of a column: A for 1, AA for 27."""
    text = ""
    while position:
        position, letter = divmod(position - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def find_header(blocks: Iterator[Block], sheet: Sheet, findings: Findings) -> tuple[Header, Iterator[Block]]:
    """The first row with words in it, and the blocks that follow; `Unreadable` if it cannot be a header."""
    for starts, rows in blocks:
        for index, row in enumerate(rows):
            if not is_blank(row):
                rest = starts[index + 1 :], rows[index + 1 :]
                _check_width(row, sheet, starts[index], findings)
                header = Header(_cleaned(row, sheet, starts[index], findings), starts[index], sheet, findings)
                header.check(rest)
                return header, chain([rest], blocks)
    says = "there is nothing in it, not even a header"
    findings.add(sheet.place(), "table-empty", says, "Write the headers in the first row, or delete it.")
    raise Unreadable


def _check_width(row: Row, sheet: Sheet, line: int, findings: Findings) -> None:
    """Report a row of too many columns and raise `Unreadable`, before its cells are looked at one by one."""
    columns = next(position for position in range(len(row), 0, -1) if row[position - 1].strip())
    if columns > COLUMNS_LIMIT:
        says = f"there are {columns:,} columns; the limit is {COLUMNS_LIMIT}"
        findings.add(sheet.place(line), "too-many-columns", says, "Delete the columns that are not part of the table.")
        raise Unreadable


def _cleaned(row: Row, sheet: Sheet, line: int, findings: Findings) -> list[str]:
    """The headers in one line each, without characters that cannot be seen, which are reported."""
    for position, cell in enumerate(row, 1):
        for _, code, name in forbidden(cell):
            says = f"the header {shown(cell)} holds {name}, which cannot be seen"
            findings.add(sheet.place(line, position), code, says, "Type the header anew.")
    return [" ".join(FORBIDDEN.sub("", cell).split()) for cell in row]


def is_blank(row: Row) -> bool:
    return not any(map(str.strip, row))


def _is_value(text: str) -> bool:
    """Whether text is an amount or a date; a year may head a column."""
    has_digits = any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
    return has_digits and not (len(text) == 4 and text.isdigit())


def fault_of_lone_cell(text: str) -> Fault:
    """Code, words and remedy of a row in which nothing but one cell is filled: a note, or a sum without a word."""
    return (
        "row-of-one-cell",
        f"the row holds nothing but {shown(text)}, so it is no row of the table",
        "Delete it if it is a note or a total; else fill in its other columns.",
    )


@frozen
class Header:
    cells: list[str]
    line: int
    sheet: Sheet
    findings: Findings

    @property
    def needed(self) -> int:
        """How many values a row must have: columns without a header at the end may be missing from it."""
        return max((position for position, cell in enumerate(self.cells, 1) if cell), default=0)

    def check(self, following: Block) -> None:
        """Report a row that is no header and raise `Unreadable`: nothing is known of the columns."""
        filled = list(filter(None, self.cells))
        values = list(filter(_is_value, filled))
        wider = next((start for start, row in zip(*following) if sum(map(bool, map(str.strip, row))) > 1), 0)
        if len(filled) == 1 and wider:
            code, says = "title-above-header", f"row {self.line} holds only {shown(filled[0])}, which heads no table"
            remedy = f"Row {wider} looks like the header: delete the rows above it."
        elif values:
            code, says = "header-missing", f"the first row is no header: it holds {shown(values[0])}"
            remedy = "Write the names of the columns in a row above it."
        else:
            return
        self.findings.add(self.sheet.place(self.line), code, says, remedy)
        raise Unreadable

    def fitting(self, starts: Sequence[int], rows: Sequence[Row]) -> tuple[list[int], list[Row]]:
        """The rows that have as many values as the header, or can be made to without loss; blank ones are none."""
        kept: list[int] = []
        fitting: list[Row] = []
        width = len(self.cells)
        for start, row in zip(starts, rows):
            if is_blank(row):
                continue
            if len(row) < self.needed or not is_blank(row[width:]):
                self._report_misfit(start, row)
                continue
            kept.append(start)
            fitting.append([*row[:width], *[""] * (width - len(row))])
        return kept, fitting

    def _report_misfit(self, line: int, row: Row) -> None:
        filled = [(position, cell) for position, cell in enumerate(row, 1) if cell.strip()]
        if len(filled) == 1 and len(row) < self.needed > 2:
            self.findings.add(self.sheet.place(line, filled[0][0]), *fault_of_lone_cell(filled[0][1].strip()))
            return
        values = len(row) if len(row) < self.needed else max(i for i, cell in enumerate(row, 1) if cell.strip())
        says = f"the row has {values} value{'s' * (values > 1)}, the header has {self.needed}: {shown(', '.join(row))}"
        if values < self.needed:
            code, remedy = "too-few-values", "Give it a value for each column; it may be an empty one."
        elif self.sheet.sheet:
            code, remedy = "too-many-values", "Clear the cell, or give its column a header."
        else:
            code, remedy = "too-many-values", 'A cell that holds the delimiter needs quotes: "1,234.56".'
        self.findings.add(self.sheet.place(line, values), code, says, remedy)

    def report_repeated(self, header: str, first: int, second: int) -> None:
        says = f"columns {letters(first)} and {letters(second)} are both headed {shown(header)}"
        place = self.sheet.place(self.line, second, header)
        self.findings.add(place, "header-repeated", says, "Give each column a name of its own.")

    def report_empty(self, position: int, word: str) -> None:
        says = f"column {letters(position)} has no header, but holds {shown(word)}"
        remedy = "Write its name in the header row, or clear the column."
        self.findings.add(self.sheet.place(self.line, position), "header-empty", says, remedy)
