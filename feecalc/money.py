"""Cents, counts, prices and ratios: exact parsing, exact rounding, exact printing. Scalars only; columns are in
`totals`.

Money is an `int` of cents, a count is an `int`, a rate or share is a `Ratio` of two integers (`fractions.Fraction`), a
price is a `Price`: a ratio with the decimals it was written with, because a price has more decimals than a cent. Floats
never occur. Every parser takes the text a person typed and either returns the exact value or raises `Unreadable` with a
sentence that says what is wrong and another that says what to write.

Rounding is symmetric: |x| is rounded and the sign put back, so that a reversed closing takes back exactly what the
closing gave. "half up" therefore means half away from zero.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Literal, get_args

from attrs import frozen

Ratio = Fraction
RoundingMode = Literal["half up", "half even", "down", "up"]
ROUNDING_MODES: tuple[RoundingMode, ...] = get_args(RoundingMode)

CENTS = tuple(f".{cents:02d}" for cents in range(100))
LARGEST_CENTS = 999_999_999_999_999  # 9,999,999,999,999.99: beyond it neither Excel nor a double holds every cent

# ISO 4217 codes of currencies with two decimals in which such agreements are written
CURRENCIES = (
    "USD",
    "CAD",
    "EUR",
    "GBP",
    "CHF",
    "AUD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "HKD",
    "SGD",
    "ILS",
    "CNY",
    "INR",
    "MXN",
    "ZAR",
    "BRL",
    "PLN",
    "CZK",
    "AED",
    "THB",
    "TWD",
    "MYR",
)

_SYMBOLS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD"),
    "US$": ("USD",),
    "C$": ("CAD",),
    "€": ("EUR",),
    "£": ("GBP",),
}
_MARKS = tuple((_SYMBOLS | {code: (code,) for code in CURRENCIES}).items())  # no text bears two of them
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_NUMBER = re.compile(rf"({_DIGITS})(?:\.([0-9]+))?", re.ASCII)
_LONGEST = 40  # characters of a number
_BASIS_POINTS = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,6}))?\s*(?:bps?|basis points?)", re.ASCII | re.IGNORECASE)
_RATIO = re.compile(r"([0-9]{1,18})\s*/\s*([0-9]{1,18})", re.ASCII)


class Unreadable(ValueError):
    """The text is not an exact value of the kind asked for."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.says = says
        self.remedy = remedy


@frozen(order=True)
class Price:
    """A price per share: `ratio` in currency units and the decimals it is written with (2 to 10)."""

    ratio: Ratio
    decimals: int = 2

    def __str__(self) -> str:
        scaled = self.ratio.numerator * 10**self.decimals // self.ratio.denominator
        whole, fraction = divmod(scaled, 10**self.decimals)
        return f"{whole}.{fraction:0{self.decimals}d}"


def rounded(value: Ratio, mode: RoundingMode) -> int:
    """`value` to a whole unit, symmetrically about zero."""
    return divided(value.numerator, value.denominator, mode)


def divided(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """numerator / denominator (denominator > 0) to a whole unit, symmetrically about zero."""
    quotient, remainder = divmod(abs(numerator), denominator)
    if mode == "up":
        quotient += remainder > 0
    elif mode == "half up":
        quotient += 2 * remainder >= denominator
    elif mode == "half even":
        quotient += 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1)
    return quotient if numerator >= 0 else -quotient


def units(amount: int) -> int:
    """The count that was written where money might stand: a count is held as count x 100 there."""
    return amount // 100


def parse_money(text: str, currency: str = "USD") -> int:
    """Cents of `1050000`, `1,050,000.00`, `$1,050,000.00`, `USD 1,050,000`, `(500.00)`, `-500`. Raises `Unreadable`."""
    body, sign = _signed(_without_currency(text.strip(), currency))
    whole, fraction = _number(body, text, "an amount such as 1,050,000.00")
    if len(fraction) == 3:
        grouped = text.replace(".", ",")
        thousands = f"If the point separates thousands, write {grouped}; else write" if 0 < whole < 1000 else "Write"
        raise Unreadable(f'"{text}" has three decimals', f"{thousands} whole cents, such as 1,050,000.25.")
    if len(fraction.rstrip("0")) > 2:
        raise Unreadable(f'"{text}" has more than 2 decimals', "Write whole cents, such as 1,050,000.25.")
    cents = sign * (whole * 100 + int((fraction + "00")[:2]))
    if abs(cents) > LARGEST_CENTS:
        raise Unreadable(
            f'"{text}" is beyond {plain_money(LARGEST_CENTS)}, the largest amount kept to the cent', "Check the amount."
        )
    return cents


def parse_count(text: str) -> int:
    """A whole number of shares or warrants: `525000`, `525,000`, `(500)`, `-500`. Raises `Unreadable`."""
    body, sign = _signed(text.strip())
    whole, fraction = _number(body, text, "a whole number such as 525,000")
    if fraction.strip("0"):
        raise Unreadable(
            f'"{text}" is not a whole number',
            "Shares and warrants are counted whole, such as 525,000. Where parts are sold, leave the count empty and "
            "state the proceeds.",
        )
    if whole > LARGEST_CENTS:
        raise Unreadable(f'"{text}" is beyond {LARGEST_CENTS:,}, the largest count kept', "Check the count.")
    return sign * whole


def parse_price(text: str, currency: str = "USD") -> Price:
    """A price per share of up to 10 decimals, such as `2.75` or `$1.1651`. Raises `Unreadable`."""
    whole, fraction = _number(_without_currency(text.strip(), currency), text, "a price such as 2.75")
    fraction = fraction.rstrip("0")
    if whole >= 10**9:
        raise Unreadable(f'"{text}" is a billion or more per share', "Check the price.")
    if len(fraction) > 10:
        raise Unreadable(f'"{text}" has more than 10 decimals', "Write the price per share, such as 2.75.")
    return Price(Ratio(int(f"{whole}{fraction}"), 10 ** len(fraction)), max(2, len(fraction)))


def parse_rate(text: str) -> Ratio:
    """A percentage of at most 100%, such as `6.5%`. Raises `Unreadable`."""
    rate = parse_percent(text)
    if rate > 1:
        raise Unreadable(f'"{text}" is more than 100%', "A rate is at most 100%.")
    return rate


def parse_percent(text: str) -> Ratio:
    """A percentage such as `6.5%` or `133.1%`. A bare number is refused: 6.5 and 0.065 are both said for 6.5%. Raises
    `Unreadable`.
    """
    stripped = text.strip()
    if not stripped.endswith("%"):
        raise Unreadable(f'"{text}" is not a rate: a rate needs its per cent sign', _rate_hint(stripped))
    match = _digits(stripped[:-1].rstrip())
    if match is None:
        raise Unreadable(f'"{text}" is not a rate such as 6.5%', _percent_hint(stripped[:-1].rstrip()))
    fraction = match[2] or ""
    return Ratio(int(match[1].replace(",", "") + fraction), 100 * 10 ** len(fraction))


def _percent_hint(body: str) -> str:
    """What to write instead of `body` before a per cent sign."""
    if re.fullmatch(r"[0-9]{1,3},[0-9]{1,2}|[0-9]{1,3},[0-9]{4,9}", body, re.ASCII):
        return f"The decimal mark is a point: {body.replace(',', '.')}%."
    if body[:1] in ("-", "\u2212", "("):
        return "A rate is not negative: write what the contract says."
    return odd_character(body) or "Write digits, a point for decimals, and the per cent sign: 6.5%."


def _rate_hint(text: str) -> str:
    points = _BASIS_POINTS.fullmatch(text)
    if points is not None:
        ratio = Ratio(int(points[1] + (points[2] or "")), 10_000 * 10 ** len(points[2] or ""))
        return f"Basis points are hundredths of a per cent: write {shown_rate(ratio)}."
    match = _digits(text)
    if match is None:
        return odd_character(text) or "Write digits, a point for decimals, and the per cent sign: 6.5%."
    if int(match[1].replace(",", "")) or not match[2]:
        return f"For {text} per cent write {text}%."
    rate = shown_rate(Ratio(int(match[2]), 10 ** len(match[2])))
    return f"For {text} of the base write {rate}; for {text} per cent write {text}%."


def parse_share(text: str) -> Ratio:
    """A payee's share: `1/2`, `50%`. Raises `Unreadable`."""
    match = _RATIO.fullmatch(text.strip())
    if match is None:
        try:
            return parse_rate(text)
        except Unreadable:
            raise Unreadable(
                f'"{text}" is not a share', "Write a fraction such as 1/2, 1/1 for all, or a percentage such as 50%."
            ) from None
    if int(match[2]) == 0 or int(match[1]) > int(match[2]):
        raise Unreadable(f'"{text}" is not a share between 0 and 1', "Write a fraction such as 1/2.")
    return Ratio(int(match[1]), int(match[2]))


def price_of(cents: int, shares: int) -> Price | None:
    """cents / shares as a price, if that is one of at most 10 decimals (shares are not 0)."""
    whole = 100 * abs(shares)
    divisor = whole // gcd(cents, whole)
    if 10**10 % divisor:
        return None
    ratio = Ratio(cents, 100 * shares)
    return Price(ratio, next(decimals for decimals in range(2, 11) if 10**decimals % divisor == 0))


def plain_money(cents: int) -> str:
    """`63000.00`: for files that programs read."""
    return f"-{-cents // 100}{CENTS[-cents % 100]}" if cents < 0 else f"{cents // 100}{CENTS[cents % 100]}"


def shown_money(cents: int) -> str:
    """`63,000.00`, negative in parentheses: for people."""
    return f"({-cents // 100:,}{CENTS[-cents % 100]})" if cents < 0 else f"{cents // 100:,}{CENTS[cents % 100]}"


def shown_count(count: int) -> str:
    """`10,500`, negative in parentheses: for people."""
    return f"({-count:,})" if count < 0 else f"{count:,}"


def shown_rate(rate: Ratio) -> str:
    """`6.5%` where the percentage is a finite decimal, else `1/3`."""
    # A pair of whole numbers is found again in a tenth of the time that a ratio is.
    return _shown_rate(rate.numerator, rate.denominator)


@lru_cache
def _shown_rate(numerator: int, denominator: int) -> str:
    rate = Ratio(numerator, denominator)
    percent = rate * 100
    twos_and_fives = percent.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return str(rate)
    whole, rest = divmod(percent, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}%" if digits else f"{whole}%"


_SHARE_WORDS = {
    (1, 2): "one half",
    (1, 3): "one third",
    (2, 3): "two thirds",
    (1, 4): "one quarter",
    (3, 4): "three quarters",
    (1, 1): "all",
}


def shown_share(share: Ratio) -> str:
    """`one half`, `one third`, or `65%`."""
    return _SHARE_WORDS.get((share.numerator, share.denominator)) or shown_rate(share)


def _signed(body: str) -> tuple[str, int]:
    """The text without its sign, and the sign: -5, \u22125, 5-, (5)."""
    if body.startswith("(") and body.endswith(")"):
        return body[1:-1].strip(), -1
    if body[:1] in ("-", "\u2212"):
        return body[1:].strip(), -1
    if body.endswith("-"):
        return body[:-1].strip(), -1
    return body, 1


def marked(text: str) -> tuple[str, ...]:
    """The currencies that a mark in the text of an amount can stand for; none where there is no mark."""
    return _mark(text.strip("()-\u2212 "))[1]


def _mark(inner: str) -> tuple[str, tuple[str, ...]]:
    """The symbol or code at either end of an amount without its sign, and the currencies that it can stand for."""
    if inner[:1].isdigit() and inner[-1:].isdigit():
        return "", ()
    return next(
        ((mark, codes) for mark, codes in _MARKS if inner.startswith(mark) or inner.endswith(" " + mark)), ("", ())
    )


def _without_currency(body: str, currency: str) -> str:
    """The text without a currency symbol or code; raises where the symbol contradicts `currency`."""
    opening = "(" if body.startswith("(") else body[:1] if body[:1] in ("-", "\u2212") else ""
    inner = body[len(opening) :]
    mark, codes = _mark(inner)
    if not mark:
        return body
    if currency not in codes:
        raise Unreadable(
            f'"{body}" is marked {mark} where {currency} is expected',
            "Write the amount without a mark; the currency of a line stands in its column `currency`.",
        )
    rest = inner.removeprefix(mark) if inner.startswith(mark) else inner[: -len(mark)]
    return opening + rest.strip()


def _digits(body: str) -> re.Match[str] | None:
    """The whole digits and the decimals of a number, unless it is longer than anything that is counted."""
    return _NUMBER.fullmatch(body) if len(body) <= _LONGEST else None


def _number(body: str, text: str, wanted: str) -> tuple[int, str]:
    match = _digits(body)
    if match is None:
        shown = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
        hint = _hint(body) if len(body) <= _LONGEST else "It is too long: check it."
        raise Unreadable(f'"{shown}" is not {wanted}', hint)
    if match[1].startswith("0") and len(match[1]) > 1:
        raise Unreadable(
            f'"{text}" begins with a zero',
            "It may be the end of an amount whose comma cut it in two: 1,050 needs quotes.",
        )
    return int(match[1].replace(",", "")), match[2] or ""


def _hint(body: str) -> str:
    if re.fullmatch(r"[0-9.]+,[0-9]{1,2}", body):
        return "The decimal mark is a point and thousands are separated by commas: 1,050,000.00."
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+", body):
        return "Scientific notation may have lost digits: write the number out."
    if re.fullmatch(r"[0-9]{1,3}(_[0-9]{3})+", body):
        return "Separate thousands with commas, or not at all."
    if re.fullmatch(r"[0-9,]+(\.[0-9]+)?", body):
        return "Commas must stand before each group of three digits."
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", body):
        return "This is a date."
    if body.casefold() in ("none", "null", "~", "nil", ".inf", ".nan", "unlimited", "no limit"):
        return "If there is none, leave it out."
    short = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?([kKmM]|[mM][mMnN]|[bB][nN]?)", body, re.ASCII)
    if short is not None:
        return "Write the amount out, with all its zeros."
    parted = re.fullmatch(
        r"([0-9]{1,3}(?:[. \u00a0\u2009\u202f'\u2019][0-9]{3})+)((?<!\.[0-9]{3})\.[0-9]{1,2})?", body, re.ASCII
    )
    if parted is not None:
        return f"Thousands are separated by commas: {re.sub('[^0-9]', ',', parted[1])}{parted[2] or ''}."
    return odd_character(body) or "Use digits, with commas for thousands and a point for decimals."


def odd_character(text: str) -> str:
    """What to type in place of the first character of `text` that no number or date is written with; empty if none."""
    for letter in text:
        if not letter.isascii():
            if letter.isdigit():
                return f"{letter} is not the digit {unicodedata.digit(letter)} of a keyboard: type the figures anew."
            name = unicodedata.name(letter, "a character without a name").lower()
            instead = ' Type a plain "-".' if unicodedata.category(letter) == "Pd" or letter == "\u2212" else ""
            return f"It holds {name} (U+{ord(letter):04X}), which is no part of it.{instead}"
    return ""
