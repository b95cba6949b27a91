"""The first page of a workbook: what it is and for whom, where to start, what its colours and sheets are, how it is
verified, and from which inputs it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from feecalc import __version__
from feecalc.ledger import Ledger
from feecalc.records import InputFile
from feecalc.write.beside import Beside
from feecalc.write.input_sheet import are_kept
from feecalc.write.sheet_names import lawful_names
from feecalc.write.sheets import Sheet, SheetColumn

NAME = "About"
INPUT = "Input: "
# (item, description, row style): the look of a row of the key is the look that it explains.
KEY = (
    ("Blue on pale yellow", "An input: a term of an agreement or a figure of the records.", "input"),
    ("Green", "Taken from another sheet by a formula.", "link"),
    ("Black", "Computed: by the formula in the cell, or, where there is none, by feecalc.", ""),
    ("Green ground: pass", "A check that holds.", "good"),
    ("Amber ground: warning", "Something to look at: a warning, a difference.", "warn"),
    ("Red ground: error, FAIL", "Something that needs a person's decision, or a check that fails.", "bad"),
)
KEPT = "The sheet Inputs holds them line by line."
TOO_LONG = "They are too long to be kept in this workbook as well."
Row = tuple[str, str, str]


def about(
    ledger: Ledger,
    inputs: Sequence[InputFile],
    what: str,
    start: str,
    sheets: Sequence[Sheet],
    beside: Sequence[Beside] = (),
    whom: str = "",
) -> Sheet:
    """The page about a workbook of `sheets`: `what` it is, where to `start`, and for `whom` if not for all who deal
    with the ledger, each in a sentence; `beside` are the files that belong to it.
    """
    rows = list(
        chain(
            _purpose(ledger, what, start, whom, are_kept(inputs)),
            _section("Sheets", _sheets(sheets)),
            _section("Colours", KEY, "Each cell also tells by its words or its column what it is."),
            _section("Figures", _figures()),
            _section("Files that belong to this workbook", _beside(beside)) if beside else (),
            _section("Inputs", _inputs(inputs)),
        )
    )
    return Sheet(
        NAME,
        "What this workbook is, where to start, and from what it was made",
        (
            SheetColumn("Item", "text", [item for item, _, _ in rows], width=34, wrap=True),
            SheetColumn("Description", "text", [words or None for _, words, _ in rows], width=96, wrap=True),
        ),
        row_styles=[style for _, _, style in rows],
    )


def _section(title: str, rows: Sequence[Row] | Iterator[Row], words: str = "") -> Iterator[Row]:
    yield title, words, "heading"
    yield from rows


def _purpose(ledger: Ledger, what: str, start: str, whom: str, kept: bool) -> Iterator[Row]:
    companies = " and ".join(dict.fromkeys(agreement.company for agreement in ledger.agreements))
    yield "What this is", what, ""
    yield "For whom", whom or f"Those who pay and audit at {companies}, and the agents' own accountants.", ""
    yield "As of", ledger.as_of.isoformat(), ""
    yield "Made by", f"feecalc {__version__}", ""
    yield "Where to start", start, ""
    yield (
        "How to verify",
        f"`feecalc verify` with the name of this file{'' if kept else ' and its records'} computes it anew and names "
        "every cell that differs. Checks lists what must agree, with both figures. The inputs below have fingerprints "
        f"(SHA-256): a changed file shows. {KEPT if kept else TOO_LONG}",
        "",
    )


def _sheets(sheets: Sequence[Sheet]) -> Iterator[Row]:
    """Each sheet under the name that it has in the workbook, with its one line."""
    names = lawful_names([NAME, *(sheet.name for sheet in sheets)])[1:]
    for name, sheet in zip(names, sheets, strict=True):
        yield name, sheet.title, ""


def _figures() -> Iterator[Row]:
    yield (
        "Signs",
        "What is owed to a payee is positive. Negative amounts, in parentheses, are taken back. A dash is nothing.",
        "",
    )
    yield (
        "Units",
        "Money in whole cents of the agreement's currency, warrants in whole shares. Nothing is estimated.",
        "",
    )
    yield "Empty cells", "What does not apply, or is not on record; never nothing owed.", ""


def _beside(files: Sequence[Beside]) -> Iterator[Row]:
    for file in files:
        yield file.name, f"SHA-256 {file.sha256}, {file.rows:,} rows", ""


def _inputs(inputs: Sequence[InputFile]) -> Iterator[Row]:
    for file in inputs:
        rows = f"{file.rows:,} row{'' if file.rows == 1 else 's'}"
        yield INPUT + file.name, f"SHA-256 {file.sha256}, {rows}", ""
