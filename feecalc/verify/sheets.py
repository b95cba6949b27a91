"""One sheet as it was written against the same sheet as it stands, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, field, frozen

from feecalc.read.headers import letters
from feecalc.read.workbook_cells import Cell, Oddities
from feecalc.read.workbook_parts import PlainWorkbook, SheetOf
from feecalc.verify.alignment import Alignment
from feecalc.verify.differences import Discrepancy, canonical, plain_format, same_result, same_value, shown_cell
from feecalc.verify.formulas import Moved, same_formula, translated
from feecalc.verify.outlines import Row

NOTHING = Cell("", "")
# By which columns a row is known to a reader, where a sheet has them.
_KEYS = ("agreement", "clause", "closing", "payee", "investor", "invoice", "payment", "line", "source", "item", "check")
_MOST_KEYS = 4
_LONG = 120


@frozen
class Pair:
    """A sheet of both workbooks, and how its rows and columns answer each other."""

    written: PlainWorkbook
    now: PlainWorkbook
    sheet: SheetOf
    found: SheetOf
    header: Row
    header_row: int
    rows: Alignment
    columns: Alignment


@frozen
class _At:
    """Where a cell is: its row and column as written and as they stand, and the cells of its row."""

    row: int
    column: int
    now_row: int
    now_column: int
    cells: Row


@define
class Compared:
    """Compares the cells of a pair of sheets, row by row as they come."""

    pair: Pair
    moved: Moved
    without_result: list[str] = field(factory=list)
    results: list[tuple[str, Discrepancy]] = field(factory=list)  # with the formula that stands there
    changed: list[tuple[int, int]] = field(factory=list)
    _shared: dict[int, tuple[str, str]] = field(factory=dict)
    _formats: dict[tuple[int, int], bool] = field(factory=dict)

    def differences(self) -> Iterator[Discrepancy]:
        """All that differs in cells, but for results of formulas: `results` waits for what they follow from."""
        for number, now_number, written, now in self._rows():
            if (len(written) > 1 and not now) or (len(now) > 1 and not written):
                yield self._whole_row(now_number, written, now)
                continue
            for column in sorted({*written, *now}):
                former, present = written.get(column, NOTHING), now.get(column, NOTHING)
                if not self._alike(former, present) and not self.pair.columns.is_deleted(column):
                    at = _At(number, column, now_number, self.pair.columns.now(column), written or now)
                    yield from self._cell(former, present, at)

    def _alike(self, written: Cell, now: Cell) -> bool:
        """Whether two cells are told the same at first sight, as nearly all are."""
        return (
            written.kind == now.kind
            and written.value == now.value
            and written.formula == now.formula
            and now.shared is None
            and (not written.formula or (not self.moved.rows and not self.moved.columns))
            and self._shown_alike(written.style, now.style)
        )

    def _shown_alike(self, written: int, now: int) -> bool:
        if (written, now) not in self._formats:
            formats = _format(self.pair.written, written), _format(self.pair.now, now)
            self._formats[written, now] = plain_format(formats[0]) == plain_format(formats[1])
        return self._formats[written, now]

    def _whole_row(self, number: int, written: Row, now: Row) -> Discrepancy:
        """A row that was emptied, or filled where nothing stood."""
        self.changed += [(number, self.pair.columns.now(column)) for column in {*written, *now}]
        says = f"row {number} was {'emptied' if written else 'filled in'}"
        return Discrepancy(
            "row",
            self.pair.found.name,
            f"A{number}",
            says,
            words_of(written, self.pair.written),
            words_of(now, self.pair.now),
        )

    def _rows(self) -> Iterator[tuple[int, int, Row, Row]]:
        """The rows that answer each other, with both numbers and their cells by the columns as written."""
        pair = self.pair
        before = pair.written.rows(pair.sheet, Oddities())
        after = pair.now.rows(pair.found, Oddities())
        first, second = next(before, None), self._next(after)
        while first or second:
            if first and pair.rows.is_deleted(first[0]):
                first = next(before, None)
                continue
            number = min(each for each in (first and first[0], second and second[0]) if each is not None)
            written = first[1] if first and first[0] == number else {}
            now_number, now = (second[1], second[2]) if second and second[0] == number else (0, {})
            yield number, now_number or pair.rows.now(number), written, now
            first = next(before, None) if first and first[0] == number else first
            second = self._next(after) if second and second[0] == number else second

    def _next(self, rows: Iterator[tuple[int, Row]]) -> tuple[int, int, Row] | None:
        """The next row as it stands that was not inserted: its number as written, its own, and its cells."""
        pair = self.pair
        for number, row in rows:
            self._remember_shared(number, row)
            if not pair.rows.is_inserted(number):
                cells = {
                    pair.columns.written(column): cell
                    for column, cell in row.items()
                    if not pair.columns.is_inserted(column)
                }
                return pair.rows.written(number), number, cells
        return None

    def _remember_shared(self, number: int, row: Row) -> None:
        for column, cell in row.items():
            if cell.shared is not None and cell.formula:
                self._shared[cell.shared] = (cell.formula, f"{letters(column)}{number}")

    def _formula(self, cell: Cell, address: str) -> str | None:
        if cell.formula == "" and cell.shared in self._shared:
            formula, origin = self._shared[cell.shared]
            return translated(formula, origin, address)
        return cell.formula

    def _cell(self, written: Cell, now: Cell, at: _At) -> Iterator[Discrepancy]:
        address = f"{letters(at.now_column)}{at.now_row}"
        formula = self._formula(now, address)
        is_data = at.row > self.pair.header_row
        number_format = _format(self.pair.written, written.style)
        base = Discrepancy(
            "value",
            self.pair.found.name,
            address,
            "",
            shown_cell(written, number_format),
            shown_cell(now, number_format),
            _label(at.cells, self.pair.header) if is_data else "",
            self.pair.header.get(at.column, NOTHING).value if is_data else "",
            written.formula or "",
        )
        found = self._compared(written, now, formula, base)
        if found is None:
            if now.kind == "number" and not self._shown_alike(written.style, now.style):
                formats = _format(self.pair.written, written.style), _format(self.pair.now, now.style)
                says = "the number is the same and its format another"
                yield evolve(base, kind="shown", says=says, stood=formats[0], stands=formats[1])
            return
        self.changed.append((at.now_row, at.now_column))
        if found.kind == "result":
            self.results.append((formula or "", found))
        else:
            yield found

    def _compared(self, written: Cell, now: Cell, formula: str | None, base: Discrepancy) -> Discrepancy | None:
        if written.formula is None and formula is None:
            if same_value(written, now):
                return None
            says = "another value" if written.kind and now.kind else "emptied" if written.kind else "filled in"
            if written.kind == "number" and now.kind == "text" and canonical(now.value) == canonical(written.value):
                says = "the number is text now, which sums leave out"
            return evolve(base, says=says)
        if written.formula is None:
            says = "a formula stands where a constant stood" if written.kind else "a formula was added"
            return evolve(base, kind="formula", says=says, stands=f"={formula}" + _giving(base.stands))
        if formula is None:
            stood = f"={written.formula}" + _giving(base.stood)
            says = "a formula was typed over" if now.kind else "a formula was deleted"
            return evolve(base, kind="typed over", says=says, stood=stood)
        if not same_formula(written.formula, formula, self.pair.found.name, self.moved):
            stood, stands = (f"={each}" for each in (written.formula, formula))
            return evolve(
                base,
                kind="formula",
                says="another formula",
                stood=stood + _giving(base.stood),
                stands=stands + _giving(base.stands),
            )
        if same_result(written, now):
            return None
        if not now.kind and written.kind:
            self.without_result.append(base.cell)
            return None
        return evolve(base, kind="result", says="the stored result is not what the formula gives")


def words_of(row: Row, workbook: PlainWorkbook) -> str:
    """What a row holds, cell after cell."""
    return ", ".join(shown_cell(cell, _format(workbook, cell.style)) for _, cell in sorted(row.items()) if cell.kind)


def cut(text: str) -> str:
    """The text shortened to what a line or two can hold."""
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _giving(result: str) -> str:
    return f" which gives {result}" if result != "nothing" else ""


def _format(workbook: PlainWorkbook, style: int) -> str:
    return workbook.formats[style] if 0 <= style < len(workbook.formats) else "General"


def _label(row: Row, header: Row) -> str:
    """Whose row it is: the agreement, the clause and the like, or else its first words."""
    columns = {cell.value.lower(): column for column, cell in header.items()}
    named = {key: row[columns[key]].value for key in _KEYS if key in columns and columns[key] in row}
    if named and "Total" not in named.values():
        return ", ".join(f"{key} {cut(value)}" for key, value in [*named.items()][:_MOST_KEYS])
    first = next((cell.value for cell in row.values() if cell.kind == "text"), "")
    return cut(first)
