"""An agreement's rows as a paper: every line of the closings, whether it is owed on it, and what the line measures.

All lines stand here, not only those owed: who changes on Closings which agreement is owed sees the line count here.
Between the lines stand the days on which something accrues without one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import define, field

from feecalc.agreement import Agreement
from feecalc.clauses.bases import Measure, counts, measure_words
from feecalc.clauses.lines import Lines, lines_words
from feecalc.limits import offering_opening
from feecalc.line_columns import exchange
from feecalc.money import Ratio
from feecalc.rows import Rows
from feecalc.workings import Workings
from feecalc.workpapers.formulas import (
    HEADER,
    NOTHING,
    Above,
    Chosen,
    Compared,
    Formula,
    Kind,
    Label,
    Owed,
    Paper,
    PaperColumn,
    Pick,
    Rounded,
    Running,
    Same,
    Term,
    least,
    minus,
    over,
    plain_mode,
    plus,
    pointers,
    ratios,
    times,
    whole,
)
from feecalc.workpapers.terms import Terms


@define(eq=False)
class ClosingColumns:
    """The columns of Closings that the papers draw on."""

    paper: Paper
    shares: PaperColumn
    gross: PaperColumn
    cash: PaperColumn
    as_read: tuple[PaperColumn, PaperColumn]  # shares and gross proceeds
    owed: tuple[PaperColumn, ...]


@define(eq=False)
class AgreementLines:
    """The paper of one agreement's rows, and its columns as clauses ask for them."""

    agreement: Agreement
    workings: Workings
    terms: Terms
    closings: ClosingColumns
    source: Callable[[int], str]
    decimals: Term
    paper: Paper = field(init=False)
    place: PaperColumn = field(init=False)
    owed: PaperColumn = field(init=False)
    _measures: dict[Measure, PaperColumn] = field(factory=dict)
    _flags: dict[Lines, PaperColumn] = field(factory=dict)
    _pointers: dict[str, PaperColumn] = field(factory=dict)
    _counted: tuple[PaperColumn, PaperColumn] | None = None

    @property
    def rows(self) -> Rows:
        return self.workings.rows

    def draw(self, label: Label) -> None:
        """Begin the paper: what each row is, and whether the agreement is owed on it."""
        self.paper = self.paper_for(
            "lines", f"{self.agreement.id}: the lines on which it is owed, and what they measure"
        )
        self.place = self.paper.given(
            "Place on Closings", "count", whole(np.where(self.rows.line >= 0, self.rows.line + HEADER + 1, HEADER)), ""
        )
        self.owed = self.paper.computed("Owed", "count", Owed(self.closings.owed, self.place, label))

    def paper_for(self, name: str, title: str, *notes: str) -> Paper:
        """A paper with the agreement's rows, its first columns telling which row is which."""
        rows, table = self.rows, self.workings.measures.table
        paper = Paper(f"{self.agreement.id} {name}", title, self.agreement.id, len(rows), notes, freeze=3)
        paper.text("Row", [self._told(row) for row in range(len(rows))])
        words = [*table.closing.words, None]
        paper.text("Closing", [words[code] for code in rows.closing.tolist()])
        paper.dates("Date", rows.day.tolist())
        return paper

    def _told(self, row: int) -> str:
        rows = self.rows
        if rows.line[row] >= 0:
            return self.source(int(rows.line[row]))
        if rows.expense[row] >= 0:
            return str(self.workings.expenses[rows.expense[row]].line)
        trigger = int(rows.trigger[row])
        return rows.triggers[trigger].clause if trigger >= 0 else ""

    def measure(self, measure: Measure) -> PaperColumn:
        """What each row brings of a measure, where the agreement is owed on it, within the offering limit."""
        if measure not in self._measures:
            limited = self.agreement.as_amended().covers.offering_limit is not None
            self._measures[measure] = self._limited(measure) if limited else self._plain(measure)
        return self._measures[measure]

    def _plain(self, measure: Measure) -> PaperColumn:
        """The measure of the lines that the agreement is owed on."""
        named = {
            "gross proceeds": self.closings.gross,
            "cash proceeds": self.closings.cash,
            "securities sold": self.closings.shares,
        }
        kind: Kind = "count" if counts(measure) else "money"
        header = measure_words(measure).capitalize().replace("`", "")
        column = named.get(measure) if isinstance(measure, str) else None
        if column is None:
            amounts = self.rows.summed(self.workings.measures.measure(measure))
            recorded = self.paper.given(f"{header}, as recorded", kind, whole(amounts, 1 if kind == "count" else 100))
            figure: Formula = times(Same(recorded), Same(self.owed))
            return self.paper.computed(header, kind, figure, total=True)
        figure = times(Pick(column, self.place), Same(self.owed))
        conversion = self.agreement.conversion
        if conversion is not None and kind == "money":
            figure = Rounded(times(figure, Same(self._exchange())), 2, plain_mode(conversion.mode))
        return self.paper.computed(header, kind, figure, total=True)

    def _exchange(self) -> PaperColumn:
        """The exchange rate of each row: 1 in the agreement's own currency."""
        lines = self.workings.measures.lines
        codes, rates = exchange(self.workings.measures.table, lines, self.agreement.currency)
        of_row = self.rows.coded(codes)
        values = ratios([rates[code] if code >= 0 else Ratio(1) for code in of_row.tolist()])
        return self.named("Exchange rate", lambda: self.paper.given("Exchange rate", "price", values))

    def named(self, header: str, make: Callable[[], PaperColumn]) -> PaperColumn:
        """A column of this paper, made once."""
        return next((column for column in self.paper.columns if column.header == header), None) or make()

    def _limited(self, measure: Measure) -> PaperColumn:
        """The part of a measure that lies within the offering limit."""
        gross, counted = self._within_limit()
        if measure == "gross proceeds":
            return counted
        whole_ = self._plain(measure)
        header = f"{whole_.header} within the limit"
        if measure == "cash proceeds":
            cash = self.paper.computed("Cash to date", "money", Running(Same(whole_), 2, len(self.rows)))
            capped = self.paper.computed(
                "Cash to date within the limit", "money", least(Same(cash), self._counted_to_date())
            )
            return self.paper.computed(header, "money", minus(Same(capped), Above(capped)), total=True)
        part = over(times(Same(whole_), Same(counted)), Same(gross))
        kept = Rounded(Rounded(part, self.decimals), 2 if whole_.kind == "money" else 0, "down")
        same = Compared("=", Same(counted), Same(gross))
        return self.paper.computed(header, whole_.kind, Chosen(same, Same(whole_), kept))

    def _within_limit(self) -> tuple[PaperColumn, PaperColumn]:
        """Gross proceeds, and what of them lies within the offering limit."""
        if self._counted is None:
            limit = self.agreement.as_amended().covers.offering_limit
            assert limit is not None
            most = self.terms.term(self.agreement.id, "", "offering limit", "money", Ratio(limit, 100))
            gross = self._plain("gross proceeds")
            before = offering_opening(self.workings)
            start: Formula = NOTHING
            if before:
                start = self.terms.term(
                    self.agreement.id, "", "of the offering, before these records", "money", Ratio(before, 100)
                )
            to_date = self.paper.computed("Gross to date", "money", Running(Same(gross), 2, len(self.rows)))
            after = plus(Same(to_date), start) if before else Same(to_date)
            counted = self.paper.computed(
                "Gross within the limit",
                "money",
                minus(least(after, most), least(minus(after, Same(gross)), most)),
                total=True,
            )
            self._counted = (gross, counted)
        return self._counted

    def _counted_to_date(self) -> Formula:
        _, counted = self._within_limit()
        return Same(
            self.named(
                "Within the limit to date",
                lambda: self.paper.computed(
                    "Within the limit to date", "money", Running(Same(counted), 2, len(self.rows))
                ),
            )
        )

    def acting(self, lines: Lines | None) -> PaperColumn | None:
        """Which rows a clause acts on, by its tests of lines: 1 or 0. None where it acts on all."""
        if lines is None:
            return None
        if lines not in self._flags:
            passed = self.rows.tested(self.workings.measures.on(lines))
            self._flags[lines] = self.paper.given(
                f"Lines: {lines_words(lines)}", "count", whole(passed.astype(np.int64))
            )
        return self._flags[lines]

    def has_lines(self) -> PaperColumn:
        """1 where a row is a line."""
        values = whole(self.rows.has_lines.astype(np.int64))
        return self.named("Is a line", lambda: self.paper.given("Is a line", "count", values, ""))

    def before_within(self, scope: str) -> PaperColumn:
        """For each row the place of the row before it of the same closing, or of the same investor."""
        if scope not in self._pointers:
            places = whole(pointers(self.rows.scope[scope]))
            self._pointers[scope] = self.paper.given(f"Place before, same {scope}", "count", places, "")
        return self._pointers[scope]
