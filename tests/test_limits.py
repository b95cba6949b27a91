"""Limits: what is said of them, the time for which one stands, and what an opening leaves of one, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import adapter
import pytest
from commands import ROOT

from feecalc.clauses import ExpenseLimit, Period
from feecalc.limits import limit_words, window_of
from feecalc.problems import Place
from feecalc.records import Expense

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
    """What 6% bring at two closings of 60.00 within an offering limit."""
    text = BRIGHTON.replace("  events: [sale]\n", f"  events: [sale]\n  offering_limit: {limit}\n", 1)
    rows = [
        {"closing": name, "date": day, "investor": "X", "gross_proceeds": "60.00", "introduced_by": "brighton"}
        for name, day in (("A", "2002-03-13"), ("B", "2002-03-14"))
    ]
    tables = {"closings": rows, "balances": list(balances)}
    entries = adapter.ledger_from([adapter.agreement_from(text + "\n")], tables, LATE).entries
    return entries[entries["clause"] == "cash-fee"].groupby("closing")["accrued"].sum().tolist()


def test_what_was_sold_before_the_records_uses_up_the_offering_limit() -> None:
    """Of 100.00, 60.00 and 40.00 count. 70.00 sold before leave 30.00; 120.00 before, more than all, leave nothing."""
    balance = {"agreement": "brighton", "clause": "cash-fee", "as_of": "2002-03-12"}
    assert with_offering_limit("100.00") == [3_60, 2_40]
    assert with_offering_limit("100.00", {**balance, "amount": "4.20", "base": "70.00"}) == [1_80, 0]
    assert with_offering_limit("100.00", {**balance, "amount": "6.00", "base": "120.00"}) == [0, 0]
