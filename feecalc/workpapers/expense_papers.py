"""Expenses paid back, as columns of the clause's paper: up to its limits, one expense after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.clauses import (
    ExpenseLimit,
    Reimbursement,
)
from feecalc.limits import holds_for, limit_words, window_of
from feecalc.money import Ratio
from feecalc.workpapers.agreement_papers import AgreementPapers
from feecalc.workpapers.formulas import (
    NOTHING,
    Paper,
    PaperColumn,
    Room,
    Same,
    Term,
    least,
    whole,
)
from feecalc.workpapers.limited_papers import limited


def reimbursed(drawn: AgreementPapers, clause: Reimbursement, paper: Paper) -> PaperColumn:
    drawn.only_version(clause)
    rows, expenses = drawn.lines.rows, drawn.lines.workings.expenses
    spent = [
        expenses[number].amount if number >= 0 and expenses[number].clause == clause.id else 0
        for number in rows.expense.tolist()
    ]
    amounts = paper.given("Expense", "money", whole(spent, 100))
    opening, _ = drawn.opening(clause)
    if clause.limits or clause.approved != "count as others":
        return _by_limits(drawn, clause, paper, amounts, opening)
    kept = limited(drawn, clause, paper, amounts, opening, "")
    return kept if kept is not amounts else paper.computed("Accrued", "money", Same(amounts), total=True)


def _by_limits(
    drawn: AgreementPapers, clause: Reimbursement, paper: Paper, amounts: PaperColumn, opening: Ratio
) -> PaperColumn:
    """Expenses paid back up to every limit that holds for each: of all, of its category, of its month."""
    rows, expenses = drawn.lines.rows, drawn.lines.workings.expenses
    milestones = drawn.lines.workings.measures.milestones
    mine = [
        expenses[number] if number >= 0 and expenses[number].clause == clause.id else None
        for number in rows.expense.tolist()
    ]
    limits: list[tuple[int, ExpenseLimit | None]] = []
    if clause.limit is not None:
        limits.append((clause.limit.amount, None))
    limits += [(limit.amount, limit) for limit in clause.limits]
    windows: dict[object, int] = {}
    kept: list[tuple[Term, PaperColumn, PaperColumn]] = []
    paid = PaperColumn(paper, "Accrued", "money", total=True)
    for number, (most_, limit) in enumerate(limits, start=1):
        words = "limit of all" if limit is None else f"limit {number}: {limit_words(limit)}"
        term = drawn.term(clause, words, "money", Ratio(most_, 100))
        held = []
        for expense in mine:
            beyond = expense is not None and clause.approved == "are beyond the limits" and expense.approved_by
            applies = expense is not None and not beyond
            if applies and limit is not None:
                assert expense is not None
                applies = holds_for(limit, expense, milestones)
            window = (number, window_of(limit, expense.date) if limit is not None and expense is not None else None)
            held.append(windows.setdefault(window, len(windows) + 1) if applies else 0)
        key = paper.given(f"Counts toward {words}", "count", whole(held), "")
        used = NOTHING
        if limit is None and opening and clause.limit is not None and clause.limit.earlier == "counts":
            used = drawn.term(clause, "paid back before these records", "money", opening)  # type: ignore[assignment]
        room = Room(Same(amounts), term, key, paid, used)
        kept.append((term, key, paper.pending(f"Room under {words}", "money", room)))
    rooms = [column for _, _, column in kept]
    paid.formula = least(Same(amounts), *(Same(column) for column in rooms))
    paper.columns.append(paid)
    _pay_in_order(amounts, kept, paid)
    return paid


def _pay_in_order(
    amounts: PaperColumn, limits: Sequence[tuple[Term, PaperColumn, PaperColumn]], paid: PaperColumn
) -> None:
    """Fill in what is paid back of each expense in turn, and the room under each limit before it: each row of the one
    rests on the rows above of the other.
    """
    count = len(amounts.values)
    used: dict[tuple[int, int], int] = {}
    rooms = np.zeros((len(limits), count), dtype=np.int64)
    cents = np.zeros(count, dtype=np.int64)
    for row in range(count):
        amount = int(amounts.values.num[row])
        for number, (term, key, room) in enumerate(limits):
            window = int(key.values.num[row])
            assert isinstance(room.formula, Room)
            before = int(room.formula.opening.value().total() * 100)
            left = int(term.ratio * 100) - before - used.get((number, window), 0)
            rooms[number, row] = max(0, left) if window else amount
        cents[row] = min([amount, *rooms[:, row].tolist()])
        for number, (_, key, _) in enumerate(limits):
            window_ = (number, int(key.values.num[row]))
            used[window_] = used.get(window_, 0) + int(cents[row])
    for number, (_, _, room) in enumerate(limits):
        room.values = whole(rooms[number], 100)
    paid.values = whole(cents, 100)
