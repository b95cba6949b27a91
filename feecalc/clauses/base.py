"""What every clause says of itself, and the small terms that clauses share: rounding, limits, shares, readings.

An `AccruingClause` answers one question, `owed(base)`: the total owed once the running base within its
rounding scope is `base` (E of the design). Everything else, running totals, limits, shares and settlement, is the same
for all of them and lives in `accrual` and `settlement`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from attrs import frozen

from feecalc.money import ROUNDING_MODES, Ratio, RoundingMode
from feecalc.shapes import (
    COUNT,
    ID,
    MONEY,
    NAME,
    NUMBER,
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
from feecalc.totals import Ints

Scope = Literal["agreement", "closing", "investor", "line"]
Over = Literal["agreement", "closing"]
Unit = Literal["cash", "warrants"]
Base = Literal["gross proceeds", "cash proceeds"]

BASE = Choice(("gross proceeds", "cash proceeds"))


@frozen(kw_only=True)
class Rounding(Written):
    """How a fraction of a cent or of a share is rounded, and on which running total."""

    mode: RoundingMode = term(Choice(ROUNDING_MODES), "which way a fraction goes; half up is away from zero")
    over: Scope = term(
        Choice(("agreement", "closing", "investor", "line")),
        "what is rounded: the running total of the agreement, each closing's, each investor's, or each line",
    )


@frozen(kw_only=True)
class DaysAfter(Written):
    """Payable a number of calendar days after the closing."""

    days: int = term(NUMBER, "calendar days")
    after: Literal["closing"] = term(Choice(("closing",)), "from when the days count")


@frozen(kw_only=True)
class Limit(Written):
    """What limits in cash and in warrants share."""

    over: Over = term(Choice(("agreement", "closing")), "over the whole agreement, or afresh for each closing")
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

    unit: ClassVar[Unit] = "cash"

    id: str = term(ID, "the clause's name within the agreement")
    section: str = term(SENTENCE, "where the source says it")
    says: str = term(SENTENCE, "what the source says, in one's own words")
    split: tuple[PayeeShare, ...] = term(
        ListOf(Part(PayeeShare), at_least=1), "who is paid which part; left out, all goes to the agent", default=()
    )
    odd_unit: str | None = term(
        NAME, "the payee who gets the cent or the warrant that does not divide; needed with a split", default=None
    )
    readings: tuple[Reading, ...] = term(
        ListOf(Part(Reading)), "questions that the words leave open, and how they are read", default=()
    )

    @property
    def limit(self) -> CashLimit | WarrantLimit | None:
        """The most that the clause brings, if it has a limit."""
        return None


DUE = Either(("at closing",), Part(DaysAfter))


@frozen(kw_only=True)
class AccruingClause(Clause):
    """What clauses that accrue on a base share; `owed` is all the arithmetic that is a kind's own."""

    base: Base = term(BASE, "the proceeds that the clause acts on")
    rounding: Rounding = term(Part(Rounding), "how a fraction of a cent or of a warrant is rounded")
    due: str | DaysAfter = term(DUE, "when what accrues is to be paid or delivered")

    def owed(self, base: Ints) -> Ints:
        """Cents or warrants owed once the running base within the rounding scope is `base` cents, before any limit."""
        raise NotImplementedError

    @property
    def days_to_pay(self) -> int:
        """Calendar days from accrual to payment."""
        return self.due.days if isinstance(self.due, DaysAfter) else 0
