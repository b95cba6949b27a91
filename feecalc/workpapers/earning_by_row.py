"""What a clause earns where its rate depends on the row: each row's own earnings first, then their running total.

The rate depends on the row where lines record it or stand on lists, where steps count one thing and the rate acts on
another, where prices turn money into counts, and where several ways to pay are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from feecalc.clauses import RateOfSecurities
from feecalc.clauses.prices import PRICE_PAID
from feecalc.clauses.rates import (
    Alternative,
    Amount,
    ByLines,
    Each,
    GreaterOf,
    Leaf,
    LesserOf,
    Listed,
    OwnRate,
    PartOfPrice,
    Rate,
    Recorded,
    Tiers,
    rate_words,
)
from feecalc.line_prices import PriceColumn, part_of_price
from feecalc.money import Price, Ratio
from feecalc.workpapers.earning import Earning
from feecalc.workpapers.formulas import (
    NOTHING,
    Compared,
    Formula,
    NotLive,
    PaperColumn,
    Reached,
    Rounded,
    Same,
    Stepped,
    added,
    least,
    minus,
    most,
    over,
    plus,
    ratios,
    times,
    whole,
)


def earned_by_row(of: Earning, base: PaperColumn, opening: Ratio, opening_on: Ratio) -> PaperColumn:
    """What each row earns, unrounded, and what the rounded running total brings. `opening` is what the clause had
    brought before these records, `opening_on` the base of that.
    """
    groups = [[_priced(of, earned) for earned in part] for part in _parts(of, of.clause.earning, base, opening_on)]
    if not of.clause.rounds_parts:
        groups = [[earned for part in groups for earned in part]]
    brought = []
    for number, group in enumerate(groups, start=1):
        told = f" {number}" if len(groups) > 1 else ""
        unrounded = of.column(f"Earned{told}, unrounded", "number", Rounded(added(group), of.decimals))
        start = opening if opening_on and len(groups) == 1 else Ratio(0)
        before, after = of.ends(unrounded, start, f"Unrounded{told}")
        ends = [
            Same(of.column(f"Earned {words}{told}", of.pays, of.rounded(each, f"{words}{told}")))
            for each, words in ((after, of.so_far(of.clause.rounding.over)), (before, "before"))
            if each is not NOTHING
        ]
        brought.append(of.brought(f"Earned{told}", ends, total=len(groups) == 1))
    if len(brought) == 1:
        return brought[0]
    return of.column("Earned", of.pays, added([Same(each) for each in brought]), total=True)


def unrounded_by_row(of: Earning, base: PaperColumn) -> PaperColumn:
    """What each row earns, unrounded, where nothing had accrued before these records."""
    parts = _parts(of, of.clause.earning, base, Ratio(0))
    figure = added([_priced(of, earned) for part in parts for earned in part])
    return of.column("Earned, unrounded", "number", Rounded(figure, of.decimals))


def _priced(of: Earning, earned: Formula) -> Formula:
    """What a row earns in securities: times the coverage, over the row's own price."""
    clause = of.clause
    if not isinstance(clause, RateOfSecurities):
        return earned
    if clause.coverage != 1:
        earned = times(earned, of.term("coverage", "rate", clause.coverage))
    if isinstance(clause.over_price, Price):
        return over(earned, of.term("over the price", "price", clause.over_price.ratio))
    if clause.over_price is None:
        return earned
    column = of.lines.rows.measures.price(clause.over_price)
    return over(earned, Same(_by_code(of, "Over the price", column, [price.ratio for price in column.prices])))


def _by_code(of: Earning, header: str, column: PriceColumn, values: Sequence[Ratio]) -> PaperColumn:
    codes = of.lines.rows.coded(column.codes)
    return of.given(header, "price", ratios([values[code] if code >= 0 else Ratio(0) for code in codes.tolist()]))


def _parts(of: Earning, rate: Rate, base: PaperColumn, opening_on: Ratio) -> Iterator[list[Formula]]:
    """What a row earns under each part of a rate."""
    match rate:
        case ByLines():
            yield from _listed(of, rate, base)
        case Tiers():
            yield from _steps(of, rate, base, opening_on)
        case GreaterOf(greater_of=ways):
            yield [_compared(of, rate, ways, base, opening_on)]
        case LesserOf(lesser_of=ways):
            yield [_compared(of, rate, ways, base, opening_on)]
        case Amount():
            raise NotLive(f"its rate: {rate_words(rate).rstrip(',')}")
        case _:
            yield [_leaf(of, rate, Same(base), "rate")]


def _leaf(of: Earning, rate: Leaf, figure: Formula, words: str) -> Formula:
    """What a rate without steps earns on a figure."""
    match rate:
        case Each(each=PartOfPrice() as part):
            return times(figure, Same(_fee_for_each(of, part)))
        case Each(each=Price() as price):
            return times(figure, of.term(words, "price", price.ratio))
        case Recorded():
            return times(figure, Same(_recorded_rate(of, rate)))
    assert isinstance(rate, Ratio)
    return times(figure, of.term(words, "rate", rate))


def _fee_for_each(of: Earning, part: PartOfPrice) -> PaperColumn:
    measures = of.lines.rows.measures
    column = measures.price(PRICE_PAID) if part.of == PRICE_PAID else measures.named_prices(part.of)
    return _by_code(of, "Fee for each", column, [part_of_price(part, price) * Ratio(1, 100) for price in column.prices])


def _recorded_rate(of: Earning, rate: Recorded) -> PaperColumn:
    codes, known = of.lines.rows.measures.rates(rate.recorded_in)
    of_row = of.lines.rows.coded(codes).tolist()
    return of.given("Rate, as recorded", "rate", ratios([known[c] if c >= 0 else Ratio(0) for c in of_row]))


# ---- lists of lines --------------------------------------------------------------------------------------------------


def _listed(of: Earning, rate: ByLines, base: PaperColumn) -> Iterator[list[Formula]]:
    """Each list's lines at their own rate, up to its amount; the rest of them, and all others, at the other one."""
    rows = of.lines.rows
    free = np.ones(len(rows), dtype=bool)
    rest: list[Formula] = []
    number = 0
    for entry in rate.by:
        for member in entry.members():
            number += 1
            mine = free & rows.tested(rows.measures.on(member.lines))
            free &= ~mine
            flag = of.given(f"On list {number}", "count", whole(mine.astype(np.int64)))
            figure: Formula = times(Same(base), Same(flag))
            if entry.up_to is not None:
                figure = Same(_inside(of, rate, entry, member, base, flag, number))
                rest.append(minus(times(Same(base), Same(flag)), figure))
            yield [_leaf(of, member.rate, figure, f"list {number}: rate")]
    others = of.given("On no list", "count", whole(free.astype(np.int64)))
    figure = added([times(Same(base), Same(others)), *rest])
    yield [_leaf(of, rate.otherwise, Same(of.column("Base otherwise", of.base_kind, figure)), "otherwise: rate")]


def _inside(
    of: Earning, rate: ByLines, entry: OwnRate, member: Listed, base: PaperColumn, flag: PaperColumn, number: int
) -> PaperColumn:
    """What of a list's base lies within the amount up to which its own rate holds."""
    if len(entry.members()) > 1:
        raise NotLive("several lists use up one amount")
    assert rate.counting is not None and entry.up_to is not None
    same = rate.counting == of.clause.base
    measured = base if same else of.lines.measure(rate.counting)
    counted = of.column(f"List {number}, counted", measured.kind, times(Same(measured), Same(flag)))
    before, after = of.ends(counted, Ratio(0), f"List {number}", "agreement")
    up_to = of.term(f"list {number}: up to", counted.kind, Ratio(entry.up_to, 100))
    inside = minus(least(after, up_to), least(before, up_to))
    if same:
        return of.column(f"List {number}, within its amount", of.base_kind, inside)
    if ((counted.values.num == 0) & (base.values.num * flag.values.num != 0)).any():
        raise NotLive("lines of its list count nothing")
    part = over(times(Same(base), inside), Same(counted))
    kept = times(Rounded(part, of.decimals), Same(flag))
    del member
    return of.column(f"List {number}, within its amount", "number", kept)


# ---- steps that count otherwise --------------------------------------------------------------------------------------


def _steps(of: Earning, rate: Tiers, base: PaperColumn, opening_on: Ratio) -> Iterator[list[Formula]]:
    """Steps in another scope than is rounded, of another measure, or of other lines."""
    if rate.counting == of.clause.base and rate.lines is None:
        before, after = of.ends(base, opening_on, "Base for the steps", rate.over)
        for function in of.tiers(rate):
            yield [minus(function(after), function(before))]
        return
    counted = of.lines.measure(rate.counting)
    acts = of.lines.acting(rate.lines if rate.lines is not None else of.clause.lines)
    if acts is not None:
        counted = of.column("Counted", counted.kind, times(Same(counted), Same(acts)))
    before, after = of.ends(counted, Ratio(0), "Counted", rate.over)
    ends = [Ratio(tier.up_to, 100) for tier in rate.tiers if tier.up_to is not None]
    words = [f"step {number}" for number in range(1, len(rate.tiers) + 1)]
    ids = (of.lines.agreement.id, of.clause.id)
    lows = of.lines.terms.run(*ids, [f"{each} begins at" for each in words], counted.kind, [Ratio(0), *ends])
    cells = of.lines.terms.run(*ids, [f"{each}: rate" for each in words], "rate", [tier.rate for tier in rate.tiers])
    if rate.apply == "whole amount":
        strictly = rate.at_threshold == "lower"
        base_before, base_after = of.ends(base, opening_on, "Base for the rate", rate.over)
        reached = [Reached(each, lows, cells, strictly) for each in (after, before)]
        yield [minus(times(base_after, reached[0]), times(base_before, reached[1]))]
        return
    if of.clause.rounds_parts:
        raise NotLive("each of its steps is rounded alone, and they count otherwise than it pays")
    if ((counted.values.num == 0) & (base.values.num != 0)).any():
        raise NotLive("its steps count otherwise than it pays, and some of its lines count nothing")
    changes = of.lines.terms.changes(*ids, words, cells)
    steps = minus(Stepped(after, lows, changes), Stepped(before, lows, changes))
    blend = of.column("Rate x counted", "number", steps)
    none = Compared("=", Same(counted), NOTHING)
    yield [over(times(Same(base), Same(blend)), plus(Same(counted), none))]


# ---- several ways ----------------------------------------------------------------------------------------------------


def _compared(
    of: Earning, rate: GreaterOf | LesserOf, ways: Sequence[Alternative], base: PaperColumn, opening_on: Ratio
) -> Formula:
    """The greater, or the lesser, of ways whose running totals are compared over the agreement or each closing."""
    befores: list[Formula] = []
    afters: list[Formula] = []
    ends = of.ends(base, opening_on, "Base to compare", rate.over)
    for number, way in enumerate(ways, start=1):
        if isinstance(way, Amount) or of.follows_base(way, rate.over):
            function = of.one(way)
            befores.append(function(ends[0]))
            afters.append(function(ends[1]))
            continue
        if opening_on:
            raise NotLive("what one of its ways had come to before these records is not known")
        parts = [earned for part in _parts(of, way, base, opening_on) for earned in part]
        unrounded = of.column(f"Way {number}, unrounded", "number", Rounded(added(parts), of.decimals))
        before, after = of.ends(unrounded, Ratio(0), f"Way {number}", rate.over)
        befores.append(before)
        afters.append(after)
    extreme = most if isinstance(rate, GreaterOf) else least
    return minus(extreme(*afters), extreme(*befores))
