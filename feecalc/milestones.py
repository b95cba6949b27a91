"""The days from which an agreement's periods count: signing, first and final closing, end of the term, recorded events.

What has not happened by the day of the ledger is not known, and a period after it gives no day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from attrs import field, frozen

from feecalc.agreement import Agreement
from feecalc.clauses import Period
from feecalc.dates import NEVER, day_number
from feecalc.names import name_key
from feecalc.records import Event

FIRST_CLOSING, FINAL_CLOSING = "first closing", "final closing"


@frozen
class Milestones:
    """What has happened under one agreement. `events` holds the first day of each recorded event, by its name's key."""

    signing: date
    end_of_term: date | None
    first_closing: date | None
    final_closing: date | None
    final_closing_id: str
    events: dict[str, date] = field(factory=dict)

    def start(self, period: Period, accrued: date | None) -> date | None:
        """The day from which a period counts, if it has come."""
        if period.after_event is not None:
            return self.events.get(name_key(period.after_event))
        return {
            "closing": accrued,
            "first closing": self.first_closing,
            "final closing": self.final_closing,
            "signing": self.signing,
            "end of term": self.end_of_term,
        }[period.after or "closing"]

    def day(self, period: Period, accrued: date | None = None) -> int:
        """The day number of a period's end, NEVER while it is not known."""
        start = self.start(period, accrued)
        return NEVER if start is None else day_number(period.from_day(start))


def milestones(agreement: Agreement, events: Sequence[Event], first_closing: date | None, as_of: date) -> Milestones:
    """What has happened under an agreement by a day; `first_closing` is that of the lines it is owed on, and holds
    where no event states one: the first closing may lie before these records.
    """
    mine = sorted(
        (event for event in events if event.agreement in ("", agreement.id) and event.date <= as_of),
        key=lambda event: event.date,
    )
    days: dict[str, date] = {}
    closing = ""
    for event in mine:
        key = name_key(event.event)
        if key not in days and key == FINAL_CLOSING:
            closing = event.closing
        days.setdefault(key, event.date)
    term = agreement.as_amended().term
    return Milestones(
        signing=agreement.term.effective,
        end_of_term=term.last_day,
        first_closing=days.get(FIRST_CLOSING, first_closing),
        final_closing=days.get(FINAL_CLOSING),
        final_closing_id=closing,
        events=days,
    )
