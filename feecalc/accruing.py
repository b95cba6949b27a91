"""What each clause accrues, row by row: on closing lines, on a day of its own, against expenses, to a minimum, in lieu.

Each family of clauses has one function here that gives its columns: the base it acts on, what it brings alone, and what
of that is left within its own limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

import numpy as np
from attrs import evolve

from feecalc import exact, money, totals
from feecalc.agreement import Agreement
from feecalc.clauses import (
    AccruingClause,
    AnyClause,
    CashLimit,
    Clause,
    FixedClause,
    Minimum,
    RateOfSecurities,
    Reimbursement,
    SecuritiesInLieu,
    WarrantLimit,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import AccruedUnder, BaseOf
from feecalc.clauses.bases import counts as measure_counts
from feecalc.clauses.fees import Every, Reaches
from feecalc.dates import NEVER, day_number
from feecalc.earnings import Acting, Earned, earned
from feecalc.limits import held_below, reimbursed
from feecalc.milestones import FIRST_CLOSING
from feecalc.money import Price, Ratio
from feecalc.openings import opening_base, rounded_opening, unlimited_opening
from feecalc.resuming import fractions_not_carried
from feecalc.rows import Rows
from feecalc.totals import Ints, Mask
from feecalc.workings import ClauseColumns, Workings


def accrued_under(workings: Workings, clause: AnyClause) -> ClauseColumns | None:
    """What a clause does on each row; an advance accrues nothing of itself."""
    match clause:
        case AccruingClause():
            return _on_lines(workings, clause)
        case FixedClause():
            return _fixed(workings, clause)
        case Reimbursement():
            return _reimbursed(workings, clause)
        case Minimum():
            return _to_minimum(workings, clause)
        case SecuritiesInLieu():
            return _in_lieu(workings, clause)
    return None


# ---- on closing lines ------------------------------------------------------------------------------------------------


def _on_lines(workings: Workings, latest: AccruingClause) -> ClauseColumns:
    """A clause that acts on closing lines, under each of its terms on the rows that they rule; what it earns under all
    of them runs up to one total, which is rounded.
    """
    rows = workings.rows
    opening, opening_on = workings.opening(latest)
    steps = np.zeros(len(rows), dtype=np.int64)
    base, uncut, acts = steps.copy(), steps.copy(), np.zeros(len(rows), dtype=bool)
    earnings: list[list[Earned]] = []
    limits: list[tuple[CashLimit | WarrantLimit | None, Mask | None]] = []
    for clause, ruled in workings.versions(latest.id):
        assert isinstance(clause, AccruingClause)
        on = rows.has_lines if clause.lines is None else rows.tested(rows.measures.on(clause.lines))
        began = rounded_opening(clause, opening_on)
        whole = _base(workings, clause, on)
        acting = Acting(
            rows,
            on,
            _in_round_amounts(workings, clause, whole),
            began,
            workings.measured,
            lambda m, c=clause: m == c.base,  # type: ignore[misc]
        )
        limits.append((clause.limit, ruled))
        here = np.ones(len(rows), dtype=bool) if ruled is None else ruled
        base, uncut = np.where(here, acting.base, base), np.where(here, whole, uncut)
        acts |= here & (on | (acting.base != 0))
        if isinstance(clause, WarrantsPerAmount) and clause.steps == "whole":
            steps = np.where(here, _whole_steps(clause, acting), steps)
            continue
        parts = [_as_securities(clause, part, acting) for part in earned(clause.earning, acting)]
        if ruled is not None:
            parts = [evolve(part, amount=part.amount.on(ruled)) for part in parts]
        if earnings:  # what had accrued before these records, the first terms tell
            parts = [evolve(part, opening=Ratio(0)) for part in parts]
        earnings.append(parts)
    unlimited = steps + _rounded(latest, earnings, opening, rows)
    acts |= unlimited != 0
    parts = [part for under in earnings for part in under]
    start = opening
    if len(limits) == 1:
        start = unlimited_opening(workings.agreement, latest, workings.balances.get(latest.id), opening)
    accrued = held_below(unlimited, limits, start, rows.scope)
    return ClauseColumns(
        latest,
        opening,
        opening_on,
        base,
        unlimited,
        start,
        accrued,
        acts,
        parts,
        uncut=uncut,
        fractional=_fractional(workings.agreement, latest, earnings, uncut, rows),
    )


def _base(workings: Workings, clause: AccruingClause, on: Mask) -> Ints:
    """What the clause acts on, row by row, before it is taken to round amounts: measures of its lines, less or instead
    what accrued under other clauses.
    """
    rows, base = workings.rows, clause.base
    if isinstance(base, AccruedUnder):
        total = sum((workings.done[name].accrued for name in base.accrued_under), np.zeros(len(rows), dtype=np.int64))
        return np.where(on | ~rows.has_lines, total, 0)
    if not isinstance(base, BaseOf):
        return np.where(on, workings.measured(base), 0)
    plain = base.of == ("gross proceeds",) and base.prefunded_strike == "not added" and not base.less
    found = workings.measured("gross proceeds") if plain else rows.of(base, lambda: rows.measures.base(base))
    found = np.where(on, found, 0)
    for name in base.less_clauses:
        found = found - np.where(on | ~rows.has_lines, workings.done[name].accrued, 0)
    return found


def _in_round_amounts(workings: Workings, clause: AccruingClause, found: Ints) -> Ints:
    """The base of each row where the clause takes the running base to round amounts; else as it is."""
    base = clause.base
    if not isinstance(base, BaseOf) or base.rounded is None:
        return found
    scope = None if clause.rounding.over == "agreement" else workings.rows.scope[clause.rounding.over]
    start = opening_base(workings.agreement, clause, workings.balances.get(clause.id))
    before, after = exact.column(found).within(scope, Ratio(start))
    return after.rounded(base.rounded.mode, base.rounded.to) - before.rounded(base.rounded.mode, base.rounded.to)


def _whole_steps(clause: WarrantsPerAmount, acting: Acting) -> Ints:
    """The securities of each whole amount that the base reaches on each row."""
    ends = exact.column(acting.base).within(acting.scope(clause.rounding.over), Ratio(acting.opening))
    before, after = (totals.whole_steps(each.num, clause.step, clause.warrants) for each in ends)
    return after - before


def _rounded(clause: AccruingClause, earnings: Sequence[Sequence[Earned]], opening: int, rows: Rows) -> Ints:
    """What a clause earns on each row before any limit: differences of its rounded running total, or of that of each
    part. `earnings` are its parts under each of its terms; where each is rounded, those in the same place run up to
    one total.
    """
    scope = None if clause.rounding.over == "agreement" else rows.scope[clause.rounding.over]
    unit, alone = rounded_to(clause), _rounded_alone(clause, earnings)
    total = np.zeros(len(rows), dtype=np.int64)
    for group in alone:
        openings = [part.opening for part in group]
        known = sum((o for o in openings if o is not None), Ratio(0))
        start = Ratio(opening if len(alone) == 1 else 0) if None in openings else known
        before, after = exact.summed([part.amount for part in group]).within(scope, start)
        total = total + after.rounded(clause.rounding.mode, unit) - before.rounded(clause.rounding.mode, unit)
    return total


def rounded_to(clause: AccruingClause | SecuritiesInLieu) -> int:
    """To a multiple of what a clause rounds, in cents or in securities."""
    to = clause.rounding.to
    return 1 if to is None else money.units(to) if clause.counted else to


def _rounded_alone(clause: AccruingClause, earnings: Sequence[Sequence[Earned]]) -> list[list[Earned]]:
    """The parts of which each list is rounded as one."""
    if clause.rounds_parts:
        return [[each for each in place if each is not None] for place in zip_longest(*earnings)]
    return [[part for under in earnings for part in under]] if earnings else []


def _fractional(
    agreement: Agreement, clause: AccruingClause, earnings: Sequence[Sequence[Earned]], base: Ints, rows: Rows
) -> bool:
    """Whether a running total on these rows is not whole, of which a balance does not say by what fraction it was
    rounded. Where all are whole, they are rounded as they stand, whatever went before.
    """
    over = fractions_not_carried(agreement, clause, date.max)
    if not over:
        return False
    scope = rows.scope[over] if over != "agreement" else None
    if isinstance(clause, WarrantsPerAmount) and clause.steps != "pro rata":
        return bool((exact.column(base).within(scope)[1].num % clause.step).any())
    if over == "investor" and isinstance(clause.base, BaseOf) and clause.base.rounded is not None:
        return bool((exact.column(base).within(scope)[1].num % clause.base.rounded.to).any())
    unit = rounded_to(clause) * (2 if clause.rounding.mode == "half even" else 1)  # a half goes by what is before it
    sums = [
        exact.summed([part.amount for part in group]).within(scope)[1] for group in _rounded_alone(clause, earnings)
    ]
    return any(bool((each.num % (each.den * unit)).any()) for each in sums)


def _as_securities(clause: AccruingClause, part: Earned, acting: Acting) -> Earned:
    """A part of a clause that gives securities: times the coverage, over the price where the base is money."""
    if not isinstance(clause, RateOfSecurities):
        return part
    amount, opening = part.amount.times(clause.coverage), part.opening
    opening = opening if opening is None else opening * clause.coverage
    if clause.over_price is not None:
        column = acting.rows.measures.price(clause.over_price)
        per_cent = [1 / (100 * price.ratio) if price.ratio else Ratio(0) for price in column.prices]
        unit = exact.by_code(np.ones(len(acting.rows), dtype=np.int64), acting.rows.coded(column.codes), per_cent)
        amount = exact.multiplied(amount, unit)
        opening = (
            opening * per_cent[0]
            if opening and isinstance(clause.over_price, Price)
            else (None if opening else opening)
        )
    return Earned(part.label, amount, opening)


# ---- otherwise -------------------------------------------------------------------------------------------------------


def _ruled(workings: Workings, clause: Clause) -> list[tuple[Any, Mask]]:
    """Each version of a clause's terms, with the rows that it rules."""
    everywhere = np.ones(len(workings.rows), dtype=bool)
    return [(c, everywhere if ruled is None else ruled) for c, ruled in workings.versions(clause.id)]


def balanced_until(workings: Workings, clause: Clause) -> int:
    """The last day through which a balance says what had accrued; before every day where there is none."""
    balance = workings.balances.get(clause.id)
    return day_number(balance.as_of) if balance is not None and balance.amount else -NEVER


def closed_before(workings: Workings, clause: FixedClause) -> bool:
    """Whether an event dates the first closing before all lines of these records, so that it brought the amount."""
    measured = workings.measures
    stated = measured.milestones.events.get(FIRST_CLOSING)
    if clause.lines is not None or stated is None or not len(measured.lines):
        return False
    return bool(measured.table.day[measured.lines].min() > day_number(stated))


def triggered(workings: Workings, clause: Clause) -> Mask:
    """The row of a clause's own trigger."""
    rows = workings.rows
    mine = [number for number, trigger in enumerate(rows.triggers) if trigger.clause == clause.id]
    return np.isin(rows.trigger, mine) if mine else np.zeros(len(rows), dtype=bool)


def _fixed(workings: Workings, latest: FixedClause) -> ClauseColumns:
    """A fixed amount: on its day, or at the closings that bring it."""
    rows = workings.rows
    opening, opening_on = workings.opening(latest)
    accrued, acts = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    base = accrued.copy()
    quantity = accrued.copy()
    for clause, ruled in _ruled(workings, latest):
        on = rows.has_lines if clause.lines is None else rows.tested(rows.measures.on(clause.lines))
        measure = clause.when.counting if isinstance(clause.when, Reaches) else "gross proceeds"
        quantity = np.where(ruled, clause.quantity, quantity)
        counts = on if isinstance(clause.when, Reaches) else ruled & on  # what a threshold counts runs on from before
        base = np.where(counts, workings.measured(measure), base)
        acts |= ruled & on
    match latest.when:
        case "at first closing" | "at each closing":
            scope = rows.scope["closing"] if latest.when == "at each closing" else None
            start = 0 if scope is not None else opening_on or (1 if opening or closed_before(workings, latest) else 0)
            before, after = exact.column(base).within(scope, Ratio(start))
            accrued = quantity * ((after.num > 0).astype(np.int64) - (before.num > 0))
        case Reaches(reaches=threshold, counting=counting):
            least = money.units(threshold) if measure_counts(counting) else threshold
            before, after = exact.column(base).within(None, Ratio(max(least if opening else 0, opening_on)))
            accrued = quantity * ((after.num >= least).astype(np.int64) - (before.num >= least))
            acts = accrued != 0
        case _:
            base = np.zeros(len(rows), dtype=np.int64)
            done = rows.day <= balanced_until(workings, latest) if isinstance(latest.when, Every) else bool(opening)
            acts = triggered(workings, latest) & (quantity != 0) & ~np.asarray(done)
            accrued = np.where(acts, quantity, 0)
    return ClauseColumns(latest, opening, opening_on, base, accrued, opening, accrued, acts | (accrued != 0), [])


def _reimbursed(workings: Workings, latest: Reimbursement) -> ClauseColumns:
    """Recorded expenses of the clause in the order of their dates, paid back up to the limits."""
    rows = workings.rows
    opening, opening_on = workings.opening(latest)
    of_clause = np.array([*(e.clause == latest.id for e in workings.expenses), False], dtype=bool)[rows.expense]
    spent = np.zeros(len(rows), dtype=np.int64)
    spent[of_clause] = [workings.expenses[e].amount for e in rows.expense[of_clause].tolist()]
    versions = _ruled(workings, latest)
    simple = all(not c.limits and c.approved == "count as others" for c, _ in versions)
    if simple and len(versions) == 1 and bool(versions[0][1].all()):
        accrued = held_below(spent, [(latest.limit, None)], opening, rows.scope)
    else:
        clause_of = [next((c for c, ruled in versions if ruled[row]), None) for row in np.flatnonzero(of_clause)]
        mine = [workings.expenses[e] for e in rows.expense[of_clause].tolist()]
        accrued = spent.copy()
        accrued[of_clause], _ = reimbursed(clause_of, mine, opening, workings.measures.milestones)
    return ClauseColumns(latest, opening, opening_on, spent, spent, opening, accrued, of_clause, [])


def _to_minimum(workings: Workings, latest: Minimum) -> ClauseColumns:
    """What is missing to a minimum of other clauses, for each closing or from the day of the test on."""
    rows = workings.rows
    opening, opening_on = workings.opening(latest)
    counted = np.zeros(len(rows), dtype=np.int64)
    least = counted.copy()
    for clause, ruled in _ruled(workings, latest):
        own = sum((workings.done[name].accrued for name in clause.of), np.zeros(len(rows), dtype=np.int64))
        counted = np.where(ruled, own, counted)
        least = np.where(ruled, clause.amount, least)
    if latest.tested == "each closing":
        in_closing = np.where(rows.closing >= 0, counted, 0)
        proceeds = np.where(least > 0, workings.measured("gross proceeds"), 0)
        gross_before, gross = exact.column(proceeds).within(rows.scope["closing"])
        before, after = exact.column(in_closing).within(rows.scope["closing"])
        accrued = np.where(gross.num > 0, np.maximum(0, least - after.num), 0)
        accrued = accrued - np.where(gross_before.num > 0, np.maximum(0, least - before.num), 0)
        acts = rows.has_lines & (least > 0)
    else:
        openings = sum(workings.opening(c)[0] for c in workings.agreement.as_amended().clauses if c.id in latest.of)
        tested = triggered(workings, latest)
        earlier = bool((rows.day[tested] <= balanced_until(workings, latest)).any())
        since = (np.cumsum(tested) > 0) | np.array(earlier)
        missing = np.where(since, np.maximum(0, least - totals.running(counted, openings)), 0)
        accrued = totals.differences(missing, opening if earlier else 0)
        acts = tested | (accrued != 0)
    return ClauseColumns(latest, opening, opening_on, np.where(acts, counted, 0), accrued, opening, accrued, acts, [])


def _in_lieu(workings: Workings, clause: SecuritiesInLieu) -> ClauseColumns:
    """Securities in place of cash: of its running total the part, in whole cents, over the price."""
    rows, cash = workings.rows, workings.done[clause.of]
    opening, opening_on = workings.opening(clause)
    before, after = exact.column(cash.accrued).within(None, Ratio(cash.opening))
    part = after.times(clause.part).rounded("down") - before.times(clause.part).rounded("down")
    column = rows.measures.price(clause.deemed_price)
    cents = [price.ratio * 100 for price in column.prices]
    per_cent = [1 / each if each else Ratio(0) for each in cents]
    codes = np.zeros(len(rows), dtype=np.int32) if isinstance(clause.deemed_price, Price) else rows.coded(column.codes)
    scope = None if clause.rounding.over == "agreement" else rows.scope[clause.rounding.over]
    told = isinstance(clause.deemed_price, Price)  # one price tells what fraction there was before these records
    start = opening_on * per_cent[0] if told else Ratio(0)
    unrounded = exact.by_code(part, codes, per_cent)
    before, after = unrounded.within(scope, start)
    mode, unit = clause.rounding.mode, rounded_to(clause)
    accrued = after.rounded(mode, unit) - before.rounded(mode, unit)
    taken = part
    if clause.fraction == "stays cash":
        worth_before, worth = exact.by_code(accrued, codes, cents).within(
            scope, opening * cents[0] if told else Ratio(0)
        )
        whole_before, whole = exact.column(part).within(scope, Ratio(opening_on if told else 0))
        taken = np.minimum(worth.rounded("half up"), whole.num)
        taken = taken - np.minimum(worth_before.rounded("half up"), whole_before.num)
    acts = cash.acts & ((part != 0) | (accrued != 0))
    alone = unrounded.within(scope)[1]
    open_ = fractions_not_carried(workings.agreement, clause, date.max)
    fractional = bool(open_) and bool((alone.num % (alone.den * unit)).any())
    return ClauseColumns(
        clause, opening, opening_on, part, accrued, opening, accrued, acts, [], taken, fractional=fractional
    )
