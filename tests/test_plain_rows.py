"""Plain rows of a sheet are read without a parser; that must show nowhere."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet._reader import WorkSheetParser

from feecalc.problems import Problems
from feecalc.read import plain_rows
from feecalc.read.faults import Findings, Unreadable
from feecalc.read.headers import Marks, letters
from feecalc.read.xlsx_tables import open_workbook

SHEET = "xl/worksheets/sheet1.xml"
DATE, PERCENT, DURATION = 1, 2, 3  # styles
SHARED = ("closing", "Ann & Co", "12.50", "_x0041_b", " é\u20ac ")


def made() -> dict[str, bytes]:
    """The parts of a workbook with shared texts and four styles."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    for place, form in enumerate(("General", "yyyy-mm-dd", "0%", "[h]:mm")):
        sheet.write_number(0, place, 1, book.add_format({"num_format": form}) if place else None)
    sheet.write_row(1, 0, SHARED)
    book.close()
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PARTS = made()


def workbook(path: Path, rows: str, after: str = "", encoding: str = "utf-8") -> Path:
    """A workbook whose sheet holds some XML as its rows."""
    head, _, tail = PARTS[SHEET].decode().partition("?>")[2].partition("<sheetData>")
    tail = tail.partition("</sheetData>")[2]
    sheet = f'<?xml version="1.0" encoding="{encoding}"?>{head}<sheetData>{rows}</sheetData>{after}{tail}'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in PARTS.items():
            archive.writestr(name, sheet.encode(encoding) if name == SHEET else content)
    return path


def outcome(path: Path) -> tuple[Any, ...]:
    """All that comes of reading the sheet: its rows, the problems and notes, the marks."""
    problems = Problems()
    findings, marks = Findings(problems), Marks()
    rows: list[tuple[int, list[str]]] = []
    try:
        book = open_workbook(path, "x.xlsx", problems)
        for starts, block in book.blocks(next(iter(book.sheets)), findings, marks):
            rows += zip(starts, block, strict=True)
    except Unreadable:
        codes = {problem.code for problem in problems}
        return "refused", codes if "workbook-damaged" not in codes else ()  # what came before the damage may be told
    findings.close()
    return rows, list(map(str, problems)), marks


def alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """What comes of a sheet, which is the same in pieces of any size and with the parser alone."""
    found = outcome(path)
    for piece in (64, 300, 1 << 10):
        monkeypatch.setattr(plain_rows, "_PIECE", piece)
        assert outcome(path) == found
    monkeypatch.setattr(plain_rows, "_CELL", re.compile("(nothing is plain)" + "(x)?" * 7))
    assert outcome(path) == found
    monkeypatch.undo()
    return found


NUMBERS = (
    "0 -0 1 007 12.50 1.5 0.1 -0.05 1e5 1E-7 0.30000000000000004 123456789012345 9999999999999 12345678901234.5 "
    "99999999999999999 1_000 5. .5 +3 45292 60 59 0.5 44790.25 -1 3000000 000000.5 5.0 -0.0 0.123456789012345 "
    "1.0000000000000001 9.999999999999999999"
).split()
TEXTS = ["", "Ann", "12.50", "(1,000)", "-", "a &amp; b", "&lt;&quot;&apos;&gt;", "&#10;", "&#x41;", "_x000D_", "\x7f"]
TEXTS += ["_x005F_x000D_", "]>", "a\rb", "a\nb", "é\u20ac😀", "1 000", "#N/A", "&amp;amp;", "&amp;lt;", "$5", " 7 "]
numbers = st.one_of(
    st.sampled_from(NUMBERS),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**14), max_value=10**14).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
texts = st.one_of(st.sampled_from(TEXTS), st.text("ab01.,$ é", max_size=6))
styles = st.sampled_from(["", "", "", ' s="0"', f' s="{DATE}"', f' s="{PERCENT}"', f' s="{DURATION}"'])
formulas = st.sampled_from(
    ["", "", "", "", "<f>A1&gt;2</f>", "<f/>", '<f t="shared" ref="B2:B9" si="0">A1</f>', '<f t="array">A1</f>']
)
# as cells are never written, and some are no XML
ODD = [' t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', ' t="inlineStr"><v>1</v></c>']
ODD += ["><!-- 7 --><v>1</v></c>", "><v><![CDATA[5]]></v></c>", ' t="s"><v> 1</v></c>', "><v>1</v><v>2</v></c>"]
ODD += ["><is><t>a</t></is></c>", ' t="d"><v>2024-01-02</v></c>', "><f>'['</f><v>1</v></c>", ' t="b"><v>1</v></c>']
ODD += [' cm="1"><v>1</v></c>', ' t="str"><v>&#10;</v></c>', ' t="str"><v>\uffff</v></c>']
ODD += [' t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>b</t></rPh></is></c>']
NO_XML = ["><v>1</v>", ' s="1" s="1"><v>1</v></c>', ' t="str"><v>&x;</v></c>', ' t="str"><v>]]></v></c>']
NO_XML += [' t="str"><v>\x01</v></c>', ' t="s"><v>99</v></c>', "><v>nan</v></c>"]


@st.composite
def cells(draw: st.DrawFn) -> str:
    """A cell after its address: mostly as cells are written."""
    style, formula = draw(styles), draw(formulas)
    match draw(st.integers(0, 12)):
        case 0 | 1 | 2:
            return f'{style} t="inlineStr"><is><t>{draw(texts)}</t></is></c>'
        case 3 | 4 | 5:
            return f'{style} t="s"><v>{draw(st.integers(0, len(SHARED) - 1))}</v></c>'
        case 6:
            return f'{style} t="str">{formula}<v>{draw(texts)}</v></c>'
        case 7:
            others = [f'{style} t="e"><v>#DIV/0!</v></c>', f"{style}/>", f"{style}><v></v></c>", ' t="b"><v>0</v></c>']
            return draw(st.sampled_from(others))
        case 8:
            return f'{style} t="n"><v xml:space="preserve">{draw(numbers)}</v></c>'
    return f"{style}>{formula}<v>{draw(numbers)}</v></c>"


tails = st.sampled_from([""] * 9 + [' spans="1:9"', ' ht="15" customHeight="1"', ' hidden="1"'])


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """The XML of rows, most of them in order; in one of three, something is odd."""
    rows: list[str] = []
    row = 0
    for _ in range(draw(st.integers(1, 8))):
        row += draw(st.sampled_from([1, 1, 1, 3]))
        column = 0
        inside = ""
        for _ in range(draw(st.integers(0, 5))):
            column += draw(st.sampled_from([1, 1, 1, 2, 25]))
            inside += f'<c r="{letters(column)}{row}"{draw(cells())}'
        rows.append(f'<row r="{row}"{draw(tails)}>{inside}</row>' if inside else f'<row r="{row}"/>')
    if not draw(st.integers(0, 2)):
        place = draw(st.integers(0, len(rows)))
        odd = [f'<row r="{place}"><c r="A{place}"{draw(st.sampled_from(ODD))}</row>']
        odd += [f'<row r="{place + 1}"><c r="A{place}"><v>1</v></c></row>', "\n", "<!-- <row r='1'> --", "<row/>"]
        odd += [f'<row r="{place}"><c r="B{place}"><v>1</v></c><c r="A{place}"><v>2</v></c></row>', "<c/>"]
        odd += [f'<row r="{place}"><c r="A{place}"><v>1</v></c><c r="A{place}"><v>2</v></c></row>', "<row r='2'></row>"]
        odd += [f'<row r="{place}"{tail}><c r="A{place}"><v>1</v></c></row>' for tail in (' r="9"', ' no:ns="1"', " a")]
        odd += [f'<row r="{place}"><c r="A{place}"{draw(st.sampled_from(NO_XML))}</row>']
        rows.insert(place, draw(st.sampled_from(odd)))
    return "".join(rows)


merged = '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
late = '<row r="99"><c r="A99"><v>9</v></c></row>'  # after the rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=sheets(), after=st.sampled_from(["", "", "", "", merged, "<x>", '<row r="99"><c r="A99"><v>9</v></c></row>'])
)
def test_sheets_are_read_alike(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, rows: str, after: str
) -> None:
    alike(workbook(tmp_path_factory.mktemp("sheet") / "x.xlsx", rows, after), monkeypatch)


@pytest.mark.parametrize(
    "rows",
    [
        *(f'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"{each}</row>' for each in (*ODD, *NO_XML)),
        '<!-- <row r="1"><c r="A1"><v>1</v></c></row> -->',
        '<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>2</v></c></row></row>',
        f'<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>2</v></c></row><!-- {"-" * 400} --></row>',
        f'<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>2</v></c></row><!-- {" " * 1400} --></row>',
        '<row/><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"/><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="2"></row><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>',
        '<row r="1"><c r="C1"><v>1</v></c><c r="A1"><v>2</v></c><c r="B1"><v>3</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row>x<row r="2"><c r="A2"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c>x</row><row r="2"><c r="A2"><v>2</v></c></row>',
        '<row r="1"><c r="A1"/><c r="B1"><v>1</v></c><c r="D1" s="1"/></row><row r="2"><c r="C2"><v>2</v></c></row>',
        '<row r="1" no:ns="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1" ht="1" ht="2"><c r="A1"><v>1</v></c></row>',
        '<row r="9999999"><c r="A9999999"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="b"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="b"><v>true</v></c></row>',
        '<row r="1"><c r="XFE1"><v>2</v></c></row>',
        '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>',
        '<g xmlns="urn:x"><row r="1"><c r="A1"><v>1</v></c></row></g>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" a="<c r="A2"><v>1</v></c></row>',
    ],
)
def test_what_is_odd_is_judged_alike(rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alike(workbook(tmp_path / "x.xlsx", rows), monkeypatch)


@pytest.mark.parametrize("style", ["", ' s="0"', f' s="{DATE}"', f' s="{PERCENT}"', f' s="{DURATION}"'])
def test_cells_are_read_alike(style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [f"{style}><v>{number}</v></c>" for number in NUMBERS]
    bodies += [f'{style} t="{kind}"><v>{value}</v></c>' for kind, value in (("b", 0), ("b", 1), ("e", "#REF!"))]
    bodies += [f'{style} t="s"><v>{number}</v></c>' for number in range(len(SHARED))]
    bodies += [f'{style} t="str"><f>A1</f><v>{text}</v></c>' for text in TEXTS]
    bodies += [f'{style} t="inlineStr"><is><t>{text}</t></is></c>' for text in TEXTS]
    rows = "".join(f'<row r="{row}"><c r="B{row}"{body}</row>' for row, body in enumerate(bodies, 1))
    alike(workbook(tmp_path / "x.xlsx", rows), monkeypatch)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "UTF-8", "us-ascii"])
def test_other_encodings(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Ann" if encoding == "us-ascii" else "Ã©"  # in Latin-1 the bytes of one letter in UTF-8
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    assert alike(workbook(tmp_path / "x.xlsx", rows, encoding=encoding), monkeypatch)[0] == [(1, [text])]


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["closing", "date", "investor", "gross_proceeds"])
    for number in range(1, 400):
        book.active.append([f"C{number % 7}", datetime.date(2024, 1, 1), "Ann & Co", number / 4])
    book.save(path)


def by_xlsxwriter(path: Path, **options: bool) -> None:
    book = xlsxwriter.Workbook(str(path), options)
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["closing", "date", "investor", "gross_proceeds"])
    for number in range(1, 400):
        sheet.write_string(number, 0, f"C{number % 7}")
        sheet.write_datetime(number, 1, datetime.datetime(2024, 1, 1), day)
        sheet.write_string(number, 2, " Ann & Co")
        sheet.write_formula(number, 3, "=1/4", None, number / 4)
    book.close()


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter, lambda path: by_xlsxwriter(path, constant_memory=True)])
def test_ordinary_sheets_are_plain(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells of their rows are taken out before the parser comes to them."""
    write(tmp_path / "x.xlsx")
    rows, problems, _ = alike(tmp_path / "x.xlsx", monkeypatch)
    assert rows[3][1][1:] == ["2024-01-01", rows[3][1][2], "0.75"] and len(rows) == 400 and not problems
    parsed: list[int] = []
    parse_row = WorkSheetParser.parse_row
    monkeypatch.setattr(WorkSheetParser, "parse_row", lambda self, row: parsed.append(len(row)) or parse_row(self, row))
    assert outcome(tmp_path / "x.xlsx")[0] == rows and set(parsed) == {0}
