"""Limits: what is said of them, the time for which one stands, and what an opening leaves of one, by hand."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import adapter
import pytest
from commands import ROOT

from feecalc.clauses import ExpenseLimit, Period
from feecalc.limits import limit_words, window_of
from feecalc.problems import Place
from feecalc.records import Expense

LADENBURG = (ROOT / "agreements" / "ladenburg.yaml").read_text("utf-8").split("\nexamples:")[0]
SPENT = (ROOT / "docs" / "provisions" / "expenses-by-category.yaml").read_text("utf-8").split("\nexamples:")[0]
CAPPED = (ROOT / "docs" / "provisions" / "cap-with-warrants.yaml").read_text("utf-8").split("\nexamples:")[0]
BRIGHTON = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8").split("\nexamples:")[0]
LATE = date(2002, 12, 31)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"category": "legal"}, "legal"),
        ({"each": "month"}, "each month"),
        ({"category": "legal", "each": "year", "from_": date(2024, 7, 1)}, "legal, each year, from 2024-07-01"),
        ({"through": date(2024, 12, 31)}, "through 2024-12-31"),
        ({"through": Period(days=30, after_event="filing")}, "of some days"),
    ],
)
def test_a_limit_is_named_by_what_it_is_for(terms: dict[str, Any], words: str) -> None:
    assert limit_words(ExpenseLimit(amount=1, **terms)) == words


@pytest.mark.parametrize(
    ("each", "days"),
    [
        ("month", ("2024-03-01", "2024-03-31", "2024-04-01")),
        ("quarter", ("2024-01-01", "2024-03-31", "2024-04-01")),
        ("quarter", ("2024-10-01", "2024-12-31", "2025-01-01")),
        ("year", ("2024-01-01", "2024-12-31", "2025-01-01")),
    ],
)
def test_a_limit_for_each_period_is_one_through_its_last_day(each: Any, days: tuple[str, str, str]) -> None:
    limit = ExpenseLimit(amount=1, each=each)
    given: dict[str, Any] = {"agreement": "a", "clause": "c", "amount": 1, "line": "x:2", "place": Place("x", line=2)}
    first, last, beyond = (window_of(limit, Expense(date=date.fromisoformat(day), **given)) for day in days)
    assert first == last != beyond


def with_offering_limit(limit: str, *balances: dict[str, str]) -> list[int]:
    """What 6% bring at two closings of 60.25 within an offering limit."""
    text = BRIGHTON.replace("  events: [sale]\n", f"  events: [sale]\n  offering_limit: {limit}\n", 1)
    rows = [
        {"closing": name, "date": day, "investor": "X", "gross_proceeds": "60.25", "introduced_by": "brighton"}
        for name, day in (("A", "2002-03-13"), ("B", "2002-03-14"))
    ]
    tables = {"closings": rows, "balances": list(balances)}
    entries = adapter.ledger_from([adapter.agreement_from(text + "\n")], tables, LATE).entries
    return entries[entries["clause"] == "cash-fee"].groupby("closing")["accrued"].sum().tolist()


def test_what_was_sold_before_the_records_uses_up_the_offering_limit() -> None:
    """Of 100.00, 60.25 (6% is 3.615) and 39.75 (2.385) count. 70.00 sold before leave 30.00; 120.00 leave nothing."""
    balance = {"agreement": "brighton", "clause": "cash-fee", "as_of": "2002-03-12"}
    assert with_offering_limit("100.00") == [3_62, 2_39]
    assert with_offering_limit("100.00", {**balance, "amount": "4.20", "base": "70.00"}) == [1_80, 0]
    assert with_offering_limit("100.00", {**balance, "amount": "6.00", "base": "120.00"}) == [0, 0]


def test_what_was_recouped_of_an_advance_was_not_sold() -> None:
    """The balance of the advance states in `base` that 40,000.00 of it were recouped. 30,000.00 are sold within an
    offering of 50,000.00: all of it counts, 5% is 1,500.00.
    """
    text = re.sub("offering_limit: [0-9,.]+", "offering_limit: 50,000.00", LADENBURG)
    assert text != LADENBURG
    line = {"closing": "A", "date": "2002-03-13", "investor": "X", "gross_proceeds": "30,000.00"}
    balance = {"agreement": "ladenburg", "as_of": "2001-12-31"}
    tables = {
        "closings": [{**line, "introduced_by": "ladenburg"}],
        "balances": [
            {**balance, "clause": "advance", "amount": "50,000.00", "base": "40,000.00"},
            {**balance, "clause": "cash-fee", "amount": "0.00", "base": "0.00"},
        ],
    }
    entries = adapter.ledger_from([adapter.agreement_from(text + "\n")], tables, LATE).entries
    assert entries[entries["clause"] == "cash-fee"]["accrued"].tolist() == [1_500_00]


def test_a_value_that_is_no_whole_cent_uses_up_the_whole_cent() -> None:
    """1 warrant at 0.333 uses up 0.34 of 8,000.00: 7,999.66 are left for a fee of 8,000.00."""
    text = CAPPED.replace('each: "0.35"', 'each: "0.333"')
    line = {"closing": "A", "date": "2024-03-04", "investor": "One", "shares": "20", "gross_proceeds": "133,333.33"}
    entries = adapter.ledger_from(
        [adapter.agreement_from(text + "\n")], {"closings": [line]}, date(2024, 12, 31)
    ).entries
    accrued = dict(zip(entries["clause"].tolist(), entries["accrued"].tolist(), strict=True))
    assert accrued == {"warrants": 1, "cash-fee": 7_999_66}


@pytest.mark.parametrize(("earlier", "left"), [("counts", 10_000_00), ("does not count", 20_000_00)])
def test_expenses_paid_back_before_the_records_use_up_a_limit_that_counts_them(earlier: str, left: int) -> None:
    """60,000.00 of 70,000.00 had been paid back; 20,000.00 are spent on printing, for which there is no other limit."""
    text = SPENT.replace(
        '{amount: "70,000.00", over: agreement}', f'{{amount: "70,000.00", over: agreement, earlier: {earlier}}}'
    )
    mine = {"agreement": "expenses-by-category", "clause": "expenses"}
    tables = {
        "expenses": [{**mine, "date": "2024-03-04", "category": "printing", "amount": "20,000.00"}],
        "balances": [{**mine, "as_of": "2024-01-31", "amount": "60,000.00"}],
        "closings": [{"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "1.00"}],
    }
    entries = adapter.ledger_from([adapter.agreement_from(text + "\n")], tables, date(2024, 12, 31)).entries
    assert entries[entries["clause"] == "expenses"]["accrued"].tolist() == [left]
