"""Sheets become CSV that cannot run and tables that fit a terminal."""

from __future__ import annotations

import csv
import datetime
import io
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feecalc.write.sheets import Kind, Sheet, SheetColumn
from feecalc.write.text import shown, terminal_table, write_csv


def csv_of(*columns: SheetColumn) -> str:
    stream = io.StringIO(newline="")
    write_csv(Sheet("S", "T", columns), stream)
    return stream.getvalue()


def csv_cells(kind: Kind, values: Any) -> list[str]:
    """What a reader finds in a column, after the header."""
    rows = csv.reader(
        io.StringIO(csv_of(SheetColumn("a", "text", ["x"] * len(values)), SheetColumn("b", kind, values)), newline="")
    )
    return [row[1] for row in rows][1:]


def test_every_kind() -> None:
    text = csv_of(
        SheetColumn("Agent", "text", ["Harborline, LLC", 'the "finder"', None]),
        SheetColumn("Fee", "money", np.array([6_300_000, -1234, 5], np.int64), total=True),
        SheetColumn("Lines", "count", np.array([1, 0, -7], np.int64)),
        SheetColumn("Price", "price", ["2.7500", None, "-0.1"]),
        SheetColumn("Due", "date", [datetime.date(2024, 1, 5), None, datetime.date(1899, 12, 31)]),
    )
    assert text == (
        "Agent,Fee,Lines,Price,Due\n"
        '"Harborline, LLC",63000.00,1,2.7500,2024-01-05\n'
        '"the ""finder""",-12.34,0,,\n'
        ",0.05,-7,-0.1,1899-12-31\n"
    )


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r", "\n", "'="])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(lead: str) -> None:
    assert csv_cells("text", [lead + "1+1"]) == ["'" + lead + "1+1"]


def test_numbers_never_get_an_apostrophe() -> None:
    assert csv_cells("money", [-5, None, -(10**20)]) == ["-0.05", "", "-1000000000000000000.00"]
    assert csv_cells("count", [-5, None]) == ["-5", ""]
    assert csv_cells("price", ["-2.5", "=1+1", None]) == ["-2.5", "'=1+1", ""]


def test_headers_are_guarded_too() -> None:
    assert csv_of(SheetColumn("=1+1,", "count", [])) == '"\'=1+1,"\n'


def test_an_absent_value_alone_is_not_a_blank_line() -> None:
    assert csv_of(SheetColumn("A", "text", [None, "x"])) == 'A\n""\nx\n'


def test_rows_beyond_one_block() -> None:
    count = 20_000
    assert csv_cells("count", range(count)) == [str(number) for number in range(count)]


def test_lone_surrogates_can_be_encoded() -> None:
    assert csv_cells("text", ["lone \ud800"]) == ["lone \ufffd"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), min_size=1, max_size=10))
def test_any_text_comes_back(texts: list[str]) -> None:
    cells = csv_cells("text", texts)
    assert [re.sub("\\A'('*[=+\\-@\t\r\n])", r"\1", cell) for cell in cells] == texts
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n")]


def test_terminal_table() -> None:
    columns = (
        SheetColumn("Agent", "text", ["Harborline", None]),
        SheetColumn("Closed", "date", [datetime.date(2024, 1, 5), None]),
        SheetColumn("Lines", "count", [1200, 3], total=True),
        SheetColumn("Fee", "money", np.array([123_456_789, -5], np.int64), total=True),
        SheetColumn("Price", "price", ["2.75", None]),
    )
    assert (
        terminal_table(columns)
        == """\
Agent           Closed  Lines           Fee  Price
----------  ----------  -----  ------------  -----
Harborline  2024-01-05  1,200  1,234,567.89   2.75
                            3         -0.05
----------  ----------  -----  ------------  -----
Total                   1,203  1,234,567.84"""
    )


def test_long_text_is_wrapped_to_the_width() -> None:
    columns = (
        SheetColumn("Reason", "text", ["the investor was introduced before the term of the agreement began"]),
        SheetColumn("Source", "text", ["closings.csv, row 12"]),
        SheetColumn("Gross proceeds", "money", [25_000_000_00]),
    )
    for width in (80, 60, 40):
        assert max(map(len, terminal_table(columns, width).split("\n"))) <= width
    assert (
        terminal_table(columns, 40)
        == """\
Reason      Source                 Gross
                                proceeds
----------  -------------  -------------
the         closings.csv,  25,000,000.00
investor    row 12
was
introduced
before the
term of
the
agreement
began"""
    )


def test_a_table_that_cannot_fit_keeps_its_numbers_whole() -> None:
    table = terminal_table((SheetColumn("M", "money", [10**12]), SheetColumn("N", "money", [10**12])), 20)
    assert table.split("\n")[2] == "10,000,000,000.00  10,000,000,000.00"


def test_an_empty_table() -> None:
    assert terminal_table((SheetColumn("Agent", "text", []), SheetColumn("Fee", "money", [], total=True))) == (
        "Agent  Fee\n-----  ---"
    )
    assert terminal_table(()) == ""


def test_wide_letters_stay_in_their_column() -> None:
    lines = terminal_table((SheetColumn("A", "text", ["株式会社", "abc"]), SheetColumn("N", "count", [1, 2]))).split(
        "\n"
    )
    assert lines[2:] == ["株式会社  1", "abc       2"]
    narrow = terminal_table((SheetColumn("A", "text", ["株式会社" * 10]),), 20).split("\n")
    assert all(len(line) <= 10 for line in narrow[2:])


def test_shown() -> None:
    assert shown("Núñez & Cía.") == "Núñez & Cía."
    assert shown("\x1b[2J\x07\r\n\u202egnp\u200b\ud800\x9b") == ("\\x1b[2J\\x07\\r\\n\\u202egnp\\u200b\\ud800\\x9b")


@given(st.text())
def test_whatever_is_shown_can_be_printed(text: str) -> None:
    assert shown(text).isprintable()
    assert terminal_table((SheetColumn("A", "text", [text]),)).replace("\n", "").isprintable()
