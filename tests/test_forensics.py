"""What explains an amount: each kind of departure worked by hand, and the command."""

from __future__ import annotations

import os
import re
import shlex
from datetime import date
from typing import Any

import adapter
import pytest
from commands import ROOT, feecalc

from feecalc.agreement import Agreement
from feecalc.departures import KINDS, departures
from feecalc.forensics import explanations, investigated
from feecalc.forensics.ways import Explanation, transposed
from feecalc.ledger import Ledger

AS_OF = date(2024, 12, 31)
FEE = {
    "id": "fee",
    "kind": "percentage",
    "section": "1",
    "says": "A fee.",
    "rate": "6%",
    "base": "gross proceeds",
    "rounding": "{mode: half up, over: closing}",
    "due": "at closing",
}
ALLOWANCE = {**FEE, "id": "allowance", "section": "2", "rate": "3%", "limit": '{amount: "5,000.00", over: agreement}'}
HEAD = {
    "feecalc": "1",
    "title": "Test agreement",
    "source": "{document: none}",
    "company": "Company",
    "agent": "Agent",
    "role": "agent",
    "payees": "[Agent]",
    "currency": "USD",
    "term": "{effective: 2024-01-02, expires: 2024-06-30}",
    "tail": "none",
    "covers": "{investors: introduced, securities: all, offerings: all, events: [sale]}",
}


def agreement(*clauses: dict[str, str], name: str = "one", more: str = "", **terms: str) -> Agreement:
    """An agreement of these clauses; terms stand in place of those of the head."""
    lines = [f"{key}: {value}" for key, value in {**HEAD, "id": name, **terms}.items()]
    lines.append("clauses:")
    for clause in clauses:
        stated = [f"{key}: {value}" for key, value in clause.items()]
        lines += ["  - " + stated[0], *("    " + text for text in stated[1:])]
    return adapter.agreement_from("\n".join(lines) + "\n" + more)


def sale(closing: str, gross: str, day: str = "2024-03-04", investor: str = "Ann", **more: str) -> dict[str, str]:
    return {
        "closing": closing,
        "date": day,
        "investor": investor,
        "gross_proceeds": gross,
        "introduced_by": "one",
        **more,
    }


def ledger(agreements: Agreement | list[Agreement], *lines: dict[str, str], **tables: Any) -> Ledger:
    each = agreements if isinstance(agreements, list) else [agreements]
    return adapter.ledger_from(each, {"closings": list(lines), **tables}, AS_OF)


def first(found: list[Explanation]) -> tuple[tuple[str, ...], str]:
    return found[0].kinds, " and ".join(found[0].words)


ADVANCE = {
    "id": "advance",
    "kind": "advance",
    "section": "3",
    "says": "An advance.",
    "amount": "2,000.00",
    "due": "2024-01-02",
    "credited_against": "[fee]",
    "unearned": "kept",
    "less_expenses": "none",
}
EXPENSES = {
    "id": "expenses",
    "kind": "reimbursement",
    "section": "4",
    "says": "Expenses.",
    "limit": "{amount: 500.00, over: agreement}",
    "due": "when recorded",
}
SPLIT = {**FEE, "split": "[{payee: Agent, share: 1/2}, {payee: Second, share: 1/2}]", "odd_unit": "Agent"}
TWO = agreement(FEE, ALLOWANCE)
TIERS = (
    '{tiers: [{up_to: "100,000.00", rate: 6%}, {rate: 4%}], apply: marginal, counting: gross proceeds, over: agreement}'
)
BY = "{by: [{lines: {investors: [Bob]}, rate: 2%}], otherwise: 6%}"
EACH = "{mode: half up, over: closing, parts: together}"
AMENDED = """amendments:
  - id: first
    effective: 2024-02-01
    section: A
    says: Less.
    rules: closings from that day
    changes: {clauses: {fee: {rate: 4%}}}
"""
READ = {
    **FEE,
    "readings": "[{question: What counts?, chosen: Gross., others: [{says: A flat five., instead: {rate: 5%}}]}]",
}


@pytest.mark.parametrize(
    ("records", "amount", "kind", "words"),
    [
        # 6% of 100,000.00
        pytest.param(ledger(TWO, sale("A", "100,000.00")), "6,000.00", "contract", "", id="contract"),
        # 3% of 300,000.00 is 9,000.00, and the limit 5,000.00
        pytest.param(
            ledger(TWO, sale("A", "300,000.00")), "9,000.00", "limit", "limit of 5,000.00 is ignored", id="limit"
        ),
        # A's allowance; that B's would be as much without its limit is not asked
        pytest.param(
            ledger(TWO, sale("A", "100,000.00"), sale("B", "100,000.02")),
            "3,000.00",
            "contract",
            "",
            id="the same figure elsewhere is the contract's",
        ),
        # 1,500.00 had accrued: of 3,000.00 and 3,000.00, 3,000.00 and 500.00 are left; without it B brings 2,000.00
        pytest.param(
            ledger(
                TWO,
                sale("A", "100,000.00"),
                sale("B", "100,000.00"),
                balances=[{"agreement": "one", "clause": "allowance", "as_of": "2023-12-31", "amount": "1,500.00"}],
            ),
            "2,000.00",
            "balance",
            "the balance of 2023-12-31 is forgotten",
            id="balance",
        ),
        # one half of 6,000.00 is 3,000.00
        pytest.param(
            ledger(agreement(SPLIT, payees="[Agent, Second]"), sale("A", "100,000.00")),
            "6,000.00",
            "split",
            "the split is not made",
            id="split",
        ),
        # 6,000.00 less 2,000.00 recouped is 4,000.00
        pytest.param(
            ledger(agreement(FEE, ADVANCE), sale("A", "100,000.00"), sale("B", "10.00")),
            "6,000.00",
            "advance",
            "the advance is not credited",
            id="advance",
        ),
        # 6% of 100,000.00 and of 50,000.00: Bob is excluded
        pytest.param(
            ledger(
                agreement(FEE, covers=HEAD["covers"].replace("securities", "excluded: [Bob], securities")),
                sale("A", "100,000.00"),
                sale("A", "50,000.00", investor="Bob"),
            ),
            "9,000.00",
            "exclusion",
            "Bob is counted, whom the agreement excludes",
            id="exclusion",
        ),
        # 6% of 50,000.00 in July, after the term
        pytest.param(
            ledger(TWO, sale("A", "10.00"), sale("B", "50,000.00", "2024-07-01")),
            "3,000.00",
            "exclusion",
            "closings after the term ended on 2024-06-30 are counted without end",
            id="after the end",
        ),
        # Ann was introduced in 2023, before the term
        pytest.param(
            ledger(
                agreement(FEE),
                sale("A", "100,000.00", introduced_by=""),
                introductions=[{"investor": "Ann", "agreement": "one", "introduced_on": "2023-12-01"}],
            ),
            "6,000.00",
            "exclusion",
            "introductions outside the term are counted",
            id="introduced before the term",
        ),
        # 6% of units alone: 1,200.00; of all lines 7,200.00
        pytest.param(
            ledger(
                agreement({**FEE, "lines": "{securities: [units]}"}),
                sale("A", "100,000.00"),
                sale("A", "20,000.00", security="units"),
            ),
            "7,200.00",
            "class",
            "it is taken of all lines, not only of those with securities: units",
            id="class",
        ),
        # 2% of Bob's 20,000.00 is 400.00; at 6% 1,200.00, with Ann's 6,000.00
        pytest.param(
            ledger(
                agreement({**FEE, "rate": BY, "rounding": EACH}),
                sale("A", "100,000.00"),
                sale("A", "20,000.00", investor="Bob"),
            ),
            "7,200.00",
            "class",
            "6% is taken of all lines, whatever list they are on",
            id="a rate of its own",
        ),
        # 6% of 100,000.00, of which 20,000.00 were not cash: 4,800.00
        pytest.param(
            ledger(
                agreement({**FEE, "base": "cash proceeds"}),
                sale("A", "100,000.00", non_cash="20,000.00"),
            ),
            "6,000.00",
            "base",
            "it is taken of gross proceeds, not of cash proceeds",
            id="gross for net",
        ),
        # 6% of 100,000.00 less the 10,000.00 in a column
        pytest.param(
            ledger(
                agreement({**FEE, "base": "{of: [gross proceeds], less: [legal costs]}"}),
                sale("A", "100,000.00", **{"legal costs": "10,000.00"}),
            ),
            "6,000.00",
            "base",
            "`legal costs` not deducted from gross proceeds",
            id="a deduction",
        ),
        # 6% of Ann's 100,000.00 and of Bob's and Cyd's 110,000.00, whom nobody introduced
        pytest.param(
            ledger(
                agreement(FEE),
                sale("A", "100,000.00"),
                sale("A", "60,000.00", investor="Bob", introduced_by=""),
                sale("A", "50,000.00", investor="Cyd", introduced_by=""),
            ),
            "12,600.00",
            "raise",
            "the whole raise is counted, whoever introduced it",
            id="the whole raise",
        ),
        pytest.param(
            ledger(agreement(READ), sale("A", "100,000.00")),
            "5,000.00",
            "reading",
            "read otherwise (What counts?): A flat five",
            id="reading",
        ),
        # amended to 4% in February: 4,000.00
        pytest.param(
            ledger(agreement(FEE, more=AMENDED), sale("A", "100,000.00")),
            "6,000.00",
            "version",
            "the terms before amendment first of 2024-02-01 are used",
            id="superseded",
        ),
        # 6,000.00 and 6,000.00
        pytest.param(
            ledger(agreement(FEE), sale("A", "100,000.00")),
            "12,000.00",
            "duplicate",
            "it is counted twice",
            id="duplicate",
        ),
        # A 6,000.00, B 3,000.00: 9,000.00, and B once more
        pytest.param(
            ledger(agreement(FEE), sale("A", "100,000.00"), sale("B", "50,000.00")),
            "12,000.00",
            "duplicate",
            "it is counted twice",
            id="twice the one is the whole and the other",
        ),
        # 6,000.00 and 123.45
        pytest.param(
            ledger(
                agreement(FEE, EXPENSES),
                sale("A", "100,000.00"),
                sale("B", "1.00"),
                expenses=[
                    {"agreement": "one", "date": "2024-02-01", "amount": "500.00"},
                    {"agreement": "one", "date": "2024-02-02", "amount": "123.45"},
                ],
            ),
            "6,123.45",
            "expense",
            "the expense of 2024-02-02, 123.45, is included (expenses.csv:3)",
            id="expense",
        ),
        pytest.param(
            ledger(
                [TWO, agreement({**FEE, "rate": "7%"}, name="two", agent="Other", payees="[Other]")],
                sale("A", "100,000.00"),
            ),
            "7,000.00",
            "rate",
            "7% is taken, the rate of two fee",
            id="the neighbour's rate",
        ),
        # 6% of 100,000.00 and 4% of 50,000.00 are 8,000.00; 4% of the whole 6,000.00, 6% of it 9,000.00
        pytest.param(
            ledger(
                agreement({**FEE, "rate": TIERS, "rounding": EACH}),
                sale("A", "150,000.00"),
            ),
            "9,000.00",
            "rate",
            "6% is taken of all, not the schedule",
            id="one step of a schedule",
        ),
        # three lines of 0.10: 0.018 is 0.02; each 0.006 is 0.01
        pytest.param(
            ledger(agreement(FEE), sale("A", "0.10"), sale("A", "0.10"), sale("A", "0.10", investor="Bob")),
            "0.03",
            "rounding",
            "it is rounded on each line, not on each closing",
            id="rounding",
        ),
        # 12,345.60 of 205,760.00
        pytest.param(
            ledger(agreement(FEE), sale("A", "205,760.00")),
            "13,245.60",
            "transposed",
            "two digits of 12,345.60 are transposed",
            id="transposed",
        ),
        pytest.param(
            ledger(agreement(FEE), sale("A", "100,000.00")),
            "5,975.00",
            "wire charge",
            "a wire charge of 25.00 is taken off",
            id="wire charge",
        ),
    ],
)
def test_each_departure_by_hand(records: Ledger, amount: str, kind: str, words: str) -> None:
    cents = int(amount.replace(",", "").replace(".", ""))
    kinds, says = first(explanations(records, cents, "Agent"))
    assert (kinds, says[: len(words)] if kind == "balance" else says[-len(words) :] if words else "") == (
        (kind,) if words else (),
        words,
    )


def test_left_out_and_counted_as_well() -> None:
    """Four closings of 6,000.00, 3,000.00, 600.00 and 60.00: 9,660.00, less B's 3,000.00 is 6,660.00."""
    sales = [sale(name, gross) for name, gross in zip("ABCD", ("100,000.00", "50,000.00", "10,000.00", "1,000.00"))]
    found = explanations(ledger(agreement(FEE), *sales), 6_660_00, "Agent")
    assert first(found) == (("clause",), "closing B is left out")
    held = {**FEE, "due": "[{part: 1/4, when: at closing}, {part: 3/4, when: {days: 0, after_event: approval}}]"}
    found = explanations(ledger(agreement(held), sale("A", "100,000.00")), 6_000_00, "Agent")
    assert first(found) == (("counted",), "what waits is asked for as well")


def test_a_waiver_ignored() -> None:
    """6,000.00, of which 1,000.00 were given up."""
    row = {"date": "2024-04-01", "decision": "reduction", "agreement": "one", "clause": "fee", "decided_by": "Board"}
    row |= {"reason": "Agreed", "amount": "1,000.00", "closing": "A"}
    given_up = ledger(agreement(FEE), sale("A", "100,000.00"), sale("B", "1.00"), decisions=[row])
    assert explanations(given_up, 5_000_00, "Agent", closing="A")[0].kinds == ()
    found = explanations(given_up, 6_000_00, "Agent", closing="A")
    assert first(found) == (("counted",), "decisions are ignored")


def test_another_agent_s_claim() -> None:
    """Ann is claimed by both; nobody is owed anything until a person decides."""
    both = [agreement(FEE), agreement({**FEE, "rate": "5%"}, name="two", agent="Other", payees="[Other]")]
    rows = [{"investor": "Ann", "agreement": name, "introduced_on": "2024-02-01"} for name in ("one", "two")]
    contested = ledger(both, sale("A", "100,000.00", introduced_by=""), introductions=rows)
    found = explanations(contested, 6_000_00, "Agent")
    assert first(found) == (("exclusion",), "lines that another agreement claims too are counted")
    assert first(explanations(contested, 5_000_00, "Other"))[0] == ("exclusion",)


def test_two_departures_together() -> None:
    """The split is not made, and 25.00 are taken off: 6,000.00 - 25.00. Said only where nothing simpler fits."""
    halved = ledger(agreement(SPLIT, payees="[Agent, Second]"), sale("A", "100,000.00"))
    findings = investigated(halved, 5_975_00, "Agent")
    assert findings.pairs and {each.rank for each in findings.explanations} == {2}
    assert ("split", "wire charge") in [each.kinds for each in findings.explanations]
    assert investigated(halved, 6_000_00, "Agent").pairs == 0


def test_an_unexplained_cent_stays_unexplained() -> None:
    plain = ledger(agreement(FEE), sale("A", "100,000.00"))
    findings = investigated(plain, 6_000_01, "Agent")
    assert findings.explanations == () and findings.departures > 10
    assert [(each.clauses, each.accrued, each.left) for each in findings.left] == [(("fee",), 6_000_00, 1)]


def test_filters_narrow_the_question() -> None:
    """8,999.99 is what clause allowance would be on B without its limit; not so of A, nor of the fee."""
    limited = ledger(TWO, sale("A", "100,000.00"), sale("B", "299,999.67"))
    assert first(explanations(limited, 8_999_99, "Agent", "one", "allowance", "B"))[0] == ("limit",)
    assert not explanations(limited, 8_999_99, "Agent", "one", "allowance", "A")
    assert not explanations(limited, 8_999_99, "Agent", "one", "fee", "B")
    assert not explanations(limited, 8_999_99, "Nobody")


def test_every_kind_of_departure_is_in_the_list_and_in_the_manual() -> None:
    text = " ".join((ROOT / "docs" / "investigation.md").read_text("utf-8").split())
    for kind, what in KINDS.items():
        assert f"**{kind}**: {what}" in text, kind
    everything = ledger(agreement(FEE, ALLOWANCE, ADVANCE, EXPENSES), sale("A", "1.00"))
    assert {each.kind for each in departures(everything, 0)} <= set(KINDS)


def test_digits_transposed() -> None:
    assert transposed(63_000_00, 36_000_00) and transposed(12, 21)
    assert not transposed(63_000_00, 63_000_00) and not transposed(123, 321) and not transposed(100_00, 10_00)


COMMAND = re.compile(r"^feecalc (investigate .*) > (\S+)$", re.MULTILINE)


def test_the_third_party_finder() -> None:
    """6.5%, 6%, 5% and 5% + 3% of 1,050,000.00, and what each leaves of 70,500.00; nothing gives it to the cent."""
    folder = ROOT / "examples" / "third-party-finder"
    ((arguments, name),) = COMMAND.findall((folder / "README.md").read_text("utf-8"))
    ran = feecalc(*shlex.split(arguments))
    expected = folder / "expected" / name
    if os.environ.get("FEECALC_RESET"):
        expected.write_text(ran.stdout, "utf-8")
    assert (ran.status, ran.stdout) == (1, expected.read_text("utf-8"))
    assert max(map(len, ran.stdout.splitlines())) <= 80
    rows = re.findall(r"^ +([\d,.]+) +([\d,.()]+)  (\w+): (.*)$", ran.stdout, re.MULTILINE)
    assert rows == [
        ("68,250.00", "2,250.00", "jefferies", "cash-fee"),
        ("63,000.00", "7,500.00", "brighton", "cash-fee"),
        ("84,000.00", "(13,500.00)", "ladenburg", "cash-fee and expense-allowance"),
        ("52,500.00", "18,000.00", "ladenburg", "cash-fee"),
    ]
    assert "Nothing gives it to the cent." in ran.stdout


def test_the_command_says_what_explains_an_amount() -> None:
    ran = feecalc("investigate", "examples/cap-in-mid-closing", "--amount", "154,500.00", "--as-of", "2002-03-31")
    text = " ".join(ran.stdout.split())
    assert ran.status == 0 and max(map(len, ran.stdout.splitlines())) <= 80
    assert "the limit of 150,000.00 is ignored; or the limit of 150,000.00 is taken for each closing" in text
    assert "by the contract 90,000.00" in text
    assert "the records do not tell which" in text


@pytest.mark.parametrize("amount", ["70,500.005", "0", "much"])
def test_an_amount_that_cannot_be_read(amount: str) -> None:
    ran = feecalc("investigate", "examples/third-party-finder", "--amount", amount)
    assert ran.status == 2 and "--amount" in ran.stderr


def test_a_payee_or_a_closing_that_is_not_there() -> None:
    ran = feecalc("investigate", "examples/third-party-finder", "--amount", "1", "--payee", "Brigton Capital Ltd.")
    assert ran.status == 2 and 'Did you mean "Brighton Capital Ltd."?' in ran.stderr
