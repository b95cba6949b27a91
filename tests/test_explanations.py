"""Explanations tell what a base is made of, which rate was reached, and at which rate money was exchanged."""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT, feecalc

from feecalc.explain import explanation
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
