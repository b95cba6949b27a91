"""Explanations tell what a base is made of, which rate was reached, and at which rate money was exchanged."""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT, feecalc
from test_resuming import expenses, stated
from test_resuming import ledger as ledger_of

from feecalc.explain import explanation, whys
from feecalc.ledger import Ledger

PROVISIONS = ROOT / "docs" / "provisions"


def ledger(provision: str, *closings: dict[str, str]) -> Ledger:
    agreement = adapter.agreement_from((PROVISIONS / f"{provision}.yaml").read_text("utf-8"))
    return adapter.ledger_from([agreement], {"closings": list(closings)}, date(2030, 12, 31))


def told(found: Ledger, clause: str, closing: str) -> str:
    e = found.entries
    (place,) = e.index[(e["clause"] == clause) & (e["closing"] == closing)]
    text = explanation(found, place)
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def test_a_base_is_told_in_its_parts() -> None:
    """300,000.00 less 10,000.00 of legal costs less the allowance of 1%, 3,000.00."""
    line = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "300,000.00"}
    found = ledger("net-proceeds", {**line, "legal_costs": "10,000.00", "in_escrow": "0.00"})
    words = told(found, "cash-fee", "A")
    assert (
        "The base in its parts: 300,000.00 gross proceeds less 10,000.00 `legal_costs` less 3,000.00 allowance = "
        "287,000.00." in words
    )
    assert "The base in its parts" not in told(found, "allowance", "A")


def test_a_rate_on_the_whole_amount_is_told_with_what_went_before() -> None:
    """2,600,000 shares at 3.75% are 97,500; 5,100,000 at 7.5% are 382,500."""
    lines = [
        {"closing": name, "date": day, "investor": name, "shares": shares, "price": "1.00", "investor_class": ""}
        for name, day, shares in (("A", "2024-03-04", "2600000"), ("B", "2024-04-01", "2500000"))
    ]
    found = ledger("rate-reached-on-the-whole", *lines)
    assert ": 97,500 (3.75% of 2,600,000 is 97,500)." in told(found, "warrants", "A")
    assert "(7.5% of 5,100,000 is 382,500; less 3.75% of 2,600,000, 97,500)." in told(found, "warrants", "B")


def test_exchanged_money_is_told_with_its_rate() -> None:
    """33,333.33 at 0.7405 = 24,683.330865."""
    line = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "33,333.33"}
    words = told(ledger("currency", {**line, "currency": "CAD", "exchange_rate": "0.7405"}), "cash-fee", "A")
    assert "33,333.33 CAD gross proceeds, which count at 0.7405 as 24,683.33 USD" in words


@pytest.mark.parametrize(
    ("provision", "words"), [("set-off", "reduces what else it is owed"), ("flat-percent", "does not reduce")]
)
def test_a_term_sheet_says_how_payments_are_applied_and_whether_they_set_off(provision: str, words: str) -> None:
    ran = feecalc("describe", "-a", str(PROVISIONS / f"{provision}.yaml"))
    assert ran.status == 0, ran.stderr
    text = " ".join(ran.stdout.split())
    assert "Payments: " in text and f"Set-off: what a payee was paid too much {words}" in text


def test_a_difference_of_a_rounded_running_total_is_not_said_to_be_rounded_from_its_own_part() -> None:
    """8% of 1,010 is 80.8, down 80; of 2,020 it is 161.6, down 161: 81 more, though 80.8 down is 80."""
    warrants = {"kind": "warrants", "section": "2", "says": "8%.", "rate": "8%", "base": "securities sold"}
    warrants |= {"due": "at closing", "rounding": "{mode: down, over: agreement}", "expires": "not stated"}
    one = stated({"id": "warrants", **warrants, "exercise_price": '"2.00"'})
    lines = [
        {"closing": closing, "date": day, "investor": "Ann", "shares": "1010", "price": "1.00"}
        for closing, day in (("A", "2024-03-04"), ("B", "2024-05-06"))
    ]
    back = {**lines[1], "closing": "R", "date": "2024-06-03", "shares": "-1010", "reverses": "B"}
    told = [why.split(": ", 1)[-1] for why in whys(ledger_of(one, *lines, back | {"event": "rescission"}))]
    running = "the running total of the agreement is rounded down, and this is the difference)"
    assert told == [
        "80 (down from 80.8)",
        f"81 (alone it is 80.8; {running}",
        f"(81) (alone it is (80.8); {running}",
    ]


def test_what_an_expense_is_held_by_is_told() -> None:
    """60.00 in all, and 30.00 a month for legal; of 40.00 legal 30.00 are paid back, and of 50.00 travel 30.00."""
    limits = {
        "limit": '{amount: "60.00", over: agreement}',
        "limits": '[{category: legal, amount: "30.00", each: month}]',
    }
    spent_on = [
        {"agreement": "one", "date": "2024-03-04", "amount": "40.00", "category": "Legal"},
        {"agreement": "one", "date": "2024-03-05", "amount": "50.00", "category": "travel"},
    ]
    told = [*whys(ledger_of(stated(expenses(**limits)), expenses=spent_on))]
    assert told[0].endswith("the least that is left within 60.00 in all and 30.00 (legal, each month) is 30.00")
    assert told[1].endswith("the least that is left within 60.00 in all is 30.00")
