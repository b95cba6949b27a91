"""Names and notes from outside stay text in every output: no formula, no link, no file, no markup; nothing changed."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import adapter
import openpyxl
import pytest
from hostile import PAYLOADS
from recalculated import needs_office, recalculated

from feecalc.ledger import Ledger
from feecalc.reconcile import reconcile
from feecalc.records import InputFile
from feecalc.write.outputs import write_ledger, write_reconciliation_to

AGENT = """
feecalc: 1
id: hostile
title: %(title)s
source: {document: %(title)s, pages: %(title)s, note: %(title)s}
company: %(company)s
agent: %(payee)s
role: placement agent
payees: [%(payee)s, %(other)s]
currency: USD
term: {effective: 2024-01-02, expires: 2024-12-31}
tail: none
covers: {investors: all, securities: all, offerings: all, events: [sale]}
clauses:
  - id: cash-fee
    kind: percentage
    section: %(title)s
    says: %(company)s
    rate: 6%%
    base: gross proceeds
    rounding: {mode: half up, over: closing}
    due: at closing
    split:
      - {payee: %(payee)s, share: 1/2}
      - {payee: %(other)s, share: 1/2}
    odd_unit: %(payee)s
"""
# What an agreement file may hold: control characters and marks that turn the line are refused when it is read.
WRITABLE = [text for text in PAYLOADS if text.isprintable() and text == text.strip() and len(text) > 1]
FUNCTIONS = set(
    "ABS AND COUNTIF COUNTIFS EXACT IF INDEX INT LOOKUP MAX MIN MOD N NOT OR ROUND ROUNDDOWN ROUNDUP ROWS SIGN "
    "SUBTOTAL SUM SUMIF SUMIFS SUMPRODUCT TRUNC".split()
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def agreement_text(title: str, company: str, payee: str, other: str) -> str:
    words = {"title": title, "company": company, "payee": payee, "other": other}
    return AGENT % {name: json.dumps(word, ensure_ascii=False) for name, word in words.items()}


@pytest.fixture(scope="module")
def hostile() -> Ledger:
    """Every text of the records is an attack, and so are the texts of the agreement."""
    agreement = adapter.agreement_from(
        agreement_text("=cmd|'/c calc'!A0", '=HYPERLINK("http://evil.example","x")', "=1+1 LLC", "@SUM(1,1) & <b>")
    )
    closings = [
        {
            "closing": text, "date": "2024-03-04", "investor": text, "gross_proceeds": "1,000.00", "security": text,
            "offering": text, "investor_class": text, "=1+1 note": text,
        }
        for text in PAYLOADS
    ]  # fmt: skip
    documents = [
        {"date": "2024-03-05", "payee": agreement.payees[0], "amount": f"{place + 1}.00", "memo": text, "name": text}
        for place, text in enumerate(PAYLOADS)
        if not text.startswith("#")  # refused when a table is read
    ]
    tables = {
        "closings": closings,
        "invoices": [{"invoice": row["name"], **row} for row in documents],
        "payments": [{"payment": row["name"], **row} for row in documents],
    }
    return adapter.ledger_from([agreement], tables, date(2024, 12, 31))


@pytest.fixture(scope="module")
def workbooks(hostile: Ledger, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("hostile")
    inputs = [InputFile(text, "0" * 64, 1) for text in PAYLOADS]
    paths = [folder / "=1+1.xlsx", folder / "-rf.xlsx"]
    write_ledger(hostile, inputs, paths[0])
    write_reconciliation_to(reconcile(hostile), inputs, paths[1])
    return paths


def parts(path: Path) -> Iterator[tuple[str, str]]:
    book = zipfile.ZipFile(path)
    return ((name, book.read(name).decode("utf-8")) for name in book.namelist())


def decoded(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def test_nothing_but_our_formulas(workbooks: list[Path]) -> None:
    for path in workbooks:
        for name, xml in parts(path):
            assert not re.search("externalLink|connection|vbaProject|comment|embedding|ctrlProp|dde", name.casefold())
            assert 'TargetMode="External"' not in xml and "<hyperlink" not in xml and "<!DOCTYPE" not in xml
            if not name.startswith("xl/worksheets/sheet"):
                ElementTree.fromstring(xml)
                continue
            for formula in ElementTree.fromstring(xml).iter(f"{MAIN}f"):
                bare = re.sub('"[^"]*"', "", formula.text or "")
                assert set(re.findall(r"([A-Z][A-Z0-9.]*)\(", bare)) <= FUNCTIONS, formula.text
                assert not re.search(r"[|\[\]@{}]|://|#|evil|cmd|_x", bare), formula.text


def test_names_of_the_workbook_are_spreadsheets_own(workbooks: list[Path]) -> None:
    for path in workbooks:
        names = re.findall('<definedName name="([^"]+)"', dict(parts(path))["xl/workbook.xml"])
        assert set(names) <= {"_xlnm._FilterDatabase", "_xlnm.Print_Titles", "_xlnm.Print_Area"}


def read_back(path: Path, sheet: str, header: str) -> list[Any]:
    rows = [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows()]
    start = next(place for place, row in enumerate(rows) if header in [cell.value for cell in row])
    column = [cell.value for cell in rows[start]].index(header)
    cells = [row[column] for row in rows[start + 1 :] if row[column].value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    return [cell.value for cell in cells]


def test_texts_come_back_as_they_were(hostile: Ledger, workbooks: list[Path]) -> None:
    """Read by a second program library, each cell of the closings is the text that was given."""
    table = hostile.table
    given = [table.investor[line] for line in range(len(table))]
    assert set(given) >= {text for text in PAYLOADS if text == text.strip()}
    for header in ("Investor", "Security", "Offering", "=1+1 note"):
        assert [decoded(text) for text in read_back(workbooks[0], "Closings", header)] == given
    for header in ("Number", "Memo"):
        found = {decoded(text) for text in read_back(workbooks[1], "Invoices and payments", header)}
        assert found == {text for text in given if not text.startswith("#")}


@needs_office
def test_an_office_shows_the_same_texts(hostile: Ledger, workbooks: list[Path], tmp_path: Path) -> None:
    """Opened and saved by LibreOffice, texts are still these texts; letters that no text file may hold are dropped."""
    again = recalculated(workbooks[:1], tmp_path)[0]
    found = read_back(again, "Closings", "Investor")

    def legible(text: str) -> str:
        return re.sub("[\x00-\x08\x0b-\x1f\ufffe\uffff]", "", text.replace("\r", "\n")).strip()

    wanted = [hostile.table.investor[line] for line in range(len(hostile.table))]
    pairs = [(text, was) for text, was in zip(found, wanted, strict=True) if "_x" not in was]  # it decodes these twice
    assert [legible(decoded(text)) for text, _ in pairs] == [legible(was) for _, was in pairs]


def test_json_and_csv_hold_the_same_texts(hostile: Ledger, tmp_path: Path) -> None:
    write_ledger(hostile, [], tmp_path / "l.json")
    ledger = json.loads((tmp_path / "l.json").read_text("utf-8"))
    given = {hostile.table.investor[line] for line in range(len(hostile.table))}
    assert {row["investor"] for row in ledger["attribution"]} == given
    write_ledger(hostile, [], tmp_path / "l.csv")
    text = (tmp_path / "l.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {re.sub("^'(?='*[=+@\t\r\n-])", "", row["closing"]) for row in rows} == given
    for row in rows:
        for name in ("closing", "payee", "section"):
            assert not re.match("[=+@\t\r\n-]", row[name]), row[name]


@pytest.mark.parametrize("text", WRITABLE)
def test_any_text_of_an_agreement_stays_text(text: str, tmp_path: Path) -> None:
    agreement = adapter.agreement_from(agreement_text(text, text, text, f"{text} again"))
    row = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "1,000.00"}
    ledger = adapter.ledger_from([agreement], {"closings": [row]}, date(2024, 12, 31))
    out = tmp_path / "l.xlsx"
    write_ledger(ledger, [], out)
    test_nothing_but_our_formulas([out])
    book = openpyxl.load_workbook(out)
    payees = [cell for cell in book["Summary"]["A"] if cell.value and decoded(str(cell.value)).startswith(text)]
    assert [(decoded(cell.value), cell.data_type) for cell in payees] == [(text, "s"), (f"{text} again", "s")]
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
