"""The workpapers of a ledger: terms, closings, a paper for each agreement's lines, clauses, limits and payouts.

What a paper gives is compared with the ledger as it is drawn up. Where a clause cannot be put into formulas, or its
formulas would not give the ledger's figures, its figures are put in as values and the paper says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field, frozen

from feecalc.agreement import Agreement, TotalLimit
from feecalc.clauses import AnyClause, Clause
from feecalc.columns import Columns
from feecalc.dates import day_number
from feecalc.dependencies import in_order
from feecalc.exact import Exact
from feecalc.ledger import Ledger, Source
from feecalc.money import Ratio, divided
from feecalc.rows import NONE
from feecalc.totals import Ints
from feecalc.workings import Workings, rows_under
from feecalc.workpapers.clause_papers import ClausePapers
from feecalc.workpapers.formulas import (
    NotLive,
    Paper,
    PaperColumn,
    Rounded,
    Same,
    minus,
    plus,
    ratios,
    times,
    whole,
)
from feecalc.workpapers.give_way_papers import give_way
from feecalc.workpapers.lines import AgreementLines, ClosingColumns
from feecalc.workpapers.payout_papers import payouts_of
from feecalc.workpapers.payouts import Payouts
from feecalc.workpapers.terms import Terms

ROWS_MOST = 60_000  # rows of all clause papers together, beyond which the workbook carries values only
PAPERS_MOST = 60  # clauses of all agreements, for the same reason


@frozen
class Unlive:
    """A clause whose figures are put in, and why."""

    agreement: str
    clause: str
    reason: str


@frozen(eq=False)
class Workpapers:
    """All papers of a ledger. `payouts` are those of each agreement, in their order."""

    terms: Paper
    closings: ClosingColumns
    lines: tuple[Paper, ...]
    clauses: tuple[tuple[Paper, ...], ...]
    payouts: tuple[Payouts, ...]
    not_live: tuple[Unlive, ...]


def too_many(ledger: Ledger) -> bool:
    """Whether the papers would be more than a workbook carries well."""
    clauses = sum(len(agreement.as_amended().clauses) for agreement in ledger.agreements)
    return clauses > PAPERS_MOST or clauses * len(ledger.table) > ROWS_MOST


def draw_up(ledger: Ledger) -> Workpapers:
    """The workpapers of a ledger."""
    terms = Terms()
    closings = closing_columns(ledger)
    drawn = [_Drawing(ledger, index, terms, closings) for index in range(len(ledger.agreements))]
    for each in drawn:
        each.draw()
    return Workpapers(
        terms.close(),
        closings,
        tuple(each.lines.paper for each in drawn),
        tuple(tuple(each.papers.papers) for each in drawn),
        tuple(each.payouts for each in drawn),
        tuple(unlive for each in drawn for unlive in each.not_live),
    )


def closing_columns(ledger: Ledger) -> ClosingColumns:
    """The figures of Closings: gross proceeds are shares x price, with what the records state otherwise beside it."""
    table, count = ledger.table, len(ledger.table)
    paper = Paper("Closings", "", "closings", count)
    shares = paper.given("Shares", "count", whole(table.shares))
    shares.given_on = table.has_shares.tolist()
    prices = [table.prices[code].ratio if code >= 0 else Ratio(0) for code in table.price.tolist()]
    price = paper.given("Price", "price", ratios(prices))
    price.given_on = (table.price >= 0).tolist()
    product = times(Same(shares), Same(price))
    computed = Rounded(product, 2).value()
    assert computed.den == 100
    otherwise = paper.given("Gross beyond shares x price", "money", whole(table.gross - computed.num, 100))
    otherwise.given_on = (table.gross != computed.num).tolist()
    gross = paper.computed("Gross proceeds", "money", plus(Rounded(product, 2), Same(otherwise)), total=True)
    not_cash = paper.given("Of it not in cash", "money", whole(table.non_cash, 100))
    not_cash.given_on = table.has_non_cash.tolist()
    cash = paper.computed("Cash proceeds", "money", minus(Same(gross), Same(not_cash)), total=True)
    shares_read = paper.given("Shares as read", "count", whole(table.shares), "")
    shares_read.given_on = shares.given_on
    gross_read = paper.given("Gross as read", "money", whole(table.gross, 100), "")
    return ClosingColumns(paper, shares, gross, cash, (shares_read, gross_read), tuple(_owed_columns(ledger, paper)))


def _owed_columns(ledger: Ledger, paper: Paper) -> list[PaperColumn]:
    """Who is owed on each line: as many columns as agreements are owed on any one line."""
    lines, agreement, _ = ledger.attribution.answers()
    owed: list[list[str]] = [[] for _ in range(len(ledger.table))]
    for line, index in zip(lines.tolist(), agreement.tolist(), strict=True):
        if index != NONE:
            owed[line].append(ledger.agreements[index].id)
    widest = max((len(names) for names in owed), default=0)
    columns = []
    for place in range(max(widest, 1)):
        words = "Agreement owed" if not place else f"Agreement owed, {place + 1}"
        column = paper.text(
            words, [names[place] if place < len(names) else "" if not place else None for names in owed]
        )
        column.mark = "input"
        columns.append(column)
    return columns


@define(eq=False)
class _Drawing:
    """The papers of one agreement while they are drawn up."""

    ledger: Ledger
    index: int
    terms: Terms
    closings: ClosingColumns
    lines: AgreementLines = field(init=False)
    papers: ClausePapers = field(init=False)
    payouts: Payouts = field(init=False)
    not_live: list[Unlive] = field(factory=list)

    @property
    def agreement(self) -> Agreement:
        return self.ledger.agreements[self.index]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(s for s in self.ledger.sources if s.agreement.id == self.agreement.id and not s.decisions)

    def draw(self) -> None:
        workings = self._workings()
        label = self.terms.agreement(self.agreement.id)
        decimals = self.terms.decimals(self.agreement.id, "", 6)
        self.lines = AgreementLines(
            self.agreement, workings, self.terms, self.closings, self.ledger.table.rows.line, decimals
        )
        self.lines.draw(label)
        self.papers = ClausePapers(self.lines, {c.id: self._digits(c) for c in self.agreement.as_amended().clauses})
        for step in in_order(self.agreement.as_amended()):
            if isinstance(step, TotalLimit):
                self._limit(step)
            elif any(s.clause.id == step.id and s.accrual is not None for s in self.sources):
                self._clause(step)
        self._payouts()

    def _workings(self) -> Workings:
        """The agreement's workings over all lines, whoever is owed on them."""
        ledger, attribution = self.ledger, self.ledger.attribution
        milestones = next((s.milestones for s in self.sources), None)
        lines = np.flatnonzero(~attribution.after_as_of).astype(np.int32)
        records = ledger.records
        assert milestones is not None
        spent = [e for s in self.sources if s.accrual is not None for e in s.accrual.expenses if e is not None]
        spent = sorted(dict.fromkeys(spent), key=lambda e: (e.date, e.amount, e.description, e.payee, e.line))
        balances = {
            b.clause: b for b in records.balances if b.agreement == self.agreement.id and b.as_of <= ledger.as_of
        }
        workings = Workings(
            self.agreement,
            self.agreement.in_force(),
            attribution.measures(self.index, lines, milestones),
            balances,
            tuple(spent),
        )
        workings.rows = rows_under(workings, day_number(ledger.as_of), each_line=True)
        return workings

    def _digits(self, clause: AnyClause) -> int:
        """How many decimals keep unrounded figures of a clause within fifteen digits, with room for larger ones."""
        found = [s.accrual for s in self.sources if s.clause.id == clause.id and s.accrual is not None]
        largest = 1
        for accrual in found:
            reached = np.abs(accrual.unlimited_before) + np.abs(accrual.unlimited)
            largest = max(largest, int(reached.max(initial=0)), abs(accrual.opening))
        digits = len(str(divided(largest * 10, 1 if clause.counted else 100, "up")))
        return max(2, min(10, 14 - digits))

    def _engine(self, clause: Clause) -> Ints:
        """What the ledger has accrued under a clause, on the last row of each moment."""
        rows = self.lines.rows
        source = next(s for s in self.sources if s.clause.id == clause.id and s.accrual is not None)
        accrual = source.accrual
        assert accrual is not None
        rank = np.where(rows.has_lines, rows.rank, NONE)
        last = {key: place for place, key in enumerate(zip(rows.day.tolist(), rows.stage.tolist(), rank.tolist()))}
        found = np.zeros(len(rows), dtype=np.int64)
        on_lines = accrual.groups.counts() > 0 if accrual.groups is not None else np.zeros(len(accrual), dtype=bool)
        for day, stage, of_closing, lines, amount in zip(
            accrual.day.tolist(),
            accrual.stage.tolist(),
            accrual.rank.tolist(),
            on_lines.tolist(),
            accrual.accrued.tolist(),
            strict=True,
        ):
            found[last[(day, stage, of_closing if lines else NONE)]] += amount
        return found

    def _agrees(self, clause: Clause, values: Exact) -> bool:
        """Whether a column brings at every moment what the ledger has."""
        rows = self.lines.rows
        rank = np.where(rows.has_lines, rows.rank, NONE)
        keys = np.stack([rows.day, rows.stage, rank]).astype(np.int64)
        ends = np.append((keys[:, 1:] != keys[:, :-1]).any(axis=0), True) if len(rows) else np.zeros(0, dtype=bool)
        scale = 1 if clause.counted else 100
        live = np.cumsum(values.num * scale)[ends]
        return bool(np.array_equal(live, np.cumsum(self._engine(clause))[ends] * values.den))

    def _clause(self, clause: AnyClause) -> None:
        """The paper of a clause; its figures are put in where formulas would not give them."""
        limited = any(clause.id in limit.clauses for limit in self.agreement.as_amended().limits)
        count = len(self.lines.paper.columns)
        try:
            self.papers.draw(clause)
            if not limited and not self._agrees(clause, self.papers.accrued[clause.id].values):
                self.papers.papers.pop()
                raise NotLive("its formulas would not give the figures of the ledger")
        except NotLive as reason:
            del count
            self._put_in(clause, reason.reason)

    def _put_in(self, clause: AnyClause, reason: str) -> None:
        self.papers.put_in(clause, self._engine(clause), reason)
        self.papers.taken.pop(getattr(clause, "of", ""), None)
        self.not_live.append(Unlive(self.agreement.id, clause.id, reason))

    def _limit(self, limit: TotalLimit) -> None:
        """The paper of a limit over several clauses."""
        members = [name for name in limit.clauses if name in self.papers.accrued]
        clauses = [self.agreement.as_amended().clause(name) for name in members]
        later = [other for other in self.agreement.as_amended().limits if set(other.clauses) & set(limit.clauses)]
        try:
            give_way(self.papers, limit)
            wrong = [c for c in clauses if c and not self._agrees(c, self.papers.accrued[c.id].values)]
            if wrong and later[-1] is limit:
                raise NotLive("its formulas would not give the figures of the ledger")
        except NotLive as reason:
            for clause in clauses:
                assert clause is not None
                self._put_in(clause, f"the limit {limit.id}: {reason.reason}")

    def _payouts(self) -> None:
        entries = self.ledger.columns
        place = {id(s): number for number, s in enumerate(self.ledger.sources)}
        own = {place[id(s)]: number for number, s in enumerate(self.sources)}
        mine = entries.where(np.isin(entries["source"], list(own)))
        mine = Columns({**mine.arrays, "source": np.array([own[source] for source in mine["source"].tolist()])})
        self.payouts = payouts_of(self.papers, self.sources, mine, day_number(self.ledger.as_of))
        for clause, reason in dict.fromkeys(self.payouts.not_live):
            self.not_live.append(Unlive(self.agreement.id, clause, reason))


def papers_in_order(workpapers: Workpapers) -> Sequence[Paper]:
    """The papers as a reader meets them: terms, then for each agreement its lines, clauses and payouts."""
    found = [workpapers.terms]
    for lines, clauses, payouts in zip(workpapers.lines, workpapers.clauses, workpapers.payouts, strict=True):
        found += [lines, *clauses, payouts.paper]
    return found
