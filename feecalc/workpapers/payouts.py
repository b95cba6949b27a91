"""An agreement's payouts as a paper: at each closing what accrued, what is credited against it, and who is paid what.

Its rows are the moments at which something accrues: closings, days, expenses. Advances are credited and parts are cut
on running totals, as in `settlement`, so that a row brings the difference.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import define, field

from feecalc.agreement import Agreement
from feecalc.clauses import Clause
from feecalc.columns import Columns
from feecalc.dates import day_number
from feecalc.ledger import Source
from feecalc.money import Ratio
from feecalc.rows import NONE
from feecalc.settlement import return_day
from feecalc.totals import Ints, Mask
from feecalc.workpapers.clause_papers import ClausePapers
from feecalc.workpapers.formulas import (
    Formula,
    Kind,
    Paper,
    PaperColumn,
    Same,
    Term,
    minus,
    whole,
)


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


@define(eq=False)
class Payouts:
    """The payouts of one agreement. `payable` holds for each clause and payee the column of what is payable, `stated`
    what the ledger has there, `in_cash` for each payee that of all cash.
    """

    papers: ClausePapers
    sources: tuple[Source, ...]
    entries: Columns
    as_of: int
    moments: Moments
    paper: Paper
    payable: dict[tuple[str, str], PaperColumn] = field(factory=dict)
    stated: dict[tuple[str, str], PaperColumn] = field(factory=dict)
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
        mine = e.where((e["source"] == index) & (e["payee"] == payee) & ~e["lapses"])
        found = np.zeros(len(self.moments), dtype=np.int64)
        for day, stage, rank, payable in mine.rows("accrued_on", "stage", "rank", "payable"):
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
            self._decimals[clause.id] = self.papers.lines.terms.decimals(
                self.agreement.id, clause.id, digits, "in the payouts"
            )
        return self._decimals[clause.id]


def end_of(source: Source) -> int | None:
    """The day after which nothing more of an advance is earned, if it has one."""
    advanced = source.advanced
    assert advanced is not None
    end = return_day(advanced.clause, source.milestones)
    return day_number(end) if end is not None else None
