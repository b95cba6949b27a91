"""Differences between what is owed, billed and paid, each with its code, its words and its rows.

Each cent stands in one difference of each kind at most. The codes:

unbilled              due, and neither billed nor paid (only where the records hold invoices)
billed-not-owed       an invoice, or what is left of it, for which nothing is owed
billed-twice          an invoice like another one of the same payee that was applied
differs               an invoice against the one due that it is for: both figures; the amount is invoice less due
unpaid                due, billed where the records hold invoices, and not paid
overpaid              paid beyond what is billed or owed, or taken back and not returned
paid-without-invoice  paid and not billed, or returned and not credited (only where the records hold invoices)
paid-twice            a payment like another one of the same payee that was applied
wrong-payee           a payment that comes to what is owed to another payee of the agreement
unapplied             an invoice or a payment that fits nothing, or several things equally

What is not due by the day of the ledger is no difference while it is neither billed nor paid. Ageing counts the days
from the day on which an amount is due: 0-30 holds the day itself.

Exceptions: `match-unclear`, a document that several items fit, with all of them; `not-searched-further`, a document for
which more combinations would have to be tried than `matching` tries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from attrs import define, field

from feecalc.applications import Applied
from feecalc.applications.bills import Bill
from feecalc.applications.sides import Kind, Side, payee_key
from feecalc.dates import NEVER, day_date, day_number
from feecalc.ledger import LedgerException
from feecalc.matching.open_items import NOT_KNOWN
from feecalc.matching.subsets import MOST_ITEMS, MOST_SUMS
from feecalc.money import shown_money
from feecalc.names import reference_key
from feecalc.problems import Problem, suggestion
from feecalc.records import Invoice, Payment

AGES = ("not due", "0-30", "31-60", "61-90", "over 90")
_LAST_DAYS = (30, 60, 90)
DISPUTE = "Dispute it, or show what it is for."
MOST_NAMED = 6  # candidates named in words


@define(unsafe_hash=True)
class Difference:
    """Something that owed, billed and paid do not agree on. `amount` is cents; `lines` are rows of the records."""

    code: str
    agreement: str
    payee: str
    clause: str
    closing: str
    amount: int
    words: str
    lines: tuple[str, ...]
    days: int | None = None  # since it was due, of what is unbilled or unpaid

    @property
    def age(self) -> str:
        return "" if self.days is None else age(self.days)


def differences(applied: Applied) -> tuple[Difference, ...]:
    """All differences: of what is due, of the invoices, of the payments."""
    found = _Found(applied)
    return (*found.of_dues(), *found.of_invoices(), *found.of_payments())


def age(days: int) -> str:
    """The age of what was due so many days ago; negative is not due."""
    return AGES[age_place(days)]


def age_place(days: int) -> int:
    """The place of an age among `AGES`."""
    return 0 if days < 0 else 1 + bisect_left(_LAST_DAYS, days)


def document_of(applied: Applied, side: Side) -> Invoice | Payment | None:
    kind, number = side
    if kind == "row":
        return applied.invoices[number]
    return applied.payments[number] if kind == "payment" else None


def side_words(applied: Applied, side: Side) -> str:
    """A document or a due as a person would name it, with its amount."""
    kind, number = side
    if kind == "due":
        return applied.dues[number].words
    if kind == "invoice":
        return applied.bills[number].words
    if kind == "row":
        row = applied.invoices[number]
        return f"invoice {row.invoice} of {row.date}, {shown_money(row.amount)}"
    payment = applied.payments[number]
    return f"payment {payment.payment} of {payment.date}, {shown_money(payment.amount)}"


def side_lines(applied: Applied, side: Side) -> tuple[str, ...]:
    """The source rows of a document or a due."""
    kind, number = side
    if kind == "due":
        return tuple(applied.ledger.lines_of_entry(applied.dues[number].entry))
    if kind == "invoice":
        return tuple(applied.invoices[row].line for row in applied.bills[number].rows)
    document = document_of(applied, side)
    return (document.line,) if document is not None else ()


@define(eq=False)
class _Found:
    """The differences of one reconciliation, and what is looked up for them."""

    applied: Applied
    today: int = field(init=False)
    invoices_kept: bool = field(init=False)  # else nothing can be unbilled
    coming: dict[tuple[str, str], int] = field(factory=dict)  # when something can be set off, by agreement and payee
    rows_of: dict[int, set[int]] = field(factory=dict)  # the invoice rows applied to each due that is open still
    due_of: dict[int, int] = field(factory=dict)  # the first due of each invoice row that is open still
    direct: dict[int, list[tuple[int, int]]] = field(factory=dict)  # what was paid on each due without an invoice
    used: dict[str, set[int]] = field(factory=lambda: {"row": set(), "payment": set()})  # documents that were applied
    by_face: dict[tuple[str, str, int], list[int]] = field(factory=dict)  # these, by payee and an amount that is asked
    lone: dict[int, int] = field(factory=dict)
    compared: frozenset[int] = field(init=False)  # the dues that a lone invoice row is compared with
    bills_by_number: dict[str, list[int]] = field(factory=dict)  # of numbers that an open payment names
    open_at: dict[tuple[str, int], list[Side]] = field(factory=dict)  # dues and bills, by agreement and amount
    open_pools: set[str] = field(init=False)
    under: dict[str, list[str]] = field(factory=dict)  # the agreements of each payee

    def __attrs_post_init__(self) -> None:
        applied = self.applied
        self.today = day_number(applied.ledger.as_of)
        self.invoices_kept = bool(applied.ledger.records.invoices)
        self._look_up_coming()
        rows_used, payments_used = self.used["row"], self.used["payment"]
        for each in applied.applications:
            if each.source is None or each.target is None:
                continue
            (kind, document), (target, number) = each.source, each.target
            if kind == "row" and target == "due":
                rows_used.add(document)
                if applied.open_dues[number]:
                    self.rows_of.setdefault(number, set()).add(document)
                if applied.open_rows[document]:
                    self.due_of.setdefault(document, number)
            elif kind == "payment" and target != "payment":
                payments_used.add(document)
                if target == "due":
                    self.direct.setdefault(number, []).append((document, each.amount))
        self._look_up("row", applied.invoices, applied.open_rows)
        self._look_up("payment", applied.payments, applied.open_payments)
        for number, open_ in enumerate(applied.open_dues):
            if open_ > 0:
                self.open_at.setdefault((applied.dues[number].agreement, open_), []).append(("due", number))
        for number, open_ in enumerate(applied.open_bills):
            if open_ > 0:
                self.open_at.setdefault((applied.bills[number].names[0], open_), []).append(("invoice", number))
        named = {paid.invoice for paid, left in zip(applied.payments, applied.open_payments, strict=True) if left}
        for number, bill in enumerate(applied.bills):
            if bill.number in named:
                self.bills_by_number.setdefault(bill.number, []).append(number)
        for agreement in applied.ledger.agreements:
            for payee in set(map(payee_key, agreement.payees)):
                self.under.setdefault(payee, []).append(agreement.id)
        m = applied.paying
        self.open_pools = {item.pool for item, open_ in zip(m.items, m.unmet, strict=True) if open_}
        self.lone.update(self._lone_invoices())
        self.compared = frozenset(self.lone.values())

    def _look_up(self, kind: Kind, documents: Sequence[Invoice | Payment], open_: Sequence[int]) -> None:
        """Find by their face those applied documents that one which is open may be like."""
        asked = {document.amount for document, left in zip(documents, open_, strict=True) if left}
        for number, document in enumerate(documents):
            if document.amount in asked and number in self.used[kind]:
                self.by_face.setdefault((kind, payee_key(document.payee), document.amount), []).append(number)

    def _lone_invoices(self) -> Iterator[tuple[int, int]]:
        """Invoice rows that fit nothing while one due of their payee bears all that they name: the two are compared."""
        applied, m = self.applied, self.applied.billing
        rows: dict[str, list[int]] = {}
        for row, left in enumerate(m.left):
            side: Side = ("row", row)
            if left > 0 and row not in self.used["row"] and side not in applied.unclear and m.documents[row].pool:
                rows.setdefault(m.documents[row].pool, []).append(row)
        dues: dict[str, list[int]] = {}
        for number, open_ in enumerate(applied.open_dues) if rows else ():
            if open_ > 0 and m.items[number].pool in rows:
                dues.setdefault(m.items[number].pool, []).append(number)
        for pool, those in rows.items():
            fits = [due for due in dues.get(pool, ()) if m.fits(those[0], due)]
            if len(those) == 1 and len(fits) == 1 and self._twin(("row", those[0])) is None:
                yield those[0], fits[0]

    def of_dues(self) -> Iterator[Difference]:
        for number, due in enumerate(self.applied.dues):
            if self.applied.open_dues[number]:
                yield from self._owed_back(number) if due.amount < 0 else self._open_due(number)
            if not self.invoices_kept or number not in self.direct:
                continue
            for payment, amount in self.direct[number]:
                paid_by = self.applied.payments[payment]
                if due.amount < 0 < paid_by.amount:
                    continue  # what was taken back was kept from a payment
                words = f"payment {paid_by.payment} paid {shown_money(amount)} without an invoice. Ask for one."
                if amount < 0:
                    words = (
                        f"payment {paid_by.payment} returned {shown_money(-amount)} without a credit note. Ask for one."
                    )
                yield self._due("paid-without-invoice", number, amount, words, lines=(paid_by.line,))
        for number, carried in enumerate(self.applied.carried):
            if carried.unassigned or any(billed > settled for _, billed, settled, _ in carried.parts):
                yield from self._unpaid(number, self.applied.bills[number])

    def _owed_back(self, number: int) -> Iterator[Difference]:
        open_ = self.applied.open_dues[number]
        if self.applied.dues[number].payable_on <= self.today:
            due = self.applied.dues[number]
            words = f"{shown_money(-open_)} was taken back, and is neither returned nor credited. Ask for it"
            words += self._or_keep_it(due.agreement, due.payee)
            yield self._due("overpaid", number, -open_, words)

    def _or_keep_it(self, agreement: str, payee: str) -> str:
        """The end of a sentence that asks for money: or it may be kept from what is not due yet, on its day."""
        day = self.coming.get((agreement, payee_key(payee)))
        if day is None:
            return "."
        return f", or keep it on {day_date(day)} from what is not due yet: it is set off then, and not before."

    def _look_up_coming(self) -> None:
        """The first day after this one on which something open falls due, where it may be set off against."""
        applied = self.applied
        allowed = {each.id for each in applied.ledger.agreements if each.set_off == "allowed"}
        open_ = {number for number, left in enumerate(applied.open_dues) if left > 0} if allowed else set()
        if allowed:
            open_ |= {due for each in applied.carried for due, billed, settled, _ in each.parts if billed > settled}
        for due in (applied.dues[number] for number in open_):
            if due.agreement in allowed and due.payable_on > self.today:
                key = (due.agreement, payee_key(due.payee))
                self.coming[key] = min(due.payable_on, self.coming.get(key, due.payable_on))

    def _open_due(self, number: int) -> Iterator[Difference]:
        """What no invoice was applied to and no payment without one."""
        due, open_ = self.applied.dues[number], self.applied.open_dues[number]
        rows, days = list(self.rows_of.get(number, ())), self.today - due.payable_on
        if len(rows) == 1:
            row = self.applied.invoices[rows[0]]
            words = (
                f"invoice {row.invoice} asks for {shown_money(row.amount)} and {shown_money(due.amount)} is owed: "
                f"{shown_money(open_)} less. Ask for the rest, or have it confirmed that none comes."
            )
            yield self._due("differs", number, -open_, words, lines=(row.line,))
        elif days >= 0 and not self.invoices_kept:
            part = f" of {shown_money(due.amount)}" if open_ != due.amount else ""
            yield self._due("unpaid", number, open_, f"{shown_money(open_)}{part} is due and not paid.", days)
        elif days >= 0 and number not in self.compared:
            words = f"{shown_money(open_)} is due and not billed. Ask for the invoice."
            yield self._due("unbilled", number, open_, words, days)

    def _unpaid(self, number: int, bill: Bill) -> Iterator[Difference]:
        """What is due, billed by an invoice, and not paid."""
        carried, dues = self.applied.carried[number], self.applied.dues
        late = [(due, billed, billed - settled) for due, billed, settled, _ in carried.parts if billed > settled]
        late = [each for each in late if dues[each[0]].payable_on <= self.today]
        lines = side_lines(self.applied, ("invoice", number))
        if carried.unassigned:
            open_ = sum(amount for _, _, amount in late) - carried.unassigned
            if late and open_ > 0:
                oldest = dues[late[0][0]]
                words = (
                    f"invoice {bill.number} was paid in part, {shown_money(carried.unassigned)}, and nobody says for "
                    f"which of {len(carried.parts)} amounts: {shown_money(open_)} of what is due is open."
                )
                agreement, clause, closing, _ = bill.names
                days = self.today - oldest.payable_on
                yield Difference("unpaid", agreement, bill.payee, clause, closing, open_, words, lines, days)
            return
        for due, billed, open_ in late:
            part = f" of {shown_money(billed)}" if open_ != billed else ""
            words = f"{shown_money(open_)}{part} is billed by invoice {bill.number}, due, and not paid."
            yield self._due("unpaid", due, open_, words, self.today - dues[due].payable_on, lines)

    def of_invoices(self) -> Iterator[Difference]:
        applied = self.applied
        for number, row in enumerate(applied.invoices):
            left = applied.open_rows[number]
            side: Side = ("row", number)
            if not left:
                continue
            asks = f"invoice {row.invoice} asks for {shown_money(row.amount)}"
            twin = self._twin(side) if side not in applied.unclear else None  # which may be for something else
            if number in self.due_of:
                words = f"{asks} and {shown_money(row.amount - left)} is owed: {shown_money(left)} too much. {DISPUTE}"
                yield self._due("differs", self.due_of[number], left, words, lines=(row.line,))
            elif number in self.lone:
                due = self.lone[number]
                off = left - applied.open_dues[due]
                words = (
                    f"{asks} and {shown_money(applied.dues[due].amount)} is owed: {shown_money(abs(off))} "
                    f"{'too much' if off > 0 else 'less'}. Nothing else of this payee is open; the invoice does not "
                    "say that it is for this, and is applied to nothing."
                )
                yield self._due("differs", due, off, words, lines=(row.line,))
            elif twin is not None:
                words = f"{asks}, as {side_words(applied, ('row', twin))}, does already. Do not pay it."
                yield self._document("billed-twice", ("row", number), left, words, (applied.invoices[twin].line,))
            elif left < 0 or side in applied.unclear or self._not_placed(number):
                yield self._document("unapplied", ("row", number), left, self._why_not(("row", number)))
            else:
                words = f"{asks}, and nothing that is open is that. {DISPUTE}"
                yield self._document("billed-not-owed", ("row", number), left, words)

    def _not_placed(self, number: int) -> bool:
        """Whether an invoice row belongs to no agreement, or was not searched for further."""
        m = self.applied.billing
        return number in m.unsearched or not m.documents[number].pool

    def of_payments(self) -> Iterator[Difference]:
        applied = self.applied
        for number, bill in enumerate(applied.bills):
            beyond = applied.carried[number].beyond
            if beyond > 0:
                beyond -= sum(applied.open_dues[self.lone[row]] for row in bill.rows if row in self.lone)
            if beyond > 0:
                words = f"{shown_money(beyond)} was paid on invoice {bill.number} beyond what is owed. Ask for it back."
                rows = side_lines(applied, ("invoice", number))
                agreement, clause, closing, _ = bill.names
                yield Difference("overpaid", agreement, bill.payee, clause, closing, beyond, words, rows)
        for number, left in enumerate(applied.open_payments):
            if left:
                yield self._open_payment(number, left)

    def _open_payment(self, number: int, left: int) -> Difference:
        applied = self.applied
        side: Side = ("payment", number)
        payment = applied.payments[number]
        pays = f"payment {payment.payment} of {shown_money(payment.amount)}"
        twin = self._twin(side) if side not in applied.unclear else None  # which may be for something else
        used = number in self.used["payment"]
        is_open = not used and side not in applied.unclear and left > 0
        other = self._other_payee(payment) if is_open else None
        if used and left > 0:
            agreement = applied.paying.documents[number].names[0]
            words = f"{pays} is {shown_money(left)} more than what it pays. Ask for it back"
            words += self._or_keep_it(agreement, payment.payee)
            return self._document("overpaid", ("payment", number), left, words)
        if other is not None:
            words = f"{pays} went to {payment.payee}; that is what is owed to {other}. Find out who has the money."
            return self._document("wrong-payee", ("payment", number), left, words)
        if twin is not None:
            words = f"{pays} pays what {side_words(applied, ('payment', twin))}, paid already. Ask for it back."
            return self._document("paid-twice", ("payment", number), left, words, (applied.payments[twin].line,))
        pool = applied.paying.documents[number].pool
        if left > 0 and side not in applied.unclear and pool and pool not in self.open_pools:
            words = f"{pays}: nothing that it could be for is open. Ask for it back, or show what it is for."
            return self._document("overpaid", ("payment", number), left, words)
        return self._document("unapplied", ("payment", number), left, self._why_not(("payment", number)))

    def _other_payee(self, payment: Payment) -> str | None:
        """The payee of the same agreement to whom exactly this is owed, or who sent the invoice that it names."""
        applied, payee = self.applied, payee_key(payment.payee)
        if payment.invoice:
            for number in self.bills_by_number.get(payment.invoice, ()):
                bill = applied.bills[number]
                if payee_key(bill.payee) != payee and applied.open_bills[number]:
                    return f"{bill.payee} on {bill.words}"
        for agreement in [payment.agreement] if payment.agreement else self.under.get(payee, ()):
            owed = self.open_at.get((agreement, payment.amount), ())
            if owed and payee not in {payee_key(applied.payee(each)) for each in owed}:
                for_or_on = "for" if owed[0][0] == "due" else "on"
                return f"{applied.payee(owed[0])} {for_or_on} {side_words(applied, owed[0])}"
        return None

    def _twin(self, side: Side) -> int | None:
        """An applied document of the same payee and amount that names nothing else than this one."""
        kind, number = side
        this = document_of(self.applied, side)
        assert this is not None
        for place in self.by_face.get((kind, payee_key(this.payee), this.amount), ()):
            like = document_of(self.applied, (kind, place))
            pairs = [(_named(this, name), _named(like, name)) for name in ("agreement", "clause", "closing")]
            if kind == "payment":
                pairs.append((_named(this, "invoice"), _named(like, "invoice")))
            if place != number and all(not mine or not its or mine == its for mine, its in pairs):
                return place
        return None

    def _why_not(self, side: Side) -> str:
        """Why nothing could be applied, and what to do."""
        applied, (kind, number) = self.applied, side
        document = document_of(applied, side)
        assert document is not None
        m = applied.billing if kind == "row" else applied.paying
        face = side_words(applied, side)
        if side in applied.unclear:
            or_invoice = ", or the invoice" if kind == "payment" else ""
            return (
                f"{face}: {_candidates(applied, applied.unclear[side])}. Name the clause and the closing{or_invoice}."
            )
        if number in m.unsearched:
            return f"{face}: {_limit()}. Name what it is for."
        named = document.returns if isinstance(document, Payment) else document.credits
        if named:
            return f"{face}: there is no {named} of this payee of which so much could be taken back."
        if not m.documents[number].pool:
            return (
                f'{face}: there is no one agreement that pays "{document.payee}" in one currency. Name the agreement, '
                f"or correct the payee.{self._near_payee(document.payee)}"
            )
        if m.documents[number].names[3] == NOT_KNOWN:
            return (
                f"{face}: there is no invoice {_named(document, 'invoice')} of this payee, and no amount that is open "
                "is that. Name what it is for."
            )
        return f"{face}: no amount that is open is that, and no set of them. Name what it is for."

    def _near_payee(self, payee: str) -> str:
        names = [name for agreement in self.applied.ledger.agreements for name in agreement.payees]
        near = "" if payee_key(payee) in map(payee_key, names) else suggestion(payee, names)
        return f' Did you mean "{near}"?' if near else ""

    def _due(
        self, code: str, number: int, amount: int, words: str, days: int | None = None, lines: tuple[str, ...] = ()
    ) -> Difference:
        due = self.applied.dues[number]
        places = (*lines, *side_lines(self.applied, ("due", number)))
        return Difference(code, due.agreement, due.payee, due.clause, due.closing, amount, words, places, days)

    def _document(self, code: str, side: Side, amount: int, words: str, lines: tuple[str, ...] = ()) -> Difference:
        document = document_of(self.applied, side)
        assert document is not None
        m = self.applied.billing if side[0] == "row" else self.applied.paying
        agreement = m.documents[side[1]].names[0]
        places = (document.line, *lines)
        return Difference(code, agreement, document.payee, document.clause, document.closing, amount, words, places)


def _named(document: Invoice | Payment | None, name: str) -> str:
    return str(getattr(document, name, ""))


def _candidates(applied: Applied, sets: Sequence[tuple[Side, ...]]) -> str:
    """All that a document could be for."""
    named = [" with ".join(side_words(applied, side) for side in each) for each in sets[:MOST_NAMED]]
    rest = f"; and {len(sets) - MOST_NAMED} more" if len(sets) > MOST_NAMED else ""
    return f"{len(sets)} fit{'' if len(sets) > 1 else 's'} and nothing says which: " + "; ".join(named) + rest


def _limit() -> str:
    return f"not searched further than {MOST_ITEMS} open amounts and {MOST_SUMS:,} sums of them"


def exceptions(applied: Applied) -> Iterator[LedgerException]:
    for side, sets in applied.unclear.items():
        document = document_of(applied, side)
        if document is not None:
            words = f"{side_words(applied, side)}: {_candidates(applied, sets)}."
            yield LedgerException("match-unclear", "warning", words, document.place)
    for side in applied.unsearched:
        document = document_of(applied, side)
        if document is not None:
            words = f"{side_words(applied, side)}: {_limit()}."
            yield LedgerException("not-searched-further", "warning", words, document.place)


def notes(applied: Applied) -> Iterator[Problem]:
    """What is taken as it stands: payments left out by their day, made before what they pay was earned, or that name an
    invoice but for its leading zeros, which spreadsheets take away.
    """
    later = [row for row in applied.ledger.records.payments if row.date > applied.ledger.as_of]
    if later:
        said = f"payment {later[0].payment} of {later[0].date} is later than the day of this ledger, and is left out"
        more = f"; so are {len(later) - 1:,} more" if len(later) > 1 else ""
        yield Problem(later[0].place, "payment-after-as-of", said + more)
    earned_on = _earned_on(applied)
    for number, payment in enumerate(applied.payments):
        found = applied.paying.documents[number].names[3]
        zeros = found and found != NOT_KNOWN and found != payment.invoice
        if zeros and reference_key(payment.invoice) != reference_key(found):
            says = f"payment {payment.payment} names invoice {payment.invoice}, and is taken to be for {found}"
            yield Problem(payment.place, "zeros-lost", says)
        if number in earned_on and day_number(payment.date) < earned_on[number]:
            says = f"payment {payment.payment} of {payment.date} pays what was earned on {day_date(earned_on[number])}"
            yield Problem(payment.place, "paid-before-earned", says)


def _earned_on(applied: Applied) -> dict[int, int]:
    """For each payment the first day on which something that it pays was earned, as its number."""
    accrued = applied.ledger.columns["accrued_on"].tolist()
    of_dues = [accrued[due.entry] for due in applied.dues]
    last = max(of_dues, default=0)
    before = bisect_left(applied.payments, last, key=lambda payment: day_number(payment.date))
    if not before:  # payments stand in the order of their days
        return {}
    of_rows = [NEVER] * len(applied.invoices)
    for match in applied.billing.matches:
        if match.document is not None and match.item is not None:
            of_rows[match.document] = min(of_rows[match.document], of_dues[match.item])
    earned = {"due": of_dues, "invoice": [min([of_rows[row] for row in bill.rows]) for bill in applied.bills]}
    found: dict[int, int] = {}
    for each in applied.applications:
        if each.source is None or each.target is None or each.source[0] != "payment" or each.target[0] == "payment":
            continue
        day, payment = earned[each.target[0]][each.target[1]], each.source[1]
        if day < found.get(payment, NEVER):
            found[payment] = day
    return found
