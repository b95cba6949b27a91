"""Slips of the keyboard: what was meant is named, and thirty different faults are told in one run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import ROOT, feecalc

SOUND = (ROOT / "tests" / "problems" / "comment-after-value.yaml").read_text("utf-8")
SPLIT = SOUND + "    split:\n      - {payee: Finder LLC, share: 1/2}\n      - {payee: Partner LLC, share: 1/2}\n"
RECORDS = {
    "closings": "closing,date,investor,gross_proceeds,introduced_by\nA,2002-03-13,X,100.00,finder\n",
    "invoices": "invoice,date,payee,amount,agreement\n7,2002-03-20,Finder LLC,6.00,finder\n",
}

# What stands in the file, what was typed in its stead, and what must be suggested.
KEYS = [
    ("    rounding:", "    roundng:", "rounding"),
    ("    base:", "    bsae:", "base"),
    ("payees:", "payes:", "payees"),
    ("currency:", "curency:", "currency"),
    ("  effective:", "  efective:", "effective"),
    ("  offerings:", "  offering:", "offerings"),
]
WORDS = [
    ("mode: half up", "mode: haf up", "half up"),
    ("over: closing", "over: closings", "closing"),
    ("kind: percentage", "kind: precentage", "percentage"),
    ("base: gross proceeds", "base: gross procceeds", "gross proceeds"),
    ("due: at closing", "due: at closng", "at closing"),
    ("events: [sale]", "events: [sales]", "sale"),
]
COLUMNS = [
    ("investor,gross", "invester,gross", "investor"),
    ("gross_proceeds,", "gross_procceds,", "gross_proceeds"),
    ("introduced_by", "introducd_by", "introduced_by"),
]
OPTIONS = [
    (("run", "{records}", "--outptu", "x.json"), "--output"),
    (("check", "{records}", "--agrements", "x"), "--agreements"),
    (("reconcil", "{records}"), "reconcile"),
]
NAMES = [
    ("agreement", "A,2002-03-13,X,100.00,findr\n", "finder"),
    ("payee", "      - {payee: Partnr LLC, share: 1/2}\n", "Partner LLC"),
    ("agent", "agent: Findre LLC\n", "Finder LLC"),
]


def said(folder: Path, agreement: str = SOUND, closings: str = RECORDS["closings"]) -> str:
    (folder / "finder.yaml").write_text(agreement, "utf-8")
    records = folder / "records"
    records.mkdir(exist_ok=True)
    (records / "closings.csv").write_text(closings, "utf-8")
    ran = feecalc("check", "-q", "--as-of", "2002-12-31", "-a", str(folder / "finder.yaml"), str(records))
    return re.sub(r"\s+", " ", ran.stderr)


def suggests(text: str, meant: str) -> bool:
    """Whether a message names what was meant, apart from a list of all that there is."""
    return f'Did you mean "{meant}' in text or f"meant for `{meant}`" in text or f'"{meant}"' in text


def suggestions(folder: Path) -> dict[str, bool]:
    """For each slip, whether what was meant is named."""
    found = {}
    for sound, typed, meant in [*KEYS, *WORDS]:
        assert SOUND.count(sound) == 1
        found[typed.strip()] = suggests(said(folder, SOUND.replace(sound, typed)), meant)
    for sound, typed, meant in COLUMNS:
        found[typed] = suggests(said(folder, closings=RECORDS["closings"].replace(sound, typed)), meant)
    header = RECORDS["closings"].splitlines(keepends=True)[0]
    found["findr"] = suggests(said(folder, closings=header + NAMES[0][1]), "finder")
    found["Partnr LLC"] = suggests(
        said(folder, SPLIT.replace("      - {payee: Partner LLC, share: 1/2}\n", NAMES[1][1])), "Partner LLC"
    )
    found["Findre LLC"] = suggests(
        said(folder, SOUND.replace("agent: Finder LLC  # since 2002\n", NAMES[2][1])), "Finder LLC"
    )
    for arguments, meant in OPTIONS:
        typed = [argument.format(records=folder / "records") for argument in arguments]
        found[" ".join(arguments)] = meant in feecalc(*typed).stderr
    return found


def test_what_was_meant_is_named(tmp_path: Path) -> None:
    assert said(tmp_path) == ""
    found = suggestions(tmp_path)
    assert len(found) == 21
    missed = [typed for typed, named in found.items() if not named]
    assert len(missed) <= 1, missed


FAULTS = """feecalc: 2
id: fin der
title: ""
source: {document: x, paegs: 3}
company: Company, Inc.
agent: “Finder LLC”
role: [finder]
payees: Finder LLC
currency: usd
currency: USD
term:
  effective: 01/02/2002
  expires: 2002-02-30
  terminated: 2222-01-01
tail: {months: twelve, last_day: 2002-1-1}
covers:
  investors: everyone
  securities: all
  events: [sael]
  offering_limit: 1m
clauses:
  - id: cash fee
    kind: percentage
    section: "1"
    says: &x A fee.
    rate: 0.06
    bsae: gross proceeds
    rounding: {mode: half-up, over: month}
    due: at closng
    limit: {amount: "1.000.000", over: agreement}
    split:
      - {payee: Finder LLC, share: 0%}
  - kind: percent
  - {id: w, kind: warrants, section: !money 2, says: Warrants., rate: 5, base: securities sold, due: *x, rounding: none}
limits: []
sections: none
"""


def test_thirty_different_faults_of_a_file_are_told_in_one_run(tmp_path: Path) -> None:
    path = tmp_path / "finder.yaml"
    path.write_text(FAULTS, "utf-8")
    ran = feecalc("check", "-q", "-a", str(path))
    places = re.findall(r"finder\.yaml:(\d+:\d+): ([a-z-]+)$", ran.stderr, re.MULTILINE)
    assert ran.status == 1
    assert len(places) == 35 and len(set(places)) >= 30
    assert ran.stderr.endswith(f"\n{len(places)} problems.\n")


@pytest.mark.parametrize("option", ["--payee", "--clause", "--agreement", "--closing"])
def test_a_filter_that_is_misspelt_names_what_there_is(option: str) -> None:
    typed = {"--payee": "Atwod Capital Ltd.", "--clause": "cashfee", "--agreement": "brigthon", "--closing": "zz"}
    ran = feecalc("explain", "examples/neotherapeutics-2002", option, typed[option])
    assert ran.status == 2
    assert "Did you mean" in ran.stderr or "Write one of" in ran.stderr


WAITING = """
  - id: event-fee
    kind: fixed fee
    section: "2"
    says: A fee at the release.
    amount: "1.00"
    when: {event: release}
    due: when it accrues
  - id: expenses
    kind: reimbursement
    section: "3"
    says: Travel is paid back.
    limits: [{category: travel, amount: "200.00"}]
    due: when recorded
"""


@pytest.mark.parametrize(
    ("table", "text", "word", "meant"),
    [
        ("events", "event,date\nrelese,2002-03-14\n", "relese", "release"),
        ("events", "event,date\nFinal closng,2002-03-14\n", "Final closng", "final closing"),
        (
            "expenses",
            "agreement,date,amount,clause,category\nfinder,2002-03-14,9.00,expenses,travell\n",
            "travell",
            "travel",
        ),
        ("events", "event,date\nRelease,2002-03-14\n", "", ""),
        ("expenses", "agreement,date,amount,clause,category\nfinder,2002-03-14,9.00,expenses,printing\n", "", ""),
    ],
)
def test_an_event_or_a_category_nearly_another_is_told(
    tmp_path: Path, table: str, text: str, word: str, meant: str
) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / f"{table}.csv").write_text(text, "utf-8")
    told = said(tmp_path, SOUND + WAITING)
    assert ("similar-word" in told) == bool(word)
    assert not word or f'"{word}" is named by no agreement; finder names "{meant}"' in told


def test_a_bad_cell_beside_a_final_closing_that_names_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "events.csv").write_text("event,date,closing\nfinal closing,2002-03-13,A\n", "utf-8")
    told = said(tmp_path, SOUND, RECORDS["closings"] + "B,2002-03-14,X,1O0.00,finder\n")
    assert "money-unreadable" in told and "1O0.00" in told
