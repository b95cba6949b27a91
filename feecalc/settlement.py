"""From what accrued to what is payable to whom: advances credited, unearned parts returned, payees' parts cut.

Advances. Let E be the running total of what accrues under the credited clauses from the day the advance is due. The
part of E up to the advance is *recouped*, the rest is payable; with differences of running totals no advance is ever
recouped beyond its amount. What a rescission takes back it takes back in the opposite order of the clauses, so that
it undoes exactly what the closing did.

On the last day of the term, after that day's accruals, amount - recouped - recorded expenses is returned (nothing if
that is negative). From then on no more is recouped than had been; where a later rescission lowers that, the
difference is returned too: R(t) = max(0, amount - expenses - recouped(t)) at every later moment.

Worked by hand: 50,000.00 advanced, 20,000.00 earned, 5,000.00 of expenses: 25,000.00 returned. A rescission of 1,000.00
of fees after the term: recouped -1,000.00, returned 1,000.00 more.

Instalments. What is left of an accrual after securities taken in its place and advances is cut as it runs up: each
instalment but the last gets the floor of the running total times its part, the last gets the rest. An instalment that
waits for something that has not happened is *held*: neither payable nor gone. If it waits until a day that has passed,
it lapses on that day.

Payees. Each payee but the owner of the odd unit gets the floor of the running total times its share, the owner gets the
rest; entries are differences. 100.01 halved for Brighton (odd unit) and Atwood: 50.01 and 50.00; the next 100.01: 50.00
and 50.01, because 200.02 halves evenly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
from attrs import frozen

from feecalc import totals
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.clauses import Advance, FixedFee, Instalment, PayeeShare, Period, Returned
from feecalc.clauses.advances import AT_END
from feecalc.dates import NEVER, day_date, day_number
from feecalc.milestones import Milestones
from feecalc.records import Balance, Expense
from feecalc.totals import Codes, Ints, Mask


@frozen(eq=False)
class Advanced:
    """An advance's own entries: paid when due, returned after the term. `accrued` is cents, negative for a return.

    `earned` is what had been recouped, `expensed` the recorded expenses, at the time of each return.
    """

    clause: Advance
    day: Codes
    accrued: Ints
    earned: Ints
    expensed: int
    expenses: tuple[Expense, ...]
    opening: int  # advanced in earlier records
    opening_recouped: int
    recouped: int  # of this advance, in these records


def recouped_and_advanced(
    agreement: Agreement,
    accruals: Sequence[Accrual],
    lieu: Mapping[str, Ints],
    milestones: Milestones,
    balances: Sequence[Balance],
    expenses: Sequence[Expense],
    as_of: date,
) -> tuple[list[Ints], list[Advanced]]:
    """What of each accrual is recouped (aligned with `accruals`), and each advance's entries; `balances` are the
    agreement's. Advances that are credited against one clause are used up in the order of the file.
    """
    recouped = [np.zeros(len(accrual), dtype=np.int64) for accrual in accruals]
    open_ = [accrual.accrued - lieu.get(accrual.clause.id, np.int64(0)) for accrual in accruals]
    advanced = []
    for clause in agreement.clauses:
        if isinstance(clause, FixedFee) and clause.credited_against:
            _credit(clause, accruals, open_, recouped)
        if isinstance(clause, Advance):
            due = due_day(clause, milestones)
            if due <= day_number(as_of):
                mine = tuple(e for e in expenses if e.clause == clause.id)
                before = [each.copy() for each in recouped]
                left = [amounts - taken for amounts, taken in zip(open_, before, strict=True)]
                advanced.append(_settle(clause, due, milestones, balances, accruals, left, recouped, mine, as_of))
    return recouped, advanced


def _credit(clause: FixedFee, accruals: Sequence[Accrual], open_: Sequence[Ints], recouped: list[Ints]) -> None:
    """What accrued under a fixed fee by the day of each accrual is credited against it, as far as that goes.

    With R what the fee came to by a row and E what the credited clauses did, min(E, R) is credited by then; a row's
    part is the difference. A retainer that falls due later is credited against what accrues after it.
    """
    own = next((accrual for accrual in accruals if accrual.clause.id == clause.id), None)
    if own is None:
        return
    left = [amounts - taken for amounts, taken in zip(open_, recouped, strict=True)]
    which, row, day = _credited(clause.credited_against, 0, accruals, left)
    amounts = np.zeros(len(day), dtype=np.int64)
    for index in range(len(accruals)):
        amounts[which == index] = left[index][row[which == index]]
    brings = amounts != 0  # nothing is credited where nothing accrues
    which, row, day, amounts = which[brings], row[brings], day[brings], amounts[brings]
    earned = np.maximum(totals.running(amounts), 0)
    order = np.argsort(own.day, kind="stable")
    paid = np.concatenate([[0], np.cumsum(own.accrued[order])])
    by_then = paid[np.searchsorted(own.day[order], day, side="right")]
    change = totals.differences(np.minimum(earned, by_then), 0)
    for index in range(len(accruals)):
        recouped[index][row[which == index]] += change[which == index]


def due_day(clause: Advance, milestones: Milestones) -> int:
    """The day on which an advance is to be paid, NEVER while that is not known."""
    if isinstance(clause.due, Period):
        return milestones.day(clause.due)
    return day_number(clause.due if isinstance(clause.due, date) else milestones.signing)


def return_day(clause: Advance, milestones: Milestones) -> date | None:
    """The day on which what was not earned of an advance is returned, if it has one that is known."""
    if clause.unearned == AT_END:
        return milestones.end_of_term
    if isinstance(clause.unearned, Returned):
        when = clause.unearned.returned
        if isinstance(when, date):
            return when
        day = milestones.day(when)
        return None if day == NEVER else day_date(day)
    return None


@frozen(eq=False)
class Part:
    """One instalment of each accrual: its amount, the day on which it is due (NEVER while that is not known), and what
    of it lapsed: on which day, or NEVER.
    """

    number: int  # from 0
    amount: Ints  # what is neither recouped nor taken in securities
    recouped: Ints
    due: Codes
    lapsed: Codes
    too_late: Mask  # accrued after it had lapsed: nothing of it is anybody's

    @property
    def held(self) -> Mask:
        return np.asarray(self.due == NEVER)


def instalments(accrual: Accrual, open_: Ints, recouped: Ints, milestones: Milestones, as_of: int) -> list[Part]:
    """What of each accrual is due when; `open_` is what is not taken in securities, `recouped` what is credited of it.

    Where the credit lowers all instalments, what is left is cut; where it lowers the first ones, the whole is cut, and
    the credit uses up one instalment after the other.
    """
    due = getattr(accrual.clause, "due", "when it accrues")
    never = np.full(len(accrual), NEVER, dtype=np.int32)
    if not isinstance(due, tuple):
        days = _due_days(due, accrual.day, milestones)
        return [Part(0, open_ - recouped, recouped, days, never, np.zeros(len(accrual), dtype=bool))]
    first_ones = accrual.clause.credit_reduces == "first instalments"
    amounts = _cut(open_ if first_ones else open_ - recouped, accrual.opening, due)
    nothing = np.zeros(len(accrual), dtype=np.int64)
    credits = _used_up(amounts, recouped) if first_ones else [recouped, *(nothing for _ in due[1:])]
    found = []
    for number, (instalment, amount, credit) in enumerate(zip(due, amounts, credits, strict=True)):
        days = _due_days(instalment.when, accrual.day, milestones)
        days, lapsed = _lapsed(instalment, days, accrual.day, milestones, as_of)
        too_late = np.asarray((lapsed != NEVER) & after_last_day(instalment, accrual.day))
        found.append(Part(number, amount - credit if first_ones else amount, credit, days, lapsed, too_late))
    return found


def after_last_day(instalment: Instalment, days: Codes | Ints) -> Mask:
    """Which days lie after the last on which what an instalment waits for may happen."""
    last = NEVER if instalment.unless_by is None else day_number(instalment.unless_by)
    return np.asarray(days > last)


def _cut(amounts: Ints, opening: int, due: Sequence[Instalment]) -> list[Ints]:
    """The instalments of amounts as they run up from an opening: all but the last are floors, the last is the rest."""
    after = totals.running(amounts, opening)
    start = np.array([opening], dtype=np.int64)
    parts = [
        totals.differences(totals.scaled(after, each.part, "down"), int(totals.scaled(start, each.part, "down")[0]))
        for each in due[:-1]
    ]
    return [*parts, amounts - sum(parts, np.zeros(len(amounts), dtype=np.int64))]


def _used_up(amounts: Sequence[Ints], recouped: Ints) -> list[Ints]:
    """What of a credit each instalment takes, the first of them first, on running totals."""
    left = totals.running(recouped)
    taken = []
    for amount in amounts:
        here = np.clip(left, 0, np.maximum(totals.running(amount), 0))
        taken.append(totals.differences(here, 0))
        left = left - here
    return taken


def _due_days(due: str | Period, accrued_on: Codes, milestones: Milestones) -> Codes:
    """The day on which what accrued on each day is due."""
    if not isinstance(due, Period):
        return accrued_on
    days, which = np.unique(accrued_on, return_inverse=True)
    found = np.array([milestones.day(due, day_date(day)) for day in days.tolist()], dtype=np.int32)
    # what accrues only after the day on which such amounts were due is due as it accrues
    return np.maximum(found[which], accrued_on) if len(found) else accrued_on


def _lapsed(
    instalment: Instalment, due: Codes, accrued_on: Codes, milestones: Milestones, as_of: int
) -> tuple[Codes, Codes]:
    """(due, lapsed): an instalment whose event has not happened by its last day is due never, and lapses then."""
    never = np.full(len(due), NEVER, dtype=np.int32)
    if instalment.unless_by is None or not isinstance(instalment.when, Period):
        return due, never
    last = day_number(instalment.unless_by)
    start = milestones.start(instalment.when, None)
    if start is not None and day_number(start) <= last:
        return due, never
    if last >= as_of:
        return never, never
    return never, np.maximum(accrued_on, last).astype(np.int32)


def parts(total: Ints, opening: int, shares: Sequence[PayeeShare], odd_unit: str | None) -> list[Ints]:
    """Each payee's part of amounts with these running totals' differences, aligned with `shares`; they add up to the
    whole.
    """
    if len(shares) == 1:
        return [total]
    after = totals.running(total, opening)
    cut = [
        totals.differences(
            totals.scaled(after, share.share, "down"), int(totals.scaled(np.array([opening]), share.share, "down")[0])
        )
        for share in shares
    ]
    owner = next(index for index, share in enumerate(shares) if share.payee == odd_unit)
    cut[owner] = total - sum(part for index, part in enumerate(cut) if index != owner)
    return cut


def opening_recouped(clause: Advance, balances: Sequence[Balance]) -> tuple[int, bool]:
    """How much of an advance of earlier records had been recouped, and whether the agreement's balances leave that
    open.

    The balance of the advance states it in `base`. Where it does not: what had accrued on a base under the credited
    clauses was credited as the agreement says; an amount that had accrued without a base leaves the question open.
    """
    mine = {balance.clause: balance for balance in balances}
    own = mine.get(clause.id)
    if own is None:
        return 0, False
    if own.base is not None:
        return own.base, False
    credited = [mine[clause_id] for clause_id in clause.credited_against if clause_id in mine]
    amount = min(own.amount, max(0, sum(balance.amount for balance in credited if balance.base is not None)))
    return amount, amount < own.amount and any(balance.base is None and balance.amount for balance in credited)


def _settle(
    clause: Advance,
    due: int,
    milestones: Milestones,
    balances: Sequence[Balance],
    accruals: Sequence[Accrual],
    open_: Sequence[Ints],
    recouped: list[Ints],
    expenses: tuple[Expense, ...],
    as_of: date,
) -> Advanced:
    """One advance: adds what of each accrual is recouped to `recouped`, and returns the advance's own entries."""
    balance = next((b for b in balances if b.clause == clause.id), None)
    amount = balance.amount if balance else clause.amount
    start = min(max(opening_recouped(clause, balances)[0], 0), amount)
    which, row, day = _credited(clause.credited_against, due, accruals, open_)
    amounts = np.zeros(len(day), dtype=np.int64)
    for index in range(len(accruals)):
        amounts[which == index] = open_[index][row[which == index]]
    earned = np.maximum(totals.running(amounts, start), 0)
    end = return_day(clause, milestones)
    end = end if end is not None and end <= as_of else None  # a later end has not come yet
    last = day_number(end) if end is not None else NEVER
    in_term = int(np.searchsorted(day, last, side="right"))
    kept = min(amount, int(earned[in_term - 1]) if in_term else start)
    after = np.minimum(earned, np.where(np.arange(len(day)) < in_term, amount, kept))
    change = totals.differences(after, start)
    for index in range(len(accruals)):
        recouped[index][row[which == index]] += change[which == index]
    days, paid, earned_then = ([], [], []) if balance else ([due], [amount], [start])
    spent = 0
    if end is not None:
        spent = sum(e.amount for e in expenses if e.date <= end) if clause.less_expenses == "recorded expenses" else 0
        if balance and balance.as_of >= end:
            spent = max(
                spent, amount - start
            )  # what was not earned by then has been returned, and the balance is net of it
        for when, state, returned in _returned(last, kept, day[in_term:], after[in_term:], amount - spent):
            days.append(when)
            paid.append(-returned)
            earned_then.append(state)
    return Advanced(
        clause=clause,
        day=np.array(days, dtype=np.int32),
        accrued=np.array(paid, dtype=np.int64),
        earned=np.array(earned_then, dtype=np.int64),
        expensed=spent,
        expenses=expenses,
        opening=balance.amount if balance else 0,
        opening_recouped=start,
        recouped=int(change.sum()),
    )


def _credited(
    credited: Sequence[str], due: int, accruals: Sequence[Accrual], open_: Sequence[Ints]
) -> tuple[Ints, Ints, Ints]:
    """(which accrual, row in it, day) of all that is credited, in order: by day, stage of the day, closing.

    Within a closing, clauses come in the order in which the advance is used up, and what is taken back comes before
    it in the opposite order.
    """
    blocks = [np.zeros((7, 0), dtype=np.int64)]
    for position, clause_id in enumerate(credited):
        for which, accrual in enumerate(accruals):
            if accrual.clause.id == clause_id:
                row = np.flatnonzero(accrual.day >= due)
                back = open_[which][row] < 0
                step = np.where(back, -1 - position, position)
                when = [accrual.rank[row], accrual.stage[row], accrual.day[row]]
                blocks.append(np.stack([row, np.full(len(row), which), step, ~back, *when]))
    columns = np.concatenate(blocks, axis=1)
    order = np.lexsort(columns[[0, 2, 3, 4, 5, 6]])
    return columns[1, order], columns[0, order], columns[6, order]


def _returned(last: int, kept: int, day: Ints, after: Ints, owing: int) -> Iterator[tuple[int, int, int]]:
    """(day, recouped by then, returned on that day) from the last day of the term on, where something is returned.

    R = max(0, owing - recouped) at the end of each day; the entries are its differences.
    """
    states = {last: kept, **dict(zip(day.tolist(), after.tolist()))}  # the last state of each day holds
    before = 0
    for when, state in states.items():
        total = max(0, owing - state)
        if total != before:
            yield when, state, total - before
        before = total
