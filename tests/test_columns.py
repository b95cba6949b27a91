"""Columns are added up as pandas adds them up, and beyond what it can; an ordinary run does without pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feecalc.columns import Columns

ROOT = Path(__file__).parent.parent
words = st.sampled_from(["", "USD", "warrants", "Ann", "é"])
rows = st.lists(st.tuples(words, words, st.integers(-3, 3), st.integers(-(10**12), 10**12), st.booleans()), max_size=12)


def columns_of(found: list[tuple[Any, ...]]) -> Columns:
    kinds = {"payee": object, "unit": object, "day": np.int32, "amount": np.int64, "lapses": np.bool_}
    return Columns(
        {name: np.array([row[place] for row in found], dtype=kind) for place, (name, kind) in enumerate(kinds.items())}
    )


@given(rows)
def test_sums_are_those_of_the_frame(found: list[tuple[Any, ...]]) -> None:
    columns = columns_of(found)
    frame = columns.frame()
    summed = frame.groupby(["payee", "day"], sort=False)[["amount", "lapses"]].sum()
    expected = dict(zip(summed.index.tolist(), map(tuple, summed.to_numpy().tolist()), strict=True))
    sums = columns.sums(("payee", "day"), "amount", "lapses")
    assert sums == expected and list(sums) == list(expected)  # in the same order
    assert columns.total("amount") == frame["amount"].sum()
    assert columns.total("amount", columns["lapses"]) == frame.loc[frame["lapses"].astype(bool), "amount"].sum()


@given(rows)
def test_columns_and_frames_are_the_same_rows(found: list[tuple[Any, ...]]) -> None:
    columns = columns_of(found)
    again = Columns.of(columns.frame())
    assert list(again.dicts()) == list(columns.dicts()) == columns.frame().to_dict("records")
    assert [again[name].dtype for name in again.arrays] == [columns[name].dtype for name in columns.arrays]
    chosen = columns.one_of("unit", ("USD", "Ann"))
    assert chosen.tolist() == [row[1] in ("USD", "Ann") for row in found]
    assert list(columns.where(chosen).rows("payee", "amount")) == [
        (r[0], r[3]) for r in found if r[1] in ("USD", "Ann")
    ]
    assert len(columns.where(np.flatnonzero(~chosen))) == len(found) - int(chosen.sum())


def test_sums_beyond_64_bits_are_exact() -> None:
    most = 2**63 - 1
    columns = columns_of([("Ann", "USD", 1, most, False), ("Ann", "USD", 1, most, False), ("Ben", "USD", 1, 1, False)])
    assert columns.sums(("payee",), "amount") == {("Ann",): (2 * most,), ("Ben",): (1,)}
    assert columns.total("amount") == 2 * most + 1


@pytest.mark.parametrize("output", ["", "ledger.csv", "ledger.json", "ledger.xlsx"])
def test_an_ordinary_run_does_not_import_pandas(output: str, tmp_path: Path) -> None:
    """It takes as long to import as the run takes."""
    example = ROOT / "examples" / "clean-month"
    arguments = ["run", str(example), "-a", str(ROOT / "agreements"), "-q"]
    arguments += ["-o", str(tmp_path / output)] if output else []
    told = "import sys, feecalc.door as d\ntry: d.main()\nfinally: sys.stderr.write(str('pandas' in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr.endswith("False"), done.stderr
    assert not output or (tmp_path / output).exists()
