"""What every clause says of itself, and the small terms that clauses share: rounding, limits, shares, readings.

An `AccruingClause` acts on closing lines: on which (`lines`), on what of them (`base`), at what rate (`earning`),
rounded how and on which running total. The rest, running totals, limits, shares and settlement, is the same for all
clauses and lives in `accrual`, `limits` and `settlement`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from attrs import frozen

from feecalc.clauses.bases import BASE, AccruedUnder, Base, BaseOf, counts
from feecalc.clauses.lines import Lines
from feecalc.clauses.prices import PriceTerm
from feecalc.clauses.rates import Rate, has_parts
from feecalc.clauses.times import Instalment, Period
from feecalc.money import ROUNDING_MODES, Ratio, RoundingMode
from feecalc.shapes import (
    AMOUNT,
    COUNT,
    ID,
    MONEY,
    NAME,
    SENTENCE,
    SHARE,
    Changes,
    Choice,
    Either,
    ListOf,
    Part,
    Written,
    term,
)

Expires: TypeAlias = str | date | Period
Scope = Literal["agreement", "closing", "investor", "line"]
LimitOver = Literal["agreement", "closing", "investor"]


@frozen(kw_only=True)
class Rounding(Written):
    """How a fraction of a cent or of a share is rounded, and on which running total."""

    mode: RoundingMode = term(Choice(ROUNDING_MODES), "which way a fraction goes; half up is away from zero")
    over: Scope = term(
        Choice(("agreement", "closing", "investor", "line")),
        "what is rounded: the running total of the agreement, each closing's, each investor's, or each line",
    )
    to: int | None = term(
        AMOUNT,
        "to what: money such as 1.00 for whole units, or a count; left out, one cent or one security",
        default=None,
    )
    parts: Literal["together", "each"] | None = term(
        Choice(("together", "each")),
        "whether tiers and lists are rounded each alone or all together; needed where the rate has several",
        default=None,
    )


@frozen(kw_only=True)
class Limit(Written):
    """What limits in cash and in warrants share."""

    over: LimitOver = term(
        Choice(("agreement", "closing", "investor")),
        "over the whole agreement, or afresh for each closing, or for each investor",
    )
    earlier: Literal["counts", "does not count"] = term(
        Choice(("counts", "does not count")),
        "whether what had accrued before these records (the balances table) uses up part of the limit",
        default="counts",
    )


@frozen(kw_only=True)
class CashLimit(Limit):
    """The most that a clause pays in cash."""

    amount: int = term(MONEY, "the most that is paid")


@frozen(kw_only=True)
class WarrantLimit(Limit):
    """The most warrants that a clause gives."""

    amount: int = term(COUNT, "the most warrants")


@frozen(kw_only=True)
class PayeeShare(Written):
    """One payee's part of a clause."""

    payee: str = term(NAME, "one of the agreement's payees")
    share: Ratio = term(SHARE, "the part this payee gets, such as 1/2; all shares add up to 1")


@frozen(kw_only=True)
class OtherReading(Written):
    """Another way to read the words, and the terms that would then stand in place of those chosen."""

    says: str = term(SENTENCE, "the other reading in a sentence")
    instead: object = term(Changes(), "the terms that this reading puts in place of those chosen")


@frozen(kw_only=True)
class Reading(Written):
    """A question that the contract's words leave open, the reading chosen, and the others."""

    question: str = term(SENTENCE, "what the words leave open")
    chosen: str = term(SENTENCE, "the reading that the terms of this file follow, in a sentence")
    others: tuple[OtherReading, ...] = term(
        ListOf(Part(OtherReading)), "the other readings, each with the terms it would put in place", default=()
    )


@frozen(kw_only=True)
class Clause(Written):
    """What all clauses state."""

    id: str = term(ID, "the clause's name within the agreement")
    section: str = term(SENTENCE, "where the source says it")
    says: str = term(SENTENCE, "what the source says, in one's own words")
    split: tuple[PayeeShare, ...] = term(
        ListOf(Part(PayeeShare), at_least=1), "who is paid which part; left out, all goes to the agent", default=()
    )
    odd_unit: str | None = term(
        NAME, "the payee who gets the cent or the warrant that does not divide; needed with a split", default=None
    )
    credit_reduces: Literal["first instalments", "all instalments"] | None = term(
        Choice(("first instalments", "all instalments")),
        "what is lowered where it is due in instalments and something paid ahead is credited against it; needed then",
        default=None,
    )
    readings: tuple[Reading, ...] = term(
        ListOf(Part(Reading)), "questions that the words leave open, and how they are read", default=()
    )

    @property
    def unit(self) -> str:
        """`cash`, or the form of the securities that the clause brings: warrants, shares or units."""
        return "cash"

    @property
    def counted(self) -> bool:
        """Whether the clause brings counts of securities; otherwise it brings money."""
        return self.unit != "cash"

    @property
    def strike(self) -> PriceTerm | None:
        """The exercise price of what the clause brings, if that has one."""
        return None

    @property
    def last_exercise(self) -> Expires | None:
        """The last day of exercise of what the clause brings, if that has one."""
        return None

    @property
    def limit(self) -> CashLimit | WarrantLimit | None:
        """The most that the clause brings, if it has a limit."""
        return None

    @property
    def refers_to(self) -> tuple[str, ...]:
        """The clauses whose accruals must be known before this one's."""
        return ()


Due: TypeAlias = str | Period | tuple[Instalment, ...]
SETTLED = Choice(("by payment", "deducted from proceeds"))
SETTLED_DOC = "whether it is paid, or deducted from the proceeds before these reach the company"


def due_shape(at_once: str) -> Either:
    """When something is due: at once, after a time, or in instalments."""
    return Either((at_once,), (Part(Period), ListOf(Part(Instalment), at_least=2)))


DUE = due_shape("at closing")
DUE_ONCE = due_shape("when it accrues")


@frozen(kw_only=True)
class AccruingClause(Clause):
    """What clauses that act on closing lines share."""

    base: Base = term(BASE, "what of the lines the clause acts on")
    lines: Lines | None = term(Part(Lines), "which lines, where not all that the agreement is owed on", default=None)
    rounding: Rounding = term(Part(Rounding), "how a fraction of a cent or of a security is rounded")
    due: Due = term(DUE, "when what accrues is to be paid or delivered")

    @property
    def earning(self) -> Rate:
        """At what rate the clause earns on its base, in units of the base (cents, or securities)."""
        raise NotImplementedError

    @property
    def refers_to(self) -> tuple[str, ...]:
        if isinstance(self.base, AccruedUnder):
            return self.base.accrued_under
        return self.base.less_clauses if isinstance(self.base, BaseOf) else ()

    @property
    def base_counts(self) -> bool:
        """Whether the base is a count; of what accrued under other clauses only the agreement can tell."""
        if isinstance(self.base, AccruedUnder):
            return False
        return counts(self.base.of[0]) if isinstance(self.base, BaseOf) else counts(self.base)

    @property
    def plain_rate(self) -> Ratio | None:
        """The one rate on a plain base of all lines, if the clause is as simple as that."""
        rate = self.earning
        if not isinstance(rate, Ratio) or not isinstance(self.base, str):
            return None
        return rate if self.lines is None and self.rounding.to is None else None

    @property
    def rounds_parts(self) -> bool:
        """Whether each tier or list is rounded alone."""
        return has_parts(self.earning) and self.rounding.parts == "each"
