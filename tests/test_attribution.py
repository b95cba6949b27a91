"""Every line gets an answer: each basis and each named reason, one line each, against the three agreements."""

from __future__ import annotations

from datetime import date

import adapter
import numpy as np
import pytest
from commands import ROOT
from test_forensics import FEE, agreement, sale

from feecalc.agreement import Agreement
from feecalc.ledger import Ledger
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements

Rows = list[dict[str, str]]


COVERS = "{investors: introduced, securities: all, offerings: all, events: [sale]}"
AS_OF = date(2024, 12, 31)


def three() -> list:
    problems = Problems()
    agreements, _ = read_agreements([ROOT / "agreements"], problems)
    assert not len(problems)
    return agreements


def line(
    closing: str = "A", on: str = "2002-03-13", investor: str = "X", gross: str = "1000.00", **more: str
) -> dict[str, str]:
    return {"closing": closing, "date": on, "investor": investor, "gross_proceeds": gross, "price": "2.00", **more}


def introduced(agreement: str, on: str, investor: str = "X") -> dict[str, str]:
    return {"investor": investor, "agreement": agreement, "introduced_on": on}


def ledger(closings: Rows, introductions: Rows | None = None, as_of: date = date(2003, 1, 1), **tables: Rows) -> Ledger:
    return adapter.ledger_from(three(), {"closings": closings, "introductions": introductions or [], **tables}, as_of)


def answers(found: Ledger) -> list[tuple[str, str]]:
    lines, agreements, claims = found.attribution.answers()
    ids = [*(agreement.id for agreement in found.agreements), ""]
    return [
        (ids[index], basis)
        for index, basis in zip(agreements.tolist(), found.attribution.bases(lines, claims), strict=True)
    ]


@pytest.mark.parametrize(
    ("closing", "introductions", "owed", "basis"),
    [
        (
            line(),
            [introduced("jefferies", "2001-12-01")],
            "jefferies",
            "introduced on 2001-12-01, within the term; closed in the tail",
        ),
        (line(), [introduced("jefferies", "2002-01-31")], "jefferies", "introduced on 2002-01-31"),
        (line(), [introduced("jefferies", "2001-11-30")], "", "introduced outside the term"),
        (line(), [introduced("jefferies", "2002-02-01")], "", "introduced outside the term"),
        (
            line(),
            [introduced("jefferies", "2002-02-01"), introduced("jefferies", "2001-12-05")],
            "jefferies",
            "introduced on 2001-12-05",
        ),
        (line(), [introduced("brighton", "2002-03-11")], "brighton", "introduced on 2002-03-11, within the term"),
        (line(), [introduced("brighton", "2002-03-10")], "", "introduced outside the term"),
        (line(), [introduced("brighton", "2002-03-13")], "brighton", "introduced on 2002-03-13"),
        (
            line(),
            [introduced("brighton", "2002-03-14")],
            "brighton",
            "introduced on 2002-03-14, within the term and after the closing",
        ),
        (line(on="2002-08-01"), [introduced("ladenburg", "2002-08-01")], "ladenburg", "introduced on 2002-08-01"),
        (
            line(on="2002-08-02"),
            [introduced("ladenburg", "2002-08-01")],
            "",
            "closed after the term: ladenburg counts closings through 2002-08-01",
        ),
        (
            line(on="2001-11-18", introduced_by="ladenburg"),
            [],
            "",
            "closed before the term: ladenburg runs from 2001-11-19",
        ),
        (line(introduced_by="ladenburg"), [], "ladenburg", "introduced: the line says so, no date on record"),
        (
            line(introduced_by="ladenburg", security="notes"),
            [],
            "",
            "security not covered: ladenburg does not cover notes",
        ),
        (line(introduced_by="ladenburg", security="Common  STOCK"), [], "ladenburg", "introduced"),
        (line(introduced_by="ladenburg", offering="private placement"), [], "", "offering not covered"),
        (line(introduced_by="ladenburg", offering="333-53108"), [], "ladenburg", "introduced"),
        (
            line(introduced_by="brighton", event="warrant exercise"),
            [],
            "",
            "event not covered: brighton does not cover a warrant exercise",
        ),
        (line(introduced_by="brighton", currency="EUR"), [], "", "currency not covered"),
        (line(on="2003-01-02", introduced_by="brighton"), [], "", "after as-of"),
        (line(), [], "", "not introduced: no introduction of this investor is on record"),
        (
            line(introduced_by="jefferies"),
            [introduced("jefferies", "2002-02-15")],
            "jefferies",
            "introduced: the line says so, the introductions date it 2002-02-15, outside the term",
        ),
        (
            line(introduced_by="jefferies"),
            [introduced("brighton", "2002-02-01"), introduced("jefferies", "2001-12-15")],
            "jefferies",
            "introduced on 2001-12-15, within the term",
        ),
        (line(on="2003-01-01", introduced_by="ladenburg"), [], "", "closed after the term"),
        (
            line(introduced_by="ladenburg", security="notes", event="warrant exercise", currency="EUR"),
            [],
            "",
            "security not covered",
        ),
        (line(introduced_by="brighton", currency="EUR", exchange_rate="1.1"), [], "", "currency not covered"),
        (
            line(introduced_by="brighton"),
            [introduced("jefferies", "2001-12-15")],
            "brighton",
            "introduced: the line says so",
        ),
        (line(investor="d"), [], "", "not introduced: no introduction of this investor is on record"),
        (line(investor=" acme  LLC "), [introduced("brighton", "2002-03-12", "Acme LLC")], "brighton", "introduced on"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else None,
)
def test_answer(closing: dict[str, str], introductions: Rows, owed: str, basis: str) -> None:
    (found,) = answers(ledger([closing], introductions))
    assert found[0] == owed and found[1].startswith(basis), found


def test_two_reasons_are_both_told() -> None:
    (found,) = answers(
        ledger([line(on="2002-09-01")], [introduced("jefferies", "2002-02-15"), introduced("ladenburg", "2002-01-15")])
    )
    assert "introduced outside the term: jefferies" in found[1] and "closed after the term: ladenburg" in found[1]


def test_claimed_twice_beats_a_claim_that_fails() -> None:
    closings = [line()]
    claims = [
        introduced("jefferies", "2001-12-20"),
        introduced("brighton", "2002-03-12"),
        introduced("ladenburg", "2001-01-01"),
    ]
    (found,) = answers(ledger(closings, claims))
    assert found == ("", "claimed twice: by brighton and by jefferies")


def test_claims_that_fail_may_stand_on_the_last_line() -> None:
    rows = [introduced("jefferies", "2001-12-01"), introduced("brighton", "2002-03-12")]
    late = introduced("jefferies", "2002-02-01", "Y")
    (_, contested), (owed, basis) = answers(ledger([line(), line("B", investor="Y")], [*rows, late]))
    assert contested.startswith("claimed twice")
    assert owed == "" and basis.startswith("introduced outside the term")


def test_a_late_claim_leaves_the_line_to_the_other() -> None:
    (found,) = answers(ledger([line()], [introduced("jefferies", "2002-02-20"), introduced("brighton", "2002-03-12")]))
    assert found[0] == "brighton"


def test_a_rescission_follows_the_sale_it_undoes() -> None:
    """After the term and without words of its own, it is owed where the sale was, and takes everything back."""
    closings = [
        line(on="2002-07-31", introduced_by="ladenburg", offering="shelf", gross="1000.01"),
        line(closing="B", on="2002-12-31", gross="-1000.01", reverses="A"),
    ]
    found = ledger(closings)
    assert [owed for owed, _ in answers(found)] == ["ladenburg", "ladenburg"]
    assert "undoes closing A of 2002-07-31" in answers(found)[1][1]
    fees = found.entries[found.entries["clause"] == "cash-fee"]
    assert fees["accrued"].tolist() == [5000, -5000]


def test_a_rescission_may_say_what_the_introductions_said_of_the_sale() -> None:
    claims = [introduced("brighton", "2002-03-12")]
    back = line(closing="B", on="2002-04-01", gross="-1000.00", reverses="A", introduced_by="brighton")
    found = ledger([line(), back], claims)
    assert codes(found) == [] and int(found.entries["accrued"].sum()) == 0
    other = ledger([line(), {**back, "introduced_by": "jefferies"}], claims)
    assert codes(other) == ["introduction-contradicted"] and int(other.entries["accrued"].sum()) == 0


def codes(found: Ledger) -> list[str]:
    return [exception.code for exception in found.exceptions]


def test_exceptions_of_the_closings() -> None:
    assert codes(ledger([line(introduced_by="ladenburg", gross="20000001.00")])) == ["beyond-offering-limit"]
    assert codes(ledger([line(introduced_by="brighton", currency="EUR")])) == ["currency-differs"]
    assert codes(ledger([line()], [introduced("brighton", "2002-03-14")])) == ["introduced-after-closing"]
    contradicted = ledger([line(introduced_by="jefferies")], [introduced("jefferies", "2002-02-15")])
    assert codes(contradicted) == ["introduction-contradicted"]
    assert codes(ledger([line(introduced_by="jefferies", price="")])) == ["price-paid-unknown"]
    assert codes(ledger([line(introduced_by="brighton"), line(introduced_by="brighton")])) == ["possible-duplicate"]
    assert codes(
        ledger([line(investor="Acme Ventures, LLC")], [introduced("brighton", "2002-03-12", "Acme Ventures LLC")])
    ) == ["similar-name"]
    assert codes(ledger([line(investor="Adler Fund LP")], [introduced("brighton", "2002-03-12", "Alder Fund LP")])) == [
        "similar-name"
    ]
    assert codes(ledger([line(investor="Investor 1")], [introduced("brighton", "2002-03-12", "Investor 2")])) == []


def test_beyond_the_offering_limit_nothing_accrues() -> None:
    found = ledger([line(introduced_by="ladenburg", gross="20000001.00")])
    fee = found.entries[found.entries["clause"] == "cash-fee"].iloc[0]
    assert (fee["base"], fee["accrued"]) == (20_000_000_00, 1_000_000_00)
    assert "1.00 of closing A lies beyond" in found.exceptions[0].message


def test_exceptions_of_balances_and_expenses() -> None:
    balance = {
        "agreement": "jefferies",
        "clause": "warrants",
        "as_of": "2002-03-01",
        "amount": "42915",
        "base": "5150000.00",
    }
    assert codes(ledger([line()], balances=[balance])) == ["balance-differs"]
    later = {**balance, "amount": "42916", "as_of": "2003-06-01"}
    assert codes(ledger([line()], balances=[later])) == ["balance-after-as-of"]
    early = {**balance, "amount": "42916", "as_of": "2002-03-14"}
    assert codes(ledger([line(introduced_by="jefferies")], balances=[early])) == ["line-before-balance"]
    spent = {"agreement": "brighton", "date": "2002-03-20", "amount": "5.00"}
    assert codes(ledger([line()], expenses=[spent])) == ["expense-not-used"]
    undone = line(gross="-5.00", reverses="Z", introduced_by="brighton")
    assert codes(ledger([undone], balances=[{**balance, "amount": "42916"}])) == ["reverses-earlier-records"]


def test_an_advance_whose_credit_the_balances_leave_open() -> None:
    advance = {"agreement": "ladenburg", "clause": "advance", "as_of": "2002-01-01", "amount": "50000.00"}
    used = {"agreement": "ladenburg", "clause": "expense-allowance", "as_of": "2001-12-10", "amount": "60000.00"}
    assert codes(ledger([line()], as_of=date(2002, 7, 1), balances=[advance, used])) == ["advance-credit-open"]
    assert codes(ledger([line()], as_of=date(2002, 7, 1), balances=[{**advance, "base": "0.00"}, used])) == []
    assert codes(ledger([line()], as_of=date(2002, 7, 1), balances=[advance, {**used, "base": "2000000.00"}])) == []


def test_an_advance_resumed_without_its_expenses() -> None:
    advance = {
        "agreement": "ladenburg",
        "clause": "advance",
        "as_of": "2002-05-01",
        "amount": "50000.00",
        "base": "0.00",
    }
    assert codes(ledger([line()], balances=[advance])) == ["advance-expenses-open"]
    spent = {"agreement": "ladenburg", "date": "2002-04-30", "amount": "5000.00"}
    found = ledger([line()], balances=[advance], expenses=[spent])
    assert codes(found) == [] and int(found.entries["payable"].sum()) == -45_000_00


def test_a_contested_amount_does_not_depend_on_the_other_contested_lines() -> None:
    claims = [introduced(agent, "2002-03-12", who) for agent in ("brighton", "ladenburg") for who in ("X", "Y")]
    both = [line(gross="15000000.00"), line(investor="Y", gross="10000000.00")]
    said = [sorted(exception.message for exception in ledger(rows, claims).exceptions) for rows in (both, both[::-1])]
    assert said[0] == said[1]
    assert (
        "ladenburg would be owed 900,000.00 USD" in said[0][0]
        and "ladenburg would be owed 650,000.00 USD" in said[0][1]
    )


def test_a_rescission_takes_back_warrants_at_the_price_they_were_given() -> None:
    closings = [
        line(introduced_by="jefferies", gross="2000000.00"),
        {"closing": "B", "date": "2002-04-01", "investor": "x", "gross_proceeds": "-2000000.00", "reverses": "A"},
    ]
    warrants = ledger(closings).entries.query("clause == 'warrants'")
    assert warrants["accrued"].tolist() == [16666, -16666] and warrants["exercise_price"].tolist() == ["2.00", "2.00"]


def test_a_closing_that_takes_back_at_one_price_and_sells_at_another_stays_within_the_pool() -> None:
    """Worked by hand: 15,000,000 at 3.00 vest all 125,000; then 3,000,000 are taken back and 4,500,000 sold at 2.00."""
    closings = [
        line(introduced_by="jefferies", gross="15000000.00", price="3.00"),
        line(closing="B", on="2002-03-20", gross="-3000000.00", price="3.00", reverses="A"),
        line(closing="B", on="2002-03-20", investor="Y", gross="4500000.00", price="2.00", introduced_by="jefferies"),
    ]
    found = ledger(closings)
    assert all(check.holds for check in found.checks)
    warrants = found.entries.query("clause == 'warrants'")
    assert dict(zip(warrants["exercise_price"][1:], warrants["accrued"][1:], strict=True)) == {
        "3.00": -25000,
        "2.00": 25000,
    }


def test_exceptions_of_invoices_and_payments() -> None:
    unknown = {"payment": "W1", "date": "2002-03-20", "payee": "Nobody LLC", "amount": "1.00"}
    assert codes(ledger([line()], payments=[unknown])) == ["document-unassigned"]
    too_much = {**unknown, "payee": "Atwood Capital Ltd.", "amount": "30.01"}
    assert codes(ledger([line(introduced_by="brighton")], payments=[too_much])) == ["overpaid"]
    exact = {**too_much, "amount": "30.00"}
    assert codes(ledger([line(introduced_by="brighton")], payments=[exact])) == []


def test_a_listed_and_an_all_investor_agreement_are_owed_beside_an_introduction() -> None:
    manual = (ROOT / "tests" / "samples" / "finder.yaml").read_text("utf-8")
    everyone = adapter.agreement_from(
        manual.replace("investors: introduced", "investors: all").replace("id: finder", "id: all-of-them")
    )
    listed = adapter.agreement_from(
        manual.replace("investors: introduced", "investors: [X]").replace("id: finder", "id: listed")
    )
    agreements = sorted([*three(), everyone, listed], key=lambda a: a.id)
    found = adapter.ledger_from(
        agreements, {"closings": [line(introduced_by="brighton"), line(investor="Y")]}, date(2003, 1, 1)
    )
    assert answers(found) == [
        ("all-of-them", "all investors are covered"),
        ("brighton", "introduced: the line says so, no date on record"),
        ("listed", "listed in the agreement"),
        ("all-of-them", "all investors are covered"),
    ]


def test_a_last_line_that_nobody_introduced_beside_agreements_owed_on_all() -> None:
    """Counting who claims a line by introduction reaches to the last line, claimed so or not."""
    provisions = ROOT / "docs" / "provisions"
    agreements = [
        adapter.agreement_from((provisions / f"{name}.yaml").read_text("utf-8"))
        for name in ("closing-fee", "introduced-only")
    ]
    lines = [
        {"closing": name, "date": "2024-03-04", "investor": name, "gross_proceeds": "100.00", "introduced_by": by}
        for name, by in (("A", "introduced-only"), ("B", ""))
    ]
    ledger = adapter.ledger_from(agreements, {"closings": lines}, date(2024, 12, 31))
    found, owed, _ = ledger.attribution.answers()
    assert list(zip(found.tolist(), owed.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]


def made(provision: str, name: str = "", **changed: str) -> Agreement:
    """The agreement of a documented provision, under another name, with words of it replaced."""
    text = (ROOT / "docs" / "provisions" / f"{provision}.yaml").read_text("utf-8").partition("\nexamples:")[0]
    for old, new in {f"id: {provision}\n": f"id: {name or provision}\n", **changed}.items():
        assert old in text
        text = text.replace(old, new)
    return adapter.agreement_from(text)


def test_days_of_signing_count_for_the_agreement_that_says_so() -> None:
    """Signed within the tail and closed after it: owed under the one that counts signings, not under the other."""
    closing_day = {"  counts: signing day\n": ""}
    agreements = [made("tail-by-list"), made("tail-by-list", "by-closing", **closing_day)]
    closings = [line("A", "2025-07-02", "Fund One", signed_on="2025-06-30"), line("B", "2025-06-30", "Fund One")]
    found = adapter.ledger_from(agreements, {"closings": closings}, date(2025, 12, 31))
    assert sorted(
        (found.attribution.line[n], found.agreements[found.attribution.agreement[n]].id)
        for n in range(len(found.attribution.line))
        if not found.attribution.verdict[n]
    ) == [(0, "tail-by-list"), (1, "by-closing"), (1, "tail-by-list")]


def test_what_the_tail_asks_for_is_not_asked_on_the_last_day_of_the_term() -> None:
    """Fund Two is on no list of the tail: owed on 31 December, not on 1 January."""
    closings = [line("A", "2024-12-31", "Fund Two"), line("B", "2025-01-01", "Fund Two")]
    found = adapter.ledger_from([made("tail-by-list")], {"closings": closings}, date(2025, 12, 31))
    assert [agreement for agreement, _ in answers(found)] == ["tail-by-list", ""]


def test_who_introduced_is_what_the_line_says_or_else_the_introductions() -> None:
    """3% of 1,000.00 where the agent introduced, 1% elsewhere: One by the table, Two by the line, Three by neither, and
    One again where the line names another.
    """
    ours = made("introduced-or-not")
    other = made("introduced-or-not", "other", **{"investors: all": "investors: introduced"})
    closings = [
        line("A", "2024-03-04", "One"),
        line("B", "2024-03-04", "Two", introduced_by="introduced-or-not"),
        line("C", "2024-03-04", "Three"),
        line("D", "2024-03-04", "One", introduced_by="other"),
    ]
    told = [introduced("introduced-or-not", "2024-02-01", "One")]
    found = adapter.ledger_from([ours, other], {"closings": closings, "introductions": told}, date(2024, 12, 31))
    e = found.entries
    fees = e[(e["agreement"] == "introduced-or-not") & (e["clause"] == "cash-fee")]
    assert dict(zip(fees["closing"], fees["accrued"], strict=True)) == {"A": 3000, "B": 3000, "C": 1000, "D": 1000}


def test_a_tail_that_ends_within_the_term_takes_nothing_from_it() -> None:
    """A month from the first closing, 4 March, is 4 April; the term runs to 30 June."""
    of_term = agreement(FEE, tail="{months: 1, starts: first closing}")
    days = {"A": "2024-03-04", "B": "2024-06-30", "C": "2024-07-01"}
    closings = [sale(closing, "100.00", day) for closing, day in days.items()]
    found = adapter.ledger_from([of_term], {"closings": closings}, date(2024, 12, 31))
    assert [owed for owed, _ in answers(found)] == ["one", "one", ""]


def test_introduced_on_the_day_of_the_closing_is_not_after_it() -> None:
    (answer,) = answers(ledger([line()], [introduced("brighton", "2002-03-13")]))
    assert answer == ("brighton", "introduced on 2002-03-13, within the term")


def test_a_line_without_the_rate_at_which_the_agreement_converts() -> None:
    found = adapter.ledger_from(
        [made("currency")],
        {"closings": [line("A", "2024-03-04", "One", currency="CAD", exchange_rate="")]},
        AS_OF,
    )
    assert ["none is there, so that nothing accrues. State the rate." in e.message for e in found.exceptions] == [True]


def test_the_last_day_of_the_term_is_not_in_the_tail() -> None:
    (answer,) = answers(ledger([line(on="2002-08-01")], [introduced("ladenburg", "2002-08-01")]))
    assert answer == ("ladenburg", "introduced on 2002-08-01, within the term")


def test_who_is_not_introduced_is_told_where_only_some_agreements_ask_for_it() -> None:
    listed = agreement(FEE, name="listed", covers=COVERS.replace("introduced", "[Bob]"))
    for agreements, said in (([agreement(FEE), listed], "not introduced: "), ([listed], "not listed: ")):
        found = adapter.ledger_from(agreements, {"closings": [sale("A", "100.00", introduced_by="")]}, AS_OF)
        assert [basis.startswith(said) for _, basis in answers(found)] == [True]


def test_who_the_other_introduced_and_who_was_introduced_outside_the_term_were_not_by_the_agent() -> None:
    """1% where the agent did not introduce: One, whom the other introduced, and Two, a day before the term."""
    other = made("introduced-or-not", "other", **{"investors: all": "investors: introduced"})
    closings = [line("A", "2024-03-04", "One"), line("B", "2024-03-04", "Two")]
    told = [introduced("other", "2024-02-01", "One"), introduced("introduced-or-not", "2024-01-01", "Two")]
    tables = {"closings": closings, "introductions": told}
    e = adapter.ledger_from([made("introduced-or-not"), other], tables, AS_OF).entries
    fees = e[(e["agreement"] == "introduced-or-not") & (e["clause"] == "cash-fee")]
    assert dict(zip(fees["closing"], fees["accrued"], strict=True)) == {"A": 1000, "B": 1000}


def test_a_tail_from_the_first_closing_beside_agreements_without_one() -> None:
    """A year from 4 March 2024. The other agreement's term ends on 30 June 2024, and it has no tail."""
    agreements = [agreement(FEE, tail="{months: 12, starts: first closing}"), agreement(FEE, name="two")]
    days = {"A": "2024-03-04", "B": "2025-03-04", "C": "2025-03-05"}
    closings = [sale(closing, "100.00", day) for closing, day in days.items()]
    for each in (agreements, agreements[::-1]):
        found = adapter.ledger_from(each, {"closings": closings}, date(2025, 12, 31))
        assert [owed for owed, _ in answers(found)] == ["one", "one", ""]


def test_a_tail_of_a_term_without_end_runs_from_the_first_closing() -> None:
    endless = {"term": "{effective: 2024-01-02, expires: no end date}", "tail": "{months: 12, starts: first closing}"}
    days = {"A": "2024-03-04", "B": "2025-03-04", "C": "2025-03-05"}
    closings = [sale(closing, "100.00", day) for closing, day in days.items()]
    found = adapter.ledger_from([agreement(FEE, **endless)], {"closings": closings}, date(2025, 12, 31))
    assert [owed for owed, _ in answers(found)] == ["one", "one", ""]


def test_a_tail_by_signing_runs_from_a_closing_that_was_signed_within_the_term() -> None:
    """A was signed on the last day of the term and closed on the next: a year from that day. B closes that year."""
    signed = agreement(FEE, tail="{months: 12, starts: first closing, counts: signing day}")
    closings = [
        sale("A", "100.00", "2024-07-01", signed_on="2024-06-30"),
        sale("B", "100.00", "2025-07-01"),
        sale("C", "100.00", "2025-07-02"),
    ]
    for lines, expected in ((closings, ["one", "one", ""]), (closings[1:], ["", ""])):
        found = adapter.ledger_from([signed], {"closings": lines}, date(2025, 12, 31))
        assert [owed for owed, _ in answers(found)] == expected


AMENDED = """amendments:
  - id: first
    effective: 2024-03-01
    section: First amendment
    says: The term is longer, and notes are covered.
    rules: closings from that day
    changes:
      term: {effective: 2024-01-02, expires: 2024-09-30}
      covers: {securities: all}
      tail: {months: 12, starts: first closing}
"""


def test_amended_terms_rule_who_is_owed_under_each_agreement() -> None:
    """Notes count from 1 March, and closings for a year from the first; the other agreement is as it was signed."""
    covers = COVERS.replace("securities: all", "securities: [shares]")
    amended = agreement(FEE, covers=covers, more=AMENDED)
    signed = agreement(FEE, name="two", covers=covers)
    closings = [
        sale(closing, "100.00", day, security=security, introduced_by=by)
        for by in ("one", "two")
        for closing, day, security in (
            (f"{by}-before", "2024-02-29", "notes"),
            (f"{by}-from", "2024-03-01", "notes"),
            (f"{by}-first", "2024-02-28", "shares"),
            (f"{by}-longer", "2024-08-01", "shares"),
            (f"{by}-tail", "2025-02-28", "shares"),
            (f"{by}-late", "2025-03-01", "shares"),
        )
    ]
    for agreements in ([amended, signed], [signed, amended]):
        found = adapter.ledger_from(agreements, {"closings": closings}, date(2025, 12, 31))
        owed = {row["closing"]: owed for row, (owed, _) in zip(closings, answers(found), strict=True)}
        assert {name for name, by in owed.items() if by} == {
            "one-from",
            "one-first",
            "one-longer",
            "one-tail",
            "two-first",
        }
        number = [each.id for each in agreements].index("one")
        days = found.attribution.in_tail(number, np.arange(6, dtype=np.int32))
        assert days.tolist() == [False, False, False, False, True, True]


def test_a_rescission_of_a_closing_before_the_records_is_owed_where_sales_are() -> None:
    back = line(on="2002-04-01", gross="-1000.00", event="rescission", reverses="Z", introduced_by="brighton")
    before = {
        "agreement": "brighton",
        "clause": "cash-fee",
        "as_of": "2002-03-31",
        "amount": "60.00",
        "base": "1000.00",
    }
    (answer,) = answers(ledger([back], balances=[before]))
    assert answer[0] == "brighton"
