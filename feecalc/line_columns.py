"""Columns that only some agreements read: words until they are asked for, then exact, each distinct word once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import numpy as np

from feecalc import money
from feecalc.closing import ClosingTable, Words
from feecalc.dates import NEVER, day_number, parse_date
from feecalc.money import Ratio
from feecalc.totals import Codes, Ints

T = TypeVar("T")


def parsed(words: Words, parse: Callable[[str], T]) -> list[T | None]:
    """The value of each distinct word; None for blank and unreadable ones, which `needed_columns` reports."""
    values: list[T | None] = []
    for word in words.words:
        try:
            values.append(parse(word) if word else None)
        except money.Unreadable:
            values.append(None)
    return values


def amounts(words: Words, parse: Callable[[str], int]) -> Ints:
    """A column of whole amounts; a blank cell is nothing."""
    return np.array([value or 0 for value in parsed(words, parse)] or [0], dtype=np.int64)[words.codes]


def exchange(table: ClosingTable, lines: Codes, currency: str) -> tuple[Codes, list[Ratio]]:
    """The exchange rate of each line in another currency: codes (-1 for lines in the agreement's own) and rates."""
    words = table.words("exchange_rate")
    foreign = np.array([word.upper() not in ("", currency) for word in table.currency.words])[table.currency.codes]
    if words is None:
        return np.full(len(lines), -1, dtype=np.int32), []
    values = parsed(words, money.parse_price)
    rates = [value.ratio if value is not None else Ratio(1) for value in values]
    return np.where(foreign[lines], words.codes[lines], -1).astype(np.int32), rates


def signed_days(table: ClosingTable) -> Codes:
    """The day on which each line's purchase was signed (column signed_on), else the day on which it counts as sold."""
    words = table.words("signed_on")
    if words is None:
        return table.effective_day
    days = [day_number(day) if isinstance(day, date) else NEVER for day in parsed(words, parse_date)] or [NEVER]
    stated = np.array(days, dtype=np.int32)[words.codes]
    return np.where(stated == NEVER, table.effective_day, stated)
