"""Invoices applied to what is due, and payments to invoices or, without one, to what is due.

What is due is made from the ledger: its cash entries that have anything to pay, added up by agreement, clause,
closing, payee and day (`Due`); what is deducted from proceeds is paid by that. An invoice row is applied to dues
(*billing*). The rows of one number and payee are one invoice; payments are applied to whole invoices, and to dues that
are not billed (*paying*). The rules of applying are those of `matching`. Only documents dated by the day of the ledger
count.

What takes back comes first and last. A negative payment is a wire that came back, a negative invoice a credit note. One
that returns a whole document (named in `returns` or `credits`, or the only one of its amount) leaves both out of
everything else; one that returns a part undoes exactly that much of what the document had been applied to, its open
part first. A negative due is met by a document of its own, or, if exactly that much of the due was credited, by what
the credit leaves open. What no document meets is set against the due that it takes back: that of the same closing, of
the closing that a rescission undoes, or, where a decision names no closing, what falls due last; and then, where the
agreement allows set-off, against what else is open.

What a payment pays of an invoice is carried to the dues that the invoice was applied to: all of it, if it covers them
all; a part, if there is one due only, or one set of them adds up to it. Else the part is said to belong to no due.

Worked by hand: an invoice of 100.00 was applied to dues of 50.00, 30.00 and 20.00. Paid 70.00: that is 50.00 and 20.00,
and 30.00 is open. Paid 60.00: no set adds up to it; 40.00 of the invoice is open, and nobody says of which due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from attrs import frozen

from feecalc.applications.bills import Bill, bills_of
from feecalc.applications.carried import Carried, carried_to_dues
from feecalc.applications.dues import (
    Due,
    Rescinded,
    credited_back,
    dues_of,
    names_of,
    set_against,
    within_one_closing,
)
from feecalc.applications.pools import Numbers, Pools
from feecalc.applications.returns import Layer
from feecalc.applications.set_off import SetOff
from feecalc.applications.sides import Application, Kind, Side, in_order
from feecalc.ledger import Ledger
from feecalc.matching import Matching
from feecalc.matching.open_items import Document, Item, Match
from feecalc.records import Invoice, Payment


@frozen(eq=False)
class Applied:
    """All documents and dues by a day, and what was applied to what."""

    ledger: Ledger
    dues: tuple[Due, ...]
    invoices: tuple[Invoice, ...]
    bills: tuple[Bill, ...]
    payments: tuple[Payment, ...]
    applications: tuple[Application, ...]
    open_dues: tuple[int, ...]  # neither billed nor paid without an invoice
    open_rows: tuple[int, ...]  # of each invoice row, what was applied to no due
    open_bills: tuple[int, ...]  # of each invoice, what is not paid
    open_payments: tuple[int, ...]
    billing: Matching
    paying: Matching
    carried: tuple[Carried, ...]  # of each bill
    unclear: dict[Side, tuple[tuple[Side, ...], ...]]
    unsearched: tuple[Side, ...]

    def face(self, side: Side) -> int:
        kind, number = side
        if kind == "due":
            return self.dues[number].amount
        if kind == "invoice":
            return self.bills[number].amount
        return self.invoices[number].amount if kind == "row" else self.payments[number].amount

    def payee(self, side: Side) -> str:
        kind, number = side
        if kind == "due":
            return self.dues[number].payee
        if kind == "invoice":
            return self.bills[number].payee
        return self.invoices[number].payee if kind == "row" else self.payments[number].payee

    def applied(self) -> dict[Side, int]:
        """How much of each side was applied."""
        found: dict[Side, int] = {}
        for each in self.applications:
            for side, other in ((each.target, each.source), (each.source, each.target)):
                if side is not None:
                    of_document = side[0] in ("row", "payment") and (other is None or side[0] != other[0])
                    backwards = side == each.source and not of_document
                    found[side] = found.get(side, 0) + (-each.amount if backwards else each.amount)
        return found

    def left(self, side: Side) -> int:
        kind, number = side
        columns = {"due": self.open_dues, "row": self.open_rows, "invoice": self.open_bills}
        return columns.get(kind, self.open_payments)[number]


def apply_documents(ledger: Ledger) -> Applied:
    """Apply the invoices and payments of a ledger's records, by its day."""
    rows = [row for row in ledger.records.invoices if row.date <= ledger.as_of]
    paid = [row for row in ledger.records.payments if row.date <= ledger.as_of]
    order, order_paid = in_order(rows), in_order(paid)
    invoices, payments = tuple([rows[place] for place in order]), tuple([paid[place] for place in order_paid])
    dues = dues_of(ledger)
    pools = Pools(ledger)
    open_ = [due.amount for due in dues]
    applications = list(within_one_closing(dues, open_))
    names = [names_of(due) for due in dues]
    pool_of = pools.of_dues(dues)
    due_sides: list[Side] = [("due", i) for i in range(len(dues))]

    items = list(map(Item, pool_of, open_, names))
    billing = Matching(pools.documents(rows, order), items, pools.tolerances())
    for_invoices = Layer("row", invoices, billing, due_sides.__getitem__, Rescinded(ledger, dues, billing))
    for_invoices.run()

    applications += credited_back(ledger, dues, billing, for_invoices.backs)
    billed = billing.applied()
    bills = bills_of(invoices, billing, billed, for_invoices.backs, names)
    items = [Item(billing.documents[bill.rows[0]].pool, bill.amount, bill.names) for bill in bills]
    numbers = Numbers((item.pool, item.names[3]) for item in items)
    items += map(Item, pool_of, billing.unmet, names, repeat(1))
    documents = pools.documents(paid, order_paid, numbers)
    paying = Matching(documents, items, pools.tolerances())
    sides: list[Side] = [("invoice", i) for i in range(len(bills))]
    target = [*sides, *due_sides].__getitem__
    for_payments = Layer("payment", payments, paying, target)
    for_payments.run()

    days = [bill.day for bill in bills] + [due.payable_on for due in dues]
    by_day = sorted(range(len(items)), key=days.__getitem__)
    _oldest_first(ledger, documents, paying, by_day)
    against = list(set_against(ledger, dues, len(bills), paying))

    def due_on(item: int) -> int:
        """The day on which all is due that an invoice was applied to, or a due itself."""
        if item >= len(bills):
            return days[item]
        return max(
            [dues[due].payable_on for row in bills[item].rows for due, _ in billed.get(row, ())], default=days[item]
        )

    set_off = SetOff(ledger, paying, by_day, due_on)
    if set_off.of_payments():
        for_payments.run()

    def owed(item: int) -> bool:
        return item >= len(bills) or not any(billing.left[row] for row in bills[item].rows)

    against += set_off.of_items(target, owed)
    applications += _applications(billing.matches, "row", for_invoices.target)
    applications += for_invoices.backs
    applications += _applications(paying.matches, "payment", target)
    applications += for_payments.backs + against
    unclear: dict[Side, tuple[tuple[Side, ...], ...]] = {}
    for document, sets in billing.unclear.items():
        unclear[("row", document)] = tuple(tuple(("due", item) for item in each) for each in sets)
    for document, sets in paying.unclear.items():
        unclear[("payment", document)] = tuple(tuple(target(item) for item in each) for each in sets)
    unclear |= for_invoices.unclear | for_payments.unclear
    return Applied(
        ledger=ledger,
        dues=dues,
        invoices=invoices,
        bills=bills,
        payments=payments,
        applications=tuple(applications),
        open_dues=tuple(paying.unmet[len(bills) :]),
        open_rows=tuple(billing.left),
        open_bills=tuple(paying.unmet[: len(bills)]),
        open_payments=tuple(paying.left),
        billing=billing,
        paying=paying,
        carried=tuple(carried_to_dues(bills, billed, paying)),
        unclear={side: sets for side, sets in unclear.items() if _left(side, billing, paying)},
        unsearched=(
            *(("row", d) for d in sorted(billing.unsearched) if billing.left[d]),
            *(("payment", d) for d in sorted(paying.unsearched) if paying.left[d]),
        ),
    )


def _oldest_first(ledger: Ledger, documents: Sequence[Document], paying: Matching, by_day: Sequence[int]) -> None:
    for agreement in ledger.agreements:
        if agreement.payments_applied == "oldest first":
            mine = [d for d, doc in enumerate(documents) if doc.names[0] == agreement.id and paying.takes_part(d)]
            paying.oldest_first(mine, by_day, "oldest first")


def _applications(matches: Iterable[Match], kind: Kind, target: Callable[[int], Side]) -> list[Application]:
    return [
        Application(
            None if match.document is None else (kind, match.document),
            None if match.item is None else target(match.item),
            match.amount,
            match.rule,
            match.note,
        )
        for match in matches
        if match.amount
    ]


def _left(side: Side, billing: Matching, paying: Matching) -> int:
    return (billing if side[0] == "row" else paying).left[side[1]]
