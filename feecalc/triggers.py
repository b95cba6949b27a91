"""The days on which clauses accrue without a closing line: at signing, on a date, after an event, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from feecalc.agreement import Agreement
from feecalc.clauses import FixedClause, Minimum, Period
from feecalc.clauses.fees import Every
from feecalc.clauses.times import OnDate, OnEvent
from feecalc.closing import ClosingTable
from feecalc.dates import NEVER, day_date, day_number, months_after
from feecalc.milestones import Milestones
from feecalc.names import name_key
from feecalc.rows import ENDED, TRIGGERED, Trigger


def triggers_of(agreement: Agreement, table: ClosingTable, happened: Milestones, as_of: int) -> Iterator[Trigger]:
    """The days on which an agreement's clauses accrue without a line, as far as they have come."""
    for clause in agreement.as_amended().clauses:
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
                day, closing = happened.final_closing, table.closing.code(happened.final_closing_id)
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
