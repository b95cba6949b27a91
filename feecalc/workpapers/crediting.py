"""What is paid ahead, credited: fixed fees and advances against what accrues, on running totals.

The argument is that of `settlement`: with E what the credited clauses came to by a moment, min(E, paid ahead) is
credited by then, and a row brings the difference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.clauses import Advance, FixedFee
from feecalc.ledger import Source
from feecalc.money import Ratio
from feecalc.rows import ENDED, NONE, TRIGGERED
from feecalc.settlement import due_day
from feecalc.workpapers.formulas import (
    HEADER,
    NOTHING,
    Above,
    Carried,
    Chosen,
    Formula,
    NotLive,
    PaperColumn,
    Pick,
    Running,
    Same,
    Term,
    added,
    least,
    minus,
    most,
    plus,
    times,
    whole,
)
from feecalc.workpapers.payees import to_payees
from feecalc.workpapers.payouts import Payouts, end_of


def credit_fee(payouts: Payouts, clause: FixedFee) -> None:
    """A fixed fee credited against what accrues under one clause, as far as it has been earned by the day."""
    names = [name for name in clause.credited_against if name in payouts.accrued]
    if len(names) != 1:
        raise NotLive("a fixed fee is credited against several clauses")
    (name,) = names
    own = payouts.accrued[clause.id]
    day_end = np.searchsorted(payouts.moments.day, payouts.moments.day, side="right") + HEADER
    pointer = payouts.paper.given(f"{clause.id}: last place of the day", "count", whole(day_end), "")
    open_ = payouts.paper.computed(f"{clause.id}: open of {name}", "money", payouts.open_of(name))
    earned = payouts.paper.computed(
        f"{clause.id}: {name} to date", "money", Running(Same(open_), 2, payouts.paper.rows)
    )
    paid = payouts.paper.computed(f"{clause.id}: paid by the day", "money", Pick(payouts.to_dates[clause.id], pointer))
    figure = least(most(Same(earned), NOTHING), Same(paid))
    to_date = payouts.paper.computed(
        f"{clause.id}: credited to date", "money", Carried(Same(open_), figure, payouts.paper.rows)
    )
    column = payouts.paper.computed(
        f"{name}: credited for {clause.id}", "money", minus(Same(to_date), Above(to_date)), total=True
    )
    assert own is not None
    payouts.recouped.setdefault(name, []).append(column)


def credit_advance(payouts: Payouts, clause: Advance, source: Source) -> None:
    """An advance: what of it is recouped from each clause, what is paid ahead and what is returned."""
    advanced = source.advanced
    assert advanced is not None
    names = [name for name in clause.credited_against if name in payouts.accrued]
    due = _due(source)
    amount_cents = advanced.opening or int(clause.amount)
    amount = payouts.term(clause, "advance", "money", Ratio(amount_cents, 100))
    start: Formula = NOTHING
    if advanced.opening_recouped:
        start = payouts.term(clause, "recouped before these records", "money", Ratio(advanced.opening_recouped, 100))
    counts = payouts.flag(f"{clause.id}: due by then", payouts.moments.day >= due)
    opens = [
        payouts.paper.computed(f"{clause.id}: open of {name}", "money", times(payouts.open_of(name), Same(counts)))
        for name in names
    ]
    end = end_of(source)
    end = end if end is not None and end <= payouts.as_of else None
    to_date = payouts.paper.computed(
        f"{clause.id}: earned to date", "money", Running(added([Same(x) for x in opens]), 2, payouts.paper.rows)
    )
    earned = plus(Same(to_date), start) if start is not NOTHING else Same(to_date)
    most_: Formula = amount
    if end is not None:
        at_end = int(np.searchsorted(payouts.moments.day, end, side="right"))
        pointer = payouts.paper.given(
            f"{clause.id}: last place of the term", "count", whole(np.full(len(payouts.moments), at_end + HEADER)), ""
        )
        then = plus(Pick(to_date, pointer), start) if start is not NOTHING else Pick(to_date, pointer)
        kept = payouts.paper.computed(f"{clause.id}: earned in the term", "money", least(amount, most(then, NOTHING)))
        within = payouts.flag(f"{clause.id}: within the term", payouts.moments.day <= end)
        most_ = Same(
            payouts.paper.computed(f"{clause.id}: most recouped", "money", Chosen(Same(within), amount, Same(kept)))
        )
    for name, column in zip(names, _taken(payouts, clause, names, opens, earned, most_), strict=True):
        payouts.recouped.setdefault(name, []).append(column)
    taken = [payouts.recouped[name][-1] for name in names]
    _own_movements(payouts, clause, source, amount, taken, start, end)


def _taken(
    payouts: Payouts,
    clause: Advance,
    names: Sequence[str],
    opens: Sequence[PaperColumn],
    earned: Formula,
    most_: Formula,
) -> list[PaperColumn]:
    """What is recouped from each clause: what is taken back first and in the opposite order, then the rest."""

    def held(figure: Formula) -> Formula:
        return least(most(figure, NOTHING), most_)

    if len(opens) == 1:
        before = minus(earned, Same(opens[0]))
        figure = minus(held(earned), held(before))
        return [payouts.paper.computed(f"{names[0]}: recouped for {clause.id}", "money", figure, total=True)]
    begins = payouts.paper.computed(
        f"{clause.id}: before the row", "money", minus(earned, added([Same(x) for x in opens]))
    )
    found: list[PaperColumn] = []
    point = Same(begins)
    back: list[PaperColumn] = []
    for place in reversed(range(len(opens))):
        negative = least(Same(opens[place]), NOTHING)
        after = payouts.paper.computed(
            f"{clause.id}: after what {names[place]} takes back", "money", plus(point, negative)
        )
        back.insert(
            0,
            payouts.paper.computed(
                f"{names[place]}: taken back for {clause.id}", "money", minus(held(Same(after)), held(point))
            ),
        )
        point = Same(after)
    for place, name in enumerate(names):
        positive = most(Same(opens[place]), NOTHING)
        after = payouts.paper.computed(f"{clause.id}: after {name}", "money", plus(point, positive))
        figure = plus(minus(held(Same(after)), held(point)), Same(back[place]))
        found.append(payouts.paper.computed(f"{name}: recouped for {clause.id}", "money", figure, total=True))
        point = Same(after)
    return found


def _own_movements(
    payouts: Payouts,
    clause: Advance,
    source: Source,
    amount: Term,
    taken: Sequence[PaperColumn],
    start: Formula,
    end: int | None,
) -> None:
    """The advance's own payments: paid ahead when due, returned after the end."""
    advanced = source.advanced
    assert advanced is not None
    own = [plus_ for plus_ in advanced.accrued.tolist() if plus_ > 0]
    pays = (payouts.moments.day == _due(source)) & (payouts.moments.stage == TRIGGERED) & (payouts.moments.rank == NONE)
    figure: Formula = times(amount, Same(payouts.flag(f"{clause.id}: falls due", pays & bool(own))))
    if end is not None:
        spent = payouts.term(clause, "expenses kept", "money", Ratio(advanced.expensed, 100))
        recouped = payouts.paper.computed(
            f"{clause.id}: recouped to date", "money", Running(added([Same(x) for x in taken]), 2, payouts.paper.rows)
        )
        past = (payouts.moments.day > end) | ((payouts.moments.day == end) & (payouts.moments.stage == ENDED))
        ended = payouts.flag(f"{clause.id}: term ended", past)
        so_far = plus(Same(recouped), start) if start is not NOTHING else Same(recouped)
        back = times(most(NOTHING, minus(minus(amount, spent), so_far)), Same(ended))
        returned = payouts.paper.computed(f"{clause.id}: returned to date", "money", back)
        figure = minus(figure, minus(Same(returned), Above(returned)))
    column = payouts.paper.computed(f"{clause.id}: paid ahead, less returned", "money", figure, total=True)
    payouts.accrued[clause.id] = column
    to_payees(payouts, clause, column, Ratio(advanced.opening, 100), payouts.sources.index(source))


def _due(source: Source) -> int:
    assert source.advanced is not None
    return due_day(source.advanced.clause, source.milestones)
