"""An agreement's payouts as a paper: at each closing what accrued, what is credited against it, and who is paid what.

Its rows are the moments at which something accrues: closings, days, expenses. Advances are credited and parts are cut
on running totals, as in `settlement`, so that a row brings the difference.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from attrs import define, field

from feecalc.agreement import Agreement
from feecalc.clauses import Advance, Clause, FixedFee
from feecalc.ledger import Source
from feecalc.money import Ratio
from feecalc.rows import ENDED, NONE, TRIGGERED
from feecalc.totals import Ints, Mask
from feecalc.workpapers.clause_papers import ClausePapers
from feecalc.workpapers.crediting import credit_advance, credit_fee, end_of
from feecalc.workpapers.formulas import (
    HEADER,
    Above,
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Pick,
    Running,
    Same,
    Term,
    added,
    minus,
    whole,
)
from feecalc.workpapers.payees import paid_under


@define(eq=False, slots=False)
class Moments:
    """When something accrues, in order: day, stage of the day, rank of the closing (NONE without one)."""

    day: Ints
    stage: Ints
    rank: Ints
    last: Ints  # how many rows of the agreement have come by then

    def __len__(self) -> int:
        return len(self.day)

    @cached_property
    def _place(self) -> dict[tuple[int, int, int], int]:
        return {key: n for n, key in enumerate(zip(self.day.tolist(), self.stage.tolist(), self.rank.tolist()))}

    def at(self, key: tuple[int, int, int]) -> int | None:
        """The place of a day, stage and rank; of the moment without a closing, where there is none of that rank."""
        return self._place.get(key, self._place.get((key[0], key[1], NONE)))


def moments_of(papers: ClausePapers, sources: Sequence[Source]) -> Moments:
    """The moments of an agreement's rows, and those of its advances' own movements."""
    rows = papers.lines.rows
    keys = dict.fromkeys(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()), 0)
    for source in sources:
        if source.advanced is not None:
            for day, amount in zip(source.advanced.day.tolist(), source.advanced.accrued.tolist()):
                keys[(day, ENDED if amount < 0 else TRIGGERED, NONE)] = 0
            end = end_of(source)
            if end is not None:
                keys[(end, ENDED, NONE)] = 0
    order = sorted(keys)
    own = sorted(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()))
    last = np.array([_count_through(own, key) for key in order], dtype=np.int64)
    day, stage, rank = np.array(order, dtype=np.int64).T if order else np.zeros((3, 0), dtype=np.int64)
    return Moments(day, stage, rank, last)


def _rank(papers: ClausePapers) -> Ints:
    """The rank of each row's closing, NONE for rows without lines."""
    rows = papers.lines.rows
    return np.where(rows.has_lines, rows.rank, NONE).astype(np.int64)


def _count_through(keys: list[tuple[int, int, int]], key: tuple[int, int, int]) -> int:
    return bisect.bisect_right(keys, key)


@define(eq=False)
class Payouts:
    """The payouts of one agreement. `payable` holds for each clause and payee the column of what is payable, `in_cash`
    for each payee that of all cash.
    """

    papers: ClausePapers
    sources: tuple[Source, ...]
    entries: pd.DataFrame
    as_of: int
    moments: Moments = field(init=False)
    paper: Paper = field(init=False)
    payable: dict[tuple[str, str], PaperColumn] = field(factory=dict)
    in_cash: dict[str, PaperColumn] = field(factory=dict)
    not_live: list[tuple[str, str]] = field(factory=list)
    accrued: dict[str, PaperColumn] = field(factory=dict)
    to_dates: dict[str, PaperColumn] = field(factory=dict)
    taken: dict[str, PaperColumn] = field(factory=dict)
    recouped: dict[str, list[PaperColumn]] = field(factory=dict)
    _decimals: dict[str, Term] = field(factory=dict)

    @property
    def agreement(self) -> Agreement:
        return self.papers.lines.agreement.as_amended()

    def draw(self) -> None:
        """Draw up the paper. Every figure that could not be put into formulas, or would differ, is put in and told."""
        lines = self.papers.lines
        agreement = lines.agreement.as_amended()
        self.moments = moments_of(self.papers, self.sources)
        self.paper = Paper(
            f"{agreement.id} payouts",
            f"{agreement.id}: what accrued at each closing, and who is paid what of it",
            f"{agreement.id} payouts",
            len(self.moments),
            (),
            freeze=2,
        )
        names = dict(zip(lines.rows.rank.tolist(), lines.rows.closing.tolist()))
        words = lines.workings.measures.table.closing.words
        self.paper.text(
            "Closing", [words[names[rank]] if rank != NONE else "(no closing)" for rank in self.moments.rank.tolist()]
        )
        self.paper.dates("Date", self.moments.day.tolist())
        pointer = self.paper.given("Last row by then", "count", whole(self.moments.last + HEADER), "")
        clauses = [clause for clause in agreement.clauses if clause.id in self.papers.accrued]
        for clause in clauses:
            column = self.papers.accrued[clause.id]
            self.to_dates[clause.id], self.accrued[clause.id] = self._drawn(clause.id, column, pointer, "accrued")
        for name, column in self.papers.taken.items():
            self.taken[name] = self._drawn(name, column, pointer, "taken in securities")[1]
        for clause in agreement.clauses:
            if isinstance(clause, FixedFee) and clause.credited_against and clause.id in self.accrued:
                try:
                    credit_fee(self, clause)
                except NotLive as reason:
                    self.not_live.append((clause.id, reason.reason))
            if isinstance(clause, Advance):
                source = next((s for s in self.sources if s.clause.id == clause.id and s.advanced is not None), None)
                if source is not None:
                    credit_advance(self, clause, source)
        for clause in clauses:
            source = next(s for s in self.sources if s.clause.id == clause.id and s.accrual is not None)
            paid_under(self, clause, source)
        self._in_cash()

    def _in_cash(self) -> None:
        """What is payable in cash to each payee, under all clauses."""
        for payee in dict.fromkeys(name for _, name in self.payable):
            columns = [c for (_, name), c in self.payable.items() if name == payee and c.kind == "money"]
            if len(columns) == 1:
                self.in_cash[payee] = columns[0]
            elif columns:
                figure = added([Same(column) for column in columns])
                self.in_cash[payee] = self.paper.computed(f"Payable in cash to {payee}", "money", figure, total=True)

    def _drawn(
        self, name: str, column: PaperColumn, pointer: PaperColumn, words: str
    ) -> tuple[PaperColumn, PaperColumn]:
        """What a column of the agreement's rows comes to by each moment, and what each moment brings."""
        digits = 2 if column.kind == "money" else 0
        running = Running(Same(column), digits, column.paper.rows)  # type: ignore[arg-type]
        down = column.paper.computed(f"{column.header} to date", column.kind, running)
        to_date = self.paper.computed(f"{name}: {words} to date", column.kind, Pick(down, pointer))
        return to_date, self.paper.computed(
            f"{name}: {words}", column.kind, minus(Same(to_date), Above(to_date)), total=True
        )

    def to_date(self, clause: str) -> PaperColumn:
        """What accrued under a clause by each moment of these records."""
        return self.to_dates[clause]

    def recouped_for(self, advance: str) -> list[PaperColumn]:
        """What is recouped for an advance, from each clause."""
        return [c for columns in self.recouped.values() for c in columns if c.header.endswith(f"for {advance}")]

    def less(self, clause: str) -> list[PaperColumn]:
        """What is not payable of what accrued under a clause: credited, or taken in securities."""
        taken = [self.taken[clause]] if clause in self.taken else []
        return [*self.recouped.get(clause, []), *taken]

    # ---- what the ledger has, for comparison -------------------------------------------------------------------------

    def entries_by_moment(self, index: int, payee: str) -> Ints:
        """What the ledger has payable to a payee under a source at each moment."""
        e = self.entries
        mine = e[(e["source"] == index) & (e["payee"] == payee) & ~e["lapses"].astype(bool)]
        found = np.zeros(len(self.moments), dtype=np.int64)
        for day, stage, rank, payable in zip(
            mine["accrued_on"].tolist(), mine["stage"].tolist(), mine["rank"].tolist(), mine["payable"].tolist()
        ):
            place = self.moments.at((day, stage, rank))
            assert place is not None
            found[place] += payable
        return found

    def same(self, column: PaperColumn, amounts: Ints) -> bool:
        values = column.values
        scale = 1 if column.kind == "count" else 100
        return bool(np.array_equal(values.num * scale, amounts * values.den))

    # ---- for those who draw ------------------------------------------------------------------------------------------

    def open_of(self, name: str) -> Formula:
        """What is open of a clause: accrued, less what is taken in securities, less what is credited already."""
        figure: Formula = Same(self.accrued[name])
        if name in self.taken:
            figure = minus(figure, Same(self.taken[name]))
        for column in self.recouped.get(name, []):
            figure = minus(figure, Same(column))
        return figure

    def flag(self, header: str, holds: Mask) -> PaperColumn:
        """A column of 1 where something holds, else 0."""
        return self.paper.given(header, "count", whole(holds.astype(np.int64)), "")

    def term(self, clause: Clause, words: str, kind: Kind, value: Ratio) -> Term:
        return self.papers.lines.terms.term(self.agreement.id, clause.id, words, kind, value)

    def decimals(self, clause: Clause) -> Term:
        """How many decimals unrounded figures of a clause keep here."""
        if clause.id not in self._decimals:
            digits = self.papers.decimals[clause.id]
            self._decimals[clause.id] = self.papers.lines.terms.decimals(self.agreement.id, clause.id, digits)
        return self._decimals[clause.id]
