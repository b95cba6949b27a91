"""Tables of CSV files and workbooks as columns of text: what comes out, what is refused, where and in which words."""

import csv
import datetime
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feecalc.problems import MachineRefused, Problem, Problems
from feecalc.read import archives, columns, sizes, xlsx_tables
from feecalc.read.columns import read_columns
from feecalc.read.faults import FORBIDDEN, Findings
from feecalc.read.headers import Sheet, letters
from feecalc.read.tables import InputFile, Table, normal, read_tables

KNOWN = ("closings", "introductions", "expenses", "balances", "invoices", "payments", "control_totals")

Rows = list[list[str]]
Cells = list[list[object]]


def read(path: Path) -> tuple[dict[str, Table], list[InputFile], list[Problem]]:
    problems = Problems()
    tables, inputs = read_tables(path, KNOWN, problems)
    return tables, inputs, list(problems)


def read_csv(folder: Path, data: str | bytes) -> tuple[Table | None, list[Problem]]:
    """The table of closings in a folder that holds nothing else."""
    (folder / "closings.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    tables, _, problems = read(folder)
    return tables.get("closings"), problems


def read_xlsx(folder: Path, rows: Cells) -> tuple[Table | None, list[Problem]]:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "closings"
    for row in rows:
        sheet.append(row)
    book.save(folder / "closings.xlsx")
    tables, _, problems = read(folder)
    return tables.get("closings"), problems


def words_of(table: Table | None) -> dict[str, list[str]]:
    assert table is not None
    for column in table.columns:
        assert column.codes.dtype == np.int32 and table.rows.dtype == np.int32
        assert len(set(column.words)) == len(column.words)
        assert set(column.codes.tolist()) == set(range(len(column.words)))
    return {column.header: [column.words[code] for code in column.codes] for column in table.columns}


def codes_of(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


HEADER = "closing,investor,proceeds\n"


# ---- what comes out of a CSV file ------------------------------------------------------------------------------------


def test_a_table_its_places_and_its_file(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, "Closing No.,gross_proceeds\n C1 ,1050000\nC2,\nC1,1050000\n")
    assert not problems and table
    assert words_of(table) == {"Closing No.": ["C1", "C2", "C1"], "gross_proceeds": ["1050000", "", "1050000"]}
    assert (table.name, table.short, table.sheet) == ("closings", "closings.csv", "")
    assert table.source == str(tmp_path / "closings.csv")
    assert table.line(1) == "closings.csv:3"
    assert str(table.place(1, "Gross Proceeds")) == f"{table.source}:3, column gross_proceeds"
    assert str(table.place(1)) == f"{table.source}:3"
    assert table.column("GROSS-PROCEEDS") is table.columns[1]
    assert table.column("net_proceeds") is None
    digest = hashlib.sha256((tmp_path / "closings.csv").read_bytes()).hexdigest()
    assert read(tmp_path)[1] == [InputFile("closings.csv", digest, 3, "closings")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("a,b\n1,é\n".encode(), id="UTF-8"),
        pytest.param("\ufeffa,b\r\n1,é\r\n".encode(), id="byte order mark, CRLF"),
        pytest.param("a\tb\r\n1\té\r\n".encode("utf-16"), id="Unicode text of Excel"),
        pytest.param("\ufeffa;b\n1;é".encode("utf-16-be"), id="UTF-16, the other order"),
        pytest.param("a;b\r1;é\r".encode(), id="semicolon, CR"),
        pytest.param("a|b\n1|é".encode(), id="bar"),
        pytest.param("sep=;\na;b\n1;é\n".encode(), id="declared delimiter"),
        pytest.param('"a";"b"\n"1";"é"\n'.encode(), id="all quoted"),
        pytest.param("a,b,\n1,é,\n".encode(), id="trailing comma everywhere"),
        pytest.param("a,b\n1,é,,\n".encode(), id="empty trailing cells"),
        pytest.param("a,b,,\n1,é\n".encode(), id="headers that are missing from the rows"),
        pytest.param("\n,\na,b\n\n , \n1,é\n,\n\n".encode(), id="blank rows"),
        pytest.param("a,b\n1,é\n\x1a".encode(), id="Ctrl-Z"),
        pytest.param("a,b\n1,é\n\x1a\x1a\x1a\r\n".encode(), id="several Ctrl-Z"),
        pytest.param("\u00a0a\u00a0, b\n1\u00a0,\u202fé\n".encode(), id="white space"),
    ],
)
def test_forms_of_the_same_csv_file(tmp_path: Path, data: bytes) -> None:
    table, problems = read_csv(tmp_path, data)
    assert not problems
    assert words_of(table) == {"a": ["1"], "b": ["é"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_row_numbers_are_those_of_the_file(tmp_path: Path, end: str) -> None:
    lines = ["sep=,", "", '"a', 'b",c', "1,x", "", ",", '"2', "", 'z",y', "3,z"]
    table, problems = read_csv(tmp_path, end.join(lines) + end)
    assert not problems and table
    assert table.rows.tolist() == [5, 8, 11]
    assert words_of(table) == {"a b": ["1", f"2{end}{end}z", "3"], "c": ["x", "y", "z"]}


def test_row_numbers_hold_over_many_blocks(tmp_path: Path) -> None:
    rows = [f'{n},"x\ny"' if n % 7 == 0 else f"{n},z" for n in range(1000)]
    table, problems = read_csv(tmp_path, "a,b\n" + "\n".join(rows))
    assert not problems and table
    assert table.rows.tolist() == [n + 2 + (n + 6) // 7 for n in range(1000)]


@pytest.mark.parametrize("rows", [1, 2, 198, 199, 200, 201, 399, 400])
@pytest.mark.parametrize("last", ["1,2", '1,"x\ny"'])
@pytest.mark.parametrize("end", ["\x1a", "\x1a\n"])
def test_ctrl_z_after_the_last_line_is_no_row(tmp_path: Path, rows: int, last: str, end: str) -> None:
    """Wherever the end of the file falls in a block of rows."""
    table, problems = read_csv(tmp_path, "a,b\n" + "1,2\n" * (rows - 1) + f"{last}\n{end}")
    assert not problems and table
    assert table.rows.tolist() == list(range(2, rows + 2))
    assert words_of(table)["a"] == ["1"] * rows


@pytest.mark.parametrize("rows", [1, 197, 198, 199, 200, 398, 399])
def test_ctrl_z_between_rows_is_a_row(tmp_path: Path, rows: int) -> None:
    """Wherever it falls in a block of rows."""
    table, problems = read_csv(tmp_path, "a,b\n" + "1,2\n" * rows + "\x1a\n3,4\n")
    assert [(problem.code, problem.place.line) for problem in problems] == [("too-few-values", rows + 2)]
    assert table and len(table.rows) == rows + 1


def test_ctrl_z_beside_rows_that_do_not_fit(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, 'a,b\n1,"x\ny"\n2\n\x1a\n3,4,5\n6,7,\n\x1a')
    assert [(problem.code, problem.place.line) for problem in problems] == [
        ("too-few-values", 4),
        ("too-few-values", 5),
        ("too-many-values", 6),
    ]
    assert table and table.rows.tolist() == [2, 7]


def test_very_long_digits_are_text(tmp_path: Path) -> None:
    digits = "9" * 5_000
    table, problems = read_csv(tmp_path, f"a,{'b' * 400}\n{digits},x\n1,{'y' * 400}\n")
    assert not problems
    assert words_of(table) == {"a": [digits, "1"], "b" * 400: ["x", "y" * 400]}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-5", "@x", "=cmd|'/c calc'!A0"])
def test_the_apostrophe_before_formulas_is_taken_off(tmp_path: Path, text: str) -> None:
    table, problems = read_csv(tmp_path, f"a,b\n'{text},'plain\n")
    assert not problems
    assert words_of(table) == {"a": [text], "b": ["'plain"]}


def test_words_that_become_one_by_cleaning_have_one_code(tmp_path: Path) -> None:
    table, _ = read_csv(tmp_path, "a\nx\n x\nx \n'=x\n=x\n")
    assert table and words_of(table) == {"a": ["x", "x", "x", "=x", "=x"]}
    assert table.columns[0].words == ["x", "=x"]


def test_empty_columns_without_a_header_are_dropped(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, "a,,b\n1,,2\n")
    assert not problems
    assert words_of(table) == {"a": ["1"], "b": ["2"]}


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, HEADER)
    assert not problems
    assert words_of(table) == {"closing": [], "investor": [], "proceeds": []}


@pytest.mark.parametrize(
    "word", ["NA", "null", "None", "007", "1E5", "1_000", "TRUE", "#", "# 5", "summit", "Sum of all"]
)
def test_no_word_is_taken_for_something_else(tmp_path: Path, word: str) -> None:
    table, problems = read_csv(tmp_path, f"a,b\n{word},x\n")
    assert not problems
    assert words_of(table)["a"] == [word]


def test_names_are_matched_without_case_spaces_hyphens_and_underscores() -> None:
    assert normal(" Gross\u00a0Proceeds\n") == normal("gross_proceeds") == normal("GROSS-PROCEEDS") == "grossproceeds"
    assert [letters(position) for position in (1, 26, 27, 256, 703)] == ["A", "Z", "AA", "IV", "AAA"]


# ---- what is refused in a CSV file -----------------------------------------------------------------------------------

REFUSED = {
    "Windows-1252": (b"a,b\n1,Soci\xe9t\xe9\n", "not-utf-8", ":2", ["byte 7 of line 2 is 0xE9", "UTF-8"]),
    "UTF-16 without a mark": ("closing,investor\nC1,Acme\n".encode("utf-16-le"), "not-utf-8", "", ["looks like UTF-16 without a byte order mark", "CSV UTF-8"]),
    "UTF-16 without a mark, the other order": ("closing,investor\nC1,Acme\n".encode("utf-16-be"), "not-utf-8", "", ["looks like UTF-16 without a byte order mark", "CSV UTF-8"]),
    "UTF-32 without a mark": ("closing,investor\nC1,Acme\n".encode("utf-32-le"), "not-utf-8", "", ["looks like UTF-32 without a byte order mark", "CSV UTF-8"]),
    "UTF-32 without a mark, the other order": ("closing,investor\nC1,Acme\n".encode("utf-32-be"), "not-utf-8", "", ["looks like UTF-32 without a byte order mark", "CSV UTF-8"]),
    "UTF-32": ("closing,investor\nC1,Acme\n".encode("utf-32"), "not-utf-8", "", ["the file is UTF-32 text", "CSV UTF-8"]),
    "very little UTF-16": ("a,b\n".encode("utf-16-be"), "not-utf-8", "", ["looks like UTF-16"]),
    "digits as header": ("9" * 5_000 + ",b\n1,2\n", "header-missing", ":1", ['99…"']),
    "half a UTF-16 character": ("a,b\n1,x".encode("utf-16") + b"x", "not-utf-16", ":2", ["UTF-16"]),
    "NUL": ("a,b\n1,x\0y\n", "nul-byte", ":2, column b", ["U+0000"]),
    "control character": ("a,b\n1,x\n2,x\x07\n", "control-character", ":3, column b", ["U+0007", "x<U+0007>"]),
    "control at the edge": ("a,b\n1,\x1f\n", "control-character", ":2, column b", ["U+001F"]),
    "direction": ("a,b\n1,x\u202ey\n", "bidirectional-control", ":2, column b", ["RIGHT-TO-LEFT OVERRIDE"]),
    "second byte order mark": ("\ufeff\ufeffa,b\n1,2\n", "control-character", ":1", ["U+FEFF"]),
    "open quote": ('a,b\n1,x\n2,"Acme\n3,y\n', "quote-not-closed", ":3", ['2,"Acme']),
    "open quote closed by the next": ('a,b\n2,"Acme\n3,"y"\n4,z\n', "quote-not-closed", ":2", ['2,"Acme']),
    "text after a quote": ('a,b\n1,"Acme" LLC\n', "text-after-quote", ":2", ['"Acme" LLC']),
    "money without quotes": ("a,b,c\n1,2,3\n1,2,1,234.56\n", "too-many-values", ":3", ["4 values", "has 3", "1, 234"]),
    "too few values": ("a,b,c\n1,2\n", "too-few-values", ":2", ["2 values", "has 3", '"1, 2"']),
    "header twice": ("Amt,b, amt\n1,2,3\n", "header-repeated", ":1, column amt", ["columns A and C", '"amt"']),
    "no name over words": ("a,,c\n1,,3\n4,Acme,6\n", "header-empty", ":1", ["column B", '"Acme"']),
    "no header": ("C1,2002-03-11,Acme,1050000\nC2,2002-03-11,Beta,5\n", "header-missing", ":1", ['"2002-03-11"']),
    "title": ("Closings 2002\n\na,b\n1,2\n", "title-above-header", ":1", ['"Closings 2002"', "Row 3"]),
    "empty file": ("", "table-empty", "", ["not even a header"]),
    "blank rows only": ("\n,,\n", "table-empty", "", ["not even a header"]),
    "workbook": (b"PK\x03\x04....", "not-a-csv-file", "", ["Excel workbook", "ZIP"]),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-a-csv-file", "", [".xls"]),
    "PDF": (b"%PDF-1.7", "not-a-csv-file", "", ["PDF"]),
    "web page": (b"<html><table>", "not-a-csv-file", "", ["web page"]),
    "columns": (",".join(f"c{n}" for n in range(257)), "too-many-columns", ":1", ["257 columns", "256"]),
    "long cell": ("a,b\n1," + "x" * 32_768, "cell-too-long", ":2, column b", ["32,768", "32,767"]),
    "very long cell": ("a,b\n1," + "x" * 140_000, "cell-too-long", ":2", ["xxx"]),
    "narrow column": ("a,b\n1,#####\n", "column-too-narrow", ":2, column b", ["#####", "narrow"]),
    "error": ("a,b\n1,#REF!\n", "excel-error", ":2, column b", ["#REF!"]),
    "other error": ("a,b\n1, #n/a \n", "excel-error", ":2, column b", ["#n/a"]),
    "totals": ("a,b,c,d\n1,2,3,4\n,Total:,,4\n", "totals-row", ":3, column b", ['"Total:"', "Delete the row"]),
    "grand total": ("a,b,c,d\n1,2,3,4\nGRAND TOTAL,,,4\n", "totals-row", ":3, column a", ['"GRAND TOTAL"']),
    "two delimiters": ("a,b;c\n1,2;3\n", "delimiter-unclear", "", ["comma and semicolon", "a,b;c"]),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code", "place", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_in_csv(tmp_path: Path, data: str | bytes, code: str, place: str, words: list[str]) -> None:
    _, problems = read_csv(tmp_path, data)
    assert codes_of(problems) == [code]
    assert str(problems[0].place) == str(tmp_path / "closings.csv") + place
    for word in words:
        assert word in str(problems[0])


def test_rows_that_are_reported_are_left_out_and_reading_goes_on(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, 'a,b,c,d\n1,2,3\n1,2,3,4\n"x"y,2,3,4\nTotal,,,4\n5,6,7,#N/A\n')
    assert codes_of(problems) == ["too-few-values", "text-after-quote", "totals-row", "excel-error"]
    assert table and table.rows.tolist() == [3, 6]
    assert words_of(table)["a"] == ["1", "5"]


@pytest.mark.parametrize(
    ("cell", "code", "left"),
    [
        ("#REF!", "excel-error", ""),
        (" #n/a ", "excel-error", ""),
        ("#FIELD!", "excel-error", ""),
        ("#####", "column-too-narrow", ""),
        ("9" * 40_000, "cell-too-long", ""),
        ("1,0\x0750", "control-character", "1,050"),
        ("\u202e1050 ", "bidirectional-control", "1050"),
    ],
)
def test_what_is_reported_gives_no_cause_for_further_complaints(
    tmp_path: Path, cell: str, code: str, left: str
) -> None:
    table, problems = read_csv(tmp_path, f'a,b\n1,2\n3,"{cell}"\n')
    assert codes_of(problems) == [code]
    assert words_of(table) == {"a": ["1", "3"], "b": ["2", left]}


def test_a_line_whose_investor_is_called_total_is_no_totals_row(tmp_path: Path) -> None:
    table, problems = read_csv(tmp_path, "a,b,c,d\nC1,Total,,\n7,Total,3,\n")
    assert not problems
    assert words_of(table)["b"] == ["Total", "Total"]


def test_twenty_of_a_kind_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    _, problems = read_csv(tmp_path, "a,b\n" + "1\n" * 50 + "1,#REF!\n" * 30)
    assert codes_of(problems).count("too-few-values") == 21
    assert codes_of(problems).count("excel-error") == 21
    more = [problem for problem in problems if "more like" in problem.says]
    assert [(problem.place.line, problem.says.split(" more")[0]) for problem in more] == [
        (22, "and 30"),
        (72, "and 10"),
    ]


def test_a_file_that_cannot_be_read_is_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "closings.csv").write_text(HEADER)
    monkeypatch.setattr("feecalc.read.csv_tables.io.FileIO", refuse)
    with pytest.raises(MachineRefused, match=r"closings\.csv cannot be read: Permission denied"):
        read(tmp_path)


# ---- long columns ----------------------------------------------------------------------------------------------------


def differing(rows: int) -> Iterator[tuple[range, Rows]]:
    """Blocks in which nearly every cell of the first column differs, and few of the second."""
    yield range(1, 2), [["a", "b"]]
    for start in range(0, rows, 200):
        numbers = range(start, min(start + 200, rows))
        yield numbers, [[str(n - n % 10 if n % 10 == 3 else n), str(n % 5)] for n in numbers]


@pytest.mark.parametrize("same_hash", [False, True])
def test_columns_of_differing_cells_are_coded_the_same(monkeypatch: pytest.MonkeyPatch, same_hash: bool) -> None:
    if same_hash:
        monkeypatch.setattr(columns, "hash", lambda text: len(text), raising=False)
    rows, (first, second) = read_columns(differing(40_000), Sheet("x"), Findings(Problems()), guarded=True)
    cells = [row for _, block in differing(40_000) for row in block][1:]
    assert rows.tolist() == list(range(40_000))
    assert first.words == list(dict.fromkeys(row[0] for row in cells))
    assert second.words == ["0", "1", "2", "3", "4"]
    assert [first.words[code] for code in first.codes] == [row[0] for row in cells]


def test_a_separator_among_differing_cells_is_told(tmp_path: Path) -> None:
    rows = [f"{n},x" for n in range(30_000)]
    rows[20_000] = "2\x000,x"
    table, problems = read_csv(tmp_path, "a,b\n" + "\n".join(rows))
    assert codes_of(problems) == ["nul-byte"]
    assert problems[0].place.line == 20_002
    assert table and len(words_of(table)["a"]) == 30_000


# ---- round trips -----------------------------------------------------------------------------------------------------

CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"), max_size=8
)
HARMLESS = CELL.map(lambda text: FORBIDDEN.sub("", text).strip()).filter(
    lambda text: (
        not text.startswith(("#", "'")) and "_x" not in text and text.rstrip(": ").casefold() not in columns._TOTALS
    )
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(HARMLESS, min_size=width, max_size=width), max_size=8)
)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def expected(rows: Rows) -> dict[str, list[str]]:
    kept = [row for row in rows if any(row)]
    return {f"column {number}": [row[number] for row in kept] for number in range(len(rows[0]) if rows else 1)}


@QUIET
@given(
    TABLES, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"])
)
def test_any_table_of_text_comes_back_from_csv(
    tmp_path: Path, rows: Rows, delimiter: str, encoding: str, end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(expected(rows))
    writer.writerows(rows)
    table, problems = read_csv(tmp_path, text.getvalue().encode(encoding))
    assert not problems, [str(problem) for problem in problems]
    assert words_of(table) == expected(rows)


@settings(QUIET, max_examples=30)
@given(TABLES)
def test_any_table_of_text_is_the_same_from_csv_and_xlsx(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "x"
    path.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(path / "closings.xlsx", {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("closings")
    for line, row in enumerate([list(expected(rows)), *rows]):
        for position, cell in enumerate(row):
            sheet.write_string(line, position, cell)
    book.close()
    tables, _, problems = read(path)
    assert not problems, [str(problem) for problem in problems]
    from_xlsx = {
        header: [cell.replace("\r", "\n") for cell in cells] for header, cells in words_of(tables["closings"]).items()
    }
    assert from_xlsx == {
        header: [cell.replace("\r", "\n") for cell in cells] for header, cells in expected(rows).items()
    }


VALID = ('closing,investor,proceeds\nC1,"Acme, Inc.",1050000\n\nC2,"Bé\nta",5\n,,\n' * 2).encode()


@QUIET
@given(
    st.integers(0, len(VALID) - 1),
    st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"\n", b"\r", b",", b"\0", b"#"])),
)
def test_changed_bytes_of_a_csv_file_never_raise(tmp_path: Path, index: int, data: bytes) -> None:
    table, problems = read_csv(tmp_path, VALID[:index] + data + VALID[index + 1 :])
    assert table or problems
    if table:
        words_of(table)


# ---- what comes out of a workbook ------------------------------------------------------------------------------------


def test_a_workbook_of_several_tables(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("Closings", "Control Totals", "Notes"):
        sheet = book.create_sheet(name)
        sheet.append([])
        sheet.append(["Date", "Gross  Proceeds"])
        sheet.append([])
        sheet.append([datetime.date(2002, 3, 11), 1050000])
    book.save(tmp_path / "records.xlsx")
    tables, inputs, problems = read(tmp_path / "records.xlsx")
    assert not problems
    assert list(tables) == ["closings", "control_totals"]
    table = tables["control_totals"]
    assert words_of(table) == {"Date": ["2002-03-11"], "Gross Proceeds": ["1050000"]}
    assert (table.short, table.sheet, table.line(0)) == (
        "records.xlsx:control_totals",
        "Control Totals",
        "records.xlsx:control_totals:4",
    )
    assert str(table.place(0, "gross_proceeds")) == f"{tmp_path / 'records.xlsx'}: sheet Control Totals, cell B4"
    assert str(table.place(0)) == f"{tmp_path / 'records.xlsx'}: sheet Control Totals, row 4"
    assert [(file.name, file.rows) for file in inputs] == [("records.xlsx", 2)]
    assert inputs[0].sha256 == hashlib.sha256((tmp_path / "records.xlsx").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1050000, "1050000"),
        (1050000.0, "1050000"),
        (1050000.1, "1050000.1"),
        (0.30000000000000004, "0.3"),
        (3.7499999999999999e-2, "0.0375"),
        (0.00001, "0.00001"),
        (1.5e-7, "0.00000015"),
        (-0.0, "0"),
        (-12.5, "-12.5"),
        (1050000.0000001, "1050000.0000001"),
        (9999999999999.99 / 10, "999999999999.999"),
        (999_999_999_999_999, "999999999999999"),
        (1e13, "10000000000000"),
        (datetime.date(2002, 3, 11), "2002-03-11"),
        (datetime.datetime(2002, 3, 11), "2002-03-11"),
        (datetime.datetime(2002, 3, 11, 10, 30), "2002-03-11T10:30:00"),
        ("  Acme ", "Acme"),
        ("007", "007"),
        ("'=1", "'=1"),
        ("a_x000D_\nb", "a\r\nb"),
        (None, ""),
    ],
)  # fmt: skip
def test_cells_become_exact_text(tmp_path: Path, value: object, text: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b"])
    sheet.append([value, "x"])
    book.save(tmp_path / "closings.xlsx")
    tables, _, problems = read(tmp_path)
    assert not problems
    assert words_of(tables["closings"]) == {"a": [text], "b": ["x"]}


def test_stored_results_of_formulas_count_and_empty_ones_are_empty(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a", "b", "c"], [1, 2, 3]])
    results = {
        b"<v>1</v>": b"<f>1+1</f><v>2</v>",
        b'<c r="B2" t="n"><v>2</v>': b'<c r="B2" t="str"><f>IF(A2=2,"","x")</f><v></v>',
        b'<c r="C2" t="n"><v>3</v>': b'<c r="C2" t="str"><f>"A"</f><v xml:space="preserve">A_x005F_x000D_</v>',
    }
    for old, new in results.items():
        rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(old, new)})
    tables, _, problems = read(tmp_path)
    assert not problems
    assert words_of(tables["closings"]) == {"a": ["2"], "b": [""], "c": ["A_x000D_"]}


def test_a_wrong_dimension_leaves_nothing_out(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a", "b"], [1, 2], [3, 4]])
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(b'ref="A1:B3"', b'ref="A1"')})
    tables, _, problems = read(tmp_path)
    assert not problems
    assert words_of(tables["closings"]) == {"a": ["1", "3"], "b": ["2", "4"]}


def test_rows_may_be_shorter_or_wider_than_others_by_empty_cells(tmp_path: Path) -> None:
    table, problems = read_xlsx(tmp_path, [[" "], ["a", "b", "c"], [1], ["x", None, None, " "], [None, None, 5]])
    assert not problems
    assert words_of(table) == {"a": ["1", "x", ""], "b": ["", "", ""], "c": ["", "", "5"]}


def test_a_file_for_one_table_takes_the_sheet_of_its_name_or_the_only_one_in_sight(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a"])
    book.create_sheet("hidden").sheet_state = "hidden"
    book.save(tmp_path / "payments.xlsx")
    book.create_sheet("Closings").append(["b"])
    book.save(tmp_path / "closings.xlsx")
    tables, inputs, problems = read(tmp_path)
    assert not problems
    assert {name: (table.short, table.sheet) for name, table in tables.items()} == {
        "closings": ("closings.xlsx", "Closings"),
        "payments": ("payments.xlsx", "Sheet"),
    }
    assert [file.name for file in inputs] == ["closings.xlsx", "payments.xlsx"]


# ---- what is refused in a workbook -----------------------------------------------------------------------------------


def rewrite(path: Path, changes: dict[str, Callable[[bytes], bytes]]) -> None:
    """Change parts of a workbook, each named by its end."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            change = next((change for end, change in changes.items() if name.endswith(end)), None)
            archive.writestr(name, change(data) if change else data)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (True, "boolean-cell", ["TRUE"]),
        (datetime.time(10, 30), "time-cell", ["10:30"]),
        (datetime.timedelta(hours=30), "time-cell", ["1 day, 6:00:00"]),
        (10**15, "digits-lost", ["1000000000000000", "15"]),
        (1.2345678901234567e19, "digits-lost", ["123456789012345"]),
        (12345678901234.5, "digits-lost", ["12345678901234.5"]),
        ("=1+1", "formula-without-result", ["save", "Excel"]),
        ("#REF!", "excel-error", ["#REF!"]),
        ("#DIV/0!", "excel-error", ["#DIV/0!"]),
        ("#####", "column-too-narrow", ["#####"]),
        ("a_x0007_", "control-character", ["U+0007"]),
        ("x\u202ey", "bidirectional-control", ["U+202E"]),
    ],
)
def test_refused_cells(tmp_path: Path, value: object, code: str, words: list[str]) -> None:
    table, problems = read_xlsx(tmp_path, [["a", "b"], [1, 2], [3, value]])
    assert codes_of(problems) == [code]
    left = FORBIDDEN.sub("", value.replace("_x0007_", "")) if code.endswith("-control") or "-char" in code else ""
    assert words_of(table) == {"a": ["1", "3"], "b": ["2", left]}
    assert str(problems[0].place) == f"{tmp_path / 'closings.xlsx'}: sheet closings, cell B3"
    for word in words:
        assert word in str(problems[0])


FORMATS = {
    "per cent": (0.5, "0.00%", "percent-cell", ["shows 50.00%,", "holds 0.5:", '"0.00%"', "as a number"]),
    "per cent of the list": (0.125, "0%", "percent-cell", ["shows 13%,", "holds 0.125:"]),
    "per cent when negative": (5, "0;-0%", "percent-cell", ["holds 5:"]),
    "per cent as text": (6.5, '0.0"%"', "percent-cell", ["shows 6.5%,", "holds 6.5:"]),
    "thousands": (1050000, "#,##0,", "scaled-cell", ["shows 1,050,", "holds 1050000:", '"#,##0,"', "as a number"]),
    "millions": (1050000, '0.00,,"M"', "scaled-cell", ["shows 1.05 M,", "holds 1050000:"]),
    "thousands with decimals": (1050000, "#,##0,.0", "scaled-cell", ["shows 1,050.0,"]),
    "thousands from a thousand": (1050000, "[>=1000]#,##0,;0", "scaled-cell", ["shows 1,050,"]),
    "thousands in accounting": (1050000, "_(* #,##0,_);_(* (#,##0,);_(@_)", "scaled-cell", ["shows 1,050,"]),
    "literal zeros": (5, '0",000"', "scaled-cell", ["holds 5:"]),
    "million in words": (5.5, '0.0 "million"', "scaled-cell", ["shows 5.5 million,", "holds 5.5:"]),
    "euro": (5, "[$€-2] #,##0.00", "currency-format", ["holds 5,", '"€"', "without a mark", "column `currency`"]),
    "pound": (5, '"£"#,##0.00', "currency-format", ['"£"']),
    "yen": (5, "¥#,##0", "currency-format", ['"¥"']),
    "code": (5, "[$CHF-807] #,##0.00", "currency-format", ['"CHF"']),
    "code as text": (5, '#,##0.00" EUR"', "currency-format", ['"EUR"']),
    "crowns": (5, '#,##0.00\\ "kr"', "currency-format", ['"kr"']),
    "crowns, escaped": (5, "#,##0.00\\ \\k\\r", "currency-format", ['"kr"']),
    "another dollar": (5, '"C$"#,##0', "currency-format", ['"C$"']),
}  # fmt: skip


@pytest.mark.parametrize(("value", "number_format", "code", "words"), FORMATS.values(), ids=FORMATS.keys())
def test_formats_that_show_something_else_than_the_cell_holds(
    tmp_path: Path, value: float, number_format: str, code: str, words: list[str]
) -> None:
    table, problems = read_formatted(tmp_path, value, number_format)
    assert codes_of(problems) == [code]
    assert str(problems[0].place) == f"{tmp_path / 'closings.xlsx'}: sheet closings, cell B2"
    for word in words:
        assert word in str(problems[0])
    assert words_of(table) == {"a": ["1"], "b": [""]}


def read_formatted(folder: Path, value: object, number_format: str) -> tuple[Table | None, list[Problem]]:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "closings"
    sheet.append(["a", "b"])
    sheet.append([1, value])
    sheet["B2"].number_format = sheet["B3"].number_format = sheet["B1"].number_format = number_format
    book.save(folder / "closings.xlsx")
    tables, _, problems = read(folder)
    return tables.get("closings"), problems


@pytest.mark.parametrize(
    "number_format",
    [
        *("General", "0", "0.00", "#,##0.00", "#,##0_);[Red](#,##0)", "# ?/?", "##0.0E+0", "#,##0.00?????_)"),
        *('_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "[$$-409]#,##0.00", "[$-409]0", '"US$" 0'),
        *('#,##0.00" USD"', "[$USD] 0", '#,##0;-#,##0;"0%"', '#,##0" shares"', "000-00-0000", '0;-0;0;"€"@', "\\", '"'),
        '#,##0.00_);(#,##0.00);"-"??_);@_)',
    ],
)
def test_formats_that_show_the_number(tmp_path: Path, number_format: str) -> None:
    table, problems = read_formatted(tmp_path, 5.25, number_format)
    assert not problems
    assert words_of(table) == {"a": ["1"], "b": ["5.25"]}


@pytest.mark.parametrize(("value", "text"), [("Acme", "Acme"), (None, ""), (datetime.date(2002, 3, 11), "2002-03-11")])
def test_formats_of_cells_without_a_number_do_not_count(tmp_path: Path, value: object, text: str) -> None:
    number_format = "[$-409]d mmm, yyyy;@" if isinstance(value, datetime.date) else "0.00%"
    table, problems = read_formatted(tmp_path, value, number_format)
    assert not problems
    assert words_of(table) == {"a": ["1"], "b": [text]}


@given(st.text(alphabet='#0?.,%;"\\[$€-]_* EKmrUSD@', max_size=12))
@settings(deadline=None)
def test_any_format_is_known_or_left_alone(text: str) -> None:
    telling = archives.format_of(text)
    for number in ("0", "-999999999999999", "0.00000000000001"):
        assert telling is None or all(telling.fault(number))


def test_a_date_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a"], [datetime.date(2002, 3, 11)]])
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(b"<v>37326</v>", b"<v>3000000</v>")})
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["excel-error"]
    assert problems[0].place.cell == "A2"


@pytest.mark.parametrize(
    ("old", "new", "code", "cell", "words"),
    [
        (b"</row></sheetData>", b"<c r='B3'><v>9</v></c></row></sheetData>", "cell-twice", "B3", ["B3"]),
        (b"</sheetData>", b"<row r='2'><c r='A2'><v>9</v></c></row></sheetData>", "row-twice", "", ["row 2", "row 3"]),
        (b"</sheetData>", b"</sheetData><mergeCell ref='A2:B3'/>", "merged-cells", "A2", ["A2:B3"]),
        (b"</row></sheetData>", b"<c r='IW3'><v>9</v></c></row></sheetData>", "too-many-columns", "IW3", ["256"]),
        (b"</row></sheetData>", b"<c r='XFD3'><v>9</v></c></row></sheetData>", "too-many-columns", "XFD3", ["XFD3"]),
        (b"</sheetData>", b"<row r='1048577'><c><v>9</v></c></row></sheetData>", "too-many-rows", "", ["1,048,576"]),
        (b"<v>4</v>", b"<f>2*2</f>", "formula-without-result", "B3", ["formula"]),
        (b"<v>4</v>", b"<f>2*2</f><v></v>", "formula-without-result", "B3", ["formula"]),
        (b"<v>4</v>", b"<f>2*2</f><v/>", "formula-without-result", "B3", ["formula"]),
        (b'"B3" t="n"', b'"B9" t="n"', "cell-damaged", "B3", ["the cell B9 stands in the file in row 3"]),
        (b"<v>4</v>", b"<v>4</v><v>5</v>", "cell-damaged", "B3", ["the cell B3 holds two values"]),
        (b"<v>4</v>", b"<v>4</v><is><t>5</t></is>", "cell-damaged", "B3", ["the cell B3 holds two values"]),
        (b"<v>4</v>", b"<v>1_000</v>", "cell-damaged", "B3", ['the cell B3 holds "1_000"']),
        (b"<v>4</v>", b"<v>1<!---->_0</v>", "cell-damaged", "B3", ['"1_0"']),
        (b"<v>4</v>", "<v>1\u0664</v>".encode(), "cell-damaged", "B3", ['"1\u0664"']),
        (b"<v>4</v>", b"<v>1&#x664;</v>", "cell-damaged", "B3", ['"1\u0664"']),
        (b'"B3" t="n"', b'"B3" t="inlineStr"', "cell-damaged", "B3", ["not of its kind"]),
        (b"<v>4</v>", b"<is><t>4</t></is>", "cell-damaged", "B3", ["not of its kind"]),
    ],
)  # fmt: skip
def test_refused_xml(tmp_path: Path, old: bytes, new: bytes, code: str, cell: str, words: list[str]) -> None:
    read_xlsx(tmp_path, [["a", "b"], [1, 2], [3, 4]])
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(old, new)})
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == [code]
    assert (problems[0].place.sheet, problems[0].place.cell) == ("closings", cell)
    for word in words:
        assert word in str(problems[0])


def test_odd_characters_outside_of_numbers_are_no_damage(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "closings.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("closings")
    sheet.write_row(0, 0, ["gross_proceeds", "b"])
    sheet.write_row(1, 0, [1.5e-7, "R&D <ä_1>"])
    sheet.write_formula(2, 1, '="x_y"', None, "x_y&")
    book.close()
    tables, _, problems = read(tmp_path)
    assert not problems
    assert words_of(tables["closings"]) == {"gross_proceeds": ["0.00000015", ""], "b": ["R&D <ä_1>", "x_y&"]}


def test_the_number_of_a_text_is_not_counted_from_the_end(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "closings.xlsx")
    book.add_worksheet("closings").write_column(0, 0, ["a", "Acme", "Beta"])
    book.close()
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(b"<v>1</v>", b"<v>-1</v>")})
    _, _, problems = read(tmp_path)
    assert [(problem.code, problem.place.cell) for problem in problems] == [("cell-damaged", "A2")]
    assert '"-1"' in problems[0].says


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5_000, "9" * 400 + ".5", "1E+400"])
def test_very_long_numbers_are_refused(tmp_path: Path, digits: str) -> None:
    read_xlsx(tmp_path, [["a"], [4]])
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(b"<v>4<", b"<v>%s<" % digits.encode())})
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["workbook-damaged" if len(digits) > 4300 else "digits-lost"]
    assert len(str(problems[0])) < 400


def test_odd_values_are_found_wherever_the_xml_is_cut() -> None:
    class Slowly:
        def __init__(self, data: bytes, size: int) -> None:
            self.data, self.size = io.BytesIO(data), size

        def read(self, _: int) -> bytes:
            return self.data.read(self.size)

    xml = b'<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><v>1_0</v></c><c r="C1" t="s"><v>-1</v></c></row>'
    for size in range(50, len(xml) + 1):  # no less than a tag
        pieces = list(sizes.pieces(Slowly(xml, size)))  # type: ignore[arg-type]
        assert b"".join(pieces) == xml
        assert sum(piece.count(b"<v>") for piece in pieces) == 3
        assert not all(map(xlsx_tables._is_plain, pieces)), size


def test_far_cells_without_a_value_are_no_columns(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a", "b"], [1, 2]])
    change = {"sheet1.xml": lambda xml: xml.replace(b"</row></sheetData>", b"<c r='XFD2'/></row></sheetData>")}
    rewrite(tmp_path / "closings.xlsx", change)
    tables, _, problems = read(tmp_path)
    assert not problems
    assert words_of(tables["closings"]) == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    ("rows", "code", "cell", "words"),
    [
        ([["a", "b"], [1, 2, "note"]], "too-many-values", "C2", ["3 values", "has 2", "note"]),
        ([["a", "A"], [1, 2]], "header-repeated", "B1", ["columns A and B"]),
        ([["a", None, "c"], [1, 2, 3]], "header-empty", "B1", ["column B", '"2"']),
        ([["Closings 2002"], ["a", "b"], [1, 2]], "title-above-header", "", ['"Closings 2002"', "Row 2"]),
        ([["C1", datetime.date(2002, 3, 11)], ["C2", None]], "header-missing", "", ['"2002-03-11"']),
        ([["a", "b", "c", "d"], [1, 2, 3, 4], [None, "Sum", None, 4]], "totals-row", "B3", ['"Sum"']),
        ([], "table-empty", "", ["not even a header"]),
    ],
)
def test_refused_rows(tmp_path: Path, rows: Cells, code: str, cell: str, words: list[str]) -> None:
    _, problems = read_xlsx(tmp_path, rows)
    assert codes_of(problems) == [code]
    assert (problems[0].place.sheet, problems[0].place.cell) == ("closings", cell)
    for word in words:
        assert word in str(problems[0])


def archive(*parts: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (("[Content_Types].xml", b"<Types/>"), *parts):
            file.writestr(name, content)
    return data.getvalue()


ENCRYPTED = archive(("xl/workbook.xml", b"<workbook/>")).replace(
    b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
)

REFUSED_FILES = {
    "nothing": (b"", "file-empty", ["empty"]),
    "password": (archives._OLE + "EncryptedPackage".encode("utf-16-le"), "password-protected", ["password"]),
    "encrypted parts": (ENCRYPTED, "password-protected", ["encrypted"]),
    "old workbook": (archives._OLE + b"Workbook", "old-workbook", [".xls"]),
    "text": (b"a,b\n1,2\n", "not-a-workbook", [".csv"]),
    "cut off": (archive(("xl/workbook.xml", b"x" * 99))[:-30], "workbook-damaged", ["damaged"]),
    "other archive": (archive().replace(b"[Content_Types]", b"[Content-Types]"), "not-a-workbook", ["another kind"]),
    "binary workbook": (archive(("xl/workbook.bin", b"")), "not-a-workbook", ["another kind"]),
    "no workbook": (archive(("xl/other.xml", b"<a/>")), "workbook-damaged", ["damaged"]),
    "too many parts": (archive(*((f"x{n}", b"") for n in range(2000))), "workbook-too-large", ["2,001 parts", "2,000"]),
    "bomb": (archive(("xl/bomb.bin", b"0" * 3_000_000)), "workbook-too-large", ["unpacks to 3,000,008", "100 times"]),
    "path outside": (archive(("../x.xml", b"<a/>")), "workbook-unsafe", ["../x.xml"]),
    "absolute path": (archive(("/x.xml", b"<a/>")), "workbook-unsafe", ["/x.xml"]),
    "drive": (archive(("C:x.xml", b"<a/>")), "workbook-unsafe", ["C:x.xml"]),
    "part twice": (archive(("xl/A.xml", b"<a/>"), ("xl/a.xml", b"<a/>")), "workbook-unsafe", ["xl/a.xml", "twice"]),
    "doctype": (archive(("xl/a.xml", b"<?xml version='1.0'?><!DOCTYPE a><a/>")), "workbook-unsafe", ["DOCTYPE"]),
    "doctype in UTF-16": (archive(("a.rels", "<!DOCTYPE a><a/>".encode("utf-16"))), "workbook-unsafe", ["DOCTYPE"]),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code", "words"), REFUSED_FILES.values(), ids=REFUSED_FILES.keys())
def test_refused_files(tmp_path: Path, data: bytes, code: str, words: list[str]) -> None:
    (tmp_path / "closings.xlsx").write_bytes(data)
    tables, inputs, problems = read(tmp_path)
    assert not tables and not inputs
    assert codes_of(problems) == [code]
    assert str(problems[0].place) == str(tmp_path / "closings.xlsx")
    for word in words:
        assert word in str(problems[0])
    assert codes_of(read(tmp_path / "closings.xlsx")[2]) == [code]


def test_large_workbooks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BYTES_LIMIT", 5_000)
    _, problems = read_xlsx(tmp_path, [["a"]])
    assert codes_of(problems) == ["workbook-too-large"]
    assert "the limit is 5,000" in problems[0].says


def test_strict_open_xml_is_named(tmp_path: Path) -> None:
    def strict(xml: bytes) -> bytes:
        xml = xml.replace(
            b"schemas.openxmlformats.org/spreadsheetml/2006/main", b"purl.oclc.org/ooxml/spreadsheetml/main"
        )
        return xml.replace(b"schemas.openxmlformats.org/officeDocument/2006", b"purl.oclc.org/ooxml/officeDocument")

    read_xlsx(tmp_path, [["a"], [1]])
    rewrite(tmp_path / "closings.xlsx", {".xml": strict, ".rels": strict})
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["strict-open-xml"]
    assert "Strict Open XML" in problems[0].says


def test_a_workbook_without_sheets(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a"], [1]])
    change = {"workbook.xml": lambda xml: re.sub(b"<sheet .*?/>", b"", xml)}
    rewrite(tmp_path / "closings.xlsx", change)
    assert codes_of(read(tmp_path)[2]) == ["no-sheets"]


def drop(path: Path, part: str) -> None:
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist() if not name.endswith(part)}
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)


def two_sheets(path: Path) -> Path:
    book = openpyxl.Workbook()
    for title in ("closings", "Introductions"):
        book.create_sheet(title).append(["a"])
    del book["Sheet"]
    book.save(path)
    return path


LOST = {
    "part": ("none", b"", b""),
    "target": ("workbook.xml.rels", b"/worksheets/sheet2.xml", b"/worksheets/sheet3.xml"),
    "relationship": ("workbook.xml", b'r:id="rId2"', b'r:id="rId99"'),
    "id": ("workbook.xml", b'r:id="rId2"', b""),
    "same part": ("workbook.xml.rels", b"/worksheets/sheet2.xml", b"/worksheets/sheet1.xml"),
    "same name": ("workbook.xml", b'"closings"', b'"Introductions"'),
}  # fmt: skip


@pytest.mark.parametrize(("part", "old", "new"), LOST.values(), ids=LOST.keys())
def test_a_sheet_that_is_listed_and_not_there_is_named(tmp_path: Path, part: str, old: bytes, new: bytes) -> None:
    path = two_sheets(tmp_path / "records.xlsx")
    if old:
        assert old in zipfile.ZipFile(path).read(f"xl/{'_rels/' if '.rels' in part else ''}{part}")
        rewrite(path, {part: lambda data: data.replace(old, new)})
    else:
        drop(path, "worksheets/sheet2.xml")
    tables, _, problems = read(path)
    assert not tables
    assert codes_of(problems) == ["sheet-missing"]
    assert str(problems[0].place) == str(path)
    assert re.search('lists the sheet "(Introductions|closings)", but the file does not hold it', problems[0].says)
    assert "Introductions" in problems[0].says or old.endswith(b"sheet2.xml")


def test_all_sheets_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "records.xlsx")
    drop(path, ".xml.rels")
    assert codes_of(read(path)[2]) == ["workbook-damaged"]
    path = two_sheets(tmp_path / "records.xlsx")
    drop(path, "sheet1.xml")
    drop(path, "sheet2.xml")
    _, _, problems = read(path)
    assert codes_of(problems) == ["sheet-missing"]
    assert '"closings" and "Introductions"' in problems[0].says


def test_chart_sheets_are_no_missing_sheets(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "closings.xlsx")
    book.add_worksheet("closings").write_row(0, 0, ["a", "b"])
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=closings!$A$1:$B$1"})
    book.add_chartsheet("Chart").set_chart(chart)
    book.close()
    tables, _, problems = read(tmp_path)
    assert not problems and list(tables) == ["closings"]


def test_damage_inside_a_sheet_is_one_problem(tmp_path: Path) -> None:
    read_xlsx(tmp_path, [["a"], [1]])
    rewrite(tmp_path / "closings.xlsx", {"sheet1.xml": lambda xml: xml.replace(b"</sheetData>", b"")})
    tables, _, problems = read(tmp_path)
    assert not tables
    assert codes_of(problems) == ["workbook-damaged"]


def test_without_defusedxml_no_workbook_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    with pytest.raises(MachineRefused, match="defusedxml"):
        read_xlsx(tmp_path, [["a"]])


def test_a_workbook_that_cannot_be_read_is_the_machine(tmp_path: Path) -> None:
    with pytest.raises(MachineRefused, match=r"x\.xlsx cannot be read"):
        xlsx_tables.open_workbook(tmp_path, "x.xlsx", Problems())


def workbook() -> bytes:
    data = io.BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append([1.5, "x"])
    book.save(data)
    return data.getvalue()


WORKBOOK = workbook()


@settings(QUIET, max_examples=60)
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(max_size=2))
def test_changed_bytes_of_a_workbook_never_raise(tmp_path: Path, index: int, data: bytes) -> None:
    (tmp_path / "closings.xlsx").write_bytes(WORKBOOK[:index] + data + WORKBOOK[index + 1 :])
    tables, _, problems = read(tmp_path)
    assert tables or problems


# ---- folders and names -----------------------------------------------------------------------------------------------


def test_tables_come_in_the_order_in_which_they_are_known(tmp_path: Path) -> None:
    for name in (
        "payments.csv",
        "Control-Totals.CSV",
        "closings.csv",
        "notes.csv",
        "readme.txt",
        "~$closings.xlsx",
        ".x.csv",
    ):
        (tmp_path / name).write_text("a,b\n1,2\n")
    tables, inputs, problems = read(tmp_path)
    assert not problems
    assert list(tables) == ["closings", "payments", "control_totals"]
    assert [file.name for file in inputs] == ["closings.csv", "payments.csv", "Control-Totals.CSV"]


@pytest.mark.parametrize(
    ("names", "code", "place", "words"),
    [
        (["closings.csv", "closings.xlsx"], "table-twice", "closings.xlsx", ["closings.csv", "closings.xlsx"]),
        (["closings.csv", "Closings.csv"], "table-twice", "closings.csv", ["Closings.csv"]),
        (["closing.csv"], "table-misspelt", "closing.csv", ["closing.csv", 'Did you mean "closings"?']),
        (["closings.csv", "paymnets.csv"], "table-misspelt", "paymnets.csv", ['"paymnets"', '"payments"']),
        (["closings.csv", "payments.xls"], "kind-not-read", "payments.xls", ["payments.csv", "payments.xlsx"]),
        (["closings.ods"], "kind-not-read", "closings.ods", ["closings.csv"]),
        (["notes.csv"], "no-tables", "", ["no table of records", "closings.csv"]),
        (["records/closings.csv"], "no-tables", "", ["no table of records", "records instead"]),
    ],
)
def test_refused_folders(tmp_path: Path, names: list[str], code: str, place: str, words: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a,b\n1,2\n")
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == [code]
    assert str(problems[0].place) == str(tmp_path / place)
    for word in words:
        assert word in str(problems[0])


def test_a_name_that_is_near_a_table_that_is_there_is_left_alone(tmp_path: Path) -> None:
    for name in ("closings.csv", "closing.csv", "closings.xls", "closings.txt", "closings.pdf", "CLOSINGS.ods"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    assert not read(tmp_path)[2]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "README.md",
            "readme closings.md",
            "notes on closings.txt",
            "prepayments.csv",
            "Balance sheet.xlsx",
            "fees.csv",
        ),
        *(
            "closings.pdf",
            "closings memo.docx",
            "~$closings (2).xlsx",
            "closings.csv.sha256",
            "expected/closings 2.csv",
        ),
        *("closings 2/x.csv", "closings.csv~", "ledger.xlsx", "accounts.xls"),
    ],
)
def test_unrelated_files_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    for file in ("closings.csv", name):
        (tmp_path / file).write_text("a,b\n1,2\n")
    tables, _, problems = read(tmp_path)
    assert not problems and list(tables) == ["closings"]


COPIES = [
    "closings - copy.csv",
    "closings (2).xlsx",
    "Copy of Closings.csv",
    "closings-old.csv",
    "ClosingsOld.csv",
    "2002 closings.xls",
    "closings.csv.txt",
    "closings.csv.bak",
    "closings_old.tsv",
]


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("is_there", [True, False])
def test_files_with_the_name_of_a_table_in_theirs_are_reported(tmp_path: Path, name: str, is_there: bool) -> None:
    """Beside the table as well: the rows of a copy may be meant to count."""
    for file in ("payments.csv", name, *(["closings.csv"] if is_there else [])):
        (tmp_path / file).write_text("a,b\n1,2\n")
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["table-copy" if is_there else "table-misspelt"]
    assert str(problems[0].place) == str(tmp_path / name)
    assert f"{name} is not read" in problems[0].says
    if is_there:
        assert "the table closings is read from closings.csv" in problems[0].says
        assert "take closings out of its name" in problems[0].remedy
    else:
        ending = "" if name.endswith((".csv", ".xlsx")) else ".csv"
        assert f'Did you mean "closings{ending}"?' in problems[0].remedy


def test_of_two_word_names_both_words_count(tmp_path: Path) -> None:
    for name in (
        "closings.csv",
        "ControlTotals 2.csv",
        "control-totals (old).csv",
        "controltotals_2.csv",
        "control.csv",
    ):
        (tmp_path / name).write_text("a,b\n1,2\n")
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["table-misspelt"] * 3
    assert all('"control_totals"' in problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("titles", "code", "sheet", "words"),
    [
        (["closings", "Closings (2)"], "table-copy", "Closings (2)", ["read from the sheet closings"]),
        (["closings", "introductions"], "sheet-not-read", "introductions", ["closings.xlsx", "introductions.xlsx"]),
        (["Data", "Old payments"], "sheet-unclear", "", ["Data, Old payments"]),
        (["payments"], "sheet-unclear", "", ["there are payments"]),
    ],
)
def test_sheets_beside_the_one_of_a_file_for_one_table(
    tmp_path: Path, titles: list[str], code: str, sheet: str, words: list[str]
) -> None:
    book = openpyxl.Workbook()
    for title in titles:
        book.create_sheet(title).append(["a"])
    del book["Sheet"]
    book.save(tmp_path / "closings.xlsx")
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == [code]
    assert (problems[0].place.source, problems[0].place.sheet) == (str(tmp_path / "closings.xlsx"), sheet)
    for word in words:
        assert word in str(problems[0])


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("none", "records-missing", ["no such file or folder"]),
        ("none.xlsx", "records-missing", ["no such file or folder"]),
        ("closings.csv", "records-unknown", ["neither a folder nor an Excel workbook"]),
    ],
)
def test_refused_paths(tmp_path: Path, name: str, code: str, words: list[str]) -> None:
    (tmp_path / "closings.csv").write_text("a\n")
    tables, inputs, problems = read(tmp_path / name)
    assert (tables, inputs) == ({}, [])
    assert codes_of(problems) == [code]
    assert str(problems[0].place) == str(tmp_path / name)
    for word in words:
        assert word in str(problems[0])


@pytest.mark.parametrize(
    ("titles", "code", "sheet", "words"),
    [
        (["Notes", "Data"], "no-tables", "", ["Notes, Data"]),
        (["Closings (2)"], "table-misspelt", "Closings (2)", ['"Closings (2)"', 'Did you mean "closings"?']),
        (
            ["closings", "Closings (2)"],
            "table-copy",
            "Closings (2)",
            ["Closings (2) is not read", "read from closings"],
        ),
        (["closings", "Opening balances"], "table-misspelt", "Opening balances", ['Did you mean "balances"?']),
        (["Closing"], "table-misspelt", "Closing", ['"Closing"', 'Did you mean "closings"?']),
        (["Control Totals", "control_totals"], "table-twice", "control_totals", ["Control Totals"]),
    ],
)
def test_refused_sheets(tmp_path: Path, titles: list[str], code: str, sheet: str, words: list[str]) -> None:
    book = openpyxl.Workbook()
    for title in titles:
        book.create_sheet(title).append(["a"])
    del book["Sheet"]
    book.save(tmp_path / "records.xlsx")
    _, _, problems = read(tmp_path / "records.xlsx")
    assert codes_of(problems) == [code]
    assert problems[0].place.sheet == sheet
    for word in words:
        assert word in str(problems[0])


def test_of_several_sheets_none_is_guessed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Other")
    book.save(tmp_path / "closings.xlsx")
    _, _, problems = read(tmp_path)
    assert codes_of(problems) == ["sheet-unclear"]
    assert "Sheet, Other" in problems[0].says
