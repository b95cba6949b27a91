"""The workbook recomputes itself: its formulas, evaluated by a second program, give the ledger to the cent.

`recalculated` runs LibreOffice; where that is absent these tests say so and are skipped, and what the formulas look
like is tested all the same.
"""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import adapter
import openpyxl
import pytest
from attrs import frozen
from commands import ROOT, feecalc
from recalculated import Cell, cells, column, differences, needs_office, recalculated, told

from feecalc.engagement import compute
from feecalc.money import shown_money
from feecalc.worked import run_example
from feecalc.workpapers.drawing import draw_up
from feecalc.write.outputs import write_ledger

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if (path / "closings.csv").exists())
PUBLIC = sorted(path for path in (ROOT / "examples" / "public-cases").iterdir() if path.is_dir())
PROVISIONS = sorted((ROOT / "docs" / "provisions").glob("*.yaml"))
NOT_LIVE = {("exclusion-with-cap", "cash-fee")}  # several lists use up one amount
AS_OF = "2026-11-21"


def workbook(folder: Path, records: Path, agreements: Path, name: str) -> Path:
    """The workbook of some records; exceptions in them do not matter here."""
    out = folder / f"{name}.xlsx"
    ran = feecalc("run", str(records), "-a", str(agreements), "--as-of", AS_OF, "-o", str(out), "-q")
    assert ran.status in (0, 1), ran.stderr
    return out


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The workbooks of all examples."""
    folder = tmp_path_factory.mktemp("examples")
    own = [workbook(folder, path, ROOT / "agreements", path.name) for path in EXAMPLES]
    return own + [workbook(folder, path, path / "agreements", path.name) for path in PUBLIC]


# ---- recalculated ----------------------------------------------------------------------------------------------------


@needs_office
def test_every_example_recalculates_to_what_is_stored(examples: list[Path], tmp_path: Path) -> None:
    for written, again in zip(examples, recalculated(examples, tmp_path), strict=True):
        assert list(differences(written, again)) == []


@needs_office
def test_every_provision_recalculates_to_what_is_stored(tmp_path: Path) -> None:
    """One worked example of each file; the others differ from it in their amounts only."""
    books = []
    for path in PROVISIONS[:: 4 if not _nightly() else 1]:
        agreement = adapter.agreement_from(path.read_text("utf-8"))
        example = agreement.examples[0]
        assert example.records is not None
        books += write_ledger(
            compute([agreement], example.records, example.as_of or date(2100, 1, 1)), [], tmp_path / f"{path.stem}.xlsx"
        )
    for written, again in zip(books, recalculated(books, tmp_path), strict=True):
        assert list(differences(written, again)) == []


def _nightly() -> bool:
    return os.environ.get("FEECALC_LAWS") == "nightly"


@pytest.mark.parametrize("path", PROVISIONS, ids=lambda path: path.stem)
def test_provisions_are_put_into_formulas(path: Path) -> None:
    """Every worked example of every provision: the papers give what the ledger has, and nothing is put in."""
    agreement = adapter.agreement_from(path.read_text("utf-8"))
    for example in agreement.examples:
        assert run_example(agreement, example)[1] == []
        assert example.records is not None
        papers = draw_up(compute([agreement], example.records, example.as_of or date(2100, 1, 1)))
        assert {(each.agreement, each.clause) for each in papers.not_live} <= NOT_LIVE


def odd_cents(folder: Path, lines: int, seed: int) -> Path:
    """Records of the three agreements with amounts of odd cents, several closings, prices and rescissions."""
    chance = random.Random(seed)
    folder.mkdir()
    rows, day = [], date(2002, 3, 12)
    agents = ["jefferies", "brighton", "ladenburg", ""]
    for number in range(lines):
        if chance.random() < 0.02:
            day += timedelta(1)
        closing = f"C{(day - date(2002, 3, 12)).days:03}"
        investor = f"Investor {chance.randrange(200)}"
        shares, price = chance.randrange(1, 5_000), f"{chance.randrange(1, 400)}.{chance.randrange(100):02}"
        agent = agents[chance.randrange(4)]
        rows.append([closing, day, investor, shares, price, agent, ""])
        if chance.random() < 0.03 and number:
            later = day + timedelta(1)
            rows.append([f"R{number}", later, investor, -shares, price, agent, closing])
    with (folder / "closings.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["closing", "date", "investor", "shares", "price", "introduced_by", "reverses"])
        writer.writerows(rows)
    return folder


@needs_office
def test_thousands_of_rows_with_odd_cents_recalculate(tmp_path: Path) -> None:
    book = workbook(tmp_path, odd_cents(tmp_path / "records", 2_000, seed=20021), ROOT / "agreements", "odd-cents")
    found = cells(book)
    assert sum(cell.formula is not None for sheet in found.values() for cell in sheet.values()) > 50_000
    (again,) = recalculated([book], tmp_path)
    assert list(differences(book, again)) == []


# ---- edited ----------------------------------------------------------------------------------------------------------


@frozen
class Edit:
    """A change in the workbook, and the same in the inputs."""

    sheet: str
    row: tuple[str, ...]  # the first cells of the row
    header: str
    value: object
    inputs: Callable[[Path, Path], None]  # changes the folders of agreements and of records


def _in_file(name: str, old: str, new: str) -> Callable[[Path, Path], None]:
    def change(agreements: Path, records: Path) -> None:
        path = (agreements if name.endswith(".yaml") else records) / name
        text = path.read_text("utf-8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


CLOSINGS = """closing,date,investor,shares,price,introduced_by
A,2002-03-13,Fund One,"1,000,001",2.01,jefferies
A,2002-03-13,Fund Two,"300,007",2.01,brighton
B,2002-03-15,Fund Three,"2,000,003",2.03,ladenburg
B,2002-03-15,Fund One,"500,011",2.05,jefferies
C,2002-05-01,Fund Four,"900,013",1.97,ladenburg
C,2002-05-01,Fund Two,"100,019",1.97,brighton
C,2002-05-01,Stranger,"10,001",1.97,
"""
EDITS = {
    "a rate": Edit(
        "Terms", ("brighton", "cash-fee", "rate"), "Rate", 0.0725, _in_file("brighton.yaml", "rate: 6%", "rate: 7.25%")
    ),
    "a cap": Edit(
        "Terms",
        ("ladenburg", "expense-allowance", "limit"),
        "Money",
        100000.01,
        _in_file("ladenburg.yaml", "amount: 150,000.00", "amount: 100,000.01"),
    ),
    "a pool": Edit(
        "Terms",
        ("jefferies", "warrants", "pool"),
        "Count",
        99999,
        _in_file("jefferies.yaml", "pool: 125,000", "pool: 99,999"),
    ),
    "a share count": Edit(
        "Closings", ("closings.csv:2",), "Shares", 1234567, _in_file("closings.csv", '"1,000,001"', '"1,234,567"')
    ),
    "a price": Edit(
        "Closings", ("closings.csv:4",), "Price", 3.33, _in_file("closings.csv", '"2,000,003",2.03', '"2,000,003",3.33')
    ),
    "an attribution": Edit(
        "Closings",
        ("closings.csv:3",),
        "Agreement owed",
        "ladenburg",
        _in_file("closings.csv", '"300,007",2.01,brighton', '"300,007",2.01,ladenburg'),
    ),
    "a line owed to nobody": Edit(
        "Closings",
        ("closings.csv:5",),
        "Agreement owed",
        None,
        _in_file("closings.csv", '"500,011",2.05,jefferies', '"500,011",2.05,'),
    ),
    "an advance": Edit(
        "Terms",
        ("ladenburg", "advance", "advance"),
        "Money",
        77777.77,
        _in_file("ladenburg.yaml", "amount: 50,000.00", "amount: 77,777.77"),
    ),
}


def edited(book: Path, edit: Edit, folder: Path) -> Path:
    """The workbook with one input changed, as a person does it."""
    sheet = openpyxl.load_workbook(book)
    page = sheet[edit.sheet]
    headers = next(row for row in page.iter_rows() if edit.header in [cell.value for cell in row])
    place = [cell.value for cell in headers].index(edit.header)
    row = next(
        row
        for row in page.iter_rows(min_row=headers[0].row + 1)
        if tuple(cell.value for cell in row[: len(edit.row)]) == edit.row
    )
    assert row[place].data_type != "f"
    row[place].value = edit.value
    out = folder / f"{book.stem}-edited.xlsx"
    sheet.save(out)
    return out


def payable(sheets: Mapping[str, dict[str, Cell]]) -> dict[tuple[str, str], str]:
    """What the workbook recomputes for each agreement, clause and payee."""
    rows = told(sheets["Checks"], "Check", "Is")
    return {
        tuple(name.split(": recomputed for ")): shown_money(round(float(found) * 100))  # type: ignore[misc]
        for name, found in rows
        if ": recomputed for " in name
    }


def of_ledger(records: Path, agreements: Path, folder: Path) -> dict[tuple[str, str], str]:
    """The same of the ledger."""
    out = folder / "ledger.csv"
    feecalc("run", str(records), "-a", str(agreements), "--as-of", AS_OF, "-o", str(out), "-q")
    sums: dict[tuple[str, str], int] = {}
    for row in csv.DictReader(out.open(encoding="utf-8", newline="")):
        key = (f"{row['agreement']} {row['clause']}", row["payee"])
        whole, _, cents = row["payable"].partition(".")
        sign = -1 if whole.startswith("-") else 1
        sums[key] = sums.get(key, 0) + int(whole) * 100 + sign * int(cents or 0)
    return {key: shown_money(amount) for key, amount in sums.items()}


@needs_office
def test_what_is_edited_in_the_workbook_moves_as_the_engine_moves(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "closings.csv").write_text(CLOSINGS, "utf-8")
    book = workbook(tmp_path, records, ROOT / "agreements", "before")
    copies, expected = [], []
    for number, (name, edit) in enumerate(EDITS.items()):
        folder = tmp_path / str(number)
        shutil.copytree(ROOT / "agreements", folder / "agreements")
        shutil.copytree(records, folder / "records")
        edit.inputs(folder / "agreements", folder / "records")
        for path in (folder / "agreements").iterdir():  # the worked examples are those of the unchanged terms
            path.write_text(path.read_text("utf-8").split("\nexamples:\n")[0] + "\n", "utf-8")
        expected.append(of_ledger(folder / "records", folder / "agreements", folder))
        copies.append(edited(book, edit, folder).rename(tmp_path / f"{number}.xlsx"))
    before = of_ledger(records, ROOT / "agreements", tmp_path)
    for name, again, wanted in zip(EDITS, recalculated(copies, tmp_path), expected, strict=True):
        found = payable(cells(again))
        assert wanted != before, name
        nothing = dict.fromkeys(found, "0.00")
        assert found == nothing | {key: amount for key, amount in wanted.items() if key in nothing}, name
        assert not {key: amount for key, amount in wanted.items() if key not in found and amount != "0.00"}, name
        assert "FAIL" in cells(again)["Summary"]["A2"].value, name  # nothing is edited in silence


# ---- spoiled ---------------------------------------------------------------------------------------------------------

# By the beginning of a check's name: which cell is spoiled, as sheet and header, and what is put there.
SPOILS: dict[str, tuple[str, str, object]] = {
    "rows read are answered": ("Closings", "Basis", None),
    "gross proceeds are those read": ("Closings", "Gross beyond shares x price", 0.01),
    "every agreement owed counts its lines": ("Closings", "Agreement owed", "nobody"),
    "each line is as read": ("Closings", "Gross as read", 1),
    "funds flow ties": ("Funds flow", "Owed for it by the ledger", 1),
    "wires of": ("Wires", "Wire at closing", 1),
    "jefferies cash-fee: at each": (
        "jefferies payouts",
        "cash-fee: payable to Jefferies & Company, Inc., by feecalc",
        1,
    ),
    "jefferies cash-fee: recomputed": ("jefferies cash-fee", "Earned", 1),
    "jefferies warrants: recomputed": ("jefferies warrants", "Accrued", 1),
    "brighton cash-fee: recomputed": ("Payout ledger", "Payable", 1),
    "brighton warrants: recomputed": ("Warrants", "Warrants", 1),
    "brighton cash-fee: parts": ("brighton payouts", "cash-fee: payable to Atwood Capital Ltd.", 1),
    "jefferies warrants: within": ("jefferies payouts", "warrants: accrued to date", 10**6),
    "jefferies expenses: within": ("jefferies payouts", "expenses: accrued to date", 10**6),
    "ladenburg expense-allowance: within": ("ladenburg payouts", "expense-allowance: accrued to date", 10**6),
    "ladenburg advance: recouped": ("ladenburg payouts", "cash-fee: recouped for advance", 10**6),
    "due is paid plus open": ("Summary", "Outstanding", 10**6),
    "Summary is what the papers give": ("Summary", "Payable", 10**6),
    "Summary is the sum of the ledger": ("Payout ledger", "Payable", 10**6),
}


@needs_office
def test_each_check_fails_where_its_figure_is_spoiled(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "closings.csv").write_text(CLOSINGS, "utf-8")
    book = workbook(tmp_path, records, ROOT / "agreements", "sound")
    live = [name for name, by in told(cells(book)["Checks"], "Check", "Computed by") if by == "this workbook"]
    kinds = {next((spoil for spoil in SPOILS if name.startswith(spoil)), None) for name in live} - {None}
    assert kinds == set(SPOILS)
    alike = re.compile(r": recomputed for|: at each closing for")
    assert [name for name in live if not name.startswith(tuple(SPOILS)) and not alike.search(name)] == []
    copies = []
    for number, (name, (sheet, header, value)) in enumerate(SPOILS.items()):
        page = openpyxl.load_workbook(book)
        letter, first = column(cells(book)[sheet], header)
        row = first + (7 if header == "Basis" else 1)  # the stranger's line, on which no agreement is owed
        if name.endswith("recomputed") and sheet in ("Payout ledger", "Warrants"):
            clauses = [" ".join(ids) for ids in told(cells(book)[sheet], "Agreement", "Clause")]
            row = first + 1 + clauses.index(name.split(":")[0])
        page[sheet][f"{letter}{row}"].value = value
        page.save(tmp_path / f"spoiled-{number}.xlsx")
        copies.append(tmp_path / f"spoiled-{number}.xlsx")
    for name, again in zip(SPOILS, recalculated(copies, tmp_path), strict=True):
        found = cells(again)
        results = told(found["Checks"], "Check", "Result")
        assert "FAIL" in [result for check, result in results if check.startswith(name)], name
        assert all("FAIL: see Checks" in sheet["A2"].value for sheet in found.values()), name


# ---- what formulas look like -----------------------------------------------------------------------------------------


def formulas(book: Path) -> Iterator[tuple[str, str, str]]:
    """(sheet, address, formula) of every computed cell."""
    for sheet, found in cells(book).items():
        for address, cell in found.items():
            if cell.formula is not None:
                yield sheet, address, cell.formula


def test_formulas_are_short_plain_and_without_constants(examples: list[Path]) -> None:
    for book in examples:
        for sheet, address, formula in formulas(book):
            if address == "A2" or sheet == "Checks":
                continue
            assert len(formula) <= 80, (book.name, sheet, address, formula)
            bare = re.sub(r"'(?:[^']|'')*'!|\"[^\"]*\"|\$?[A-Z]{1,3}\$?[0-9]+", "", formula)
            constants = set(re.findall(r"(?<![A-Z])[0-9]+(?:\.[0-9]+)?", bare)) - {"109"}  # SUBTOTAL's own code
            assert constants <= {"0", "1", "2"}, (book.name, sheet, address, formula)
            assert not re.search(r"OFFSET|INDIRECT|NOW|TODAY|RAND|INFO|CELL", formula)


def test_a_column_of_the_papers_has_one_formula(examples: list[Path]) -> None:
    for book in examples:
        shapes: dict[tuple[str, str], set[str]] = {}
        for sheet, address, formula in formulas(book):
            letters, row = re.match(r"([A-Z]+)([0-9]+)", address).groups()  # type: ignore[union-attr]
            named = re.sub(r"'(?:[^']|'')*'!", "other!", formula)
            relative = re.sub(r"(?<![A-Z$])(\$?[A-Z]{1,3})([0-9]+)", lambda m: f"{m[1]}[{int(m[2]) - int(row)}]", named)
            if "SUBTOTAL" not in formula and address != "A2":
                shapes.setdefault((sheet, letters), set()).add(relative)
        several = {key: found for key, found in shapes.items() if len(found) > 1}
        lists = ("Checks", "Summary", "Terms", "Funds flow", "Wires", "Charts")
        assert not {key: found for key, found in several.items() if key[0] not in lists}, book.name


def test_nothing_is_hidden_merged_named_or_linked(examples: list[Path]) -> None:
    for book in examples[:3]:
        with zipfile.ZipFile(book) as archive:
            parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".xml")}
        assert not [n for n in parts if "externalLink" in n or "vba" in n or "connections" in n]
        for name, xml in parts.items():
            assert "mergeCell" not in xml and "hyperlink" not in xml, name
            assert 'hidden="1"' not in xml or name == "xl/workbook.xml", name
            assert 'state="hidden"' not in xml and 'state="veryHidden"' not in xml


def test_clauses_that_are_put_in_say_so(tmp_path: Path) -> None:
    """What is not put into formulas stands as values, and its paper says why."""
    path = ROOT / "docs" / "provisions" / "exclusion-with-cap.yaml"
    agreement = adapter.agreement_from(path.read_text("utf-8"))
    example = agreement.examples[0]
    assert example.records is not None
    papers = draw_up(compute([agreement], example.records, date(2100, 1, 1)))
    (unlive,) = papers.not_live
    assert unlive.clause == "cash-fee"
    paper = next(p for p in papers.clauses[0] if p.name.endswith("cash-fee"))
    assert paper.notes == (f"Not recomputed here: {unlive.reason}.",)
