"""A ledger as a file: the ending of its name chooses the form. It is replaced whole or not at all, with what belongs to
it. What a form needs is imported when it is asked for: modules of the others take long to load.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from feecalc import __version__
from feecalc.ledger import Ledger
from feecalc.records import InputFile
from feecalc.write.files import replace_all
from feecalc.write.text import write_csv

if TYPE_CHECKING:
    from feecalc.reconcile import Reconciliation
    from feecalc.write.beside import Beside
    from feecalc.write.sheets import Live, Sheet

Writer = Callable[[BinaryIO], None]
ENDINGS = (".xlsx", ".json", ".csv")
WHAT_RECONCILED = (
    "A reconciliation: what is owed to placement agents and finders, what they invoiced and what was paid, matched "
    "without guessing."
)
START_RECONCILED = (
    "Reconciliation lists every difference, with what to do. Ageing shows where each clause and payee stands."
)
LEDGER, RECONCILIATION, STATEMENT = "payout ledger", "reconciliation", "statement"  # what a workbook is, in its title
PARTIES_MOST = 200  # characters of names in a title, which must end with what the workbook is and as of when


def write_ledger(ledger: Ledger, inputs: Sequence[InputFile], path: Path) -> list[Path]:
    """Write the ledger as .xlsx, .json or .csv, and the files beside a workbook that have what is too long for it; the
    paths of all. Raises `MachineRefused`.
    """
    match path.suffix.lower():
        case ".json":
            from feecalc.write.ledger_json import write_json

            return _replaced({path: _as_text(lambda stream: write_json(ledger, stream))})
        case ".csv":
            from feecalc.write.entry_sheets import entries_sheet

            return _replaced({path: _as_text(lambda stream: write_csv(entries_sheet(ledger), stream))})
    return _with_files(path, *ledger_workbook(ledger, inputs, path.stem))


def write_reconciliation_to(reconciliation: Reconciliation, inputs: Sequence[InputFile], path: Path) -> list[Path]:
    """Write a reconciliation as .xlsx, .json or .csv (its differences), as `write_ledger` does."""
    match path.suffix.lower():
        case ".json":
            from feecalc.write.reconcile_json import write_reconciliation

            return _replaced({path: _as_text(lambda stream: write_reconciliation(reconciliation, stream))})
        case ".csv":
            from feecalc.write.reconcile_sheets import differences_sheet

            return _replaced({path: _as_text(lambda stream: write_csv(differences_sheet(reconciliation), stream))})
    return _with_files(path, *reconciliation_workbook(reconciliation, inputs, path.stem))


def ledger_workbook(ledger: Ledger, inputs: Sequence[InputFile], stem: str) -> tuple[Writer, tuple[Beside, ...]]:
    """What writes the workbook of a ledger, with its inputs, and the files beside it, named after its `stem`."""
    from feecalc.write.ledger_sheets import ledger_sheets

    sheets, status, beside = ledger_sheets(ledger, inputs, stem)
    return lambda stream: write_sheets(ledger, sheets, status, LEDGER, stream), beside


def reconciliation_workbook(
    reconciliation: Reconciliation, inputs: Sequence[InputFile], stem: str
) -> tuple[Writer, tuple[Beside, ...]]:
    """What writes the workbook of a reconciliation, with the inputs of its ledger, and the files beside it."""
    from feecalc.write.about_sheet import about
    from feecalc.write.beside import within
    from feecalc.write.input_sheet import inputs_sheet
    from feecalc.write.reconcile_sheets import reconciliation_sheets

    ledger = reconciliation.applied.ledger
    sheets, beside = within([*reconciliation_sheets(reconciliation), inputs_sheet(inputs)], stem, {}, ("Inputs",))
    pages = [about(ledger, inputs, WHAT_RECONCILED, START_RECONCILED, sheets, beside), *sheets]
    return lambda stream: write_sheets(ledger, pages, None, RECONCILIATION, stream), beside


def _with_files(path: Path, write: Writer, beside: Sequence[Beside]) -> list[Path]:
    """A workbook and the files that belong to it, all or none of them replaced."""
    files: dict[Path, Writer] = {path.parent / file.name: partial(_write_bytes, file.content) for file in beside}
    return _replaced({**files, path: write})


def _replaced(outputs: Mapping[Path, Writer]) -> list[Path]:
    replace_all(outputs)
    return list(outputs)


def _write_bytes(content: bytes, stream: BinaryIO) -> None:
    stream.write(content)


def _as_text(write: Callable[[TextIO], None]) -> Writer:
    def to(stream: BinaryIO) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        write(text)
        text.detach()  # flushes, and leaves the stream to its owner

    return to


def write_sheets(
    ledger: Ledger, sheets: Sequence[Sheet], status: Live | None, what: str, stream: BinaryIO, to: str = ""
) -> None:
    """Write sheets as the workbook of a ledger: `what` it is, and `to` whom it goes if not to all."""
    from feecalc.write.workbook import write_workbook

    made = datetime.combine(ledger.as_of, time())  # the clock would make two runs differ
    companies = " and ".join(dict.fromkeys(agreement.company for agreement in ledger.agreements))
    parties = f"{companies}{f' to {to}' if to else ''}"[:PARTIES_MOST]
    title = f"{parties}: {what} as of {ledger.as_of}"
    properties = {"title": title, "comments": f"feecalc {__version__}"}
    write_workbook(sheets, stream, made, properties, status)
