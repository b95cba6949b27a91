"""The records of an engagement: which tables there are, what their columns mean, and their rows as read.

Closings are columns (`closing.ClosingTable`), because there may be a million lines. The other tables are short and
their rows are objects. Every row knows its line, such as `expenses.csv:4`, and its place for problems.

Each column is stated once: those of closings in `CLOSING_COLUMNS`, the others in the class of their row. `TABLES`
gathers them; the readers, the schema and the reference are made from it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import attrs
from attrs import field, frozen

from feecalc import dates, money
from feecalc.closing import ClosingTable
from feecalc.problems import Place, Problem
from feecalc.shapes import Scalar


def _text(text: str) -> str:
    return text


def _id(text: str) -> str:
    """An id as it stands. What a spreadsheet has made of a long one is no id any more: two would become one."""
    if re.fullmatch(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}", text):
        raise money.Unreadable(
            f'"{text}" is what a spreadsheet shows of a long number: its last digits are lost',
            "Format the column as text where the file comes from, and export it again.",
        )
    return text


TEXT = Scalar("text", _text, "")
ID = Scalar("id", _id, "")


def _not_negative(text: str) -> int:
    amount = money.parse_money(text)
    if amount < 0:
        raise money.Unreadable(
            f'"{text}" is negative', "Correct the row that it is to take back, instead of adding another."
        )
    return amount


def _figure(text: str) -> int:
    """Money, a count x 100, or a percentage x 100."""
    return money.parse_money(text.strip().removesuffix("%").rstrip())


def _distance(text: str) -> int:
    return _not_negative(text.strip().removesuffix("%").rstrip())


DAY = Scalar("date", dates.parse_date, "2002-03-13")
AMOUNT = Scalar("money", money.parse_money, "1,050,000.00")
NOT_NEGATIVE = Scalar("money", _not_negative, "1,050,000.00")
FIGURE = Scalar("money", _figure, "1,050,000.00")
DISTANCE = Scalar("money", _distance, "1,050,000.00")
SHARES = Scalar("count", money.parse_count, "525,000")
PRICE = Scalar("price", money.parse_price, "2.00")
RATE = Scalar("rate", money.parse_rate, "1.5%")


def _exchange_rate(text: str) -> money.Price:
    try:
        return money.parse_price(text)
    except money.Unreadable as unreadable:
        raise money.Unreadable(
            unreadable.says, "Write the agreement's currency for one unit of the line's, such as 1.0238."
        ) from None


EXCHANGE = Scalar("exchange-rate", _exchange_rate, "1.0238")


@frozen
class ColumnOf:
    """A column of a record table. `needed` columns must be there, and none of their cells may be empty."""

    name: str
    shape: Scalar
    needed: bool
    doc: str


def _columns(*columns: tuple[str, Scalar, bool, str]) -> dict[str, ColumnOf]:
    return {name: ColumnOf(name, shape, needed, doc) for name, shape, needed, doc in columns}


CLOSING_COLUMNS = _columns(
    ("closing", ID, True, "the closing's id; all its lines have one date"),
    ("date", DAY, True, "the day on which the money was taken"),
    ("investor", TEXT, True, "who bought"),
    ("shares", SHARES, False, "shares bought; negative in a rescission"),
    ("price", PRICE, False, "price per share"),
    ("gross_proceeds", AMOUNT, False, "what was paid; needed where shares and price are not given"),
    ("non_cash", AMOUNT, False, "the part of gross proceeds that was not paid in cash"),
    ("security", TEXT, False, "what was bought; common stock where empty"),
    ("offering", TEXT, False, "the offering it was sold in"),
    (
        "introduced_by",
        TEXT,
        False,
        "the agreement whose agent introduced the investor; else the introductions table says",
    ),
    ("event", TEXT, False, "sale, warrant exercise or rescission; sale where empty"),
    ("reverses", TEXT, False, "the closing that a rescission undoes"),
    ("investor_class", TEXT, False, "the investor's class, where an agreement speaks of classes"),
    ("currency", TEXT, False, "the currency of the line; the agreement's where empty"),
    ("exchange_rate", EXCHANGE, False, "the agreement's currency for one unit of the line's"),
    ("as_converted", SHARES, False, "the common shares into which what was bought converts"),
    ("investor_warrants", SHARES, False, "the warrants that the investor received with it"),
    ("prefunded_strike", PRICE, False, "the exercise price of a pre-funded warrant, per share"),
    ("market_price", PRICE, False, "the market price at pricing"),
    ("warrant_price", PRICE, False, "the exercise price of the investor's warrants"),
    ("fee_rate", RATE, False, "the rate that was agreed for this line, where an agreement states only a ceiling"),
    ("signed_on", DAY, False, "the day on which the purchase was signed"),
    ("over_allotment", TEXT, False, "yes where the line belongs to the over-allotment option"),
    ("sub_agent", TEXT, False, "the sub-agent or dealer that brought the investor to the agent"),
)


@frozen(kw_only=True)
class Row:
    """A row of a record table: its line for ledgers, its place for problems."""

    line: str
    place: Place


def column(shape: Scalar, doc: str, default: Any = attrs.NOTHING) -> Any:
    """An attrs field that is a column: how a cell is read, what it says, and its value where it may be left out."""
    return field(default=default, metadata={"shape": shape, "doc": doc})


@frozen(kw_only=True)
class Introduction(Row):
    """An investor whom an agent introduced."""

    investor: str = column(TEXT, "who was introduced")
    agreement: str = column(TEXT, "under which agreement")
    introduced_on: date = column(DAY, "on which day")
    evidence: str = column(TEXT, "where that is written", "")


@frozen(kw_only=True)
class Expense(Row):
    """What an agent spent and asks back."""

    agreement: str = column(TEXT, "under which agreement the expense is claimed")
    date: date = column(DAY, "the day of the expense")
    amount: int = column(NOT_NEGATIVE, "what was spent")  # cents
    clause: str = column(
        TEXT, "the clause it belongs to; needed where the agreement has several that take expenses", ""
    )
    payee: str = column(TEXT, "who spent it", "")
    description: str = column(TEXT, "for what", "")
    category: str = column(TEXT, "its category, where an agreement limits categories", "")
    approved_by: str = column(TEXT, "who approved it, where an agreement speaks of approval", "")
    currency: str = column(TEXT, "its currency; it must be the agreement's, nothing is converted here", "")
    evidence: str = column(TEXT, "where that is written", "")


@frozen(kw_only=True)
class Event(Row):
    """Something that agreements wait for, and its day."""

    event: str = column(
        TEXT, "what happened, in the words of the agreement file; `first closing` and `final closing` are two"
    )
    date: date = column(DAY, "on which day")
    agreement: str = column(TEXT, "under which agreement; for all where empty", "")
    closing: str = column(TEXT, "of the final closing: its id", "")
    memo: str = column(TEXT, "a note", "")


@frozen(kw_only=True)
class Decision(Row):
    """What a person decided about what was computed."""

    date: date = column(DAY, "the day of the decision")
    decision: str = column(TEXT, "waiver, reduction, cut-back, override or award")
    agreement: str = column(TEXT, "under which agreement; of an award, the one that gets what several claim")
    clause: str = column(TEXT, "under which clause; needed but for an award", "")
    decided_by: str = column(TEXT, "who decided")
    reason: str = column(TEXT, "why")
    closing: str = column(TEXT, "for which closing; for all by that day where empty", "")
    investor: str = column(TEXT, "of an award: for which investor; for all of the closing where empty", "")
    payee: str = column(TEXT, "for which payee; by the clause's split where empty", "")
    amount: int | None = column(  # cents; a count is held as count x 100
        NOT_NEGATIVE,
        "what is given up, money or a count; of an override what shall stand; a waiver without it gives up all",
        None,
    )
    evidence: str = column(TEXT, "where that is written", "")


@frozen(kw_only=True)
class Balance(Row):
    """What had accrued under a clause before these records begin."""

    agreement: str = column(TEXT, "the agreement")
    clause: str = column(TEXT, "the clause")
    as_of: date = column(DAY, "the last day of what had accrued before these records begin")
    # cents; a count of warrants is held as count x 100
    amount: int = column(NOT_NEGATIVE, "what had accrued: money, or a count of warrants")
    base: int | None = column(  # cents
        NOT_NEGATIVE, "the base on which it had accrued; of an advance, how much of it had been recouped", None
    )
    memo: str = column(TEXT, "a note", "")


@frozen(kw_only=True)
class Invoice(Row):
    """A row of an invoice, or of a credit note."""

    invoice: str = column(ID, "the invoice's number")
    date: date = column(DAY, "its date")
    payee: str = column(TEXT, "who sent it")
    amount: int = column(AMOUNT, "what it asks for")  # cents
    agreement: str = column(TEXT, "the agreement it names", "")
    clause: str = column(TEXT, "the clause it names", "")
    closing: str = column(TEXT, "the closing it names", "")
    memo: str = column(TEXT, "a note", "")
    currency: str = column(TEXT, "its currency; it must be the agreement's, nothing is converted here", "")
    credits: str = column(TEXT, "of a credit note, with a negative amount: the invoice that it takes back", "")


@frozen(kw_only=True)
class Payment(Row):
    """A wire that went out, or came back."""

    payment: str = column(ID, "the payment's reference")
    date: date = column(DAY, "the day of payment")
    payee: str = column(TEXT, "who was paid")
    amount: int = column(AMOUNT, "what was paid")  # cents
    agreement: str = column(TEXT, "the agreement it was paid under", "")
    clause: str = column(TEXT, "the clause it was paid for", "")
    closing: str = column(TEXT, "the closing it was paid for", "")
    invoice: str = column(TEXT, "the invoice it paid", "")
    memo: str = column(TEXT, "a note", "")
    currency: str = column(TEXT, "its currency; it must be the agreement's, nothing is converted here", "")
    status: str = column(TEXT, "settled or paid; what is pending or void does not belong here", "")
    returns: str = column(TEXT, "of a wire that came back, with a negative amount: the payment that it returns", "")


@frozen(kw_only=True)
class Tolerance(Row):
    """By how much a document may differ from what it is for."""

    name: str = column(TEXT, "what the difference is called, such as wire charge")
    amount: int = column(NOT_NEGATIVE, "by how much an invoice or a payment may differ from what it is for")  # cents
    payee: str = column(TEXT, "for which payee; for all where empty", "")
    agreement: str = column(TEXT, "under which agreement; under all where empty", "")


@frozen(kw_only=True)
class ControlTotal(Row):
    """A figure from elsewhere that the records must meet."""

    measure: str = column(
        TEXT,
        "what was measured: gross_proceeds, cash_proceeds, shares_sold, lines, closings, shares_outstanding_before "
        "(given), shares_outstanding_after, investor_warrants, warrant_coverage, fees_accrued or fees_paid",
    )
    as_of: date = column(DAY, "up to and including which day")
    # cents; a count is held as count x 100, a percentage as percentage x 100
    amount: int = column(FIGURE, "the figure that the records must meet: money, a count or a percentage")
    tolerance: int = column(DISTANCE, "how far off it may be; nothing where empty", 0)
    tolerance_name: str = column(TEXT, "why it may be off", "")
    source: str = column(TEXT, "where the figure comes from", "")


@frozen(kw_only=True)
class Review(Row):
    """That a person has looked at an exception and lets it stand."""

    code: str = column(TEXT, "the code of the exception, as the ledger shows it")
    at: str = column(TEXT, "its place, as the ledger shows it")
    message: str = column(TEXT, "its words, as the ledger shows them")
    reviewed_by: str = column(TEXT, "who looked at it")
    date: date = column(DAY, "on which day")
    reason: str = column(TEXT, "why it may stand")
    evidence: str = column(TEXT, "where that is written", "")

    @property
    def words(self) -> str:
        """Who looked at it, when, and why it stands."""
        return f"{self.reviewed_by} on {self.date}: {self.reason}" + (f" ({self.evidence})" if self.evidence else "")


ROWS: dict[str, type[Row]] = {
    "introductions": Introduction,
    "expenses": Expense,
    "events": Event,
    "decisions": Decision,
    "balances": Balance,
    "invoices": Invoice,
    "payments": Payment,
    "tolerances": Tolerance,
    "control_totals": ControlTotal,
    "reviews": Review,
}


def _columns_of(row: type[Row]) -> dict[str, ColumnOf]:
    """The columns that a class of rows states."""
    return {
        each.name: ColumnOf(each.name, each.metadata["shape"], each.default is attrs.NOTHING, each.metadata["doc"])
        for each in attrs.fields(row)
        if "shape" in each.metadata
    }


TABLES = {"closings": CLOSING_COLUMNS, **{name: _columns_of(row) for name, row in ROWS.items()}}


KEPT_ROWS = 20_000
KEPT_BYTES = 4_000_000
WORKBOOK = "records"
MARKS = HIDDEN_ROW, NUMBER_AS_TEXT, NOTE = "hidden row", "number as text", "note"


@frozen
class InputSheet:
    """The rows of a table in a workbook as text, each with its number; `short` is how ledgers name the table.

    `marks` are what the sheet shows beside the text of its cells: a row, one of `MARKS`, and its words.
    """

    table: str
    title: str
    short: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    marks: tuple[tuple[int, str, str], ...] = ()


@frozen
class InputFile:
    """A file that was read, so that a ledger can say from what it was made.

    `table` is the table it holds, `WORKBOOK` where it is a workbook of several, and empty of an agreement. What stood
    in a file within `KEPT_ROWS` and `KEPT_BYTES` is kept: the `content` of a file of text, the `sheets` of a workbook.
    """

    name: str
    sha256: str
    rows: int
    table: str = ""
    content: bytes | None = field(default=None, repr=False, eq=False)
    sheets: tuple[InputSheet, ...] = field(default=(), repr=False, eq=False)


@frozen
class CurrencyMark:
    """An amount that bears a currency mark, on a row that states no currency; the first of its kind in its column."""

    table: str
    place: Place
    text: str
    currencies: tuple[str, ...]  # those that the mark can stand for
    more: int  # how many further amounts of the column bear such a mark


@frozen(eq=False)
class Records:
    """All records of an engagement."""

    closings: ClosingTable
    introductions: tuple[Introduction, ...] = ()
    expenses: tuple[Expense, ...] = ()
    events: tuple[Event, ...] = ()
    decisions: tuple[Decision, ...] = ()
    balances: tuple[Balance, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    payments: tuple[Payment, ...] = ()
    tolerances: tuple[Tolerance, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    reviews: tuple[Review, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    unknown_columns: tuple[tuple[Place, str, str], ...] = ()  # place, header, the column it may be meant for
    marks: tuple[CurrencyMark, ...] = ()
    notes: tuple[Problem, ...] = ()  # what was taken as it stands, and a person should know of
