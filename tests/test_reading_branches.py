"""Branches of the readers that hardly any file takes: texts of one hash, files that vanish, odd ends of lines."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from built_records import with_xml
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from test_plain_csv import HEADER, both_ways, is_plain

from feecalc.problems import MachineRefused, Problems
from feecalc.read import coding, csv_tables, plain_csv, steady, tables, workbook_cells, workbook_parts, workbook_values
from feecalc.read.agreements import read_agreements
from feecalc.read.csv_tables import CsvFile
from feecalc.read.documents import parse_document
from feecalc.read.faults import Findings
from feecalc.read.numerals import Numerals
from feecalc.read.records import read_records
from feecalc.records import InputSheet


def test_two_texts_of_one_hash_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ["ab", "cd", "ab", "x"]
    monkeypatch.setattr(coding, "hash", len, raising=False)
    codes, words = coding.coded_by_hash(cells)
    assert [words[code] for code in codes] == cells and sorted(words) == ["ab", "cd", "x"]


def test_two_words_that_mix_to_one_number_are_two() -> None:
    """16 characters each: the second half makes up for what the first half gives."""

    def mixed(key: int) -> int:
        return (key ^ key >> 29) * 0x9E3779B97F4A7C15 % 2**64

    first = np.array([1, 2, 1], dtype=np.uint64)
    second = np.array([0, (mixed(1) - mixed(2)) % 2**64, 0], dtype=np.uint64)
    assert plain_csv._first_alike([first, second]).tolist() == [0, 1, 0]


def test_a_file_that_has_gone_is_named(tmp_path: Path) -> None:
    file = CsvFile(tmp_path / "closings.csv", "closings.csv", Findings(Problems()))
    for read in (file.plain, lambda: list(file.blocks())):
        with pytest.raises(MachineRefused, match="closings.csv cannot be read: No such file"):
            read()


def test_numerals_are_words_by_their_places() -> None:
    keys = [np.frombuffer(text.encode().ljust(8, b"\0"), dtype=np.uint64)[0] for text in ("12.50", "7", "100")]
    words = Numerals.of([np.array(keys, dtype=np.uint64)], np.array([5, 1, 3]))
    assert words is not None and words[0] == "12.50" and words[1:] == ["7", "100"] and "7" in words


@pytest.mark.parametrize(
    "data",
    [
        b"closing,d\xffate,investor,gross_proceeds\nA,2002-03-01,Ann,1.00\n",
        b'closing,"date"x,investor,gross_proceeds\nA,2002-03-01,Ann,1.00\n',
        HEADER.replace(b"\n", b"\r\n") + b"A,2002-03-01,A\rnn,1.00\nB,2002-03-01,Ann,1.00\r\n",
        HEADER.replace(b"\n", b"\r\n") + b"A,2002-03-01,A\rnn,1.00\n",
    ],
)
def test_what_is_not_plain_is_read_row_by_row(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not both_ways(tmp_path, data, monkeypatch) and not is_plain(tmp_path / "closings.csv")


# ---- tables ----


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "closings.csv"
    path.write_bytes(HEADER + b"A,2002-03-01,Ann,1.00\n")
    states = iter(((1, 1), (1, 2)))
    monkeypatch.setattr(steady, "_state", lambda _: next(states))
    with pytest.raises(MachineRefused, match="was changed while it was being read"):
        list(CsvFile(path, "closings.csv", Findings(Problems())).blocks())


def test_whole_numbers_of_large_files_are_those_of_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "closing,date,investor,gross_proceeds,shares\n"
    (tmp_path / "closings.csv").write_text(text + "A,2002-03-01,Ann,1.00,25\nB,2002-03-02,Ben,300.00,7\n", "utf-8")
    for large in (1 << 40, 1):
        monkeypatch.setattr(csv_tables, "LARGE", large)
        closings = read_records(tmp_path, Problems()).closings
        assert closings.gross.tolist() == [100, 300_00] and closings.shares.tolist() == [25, 7]


def test_closings_without_proceeds_or_anything_like_them(tmp_path: Path) -> None:
    (tmp_path / "closings.csv").write_text("closing,date,investor\nA,2002-03-01,Ann\n", "utf-8")
    problems = Problems()
    read_records(tmp_path, problems)
    (problem,) = [each for each in problems if "proceeds" in each.remedy]
    assert problem.remedy == "State what each line brought: gross_proceeds, or shares and price."


def test_of_a_long_sheet_no_rows_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [([2, 3], [["a"], ["b"]]), ([4], [["c"]])]
    for most, kept in ((5, 3), (1, 0)):
        monkeypatch.setattr(tables, "KEPT_ROWS", most)
        keeper = tables._Keeper(blocks)
        assert [starts for starts, _ in keeper.blocks()] == [[2, 3], [4]]
        assert sum(len(sheet.rows) for sheet in keeper.kept("closings", "closings", "closings", ())) == kept


def test_what_was_noted_of_a_kept_sheet_is_noted_again() -> None:
    rows = ((1, ("closing", "date", "investor", "gross_proceeds")), (2, ("A", "2002-03-01", "Ann", "1.00")))
    marks = ((2, "note", "hidden-row B2 it is hidden"), (2, "note", "hidden-row - also here"), (2, "note", "cut"))
    problems = Problems()
    found = tables.table_of(InputSheet("closings", "closings", "book.xlsx", rows, marks), "book.xlsx", problems)
    assert found is not None and [(note.place.cell, note.says) for note in problems.notes] == [
        ("B2", "it is hidden"),
        ("", "also here"),
    ]


# ---- workbooks as they stand ----


def sheet(xml: str) -> list[tuple[int, dict[int, workbook_cells.Cell]]]:
    return list(workbook_cells.Rows([], workbook_cells.Oddities()).read(io.BytesIO(xml.encode())))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="x"><v>1</v></c></row>',
    ],
)
def test_a_sheet_whose_cells_contradict_their_places_is_damaged(rows: str) -> None:
    with pytest.raises(ValueError):
        list(
            workbook_cells.Rows([], workbook_cells.Oddities()).read(
                io.BytesIO(f"<sheetData>{rows}</sheetData>".encode())
            )
        )


def test_cells_without_an_address_follow_one_another() -> None:
    xml = '<sheetData>\n<row><c><v>1</v></c><c t="inlineStr"><is><t>two</t></is></c></row></sheetData>'
    ((row, cells),) = sheet(xml)
    assert (row, {place: cell.value for place, cell in cells.items()}) == (1, {1: "1", 2: "two"})


def test_what_of_a_sheet_is_no_cell_is_counted() -> None:
    """Rows of no height, and what is written above a text to help with reading it."""
    xml = (
        '<worksheet><sheetFormatPr zeroHeight="1"/><sheetData><row r="1" hidden="1"><c t="inlineStr"><is><t>a</t>'
        "<rPh><t>x</t></rPh></is></c></row></sheetData></worksheet>"
    )
    odd = workbook_cells.Oddities()
    ((_, cells),) = workbook_cells.Rows([], odd).read(io.BytesIO(xml.encode()))
    assert (odd.elements, odd.hidden_rows, cells[1].value) == ({"zeroHeight": 1}, [1], "a")


def test_shared_texts_leave_out_what_helps_to_read_them() -> None:
    xml = b"<sst>\n<si><t>ab</t><rPh><t>x</t></rPh><phoneticPr/></si><si><r><t>c</t></r><r><t>d</t></r></si></sst>"
    assert workbook_cells.Texts().read(xml) == ["ab", "cd"]


def test_what_stands_between_the_parts_of_a_workbook_is_nothing(tmp_path: Path) -> None:
    """Line ends in its XML, no properties; and a file that is not there is named."""
    made, spaced = tmp_path / "made.xlsx", tmp_path / "spaced.xlsx"
    book = Workbook()
    book.defined_names["name"] = DefinedName("name", attr_text="Sheet!$A$1")
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(spaced, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b"<definedName ", b"\n<definedName "))
    assert workbook_parts.open_plain(spaced, Problems()).names == {"name": "Sheet!$A$1"}
    assert workbook_parts._properties(b"") == {}
    assert workbook_parts._properties(b"<core>\n<title>T</title>\n</core>")["title"] == "T"
    with pytest.raises(MachineRefused, match="No such file"):
        workbook_parts.open_plain(tmp_path / "none.xlsx", Problems())


# ---- agreements ----


def test_a_mapping_where_a_word_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("feecalc: 1\ntitle: {a: b, c: d}\n", "utf-8")
    problems = Problems()
    read_agreements([tmp_path / "a.yaml"], problems)
    assert "a mapping with `a`, `c` stands here" in [each.says for each in problems]


def test_an_amount_cut_at_two_commas_is_one_fault() -> None:
    problems = Problems()
    parse_document("limit: {amount: 1,000,000.00, over: agreement}\n", "a.yaml", problems)
    (problem,) = problems
    assert "1,000,000.00" in f"{problem.says} {problem.remedy}"


def test_a_cell_without_a_value_is_empty_text() -> None:
    assert workbook_values.exact(None) == ""


def test_a_workbook_with_a_style_that_is_not_there_is_refused_without_a_word_where_ledgers_are_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    named = with_xml('name="Normal" xfId="0"', 'name="Normal" xfId="7"', part="xl/styles.xml")
    (tmp_path / "closings.xlsx").write_bytes(named)
    problems = Problems()
    read_records(tmp_path, problems)
    assert [each.code for each in problems] == ["workbook-damaged"]
    assert capfd.readouterr() == ("", "")
