"""The cells of a worksheet as XML: for each value the body of its cell, which is all that follows the style.

A text cell is text by its type (`inlineStr`), whatever it begins with. Formulas are those that a sheet states, and
SUBTOTAL, made from a column letter and row numbers; each has its result beside it. A number is written as its exact
decimal text, and beyond 15 significant digits, where a spreadsheet would round it, as a text cell.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .formats import PRICE_DECIMALS_MOST
from .plain import PLAIN_NUMBER, encodable, once_each, plain_texts
from .sheets import Kind

BLANK = "/>"
TEXT_MOST = 32_767
CUT = " [cut]"
DIGITS_MOST = 15
# Spreadsheets disagree about serial numbers before this day, so earlier dates are written as text.
_FIRST_SAFE_DAY = datetime.date(1900, 3, 1)
_DAY_ZERO = datetime.date(1899, 12, 30).toordinal()
# What XML or a spreadsheet would not give back as it was. An underscore that would be read as the start of an escape
# (_x0041_ stands for A) is escaped itself.
_UNSAFE = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_INLINE = re.compile("</?t[^>]*>")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def bodies(kind: Kind, values: Sequence[Any]) -> list[str]:
    """The body of each value's cell."""
    match kind:
        case "money" | "count":
            # Anything short enough has few digits; the rest, and the absent, are looked at one by one.
            return [
                f"><v>{text}</v></c>" if 0 < len(text) <= DIGITS_MOST else number_body(text)
                for text in plain_texts(kind, values)
            ]
        case "price" | "rate":
            return once_each(values, lambda price: BLANK if price is None else number_body(price))
        case "date":
            return once_each(values, _date_body)
        case "text":
            return once_each(values, text_body)


def text_body(text: str | None) -> str:
    if not text:
        return BLANK
    if len(text) > TEXT_MOST // 2:
        text = _cut(text)
    preserve = ' xml:space="preserve"' if text != text.strip() else ""
    return f' t="inlineStr"><is><t{preserve}>{_UNSAFE.sub(_escaped, encodable(text))}</t></is></c>'


def number_body(text: str) -> str:
    """The body for decimal text: a number if a spreadsheet can hold and show it exactly, else text."""
    decimals = len(text.partition(".")[2])
    if PLAIN_NUMBER.fullmatch(text) and _digits(text) <= DIGITS_MOST and decimals <= PRICE_DECIMALS_MOST:
        return f"><v>{text}</v></c>"
    return text_body(text)


def sum_body(kind: Kind, total: int, members: Iterable[int | None], rows: str) -> str:
    """A SUBTOTAL over `rows` with its result, for viewers that do not calculate.

    The result alone, where a member is written as text, which the formula would leave out, or the sum must be.
    """
    text = plain_texts(kind, [total])[0]
    if max(map(abs, filter(None, [total, *members])), default=0) >= 10**DIGITS_MOST:
        return number_body(text)
    return f"><f>SUBTOTAL(109,{rows})</f><v>{text}</v></c>"


def live_body(formula: str, stored: str) -> str:
    """The body of a computed cell, given the body of its result: a number, a text, or a blank for an empty text."""
    told = f"<f>{_UNSAFE.sub(_escaped, formula)}</f>"
    if stored.startswith("><v>"):
        return f">{told}{stored[1:]}"
    text = stored.partition("<is>")[2].partition("</is>")[0]
    return f' t="str">{told}<v>{_INLINE.sub("", text)}</v></c>'


def _date_body(date: datetime.date | None) -> str:
    if date is None:
        return BLANK
    if date < _FIRST_SAFE_DAY:
        return text_body(date.isoformat())
    return f"><v>{date.toordinal() - _DAY_ZERO}</v></c>"


def _digits(text: str) -> int:
    return len(text.lstrip("-").replace(".", "").lstrip("0"))


def _cut(text: str) -> str:
    """The text within what a cell can hold, which is counted in UTF-16 units; where it was cut, it says so."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * TEXT_MOST:
        return text
    return units[: 2 * (TEXT_MOST - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _escaped(match: re.Match[str]) -> str:
    letter = match.group()
    return _ENTITIES.get(letter) or f"_x{ord(letter):04X}_"
