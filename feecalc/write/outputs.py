"""A ledger as a file: the ending of its name chooses the form, and the file is replaced whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import BinaryIO, TextIO

from feecalc import __version__
from feecalc.ledger import Ledger
from feecalc.reconcile import Reconciliation
from feecalc.records import InputFile
from feecalc.write.about_sheet import about
from feecalc.write.files import replace_whole
from feecalc.write.ledger_json import write_json
from feecalc.write.ledger_sheets import entries_sheet, ledger_sheets
from feecalc.write.reconcile_json import write_reconciliation
from feecalc.write.reconcile_sheets import differences_sheet, reconciliation_sheets
from feecalc.write.sheets import Live, Sheet
from feecalc.write.text import write_csv

ENDINGS = (".xlsx", ".json", ".csv")
WHAT_RECONCILED = (
    "A reconciliation: what is owed to placement agents and finders, what they invoiced and what was paid, matched "
    "without guessing."
)
START_RECONCILED = (
    "Reconciliation lists every difference, with what to do. Ageing shows where each clause and payee stands."
)


def write_ledger(ledger: Ledger, inputs: Sequence[InputFile], path: Path) -> None:
    """Write the ledger as .xlsx, .json or .csv. Raises `MachineRefused`."""
    writers: dict[str, Callable[[BinaryIO], None]] = {
        ".json": _as_text(lambda stream: write_json(ledger, stream)),
        ".csv": _as_text(lambda stream: write_csv(entries_sheet(ledger), stream)),
        ".xlsx": lambda stream: _write_workbook(ledger, *ledger_sheets(ledger, inputs), "payout ledger", stream),
    }
    replace_whole(path, writers[path.suffix.lower()])


def write_reconciliation_to(reconciliation: Reconciliation, inputs: Sequence[InputFile], path: Path) -> None:
    """Write a reconciliation as .xlsx, .json or .csv (its differences). Raises `MachineRefused`."""
    ledger = reconciliation.applied.ledger
    writers: dict[str, Callable[[BinaryIO], None]] = {
        ".json": _as_text(lambda stream: write_reconciliation(reconciliation, stream)),
        ".csv": _as_text(lambda stream: write_csv(differences_sheet(reconciliation), stream)),
        ".xlsx": lambda stream: _write_workbook(
            ledger, _reconciled(reconciliation, inputs), None, "reconciliation", stream
        ),
    }
    replace_whole(path, writers[path.suffix.lower()])


def _reconciled(reconciliation: Reconciliation, inputs: Sequence[InputFile]) -> list[Sheet]:
    sheets = reconciliation_sheets(reconciliation)
    return [about(reconciliation.applied.ledger, inputs, WHAT_RECONCILED, START_RECONCILED, sheets), *sheets]


def _as_text(write: Callable[[TextIO], None]) -> Callable[[BinaryIO], None]:
    def to(stream: BinaryIO) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        write(text)
        text.detach()  # flushes, and leaves the stream to its owner

    return to


def _write_workbook(ledger: Ledger, sheets: Sequence[Sheet], status: Live | None, what: str, stream: BinaryIO) -> None:
    from feecalc.write.workbook import write_workbook

    made = datetime.combine(ledger.as_of, time())  # the clock would make two runs differ
    companies = " and ".join(dict.fromkeys(agreement.company for agreement in ledger.agreements))
    title = f"{companies}: {what} as of {ledger.as_of}"
    properties = {"title": title, "comments": f"feecalc {__version__}"}
    write_workbook(sheets, stream, made, properties, status)
