"""Exceptions where records are resumed from balances that hold too little: what they leave open, and what is taken.

Their codes are listed in `exceptions`. Nothing is said where what is left open cannot move an amount of these records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from feecalc.accrual import Accrual, AgreementAccruals
from feecalc.agreement import Agreement, TotalLimit, expense_clauses
from feecalc.attribution import Attribution
from feecalc.clauses import (
    AccruingClause,
    Clause,
    ExpenseLimit,
    FixedClause,
    Reimbursement,
    SecuritiesInLieu,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import BaseOf
from feecalc.clauses.fees import AT_CLOSINGS
from feecalc.clauses.rates import ByLines
from feecalc.closing import NO_CLOSING
from feecalc.dates import day_number
from feecalc.ledger import LedgerException
from feecalc.limits import holds_for, window_of
from feecalc.milestones import FIRST_CLOSING, Milestones, milestones
from feecalc.money import shown_count, shown_money, units
from feecalc.names import name_key
from feecalc.openings import opening_amount, opening_base
from feecalc.records import Balance, Event, Expense, Records
from feecalc.resuming import (
    KEEP,
    fractions_not_carried,
    from_first_closing,
    may_have_given_way,
    not_carried,
    windows_after,
)


def resumed(
    agreements: Sequence[Agreement],
    records: Records,
    attribution: Attribution,
    accrued: Sequence[AgreementAccruals],
    as_of: date,
) -> Iterator[LedgerException]:
    """What the balances of each agreement leave open, of those with an amount or a base by the day of the ledger."""
    for index, agreement in enumerate(agreements):
        mine = [
            b for b in records.balances if b.agreement == agreement.id and b.as_of <= as_of and (b.amount or b.base)
        ]
        first = attribution.first_closing(index)
        happened = milestones(agreement, records.events, first, as_of)
        yield from _later_than_a_closing(agreement, records, first, as_of)
        of_agreement = [b for b in records.balances if b.agreement == agreement.id and b.as_of <= as_of]
        yield from _windows(agreement, happened, of_agreement)
        if mine:
            spent = [e for e in records.expenses if e.agreement == agreement.id and e.date <= as_of]
            yield from _use_open(attribution, index, happened, spent, mine)
            yield from _first_closing(agreement, records, first, mine, as_of)
            yield from _gave_way(attribution, index, mine)
            yield from _fractions(agreement, accrued, mine)


def _use_open(
    attribution: Attribution, index: int, happened: Milestones, spent: Sequence[Expense], balances: Sequence[Balance]
) -> Iterator[LedgerException]:
    """Limits, lists and steps of which a balance does not say how far they were used, where that may matter."""
    agreement = attribution.agreements[index]
    for balance in balances:
        versions = [clause for terms in agreement.in_force() if (clause := terms.clause(balance.clause)) is not None]
        open_ = next((clause for clause in reversed(versions) if not_carried(clause)), None)
        if open_ is None:
            continue
        if isinstance(open_, Reimbursement):
            only = next(each.id for each in expense_clauses(agreement.as_amended()))
            mine = [e for e in spent if (e.clause or only) == open_.id]
            matters = any(
                _binds(clause, balance, mine, happened) for clause in versions if isinstance(clause, Reimbursement)
            )
        else:
            matters = _acts(attribution, index, happened, open_)
        if matters:
            yield LedgerException(
                "limit-use-open",
                "warning",
                f"the balance of {balance.clause} does not say {not_carried(open_)} through {balance.as_of}; "
                f"{_taken(open_)}. {KEEP}",
                balance.place,
            )


def _taken(clause: Clause) -> str:
    """What is taken in place of what is not known."""
    if isinstance(clause, Reimbursement) and not clause.limits:
        return "all of it is taken to use up the limit"
    return "nothing of that is counted"


def _fractions(
    agreement: Agreement, accrued: Sequence[AgreementAccruals], balances: Sequence[Balance]
) -> Iterator[LedgerException]:
    """Running totals that go on from a fraction which their balance does not tell, where what is rounded here could
    differ by it.
    """
    accruals = {a.clause.id: a for each in accrued if each.agreement.id == agreement.id for a in each.accruals}
    for balance in balances:
        accrual = accruals.get(balance.clause)
        if accrual is None or not accrual.fractional or _used_up(accrual) or _was_whole(agreement, accrual, balance):
            continue
        over = fractions_not_carried(agreement, accrual.clause, balance.as_of)
        if over:
            how, verb, by = _fraction_words(accrual.clause)
            each = over == "investor"
            yield LedgerException(
                "rounding-open",
                "warning",
                f"the balance of {balance.clause} does not say {how} "
                f"{'the running total of each investor' if each else 'its running total'} {verb} through "
                f"{balance.as_of}; none is taken, and what is rounded here can differ by {by}"
                f"{' for each who had invested before' if each else ''}. {KEEP}",
                balance.place,
            )


def _used_up(accrual: Accrual) -> bool:
    """Whether the limit had been reached before, so that nothing accrues however it is rounded."""
    limit = accrual.clause.limit
    held = limit is not None and limit.over == "agreement" and limit.earlier == "counts"
    return limit is not None and held and accrual.opening >= limit.amount and not accrual.accrued.any()


def _was_whole(agreement: Agreement, accrual: Accrual, balance: Balance) -> bool:
    """Whether no fraction can have been rounded: all of them go one way, and together they came to nothing."""
    clause = accrual.clause
    if not isinstance(clause, AccruingClause) or clause.rounding.mode not in ("down", "up") or agreement.amendments:
        return False
    if balance.base is None or (isinstance(clause, WarrantsPerAmount) and clause.steps == "whole"):
        return False
    rate = clause.plain_rate
    return rate is not None and rate * accrual.opening_base == accrual.opening


def _fraction_words(clause: Clause) -> tuple[str, str, str]:
    """What a balance does not say of a running total, in words around it, and how much that can move."""
    assert isinstance(clause, AccruingClause | SecuritiesInLieu)
    if isinstance(clause, WarrantsPerAmount) and clause.steps == "whole":
        step = shown_count(clause.step) if clause.base_counts else shown_money(clause.step)
        return f"how far beyond a multiple of {step}", "was", f"{shown_count(clause.warrants)} warrants"
    if isinstance(clause, AccruingClause) and isinstance(clause.base, BaseOf) and clause.base.rounded is not None:
        to = shown_money(clause.base.rounded.to)
        return f"how far beyond a multiple of {to}", "was", f"what accrues on {to}"
    one = f"a {clause.unit.removesuffix('s')}" if clause.counted else "a cent"
    if clause.rounding.to is not None:
        one = shown_count(units(clause.rounding.to)) if clause.counted else shown_money(clause.rounding.to)
    return f"by what fraction of {one}", "was rounded", one


def _acts(attribution: Attribution, index: int, happened: Milestones, clause: Clause) -> bool:
    """Whether lines of these records may use what the balance of a clause leaves open."""
    lines = attribution.lines_owed(index)
    rate = clause.earning if isinstance(clause, AccruingClause) else None
    if not isinstance(rate, ByLines) or not len(lines):
        return bool(len(lines))
    measures = attribution.measures(index, lines, happened)
    limited = [member.lines for entry in rate.by if entry.up_to is not None for member in entry.members()]
    return any(bool(measures.on(each).any()) for each in limited)


def _binds(clause: Reimbursement, balance: Balance, expenses: Sequence[Expense], happened: Milestones) -> bool:
    """Whether a limit could bind expenses of these records, were all of the balance within its period and category."""
    beyond = clause.approved == "are beyond the limits"
    within = [expense for expense in expenses if not (beyond and expense.approved_by)]
    if within and beyond and clause.limit is not None and clause.limit.earlier == "counts":
        most = balance.amount + sum(max(0, expense.amount) for expense in within)
        if most > clause.limit.amount:
            return True
    return any(_limit_binds(limit, balance, within, happened) for limit in clause.limits)


def _limit_binds(limit: ExpenseLimit, balance: Balance, expenses: Sequence[Expense], happened: Milestones) -> bool:
    used: dict[object, int] = {}
    reached: set[object] = set()  # periods that had begun by the day of the balance
    for expense in expenses:
        if holds_for(limit, expense, happened):
            window = window_of(limit, expense.date)
            used[window] = used.get(window, 0) + max(0, expense.amount)
            if _began(limit, expense, happened) <= day_number(balance.as_of):
                reached.add(window)
    return any(balance.amount + used[window] > limit.amount for window in reached)


def _began(limit: ExpenseLimit, expense: Expense, happened: Milestones) -> int:
    """The first day of an expense's period under a limit; before every day where it limits all days."""
    day = expense.date
    first = {
        "month": day.replace(day=1),
        "quarter": day.replace(month=day.month - (day.month - 1) % 3, day=1),
        "year": day.replace(month=1, day=1),
        None: date.min,
    }[limit.each]
    if isinstance(limit.from_, date):
        first = max(first, limit.from_)
    elif limit.from_ is not None:
        return max(day_number(first), happened.day(limit.from_) + 1)
    return day_number(first)


def _later_than_a_closing(
    agreement: Agreement, records: Records, here: date | None, as_of: date
) -> Iterator[LedgerException]:
    """A first closing that is stated, and that a closing of these records comes before."""
    stated = _stated(agreement, records.events, as_of)
    if stated is not None and here is not None and here < stated.date and any(from_first_closing(agreement)):
        yield LedgerException(
            "first-closing-differs",
            "warning",
            f"the first closing of {agreement.id} is dated {stated.date}, and a closing of {here} in these records is "
            "owed on; the event's day is taken. Correct one of the two.",
            stated.place,
        )


def _first_closing(
    agreement: Agreement, records: Records, here: date | None, balances: Sequence[Balance], as_of: date
) -> Iterator[LedgerException]:
    """Balances for what accrued at closings, of an agreement that counts from its first one."""
    standing = {balance.clause for balance in balances}
    needed = [
        words
        for words, clause in from_first_closing(agreement)
        if not (isinstance(clause, FixedClause) and clause.when == f"at {FIRST_CLOSING}" and clause.id in standing)
    ]
    stated = _stated(agreement, records.events, as_of)
    for balance in balances:
        clause = agreement.as_amended().clause(balance.clause)
        at_closings = isinstance(clause, FixedClause) and clause.when in AT_CLOSINGS
        if not needed or not (isinstance(clause, AccruingClause) or at_closings):
            continue
        if stated is None:
            taken = (
                f"that of these records, {here}, is taken"
                if here
                else "none is taken, as nothing is owed on a closing of these records"
            )
            yield LedgerException(
                "first-closing-open",
                "warning",
                f"{' and '.join(needed)} count{'s' if len(needed) == 1 else ''} from the first closing of "
                f"{agreement.id}, and the balance of {balance.clause} says that it lies before these records, and not "
                f"when; {taken}. State it in the table events: first closing, its day, {agreement.id}.",
                balance.place,
            )
            return
        if stated.date > balance.as_of:
            yield LedgerException(
                "first-closing-differs",
                "warning",
                f"the first closing of {agreement.id} is dated {stated.date}, and a balance of {balance.clause} says "
                f"what had accrued through {balance.as_of} ({balance.line}); the event's day is taken. Correct one of "
                "the two.",
                stated.place,
            )
            return


def _stated(agreement: Agreement, events: Sequence[Event], as_of: date) -> Event | None:
    """The event that dates an agreement's first closing."""
    mine = [
        event
        for event in events
        if event.agreement in ("", agreement.id) and event.date <= as_of and name_key(event.event) == FIRST_CLOSING
    ]
    return min(mine, key=lambda event: event.date, default=None)


def _windows(agreement: Agreement, happened: Milestones, balances: Sequence[Balance]) -> Iterator[LedgerException]:
    """Clauses whose lines count until a time after something that happened after the balances: before it none counted,
    and those from before the records are not in them. Balances of nothing are looked at, too.
    """
    for clause_id in dict.fromkeys(clause.id for terms in agreement.in_force() for clause in terms.clauses):
        latest = max(balances, key=lambda b: (b.as_of, b.clause == clause_id), default=None)
        stated = [clause for terms in agreement.in_force() if (clause := terms.clause(clause_id)) is not None]
        since = {
            period: start
            for clause in stated
            for period in windows_after(clause)
            if latest is not None and (start := happened.start(period, None)) is not None and start > latest.as_of
        }
        for period, start in since.items():
            assert latest is not None
            yield LedgerException(
                "window-open",
                "warning",
                f"lines of {clause_id} count until {period.in_words()}, which was on {start}; by {latest.as_of}, the "
                "day of the balances, none counted. Lines from before may count now, and are not in these records, so "
                f"that nothing accrues on them. {KEEP}",
                latest.place,
            )


def _gave_way(attribution: Attribution, index: int, balances: Sequence[Balance]) -> Iterator[LedgerException]:
    """Limits over several clauses to which some had given way: it could come back on the lines of these records."""
    agreement, lines = attribution.agreements[index], attribution.lines_owed(index)
    openings = {
        balance.clause: (opening_amount(clause, balance), opening_base(agreement, clause, balance))
        for balance in balances
        if (clause := agreement.as_amended().clause(balance.clause)) is not None
    }
    undone = bool((attribution.table.reverses[lines] != NO_CLOSING).any())
    for limit in agreement.as_amended().limits:
        moves = undone if limit.rate is None else bool(len(lines))
        if moves and may_have_given_way(agreement, limit, openings):
            first = next(balance for balance in balances if balance.clause in limit.clauses and balance.amount)
            yield LedgerException(
                "given-way-open",
                "warning",
                f"the balances of {_members(limit)} do not say how much of {' and '.join(limit.gives_way)} had given "
                f"way to the limit {limit.id}; none is taken, and nothing of it comes back. {KEEP}",
                first.place,
            )


def _members(limit: TotalLimit) -> str:
    *others, last = limit.clauses
    return f"{', '.join(others)} and {last}" if others else last
