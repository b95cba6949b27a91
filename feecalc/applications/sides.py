"""What is applied to what: dues, rows of invoices, invoices and payments, each by its kind and number."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Literal, TypeAlias, TypeVar

from attrs import define

from feecalc.names import name_key
from feecalc.records import Invoice, Payment

Kind: TypeAlias = Literal["due", "row", "invoice", "payment"]  # a row is an invoice's, applied to dues
AnyDocument = TypeVar("AnyDocument", Invoice, Payment)
Side: TypeAlias = tuple[Kind, int]
payee_key = lru_cache(maxsize=100_000)(name_key)


@define(unsafe_hash=True)
class Application:
    """What of one side was applied to another, by which rule. A side is None where a tolerance closed the other's
    rest. Of the source, what it takes back from its own kind counts as applied with the opposite sign.
    """

    source: Side | None
    target: Side | None
    amount: int  # cents
    rule: str
    note: str = ""


def number_of(document: Invoice | Payment) -> str:
    """The document's own number."""
    return document.invoice if isinstance(document, Invoice) else document.payment


def taken_back(document: Invoice | Payment) -> str:
    """The number of the document that a wire that came back, or a credit note, names."""
    return document.credits if isinstance(document, Invoice) else document.returns


def in_order(documents: Iterable[AnyDocument]) -> tuple[AnyDocument, ...]:
    """Documents by their day and what they say, whatever row they stand in. Only where day and number are the same is
    the rest looked at: that is seldom, and takes longer than all else.
    """
    found = sorted(sorted(documents, key=number_of), key=attrgetter("date"))
    if len(set(map(number_of, found))) == len(found):
        return tuple(found)
    same = groupby(found, key=lambda document: (document.date, number_of(document)))
    return tuple(document for _, those in same for document in sorted(those, key=_order_of))


def _order_of(document: Invoice | Payment) -> tuple[object, ...]:
    more = document.invoice if isinstance(document, Payment) else ""
    names = (document.agreement, document.clause, document.closing, more, taken_back(document))
    return (document.date, number_of(document), payee_key(document.payee), *names, document.amount, document.memo)
