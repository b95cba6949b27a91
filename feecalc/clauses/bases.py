"""What a clause acts on: a measure of its lines, several added up, less named deductions; or what accrued elsewhere.

Worked by hand: 1,825,937 shares at 1.00 and 3,174,063 pre-funded warrants at 0.99 with 0.01 of their strike prepaid
are 4,968,259.37 of gross proceeds, and 5,000,000.00 with the strike added.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from attrs import frozen

from feecalc.money import ROUNDING_MODES, RoundingMode, shown_money
from feecalc.shapes import ID, MONEY, NAME, Choice, Either, ListOf, Part, Written, term

MEASURES = ("gross proceeds", "cash proceeds", "securities sold", "as-converted shares", "investor warrants")
COLUMN_OF = {"as-converted shares": "as_converted", "investor warrants": "investor_warrants"}


@frozen(kw_only=True)
class MoneyIn(Written):
    """Money in a column of closings."""

    money_in: str = term(NAME, "a column of the closings that holds money; an empty cell is nothing")


@frozen(kw_only=True)
class CountIn(Written):
    """A count in a column of closings."""

    count_in: str = term(NAME, "a column of the closings that holds counts; an empty cell is nothing")


Measure: TypeAlias = str | MoneyIn | CountIn
MEASURE = Either(MEASURES, (Part(MoneyIn), Part(CountIn)))


def counts(measure: Measure) -> bool:
    """Whether a measure counts securities; otherwise it is money."""
    if isinstance(measure, str):
        return not measure.endswith("proceeds")
    return isinstance(measure, CountIn)


def measure_words(measure: Measure) -> str:
    """`gross proceeds`, or the column."""
    if isinstance(measure, MoneyIn):
        return f"the money in `{measure.money_in}`"
    return f"the count in `{measure.count_in}`" if isinstance(measure, CountIn) else measure


@frozen(kw_only=True)
class BaseRounding(Written):
    """The figure that a rate acts on, stated in round amounts."""

    to: int = term(MONEY, "the round amount, such as 10,000.00")
    mode: RoundingMode = term(Choice(ROUNDING_MODES), "which way the rest goes")


@frozen(kw_only=True)
class BaseOf(Written):
    """Measures added up, with additions and deductions."""

    EXAMPLE: ClassVar[str] = "{of: [gross proceeds], less: [legal_costs]}"

    of: tuple[Measure, ...] = term(ListOf(MEASURE, at_least=1), "what is added up: all money, or all counts")
    prefunded_strike: Literal["added", "not added"] = term(
        Choice(("added", "not added")),
        "whether the exercise price of pre-funded warrants (column prefunded_strike) is added to what was paid",
        default="not added",
    )
    less: tuple[str, ...] = term(ListOf(NAME), "columns of the closings with money that is deducted", default=())
    less_clauses: tuple[str, ...] = term(ListOf(ID), "clauses whose accruals are deducted", default=())
    rounded: BaseRounding | None = term(
        Part(BaseRounding), "the base of each rounding scope is first taken to a round amount", default=None
    )


@frozen(kw_only=True)
class AccruedUnder(Written):
    """What accrues under other clauses, as for a sales tax, an override, or warrants within units."""

    accrued_under: tuple[str, ...] = term(ListOf(ID, at_least=1), "the clauses")


Base: TypeAlias = Measure | BaseOf | AccruedUnder
BASE = Either(MEASURES, (Part(MoneyIn), Part(CountIn), Part(BaseOf), Part(AccruedUnder)))


def base_words(base: Base) -> str:
    """The base as a noun, for sentences."""
    if isinstance(base, AccruedUnder):
        return "what accrued under " + " and ".join(base.accrued_under)
    if not isinstance(base, BaseOf):
        return measure_words(base)
    words = " and ".join(measure_words(measure) for measure in base.of)
    if base.prefunded_strike == "added":
        words += " with the pre-funded strike"
    less = [*(f"`{name}`" for name in base.less), *base.less_clauses]
    words += f" less {' and '.join(less)}" if less else ""
    return words + (f" taken {base.rounded.mode} to {shown_money(base.rounded.to)}" if base.rounded else "")
