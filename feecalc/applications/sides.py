"""What is applied to what: dues, rows of invoices, invoices and payments, each by its kind and number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
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
    rest. Of the source, what it takes back counts as applied with the opposite sign: of its own kind, and where it is
    no document but a due or an invoice.
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


def in_order(documents: Sequence[AnyDocument]) -> list[int]:
    """The places of documents by their day and what they say, whatever row they stand in. Only where day and number are
    the same is the rest looked at: that is seldom, and takes longer than all else.
    """
    numbers, days = list(map(number_of, documents)), [document.date.toordinal() for document in documents]
    order = sorted(range(len(documents)), key=numbers.__getitem__)
    order.sort(key=days.__getitem__)
    if len(set(numbers)) == len(numbers):
        return order
    same = groupby(order, key=lambda place: (days[place], numbers[place]))
    return [place for _, those in same for place in sorted(those, key=lambda place: _order_of(documents[place]))]


def _order_of(document: Invoice | Payment) -> tuple[object, ...]:
    names = (document.agreement, document.clause, document.closing, document.invoice, taken_back(document))
    return (document.date, number_of(document), payee_key(document.payee), *names, document.amount, document.memo)
