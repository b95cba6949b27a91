"""One credit note over what a rescission takes back under several clauses; worked by hand.

Agent LLC is owed 5% and 2% of A, 100,000.00: 5,000.00 and 2,000.00. R undoes 20,000.00 of it, and takes back 1,000.00
and 400.00: 5,600.00 are left.
"""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT
from test_reconciliation import differences, rows
from test_set_off import conserves, standings

from feecalc.reconcile import Reconciliation, reconcile

CLOSINGS = """
    A,2024-03-01,I1,100000.00,,
    R,2024-06-10,I1,-20000.00,,A
"""
ALLOWANCE = """  - id: allowance
    kind: percentage
    section: "2"
    says: An allowance of 2% of gross proceeds.
    rate: 2%
    base: gross proceeds
    rounding: {mode: half up, over: closing}
    due: at closing

"""
ONE_ROW = "I-1,2024-03-02,Agent LLC,7000.00,,A"
TWO_ROWS = "I-1,2024-03-02,Agent LLC,5000.00,cash-fee,A\nI-1,2024-03-02,Agent LLC,2000.00,allowance,A"
PAID = "P1,2024-07-10,Agent LLC,5600.00,I-1"


def credit(amount: str, more: str = "") -> str:
    return f"\nCN,2024-06-12,Agent LLC,-{amount},,,,I-1{more}"


def taken_back(made: Reconciliation) -> list[int]:
    """What met what the rescissions took back."""
    return sorted(each.amount for each in made.applications if each.rule == "taken back")


def told(invoices: str, payments: str = "", closings: str = CLOSINGS, allowance: str = ALLOWANCE) -> Reconciliation:
    text = (ROOT / "docs" / "provisions" / "set-off.yaml").read_text("utf-8").split("examples:")[0]
    text = text.replace("rate: 6%", "rate: 5%").replace("set_off: allowed\n", "")
    text = text.replace("payments_applied: oldest first\n", "") + allowance
    given = {"closings": closings, "invoices": invoices, "payments": payments}
    tables = {name: rows(name, table) for name, table in given.items()}
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], tables, date(2024, 12, 31)))
    conserves(made)
    return made


@pytest.mark.parametrize("invoice", [ONE_ROW, TWO_ROWS])
@pytest.mark.parametrize("names", [",,,,I-1", ",,A,,I-1", ",,R,,I-1"])
def test_a_credit_note_over_two_clauses_of_one_rescission(invoice: str, names: str) -> None:
    made = told(f"{invoice}\nCN,2024-06-12,Agent LLC,-1400.00{names}", PAID)
    assert differences(made) == []
    assert {closing: left for closing, (_, _, left) in standings(made).items()} == {"A": "0.00", "R": "0.00"}
    assert taken_back(made) == [400_00, 1_000_00]


@pytest.mark.parametrize("invoice", [ONE_ROW, TWO_ROWS])
def test_a_credit_note_of_a_row_for_each_clause(invoice: str) -> None:
    rows_ = "\nCN,2024-06-12,Agent LLC,-1000.00,cash-fee,,,I-1\nCN,2024-06-12,Agent LLC,-400.00,allowance,,,I-1"
    made = told(invoice + rows_, PAID)
    assert differences(made) == [] and taken_back(made) == [400_00, 1_000_00]


@pytest.mark.parametrize("invoice", [ONE_ROW, TWO_ROWS])
def test_a_credit_note_of_the_whole_invoice(invoice: str) -> None:
    made = told(invoice + credit("7000.00"), "", CLOSINGS.replace("-20000", "-100000"))
    assert differences(made) == [] and taken_back(made) == [2_000_00, 5_000_00]


@pytest.mark.parametrize("invoice", [ONE_ROW, TWO_ROWS])
def test_a_credit_note_of_the_part_of_one_clause(invoice: str) -> None:
    """The fee's 1,000.00 are credited. The allowance's 400.00 are taken off what is open of A's."""
    made = told(invoice + credit("1000.00"), PAID)
    assert taken_back(made)[-1] == 1_000_00
    assert [each for each in differences(made) if each[2] == "1000.00" or each[0] == "unapplied"] == []


TWICE = CLOSINGS + "    S,2024-06-11,I1,-10000.00,,A\n"


@pytest.mark.parametrize(
    ("amount", "met"),
    [
        ("1400.00", [400_00, 1_000_00]),  # R
        ("700.00", [200_00, 500_00]),  # S
        ("2100.00", [200_00, 400_00, 500_00, 1_000_00]),  # both
        ("500.00", [500_00]),  # S, of the fee
    ],
)
def test_a_credit_note_after_two_rescissions(amount: str, met: list[int]) -> None:
    """R takes back 1,000.00 and 400.00 of A, S 500.00 and 200.00."""
    paid = f"P1,2024-07-10,Agent LLC,{70 - int(amount[:-5])}00.00,I-1"
    made = told(ONE_ROW + credit(amount), paid, TWICE)
    assert [each for each in taken_back(made) if each in met] == met
    assert not [each for each in differences(made) if each[0] in ("unapplied", "unpaid") and amount == "2100.00"]


@pytest.mark.parametrize("amount", ["1399.99", "1400.01", "1001.00"])
def test_a_credit_note_of_another_amount_asks(amount: str) -> None:
    """It is what no rescission takes back, so that nobody says what of the invoice it lowers."""
    made = told(ONE_ROW + credit(amount))
    assert ("unapplied", "", f"-{amount}") in differences(made)


def test_a_credit_note_of_one_of_two_rescissions_of_one_amount() -> None:
    """R and S each take back 1,000.00 and 400.00 of A. Either way 1,400.00 of I-1 are credited, and as much is not."""
    made = told(ONE_ROW + credit("1400.00"), PAID, TWICE.replace("-10000", "-20000"))
    assert differences(made) == [("overpaid", "S", "1000.00"), ("overpaid", "S", "400.00")]


def test_what_falls_due_in_instalments_asks() -> None:
    """A quarter of the allowance falls due at closing: I-1 is for 5,000.00 and 500.00, and R takes back 1,000.00,
    100.00 and 300.00. What of the 1,400.00 lowers I-1, and what the instalment to come, nobody says.
    """
    quarters = "due: [{part: 1/4, when: at closing}, {part: 3/4, when: {months: 2, after: closing}}]"
    text = ALLOWANCE.replace("due: at closing", quarters)
    made = told("I-1,2024-03-02,Agent LLC,5500.00,,A" + credit("1400.00"), "", allowance=text)
    assert ("unapplied", "", "-1400.00") in differences(made)
