"""What a rescission takes back, set off against what is billed later, returned or credited; worked by hand.

Agent LLC is owed 5% of A, 100,000.00, less 5% of R, 20,000.00 of it, and 5% of E, 60,000.00: 5,000.00 - 1,000.00 +
3,000.00 = 7,000.00.
"""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT
from test_reconciliation import differences, rows

from feecalc.money import plain_money
from feecalc.reconcile import Reconciliation, reconcile

CLOSINGS = """
    A,2024-03-01,I1,100000.00,,
    R,2024-06-10,I1,-20000.00,,A
    E,2024-07-01,I5,60000.00,,
"""
LATER = CLOSINGS + "    F,2024-08-01,I6,8000.00,,\n"
BILLED = "I-1,2024-03-02,Agent LLC,5000.00\nI-5,2024-07-02,Agent LLC,3000.00"
CREDITED = BILLED + "\nCN,2024-06-12,Agent LLC,-1000.00,,,,I-1"
FIRST = "P1,2024-03-10,Agent LLC,5000.00\n"
NAMED, UNNAMED = (f"{FIRST}P5,2024-07-10,Agent LLC,2000.00{invoice}" for invoice in (",I-5", ""))


def told(
    closings: str = CLOSINGS, invoices: str = "", payments: str = "", *, set_off: bool = True, oldest: bool = True
) -> Reconciliation:
    text = (ROOT / "docs" / "provisions" / "set-off.yaml").read_text("utf-8").split("examples:")[0]
    text = text.replace("rate: 6%", "rate: 5%").replace("A cash fee of 6%", "A cash fee of 5%")
    text = text if set_off else text.replace("set_off: allowed\n", "")
    text = text if oldest else text.replace("payments_applied: oldest first\n", "")
    tables = {"closings": closings, "invoices": invoices, "payments": payments}
    given = {name: rows(name, table) for name, table in tables.items()}
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], given, date(2024, 12, 31)))
    conserves(made)
    return made


def conserves(made: Reconciliation) -> None:
    """Of every due, row, invoice and payment: applied and open are its face; what was paid stands somewhere."""
    applied = made.applied
    sums = applied.applied()
    for kind, many in (
        ("due", applied.dues),
        ("row", applied.invoices),
        ("invoice", applied.bills),
        ("payment", applied.payments),
    ):
        for number in range(len(many)):
            side = (kind, number)
            assert applied.face(side) == sums.get(side, 0) + applied.left(side), side  # type: ignore[arg-type, index]
    for payee in made.by_payee():
        assert payee.outstanding == payee.owed - (payee.paid - payee.not_applied)


def standings(made: Reconciliation) -> dict[str, tuple[str, str, str]]:
    """Owed, paid and outstanding by closing."""
    return {
        each.closing: (plain_money(each.owed), plain_money(each.paid), plain_money(each.outstanding))
        for each in made.standings
    }


@pytest.mark.parametrize("oldest", [True, False])
@pytest.mark.parametrize("payments", [NAMED, UNNAMED])
def test_what_was_taken_back_is_set_off_against_a_later_invoice(payments: str, oldest: bool) -> None:
    made = told(CLOSINGS, BILLED, payments, oldest=oldest)
    assert differences(made) == []
    assert {closing: outstanding for closing, (_, _, outstanding) in standings(made).items()} == dict.fromkeys(
        "ARE", "0.00"
    )


def test_how_a_set_off_against_an_invoice_stands() -> None:
    """E is paid with 2,000.00 and what was kept of R, which stands as returned: paid in all 7,000.00."""
    made = told(CLOSINGS, BILLED, NAMED)
    assert standings(made) == {
        "A": ("5000.00", "5000.00", "0.00"),
        "R": ("-1000.00", "-1000.00", "0.00"),
        "E": ("3000.00", "3000.00", "0.00"),
    }
    (row,) = (each for each in made.applications if each.rule == "set-off")
    assert row.source is not None and row.target is not None
    assert (row.source[0], row.target[0], row.amount) == ("due", "invoice", 1_000_00)


def test_without_set_off_both_are_told() -> None:
    made = told(CLOSINGS, BILLED, NAMED, set_off=False)
    assert differences(made) == [("overpaid", "R", "1000.00"), ("unpaid", "E", "1000.00")]


def test_what_was_taken_back_is_set_off_against_what_is_not_billed() -> None:
    """There are no invoices, and the second wire names E."""
    made = told(CLOSINGS, "", FIRST + "P5,2024-07-10,Agent LLC,2000.00,,cash-fee,E")
    assert differences(made) == []
    assert standings(made)["E"] == ("2000.00", "2000.00", "0.00")


@pytest.mark.parametrize(
    ("second", "left"),
    [
        ("1999.99", [("unpaid", "E", "1000.01"), ("unpaid", "F", "400.00")]),  # 1,400.01 is open: against which?
        ("2600.00", []),  # 400.00 of E and 400.00 of F are open, less than what was taken back
        ("2000.00", [("unpaid", "E", "1000.00"), ("unpaid", "F", "400.00")]),
    ],
)
def test_set_off_is_against_all_that_is_open_or_the_only_amount(second: str, left: list[tuple[str, str, str]]) -> None:
    invoices = BILLED + "\nI-6,2024-08-02,Agent LLC,400.00"
    made = told(LATER, invoices, f"{FIRST}P5,2024-07-10,Agent LLC,{second},I-5", oldest=False)
    over = {"1999.99": "1000.00", "2600.00": "200.00", "2000.00": "1000.00"}[second]
    assert differences(made) == [("overpaid", "R", over), *left]


def test_a_set_off_of_less_than_what_is_open_leaves_the_rest() -> None:
    made = told(CLOSINGS, BILLED, FIRST + "P5,2024-07-10,Agent LLC,1500.00,I-5")
    assert differences(made) == [("unpaid", "E", "500.00")]


def test_a_credit_note_that_names_no_invoice_is_set_off() -> None:
    """It bills what was taken back, and is an invoice of its own over -1,000.00."""
    note = BILLED + "\nCN,2024-06-12,Agent LLC,-1000.00"
    made = told(CLOSINGS, note, NAMED, oldest=False)
    assert differences(made) == []
    assert standings(made)["R"] == ("-1000.00", "-1000.00", "0.00")
    assert [(d[0], d[2]) for d in differences(told(CLOSINGS, note, NAMED, set_off=False, oldest=False))] == [
        ("unpaid", "1000.00")
    ]


def test_what_a_wire_returns_is_told_without_a_credit_note() -> None:
    made = told(CLOSINGS, BILLED, NAMED.replace("2000.00", "3000.00") + "\nB,2024-07-20,Agent LLC,-1000.00")
    (back,) = made.differences
    assert (back.code, back.amount) == ("paid-without-invoice", -1_000_00)
    assert back.words == "payment B returned 1,000.00 without a credit note. Ask for one."


@pytest.mark.parametrize("set_off", [True, False])
@pytest.mark.parametrize("payments", [NAMED, UNNAMED])
def test_a_credit_note_of_what_was_taken_back_lowers_the_invoice_that_it_names(payments: str, set_off: bool) -> None:
    """I-1 stands at 4,000.00 and I-5 at 3,000.00, which 5,000.00 and 2,000.00 pay."""
    made = told(CLOSINGS, CREDITED, payments, set_off=set_off, oldest=False)
    assert differences(made) == []
    assert standings(made)["A"][2] == standings(made)["R"][2] == standings(made)["E"][2] == "0.00"
    (row,) = (each for each in made.applications if each.rule == "taken back")
    assert row.amount == 1_000_00


def test_a_credit_note_of_a_whole_invoice_meets_a_whole_rescission() -> None:
    """All of A is undone and I-1 credited: the 5,000.00 paid are too much, and 3,000.00 of them are kept for E."""
    closings = CLOSINGS.replace("-20000.00", "-100000.00")
    invoices = CREDITED.replace("-1000.00", "-5000.00")
    made = told(closings, invoices, FIRST)
    assert differences(made) == [("overpaid", "", "2000.00")]
    assert standings(made)["A"] == ("0.00", "0.00", "0.00") and standings(made)["R"] == ("0.00", "0.00", "0.00")
    assert differences(told(closings, invoices, set_off=False)) == [("unpaid", "E", "3000.00")]


def test_a_credit_note_of_another_amount_does_not_meet_a_rescission() -> None:
    """999.99 of I-1 are credited and 1,000.00 of A taken back: 0.01 stays to be asked for, once all is paid."""
    made = told(CLOSINGS, CREDITED.replace("-1000.00", "-999.99"), set_off=False)
    assert not [each for each in made.applications if each.rule == "taken back" and each.amount == 1_000_00]


def test_a_credit_note_of_an_invoice_for_another_closing_does_not_meet_a_rescission() -> None:
    """R takes back of A, and the credit is of I-5, which is for E: E has 1,000.00 open, R is 1,000.00 too much."""
    invoices = BILLED + "\nCN,2024-07-12,Agent LLC,-1000.00,,,,I-5"
    made = told(CLOSINGS, invoices, f"{FIRST}P5,2024-07-10,Agent LLC,2000.00,I-5", set_off=False, oldest=False)
    assert not [each for each in made.applications if each.rule == "taken back"]


def test_what_was_taken_back_is_not_set_off_against_an_invoice_of_nothing_owed() -> None:
    """I-9 asks for what nobody owes: it is disputed, and R asked for."""
    invoices = "I-1,2024-03-02,Agent LLC,5000.00\nI-9,2024-07-02,Agent LLC,1234.00"
    made = told(CLOSINGS.split("    E,")[0], invoices, FIRST.replace("00\n", "00,I-1"))
    assert ("overpaid", "R", "1000.00") in differences(made) and not [
        each for each in made.applications if each.source and each.source[0] == "due"
    ]


def test_a_credit_note_of_what_nobody_took_back_is_not_set_off() -> None:
    """A is due and not billed; the credit note waits for a person."""
    made = told("A,2024-03-01,I1,100000.00", "CN,2024-06-12,Agent LLC,-10.00,cash-fee,A")
    assert differences(made) == [("unbilled", "A", "5000.00"), ("unapplied", "A", "-10.00")]


# ---- what is not due yet ---------------------------------------------------------------------------------------------


def later(as_of: date, invoices: str = "", payments: str = FIRST) -> Reconciliation:
    """As `told`, and what accrues is due three months after its closing: A on 1 June, R on 10 September, E on 1
    October.
    """
    text = (ROOT / "docs" / "provisions" / "set-off.yaml").read_text("utf-8").split("examples:")[0]
    text = text.replace("rate: 6%", "rate: 5%").replace("A cash fee of 6%", "A cash fee of 5%")
    text = text.replace("payments_applied: oldest first\n", "").replace(
        "due: at closing", "due: {months: 3, after: closing}"
    )
    tables = {"closings": CLOSINGS, "invoices": invoices, "payments": payments}
    given = {name: rows(name, table) for name, table in tables.items()}
    made = reconcile(adapter.ledger_from([adapter.agreement_from(text)], given, as_of))
    conserves(made)
    return made


@pytest.mark.parametrize("billed", [True, False])
def test_nothing_is_set_off_before_either_is_due(billed: bool) -> None:
    """R's 1,000.00 are to be returned on 10 September, and are asked for until E's 3,000.00 are due on 1 October."""
    invoices = BILLED if billed else ""
    for as_of, told_of, open_ in (
        (date(2024, 9, 9), [], {"R": "-1000.00", "E": "3000.00"}),
        (date(2024, 9, 10), [("overpaid", "R", "1000.00")], {"R": "-1000.00", "E": "3000.00"}),
        (date(2024, 9, 30), [("overpaid", "R", "1000.00")], {"R": "-1000.00", "E": "3000.00"}),
        (date(2024, 10, 1), [("unpaid", "E", "2000.00")], {"R": "0.00", "E": "2000.00"}),
    ):
        made = later(as_of, invoices)
        assert differences(made) == told_of, as_of
        assert {closing: standings(made)[closing][2] for closing in "RE"} == open_, as_of
        words = "Ask for it, or keep it on 2024-10-01 from what is not due yet: it is set off then, and not before."
        assert told_of[:1] != [("overpaid", "R", "1000.00")] or made.differences[0].words.endswith(words)


def test_what_was_paid_too_much_waits_for_what_is_due_later() -> None:
    """6,000.00 are paid on A's 5,000.00. R takes back 1,000.00 of them; 2,000.00 in all are too much in September."""
    paid = "P1,2024-06-02,Agent LLC,6000.00,,cash-fee,A"
    made = later(date(2024, 9, 30), "", paid)
    assert differences(made) == [("overpaid", "R", "1000.00"), ("overpaid", "A", "1000.00")]
    assert differences(later(date(2024, 10, 1), "", paid)) == [("unpaid", "E", "1000.00")]
