"""What readers count before they read, each limit from both sides; and corners of workbooks that people seldom make."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from built_records import HEADER, book, bytes_of, csv_of, line, parts_of, percent, sparse, with_xml, zipped

from feecalc.problems import MachineRefused, Problems
from feecalc.read import csv_tables, sizes
from feecalc.read.records import read_records
from feecalc.read.tables import joined, read_table, read_tables
from feecalc.records import TABLES


def codes(folder: Path, data: bytes | None = None, name: str = "closings.xlsx") -> list[str]:
    """The codes of what is said of records, notes last."""
    if data is not None:
        (folder / name).write_bytes(data)
    problems = Problems()
    found = read_records(folder, problems)
    return [each.code for each in (*problems, *found.notes)]


def archive(**parts: str) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    data = zipped({name.replace("__", "."): text.encode() for name, text in parts.items()})
    opened = zipfile.ZipFile(io.BytesIO(data))
    return opened, opened.infolist()


def test_a_workbook_within_its_limits(tmp_path: Path) -> None:
    parts = parts_of(bytes_of(book(line())))
    assert codes(tmp_path, zipped({**parts, "xl/media/image1.png": b"\x89PNG"})) == []


@pytest.mark.parametrize("count, code", [
    (sizes.Count(all=100, rows=sizes.ROWS_LIMIT, cells=10), ""),
    (sizes.Count(all=100, rows=sizes.ROWS_LIMIT + 1), "too-many-rows"),
    (sizes.Count(rows=1, cells=16_384), ""),
    (sizes.Count(rows=1, cells=16_385), "too-many-cells"),
    (sizes.Count(rows=1_000, cells=sizes.CELLS_LIMIT + 1), "too-many-cells"),
    (sizes.Count(all=sizes.SHEET_ELEMENTS_LIMIT + 7, rows=1, cells=1), ""),
    (sizes.Count(all=sizes.SHEET_ELEMENTS_LIMIT + 8, rows=1, cells=1), "workbook-too-large"),
])  # fmt: skip
def test_counts_of_a_sheet(count: sizes.Count, code: str) -> None:
    fault = sizes.fault_of_sheet(count)
    assert (fault[0] if fault else "") == code


def test_a_sheet_that_holds_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "ROWS_LIMIT", 2)
    assert codes(tmp_path, bytes_of(book(line(), line("B", investor="B")))) == ["too-many-rows"]


def test_counts_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    types = "<Types><Override PartName='/a.xml' ContentType='application/x.worksheet+xml'/><Override/></Types>"
    many = "<x>" * 50
    monkeypatch.setattr(sizes, "PARTS_ELEMENTS_LIMIT", 40)
    monkeypatch.setattr(sizes, "TEXTS_LIMIT", 5)
    assert sizes.fault_of_opened(*archive(**{"[content_types]__xml": types, "a__xml": many, "b__png": many})) is None
    for name, xml, code in (
        ("b__xml", many, "workbook-too-large"),
        ("_rels/a__rels", many, "workbook-too-large"),
        ("b__xml", "<si><t/></si>" * 5, ""),
        ("b__xml", "<si><t/></si>" * 6, "too-many-texts"),
    ):
        fault = sizes.fault_of_opened(*archive(**{"[content_types]__xml": types, name: xml}))
        assert (fault[0] if fault else "") == code


def test_a_part_that_is_read_by_its_name_cannot_be_declared_away(monkeypatch: pytest.MonkeyPatch) -> None:
    types = '<Types><Override PartName="/xl/styles.xml" ContentType="x.worksheet+xml"/></Types>'
    monkeypatch.setattr(sizes, "PARTS_ELEMENTS_LIMIT", 40)
    fault = sizes.fault_of_opened(*archive(**{"[content_types]__xml": types, "xl/styles__xml": "<xf/>" * 50}))
    assert fault is not None and "xl/styles.xml holds" in fault[1]


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    sparse(b"PK\x03\x04", 1 << 40, "closings.xlsx")(tmp_path)
    assert codes(tmp_path) == ["workbook-too-large"]


def test_as_many_columns_as_may_be(tmp_path: Path) -> None:
    """256 columns are read, those without a header behind them not counted; one more is refused."""
    known = "closing,date,investor,gross_proceeds"
    values = "A,2002-03-13,X,100.00"
    for more, found in ((252, []), (253, ["too-many-columns"])):
        header = known + "".join(f",c{n}" for n in range(more)) + ",,"
        assert codes(tmp_path, f"{header}\n{values}{',' * (more + 2)}\n".encode(), "closings.csv") == found


def test_lines_must_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_tables, "_LINE_BYTES", 1 << 20)
    monkeypatch.setattr(csv_tables, "_BUFFER", 1 << 16)
    rows = csv_of("A,2002-03-13,X,brighton,100.00")
    assert codes(tmp_path, rows + b"B,2002-03-13," + b"X" * (3 << 20), "closings.csv") == ["line-too-long"]


def test_a_date_in_iso_form_in_the_xml(tmp_path: Path) -> None:
    data = with_xml(r'<c r="B2"[^>]*><v>[0-9]+</v></c>', '<c r="B2" t="d"><v>2002-03-13</v></c>')
    assert codes(tmp_path, data) == []


def test_a_percentage_of_more_digits_than_excel_keeps(tmp_path: Path) -> None:
    rows = [line("A"), line("B", investor="B"), line("C", 1234567890123456.78, investor="C")]
    assert codes(tmp_path, bytes_of(book(*rows, change=percent))) == ["digits-lost"]


def test_a_part_that_is_declared_and_not_there(tmp_path: Path) -> None:
    parts = parts_of(bytes_of(book(line())))
    strings = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + strings + b'"/></Types>'
    parts.pop("xl/sharedStrings.xml", None)
    changed = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = changed if strings in changed else changed.replace(b"</Types>", types)
    assert codes(tmp_path, zipped(parts)) == ["workbook-damaged"]


def test_many_rows_of_a_workbook_come_in_blocks(tmp_path: Path) -> None:
    rows = [line(f"C{number}", number, investor=f"Investor {number}") for number in range(1, 451)]
    (tmp_path / "closings.xlsx").write_bytes(bytes_of(book(*rows)))
    problems = Problems()
    found = read_records(tmp_path, problems)
    assert not len(problems) and found.closings.gross.sum() == 100 * sum(range(451))


def test_hidden_rows_of_other_tables(tmp_path: Path) -> None:
    def hide(sheet: object) -> None:
        sheet.title, sheet.row_dimensions[2].hidden = "introductions", True  # type: ignore[attr-defined]

    header = ["investor", "agreement", "introduced_on"]
    made = book(["X", "brighton", line()[1]], header=header, change=hide)
    (tmp_path / "closings.csv").write_bytes(csv_of("A,2002-03-13,X,brighton,100.00"))
    assert codes(tmp_path, bytes_of(made), "introductions.xlsx") == ["hidden-rows"]


def test_a_closing_to_come_in_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "closings.csv").write_bytes(csv_of("A,2002-03-13,X,brighton,100.00"))
    (tmp_path / "next.xlsx").write_bytes(bytes_of(book(line("B"))))
    problems = Problems()
    more = read_table("closings", tmp_path / "next.xlsx", problems)
    first = read_tables(tmp_path, ("closings",), problems)[0]["closings"]
    assert more is not None and not len(problems)
    both = joined(first, more)
    assert [both.line(0), both.line(1)] == ["closings.csv:2", "next.xlsx:2"]
    assert str(both.place(1, "date")).endswith("next.xlsx: sheet closings, cell B2")


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(MachineRefused, match="Permission denied"):
        read_tables(tmp_path, tuple(TABLES), Problems())


def test_records_without_closings(tmp_path: Path) -> None:
    (tmp_path / "introductions.csv").write_text("investor,agreement,introduced_on\nX,brighton,2002-03-12\n")
    assert codes(tmp_path) == ["closings-missing"]


def test_a_rescission_takes_its_price_from_what_it_undoes(tmp_path: Path) -> None:
    (tmp_path / "closings.csv").write_text(
        "closing,date,investor,shares,price,introduced_by,reverses\nA,2002-03-13,X,100,2.00,brighton,\n"
        "A,2002-03-13,Y,10,3.00,brighton,\nB,2002-03-14,X,-40,,,A\n"
    )
    problems = Problems()
    found = read_records(tmp_path, problems)
    assert not len(problems) and found.closings.gross.tolist() == [20_000, 3_000, -8_000]


def test_many_faults_of_a_table_come_together(tmp_path: Path) -> None:
    """Thirty faults, no two of them alike, in two tables: thirty reports in one run."""
    header = [*HEADER, "shares", "price", "fee_rate", "signed_on", "reverses", "event", "exchange_rate"]
    words = {
        "gross_proceeds": ["1.050.000,00", "--5", "1e6", "#REF!", "#####", "NaN", "12,34", "1.234", "1_000", "1.23456"],
        "date": ["13/04/2002", "37328", "2002-02-30", "1824-01-01", "2002-03-13T10:00", "Monday"],
        "shares": ["1.5", "x", "05"],
        "price": ["1000000000", "0.12345678901"],
        "fee_rate": ["6.5", "101%"],
        "signed_on": ["March"],
        "exchange_rate": ["1,1"],
        "event": ["sail"],
        "closing": ["", "1E+05"],
        "investor": ["", "Ad\x07ler"],
    }
    rows = []
    for number, (column, word) in enumerate((column, word) for column, each in words.items() for word in each):
        cells = dict.fromkeys(header, "") | {"closing": f"C{number}", "date": "2002-03-13", "investor": "X"}
        cells |= {"introduced_by": "brighton", "gross_proceeds": "100.00", column: f'"{word}"'}
        rows.append(",".join(cells.values()))
    (tmp_path / "closings.csv").write_text("\n".join((",".join(header), *rows, "")), "utf-8")
    problems = Problems()
    read_records(tmp_path, problems)
    assert len(rows) == 30 and {problem.place.line for problem in problems} == set(range(2, 32))
    assert len({(problem.says, problem.place) for problem in problems}) == len(problems) == 30
    assert all(problem.remedy for problem in problems)


def test_a_rescission_of_two_prices_states_its_own(tmp_path: Path) -> None:
    (tmp_path / "closings.csv").write_text(
        "closing,date,investor,shares,price,introduced_by,reverses\nA,2002-03-13,X,100,2.00,brighton,\n"
        "A,2002-03-13,X,10,3.00,brighton,\nB,2002-03-14,X,-40,,,A\n"
    )
    assert codes(tmp_path) == ["proceeds-missing"]


def test_damage_that_costs_no_sheet_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise KeyError("xl/theme/theme1.xml")

    monkeypatch.setattr("openpyxl.reader.excel.ExcelReader.read_worksheets", missing)
    assert codes(tmp_path, bytes_of(book(line()))) == ["workbook-damaged"]
