"""What is too long for a workbook stands in files beside it, which the workbook names, with nothing lost."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from commands import feecalc

from feecalc.write import beside
from feecalc.write.beside import Beside, within
from feecalc.write.sheets import Sheet, SheetColumn

NEO = "examples/neotherapeutics-2002"


def sheet(name: str, rows: int, formula: str | None = None) -> Sheet:
    column = SheetColumn("N", "count", list(range(rows)), formula=formula, mark="link" if formula else "")
    return Sheet(name, f"The rows of {name}", (column,))


@pytest.fixture
def ten_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "ROWS_MOST", 10)


@pytest.mark.usefixtures("ten_rows")
def test_only_what_is_too_long_is_emptied() -> None:
    sheets, files = within([sheet("Short", 10), sheet("Long ones", 11)], "ledger", {})
    assert [len(each.columns) for each in sheets] == [1, 0]
    assert files == (Beside("ledger-long-ones.csv", 11, b"N\n" + b"".join(b"%d\n" % n for n in range(11))),)
    assert sheets[1].title == "The rows of Long ones"
    assert "ledger-long-ones.csv" in sheets[1].paragraphs[0] and "11 rows" in sheets[1].paragraphs[0]


@pytest.mark.usefixtures("ten_rows")
def test_sheets_of_one_table_go_together() -> None:
    tables = dict.fromkeys(("Cash", "Warrants"), ("entries", lambda: sheet("All", 14)))
    sheets, files = within([sheet("Cash", 11), sheet("Warrants", 3), sheet("Other", 3)], "x", tables)
    assert [len(each.columns) for each in sheets] == [0, 0, 1]
    assert [(file.name, file.rows) for file in files] == [("x-entries.csv", 14)]


@pytest.mark.usefixtures("ten_rows")
def test_sheets_of_like_names_have_files_of_their_own() -> None:
    _, files = within([sheet("a b", 11), sheet("a-b", 12), sheet("A  B", 3)], "x", {})
    assert [(file.name, file.rows) for file in files] == [("x-a-b.csv", 11), ("x-a-b-2.csv", 12)]


@pytest.mark.usefixtures("ten_rows")
def test_formulas_of_what_is_gone_leave_their_results() -> None:
    kept = [sheet("A", 3, "Wires!A{r}"), sheet("B", 3, "A!A{r}"), sheet("C", 3, "SUM('Wires'!A4:A9)")]
    found, _ = within([*kept, sheet("Wires", 11)], "x", {})
    assert [(each.columns[0].formula, each.columns[0].mark) for each in found[:3]] == [
        (None, ""),
        ("A!A{r}", "link"),
        (None, ""),
    ]
    assert [each.columns[0].part() for each in found[:3]] == [[0, 1, 2]] * 3


@pytest.mark.usefixtures("ten_rows")
def test_a_long_ledger_names_its_files_and_nothing_is_lost(tmp_path: Path) -> None:
    out, alone = tmp_path / "payouts.xlsx", tmp_path / "alone.csv"
    arguments = ("run", NEO, "--as-of", "2002-03-31", "-o")
    ran = feecalc(*arguments, str(out))
    assert ran.status == 0, ran.stderr
    assert f"{tmp_path / 'payouts-entries.csv'}: what is too long for payouts.xlsx" in ran.stderr
    feecalc(*arguments, str(alone))
    entries = (tmp_path / "payouts-entries.csv").read_bytes()
    assert entries == alone.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "alone.csv",
        "payouts-entries.csv",
        "payouts.xlsx",
    ]
    book = openpyxl.load_workbook(out)
    told = {row[0].value: row[1].value for row in book["About"].iter_rows(min_col=1, max_col=2)}
    rows = len(list(csv.reader(io.StringIO(entries.decode("utf-8"))))) - 1
    assert told["payouts-entries.csv"] == f"SHA-256 {hashlib.sha256(entries).hexdigest()}, {rows} rows"
    assert "payouts-entries.csv" in " ".join(str(cell.value) for cell in book["Payout ledger"]["A"])
    assert "payouts-entries.csv" in " ".join(str(cell.value) for cell in book["Warrants"]["A"])
    # Nothing in the workbook refers to rows that are not in it.
    parts = zipfile.ZipFile(out)
    sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    formulas = [f for name in sheets for f in re.findall("<f>([^<]+)</f>", parts.read(name).decode("utf-8"))]
    assert formulas and not [each for each in formulas if "Payout ledger" in each or "Warrants" in each]
