"""Owed, billed and paid at the edges: single cents, names that differ, what is not compared; on Brighton's terms.

Closings A and B bring fees of 30,000.00 and 31,500.00 to each of Brighton and Atwood. A closing of 0.33 brings a fee of
0.02 (6% is 0.0198), a cent to each.
"""

from __future__ import annotations

from datetime import date

import adapter
import pytest
from commands import ROOT
from test_reconciliation import ALL_BILLED, ATWOOD_PAID, BRIGHTON_PAID, CLOSINGS, brighton, differences, found, rows

from feecalc.agreement import Agreement
from feecalc.money import plain_money
from feecalc.reconcile import Reconciliation, reconcile

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
    both = found(invoices=billed, payments=paid)
    (unpaid,) = both.differences
    assert (unpaid.code, unpaid.agreement, unpaid.clause, unpaid.closing) == ("unpaid", "brighton", "cash-fee", "")
    assert (unpaid.amount, unpaid.days) == (51_500_00, 48) and "which of 2 amounts" in unpaid.words
    assert paid_on(both) == {"A": 10_000_00, "B": 0}  # the oldest stands as paid
    assert paid_on(found(invoices=billed, payments=paid.replace("10000.00", "40000.00"))) == {
        "A": 30_000_00,
        "B": 10_000_00,
    }
    assert paid_on(found(invoices=billed, payments=paid.replace("10000.00", "0.01"))) == {"A": 1, "B": 0}


def paid_on(each: Reconciliation) -> dict[str, int]:
    """What was paid to Brighton of the fee of each closing."""
    return {s.closing: s.paid for s in each.standings if s.payee.startswith("Brighton") and s.clause == "cash-fee"}


def test_dues_of_one_closing_that_fall_on_two_days_stand_together() -> None:
    """Of A's 30,000.00, 12,000.00 are due at once and 18,000.00 after 30 days, on 12 April. 12,000.00 are billed, paid
    but for 0.40, which a tolerance closes; the rest is paid without an invoice.
    """
    each = found(
        agreement=due_in(),
        closings="A,2002-03-13,Investor One,1000000.00,brighton,",
        invoices="BR-1,2002-03-14,Brighton Capital Ltd.,12000.00,cash-fee,A",
        payments="W-1,2002-03-15,Brighton Capital Ltd.,11999.60,BR-1\n W-2,2002-04-15,Brighton Capital Ltd.,18000.00",
        tolerances="bank charges,0.50,,",
    )
    (mine,) = (s for s in each.standings if s.payee.startswith("Brighton") and s.clause == "cash-fee")
    assert (mine.owed, mine.billed, mine.paid, mine.written_off) == (30_000_00, 12_000_00, 29_999_60, 40)
    assert mine.ages == (0, 0, 0, 0, 0)
    (theirs,) = (s for s in each.standings if s.payee.startswith("Atwood") and s.clause == "cash-fee")
    assert (theirs.owed, theirs.billed, theirs.paid) == (30_000_00, 0, 0)
    assert theirs.ages == (0, 18_000_00, 12_000_00, 0, 0) and theirs.outstanding == 30_000_00


def test_written_off_twice_at_one_closing() -> None:
    """Both parts are paid but for 0.40 and 0.30."""
    each = found(
        agreement=due_in(),
        closings="A,2002-03-13,Investor One,1000000.00,brighton,",
        invoices="BR-1,2002-03-14,Brighton Capital Ltd.,12000.00,cash-fee,A\n"
        "BR-2,2002-04-12,Brighton Capital Ltd.,18000.00,cash-fee,A",
        payments="W-1,2002-03-15,Brighton Capital Ltd.,11999.60,BR-1\n"
        "W-2,2002-04-15,Brighton Capital Ltd.,17999.70,BR-2",
        tolerances="bank charges,0.50,,",
    )
    (mine,) = (s for s in each.standings if s.payee.startswith("Brighton") and s.clause == "cash-fee")
    assert (mine.owed, mine.billed, mine.paid, mine.written_off) == (30_000_00, 30_000_00, 29_999_30, 70)


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


IN_PARTS = "due: [{part: 2/5, when: at closing}, {part: 3/5, when: {days: 30, after: closing}}]"
CLOSED = ("333.33", "333.33", "333.33", "666.67")  # 6% of it, half of which is 10.00, or 20.00
A_ALONE = "A,2002-03-13,Investor One,1000000.00,brighton,"


def due_in(parts: str = IN_PARTS) -> Agreement:
    text = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8").split("\nexamples:")[0]
    return adapter.agreement_from(text.replace("due: at closing", parts, 1) + "\n")


def of_brighton(each: Reconciliation) -> list[tuple[str, str, str]]:
    mine = [(d.code, d.closing, plain_money(d.amount)) for d in each.differences if d.payee.startswith("Brighton")]
    return sorted(mine)


def test_an_invoice_that_was_credited_is_no_other_that_is_open() -> None:
    """BR-9 of 5.00 was credited; BR-2 of 31,400.00 stands against the 31,500.00 that are open."""
    billed = """
        BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,
        BR-2,2002-03-21,Brighton Capital Ltd.,31400.00,,,
        BR-9,2002-03-21,Brighton Capital Ltd.,5.00,,,
        CN-9,2002-03-22,Brighton Capital Ltd.,-5.00,,,,BR-9
    """
    assert of_brighton(found(invoices=billed)) == [("differs", "B", "-100.00"), ("unpaid", "A", "30000.00")]


def test_an_invoice_that_was_applied_is_compared_with_nothing_else() -> None:
    """It names nothing, and comes to A; B is not billed."""
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,30000.00"
    assert of_brighton(found(invoices=billed)) == [("unbilled", "B", "31500.00"), ("unpaid", "A", "30000.00")]


def test_an_invoice_is_compared_with_a_single_cent() -> None:
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,5.00"
    assert of_brighton(found(closings=CENTS, invoices=billed)) == [("differs", "A", "4.99")]


def test_what_is_to_come_back_is_asked_for_on_its_day() -> None:
    """Of A, 500,000.00 are undone on 30 April, after the fee was paid: 15,000.00 come back. The day before nothing."""
    undone = CLOSINGS + "R,2002-04-30,Investor One,-500000.00,brighton,A"
    paid = BRIGHTON_PAID.replace(",BR-1,,", ",,cash-fee,A").replace(",BR-2,,", ",,cash-fee,B")
    assert of_brighton(found(closings=undone, payments=paid)) == [("overpaid", "R", "15000.00")]
    assert of_brighton(found("2002-04-29", closings=undone, payments=paid)) == []


@pytest.mark.parametrize(("as_of", "expected"), [("2002-03-12", []), ("2002-03-13", [("unpaid", "A", "30000.00")])])
def test_what_is_due_is_unpaid_from_its_day(as_of: str, expected: list[tuple[str, str, str]]) -> None:
    assert of_brighton(found(as_of, closings=A_ALONE)) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2002-04-11", [("unpaid", "A", "12000.00")]),
        ("2002-04-12", [("unpaid", "A", "12000.00"), ("unpaid", "A", "18000.00")]),
    ],
)
def test_what_is_billed_before_it_is_due_is_unpaid_from_its_day(
    as_of: str, expected: list[tuple[str, str, str]]
) -> None:
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A"
    assert of_brighton(found(as_of, due_in(), A_ALONE, invoices=billed)) == expected


@pytest.mark.parametrize(
    ("parts", "paid", "expected"),
    [
        # 12,000.00 are due, 18,000.00 later: 15,000.00 are more than what is due, 11,999.99 a cent less
        (IN_PARTS, "15000.00", []),
        (IN_PARTS, "11999.99", [("unpaid", "A", "0.01")]),
        # 12,000.00 are due, 12,000.00 and 6,000.00 later: nobody says which 12,000.00 were paid, and no more are due
        (
            "due: [{part: 2/5, when: at closing}, {part: 2/5, when: {days: 90, after: closing}}, "
            "{part: 1/5, when: {days: 120, after: closing}}]",
            "12000.00",
            [],
        ),
    ],
)
def test_what_is_due_of_an_invoice_paid_in_part(parts: str, paid: str, expected: list[tuple[str, str, str]]) -> None:
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A"
    payments = f"W-1,2002-03-15,Brighton Capital Ltd.,{paid},BR-1"
    each = found("2002-03-31", due_in(parts), A_ALONE, invoices=billed, payments=payments)
    assert of_brighton(each) == expected


def test_a_cent_paid_on_an_invoice_that_is_compared_is_not_beyond_what_is_owed() -> None:
    billed = "BR-1,2002-03-14,Brighton Capital Ltd.,29000.00"
    paid = "W-1,2002-03-15,Brighton Capital Ltd.,0.01,BR-1"
    each = found(closings=A_ALONE, invoices=billed, payments=paid)
    assert of_brighton(each) == [("differs", "A", "-1000.00")]


def test_what_several_sets_fit_is_neither_another_payee_s_nor_paid_twice() -> None:
    """10, 10, 10 and 20 are owed to each; Brighton has its 20. 20 more may be for any two of its tens, though Atwood is
    owed its 20 too, and though Brighton was paid 20 before. So it is with an invoice.
    """
    days = zip("ABCD", "3456", CLOSED, strict=True)
    closings = "\n".join(f"{name},2002-03-1{day},Investor One,{gross},brighton," for name, day, gross in days)
    paid = "W-1,2002-03-16,Brighton Capital Ltd.,20.00,,cash-fee,D\n W-2,2002-03-17,Brighton Capital Ltd.,20.00"
    each = found(closings=closings, payments=paid)
    assert ("unapplied", "", "20.00") in of_brighton(each)
    assert {d.code for d in each.differences} == {"unapplied", "unpaid"}
    billed = "I-1,2002-03-16,Brighton Capital Ltd.,20.00,cash-fee,D\n I-2,2002-03-17,Brighton Capital Ltd.,20.00"
    each = found(closings=closings, invoices=billed)
    assert ("unapplied", "", "20.00") in of_brighton(each)
    assert {d.code for d in each.differences} == {"unapplied", "unpaid", "unbilled"}


def open_of_brighton(each: Reconciliation) -> dict[str, int]:
    """What is outstanding to Brighton of the fee of each closing."""
    mine = (s for s in each.standings if s.payee.startswith("Brighton") and s.clause == "cash-fee")
    return {s.closing: s.outstanding for s in mine}


THREE = ALIKE + "C,2002-03-21,Investor Three,1000000.00,brighton,"


@pytest.mark.parametrize(
    ("closings", "paid", "rest"),
    [
        (ALIKE, "35000.00", {"A": 0, "B": 25_000_00}),  # B alone is open
        (ALIKE, "30000.01", {"A": 0, "B": 29_999_99}),
        (THREE, "35000.00", {"A": 0, "B": 30_000_00, "C": 30_000_00}),  # which of two is not said
        (THREE, "89999.99", {"A": 0, "B": 30_000_00, "C": 30_000_00}),
        (THREE, "90000.00", {"A": 0, "B": 0, "C": 0}),  # both are
        (A_ALONE + "\n B,2002-03-14,Investor Two,0.33,brighton,", "30000.01", {"A": 0, "B": 0}),
    ],
)
def test_what_was_overpaid_is_set_off_against_all_that_is_open_or_the_only_one(
    closings: str, paid: str, rest: dict[str, int]
) -> None:
    paid = f"W-1,2002-03-22,Brighton Capital Ltd.,{paid},,cash-fee,A"
    allowed = found(agreement=brighton(set_off="allowed"), closings=closings, payments=paid)
    assert open_of_brighton(allowed) == rest
    every = {
        closing: 0 if closing == "A" else open_ for closing, open_ in open_of_brighton(found(closings=closings)).items()
    }
    assert open_of_brighton(found(closings=closings, payments=paid)) == every


def test_what_a_set_off_leaves_open_is_paid_by_another_payment() -> None:
    paid = "W-1,2002-03-22,Brighton Capital Ltd.,35000.00,,cash-fee,A\n W-2,2002-03-23,Brighton Capital Ltd.,25000.00"
    each = found(agreement=brighton(set_off="allowed"), closings=ALIKE, payments=paid)
    assert open_of_brighton(each) == {"A": 0, "B": 0} and of_brighton(each) == []


def of_two(payments: str, **terms: str) -> Reconciliation:
    """Brighton's terms, and the same as another agreement's that leaves payments where they are."""
    other = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8").split("\nexamples:")[0]
    second = adapter.agreement_from(other.replace("id: brighton", "id: other", 1) + "\n")
    closings = [
        *rows("closings", A_ALONE),
        *rows("closings", A_ALONE.replace("A,", "B,", 1).replace("brighton", "other")),
    ]
    tables = {"closings": closings, "payments": rows("payments", payments)}
    for row in tables["payments"]:
        row["agreement"] = row.pop("returns")
    return reconcile(adapter.ledger_from([brighton(**terms), second], tables, date(2002, 4, 30)))


def test_what_was_overpaid_is_not_set_off_against_another_agreement_s() -> None:
    paid = "W-1,2002-03-22,Brighton Capital Ltd.,35000.00,,cash-fee,A,brighton"
    assert open_of_brighton(of_two(paid, set_off="allowed")) == {"A": 0, "B": 30_000_00}


def test_oldest_first_is_for_the_payments_of_the_agreement_that_says_so() -> None:
    paid = "W-1,2002-03-22,Brighton Capital Ltd.,10000.00,,,,{}"
    for agreement, rest in (
        ("brighton", {"A": 20_000_00, "B": 30_000_00}),
        ("other", {"A": 30_000_00, "B": 30_000_00}),
    ):
        each = of_two(paid.format(agreement), payments_applied="oldest first")
        assert open_of_brighton(each) == rest


def test_what_was_taken_back_wholly_of_one_of_two_is_no_application() -> None:
    """61,500.00 for A and B; 31,500.00 come back, which is B's."""
    paid = """
        W-1,2002-03-22,Brighton Capital Ltd.,61500.00,,cash-fee,,
        W-2,2002-03-25,Brighton Capital Ltd.,-31500.00,,,,W-1
    """
    each = found(payments=paid)
    assert open_of_brighton(each) == {"A": 0, "B": 31_500_00}
    assert all(application.amount for application in each.applications)


def test_invoices_after_the_day_of_the_ledger_are_left_out() -> None:
    assert of_brighton(found("2002-03-20", invoices=ALL_BILLED)) == [
        ("unbilled", "B", "31500.00"),
        ("unpaid", "A", "30000.00"),
    ]


def test_what_a_tolerance_closed_is_not_said_to_be_unsearched() -> None:
    """3, 6, ... 66 are owed; 9.01 is no sum of few of them, and within a cent of 9."""
    closings = "\n".join(f"{n},2002-03-13,Investor One,{n}00.00,brighton," for n in range(1, 23))
    paid = "W-1,2002-03-22,Brighton Capital Ltd.,{}"
    near = found(closings=closings, payments=paid.format("9.01"), tolerances="bank charges,0.01,,")
    assert open_of_brighton(near)["3"] == 0 and not near.exceptions
    far = found(closings=closings, payments=paid.format("9.02"), tolerances="bank charges,0.01,,")
    assert [each.code for each in far.exceptions] == ["not-searched-further"]


def test_invoices_of_one_number_and_two_payees_are_two_also_where_nobody_knows_the_payees() -> None:
    billed = "I-1,2002-03-14,Nobody,1.00,,A\n I-1,2002-03-14,Somebody,2.00\n I-1,2002-03-15,Nobody,4.00,,B"
    bills = found(invoices=billed).applied.bills
    assert [(bill.payee, bill.amount) for bill in bills] == [("Nobody", 5_00), ("Somebody", 2_00)]


@pytest.mark.parametrize(
    ("closings", "credit", "rest"),
    [
        (CLOSINGS, "-31500.00,,,,BR-1", {"A": 30_000_00, "B": 0}),  # the row of that amount
        (CLOSINGS, "-1000.00,cash-fee,B,,BR-1", {"A": 30_000_00, "B": 30_500_00}),  # the row that it names
        (CLOSINGS, "-1000.00,,,,BR-1", None),  # of which of two
        (ALIKE, "-30000.00,cash-fee,B,,BR-1", {"A": 30_000_00, "B": 0}),
        (ALIKE, "-30000.00,,,,BR-1", None),
    ],
)
def test_what_was_credited_of_an_invoice_of_two_rows(closings: str, credit: str, rest: dict[str, int] | None) -> None:
    """One invoice bills Brighton's part of A and of B; what is credited is not to be paid on it."""
    of_b = "31500.00" if closings == CLOSINGS else "30000.00"
    billed = f"""
        BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,
        BR-1,2002-03-14,Brighton Capital Ltd.,{of_b},cash-fee,B,
        CN-1,2002-03-22,Brighton Capital Ltd.,{credit}
    """
    each = found("2002-03-31", closings=closings, invoices=billed)
    (bill,) = (bill for bill in each.applied.bills if bill.number == "BR-1")
    billed_on = {
        s.closing: s.billed for s in each.standings if s.payee.startswith("Brighton") and s.clause == "cash-fee"
    }
    if rest is None:
        assert bill.amount == sum(billed_on.values()) and ("row", 2) in each.applied.unclear
    else:
        assert billed_on == rest and bill.amount == sum(rest.values())


@pytest.mark.parametrize(("named", "code"), [("brighton", "paid-twice"), ("", "paid-twice"), ("other", "unapplied")])
def test_what_names_another_agreement_is_no_twin(named: str, code: str) -> None:
    """30,000.00 are paid under one, 29,000.00 under the other: 30,000.00 more for that are not those of the first."""
    paid = """
        W-1,2002-03-22,Brighton Capital Ltd.,30000.00,,cash-fee,A,brighton
        W-2,2002-03-22,Brighton Capital Ltd.,29000.00,,cash-fee,B,other
        W-3,2002-03-22,Atwood Capital Ltd.,30000.00,,cash-fee,A,brighton
        W-4,2002-03-22,Atwood Capital Ltd.,30000.00,,cash-fee,B,other
    """
    each = of_two(f"{paid.rstrip()}\nW-5,2002-03-24,Brighton Capital Ltd.,30000.00,,,,{named}")
    assert [d.code for d in each.differences if d.amount == 30_000_00] == [code]


def test_six_candidates_are_all_that_are_named() -> None:
    closings = "\n".join(f"{n},2002-03-13,Investor One,1000000.00,brighton," for n in "ABCDEF")
    paid = "W-1,2002-03-22,Brighton Capital Ltd.,30000.00"
    (unclear,) = found(closings=closings, payments=paid).exceptions
    assert unclear.message.count("cash-fee") == 6 and "more" not in unclear.message


def test_notes_on_what_needs_none() -> None:
    """Paid on the day of the ledger, by a number that is not there, and for two closings of which one came later."""
    billed = """
        BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,
        BR-1,2002-03-14,Brighton Capital Ltd.,31500.00,cash-fee,B,
    """
    for paid in (
        "W-1,2002-04-30,Brighton Capital Ltd.,1.00",
        "W-1,2002-03-30,Brighton Capital Ltd.,1.00,BR-77",
        "W-1,2002-03-15,Brighton Capital Ltd.,61500.00,BR-1",
    ):
        assert [note.code for note in found(invoices=billed, payments=paid).notes] == []


@pytest.mark.parametrize(("amount", "paid"), [("18000.00", "invoice"), ("12000.00", "due"), ("15000.00", "")])
def test_a_payment_that_names_what_is_billed_in_part(amount: str, paid: str) -> None:
    """18,000.00 of the 30,000.00 of closing A are billed: its amount says whether the invoice is paid, or the 12,000.00
    that are not billed; 15,000.00 could be for either, and pay neither.
    """
    each = found(
        invoices="BR-1,2002-03-14,Brighton Capital Ltd.,18000.00,cash-fee,A",
        payments=f"W-1,2002-03-20,Brighton Capital Ltd.,{amount},,cash-fee,A",
    )
    of_payment = [a for a in each.applied.applications if a.source == ("payment", 0)]
    assert [(a.target and a.target[0], plain_money(a.amount)) for a in of_payment] == ([(paid, amount)] if paid else [])
    assert (("unapplied", "A", amount) in differences(each)) is not bool(paid)
