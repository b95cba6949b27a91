"""Quotes of closings that have not happened, and what is still to come; figures worked by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import adapter
import numpy as np
import pytest
from commands import ROOT, feecalc
from hypothesis import given
from strategies import LAST, Record, engagements

from feecalc import exposure
from feecalc.balances import roll_forwards
from feecalc.ledger import UNITS, Ledger
from feecalc.quote import quoted
from feecalc.write.planning_text import exposure_text

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


LIMITED = """
  - {id: extra, kind: percentage, section: "2", says: 2%., rate: 2%, base: gross proceeds,
     rounding: {mode: half up, over: closing}, due: at closing}
  - {id: expenses, kind: reimbursement, section: "4", says: Expenses., due: when recorded, LIMITS
     approved: are beyond the limits}
limits:
  - {id: total, section: "3", says: A limit., clauses: [cash-fee, extra], TOTAL, gives_way: [extra]}
"""


SALE = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "100000.00"}


def limited(total: str, limits: str = "", amended: str = "", **rows: list[dict[str, str]]) -> Ledger:
    """6% and 2% of 100,000.00, which come to at most `total`, and expenses; as of 2024-05-31."""
    source = (ROOT / "docs" / "provisions" / "flat-percent.yaml").read_text("utf-8").split("examples:")[0].rstrip()
    source = re.sub("\n    rate: .*", "\n    rate: 6%", source)
    written = source + LIMITED.replace("TOTAL", total).replace("LIMITS", limits) + amended
    return adapter.ledger_from(
        [adapter.agreement_from(written)], {"closings": [SALE], **rows}, adapter.date(2024, 5, 31)
    )


def caps(ledger: Ledger) -> dict[str, tuple[int, int, int | None, int | None]]:
    """Of each row: opening, closing, limit, left."""
    return {f"{r.clause}: {r.what}": (r.opening, r.closing, r.limit, r.left) for r in roll_forwards(ledger)}


def test_a_limit_over_several_clauses_is_exposed() -> None:
    """6,000.00 and 2,000.00 are used; 10,000.00 and 9% of 100,000.00 leave 2,000.00 and 1,000.00."""
    ledger = limited('amount: "10,000.00", over: agreement')
    told = " ".join(exposure_text(ledger).split())
    assert "flat-percent total limit over cash-fee, extra 8,000.00 USD 2,000.00 USD" in told and "Nothing" not in told
    found = caps(ledger)
    assert found["total: limit over cash-fee, extra"] == (0, 8_000_00, 10_000_00, 2_000_00)
    assert found["extra: gives way to total"] == (0, 2_000_00, None, None)
    assert found["cash-fee: counts toward total"] == (0, 6_000_00, None, None)
    found = caps(limited('rate: "9%", of: gross proceeds, over: agreement'))
    assert found["total: limit over cash-fee, extra"] == (0, 8_000_00, 9_000_00, 1_000_00)


def test_a_limit_over_several_clauses_counts_what_was_before() -> None:
    """Before: 5,000.00 on 70,000.00. 9% of 170,000.00 is 15,300.00; 5,000.00 and 8,000.00 are used, 2,300.00 left."""
    before = [
        {
            "agreement": "flat-percent",
            "clause": "cash-fee",
            "as_of": "2024-02-01",
            "amount": "4000.00",
            "base": "70000.00",
        },
        {
            "agreement": "flat-percent",
            "clause": "extra",
            "as_of": "2024-02-01",
            "amount": "1000.00",
            "base": "50000.00",
        },
    ]
    found = caps(limited('rate: "9%", of: gross proceeds, over: agreement', balances=before))
    assert found["total: limit over cash-fee, extra"] == (5_000_00, 13_000_00, 15_300_00, 2_300_00)


def test_what_never_gives_way_may_have_passed_a_limit() -> None:
    """The fee of 6,000.00 is more than 5,999.99, and extra gave way: nothing is left."""
    assert caps(limited('amount: "5,999.99", over: agreement'))["total: limit over cash-fee, extra"] == (
        0,
        6_000_00,
        5_999_99,
        0,
    )


def test_a_limit_for_each_closing_is_exposed_as_that() -> None:
    told = " ".join(exposure_text(limited('amount: "7,000.00", over: closing')).split())
    assert "total limit for each 7,000.00 USD 7,000.00 USD for each closing over" in told, told
    told = " ".join(exposure_text(limited('rate: "7%", of: gross proceeds, over: closing')).split())
    assert "7,000.00 USD anew for each closing" in told, told


def test_securities_count_at_their_values_in_what_is_exposed() -> None:
    """1,001 warrants at 0.35 are 350.35, and 5.1 cents are a whole cent more."""
    provision = (ROOT / "docs" / "provisions" / "cap-with-warrants.yaml").read_text("utf-8")
    provision = provision.replace("over: closing\n    gives_way", "over: agreement\n    gives_way").split("examples:")[
        0
    ]
    provision = provision.replace('each: "0.35"', 'each: "0.350051"')
    sale = {"closing": "A", "date": "2024-03-04", "investor": "One", "shares": "20,020", "gross_proceeds": "10,000.00"}
    ledger = adapter.ledger_from([adapter.agreement_from(provision)], {"closings": [sale]}, adapter.date(2024, 5, 31))
    assert caps(ledger)["total: limit over cash-fee, warrants"] == (0, 950_41, 8_000_00, 7_049_59)
    # 100 warrants before are 35.0051; the 1,101 now are 385.406151
    before = {"agreement": "cap-with-warrants", "clause": "warrants", "as_of": "2024-02-01", "amount": "100"}
    tables = {"closings": [sale], "balances": [{**before, "base": "2,000"}]}
    ledger = adapter.ledger_from([adapter.agreement_from(provision)], tables, adapter.date(2024, 5, 31))
    assert caps(ledger)["total: limit over cash-fee, warrants"] == (35_01, 985_41, 8_000_00, 7_014_59)


def test_a_limit_that_is_not_whole_cents_allows_the_whole_cents_below() -> None:
    """9% of 100,000.09 is 9,000.0081; 6,000.01 (6,000.0054) and 2,000.00 (2,000.0018) are used."""
    sale = {**SALE, "gross_proceeds": "100000.09"}
    found = caps(limited('rate: "9%", of: gross proceeds, over: agreement', closings=[sale]))
    assert found["total: limit over cash-fee, extra"] == (0, 8_000_01, 9_000_00, 999_99)


def test_limits_on_expenses_are_exposed() -> None:
    """Legal: 700.00 of 900.00. May: 500.00 of 600.00, what was approved is beyond. The first quarter is over. June has
    not begun.
    """
    spent = [
        {"agreement": "flat-percent", "clause": "expenses", "category": category, "date": day, "amount": amount}
        | {"approved_by": approved}
        for category, day, amount, approved in (
            ("legal", "2024-04-30", "200.00", ""),
            ("legal", "2024-05-01", "500.00", ""),
            ("travel", "2024-05-02", "4000.00", "Board"),
        )
    ]
    limits = (
        'limit: {amount: "5,000.00", over: agreement}, limits: [{category: legal, amount: "900.00"}, '
        '{amount: "600.00", each: month}, {amount: "50.00", through: 2024-03-31}, '
        '{amount: "60.00", from: 2024-06-01, each: quarter}, {amount: "70.00", from: 2024-06-01}],'
    )
    ledger = limited('amount: "10,000.00", over: agreement', limits, expenses=spent)
    found = caps(ledger)
    assert found["expenses: limit; limits on expenses"] == (0, 4_700_00, 5_000_00, 4_300_00)
    assert found["expenses: limit on expenses: legal"] == (0, 700_00, 900_00, 200_00)
    assert found["expenses: limit on expenses: each month (2024-05)"] == (0, 500_00, 600_00, 100_00)
    assert found["expenses: limit on expenses: through 2024-03-31"] == (0, 0, 50_00, None)
    assert found["expenses: limit on expenses: each quarter, from 2024-06-01 (quarter 2 of 2024)"][3] is None
    assert found["expenses: limit on expenses: from 2024-06-01"] == (0, 0, 70_00, 70_00)


def test_an_amended_limit_on_expenses_carries_on() -> None:
    """Legal: 900.00 under the first terms, 400.00 under the second, which allow 1,500.00; travel 10.00 of 50.00. The
    70.00 before travel had a limit do not count.
    """
    amended = """
amendments:
  - {id: first, effective: 2024-05-01, section: Amendment, says: More., rules: closings from that day,
     changes: {clauses: {expenses: {says: More., limits: [{category: travel, amount: "50.00"},
                                                          {category: legal, amount: "1,500.00"}]}}}}
"""
    spent = [
        {"agreement": "flat-percent", "clause": "expenses", "category": category, "date": day, "amount": amount}
        for category, day, amount in (
            ("legal", "2024-04-30", "1000.00"),
            ("travel", "2024-04-30", "70.00"),
            ("legal", "2024-05-01", "400.00"),
            ("travel", "2024-05-02", "10.00"),
        )
    ]
    limits = 'limits: [{category: legal, amount: "900.00"}],'
    found = caps(limited('amount: "10,000.00", over: agreement', limits, amended, expenses=spent))
    assert found["expenses: limits on expenses"] == (0, 1_380_00, None, None)
    assert found["expenses: limit on expenses: legal"] == (0, 1_300_00, 1_500_00, 200_00)
    assert found["expenses: limit on expenses: travel"] == (0, 10_00, 50_00, 40_00)


def test_a_limit_over_several_clauses_allows_nothing_of_nothing() -> None:
    sale = {
        "closing": "Z",
        "date": "2024-03-05",
        "investor": "One",
        "gross_proceeds": "-100000.00",
        "event": "rescission",
    }
    found = caps(limited('rate: "9%", of: gross proceeds, over: agreement', closings=[SALE, {**sale, "reverses": "A"}]))
    assert found["total: limit over cash-fee, extra"] == (0, 0, 0, 0)


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
