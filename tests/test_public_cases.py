"""What issuers disclosed, beside what the terms give: every folder of examples/public-cases is computed and compared.

`expected.yaml` of a folder holds the disclosed figures, the figure of the ledger that each is compared with, and how
far they agree. `FEECALC_RESET=1 pytest tests/test_public_cases.py` writes docs/cases.md anew.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from attrs import frozen
from commands import ROOT, feecalc

from feecalc.agreement import Agreement
from feecalc.engagement import compute
from feecalc.ledger import UNITS, Ledger
from feecalc.linking import linked
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.records import read_records
from feecalc.worked import run_examples

FOLDERS = sorted(path.parent for path in (ROOT / "examples" / "public-cases").glob("*/expected.yaml"))
PAGE = ROOT / "docs" / "cases.md"
STATED = "C09 C13 C17 C18 C20 C22 C24 C25 C27 C32 C37 C38 C52 C55 C61".split()
INFERRED = "C01 C03 C04 C06 C29 C42 C45".split()
ASSUMED = "C34 C49 C58".split()
SUMS = ("accrued", "recouped", "held", "in securities", "decided", "payable")
TIES = ("exact", "rounding", "no tie", "not testable", "not disclosed")
CASE_TIES = ("exact", "rounding", "partial", "no tie", "not testable")
BASES = ("stated", "mixed", "inferred", "assumed")
ROUNDING = re.compile(r"(half up|down|up) to ([0-9,]+)")

Record = dict[str, Any]


@frozen
class Figure:
    """One disclosed figure, what the terms give, and how far the two agree."""

    label: str
    disclosed: Fraction | None
    computed: Fraction
    tie: str
    note: str

    @property
    def difference(self) -> Fraction | None:
        return None if self.disclosed is None else self.disclosed - self.computed


@cache
def case_of(folder: Path) -> Record:
    """A case as its file states it; everything is text."""
    found = yaml.load((folder / "expected.yaml").read_text("utf-8"), yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


@cache
def agreements_of(folder: Path) -> tuple[Agreement, ...]:
    problems = Problems()
    found, _ = read_agreements([folder / "agreements"], problems)
    assert not len(problems), "\n".join(map(str, problems))
    return tuple(found)


def ledger_of(folder: Path, agreements: tuple[Agreement, ...]) -> Ledger:
    problems = Problems()
    records = read_records(folder, problems)
    linked(agreements, records, problems)
    assert not len(problems), "\n".join(map(str, problems))
    return compute(agreements, records, date.fromisoformat(case_of(folder)["as_of"]))


@cache
def ledger_under(folder: Path, clause: str, says: str) -> Ledger:
    """The ledger of a case: as its terms are read, or under another reading of a clause ("" for the agreement)."""
    agreements = agreements_of(folder)
    if not says:
        return ledger_of(folder, agreements)
    found = [
        (agreement, other.instead)
        for agreement in agreements
        for holder in (agreement, *agreement.clauses)
        if ("" if holder is agreement else holder.id) == clause
        for reading in holder.readings
        for other in reading.others
        if other.says == says
    ]
    ((agreement, instead),) = found
    return ledger_of(folder, tuple(instead if each is agreement else each for each in agreements))


def computed(ledger: Ledger, of: dict[str, str], less: Fraction) -> Fraction:
    """The figure of the ledger, or of its records, that a disclosed figure is compared with."""
    measure = of.get("measure", "accrued")
    entries = chosen(ledger.entries, {key: word for key, word in of.items() if key != "measure"})
    if measure in ("gross proceeds", "securities sold"):
        return of_the_records(ledger, measure, of.get("closing", ""))
    if measure == "net proceeds":
        cash = entries[~entries["unit"].isin(UNITS)]
        gross = of_the_records(ledger, "gross proceeds", of.get("closing", ""))
        return gross - Fraction(int(cash["payable"].sum()), 100) - less
    if measure == "exercise price":
        (price,) = set(entries["exercise_price"]) - {""}
        return Fraction(price)
    if measure == "base":
        first = entries[entries["has_base"] & (entries["part"] == 0)]
        (counts,) = set(first["base_counts"])
        return Fraction(int(first["base"].sum()), 1 if counts else 100)
    assert measure in SUMS
    (is_count,) = set(entries["unit"].isin(UNITS))
    return Fraction(int(entries[measure.replace(" ", "_")].sum()), 1 if is_count else 100)


def chosen(entries: pd.DataFrame, of: dict[str, str]) -> pd.DataFrame:
    for key, word in of.items():
        entries = entries[entries[key] == word]
    return entries


def of_the_records(ledger: Ledger, measure: str, closing: str) -> Fraction:
    table = ledger.table
    lines = [not closing or table.closing.words[code] == closing for code in table.closing.codes.tolist()]
    if measure == "securities sold":
        return Fraction(int(table.shares[lines].sum()))
    return Fraction(int(table.gross[lines].sum()), 100)


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def rounded(amount: Fraction, rounding: str) -> Fraction:
    """An amount as a source rounds it: `half up to 1,000`."""
    match = ROUNDING.fullmatch(rounding)
    assert match, rounding
    to = number(match[2])
    whole = {
        "half up": (abs(amount) / to + Fraction(1, 2)) // 1,
        "down": abs(amount) // to,
        "up": -(-abs(amount) // to),
    }
    return whole[match[1]] * to * (-1 if amount < 0 else 1)


def figure_of(folder: Path, stated: Record) -> Figure:
    reading = stated.get("reading", {})
    ledger = ledger_under(folder, reading.get("clause", ""), reading.get("says", ""))
    found = computed(ledger, stated["of"], number(stated.get("less", "0"))) * Fraction(stated.get("each", "1"))
    disclosed = number(stated["disclosed"]) if "disclosed" in stated else None
    return Figure(stated["figure"], disclosed, found, stated["tie"], stated.get("note", ""))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_disclosed_figures_are_what_the_terms_give(folder: Path) -> None:
    for stated in case_of(folder)["figures"]:
        figure = figure_of(folder, stated)
        where = f"{folder.name}: {figure.label}: {figure.disclosed} and {shown(figure.computed)}"
        assert figure.tie in TIES, where
        if figure.tie == "not disclosed":
            assert figure.disclosed is None and figure.computed == number(stated["computed"]), where
            continue
        assert figure.disclosed is not None and figure.difference == number(stated.get("difference", "0")), where
        assert (figure.tie == "exact") == (figure.difference == 0), where
        if figure.tie == "rounding":
            assert rounded(figure.computed, stated["rounding"]) == figure.disclosed, where


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_worked_examples_come_out(folder: Path) -> None:
    for agreement in agreements_of(folder):
        _, failed = run_examples(agreement)
        assert not failed, "\n".join(map(str, failed))
        assert case_of(folder)["source"] == agreement.source.document


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_command_in_the_readme_runs(folder: Path, tmp_path: Path) -> None:
    text = (folder / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^feecalc (run .*)$", text, re.MULTILINE)
    assert command.endswith(f"--as-of {case_of(folder)['as_of']}") and folder.name in command
    ran = feecalc(*shlex.split(command), "-o", str(tmp_path / "ledger.json"))
    ledger = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert ran.status in (0, 1), ran.stderr
    assert all(check["holds"] for check in ledger["checks"])
    assert {each["code"] for each in ledger["exceptions"]} <= {"section-not-modelled"}


def test_every_case_is_here_and_says_what_it_proves() -> None:
    basis = {case_of(folder)["case"]: case_of(folder)["basis"] for folder in FOLDERS}
    assert sorted(basis) == sorted([*STATED, *INFERRED, *ASSUMED])
    assert {basis[case] for case in STATED} == {"stated", "mixed"}
    assert {basis[case] for case in INFERRED} == {"inferred"} and {basis[case] for case in ASSUMED} == {"assumed"}
    for folder in FOLDERS:
        case = case_of(folder)["case"]
        assert folder.name.startswith(f"{case}-") and case_of(folder)["tie"] in CASE_TIES
        text = (folder / "README.md").read_text("utf-8")
        assert "invented" in text
        assert {"inferred": "INFERRED", "assumed": "ASSUMED"}.get(basis[case], "") in text


def shown(amount: Fraction | None) -> str:
    """A figure for people: cents or more decimals only where there are any."""
    if amount is None:
        return ""
    for decimals in (0, 2, 4):
        scaled = amount * 10**decimals
        if scaled.denominator == 1:
            whole, part = divmod(abs(scaled.numerator), 10**decimals)
            text = f"{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")
            return f"-{text}" if amount < 0 else text
    raise AssertionError(amount)


def rows() -> Iterator[str]:
    for folder in FOLDERS:
        case = case_of(folder)
        for place, stated in enumerate(case["figures"]):
            figure = figure_of(folder, stated)
            link = f"[{case['case']}](../examples/public-cases/{folder.name}/README.md)"
            head = [link, case["issuer"], case["structure"]] if place == 0 else ["", "", ""]
            disclosed = shown(figure.disclosed) or "not disclosed"
            cells = [figure.label, disclosed, shown(figure.computed), shown(figure.difference), tie_words(stated)]
            yield "| " + " | ".join([*head, *cells]) + " |"


def tie_words(stated: Record) -> str:
    return f"{stated['rounding']}" if stated["tie"] == "rounding" else stated["tie"].replace("not disclosed", "")


def notes() -> Iterator[str]:
    for folder in FOLDERS:
        for stated in case_of(folder)["figures"]:
            if "note" in stated:
                yield f"- {case_of(folder)['case']}, {stated['figure']}: {' '.join(stated['note'].split())}"


def page() -> str:
    columns = ["case", "issuer", "structure", "figure", "disclosed", "computed", "difference", "tie"]
    basis, ties = (
        {word: ", ".join(case_of(f)["case"] for f in FOLDERS if case_of(f)[key] == word) for word in words}
        for key, words in (("basis", BASES), ("tie", CASE_TIES))
    )
    return "\n".join(
        [
            "# Public cases",
            "",
            "Figures that issuers disclosed, beside what feecalc computes from the terms. The difference is disclosed",
            "less computed. A tie is exact, or named by the rounding of the source under which it holds. Where a",
            "source does not tie with itself, the difference is what must come out.",
            "",
            f"- Terms stated in the source: {basis['stated']}.",
            f"- Stated in part, the rest inferred: {basis['mixed']}.",
            f"- Inferred from the amounts, so that a tie shows only that these agree with each other: "
            f"{basis['inferred']}.",
            f"- Not stated, and assumed: {basis['assumed']}.",
            "",
            "A case as a whole ties as its principal figures do:",
            "",
            *(f"- {word}: {cases}." for word, cases in ties.items()),
            "",
            "What the sources do not say (days, investors, who shares) is named as invented in each case's folder.",
            "",
            "<!-- made from examples/public-cases; see tests/test_public_cases.py -->",
            "",
            "| " + " | ".join(columns) + " |",
            "|" + "---|" * len(columns),
            *rows(),
            "",
            "## Notes",
            "",
            *notes(),
            "",
        ]
    )


def test_the_page_of_cases_is_what_the_folders_say() -> None:
    made = page()
    if os.environ.get("FEECALC_RESET"):
        PAGE.write_text(made, "utf-8")
    assert PAGE.read_text("utf-8") == made
