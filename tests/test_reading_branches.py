"""Branches of the readers that hardly any file takes: texts of one hash, files that vanish, odd ends of lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_plain_csv import HEADER, both_ways, is_plain

from feecalc.problems import MachineRefused, Problems
from feecalc.read import coding, plain_csv
from feecalc.read.csv_tables import CsvFile
from feecalc.read.faults import Findings
from feecalc.read.numerals import Numerals


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
