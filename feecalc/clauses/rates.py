"""At what rate a base is paid: flat, an amount for each security, as recorded, in tiers, by lines, the greater of.

What each earns on rows of a base stands in `earnings`. Worked by hand, Lehman on 10,000,000.00: 5% of the first
million, 4, 3 and 2% of the next ones and 1% of 6,000,000.00 are 50,000 + 40,000 + 30,000 + 20,000 + 60,000 =
200,000.00.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

from feecalc.clauses.bases import MEASURE, Measure, counts, measure_words
from feecalc.clauses.lines import Lines, lines_words
from feecalc.money import ROUNDING_MODES, Price, Ratio, RoundingMode, shown_count, shown_money, shown_rate, units
from feecalc.shapes import (
    AMOUNT,
    DECIMALS,
    MONEY,
    NAME,
    PRICE,
    RATE,
    RATE_OR_ZERO,
    Choice,
    Either,
    ListOf,
    Part,
    Written,
    term,
)

Over = Literal["agreement", "closing"]
OVER = Choice(("agreement", "closing"))


@frozen(kw_only=True)
class PartOfPrice(Written):
    """A fee for each security that is a part of its price, rounded first."""

    rate: Ratio = term(RATE, "the part of the price")
    of: str = term(NAME, "`price paid`, or a column of the closings that holds a price")
    decimals: int = term(DECIMALS, "the decimals of the fee for one security")
    mode: RoundingMode = term(Choice(ROUNDING_MODES), "how it is rounded to them")


@frozen(kw_only=True)
class Each(Written):
    """An amount of money for each security."""

    each: Price | PartOfPrice = term(
        Either((), (PRICE, Part(PartOfPrice))), "the fee for one security, or the part of its price, rounded first"
    )


@frozen(kw_only=True)
class Recorded(Written):
    """The rate that the records state for each line, below a ceiling."""

    recorded_in: str = term(NAME, "the column of the closings that holds the rate, such as fee_rate")
    at_most: Ratio = term(RATE, "the ceiling of the agreement")


Leaf: TypeAlias = Ratio | Each | Recorded
LEAF = Either((), (RATE_OR_ZERO, Part(Each), Part(Recorded)))


@frozen(kw_only=True)
class Tier(Written):
    """One step of a schedule."""

    from_: int | None = term(AMOUNT, "where it begins: where the tier before ends", default=None)
    up_to: int | None = term(AMOUNT, "where it ends; the last tier has no end", default=None)
    rate: Ratio = term(RATE_OR_ZERO, "its rate")


@frozen(kw_only=True)
class Tiers(Written):
    """Rates that depend on how much was raised or sold."""

    tiers: tuple[Tier, ...] = term(ListOf(Part(Tier), at_least=2), "the steps, from the lowest")
    apply: Literal["marginal", "whole amount"] = term(
        Choice(("marginal", "whole amount")),
        "each rate on its own step alone, or the rate reached on the whole amount, earlier closings trued up",
    )
    counting: Measure = term(MEASURE, "what the steps count: money or securities")
    over: Over = term(OVER, "whether they fill across closings (`agreement`), or afresh for each closing")
    at_threshold: Literal["lower", "higher"] | None = term(
        Choice(("lower", "higher")),
        "which rate holds exactly at the end of a step; needed with `whole amount`",
        default=None,
    )
    lines: Lines | None = term(
        Part(Lines), "the lines that count toward the steps, where they are not the clause's own", default=None
    )


@frozen(kw_only=True)
class Listed(Written):
    """Lines that have a rate of their own."""

    lines: Lines = term(Part(Lines), "which lines")
    rate: Leaf = term(LEAF, "their rate")


@frozen(kw_only=True)
class OwnRate(Written):
    """Lines, or several lists of lines, that have rates of their own up to an amount."""

    lines: Lines | None = term(Part(Lines), "which lines", default=None)
    rate: Leaf | None = term(LEAF, "their rate", default=None)
    lists: tuple[Listed, ...] = term(
        ListOf(Part(Listed)),
        "or several lists, each with its rate, in the order in which they use up a common amount",
        default=(),
    )
    up_to: int | None = term(
        AMOUNT,
        "how much of them has this rate, over the whole agreement; the rest is paid as `otherwise` says",
        default=None,
    )

    def members(self) -> tuple[Listed, ...]:
        """The lists of this entry: several, or the one that it is itself; none where it states neither."""
        if self.lists or self.lines is None or self.rate is None:
            return self.lists
        return (Listed(lines=self.lines, rate=self.rate, places=self.places),)


@frozen(kw_only=True)
class ByLines(Written):
    """Rates that depend on the line: its security, its offering, its investor's class or list."""

    by: tuple[OwnRate, ...] = term(ListOf(Part(OwnRate), at_least=1), "the first that fits a line holds for it")
    otherwise: Leaf = term(LEAF, "the rate of all other lines")
    counting: Measure | None = term(MEASURE, "what `up_to` counts; needed with it", default=None)


@frozen(kw_only=True)
class Amount(Written):
    """A fixed amount, to be compared with a rate."""

    amount: int = term(MONEY, "the amount, once there are proceeds")


Alternative: TypeAlias = Leaf | Tiers | ByLines | Amount
ALTERNATIVES = ListOf(
    Either((), (RATE, Part(Each), Part(Recorded), Part(Tiers), Part(ByLines), Part(Amount))), at_least=2
)


@frozen(kw_only=True)
class GreaterOf(Written):
    """The greatest of several ways to pay."""

    greater_of: tuple[Alternative, ...] = term(ALTERNATIVES, "the ways")
    over: Over = term(OVER, "compared over the whole agreement, or for each closing")


@frozen(kw_only=True)
class LesserOf(Written):
    """The least of several ways to pay."""

    lesser_of: tuple[Alternative, ...] = term(ALTERNATIVES, "the ways")
    over: Over = term(OVER, "compared over the whole agreement, or for each closing")


Rate: TypeAlias = Alternative | GreaterOf | LesserOf
ANY_RATE = Either(
    (),
    (RATE, Part(Each), Part(Recorded), Part(Tiers), Part(ByLines), Part(GreaterOf), Part(LesserOf)),
)


def leaves(rate: Rate) -> list[Leaf | Tiers | Amount]:
    """Everything that a rate is made of."""
    match rate:
        case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
            return [leaf for way in ways for leaf in leaves(way)]
        case ByLines():
            return [*(member.rate for entry in rate.by for member in entry.members()), rate.otherwise]
    return [rate]


def line_tests(rate: Rate) -> list[Lines]:
    """Every choice of lines within a rate."""
    match rate:
        case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
            return [lines for way in ways for lines in line_tests(way)]
        case ByLines():
            return [member.lines for entry in rate.by for member in entry.members()]
        case Tiers(lines=lines) if lines is not None:
            return [lines]
    return []


def measures(rate: Rate) -> list[Measure]:
    """Every measure that a rate counts by."""
    match rate:
        case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
            return [measure for way in ways for measure in measures(way)]
        case ByLines(counting=counting) if counting is not None:
            return [counting]
        case Tiers():
            return [rate.counting]
    return []


def has_parts(rate: Rate) -> bool:
    """Whether a rate has several parts, so that it matters if each is rounded or all together."""
    return isinstance(rate, ByLines) or (isinstance(rate, Tiers) and rate.apply == "marginal")


def shown_amount(amount: int, measure: Measure) -> str:
    """An amount of a measure; counts are held as count x 100."""
    return shown_count(units(amount)) if counts(measure) else shown_money(amount)


def rate_words(rate: Rate) -> str:
    """The rate in words."""
    match rate:
        case Ratio():
            return shown_rate(rate)
        case Each(each=PartOfPrice() as part):
            price = "the price paid" if part.of == "price paid" else f"`{part.of}`"
            rounded = f"rounded {part.mode} to {part.decimals} decimals"
            return f"{shown_rate(part.rate)} of {price}, {rounded} for each security,"
        case Each(each=price):
            return f"{price} for each"
        case Recorded():
            return f"the rate recorded in `{rate.recorded_in}`, at most {shown_rate(rate.at_most)},"
        case Amount():
            return f"the amount of {shown_money(rate.amount)},"
        case Tiers():
            return _tiers_words(rate)
        case ByLines():
            return _by_words(rate)
        case GreaterOf():
            return f"the greater, for {_over_words(rate.over)}, of " + " and ".join(map(rate_words, rate.greater_of))
        case LesserOf():
            return f"the lesser, for {_over_words(rate.over)}, of " + " and ".join(map(rate_words, rate.lesser_of))


def _over_words(over: Over) -> str:
    return "each closing" if over == "closing" else "the whole agreement"


def _tiers_words(rate: Tiers) -> str:
    steps = []
    for tier in rate.tiers:
        end = f"up to {shown_amount(tier.up_to, rate.counting)}" if tier.up_to is not None else "beyond"
        steps.append(f"{shown_rate(tier.rate)} {end}")
    kind = (
        "each on its own step"
        if rate.apply == "marginal"
        else f"on the whole amount (at a threshold the {rate.at_threshold})"
    )
    where = f" (of lines: {lines_words(rate.lines)})" if rate.lines is not None else ""
    return (
        f"{', '.join(steps)} of {measure_words(rate.counting)}{where}, {kind}, counted over {_over_words(rate.over)},"
    )


def _by_words(rate: ByLines) -> str:
    entries = []
    for entry in rate.by:
        words = ", then ".join(f"{rate_words(m.rate)} on lines with {lines_words(m.lines)}" for m in entry.members())
        if entry.up_to is not None and rate.counting is not None:
            words += f" up to {shown_amount(entry.up_to, rate.counting)} of {measure_words(rate.counting)}"
        entries.append(words)
    return "; ".join(entries) + f"; otherwise {rate_words(rate.otherwise)}"
