"""What is applied to what: what takes back, invoices as they are paid, what is set against what; worked by hand.

Agent LLC is owed 5% of A, 100,000.00, and of E, 60,000.00: 5,000.00 and 3,000.00. R takes back 5% of 20,000.00 of A:
1,000.00.
"""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT
from test_credited_rescissions import ALLOWANCE, ONE_ROW, TWICE, credit
from test_credited_rescissions import told as of_two_clauses
from test_reconciliation import brighton, differences, found, rows
from test_reconciliation_edges import due_in
from test_set_off import BILLED, told

from feecalc.agreement import Agreement
from feecalc.reconcile import Reconciliation, reconcile

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
    for back in (",,,P1", ",cash-fee,A", ",cash-fee,"):
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
    """5,500.00 were paid on 5,000.00: of 700.00, 500.00 are of what is open and 200.00 of what pays I-1. 500.00 and
    less leave that as it is.
    """
    for back, paid, rest in (
        ("700.00", 4_800_00, [("unpaid", "A", "200.00")]),
        ("500.00", 5_000_00, []),
        ("499.99", 5_000_00, [("overpaid", "", "0.01")]),
    ):
        made = plain(A, I1, f"P1,2024-03-10,Agent LLC,5500.00,I-1\nB,2024-03-15,Agent LLC,-{back},,,,P1")
        assert differences(made) == rest
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
    billed = "".join(
        f"1,2002-03-14,{payee},30000.00,cash-fee,A\n" for payee in ("Brighton Capital Ltd.", "Atwood Capital Ltd.")
    )
    made = found(invoices=billed + "2,2002-03-15,Brighton Capital Ltd.,-30000.00,,,,1", closings=A_OF_BRIGHTON)
    assert taken_back(made) == [("row", 2, 1, 30_000_00, "all of it")] and made.applied.invoices[1].payee.startswith(
        "B"
    )


A_OF_BRIGHTON = "A,2002-03-13,Investor One,1000000.00,brighton,"


def test_a_row_of_nothing_is_not_what_a_credit_note_takes_back() -> None:
    rows = I1 + "I-1,2024-03-02,Agent LLC,0.00,cash-fee,\nCN,2024-03-05,Agent LLC,-10.00,,,,I-1"
    assert [each[3] for each in taken_back(plain(A, rows))] == [10_00]


def test_a_credit_note_takes_back_the_only_row_of_the_invoice_that_it_names_whatever_else_it_says() -> None:
    for credited, note in (("10.00", "a part of it"), ("5000.00", "all of it")):
        rows = f"I-1,2024-03-02,Agent LLC,5000.00,cash-fee,A\nCN,2024-07-05,Agent LLC,-{credited},cash-fee,E,,I-1"
        ((_, _, _, amount, said),) = taken_back(plain(A + E, rows))
        assert (f"{amount / 100:.2f}", said) == (credited, note)


def test_what_a_tolerance_closed_of_a_wire_does_not_come_back() -> None:
    """5,000.05 on 5,000.00: 0.05 are closed as bank charges. 0.05 that come back are of what was paid."""
    wires = "P1,2002-03-15,Brighton Capital Ltd.,30000.05,,cash-fee,A\nB,2002-03-16,Brighton Capital Ltd.,-0.05,,,,P1"
    made = found(closings=A_OF_BRIGHTON, payments=wires, tolerances="bank charges,0.10,,")
    assert [each[3] for each in taken_back(made)] == [5]
    assert ("unpaid", "A", "0.05") not in differences(made)


def due_on(made: Reconciliation) -> list[tuple[str, int, int]]:
    """What is due, by its closing, and what is open of it."""
    return [
        (due.closing, due.amount, open_) for due, open_ in zip(made.applied.dues, made.applied.open_dues, strict=True)
    ]


def brighton_due(
    closings: str, waived: str, amount: str = "", agreement: Agreement | None = None
) -> list[tuple[int, int]]:
    """What is due to Brighton, and what is open of it, after a waiver of a day; of all that Brighton has, or of an
    amount.
    """
    decision = {"date": waived, "decision": "waiver", "agreement": "brighton", "clause": "cash-fee", "closing": "A"}
    decision |= {"decided_by": "the board", "reason": "agreed", "amount": amount}
    decision |= {"payee": "Brighton Capital Ltd."} if amount else {}
    given = {"closings": rows("closings", closings), "decisions": [decision]}
    made = reconcile(adapter.ledger_from([agreement or brighton()], given, date(2002, 6, 30)))
    assert all(each.amount for each in made.applications)
    both = zip(made.applied.dues, made.applied.open_dues, strict=True)
    return [(due.amount, open_) for due, open_ in both if due.payee.startswith("Brighton")]


def test_a_waiver_of_the_day_on_which_a_fee_is_due_lowers_it() -> None:
    """30,000.00 less 10,000.00; and where all of it is given up, nothing is due."""
    assert brighton_due(A_OF_BRIGHTON, "2002-03-13", "10,000.00") == [(20_000_00, 20_000_00)]
    assert brighton_due(A_OF_BRIGHTON, "2002-03-13") == []


@pytest.mark.parametrize(
    ("amount", "left"),
    [
        ("10,000.00", [(12_000_00, 12_000_00), (-10_000_00, 0), (18_000_00, 8_000_00)]),
        ("20,000.00", [(12_000_00, 10_000_00), (-20_000_00, 0), (18_000_00, 0)]),
        ("17,999.99", [(12_000_00, 12_000_00), (-17_999_99, 0), (18_000_00, 1)]),
        ("18,000.01", [(12_000_00, 11_999_99), (-18_000_01, 0), (18_000_00, 0)]),
        ("18,000.00", [(12_000_00, 12_000_00), (-18_000_00, 0), (18_000_00, 0)]),
    ],
)
def test_a_waiver_lowers_what_falls_due_last(amount: str, left: list[tuple[int, int]]) -> None:
    """12,000.00 are due on 13 March and 18,000.00 on 12 April; the waiver is of 25 March."""
    assert brighton_due(A_OF_BRIGHTON, "2002-03-25", amount, due_in()) == left


def test_a_waiver_of_one_closing_leaves_another_alone() -> None:
    both = A_OF_BRIGHTON + "\nB,2002-03-13,Investor Two,1000000.00,brighton,"
    assert sorted(brighton_due(both, "2002-03-25", "10,000.00")) == [
        (-10_000_00, 0),
        (30_000_00, 20_000_00),
        (30_000_00, 30_000_00),
    ]


def test_what_was_deducted_from_the_proceeds_is_not_due() -> None:
    text = (ROOT / "docs" / "provisions" / "deducted-from-proceeds.yaml").read_text("utf-8")
    line = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "100,000.00"}
    wire = {"payment": "P", "date": "2024-03-05", "payee": "Agent LLC", "amount": "6,000.00"}
    given = {"closings": [line], "payments": [wire]}
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], given, date(2024, 12, 31)))
    assert made.applied.dues == () and differences(made) == [("overpaid", "", "6000.00")]


def test_what_is_open_first_of_all_is_set_off_too() -> None:
    """A is neither billed nor paid. What R takes back of B, which was paid, is kept for it: 4,000.00 stay open."""
    closings = A + "B,2024-03-02,I2,100000.00,,\nR,2024-06-10,I2,-20000.00,,B"
    made = told(closings, "", "P1,2024-03-10,Agent LLC,5000.00,,cash-fee,B", oldest=False)
    assert differences(made) == [("unpaid", "A", "4000.00")]


def test_an_invoice_of_which_a_row_is_disputed_is_not_set_off() -> None:
    """I-5 bills E and 1,234.00 that nobody owes: what is taken back of A is asked for."""
    invoices = BILLED + "\nI-5,2024-07-02,Agent LLC,1234.00,cash-fee"
    made = told(A + R + E, invoices, "P1,2024-03-10,Agent LLC,5000.00,I-1", oldest=False)
    assert [each for each in made.applications if each.rule == "set-off"] == []
    assert ("overpaid", "R", "1000.00") in differences(made)


def test_what_set_off_makes_clear_is_unclear_no_more() -> None:
    """500.00 came back, and both P3 and P4 were of 500.00. P3 is paid on F; P1 paid A 500.00 too much, which is kept
    for E, and as all is looked at anew only P4 is left.
    """
    wires = """
        P1,2024-03-10,Agent LLC,5500.00,,cash-fee,A
        P3,2024-08-10,Agent LLC,500.00,,cash-fee,F
        P4,2024-08-11,Agent LLC,500.00,,cash-fee,A
        P5,2024-08-12,Agent LLC,2500.00,,cash-fee,E
        B,2024-08-13,Agent LLC,-500.00
    """
    made = told(A + E + "F,2024-08-01,I6,10000.00,,", "", wires, oldest=False)
    assert differences(made) == [] and made.applied.unclear == {}


@pytest.mark.parametrize("table", ["payments", "invoices"])
def test_what_is_not_searched_further_stands_in_its_order(table: str) -> None:
    """3, 6, ... 66 are owed; the second and the ninth row fit none of these and are no sum of a few of them. Nobody's
    rows stand between. 3.01 and 6.01 are within a cent of what is owed, and need no further search.
    """
    closings = "\n".join(f"{n},2002-03-13,Investor One,{n}00.00,brighton," for n in range(1, 23))
    nobody = [f"X-{n},2002-03-{14 + n},Nobody,{n}.50" for n in (0, 2, 3, 4, 5, 6, 7)]
    those = [f"W-{n},2002-03-{14 + n},Brighton Capital Ltd.,200.00" for n in (1, 8)]
    near = ["W-10,2002-03-24,Brighton Capital Ltd.,3.01"]
    made = found(closings=closings, tolerances="bank charges,0.01,,", **{table: "\n".join(nobody + those + near)})
    kind = "row" if table == "invoices" else "payment"
    assert made.applied.unsearched == ((kind, 1), (kind, 8))


def test_what_a_tolerance_closes_of_an_invoice_is_of_what_falls_due_last() -> None:
    """0.02 are Brighton's of C (6% of 0.67 is 0.0402). The rows of C and Z are paid but for 0.05, 0.02 of them of C
    and 0.03 of Z.
    """
    billed = """
        BR-1,2002-03-21,Brighton Capital Ltd.,0.02,cash-fee,C
        BR-1,2002-03-21,Brighton Capital Ltd.,30000.00,cash-fee,Z
    """
    made = found(
        closings=A_OF_BRIGHTON.replace("A,", "Z,", 1) + "\nC,2002-03-20,Investor One,0.67,brighton,",
        invoices=billed,
        payments="W-1,2002-03-22,Brighton Capital Ltd.,29999.97,BR-1",
        tolerances="bank charges,0.05,,",
    )
    mine = {s.closing: (s.paid, s.written_off) for s in made.standings if s.payee.startswith("Brighton")}
    assert mine == {"Z": (29_999_97, 3), "C": (0, 2)}


def test_an_invoice_that_comes_to_nothing_and_more_is_paid_beyond_what_is_owed() -> None:
    """B of 1,000.00, of which all is taken back, and 500.00 that nobody owes."""
    closings = "B,2024-03-01,I2,20000.00,,\nR,2024-06-10,I2,-20000.00,,B"
    billed = """
        I-1,2024-06-11,Agent LLC,1000.00,cash-fee,B
        I-1,2024-06-11,Agent LLC,-1000.00,cash-fee,R
        I-1,2024-06-11,Agent LLC,500.00
    """
    made = plain(closings, billed, "P,2024-06-12,Agent LLC,500.00,I-1")
    (carried,) = made.applied.carried
    assert (carried.unassigned, carried.beyond) == (0, 500_00)
    assert [settled for _, _, settled, _ in carried.parts] == [1_000_00, -1_000_00]


SECOND = "E,2024-07-01,I5,100000.00,,\n"  # 5,000.00, as much as A
P_ON_A = "P1,2024-09-10,Agent LLC,5000.00,,cash-fee,A"


def test_what_a_rescission_takes_back_lowers_what_falls_due_last() -> None:
    """35% of A's 12,000.00 and 18,000.00: 10,500.00 in all."""
    made = found("2002-06-30", due_in(), A_OF_BRIGHTON + "\nR,2002-04-02,Investor One,-350000.00,,A")
    open_ = [left for due, left in zip(made.applied.dues, made.applied.open_dues, strict=True) if due.payee[0] == "B"]
    assert sorted(open_) == [0, 0, 7_500_00, 12_000_00]
    assert all(each.amount for each in made.applications)


def test_a_rescission_of_a_cent() -> None:
    """5% of 0.20."""
    assert differences(plain(A + "R,2024-06-10,I1,-0.20,,A")) == [("unpaid", "A", "4999.99")]


def test_a_rescission_of_two_closings_at_once_is_set_against_neither() -> None:
    """1,000.00 and 500.00 of A and of E are one amount of R: nobody says what of it is of which."""
    made = plain(A + E + "R,2024-08-10,I1,-20000.00,,A\nR,2024-08-10,I5,-10000.00,,E")
    assert differences(made) == [("unpaid", "A", "5000.00"), ("unpaid", "E", "3000.00"), ("overpaid", "R", "1500.00")]


def test_a_credit_note_meets_one_rescission_and_leaves_another() -> None:
    """1,000.00 of A are credited and taken back. 500.00 of E are taken back, which was paid and never billed."""
    closings = A + R + E + "R2,2024-08-01,I5,-10000.00,,E"
    invoices = I1 + "CN,2024-06-12,Agent LLC,-1000.00,,,,I-1"
    made = plain(closings, invoices, "P1,2024-06-20,Agent LLC,4000.00,I-1\nP5,2024-07-10,Agent LLC,3000.00,,cash-fee,E")
    assert ("overpaid", "R2", "500.00") in differences(made)
    assert [(closing, open_) for closing, _, open_ in due_on(made) if open_] == [("R2", -500_00)]


def test_what_a_credit_note_leaves_open_for_a_rescission_is_not_billed_anew() -> None:
    """1,000.00 of I-1 are credited, which R takes back of A. I-2 asks for 1,000.00 that nobody owes."""
    invoices = I1 + "CN,2024-06-12,Agent LLC,-1000.00,,,,I-1\nI-2,2024-06-20,Agent LLC,1000.00"
    made = plain(A + R, invoices, "P1,2024-06-20,Agent LLC,4000.00,I-1")
    assert differences(made) == [("billed-not-owed", "", "1000.00")] and all(each.amount for each in made.applications)


def test_a_credit_note_of_two_rows_for_one_amount_asks() -> None:
    """A's 5,000.00 are billed in two rows: which of them 1,000.00 lower, nobody says."""
    invoices = "I-1,2024-03-02,Agent LLC,3000.00,cash-fee,A\nI-1,2024-03-02,Agent LLC,2000.00,,A"
    made = plain(A + R, invoices + "\nCN,2024-06-12,Agent LLC,-1000.00,,,,I-1")
    assert made.applied.unclear == {("row", 2): ((("row", 0),), (("row", 1),))}


def test_a_credit_note_of_more_than_was_billed_of_what_is_taken_back_asks() -> None:
    """600.00 of the fee of 5,000.00 are billed, 1,000.00 and 400.00 taken back, and 1,400.00 or 1,000.00 credited."""
    fee, both = "I-1,2024-03-02,Agent LLC,600.00,cash-fee,A", "\nI-1,2024-03-02,Agent LLC,2000.00,allowance,A"
    made = of_two_clauses(fee + credit("1000.00"))
    assert made.applied.unclear == {("row", 1): ((("row", 0),),)} and taken_back(made) == []
    made = of_two_clauses(fee + both + credit("1400.00"))
    assert made.applied.unclear == {("row", 2): ((("row", 0),), (("row", 1),))}


def test_a_credit_note_may_take_back_all_that_was_billed_of_what_is_taken_back() -> None:
    """1,000.00 of the fee of 5,000.00 are billed, and the allowance: 1,000.00 and 400.00 of them are credited."""
    billed = "I-1,2024-03-02,Agent LLC,1000.00,cash-fee,A\nI-1,2024-03-02,Agent LLC,2000.00,allowance,A"
    made = of_two_clauses(billed + credit("1400.00"))
    assert made.applied.unclear == {} and [each[3] for each in taken_back(made)] == [400_00, 1_000_00]


def test_a_credit_note_is_of_the_rescission_that_no_other_met() -> None:
    """S takes back 500.00 and 200.00, which are credited by name; the 1,400.00 credited of I-1 are all that R takes."""
    of_s = "\nS-1,2024-06-13,Agent LLC,-500.00,cash-fee,S\nS-2,2024-06-13,Agent LLC,-200.00,allowance,S"
    made = of_two_clauses(ONE_ROW + credit("1400.00") + of_s, closings=TWICE)
    assert [each.amount for each in made.applications if each.rule == "taken back"] == [1_000_00, 400_00]
    assert made.applied.unclear == {}


def test_a_credit_note_that_names_one_clause_is_not_of_two() -> None:
    """1,400.00 are taken back of the fee and the allowance, and the credit note of as much is of the fee alone."""
    made = of_two_clauses(ONE_ROW + "\nCN,2024-06-12,Agent LLC,-1400.00,cash-fee,,,I-1")
    assert made.applied.unclear == {("row", 1): ((("row", 0),),)}


def test_a_credit_note_asks_where_one_of_two_rescissions_is_of_instalments() -> None:
    """S takes back 0.02 and 0.01 of A (5% and 2% of 0.40), R of each instalment: what 0.03 are of, nobody says."""
    quarters = "due: [{part: 1/4, when: at closing}, {part: 3/4, when: {months: 2, after: closing}}]"
    made = of_two_clauses(
        "I-1,2024-03-02,Agent LLC,5500.00,,A" + credit("0.03"),
        closings=TWICE.replace("-10000.00", "-0.40"),
        allowance=ALLOWANCE.replace("due: at closing", quarters),
    )
    assert made.applied.unclear == {("row", 1): ((("row", 0),),)}


def test_a_credit_note_meets_a_rescission_also_where_more_is_open() -> None:
    """I-1 bills 4,500.00 of 5,000.00. 1,000.00 are credited and taken back: 500.00 are open, and P2 pays too much."""
    invoices = "I-1,2024-03-02,Agent LLC,4500.00,cash-fee,A\nCN,2024-06-12,Agent LLC,-1000.00,,,,I-1"
    wires = "P1,2024-06-20,Agent LLC,3500.00,I-1\nP2,2024-07-20,Agent LLC,1500.00,,cash-fee,A"
    assert ("overpaid", "A", "1000.00") in differences(plain(A + R, invoices, wires))


def test_a_credit_note_of_one_closing_leaves_the_rescission_of_another_of_its_amount() -> None:
    """I-1 for A is credited; E, as much, is paid and undone."""
    closings = A + SECOND + "R,2024-08-01,I5,-100000.00,,E"
    invoices = "I-1,2024-03-02,Agent LLC,5000.00,cash-fee,A\nCN,2024-08-12,Agent LLC,-5000.00,,,,I-1"
    made = plain(closings, invoices, "P5,2024-07-10,Agent LLC,5000.00,,cash-fee,E")
    assert ("overpaid", "R", "5000.00") in differences(made)


def test_a_credit_note_of_another_closing_leaves_what_was_taken_back_to_ask_for() -> None:
    """1,000.00 of I-5, for E, are credited; R takes back as much of A, which was paid without an invoice."""
    invoices = "I-5,2024-07-02,Agent LLC,3000.00,cash-fee,E\nCN,2024-07-12,Agent LLC,-1000.00,,,,I-5"
    assert ("overpaid", "R", "1000.00") in differences(plain(A + R + E, invoices, P_ON_A))


def test_a_credit_note_of_an_invoice_that_does_not_say_what_it_is_for_meets_the_rescission() -> None:
    """I-1 could be for A or for E, and is credited; A is undone, so that P1 paid too much."""
    closings = A + SECOND + "R,2024-08-01,I1,-100000.00,,A"
    made = plain(closings, I1 + "CN,2024-08-12,Agent LLC,-5000.00,,,,I-1", P_ON_A)
    assert ("unapplied", "A", "5000.00") in differences(made)
    assert [(closing, open_) for closing, _, open_ in due_on(made) if open_] == [("E", 5_000_00)]


@pytest.mark.parametrize(
    ("a", "e", "billed", "credited"),
    [("100000.00", "120000.00", "11000.00", "5000.00"), ("0.20", "0.40", "0.03", "0.01")],
)
def test_what_is_credited_of_an_invoice_for_two_meets_the_rescission_of_what_it_leaves_open(
    a: str, e: str, billed: str, credited: str
) -> None:
    """I-1 bills A and E, 5,000.00 and 6,000.00 or 0.01 and 0.02. What is credited can only be of A, which is undone, so
    that what P pays of A is too much. As much is undone of E, which stays billed: that is to be asked for.
    """
    closings = f"""
        A,2024-03-01,I1,{a},,
        E,2024-07-01,I5,{e},,
        R,2024-08-01,I1,-{a},,A
        R2,2024-08-02,I5,-{a},,E
    """
    invoices = f"I-1,2024-07-02,Agent LLC,{billed}\nCN,2024-08-12,Agent LLC,-{credited},,,,I-1"
    made = plain(closings, invoices, f"P,2024-03-10,Agent LLC,{credited},,cash-fee,A")
    met = [each for each in made.applications if each.source and each.source[0] == "due"]
    assert [made.applied.dues[each.source[1]].closing for each in met if each.source] == ["R"]
    assert [closing for closing, _, open_ in due_on(made) if open_] == ["R2"]


def test_a_credit_note_meets_the_rescission_of_what_it_names_whether_it_names_the_invoice_or_the_closing() -> None:
    """All of A is undone and credited, and P1 paid it: that is too much, and nothing else is open."""
    for named in (",,,,I-1", ",cash-fee,A"):
        invoices = f"I-1,2024-03-02,Agent LLC,5000.00,cash-fee,A\nCN,2024-06-12,Agent LLC,-5000.00{named}"
        made = plain(A + "R,2024-06-10,I1,-100000.00,,A", invoices, "P1,2024-03-10,Agent LLC,5000.00")
        assert [(each.code, each.amount) for each in made.differences] == [("overpaid", 5_000_00)]
        assert [open_ for _, _, open_ in due_on(made)] == [0, 0]


def test_a_credit_note_of_an_invoice_that_a_tolerance_closed_meets_the_rescission() -> None:
    """30,000.05 are billed for 30,000.00; R takes back 10,500.00 of it."""
    billed = (
        "I-1,2002-03-14,Brighton Capital Ltd.,30000.05,cash-fee,A\nCN,2002-04-03,Brighton Capital Ltd.,-10500.00,,,,I-1"
    )
    closings = A_OF_BRIGHTON + "\nR,2002-04-02,Investor One,-350000.00,,A"
    wires = "W-1,2002-03-15,Brighton Capital Ltd.,30000.00,cash-fee,A"
    made = found("2002-06-30", closings=closings, invoices=billed, payments=wires, tolerances="bank charges,0.10,,")
    assert [each.amount for each in made.applications if each.rule == "taken back"] == [10_500_00, 10_500_00]


def test_payments_of_one_number_and_day_stand_in_the_order_of_the_invoices_that_they_name() -> None:
    first, second = "P1,2024-07-10,Agent LLC,3000.00,I-5", "P1,2024-07-10,Agent LLC,5000.00,I-1"
    for wires in (f"{first}\n{second}", f"{second}\n{first}"):
        made = plain(A + E, BILLED, wires)
        assert [paid.invoice for paid in made.applied.payments] == ["I-1", "I-5"]


def test_what_several_amounts_fitted_fits_the_one_that_is_left() -> None:
    """3%, 1% and 0.7% of 1,000.00 are owed for A and for B. P1 of 30.00 could be of either; P2 of 40.00 for A is 30.00
    and 10.00 of it, so that P1 is B's 30.00.
    """
    text = (ROOT / "docs" / "provisions" / "set-off.yaml").read_text("utf-8").split("examples:")[0]
    text = text.replace("6%", "3%")
    text = text.replace("payments_applied: oldest first\nset_off: allowed\n", "")
    for name, rate in (("advice", "1%"), ("allowance", "0.7%")):
        text += f"""  - {{id: {name}, kind: percentage, section: "2", says: More., rate: {rate}, base: gross proceeds,
     rounding: {{mode: half up, over: closing}}, due: at closing}}
"""
    given = {
        "closings": rows("closings", "A,2024-03-01,I1,1000.00\nB,2024-03-02,I2,1000.00"),
        "payments": rows("payments", "P1,2024-04-01,Agent LLC,30.00\nP2,2024-04-02,Agent LLC,40.00,,,A"),
    }
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], given, date(2024, 12, 31)))
    assert made.exceptions == () and differences(made) == [
        ("unpaid", "A", "7.00"),
        ("unpaid", "B", "10.00"),
        ("unpaid", "B", "7.00"),
    ]


def test_an_invoice_of_which_a_part_is_not_due_yet_is_not_set_off() -> None:
    """Fees fall due after two months. I-1 is for A, and for E, due on 1 February 2025: R is asked for meanwhile."""
    text = (ROOT / "docs" / "provisions" / "set-off.yaml").read_text("utf-8").split("examples:")[0]
    text = text.replace("payments_applied: oldest first\n", "").replace("6%", "5%")
    text = text.replace("due: at closing", "due: {months: 2, after: closing}")
    closings = A + "B,2024-03-02,I2,100000.00,,\nR,2024-06-10,I2,-20000.00,,B\nE,2024-12-01,I5,60000.00,,"
    tables = {
        "closings": closings,
        "invoices": BILLED.replace("I-5", "I-1").replace("5000.00", "5000.00,cash-fee,A") + ",cash-fee,E",
    }
    tables["payments"] = "P1,2024-05-10,Agent LLC,5000.00,,cash-fee,B"
    given = {name: rows(name, table) for name, table in tables.items()}
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], given, date(2024, 12, 31)))
    assert [each for each in made.applications if each.rule == "set-off"] == []
    assert ("overpaid", "R", "1000.00") in differences(made)
