"""Every example folder is a golden test: the command in its README gives the ledger under expected/.

After a wanted change, `FEECALC_RESET=1 pytest tests/test_examples.py` writes the ledgers anew; read the difference.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest
from commands import ROOT, feecalc

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md"))
COMMAND = re.compile(r"^feecalc (run .*)$", re.MULTILINE)


def commands() -> list[tuple[Path, list[str]]]:
    return [
        (folder, shlex.split(line))
        for folder in EXAMPLES
        for line in COMMAND.findall((folder / "README.md").read_text("utf-8"))
    ]


@pytest.mark.parametrize(
    ("folder", "arguments"), commands(), ids=lambda value: value.name if isinstance(value, Path) else value[-1]
)
def test_example(folder: Path, arguments: list[str], tmp_path: Path) -> None:
    output = tmp_path / arguments[-1]
    result = feecalc(*arguments[:-1], str(output))
    expected = folder / "expected" / arguments[-1]
    if os.environ.get("FEECALC_RESET"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(output.read_bytes())
    ledger = json.loads(output.read_text("utf-8"))
    attention = bool(ledger["exceptions"]) or not all(check["holds"] for check in ledger["checks"])
    assert result.status == int(attention), result.stderr
    assert output.read_text("utf-8") == expected.read_text("utf-8")


def test_every_example_has_two_sentences_records_and_a_result() -> None:
    assert len(EXAMPLES) >= 9
    for folder in EXAMPLES:
        assert (folder / "closings.csv").exists() and list((folder / "expected").iterdir()), folder


@pytest.mark.parametrize(
    ("example", "name", "amounts"),
    [
        # worked by hand: 2,000,000 x 6.5% and 400,000 x 6.5%; 125,000 x 2.0/15 = 16,666 and x 2.4/15 = 20,000
        ("neotherapeutics-2002", "ledger.json", {("jefferies", "USD"): "156000.00", ("jefferies", "warrants"): 20000}),
        # 3 x 1,666.83 x 6% = 3 x 100.01
        ("odd-cent-split", "ledger.json", {("brighton", "USD"): "300.03", ("brighton", "warrants"): 50}),
        # 5% and 3% of 5,150,000, the allowance within 150,000 less 60,000; 50,000 advanced and as much recouped
        ("cap-in-mid-closing", "ledger.json", {("ladenburg", "USD"): "347500.00"}),
        # 125,000 at most
        ("vesting-past-maximum", "ledger.json", {("jefferies", "warrants"): 125000}),
        # 20,000 earned and 5,000 of expenses: 25,000 of the 50,000 stay with the agent
        ("advance-unearned", "before-the-end.json", {("ladenburg", "USD"): "50000.00"}),
        ("advance-unearned", "at-the-end.json", {("ladenburg", "USD"): "25000.00"}),
        # 100,000 shares at 2.00: 6.5% of 200,000; 125,000 x 0.2/15 = 1,666
        (
            "introduced-after-termination",
            "ledger.json",
            {("jefferies", "USD"): "13000.00", ("jefferies", "warrants"): 1666},
        ),
        # 6% of 100,000; 1,000 warrants
        ("claimed-twice", "ledger.json", {("brighton", "USD"): "6000.00", ("brighton", "warrants"): 1000}),
        # 6% of 600,000 (200,000 shares of Investor One and 100,000 of Investor Two, at 2.00)
        ("rescission", "ledger.json", {("brighton", "USD"): "36000.00", ("brighton", "warrants"): 6000}),
        ("resuming-from-balances", "ledger.json", {("jefferies", "USD"): "68380.00", ("jefferies", "warrants"): 8767}),
    ],
)
def test_amounts_worked_by_hand(example: str, name: str, amounts: dict[tuple[str, str], object]) -> None:
    from decimal import Decimal

    ledger = json.loads((ROOT / "examples" / example / "expected" / name).read_text("utf-8"))
    for (agreement, unit), amount in amounts.items():
        rows = [
            Decimal(row["payable"]) for row in ledger["totals"] if (row["agreement"], row["unit"]) == (agreement, unit)
        ]
        assert sum(rows) == Decimal(str(amount))
