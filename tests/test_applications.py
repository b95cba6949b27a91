"""What is applied to what: what takes back, invoices as they are paid, what is set against what; worked by hand.

Agent LLC is owed 5% of A, 100,000.00, and of E, 60,000.00: 5,000.00 and 3,000.00. R takes back 20,000.00 of A, 1,000.00.
"""

from __future__ import annotations

import pytest
from test_reconciliation import differences, found
from test_set_off import BILLED, told

from feecalc.reconcile import Reconciliation

A = "A,2024-03-01,I1,100000.00,,\n"
E = "E,2024-07-01,I5,60000.00,,\n"
R = "R,2024-06-10,I1,-20000.00,,A\n"
I1 = "I-1,2024-03-02,Agent LLC,5000.00\n"


def plain(closings: str, invoices: str = "", payments: str = "") -> Reconciliation:
    """Without set-off, and no payment for the oldest first."""
    return told(closings, invoices, payments, set_off=False, oldest=False)


def taken_back(made: Reconciliation) -> list[tuple[str, int, int, int, str]]:
    """What one document takes back of another of its kind: its kind, both places, how much and the note."""
    return [
        (each.source[0], each.source[1], each.target[1], each.amount, each.note)
        for each in made.applications
        if each.source and each.target and each.source[0] == each.target[0] != "due"
    ]


def test_what_a_wire_that_came_back_sets_free_is_paid_by_another() -> None:
    """1,000.00 of P1 came back, and P2 pays what is open again."""
    for back in (",,,P1", ",cash-fee,A"):
        of_p1 = ",I-1" if "P1" in back else ",,cash-fee,A"
        wires = f"P1,2024-03-10,Agent LLC,5000.00{of_p1}\nB,2024-03-15,Agent LLC,-1000.00,{back}\n"
        made = plain(A, I1 if "P1" in back else "", wires + "P2,2024-03-25,Agent LLC,1000.00")
        assert differences(made) == [] and taken_back(made) == [("payment", 1, 0, 1_000_00, "a part of it")]


def test_a_wire_and_its_return_of_one_day_are_left_out_without_a_reference() -> None:
    made = plain(A, "", "P1,2024-03-10,Agent LLC,5000.00\nP2,2024-03-10,Agent LLC,-5000.00")
    assert differences(made) == [("unpaid", "A", "5000.00")]
    assert taken_back(made) == [("payment", 1, 0, 5_000_00, "all of it")]


def test_a_return_that_is_earlier_takes_nothing_back() -> None:
    made = plain(A, "", "P1,2024-03-10,Agent LLC,-5000.00\nP2,2024-03-11,Agent LLC,5000.00")
    assert differences(made) == [("unapplied", "", "-5000.00")] and taken_back(made) == []


@pytest.mark.parametrize("named", ["", ",,,,P1"])
def test_a_cent_that_came_back(named: str) -> None:
    """5% of 0.20 is 0.01, which is paid and comes back."""
    made = plain("A,2024-03-01,I1,0.20,,", "", f"P1,2024-03-10,Agent LLC,0.01\nP2,2024-03-11,Agent LLC,-0.01{named}")
    assert differences(made) == [("unpaid", "A", "0.01")] and len(taken_back(made)) == 1


def test_what_comes_back_is_of_the_open_part_first() -> None:
    """5,500.00 were paid on 5,000.00: of 700.00, 500.00 are of what is open and 200.00 of what pays I-1. 500.00 and less
    leave that as it is.
    """
    for back, paid, told in (
        ("700.00", 4_800_00, [("unpaid", "A", "200.00")]),
        ("500.00", 5_000_00, []),
        ("499.99", 5_000_00, [("overpaid", "", "0.01")]),
    ):
        made = plain(A, I1, f"P1,2024-03-10,Agent LLC,5500.00,I-1\nB,2024-03-15,Agent LLC,-{back},,,,P1")
        assert differences(made) == told
        assert [each.amount for each in made.applications if each.target == ("invoice", 0)] == [paid]


def test_one_wire_that_comes_back_is_paid_anew_where_another_sets_nothing_free() -> None:
    """100.00 that came back are what P5 had paid too much. 1,000.00 of P1 are paid again by P7."""
    wires = """
        P1,2024-03-10,Agent LLC,5000.00,I-1
        P5,2024-07-10,Agent LLC,3100.00,I-5
        B1,2024-07-12,Agent LLC,-1000.00,,,,P1
        B5,2024-07-13,Agent LLC,-100.00,,,,P5
        P7,2024-07-14,Agent LLC,1000.00
    """
    assert differences(plain(A + E, BILLED, wires)) == []


def test_a_credit_note_of_an_invoice_that_is_not_there_is_applied_to_nothing() -> None:
    made = plain(A, I1 + "CN,2024-03-05,Agent LLC,-10.00,,,,I-9")
    assert taken_back(made) == [] and made.applied.open_rows == (0, -10_00)


def test_a_part_that_comes_back_after_another_is_of_what_stays_paid() -> None:
    """8,000.00 for A and E: 3,000.00 came back, which is E, then 10.00, which can only be of A."""
    wires = """
        P1,2024-07-10,Agent LLC,8000.00
        B1,2024-07-15,Agent LLC,-3000.00,,,,P1
        B2,2024-07-16,Agent LLC,-10.00,,,,P1
    """
    assert differences(plain(A + E, "", wires)) == [("unpaid", "A", "10.00"), ("unpaid", "E", "3000.00")]


def test_what_is_taken_back_is_applied_once_where_set_off_looks_again() -> None:
    """500.00 of P5 and all of P9 came back. P1 paid 500.00 too much, which is kept for I-5: all is looked at anew."""
    wires = """
        P1,2024-03-10,Agent LLC,5500.00,I-1
        P5,2024-07-10,Agent LLC,3000.00,I-5
        B5,2024-07-15,Agent LLC,-500.00,,,,P5
        P9,2024-07-16,Agent LLC,700.00
        B9,2024-07-17,Agent LLC,-700.00,,,,P9
        B0,2024-07-18,Agent LLC,-1.23
    """
    made = told(A + E, BILLED, wires, oldest=False)
    assert differences(made) == [("unapplied", "", "-1.23")] and all(each.amount for each in made.applications)
    assert [each.amount for each in made.applications if each.rule == "set-off"] == [500_00]
    assert len(taken_back(made)) == 2


def test_invoices_and_credit_notes_of_payees_whom_nobody_knows_do_not_meet() -> None:
    made = plain(A, "X-1,2024-03-02,Nobody,5.00\nX-2,2024-03-03,Somebody,-5.00")
    assert taken_back(made) == [] and sorted(made.applied.open_rows) == [-5_00, 5_00]


def test_a_credit_note_that_bills_a_rescission_or_takes_back_an_invoice_waits() -> None:
    """G brings 1,000.00, which I-7 bills; R takes back 1,000.00. The credit note of 1,000.00 could be either."""
    closings = A + R + "G,2024-06-20,I7,20000.00,,\n"
    made = plain(closings, I1 + "I-7,2024-06-21,Agent LLC,1000.00\nCN,2024-06-22,Agent LLC,-1000.00")
    (sets,) = made.applied.unclear.values()
    dues = {due.closing: place for place, due in enumerate(made.applied.dues)}
    assert sets == ((("row", 1),), (("due", dues["R"]),)) and taken_back(made) == []


def test_a_credit_note_names_an_invoice_of_its_own_payee() -> None:
    """Both payees number their invoices alike."""
    billed = "".join(f"1,2002-03-14,{payee},30000.00,cash-fee,A\n" for payee in ("Brighton Capital Ltd.", "Atwood Capital Ltd."))
    made = found(invoices=billed + "2,2002-03-15,Brighton Capital Ltd.,-30000.00,,,,1", closings=A_OF_BRIGHTON)
    assert taken_back(made) == [("row", 2, 1, 30_000_00, "all of it")] and made.applied.invoices[1].payee.startswith("B")


A_OF_BRIGHTON = "A,2002-03-13,Investor One,1000000.00,brighton,"


def test_a_row_of_nothing_is_not_what_a_credit_note_takes_back() -> None:
    rows = I1 + "I-1,2024-03-02,Agent LLC,0.00,cash-fee,\nCN,2024-03-05,Agent LLC,-10.00,,,,I-1"
    assert [each[3] for each in taken_back(plain(A, rows))] == [10_00]


def test_a_credit_note_takes_back_the_only_row_of_the_invoice_that_it_names_whatever_else_it_says() -> None:
    rows = "I-1,2024-03-02,Agent LLC,5000.00,cash-fee,A\nCN,2024-07-05,Agent LLC,-10.00,cash-fee,E,,I-1"
    assert [each[3] for each in taken_back(plain(A + E, rows))] == [10_00]


def test_what_a_tolerance_closed_of_a_wire_does_not_come_back() -> None:
    """5,000.05 on 5,000.00: 0.05 are closed as bank charges. 0.05 that come back are of what was paid."""
    wires = "P1,2002-03-15,Brighton Capital Ltd.,30000.05,,cash-fee,A\nB,2002-03-16,Brighton Capital Ltd.,-0.05,,,,P1"
    made = found(closings=A_OF_BRIGHTON, payments=wires, tolerances="bank charges,0.10,,")
    assert [each[3] for each in taken_back(made)] == [5]
    assert ("unpaid", "A", "0.05") not in differences(made)
