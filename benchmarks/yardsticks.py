"""What the measurements are held against: the least that the same work could take, done in the plainest way."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import xlsxwriter
from openpyxl.cell import WriteOnlyCell

from feecalc.applications.sides import payee_key
from feecalc.records import Payment


def streaming_read(path: Path) -> int:
    """The csv module, row by row, two columns to exact integers, keeping no row."""
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
    """Lines sorted by closing and, for each agreement, a fee half up, its running total capped, warrants vested: the
    arithmetic without attribution, splits, advances or provenance.
    """
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
    """The same line by line with decimals."""
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


def sorted_both(owed: list[tuple[str, int, int]], paid: list[Payment]) -> int:
    """What is owed and what was paid, each sorted by that by which they are matched: payee, amount and day."""
    return len(sorted(owed, key=lambda row: (payee_key(row[0]), row[1], row[2]))) + len(
        sorted(paid, key=lambda payment: (payee_key(payment.payee), payment.amount, payment.date))
    )


def workbook_of_lines(csv_file: Path, path: Path) -> None:
    """A table of closings as a person would have it in Excel: true dates, numbers, texts."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("closings")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    with csv_file.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            for place, text in enumerate(row):
                if number and place == 1:
                    sheet.write_datetime(number, place, datetime.datetime.fromisoformat(text), day)
                elif number and place in (4, 5):
                    sheet.write_number(number, place, float(text))
                else:
                    sheet.write_string(number, place, text)
    book.close()


def openpyxl_read(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    count = sum(1 for _ in book["closings"].iter_rows(values_only=True))
    book.close()
    return count


def xlsxwriter_write(rows: list[tuple[Any, ...]], kinds: list[str], path: Path) -> None:
    """In constant memory, with formats; money and counts as numbers, days as dates."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Ledger")
    formats = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for number, row in enumerate(rows):
        for place, (kind, value) in enumerate(zip(kinds, row, strict=True)):
            if kind == "text":
                sheet.write_string(number, place, value)
            elif kind == "date":
                sheet.write_datetime(number, place, datetime.datetime.combine(value, datetime.time()), formats[kind])
            else:
                sheet.write_number(number, place, value / 100 if kind == "money" else value, formats[kind])
    book.close()


def openpyxl_write(rows: list[tuple[Any, ...]], kinds: list[str], path: Path) -> None:
    """Write-only, with formats."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Ledger")
    formats = {"money": "#,##0.00", "count": "#,##0", "date": "yyyy-mm-dd"}
    for row in rows:
        cells = []
        for kind, value in zip(kinds, row, strict=True):
            cell = WriteOnlyCell(sheet, value / 100 if kind == "money" else value)
            if kind in formats:
                cell.number_format = formats[kind]
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def chained_workbook(rows: int, path: Path) -> int:
    """The same work as a person would set it up: rates and caps looked up by agreement, fees rounded, a running total,
    what the cap leaves, halves, totals; no results stored. How many formulas it has.
    """
    book = xlsxwriter.Workbook(str(path))
    sheet, terms = book.add_worksheet("Lines"), book.add_worksheet("Agreements")
    for number in range(20):
        terms.write_row(number, 0, [f"A{number:02d}", 0.065, 150_000 * 2**number])
        terms.write_formula(number, 3, f"=SUMIFS(Lines!F$1:F${rows},Lines!A$1:A${rows},A{number + 1})", None, "")
    for row in range(rows):
        here = row + 1
        looked_up = [f"INDEX(Agreements!{c}$1:{c}$20,MATCH(A{here},Agreements!A$1:A$20,0))" for c in "BC"]
        sheet.write_string(row, 0, f"A{row * 20 // rows:02d}")
        sheet.write_number(row, 1, row * 7919 % 1_000_003)
        above = f"IF(A{here}=A{row},E{row},0)+" if row else ""
        formulas = [
            looked_up[0],
            f"ROUND(B{here}*C{here},2)",
            f"ROUND({above}D{here},2)",
            f"ROUND(MIN(E{here},{looked_up[1]})-MIN(E{here}-D{here},{looked_up[1]}),2)",
            f"ROUNDUP(F{here}/2,2)",
            f"ROUND(F{here}-G{here},2)",
        ]
        for place, formula in enumerate(formulas, 2):
            sheet.write_formula(row, place, f"={formula}", None, "")
    book.close()
    return 6 * rows + 20
