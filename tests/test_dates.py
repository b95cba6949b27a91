"""Business days: weeks with a holiday in them worked by hand, the holidays of 1990 to 2100 by rules of our own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feecalc.dates import business_days_after, next_business_day, previous_business_day

ONE_DAY = timedelta(days=1)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "later", "expected"),
    [
        ("2002-03-13", 0, "2002-03-13"),
        ("2002-03-13", 2, "2002-03-15"),  # Wednesday to Friday
        ("2002-03-13", 3, "2002-03-18"),  # over a weekend
        ("2002-03-16", 0, "2002-03-16"),  # a Saturday: none later is the day itself
        ("2002-03-16", 1, "2002-03-18"),
        ("2002-03-17", 5, "2002-03-22"),
        ("2002-03-28", 1, "2002-03-29"),  # Good Friday is no federal holiday
        # Thanksgiving, Thursday 28 November 2002
        ("2002-11-27", 1, "2002-11-29"),
        ("2002-11-27", 2, "2002-12-02"),
        ("2002-11-28", 0, "2002-11-28"),
        ("2002-11-28", 1, "2002-11-29"),
        # 4 July: 2026 a Saturday, kept on Friday 3; 2021 a Sunday, kept on Monday 5
        ("2026-07-02", 1, "2026-07-06"),
        ("2021-07-02", 1, "2021-07-06"),
        # 1 January 2022, a Saturday, is kept in 2021; 1 January 2023, a Sunday, on Monday 2
        ("2021-12-30", 1, "2022-01-03"),
        ("2022-12-30", 1, "2023-01-03"),
        # Christmas 2004 and New Year 2005, both Saturdays: Friday 24 and Friday 31 December
        ("2004-12-23", 5, "2005-01-03"),
        # Juneteenth: no holiday yet on Friday 19 June 2020; 2021 a Saturday, 2022 a Sunday
        ("2020-06-18", 1, "2020-06-19"),
        ("2021-06-17", 1, "2021-06-21"),
        ("2022-06-17", 1, "2022-06-21"),
        ("2023-06-16", 1, "2023-06-20"),
        # Mondays: Martin Luther King 2002, Washington, Memorial, Labor, Columbus; Veterans Day 2002 is one as well
        ("2002-01-18", 1, "2002-01-22"),
        ("2002-02-15", 1, "2002-02-19"),
        ("2002-05-24", 1, "2002-05-28"),
        ("2002-08-30", 1, "2002-09-03"),
        ("2002-10-11", 1, "2002-10-15"),
        ("2002-11-08", 1, "2002-11-12"),
        # 1 January 2101 is a Saturday
        ("2100-12-30", 1, "2101-01-03"),
    ],
)
def test_business_days_after(day: str, later: int, expected: str) -> None:
    assert business_days_after(date.fromisoformat(day), later) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "following", "before"),
    [
        ("2002-03-13", "2002-03-13", "2002-03-13"),
        ("2002-03-16", "2002-03-18", "2002-03-15"),
        ("2002-11-28", "2002-11-29", "2002-11-27"),
        ("2026-07-04", "2026-07-06", "2026-07-02"),
        ("2021-12-31", "2022-01-03", "2021-12-30"),
        ("2022-01-01", "2022-01-03", "2021-12-30"),
        ("1990-01-01", "1990-01-02", "1989-12-29"),
        ("2100-12-31", "2101-01-03", "2100-12-30"),
    ],
)
def test_the_nearest_business_days(day: str, following: str, before: str) -> None:
    assert next_business_day(date.fromisoformat(day)) == date.fromisoformat(following)
    assert previous_business_day(date.fromisoformat(day)) == date.fromisoformat(before)


@given(days, st.integers(1, 300))
def test_counting_business_days_one_by_one(day: date, later: int) -> None:
    found = business_days_after(day, later)
    assert next_business_day(found) == found == previous_business_day(found)
    between = [day + timedelta(number) for number in range(1, (found - day).days + 1)]
    assert sum(next_business_day(each) == each for each in between) == later
    assert business_days_after(business_days_after(day, later // 3), later - later // 3) == found


@given(days)
def test_no_business_day_is_skipped(day: date) -> None:
    """Between the nearest ones lie only days that are none, and one is reached from the other in one step."""
    before, after = previous_business_day(day), next_business_day(day)
    assert before <= day <= after and (before == day) == (after == day)
    if before < after:
        assert business_days_after(before, 1) == after == business_days_after(day, 1)


def test_the_holidays_of_1990_to_2100() -> None:
    """By the words of 5 U.S.C. 6103 and Executive Order 11582."""
    kept = set().union(*(holidays(year) for year in range(1989, 2102)))
    day = date(1990, 1, 1)
    while day.year <= 2100:
        assert (next_business_day(day) == day) == (day.weekday() < 5 and day not in kept), day
        day += ONE_DAY


def holidays(year: int) -> set[date]:
    """The days on which the holidays of a year are kept; New Year's Day may be kept in the year before."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    last_monday_of_may = max(date(year, 5, d) for d in range(25, 32) if date(year, 5, d).weekday() == 0)
    return {
        *(day + {5: -ONE_DAY, 6: ONE_DAY}.get(day.weekday(), timedelta(0)) for day in fixed),
        nth(year, 1, 0, 3),
        nth(year, 2, 0, 3),
        last_monday_of_may,
        nth(year, 9, 0, 1),
        nth(year, 10, 0, 2),
        nth(year, 11, 3, 4),
    }


def nth(year: int, month: int, weekday: int, number: int) -> date:
    """The first, second, ... such weekday of a month; Monday is 0."""
    return [date(year, month, d) for d in range(1, 29) if date(year, month, d).weekday() == weekday][number - 1]


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="count forward"):
        business_days_after(date(2002, 3, 13), -1)
    with pytest.raises(ValueError, match="holidays of 2300 are not known"):
        next_business_day(date(2300, 1, 1))
