"""The rows of a worksheet as XML, quickly.

Given cell by cell, XlsxWriter takes several microseconds for each, and nearly the whole of a run would go into it. Here
each column of a block of rows becomes cell bodies in one comprehension, and one `%` template for each row style joins
them. XlsxWriter does everything else in the workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from attrs import Factory, field, frozen
from xlsxwriter.worksheet import Worksheet

from .cells import BLANK, bodies, live_body, sum_body, text_body
from .formats import Palette
from .layout import TITLE_HEIGHT, Layout, row_heights
from .sheets import Live, Sheet, SheetColumn, groups, total_of

_BLOCK = 4_096


class RowsWorksheet(Worksheet):  # type: ignore[misc]  # XlsxWriter ships no types
    """A worksheet whose rows are given as XML, in the one place where XlsxWriter would write its own cells."""

    rows: Iterable[str] = ()

    def give(self, rows: Iterable[str], row_count: int, column_count: int) -> None:
        self.rows = rows
        self.dim_rowmin, self.dim_rowmax = 0, row_count - 1
        self.dim_colmin, self.dim_colmax = 0, column_count - 1

    def _write_rows(self) -> None:
        self.fh.writelines(self.rows)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """The formula of a rule. It uses what every program knows: XlsxWriter would look for each of 150 newer ones."""
        return formula.removeprefix("=")


@frozen(eq=False)
class SheetRows:
    """The rows of one sheet, from the title to the totals."""

    sheet: Sheet
    layout: Layout
    palette: Palette
    status: Live | None = None  # what the checks say, in row 2
    groups: dict[int, int] = field(init=False, default=Factory(lambda self: groups(self.sheet.row_styles), True))

    def __iter__(self) -> Iterator[str]:
        yield self._lone_cell("A1", _row_start(1, TITLE_HEIGHT), self.sheet.title, "title")
        if self.status is not None:
            body = live_body(self.status.formula, text_body(self.status.stored))
            yield f'{_row_start(2)}<c r="A2" s="{self.palette.index("status")}"{body}</row>'
        for row, note in enumerate(self.layout.notes, start=self.layout.top + 1):
            yield self._lone_cell(f"A{row}", _row_start(row), note, "note")
        if self.sheet.columns:
            yield self._header_row()
            yield from self._data_rows()
        if self.layout.has_totals:
            yield self._totals_row()

    def _lone_cell(self, address: str, row_start: str, text: str, look: str) -> str:
        return f'{row_start}<c r="{address}" s="{self.palette.index(look)}"{text_body(text)}</row>'

    def _header_row(self) -> str:
        cells = [text_body(column.header) for column in self.sheet.columns]
        return self._row("header", self.layout.header, cells, self.layout.header_height)

    def _data_rows(self) -> Iterator[str]:
        styles = self.sheet.row_styles or ("",)
        templates = {style: self._template(style or "body") for style in dict.fromkeys(styles)}
        for start in range(0, self.layout.row_count, _BLOCK):
            stop = min(start + _BLOCK, self.layout.row_count)
            filled = self._block(start, stop)
            if self.sheet.row_styles is None:
                yield from map(templates[""].__mod__, filled)
            else:
                yield from (templates[style] % row for style, row in zip(styles[start:stop], filled))

    def _block(self, start: int, stop: int) -> Iterator[tuple[object, ...]]:
        """What the template asks for, row by row: the row's own tag, then for each cell the row number and a body."""
        numbers = range(self.layout.first + start, self.layout.first + stop)
        heights = row_heights(self.sheet, self.layout.widths, start, stop)
        row_starts = map(_row_start, numbers, heights)
        columns = [_cells(column, start, stop, numbers) for column in self.sheet.columns]
        for place in filter(self.groups.__contains__, range(start, stop)):
            for letter, column, cells in zip(self.layout.letters, self.sheet.columns, columns):
                if column.total and column.values[place] is not None:
                    cells[place - start] = self._subtotal(letter, column, place)
        if self.sheet.row_styles is None:
            for place, column in enumerate(self.sheet.columns):
                if _has_gaps(column):
                    columns[place] = self._styled(place, columns[place], column.part(start, stop))
        return zip(row_starts, *chain.from_iterable((numbers, column) for column in columns))

    def _subtotal(self, letter: str, column: SheetColumn, place: int) -> str:
        first = self.groups[place]
        *members, stated = column.part(first, place + 1)
        summed = sum(filter(None, members))
        if stated != summed:
            raise ValueError(
                f"sheet {self.sheet.name}, column {column.header}: the subtotal in data row {place + 1} is {stated}, "
                f"but its rows sum to {summed}"
            )
        if not members:
            return bodies(column.kind, [stated])[0]
        return sum_body(column.kind, stated, members, self._range(letter, first, place))

    def _totals_row(self) -> str:
        label = next((place for place, column in enumerate(self.sheet.columns) if column.kind == "text"), None)
        cells = [
            self._total(letter, column) if column.total else text_body("Total") if place == label else BLANK
            for place, (letter, column) in enumerate(zip(self.layout.letters, self.sheet.columns))
        ]
        return self._row("total", self.layout.bottom, cells)

    def _total(self, letter: str, column: SheetColumn) -> str:
        total = total_of(column, self.sheet.row_styles)
        return sum_body(column.kind, total, column.part(), self._range(letter, 0, self.layout.row_count))

    def _range(self, letter: str, first: int, stop: int) -> str:
        return f"{letter}{self.layout.first + first}:{letter}{self.layout.first + stop - 1}"

    def _template(self, look: str) -> str:
        cells = []
        for letter, column, decimals in zip(self.layout.letters, self.sheet.columns, self.layout.decimals):
            style = f' s="{self.palette.index(_look(look, column), column, decimals)}"'
            if look == "body" and self.sheet.row_styles is None and _has_gaps(column):
                style = ""  # each cell has its own
            cells.append(f'<c r="{letter}%s"{style}%s')
        return f"%s{''.join(cells)}</row>"

    def _styled(self, place: int, cells: list[str], values: Sequence[object]) -> list[str]:
        """The cells of a marked column, each with its own style: only what is there is marked."""
        column, decimals = self.sheet.columns[place], self.layout.decimals[place]
        marked, plain = (f' s="{self.palette.index(look, column, decimals)}"' for look in (column.mark, "body"))
        return [f"{plain if value is None else marked}{cell}" for cell, value in zip(cells, values)]

    def _row(self, look: str, number: int, cells: Sequence[str], height: float = 0) -> str:
        placed = chain.from_iterable((number, cell) for cell in cells)
        return self._template(look) % (_row_start(number, height), *placed)


def _has_gaps(column: SheetColumn) -> bool:
    """Whether some cells of a marked column are empty, which are not marked then."""
    return bool(column.mark) and any(value is None for value in column.values)


def _look(row: str, column: SheetColumn) -> str:
    """How a cell looks: as its column is marked, where its row has no look of its own."""
    return column.mark if row == "body" and column.mark else row


def _cells(column: SheetColumn, start: int, stop: int, numbers: range) -> list[str]:
    """The bodies of a part of a column; `numbers` are the numbers of its rows."""
    results = bodies(column.kind, column.part(start, stop))
    match column.formula:
        case None:
            return results
        case str(template):
            return [live_body(template.format(r=row, p=row - 1), body) for row, body in zip(numbers, results)]
        case formulas:
            return [
                body if formula is None else live_body(formula.format(r=row, p=row - 1), body)
                for row, formula, body in zip(numbers, formulas[start:stop], results)
            ]


def _row_start(number: int, height: float = 0) -> str:
    return f'<row r="{number}" ht="{height}" customHeight="1">' if height else f'<row r="{number}">'
