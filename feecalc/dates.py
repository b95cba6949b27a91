"""Days: ISO dates read exactly, months and business days added by a named rule, and columns of day numbers.

In columns a day is the number of days since 1970-01-01 (numpy int32/int64), `day_number` and `day_date` convert.

Months are added by the rule *last day of the month*: twelve months after 29 February 2024 is 28 February 2025; one
month after 31 January is the last day of February.

Business days are Monday to Friday without the federal holidays of the United States. A holiday on a Saturday is
observed on the Friday before, which may lie in the year before; one on a Sunday on the Monday after. The rules are
those that pandas ships.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import cache

from feecalc.money import Unreadable, odd_character

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
_ONE_DAY = timedelta(days=1)
# Far enough for any term that begins in 1990 to 2100, and within what every version of pandas can date.
_HOLIDAYS_FROM, _HOLIDAYS_THROUGH = date(1989, 1, 1), date(2260, 12, 31)
AFTER_EVERYTHING = date(2100, 12, 31)  # the last day that records and agreements may name
NEVER = 2**31 - 1  # a day number after every date: "no end"


def parse_date(text: str) -> date:
    """The date of `2002-03-13`. Raises `Unreadable`, also for days that do not exist and years outside 1990-2100."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise Unreadable(f'"{text}" is not a date', _hint(text.strip()))
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unreadable(f'"{text}" is not a day of the calendar', "Check the month and the day.") from None
    if not 1990 <= year <= 2100:
        raise Unreadable(f'"{text}" is outside 1990 to 2100', "Check the year.")
    return found


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_date(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + _EPOCH)


def months_after(day: date, months: int) -> date:
    """`day` plus months; where the month is too short, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def business_days_after(day: date, days: int) -> date:
    """The day that is so many business days later; none later is the day itself, whatever day it is."""
    if days < 0:
        raise ValueError(f"{days} business days after {day}: count forward")
    for _ in range(days):
        day = next_business_day(day + _ONE_DAY)
    return day


def next_business_day(day: date) -> date:
    """The day itself if it is a business day, or else the first one after it."""
    while not _is_business_day(day):
        day += _ONE_DAY
    return day


def previous_business_day(day: date) -> date:
    """The day itself if it is a business day, or else the last one before it."""
    while not _is_business_day(day):
        day -= _ONE_DAY
    return day


def _is_business_day(day: date) -> bool:
    if not _HOLIDAYS_FROM <= day <= _HOLIDAYS_THROUGH:
        raise ValueError(f"the holidays of {day.year} are not known")
    return day.weekday() < 5 and day not in _federal_holidays()


@cache
def _federal_holidays() -> frozenset[date]:
    """The days on which federal holidays are observed."""
    from pandas.tseries.holiday import USFederalHolidayCalendar  # slow to load, and few agreements need it

    return frozenset(USFederalHolidayCalendar().holidays(_HOLIDAYS_FROM, _HOLIDAYS_THROUGH).date)


def _hint(text: str) -> str:
    parts = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2}|[0-9]{4})", text)
    if parts and max(int(parts[1]), int(parts[2])) > 12:
        return "Days and months come in several orders: write it as YYYY-MM-DD, such as 2002-03-13."
    if parts:
        return "It could be read as day-month or month-day: write it as YYYY-MM-DD, such as 2002-03-13."
    if re.fullmatch(r"[0-9]{5}", text) and 20000 < int(text) < 80000:
        likely = date.fromordinal(date(1899, 12, 30).toordinal() + int(text))
        return f"As an Excel day number that is {likely.isoformat()}: format the column as a date, or write it so."
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+", text):
        return "Write the date alone, without a time."
    whole = re.fullmatch(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})", text, re.ASCII)
    if whole is not None and int(whole[2]) <= 12 and int(whole[3]) <= 31 and (len(text) == 8 or not text.isdigit()):
        return f"Write dates as YYYY-MM-DD: {whole[1]}-{int(whole[2]):02}-{int(whole[3]):02}."
    return odd_character(text) or "Write dates as YYYY-MM-DD, such as 2002-03-13."
