"""Invoices applied to what is due, and payments to invoices or, without one, to what is due.

What is due is made from the ledger: its cash entries that have anything to pay, added up by agreement, clause,
closing, payee and day (`Due`); what is deducted from proceeds is paid by that. An invoice row is applied to dues
(*billing*). The rows of one number and payee are one invoice; payments are applied to whole invoices, and to dues that
are not billed (*paying*). The rules of applying are those of `matching`. Only documents dated by the day of the ledger
count.

What takes back comes first and last. A negative payment is a wire that came back, a negative invoice a credit note. One
that returns a whole document (named in `returns` or `credits`, or the only one of its amount) leaves both out of
everything else; one that returns a part undoes exactly that much of what the document had been applied to, its open
part first. A negative due is met by a document of its own, and what no document meets is set against the due that it
takes back: that of the same closing, of the closing that a rescission undoes, or, where a decision names no closing,
what falls due last.

What a payment pays of an invoice is carried to the dues that the invoice was applied to: all of it, if it covers them
all; a part, if there is one due only, or one set of them adds up to it. Else the part is said to belong to no due.

Worked by hand: an invoice of 100.00 was applied to dues of 50.00, 30.00 and 20.00. Paid 70.00: that is 50.00 and 20.00,
and 30.00 is open. Paid 60.00: no set adds up to it; 40.00 of the invoice is open, and nobody says of which due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from attrs import define, field, frozen

from feecalc.dates import day_date, day_number
from feecalc.ledger import UNITS, Ledger
from feecalc.matching import NOT_KNOWN, Document, Item, Match, Matching, Names, Tolerance, subset
from feecalc.money import shown_money
from feecalc.names import name_key
from feecalc.records import Invoice, Payment

payee_key = lru_cache(maxsize=100_000)(name_key)
Kind: TypeAlias = Literal["due", "row", "invoice", "payment"]  # a row is an invoice's, applied to dues
Side: TypeAlias = tuple[Kind, int]


@frozen
class Due:
    """What is to be paid to a payee on a day (a day number) under a clause for a closing; negative: to be returned."""

    agreement: str
    clause: str
    closing: str
    payee: str
    payable_on: int
    amount: int  # cents
    entry: int  # the place of its first entry in the ledger

    @property
    def words(self) -> str:
        closing = f", closing {self.closing}" if self.closing else ""
        return f"{self.agreement} {self.clause}{closing}, due {day_date(self.payable_on)}, {shown_money(self.amount)}"


@frozen
class Bill:
    """An invoice: its rows of one number and payee. `amount` is what is to be paid on it, credit notes taken off."""

    number: str
    payee: str
    rows: tuple[int, ...]
    amount: int  # cents
    names: Names
    day: int

    @property
    def words(self) -> str:
        return f"invoice {self.number} of {day_date(self.day)}, {shown_money(self.amount)}"


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
                    backwards = side == each.source and other is not None and side[0] == other[0]
                    found[side] = found.get(side, 0) + (-each.amount if backwards else each.amount)
        return found

    def left(self, side: Side) -> int:
        kind, number = side
        columns = {"due": self.open_dues, "row": self.open_rows, "invoice": self.open_bills}
        return columns.get(kind, self.open_payments)[number]


@frozen
class Carried:
    """What was paid on an invoice, and to which of its dues it belongs. `parts` are (due, billed, settled, of it by a
    tolerance); `unassigned` was paid on dues that nobody says which; `beyond` on what is owed under none.
    """

    parts: tuple[tuple[int, int, int, int], ...]
    unassigned: int
    beyond: int


def apply_documents(ledger: Ledger) -> Applied:
    """Apply the invoices and payments of a ledger's records, by its day."""
    invoices = tuple(sorted((d for d in ledger.records.invoices if d.date <= ledger.as_of), key=_order))
    payments = tuple(sorted((d for d in ledger.records.payments if d.date <= ledger.as_of), key=_order))
    dues = dues_of(ledger)
    pools = _Pools(ledger)
    open_ = [due.amount for due in dues]
    applications = list(_within_one_closing(dues, open_))
    names = [_names(due) for due in dues]
    pool_of = [pools.of_due(due) for due in dues]

    items = [Item(pool_of[i], open_[i], names[i]) for i in range(len(dues))]
    billing = Matching([pools.document(row) for row in invoices], items, pools.tolerances())
    for_invoices = _Layer("row", invoices, billing, lambda item: ("due", item))
    for_invoices.run()
    open_ = list(billing.unmet)

    bills = _bills(invoices, billing, for_invoices.backs, dues)
    items = [Item(billing.documents[bill.rows[0]].pool, bill.amount, bill.names) for bill in bills]
    items += [Item(pool_of[i], open_[i], names[i], tier=1) for i in range(len(dues))]
    numbers = {(item.pool, item.names[3]) for item in items[: len(bills)]}
    documents = [pools.document(payment, numbers) for payment in payments]
    paying = Matching(documents, items, pools.tolerances())

    def target(item: int) -> Side:
        return ("invoice", item) if item < len(bills) else ("due", item - len(bills))

    for_payments = _Layer("payment", payments, paying, target)
    for_payments.run()

    by_day = sorted(
        range(len(items)), key=lambda i: (bills[i].day if i < len(bills) else dues[i - len(bills)].payable_on, i)
    )
    _oldest_first(ledger, documents, paying, by_day)
    against = list(_set_against(ledger, dues, len(bills), paying))
    if _set_off(ledger, documents, paying, by_day):
        for_payments.run()
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
        carried=tuple(_carried(bills, billing, paying)),
        unclear={side: sets for side, sets in unclear.items() if _left(side, billing, paying)},
        unsearched=(
            *(("row", d) for d in sorted(billing.unsearched) if billing.left[d]),
            *(("payment", d) for d in sorted(paying.unsearched) if paying.left[d]),
        ),
    )


def dues_of(ledger: Ledger) -> tuple[Due, ...]:
    """What is due in cash, in the order of its days and of the ledger."""
    entries = ledger.entries
    owed = entries["payable"] - entries["deducted"]
    cash = entries[(~entries["unit"].isin(UNITS)) & (owed != 0)]
    sums: dict[tuple[str, str, str, str, int], list[int]] = {}
    keys = zip(
        *(cash[name].tolist() for name in ("agreement", "clause", "closing", "payee", "payable_on")), strict=True
    )
    for key, amount, entry in zip(keys, owed[cash.index].tolist(), cash.index.tolist(), strict=True):
        sums.setdefault(key, [0, entry])[0] += amount
    found = [Due(*key, amount, entry) for key, (amount, entry) in sums.items() if amount]
    return tuple(sorted(found, key=lambda due: (due.payable_on, due.entry)))


def _order(document: Invoice | Payment) -> tuple[object, ...]:
    """Documents by their day and what they say, whatever row they stand in."""
    more = document.invoice if isinstance(document, Payment) else ""
    names = (document.agreement, document.clause, document.closing, more, _takes_back(document))
    return (document.date, _number(document), payee_key(document.payee), *names, document.amount, document.memo)


def _number(document: Invoice | Payment) -> str:
    return document.invoice if isinstance(document, Invoice) else document.payment


def _takes_back(document: Invoice | Payment) -> str:
    """The number of the document that a wire that came back, or a credit note, names."""
    return document.credits if isinstance(document, Invoice) else document.returns


def _names(due: Due) -> Names:
    return due.agreement, due.clause, due.closing, ""


@define(eq=False)
class _Pools:
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


def _within_one_closing(dues: Sequence[Due], open_: list[int]) -> Iterator[Application]:
    """What is taken back of a due at the same closing, by a decision say, lowers what falls due there, the last
    first.
    """
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    for number, due in enumerate(dues):
        groups.setdefault((due.agreement, due.clause, due.closing, due.payee), []).append(number)
    for numbers in groups.values():
        for back in [number for number in numbers if dues[number].amount < 0 and len(numbers) > 1]:
            for number in reversed(numbers):
                amount = min(open_[number], -open_[back])
                if dues[number].amount > 0 and amount > 0:
                    open_[number] -= amount
                    open_[back] += amount
                    yield Application(("due", back), ("due", number), amount, "taken back", "at the same closing")


@define(eq=False)
class _Layer:
    """Documents of one kind, and how what takes back is dealt with around the matching."""

    kind: Kind
    rows: Sequence[Invoice | Payment]
    matching: Matching
    target: Callable[[int], Side]  # what an item of the matching is
    backs: list[Application] = field(factory=list)
    unclear: dict[Side, tuple[tuple[Side, ...], ...]] = field(factory=dict)
    _parts: list[tuple[int, int]] = field(factory=list)  # what returns a part, and of what

    def run(self) -> None:
        m = self.matching
        negative = [number for number, row in enumerate(self.rows) if row.amount < 0 and m.left[number]]
        if negative:
            self._whole(negative)
        m.run()
        again = False
        if negative:
            places: dict[int | None, list[int]] = {}
            for place, match in enumerate(m.matches):
                if match.item is not None and match.amount:
                    places.setdefault(match.document, []).append(place)
            for number, document in self._parts:
                again |= self._take_part(document, number, places.get(document, []))
            by_pool: dict[str, list[int]] = {}
            for document, row in enumerate(self.rows):
                if row.amount > 0 and m.documents[document].pool:
                    by_pool.setdefault(m.documents[document].pool, []).append(document)
            for number in negative:
                if m.left[number] and number not in m.held:
                    again |= self._of_open_part(number, by_pool.get(m.documents[number].pool, []), places)
        self._parts.clear()
        if again:
            m.run()

    def _whole(self, negative: Iterable[int]) -> None:
        """What returns a whole document, and what names one of which it returns a part."""
        m = self.matching
        by_amount: dict[tuple[str, int], list[int]] = {}
        by_number: dict[str, list[int]] = {}
        for number, row in enumerate(self.rows):
            if row.amount > 0 and m.left[number] == row.amount:
                by_amount.setdefault((m.documents[number].pool, row.amount), []).append(number)
            if row.amount > 0:
                by_number.setdefault(_number(row), []).append(number)
        for number in negative:
            row = self.rows[number]
            amount = -m.left[number]
            if _takes_back(row):
                named = [
                    d for d in by_number.get(_takes_back(row), ()) if m.documents[d].pool == m.documents[number].pool
                ]
                m.held.add(number)
                if len(named) == 1 and m.left[named[0]] == amount:
                    self._back(named[0], number, amount, "reference")
                elif len(named) == 1 and m.left[named[0]] > amount:
                    self._parts.append((number, named[0]))
                elif named:
                    self.unclear[(self.kind, number)] = tuple(((self.kind, each),) for each in named)
                continue
            pool = m.documents[number].pool
            alike = by_amount.get((pool, amount), ()) if pool else ()
            found = [d for d in alike if m.left[d] == amount and self._could_return(number, d)]
            items = [i for i, item in enumerate(m.items) if m.unmet[i] == -amount and item.pool == pool]
            items = [i for i in items if m.fits(number, i)]
            if len({m.documents[d].names for d in found}) == 1 and not items:
                self._back(found[-1], number, amount, "amount")
            elif found:
                m.held.add(number)
                self.unclear[(self.kind, number)] = (
                    *(((self.kind, d),) for d in found),
                    *((self.target(i),) for i in items),
                )

    def _could_return(self, number: int, document: int) -> bool:
        """Whether what takes back names nothing that the document does not, and is not earlier."""
        back, of = self.matching.documents[number].names, self.matching.documents[document].names
        return self.rows[document].date <= self.rows[number].date and all(
            not mine or mine == its for mine, its in zip(back, of, strict=True)
        )

    def _back(self, document: int, number: int, amount: int, rule: str, note: str = "") -> None:
        m = self.matching
        m.left[document] -= amount
        m.left[number] += amount
        self.backs.append(Application((self.kind, number), (self.kind, document), amount, rule, note or "all of it"))

    def _take_part(self, document: int, number: int, places: Sequence[int]) -> bool:
        """Return a part of a document: its open part first, then exactly so much of what it was applied to."""
        m = self.matching
        amount = -m.left[number]
        beyond = amount - min(amount, max(m.left[document], 0))
        places = [
            p
            for p, match in enumerate(m.matches)
            if match.document == document and match.amount and match.item is not None
        ]
        if beyond and len(places) == 1 and beyond <= m.matches[places[0]].amount:
            m.withdraw(places[0], beyond)
        elif beyond:
            chosen = subset([m.matches[place].amount for place in places], beyond)
            if chosen is None:
                self.unclear[(self.kind, number)] = (((self.kind, document),),)
                return False
            for place in chosen:
                m.withdraw(places[place], m.matches[places[place]].amount)
        self._back(document, number, amount, "reference", "a part of it")
        return bool(beyond)

    def _of_open_part(self, number: int, of_pool: Sequence[int], places: dict[int | None, list[int]]) -> bool:
        """What takes back exactly what is open of one document that was applied in part, or part of the one it
        names.
        """
        m = self.matching
        amount = -m.left[number]
        mine = [d for d in of_pool if self._could_return(number, d)]
        exact = [d for d in mine if m.left[d] == amount]
        if len(exact) == 1:
            self._back(exact[0], number, amount, "amount", "what was open of it")
        elif exact:
            self.unclear[(self.kind, number)] = tuple(((self.kind, each),) for each in exact)
        elif any(m.documents[number].names[1:]):
            named = [d for d in mine if self.rows[d].amount > amount]
            if len(named) == 1:
                return self._take_part(named[0], number, places.get(named[0], []))
        return False


def _bills(
    invoices: Sequence[Invoice], billing: Matching, backs: Iterable[Application], dues: Sequence[Due]
) -> tuple[Bill, ...]:
    """The invoices that are to be paid: rows of one number and payee. What a credit note took back is not."""
    amounts = [row.amount for row in invoices]
    for each in backs:
        for side, sign in ((each.target, -1), (each.source, 1)):
            if side is not None:
                amounts[side[1]] += sign * each.amount
    applied: dict[int, list[int]] = {}
    for match in billing.matches:
        if match.document is not None and match.item is not None and match.amount:
            applied.setdefault(match.document, []).append(match.item)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(invoices):
        key = (row.invoice, billing.documents[number].pool or payee_key(row.payee))
        groups.setdefault(key, []).append(number)
    found = []
    for (number_, _), rows in groups.items():
        borne = [billing.documents[row].names[:3] for row in rows if not applied.get(row)]
        borne += [_names(dues[due])[:3] for row in rows for due in applied.get(row, ())]
        agreement, clause, closing = (_only(names[place] for names in borne) for place in range(3))
        day = day_number(min(invoices[row].date for row in rows))
        amount = sum(amounts[row] for row in rows)
        bill = Bill(number_, invoices[rows[0]].payee, tuple(rows), amount, (agreement, clause, closing, number_), day)
        found.append(bill)
    return tuple(sorted(found, key=lambda bill: (bill.day, bill.rows)))


def _only(words: Iterable[str]) -> str:
    """The one word, or nothing where there are several."""
    distinct = set(words)
    return distinct.pop() if len(distinct) == 1 else ""


def _oldest_first(ledger: Ledger, documents: Sequence[Document], paying: Matching, by_day: Sequence[int]) -> None:
    for agreement in ledger.agreements:
        if agreement.payments_applied == "oldest first":
            mine = [d for d, doc in enumerate(documents) if doc.names[0] == agreement.id and paying.takes_part(d)]
            paying.oldest_first(mine, by_day, "oldest first")


def _set_off(ledger: Ledger, documents: Sequence[Document], paying: Matching, by_day: Sequence[int]) -> bool:
    """Where the agreement allows it, what a payment overpaid reduces what else is open for the payee: all of that, or
    the only one. Returns whether anything was set off.
    """
    allowed = {agreement.id for agreement in ledger.agreements if agreement.set_off == "allowed"}
    done = False
    applied = {match.document for match in paying.matches if match.amount}
    for document, doc in enumerate(documents):
        left = paying.left[document]
        if doc.names[0] in allowed and left > 0 and document in applied:
            free = [item for item in by_day if paying.items[item].pool == doc.pool and paying.unmet[item] > 0]
            free = [item for item in free if paying.items[item].names[0] in ("", doc.names[0])]
            if free and (len(free) == 1 or sum(paying.unmet[item] for item in free) <= left):
                for item in free:
                    paying.apply(document, item, min(paying.unmet[item], paying.left[document]), "set-off")
                done = True
    return done


def _set_against(ledger: Ledger, dues: Sequence[Due], first: int, paying: Matching) -> Iterator[Application]:
    """What is to be returned and no document met, set against what is open of the due that it takes back."""
    undone = _undone(ledger)
    open_ = paying.unmet
    by_clause: dict[tuple[str, str, str], list[int]] = {}
    for number, due in enumerate(dues):
        by_clause.setdefault((due.agreement, due.clause, due.payee), []).append(number)
    for back, due in enumerate(dues):
        if due.amount > 0 or not open_[first + back]:
            continue
        mine = [n for n in by_clause[(due.agreement, due.clause, due.payee)] if open_[first + n] > 0]
        if due.closing:
            of = undone.get(due.closing, set())
            mine = [n for n in mine if len(of) == 1 and dues[n].closing in of]
            note = "a rescission, of what it undoes"
        else:
            note = "it names no closing: of what falls due last"
        for number in reversed(mine):
            amount = min(open_[first + number], -open_[first + back])
            if amount > 0:
                open_[first + number] -= amount
                open_[first + back] += amount
                yield Application(("due", back), ("due", number), amount, "taken back", note)


def _undone(ledger: Ledger) -> dict[str, set[str]]:
    """The closings that the lines of each closing undo."""
    table = ledger.table
    rows = np.flatnonzero(~table.reverses_word.is_blank())
    pairs = {(int(table.closing.codes[row]), int(table.reverses_word.codes[row])) for row in rows.tolist()}
    found: dict[str, set[str]] = {}
    for closing, undone in sorted(pairs):
        found.setdefault(table.closing.words[closing], set()).add(table.reverses_word.words[undone])
    return found


def _carried(bills: Sequence[Bill], billing: Matching, paying: Matching) -> Iterator[Carried]:
    """What was paid on each invoice, carried to the dues that it was applied to."""
    on_rows: dict[int, list[tuple[int, int]]] = {}
    for match in billing.matches:
        if match.document is not None and match.item is not None and match.amount:
            on_rows.setdefault(match.document, []).append((match.item, match.amount))
    tolerated: dict[int, int] = {}
    for match in paying.matches:
        if match.document is None and match.item is not None:
            tolerated[match.item] = tolerated.get(match.item, 0) + match.amount
    for number, bill in enumerate(bills):
        billed: dict[int, int] = {}
        for row in bill.rows:
            for due, amount in on_rows.get(row, ()):
                billed[due] = billed.get(due, 0) + amount
        parts = sorted((due, amount) for due, amount in billed.items() if amount)
        closed = bill.amount - paying.unmet[number]
        yield _carry(parts, closed, tolerated.get(number, 0))


def _carry(parts: Sequence[tuple[int, int]], closed: int, tolerated: int) -> Carried:
    owed = sum(amount for _, amount in parts)
    settled = {due: 0 for due, _ in parts}
    unassigned = beyond = 0
    if parts and (closed >= owed > 0 or closed == owed):
        settled = dict(parts)
        beyond = closed - owed
    elif len(parts) == 1 and closed:
        settled = {parts[0][0]: closed}
    elif parts and closed:
        chosen = subset([amount for _, amount in parts], closed)
        for place in chosen or ():
            settled[parts[place][0]] = parts[place][1]
        unassigned = 0 if chosen else closed
    else:
        beyond = closed
    found, rest = [], tolerated
    for due, amount in reversed(parts):
        written_off = min(rest, settled[due], key=abs) if rest and settled[due] else 0
        rest -= written_off
        found.append((due, amount, settled[due], written_off))
    return Carried(tuple(reversed(found)), unassigned, beyond)


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
