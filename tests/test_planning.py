"""Quotes of closings that have not happened, and what is still to come; figures worked by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import adapter
import numpy as np
import pytest
from commands import ROOT, feecalc
from hypothesis import given
from strategies import LAST, Record, engagements

from feecalc import exposure
from feecalc.ledger import UNITS
from feecalc.quote import quoted

NEO = "examples/neotherapeutics-2002"


def text(*arguments: str, status: int = 0) -> str:
    ran = feecalc(*arguments)
    assert ran.status == status, ran.stderr
    assert max(map(len, ran.stdout.splitlines())) <= 80
    return " ".join(ran.stdout.split())


def test_a_quote_by_amount_ties_sources_and_uses() -> None:
    """6% of 1,000,000.00 in halves, 10,000 warrants at 2.75, 940,000.00 net."""
    told = text("quote", NEO, "--as-of", "2002-03-20", "--amount", "1,000,000", "--price", "2.00", "--by", "brighton")
    assert "brighton cash-fee Atwood Capital Ltd. 30,000.00 30,000.00" in told
    assert "warrants Brighton Capital Ltd. warrants 10,000 2.75" in told
    assert "net to the company 940,000.00" in told and "Total 1,000,000.00 1,000,000.00" in told


def test_a_quote_by_table_takes_todays_balances(tmp_path: Path) -> None:
    """Ladenburg: 5,150,000.00 more bring 257,500.00 of fees; 94,500.00 of the 150,000.00 is used, 55,500.00 left. The
    advance is recouped already.
    """
    (tmp_path / "next.csv").write_text(
        "closing,date,investor,gross_proceeds,introduced_by\nNEXT,2002-04-10,Fund,5150000.00,ladenburg\n", "utf-8"
    )
    told = text("quote", NEO, "--as-of", "2002-03-31", "--closing", str(tmp_path / "next.csv"))
    assert "ladenburg cash-fee Ladenburg Thalmann & Co. 257,500.00 257,500.00" in told
    assert "ladenburg expense-allowance Ladenburg Thalmann & Co. 55,500.00 55,500.00" in told
    assert "net to the company 4,837,000.00" in told


def test_a_quote_needs_a_closing() -> None:
    assert feecalc("quote", NEO).status == 2
    ran = feecalc("quote", NEO, "--amount", "1.000,00", "--as-of", "2002-03-31")
    assert ran.status == 2 and "the assumed closing" in ran.stderr


def test_exposure_tells_what_is_left() -> None:
    told = text("exposure", NEO, "--as-of", "2002-03-31", "--raise", "1,000,000", "--price", "2.00")
    assert "jefferies warrants pool 20,000 warrants 105,000 warrants" in told
    assert "jefferies Investor A (invented) no end" in told
    assert "brighton Brighton Capital Ltd. warrants 18,500 2.75 not known" in told
    # 125,000 x 3.4/15 - 20,000 = 8,333.33, down
    assert "jefferies warrants Jefferies & Company, Inc. warrants 8,333 2.00" in told
    assert "A further raise of 1,000,000.00 from an investor of ladenburg would cost" in told


def test_held_parts_and_expired_warrants(tmp_path: Path) -> None:
    provision = adapter.agreement_from((ROOT / "docs" / "provisions" / "paid-in-parts.yaml").read_text("utf-8"))
    rows = {
        "closings": [
            {"closing": "A", "date": "2024-03-04", "investor": "One", "shares": "1000", "price": "2.00", "security": ""}
        ],
        "events": [{"event": "final closing", "date": "2024-05-06"}],
    }
    before = adapter.ledger_from([provision], rows, adapter.date(2024, 4, 1))
    assert [(h.clause, h.amount) for h in exposure.held(before)] == [("advisory-fee", 10_000_00), ("warrants", 50)]
    after = adapter.ledger_from([provision], rows, adapter.date(2024, 6, 1))
    assert exposure.held(after) == []
    assert [(o.count, o.exercise_price, o.expires) for o in exposure.outstanding(after)] == [(50, "2.00", "2029-05-06")]
    assert exposure.outstanding(adapter.ledger_from([provision], rows, adapter.date(2029, 5, 7))) == []


@given(engagements(with_rescissions=False))
def test_a_quote_is_the_difference_and_its_uses_are_its_sources(engagement: Record) -> None:
    """For random engagements and a last closing: costs add up to what the ledger with it has more than without."""
    lines = engagement["lines"]
    day = max([line["date"] for line in lines] + [LAST]) + timedelta(1)
    last = [{**line, "closing": "Z", "date": day} for line in lines[:2]]
    engagement = {**engagement, "as_of": day}
    without, with_it = adapter.engine(engagement), adapter.engine({**engagement, "lines": lines + last})
    quote = quoted(without, with_it, np.arange(len(lines), len(lines) + len(last), dtype=np.int32))
    cash = [cost for cost in quote.costs if cost.unit not in UNITS]
    for name in ("accrued", "recouped", "held", "payable"):
        first, second = (
            int(ledger.entries.loc[~ledger.entries["unit"].isin(UNITS), name].sum()) for ledger in (without, with_it)
        )
        assert sum(getattr(cost, name) for cost in cash) == second - first
    assert quote.net + sum(quote.wires().values()) + sum(quote.deducted().values()) == quote.cash


@pytest.mark.parametrize(
    "words, says",
    [
        (("quote", NEO, "--amount", "1m", "--price", "2.00"), "for --amount"),
        (("quote", NEO, "--amount", "100.00", "--price", "two"), "for --price"),
        (("quote", NEO, "--amount", "-100.00"), "for --amount: -100.00 is not more than zero"),
        (("exposure", NEO, "--raise", "(5.00)", "--price", "2.00"), "for --raise: (5.00) is not more than zero"),
        (("exposure", NEO, "--raise", "0"), "for --raise: 0 is not more than zero"),
    ],
)
def test_an_assumed_amount_that_is_none_is_refused_by_its_option(words: tuple[str, ...], says: str) -> None:
    ran = feecalc(*words, "--as-of", "2002-03-31")
    assert ran.status == 2 and says in ran.stderr, ran
