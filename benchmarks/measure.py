"""One measurement in a process of its own; `report.py` runs them. What it found goes to stdout as JSON: for each thing
that was timed, the processor seconds of every round.

    python benchmarks/measure.py stages|reconcile|xlsx_in|xlsx_out SIZE ROUNDS

Every round times the subject and its yardsticks one after the other, so that ratios hold when the machine's speed
drifts. Processor seconds leave out what other work takes on the machine. As in a command, the cyclic garbage collector
is off.
"""

from __future__ import annotations

import datetime
import gc
import io
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import generate
import yardsticks
from documents import ledger_of

from feecalc import engagement, reconcile
from feecalc.attribution import attribute
from feecalc.dates import day_number
from feecalc.engagement import compute
from feecalc.linking import linked
from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.records import records_of
from feecalc.read.tables import read_tables
from feecalc.records import TABLES
from feecalc.write.entry_sheets import entries_sheet
from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.text import write_csv
from feecalc.write.workbook import write_workbook

AS_OF = date(2026, 1, 1)
SLICE = 50_000  # lines that the loop with decimals takes
Times = dict[str, list[float]]


def timed(times: Times, name: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    found = work()
    times.setdefault(name, []).append(time.process_time() - start)
    return found


def folder_of(lines: int) -> Path:
    """An engagement of a size: as many lines, in proportion closings and investors."""
    data = generate.DATA / f"lines-{lines}"
    if not (data / "records" / "closings.csv").exists():
        generate.write(lines, 20, max(20, lines // 200), max(40, lines * 3 // 100), data)
    return data


def stages(lines: int, rounds: int) -> Times:
    """From CSV to ledger.csv, stage by stage, beside a streaming read, a bare pass and a loop with decimals."""
    data, times = folder_of(lines), Times()
    closings = data / "records" / "closings.csv"
    for _ in range(rounds):
        problems = Problems()
        timed(times, "streaming read", lambda: yardsticks.streaming_read(closings))
        agreements, _ = timed(times, "agreements", lambda: read_agreements([data / "agreements"], problems))
        tables, _ = timed(times, "tables", lambda: read_tables(data / "records", tuple(TABLES), problems))
        records = timed(times, "records", lambda: records_of(tables, problems))
        timed(times, "names", lambda: linked(agreements, records, problems))
        problems.refuse_if_any()
        claims = timed(times, "attribution", lambda: attribute(agreements, records, day_number(AS_OF)))

        def accrued_and_settled() -> None:
            happened = engagement._milestones(agreements, records, claims, AS_OF)
            engagement._computed(agreements, records, claims, happened, AS_OF, range(len(agreements)))

        timed(times, "accrual and settlement", accrued_and_settled)
        owed = claims.lines_owed
        lines_of = [owed(index) for index in range(len(agreements))]
        agreement = claims.agreement[claims.verdict == 0]
        every = claims.line[claims.verdict == 0]
        table = records.closings
        rank, gross = table.rank[table.closing.codes[every]], table.gross[every]
        assert sum(map(len, lines_of)) == len(every)
        timed(times, "bare pass", lambda: yardsticks.bare_pass(rank, agreement, gross, len(agreements)))
        part = slice(0, SLICE)
        timed(times, "decimal loop", lambda: yardsticks.decimal_loop(rank[part], agreement[part], gross[part]))
        ledger = timed(times, "ledger", lambda: compute(agreements, records, AS_OF))
        timed(times, "ledger.csv", lambda: write_csv(entries_sheet(ledger), io.StringIO()))
        times["entries"] = [len(ledger.columns)]
    return times


def reconciliation(documents: int, rounds: int) -> Times:
    ledger, times = ledger_of(documents, generate.DATA / "documents"), Times()
    owed, paid = list(ledger.columns.rows("payee", "payable", "payable_on")), list(ledger.records.payments)
    for _ in range(rounds):
        timed(times, "sorting both", lambda: yardsticks.sorted_both(owed, paid))
        reconcile.reconcile.cache_clear()
        timed(times, "reconcile", lambda: reconcile.reconcile(ledger))
    times["invoices"], times["payments"] = [len(ledger.records.invoices)], [len(paid)]
    return times


def xlsx_in(rows: int, rounds: int) -> Times:
    """A workbook of closings to columns of text with places, beside openpyxl going over its rows."""
    times, path = Times(), generate.DATA / f"closings-{rows}.xlsx"
    if not path.exists():
        yardsticks.workbook_of_lines(folder_of(rows) / "records" / "closings.csv", path)
    for _ in range(rounds):
        timed(times, "openpyxl", lambda: yardsticks.openpyxl_read(path))
        problems = Problems()
        timed(times, "feecalc", lambda: read_tables(path, tuple(TABLES), problems))
        problems.refuse_if_any()
    return times


def xlsx_out(rows: int, rounds: int) -> Times:
    """A sheet of fourteen columns, with formats, beside two libraries."""
    kinds = ["count", "text", "date", "text", "text", "text", "count", *["money"] * 5, "date", "text"]
    first = date(2015, 1, 1)

    def row(n: int) -> tuple[Any, ...]:
        fee = n * 7919 % 1_000_003
        days = (first + datetime.timedelta(n % 3650), first + datetime.timedelta(n % 3650 + 30))
        words = (f"A{n % 20:02d}", f"I{n % 30_000:05d}", f"Investor & Co, No. {n % 30_000}")
        amounts = (fee * 15, fee, fee, fee - fee // 2, fee // 2)
        return n, f"C{n % 5000:05d}", days[0], *words, n % 500, *amounts, days[1], "fee"

    table = [row(n) for n in range(rows)]
    columns = zip(*table, strict=True)
    sheet = Sheet(
        "Ledger",
        "A ledger",
        tuple(
            SheetColumn(f"Column {n}", kind, list(values))  # type: ignore[arg-type]  # a kind by its name
            for n, (kind, values) in enumerate(zip(kinds, columns, strict=True))
        ),
    )
    times, path = Times(), generate.DATA / "out.xlsx"
    for _ in range(rounds):
        timed(times, "XlsxWriter", lambda: yardsticks.xlsxwriter_write(table, kinds, path))

        def written() -> None:
            with path.open("wb") as stream:
                write_workbook([sheet], stream, datetime.datetime(2026, 1, 1), {})

        timed(times, "feecalc", written)
        timed(times, "openpyxl", lambda: yardsticks.openpyxl_write(table, kinds, path))
    return times


MEASUREMENTS = {"stages": stages, "reconcile": reconciliation, "xlsx_in": xlsx_in, "xlsx_out": xlsx_out}

if __name__ == "__main__":
    gc.disable()
    name, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(MEASUREMENTS[name](size, count)))
