"""Values as plain text: what a CSV file prints, and what the cells of a workbook hold.

Everything here is column-wise and exact. Ordinary text is formatted once for each distinct value, numbers without a
function call for each cell.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from feecalc.money import CENTS

from .sheets import Kind

T = TypeVar("T")

PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain_texts(kind: Kind, values: Sequence[Any]) -> list[str]:
    """Each value as plain text, absent values as an empty string; text and prices stay as they are."""
    match kind:
        case "money":
            return money_texts(values)
        case "count":
            return ["" if value is None else str(value) for value in values]
        case "date":
            return once_each(values, lambda date: "" if date is None else datetime.date.isoformat(date))
        case "text" | "price" | "rate":
            return ["" if value is None else value for value in values]


def money_texts(values: Iterable[int | None]) -> list[str]:
    """Cents as decimal text: 6300000 is '63000.00', -5 is '-0.05', None is ''."""
    return [
        ""
        if cents is None
        else f"{cents // 100}{CENTS[cents % 100]}"
        if cents >= 0
        else f"-{-cents // 100}{CENTS[-cents % 100]}"
        for cents in values
    ]


def grouped_texts(kind: Kind, values: Sequence[Any]) -> list[str]:
    """As `plain_texts`, with thousands separators in money and counts, for people to read."""
    match kind:
        case "money":
            return ["" if cents is None else _grouped_money(cents) for cents in values]
        case "count":
            return ["" if value is None else f"{value:,}" for value in values]
        case _:
            return plain_texts(kind, values)


def _grouped_money(cents: int) -> str:
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}{CENTS[part]}"


def once_each(values: Sequence[Any], text_of: Callable[[Any], T]) -> list[T]:
    """`text_of` each value, called once for each distinct value: columns repeat themselves."""
    known = {value: text_of(value) for value in dict.fromkeys(values)}
    return [known[value] for value in values]


def encodable(text: str) -> str:
    """The text without lone surrogates, which no file can hold: each becomes the replacement character."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
