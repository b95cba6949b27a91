"""Limits: what is said of them, the time for which one stands, and what an opening leaves of one, by hand."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import adapter
import pytest
from attrs import evolve
from commands import ROOT

from feecalc.clauses import ExpenseLimit, Period, Reimbursement
from feecalc.explain import whys
from feecalc.ledger import Ledger
from feecalc.limits import limit_words, reimbursed, window_of
from feecalc.milestones import Milestones
from feecalc.problems import Place
from feecalc.records import Expense

LADENBURG = (ROOT / "agreements" / "ladenburg.yaml").read_text("utf-8").split("\nexamples:")[0]
SPENT = (ROOT / "docs" / "provisions" / "expenses-by-category.yaml").read_text("utf-8").split("\nexamples:")[0]
CAPPED = (ROOT / "docs" / "provisions" / "cap-with-warrants.yaml").read_text("utf-8").split("\nexamples:")[0]
TOGETHER = (ROOT / "docs" / "provisions" / "total-compensation-cap.yaml").read_text("utf-8").split("\nexamples:")[0]
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
    first, last, beyond = (window_of(limit, date.fromisoformat(day)) for day in days)
    assert first == last != beyond


def with_offering_limit(limit: str, *balances: dict[str, str]) -> list[int]:
    """What 6% bring at two closings of 60.25 within an offering limit."""
    entries = sold_within(limit, *balances).entries
    return entries[entries["clause"] == "cash-fee"].groupby("closing")["accrued"].sum().tolist()


def sold_within(limit: str, *balances: dict[str, str]) -> Ledger:
    """Two closings of 60.25 within an offering limit."""
    text = BRIGHTON.replace("  events: [sale]\n", f"  events: [sale]\n  offering_limit: {limit}\n", 1)
    rows = [
        {"closing": name, "date": day, "investor": "X", "gross_proceeds": "60.25", "introduced_by": "brighton"}
        for name, day in (("A", "2002-03-13"), ("B", "2002-03-14"))
    ]
    tables = {"closings": rows, "balances": list(balances)}
    return adapter.ledger_from([adapter.agreement_from(text + "\n")], tables, LATE)


@pytest.mark.parametrize(("limit", "beyond"), [("120.50", None), ("120.49", "0.01"), ("100.00", "20.50")])
def test_a_cent_beyond_the_offering_limit_is_reported(limit: str, beyond: str | None) -> None:
    told = [e.message for e in sold_within(limit).exceptions if e.code == "beyond-offering-limit"]
    assert [words.split(" of closing")[0] for words in told] == ([beyond] if beyond else [])


def test_what_was_sold_before_the_records_uses_up_the_offering_limit() -> None:
    """Of 100.00, 60.25 (6% is 3.615) and 39.75 (2.385) count. 70.00 sold before leave 30.00; 120.00 leave nothing."""
    balance = {"agreement": "brighton", "clause": "cash-fee", "as_of": "2002-03-12"}
    assert with_offering_limit("100.00") == [3_62, 2_39]
    assert with_offering_limit("100.00", {**balance, "amount": "4.20", "base": "70.00"}) == [1_80, 0]
    assert with_offering_limit("100.00", {**balance, "amount": "6.00", "base": "120.00"}) == [0, 0]
    fewer = {**balance, "clause": "warrants", "amount": "0", "base": "20.00"}  # the most on which any had accrued
    assert with_offering_limit("100.00", fewer, {**balance, "amount": "4.20", "base": "70.00"}) == [1_80, 0]


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


def test_values_that_are_no_whole_cents_use_up_the_whole_cent_of_their_sum() -> None:
    """1 warrant at 0.333 uses up 0.34 of 8,000.00, 7,999.66 are left for a fee of 8,000.00; 2 use up 0.67."""
    text = CAPPED.replace('each: "0.35"', 'each: "0.333"').replace(
        "over: closing\n    gives", "over: agreement\n    gives"
    )
    closings = [("A", "133,333.33"), ("B", "100.00")]
    found = accrued_together(
        text, [{"closing": name, "shares": "20", "gross_proceeds": amount} for name, amount in closings]
    )
    assert [found["warrants", name] for name, _ in closings] == [1, 1]
    assert [found["cash-fee", name] for name, _ in closings] == [7_999_66, -33]


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


BY_SHARE = """
  - id: share-fee
    kind: percentage
    section: "5"
    says: A cent for each share.
    rate: {each: "0.01"}
    base: securities sold
    rounding: {mode: half up, over: closing}
    due: at closing
limits:"""


def accrued_together(text: str, closings: list[dict[str, str]], **tables: list[dict[str, str]]) -> dict[Any, int]:
    """What the clauses bound by one limit accrue, by clause and closing."""
    rows = [{"date": "2024-04-01", "investor": "One", **row} for row in closings]
    entries = ledger_together(text, rows, tables).entries
    return entries.groupby(["clause", "closing"])["accrued"].sum().to_dict()


def ledger_together(text: str, closings: list[dict[str, str]], tables: dict[str, list[dict[str, str]]]) -> Ledger:
    agreement = adapter.agreement_from(text + "\n")
    mine = {"agreement": agreement.id}
    others = {name: [{**mine, **row} for row in rows] for name, rows in tables.items()}
    return adapter.ledger_from([agreement], {"closings": closings, **others}, date(2024, 12, 31))


@pytest.mark.parametrize("shares", ["", "900,000,000"])
def test_a_limit_at_a_rate_goes_on_from_the_proceeds_before_the_records(shares: str) -> None:
    """On 1,000,000.00 before, fees of 95,000.00 and 5,000.00 of expenses had come to the 10%. 500,000.00 more leave
    50,000.00 less 47,500.00 for expenses. Shares that were sold before are no proceeds.
    """
    before = [("cash-fee", "80,000.00", "1,000,000.00"), ("management-fee", "15,000.00", "1,000,000.00")]
    before += [("share-fee", "0.00", shares)] if shares else []
    text = TOGETHER.replace("[cash-fee, ", "[share-fee, cash-fee, ", 1).replace("\nlimits:", BY_SHARE, 1)
    balances = [{"clause": name, "amount": amount, "base": base} for name, amount, base in before]
    balances.append({"clause": "expenses", "amount": "5,000.00", "base": ""})
    found = accrued_together(
        text if shares else TOGETHER,
        [{"closing": "B", "gross_proceeds": "500,000.00"}],
        expenses=[{"date": "2024-03-15", "amount": "30,000.00"}],
        balances=[{"as_of": "2024-02-29", **each} for each in balances],
    )
    assert (found["cash-fee", "B"], found["expenses", "B"]) == (40_000_00, 2_500_00)
    assert found.get(("expenses", ""), 0) == 0


def test_a_limit_over_fees_by_the_share_begins_at_nothing() -> None:
    """10% of 99.99 is 9.999, so 9.99 of a fee of 10.00 on 1,000 shares."""
    text = TOGETHER.replace("\nlimits:", BY_SHARE, 1)
    text = re.sub("clauses: .*", "clauses: [share-fee]", re.sub("gives_way: .*", "gives_way: [share-fee]", text))
    found = accrued_together(text, [{"closing": "A", "gross_proceeds": "99.99", "shares": "1,000"}])
    assert found["share-fee", "A"] == 9_99


def test_a_cent_that_comes_back_stands_at_the_closing_that_leaves_room_for_it() -> None:
    """A: 10% of 100.00 leaves 0.50 for expenses beside fees of 9.50. B: 0.50 brings room for 0.05, the fees take 0.04
    and 0.01 (1.5% of 0.50 is 0.0075). C: 0.30 brings room to 10.08, the fees 9.57 together, 0.51 are left: 0.01 more.
    """
    closings = [("A", "100.00"), ("B", "0.50"), ("C", "0.30")]
    found = accrued_together(
        TOGETHER,
        [{"closing": name, "gross_proceeds": amount} for name, amount in closings],
        expenses=[{"date": "2024-03-15", "amount": "30.00"}],
    )
    fees = {name: found["cash-fee", name] + found.get(("management-fee", name), 0) for name, _ in closings}
    assert fees == {"A": 9_50, "B": 5, "C": 2}
    assert {name: found.get(("expenses", name), 0) for name, _ in closings} == {"A": 50, "B": 0, "C": 1}


def test_why_says_what_a_limit_over_several_clauses_did() -> None:
    """10% of 100.00 leaves 0.50 for 30.00 of expenses, which had to wait; no limit touches the fees."""
    closings = [{"closing": "A", "date": "2024-04-01", "investor": "One", "gross_proceeds": "100.00"}]
    ledger = ledger_together(TOGETHER, closings, {"expenses": [{"date": "2024-03-15", "amount": "30.00"}]})
    assert dict(zip(ledger.columns.rows("clause", "closing"), whys(ledger), strict=True)) == {
        ("expenses", ""): "expense of 30.00 of 2024-03-15; limit total leaves 0.00 of 30.00",
        ("cash-fee", "A"): "8% of 100.00 gross proceeds = 8.00",
        ("management-fee", "A"): "1.5% of 100.00 gross proceeds = 1.50",
        ("expenses", "A"): "no expense of this day: a limit over several clauses moved; "
        "within limit total the running total goes from 0.00 to 0.50",
    }


def test_what_was_paid_back_before_counts_though_the_first_expense_has_no_terms_yet() -> None:
    """Of 100.00, 60.00 were paid back before; nothing of an expense that no terms rule, 40.00 of the next."""
    given: dict[str, Any] = {"agreement": "a", "clause": "c", "line": "x:2", "place": Place("x", line=2)}
    first, second = (Expense(date=date(2024, 1, day), amount=50_00, **given) for day in (1, 2))
    clause = adapter.agreement_from(SPENT + "\n").clause("expenses")
    assert isinstance(clause, Reimbursement) and clause.limit is not None
    clause = evolve(clause, limits=(), limit=evolve(clause.limit, amount=100_00, earlier="counts"))
    milestones = Milestones(date(2024, 1, 1), None, None, None, "")
    assert reimbursed([None, clause], [first, second], 60_00, milestones)[0] == [
        0,
        40_00,
    ]
