"""What each clause accrues: differences of running totals, in columns.

The argument. For a clause let B be the running base within its scope and E(B) the total owed at B (`clause.owed`).
What a line x earns is E(B + x) - E(B). Entries therefore add up to E(total), whatever the lines; a run that begins
from stored balances continues as if it had never stopped; a reversal takes back what the closing gave.

Worked by hand, Ladenburg's allowance: 3%, at most 150,000.00, of which 60,000.00 was used before. A closing of
1,000,000.00 accrues 30,000.00 (running total 90,000.00); the next, of 4,150,000.00, would accrue 124,500.00, and
60,000.00 is left below the limit: 60,000.00.

The steps, for one agreement:

1. its lines become *events*: what one closing brought at one price (finer where a clause rounds by investor or by
   line), in the order of closing date, closing id and price; what a closing takes back comes first, the other way;
2. the offering limit cuts what counts as base;
3. each clause is accrued over the events and cut by its limit;
4. events are summed into accruals: one for each closing, and for each price where the exercise price is the price paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, frozen

from feecalc import totals
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, CashLimit, Clause, Reimbursement, WarrantClause, WarrantLimit
from feecalc.closing import ClosingTable
from feecalc.dates import day_number
from feecalc.money import Price, Ratio
from feecalc.records import Balance, Expense
from feecalc.totals import Codes, Ints

NO_PRICE = -1


@define(eq=False)
class LineGroups:
    """The lines of each group 0..count-1, found when somebody looks."""

    lines: Codes
    group: npt.NDArray[Any]
    count: int
    _arranged: Codes | None = None
    _starts: Ints | None = None

    def counts(self) -> Ints:
        return np.bincount(self.group, minlength=self.count)

    def members(self, index: int) -> Codes:
        """The lines of a group, in the order of the file."""
        if self._arranged is None or self._starts is None:
            self._arranged = self.lines[np.argsort(self.group, kind="stable")]
            self._starts = np.concatenate([[0], np.cumsum(self.counts())])
        return self._arranged[self._starts[index] : self._starts[index + 1]]


@frozen(eq=False)
class Accrual:
    """One clause's accruals in columns, before they are credited against an advance and split between payees.

    `closing` is a closing code (-1 for none), `rank` its place in the order, `price` an index into `prices` (NO_PRICE
    where there is none), `day` the day of accrual. `base` is what the accrual acted on, `base_before` the running
    base before it; `unlimited` is what the clause alone would bring (`unlimited_before`: its running total before),
    `accrued` what is left of it within the limit, `accrued_before` the running total before. Amounts are cents, or
    warrants. `opening` is the balance that the running total began with.
    """

    clause: Clause
    opening: int
    opening_base: int
    closing: Codes
    rank: Codes
    day: Codes
    price: Codes
    prices: tuple[Price, ...]
    base: Ints
    base_before: Ints
    unlimited: Ints
    unlimited_before: Ints
    accrued: Ints
    accrued_before: Ints
    groups: LineGroups | None  # of closing lines
    expenses: tuple[Expense, ...] = ()  # the row behind each accrual of a reimbursement

    def __len__(self) -> int:
        return len(self.accrued)


@frozen(eq=False)
class OfferingExcess:
    """Gross proceeds of a closing that lie beyond the agreement's offering limit and do not count."""

    closing: Codes
    beyond: Ints
    limit: int
    first_line: dict[int, int]  # a line of the agreement at each closing


@frozen(eq=False)
class AgreementAccruals:
    agreement: Agreement
    accruals: tuple[Accrual, ...]
    excess: OfferingExcess | None
    unpriced: Codes  # lines whose price paid is not on record, though a warrant clause needs it


@frozen(eq=False)
class _Events:
    """What each event brought, in order: one agreement's lines summed, and the accrual that each belongs to."""

    closing: Codes
    rank: Codes
    scope: dict[str, Ints]
    price: Codes
    gross: Ints
    cash: Ints
    line: Codes  # one of its lines
    group: Ints  # per line: its event


def accrue(
    agreement: Agreement,
    table: ClosingTable,
    lines: Codes,
    balances: Sequence[Balance],
    expenses: Sequence[Expense],
) -> AgreementAccruals:
    """Everything that accrues under one agreement on its lines, given its own balances and expenses."""
    opening = {balance.clause: balance for balance in balances}
    prices, price, unpriced = _prices_paid(agreement, table, lines)
    clauses = [clause for clause in agreement.clauses if isinstance(clause, AccruingClause)]
    events = _events(clauses, table, lines, price)
    counted, excess = _within_offering_limit(agreement, events, opening)
    accruals: list[Accrual] = []
    for clause in agreement.clauses:
        balance = opening.get(clause.id)
        if isinstance(clause, AccruingClause):
            accruals.append(_accrue_clause(clause, balance, events, counted, table, lines, prices))
        elif isinstance(clause, Reimbursement):
            accruals.append(_reimburse(clause, balance, [e for e in expenses if e.clause == clause.id]))
    return AgreementAccruals(agreement, tuple(accruals), excess, unpriced)


def opening_amount(clause: Clause, balance: Balance | None) -> int:
    """What had accrued under a clause before these records, in cents or in warrants."""
    if balance is None:
        return 0
    return balance.amount // 100 if clause.unit == "warrants" else balance.amount


def _prices_paid(agreement: Agreement, table: ClosingTable, lines: Codes) -> tuple[tuple[Price, ...], Codes, Codes]:
    """The price paid on each line as an index into the prices, where a clause needs it; and the lines that have
    none.
    """
    wanted = any(
        isinstance(clause, WarrantClause) and clause.exercise_price == "price paid" for clause in agreement.clauses
    )
    if not wanted:
        return (), np.full(len(lines), NO_PRICE, dtype=np.int32), lines[:0]
    codes = table.price[lines].copy()
    prices = list(table.prices)
    code_of = {price: code for code, price in enumerate(prices)}
    unpriced = np.flatnonzero((codes == NO_PRICE) & (table.shares[lines] != 0))
    pairs = np.stack([table.gross[lines[unpriced]], table.shares[lines[unpriced]]])
    distinct, which = np.unique(pairs, axis=1, return_inverse=True)
    found = [_price_from(gross, shares) for gross, shares in distinct.T.tolist()]
    for price in dict.fromkeys(price for price in found if price is not None and price not in code_of):
        code_of[price] = len(prices)
        prices.append(price)
    derived = np.array([NO_PRICE if price is None else code_of[price] for price in found], dtype=np.int32)
    codes[unpriced] = derived[which.ravel()] if len(found) else codes[unpriced]
    order = sorted(range(len(prices)), key=prices.__getitem__)
    place = np.full(len(prices) + 1, NO_PRICE, dtype=np.int32)
    place[order] = np.arange(len(prices), dtype=np.int32)
    return tuple(prices[code] for code in order), place[codes], lines[codes == NO_PRICE]


def _price_from(gross: int, shares: int) -> Price | None:
    """Gross proceeds / shares, if that is a price of at most 10 decimals."""
    ratio = Ratio(gross, 100 * shares)
    for decimals in range(2, 11):
        if (ratio * 10**decimals).denominator == 1:
            return Price(ratio, decimals)
    return None


def _events(clauses: Sequence[AccruingClause], table: ClosingTable, lines: Codes, price: Codes) -> _Events:
    """The agreement's lines as events. Within a closing: taken back before brought, by price (taken back: by falling
    price).
    """
    scopes = {clause.rounding.over for clause in clauses}
    rank = table.rank[table.closing.codes[lines]].astype(np.int64)
    scope = table.scope[lines].astype(np.int64)
    back = scope != table.closing.codes[lines]
    by_price = table.price[lines] if scopes & {"investor", "line"} else price
    keys = [rank, ~back, np.where(back, -by_price, by_price), np.where(back, -table.rank[scope] - 1, 0)]
    if scopes & {"investor", "line"}:
        keys += [table.investor_id[lines], table.event[lines]]
    if "line" in scopes:  # the amount orders lines by their content, the number tells like ones apart
        keys += [table.gross[lines], np.arange(len(lines))]
    group, first = _grouped(keys)
    count = len(first)
    investor = table.investor_id[lines][first].astype(np.int64)
    return _Events(
        closing=table.closing.codes[lines][first],
        rank=rank[first].astype(np.int32),
        scope={"closing": scope[first], "investor": investor, "line": np.arange(count)},
        price=price[first],
        line=lines[first],
        gross=totals.summed(table.gross[lines], group, count),
        cash=totals.summed(table.cash[lines], group, count),
        group=group,
    )


def _grouped(keys: list[npt.NDArray[Any]]) -> tuple[Ints, Ints]:
    """Rows with equal keys as groups numbered in the order of the keys: the group of each row, and a row of each
    group.
    """
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    combined = keys[0].astype(np.int64)
    for key in keys[1:]:
        low = int(key.min())
        span = int(key.max()) - low + 1
        if span == 1:
            continue
        if (int(combined.max()) + 1) * span > totals.BOUND:
            combined = np.unique(combined, return_inverse=True)[1]
            key = np.unique(key, return_inverse=True)[1]
            low, span = 0, len(key)
        combined = combined * span + (key - low)
    top = int(combined.max())
    if top < 8 * len(combined) + 1024:  # few distinct keys: count instead of sorting
        present = np.zeros(top + 1, dtype=bool)
        present[combined] = True
        number = np.cumsum(present) - 1
        group = number[combined]
        first = np.zeros(int(number[-1]) + 1, dtype=np.int64)
        first[group[::-1]] = np.arange(len(group))[::-1]
        return group, first
    _, first, group = np.unique(combined, return_index=True, return_inverse=True)
    return group, first


def _as_they_come(group: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Groups renumbered in the order in which their first rows come: running totals then go the way of the rows."""
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[group], first[order]


def _within_offering_limit(
    agreement: Agreement, events: _Events, opening: dict[str, Balance]
) -> tuple[dict[str, Ints], OfferingExcess | None]:
    """The base that counts, gross and cash, and what lies beyond the offering limit."""
    limit = agreement.covers.offering_limit
    if limit is None:
        return {"gross proceeds": events.gross, "cash proceeds": events.cash}, None
    accruing = {clause.id for clause in agreement.clauses if isinstance(clause, AccruingClause)}
    before = max((balance.base or 0 for clause, balance in opening.items() if clause in accruing), default=0)
    counted = totals.differences(np.minimum(totals.running(events.gross, before), limit), min(before, limit))
    beyond = events.gross - counted
    within = np.minimum(totals.running(events.cash), totals.running(counted))  # what counts is taken to be cash first
    cash = totals.differences(within, 0)
    past = np.flatnonzero(beyond > 0)
    first = dict(zip(events.closing.tolist(), events.line.tolist(), strict=True))
    excess = OfferingExcess(events.closing[past], beyond[past], limit, first) if len(past) else None
    return {"gross proceeds": counted, "cash proceeds": cash}, excess


def _accrue_clause(
    clause: AccruingClause,
    balance: Balance | None,
    events: _Events,
    counted: dict[str, Ints],
    table: ClosingTable,
    lines: Codes,
    prices: tuple[Price, ...],
) -> Accrual:
    opening, opening_base = opening_amount(clause, balance), (balance.base or 0) if balance else 0
    base = counted[clause.base]
    after = totals.running(base, opening_base)
    if clause.rounding.over == "agreement":
        unlimited = totals.differences(
            clause.owed(after), int(clause.owed(np.array([opening_base], dtype=np.int64))[0])
        )
    else:
        scope_before, scope_after = totals.running_within(base, events.scope[clause.rounding.over])
        unlimited = clause.owed(scope_after) - clause.owed(scope_before)
    start = _unlimited_opening(clause, balance, opening)
    accrued = _limited(unlimited, clause.limit, start, events)
    by_price = isinstance(clause, WarrantClause) and clause.exercise_price == "price paid"
    keys = [events.rank.astype(np.int64)] + ([events.price] if by_price else [])
    entry, first = _as_they_come(*_grouped(keys))
    count = len(first)
    summed_base = totals.summed(base, entry, count)
    summed_unlimited = totals.summed(unlimited, entry, count)
    summed_accrued = totals.summed(accrued, entry, count)
    exercise = events.price[first] if by_price else np.full(count, NO_PRICE, dtype=np.int32)
    return Accrual(
        clause=clause,
        opening=opening,
        opening_base=opening_base,
        closing=events.closing[first],
        rank=events.rank[first],
        day=table.closing_day[events.closing[first]],
        price=exercise,
        prices=prices if by_price else (),
        base=summed_base,
        base_before=totals.before(summed_base, opening_base),
        unlimited=summed_unlimited,
        unlimited_before=totals.before(summed_unlimited, start),
        accrued=summed_accrued,
        accrued_before=totals.before(summed_accrued, opening),
        groups=LineGroups(lines, entry[events.group] if count else events.group, count),
    )


def _unlimited_opening(clause: AccruingClause, balance: Balance | None, opening: int) -> int:
    """Where the running total before the limit began: what the clause gives on the balance's base, if that is known.

    A balance at its limit does not show how far beyond it the clause had gone, and a later rescission must know.
    """
    if balance is None or balance.base is None or clause.limit is None or clause.rounding.over != "agreement":
        return opening
    alone = int(clause.owed(np.array([balance.base], dtype=np.int64))[0])
    return alone if min(alone, clause.limit.amount) == opening else opening


def _limited(unlimited: Ints, limit: CashLimit | WarrantLimit | None, opening: int, events: _Events) -> Ints:
    """What each event accrues within the limit."""
    if limit is None:
        return unlimited
    if limit.over == "closing":
        before, after = totals.running_within(unlimited, events.scope["closing"])
        return np.minimum(after, limit.amount) - np.minimum(before, limit.amount)
    return _within(unlimited, limit, opening)


def _within(unlimited: Ints, limit: CashLimit | WarrantLimit, opening: int) -> Ints:
    """Differences of the running total held below a limit over the agreement."""
    used = opening if limit.earlier == "counts" else 0
    return totals.differences(np.minimum(totals.running(unlimited, used), limit.amount), min(used, limit.amount))


def _reimburse(clause: Reimbursement, balance: Balance | None, expenses: Sequence[Expense]) -> Accrual:
    """Recorded expenses of the clause in the order of their dates, paid back up to the limit."""
    mine = sorted(expenses, key=lambda e: (e.date, e.amount, e.description, e.payee, e.line))
    spent = np.array([expense.amount for expense in mine], dtype=np.int64)
    opening, opening_base = opening_amount(clause, balance), (balance.base or 0) if balance else 0
    accrued = _within(spent, clause.limit, opening) if clause.limit is not None else spent
    none = np.full(len(mine), -1, dtype=np.int32)
    return Accrual(
        clause=clause,
        opening=opening,
        opening_base=opening_base,
        closing=none,
        rank=none,
        day=np.array([day_number(expense.date) for expense in mine], dtype=np.int32),
        price=none,
        prices=(),
        base=spent,
        base_before=totals.before(spent, opening_base),
        unlimited=spent,
        unlimited_before=totals.before(spent, opening),
        accrued=accrued,
        accrued_before=totals.before(accrued, opening),
        groups=None,
        expenses=tuple(mine),
    )
