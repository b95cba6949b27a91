"""How terms are written: the shapes that a value in an agreement file can have, known neither to YAML nor to JSON.

A class of the domain says for each of its terms which shape it is written in and what it means:

    rate: Ratio = term(RATE, "the part of the base that is paid, such as 6.5%")

From this one statement the reader knows what to accept and to refuse, `feecalc schema` what to tell editors, and the
reference of the language what to print. A term with a default may be left out; all others must be stated.

    Scalar          one word, number or sentence, made exact by a function of its text
    Choice          one of a few fixed phrases
    ListOf          a list of one shape
    Part            a mapping of terms that makes an object of one class
    Either          one of a few phrases, or else one of a few other shapes
    ByKind          a mapping whose `kind` says which class it makes
    RowsOf          rows of a record table, as in a worked example
    Changes         terms that a reading puts in place of others
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs
from attrs import field, frozen

from feecalc import dates, money
from feecalc.problems import Place, did_you_mean


@frozen
class Scalar:
    """A single text that `parse` makes exact; `example` and `pattern` are for messages and editors."""

    name: str
    parse: Callable[..., Any]
    example: str
    pattern: str = ""
    in_currency: bool = False  # `parse` takes the currency of the agreement as well, which the text may name


@frozen
class Choice:
    words: tuple[str, ...]


@frozen
class ListOf:
    of: Shape
    at_least: int = 0


@frozen
class Part:
    of: type[Written]


@frozen
class Either:
    """One of the `words`, kept as text, or else a value of one of the shapes `others`.

    At most one of these is a scalar and one a list; of several parts the one is meant whose first term is written.
    """

    words: tuple[str, ...]
    others: tuple[Shape, ...]

    def scalar(self) -> Scalar | None:
        return next((shape for shape in self.others if isinstance(shape, Scalar)), None)

    def listed(self) -> ListOf | None:
        return next((shape for shape in self.others if isinstance(shape, ListOf)), None)

    def parts(self) -> list[Part]:
        return [shape for shape in self.others if isinstance(shape, Part)]


@frozen
class ByKind:
    kinds: Mapping[str, type[Written]]


@frozen
class RowsOf:
    table: str


@frozen
class Changes:
    """A mapping of term names to new values, checked by building the clause or agreement with them."""


Shape: TypeAlias = Scalar | Choice | ListOf | Part | Either | ByKind | RowsOf | Changes


@frozen(kw_only=True)
class Written:
    """Anything read from an agreement file: it knows where each of its terms stands ("" is the whole of it)."""

    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False)

    def place(self, key: str = "") -> Place:
        return self.places.get(key) or self.places.get("") or Place("")


def term(shape: Shape, doc: str, default: Any = attrs.NOTHING) -> Any:
    """An attrs field that is a term of the language: its shape, its meaning, and its default if it may be left out."""
    return field(default=default, metadata={"shape": shape, "doc": doc})


def terms(cls: type[Written]) -> dict[str, attrs.Attribute[Any]]:
    """The terms of a class as files write them, in the order in which they are documented.

    A term whose word Python keeps for itself ends in an underscore there: `from_`, `except_`, `is_`.
    """
    return {attribute.name.rstrip("_"): attribute for attribute in attrs.fields(cls) if "shape" in attribute.metadata}


def nested(written: Written) -> Iterator[Written]:
    """Everything within something read from an agreement file, itself first; not what readings and amendments put in
    its place.
    """
    yield written
    for attribute in attrs.fields(type(written)):
        if not isinstance(attribute.metadata.get("shape", Changes()), Changes):
            value = getattr(written, attribute.name)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Written):
                    yield from nested(each)


def leading(cls: type[Written]) -> str:
    """The first term of a class, by which it is told from others that may stand in its place."""
    return next(iter(terms(cls)))


def _identifier(text: str) -> str:
    if not text or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in text) or not text[0].isalnum():
        raise money.Unreadable(
            f'"{text}" is not an id', "Ids are letters, digits, hyphens, points, underscores: cash-fee."
        )
    if len(text) > 100:
        raise money.Unreadable(f'"{text}" is longer than 100 letters', "Give it a short id, and say the rest in words.")
    return text


def _sentence(text: str) -> str:
    if not text.strip():
        raise money.Unreadable("nothing is written here", "Write it, or leave the whole key out if it may be left out.")
    return " ".join(text.split())


def _currency(text: str) -> str:
    if text not in money.CURRENCIES:
        raise money.Unreadable(f'"{text}" is not a currency that feecalc knows', did_you_mean(text, money.CURRENCIES))
    return text


def _version(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:9]) > 1:
        raise money.Unreadable(
            f'the file is written for version "{text}" of the agreement language, and this feecalc reads version 1',
            "Install a newer feecalc, or write the file in version 1.",
        )
    if text != "1":
        raise money.Unreadable(f'"{text}" is not a version of the agreement language', "Write: feecalc: 1")
    return 1


def _small(text: str) -> int:
    number = money.parse_count(text)
    if not 1 <= number <= 1200:
        raise money.Unreadable(f'"{text}" is not between 1 and 1,200', "Check the number of months or days.")
    return number


def _within(low: int, high: int, noun: str) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        number = money.parse_count(text)
        if not low <= number <= high:
            raise money.Unreadable(f'"{text}" is not between {low} and {high:,}', f"Check the {noun}.")
        return number

    return parsed


def _word(text: str) -> str:
    return " ".join(text.split())


def _not_negative(text: str, currency: str) -> int:
    amount = money.parse_money(text, currency)
    if amount < 0:
        raise money.Unreadable(f'"{text}" is negative', "Write what the contract says.")
    return amount


def _positive(parse: Callable[..., Any], zero: Any) -> Callable[..., Any]:
    def parsed(text: str, *currency: str) -> Any:
        value = parse(text, *currency)
        if value <= zero:
            raise money.Unreadable(
                f'"{text}" is not more than zero', "Leave the term out, or write what the contract says."
            )
        return value

    return parsed


_AMOUNT = r"^[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]{1,2})?$"

VERSION = Scalar("version", _version, "1", "^1$")
ID = Scalar("id", _identifier, "cash-fee", "^[A-Za-z0-9][A-Za-z0-9._-]*$")
NAME = Scalar("name", _sentence, "Brighton Capital Ltd.")
SENTENCE = Scalar("text", _sentence, "At each closing a cash fee of 6% of cash proceeds.")
DATE = Scalar("date", dates.parse_date, "2002-03-11", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
MONEY = Scalar("money", _positive(money.parse_money, 0), "150,000.00", _AMOUNT, in_currency=True)
MONEY_OR_NOTHING = Scalar("money", _not_negative, "150,000.00", _AMOUNT, in_currency=True)
NUMBER = Scalar("count", _small, "12", r"^[0-9]+$")
DAYS = Scalar("count", _within(0, 36600, "number of days, months or years"), "5", r"^[0-9]+$")
DECIMALS = Scalar("count", _within(2, 10, "number of decimals"), "4", r"^[0-9]+$")
WORD = Scalar("name", _word, "yes")
COUNT = Scalar("count", _positive(money.parse_count, 0), "125,000", r"^[0-9]{1,3}(,?[0-9]{3})*$")
PRICE = Scalar("price", money.parse_price, "2.75", r"^[0-9,]+(\.[0-9]{1,10})?$", in_currency=True)
RATE = Scalar("rate", _positive(money.parse_rate, 0), "6.5%", r"^[0-9]+(\.[0-9]+)?\s*%$")
RATE_OR_ZERO = Scalar("rate", money.parse_rate, "6.5%", r"^[0-9]+(\.[0-9]+)?\s*%$")
PERCENT = Scalar("percentage", _positive(money.parse_percent, 0), "110%", r"^[0-9]+(\.[0-9]+)?\s*%$")
AMOUNT = Scalar(
    "amount",
    _positive(money.parse_money, 0),
    "1,000,000.00",
    r"^[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]{1,2})?$",
    in_currency=True,
)  # money, or a count held as count x 100
SHARE = Scalar("share", _positive(money.parse_share, 0), "1/2", r"^([0-9]+\s*/\s*[0-9]+|[0-9]+(\.[0-9]+)?\s*%)$")
CURRENCY = Scalar("currency", _currency, "USD")
