"""What turns on a reading, on the two closings of March 2002 as the example splits them; differences worked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from commands import ROOT, feecalc

from feecalc.engagement import compute
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.records import read_records
from feecalc.readings import alternatives


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    problems = Problems()
    agreements, _ = read_agreements([ROOT / "agreements"], problems)
    records = read_records(ROOT / "examples" / "neotherapeutics-2002", problems)
    linked(agreements, records, problems)
    assert not len(problems)
    return compute(agreements, records, date(2002, 3, 31))


def test_every_declared_reading_is_computed(ledger: Ledger) -> None:
    found = list(alternatives(ledger))
    declared = sum(
        len(reading.others) for a in ledger.agreements for holder in (a, *a.clauses) for reading in holder.readings
    )
    assert len(found) == declared > 20
    (asked,) = (each for each in found if each.problems)  # the $60,000 are recorded without the base it would need
    assert (asked.clause, asked.problems[0].code) == ("expense-allowance", "balance-without-base")


@pytest.mark.parametrize(
    ("agreement", "clause", "says", "expected"),
    [
        # 1,200,000 and 1,850,000: one whole million, so 10,000 in place of 18,500
        ("brighton", "warrants", "whole millions", [("Brighton Capital Ltd.", "warrants", 18500, 10000)]),
        # 18,500 halved
        (
            "brighton",
            "warrants",
            "halved",
            [("Brighton Capital Ltd.", "warrants", 18500, 9250), ("Atwood Capital Ltd.", "warrants", 0, 9250)],
        ),
        # 3% of 1,150,000 is 34,500 either way: the limit is not near
        ("ladenburg", "expense-allowance", "these offerings alone", []),
        # 16,666.67 and 3,333.33 each down: 19,999 in place of 20,000
        (
            "jefferies",
            "warrants",
            "Each closing is rounded down",
            [("Jefferies & Company, Inc.", "warrants", 20000, 19999)],
        ),
        # nothing after January 2002
        (
            "jefferies",
            "",
            "Only during the term",
            [("Jefferies & Company, Inc.", "USD", 156_000_00, 0), ("Jefferies & Company, Inc.", "warrants", 20000, 0)],
        ),
    ],
)
def test_what_turns_on_a_reading(
    ledger: Ledger, agreement: str, clause: str, says: str, expected: list[tuple[str, str, int, int]]
) -> None:
    (found,) = (a for a in alternatives(ledger) if (a.agreement, a.clause) == (agreement, clause) and says in a.says)
    assert [(d.payee, d.unit, d.chosen, d.other) for d in found.differences] == expected


def test_the_command_prints_questions_readings_and_differences(tmp_path: Path) -> None:
    ran = feecalc("readings", "examples/neotherapeutics-2002", "--as-of", "2002-03-31")
    text = " ".join(ran.stdout.split())
    assert ran.status == 0 and max(map(len, ran.stdout.splitlines())) <= 80
    assert "Chosen: Yes, pro rata to the dollar." in text
    assert "Brighton Capital Ltd.: 10,000 warrants in place of 18,500, 8,500 less" in text
    assert "no difference on these records" in text
