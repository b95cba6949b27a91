"""An agreement's paper of payouts, drawn up: its moments, what accrued at each, what is credited, and who is paid."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np

from feecalc.clauses import Advance, FixedFee
from feecalc.columns import Columns
from feecalc.ledger import Source
from feecalc.rows import ENDED, NONE, TRIGGERED
from feecalc.totals import Ints
from feecalc.workpapers.clause_papers import ClausePapers
from feecalc.workpapers.crediting import credit_advance, credit_fee
from feecalc.workpapers.formulas import (
    HEADER,
    Above,
    NotLive,
    Paper,
    PaperColumn,
    Pick,
    Running,
    Same,
    added,
    minus,
    whole,
)
from feecalc.workpapers.payees import paid_under
from feecalc.workpapers.payouts import Moments, Payouts, end_of

LAST_ROW = "Last place by then"


def payouts_of(papers: ClausePapers, sources: tuple[Source, ...], entries: Columns, as_of: int) -> Payouts:
    """The payouts of one agreement, given its sources and their entries in the ledger, drawn up."""
    lines = papers.lines
    agreement = lines.agreement.as_amended()
    moments = moments_of(papers, sources)
    paper = Paper(
        f"{agreement.id} payouts",
        f"{agreement.id}: what accrued at each closing, and who is paid what of it",
        f"{agreement.id} payouts",
        len(moments),
        (),
        freeze=2,
    )
    names = dict(zip(lines.rows.rank.tolist(), lines.rows.closing.tolist(), strict=True))
    words = lines.workings.measures.table.closing.words
    paper.text("Closing", [words[names[rank]] if rank != NONE else "(no closing)" for rank in moments.rank.tolist()])
    paper.dates("Date", moments.day.tolist())
    paper.given(LAST_ROW, "count", whole(moments.last + HEADER), "")
    payouts = Payouts(papers, sources, entries, as_of, moments, paper)
    draw_payouts(payouts)
    return payouts


def moments_of(papers: ClausePapers, sources: Sequence[Source]) -> Moments:
    """The moments of an agreement's rows, and those of its advances' own movements."""
    rows = papers.lines.rows
    keys = dict.fromkeys(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()), 0)
    for source in sources:
        if source.advanced is not None:
            for day, amount in zip(source.advanced.day.tolist(), source.advanced.accrued.tolist()):
                keys[(day, ENDED if amount < 0 else TRIGGERED, NONE)] = 0
            end = end_of(source)
            if end is not None:
                keys[(end, ENDED, NONE)] = 0
    order = sorted(keys)
    own = sorted(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()))
    last = np.array([_count_through(own, key) for key in order], dtype=np.int64)
    day, stage, rank = np.array(order, dtype=np.int64).T if order else np.zeros((3, 0), dtype=np.int64)
    return Moments(day, stage, rank, last)


def _rank(papers: ClausePapers) -> Ints:
    """The rank of each row's closing, NONE for rows without lines."""
    rows = papers.lines.rows
    return np.where(rows.has_lines, rows.rank, NONE).astype(np.int64)


def _count_through(keys: list[tuple[int, int, int]], key: tuple[int, int, int]) -> int:
    return bisect.bisect_right(keys, key)


def draw_payouts(payouts: Payouts) -> None:
    """Fill the paper. Every figure that could not be put into formulas, or would differ, is put in and told."""
    agreement = payouts.agreement
    pointer = next(column for column in payouts.paper.columns if column.header == LAST_ROW)
    clauses = [clause for clause in agreement.clauses if clause.id in payouts.papers.accrued]
    for clause in clauses:
        column = payouts.papers.accrued[clause.id]
        payouts.to_dates[clause.id], payouts.accrued[clause.id] = _drawn(payouts, clause.id, column, pointer, "accrued")
    for name, column in payouts.papers.taken.items():
        payouts.taken[name] = _drawn(payouts, name, column, pointer, "taken in securities")[1]
    for clause in agreement.clauses:
        if isinstance(clause, FixedFee) and clause.credited_against and clause.id in payouts.accrued:
            try:
                credit_fee(payouts, clause)
            except NotLive as reason:
                payouts.not_live.append((clause.id, reason.reason))
        if isinstance(clause, Advance):
            source = next((s for s in payouts.sources if s.clause.id == clause.id and s.advanced is not None), None)
            if source is not None:
                credit_advance(payouts, clause, source)
    for clause in clauses:
        source = next(s for s in payouts.sources if s.clause.id == clause.id and s.accrual is not None)
        paid_under(payouts, clause, source)
    _in_cash(payouts)


def _in_cash(payouts: Payouts) -> None:
    """What is payable in cash to each payee, under all clauses."""
    for payee in dict.fromkeys(name for _, name in payouts.payable):
        columns = [c for (_, name), c in payouts.payable.items() if name == payee and c.kind == "money"]
        if len(columns) == 1:
            payouts.in_cash[payee] = columns[0]
        elif columns:
            figure = added([Same(column) for column in columns])
            payouts.in_cash[payee] = payouts.paper.computed(f"Payable in cash to {payee}", "money", figure, total=True)


def _drawn(
    payouts: Payouts, name: str, column: PaperColumn, pointer: PaperColumn, words: str
) -> tuple[PaperColumn, PaperColumn]:
    """What a column of the agreement's rows comes to by each moment, and what each moment brings."""
    digits = 2 if column.kind == "money" else 0
    running = Running(Same(column), digits, column.paper.rows)  # type: ignore[arg-type]
    down = column.paper.computed(f"{column.header.replace('Earned', 'Accrued')} to date", column.kind, running)
    to_date = payouts.paper.computed(f"{name}: {words} to date", column.kind, Pick(down, pointer))
    return to_date, payouts.paper.computed(
        f"{name}: {words}", column.kind, minus(Same(to_date), Above(to_date)), total=True
    )
