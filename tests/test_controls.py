"""Control totals: every measure met and missed, worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import adapter
import pytest
from test_forensics import ADVANCE, FEE, agreement, sale

from feecalc.controls import MEASURES
from feecalc.ledger import Check
from feecalc.linking import linked
from feecalc.problems import Problems
from feecalc.read.records import records_of
from feecalc.records import TABLES

LINES = [
    sale("A", "2,000.00", "2024-03-04", shares="1,000", price="2.00", investor_warrants="250"),
    sale("B", "1,000.00", "2024-04-04", shares="500", price="2.00", investor_warrants="125", non_cash="100.00"),
]


def control(measure: str, amount: str, day: str = "2024-04-04", **more: str) -> dict[str, str]:
    return {"measure": measure, "as_of": day, "amount": amount, **more}


def checked(*rows: dict[str, str], **tables: Any) -> list[Check]:
    found = adapter.ledger_from(
        [agreement(FEE, ADVANCE)], {"closings": LINES, "control_totals": list(rows), **tables}, date(2024, 12, 31)
    )
    return [check for check in found.checks if check.name.startswith("control total")]


@pytest.mark.parametrize(
    ("measure", "day", "amount"),
    [
        ("gross_proceeds", "2024-03-04", "2,000.00"),
        ("cash proceeds", "2024-04-04", "2,900.00"),
        ("shares_sold", "2024-04-04", "1,500"),
        ("lines", "2024-04-04", "2"),
        ("closings", "2024-03-04", "1"),
        ("investor_warrants", "2024-03-04", "250"),
        ("warrant_coverage", "2024-04-04", "25%"),
        ("fees_accrued", "2024-04-04", "180.00"),  # 6% of 3,000.00; the advance is not counted beside it
        ("fees_paid", "2024-04-30", "60.00"),
    ],
)
def test_a_measure_is_met_and_missed(measure: str, day: str, amount: str) -> None:
    paid = [
        {"payment": "P1", "date": "2024-04-30", "payee": "Agent", "amount": "60.00"},
        {"payment": "P2", "date": "2024-05-01", "payee": "Agent", "amount": "70.00"},
    ]
    (check,) = checked(control(measure, amount, day), payments=paid)
    assert check.holds and check.expected == check.found == amount
    more = amount.replace("%", "1%").replace("0", "1") if "0" in amount or "%" in amount else "9"
    (check,) = checked(control(measure, more, day), payments=paid)
    assert not check.holds and check.found == amount


def test_shares_outstanding_after_rest_on_those_before() -> None:
    """10,000 at the end of 4 March, after A; 500 sold in B: 10,500, within 50 of 10,540, and not within 30."""
    before = control("shares_outstanding_before", "10,000", "2024-03-04")
    after = control(
        "shares_outstanding_after", "10,540", tolerance="50", tolerance_name="a round figure", source="Agent"
    )
    (check,) = checked(before, after)
    assert (check.holds, check.expected, check.found) == (True, "10,540", "10,500")
    assert check.detail == "control_totals.csv:3: Agent, within 50 (a round figure)"
    (check,) = checked(before, {**after, "tolerance": "30"})
    assert not check.holds


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (control("shares_outstanding_after", "10,500"), "control-without-before"),
        (control("fees_payd", "1.00"), "unknown-measure"),
    ],
)
def test_a_control_total_that_cannot_be_met(row: dict[str, str], code: str) -> None:
    problems = Problems()
    tables = {"closings": LINES, "control_totals": [row]}
    records = records_of({name: adapter.table_of(name, rows) for name, rows in tables.items()}, problems)
    linked([agreement(FEE)], records, problems)
    assert [problem.code for problem in problems] == [code]


def test_coverage_of_nothing_sold_is_none() -> None:
    (check,) = checked(control("warrant_coverage", "25%", "2024-01-01"))
    assert not check.holds and check.found == "none"


def test_every_measure_is_in_the_manual() -> None:
    assert all(measure in TABLES["control_totals"]["measure"].doc for measure in MEASURES)
