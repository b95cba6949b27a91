"""A workbook that nobody touched verifies; whatever is changed in one is found and named.

The messages stand under `tests/verified`; after a wanted change, `FEECALC_RESET=1 pytest tests/test_verify.py` writes
them anew; read the difference.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from commands import ROOT, Ran, feecalc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tampering import packed, part_of, parts_of, with_cell, with_openpyxl, with_part, with_row_inserted, with_text

from feecalc.problems import Problems, Refused
from feecalc.read.workbook_cells import Cell
from feecalc.read.workbook_parts import PlainWorkbook, plain_workbook
from feecalc.verify.alignment import aligned
from feecalc.verify.comparison import compare
from feecalc.verify.differences import canonical, plain_format, same_result, same_value
from feecalc.verify.formulas import Moved, same_formula
from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.workbook import write_workbook

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md"))
COMMAND = re.compile(r"^feecalc ((?:run|reconcile) .*) (?:-o|>) \S+$", re.MULTILINE)
MONTH = ROOT / "examples" / "clean-month"
GALLERY = Path(__file__).parent / "verified"
OFFICE = shutil.which("soffice")


@cache
def month() -> bytes:
    """The workbook of an example with invoices and payments."""
    return made("run", "examples/clean-month", "--as-of", "2002-12-31")


@cache
def month_reconciled() -> bytes:
    return made("reconcile", "examples/clean-month", "--as-of", "2002-12-31")


def made(*arguments: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xlsx"
        ran = feecalc(*arguments, "-o", str(path), "-q")
        assert ran.status in (0, 1), ran.stderr
        return path.read_bytes()


def verify(workbook: bytes, folder: Path, *more: str) -> Ran:
    path = folder / "ledger.xlsx"
    path.write_bytes(workbook)
    ran = feecalc("verify", str(path), *more)
    return Ran(ran.status, ran.stdout.replace(f"{folder}/", ""), ran.stderr.replace(f"{folder}/", ""))


def found_in(workbook: bytes, folder: Path, *more: str) -> list[dict[str, str]]:
    differences: list[dict[str, str]] = json.loads(verify(workbook, folder, "--json", *more).stdout)["differences"]
    return differences


def cell_of(workbook: bytes, sheet: str, header: str, words: str) -> str:
    """The address of the cell under a header, in the first row that holds some words."""
    rows = openpyxl.load_workbook(io.BytesIO(workbook))[sheet].iter_rows()
    column = 0
    for row in rows:
        texts = [str(cell.value) for cell in row]
        if not column and header in texts:
            column = texts.index(header) + 1
        elif column and words in texts:
            return str(row[column - 1].coordinate)
    raise AssertionError(f"{sheet} has no {words} under {header}")


# ---- untouched -------------------------------------------------------------------------------------------------------


def commands() -> list[list[str]]:
    found = [line for folder in EXAMPLES for line in COMMAND.findall((folder / "README.md").read_text("utf-8"))]
    return [shlex.split(line) for line in dict.fromkeys(found)]


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_example_is_untouched(arguments: list[str], tmp_path: Path) -> None:
    ran = verify(made(*arguments), tmp_path)
    assert ran.status == 0 and "untouched" in ran.stdout, ran.stdout + ran.stderr


def test_a_reconciliation_is_untouched(tmp_path: Path) -> None:
    assert verify(month_reconciled(), tmp_path).status == 0
    summary = cell_of(month_reconciled(), "Ageing", "Owed", "cash-fee")
    ran = verify(with_cell(month_reconciled(), "Ageing", summary, "<v>1.00</v>"), tmp_path)
    assert ran.status == 1 and f"Ageing, {summary}" in ran.stdout


def test_quiet_says_nothing_of_an_untouched_workbook(tmp_path: Path) -> None:
    assert verify(month(), tmp_path, "-q") == Ran(0, "", "")


@pytest.mark.parametrize("given", [("records",), ("agreements",), ("records", "agreements")])
def test_untouched_against_what_is_given(given: tuple[str, ...], tmp_path: Path) -> None:
    words = (str(MONTH),) if "records" in given else ()
    words += ("-a", str(ROOT / "agreements")) if "agreements" in given else ()
    ran = verify(month(), tmp_path, *words)
    assert ran.status == 0, ran.stdout + ran.stderr
    assert ("that the workbook carries" in " ".join(ran.stdout.split())) == (len(given) < 2)


def test_records_in_workbooks_and_odd_files(tmp_path: Path) -> None:
    """One workbook of several tables, a folder with a workbook, other line ends, encodings, blank lines."""
    book = openpyxl.Workbook()
    book.active.title = "Closings"
    book.active.append(["Closing", "Date", "Investor", "Gross proceeds", "Introduced by"])
    book.active.append(["A", datetime.date(2002, 3, 13), 'Smith, "One"\nand Sons ', 1000.5, "brighton"])
    book.active.append([])
    book.active.append(["B", datetime.date(2002, 3, 14), "_x0041_", "2,000.00", "brighton"])
    book.active.row_dimensions[2].hidden = True
    more = book.create_sheet("payments")
    more.append(["payment", "date", "payee", "amount"])
    more.append(["=1+1 text", "2002-04-01", "Brighton Capital Ltd.", 1])
    more["A2"].data_type = "s"
    whole = tmp_path / "deal.xlsx"
    book.save(whole)
    folder = tmp_path / "records"
    folder.mkdir()
    del book["payments"]
    book.save(folder / "closings.xlsx")
    (folder / "payments.csv").write_bytes(
        "payment;date;payee;amount\r\n\r\nP1;2002-04-01;Sjöström;7\r".encode("utf-16")
    )
    (folder / "invoices.csv").write_bytes(
        b'\xef\xbb\xbfinvoice,date,payee,amount,memo\nI1,2002-04-01,Brighton Capital Ltd.,7,"two\r\nlines"\n\x1a'
    )
    for records in (whole, folder):
        workbook = made("run", str(records), "--as-of", "2002-12-31")
        ran = verify(workbook, tmp_path)
        assert ran.status == 0, ran.stdout + ran.stderr
        assert verify(workbook, tmp_path, str(records)).status == 0
    text = workbook_text(made("run", str(folder), "--as-of", "2002-12-31"), "Inputs")
    assert {"UTF-16 little-endian", "UTF-8 with byte order mark", "rows of a workbook", "CRLF", "CR"} <= text


def workbook_text(workbook: bytes, sheet: str) -> set[str]:
    rows = openpyxl.load_workbook(io.BytesIO(workbook))[sheet].iter_rows(values_only=True)
    return {str(value) for row in rows for value in row}


@pytest.mark.skipif(not OFFICE, reason="there is no LibreOffice")
def test_untouched_after_libreoffice_has_saved_it(tmp_path: Path) -> None:
    for workbook in (month(), month_reconciled()):
        assert verify(saved_by_office(workbook, tmp_path), tmp_path).status == 0


@pytest.mark.skipif(not OFFICE, reason="there is no LibreOffice")
def test_a_cell_typed_over_and_saved_by_libreoffice(tmp_path: Path) -> None:
    address = cell_of(month(), "Payout ledger", "Payable", "Brighton Capital Ltd.")
    changed = with_openpyxl(month(), lambda book: setattr(book["Payout ledger"][address], "value", 31))
    found = found_in(saved_by_office(changed, tmp_path), tmp_path)
    assert [each["cell"] for each in found if each["cause"]] == [address]
    assert any(each["kind"] == "follows" for each in found)  # the sum of the column


def saved_by_office(workbook: bytes, folder: Path) -> bytes:
    (folder / "before.xlsx").write_bytes(workbook)
    office = [OFFICE or "", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*office, "--outdir", str(folder / "after"), str(folder / "before.xlsx")], check=True, capture_output=True
    )
    return (folder / "after" / "before.xlsx").read_bytes()


# ---- what is changed is found ----------------------------------------------------------------------------------------


def ledger_cell(header: str, words: str, body: str, sheet: str = "Payout ledger") -> bytes:
    return with_cell(month(), sheet, cell_of(month(), sheet, header, words), body)


def total(changed: Callable[[str], str], result: str) -> bytes:
    """The total of what is payable with another formula, or the same, and a result."""
    address = cell_of(month(), "Payout ledger", "Payable", "Total")
    formula = openpyxl.load_workbook(io.BytesIO(month()))["Payout ledger"][address].value[1:]
    return with_cell(month(), "Payout ledger", address, f"<f>{changed(formula)}</f><v>{result}</v>")


def row_of(sheet: str, header: str, words: str) -> int:
    return int(re.sub("[A-Z]", "", cell_of(month(), sheet, header, words)))


def inputs_line(old: str, new: str) -> bytes:
    return with_text(month(), "Inputs", re.escape(old), new)


TAMPERED: dict[str, Callable[[], bytes]] = {
    "value": lambda: ledger_cell("Payable", "Atwood Capital Ltd.", "<v>30000.01</v>"),
    "text": lambda: ledger_cell("Why", "Atwood Capital Ltd.", ' t="inlineStr"><is><t>as agreed</t></is>'),
    "emptied": lambda: ledger_cell("Base", "Atwood Capital Ltd.", "/>"),
    "number-as-text": lambda: ledger_cell("Payable", "Atwood Capital Ltd.", ' t="inlineStr"><is><t>30000.00</t></is>'),
    "filled-in": lambda: ledger_cell("Closing", "advance", ' t="inlineStr"><is><t>A</t></is>'),
    "date": lambda: ledger_cell("Payable on", "Atwood Capital Ltd.", "<v>37330</v>"),
    "formula-typed-over": lambda: ledger_cell("Payable", "Total", "<v>61500.00</v>"),
    "formula-deleted": lambda: ledger_cell("Payable", "Total", "/>"),
    "formula-changed": lambda: total(lambda formula: formula.replace(":", ":A"), "1.00"),
    "formula-added": lambda: ledger_cell("Payable", "advance", "<f>50000*1</f><v>50000.00</v>"),
    "result-changed": lambda: total(lambda formula: formula, "123000.01"),
    "error": lambda: ledger_cell("Payable", "Atwood Capital Ltd.", ' t="e"><v>#REF!</v>'),
    "as-of": lambda: with_text(month(), "About", "<t>2002-12-31</t>", "<t>2003-12-31</t>"),
    "fingerprint": lambda: with_text(month(), "About", "(SHA-256 )[0-9a-f]{4}", r"\g<1>0000"),
    "version": lambda: with_text(month(), "docProps/core.xml", "feecalc [^<]*", "feecalc 0.0.9"),
    "input-line": lambda: inputs_line("1050000", "1050001"),
    "input-line-unreadable": lambda: inputs_line("1050000", "plenty"),
    "input-check": lambda: with_text(month(), "Inputs", r"<t>[0-9a-f]{16}</t>", "<t>0123456789abcdef</t>"),
    "input-agreement": lambda: inputs_line("rate: 6%", "rate: 7%"),
    "row-inserted": lambda: with_row_inserted(
        month(), "Payout ledger", row_of("Payout ledger", "Payable", "Atwood Capital Ltd.")
    ),
    "row-deleted": lambda: with_text(month(), "Closings", rf'<row r="{row_of("Closings", "Date", "A")}".*?</row>', ""),
    "sheet-removed": lambda: with_openpyxl(month(), lambda book: book.remove(book["Checks"])),
    "sheet-added": lambda: with_openpyxl(month(), lambda book: book.create_sheet("Notes")),
    "sheets-moved": lambda: with_openpyxl(month(), lambda book: book.move_sheet("Checks", -3)),
    "sheet-hidden": lambda: with_text(month(), "xl/workbook.xml", 'name="Checks"', 'name="Checks" state="veryHidden"'),
    "sheet-renamed": lambda: with_text(month(), "xl/workbook.xml", '<sheet name="Checks"', '<sheet name="Controls"'),
    "rows-hidden": lambda: with_text(month(), "Payout ledger", '<row r="9"', '<row r="9" hidden="1"'),
    "column-hidden": lambda: with_text(month(), "Payout ledger", '<col min="2"', '<col hidden="1" min="2"'),
    "merged": lambda: with_text(
        month(),
        "Closings",
        "</autoFilter>|<autoFilter[^>]*/>",
        r'\g<0><mergeCells><mergeCell ref="A6:B6"/></mergeCells>',
    ),
    "format": lambda: with_text(
        month(), "xl/styles.xml", r'formatCode="#,##0\.00_\)', r'formatCode="&quot;1&quot;#,##0.00_)'
    ),
    "macros": lambda: with_part(month(), "xl/vbaProject.bin"),
    "comments": lambda: with_part(month(), "xl/comments1.xml"),
    "name-defined": lambda: with_text(
        month(), "xl/workbook.xml", "<definedNames>", '<definedNames><definedName name="Rate">0.06</definedName>'
    ),
    "validation": lambda: with_text(
        month(),
        "Closings",
        "</sheetData>",
        '</sheetData><dataValidations count="1"><dataValidation type="list" sqref="A1"/></dataValidations>',
    ),
    "link-outside": lambda: with_part(
        month(),
        "xl/worksheets/_rels/sheet1.xml.rels",
        b'<Relationships><Relationship Id="r" Type="t" Target="http://x" TargetMode="External"/></Relationships>',
    ),
    "chart-moved": lambda: with_text(month(), "xl/charts/chart1.xml", r"\$B\$(\d+):\$B\$", r"$C$\g<1>:$B$"),
    "chart-removed": lambda: packed({k: v for k, v in parts_of(month()).items() if k != "xl/charts/chart3.xml"}),
    "dates-from-1904": lambda: with_text(month(), "xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" '),
    "not-calculated": lambda: with_openpyxl(month(), lambda book: None),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_gallery(name: str, tmp_path: Path) -> None:
    ran = verify(TAMPERED[name](), tmp_path)
    assert ran.status == 1, ran.stdout + ran.stderr
    expected = GALLERY / f"{name}.txt"
    if os.environ.get("FEECALC_RESET"):
        GALLERY.mkdir(exist_ok=True)
        expected.write_text(ran.stdout, "utf-8")
    assert ran.stdout == expected.read_text("utf-8")


def test_every_message_of_the_gallery_is_made() -> None:
    assert {path.stem for path in GALLERY.glob("*.txt")} == set(TAMPERED)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_one_cell_changed_is_found_and_named(data: st.DataObject) -> None:
    sheets = openpyxl.load_workbook(io.BytesIO(month()))
    sheet = data.draw(st.sampled_from(sheets.sheetnames))
    cells = re.findall(
        r'<c r="([A-Z]+\d+)" s="\d+"((?: t="\w+")?>.*?</c>|/>)',
        parts_of(month())[part_of(parts_of(month()), sheet)].decode(),
    )
    address, before = data.draw(st.sampled_from(cells))
    bodies = [
        "<v>123456.78</v>",
        ' t="inlineStr"><is><t>something else</t></is>',
        "<f>1+1</f><v>2</v>",
        ' t="b"><v>1</v>',
        ' t="e"><v>#N/A</v>',
        "/>",
    ]
    if number := re.fullmatch(r"(>(?:<f>.*?</f>)?<v>)(-?[0-9.]+)(</v></c>)", before):
        bodies.append(f"{number[1]}{number[2]}1</v>" if "." in number[2] else f"{number[1]}{number[2]}.01</v>")
    body = data.draw(st.sampled_from([each for each in bodies if each != before]))
    found = compare(opened(month()), opened(with_cell(month(), sheet, address, body))).differences
    assert [(each.sheet, each.cell) for each in found if each.is_cause] == [(sheet, address)], found


def opened(workbook: bytes) -> PlainWorkbook:
    return plain_workbook(workbook, "ledger.xlsx", Problems())


# ---- records and agreements given ------------------------------------------------------------------------------------


def test_records_that_changed(tmp_path: Path) -> None:
    folder = shutil.copytree(MONTH, tmp_path / "records")
    closings = folder / "closings.csv"
    closings.write_text(closings.read_text("utf-8").replace("1050000", "1050001"), "utf-8")
    found = found_in(month(), tmp_path, str(folder))
    causes = [each for each in found if each["cause"]]
    assert [each["kind"] for each in causes] == ["input"]
    assert "closings.csv is another file: line 3" in causes[0]["says"]
    assert "1050000" in causes[0]["stood"] and "1050001" in causes[0]["stands"]
    assert len(found) > 5


def test_records_that_changed_and_a_cell_too(tmp_path: Path) -> None:
    folder = shutil.copytree(MONTH, tmp_path / "records")
    (folder / "payments.csv").unlink()
    address = cell_of(month(), "Payout ledger", "Payable", "advance")
    found = found_in(with_cell(month(), "Payout ledger", address, "<v>1.00</v>"), tmp_path, str(folder))
    causes = [(each["kind"], each["cell"]) for each in found if each["cause"]]
    assert causes == [("input", None), ("value", address)]
    assert "payments.csv is not given" in found[0]["says"]


def test_other_line_ends_are_another_file(tmp_path: Path) -> None:
    folder = shutil.copytree(MONTH, tmp_path / "records")
    closings = folder / "closings.csv"
    closings.write_bytes(closings.read_bytes().replace(b"\n", b"\r\n"))
    found = found_in(month(), tmp_path, str(folder))
    assert [each["says"] for each in found] == ["closings.csv is not the file that the workbook was made from"]


def test_an_agreement_that_changed(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    ladenburg = folder / "ladenburg.yaml"
    ladenburg.write_text(ladenburg.read_text("utf-8") + "# read again\n", "utf-8")
    found = found_in(month(), tmp_path, "-a", str(folder))
    assert [each["stands"] for each in found] == ["# read again"]


def long_records(tmp_path: Path) -> tuple[Path, Path]:
    """Records of more rows than a workbook carries, and the workbook made from them."""
    folder, written = tmp_path / "records", tmp_path / "march.xlsx"
    folder.mkdir()
    lines = "".join(f"A,2002-03-13,Investor {n},100.00,brighton\n" for n in range(20_001))
    (folder / "closings.csv").write_text("closing,date,investor,gross_proceeds,introduced_by\n" + lines, "utf-8")
    assert feecalc("run", str(folder), "--as-of", "2002-12-31", "-o", str(written), "-q").status == 0
    return folder, written


def test_long_records_are_not_kept_and_must_be_given(tmp_path: Path) -> None:
    folder, written = long_records(tmp_path)
    ran = feecalc("verify", str(written))
    assert ran.status == 2 and "records-needed" in ran.stderr and "feecalc verify" in ran.stderr
    assert feecalc("verify", str(written), str(folder)).status == 0
    closings = folder / "closings.csv"
    closings.write_text(closings.read_text("utf-8").replace("Investor 7,", "Investor Seven,"), "utf-8")
    found = json.loads(feecalc("verify", str(written), str(folder), "--json").stdout)["differences"]
    assert found[0]["says"] == "closings.csv is not the file that the workbook was made from"
    assert any("Investor Seven" in (each["stood"] or "") for each in found[1:])


def test_files_that_belong_to_a_workbook(tmp_path: Path) -> None:
    """Long sheets stand in files beside the workbook, which may have been given another name since."""
    folder, written = long_records(tmp_path)
    renamed = written.rename(tmp_path / "renamed.xlsx")
    assert feecalc("verify", str(renamed), str(folder)).status == 0
    beside = tmp_path / "march-closings.csv"
    beside.write_text(beside.read_text("utf-8").replace("Investor 7,", "Investor Seven,"), "utf-8")
    ran = feecalc("verify", str(renamed), str(folder), "--json")
    found = json.loads(ran.stdout)["differences"]
    assert ran.status == 1 and [each["says"] for each in found] == ["march-closings.csv: line 9 is another"]
    beside.unlink()
    ran = feecalc("verify", str(renamed), str(folder))
    assert ran.status == 1 and "march-closings.csv, which belongs to the workbook, is not beside it" in ran.stdout


# ---- what is no ledger -----------------------------------------------------------------------------------------------


def test_what_is_no_workbook(tmp_path: Path) -> None:
    for content, code in (
        (b"closing,date\n", "not-a-workbook"),
        (b"", "file-empty"),
        (month()[:-3000], "workbook-damaged"),
        (made_by_hand(), "not-a-ledger"),
        (with_text(month(), "Summary", "<sheetData>", "<sheetData"), "workbook-damaged"),
        (with_text(month(), "Payout ledger", '<c r="A9"', '<c r="A10"'), "workbook-damaged"),
        (with_text(month(), "Payout ledger", '<c r="B9"', '<c r="A9"'), "workbook-damaged"),
        (with_text(month(), "xl/workbook.xml", 'r:id="rId2"', 'r:id="rId99"'), "workbook-damaged"),
        (late_doctype(), "workbook-damaged"),
        (packed(parts_of(month()) | {"../evil.xml": b"<x/>"}), "workbook-unsafe"),
    ):
        ran = verify(content, tmp_path)
        assert ran.status == 2 and code in ran.stderr and not ran.stdout, (code, ran)


def made_by_hand() -> bytes:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


def late_doctype() -> bytes:
    """A document type beyond the first look at the part."""
    declared = f"<!--{' ' * 4000}--><!DOCTYPE x [<!ENTITY a 'aaaa'>]><worksheet"
    return with_text(month(), "Summary", "<worksheet", declared)


@pytest.mark.parametrize("name", ["../evil.yaml", "/evil.yaml", "..", "a\\b.yaml"])
def test_names_that_point_elsewhere(name: str, tmp_path: Path) -> None:
    parts = parts_of(month())
    part = part_of(parts, "Inputs")
    changed = parts[part].decode().replace("<t>brighton.yaml</t>", f"<t>{name}</t>")
    ran = verify(packed(parts | {part: changed.encode()}), tmp_path)
    assert ran.status in (1, 2) and not (tmp_path / "evil.yaml").exists() and not Path("/evil.yaml").exists()
    assert "is not a name of a file" in ran.stdout + ran.stderr


def test_without_its_inputs_and_its_title(tmp_path: Path) -> None:
    """What names the day stands twice; without inputs, those given are taken."""
    without = with_openpyxl(month(), lambda book: book.remove(book["Inputs"]))
    untitled = with_text(without, "docProps/core.xml", "<dc:title>[^<]*</dc:title>", "")
    assert verify(untitled, tmp_path).status == 2
    ran = verify(untitled, tmp_path, str(MONTH), "-a", str(ROOT / "agreements"))
    assert ran.status == 1 and "Inputs: the sheet is missing" in ran.stdout and "title" in ran.stdout


# ---- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "now", "same"),
    [
        ("SUM(A1:A3)", "sum( A1:A3 )".upper(), True),
        ("Summary!A1*2", "'Summary'!A1 * 2", True),
        ("XLOOKUP(A1,B1:B2,C1:C2)", "_xlfn.XLOOKUP(A1,B1:B2,C1:C2)", True),
        ('IF(A1>0,"a b","")', 'IF(A1>0, "a b", "")', True),
        ('IF(A1>0,"a b","")', 'IF(A1>0,"ab","")', False),
        ("SUM(A1:A3)", "SUM(A1:A2)", False),
        ("A1+A2", "A1-A2", False),
        ("A1*0.06", "A1*0.07", False),
        ("Summary!A1", "Checks!A1", False),
        ("ROUND(A1,2)", "A1", False),
    ],
)
def test_formulas_as_programs_write_them(written: str, now: str, same: bool) -> None:
    assert same_formula(written, now, "S", Moved()) == same


def test_formulas_after_a_row_was_inserted() -> None:
    rows = aligned([(1, "a"), (2, "b"), (3, "c")], [(1, "a"), (2, "new"), (3, "b"), (4, "c")])
    moved = Moved(rows={"S": rows})
    assert same_formula("SUM(A1:A3)", "SUM(A1:A4)", "S", moved)
    assert same_formula("S!A3", "S!A4", "T", moved) and not same_formula("S!A3", "S!A3", "T", moved)
    assert not same_formula("A3", "A4", "T", moved)


@given(st.lists(st.integers(0, 30), max_size=20, unique=True), st.integers(0, 20), st.integers(1, 3))
def test_rows_inserted_and_deleted_are_told(marks: list[int], at: int, count: int) -> None:
    at = min(at, len(marks))
    whole = [(number, mark) for number, mark in enumerate(marks, 1)]
    more = [(number, mark) for number, mark in enumerate([*marks[:at], *range(-count, 0), *marks[at:]], 1)]
    if at == len(marks):  # what comes after the last row moves nothing: its cells are new
        assert aligned(whole, more).is_plain and aligned(more, whole).is_plain
        return
    inserted = aligned(whole, more)
    assert inserted.inserted == ((at + 1, at + count),)
    assert [inserted.written(number) for number, mark in more if mark >= 0] == [number for number, _ in whole]
    assert aligned(more, whole).deleted == ((at + 1, at + count),)


def test_numbers_as_programs_write_them() -> None:
    assert canonical("1050000.00") == canonical("1.05E6") == canonical("1050000")
    assert canonical("0.1") == canonical("0.10000000000000001") and canonical("0.1") != canonical("0.1000000001")
    assert not same_value(Cell("number", "9999999999999.99"), Cell("number", "9999999999999.98"))
    assert not same_value(Cell("number", "1"), Cell("text", "1"))
    assert same_value(Cell("text", "a\r\nb"), Cell("text", "a\nb"))
    assert same_result(Cell("number", "123456789.12"), Cell("number", "123456789.12000003"))
    assert not same_result(Cell("number", "9999999999999.99"), Cell("number", "9999999999999.98"))


def test_formats_as_programs_write_them() -> None:
    assert plain_format('#,##0.00_);(#,##0.00);"-"??_);@_)') == plain_format(r"#,##0.00_);\(#,##0.00\);\-??_);@_)")
    assert plain_format("yyyy-mm-dd") == plain_format(r"yyyy\-mm\-dd")
    assert plain_format('"1"#,##0.00') != plain_format("#,##0.00")


def computed(formulas: tuple[str, ...]) -> bytes:
    """A workbook whose second column is computed from the first, and its third from the second."""
    columns = (
        SheetColumn("Clause", "text", ["a", "b", "c"]),
        SheetColumn("Base", "money", [100, 200, 300]),
        SheetColumn("Twice", "money", [200, 400, 600], formula=formulas[0]),
        SheetColumn("Again", "money", [400, 800, 1200], formula=formulas[1], total=True),
    )
    stream = io.BytesIO()
    write_workbook([Sheet("S", "Computed", columns)], stream, datetime.datetime(2002, 1, 1), {"title": "T"})
    return stream.getvalue()


def test_what_follows_is_told_from_what_was_changed() -> None:
    before = computed(("B{r}*2", "C{r}*2"))
    after = with_cell(before, "S", "B5", "<v>9</v>")
    after = with_cell(after, "S", "C5", "<f>B5*2</f><v>18</v>")
    after = with_cell(after, "S", "D5", "<f>C5*2</f><v>36</v>")
    after = with_cell(after, "S", "C6", "<f>B6*2</f><v>7</v>")
    found = {each.cell: each for each in compare(opened(before), opened(after)).differences}
    assert {cell: each.kind for cell, each in found.items()} == {
        "B5": "value",
        "C5": "follows",
        "D5": "follows",
        "C6": "result",
    }
    assert (found["B5"].stood, found["B5"].stands) == ("2.00", "9.00")
    assert found["C5"].row == "clause b" and found["C5"].column == "Twice"


def test_shared_formulas_are_read_as_each_cell_has_them() -> None:
    before = computed(("B{r}*2", "C{r}*2"))
    shared = with_cell(before, "S", "C4", '><f t="shared" ref="C4:C6" si="0">B4*2</f><v>2</v>')
    for row, value in ((5, 4), (6, 6)):
        shared = with_cell(shared, "S", f"C{row}", f'><f t="shared" si="0"/><v>{value}</v>')
    assert not compare(opened(before), opened(shared)).differences
    other = with_cell(shared, "S", "C4", '><f t="shared" ref="C4:C6" si="0">B4*3</f><v>2</v>')
    assert [each.cell for each in compare(opened(before), opened(other)).differences] == ["C4", "C5", "C6"]


def test_a_column_inserted_is_told_once() -> None:
    book = with_openpyxl(computed(("B{r}*2", "C{r}*2")), lambda b: b["S"].insert_cols(2))
    found = compare(opened(computed(("B{r}*2", "C{r}*2"))), opened(book)).differences
    assert "column B was inserted" in {each.says for each in found}


def test_a_damaged_workbook_is_refused() -> None:
    problems = Problems()
    with pytest.raises(Exception):  # noqa: B017  # Unreadable, after a problem was added
        plain_workbook(b"PK\x03\x04 nothing", "x.xlsx", problems)
    with pytest.raises(Refused, match="1 problem"):
        problems.refuse_if_any()
