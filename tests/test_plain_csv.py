"""Large plain CSV files are read in columns; whatever else a file holds, that must show nowhere."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feecalc import money
from feecalc.problems import Problems
from feecalc.read import csv_tables
from feecalc.read.csv_tables import CsvFile
from feecalc.read.faults import Findings
from feecalc.read.numerals import Numerals
from feecalc.read.tables import read_table, read_tables
from feecalc.read.values import plain_integers
from feecalc.records import TABLES

HEADER = b"closing,date,investor,gross_proceeds\n"


def outcome(folder: Path) -> tuple[Any, ...]:
    """All that comes of reading the folder: the rows, columns, hashes and problems."""
    problems = Problems()
    tables, inputs = read_tables(folder, ("closings",), problems)
    columns = [
        (column.header, column.position, column.codes.dtype, column.codes.tolist(), list(column.words))
        for table in tables.values()
        for column in table.columns
    ]
    rows = [(table.rows.dtype, table.rows.tolist()) for table in tables.values()]
    return rows, columns, [(each.name, each.sha256, each.rows) for each in inputs], list(problems)


def is_plain(path: Path) -> bool:
    return CsvFile(path, str(path), Findings(Problems())).plain() is not None


def both_ways(folder: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Read a file row by row and in columns if it is plain, compare, and say whether it is."""
    path = folder / "closings.csv"
    path.write_bytes(data)
    monkeypatch.setattr(csv_tables, "LARGE", 1 << 40)
    by_rows = outcome(folder)
    monkeypatch.setattr(csv_tables, "LARGE", 1)
    assert outcome(folder) == by_rows
    return bool(data) and is_plain(path)


cells = st.one_of(
    st.sampled_from(
        ["", "0", "0.45", "1.00", "12.5", "007", "123456789012345.67", "Ann", " Ben ", "'=x", "Total", "#REF!"]
    ),
    st.text('ab0.,"\n\r é\u20ac\x1a\x00-', max_size=9),
    st.text("0123456789.", max_size=18),
    st.text("é€😀x", min_size=6, max_size=12),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cells, min_size=4, max_size=4), max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    tail=st.sampled_from([b"", b"\n", b"a,b\n", b"\x1a", b"\xff,1,2,3\n", b'"a"b,1,2,3\n', b"a,b,c,d"]),
    head=st.sampled_from([b"", b"\xef\xbb\xbf", b"sep=,\n", b"\n", b"a title\n"]),
)
def test_files_read_alike(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[list[str]],
    end: str,
    quoted: bool,
    tail: bytes,
    head: bytes,
) -> None:
    def written(cell: str) -> str:
        needs = quoted or any(mark in cell for mark in ',"\n\r')
        return '"' + cell.replace('"', '""') + '"' if needs else cell

    lines = [HEADER.decode().strip(), *(",".join(map(written, row)) for row in rows)]
    data = head + (end.join(lines) + end).encode() + tail
    both_ways(tmp_path_factory.mktemp("plain"), data, monkeypatch)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text('a1,"\n\r é;', max_size=40))
def test_text_of_any_kind_reads_alike(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    both_ways(tmp_path_factory.mktemp("plain"), HEADER + text.encode(), monkeypatch)


@pytest.mark.parametrize(
    ("rows", "plain"),
    [
        (b"A,2020-01-02,Ann,1.00\n", True),
        (b"A,2020-01-02,Ann,1.00", True),
        (b'A,2020-01-02,"Ann, Inc.",1.00\n', True),
        ("A,2020-01-02,Zoë,1.00\n".encode(), True),
        (b"A,2020-01-02,,1.00\n", True),
        (b'A,2020-01-02,"Ann ""A"" Inc.",1.00\n', False),
        (b'A,2020-01-02,"Ann\nInc.",1.00\n', False),
        (b"A,2020-01-02,Ann,1.00\r\n", False),
        (b"A,2020-01-02,Ann\n", False),
        (b"A,2020-01-02,Ann,1.00\n\n", False),
        (b"A,2020-01-02,Ann,1.00,\n", False),
        (b"A,2020-01-02,Z\xeb,1.00\n", False),
        (b"A,2020-01-02,A\0,1.00\n", False),
        (b"A,2020-01-02," + b"A" * 257 + b",1.00\n", False),
    ],
)
def test_what_is_plain(rows: bytes, plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert both_ways(tmp_path, HEADER + rows, monkeypatch) is plain


def test_a_large_file_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    names = ["Ann", '"Ben, LLC"', "Zoë", "a name of more than eight letters", ""]
    lines = [
        f"C{rng.randrange(900)},2020-01-0{rng.randrange(1, 9)},{rng.choice(names)},"
        f"{rng.randrange(10 ** rng.randrange(1, 9))}.25"
        for _ in range(70_000)
    ]
    data = HEADER + ("\n".join(lines) + "\n").encode()
    assert len(data) > 2 * csv_tables.LARGE
    assert both_ways(tmp_path, data, monkeypatch)


@given(st.lists(st.text("0123456789.", min_size=1, max_size=17), min_size=1, max_size=5, unique=True), st.booleans())
def test_plain_numbers_are_read_as_the_parsers_read_them(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], counted: bool
) -> None:
    path = tmp_path_factory.mktemp("plain") / "closings.csv"
    path.write_text("shares,gross_proceeds\n" + "".join(f"{word},{word}\n" for word in words), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_tables, "LARGE", 1)
        table = read_table("closings", path, Problems())
    assert table is not None
    name = "shares" if counted else "gross_proceeds"
    column, shape = table.column(name), TABLES["closings"][name].shape
    assert column is not None and list(column.words) == words
    assert isinstance(column.words, Numerals) is all(len(word) <= 16 for word in words)
    found = plain_integers(column, shape)
    if found is not None:
        assert found.tolist() == [shape.parse(word) for word in words]
    elif isinstance(column.words, Numerals):
        usual = [word for word in words if word.isdecimal()] if counted else [w for w in words if w[-3:-2] == "."]
        with pytest.raises((money.Unreadable, AssertionError)):
            for word in words:
                assert shape.parse(word) >= 0 and word in usual and len(word) < 14
