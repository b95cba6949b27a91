"""Records resumed from balances that hold too little: what is said, and that what can be carried on is not said of."""

from __future__ import annotations

from datetime import date
from typing import Any

import adapter
import pytest
from test_forensics import agreement

from feecalc.agreement import Agreement
from feecalc.balances import left_open
from feecalc.ledger import Ledger

ALL = "{investors: all, securities: all, offerings: all, events: [sale]}"
TERM = "{effective: 2024-01-02, expires: 2024-12-31}"
ROUNDED = "{mode: half up, over: closing}"
TOGETHER = "{mode: half up, over: closing, parts: together}"


def fee(clause_id: str = "fee", **terms: str) -> dict[str, str]:
    return {
        "id": clause_id,
        "kind": "percentage",
        "section": "1",
        "says": "A fee.",
        "rate": "6%",
        "base": "gross proceeds",
        "rounding": ROUNDED,
        "due": "at closing",
        **terms,
    }


def expenses(**terms: str) -> dict[str, str]:
    stated = {"kind": "reimbursement", "section": "2", "says": "Expenses.", "due": "when recorded"}
    return {"id": "expenses", **stated, **terms}


def stated(*clauses: dict[str, str], term: str = TERM, tail: str = "none", more: str = "") -> Agreement:
    return agreement(*clauses, term=term, tail=tail, covers=ALL, more=more)


def balance(clause: str, amount: str, base: str = "", on: str = "2024-03-31") -> dict[str, str]:
    return {"agreement": "one", "clause": clause, "as_of": on, "amount": amount, "base": base}


def sale(closing: str, day: str, gross: str, investor: str = "Ann") -> dict[str, str]:
    return {"closing": closing, "date": day, "investor": investor, "gross_proceeds": gross}


def spent(day: str, amount: str, **more: str) -> dict[str, str]:
    return {"agreement": "one", "date": day, "amount": amount, **more}


def first_on(day: str) -> list[dict[str, str]]:
    return [{"event": "First closing", "date": day, "agreement": "one"}]


def ledger(of: Agreement, *lines: dict[str, str], as_of: date = date(2025, 6, 1), **tables: Any) -> Ledger:
    return adapter.ledger_from([of], {"closings": list(lines), **tables}, as_of)


def codes(found: Ledger) -> list[str]:
    return [exception.code for exception in found.exceptions]


def payable(found: Ledger) -> int:
    return sum(found.entries["payable"])


# ---- limits, lists and steps -----------------------------------------------------------------------------------------


def test_expenses_limited_by_quarter_resumed_in_mid_quarter() -> None:
    """4,000.00 of some quarters through 28 February, and 3,000.00 on 1 March: 1,000.00 to 3,000.00 are owed."""
    one = stated(expenses(limits='[{amount: "5,000.00", each: quarter}]'))
    before = [balance("expenses", "4000.00", "4000.00", "2024-02-28")]
    found = ledger(one, balances=before, expenses=[spent("2024-03-01", "3000.00")])
    assert codes(found) == ["limit-use-open"] and payable(found) == 3_000_00
    assert "expenses does not say how much of each of its limits" in found.exceptions[0].message
    assert "2024-02-28; nothing of that is counted. Keep the earlier records" in found.exceptions[0].message


@pytest.mark.parametrize(
    ("limit", "row"),
    [
        ("each: quarter", spent("2024-04-01", "5000.00")),  # a quarter that begins after the balance
        ("each: month", spent("2024-04-01", "5000.00")),
        ("each: year", spent("2024-04-01", "1000.00")),  # with all of the balance 5,000.00, which is the limit
        ("category: travel", spent("2024-04-02", "5000.00", category="meals")),
        ("from: 2024-04-01", spent("2024-04-01", "5000.00")),
        ("through: 2024-03-31", spent("2024-04-01", "5000.00")),
    ],
)
def test_expenses_whose_limits_the_balance_cannot_have_used(limit: str, row: dict[str, str]) -> None:
    one = stated(expenses(limits=f'[{{amount: "5,000.00", {limit}}}]'))
    assert codes(ledger(one, balances=[balance("expenses", "4000.00", "4000.00")], expenses=[row])) == []


@pytest.mark.parametrize(
    ("limit", "row"),
    [
        ("each: year", spent("2024-04-01", "1000.01")),
        ("each: quarter, category: travel", spent("2024-03-31", "1000.01", category="Travel")),
        ("from: 2024-03-30", spent("2024-04-01", "1000.01")),
    ],
)
def test_expenses_whose_limits_the_balance_may_have_used(limit: str, row: dict[str, str]) -> None:
    one = stated(expenses(limits=f'[{{amount: "5,000.00", {limit}}}]'))
    found = ledger(one, balances=[balance("expenses", "4000.00", "4000.00", "2024-03-30")], expenses=[row])
    assert codes(found) == ["limit-use-open"]


def test_approved_expenses_in_a_balance_use_the_limit_up() -> None:
    """Of 4,000.00 some may have been approved, which the limit of 5,000.00 does not count; 1,000.00 are paid."""
    limit = '{amount: "5,000.00", over: agreement}'
    one = stated(expenses(limit=limit, approved="are beyond the limits"))
    before = [balance("expenses", "4000.00", "4000.00")]
    found = ledger(one, balances=before, expenses=[spent("2024-04-01", "3000.00")])
    assert codes(found) == ["limit-use-open"] and payable(found) == 1_000_00
    assert "all of it is taken to use up the limit" in found.exceptions[0].message
    found = ledger(one, balances=before, expenses=[spent("2024-04-01", "1000.00")])
    assert codes(found) == [] and payable(found) == 1_000_00
    found = ledger(one, balances=before, expenses=[spent("2024-04-01", "3000.00", approved_by="CFO")])
    assert codes(found) == [] and payable(found) == 3_000_00
    plain = stated(expenses(limit=limit))
    assert codes(ledger(plain, balances=before, expenses=[spent("2024-04-01", "3000.00")])) == []


def test_a_list_up_to_an_amount() -> None:
    """Friends at 3% up to 300,000.00: B's 200,000.00 are taken at 3%, though 250,000.00 may have gone before."""
    by = '{by: [{lines: {on_list: friends}, rate: 3%, up_to: "300,000.00"}], otherwise: 7%, counting: gross proceeds}'
    friends = "lists: [{name: friends, investors: [Ann]}]\n"
    one = stated(fee(rate=by, rounding=TOGETHER), more=friends)
    before = [balance("fee", "7500.00", "250000.00")]
    found = ledger(one, sale("B", "2024-05-06", "200000.00"), balances=before)
    assert codes(found) == ["limit-use-open"] and payable(found) == 6_000_00
    assert "how much of `up_to` its lists had used" in found.exceptions[0].message
    assert codes(ledger(one, sale("B", "2024-05-06", "200000.00", "Bob"), balances=before)) == []
    unlimited = stated(fee(rate=by.replace(', up_to: "300,000.00"', ""), rounding=TOGETHER), more=friends)
    assert codes(ledger(unlimited, sale("B", "2024-05-06", "200000.00"), balances=before)) == []


def test_ways_that_are_compared_of_which_one_begins_anew_at_each_closing() -> None:
    """60.00 or 6% by closing, whichever is more in all: A's 8.00 bring 0.48, so 60.00; with B's 1,000.00 it is 60.48.
    What the percentage had come to is not in the balance of 60.00: resumed, both ways come to 60.00.
    """
    by_closing = (
        '{tiers: [{up_to: "500.00", rate: 6%}, {rate: 6%}], apply: marginal, counting: gross proceeds, over: closing}'
    )
    one = stated(fee(rate=f'{{greater_of: [{{amount: "60.00"}}, {by_closing}], over: agreement}}', rounding=TOGETHER))
    early, late = sale("A", "2024-03-01", "8.00"), sale("B", "2024-05-06", "1000.00")
    assert payable(ledger(one, early, late)) == 60_48
    resumed = ledger(one, late, balances=[balance("fee", "60.00", "8.00")])
    assert payable(resumed) == 0 and codes(resumed) == ["limit-use-open"]
    assert "what each of the ways that are compared had come to" in resumed.exceptions[0].message


def test_steps_that_count_another_measure() -> None:
    tiers = '{{tiers: [{{up_to: "1,000.00", rate: 6%}}, {{rate: 4%}}], apply: marginal, counting: {}, over: {}}}'
    before = [balance("fee", "42.00", "700.00")]
    for counting, over, said in (
        ("cash proceeds", "agreement", ["limit-use-open"]),
        ("gross proceeds", "agreement", []),
        ("cash proceeds", "closing", []),
    ):
        one = stated(fee(rate=tiers.format(counting, over), rounding=TOGETHER))
        assert codes(ledger(one, sale("B", "2024-05-06", "500.00"), balances=before)) == said


def test_a_limit_for_each_investor() -> None:
    one = stated(fee(limit='{amount: "100.00", over: investor}'))
    before = ledger(one, sale("A", "2024-03-04", "1000.00"))
    assert len([*left_open(before)]) == 1
    found = ledger(one, sale("B", "2024-05-06", "1000.00"), balances=[balance("fee", "60.00", "1000.00")])
    assert codes(found) == ["limit-use-open"]


# ---- the first closing -----------------------------------------------------------------------------------------------

TO_JUNE = "{effective: 2024-01-02, expires: 2024-06-30}"
FEE_BEFORE = [balance("fee", "6000.00", "100000.00")]


def test_a_tail_from_a_first_closing_before_the_records() -> None:
    """The tail ends twelve months after the first closing, on 4 March 2025; B is in it, C is not."""
    one = stated(fee(), term=TO_JUNE, tail="{months: 12, starts: first closing}")
    lines = [sale("B", "2024-12-02", "100000.00"), sale("C", "2025-03-05", "100000.00")]
    found = ledger(one, *lines, balances=FEE_BEFORE)
    assert codes(found) == ["first-closing-open"] and payable(found) == 0
    assert "the tail counts from the first closing of one" in found.exceptions[0].message
    found = ledger(one, *lines, balances=FEE_BEFORE, events=first_on("2024-03-04"))
    assert codes(found) == [] and payable(found) == 6_000_00
    whole = ledger(one, sale("A", "2024-03-04", "100000.00"), *lines)
    assert codes(whole) == [] and payable(whole) == 12_000_00


def test_a_time_after_a_first_closing_before_the_records() -> None:
    """Due 90 days after the first closing: of 4 March, which an event states, and not of B, 63 days later."""
    one = stated(fee(due="{days: 90, after: first closing}"))
    line = sale("B", "2024-05-06", "100000.00")
    found = ledger(one, line, balances=FEE_BEFORE)
    assert codes(found) == ["first-closing-open"]
    assert "a time in fee counts" in found.exceptions[0].message
    assert "that of these records, 2024-05-06, is taken" in found.exceptions[0].message
    assert "first closing, its day, one" in found.exceptions[0].message
    days = set(found.entries["payable_on"].tolist())
    stating = ledger(one, line, balances=FEE_BEFORE, events=first_on("2024-03-04"))
    assert codes(stating) == []
    assert {day - 63 for day in days} == set(stating.entries["payable_on"].tolist())
    assert codes(ledger(one, line)) == []


def test_an_amount_at_a_first_closing_before_the_records() -> None:
    fixed = {"kind": "fixed fee", "section": "3", "says": "Fixed.", "amount": '"500.00"', "due": "when it accrues"}
    one = stated(fee(), {"id": "fixed", **fixed, "when": "at first closing"})
    line = sale("B", "2024-05-06", "1000.00")
    found = ledger(one, line, balances=FEE_BEFORE)
    assert codes(found) == ["first-closing-open"] and payable(found) == 560_00
    assert "the amount of fixed counts" in found.exceptions[0].message
    found = ledger(one, line, balances=FEE_BEFORE, events=first_on("2024-03-04"))
    assert codes(found) == [] and payable(found) == 60_00
    found = ledger(one, line, balances=[*FEE_BEFORE, balance("fixed", "500.00", "1000.00")])
    assert codes(found) == [] and payable(found) == 60_00
    assert payable(ledger(one, line, events=first_on("2024-05-06"))) == 560_00


def test_a_first_closing_later_than_what_had_accrued() -> None:
    one = stated(fee(), tail="{months: 12, starts: first closing}")
    line = sale("B", "2024-05-06", "1000.00")
    assert codes(ledger(one, line, balances=FEE_BEFORE, events=first_on("2024-04-01"))) == ["first-closing-differs"]


def test_a_first_closing_later_than_a_closing_of_the_records() -> None:
    one = stated(fee(), tail="{months: 12, starts: first closing}")
    line = sale("B", "2024-05-06", "1000.00")
    assert codes(ledger(one, line, events=first_on("2024-05-07"))) == ["first-closing-differs"]
    assert codes(ledger(one, line, events=first_on("2024-05-06"))) == []
    assert codes(ledger(stated(fee()), line, events=first_on("2024-05-07"))) == []  # nothing counts from it


def test_a_first_closing_that_is_misspelt() -> None:
    one = stated(fee(), tail="{months: 12, starts: first closing}")
    misspelt = [{"event": "frist closing", "date": "2024-03-04", "agreement": "one"}]
    found = ledger(one, sale("B", "2024-05-06", "1000.00"), balances=FEE_BEFORE, events=misspelt)
    assert codes(found) == ["first-closing-open", "similar-word"]


@pytest.mark.parametrize(("amount", "base", "owed"), [("0.00", "600.00", 536_00), ("500.00", "1200.00", 36_00)])
def test_a_bonus_whose_threshold_was_reached_in_part(amount: str, base: str, owed: int) -> None:
    """Once 1,000.00 are reached: 600.00 before these records and 600.00 of B bring the 500.00."""
    when = '{reaches: "1,000.00", counting: gross proceeds}'
    fixed = {"kind": "fixed fee", "section": "3", "says": "Fixed.", "amount": '"500.00"', "due": "when it accrues"}
    one = stated(fee(), {"id": "bonus", **fixed, "when": when})
    before = [balance("fee", "36.00", base), balance("bonus", amount, base)]
    assert payable(ledger(one, sale("B", "2024-05-06", "600.00"), balances=before)) == owed


@pytest.mark.parametrize(("base", "told"), [("999.99", []), ("1000.00", ["balance-differs"])])
def test_a_bonus_whose_base_reaches_the_threshold_though_nothing_had_accrued(base: str, told: list[str]) -> None:
    """The balance is taken as it stands: at 1,000.00 the threshold was reached before, and nothing is owed now."""
    when = '{reaches: "1,000.00", counting: gross proceeds}'
    fixed = {"kind": "fixed fee", "section": "3", "says": "Fixed.", "amount": '"500.00"', "due": "when it accrues"}
    one = stated(fee(), {"id": "bonus", **fixed, "when": when})
    found = ledger(one, sale("B", "2024-05-06", "600.00"), balances=[balance("bonus", "0.00", base)])
    assert codes(found) == told and payable(found) == 36_00 + (0 if told else 500_00)


# ---- what gave way ---------------------------------------------------------------------------------------------------


def limited(most: str, over: str = "agreement") -> Agreement:
    total = f"""limits:
  - {{id: all-in, section: "3", says: A limit., clauses: [fee, more], {most}, over: {over}, gives_way: [more]}}
"""
    return stated(fee(rate="8%"), fee("more", rate="4%"), more=total)


RATE = "rate: 10%, of: gross proceeds"


def test_what_had_given_way_to_a_limit_over_several_clauses() -> None:
    """10% of 1,000.00: 80.00 and 20.00 of 40.00. What gave way would come back only with more room; none is taken."""
    before = [balance("fee", "80.00", "1000.00"), balance("more", "20.00", "1000.00")]
    line = sale("B", "2024-05-06", "500.00")
    found = ledger(limited(RATE), line, balances=before)
    assert codes(found) == ["given-way-open"] and payable(found) == 50_00
    assert "how much of more had given way to the limit all-in" in found.exceptions[0].message
    assert codes(ledger(limited(RATE, "closing"), line, balances=before)) == []
    below = [balance("fee", "80.00", "1000.00"), balance("more", "16.00", "400.00")]
    assert codes(ledger(limited(RATE), line, balances=below)) == []
    assert codes(ledger(limited(RATE), balances=before)) == []
    assert codes(ledger(limited('amount: "100.00"'), line, balances=before)) == []


# ---- what the next run is told ---------------------------------------------------------------------------------------


def test_what_the_next_run_needs_besides_the_rows() -> None:
    line = sale("A", "2024-03-04", "1000.00")
    assert [*left_open(ledger(stated(fee()), line))] == []
    one = stated(
        fee(limit='{amount: "100.00", over: agreement, earlier: does not count}'),
        expenses(limits='[{amount: "5.00", category: travel}]'),
        tail="{months: 12, starts: first closing}",
    )
    told = [*left_open(ledger(one, line, expenses=[spent("2024-03-01", "3.00")]))]
    assert [text.split(";")[0] for text in told] == [
        "one: fee has no row, since its limit does not count earlier rows",
        "one: the row of expenses does not say how much of each of its limits by period or category was used",
        "one: the tail counts from the first closing",
    ]
    assert told[2].endswith("the next run needs the event first closing, 2024-03-04.")
    (told_of_limit,) = left_open(ledger(limited(RATE), line))
    assert "no row says how much of more gave way to the limit all-in" in told_of_limit


# ---- lines that count only since something happened ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "happened"),
    [("{days: 30, after_event: release}", "release"), ("{days: 30, after: final closing}", "final closing")],
)
@pytest.mark.parametrize(("on", "told"), [("2024-04-01", True), ("2024-03-31", False)])
def test_lines_before_the_balances_that_count_since_an_event_are_told(
    within: str, happened: str, on: str, told: bool
) -> None:
    """By 31 March nothing counted: 6% of 10,000.00, sold on 1 March, accrues once the event of 1 April is known. With
    an event of 31 March it had accrued, and the balance holds it.
    """
    of = stated(fee(lines=f"{{within: {within}}}"))
    early, late = sale("A", "2024-03-01", "10,000.00"), sale("B", "2024-04-15", "10,000.00")
    events = [{"event": happened, "date": on, "agreement": "one"}]
    nothing = ledger(of, early, as_of=date(2024, 3, 31), events=events)
    assert payable(nothing) == (0 if told else 600_00)
    assert payable(ledger(of, early, late, events=events)) == 1_200_00
    had = balance("fee", "0.00", "0.00") if told else balance("fee", "600.00", "10,000.00")
    resumed = ledger(of, late, events=events, balances=[had])
    assert payable(resumed) == 600_00 and codes(resumed) == (["window-open"] if told else [])


def test_where_nothing_has_happened_since_the_balances_no_line_is_open() -> None:
    of = stated(fee(lines="{within: {days: 30, after_event: release}}"))
    found = ledger(of, sale("B", "2024-04-15", "10,000.00"), balances=[balance("fee", "0.00", "0.00")])
    assert payable(found) == 0 and codes(found) == []
