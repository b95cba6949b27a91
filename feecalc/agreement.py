"""An agreement as its file states it: parties, term, tail, what it covers, and its clauses in order.

    Agreement
      ├─ Term              effective, expires, terminated
      ├─ tail              none, unlimited, or a Tail of months or to a day
      ├─ Coverage          investors, securities, offerings, events, offering limit
      ├─ Clause ...        percentage, reimbursement, warrants ..., advance   (clauses/)
      │    ├─ Rounding, limit, split
      │    └─ Reading ...  question, chosen, others
      ├─ Reading ...       on the agreement as a whole
      └─ WorkedExample ... given these records, these amounts

Objects are frozen and know where each of their terms stands. What no single term shows, shares that do not add up or
dates that contradict each other, is found by `contradictions`.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from attrs import field, frozen

from feecalc import dates, shapes
from feecalc.clauses import KINDS, Advance, AnyClause, Clause, PayeeShare, Reading, Reimbursement
from feecalc.money import Ratio
from feecalc.records import Records
from feecalc.shapes import (
    CURRENCY,
    DATE,
    ID,
    MONEY,
    NAME,
    NUMBER,
    SENTENCE,
    VERSION,
    ByKind,
    Choice,
    Either,
    ListOf,
    Part,
    RowsOf,
    Written,
)

EVENTS = ("sale", "warrant exercise")


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
        Either(("no end date",), DATE), "the last day if nobody ends it earlier, or `no end date`"
    )
    terminated: date | None = shapes.term(DATE, "the last day if it was ended early", default=None)
    notice: str = shapes.term(SENTENCE, "how it may be ended", default="")

    @property
    def last_day(self) -> date | None:
        """The last day on which the agreement runs, or None."""
        ends = [end for end in (self.expires, self.terminated) if isinstance(end, date)]
        return min(ends) if ends else None


@frozen(kw_only=True)
class Tail(Written):
    """The time after the term in which closings with investors it brought still count."""

    months: int | None = shapes.term(NUMBER, "months after the last day of the term", default=None)
    last_day: date | None = shapes.term(DATE, "or the last day that counts", default=None)


@frozen(kw_only=True)
class Coverage(Written):
    """Which lines the agreement is owed on."""

    investors: Literal["introduced", "all"] | tuple[str, ...] = shapes.term(
        Either(("introduced", "all"), ListOf(NAME, at_least=1)),
        "`introduced` (by this agent, during the term), `all`, or a list of names",
    )
    excluded: tuple[str, ...] = shapes.term(ListOf(NAME), "investors on whom nothing is owed", default=())
    securities: Literal["all"] | tuple[str, ...] = shapes.term(
        Either(("all",), ListOf(NAME, at_least=1)), "`all`, or the securities covered, by the names the records use"
    )
    offerings: Literal["all"] | tuple[str, ...] = shapes.term(
        Either(("all",), ListOf(NAME, at_least=1)), "`all`, or the offerings covered, by the names the records use"
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


@frozen(kw_only=True)
class ExpectedAmount(Written):
    """What a worked example expects of a clause."""

    clause: str = shapes.term(ID, "the clause")
    payee: str | None = shapes.term(NAME, "the payee; left out, all payees together", default=None)
    closing: str | None = shapes.term(NAME, "the closing; left out, all closings together", default=None)
    accrued: str | None = shapes.term(NAME, "what accrues, such as 63,000.00 or 10,500", default=None)
    recouped: str | None = shapes.term(NAME, "what of it is credited against an advance", default=None)
    payable: str | None = shapes.term(NAME, "what is to be paid", default=None)
    exercise_price: str | None = shapes.term(NAME, "the exercise price of all of these warrants", default=None)


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
    expected: tuple[ExpectedAmount, ...] = shapes.term(
        ListOf(Part(ExpectedAmount), at_least=1), "the amounts that must come out"
    )
    records: Records | None = field(default=None, eq=False, repr=False)  # the rows, as the reader understood them


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
        Either(("none", "unlimited"), Part(Tail)),
        "how long after the term closings with its investors count: `none`, `unlimited`, months, or to a day",
    )
    covers: Coverage = shapes.term(Part(Coverage), "which lines the agreement is owed on")
    clauses: tuple[AnyClause, ...] = shapes.term(
        ListOf(ByKind(KINDS), at_least=1), "what is owed, in the order of the agreement"
    )
    readings: tuple[Reading, ...] = shapes.term(
        ListOf(Part(Reading)), "questions that the words leave open on the agreement as a whole", default=()
    )
    examples: tuple[WorkedExample, ...] = shapes.term(
        ListOf(Part(WorkedExample)), "worked examples, run by `feecalc check`", default=()
    )

    @property
    def last_closing_day(self) -> date | None:
        """The last day on which a closing counts, or None if there is no end."""
        end = self.term.last_day
        if self.tail == "none" or end is None:
            return end
        if isinstance(self.tail, Tail):
            return self.tail.last_day or dates.months_after(end, self.tail.months or 0)
        return None

    def clause(self, clause_id: str) -> AnyClause | None:
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def shares(self, clause: Clause) -> tuple[PayeeShare, ...]:
        """Who is paid which part of a clause: its split, or all to the agent."""
        return clause.split or (PayeeShare(payee=self.agent, share=Ratio(1)),)


def expense_clauses(agreement: Agreement) -> list[AnyClause]:
    """The clauses that recorded expenses can belong to."""
    return [
        clause
        for clause in agreement.clauses
        if isinstance(clause, Reimbursement)
        or (isinstance(clause, Advance) and clause.less_expenses == "recorded expenses")
    ]
