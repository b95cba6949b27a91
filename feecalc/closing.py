"""The closing table: one row a line (one investor's purchase at one closing), held as columns of integers and codes.

Text columns are coded: `Words.codes[i]` is an index into `Words.words`, so that a million lines hold each name once and
every test on a name is made once a name. Money is int64 cents, shares int64. The order of everything that follows is
closing date, then closing id, then price: `rank` gives each closing its place in it. Permuting the rows of the file
therefore changes nothing.

A rescission is a line with negative proceeds that names in `reverses` the closing it undoes. It takes from that
closing's lines with the same investor whatever it leaves empty, counts where the undone sale counted, and is rounded
within the closing it undoes: what remains of a closing after a rescission is what the closing would have been.

`dated` gives closings their days and their order; `rescission.tied` ties rescissions to what they undo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen

from feecalc import totals
from feecalc.dates import day_date
from feecalc.money import Price, Ratio, plain_money, shown_count, shown_money
from feecalc.names import name_key
from feecalc.problems import Place, Problems
from feecalc.totals import Codes, Ints, Mask

EVENT_WORDS = ("sale", "warrant exercise", "rescission")
SALE, EXERCISE, RESCISSION = range(3)
NO_CLOSING = -1
OUTSIDE = -2  # reverses a closing of earlier records
MOST_SHOWN = 20  # problems of one kind listed row by row
AMOUNT_COLUMNS = ("asconverted", "investorwarrants")  # counts of a line that its rescission takes back
OWN_WORDS = {
    "closing": "closing",
    "investor": "investor",
    "security": "security",
    "offering": "offering",
    "introducedby": "introduced_by",
    "investorclass": "investor_class",
    "currency": "currency",
}


def header_key(name: str) -> str:
    """What a column is known by: its name without case, spaces, hyphens and underscores."""
    return "".join(character for character in name.casefold() if character not in " -_")


class Rows(Protocol):
    """Where the rows of a table stand."""

    def place(self, index: int, name: str = "") -> Place: ...

    def line(self, index: int) -> str: ...


@frozen(eq=False)
class Words:
    """A coded text column: cell i is words[codes[i]]; "" is an absent cell."""

    codes: Codes
    words: list[str]

    def __getitem__(self, index: int) -> str:
        return self.words[int(self.codes[index])]

    def code(self, word: str) -> int:
        """The code of a word, or -1 if no cell holds it."""
        return self.words.index(word) if word in self.words else -1

    def is_blank(self) -> Mask:
        blanks = [code for code, word in enumerate(self.words) if word == ""]
        return np.isin(self.codes, blanks) if blanks else np.zeros(len(self.codes), dtype=bool)


@frozen(eq=False)
class ClosingTable:
    """Columns of n lines. `*_day` are day numbers, amounts are cents, `price` is codes into `prices` (-1 none)."""

    rows: Rows
    closing: Words
    day: Codes
    investor: Words
    shares: Ints
    has_shares: Mask
    price: Codes
    prices: list[Price]
    gross: Ints
    non_cash: Ints
    has_non_cash: Mask
    security: Words
    offering: Words
    introduced_by: Words
    stated_by: Words  # `introduced_by` as the file has it; a rescission goes the way of what it undoes
    event: Codes
    reverses_word: Words
    investor_class: Words
    currency: Words
    others: tuple[tuple[str, Words], ...] = ()  # columns that only some agreements read, and unknown ones
    stated_others: tuple[tuple[str, Words], ...] = ()  # the same as the file has them
    unclear: Mapping[str, tuple[int, ...]] = field(factory=dict)  # rescissions that could take several words, by column
    investor_id: Codes = field(factory=lambda: np.zeros(0, dtype=np.int32))  # of each line: equal for equal names
    closing_day: Codes = field(factory=lambda: np.zeros(0, dtype=np.int32))  # of each closing code
    rank: Codes = field(factory=lambda: np.zeros(0, dtype=np.int32))  # of each closing code
    reverses: Codes = field(factory=lambda: np.zeros(0, dtype=np.int32))  # closing code, NO_CLOSING or OUTSIDE
    rounded_lines: int = 0
    rounding_effect: Ratio = Ratio(0)  # in cents: what rounding shares x price to the cent added in all

    def __len__(self) -> int:
        return len(self.gross)

    def header(self, name: str) -> str:
        """The header of the column that is meant by a name, or an empty string."""
        wanted = header_key(name)
        return next((header for header, _ in self.others if header_key(header) == wanted), "")

    def names(self) -> list[str]:
        """The columns that `words` knows."""
        return [*OWN_WORDS.values(), *(header for header, _ in self.others)]

    def words(self, name: str) -> Words | None:
        """A column of words by its name; a rescission has taken from what it undoes what it leaves empty."""
        own = OWN_WORDS.get(header_key(name))
        if own is not None:
            words: Words = getattr(self, own)
            return words
        return dict(self.others).get(self.header(name)) or self._own_words(header_key(name))

    def _own_words(self, key: str) -> Words | None:
        """A column that is held as numbers, as words: plain amounts, ISO dates; blank where nothing is stated."""
        nothing = np.ones(len(self), dtype=bool)
        columns: dict[str, tuple[npt.NDArray[Any], Mask, Callable[[int], str]]] = {
            "grossproceeds": (self.gross, nothing, plain_money),
            "noncash": (self.non_cash, self.has_non_cash, plain_money),
            "shares": (self.shares, self.has_shares, str),
            "price": (self.price, self.price >= 0, lambda code: str(self.prices[code])),
            "date": (self.day, nothing, lambda day: day_date(day).isoformat()),
            "event": (self.event, nothing, EVENT_WORDS.__getitem__),
        }
        if key not in columns:
            return None
        values, given, shown = columns[key]
        distinct, codes = np.unique(values, return_inverse=True)
        words = [
            *(shown(int(value)) if given[codes == place].any() else "" for place, value in enumerate(distinct)),
            "",
        ]
        return Words(np.where(given, codes, len(words) - 1).astype(np.int32), words)

    def amounts_in(self, name: str) -> Words | None:
        """A column of amounts by its name: what a rescission leaves empty is not taken from what it undoes, except in
        the columns that `rescission` knows to hold amounts.
        """
        header = self.header(name)
        known = self.others if header_key(name) in AMOUNT_COLUMNS else self.stated_others
        return dict(known).get(header)

    @cached_property
    def investors(self) -> int:
        """How many investors there are."""
        return int(self.investor_id.max(initial=-1)) + 1

    @cached_property
    def cash(self) -> Ints:
        """Cents of gross proceeds that were paid in cash."""
        return self.gross - self.non_cash

    @cached_property
    def effective_day(self) -> Codes:
        """The day on which a line counts as sold: its own, or that of the closing it undoes."""
        undone = self.reverses >= 0
        return (
            np.where(undone, self.closing_day[np.where(undone, self.reverses, 0)], self.day) if len(self) else self.day
        )

    @cached_property
    def scope(self) -> Codes:
        """The closing within which a line is rounded: its own, or the one it undoes."""
        return np.where(self.reverses >= 0, self.reverses, self.closing.codes)

    def closing_date(self, code: int) -> date:
        return day_date(int(self.closing_day[code]))


def gross_of(
    shares: Ints,
    price: Codes,
    prices: list[Price],
    stated: Ints,
    has_stated: Mask,
    has_both: Mask,
    rows: Rows,
    problems: Problems,
) -> tuple[Ints, int, Ratio]:
    """Gross proceeds in cents; how many were rounded to the cent, and what the rounding added in cents.

    Where gross proceeds are stated they hold, and must agree to the cent with shares x price if those are given too.
    Otherwise shares x price is taken half up to the cent.
    """
    computed = np.zeros(len(shares), dtype=np.int64)
    differs = np.zeros(len(shares), dtype=bool)
    rounded, effect = 0, Ratio(0)
    of_price = np.array([p.decimals for p in prices] or [0])[np.maximum(price, 0)]
    for decimals in sorted(
        {p.decimals for p in prices}
    ):  # each by its own scale: a cheap share's price has many decimals
        at = np.flatnonzero(has_both & (of_price == decimals))
        units = np.array([int(p.ratio * 10**decimals) if p.decimals == decimals else 0 for p in prices], dtype=np.int64)
        per_cent = 10 ** (decimals - 2)
        product = totals.multiplied(shares[at], units[price[at]])
        cents = totals.scaled(product, Ratio(1, per_cent), "half up")
        exact = cents * per_cent == product
        computed[at] = cents
        differs[at] = has_stated[at] & _beyond_a_cent(product, stated[at], per_cent)
        here = ~exact & ~has_stated[at]
        rounded += int(here.sum())
        effect += Ratio(totals.exact_total((cents * per_cent - product)[here]), per_cent)
    for index in limited(differs, problems, rows, "gross-differs"):
        problems.add(
            rows.place(index, "gross_proceeds"),
            "gross-differs",
            f"gross_proceeds {shown_money(int(stated[index]))} is not shares x price: "
            f"{shown_count(int(shares[index]))} x "
            f"{prices[price[index]]} = {shown_money(int(computed[index]))}",
            "Correct whichever of the three is wrong, or leave one out.",
        )
    return np.where(has_stated, stated, computed), rounded, effect


def _beyond_a_cent(product: Ints, stated: Ints, per_cent: int) -> Mask:
    """Whether shares x price, in units of a cent / per_cent, is a whole cent or more away from the stated cents."""
    whole = totals.floored(product, per_cent)
    beyond: Mask = (stated < whole) | (stated > whole + (whole * per_cent != product))
    return beyond


def limited(found: Mask, problems: Problems, rows: Rows, code: str) -> Iterator[int]:
    """The first rows of `found`; if there are more, a problem that says how many."""
    indices = np.flatnonzero(found)
    yield from (int(index) for index in indices[:MOST_SHOWN])
    if len(indices) > MOST_SHOWN:
        problems.add(
            rows.place(int(indices[MOST_SHOWN])), code, f"and {len(indices) - MOST_SHOWN:,} more rows of this kind"
        )


def _numbered(investor: Words) -> Codes:
    """A number for each line's investor, in the order of the names' keys."""
    keys = [name_key(word) for word in investor.words]
    number = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys] or [0], dtype=np.int32)[investor.codes]


def dated(table: ClosingTable, problems: Problems) -> ClosingTable:
    """The table with its investors numbered and its closings dated and ranked; a closing of two dates is a problem."""
    table = evolve(table, investor_id=_numbered(table.investor))
    names = table.closing.words
    closing_day = np.zeros(len(names), dtype=np.int32)
    closing_day[table.closing.codes[::-1]] = table.day[::-1]  # the first line of a closing dates it
    first = np.zeros(len(names), dtype=np.int64)
    first[table.closing.codes[::-1]] = np.arange(len(table))[::-1]
    for index in limited(table.day != closing_day[table.closing.codes], problems, table.rows, "closing-has-two-dates"):
        code = int(table.closing.codes[index])
        problems.add(
            table.rows.place(index, "date"),
            "closing-has-two-dates",
            f"closing {names[code]} is dated {day_date(int(table.day[index]))} here and "
            f"{day_date(int(closing_day[code]))} at "
            f"{table.rows.place(int(first[code]), 'date')}",
            "A closing is one day: correct the date, or give the second day an id of its own.",
        )
    order = sorted(range(len(names)), key=lambda code: (closing_day[code], names[code]))
    rank = np.empty(len(names), dtype=np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return evolve(table, closing_day=closing_day, rank=rank)
