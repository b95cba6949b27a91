"""What a workbook is too small for: long sheets go into CSV files beside it, and it names them.

A spreadsheet holds a million rows, and nobody reads them there. Beyond `ROWS_MOST` the workbook keeps the page with its
title, and the rows stand in a file beside it, named after the workbook; About gives the file's fingerprint.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence

from attrs import evolve, frozen

from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.text import write_csv

ROWS_MOST = 20_000


@frozen
class Beside:
    """A CSV file beside the workbook: its name, how many rows it has, and its bytes."""

    name: str
    rows: int
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def too_long(rows: int) -> bool:
    """Whether so many rows stand beside the workbook."""
    return rows > ROWS_MOST


def within(
    sheets: Sequence[Sheet],
    stem: str,
    tables: Mapping[str, tuple[str, Callable[[], Sheet]]],
    always: Container[str] = (),
) -> tuple[list[Sheet], tuple[Beside, ...]]:
    """The sheets with the long ones emptied, and the files that have their rows.

    `stem` is the name of the workbook without its ending. `tables` has for some sheets what their file is called and
    the table that goes into it in place of all its sheets together. Formulas that refer to an emptied sheet leave their
    results. What is `always` in the workbook stays whatever its length.
    """
    called = _called([sheet.name for sheet in sheets], {name: what for name, (what, _) in tables.items()})
    rows = Counter[str]()
    for sheet in sheets:
        rows[called[sheet.name]] += sheet.row_count
    files: dict[str, Beside] = {}
    found, emptied = [], []
    for sheet in sheets:
        what = called[sheet.name]
        if sheet.name in always or not too_long(rows[what]):
            found.append(sheet)
            continue
        if what not in files:
            full = tables[sheet.name][1]() if sheet.name in tables else sheet
            files[what] = Beside(f"{stem}-{what}.csv", full.row_count, _csv(full))
        found.append(_emptied(sheet, files[what]))
        emptied.append(sheet.name)
    return [_without_formulas_of(sheet, emptied) for sheet in found], tuple(files.values())


def _called(names: Sequence[str], tables: Mapping[str, str]) -> dict[str, str]:
    """What the file of each sheet is called; those of different sheets differ."""
    called: dict[str, str] = {}
    for name in names:
        stem = tables.get(name) or re.sub("[^a-z0-9]+", "-", name.casefold())
        what, number = stem, 2
        while name not in tables and what in called.values():
            what, number = f"{stem}-{number}", number + 1
        called[name] = what
    return called


def _csv(sheet: Sheet) -> bytes:
    stream = io.BytesIO()
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    write_csv(sheet, text)
    text.flush()
    return stream.getvalue()


def _emptied(sheet: Sheet, file: Beside) -> Sheet:
    return Sheet(
        sheet.name,
        sheet.title,
        (),
        paragraphs=(
            f"The rows are in {file.name}, beside this workbook, which has {file.rows:,} rows: more than {ROWS_MOST:,} "
            "would make the workbook slow. About has the fingerprint of that file.",
        ),
    )


def _without_formulas_of(sheet: Sheet, emptied: Sequence[str]) -> Sheet:
    """The sheet without formulas that refer to what is not there."""
    references = [f"{name}!" for name in emptied] + [f"'{name}'!" for name in emptied]

    def refers(column: SheetColumn) -> bool:
        formulas = [column.formula] if isinstance(column.formula, str) else column.formula or ()
        return any(reference in formula for formula in formulas if formula for reference in references)

    if not any(map(refers, sheet.columns)):
        return sheet
    columns = tuple(evolve(c, formula=None, mark="") if refers(c) else c for c in sheet.columns)
    return evolve(sheet, columns=columns)
