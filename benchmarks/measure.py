"""Times one run from CSV to ledger.csv by stage, beside a bare numpy pass and a plain Decimal loop over the same
columns.

    python benchmarks/generate.py 1000000 && python benchmarks/measure.py [ROUNDS]        writes benchmarks/REPORT.md

Every round runs all stages and both yardsticks in one process, so that ratios hold when the machine's speed drifts;
the report gives medians. The bare pass sorts the lines by closing and, for each agreement, rounds a fee half up, caps
its running total and vests warrants: the arithmetic without attribution, splits, advances or provenance. The Decimal
loop does the same line by line on a slice.
"""

from __future__ import annotations

import csv
import io
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np

from feecalc.attribution import attribute
from feecalc.dates import day_number
from feecalc.engagement import compute, linked
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.records import records_of
from feecalc.read.tables import read_tables
from feecalc.records import TABLES
from feecalc.write.ledger_sheets import entries_sheet
from feecalc.write.text import write_csv

HERE = Path(__file__).parent
AS_OF = date(2026, 1, 1)
SLICE = 50_000


def streaming_read(path: Path) -> int:
    """The yardstick of reading: csv module, row by row, two columns to exact integers, keeping no row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        cents, shares = [], 0
        for row in rows:
            text = row[5]
            cents.append(int(text[:-3] + text[-2:]))
            shares += int(row[4])
    return len(cents)


def bare_pass(rank: Any, agreement: Any, gross: Any, count: int) -> int:
    order = np.argsort(rank, kind="stable")
    order = order[np.argsort(agreement[order], kind="stable")]
    ends = np.cumsum(np.bincount(agreement, minlength=count))
    start, total = 0, 0
    for end in ends.tolist():
        x = gross[order[start:end]]
        fee = (x * 65 + 500) // 1000
        paid = np.diff(np.minimum(np.cumsum(fee), 15_000_000_00), prepend=0)
        vested = np.diff(np.minimum(np.cumsum(x), 1_500_000_000_000) // 12_000, prepend=0)
        total += int(paid.sum()) + int(vested.sum())
        start = end
    return total


def decimal_loop(rank: Any, agreement: Any, gross: Any) -> Decimal:
    fees: dict[int, Decimal] = defaultdict(Decimal)
    bases: dict[int, Decimal] = defaultdict(Decimal)
    total = Decimal()
    amounts = [Decimal(cents).scaleb(-2) for cents in gross.tolist()]
    for index in np.argsort(rank, kind="stable").tolist():
        key, x = int(agreement[index]), amounts[index]
        before = min(fees[key], Decimal(15_000_000))
        fees[key] += (x * Decimal("0.065")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        total += min(fees[key], Decimal(15_000_000)) - before
        bases[key] += x
    return total


def one_round(data: Path) -> tuple[dict[str, float], int, int]:
    times: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = work()
        times[name] = time.perf_counter() - start
        return found

    problems = Problems()
    timed("yardstick: streaming csv read", lambda: streaming_read(data / "records" / "closings.csv"))
    agreements, _ = timed("read agreements", lambda: read_agreements([data / "agreements"], problems))
    tables, _ = timed("read tables as coded text", lambda: read_tables(data / "records", tuple(TABLES), problems))
    records = timed("text to exact columns", lambda: records_of(tables, problems))
    timed("names checked", lambda: linked(agreements, records, problems))
    problems.refuse_if_any()
    ledger = timed("attribution, accrual, settlement, checks", lambda: compute(agreements, records, AS_OF))
    timed("write ledger.csv", lambda: write_csv(entries_sheet(ledger), io.StringIO()))
    claims = attribute(agreements, records, day_number(AS_OF))
    lines = claims.line[claims.verdict == 0]
    agreement = claims.agreement[claims.verdict == 0]
    table = records.closings
    rank, gross = table.rank[table.closing.codes[lines]], table.gross[lines]
    timed("yardstick: bare numpy pass", lambda: bare_pass(rank, agreement, gross, len(agreements)))
    part = slice(0, SLICE)
    timed("yardstick: Decimal loop, slice", lambda: decimal_loop(rank[part], agreement[part], gross[part]))
    return times, len(table), len(ledger.entries)


def main(rounds: int) -> None:
    data = HERE / "data"
    results = [one_round(data) for _ in range(rounds)]
    lines, entries = results[0][1], results[0][2]
    median = {name: statistics.median(result[0][name] for result in results) for name in results[0][0]}

    def ratio(above: list[str], below: str, scale: float = 1) -> float:
        return statistics.median(sum(r[0][a] for a in above) / (r[0][below] * scale) for r in results)

    stages = [name for name in median if not name.startswith("yardstick")]
    reading = ["read tables as coded text", "text to exact columns"]
    engine = ["attribution, accrual, settlement, checks"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report = [
        "# Benchmark report\n",
        f"{lines:,} closing lines under 20 agreements, {entries:,} ledger entries; medians of {rounds} rounds in "
        "one process.",
        f"Made by `python benchmarks/generate.py {lines} && python benchmarks/measure.py {rounds}`. Quote the "
        "ratios: the machine is shared.\n",
        "| stage | seconds | lines per second |",
        "|---|---|---|",
        *(f"| {name} | {median[name]:.2f} | {lines / median[name]:,.0f} |" for name in stages),
        f"| all of these | {sum(median[n] for n in stages):.2f} | {lines / sum(median[n] for n in stages):,.0f} |",
        *(f"| {name} | {median[name]:.2f} | |" for name in median if name.startswith("yardstick")),
        "",
        "| ratio | measured | goal |",
        "|---|---|---|",
        "| CSV to exact columns with places / streaming csv read | "
        f"{ratio(reading, 'yardstick: streaming csv read'):.2f} | 1.5 |",
        "| CSV to ledger.csv, all stages / streaming csv read | "
        f"{ratio(stages, 'yardstick: streaming csv read'):.2f} | 2.5 |",
        f"| engine / bare numpy pass | {ratio(engine, 'yardstick: bare numpy pass'):.1f} | 2 |",
        f"| Decimal loop, scaled to all lines / engine | "
        f"{1 / ratio(engine, 'yardstick: Decimal loop, slice', lines / min(SLICE, lines)):.1f} | |",
        "",
        f"Peak memory of the whole process, yardsticks included: {peak:,.0f} MiB.",
    ]
    (HERE / "REPORT.md").write_text("\n".join(report) + "\n", "utf-8")
    print("\n".join(report))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
