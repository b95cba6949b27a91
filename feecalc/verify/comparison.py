"""Two workbooks, the one written anew and the one that stands, compared in every cell."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from attrs import define, evolve, field, frozen

from feecalc.read.headers import letters
from feecalc.read.workbook_parts import PlainWorkbook, SheetOf
from feecalc.verify.alignment import Alignment, aligned
from feecalc.verify.differences import Discrepancy
from feecalc.verify.file_parts import file_differences, layout_differences, order_differences, sheet_differences
from feecalc.verify.formulas import Moved, areas
from feecalc.verify.outlines import Outline, aligned_columns, outlined
from feecalc.verify.sheets import Compared, Pair, words_of

_STYLES = "xl/styles.xml"
_ALIKE = 2  # a sheet is another one renamed if one row in so many is the same


@frozen
class Comparison:
    """What differs, causes first; how many cells and formulas were compared, and how many sheets."""

    differences: tuple[Discrepancy, ...]
    cells: int
    formulas: int
    sheets: int


NOTHING_COMPARED = Comparison((), 0, 0, 0)


def compare(written: PlainWorkbook, now: PlainWorkbook) -> Comparison:
    """Everything that differs between two workbooks."""
    return _Comparing(written, now).all()


@define
class _Comparing:
    written: PlainWorkbook
    now: PlainWorkbook
    _found: list[Discrepancy] = field(factory=list)
    _cells: int = 0
    _formulas: int = 0
    _outlines: dict[tuple[bool, str], Outline] = field(factory=dict)

    def all(self) -> Comparison:
        pairs = list(self._sheets())
        renamed = {found.name: sheet.name for sheet, found in pairs if sheet.name != found.name}
        self._found[:0] = file_differences(self.written, self.now, renamed)
        compared = self._compared([self._pair(*each) for each in pairs if not self._is_untouched(*each)])
        for each in compared:
            self._found += each.differences()
        self._found += _results(compared)
        self._found += _without_results([each for each in compared if each.without_result])
        self._found.sort(key=lambda difference: not difference.is_cause)
        return Comparison(tuple(self._found), self._cells, self._formulas, len(self.written.sheets))

    def _sheets(self) -> Iterator[tuple[SheetOf, SheetOf]]:
        """The sheets that answer each other; those that answer none are told."""
        names = {sheet.name: sheet for sheet in self.now.sheets}
        missing = [sheet for sheet in self.written.sheets if sheet.name not in names]
        extra = [sheet for sheet in self.now.sheets if self.written.sheet(sheet.name) is None]
        answers = {sheet.name: names[sheet.name] for sheet in self.written.sheets if sheet.name in names}
        for sheet in missing:
            likely = max(extra, key=lambda each: self._likeness(sheet, each), default=None)
            if likely and self._likeness(sheet, likely) * _ALIKE >= len(self._outline(True, sheet).marks):
                answers[sheet.name] = likely
                extra.remove(likely)
            else:
                self._found.append(Discrepancy("sheet", sheet.name, "", "the sheet is missing"))
        for sheet in extra:
            self._found.append(Discrepancy("sheet", sheet.name, "", "the sheet was added"))
        numbers = {sheet.part: place for place, sheet in enumerate(self.now.sheets)}
        there = [sheet.name for sheet in self.written.sheets if sheet.name in answers]
        self._found += order_differences(there, sorted(there, key=lambda name: numbers[answers[name].part]))
        for sheet in self.written.sheets:
            if sheet.name in answers:
                self._found += sheet_differences(sheet, answers[sheet.name])
                yield sheet, answers[sheet.name]

    def _likeness(self, sheet: SheetOf, other: SheetOf) -> int:
        """How many rows two sheets have in common."""
        return len({m for _, m in self._outline(True, sheet).marks} & {m for _, m in self._outline(False, other).marks})

    def _outline(self, as_written: bool, sheet: SheetOf) -> Outline:
        key = (as_written, sheet.name)
        if key not in self._outlines:
            self._outlines[key] = outlined(self.written if as_written else self.now, sheet)
        return self._outlines[key]

    def _is_untouched(self, sheet: SheetOf, found: SheetOf) -> bool:
        """Whether the two are the same bytes; what they show hangs on the styles as well, and on no shared texts."""
        content = self.written.content(sheet.part)
        if (
            sheet.name != found.name
            or content != self.now.content(found.part)
            or self.written.content(_STYLES) != self.now.content(_STYLES)
        ):
            return False
        self._cells += content.count(b"</c>")
        self._formulas += content.count(b"<f>")
        return True

    def _pair(self, sheet: SheetOf, found: SheetOf) -> Pair:
        written, now = self._outline(True, sheet), self._outline(False, found)
        self._cells += written.cells
        self._formulas += written.formulas
        columns = aligned_columns(written, now)
        outlines = (written, now)
        if not columns.is_plain:
            outlines = (
                outlined(self.written, sheet, without=columns.deleted),
                outlined(self.now, found, columns),
            )
        rows = aligned(outlines[0].marks, outlines[1].marks)
        self._found += layout_differences(found.name, written.oddities, now.oddities)
        self._found += _moved(self.now, found.name, rows, columns, now)
        header = written.oddities.header
        return Pair(self.written, self.now, sheet, found, written.head.get(header, {}), header, rows, columns)

    def _compared(self, pairs: list[Pair]) -> list[Compared]:
        moved = Moved(
            {pair.found.name: pair.sheet.name for pair in pairs if pair.found.name != pair.sheet.name},
            {pair.found.name: pair.rows for pair in pairs if not pair.rows.is_plain},
            {pair.found.name: pair.columns for pair in pairs if not pair.columns.is_plain},
        )
        return [Compared(pair, moved) for pair in pairs]


def _moved(
    workbook: PlainWorkbook, sheet: str, rows: Alignment, columns: Alignment, now: Outline
) -> Iterator[Discrepancy]:
    """Rows and columns that were inserted or deleted."""
    for first, last in rows.inserted:
        head = (now.head.get(row, {}) for row in range(first, min(last, first + 2) + 1))
        holding = filter(None, (words_of(row, workbook) for row in head))
        says = f"{_run('row', str(first), str(last))} inserted"
        yield Discrepancy("row", sheet, f"A{first}", says, stands="; ".join(holding))
    for first, last in rows.deleted:
        yield Discrepancy("row", sheet, "", f"{_run('row', str(first), str(last))} deleted, as they were numbered")
    for first, last in columns.inserted:
        says = f"{_run('column', letters(first), letters(last))} inserted"
        yield Discrepancy("row", sheet, f"{letters(first)}1", says)
    for first, last in columns.deleted:
        says = f"{_run('column', letters(first), letters(last))} deleted, as they were lettered"
        yield Discrepancy("row", sheet, "", says)


def _run(what: str, first: str, last: str) -> str:
    return f"{what} {first} was" if first == last else f"{what}s {first} to {last} were"


def _results(compared: list[Compared]) -> Iterator[Discrepancy]:
    """Results that differ: those that follow from a cell that differs, and those that nothing explains."""
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for each in compared:
        for row, column in each.changed:
            places[each.pair.found.name, column].append(row)
        rows, columns = each.pair.rows, each.pair.columns
        if rows.inserted or columns.inserted or rows.deleted:
            places[each.pair.found.name, 0].append(0)
    for rows_changed in places.values():
        rows_changed.sort()
    for each in compared:
        for formula, difference in each.results:
            if _follows(formula, each.pair.found.name, places):
                yield evolve(difference, kind="follows", says="the result differs with what it is computed from")
            else:
                yield difference


def _follows(formula: str, sheet: str, places: dict[tuple[str, int], list[int]]) -> bool:
    for area in areas(formula, sheet):
        if (area.sheet, 0) in places:
            return True
        first, last = area.columns
        for named, column in places:
            if named == area.sheet and first <= column <= last:
                rows = places[named, column]
                place = bisect_left(rows, area.rows[0])
                if place < len(rows) and rows[place] <= area.rows[1]:
                    return True
    return False


def _without_results(compared: list[Compared]) -> Iterator[Discrepancy]:
    """Formulas without a stored result, told once: a program that does not calculate leaves out all of them."""
    if compared:
        count = sum(len(each.without_result) for each in compared)
        sheet, cell = compared[0].pair.found.name, compared[0].without_result[0]
        words = f"{count:,} formulas hold" if count > 1 else "a formula holds"
        sheets = f", on {len(compared)} sheets" if len(compared) > 1 else ""
        says = f"from here on, {words} no stored result{sheets}: a program that does not calculate saved the file"
        yield Discrepancy("result", sheet, cell, says)
