"""Statements: what one payee is owed, and nothing about anyone else, in no part of the file."""

from __future__ import annotations

import html
import re
import shlex
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import frozen
from commands import ROOT

from feecalc.dates import parse_date
from feecalc.engagement import compute, linked
from feecalc.ledger import UNITS, Ledger
from feecalc.names import name_key
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.records import read_records
from feecalc.statements import documents_at, payees_of, statement

FOLDERS = sorted(path.parent for path in (ROOT / "examples").glob("*/closings.csv"))
PUBLIC = sorted(path.parent for path in (ROOT / "examples" / "public-cases").glob("*/closings.csv"))
COMMAND = re.compile(r"^feecalc (?:run|reconcile) (.*)$", re.MULTILINE)


@frozen(eq=False)
class Engagement:
    """An example: its agreements, its ledger and their documents."""

    name: str
    ledger: Ledger
    agreements: tuple[Path, ...]


@cache
def engagement(folder: Path) -> Engagement:
    words = shlex.split((COMMAND.findall((folder / "README.md").read_text("utf-8")) or [""])[0])
    own = folder / "agreements"
    paths = [ROOT / words[i + 1] for i, word in enumerate(words) if word == "-a"]
    paths = paths or [own if own.exists() else ROOT / "agreements"]
    as_of = next((words[i + 1] for i, word in enumerate(words) if word == "--as-of"), "2030-01-01")
    return computed(folder, tuple(paths), as_of)


def computed(records: Path, agreements: tuple[Path, ...], as_of: str) -> Engagement:
    problems = Problems()
    found, _ = read_agreements(agreements, problems)
    read = read_records(records, problems)
    linked(found, read, problems)
    assert not len(problems), list(problems)
    return Engagement(records.name, compute(found, read, parse_date(as_of)), agreements)


CASES = [(folder, payee) for folder in (*FOLDERS, *PUBLIC) for payee in payees_of(engagement(folder).ledger)]
IDS = [f"{folder.name}-{payee}" for folder, payee in CASES]


@cache
def written(folder: Path, payee: str) -> bytes:
    case = engagement(folder)
    return statement(case.ledger, documents_at(case.agreements), payee).content


def opened(content: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "statement.xlsx"
    path.write_bytes(content)
    return openpyxl.load_workbook(path, data_only=True)


def texts(content: bytes, tmp_path: Path) -> Iterator[str]:
    """Every part of the file as it stands, and decoded."""
    path = tmp_path / "searched.xlsx"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            yield from (name, text, html.unescape(text))


def others_in(ledger: Ledger, payee: str) -> set[str]:
    """Names that the statement must not tell: of all other payees and agents, of investors without a line of the
    payee's, of agreements under which it is not paid.
    """
    own = {a.id for a in ledger.agreements if payee_under(a, payee)}
    told = {name_key(payee)}
    for place, agreement in enumerate(ledger.agreements):
        if agreement.id in own:
            told |= {name_key(ledger.table.investor[int(line)]) for line in ledger.attribution.lines_owed(place)}
    names = {name for a in ledger.agreements for name in (a.agent, *a.payees)}
    names |= set(ledger.table.investor.words) | {row.investor for row in ledger.records.introductions}
    names |= {a.id for a in ledger.agreements} - own
    return {name for name in names if name and name_key(name) not in told}


def payee_under(agreement: Any, payee: str) -> bool:
    return any(
        name_key(share.payee) == name_key(payee)
        for terms in agreement.in_force()
        for clause in terms.clauses
        for share in terms.shares(clause)
    )


@pytest.mark.parametrize(("folder", "payee"), CASES, ids=IDS)
def test_nobody_else_is_named(folder: Path, payee: str, tmp_path: Path) -> None:
    wanted = others_in(engagement(folder).ledger, payee)
    for text in texts(written(folder, payee), tmp_path):
        for name in wanted:
            pattern = r"(?<!\w)" + re.escape(name) + r"(?!\w)"
            assert not re.search(pattern, text, re.IGNORECASE), (name, text[:200])


@pytest.mark.parametrize(("folder", "payee"), CASES, ids=IDS)
def test_figures_are_those_of_the_ledger(folder: Path, payee: str, tmp_path: Path) -> None:
    ledger = engagement(folder).ledger
    totals = ledger.totals[ledger.totals["payee"].map(name_key) == name_key(payee)]
    cash = totals[~totals["unit"].isin(UNITS)]
    book = opened(written(folder, payee), tmp_path)
    rows = table(book["Statement"])
    for header, name in (("Payable", "payable"), ("Invoiced", "invoiced"), ("Paid", "paid")):
        assert sum(round((row[header] or 0) * 100) for row in rows) == int(cash[name].sum()), header
    assert sum(round((row["Outstanding"] or 0) * 100) for row in rows) == int(cash["outstanding"].sum())
    counted = totals[totals["unit"].isin(UNITS)]
    assert sum(row.get("Securities") or 0 for row in rows) == int(counted["payable"].sum())
    assert str(book["About"]["A2"].value).startswith("All "), book["About"]["A2"].value


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet by header; the row of totals is left out."""
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    at = next(n for n, row in enumerate(rows) if "Agreement" in row and "Clause" in row)
    found = [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]
    return [row for row in found if row["Agreement"] not in (None, "Total")]
