"""Which payee and currency a document belongs to, and under which agreement: its pool."""

from __future__ import annotations

from attrs import define, field

from feecalc.applications.dues import Due
from feecalc.applications.sides import payee_key
from feecalc.ledger import Ledger
from feecalc.matching.open_items import NOT_KNOWN, Document, Tolerance
from feecalc.records import Invoice, Payment


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

    def of_due(self, due: Due) -> str:
        return f"{payee_key(due.payee)}|{self.currencies[due.agreement]}"

    def document(self, row: Invoice | Payment, numbers: set[tuple[str, str]] | None = None) -> Document:
        """What of a document matters for matching; without a pool if it is under no agreement, or in no one
        currency.
        """
        payee = payee_key(row.payee)
        under = [(a, c) for a, c in self.by_payee.get(payee, ()) if row.agreement in ("", a)]
        currencies = {currency for _, currency in under}
        pool = f"{payee}|{currencies.pop()}" if len(currencies) == 1 else ""
        agreement = row.agreement or (under[0][0] if len(under) == 1 else "")
        invoice = row.invoice if isinstance(row, Payment) else ""
        if numbers is not None and invoice and (pool, invoice) not in numbers:
            invoice = NOT_KNOWN
        return Document(pool, row.amount, (agreement, row.clause, row.closing, invoice), stated=bool(row.agreement))

    def tolerances(self) -> tuple[Tolerance, ...]:
        found = []
        for row in self.ledger.records.tolerances:
            payee = payee_key(row.payee)
            pools = frozenset(f"{payee}|{currency}" for _, currency in self.by_payee.get(payee, ()))
            found.append(Tolerance(row.name, row.amount, pools if row.payee else None, row.agreement))
        return tuple(found)
