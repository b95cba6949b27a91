"""Tables as workbooks, sound and damaged: cells of other types, the XML of parts, the archive."""

from __future__ import annotations

import datetime
import io
import zipfile
from random import Random
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from .changed_tables import Means, kind_of, rows_of
from .changed_text import characters, octets

WORKBOOK = "records.xlsx"  # a workbook of all tables
CLOCK = (2002, 3, 31, 0, 0, 0)
# Cells that hold no text, and can be no value of a column of the kind.
NEVER: dict[str, list[Any]] = {
    "money": [True, False, "#REF!", datetime.datetime(2002, 3, 13), datetime.time(12, 30), "=1+1", 1e15, 0.125],
    "count": [True, "#DIV/0!", datetime.datetime(2002, 3, 13), "=A1", 1.5, 1e20],
    "price": [True, "#N/A", datetime.datetime(2002, 3, 13), "=A1", -1, 1e12],
    "date": [True, 37328, 0, -1, 1.5, "=TODAY()", datetime.time(12, 30), "#NAME?", datetime.datetime(1980, 1, 1)],
}


def workbook_of(tables: dict[str, bytes], typed: bool = True) -> bytes:
    """All tables as sheets of one workbook; amounts, counts and dates as such, or as text."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in tables.items():
        table = name.removesuffix(".csv")
        sheet = book.create_sheet(table)
        rows = rows_of(content)
        sheet.append(rows[0])
        for row in rows[1:]:
            sheet.append([_typed(cell, table, header) if typed else cell for cell, header in zip(row, rows[0])])
    return _saved(book)


def _typed(cell: str, table: str, header: str) -> Any:
    kind = kind_of(table, header)
    plain = cell.replace(",", "")
    if kind == "date" and cell:
        return datetime.date.fromisoformat(cell)
    if kind in ("money", "price") and plain.replace(".", "", 1).isdigit() and len(plain) < 15:
        return float(plain)
    if kind == "count" and plain.isdigit():
        return int(plain)
    return cell or None


def _saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return repacked(parts_of(stream.getvalue()))


def parts_of(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def repacked(parts: list[tuple[str, bytes]]) -> bytes:
    """An archive of parts, made without a clock."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name, CLOCK), content)
    return stream.getvalue()


def cell(tables: dict[str, bytes], random: Random) -> tuple[bytes, str, Means]:
    """A cell of the workbook with a value of another type."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(tables)))
    sheet = random.choice(book.worksheets)
    row, column = random.randrange(2, sheet.max_row + 1), random.randrange(1, sheet.max_column + 1)
    kind = kind_of(sheet.title, str(sheet.cell(1, column).value))
    value = random.choice(NEVER.get(kind, [True, 7, 1.5, "#REF!", "=1+1", datetime.datetime(2002, 3, 13), "\u00a0"]))
    old = sheet.cell(row, column).value
    _put(sheet, row, column, value)
    means: Means = "refused" if kind in NEVER else "another"
    return (
        _saved(book),
        f"sheet {sheet.title}, {sheet.cell(row, column).coordinate}: {old!r} replaced by {value!r}",
        means,
    )


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    cell = sheet.cell(row, column)
    cell.number_format = "General"
    cell.value = value


def part(tables: dict[str, bytes], random: Random) -> tuple[bytes, str]:
    """A part of the archive changed: a character of its XML, its name, or the part doubled or left out."""
    parts = parts_of(workbook_of(tables, typed=random.random() < 0.5))
    place = random.randrange(len(parts))
    if random.random() < 0.5:  # the sheets themselves
        place = random.choice(
            [n for n, (name, _) in enumerate(parts) if "worksheets/" in name or "workbook.xml" in name]
        )
    name, content = parts[place]
    match random.randrange(6):
        case 0:
            return repacked(parts[:place] + parts[place + 1 :]), f"part {name} left out"
        case 1:
            other = random.choice((name.upper(), "../" + name, "/" + name, name + "x", "xl/vbaProject.bin"))
            return repacked([*parts[:place], (other, content), *parts[place + 1 :]]), f"part {name} called {other}"
    text, told = characters(content.decode("utf-8"), random)
    return repacked([*parts[:place], (name, text.encode("utf-8")), *parts[place + 1 :]]), f"part {name}: {told}"


def archive(tables: dict[str, bytes], random: Random) -> tuple[bytes, str]:
    """Bytes of the file as it lies on the disk."""
    return octets(workbook_of(tables), random)
