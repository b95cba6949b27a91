"""Limits: of an offering, of one clause, of expenses by category and period, and over several clauses that give way in
a stated order.

Over several clauses. Let S_k be the running total of the first k clauses in the order in which they are kept, and C
what the limit allows. The k-th keeps min(S_k, C) - min(S_(k-1), C), and a row brings the difference. Over the whole
agreement a clause that gave way therefore gets back what later room allows, and gives back what one before it needs.

Worked by hand: fee and allowance together at most 10% of gross proceeds, the allowance giving way. On 1,000,000.00 a
fee of 80,000.00 and an allowance of 30,000.00 come to 110,000.00; 20,000.00 of the allowance is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
from attrs import frozen

from feecalc import exact, totals
from feecalc.agreement import TotalLimit
from feecalc.clauses import AccruingClause, CashLimit, ExpenseLimit, Period, Reimbursement, WarrantLimit
from feecalc.dates import NEVER, day_number
from feecalc.exact import Exact
from feecalc.milestones import Milestones
from feecalc.money import Ratio, rounded
from feecalc.names import name_key
from feecalc.openings import base_counts
from feecalc.records import Expense
from feecalc.totals import Codes, Ints, Mask
from feecalc.workings import ClauseColumns, Workings

AnyLimit = CashLimit | WarrantLimit


@frozen(eq=False)
class OfferingExcess:
    """Gross proceeds of a closing that lie beyond the agreement's offering limit and do not count."""

    closing: Codes
    beyond: Ints
    limit: int
    first_line: dict[int, int]  # a line of the agreement at each closing


def within_offering_limit(workings: Workings) -> OfferingExcess | None:
    """The proceeds that count, gross and cash, and what lies beyond the offering limit."""
    rows, measured = workings.rows, workings.measures
    limit = workings.agreement.as_amended().covers.offering_limit
    if limit is None:
        return None
    gross = rows.summed(measured.measure("gross proceeds"))
    all_cash = rows.summed(measured.measure("cash proceeds"))
    before = offering_opening(workings)
    counted = totals.differences(np.minimum(totals.running(gross, before), limit), min(before, limit))
    within = np.minimum(totals.running(all_cash), totals.running(counted))  # what counts is taken to be cash first
    workings.counted = {"gross proceeds": counted, "cash proceeds": totals.differences(within, 0)}
    rows.counted = (counted, gross)
    beyond = gross - counted
    past = np.flatnonzero(beyond > 0)
    first = dict(zip(rows.closing[rows.has_lines].tolist(), rows.line[rows.has_lines].tolist(), strict=True))
    return OfferingExcess(rows.closing[past], beyond[past], limit, first) if len(past) else None


def offering_opening(workings: Workings) -> int:
    """Gross proceeds of the offering before these records, in cents: the most on which any clause had accrued."""
    clauses = workings.agreement.as_amended().clauses
    accruing = {c.id for c in clauses if isinstance(c, AccruingClause) and not base_counts(workings.agreement, c)}
    return max((b.base or 0 for clause, b in workings.balances.items() if clause in accruing), default=0)


@frozen
class TotalStanding:
    """Where a limit over several clauses stands, in cents: what its clauses had accrued before these records and have
    now, securities at their values, and what it allows now; None where it stands afresh for each closing.
    """

    agreement: str
    limit: TotalLimit
    opening: int
    used: int
    allowed: int | None


def held_below(
    unlimited: Ints, limits: Sequence[tuple[AnyLimit | None, Mask | None]], opening: int, scopes: Mapping[str, Ints]
) -> Ints:
    """What each row accrues within its clause's limit; several limits each rule the rows of their mask.

    `opening` is where the running total before the limit began, `scopes` the scope codes of each row. Under several
    limits it is what had accrued: what further there had been without a limit, their terms do not tell.

    Where an amendment changes the limit, rows under either terms may alternate: a sale that was signed before, a
    rescission of one. Let P be what the rows under earlier terms have brought so far and u what those under these
    terms come to without a limit: within a limit L these have brought min(u, max(L - P, 0)) so far, and a row brings
    the difference that it makes, to its own terms and to later ones. No later row changes what an earlier one brought.
    """
    if len(limits) == 1:
        return _held(unlimited, limits[0][0], opening, scopes)
    accrued = np.zeros(len(unlimited), dtype=np.int64)
    for number, (limit, ruled) in enumerate(_where_it_changes(limits)):
        mine = np.where(ruled, unlimited, 0)
        if not number:
            accrued = _held(mine, limit, opening, scopes)
        else:
            assert limit is not None  # an amendment states another limit, and cannot end one
            scope = np.zeros(len(mine), dtype=np.int64) if limit.over == "agreement" else scopes[limit.over]
            earlier = opening if limit.over == "agreement" and limit.earlier == "counts" else 0
            rooms = (np.maximum(limit.amount - earlier - each, 0) for each in totals.running_within(accrued, scope))
            before, after = map(np.minimum, totals.running_within(mine, scope), rooms)
            accrued = accrued + after - before
    return accrued


def _where_it_changes(limits: Sequence[tuple[AnyLimit | None, Mask | None]]) -> list[tuple[AnyLimit | None, Mask]]:
    """Limits and the rows that they rule, those together that follow upon one another and are the same."""
    found: list[tuple[AnyLimit | None, Mask]] = []
    for limit, ruled in limits:
        assert ruled is not None
        if found and found[-1][0] == limit:
            found[-1] = (limit, found[-1][1] | ruled)
        else:
            found.append((limit, ruled))
    return found


def _held(unlimited: Ints, limit: AnyLimit | None, opening: int, scopes: Mapping[str, Ints]) -> Ints:
    if limit is None:
        return unlimited
    if limit.over != "agreement":
        before, after = totals.running_within(unlimited, scopes[limit.over])
        return np.minimum(after, limit.amount) - np.minimum(before, limit.amount)
    used = opening if limit.earlier == "counts" else 0
    return totals.differences(np.minimum(totals.running(unlimited, used), limit.amount), min(used, limit.amount))


Use: TypeAlias = tuple[object, object]  # which limit of expenses, and which of its months, quarters or years


def reimbursed(
    clauses: Sequence[Reimbursement | None], expenses: Sequence[Expense], opening: int, milestones: Milestones
) -> tuple[list[int], dict[Use, int]]:
    """What is paid back of each expense, in order, under the terms that rule it: no more than every limit that holds
    for it leaves; nothing where no terms rule it yet. And how much of each limit that used.
    """
    used: dict[Use, int] = {}
    first = next((clause for clause in clauses if clause is not None), None)
    if first is not None and first.limit is not None and first.limit.earlier == "counts":
        used[OF_ALL] = opening
    paid = []
    for clause, expense in zip(clauses, expenses, strict=True):
        if clause is None:
            paid.append(0)
            continue
        keys: list[tuple[Use, int]] = []
        if not (clause.approved == "are beyond the limits" and expense.approved_by):
            if clause.limit is not None:
                keys.append((OF_ALL, clause.limit.amount))
            keys += [
                (use_of(limit, expense.date), limit.amount)
                for limit in clause.limits
                if holds_for(limit, expense, milestones)
            ]
        amount = min([expense.amount, *(max(0, most - used.get(key, 0)) for key, most in keys)])
        for key, _ in keys:
            used[key] = used.get(key, 0) + amount
        paid.append(amount)
    return paid, used


OF_ALL: Use = (None, None)  # the limit of all expenses under a clause


def use_of(limit: ExpenseLimit, day: date) -> Use:
    """What tells a limit from others, in whatever order they stand, and its window of a day: amended, it carries on
    with another amount.
    """
    category = None if limit.category is None else name_key(limit.category)
    return (category, limit.each, limit.from_, limit.through), window_of(limit, day)


def holds_for(limit: ExpenseLimit, expense: Expense, milestones: Milestones) -> bool:
    """Whether a limit is for an expense: its category, and its day."""
    if limit.category is not None and name_key(limit.category) != name_key(expense.category):
        return False
    day = day_number(expense.date)
    begins, last = days_of(limit, milestones)
    return begins <= day <= last


def days_of(limit: ExpenseLimit, milestones: Milestones) -> tuple[int, int]:
    """The first and the last day of expense that a limit holds for. A time not known yet is after every day."""
    if isinstance(limit.from_, Period):
        begins = milestones.day(limit.from_) + 1  # what comes after the time
    else:
        begins = day_number(limit.from_) if limit.from_ is not None else -NEVER
    ends = limit.through
    return begins, milestones.day(ends) if isinstance(ends, Period) else day_number(ends) if ends is not None else NEVER


def limit_words(limit: ExpenseLimit) -> str:
    """What a limit is for: `legal`, `each month`."""
    words = [limit.category or "", f"each {limit.each}" if limit.each else ""]
    words += [f"from {limit.from_}" if isinstance(limit.from_, date) else ""]
    words += [f"through {limit.through}" if isinstance(limit.through, date) else ""]
    return ", ".join(word for word in words if word) or "of some days"


def window_of(limit: ExpenseLimit, day: date) -> object:
    """The month, quarter or year of an expense of a day, where a limit stands for each."""
    if limit.each == "month":
        return day.year, day.month
    if limit.each == "quarter":
        return day.year, (day.month + 2) // 3
    return day.year if limit.each == "year" else None


def limit_total(workings: Workings, limit: TotalLimit) -> None:
    """Make clauses give way to a limit over several of them."""
    rows = workings.rows
    members = [workings.done[name] for name in limit.clauses]
    proceeds = workings.measured(limit.of) if limit.of is not None else np.zeros(len(rows), dtype=np.int64)
    values = {value.clause: value.each.ratio * 100 for value in limit.values}
    columns = {each.clause.id: exact.column(each.accrued, values.get(each.clause.id, Ratio(1))) for each in members}
    openings = {each.clause.id: each.opening * values.get(each.clause.id, Ratio(1)) for each in members}
    before = _proceeds_before(workings, members)
    in_closing = rows.closing >= 0
    allowed = _give_way(limit, columns, openings, proceeds, before, rows.scope["closing"], in_closing)
    for each in members:
        if each.clause.id in allowed:
            lowered = allowed[each.clause.id]
            if (lowered != each.accrued).any():
                each.gave_way = (*each.gave_way, limit.id)
            each.acts = each.acts | (lowered != 0)
            each.accrued = lowered


def standing(workings: Workings, limit: TotalLimit) -> TotalStanding:
    """Where a limit over several clauses stands, once all clauses have accrued."""
    members = [workings.done[name] for name in limit.clauses]
    values = {value.clause: value.each.ratio * 100 for value in limit.values}
    worth = [(each, values.get(each.clause.id, Ratio(1))) for each in members]
    opening = sum((each.opening * value for each, value in worth), Ratio(0))
    accrued = [totals.exact_total(each.accrued) * value for each, value in worth]
    allowed = None
    if limit.over == "agreement" and limit.of is not None:
        assert limit.rate is not None
        before = _proceeds_before(workings, members)
        allowed = max(0, rounded(limit.rate * (before + totals.exact_total(workings.measured(limit.of))), "down"))
    elif limit.over == "agreement":
        allowed = limit.amount
    used = rounded(sum(accrued, opening), "up")
    return TotalStanding(workings.agreement.id, limit, rounded(opening, "up"), used, allowed)


def _proceeds_before(workings: Workings, members: Sequence[ClauseColumns]) -> int:
    """The proceeds before these records, in cents: the most on which any of some clauses had accrued."""
    return max((each.opening_base for each in members if not base_counts(workings.agreement, each.clause)), default=0)


def _give_way(
    limit: TotalLimit,
    columns: Mapping[str, Exact],
    openings: Mapping[str, Ratio],
    proceeds: Ints,
    opening_proceeds: int,
    closing: Ints,
    in_closing: Mask,
) -> dict[str, Ints]:
    """What each clause that gives way still accrues on each row.

    `columns` are what the clauses accrue, in money, and `openings` what they had accrued before these records;
    `proceeds` are what a rate acts on; `closing` is the scope of each row, and `in_closing` whether it belongs to a
    closing: others are not bound by a limit for each closing.
    """
    scope = closing if limit.over == "closing" else None
    bound = in_closing if scope is not None else np.ones(len(proceeds), dtype=bool)
    kept = [name for name in columns if name not in limit.gives_way]
    yielding = list(reversed(limit.gives_way))
    cap_before, cap_after = _allowed(limit, np.where(bound, proceeds, 0), opening_proceeds, scope)
    fixed = [columns[name].on(bound) for name in kept]
    sums = exact.summed(fixed) if fixed else exact.column(np.zeros(len(proceeds), dtype=np.int64))
    before, after = _money(sums, sum((openings[name] for name in kept), Ratio(0)), scope)
    cap_before, cap_after = np.maximum(cap_before, before), np.maximum(cap_after, after)
    allowed: dict[str, Ints] = {}
    for name in yielding:
        own = columns[name]
        assert own.den == 1
        own_before, own_after = own.on(bound).within(scope, openings[name])
        next_before, next_after = before + own_before.num, after + own_after.num
        left = np.minimum(next_after, cap_after) - np.minimum(after, cap_after)
        left_before = np.minimum(next_before, cap_before) - np.minimum(before, cap_before)
        allowed[name] = np.where(bound, left - left_before, own.num)
        before, after = next_before, next_after
    return allowed


def _money(amounts: Exact, opening: Ratio, scope: Ints | None) -> tuple[Ints, Ints]:
    """Running totals in whole cents, upward: a value that is not whole cents uses up the whole cent."""
    before, after = amounts.within(scope, opening)
    return before.rounded("up"), after.rounded("up")


def _allowed(limit: TotalLimit, proceeds: Ints, opening: int, scope: Ints | None) -> tuple[Ints, Ints]:
    """What the limit allows before and after each row."""
    if limit.amount is not None:
        most = np.full(len(proceeds), limit.amount, dtype=np.int64)
        return most, most
    assert limit.rate is not None
    before, after = exact.column(proceeds, limit.rate).within(scope, limit.rate * opening)
    return before.rounded("down"), after.rounded("down")
