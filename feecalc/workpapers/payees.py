"""Who is paid what: payees' parts and instalments, cut on running totals.

A payee's part of a row is the floor of its share of the running total after the row, less that before it; the owner
of the odd unit gets the rest. Instalments are cut likewise, one after the other within a row, so that payees' parts
of them add up to payees' parts of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import define, field

from feecalc.clauses import AnyClause, Clause, Instalment
from feecalc.dates import NEVER
from feecalc.ledger import Source
from feecalc.money import Ratio
from feecalc.settlement import after_last_day
from feecalc.totals import Mask
from feecalc.workpapers.formulas import (
    NOTHING,
    Above,
    Chosen,
    Compared,
    Formula,
    Kind,
    NotLive,
    PaperColumn,
    Rounded,
    Running,
    Same,
    added,
    least,
    minus,
    most,
    over,
    plus,
    times,
    whole,
)
from feecalc.workpapers.payouts import Payouts


def to_payees(
    payouts: Payouts,
    clause: Clause,
    column: PaperColumn,
    opening: Ratio,
    index: int,
    recouped: PaperColumn | None = None,
) -> None:
    """The columns of what is payable to each payee of a clause, of what accrues in `column`, from an `opening`. A
    column that would differ from the ledger is put in, and told.
    """
    paying = _Paying(payouts, clause, column, opening, index, recouped, payouts.taken.get(clause.id))
    for share in payouts.agreement.shares(clause):
        expected = payouts.entries_by_moment(index, share.payee)
        try:
            paid = paying.payable(share.payee)
            if not payouts.same(paid, expected):
                raise NotLive("its parts, or what of it is held, would not be the figures of the ledger")
        except NotLive as reason:
            payouts.not_live.append((clause.id, reason.reason))
            values = whole(expected, 1 if clause.counted else 100)
            paid = payouts.paper.given(f"{clause.id}: payable to {share.payee}, put in", column.kind, values, "")
            paid.total = True
        payouts.payable[(clause.id, share.payee)] = paid
        cents = whole(expected, 1 if clause.counted else 100)
        header = f"{clause.id}: payable to {share.payee}, by feecalc"
        payouts.stated[(clause.id, share.payee)] = payouts.paper.given(header, column.kind, cents, "")


def paid_under(payouts: Payouts, clause: AnyClause, source: Source) -> None:
    """What is payable to the payees of a clause that accrues: less what is credited, or taken in securities."""
    accrual = source.accrual
    assert accrual is not None
    opening = Ratio(accrual.opening, 1 if clause.counted else 100)
    columns = payouts.recouped.get(clause.id, [])
    recouped = columns[0] if columns else None
    if len(columns) > 1:
        figure = added([Same(column) for column in columns])
        recouped = payouts.paper.computed(f"{clause.id}: credited in all", "money", figure, total=True)
    to_payees(payouts, clause, payouts.accrued[clause.id], opening, payouts.sources.index(source), recouped)


@define(eq=False)
class _Paying:
    """The columns of one clause's payees."""

    payouts: Payouts
    clause: Clause
    column: PaperColumn
    opening: Ratio
    index: int
    recouped: PaperColumn | None
    taken: PaperColumn | None
    _floors: dict[str, Callable[[Formula], Formula]] = field(factory=dict)
    _known: dict[str, PaperColumn] = field(factory=dict)

    @property
    def kind(self) -> Kind:
        return self.column.kind

    def _drawn(self, header: str, formula: Formula, total: bool = False) -> PaperColumn:
        """A column of the clause, drawn once."""
        if header not in self._known:
            self._known[header] = self.payouts.paper.computed(f"{self.clause.id}: {header}", self.kind, formula, total)
        return self._known[header]

    def _running(self, column: PaperColumn, header: str) -> Formula:
        digits = 2 if self.kind == "money" else 0
        return Same(self._drawn(header, Running(Same(column), digits, self.payouts.paper.rows)))  # type: ignore[arg-type]

    def _start(self) -> Formula:
        """What had accrued before these records."""
        if not self.opening or (len(self.payouts.agreement.shares(self.clause)) == 1 and not self._is_cut()):
            return NOTHING
        return self.payouts.term(self.clause, "accrued before these records", self.kind, self.opening)

    def _is_cut(self) -> bool:
        """Whether it is due in instalments."""
        return isinstance(getattr(self.clause, "due", ""), tuple)

    def _floor(self, words: str, share: Ratio) -> Callable[[Formula], Formula]:
        """The floor of a share of a figure, in cents or in whole securities."""
        if words not in self._floors:
            top = self.payouts.term(self.clause, f"{words}: so many parts", "count", Ratio(share.numerator))
            bottom = self.payouts.term(self.clause, f"{words}: of so many", "count", Ratio(share.denominator))
            decimals = self.payouts.decimals(self.clause)
            digits = 2 if self.kind == "money" else 0
            self._floors[words] = lambda figure: Rounded(
                Rounded(over(times(figure, top), bottom), decimals),
                digits,  # type: ignore[arg-type]
                "down",
            )
        return self._floors[words]

    def payable(self, payee: str) -> PaperColumn:
        """What is payable to a payee at each moment."""
        due = getattr(self.clause, "due", "")
        figure = self._in_instalments(due, payee) if isinstance(due, tuple) else self._at_once(payee)
        return self._drawn(f"payable to {payee}", figure, total=True)

    # ---- at once -----------------------------------------------------------------------------------------------------

    def _at_once(self, payee: str) -> Formula:
        figure = self._part(self.column, "part", payee, self._start())
        if self.recouped is not None:
            figure = minus(figure, self._part(self.recouped, "part of what is credited", payee, NOTHING))
        if self.taken is not None:
            figure = minus(figure, self._part(self.taken, "part in securities", payee, NOTHING))
        held = self._held(0)
        if not held.any():
            return figure
        return times(figure, Same(self.payouts.flag(f"{self.clause.id}: not held, {payee}", ~held)))

    def _part(self, column: PaperColumn, words: str, payee: str, start: Formula) -> Formula:
        """One payee's part of a column."""
        shares = self.payouts.agreement.shares(self.clause)
        if len(shares) == 1:
            return Same(column)
        if payee == self.clause.odd_unit:
            figure: Formula = Same(column)
            for share in shares:
                if share.payee != payee:
                    figure = minus(figure, self._part(column, words, share.payee, start))
            return Same(self._drawn(f"{words} of {payee}", figure))
        share = next(each for each in shares if each.payee == payee)
        floor = self._floor(payee, share.share)
        to_date = self._running(column, f"{words} to be cut, to date")
        total = floor(to_date) if start is NOTHING else minus(floor(plus(to_date, start)), floor(start))
        running = self._drawn(f"{words} of {payee}, to date", total)
        return Same(self._drawn(f"{words} of {payee}", minus(Same(running), Above(running))))

    def _held(self, instalment: int) -> Mask:
        """At which moments an instalment is held: it waits for something that has not happened."""
        e = self.payouts.entries
        waits = e.where((e["source"] == self.index) & (e["payable_on"] == NEVER) & (e["instalment"] == instalment))
        found = np.zeros(len(self.payouts.moments), dtype=bool)
        for day, stage, rank in waits.rows("accrued_on", "stage", "rank"):
            place = self.payouts.moments.at((day, stage, rank))
            if place is not None:
                found[place] = True
        return found

    # ---- in instalments ----------------------------------------------------------------------------------------------

    def _in_instalments(self, due: Sequence[Instalment], payee: str) -> Formula:
        amounts = self._instalments(due)
        credits = self._credits(amounts)
        shares = self.payouts.agreement.shares(self.clause)
        if len(shares) == 1:
            parts = self._of_one(amounts, credits)
        else:
            parts = self._of_several(amounts, credits, payee)
        figures = []
        for number, part in enumerate(parts):
            held = self._held(number)
            flag = self._flag(f"instalment {number + 1} is not held", ~held) if held.any() else None
            figures.append(part if flag is None else times(part, Same(flag)))
        return added(figures)

    def _flag(self, header: str, holds: Mask) -> PaperColumn:
        """A column of 1 where something holds, drawn once."""
        if header not in self._known:
            self._known[header] = self.payouts.flag(f"{self.clause.id}: {header}", holds)
        return self._known[header]

    def _too_late(self, number: int) -> Mask:
        """At which moments an instalment accrues after it has lapsed."""
        instalment: Instalment = self.clause.due[number]  # type: ignore[attr-defined]  # asked for instalments only
        return self._held(number) & after_last_day(instalment, self.payouts.moments.day)

    def _in_time(self, number: int, column: PaperColumn) -> PaperColumn:
        """What of an instalment accrues before it has lapsed."""
        late = self._too_late(number)
        if not late.any():
            return column
        flag = self._flag(f"instalment {number + 1} has not lapsed", ~late)
        return self._drawn(f"instalment {number + 1}, in time", times(Same(column), Same(flag)))

    def _first_ones(self) -> bool:
        return self.clause.credit_reduces == "first instalments"

    def _instalments(self, due: Sequence[Instalment]) -> list[PaperColumn]:
        """What is cut into instalments: all but the last are floors of the running total, the last is the rest."""
        figure: Formula = Same(self.column)
        if self.taken is not None:
            figure = minus(figure, Same(self.taken))
        if self.recouped is not None and not self._first_ones():
            figure = minus(figure, Same(self.recouped))
        cut = self._drawn("due in instalments", figure)
        to_date, start = self._running(cut, "due in instalments, to date"), self._start()
        found: list[PaperColumn] = []
        for number, each in enumerate(due[:-1], start=1):
            floor = self._floor(f"instalment {number}", each.part)
            total = floor(to_date) if start is NOTHING else minus(floor(plus(to_date, start)), floor(start))
            running = self._drawn(f"instalment {number} to date", total)
            found.append(self._drawn(f"instalment {number}", minus(Same(running), Above(running))))
        rest: Formula = Same(cut)
        for column in found:
            rest = minus(rest, Same(column))
        return [*found, self._drawn(f"instalment {len(due)}", rest)]

    def _credits(self, amounts: Sequence[PaperColumn]) -> list[Formula]:
        """What of the credit each instalment takes: all in the first column, or the first instalments first."""
        if self.recouped is None:
            return [NOTHING] * len(amounts)
        if not self._first_ones():
            return [Same(self.recouped), *([NOTHING] * (len(amounts) - 1))]
        left = self._running(self.recouped, "credited to date")
        found: list[Formula] = []
        for number, amount in enumerate(amounts, start=1):
            so_far = self._running(amount, f"instalment {number}, in all to date")
            here = self._drawn(f"credited against {number} to date", least(most(left, NOTHING), most(so_far, NOTHING)))
            found.append(Same(self._drawn(f"credited against {number}", minus(Same(here), Above(here)))))
            left = Same(self._drawn(f"credit left after {number}, to date", minus(left, Same(here))))
        return found

    def _of_one(self, amounts: Sequence[PaperColumn], credits: Sequence[Formula]) -> list[Formula]:
        if not self._first_ones():
            return [Same(amount) for amount in amounts]
        return [
            Same(amount) if credit is NOTHING else minus(Same(amount), credit)
            for amount, credit in zip(amounts, credits, strict=True)
        ]

    def _of_several(self, amounts: Sequence[PaperColumn], credits: Sequence[Formula], payee: str) -> list[Formula]:
        """One payee's part of each instalment, cut as they run up one after the other."""
        whole_: list[PaperColumn] = []
        for number, (amount, credit) in enumerate(zip(amounts, credits, strict=True), start=1):
            figure: Formula = Same(amount)
            if credit is not NOTHING and not self._first_ones():
                figure = plus(figure, credit)
            if self.taken is not None and number == 1:
                figure = plus(figure, Same(self.taken))
            whole_.append(self._drawn(f"instalment {number}, whole", figure))
        cut = self.column
        if any(self._too_late(number).any() for number in range(len(whole_))):
            whole_ = [self._in_time(number, column) for number, column in enumerate(whole_)]
            cut = self._drawn("what is cut between payees", added([Same(each) for each in whole_]))
        accrued = self._in_turn(cut, [Same(each) for each in whole_], payee, "part", self._start())
        if self.recouped is not None:
            taken = self._in_turn(self.recouped, credits, payee, "credited part", NOTHING)
            accrued = [minus(one, other) for one, other in zip(accrued, taken, strict=True)]
        if self.taken is not None:
            accrued[0] = minus(accrued[0], self._part(self.taken, "part in securities", payee, NOTHING))
        return accrued

    def _in_turn(
        self, column: PaperColumn, pieces: Sequence[Formula], payee: str, words: str, start: Formula
    ) -> list[Formula]:
        """One payee's part of pieces of a column: what is taken back is cut in the opposite order."""
        shares = self.payouts.agreement.shares(self.clause)
        if payee == self.clause.odd_unit:
            others = [
                self._in_turn(column, pieces, share.payee, words, start) for share in shares if share.payee != payee
            ]
            found: list[Formula] = []
            for number, piece in enumerate(pieces):
                figure = piece
                for other in others:
                    figure = minus(figure, other[number])
                found.append(Same(self._drawn(f"{words} of {payee}, instalment {number + 1}", figure)))
            return found
        share = next(each for each in shares if each.payee == payee)
        floor = self._floor(payee, share.share)
        begins = minus(self._running(column, f"{words} in turn, to date"), Same(column))
        begins = begins if start is NOTHING else plus(begins, start)
        back = Compared("<", Same(self.column), NOTHING)
        found = []
        for number, piece in enumerate(pieces):
            earlier = Chosen(back, added(list(pieces[number + 1 :])), added(list(pieces[:number])))
            before = self._drawn(f"before {words}, instalment {number + 1}", plus(begins, earlier))
            figure = minus(floor(plus(Same(before), piece)), floor(Same(before)))
            found.append(Same(self._drawn(f"{words} of {payee}, instalment {number + 1}", figure)))
        return found
