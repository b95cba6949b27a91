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

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, evolve, field, frozen

from feecalc import exact, money, totals
from feecalc.agreement import Agreement, TotalLimit
from feecalc.attribution import Attribution, amendments_in_force
from feecalc.clauses import (
    AccruingClause,
    AnyClause,
    CashLimit,
    Clause,
    FixedClause,
    Minimum,
    Period,
    RateOfSecurities,
    Reimbursement,
    SecuritiesInLieu,
    WarrantLimit,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import AccruedUnder, BaseOf, Measure
from feecalc.clauses.bases import counts as measure_counts
from feecalc.clauses.fees import Every, Reaches
from feecalc.clauses.lines import Lines
from feecalc.clauses.prices import PRICE_PAID, PriceOf, PriceTerm
from feecalc.clauses.rates import Each, PartOfPrice, Recorded, Tiers, leaves, line_tests, measures
from feecalc.clauses.times import OnDate, OnEvent
from feecalc.dates import NEVER, day_date, day_number, months_after
from feecalc.dependencies import in_order
from feecalc.earnings import Acting, Earned, earned
from feecalc.exact import Exact
from feecalc.limits import give_way, held_below, reimbursed
from feecalc.measures import NO_PRICE, Measures, PriceColumn
from feecalc.milestones import Milestones
from feecalc.money import Price, Ratio
from feecalc.names import name_key
from feecalc.records import Balance, Expense
from feecalc.rows import ENDED, TRIGGERED, LineGroups, Rows, Trigger, grouped_as_they_come, rows_of
from feecalc.totals import Codes, Ints, Mask


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
    """What accrued under one agreement; `lieu` tells, by clause, what of each accrual is taken in securities."""

    agreement: Agreement
    accruals: tuple[Accrual, ...]
    excess: OfferingExcess | None
    unpriced: Codes  # lines whose price is not on record, though a clause needs it
    milestones: Milestones
    lieu: dict[str, Ints] = field(factory=dict)


@define(eq=False)
class _ByRow:
    """What one clause does on each row."""

    clause: Clause
    opening: int
    opening_base: int
    base: Ints
    unlimited: Ints
    unlimited_opening: int
    accrued: Ints
    acts: Mask
    parts: list[Earned]
    in_lieu: Ints | None = None
    gave_way: tuple[str, ...] = ()


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
    working = _Working(agreement, agreement.in_force(), measures_, {b.clause: b for b in balances}, tuple(spent))
    working.rows = _rows(working, as_of)
    excess = _within_offering_limit(working)
    for step in in_order(agreement.as_amended()):
        if isinstance(step, TotalLimit):
            _limit_total(working, step)
        else:
            found = _accrued(working, step)
            if found is not None:
                working.done[step.id] = found
    accruals = [_summed(working, working.done[c.id]) for c in agreement.as_amended().clauses if c.id in working.done]
    lieu = {a.clause.of: _lieu_of(working, a.clause) for a in accruals if isinstance(a.clause, SecuritiesInLieu)}
    return AgreementAccruals(agreement, tuple(accruals), excess, _unpriced(working), milestones, lieu)


@define(eq=False)
class _Working:
    """One agreement while it is being computed."""

    agreement: Agreement
    terms: tuple[Agreement, ...]  # as signed, and after each amendment
    measures: Measures
    balances: dict[str, Balance]
    expenses: tuple[Expense, ...]
    rows: Rows = field(init=False)
    counted: dict[str, Ints] = field(factory=dict)  # proceeds within the offering limit, by row
    done: dict[str, _ByRow] = field(factory=dict)

    def versions(self, clause_id: str) -> list[tuple[AnyClause, Mask | None]]:
        """The terms of a clause, each with the rows that they rule (None for all)."""
        found = [(number, terms.clause(clause_id)) for number, terms in enumerate(self.terms)]
        stated = [(number, clause) for number, clause in found if clause is not None]
        if all(clause == stated[0][1] for _, clause in stated) and len(stated) == len(found):
            return [(stated[-1][1], None)]
        versions: list[tuple[AnyClause, Mask | None]] = []
        for place, (number, clause) in enumerate(stated):
            following = stated[place + 1][0] if place + 1 < len(stated) else len(found)
            ruled = (self.rows.version >= number) & (self.rows.version < following)
            versions.append((clause, ruled))
        return versions

    def measured(self, measure: Measure) -> Ints:
        """A measure on each row, within the offering limit."""
        if isinstance(measure, str) and measure in self.counted:
            return self.counted[measure]
        return self.rows.of(measure, self.measures.measure(measure))

    def opening(self, clause: Clause) -> tuple[int, int]:
        """What had accrued under a clause before these records, and on what base."""
        balance = self.balances.get(clause.id)
        return opening_amount(clause, balance), opening_base(self.agreement, clause, balance)


def opening_amount(clause: Clause, balance: Balance | None) -> int:
    """What had accrued under a clause before these records, in cents or in securities."""
    if balance is None:
        return 0
    return money.units(balance.amount) if clause.counted else balance.amount


def opening_base(agreement: Agreement, clause: Clause, balance: Balance | None) -> int:
    """On what base it had accrued, in cents or in units of the base."""
    if balance is None or balance.base is None:
        return 0
    return money.units(balance.base) if base_counts(agreement, clause) else balance.base


def base_counts(agreement: Agreement, clause: Clause) -> bool:
    """Whether a clause acts on a count."""
    if not isinstance(clause, AccruingClause):
        return False
    if isinstance(clause.base, AccruedUnder):
        others = [agreement.as_amended().clause(name) for name in clause.base.accrued_under]
        return any(other is not None and other.counted for other in others)
    return clause.base_counts


# ---- rows ------------------------------------------------------------------------------------------------------------


def _rows(working: _Working, as_of: int) -> Rows:
    clauses = [clause for terms in working.terms for clause in terms.clauses]
    accruing = [clause for clause in clauses if isinstance(clause, AccruingClause)]
    scopes = {clause.rounding.over for clause in accruing}
    scopes |= {clause.rounding.over for clause in clauses if isinstance(clause, SecuritiesInLieu)}
    cross = any(_counts_otherwise(clause) for clause in accruing)
    wanted = [price for clause in clauses for price in _prices_of(clause)]
    prices = [working.measures.price(price) for price in dict.fromkeys(wanted) if not isinstance(price, Price)]
    paid = working.measures.price(PRICE_PAID) if prices else None
    signature: list[npt.NDArray[Any]] = [working.measures.on(lines) for lines in _line_tests(clauses)]
    signature += [price.codes for price in prices]
    signature += [working.measures.rates(leaf.recorded_in)[0] for leaf in _recorded(accruing)]
    lines = working.measures.lines
    version = amendments_in_force(working.agreement, working.measures.table, lines)
    return rows_of(
        working.measures,
        paid.codes if paid is not None else None,
        "line" in scopes or cross,
        "investor" in scopes or any(c.limit is not None and c.limit.over == "investor" for c in clauses),
        signature,
        _triggers(working, as_of),
        working.expenses,
        version,
    )


def _counts_otherwise(clause: AccruingClause) -> bool:
    """Whether a clause counts by one measure, or on some lines, and pays by another."""
    counted = measures(clause.earning)
    own_lines = any(isinstance(leaf, Tiers) and leaf.lines is not None for leaf in leaves(clause.earning))
    return own_lines or any(measure != clause.base for measure in counted)


def _prices_of(clause: Clause) -> Iterator[PriceTerm]:
    """The prices of lines that a clause needs."""
    if clause.strike is not None:
        yield clause.strike
    if isinstance(clause, RateOfSecurities) and clause.over_price is not None:
        yield clause.over_price
    if isinstance(clause, SecuritiesInLieu):
        yield clause.deemed_price
    if isinstance(clause, AccruingClause):
        for leaf in leaves(clause.earning):
            if isinstance(leaf, Each) and isinstance(leaf.each, PartOfPrice):
                yield PRICE_PAID if leaf.each.of == PRICE_PAID else _column_price(leaf.each.of)


def _column_price(name: str) -> PriceTerm:
    return PriceOf(of=(name,), decimals=10, mode="half up")


def _line_tests(clauses: Sequence[AnyClause]) -> list[Lines]:
    found = []
    for clause in clauses:
        if isinstance(clause, AccruingClause | FixedClause) and clause.lines is not None:
            found.append(clause.lines)
        if isinstance(clause, AccruingClause):
            found += line_tests(clause.earning)
    return list(dict.fromkeys(found))


def _recorded(clauses: Sequence[AccruingClause]) -> list[Recorded]:
    return [leaf for clause in clauses for leaf in leaves(clause.earning) if isinstance(leaf, Recorded)]


def _triggers(working: _Working, as_of: int) -> Iterator[Trigger]:
    """The days on which clauses accrue without a line, as far as they have come."""
    table, happened = working.measures.table, working.measures.milestones
    codes = {name: code for code, name in enumerate(table.closing.words)}
    for clause in working.agreement.as_amended().clauses:
        when, stage = None, TRIGGERED
        if isinstance(clause, FixedClause):
            when = clause.when
        elif isinstance(clause, Minimum):
            when, stage = clause.tested, ENDED
        day, closing = None, -1
        match when:
            case "at signing":
                day = happened.signing
            case "at end of term":
                day = happened.end_of_term
            case "at final closing":
                day, closing = happened.final_closing, codes.get(happened.final_closing_id, -1)
            case OnDate():
                day = when.on
            case OnEvent():
                day = happened.events.get(name_key(when.event))
        if isinstance(when, Every):
            first, last = (_day_of(each, happened) for each in (when.from_, when.through))
            if isinstance(when.from_, Period) and first is None:
                continue
            last = last if when.through is not None else happened.end_of_term
            for day in each_time(first or happened.signing, when.months, last, as_of):
                yield Trigger(clause.id, day_number(day), stage, -1)
            continue
        if day is not None and day_number(day) <= as_of:
            yield Trigger(clause.id, day_number(day), stage, closing)


def _day_of(when: date | Period | None, happened: Milestones) -> date | None:
    """The day, or that of a period if it is known."""
    if not isinstance(when, Period):
        return when
    day = happened.day(when)
    return None if day == NEVER else day_date(day)


def each_time(first: date, months: int, last: date | None, as_of: int) -> Iterator[date]:
    """The days from the first on, so many months apart, through the last and the day of the ledger."""
    for number in range(1200):
        day = months_after(first, number * months)
        if (last is not None and day > last) or day_number(day) > as_of:
            return
        yield day


def _within_offering_limit(working: _Working) -> OfferingExcess | None:
    """The proceeds that count, gross and cash, and what lies beyond the offering limit."""
    rows, measured = working.rows, working.measures
    limit = working.agreement.as_amended().covers.offering_limit
    if limit is None:
        return None
    gross = rows.summed(measured.measure("gross proceeds"))
    all_cash = rows.summed(measured.measure("cash proceeds"))
    accruing = {c.id for c in working.agreement.clauses if isinstance(c, AccruingClause) and not c.base_counts}
    before = max((b.base or 0 for clause, b in working.balances.items() if clause in accruing), default=0)
    counted = totals.differences(np.minimum(totals.running(gross, before), limit), min(before, limit))
    within = np.minimum(totals.running(all_cash), totals.running(counted))  # what counts is taken to be cash first
    working.counted = {"gross proceeds": counted, "cash proceeds": totals.differences(within, 0)}
    rows.counted = (counted, gross)
    beyond = gross - counted
    past = np.flatnonzero(beyond > 0)
    first = dict(zip(rows.closing[rows.has_lines].tolist(), rows.line[rows.has_lines].tolist(), strict=True))
    return OfferingExcess(rows.closing[past], beyond[past], limit, first) if len(past) else None


# ---- clauses ---------------------------------------------------------------------------------------------------------


def _accrued(working: _Working, clause: AnyClause) -> _ByRow | None:
    """What a clause does on each row; an advance accrues nothing of itself."""
    match clause:
        case AccruingClause():
            return _on_lines(working, clause)
        case FixedClause():
            return _fixed(working, clause)
        case Reimbursement():
            return _reimbursed(working, clause)
        case Minimum():
            return _to_minimum(working, clause)
        case SecuritiesInLieu():
            return _in_lieu(working, clause)
    return None


def _on_lines(working: _Working, latest: AccruingClause) -> _ByRow:
    """A clause that acts on closing lines, under each of its terms on the rows that they rule."""
    rows = working.rows
    opening, opening_on = working.opening(latest)
    unlimited = np.zeros(len(rows), dtype=np.int64)
    base, acts = unlimited.copy(), np.zeros(len(rows), dtype=bool)
    parts: list[Earned] = []
    limits: list[tuple[CashLimit | WarrantLimit | None, Mask | None]] = []
    for clause, ruled in working.versions(latest.id):
        assert isinstance(clause, AccruingClause)
        on = rows.has_lines if clause.lines is None else rows.tested(rows.measures.on(clause.lines))
        began = _rounded_opening(clause, opening_on)
        acting = Acting(
            rows,
            on,
            _base(working, clause, on),
            began,
            working.measured,
            lambda m, c=clause: m == c.base,  # type: ignore[misc]
        )
        alone, its_parts = _earned_alone(clause, acting, opening)
        limits.append((clause.limit, ruled))
        here = np.ones(len(rows), dtype=bool) if ruled is None else ruled
        unlimited = np.where(here, alone, unlimited)
        base = np.where(here, acting.base, base)
        acts |= here & (on | (acting.base != 0) | (alone != 0))
        parts += its_parts if ruled is None else [evolve(part, amount=part.amount.on(ruled)) for part in its_parts]
    start = _unlimited_opening(working, latest, opening)
    accrued = held_below(unlimited, limits, start, rows.scope)
    return _ByRow(latest, opening, opening_on, base, unlimited, start, accrued, acts, parts)


def _rounded_opening(clause: AccruingClause, opening: int) -> int:
    """The opening base as the clause takes it: to a round amount where it does that to the running base."""
    if not isinstance(clause.base, BaseOf) or clause.base.rounded is None or clause.rounding.over != "agreement":
        return opening
    to = clause.base.rounded.to
    return money.rounded(Ratio(opening, to), clause.base.rounded.mode) * to


def _base(working: _Working, clause: AccruingClause, on: Mask) -> Ints:
    """What the clause acts on, row by row: measures of its lines, less or instead what accrued under other clauses."""
    rows, base = working.rows, clause.base
    if isinstance(base, AccruedUnder):
        total = sum((working.done[name].accrued for name in base.accrued_under), np.zeros(len(rows), dtype=np.int64))
        return np.where(on | ~rows.has_lines, total, 0)
    if not isinstance(base, BaseOf):
        return np.where(on, working.measured(base), 0)
    plain = base.of == ("gross proceeds",) and base.prefunded_strike == "not added" and not base.less
    found = working.measured("gross proceeds") if plain else rows.of(base, rows.measures.base(base))
    found = np.where(on, found, 0)
    for name in base.less_clauses:
        found = found - np.where(on | ~rows.has_lines, working.done[name].accrued, 0)
    if base.rounded is None:
        return found
    scope = None if clause.rounding.over == "agreement" else rows.scope[clause.rounding.over]
    start = opening_base(working.agreement, clause, working.balances.get(clause.id))
    before, after = exact.column(found).within(scope, Ratio(start))
    return after.rounded(base.rounded.mode, base.rounded.to) - before.rounded(base.rounded.mode, base.rounded.to)


def _earned_alone(clause: AccruingClause, acting: Acting, opening: int) -> tuple[Ints, list[Earned]]:
    """What a clause earns on each row, rounded, before any limit; and its parts, exactly."""
    scope = acting.scope(clause.rounding.over)
    if isinstance(clause, WarrantsPerAmount) and clause.steps == "whole":
        before, after = exact.column(acting.base).within(scope, Ratio(acting.opening))
        steps = [totals.whole_steps(each.num, clause.step, clause.warrants) for each in (before, after)]
        return steps[1] - steps[0], []
    parts = [_as_securities(clause, part, acting) for part in earned(clause.earning, acting)]
    alone = [[part] for part in parts] if clause.rounds_parts else [parts]
    unit = (
        1 if clause.rounding.to is None else money.units(clause.rounding.to) if clause.counted else clause.rounding.to
    )
    total = np.zeros(len(acting.rows), dtype=np.int64)
    for group in alone:
        openings = [part.opening for part in group]
        known = sum((o for o in openings if o is not None), Ratio(0))
        start = Ratio(opening if len(alone) == 1 else 0) if None in openings else known
        before, after = exact.summed([part.amount for part in group]).within(scope, start)
        total = total + after.rounded(clause.rounding.mode, unit) - before.rounded(clause.rounding.mode, unit)
    return total, parts


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


def _unlimited_opening(working: _Working, clause: AccruingClause, opening: int) -> int:
    """Where the running total before the limit began: what the clause gives on the balance's base, if that is known.

    A balance at its limit does not show how far beyond it the clause had gone, and a later rescission must know.
    """
    balance = working.balances.get(clause.id)
    if balance is None or balance.base is None or clause.limit is None or clause.rounding.over != "agreement":
        return opening
    alone = owed_on(clause, opening_base(working.agreement, clause, balance))
    return opening if alone is None or min(alone, clause.limit.amount) != opening else alone


def owed_on(clause: AccruingClause, base: int) -> int | None:
    """The total that a clause at one plain rate owes on a base, before any limit; None for any other."""
    if isinstance(clause, WarrantsPerAmount) and clause.steps == "whole" and clause.plain_rate is not None:
        return money.divided(base, clause.step, "down") * clause.warrants
    rate = clause.plain_rate
    return None if rate is None else money.rounded(rate * base, clause.rounding.mode)


def _ruled(working: _Working, clause: Clause) -> list[tuple[Any, Mask]]:
    """Each version of a clause's terms, with the rows that it rules."""
    everywhere = np.ones(len(working.rows), dtype=bool)
    return [(c, everywhere if ruled is None else ruled) for c, ruled in working.versions(clause.id)]


def _balanced_until(working: _Working, clause: Clause) -> int:
    """The last day through which a balance says what had accrued; before every day where there is none."""
    balance = working.balances.get(clause.id)
    return day_number(balance.as_of) if balance is not None and balance.amount else -NEVER


def _triggered(working: _Working, clause: Clause) -> Mask:
    """The row of a clause's own trigger."""
    rows = working.rows
    mine = [number for number, trigger in enumerate(rows.triggers) if trigger.clause == clause.id]
    return np.isin(rows.trigger, mine) if mine else np.zeros(len(rows), dtype=bool)


def _fixed(working: _Working, latest: FixedClause) -> _ByRow:
    """A fixed amount: on its day, or at the closings that bring it."""
    rows = working.rows
    opening, opening_on = working.opening(latest)
    accrued, acts = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    base = accrued.copy()
    quantity = accrued.copy()
    for clause, ruled in _ruled(working, latest):
        on = rows.has_lines if clause.lines is None else rows.tested(rows.measures.on(clause.lines))
        measure = clause.when.counting if isinstance(clause.when, Reaches) else "gross proceeds"
        quantity = np.where(ruled, clause.quantity, quantity)
        counts = on if isinstance(clause.when, Reaches) else ruled & on  # what a threshold counts runs on from before
        base = np.where(counts, working.measured(measure), base)
        acts |= ruled & on
    match latest.when:
        case "at first closing" | "at each closing":
            scope = rows.scope["closing"] if latest.when == "at each closing" else None
            start = 0 if scope is not None else opening_on or (1 if opening else 0)
            before, after = exact.column(base).within(scope, Ratio(start))
            accrued = quantity * ((after.num > 0).astype(np.int64) - (before.num > 0))
        case Reaches(reaches=threshold, counting=counting):
            least = money.units(threshold) if measure_counts(counting) else threshold
            before, after = exact.column(base).within(None, Ratio(least if opening else 0))
            accrued = quantity * ((after.num >= least).astype(np.int64) - (before.num >= least))
            acts = accrued != 0
        case _:
            base = np.zeros(len(rows), dtype=np.int64)
            done = rows.day <= _balanced_until(working, latest) if isinstance(latest.when, Every) else bool(opening)
            acts = _triggered(working, latest) & (quantity != 0) & ~np.asarray(done)
            accrued = np.where(acts, quantity, 0)
    return _ByRow(latest, opening, opening_on, base, accrued, opening, accrued, acts | (accrued != 0), [])


def _reimbursed(working: _Working, latest: Reimbursement) -> _ByRow:
    """Recorded expenses of the clause in the order of their dates, paid back up to the limits."""
    rows = working.rows
    opening, opening_on = working.opening(latest)
    of_clause = np.array([*(e.clause == latest.id for e in working.expenses), False], dtype=bool)[rows.expense]
    spent = np.zeros(len(rows), dtype=np.int64)
    spent[of_clause] = [working.expenses[e].amount for e in rows.expense[of_clause].tolist()]
    versions = _ruled(working, latest)
    simple = all(not c.limits and c.approved == "count as others" for c, _ in versions)
    if simple and len(versions) == 1 and bool(versions[0][1].all()):
        accrued = held_below(spent, [(latest.limit, None)], opening, rows.scope)
    else:
        clause_of = [next((c for c, ruled in versions if ruled[row]), None) for row in np.flatnonzero(of_clause)]
        mine = [working.expenses[e] for e in rows.expense[of_clause].tolist()]
        accrued = spent.copy()
        accrued[of_clause] = reimbursed(clause_of, mine, opening, working.measures.milestones)
    return _ByRow(latest, opening, opening_on, spent, spent, opening, accrued, of_clause, [])


def _to_minimum(working: _Working, latest: Minimum) -> _ByRow:
    """What is missing to a minimum of other clauses, for each closing or from the day of the test on."""
    rows = working.rows
    opening, opening_on = working.opening(latest)
    counted = np.zeros(len(rows), dtype=np.int64)
    least = counted.copy()
    for clause, ruled in _ruled(working, latest):
        own = sum((working.done[name].accrued for name in clause.of), np.zeros(len(rows), dtype=np.int64))
        counted = np.where(ruled, own, counted)
        least = np.where(ruled, clause.amount, least)
    if latest.tested == "each closing":
        in_closing = np.where(rows.closing >= 0, counted, 0)
        proceeds = np.where(least > 0, working.measured("gross proceeds"), 0)
        gross_before, gross = exact.column(proceeds).within(rows.scope["closing"])
        before, after = exact.column(in_closing).within(rows.scope["closing"])
        accrued = np.where(gross.num > 0, np.maximum(0, least - after.num), 0)
        accrued = accrued - np.where(gross_before.num > 0, np.maximum(0, least - before.num), 0)
        acts = rows.has_lines & (least > 0)
    else:
        openings = sum(working.opening(c)[0] for c in working.agreement.as_amended().clauses if c.id in latest.of)
        tested = _triggered(working, latest)
        earlier = bool((rows.day[tested] <= _balanced_until(working, latest)).any())
        since = (np.cumsum(tested) > 0) | np.array(earlier)
        missing = np.where(since, np.maximum(0, least - totals.running(counted, openings)), 0)
        accrued = totals.differences(missing, opening if earlier else 0)
        acts = tested | (accrued != 0)
    return _ByRow(latest, opening, opening_on, np.where(acts, counted, 0), accrued, opening, accrued, acts, [])


def _in_lieu(working: _Working, clause: SecuritiesInLieu) -> _ByRow:
    """Securities in place of cash: of its running total the part, in whole cents, over the price."""
    rows, cash = working.rows, working.done[clause.of]
    opening, opening_on = working.opening(clause)
    before, after = exact.column(cash.accrued).within(None, Ratio(cash.opening))
    part = after.times(clause.part).rounded("down") - before.times(clause.part).rounded("down")
    column = rows.measures.price(clause.deemed_price)
    cents = [price.ratio * 100 for price in column.prices]
    per_cent = [1 / each if each else Ratio(0) for each in cents]
    codes = np.zeros(len(rows), dtype=np.int32) if isinstance(clause.deemed_price, Price) else rows.coded(column.codes)
    scope = None if clause.rounding.over == "agreement" else rows.scope[clause.rounding.over]
    before, after = exact.by_code(part, codes, per_cent).within(scope)
    accrued = after.rounded(clause.rounding.mode) - before.rounded(clause.rounding.mode)
    taken = part
    if clause.fraction == "stays cash":
        worth_before, worth = exact.by_code(accrued, codes, cents).within(scope)
        whole_before, whole = exact.column(part).within(scope)
        taken = np.minimum(worth.rounded("half up"), whole.num)
        taken = taken - np.minimum(worth_before.rounded("half up"), whole_before.num)
    acts = cash.acts & ((part != 0) | (accrued != 0))
    return _ByRow(clause, opening, opening_on, part, accrued, opening, accrued, acts, [], in_lieu=taken)


def _limit_total(working: _Working, limit: TotalLimit) -> None:
    """Make clauses give way to a limit over several of them."""
    rows = working.rows
    members = [working.done[name] for name in limit.clauses if name in working.done]
    proceeds = working.measured(limit.of) if limit.of is not None else np.zeros(len(rows), dtype=np.int64)
    values = {value.clause: value.each.ratio * 100 for value in limit.values}
    columns = {each.clause.id: exact.column(each.accrued, values.get(each.clause.id, Ratio(1))) for each in members}
    openings = {each.clause.id: each.opening * values.get(each.clause.id, Ratio(1)) for each in members}
    before = max((each.opening_base for each in members if not base_counts(working.agreement, each.clause)), default=0)
    in_closing = rows.closing >= 0
    allowed = give_way(limit, columns, openings, proceeds, before, rows.scope["closing"], in_closing)
    for each in members:
        if each.clause.id in allowed:
            lowered = allowed[each.clause.id]
            if (lowered != each.accrued).any():
                each.gave_way = (*each.gave_way, limit.id)
            each.acts = each.acts | (lowered != 0)
            each.accrued = lowered


# ---- accruals --------------------------------------------------------------------------------------------------------


def _summed(working: _Working, found: _ByRow) -> Accrual:
    """The rows on which a clause acts, summed: an accrual for each closing and exercise price, or each other row."""
    rows, clause = working.rows, found.clause
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
    entry, first = grouped_as_they_come([*keys, own, price[acting]])
    count = len(first)

    def summed(amounts: Ints) -> Ints:
        return totals.summed(amounts[acting], entry, count)

    base, unlimited, accrued = summed(found.base), summed(found.unlimited), summed(found.accrued)
    at = acting[first]
    entry_of_row = np.full(len(rows), -1, dtype=np.int64)
    entry_of_row[acting] = entry
    entry_of_line = entry_of_row[rows.row_of_line]
    mine = entry_of_line >= 0
    rests_on_lines = bool(of_closing.any())
    paid_back = isinstance(clause, Reimbursement)
    spent = [working.expenses[e] if e >= 0 else None for e in rows.expense[at].tolist()] if paid_back else []
    return Accrual(
        clause=clause,
        opening=found.opening,
        opening_base=found.opening_base,
        base_counts=base_counts(working.agreement, clause),
        closing=rows.closing[at],
        rank=rows.rank[at],
        day=rows.day[at],
        stage=rows.stage[at],
        price=price[at],
        prices=column.prices,
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
    )


def _parts(found: _ByRow, acting: Ints, entry: Ints, count: int) -> tuple[tuple[str, Exact], ...]:
    """What each tier or list brought to each accrual, exactly; a plain rate tells that by itself."""
    if not isinstance(found.clause, AccruingClause) or found.clause.plain_rate is not None:
        return ()
    parts = []
    for part in found.parts:
        parts.append((part.label, Exact(totals.summed_wide(part.amount.num[acting], entry, count), part.amount.den)))
    return tuple(parts)


def _lieu_of(working: _Working, clause: SecuritiesInLieu) -> Ints:
    """The cash of each accrual of the clause replaced that is taken in securities."""
    source = working.done[clause.of]
    taken = working.done[clause.id].in_lieu
    assert taken is not None
    return _summed(working, _with_amounts(source, taken)).accrued


def _with_amounts(found: _ByRow, accrued: Ints) -> _ByRow:
    """The same clause on the same rows with other amounts."""
    return _ByRow(
        found.clause, 0, 0, found.base, found.unlimited, 0, accrued, found.acts, [], found.in_lieu, found.gave_way
    )


def _unpriced(working: _Working) -> Codes:
    """Lines on which a clause acts that names a price they do not have."""
    rows, measured = working.rows, working.measures
    missing = np.zeros(len(measured.lines), dtype=bool)
    for found in working.done.values():
        for price in _prices_of(found.clause):
            if not isinstance(price, Price):
                brings = (found.base != 0) | (found.accrued != 0)
                missing |= (measured.price(price).codes == NO_PRICE) & brings[rows.row_of_line]
    return measured.lines[missing]
