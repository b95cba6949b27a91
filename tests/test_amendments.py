"""Terms that change in mid-life: which rule what, what is left of a limit that was amended, and what is said of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import adapter
import pytest
from commands import ROOT, feecalc

from feecalc.explain import explanation
from feecalc.ledger import Ledger
from feecalc.workpapers.drawing import draw_up
from feecalc.write.control_sheets import agreement_terms

PROVISION = (ROOT / "docs" / "provisions" / "amendment.yaml").read_text("utf-8").split("\nexamples:")[0] + "\n"
SALES = [
    ("A", "2024-03-04", "", "100,000.00"),
    ("B", "2024-07-08", "2024-06-30", "10,000.00"),
    ("C", "2024-07-09", "2024-07-01", "20,000.00"),
    ("D", "2024-08-05", "", "60,000.00"),
    ("E", "2024-10-01", "", "20,000.00"),
]


LATE = date(2024, 12, 31)


def lines(*more: dict[str, str]) -> list[dict[str, str]]:
    sold = [
        {"closing": name, "date": day, "signed_on": signed, "investor": "One", "gross_proceeds": gross}
        for name, day, signed, gross in SALES
    ]
    return [*sold, *more]


def undone(closing: str, what: str, day: str, gross: str) -> dict[str, str]:
    line = {"closing": closing, "date": day, "investor": "One", "gross_proceeds": f"-{gross}"}
    return {**line, "event": "rescission", "reverses": what}


def ledger(*more: dict[str, str], changes: tuple[tuple[str, str], ...] = ()) -> Ledger:
    text = PROVISION
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return adapter.ledger_from([adapter.agreement_from(text)], {"closings": lines(*more)}, LATE)


def fees(found: Ledger) -> dict[str, int]:
    entries = found.entries[found.entries["clause"] == "cash-fee"]
    return dict(zip(entries["closing"].tolist(), entries["accrued"].tolist(), strict=True))


def told(found: Ledger, closing: str) -> str:
    entries = found.entries
    place = entries.index[(entries["clause"] == "cash-fee") & (entries["closing"] == closing)][0]
    return " ".join(explanation(found, place).split())


def test_what_is_undone_later_changes_no_earlier_closing() -> None:
    """Within 10,000.00, D got 1,300.00 of 3,000.00. The limit is 12,000.00 from October: F at 5% of 60,000.00 gets
    1,000.00 of 3,000.00. Without A, 7,000.00 of room is free: D's 1,700.00 and F's 2,000.00 fill 3,700.00 of it, so
    that undoing A takes back 3,300.00.
    """
    later = {"closing": "F", "date": "2024-11-04", "investor": "One", "gross_proceeds": "60,000.00"}
    before = fees(ledger(later))
    assert before == {"A": 7_000_00, "B": 700_00, "C": 1_000_00, "D": 1_300_00, "E": 1_000_00, "F": 1_000_00}
    after = fees(ledger(later, undone("R", "A", "2024-12-02", "100,000.00")))
    assert after == {**before, "R": -3_300_00}


def test_two_amended_agreements_in_one_ledger_follow_each_its_own_amendments() -> None:
    """The other one has only the first amendment: 5% from July, and 10,000.00 at most to the end."""
    once = PROVISION[: PROVISION.index("  - id: second")].replace("id: amendment", "id: zeta").replace("LLC", "Ltd.")
    both = [adapter.agreement_from(PROVISION), adapter.agreement_from(once)]
    for agreements in (both, both[::-1]):
        found = adapter.ledger_from(agreements, {"closings": lines()}, LATE).entries
        cash = found[found["clause"] == "cash-fee"]
        amounts = {
            name: dict(zip(mine["closing"].tolist(), mine["accrued"].tolist(), strict=True))
            for name, mine in cash.groupby("agreement")
        }
        alike = {"A": 7_000_00, "B": 700_00, "C": 1_000_00, "D": 1_300_00}
        assert amounts == {"amendment": {**alike, "E": 1_000_00}, "zeta": {**alike, "E": 0}}


def with_balance(amount: str, *changes: tuple[str, str]) -> dict[str, int]:
    """What D, E and F (60,000.00 at 5%) bring where an amount had accrued before August."""
    text = PROVISION
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    balance = {"agreement": "amendment", "clause": "cash-fee", "as_of": "2024-07-31", "amount": amount}
    rows = [*lines()[3:], {"closing": "F", "date": "2024-11-04", "investor": "One", "gross_proceeds": "60,000.00"}]
    agreements = [adapter.agreement_from(text)]
    found = adapter.ledger_from(agreements, {"closings": rows, "balances": [balance]}, LATE)
    assert [check.name for check in found.checks if not check.holds] == []
    return fees(found)


def test_what_had_accrued_before_the_records_uses_up_every_limit_that_counts_it() -> None:
    """9,500.00 leave 500.00 of 10,000.00 for D; then 2,000.00 of 12,000.00: 1,000.00 for E and 1,000.00 for F.
    10,400.00, more than the first limit, leave nothing for D and 1,600.00 for E and F.
    """
    assert with_balance("9,500.00") == {"D": 500_00, "E": 1_000_00, "F": 1_000_00}
    assert with_balance("10,400.00") == {"D": 0, "E": 1_000_00, "F": 600_00}


def test_a_limit_that_does_not_count_what_had_accrued_counts_what_these_records_bring() -> None:
    """9,500.00 leave 500.00 for D. The later limit of 4,000.00 counts these records alone: 1,000.00 for E, 2,500.00 of
    3,000.00 for F.
    """
    later = ('{limit: {amount: "12,000.00"}', '{limit: {amount: "4,000.00", earlier: does not count}')
    assert with_balance("9,500.00", later) == {"D": 500_00, "E": 1_000_00, "F": 2_500_00}


def test_a_limit_for_each_closing_becomes_one_over_all() -> None:
    """2,000.00 for each closing: A to C bring 2,000.00, 700.00 and 1,000.00, D 2,000.00 of 3,000.00. Then 6,200.00 in
    all leave 500.00 for E.
    """
    each = ('{amount: "10,000.00", over: agreement}', '{amount: "2,000.00", over: closing}')
    over = ('{limit: {amount: "12,000.00"}', '{limit: {amount: "6,200.00", over: agreement}')
    assert fees(ledger(changes=(each, over))) == {"A": 2_000_00, "B": 700_00, "C": 1_000_00, "D": 2_000_00, "E": 500_00}


def test_a_lower_limit_takes_nothing_back() -> None:
    """10,000.00 stood when the limit fell to 9,000.00: E and what follows bring nothing. Undoing D (5%, 1,300.00 of
    3,000.00) leaves 8,700.00, and 300.00 of E's 1,000.00 come in.
    """
    lower = (('limit: {amount: "12,000.00"}', 'limit: {amount: "9,000.00"}'),)
    assert fees(ledger(changes=lower))["E"] == 0
    found = fees(ledger(undone("R", "D", "2024-12-02", "60,000.00"), changes=lower))
    assert (found["D"], found["E"], found["R"]) == (1_300_00, 0, -1_000_00)


def test_amended_rates_run_up_to_one_total_that_is_rounded() -> None:
    """7% of 0.09 is 0.63 of a cent, 5% of 0.09 is 0.45: 1.08 in all, one cent and no more."""
    text = PROVISION.replace("over: closing}", "over: agreement}")
    rows = [
        {"closing": name, "date": day, "investor": "One", "gross_proceeds": "0.09"}
        for name, day in (("A", "2024-03-04"), ("B", "2024-08-05"))
    ]
    found = adapter.ledger_from([adapter.agreement_from(text)], {"closings": rows}, LATE)
    assert fees(found) == {"A": 1, "B": 0}
    assert "5% of 0.09 gross proceeds is 0.0045; what it comes to under all terms" in told(found, "B")
    assert draw_up(found).not_live == ()


@pytest.mark.parametrize(
    "change",
    [
        ('{limit: {amount: "12,000.00"}', '{limit: {amount: "9,000.00"}'),
        ('{limit: {amount: "12,000.00"}', '{limit: {amount: "12,000.00", over: closing}'),
        ("rounding: {mode: half up, over: closing}", "rounding: {mode: half up, over: agreement}"),
    ],
)
def test_the_checks_hold_under_amended_terms(change: tuple[str, str]) -> None:
    found = ledger(undone("R", "A", "2024-11-01", "100,000.00"), changes=(change,))
    assert [check.name for check in found.checks if not check.holds] == []


def test_each_amount_is_told_under_the_terms_that_rule_it() -> None:
    found = ledger(undone("R", "A", "2024-11-01", "100,000.00"))
    assert "(1): A fee of 7%, 10,000.00 at most." in told(found, "B")
    assert "Computation: 7% of 10,000.00 gross proceeds = 700.00." in told(found, "B")
    assert "(1; First amendment, section 2): A fee of 5%, 10,000.00 at most." in told(found, "C")
    assert "8,700.00 of the limit of 10,000.00 was used before, 1,300.00 is left: 1,300.00." in told(found, "D")
    assert "(1; Second amendment): A fee of 5%, 12,000.00 at most." in told(found, "E")
    words = "the limits of its terms and of others, 10,000.00 and 12,000.00, let the running total go from 11,000.00"
    assert words + " to 5,700.00; without them it would move by (7,000.00)" in told(found, "R")


def test_a_closing_under_two_terms_is_told_under_each() -> None:
    """On one day 1,000.00 signed in June at 7% and 2,000.00 signed in July at 5%."""
    mixed = [
        {"closing": "X", "date": "2024-07-10", "signed_on": signed, "investor": "One", "gross_proceeds": gross}
        for signed, gross in (("2024-06-28", "1,000.00"), ("2024-07-02", "2,000.00"))
    ]
    found = ledger(*mixed)
    assert fees(found)["X"] == 170_00
    words = told(found, "X")
    assert (
        "different terms: 70.00 on 1,000.00 (A fee of 7%, 10,000.00 at most); 100.00 on 2,000.00 (A fee of 5%" in words
    )
    assert "(1): A fee of 7%" in words and "(1; First amendment, section 2): A fee of 5%" in words


EXPENSES = """
  - id: expenses
    kind: reimbursement
    section: "2"
    says: Expenses, legal ones up to 1,000.00.
    limits: [{category: legal, amount: "1,000.00"}]
    due: when recorded
"""


def test_limits_on_expenses_carry_on_in_whatever_order_an_amendment_states_them() -> None:
    """700.00 of legal expenses in June. From July travel is limited to 200.00 and legal to 1,500.00: of 900.00 of legal
    expenses 800.00 are left, of 300.00 of travel 200.00.
    """
    text = PROVISION.replace("\namendments:", EXPENSES + "amendments:").replace(
        "clauses: {cash-fee: {rate: 5%",
        'clauses: {expenses: {limits: [{category: travel, amount: "200.00"}, {category: legal, amount: "1,500.00"}]}, '
        "cash-fee: {rate: 5%",
    )
    spent = [("2024-06-03", "legal", "700.00"), ("2024-07-03", "legal", "900.00"), ("2024-07-04", "travel", "300.00")]
    rows = [
        {"agreement": "amendment", "clause": "expenses", "date": d, "category": c, "amount": a} for d, c, a in spent
    ]
    found = adapter.ledger_from([adapter.agreement_from(text)], {"closings": lines(), "expenses": rows}, LATE).entries
    assert found[found["clause"] == "expenses"]["accrued"].tolist() == [700_00, 800_00, 200_00]


def test_expenses_before_the_amendment_that_pays_them_back_are_not_paid_back() -> None:
    text = PROVISION.replace(
        "new_clauses:\n",
        "new_clauses:\n        - {id: expenses, kind: reimbursement, section: Section 4, says: Expenses., "
        'limit: {amount: "1,000.00", over: agreement}, due: when recorded}\n',
    )
    rows = [
        {"agreement": "amendment", "clause": "expenses", "date": day, "category": "legal", "amount": "600.00"}
        for day in ("2024-06-03", "2024-07-03", "2024-07-04")
    ]
    found = adapter.ledger_from([adapter.agreement_from(text)], {"closings": lines(), "expenses": rows}, LATE).entries
    assert found[found["clause"] == "expenses"]["accrued"].tolist() == [0, 600_00, 400_00]


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    """The provision with a reading of the amended clause and one of the new clause, and its closings, in files."""
    text = PROVISION.replace(
        '{limit: {amount: "12,000.00"},',
        '{limit: {amount: "12,000.00"}, readings: [{question: Is it 12 or 13?, chosen: "12", others: '
        '[{says: "13", instead: {limit: {amount: "13,000.00"}}}]}],',
    ).replace(
        "due: when it accrues}",
        'due: when it accrues, readings: [{question: Is it 500 or 700?, chosen: "500", others: '
        '[{says: "700", instead: {amount: "700.00"}}]}]}',
    )
    (tmp_path / "amendment.yaml").write_text(text, "utf-8")
    rows = lines({"closing": "F", "date": "2024-11-04", "investor": "One", "gross_proceeds": "60,000.00"})
    table = ["closing,date,signed_on,investor,gross_proceeds"]
    table += [f'{r["closing"]},{r["date"]},{r.get("signed_on", "")},One,"{r["gross_proceeds"]}"' for r in rows]
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "closings.csv").write_text("\n".join(table) + "\n", "utf-8")
    return tmp_path


def ran(command: str, engagement: Path, *more: str) -> str:
    agreements = str(engagement / "amendment.yaml")
    done = feecalc(command, str(engagement / "records"), "-a", agreements, "--as-of", "2024-12-31", *more)
    assert done.status == 0, done.stderr
    return done.stdout


def test_readings_that_an_amendment_states_are_computed(engagement: Path) -> None:
    """700.00 in place of 500.00 at C, D, E and F; 1,000.00 more of F within 13,000.00."""
    found = ran("readings", engagement, "-q")
    assert "Is it 500 or 700?" in found and "14,800.00 USD in place of 14,000.00, 800.00 more" in found
    assert "Is it 12 or 13?" in found and "15,000.00 USD in place of 14,000.00, 1,000.00 more" in found


def test_a_clause_that_an_amendment_brings_can_be_chosen(engagement: Path) -> None:
    assert ran("explain", engagement, "-q", "--clause", "closing-fee").count("fixed amount at each closing") == 4


def test_the_terms_as_amended_stand_on_the_sheet_of_agreements() -> None:
    sheet = agreement_terms(ledger())
    labels, read = (next(c.values for c in sheet.columns if c.header == name) for name in ("Term or clause", "As read"))
    rows = dict(zip(labels, read, strict=True))
    assert rows["Amendment first"] == "From 2024-07-01, closings signed from that day."
    assert rows["closing-fee, as amended"].startswith("Pays 500.00 at each closing")
    assert any(
        label == "cash-fee, as amended" and "at most 12,000.00" in words
        for label, words in zip(labels, read, strict=True)
    )
    assert "through 2025-06-30" in rows["Closings count, as amended"]
