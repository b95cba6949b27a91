"""The values of a workbook's cells as exact text, or why there is none."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from feecalc.read.archives import Format

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")

# Excel keeps 15 digits: of numbers from 10**13 they do not reach to the cent, from 10**15 not to the unit.
_NO_CENTS_FROM = 10**13
_NO_UNITS_FROM = 10**15

_OPENING = frozenset(" 0123456789($-\u2212\u20ac\u00a3\u00a0")
_NUMBER_AS_TEXT = re.compile(r"[\s($\u20ac\u00a3\u2212-]*[0-9][0-9,.\s]*[)\u2212-]?\s*")


class NoText(Exception):
    """A cell holds what no text can stand for: the fault."""


def is_number_as_text(text: str) -> bool:
    """Whether a text is an amount that Excel does not take for a number."""
    return text[:1] in _OPENING and _NUMBER_AS_TEXT.fullmatch(text) is not None


def fault_of_shown(value: int | float, telling: Format) -> NoText:
    """The fault of a number that is shown as something else."""
    try:
        return NoText(*telling.fault(_digits(value)))
    except NoText as fault:
        return fault


def exact(value: object) -> str:
    """The text of a cell's value, exactly as a person would write it; raises `NoText`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value) if "_x" in value else value
    if isinstance(value, bool):
        says = f"the cell holds {str(value).upper()}, a truth value"
        raise NoText("boolean-cell", says, "Type text, a number or a date.")
    if isinstance(value, int | float):
        return _digits(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, NoText):
        raise value
    says = f"the cell holds {value}, a time or a duration"
    raise NoText("time-cell", says, "Type a date, and format the cell as a date.")


def _digits(value: int | float) -> str:
    """The number with the 15 digits that Excel keeps, never with an exponent.

    The digits beyond them, such as in 0.30000000000000004, are noise of the binary form.
    """
    is_whole = isinstance(value, int) or value.is_integer()
    if not abs(value) < (_NO_UNITS_FROM if is_whole else _NO_CENTS_FROM):
        text = f"{Decimal(value):f}"
        text = text if len(text) <= 40 else f"{text[:40]}… of {len(text):,} digits"
        says = f"the number {text} is so long that Excel has already lost digits of it: it keeps 15"
        raise NoText("digits-lost", says, "Format the cell as text and type it anew, from its source.")
    if is_whole:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text
