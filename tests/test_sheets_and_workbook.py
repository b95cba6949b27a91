"""Typed sheets become a workbook that holds exactly their values, prints well, and is the same bytes every time."""

from __future__ import annotations

import datetime
import hashlib
import html
import io
import os
import pathlib
import re
import subprocess
import sys
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
from hostile import PAYLOADS
from hypothesis import given
from hypothesis import strategies as st

from feecalc.problems import MachineRefused
from feecalc.write.cells import text_body
from feecalc.write.layout import lay_out
from feecalc.write.measure import printed_lines
from feecalc.write.paper import SCALE_LEAST, paged
from feecalc.write.sheet_names import lawful_names
from feecalc.write.sheets import Sheet, SheetColumn, groups, total_of
from feecalc.write.workbook import FROZEN_ROWS_MOST, ROW_LIMIT, write_workbook

ROOT = pathlib.Path(__file__).parent.parent
CREATED = datetime.datetime(2025, 1, 2, 9, 30)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LONG = "x" * 40_000


def ledger() -> Sheet:
    return Sheet(
        name="Ledger",
        title="What is owed to each agent, closing by closing?",
        paragraphs=("Fees owed to agents are positive.", "Each row follows from one line of the closing records."),
        freeze=1,
        columns=(
            SheetColumn("Entry", "text", ["E1", "E2", None]),
            SheetColumn("Closing date", "date", [datetime.date(2024, 1, 5), None, datetime.date(1899, 1, 1)]),
            SheetColumn("Gross proceeds", "money", np.array([1_234_567_89, -50, 0], np.int64), total=True),
            SheetColumn("Fee", "money", [10**15 - 1, None, 5], total=True),
            SheetColumn("Warrants", "count", [1_000, None, 0], total=True),
            SheetColumn("Price", "price", ["2.75", "0.1125", None]),
            SheetColumn("Note", "text", ["word " * 60, "", "short"], wrap=True, width=30),
        ),
    )


def checks() -> Sheet:
    return Sheet(
        name="Checks: all?",
        title="Does everything tie out?",
        columns=(
            SheetColumn("Agent", "text", ["A", None, None, "Total A", "B", None, "Total B"]),
            SheetColumn("Payable", "money", [None, 100, 250, 350, None, 25, 25], total=True),
        ),
        row_styles=["heading", "good", "bad", "subtotal", "heading", "warn", "subtotal"],
    )


def sample() -> bytes:
    return written([ledger(), checks(), Sheet("Empty", "Nothing?", (SheetColumn("A", "text", []),))])


def written(sheets: list[Sheet], properties: dict[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    write_workbook(sheets, stream, CREATED, properties or {"title": "2024 fees & more", "feecalc": "0.1.0"})
    return stream.getvalue()


def opened(content: bytes, **options: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def decoded(text: str) -> str:
    """The text as a spreadsheet shows it: openpyxl leaves the _xHHHH_ escapes of cells as they are."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def one_column(column: SheetColumn) -> list[Any]:
    sheet = opened(written([Sheet("S", "T", (column,))])).active
    return [cell.value for cell in sheet["A"][3:]]


def test_same_bytes_twice() -> None:
    assert sample() == sample()


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/New_York", "PYTHONHASHSEED": "77", "LC_ALL": "de_DE.UTF-8"},
    ],
)
def test_same_bytes_elsewhere(environment: dict[str, str]) -> None:
    program = "import sys, test_sheets_and_workbook as t; sys.stdout.write(t.hashlib.sha256(t.sample()).hexdigest())"
    search = os.pathsep.join([str(ROOT), str(ROOT / "tests"), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-B", "-c", program],
        env={**os.environ, **environment, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == hashlib.sha256(sample()).hexdigest()


def test_values_come_back_exactly() -> None:
    rows = list(opened(sample(), data_only=True)["Ledger"].iter_rows(min_row=6, values_only=True))
    day = datetime.datetime(2024, 1, 5)
    assert rows[0] == ("E1", day, 1234567.89, 9_999_999_999_999.99, 1000, 2.75, "word " * 60)
    assert rows[1] == ("E2", None, -0.5, None, None, 0.1125, None)
    assert rows[2] == (None, "1899-01-01", 0, 0.05, 0, None, "short")


def test_totals_are_formulas_with_results() -> None:
    content = sample()
    formulas, results = opened(content)["Ledger"][9], opened(content, data_only=True)["Ledger"][9]
    assert formulas[0].value == "Total"
    assert (formulas[2].value, results[2].value) == ("=SUBTOTAL(109,C6:C8)", 1234567.39)
    assert (formulas[4].value, results[4].value) == ("=SUBTOTAL(109,E6:E8)", 1000)


def test_money_beyond_fifteen_digits_is_text_and_its_total_no_formula() -> None:
    values = one_column(SheetColumn("M", "money", [10**15, -(10**15), 10**15 - 1, 1], total=True))
    assert values == ["10000000000000.00", "-10000000000000.00", 9_999_999_999_999.99, 0.01, "10000000000000.00"]
    assert one_column(SheetColumn("C", "count", [10**15, 7])) == ["1000000000000000", 7]


def test_prices_that_a_cell_cannot_show_are_text() -> None:
    prices = ["2.5000", "0.0000000001", "0.00000000001", "1/3", "NaN", "1e5", "-3.25", "1234567890123456.5", None]
    assert one_column(SheetColumn("P", "price", prices)) == [
        2.5,
        0.0000000001,
        "0.00000000001",
        "1/3",
        "NaN",
        "1e5",
        -3.25,
        "1234567890123456.5",
        None,
    ]


def test_subtotals_are_formulas_that_the_total_leaves_out() -> None:
    content = written([checks()])
    formulas = [cell.value for cell in opened(content).active["B"][3:]]
    results = [cell.value for cell in opened(content, data_only=True).active["B"][3:]]
    assert formulas == [
        None,
        1,
        2.5,
        "=SUBTOTAL(109,B5:B6)",
        None,
        0.25,
        "=SUBTOTAL(109,B9:B9)",
        "=SUBTOTAL(109,B4:B10)",
    ]
    assert results == [None, 1, 2.5, 3.5, None, 0.25, 0.25, 3.75]


def test_a_subtotal_that_is_not_the_sum_of_its_rows_is_a_fault() -> None:
    column = SheetColumn("Payable", "money", [1, 2, 4], total=True)
    with pytest.raises(ValueError, match="subtotal in data row 3 is 4, but its rows sum to 3"):
        written([Sheet("S", "T", (column,), row_styles=["", "", "subtotal"])])


def test_subtotals_in_later_blocks_of_rows() -> None:
    count = 10_000
    styles = ["subtotal" if place % 1000 == 999 else "" for place in range(count)]
    values = [999 if style else 1 for style in styles]
    content = written([Sheet("S", "T", (SheetColumn("C", "count", values, total=True),), row_styles=styles)])
    xml = part(content, "xl/worksheets/sheet1.xml")
    formulas = re.findall(r"<f>SUBTOTAL\(109,A(\d+):A(\d+)\)</f><v>(\d+)</v>", xml)
    assert formulas[7] == ("7004", "8002", "999")
    assert formulas[-1] == ("4", "10003", "9990")
    assert len(formulas) == 11


def test_total_of_int64_does_not_wrap() -> None:
    column = SheetColumn("M", "money", np.full(3, 2**62, np.int64), total=True)
    assert total_of(column) == 3 * 2**62


def test_groups() -> None:
    assert groups(["heading", "", "", "subtotal", "", "subtotal", "subtotal"]) == {3: 1, 5: 4, 6: 6}
    assert groups(None) == {}


def test_frozen_filtered_and_set_up_for_print_on_every_sheet() -> None:
    book = opened(sample())
    assert [sheet.freeze_panes for sheet in book] == ["B6", "A4", "A4"]
    assert [sheet.auto_filter.ref for sheet in book] == ["A5:G8", "A3:B10", "A3"]
    assert [sheet.print_title_rows for sheet in book] == ["$5:$5", "$3:$3", "$3:$3"]
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_state == "visible"
        assert not any(part.hidden for part in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values()))
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 1)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
        assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("&F: &A", "Page &P of &N")
        assert sheet.oddHeader.left.text.strip() == "2024 fees && more"


def test_a_wide_sheet_breaks_between_columns_and_repeats_its_key_columns() -> None:
    columns = tuple(SheetColumn(f"C{place}", "text", ["x"], width=30) for place in range(12))
    sheet = opened(written([Sheet("Wide", "Much?", columns, freeze=2, paragraphs=("Why.",))])).active
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.scale >= SCALE_LEAST
    assert [each.id for each in sheet.col_breaks.brk] == [6, 10]
    assert (sheet.print_title_cols, sheet.print_title_rows) == ("$A:$B", "$4:$4")
    assert sheet.print_area == "'Wide'!$A$4:$L$5"
    assert sheet.oddHeader.left.text.splitlines()[-1] == "Much?"


@given(st.lists(st.integers(1, 90), min_size=1, max_size=40), st.integers(1, 4))
def test_every_page_has_room_for_its_columns(widths: list[int], keys: int) -> None:
    keys = min(keys, len(widths))
    pages = paged(widths, keys)
    starts = [keys, *pages.breaks, len(widths)]
    assert starts == sorted(set(starts)) or len(widths) == keys
    pixels = [7 * width + 5 for width in widths]
    widest = sum(pixels[:keys]) + max(sum(pixels[a:b]) for a, b in zip(starts, starts[1:], strict=False))
    assert pages.scale * widest <= 960 * 100
    assert pages.scale >= SCALE_LEAST or len(pages.breaks) == max(len(widths) - keys - 1, 0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("title", ["R&G Partners", "2024 fees", "A &[Picture] &P & B"])
def test_any_title_is_printed_at_the_top(title: str) -> None:
    header = part(written([ledger()], {"title": title}), "xl/worksheets/sheet1.xml").partition("<oddHeader>")[2]
    words = html.unescape(header.partition("</oddHeader>")[0]).replace('&"-,Regular"', "")
    assert words == "&L&9 " + title.replace("&", "&&")


def test_no_defined_names_but_filter_and_print_titles() -> None:
    names = re.findall('<definedName name="([^"]+)"', part(sample(), "xl/workbook.xml"))
    assert set(names) == {"_xlnm._FilterDatabase", "_xlnm.Print_Titles"}


def test_number_formats() -> None:
    formats = [cell.number_format for cell in opened(sample())["Ledger"][6]]
    assert formats[1:6] == [
        "yyyy-mm-dd",
        '#,##0.00_);(#,##0.00);"-"??_);@_)',
        '#,##0.00_);(#,##0.00);"-"??_);@_)',
        '#,##0_);(#,##0);"-"_);@_)',
        "#,##0.00??_)",
    ]


def test_wrapped_rows_are_tall_enough() -> None:
    heights = opened(sample())["Ledger"].row_dimensions
    assert heights[6].height > 100
    assert not heights[7].customHeight or heights[7].height < 16
    assert printed_lines("one two", 4) == 2
    assert printed_lines("a\nb", 40) == 2
    assert printed_lines("0" * 95, 10) >= 9


def test_properties() -> None:
    book = opened(written([ledger()], {"title": "Fees\x07", "author": "feecalc", "made by": "feecalc 0.1.0"}))
    assert (book.properties.title, book.properties.creator) == ("Fees", "feecalc")
    assert book.properties.created == book.properties.modified == CREATED
    assert book.custom_doc_props["made by"].value == "feecalc 0.1.0"


def test_created_in_another_zone_is_the_same_moment() -> None:
    streams = io.BytesIO(), io.BytesIO()
    tokyo = datetime.timezone(datetime.timedelta(hours=9))
    write_workbook([ledger()], streams[0], datetime.datetime(2025, 1, 2, 12, tzinfo=tokyo), {})
    write_workbook([ledger()], streams[1], datetime.datetime(2025, 1, 2, 3), {})
    assert streams[0].getvalue() == streams[1].getvalue()


def test_hostile_text_stays_text_everywhere() -> None:
    texts = [*PAYLOADS, LONG]
    column = SheetColumn("=1+1", "text", texts)
    sheet = Sheet(
        "=1+1",
        "=cmd|'/c calc'!A0",
        (column, SheetColumn("M", "money", [1] * len(texts), total=True)),
        paragraphs=("<r>=1+1</r>", "http://evil.example"),
    )
    content = written([sheet], {"title": "=1+1", "note": "=1+1"})
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not re.search("externalLinks|connections|vbaProject|sheet1.xml.rels|comments", " ".join(names))
    assert not [name for name in names if 'TargetMode="External"' in part(content, name)]
    root = ElementTree.fromstring(part(content, "xl/worksheets/sheet1.xml"))
    assert [formula.text for formula in root.iter(MAIN + "f")] == [f"SUBTOTAL(109,B6:B{len(texts) + 5})"]
    assert not list(root.iter(MAIN + "hyperlink"))
    rows = list(opened(content).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[:3]] == ["=cmd|'/c calc'!A0", "<r>=1+1</r>", "http://evil.example"]
    assert [decoded(row[0]) for row in rows[5:-2]] == PAYLOADS
    assert rows[-2][0] == "x" * (32_767 - 6) + " [cut]"


def test_what_no_file_can_hold_is_replaced_or_cut_where_it_shows() -> None:
    emoji = "\U0001f600" * 20_000
    values = one_column(SheetColumn("T", "text", ["lone \ud800", emoji, "e" * 32_767]))
    assert values == ["lone \ufffd", "\U0001f600" * 16_380 + " [cut]", "e" * 32_767]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_any_text_comes_back(text: str) -> None:
    element = ElementTree.fromstring(f"<c{text_body(text)}")
    shown = "".join(element.itertext())
    assert element.get("t") == "inlineStr"
    assert decoded(shown) == text


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=30))
def test_any_money_comes_back(cents: list[int]) -> None:
    xml = part(written([Sheet("S", "T", (SheetColumn("M", "money", cents),))]), "xl/worksheets/sheet1.xml")
    assert [Decimal(text) * 100 for text in re.findall("<v>([^<]+)</v>", xml)] == cents


def test_lawful_names() -> None:
    assert lawful_names(["a/b", "A b", "'quoted'", ""]) == ["a b", "A b (2)", "quoted", "Sheet"]
    assert lawful_names(["History"]) == ["History (2)"]
    assert lawful_names(["x" * 40, "x" * 35, "\U0001f600" * 20]) == ["x" * 31, "x" * 27 + " (2)", "\U0001f600" * 15]
    assert lawful_names(["Fees [1]:*?\\", "\x00\ud800"]) == ["Fees 1", "Sheet"]


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_names_become_lawful(names: list[str]) -> None:
    lawful = lawful_names(names)
    assert len({name.casefold() for name in lawful}) == len(names)
    assert not [name for name in lawful if re.search(r"[\[\]:*?/\\]|^'|'$|^$", name)]
    assert all(len(name.encode("utf-16-le")) <= 62 for name in lawful)


def test_too_many_rows() -> None:
    column = SheetColumn("Cents", "money", np.zeros(ROW_LIMIT + 1, np.int64))
    with pytest.raises(MachineRefused, match="the sheet Ledger would have 1,048,001 rows.*1,048,000.*csv"):
        written([Sheet("Ledger", "T", (column,))])


def test_faults_in_a_sheet_are_found_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Sheet("S", "T", (SheetColumn("A", "text", ["x"]), SheetColumn("B", "text", [])))
    with pytest.raises(ValueError, match="unknown row styles"):
        Sheet("S", "T", (SheetColumn("A", "text", ["x"]),), row_styles=["blink"])
    with pytest.raises(ValueError, match="no total"):
        SheetColumn("A", "text", ["x"], total=True)


def test_widths() -> None:
    columns = (
        SheetColumn("N", "count", [1]),
        SheetColumn("Narrow header over money", "money", [10**12], total=True),
        SheetColumn("T", "text", ["W" * 200]),
        SheetColumn("T", "text", ["set"], width=33),
    )
    assert lay_out(Sheet("S", "T", columns)).widths == (8, 18, 60, 33)


def test_a_price_has_room_for_its_separators() -> None:
    """12,345,678.1234 takes 15 digits, less what points and commas are narrower, and the margin."""
    wide = SheetColumn("P", "price", ["12345678.12", "0.1234", None, "1/3", "-"])
    narrow = SheetColumn("P", "price", ["1.12", "0.1234"])
    assert lay_out(Sheet("S", "T", (wide, narrow))).widths == (17, 9)


def test_long_explanations_do_not_freeze_the_screen() -> None:
    sheet = Sheet("S", "T", (SheetColumn("A", "text", ["x"]),), freeze=1, paragraphs=("line",) * FROZEN_ROWS_MOST)
    assert opened(written([sheet])).active.freeze_panes == "B1"


def test_a_sheet_without_a_table() -> None:
    sheet = opened(written([Sheet("About", "What is this?", (), paragraphs=("One.", "Two."))])).active
    assert [cell.value for cell in sheet["A"]] == ["What is this?", "One.", "Two."]
