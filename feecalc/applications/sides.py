"""What is applied to what: dues, rows of invoices, invoices and payments, each by its kind and number."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from attrs import frozen

from feecalc.names import name_key
from feecalc.records import Invoice, Payment

Kind: TypeAlias = Literal["due", "row", "invoice", "payment"]  # a row is an invoice's, applied to dues
Side: TypeAlias = tuple[Kind, int]
payee_key = lru_cache(maxsize=100_000)(name_key)


@frozen
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


def order_of(document: Invoice | Payment) -> tuple[object, ...]:
    """Documents by their day and what they say, whatever row they stand in."""
    more = document.invoice if isinstance(document, Payment) else ""
    names = (document.agreement, document.clause, document.closing, more, taken_back(document))
    return (document.date, number_of(document), payee_key(document.payee), *names, document.amount, document.memo)
