"""Owed, billed and paid: each difference worked by hand on Brighton's terms, the example folders, and the outputs.

Closings A and B bring 1,000,000.00 and 1,050,000.00 of cash: fees of 60,000.00 and 63,000.00, half to Brighton and half
to Atwood, 30,000.00 and 31,500.00 each.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from datetime import date
from pathlib import Path

import adapter
import pytest
from commands import ROOT, feecalc
from openpyxl import load_workbook

from feecalc.agreement import Agreement
from feecalc.differences import age
from feecalc.money import plain_money
from feecalc.reconcile import Reconciliation, reconcile

BRIGHTON, ATWOOD = "Brighton Capital Ltd.", "Atwood Capital Ltd."
CLOSINGS = """
    A,2002-03-13,Investor One,1000000.00,brighton,
    B,2002-03-20,Investor Two,1050000.00,brighton,
"""
HEADS = {
    "closings": "closing,date,investor,gross_proceeds,introduced_by,reverses",
    "invoices": "invoice,date,payee,amount,clause,closing,agreement,credits",
    "payments": "payment,date,payee,amount,invoice,clause,closing,returns",
    "tolerances": "name,amount,payee,agreement",
    "decisions": "date,decision,agreement,clause,decided_by,reason,closing",
}
ALL_BILLED = """
    BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,
    AT-1,2002-03-14,Atwood Capital Ltd.,30000.00,cash-fee,A,
    BR-2,2002-03-21,Brighton Capital Ltd.,31500.00,cash-fee,B,
    AT-2,2002-03-21,Atwood Capital Ltd.,31500.00,cash-fee,B,
"""
ATWOOD_PAID = """
    W-8,2002-03-15,Atwood Capital Ltd.,30000.00,AT-1,,,
    W-9,2002-03-22,Atwood Capital Ltd.,31500.00,AT-2,,,
"""
BRIGHTON_PAID = """
    W-1,2002-03-15,Brighton Capital Ltd.,30000.00,BR-1,,,
    W-2,2002-03-22,Brighton Capital Ltd.,31500.00,BR-2,,,
"""


def brighton(**terms: str) -> Agreement:
    text = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8")
    more = "".join(f"{name}: {value}\n" for name, value in terms.items())
    return adapter.agreement_from(text.replace("currency: USD\n", f"currency: USD\n{more}"))


def rows(table: str, text: str) -> list[dict[str, str]]:
    headers = HEADS[table].split(",")
    lines = [line.strip().split(",") for line in text.strip().splitlines() if line.strip()]
    return [dict(zip(headers, [*line, *[""] * len(headers)], strict=False)) for line in lines]


def found(
    as_of: str = "2002-04-30", agreement: Agreement | None = None, closings: str = CLOSINGS, **tables: str
) -> Reconciliation:
    given = {name: rows(name, text) for name, text in {"closings": closings, **tables}.items()}
    return reconcile(adapter.ledger_from([agreement or brighton()], given, date.fromisoformat(as_of)))


def differences(reconciliation: Reconciliation) -> list[tuple[str, str, str]]:
    return [(each.code, each.closing, plain_money(each.amount)) for each in reconciliation.differences]


def test_all_billed_and_paid_is_no_difference() -> None:
    both = found(invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert not both.differences and not both.exceptions
    assert [(s.closing, s.payee, s.owed, s.billed, s.paid, s.outstanding) for s in both.standings] == [
        ("A", BRIGHTON, 30_000_00, 30_000_00, 30_000_00, 0),
        ("A", ATWOOD, 30_000_00, 30_000_00, 30_000_00, 0),
        ("B", BRIGHTON, 31_500_00, 31_500_00, 31_500_00, 0),
        ("B", ATWOOD, 31_500_00, 31_500_00, 31_500_00, 0),
    ]


def test_unbilled() -> None:
    billed = ALL_BILLED.replace("BR-2,2002-03-21,Brighton Capital Ltd.,31500.00,cash-fee,B,", "")
    two = found(invoices=billed, payments=ATWOOD_PAID + BRIGHTON_PAID.splitlines()[1])
    assert differences(two) == [("unbilled", "B", "31500.00")] and two.differences[0].days == 41


def test_what_is_not_due_is_no_difference() -> None:
    text = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8")
    later = adapter.agreement_from(
        text.replace("due: at closing\n    split", "due: {days: 30, after: closing}\n    split")
    )
    early = found("2002-04-11", later, invoices="X,2002-03-01,Nobody,1.00")
    assert {d[0] for d in differences(early)} == {"unapplied"}
    assert sum(s.ages[0] for s in early.standings) == 123_000_00
    late = found("2002-04-12", later, invoices="X,2002-03-01,Nobody,1.00")
    assert [d for d in differences(late) if d[0] == "unbilled"] == [("unbilled", "A", "30000.00")] * 2


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, "not due"),
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "over 90"),
    ],
)
def test_ages(days: int, expected: str) -> None:
    assert age(days) == expected


def test_unpaid_is_aged_from_the_day_it_was_due() -> None:
    """13 March to 30 April are 48 days, 20 March to 30 April 41."""
    unpaid = found(invoices=ALL_BILLED, payments=ATWOOD_PAID)
    assert [(d.code, d.closing, d.amount, d.days, d.age) for d in unpaid.differences] == [
        ("unpaid", "A", 30_000_00, 48, "31-60"),
        ("unpaid", "B", 31_500_00, 41, "31-60"),
    ]


def test_without_any_invoice_in_the_records_nothing_is_unbilled() -> None:
    paid = "W-1,2002-03-15,Brighton Capital Ltd.,30000.00\n" + ATWOOD_PAID.replace("AT-1", "").replace("AT-2", "")
    assert differences(found(payments=paid)) == [("unpaid", "B", "31500.00")]


def test_paid_without_an_invoice() -> None:
    billed = ALL_BILLED.replace("BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,", "")
    paid = found(invoices=billed, payments=ATWOOD_PAID + BRIGHTON_PAID.replace("BR-1", ""))
    assert differences(paid) == [("paid-without-invoice", "A", "30000.00")]


def test_billed_twice() -> None:
    twice = found(
        invoices=ALL_BILLED + "BR-9,2002-03-28,Brighton Capital Ltd.,31500.00", payments=ATWOOD_PAID + BRIGHTON_PAID
    )
    assert differences(twice) == [("billed-twice", "", "31500.00")]
    assert "BR-2" in twice.differences[0].words and twice.differences[0].lines == ("invoices.csv:6", "invoices.csv:4")


def test_billed_and_not_owed() -> None:
    more = found(
        invoices=ALL_BILLED + "BR-9,2002-03-28,Brighton Capital Ltd.,750.00", payments=ATWOOD_PAID + BRIGHTON_PAID
    )
    assert differences(more) == [("billed-not-owed", "", "750.00")]


def test_an_invoice_that_names_what_it_is_for_is_compared_with_it() -> None:
    more = ALL_BILLED.replace(
        "BR-2,2002-03-21,Brighton Capital Ltd.,31500.00", "BR-2,2002-03-21,Brighton Capital Ltd.,34125.00"
    )
    over = found(invoices=more, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert differences(over) == [("differs", "B", "2625.00")]
    for figure in ("34,125.00", "31,500.00", "2,625.00 too much"):
        assert figure in over.differences[0].words
    less = found(
        invoices=more.replace("34125.00", "30000.00"), payments=ATWOOD_PAID + BRIGHTON_PAID.replace("31500", "30000")
    )
    assert differences(less) == [("differs", "B", "-1500.00")]


def test_the_only_invoice_left_is_compared_with_the_only_amount_left() -> None:
    """70,500.00 was asked for 63,000.00 halved: nothing names it, so it is compared and applied to nothing."""
    other = ALL_BILLED.replace(
        "BR-2,2002-03-21,Brighton Capital Ltd.,31500.00,cash-fee,B,", "BR-2,2002-03-21,Brighton Capital Ltd.,35250.00"
    )
    lone = found(invoices=other, payments=ATWOOD_PAID + BRIGHTON_PAID.splitlines()[1])
    assert differences(lone) == [("differs", "B", "3750.00")]
    assert not any(each.source == ("row", 3) for each in lone.applications)
    paid = found(invoices=other, payments=ATWOOD_PAID + BRIGHTON_PAID.replace("31500", "35250"))
    assert differences(paid) == [("differs", "B", "3750.00"), ("overpaid", "", "3750.00")]


def test_paid_beyond_an_invoice() -> None:
    over = found(invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID.replace("31500", "31600"))
    assert differences(over) == [("overpaid", "", "100.00")]


def test_an_invoice_paid_beyond_what_is_owed() -> None:
    more = ALL_BILLED.replace("Brighton Capital Ltd.,31500.00", "Brighton Capital Ltd.,34125.00")
    over = found(invoices=more, payments=ATWOOD_PAID + BRIGHTON_PAID.replace("31500", "34125"))
    assert differences(over) == [("differs", "B", "2625.00"), ("overpaid", "B", "2625.00")]
    owed_only = found(invoices=more, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert differences(owed_only) == [("differs", "B", "2625.00")]


def test_paid_twice() -> None:
    twice = found(
        invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID + "W-3,2002-03-29,Brighton Capital Ltd.,31500.00,BR-2"
    )
    assert differences(twice) == [("paid-twice", "", "31500.00")]
    assert "W-2" in twice.differences[0].words


def test_paid_to_the_wrong_payee() -> None:
    """31,500.00 of Brighton went to Atwood, to whom nothing is open."""
    wrong = found(
        invoices=ALL_BILLED,
        payments=ATWOOD_PAID + BRIGHTON_PAID.splitlines()[1] + "\nW-3,2002-03-29,Atwood Capital Ltd.,31500.00,BR-2",
    )
    assert sorted(differences(wrong)) == [("unpaid", "B", "31500.00"), ("wrong-payee", "", "31500.00")]
    assert BRIGHTON in next(d.words for d in wrong.differences if d.code == "wrong-payee")


def test_a_wire_that_fits_two_invoices_is_applied_to_neither() -> None:
    same = CLOSINGS.replace("1000000", "1050000")
    billed = ALL_BILLED.replace("30000.00", "31500.00")
    paid = "W-1,2002-04-01,Brighton Capital Ltd.,31500.00\n" + ATWOOD_PAID.replace("30000.00", "31500.00")
    tie = found(closings=same, invoices=billed, payments=paid)
    assert [each.code for each in tie.exceptions] == ["match-unclear"]
    assert all(words in tie.exceptions[0].message for words in ("BR-1", "BR-2"))
    assert sorted(differences(tie)) == [
        ("unapplied", "", "31500.00"),
        ("unpaid", "A", "31500.00"),
        ("unpaid", "B", "31500.00"),
    ]


def test_where_the_terms_say_so_the_oldest_is_paid_first() -> None:
    same = CLOSINGS.replace("1000000", "1050000")
    billed = ALL_BILLED.replace("30000.00", "31500.00")
    paid = "W-1,2002-04-01,Brighton Capital Ltd.,40000.00\n" + ATWOOD_PAID.replace("30000.00", "31500.00")
    oldest = found(agreement=brighton(payments_applied="oldest first"), closings=same, invoices=billed, payments=paid)
    assert differences(oldest) == [("unpaid", "B", "23000.00")]  # 63,000 less 40,000
    assert [(a.amount, a.rule) for a in oldest.applications if a.rule == "oldest first"] == [
        (31_500_00, "oldest first"),
        (8_500_00, "oldest first"),
    ]
    assert ("unapplied", "", "40000.00") in differences(found(closings=same, invoices=billed, payments=paid))


def test_a_returned_wire_is_as_if_it_had_not_been() -> None:
    """The law in one case: without both rows, the same is applied."""
    both = BRIGHTON_PAID + "W-3,2002-03-25,Brighton Capital Ltd.,-31500.00,,,,W-2"
    back = found(invoices=ALL_BILLED, payments=ATWOOD_PAID + both)
    assert differences(back) == [("unpaid", "B", "31500.00")]
    assert [(a.amount, a.rule) for a in back.applications if a.source and a.target and a.source[0] == a.target[0]] == [
        (31_500_00, "reference")
    ]


def test_a_part_that_comes_back_undoes_exactly_that_much() -> None:
    """1,500.00 of the 31,500.00 came back: 30,000.00 stays applied."""
    both = BRIGHTON_PAID + "W-3,2002-03-25,Brighton Capital Ltd.,-1500.00,,,,W-2"
    assert differences(found(invoices=ALL_BILLED, payments=ATWOOD_PAID + both)) == [("unpaid", "B", "1500.00")]


def test_a_part_of_a_wire_for_several_undoes_the_only_set_that_it_is() -> None:
    """One wire of 61,500.00 for both: 31,500.00 back is the second, 10.00 back could be of either."""
    wire = ATWOOD_PAID + "W-1,2002-03-25,Brighton Capital Ltd.,61500.00\n"
    back = found(invoices=ALL_BILLED, payments=wire + "W-3,2002-03-27,Brighton Capital Ltd.,-31500.00,,,,W-1")
    assert differences(back) == [("unpaid", "B", "31500.00")]
    unclear = found(invoices=ALL_BILLED, payments=wire + "W-3,2002-03-27,Brighton Capital Ltd.,-10.00,,,,W-1")
    assert differences(unclear) == [("unapplied", "", "-10.00")]


def test_what_came_back_of_an_overpayment_is_what_was_open_of_it() -> None:
    both = BRIGHTON_PAID.replace("31500", "31600") + "W-3,2002-03-25,Brighton Capital Ltd.,-100.00"
    assert not found(invoices=ALL_BILLED, payments=ATWOOD_PAID + both).differences


def test_a_credit_note_takes_back_the_invoice_that_it_names() -> None:
    """Billed twice, and the second one credited; without its number it could be for either."""
    twice = (
        ALL_BILLED
        + "BR-9,2002-03-28,Brighton Capital Ltd.,31500.00,,,,\nCN-1,2002-03-29,Brighton Capital Ltd.,-31500.00"
    )
    assert not found(invoices=twice + ",,,,BR-9", payments=ATWOOD_PAID + BRIGHTON_PAID).differences
    unclear = found(invoices=twice, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert differences(unclear) == [("billed-twice", "", "31500.00"), ("unapplied", "", "-31500.00")]


def test_a_credit_note_takes_back_what_was_too_much() -> None:
    more = ALL_BILLED.replace("Brighton Capital Ltd.,31500.00", "Brighton Capital Ltd.,34125.00")
    credited = more + "CN-1,2002-03-29,Brighton Capital Ltd.,-2625.00"
    assert not found(invoices=credited, payments=ATWOOD_PAID + BRIGHTON_PAID).differences


RESCINDED = CLOSINGS + "R,2002-04-02,Investor Two,-350000.00,,B"  # one third of B: 10,500.00 of each fee


def test_what_a_rescission_takes_back_is_asked_for_when_it_was_paid() -> None:
    paid = found(closings=RESCINDED, invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert differences(paid) == [("overpaid", "R", "10500.00")] * 2
    back = "W-5,2002-04-10,Brighton Capital Ltd.,-10500.00\nW-6,2002-04-10,Atwood Capital Ltd.,-10500.00"
    # the agent paid back without a credit note
    returned = found(closings=RESCINDED, invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID + back)
    assert {d[0] for d in differences(returned)} == {"paid-without-invoice"}


def test_what_a_rescission_takes_back_of_what_is_open_is_set_against_it() -> None:
    net = found(closings=RESCINDED, payments="W-1,2002-03-15,Brighton Capital Ltd.,30000.00")
    assert differences(net) == [("unpaid", "A", "30000.00"), ("unpaid", "B", "21000.00"), ("unpaid", "B", "21000.00")]


def test_an_invoice_of_the_net_amount_is_the_only_set_that_fits() -> None:
    billed = """
        BR-1,2002-03-14,Brighton Capital Ltd.,30000.00,cash-fee,A,
        BR-2,2002-04-05,Brighton Capital Ltd.,21000.00
        AT-1,2002-03-14,Atwood Capital Ltd.,30000.00,cash-fee,A,
        AT-2,2002-04-05,Atwood Capital Ltd.,21000.00
    """
    paid = (ATWOOD_PAID + BRIGHTON_PAID).replace("31500", "21000").replace("2002-03-22", "2002-04-08")
    assert not found(closings=RESCINDED, invoices=billed, payments=paid).differences


def test_a_waiver_lowers_what_is_due() -> None:
    waived = "2002-03-25,waiver,brighton,cash-fee,the board,agreed,B"
    net = found(decisions=waived, payments=(ATWOOD_PAID + BRIGHTON_PAID).replace("AT-", "").replace("BR-", ""))
    assert [d for d in differences(net) if d[1] == "A"] == []
    both = found(
        decisions=waived,
        payments="W-1,2002-03-15,Brighton Capital Ltd.,30000.00\nW-2,2002-03-15,Atwood Capital Ltd.,30000.00",
    )
    assert not both.differences


def test_a_part_paid_invoice_of_several_amounts_is_assigned_only_where_one_set_fits() -> None:
    """One invoice for 30,000.00 and 31,500.00. Paid 31,500.00: that is closing B. Paid 40,000.00: nobody says."""
    one = ALL_BILLED.replace("BR-2", "BR-1")
    paid = found(invoices=one, payments=ATWOOD_PAID + "W-1,2002-03-25,Brighton Capital Ltd.,31500.00,BR-1")
    assert differences(paid) == [("unpaid", "A", "30000.00")]
    part = found(invoices=one, payments=ATWOOD_PAID + "W-1,2002-03-25,Brighton Capital Ltd.,40000.00,BR-1")
    assert differences(part) == [("unpaid", "", "21500.00")]
    assert "nobody says for which" in part.differences[0].words
    assert sum(each.outstanding for each in part.standings) == 21_500_00


def test_a_tolerance_is_used_by_name_and_listed() -> None:
    short = (ATWOOD_PAID + BRIGHTON_PAID).replace("31500.00,BR-2", "31475.00,BR-2")
    assert differences(found(invoices=ALL_BILLED, payments=short)) == [("unpaid", "B", "25.00")]
    allowed = found(invoices=ALL_BILLED, payments=short, tolerances="wire charge,25.00,Brighton Capital Ltd.,brighton")
    assert not allowed.differences
    assert [(a.amount, a.rule) for a in allowed.applications if a.rule != "reference"] == [
        (25_00, "tolerance wire charge")
    ]
    assert [(s.paid, s.written_off) for s in allowed.standings if s.written_off] == [(31_475_00, 25_00)]
    other = found(invoices=ALL_BILLED, payments=short, tolerances="wire charge,25.00,Atwood Capital Ltd.")
    assert differences(other) == [("unpaid", "B", "25.00")]


def test_documents_after_the_day_of_the_ledger_do_not_count() -> None:
    early = found("2002-03-21", invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID)
    assert sorted(differences(early)) == [("unpaid", "B", "31500.00")] * 2


def test_a_payee_of_no_agreement_is_named() -> None:
    stranger = found(
        invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID + "W-3,2002-03-29,Atwood Capitol,31500.00"
    )
    assert (
        differences(stranger) == [("unapplied", "", "31500.00")] and "Atwood Capitol" in stranger.differences[0].words
    )


def test_an_invoice_that_is_not_there_is_named() -> None:
    missing = found(invoices=ALL_BILLED, payments=ATWOOD_PAID + BRIGHTON_PAID.replace("BR-2", "BR-7"))
    assert differences(missing) == [("unpaid", "B", "31500.00"), ("unapplied", "", "31500.00")]
    assert "BR-7" in missing.differences[1].words


# The example folders and the outputs

ONE = ("-a", "agreements/brighton.yaml")
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md"))
COMMAND = re.compile(r"^feecalc (reconcile .*?)(?: > (\S+))?$", re.MULTILINE)


def commands() -> list[tuple[Path, list[str], str]]:
    found = []
    for folder in EXAMPLES:
        for line, text in COMMAND.findall((folder / "README.md").read_text("utf-8")):
            arguments = shlex.split(line)
            found.append((folder, arguments if text else arguments[:-1], text or arguments[-1]))
    return found


def test_the_stories_are_there() -> None:
    assert len({folder for folder, _, _ in commands()}) == 7


@pytest.mark.parametrize(("folder", "arguments", "name"), commands(), ids=lambda value: getattr(value, "name", None))
def test_example(folder: Path, arguments: list[str], name: str, tmp_path: Path) -> None:
    output, expected = tmp_path / name, folder / "expected" / name
    ran = feecalc(*arguments, *([] if name.endswith(".txt") else [str(output)]))
    text = ran.stdout if name.endswith(".txt") else output.read_text("utf-8")
    if os.environ.get("FEECALC_RESET"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
    agrees = "No differences." in text or '"differences": []' in text
    assert ran.status == (0 if agrees else 1)
    assert not name.endswith(".txt") or all(len(line) <= 80 for line in text.splitlines())


def test_run_holds_the_reconciliation_only_where_there_are_documents(tmp_path: Path) -> None:
    out = tmp_path / "ledger.json"
    feecalc("run", "examples/odd-cent-split", "--as-of", "2002-04-30", "-o", str(out))
    assert "reconciliation" not in json.loads(out.read_text("utf-8"))
    ran = feecalc("run", "examples/two-indistinguishable-candidates", *ONE, "--as-of", "2002-04-10", "-o", str(out))
    within = json.loads(out.read_text("utf-8"))["reconciliation"]
    assert ran.status == 1 and set(within) == {"applications", "differences", "ageing", "exceptions"}
    assert [each["code"] for each in within["differences"]] == ["unpaid", "unpaid", "unapplied"]
    assert within["ageing"][0]["0-30"] == "31500.00" and within["exceptions"][0]["code"] == "match-unclear"


@pytest.mark.parametrize("command", ["run", "reconcile"])
def test_the_workbook_has_its_sheets(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    feecalc(command, "examples/overpayment", *ONE, "--as-of", "2002-04-30", "-o", str(out))
    book = load_workbook(out)
    assert {"Reconciliation", "Ageing", "Applications", "Invoices and payments"} <= set(book.sheetnames)
    cells = [cell for row in book["Reconciliation"].iter_rows(values_only=True) for cell in row]
    assert "overpaid" in cells and 3150 in cells


def test_the_csv_holds_the_differences(tmp_path: Path) -> None:
    out = tmp_path / "differences.csv"
    ran = feecalc("reconcile", "examples/overpayment", *ONE, "--as-of", "2002-04-30", "-o", str(out))
    lines = out.read_text("utf-8").splitlines()
    assert (
        ran.status == 1
        and len(lines) == 3
        and lines[1].startswith("unpaid,Brighton Capital Ltd.,brighton,cash-fee,B,3150.00,20,")
    )


def test_nothing_to_reconcile_with_is_said(tmp_path: Path) -> None:
    ran = feecalc("reconcile", "examples/odd-cent-split", "--as-of", "2002-04-30")
    assert ran.status == 1 and "unpaid: 50.01" in ran.stdout
