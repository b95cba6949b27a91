"""The records of an engagement: which tables there are, what their columns mean, and their rows as read.

Closings are columns (`closing.ClosingTable`), because there may be a million lines. The other tables are short and
their rows are objects. Every row knows its line, such as `expenses.csv:4`, and its place for problems.

`TABLES` is the one statement of the columns: readers, `feecalc init` and the reference are made from it.
"""

from __future__ import annotations

from datetime import date

from attrs import field, frozen

from feecalc import dates, money
from feecalc.closing import ClosingTable
from feecalc.problems import Place
from feecalc.shapes import Scalar


def _text(text: str) -> str:
    return text


TEXT = Scalar("text", _text, "")


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


TABLES: dict[str, dict[str, ColumnOf]] = {
    "closings": _columns(
        ("closing", TEXT, True, "the closing's id; all its lines have one date"),
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
    ),
    "introductions": _columns(
        ("investor", TEXT, True, "who was introduced"),
        ("agreement", TEXT, True, "under which agreement"),
        ("introduced_on", DAY, True, "on which day"),
        ("evidence", TEXT, False, "where that is written"),
    ),
    "expenses": _columns(
        ("agreement", TEXT, True, "under which agreement the expense is claimed"),
        ("date", DAY, True, "the day of the expense"),
        ("amount", NOT_NEGATIVE, True, "what was spent"),
        ("clause", TEXT, False, "the clause it belongs to; needed where the agreement has several that take expenses"),
        ("payee", TEXT, False, "who spent it"),
        ("description", TEXT, False, "for what"),
        ("category", TEXT, False, "its category, where an agreement limits categories"),
        ("approved_by", TEXT, False, "who approved it, where an agreement speaks of approval"),
        ("currency", TEXT, False, "its currency; it must be the agreement's, nothing is converted here"),
        ("evidence", TEXT, False, "where that is written"),
    ),
    "events": _columns(
        ("event", TEXT, True, "what happened, in the words of the agreement file; `final closing` is one"),
        ("date", DAY, True, "on which day"),
        ("agreement", TEXT, False, "under which agreement; for all where empty"),
        ("closing", TEXT, False, "of the final closing: its id"),
        ("memo", TEXT, False, "a note"),
    ),
    "decisions": _columns(
        ("date", DAY, True, "the day of the decision"),
        ("decision", TEXT, True, "waiver, reduction, cut-back, override or award"),
        ("agreement", TEXT, True, "under which agreement; of an award, the one that gets what several claim"),
        ("clause", TEXT, False, "under which clause; needed but for an award"),
        ("decided_by", TEXT, True, "who decided"),
        ("reason", TEXT, True, "why"),
        ("closing", TEXT, False, "for which closing; for all by that day where empty"),
        ("investor", TEXT, False, "of an award: for which investor; for all of the closing where empty"),
        ("payee", TEXT, False, "for which payee; by the clause's split where empty"),
        (
            "amount",
            NOT_NEGATIVE,
            False,
            "what is given up, money or a count; of an override what shall stand; a waiver without it gives up all",
        ),
        ("evidence", TEXT, False, "where that is written"),
    ),
    "balances": _columns(
        ("agreement", TEXT, True, "the agreement"),
        ("clause", TEXT, True, "the clause"),
        ("as_of", DAY, True, "the last day of what had accrued before these records begin"),
        ("amount", NOT_NEGATIVE, True, "what had accrued: money, or a count of warrants"),
        (
            "base",
            NOT_NEGATIVE,
            False,
            "the base on which it had accrued; of an advance, how much of it had been recouped",
        ),
        ("memo", TEXT, False, "a note"),
    ),
    "invoices": _columns(
        ("invoice", TEXT, True, "the invoice's number"),
        ("date", DAY, True, "its date"),
        ("payee", TEXT, True, "who sent it"),
        ("amount", AMOUNT, True, "what it asks for"),
        ("agreement", TEXT, False, "the agreement it names"),
        ("clause", TEXT, False, "the clause it names"),
        ("closing", TEXT, False, "the closing it names"),
        ("memo", TEXT, False, "a note"),
        ("credits", TEXT, False, "of a credit note, with a negative amount: the invoice that it takes back"),
    ),
    "payments": _columns(
        ("payment", TEXT, True, "the payment's reference"),
        ("date", DAY, True, "the day of payment"),
        ("payee", TEXT, True, "who was paid"),
        ("amount", AMOUNT, True, "what was paid"),
        ("agreement", TEXT, False, "the agreement it was paid under"),
        ("clause", TEXT, False, "the clause it was paid for"),
        ("closing", TEXT, False, "the closing it was paid for"),
        ("invoice", TEXT, False, "the invoice it paid"),
        ("memo", TEXT, False, "a note"),
        ("returns", TEXT, False, "of a wire that came back, with a negative amount: the payment that it returns"),
    ),
    "tolerances": _columns(
        ("name", TEXT, True, "what the difference is called, such as wire charge"),
        ("amount", NOT_NEGATIVE, True, "by how much an invoice or a payment may differ from what it is for"),
        ("payee", TEXT, False, "for which payee; for all where empty"),
        ("agreement", TEXT, False, "under which agreement; under all where empty"),
    ),
    "control_totals": _columns(
        (
            "measure",
            TEXT,
            True,
            "what was measured: gross_proceeds, cash_proceeds, shares_sold, lines, closings, shares_outstanding_before "
            "(given), shares_outstanding_after, investor_warrants, warrant_coverage, fees_accrued or fees_paid",
        ),
        ("as_of", DAY, True, "up to and including which day"),
        ("amount", FIGURE, True, "the figure that the records must meet: money, a count or a percentage"),
        ("tolerance", DISTANCE, False, "how far off it may be; nothing where empty"),
        ("tolerance_name", TEXT, False, "why it may be off"),
        ("source", TEXT, False, "where the figure comes from"),
    ),
}


@frozen(kw_only=True)
class Row:
    """A row of a record table: its line for ledgers, its place for problems."""

    line: str
    place: Place


@frozen(kw_only=True)
class Introduction(Row):
    investor: str
    agreement: str
    introduced_on: date
    evidence: str = ""


@frozen(kw_only=True)
class Expense(Row):
    agreement: str
    date: date
    amount: int  # cents
    clause: str = ""
    payee: str = ""
    description: str = ""
    category: str = ""
    approved_by: str = ""
    currency: str = ""
    evidence: str = ""


@frozen(kw_only=True)
class Event(Row):
    event: str
    date: date
    agreement: str = ""
    closing: str = ""
    memo: str = ""


@frozen(kw_only=True)
class Decision(Row):
    date: date
    decision: str
    agreement: str
    decided_by: str
    reason: str
    clause: str = ""
    closing: str = ""
    investor: str = ""
    payee: str = ""
    amount: int | None = None  # cents; a count is held as count x 100
    evidence: str = ""


@frozen(kw_only=True)
class Balance(Row):
    agreement: str
    clause: str
    as_of: date
    amount: int  # cents; a count of warrants is held as count x 100
    base: int | None = None  # cents
    memo: str = ""


@frozen(kw_only=True)
class Invoice(Row):
    invoice: str
    date: date
    payee: str
    amount: int  # cents
    agreement: str = ""
    clause: str = ""
    closing: str = ""
    memo: str = ""
    credits: str = ""


@frozen(kw_only=True)
class Payment(Row):
    payment: str
    date: date
    payee: str
    amount: int  # cents
    agreement: str = ""
    clause: str = ""
    closing: str = ""
    invoice: str = ""
    memo: str = ""
    returns: str = ""


@frozen(kw_only=True)
class Tolerance(Row):
    name: str
    amount: int  # cents
    payee: str = ""
    agreement: str = ""


@frozen(kw_only=True)
class ControlTotal(Row):
    measure: str
    as_of: date
    amount: int  # cents; a count is held as count x 100, a percentage as percentage x 100
    tolerance: int = 0
    tolerance_name: str = ""
    source: str = ""


@frozen
class InputFile:
    """A file that was read, so that a ledger can say from what it was made."""

    name: str
    sha256: str
    rows: int


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
    inputs: tuple[InputFile, ...] = ()
    unknown_columns: tuple[tuple[Place, str, str], ...] = field(
        default=()
    )  # place, header, the column it may be meant for
