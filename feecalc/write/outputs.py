"""A ledger as a file: the ending of its name chooses the form, and the file is replaced whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import BinaryIO, TextIO

from feecalc import __version__
from feecalc.ledger import Ledger
from feecalc.records import InputFile
from feecalc.write.files import replace_whole
from feecalc.write.ledger_json import write_json
from feecalc.write.ledger_sheets import entries_sheet, ledger_sheets
from feecalc.write.text import write_csv

ENDINGS = (".xlsx", ".json", ".csv")


def write_ledger(ledger: Ledger, inputs: Sequence[InputFile], path: Path) -> None:
    """Write the ledger as .xlsx, .json or .csv. Raises `MachineRefused`."""
    writers: dict[str, Callable[[BinaryIO], None]] = {
        ".json": _as_text(lambda stream: write_json(ledger, stream)),
        ".csv": _as_text(lambda stream: write_csv(entries_sheet(ledger), stream)),
        ".xlsx": lambda stream: _write_workbook(ledger, inputs, stream),
    }
    replace_whole(path, writers[path.suffix.lower()])


def _as_text(write: Callable[[TextIO], None]) -> Callable[[BinaryIO], None]:
    def to(stream: BinaryIO) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        write(text)
        text.detach()  # flushes, and leaves the stream to its owner

    return to


def _write_workbook(ledger: Ledger, inputs: Sequence[InputFile], stream: BinaryIO) -> None:
    from feecalc.write.workbook import write_workbook

    made = datetime.combine(ledger.as_of, time())  # the clock would make two runs differ
    companies = " and ".join(dict.fromkeys(agreement.company for agreement in ledger.agreements))
    title = f"{companies}: payout ledger as of {ledger.as_of}"
    properties = {"title": title, "comments": f"feecalc {__version__}"}
    write_workbook(ledger_sheets(ledger, inputs), stream, made, properties)
