"""Fees in cash: on a base, fixed, or what is missing to a minimum.

Worked by hand: 6.5% of 5,150,000.00 gross proceeds is 334,750.00; a further 1,050,000.00 brings 68,250.00 more. A fee
of 8% on 1,500,000.00 is 120,000.00, and 40,000.00 are missing to a minimum of 160,000.00.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from attrs import frozen

from feecalc.clauses.base import DUE_ONCE, SETTLED, SETTLED_DOC, AccruingClause, CashLimit, Clause, Due
from feecalc.clauses.bases import MEASURE, Measure, measure_words
from feecalc.clauses.lines import Lines
from feecalc.clauses.rates import ANY_RATE, Rate, shown_amount
from feecalc.clauses.times import OnDate, OnEvent, Period
from feecalc.shapes import AMOUNT, DATE, ID, MONEY, Choice, Either, ListOf, Part, Written, term

Settled = Literal["by payment", "deducted from proceeds"]


@frozen(kw_only=True)
class Percentage(AccruingClause):
    """A fee in cash at a rate of a base, such as a placement fee or an allowance that need not be accounted for."""

    rate: Rate = term(ANY_RATE, "the part of the base that is paid, such as 6.5%")
    limit: CashLimit | None = term(Part(CashLimit), "the most that the clause pays", default=None)
    settled: Settled = term(SETTLED, SETTLED_DOC, default="by payment")

    @property
    def earning(self) -> Rate:
        return self.rate


@frozen(kw_only=True)
class Reaches(Written):
    """Once a running total of the agreement's lines reaches an amount."""

    reaches: int = term(AMOUNT, "the amount, or the count")
    counting: Measure = term(MEASURE, "what is counted")


@frozen(kw_only=True)
class Every(Written):
    """Again and again: each month, quarter or year from a day on."""

    every: Literal["month", "quarter", "year"] = term(Choice(("month", "quarter", "year")), "how often")
    from_: date | Period | None = term(
        Either((), (DATE, Part(Period))), "the first day; left out, the first day of the term", default=None
    )
    through: date | Period | None = term(
        Either((), (DATE, Part(Period))), "the last day; left out, the last day of the term", default=None
    )

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "year": 12}[self.every]


AT_CLOSINGS = ("at first closing", "at each closing")
ONCE = ("at signing", "at final closing")
When: TypeAlias = str | OnDate | OnEvent | Reaches | Every
WHEN = Either((*ONCE, *AT_CLOSINGS), (Part(OnDate), Part(OnEvent), Part(Reaches), Part(Every)))
WHEN_DOC = "when it accrues: `at signing` is the first day of the term; a closing brings it if it brings gross proceeds"


def when_words(when: When) -> str:
    """`at signing`, `on 2002-03-01`, `once gross proceeds reach ...`."""
    match when:
        case OnDate():
            return f"on {when.on}"
        case Every():
            first, last = (day.in_words() if isinstance(day, Period) else day for day in (when.from_, when.through))
            return f"each {when.every} from {first or 'the first day of the term'}" + (
                f" through {last}" if last else ""
            )
        case OnEvent():
            return f'when the event "{when.event}" is recorded'
        case Reaches():
            return f"once {measure_words(when.counting)} reach {shown_amount(when.reaches, when.counting)}"
    return when


@frozen(kw_only=True)
class FixedClause(Clause):
    """What fixed amounts share: when they accrue."""

    when: When = term(WHEN, WHEN_DOC)
    lines: Lines | None = term(
        Part(Lines), "which lines bring it, where not all that the agreement is owed on", default=None
    )
    due: Due = term(DUE_ONCE, "when it is to be paid or delivered")

    @property
    def quantity(self) -> int:
        """Cents, or securities."""
        raise NotImplementedError


@frozen(kw_only=True)
class FixedFee(FixedClause):
    """A fixed amount of cash at signing, at closings, on a day, at an event, or once a threshold is reached."""

    amount: int = term(MONEY, "the amount")
    credited_against: tuple[str, ...] = term(
        ListOf(ID),
        "clauses against whose accruals what accrued here is credited, in that order, such as a retainer's",
        default=(),
    )
    settled: Settled = term(SETTLED, SETTLED_DOC, default="by payment")

    @property
    def quantity(self) -> int:
        return self.amount


TESTED = Either(("each closing", "at final closing", "at end of term"), (Part(OnDate), Part(OnEvent)))


@frozen(kw_only=True)
class Minimum(Clause):
    """What is missing to a minimum of other fees."""

    amount: int = term(MONEY, "the least that the fees named must come to")
    of: tuple[str, ...] = term(ListOf(ID, at_least=1), "the fees that count toward it")
    tested: str | OnDate | OnEvent = term(
        TESTED, "when it is tested: for each closing, or once; afterwards what still accrues lowers what was missing"
    )
    due: Due = term(DUE_ONCE, "when what is missing is to be paid")
    settled: Settled = term(SETTLED, SETTLED_DOC, default="by payment")

    @property
    def refers_to(self) -> tuple[str, ...]:
        return self.of


def tested_words(tested: str | OnDate | OnEvent) -> str:
    """When a minimum is tested."""
    return f"for {tested}" if tested == "each closing" else when_words(tested)
