"""When: periods after something that happens, and instalments.

A period counts from a day that the records tell: the closing itself, the first or the final closing, the signing, the
end of the term, or a recorded event. What has not happened gives no day. Worked by hand: 5 business days after
Wednesday 24 November 2021 is 2 December (the 25th is Thanksgiving Day).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Literal

from attrs import frozen

from feecalc import dates
from feecalc.money import Ratio
from feecalc.shapes import DATE, DAYS, NAME, SHARE, Choice, Either, Part, Written, term

From = Literal["closing", "first closing", "final closing", "signing", "end of term"]
FROM: tuple[From, ...] = ("closing", "first closing", "final closing", "signing", "end of term")
FallsOn = Literal["as it falls", "next business day", "previous business day"]


@frozen(kw_only=True)
class Period(Written):
    """A number of days, business days, months or years after something."""

    EXAMPLE: ClassVar[str] = "{days: 5, after: closing}"

    days: int | None = term(DAYS, "calendar days", default=None)
    business_days: int | None = term(
        DAYS, "business days: Monday to Friday without the federal holidays of the United States", default=None
    )
    months: int | None = term(DAYS, "months; where a month is too short, its last day", default=None)
    years: int | None = term(DAYS, "years", default=None)
    after: From | None = term(
        Choice(FROM),
        "from when they count: `closing` (the day on which the amount accrues), `first closing`, `final closing`, "
        "`signing` (the first day of the term), `end of term`",
        default=None,
    )
    after_event: str | None = term(NAME, "or the recorded event from which they count", default=None)
    falls_on: FallsOn = term(
        Choice(("as it falls", "next business day", "previous business day")),
        "where the day is not a business day",
        default="as it falls",
    )

    def from_day(self, start: date) -> date:
        """The day that many days, business days, months or years after `start`."""
        if self.business_days is not None:
            found = dates.business_days_after(start, self.business_days)
        elif self.days is not None:
            found = start + timedelta(self.days)
        else:
            found = dates.months_after(start, (self.months or 0) + 12 * (self.years or 0))
        if self.falls_on == "next business day":
            return dates.next_business_day(found)
        return dates.previous_business_day(found) if self.falls_on == "previous business day" else found

    def in_words(self) -> str:
        """`5 business days after each closing`."""
        amounts = (
            (self.years, "year"),
            (self.months, "month"),
            (self.business_days, "business day"),
            (self.days, "day"),
        )
        length = " and ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in amounts if n)
        start = {"closing": "each closing", "signing": "signing", "end of term": "the end of the term"}.get(
            self.after or "", f"the {self.after}"
        )
        start = f'the event "{self.after_event}"' if self.after_event else start
        words = f"{length} after {start}" if length else f"on the day of {start}"
        return words + ("" if self.falls_on == "as it falls" else f", or the {self.falls_on}")


@frozen(kw_only=True)
class Instalment(Written):
    """A part of what accrues, and when it is due."""

    part: Ratio = term(SHARE, "the part, such as 1/2; all parts add up to 1")
    when: str | Period = term(
        Either(("at closing", "when it accrues", "when recorded"), (Part(Period),)),
        "when it is due: at once, as the clause says it, or later",
    )
    unless_by: date | None = term(
        DATE,
        "the last day for what it waits for; if that has not happened by then, the part lapses",
        default=None,
    )


@frozen(kw_only=True)
class OnDate(Written):
    """On a day."""

    on: date = term(DATE, "the day")


@frozen(kw_only=True)
class OnEvent(Written):
    """When something recorded in the table `events` happens."""

    event: str = term(NAME, "the event, as the records name it")
