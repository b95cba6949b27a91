"""One sheet as it was written against the same sheet as it stands, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, field, frozen

from feecalc.read.headers import letters
from feecalc.read.workbook_cells import Cell, Oddities, PlainWorkbook, SheetOf
from feecalc.verify.alignment import PLAIN, Alignment, Run, aligned, within
from feecalc.verify.differences import Difference, canonical, plain_format, same_result, same_value, shown_cell
from feecalc.verify.formulas import Moved, same_formula, translated

Row = dict[int, Cell]
NOTHING = Cell("", "")
# By which columns a row is known to a reader, where a sheet has them.
_KEYS = ("agreement", "clause", "closing", "payee", "investor", "invoice", "payment", "line", "source", "item", "check")
_MOST_KEYS = 4
_HEAD = 60  # rows among which the headers stand
_LONG = 120


@define
class Outline:
    """What a first look at a sheet tells: what each row is known by, the first rows themselves, and what is no cell."""

    marks: list[tuple[int, object]]
    head: dict[int, Row]
    oddities: Oddities
    cells: int = 0
    formulas: int = 0


def outlined(
    workbook: PlainWorkbook, sheet: SheetOf, columns: Alignment = PLAIN, without: tuple[Run, ...] = ()
) -> Outline:
    """Look through a sheet once; where columns were inserted or deleted, as if they were not there."""
    outline = Outline([], {}, Oddities())
    for number, row in workbook.rows(sheet, outline.oddities):
        outline.cells += len(row)
        outline.formulas += sum(cell.formula is not None for cell in row.values())
        if number <= _HEAD:
            outline.head[number] = row
        mark = hash(
            tuple(
                (columns.written(column), *(_mark(cell)))
                for column, cell in row.items()
                if not columns.is_inserted(column) and within(without, column) is None
            )
        )
        outline.marks.append((number, mark))
    return outline


def _mark(cell: Cell) -> tuple[str, str]:
    if cell.formula is not None:
        return "formula", ""
    return cell.kind, canonical(cell.value) if cell.kind == "number" else cell.value


def aligned_columns(written: Outline, now: Outline) -> Alignment:
    """How the columns answer each other, by their headers: only whole columns that came in or went are told."""
    header = written.head.get(written.oddities.header, {})
    marks = [(column, cell.value) for column, cell in header.items()]
    words = {word for _, word in marks}
    likely = max(now.head.values(), key=lambda row: len({cell.value for cell in row.values()} & words), default={})
    found = [(column, cell.value) for column, cell in likely.items()]
    common = {word for _, word in found} & words
    in_order = [word for _, word in found if word in common] == [word for _, word in marks if word in common]
    return aligned(marks, found) if in_order and len(common) in (len(marks), len(found)) else PLAIN


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


@define
class Compared:
    """Compares the cells of a pair of sheets, row by row as they come."""

    pair: Pair
    moved: Moved
    without_result: list[str] = field(factory=list)
    results: list[tuple[int, int, str, Difference]] = field(factory=list)  # row and column now, the formula there
    changed: list[tuple[int, int]] = field(factory=list)
    _shared: dict[int, tuple[str, str]] = field(factory=dict)

    def differences(self) -> Iterator[Difference]:
        """All that differs in cells, but for results of formulas: `results` waits for what they follow from."""
        for number, now_number, written, now in self._rows():
            if (len(written) > 1 and not now) or (len(now) > 1 and not written):
                yield self._whole_row(now_number, written, now)
                continue
            label = _label(written or now, self.pair.header)
            columns = {*written, *now}
            for column in sorted(columns):
                yield from self._cell(number, now_number, column, written.get(column), now.get(column), label)

    def _whole_row(self, number: int, written: Row, now: Row) -> Difference:
        """A row that was emptied, or filled where nothing stood."""
        self.changed += [(number, self.pair.columns.now(column)) for column in {*written, *now}]
        says = f"row {number} was {'emptied' if written else 'filled in'}"
        return Difference(
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

    def _cell(
        self, number: int, now_number: int, column: int, written: Cell | None, now: Cell | None, label: str
    ) -> Iterator[Difference]:
        if self.pair.columns.is_deleted(column):
            return
        written, now = written or NOTHING, now or NOTHING
        now_column = self.pair.columns.now(column)
        address = f"{letters(now_column)}{now_number}"
        formula = self._formula(now, address)
        number_format = _format(self.pair.written, written)
        header = self.pair.header.get(column, NOTHING).value if number > self.pair.header_row else ""
        base = Difference(
            "value",
            self.pair.found.name,
            address,
            "",
            shown_cell(written, number_format),
            shown_cell(now, number_format),
            label if number > self.pair.header_row else "",
            header,
            written.formula or "",
        )
        found = self._compared(written, now, formula, base)
        if found is None:
            if now.kind == "number" and (told := self._shown_otherwise(written, now, base)):
                yield told
            return
        self.changed.append((now_number, now_column))
        if found.kind == "result":
            self.results.append((now_number, now_column, formula or "", found))
        else:
            yield found

    def _compared(self, written: Cell, now: Cell, formula: str | None, base: Difference) -> Difference | None:
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

    def _shown_otherwise(self, written: Cell, now: Cell, base: Difference) -> Difference | None:
        formats = _format(self.pair.written, written), _format(self.pair.now, now)
        if plain_format(formats[0]) == plain_format(formats[1]):
            return None
        return evolve(
            base,
            kind="shown",
            says="the number is the same and its format another",
            stood=formats[0],
            stands=formats[1],
        )


def words_of(row: Row, workbook: PlainWorkbook) -> str:
    """What a row holds, cell after cell."""
    return ", ".join(shown_cell(cell, _format(workbook, cell)) for _, cell in sorted(row.items()) if cell.kind)


def cut(text: str) -> str:
    """The text shortened to what a line or two can hold."""
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _giving(result: str) -> str:
    return f" which gives {result}" if result != "nothing" else ""


def _format(workbook: PlainWorkbook, cell: Cell) -> str:
    return workbook.formats[cell.style] if cell.style < len(workbook.formats) else "General"


def _label(row: Row, header: Row) -> str:
    """Whose row it is: the agreement, the clause and the like, or else its first words."""
    columns = {cell.value.lower(): column for column, cell in header.items()}
    named = {key: row[columns[key]].value for key in _KEYS if key in columns and columns[key] in row}
    if named and "Total" not in named.values():
        return ", ".join(f"{key} {cut(value)}" for key, value in [*named.items()][:_MOST_KEYS])
    first = next((cell.value for cell in row.values() if cell.kind == "text"), "")
    return cut(first)
