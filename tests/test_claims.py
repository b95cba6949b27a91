"""Claims against each other: what they come to, and what settles them; worked by hand."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import adapter
import pytest
from commands import ROOT, feecalc
from test_forensics import FEE, agreement, sale

from feecalc.agreement import Agreement
from feecalc.claims import ClaimedLine, claims
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.problems import Problems
from feecalc.read.records import records_of

ALL = "{investors: all, securities: all, offerings: all, events: [sale]}"
BOTH = [{"investor": "Ann", "agreement": name, "introduced_on": "2024-02-01"} for name in ("one", "two")]
LINE = sale("A", "100,000.00", introduced_by="")


def two(**terms: str) -> Agreement:
    return agreement({**FEE, "rate": "5%"}, name="two", agent="Other", payees="[Other]", **terms)


def award(to: str, **more: str) -> dict[str, str]:
    row = {"date": "2024-04-01", "decision": "award", "agreement": to, "decided_by": "Board", "reason": "Ann said so"}
    return {**row, "closing": "A", **more}


def computed(agreements: list[Agreement], *lines: dict[str, str], **tables: Any) -> Ledger:
    return adapter.ledger_from(agreements, {"closings": list(lines), **tables}, date(2024, 12, 31))


def owed(ledger: Ledger) -> dict[str, int]:
    """Cents payable by agreement."""
    return {key: amount for key, amount in ledger.entries.groupby("agreement")["payable"].sum().items() if amount}


def only(ledger: Ledger) -> ClaimedLine:
    (line,) = claims(ledger)
    return line


def test_two_introductions_block_each_other() -> None:
    """6% and 5% of 100,000.00 are 11,000.00 in all, 11%; nobody is owed anything."""
    ledger = computed([agreement(FEE), two()], LINE, introductions=BOTH)
    line = only(ledger)
    assert (line.status, line.cash, line.rate, owed(ledger)) == ("blocked", 11_000_00, Fraction(11, 100), {})
    assert [(c.agreement, c.stands, c.amounts) for c in line.claims] == [
        ("one", "blocked", {"USD": 6_000_00}),
        ("two", "blocked", {"USD": 5_000_00}),
    ]
    assert "together 11,000.00 in cash, 11%" in line.text


def test_an_agreement_that_covers_all_is_owed_beside_another() -> None:
    ledger = computed([agreement(FEE), two(covers=ALL)], LINE, introductions=BOTH[:1])
    line = only(ledger)
    assert (line.status, owed(ledger)) == ("each owed", {"one": 6_000_00, "two": 5_000_00})
    assert [claim.basis for claim in line.claims] == ["introduced", "covers all investors"]


def test_a_line_with_one_claim_is_not_listed() -> None:
    assert not list(claims(computed([agreement(FEE), two()], LINE, introductions=BOTH[:1])))


def test_what_a_claim_is_worth_rests_on_the_other_lines() -> None:
    """A cap of 7,000.00: of 6,000.00 on Ann's line 1,000.00 are left beside Bob's 6,000.00."""
    capped = agreement({**FEE, "limit": '{amount: "7,000.00", over: agreement}'})
    bob = sale("A", "100,000.00", investor="Bob")
    line = only(computed([capped, two()], LINE, bob, introductions=BOTH))
    assert line.claims[0].amounts == {"USD": 1_000_00}


def test_an_award_settles_a_line_and_its_reversal() -> None:
    back = sale(
        "B", "(40,000.00)", "2024-05-01", introduced_by="", event="rescission", reverses="A", security="common stock"
    )
    ledger = computed([agreement(FEE), two()], LINE, back, introductions=BOTH, decisions=[award("two")])
    assert owed(ledger) == {"two": 3_000_00} and not ledger.exceptions
    lines, _, at = ledger.attribution.answers()
    said = "claimed by one too, awarded by Board on 2024-04-01: Ann said so (decisions.csv:2)"
    assert all(said in basis for basis in ledger.attribution.bases(lines, at))
    assert {line.status for line in claims(ledger)} == {"settled"}


def test_an_award_counts_from_its_day() -> None:
    tables = {"closings": [LINE], "introductions": BOTH, "decisions": [award("two")]}
    ledger = adapter.ledger_from([agreement(FEE), two()], tables, date(2024, 3, 31))
    assert owed(ledger) == {} and only(ledger).status == "blocked"
    assert owed(adapter.ledger_from([agreement(FEE), two()], tables, date(2024, 4, 1))) == {"two": 5_000_00}


def test_an_award_names_its_investor() -> None:
    bob = {**LINE, "investor": "Bob"}
    both = [*BOTH, *({**row, "investor": "Bob"} for row in BOTH)]
    rows = [award("one", investor="ann"), award("two", investor="Bob")]
    ledger = computed([agreement(FEE), two()], LINE, bob, introductions=both, decisions=rows)
    assert owed(ledger) == {"one": 6_000_00, "two": 5_000_00}


def test_an_award_is_for_its_closing_alone() -> None:
    """Another closing that both claim stays blocked; an award that names the investor alone is for all of them."""
    other = {**LINE, "closing": "B", "date": "2024-03-11"}
    of_one = computed([agreement(FEE), two()], LINE, other, introductions=BOTH, decisions=[award("two")])
    assert owed(of_one) == {"two": 5_000_00} and [e.code for e in of_one.exceptions] == ["claimed-twice"]
    of_all = award("two", closing="", investor="Ann")
    assert owed(computed([agreement(FEE), two()], LINE, other, introductions=BOTH, decisions=[of_all])) == {
        "two": 10_000_00
    }


def test_of_three_claims_the_one_that_all_others_give_precedence_to() -> None:
    def three(*first: str) -> Ledger:
        given = [{"gives_precedence_to": each} if each else {} for each in first]
        one, other = agreement(FEE, **given[0]), two(**given[1])
        third = agreement({**FEE, "rate": "1%"}, name="three", agent="Third", payees="[Third]")
        told = [*BOTH, {"investor": "Ann", "agreement": "three", "introduced_on": "2024-02-01"}]
        return computed([one, other, third], LINE, introductions=told)

    assert owed(three("[three]", "[three]")) == {"three": 1_000_00}
    assert only(three("[three]", "[three]")).settled == "claimed by one and two too, which give precedence to three"
    assert owed(three("[three]", "")) == {} == owed(three("[three]", "[one]"))


def test_the_last_award_holds_and_two_of_one_day_settle_nothing() -> None:
    rows = [award("one"), award("two", date="2024-04-02")]
    later = computed([agreement(FEE), two()], LINE, introductions=BOTH, decisions=rows)
    assert owed(later) == {"two": 5_000_00}
    rows = [award("one"), award("two")]
    ledger = computed([agreement(FEE), two()], LINE, introductions=BOTH, decisions=rows)
    assert owed(ledger) == {}
    assert [e.code for e in ledger.exceptions] == ["claimed-twice", "award-without-effect", "award-without-effect"]


def test_an_award_to_one_that_claims_nothing_is_reported() -> None:
    ledger = computed([agreement(FEE), two()], LINE, introductions=BOTH[:1], decisions=[award("two")])
    assert owed(ledger) == {"one": 6_000_00} and [e.code for e in ledger.exceptions] == ["award-without-effect"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("[two]", "", {"two": 5_000_00}),
        ("", "[one]", {"one": 6_000_00}),
        ("[two]", "[one]", {}),
        ("[three]", "", {}),
    ],
)
def test_agreements_that_give_precedence(first: str, second: str, expected: dict[str, int]) -> None:
    terms = [{"gives_precedence_to": each} if each else {} for each in (first, second)]
    ledger = computed([agreement(FEE, **terms[0]), two(**terms[1])], LINE, introductions=BOTH)
    assert owed(ledger) == expected
    if expected == {"two": 5_000_00}:
        assert only(ledger).settled == "claimed by one too, which gives precedence to two"


def test_an_award_goes_before_what_the_agreements_say() -> None:
    given = agreement(FEE, gives_precedence_to="[two]")
    ledger = computed([given, two()], LINE, introductions=BOTH, decisions=[award("one")])
    assert owed(ledger) == {"one": 6_000_00}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (award("two", closing=""), "award-without-lines"),
        (award("two", investor="Anne"), "unknown-investor"),
        (award("two", clause="fee"), "award-of-more"),
        (award("two", amount="5.00"), "award-of-more"),
        (award("two", decision="reduction", amount="5.00"), "decision-without-clause"),
        (award("two", closing="Z"), "unknown-closing"),
    ],
)
def test_an_award_that_cannot_be_one(row: dict[str, str], code: str) -> None:
    problems = Problems()
    tables = {"closings": [LINE], "introductions": BOTH, "decisions": [row]}
    records = records_of({name: adapter.table_of(name, rows) for name, rows in tables.items()}, problems)
    linked([agreement(FEE), two()], records, problems)
    assert [problem.code for problem in problems] == [code]


def test_check_and_the_ledger_tell_of_claims(tmp_path: Path) -> None:
    ran = feecalc("check", "examples/claimed-twice", "--as-of", "2002-03-31")
    text = " ".join(ran.stdout.split())
    assert "together 131,250.00 in cash, 12.5%" in text and max(map(len, ran.stdout.splitlines())) <= 80
    ledger = json.loads((ROOT / "examples" / "claim-awarded" / "expected" / "ledger.json").read_text("utf-8"))
    (line,) = ledger["claims"]
    assert (line["status"], line["combined_cash"]) == ("settled", "131250.00")
    out = tmp_path / "ledger.xlsx"
    assert feecalc("run", "examples/claim-awarded", "--as-of", "2002-03-31", "-o", str(out)).status == 0
    import openpyxl

    assert "Claims" in openpyxl.load_workbook(out).sheetnames
