"""Which payee and currency a document belongs to, and under which agreement: its pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from sys import intern

from attrs import define, field

from feecalc.applications.dues import Due
from feecalc.applications.sides import payee_key
from feecalc.ledger import Ledger
from feecalc.matching.open_items import NOT_KNOWN, Document, Tolerance
from feecalc.names import reference_key
from feecalc.records import Invoice, Payment


class Numbers:
    """The numbers of invoices, found as payments name them: with other case and marks, or without leading zeros, if
    that leaves one invoice of the pool.
    """

    def __init__(self, numbers: Iterable[tuple[str, str]]) -> None:
        self._numbers = list(numbers)
        self._only = {key: key[1] for key in self._numbers}  # one each, but for payees in no pool, whom nothing pays
        self._found: dict[int, dict[tuple[str, str], list[str]]] = {}  # by the place of the way to write them

    def named(self, pool: str, named: str) -> str:
        """The number of the one invoice that is meant, or `NOT_KNOWN`."""
        number = self._only.get((pool, named))
        if number is not None:  # most payments name a number as it is
            return number
        for place, written in enumerate(_WAYS):
            if place not in self._found:
                known = self._found[place] = {}
                for its_pool, number in self._numbers:
                    known.setdefault((its_pool, written(number)), []).append(number)
            found = self._found[place].get((pool, written(named)), [])
            if len(found) == 1:
                return found[0]
        return NOT_KNOWN


_WAYS: Sequence[Callable[[str], str]] = (reference_key, partial(reference_key, zeros=False))


@define(eq=False)
class Pools:
    """Which payee and currency a document belongs to, and under which agreement."""

    ledger: Ledger
    by_payee: dict[str, list[tuple[str, str]]] = field(init=False)  # its agreements, each with its currency
    currencies: dict[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.by_payee = {}
        self.currencies = {agreement.id: agreement.currency for agreement in self.ledger.agreements}
        for agreement in self.ledger.agreements:
            for payee in agreement.payees:
                self.by_payee.setdefault(payee_key(payee), []).append((agreement.id, agreement.currency))

    def of_dues(self, dues: Iterable[Due]) -> list[str]:
        """The pool of each due."""
        keys = [(due.payee, due.agreement) for due in dues]
        pools = {key: intern(f"{payee_key(key[0])}|{self.currencies[key[1]]}") for key in set(keys)}
        return [pools[key] for key in keys]

    def documents(
        self, rows: Sequence[Invoice | Payment], order: Sequence[int], numbers: Numbers | None = None
    ) -> list[Document]:
        """What of documents matters for matching, in an order of their places; without a pool if one is under no
        agreement, or in no one currency. With `numbers` they are payments, which may name an invoice.
        """
        place = cache(self._place)
        placed = [place(row.payee, row.agreement, row.currency) for row in rows]
        invoices = [""] * len(rows)
        if numbers is not None:
            named = [row.invoice for row in rows]
            invoices = [name and numbers.named(pool, name) for name, (pool, _) in zip(named, placed, strict=True)]
        found = [
            Document(pool, row.amount, (agreement, row.clause, row.closing, invoice), bool(row.agreement))
            for row, (pool, agreement), invoice in zip(rows, placed, invoices, strict=True)
        ]
        return [found[at] for at in order]

    def _place(self, payee: str, agreement: str, currency: str) -> tuple[str, str]:
        """The pool and the agreement of what names a payee, an agreement and a currency, where it names them."""
        payee, stated = payee_key(payee), currency.upper()
        under = [(a, c) for a, c in self.by_payee.get(payee, ()) if agreement in ("", a) and stated in ("", c)]
        currencies = {currency for _, currency in under}
        pool = intern(f"{payee}|{currencies.pop()}") if len(currencies) == 1 else ""
        return pool, agreement or (under[0][0] if len(under) == 1 else "")

    def tolerances(self) -> tuple[Tolerance, ...]:
        found = []
        for row in self.ledger.records.tolerances:
            payee = payee_key(row.payee)
            pools = frozenset(f"{payee}|{currency}" for _, currency in self.by_payee.get(payee, ()))
            found.append(Tolerance(row.name, row.amount, pools if row.payee else None, row.agreement))
        return tuple(found)
