"""What each clause accrues: differences of running totals, in columns.

The argument. For a clause let B be the running base within its scope and E(B) the total owed at B. What a row x earns
is E(B + x) - E(B). Entries therefore add up to E(total), whatever the rows; a run that begins from stored balances
continues as if it had never stopped; a reversal takes back what the closing gave.

Worked by hand, Ladenburg's allowance: 3%, at most 150,000.00, of which 60,000.00 was used before. A closing of
1,000,000.00 accrues 30,000.00 (running total 90,000.00); the next, of 4,150,000.00, would accrue 124,500.00, and
60,000.00 is left below the limit: 60,000.00.

The steps, for one agreement: its lines and everything else that makes amounts accrue become `rows`, in order; the
offering limit cuts what counts as base; clauses accrue one after the other, in an order in which whatever one refers
to comes before it; limits over several clauses make some of them give way; rows are summed into accruals, one for each
closing and exercise price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from feecalc import totals
from feecalc.accruing import accrued_under
from feecalc.agreement import Agreement, TotalLimit
from feecalc.attribution import Attribution
from feecalc.clauses import AccruingClause, AnyClause, Clause, Period, Reimbursement, SecuritiesInLieu
from feecalc.dates import NEVER, day_date, day_number
from feecalc.dependencies import in_order
from feecalc.exact import Exact
from feecalc.limits import OfferingExcess, TotalStanding, limit_total, standing, within_offering_limit
from feecalc.line_prices import NO_PRICE, PriceColumn
from feecalc.milestones import Milestones
from feecalc.money import Price
from feecalc.openings import base_counts
from feecalc.records import Balance, Expense
from feecalc.rows import LineGroups, grouped_as_they_come
from feecalc.totals import Codes, Ints
from feecalc.workings import ClauseColumns, Workings, prices_needed, rows_under


@frozen(eq=False)
class UnderTerms:
    """What one of the terms of an amended clause brings to each of its accruals: on what base, before any limit."""

    clause: AnyClause
    rows: Ints  # how many rows of each accrual these terms rule
    base: Ints
    unlimited: Ints


@frozen(eq=False)
class Accrual:
    """One clause's accruals in columns, before they are credited against an advance and split between payees.

    `closing` is a closing code (-1 for none), `rank` its place in the order, `price` an index into `prices` (NO_PRICE
    where there is none), `day` the day of accrual, `stage` its place within the day. `base` is what the accrual acted
    on, `base_before` the running base before it; `unlimited` is what the clause alone would bring (`unlimited_before`:
    its running total before), `accrued` what is left of it within the limits, `accrued_before` the running total
    before. Amounts are cents, or counts. `opening` is the balance that the running total began with. `parts` are what
    each tier or list brought, exactly, where there are several.
    """

    clause: Clause
    opening: int
    opening_base: int
    base_counts: bool
    closing: Codes
    rank: Codes
    day: Codes
    stage: Codes
    price: Codes
    prices: tuple[Price, ...]
    last_exercise: Codes  # day numbers; NEVER where it is not stated, or not known
    base: Ints
    base_before: Ints
    unlimited: Ints
    unlimited_before: Ints
    accrued: Ints
    accrued_before: Ints
    groups: LineGroups | None  # of closing lines; None where nothing rests on lines
    expenses: tuple[Expense | None, ...] = ()  # the row behind each accrual of a reimbursement
    parts: tuple[tuple[str, Exact], ...] = ()
    in_lieu: Ints = field(factory=lambda: np.zeros(0, dtype=np.int64))  # cash that each accrual of securities replaces
    gave_way: tuple[str, ...] = ()  # limits over several clauses that lowered it
    under: tuple[UnderTerms, ...] = ()  # as signed and as amended, where amendments change the clause
    base_total: int = 0  # what counted on all rows: toward a threshold where nothing accrued, and beyond round amounts
    fractional: bool = False  # whether a total of these rows is not whole whose fraction no balance carries on

    def __len__(self) -> int:
        return len(self.accrued)


@frozen(eq=False)
class AgreementAccruals:
    """What accrued under one agreement; `lieu` tells, by clause, what of each accrual is taken in securities."""

    agreement: Agreement
    accruals: tuple[Accrual, ...]
    excess: OfferingExcess | None
    unpriced: Codes  # lines whose price is not on record, though a clause needs it
    milestones: Milestones
    lieu: dict[str, Ints] = field(factory=dict)
    limits: tuple[TotalStanding, ...] = ()  # where those over several clauses stand


def accrue(
    attribution: Attribution,
    index: int,
    lines: Codes,
    milestones: Milestones,
    balances: Sequence[Balance],
    expenses: Sequence[Expense],
    as_of: int,
) -> AgreementAccruals:
    """Everything that accrues under one agreement on lines of its own, given its own balances and expenses."""
    agreement = attribution.agreements[index]
    measures_ = attribution.measures(index, lines, milestones)
    spent = sorted(expenses, key=lambda e: (e.date, e.amount, e.description, e.payee, e.line))
    workings = Workings(agreement, agreement.in_force(), measures_, {b.clause: b for b in balances}, tuple(spent))
    workings.rows = rows_under(workings, as_of)
    excess = within_offering_limit(workings)
    for step in in_order(agreement.as_amended()):
        if isinstance(step, TotalLimit):
            limit_total(workings, step)
        else:
            found = accrued_under(workings, step)
            if found is not None:
                workings.done[step.id] = found
    accruals = [_summed(workings, workings.done[c.id]) for c in agreement.as_amended().clauses if c.id in workings.done]
    lieu = {a.clause.of: _lieu_of(workings, a.clause) for a in accruals if isinstance(a.clause, SecuritiesInLieu)}
    limits = tuple(standing(workings, limit) for limit in agreement.as_amended().limits)
    return AgreementAccruals(agreement, tuple(accruals), excess, _unpriced(workings), milestones, lieu, limits)


def _summed(workings: Workings, found: ClauseColumns) -> Accrual:
    """The rows on which a clause acts, summed: an accrual for each closing, exercise price and last day of exercise, or
    each other row.
    """
    rows, clause = workings.rows, found.clause
    acting = np.flatnonzero(found.acts)
    strike = clause.strike
    column = PriceColumn(np.zeros(0, dtype=np.int32), ())
    price = np.full(len(rows), NO_PRICE, dtype=np.int32)
    if strike is not None and not isinstance(strike, Price):
        column = rows.measures.price(strike)
        price = rows.coded(column.codes)
    of_closing = rows.has_lines[acting]
    own = np.where(of_closing, -1, np.arange(len(acting)))
    keys: list[npt.NDArray[Any]] = [rows.day[acting], rows.stage[acting], np.where(of_closing, rows.rank[acting], -1)]
    brings = found.accrued != 0 if found.in_lieu is None else (found.accrued != 0) | (found.in_lieu != 0)
    last = _last_exercise(workings, clause)
    entry, first = grouped_as_they_come([*keys, own, price[acting], last[acting]], brings[acting], rows.back[acting])
    count = len(first)

    def summed(amounts: Ints) -> Ints:
        return totals.summed(amounts[acting], entry, count)

    base, unlimited, accrued = summed(found.base), summed(found.unlimited), summed(found.accrued)
    at = acting[first]
    entry_of_row = np.full(len(rows), -1, dtype=np.int64)
    entry_of_row[acting] = entry
    entry_of_line = entry_of_row[rows.row_of_line]
    mine = slice(None) if len(acting) == len(rows) else entry_of_line >= 0
    rests_on_lines = bool(of_closing.any())
    paid_back = isinstance(clause, Reimbursement)
    spent = [workings.expenses[e] if e >= 0 else None for e in rows.expense[at].tolist()] if paid_back else []
    return Accrual(
        clause=clause,
        opening=found.opening,
        opening_base=found.opening_base,
        base_counts=base_counts(workings.agreement, clause),
        closing=rows.closing[at],
        rank=rows.rank[at],
        day=rows.day[at],
        stage=rows.stage[at],
        price=price[at],
        prices=column.prices,
        last_exercise=last[at],
        base=base,
        base_before=totals.before(base, found.opening_base),
        unlimited=unlimited,
        unlimited_before=totals.before(unlimited, found.unlimited_opening),
        accrued=accrued,
        accrued_before=totals.before(accrued, found.opening),
        groups=LineGroups(rows.measures.lines[mine], entry_of_line[mine], count) if rests_on_lines else None,
        expenses=tuple(spent),
        parts=_parts(found, acting, entry, count),
        in_lieu=summed(found.in_lieu) if found.in_lieu is not None else np.zeros(0, dtype=np.int64),
        gave_way=found.gave_way,
        under=tuple(
            UnderTerms(terms, rows=of(found.acts.astype(np.int64)), base=of(found.base), unlimited=of(found.unlimited))
            for terms, of in _each_terms(workings, clause, summed)
        ),
        base_total=totals.exact_total(found.base if found.uncut is None else found.uncut),
        fractional=found.fractional,
    )


def _last_exercise(workings: Workings, clause: Clause) -> Codes:
    """The last day on which what accrues on each row can be exercised. What undoes a closing cancels what that closing
    brought, which can be exercised until its own day.
    """
    rows, expires = workings.rows, clause.last_exercise
    if not isinstance(expires, Period):
        stated = day_number(expires) if isinstance(expires, date) else NEVER
        return np.full(len(rows), stated, dtype=np.int32)
    sold = rows.day.copy()
    sold[rows.has_lines] = rows.measures.table.effective_day[rows.line[rows.has_lines]]
    days, which = np.unique(sold, return_inverse=True)
    ends = [rows.measures.milestones.day(expires, day_date(day)) for day in days.tolist()]
    return np.array(ends, dtype=np.int32)[which]


def _each_terms(
    workings: Workings, clause: Clause, summed: Callable[[Ints], Ints]
) -> Iterator[tuple[AnyClause, Callable[[Ints], Ints]]]:
    """The terms of a clause that amendments change, each with what sums a column over the rows that it rules."""
    for terms, ruled in workings.versions(clause.id):
        if ruled is not None:
            yield terms, lambda amounts, ruled=ruled: summed(np.where(ruled, amounts, 0))  # type: ignore[misc]


def _parts(found: ClauseColumns, acting: Ints, entry: Ints, count: int) -> tuple[tuple[str, Exact], ...]:
    """What each tier or list brought to each accrual, exactly; a plain rate tells that by itself."""
    if not isinstance(found.clause, AccruingClause) or found.clause.plain_rate is not None:
        return ()
    parts = []
    for part in found.parts:
        parts.append((part.label, Exact(totals.summed_wide(part.amount.num[acting], entry, count), part.amount.den)))
    return tuple(parts)


def _lieu_of(workings: Workings, clause: SecuritiesInLieu) -> Ints:
    """The cash of each accrual of the clause replaced that is taken in securities."""
    source = workings.done[clause.of]
    taken = workings.done[clause.id].in_lieu
    assert taken is not None
    return _summed(workings, _with_amounts(source, taken)).accrued


def _with_amounts(found: ClauseColumns, accrued: Ints) -> ClauseColumns:
    """The same clause on the same rows with other amounts."""
    return ClauseColumns(
        found.clause, 0, 0, found.base, found.unlimited, 0, accrued, found.acts, [], found.in_lieu, found.gave_way
    )


def _unpriced(workings: Workings) -> Codes:
    """Lines on which a clause acts that names a price they do not have."""
    rows, measured = workings.rows, workings.measures
    missing = np.zeros(len(measured.lines), dtype=bool)
    for found in workings.done.values():
        for price in prices_needed(found.clause):
            if not isinstance(price, Price):
                brings = (found.base != 0) | (found.accrued != 0)
                missing |= (measured.price(price).codes == NO_PRICE) & brings[rows.row_of_line]
    return measured.lines[missing]
