"""What a rate earns on the rows of a base: exact amounts, not yet rounded.

The argument. Let B be the running base and T(B) the whole compensation on it, a rational number. A row earns the
difference of T before and after it. For a flat rate T is a line; in marginal tiers a line with bends; with a rate on
the whole amount a line with jumps, and the row that crosses a threshold carries the true-up. Where the steps count one
thing and the rate acts on another (7,670,500 units at 6% of their price), each row's base is cut in the proportion of
what it counts.

Worked by hand: 6% on the first 7,670,500 units and 2.4% on the rest, units at 1.50: a closing of 7,500,000 units earns
675,000.00; one of 1,081,700 units covers 170,500 at 6% (15,345.00) and 911,200 at 2.4% (32,803.20).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from attrs import frozen

from feecalc import exact
from feecalc.clauses.bases import Measure, counts, measure_words
from feecalc.clauses.lines import Lines, lines_words
from feecalc.clauses.prices import PRICE_PAID
from feecalc.clauses.rates import (
    Alternative,
    Amount,
    ByLines,
    Each,
    GreaterOf,
    Leaf,
    LesserOf,
    PartOfPrice,
    Rate,
    Recorded,
    Tier,
    Tiers,
    rate_words,
    shown_amount,
)
from feecalc.exact import Exact
from feecalc.line_prices import part_of_price
from feecalc.money import Ratio, shown_rate, units
from feecalc.rows import Rows
from feecalc.totals import Ints, Mask, running, running_within


@frozen(eq=False)
class Acting:
    """What a clause acts on: its rows, those of its lines, its base on each, and where its running base began.

    `measured` gives any measure of the rows; `same` says whether a measure is the clause's own base.
    """

    rows: Rows
    on: Mask
    base: Ints
    opening: int
    measured: Callable[[Measure], Ints]
    same: Callable[[Measure], bool]

    def scope(self, over: str) -> Ints | None:
        return None if over == "agreement" else self.rows.scope[over]

    def counting(self, measure: Measure, lines: Lines | None = None) -> tuple[Ints, int, bool]:
        """A measure on the rows that count, its opening, and whether it is the base itself."""
        if lines is None and self.same(measure):
            return self.base, self.opening, True
        on = self.on if lines is None else self.rows.tested(self.rows.measures.on(lines))
        return np.where(on, self.measured(measure), 0), 0, False


@frozen(eq=False)
class Earned:
    """One part of what a clause earns: what it is, how much on each row, and how much before these records (None where
    the records do not say).
    """

    label: str
    amount: Exact
    opening: Ratio | None = Ratio(0)


def earned(rate: Rate, acting: Acting) -> list[Earned]:
    """The parts of what a rate earns: one, or one for each tier or list."""
    match rate:
        case Tiers():
            return _whole_amount(rate, acting) if rate.apply == "whole amount" else _marginal(rate, acting)
        case ByLines():
            return _by_lines(rate, acting)
        case GreaterOf():
            return [_compared(rate, rate.greater_of, acting, greatest=True)]
        case LesserOf():
            return [_compared(rate, rate.lesser_of, acting, greatest=False)]
        case Amount():
            return [Earned(rate_words(rate), _once(rate.amount, acting, "agreement"))]
        case Recorded():
            return _recorded(rate, acting)
    return [Earned(rate_words(rate), _leaf(rate, acting.base, acting), _leaf_opening(rate, acting))]


MOST_RATES_TOLD = 12


def _recorded(rate: Recorded, acting: Acting) -> list[Earned]:
    """What lines earn at the rates that they record: a part for each rate, where these are few."""
    rows = acting.rows
    codes, rates = rows.measures.rates(rate.recorded_in)
    opening = _leaf_opening(rate, acting)
    if len(rates) > MOST_RATES_TOLD:
        return [Earned(rate_words(rate), _leaf(rate, acting.base, acting), opening)]
    here = rows.coded(codes)
    return [
        Earned(f"{shown_rate(each)} as recorded", exact.column(np.where(here == code, acting.base, 0), each), opening)
        for code, each in enumerate(rates)
    ] or [Earned(rate_words(rate), exact.column(np.zeros(len(rows), dtype=np.int64)), opening)]


def _leaf(rate: Leaf, base: Ints, acting: Acting) -> Exact:
    """What a rate without steps earns on a base."""
    rows = acting.rows
    match rate:
        case Recorded():
            codes, rates = rows.measures.rates(rate.recorded_in)
            return exact.by_code(base, rows.coded(codes), rates)
        case Each(each=PartOfPrice() as part):
            column = rows.measures.price(PRICE_PAID) if part.of == PRICE_PAID else rows.measures.named_prices(part.of)
            return exact.by_code(base, rows.coded(column.codes), [part_of_price(part, p) for p in column.prices])
        case Each(each=price):
            assert not isinstance(price, PartOfPrice)
            return exact.column(base, price.ratio * 100)
    return exact.column(base, rate)


def _leaf_opening(rate: Leaf, acting: Acting) -> Ratio | None:
    """What had been earned on the opening base; only a rate that is the same for all lines can say."""
    if not acting.opening:
        return Ratio(0)
    if isinstance(rate, Ratio):
        return rate * acting.opening
    if isinstance(rate, Each) and not isinstance(rate.each, PartOfPrice):
        return rate.each.ratio * 100 * acting.opening
    return None


# ---- tiers -----------------------------------------------------------------------------------------------------------


def _ends(rate: Tiers) -> list[int]:
    """Where each tier but the last ends, in cents or in units of what is counted."""
    return [_held(tier.up_to, rate.counting) for tier in rate.tiers if tier.up_to is not None]


def _held(amount: int, measure: Measure) -> int:
    """An amount of the agreement file in cents, or in whole units where it is a count."""
    return units(amount) if counts(measure) else amount


def _marginal(rate: Tiers, acting: Acting) -> list[Earned]:
    """Each tier's part: the base in the proportion of what each row counts within the tier."""
    measure, opening, same = acting.counting(rate.counting, rate.lines)
    before, after = _running(measure, acting.scope(rate.over), opening)
    ends = _ends(rate)
    where = np.searchsorted(np.array(ends, dtype=np.int64), before, side="right")
    parts = []
    for place, tier in enumerate(rate.tiers):
        within = _clipped(after, ends, place) - _clipped(before, ends, place)
        if same:
            base = exact.column(within)
        else:
            still = np.where(measure == 0, np.where(where == place, acting.base, 0), 0)
            cut = exact.shared(np.where(measure == 0, 0, acting.base), within, measure)
            base = exact.summed([cut, exact.column(still)])
        start = _clip(opening, ends, place) if rate.over == "agreement" and same else 0
        parts.append(Earned(_tier_words(rate, tier, place), base.times(tier.rate), tier.rate * start))
    return parts


def _clip(amount: int, ends: Sequence[int], place: int) -> int:
    """How much of a running total lies in a tier; the first has no beginning, the last no end."""
    low = ends[place - 1] if place else None
    high = ends[place] if place < len(ends) else None
    amount = amount if high is None else min(amount, high)
    return amount if low is None else max(amount, low) - low


def _clipped(amounts: Ints, ends: Sequence[int], place: int) -> Ints:
    """`_clip` in columns."""
    result = amounts if place >= len(ends) else np.minimum(amounts, ends[place])
    return result if not place else np.maximum(result, ends[place - 1]) - ends[place - 1]


def _tier_words(rate: Tiers, tier: Tier, place: int) -> str:
    low = rate.tiers[place - 1].up_to if place else None
    start = f" above {shown_amount(low, rate.counting)}" if low is not None else ""
    end = f" up to {shown_amount(tier.up_to, rate.counting)}" if tier.up_to is not None else ""
    return f"{shown_rate(tier.rate)}{start}{end} of {measure_words(rate.counting)}"


def _whole_amount(rate: Tiers, acting: Acting) -> list[Earned]:
    """The rate reached on the whole running base; the row that crosses a threshold carries the true-up."""
    measure, opening, _ = acting.counting(rate.counting, rate.lines)
    scope = acting.scope(rate.over)
    base_before, base_after = _running(acting.base, scope, acting.opening)
    before, after = _running(measure, scope, opening)
    ends = np.array(_ends(rate), dtype=np.int64)
    side: Literal["left", "right"] = "right" if rate.at_threshold == "higher" else "left"
    rates = [tier.rate for tier in rate.tiers]

    def whole(base: Ints, measured: Ints) -> Exact:
        return exact.by_code(base, np.searchsorted(ends, measured, side=side).astype(np.int32), rates)

    start = rates[int(np.searchsorted(ends, opening, side=side))] * acting.opening if scope is None else Ratio(0)
    return [
        Earned(
            rate_words(rate).rstrip(","), exact.difference(whole(base_after, after), whole(base_before, before)), start
        )
    ]


# ---- rates by lines --------------------------------------------------------------------------------------------------


def _by_lines(rate: ByLines, acting: Acting) -> list[Earned]:
    """Each list's part at its own rate, up to its amount; the rest, and all other lines, at the other rate."""
    rows = acting.rows
    free = acting.on.copy()
    parts: list[Earned] = []
    rest: list[Exact] = []
    opening = Ratio(0) if not acting.opening else None
    for entry in rate.by:
        member = np.full(len(rows), -1, dtype=np.int64)
        for place, listed in enumerate(entry.members()):
            mine = free & rows.tested(rows.measures.on(listed.lines))
            member[mine] = place
            free &= ~mine
        listed_rows = member >= 0
        base = np.where(listed_rows, acting.base, 0)
        inside, whole, room = base, base, np.ones(len(rows), dtype=bool)
        if entry.up_to is not None:
            assert rate.counting is not None
            whole = np.where(listed_rows, acting.counting(rate.counting)[0], 0)
            inside, room = _used_up(rows, member, whole, _held(entry.up_to, rate.counting))
        uncounted = np.where(whole == 0, base, 0)  # what counts nothing has the list's rate while there is room
        for place, listed in enumerate(entry.members()):
            here = member == place
            cut = exact.shared(np.where(here, base, 0), np.where(here, inside, 0), np.where(here, whole, 0))
            cut = exact.summed([cut, exact.column(np.where(here & room, uncounted, 0))])
            amount = _of_leaf(listed.rate, np.where(here, base, 0), cut, acting)
            label = f"{rate_words(listed.rate)} on lines with {lines_words(listed.lines)}"
            parts.append(Earned(label, amount, opening))
        rest += [exact.shared(base, whole - inside, whole), exact.column(np.where(room, 0, uncounted))]
    others = exact.summed([*rest, exact.column(np.where(free, acting.base, 0))])
    whole_base = np.where(acting.on, acting.base, 0)
    label = f"{rate_words(rate.otherwise)} otherwise"
    parts.append(Earned(label, _of_leaf(rate.otherwise, whole_base, others, acting), opening))
    return parts


def _of_leaf(rate: Leaf, base: Ints, part: Exact, acting: Acting) -> Exact:
    """What a rate earns on a part of a base: on all of it, times the part."""
    if isinstance(rate, Ratio):
        return part.times(rate)
    if isinstance(rate, Each) and not isinstance(rate.each, PartOfPrice):
        return part.times(rate.each.ratio * 100)
    unit = _leaf(rate, np.where(base != 0, 1, 0).astype(np.int64), acting)
    return exact.multiplied(part, unit)


def _used_up(rows: Rows, member: Ints, measure: Ints, up_to: int) -> tuple[Ints, Mask]:
    """How much of each listed row lies within the amount, and whether there was room before it: rows by closing, within
    one in the order of the lists; what is taken back first and the other way.
    """
    listed = np.flatnonzero(member >= 0)
    step = np.where(rows.back, -1 - member, member)[listed]
    order = listed[np.lexsort(np.stack([listed, step, ~rows.back[listed], rows.rank[listed], rows.day[listed]]))]
    before, after = _running(measure[order], None, 0)
    inside = np.zeros(len(rows), dtype=np.int64)
    inside[order] = np.minimum(after, up_to) - np.minimum(before, up_to)
    room = np.ones(len(rows), dtype=bool)
    room[order] = before < up_to
    return inside, room


# ---- the greater and the lesser --------------------------------------------------------------------------------------


def _compared(rate: GreaterOf | LesserOf, ways: Sequence[Alternative], acting: Acting, greatest: bool) -> Earned:
    """The greatest, or the least, of the running totals of several ways."""
    scope = acting.scope(rate.over)
    befores, afters, openings = [], [], []
    for way in ways:
        if isinstance(way, Amount):
            parts = [Earned("", _once(way.amount, acting, rate.over), Ratio(way.amount if acting.opening > 0 else 0))]
        else:
            parts = earned(way, acting)
        opening = sum((part.opening or Ratio(0) for part in parts), Ratio(0)) if scope is None else Ratio(0)
        before, after = exact.summed([part.amount for part in parts]).within(scope, opening)
        befores.append(before)
        afters.append(after)
        openings.append(opening)
    amount = exact.difference(exact.extreme(afters, greatest), exact.extreme(befores, greatest))
    return Earned(rate_words(rate), amount, max(openings) if greatest else min(openings))


def _once(amount: int, acting: Acting, over: str) -> Exact:
    """An amount once the running base is more than nothing."""
    before, after = _running(acting.base, acting.scope(over), acting.opening if over == "agreement" else 0)
    return exact.column(amount * ((after > 0).astype(np.int64) - (before > 0)))


def _running(amounts: Ints, scope: Ints | None, opening: int) -> tuple[Ints, Ints]:
    if scope is not None:
        return running_within(amounts, scope)
    after = running(amounts, opening)
    return after - amounts, after
