"""Days for the oracle of provisions: months, business days, and the day a PERIOD gives (spec 5)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from provisions_values import Record

DAY = timedelta(1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def add_months(day: date, months: int) -> date:
    """Spec 5, months: the same day of a later month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def nth(weekday: int, number: int, year: int, month: int) -> date:
    """The first, second ... such weekday of a month."""
    day = date(year, month, 1)
    while day.weekday() != weekday:
        day += DAY
    return day + 7 * (number - 1) * DAY


def last(weekday: int, year: int, month: int) -> date:
    day = date(year, month, monthrange(year, month)[1])
    while day.weekday() != weekday:
        day -= DAY
    return day


def observed(day: date) -> date:
    """A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after."""
    if day.weekday() == SATURDAY:
        return day - DAY
    if day.weekday() == SUNDAY:
        return day + DAY
    return day


def holidays(year: int) -> set[date]:
    """Spec 5: the US federal holidays of a year as observed.

    Choice: Martin Luther King's day since 1986, Juneteenth since 2021, the year of the law that made it one; the
    days of inaugurations are none.
    """
    found = {
        observed(date(year, 1, 1)),
        nth(MONDAY, 3, year, 2),
        last(MONDAY, year, 5),
        observed(date(year, 7, 4)),
        nth(MONDAY, 1, year, 9),
        nth(MONDAY, 2, year, 10),
        observed(date(year, 11, 11)),
        nth(THURSDAY, 4, year, 11),
        observed(date(year, 12, 25)),
    }
    if year >= 1986:
        found.add(nth(MONDAY, 3, year, 1))
    if year >= 2021:
        found.add(observed(date(year, 6, 19)))
    return found


def is_business_day(day: date) -> bool:
    """Spec 5: Monday to Friday without holidays. New Year's Day may be observed in the year before."""
    return day.weekday() < SATURDAY and day not in holidays(day.year) | holidays(day.year + 1)


def add_business_days(day: date, number: int) -> date:
    """Spec 5: so many business days after a day; none after it is the day itself, whatever day that is."""
    while number > 0:
        day += DAY
        if is_business_day(day):
            number -= 1
    return day


def add_period(day: date, period: Record) -> date:
    """Spec 5: the day that a PERIOD gives, counted from `day`."""
    if "days" in period:
        day += timedelta(period["days"])
    elif "business_days" in period:
        day = add_business_days(day, period["business_days"])
    elif "months" in period:
        day = add_months(day, period["months"])
    else:
        day = add_months(day, 12 * period["years"])
    falls_on = period.get("falls_on", "as it falls")
    while falls_on != "as it falls" and not is_business_day(day):
        day += DAY if falls_on == "next business day" else -DAY
    return day


def calendar_period(day: date, each: str) -> tuple[int, int]:
    """Spec 6, reimbursement: the calendar month, quarter or year of a day."""
    return {"month": (day.year, day.month), "quarter": (day.year, (day.month - 1) // 3), "year": (day.year, 0)}[each]
