"""Amounts and days in forms that spreadsheets, databases and banks give, and that nobody types into an agreement.

Thousands parted by spaces that do not break, what a formula leaves beyond the cent, a day with the time of midnight.
Each stands for one value only; where that is not plain to see, it is noted. Every other form is left as it is, for the
parsers of `money` and `dates` to refuse.
"""

from __future__ import annotations

import re

from attrs import frozen

from feecalc import money
from feecalc.read.faults import shown

_SPACES = "\u00a0\u2009\u202f"  # no-break space, thin space, narrow no-break space
_SPACED = re.compile(rf"([^0-9]*)([0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+)((?:\.[0-9]*)?[^0-9]*)", re.ASCII)
_LONG = re.compile(r"([^0-9]*)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+))\.([0-9]{3,})([^0-9]*)", re.ASCII)
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)

NUMBERS = ("money", "count", "price")

_RESIDUE = 10**6  # at most one part of so many of a unit of money is what a formula leaves


@frozen
class Note:
    """The code and the words of what should be known of a cell that is taken in another form than it has."""

    code: str
    says: str


def tidied(word: str, kind: str) -> tuple[str, Note | None]:
    """A cell's text in the form that the parser of its kind (money, count, price, date) takes, and what should be
    known of that.
    """
    if kind == "date":
        midnight = _MIDNIGHT.fullmatch(word)
        return (midnight[1] if midnight else word), None
    note = None
    if kind in NUMBERS and (spaced := _SPACED.fullmatch(word)):
        grouped = spaced[1] + re.sub(f"[{_SPACES}]", ",", spaced[2]) + spaced[3]
        note = Note("spaces-in-amount", f"{shown(word)} has spaces between its thousands; it is taken as {grouped}")
        word = grouped
    if kind == "money" and (long := _LONG.fullmatch(word)):
        cents = _cents_nearby(int(long[2].replace(",", "")), long[3])
        if cents is not None:
            amount = f"{long[1]}{money.plain_money(cents)}{long[4]}"
            says = f"{shown(word)} is not whole cents by less than a formula leaves; it is taken as {amount}"
            return amount, Note("amount-with-residue", says)
    return word, note


def _cents_nearby(whole: int, fraction: str) -> int | None:
    """The cents from which an amount differs by next to nothing; None if it does not differ, or by more."""
    scale: int = 10 ** len(fraction)
    cents, rest = divmod(100 * (whole * scale + int(fraction)), scale)
    if not rest or min(rest, scale - rest) * _RESIDUE > 100 * scale:
        return None
    return cents + 1 if 2 * rest > scale else cents
