"""Owed, billed and paid at the edges: single cents, names that differ, what is not compared; on Brighton's terms.

Closings A and B bring fees of 30,000.00 and 31,500.00 to each of Brighton and Atwood. A closing of 0.33 brings a fee of
0.02 (6% is 0.0198), a cent to each.
"""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from test_reconciliation import ALL_BILLED, ATWOOD_PAID, BRIGHTON_PAID, CLOSINGS, brighton, differences, found, rows

CENTS = "\n    A,2002-03-13,Investor One,0.33,brighton,\n"
ALIKE = CLOSINGS.replace("1050000", "1000000")
PAID = ATWOOD_PAID + BRIGHTON_PAID


@pytest.mark.parametrize("table", ["", "invoices", "payments"])
def test_documents_are_invoices_or_payments(table: str) -> None:
    given = {"closings": rows("closings", CLOSINGS)}
    if table:
        given[table] = rows(table, "X,2002-03-14,Brighton Capital Ltd.,30000.00")
    assert adapter.ledger_from([brighton()], given, date(2002, 4, 30)).has_documents is bool(table)


def test_a_cent_paid_to_the_wrong_payee() -> None:
    """Brighton has its cent; another goes to it that is Atwood's."""
    paid = "W-1,2002-03-15,Brighton Capital Ltd.,0.01\n W-2,2002-03-16,Brighton Capital Ltd.,0.01"
    assert ("wrong-payee", "", "0.01") in differences(found(closings=CENTS, payments=paid))
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,0.01\n AT-1,2002-03-14,Atwood Capital Ltd.,0.01"
    (wrong,) = (d for d in found(closings=CENTS, invoices=billed, payments=paid).differences if d.code == "wrong-payee")
    assert "Atwood Capital Ltd. on invoice AT-1" in wrong.words


def test_a_payment_that_names_an_invoice_of_another_payee() -> None:
    """Whatever it comes to, while that is open; once it is paid, nothing says that the money is Atwood's."""
    wrong = "W-5,2002-03-16,Brighton Capital Ltd.,5.00,AT-1"
    assert ("wrong-payee", "", "5.00") in differences(found(invoices=ALL_BILLED, payments=BRIGHTON_PAID + wrong))
    assert differences(found(invoices=ALL_BILLED, payments=PAID + wrong)) == [("overpaid", "", "5.00")]


def test_a_cent_more_than_what_is_paid() -> None:
    more = PAID.replace("30000.00,BR-1", "30000.01,BR-1")
    (over,) = found(invoices=ALL_BILLED, payments=more).differences
    assert (over.code, over.amount) == ("overpaid", 1) and "0.01 more than what it pays" in over.words
    (over,) = (
        d
        for d in found(payments="W,2002-03-15,Brighton Capital Ltd.,30010.00,,cash-fee,A").differences
        if d.code == "overpaid"
    )
    assert "10.00 more than what it pays" in over.words


def test_a_cent_that_nothing_is_open_for() -> None:
    (over,) = found(invoices=ALL_BILLED, payments=PAID + "W-5,2002-03-30,Brighton Capital Ltd.,0.01").differences
    assert (over.code, over.amount) == ("overpaid", 1) and "nothing that it could be for is open" in over.words


def test_a_cent_billed_and_paid_beyond_what_is_owed() -> None:
    billed, paid = (text.replace("30000.00,cash-fee,A", "30000.01,cash-fee,A") for text in (ALL_BILLED, PAID))
    paid = paid.replace("30000.00,BR-1", "30000.01,BR-1")
    both = found(
        invoices=billed.replace(
            "AT-1,2002-03-14,Atwood Capital Ltd.,30000.01", "AT-1,2002-03-14,Atwood Capital Ltd.,30000.00"
        ),
        payments=paid,
    )
    assert sorted(differences(both)) == [("differs", "A", "0.01"), ("overpaid", "A", "0.01")]


def test_an_invoice_of_a_cent_is_compared_with_the_only_amount_left() -> None:
    billed = ALL_BILLED.replace(
        "BR-2,2002-03-21,Brighton Capital Ltd.,31500.00,cash-fee,B", "BR-2,2002-03-21,Brighton Capital Ltd.,0.01,,"
    )
    assert ("differs", "B", "-31499.99") in differences(found(invoices=billed))


def test_an_invoice_that_names_another_closing_is_not_compared() -> None:
    """What is left is of A; the invoice names B, which is billed."""
    billed = "\n".join(line for line in ALL_BILLED.splitlines() if "BR-1" not in line)
    billed += "\n BR-9,2002-03-25,Brighton Capital Ltd.,29000.00,cash-fee,B"
    assert ("billed-not-owed", "B", "29000.00") in differences(found(invoices=billed))


def test_what_names_something_else_is_no_twin() -> None:
    """An invoice of A's amount that names B, and a payment of BR-1's amount that names BR-2: all of it is done."""
    more = ALL_BILLED + "BR-9,2002-03-25,Brighton Capital Ltd.,30000.00,cash-fee,B"
    assert differences(found(invoices=more, payments=PAID)) == [("billed-not-owed", "B", "30000.00")]
    again = PAID + "W-3,2002-03-25,Brighton Capital Ltd.,30000.00,BR-2"
    assert differences(found(invoices=ALL_BILLED, payments=again)) == [("overpaid", "", "30000.00")]


def test_what_is_unclear_and_what_takes_back_is_unapplied() -> None:
    """30,000.00 are owed to Brighton twice; a credit of 7.00 takes back nothing that is there."""
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,30000.00\n BR-2,2002-03-14,Brighton Capital Ltd.,-7.00"
    of_two = [d for d in differences(found(closings=ALIKE, invoices=billed)) if d[0] != "unbilled"]
    assert of_two == [("unapplied", "", "30000.00"), ("unapplied", "", "-7.00")]


def test_what_is_open_of_an_invoice_paid_in_part() -> None:
    """61,500.00 for A and B, 10,000.00 paid: 51,500.00 open, as old as the first of them: 13 March to 30 April."""
    billed = "\n".join(line for line in ALL_BILLED.splitlines() if "Brighton" not in line)
    billed += "\n BR-1,2002-03-21,Brighton Capital Ltd.,61500.00,cash-fee,"
    paid = ATWOOD_PAID + "W-1,2002-03-22,Brighton Capital Ltd.,10000.00,BR-1"
    (unpaid,) = found(invoices=billed, payments=paid).differences
    assert (unpaid.code, unpaid.agreement, unpaid.clause, unpaid.closing) == ("unpaid", "brighton", "cash-fee", "")
    assert (unpaid.amount, unpaid.days) == (51_500_00, 48) and "which of 2 amounts" in unpaid.words


def test_payments_after_the_day_of_the_ledger_are_counted() -> None:
    later = "\n".join(f"W-{n},2002-05-0{n},Brighton Capital Ltd.,1.00" for n in (1, 2, 3))
    for lines, more in ((1, ""), (2, "; so are 1 more"), (3, "; so are 2 more")):
        (note,) = found(payments="\n".join(later.splitlines()[:lines])).notes
        assert note.says == f"payment W-1 of 2002-05-01 is later than the day of this ledger, and is left out{more}"


def test_standings_of_payees() -> None:
    each = found(invoices=ALL_BILLED, payments=BRIGHTON_PAID).by_payee()
    assert [(s.agreement, s.payee, s.owed, s.billed, s.paid) for s in each] == [
        ("brighton", "Brighton Capital Ltd.", 61_500_00, 61_500_00, 61_500_00),
        ("brighton", "Atwood Capital Ltd.", 61_500_00, 61_500_00, 0),
    ]


@pytest.mark.parametrize(("day", "early"), [("2002-03-12", True), ("2002-03-13", False)])
def test_what_is_paid_before_it_is_earned_is_noted(day: str, early: bool) -> None:
    """A's fee is earned on 13 March; whether it is paid by its invoice or without one."""
    paid = f"W-1,{day},Brighton Capital Ltd.,30000.00,BR-1"
    both = found(invoices=ALL_BILLED.replace("2002-03-14,Brighton", "2002-03-10,Brighton"), payments=paid)
    alone = found(payments=f"W-1,{day},Brighton Capital Ltd.,30000.00,,cash-fee,A")
    for each in (both, alone):
        assert [note.code for note in each.notes] == ["paid-before-earned"] * early
