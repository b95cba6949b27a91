"""An agreement as its file states it: parties, term, tail, what it covers, and its clauses in order.

    Agreement
      ├─ Term              effective, expires, terminated
      ├─ tail              none, unlimited, or a Tail: how long, from when, for whom
      ├─ Coverage          investors, securities, offerings, events, offering limit
      ├─ InvestorList ...  names that clauses refer to
      ├─ Clause ...        what is owed                                       (clauses/)
      │    ├─ Rounding, limit, split
      │    └─ Reading ...  question, chosen, others
      ├─ TotalLimit ...    limits over several clauses, and what gives way
      ├─ Amendment ...     terms in place of others from a day on
      ├─ Section ...       what became of each section of the source
      ├─ Reading ...       on the agreement as a whole
      └─ WorkedExample ... given these records, these amounts

Objects are frozen and know where each of their terms stands. What no single term shows, shares that do not add up or
dates that contradict each other, is found by `contradictions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from attrs import field, frozen

from feecalc import shapes
from feecalc.clauses import KINDS, Advance, AnyClause, Clause, PayeeShare, Reading, Reimbursement
from feecalc.clauses.bases import MEASURE, Measure
from feecalc.clauses.lines import EVENTS
from feecalc.money import ROUNDING_MODES, Price, Ratio, RoundingMode
from feecalc.records import Records
from feecalc.shapes import (
    CURRENCY,
    DATE,
    ID,
    MONEY,
    NAME,
    NUMBER,
    PRICE,
    RATE,
    SENTENCE,
    VERSION,
    ByKind,
    Changes,
    Choice,
    Either,
    ListOf,
    Part,
    RowsOf,
    Written,
)


@frozen(kw_only=True)
class Source(Written):
    """The document that the terms were taken from."""

    document: str = shapes.term(SENTENCE, "the document, so that anyone can find it")
    pages: str = shapes.term(SENTENCE, "where in it", default="")
    note: str = shapes.term(SENTENCE, "what a reader of this file should know about the source", default="")


@frozen(kw_only=True)
class Term(Written):
    """The time during which the agreement runs; its first and its last day count."""

    effective: date = shapes.term(DATE, "the first day")
    expires: Literal["no end date"] | date = shapes.term(
        Either(("no end date",), (DATE,)), "the last day if nobody ends it earlier, or `no end date`"
    )
    terminated: date | None = shapes.term(DATE, "the last day if it was ended early", default=None)
    notice: str = shapes.term(SENTENCE, "how it may be ended", default="")

    @property
    def last_day(self) -> date | None:
        """The last day on which the agreement runs, or None."""
        ends = [end for end in (self.expires, self.terminated) if isinstance(end, date)]
        return min(ends) if ends else None


TailStart = Literal["end of term", "first closing", "final closing", "later of term and final closing"]


@frozen(kw_only=True)
class Tail(Written):
    """The time after the term in which closings with investors it brought still count."""

    months: int | None = shapes.term(NUMBER, "months after it starts", default=None)
    last_day: date | None = shapes.term(DATE, "or the last day that counts", default=None)
    starts: TailStart = shapes.term(
        Choice(("end of term", "first closing", "final closing", "later of term and final closing")),
        "from when its months count",
        default="end of term",
    )
    investors: tuple[str, ...] = shapes.term(
        ListOf(NAME, at_least=1), "only these investors, of those that the agreement covers", default=()
    )
    excluded: tuple[str, ...] = shapes.term(ListOf(NAME), "investors on whom nothing is owed in the tail", default=())
    securities: tuple[str, ...] = shapes.term(ListOf(NAME), "only these securities", default=())
    events: tuple[str, ...] = shapes.term(ListOf(Choice(EVENTS)), "only these kinds of line", default=())
    counts: Literal["closing day", "signing day"] = shapes.term(
        Choice(("closing day", "signing day")),
        "which day must lie in the tail: that of the closing, or that of signing (column signed_on; else the closing)",
        default="closing day",
    )


@frozen(kw_only=True)
class Coverage(Written):
    """Which lines the agreement is owed on."""

    investors: Literal["introduced", "all"] | tuple[str, ...] = shapes.term(
        Either(("introduced", "all"), (ListOf(NAME, at_least=1),)),
        "`introduced` (by this agent, during the term), `all`, or a list of names",
    )
    excluded: tuple[str, ...] = shapes.term(ListOf(NAME), "investors on whom nothing is owed", default=())
    securities: Literal["all"] | tuple[str, ...] = shapes.term(
        Either(("all",), (ListOf(NAME, at_least=1),)), "`all`, or the securities covered, by the names the records use"
    )
    offerings: Literal["all"] | tuple[str, ...] = shapes.term(
        Either(("all",), (ListOf(NAME, at_least=1),)), "`all`, or the offerings covered, by the names the records use"
    )
    offering_not_stated: Literal["covered", "not covered"] | None = shapes.term(
        Choice(("covered", "not covered")),
        "how a line that names no offering is taken; needed with a list of offerings",
        default=None,
    )
    events: tuple[str, ...] = shapes.term(
        ListOf(Choice(EVENTS), at_least=1), "what kind of line counts; a rescission counts where what it undoes does"
    )
    offering_limit: int | None = shapes.term(
        MONEY,
        "the size of the offering beyond which nothing accrues without a decision: the gross proceeds that count "
        "are those of the lines this agreement is owed on",
        default=None,
    )


EXPECTED = (
    "accrued",
    "recouped",
    "held",
    "in_securities",
    "decided",
    "payable",
    "exercise_price",
    "expires",
    "payable_on",
)


@frozen(kw_only=True)
class ExpectedAmount(Written):
    """What a worked example expects of a clause."""

    clause: str = shapes.term(ID, "the clause")
    payee: str | None = shapes.term(NAME, "the payee; left out, all payees together", default=None)
    closing: str | None = shapes.term(NAME, "the closing; left out, all closings together", default=None)
    accrued: str | None = shapes.term(NAME, "what accrues, such as 63,000.00 or 10,500", default=None)
    recouped: str | None = shapes.term(NAME, "what of it is credited against an advance", default=None)
    held: str | None = shapes.term(NAME, "what of it waits for something that has not happened", default=None)
    in_securities: str | None = shapes.term(NAME, "what of it is taken in securities", default=None)
    decided: str | None = shapes.term(NAME, "what decisions change", default=None)
    payable: str | None = shapes.term(NAME, "what is to be paid", default=None)
    exercise_price: str | None = shapes.term(NAME, "the exercise price of all of these warrants", default=None)
    expires: str | date | None = shapes.term(
        Either(("not known yet",), (DATE,)), "the last day of exercise of all of these warrants", default=None
    )
    payable_on: str | date | None = shapes.term(
        Either(("not known yet",), (DATE,)), "the day on which all of this is due", default=None
    )


@frozen(kw_only=True)
class WorkedExample(Written):
    """Given these records, these amounts: a test of the terms that a reviewer can read.

    Rows have the columns of the record tables. A closing line without `introduced_by` counts as introduced by this
    agreement; an introduction, expense or balance without `agreement` belongs to it.
    """

    name: str = shapes.term(SENTENCE, "what the example shows")
    as_of: date | None = shapes.term(DATE, "the day of the computation; left out, after everything", default=None)
    closings: Any = shapes.term(RowsOf("closings"), "lines of closings", default=None)
    introductions: Any = shapes.term(RowsOf("introductions"), "introductions", default=None)
    expenses: Any = shapes.term(RowsOf("expenses"), "expenses", default=None)
    balances: Any = shapes.term(RowsOf("balances"), "balances", default=None)
    events: Any = shapes.term(RowsOf("events"), "events", default=None)
    decisions: Any = shapes.term(RowsOf("decisions"), "decisions", default=None)
    expected: tuple[ExpectedAmount, ...] = shapes.term(
        ListOf(Part(ExpectedAmount), at_least=1), "the amounts that must come out"
    )
    records: Records | None = field(default=None, eq=False, repr=False)  # the rows, as the reader understood them


@frozen(kw_only=True)
class InvestorList(Written):
    """A list of investors that the source names, such as a president's list."""

    name: str = shapes.term(NAME, "its name")
    investors: tuple[str, ...] = shapes.term(ListOf(NAME, at_least=1), "the investors on it")


@frozen(kw_only=True)
class ValueOf(Written):
    """What one security counts for under a limit in money."""

    clause: str = shapes.term(ID, "the clause that gives the securities")
    each: Price = shapes.term(PRICE, "the value of one of them")


@frozen(kw_only=True)
class TotalLimit(Written):
    """The most that several clauses may come to together, and which of them give way."""

    id: str = shapes.term(ID, "its name")
    section: str = shapes.term(SENTENCE, "where the source says it")
    says: str = shapes.term(SENTENCE, "what the source says, in one's own words")
    clauses: tuple[str, ...] = shapes.term(ListOf(ID, at_least=1), "the clauses that count toward it")
    amount: int | None = shapes.term(MONEY, "the most, as an amount", default=None)
    rate: Ratio | None = shapes.term(RATE, "or as a part of proceeds", default=None)
    of: Measure | None = shapes.term(
        MEASURE, "the proceeds, of all lines that the agreement is owed on; needed with a rate", default=None
    )
    over: Literal["agreement", "closing"] = shapes.term(
        Choice(("agreement", "closing")), "over the whole agreement, or afresh for each closing"
    )
    gives_way: tuple[str, ...] = shapes.term(
        ListOf(ID, at_least=1), "the clauses that give way, the first of them first; others are never cut"
    )
    values: tuple[ValueOf, ...] = shapes.term(
        ListOf(Part(ValueOf)), "the value of securities that count toward it", default=()
    )


@frozen(kw_only=True)
class Conversion(Written):
    """How money in other currencies becomes the agreement's: at the rate that the line gives in `exchange_rate`."""

    mode: RoundingMode = shapes.term(Choice(ROUNDING_MODES), "how each line's money is rounded to the cent")


@frozen(kw_only=True)
class Section(Written):
    """What became of a section of the source: exactly one of three."""

    section: str = shapes.term(SENTENCE, "the section, as the source numbers it")
    modelled_by: tuple[str, ...] = shapes.term(
        ListOf(ID, at_least=1), "the clauses or limits that state it", default=()
    )
    not_about_money: str = shapes.term(SENTENCE, "or what it is about, since it moves no money", default="")
    not_modelled: str = shapes.term(
        SENTENCE, "or what it says about money that this file does not state; it is reported", default=""
    )


@frozen(kw_only=True)
class Amendment(Written):
    """Terms that stand in place of others from a day on."""

    id: str = shapes.term(ID, "its name")
    effective: date = shapes.term(DATE, "the first day on which it holds")
    section: str = shapes.term(SENTENCE, "where the amending document says it")
    says: str = shapes.term(SENTENCE, "what it says, in one's own words")
    rules: Literal["closings from that day", "closings signed from that day"] = shapes.term(
        Choice(("closings from that day", "closings signed from that day")),
        "which lines it rules: by the day of closing, or by that of signing (column signed_on; else the closing)",
    )
    changes: object = shapes.term(
        Changes(), "terms and their new values; under `clauses`, clause ids and their changed terms"
    )


@frozen(kw_only=True)
class Agreement(Written):
    """One agreement with one agent."""

    feecalc: int = shapes.term(VERSION, "the version of the agreement language")
    id: str = shapes.term(ID, "the agreement's name in the records")
    title: str = shapes.term(SENTENCE, "its name for people")
    source: Source = shapes.term(Part(Source), "the document the terms were taken from")
    company: str = shapes.term(NAME, "who raises the money and pays")
    agent: str = shapes.term(NAME, "who is engaged")
    role: str = shapes.term(SENTENCE, "as what the agent is engaged")
    payees: tuple[str, ...] = shapes.term(
        ListOf(NAME, at_least=1), "everyone who is paid under the agreement, the agent first"
    )
    currency: str = shapes.term(CURRENCY, "the one currency of all amounts")
    term: Term = shapes.term(Part(Term), "the time during which the agreement runs")
    tail: Literal["none", "unlimited"] | Tail = shapes.term(
        Either(("none", "unlimited"), (Part(Tail),)),
        "how long after the term closings with its investors count: `none`, `unlimited`, months, or to a day",
    )
    covers: Coverage = shapes.term(Part(Coverage), "which lines the agreement is owed on")
    clauses: tuple[AnyClause, ...] = shapes.term(
        ListOf(ByKind(KINDS), at_least=1), "what is owed, in the order of the agreement"
    )
    payments_applied: Literal["by reference or amount", "oldest first"] = shapes.term(
        Choice(("by reference or amount", "oldest first")),
        "what a payment is for that neither names it nor comes to it: a question, or what has been due longest",
        default="by reference or amount",
    )
    set_off: Literal["not allowed", "allowed"] = shapes.term(
        Choice(("not allowed", "allowed")),
        "whether what a payee was paid too much reduces what else it is owed under the agreement, once both are due",
        default="not allowed",
    )
    lists: tuple[InvestorList, ...] = shapes.term(
        ListOf(Part(InvestorList)), "lists of investors that clauses refer to", default=()
    )
    limits: tuple[TotalLimit, ...] = shapes.term(
        ListOf(Part(TotalLimit)), "limits over several clauses, in the order in which they act", default=()
    )
    conversion: Conversion | None = shapes.term(
        Part(Conversion), "how lines in other currencies count; left out, they do not", default=None
    )
    amendments: tuple[Amendment, ...] = shapes.term(
        ListOf(Part(Amendment)), "changes of the terms, in the order of their days", default=()
    )
    gives_precedence_to: tuple[str, ...] = shapes.term(
        ListOf(ID, at_least=1),
        "agreements whose claims go before this one's, where both claim a line by introduction",
        default=(),
    )
    sections: tuple[Section, ...] = shapes.term(
        ListOf(Part(Section)), "the sections of the source, and what became of each", default=()
    )
    readings: tuple[Reading, ...] = shapes.term(
        ListOf(Part(Reading)), "questions that the words leave open on the agreement as a whole", default=()
    )
    examples: tuple[WorkedExample, ...] = shapes.term(
        ListOf(Part(WorkedExample)), "worked examples, run by `feecalc check`", default=()
    )

    def clause(self, clause_id: str) -> AnyClause | None:
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def shares(self, clause: Clause) -> tuple[PayeeShare, ...]:
        """Who is paid which part of a clause: its split, or all to the agent."""
        return clause.split or (PayeeShare(payee=self.agent, share=Ratio(1)),)

    def named_list(self, name: str) -> tuple[str, ...]:
        """The investors of one of the agreement's lists."""
        return next((each.investors for each in self.lists if each.name == name), ())

    def in_force(self) -> tuple[Agreement, ...]:
        """The terms as signed, and as each amendment leaves them, in order."""
        return (self, *(each.changes for each in self.amendments if isinstance(each.changes, Agreement)))

    def as_amended(self) -> Agreement:
        """The terms that hold last."""
        return self.in_force()[-1]

    def declared_readings(self) -> Iterator[tuple[AnyClause | None, Reading]]:
        """Every reading stated, with its clause: of the clauses as signed, of those that an amendment brings or reads
        anew, and of the agreement as a whole (no clause).
        """
        before: dict[str, tuple[Reading, ...]] = {}
        for terms in self.in_force():
            for clause in terms.clauses:
                if clause.readings != before.get(clause.id, ()):
                    yield from ((clause, reading) for reading in clause.readings)
                before[clause.id] = clause.readings
        yield from ((None, reading) for reading in self.readings)


def expense_clauses(agreement: Agreement) -> list[AnyClause]:
    """The clauses that recorded expenses can belong to."""
    return [
        clause
        for clause in agreement.clauses
        if isinstance(clause, Reimbursement)
        or (isinstance(clause, Advance) and clause.less_expenses == "recorded expenses")
    ]
