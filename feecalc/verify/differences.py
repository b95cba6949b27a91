"""What differs between a workbook as it was written and as it stands, one place at a time."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Literal

from attrs import frozen

from feecalc.read.workbook_cells import Cell

Kind = Literal[
    "file",  # a part, a name, a setting or a property of the file
    "sheet",  # a sheet is missing, added, renamed, moved or hidden
    "layout",  # rows or columns are hidden, cells merged, and other things that are no cells
    "row",  # rows or columns were inserted or deleted
    "input",  # a line of the inputs is another
    "typed over",  # a constant stands where a formula stood
    "formula",  # another formula, or one where a constant stood
    "value",  # another constant, none, or one where nothing stood
    "shown",  # a number is shown otherwise than by its format
    "result",  # the stored result of a formula is not what the formula gives
    "follows",  # what differs because something else does
]

WITH_INPUTS = "the inputs give another value"

DIGITS = Context(prec=15)  # a spreadsheet keeps as many
_NEARLY = Decimal("1e-12")
_UNDER_A_CENT = Decimal("0.005")
_DAY_ZERO = date(1899, 12, 30)
_DIGITS_SHOWN = 25
_LAST_SERIAL = 2_958_465
_COLOUR_OR_SPACE = re.compile(
    r'\\(.)|"([^"]*)"|_.|\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+)\]', re.I
)


@frozen
class Discrepancy:
    """`cell` is the address as the workbook stands; `row` says whose row it is, `column` how its column is headed.

    `stood` is what was written and `stands` what is there now, in words; for a formula, `formula` is the one written.
    """

    kind: Kind
    sheet: str
    cell: str
    says: str
    stood: str = ""
    stands: str = ""
    row: str = ""
    column: str = ""
    formula: str = ""

    @property
    def is_cause(self) -> bool:
        """Whether someone changed this, as against what follows from such a change."""
        return self.kind != "follows"


@lru_cache(1 << 16)
def canonical(number: str) -> str:
    """A number as a spreadsheet keeps it, in fifteen digits: the same text for all ways to write it."""
    try:
        return f"{DIGITS.plus(Decimal(number)).normalize(DIGITS)}"
    except ArithmeticError:
        return number


def same_value(written: Cell, now: Cell) -> bool:
    """Whether two constants are the same."""
    if written.kind != now.kind:
        return False
    if written.kind == "number":
        return canonical(written.value) == canonical(now.value)
    return written.value == now.value or _breaks(written.value) == _breaks(now.value)


def same_result(written: Cell, now: Cell) -> bool:
    """Whether two results are the same: but for the last digits of sums, which hang on their order."""
    if same_value(written, now):
        return True
    if written.kind != "number" or now.kind != "number":
        return False
    try:
        a, b = Decimal(written.value), Decimal(now.value)
        return abs(a - b) < _UNDER_A_CENT and abs(a - b) <= _NEARLY * max(abs(a), abs(b))
    except ArithmeticError:
        return False


def _breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(1 << 10)
def plain_format(number_format: str) -> str:
    """A number format without what programs write in several ways: quotes, backslashes, padding, names of colours."""
    return _COLOUR_OR_SPACE.sub(lambda found: found[1] or found[2] or "", number_format).replace("[$-409]", "")


def shown_cell(cell: Cell, number_format: str = "General") -> str:
    """What a cell holds, as a person would write it."""
    if not cell.kind:
        return "nothing"
    if cell.kind != "number":
        return f'"{cell.value}"' if cell.kind == "text" else cell.value
    try:
        number = Decimal(canonical(cell.value))
        if not -_DIGITS_SHOWN < number.adjusted() < _DIGITS_SHOWN:
            return cell.value
        if "yy" in number_format and 0 < number < _LAST_SERIAL and number == int(number):
            return (_DAY_ZERO + timedelta(days=int(number))).isoformat()
        text = f"{number:,f}"
    except ArithmeticError:
        return cell.value
    decimals = len(text.partition(".")[2])
    is_money = "0.00" in number_format and decimals < 2
    return (text + ("." if not decimals else "") + "0" * (2 - decimals)) if is_money else text
