"""The workpapers as one payee sees them: without the columns of what is paid to others.

A column of others' that no other column needs goes. One that the payee's own figures need, as where it gets what does
not divide, is put into the formulas that need it, where that gives the same figures; no amount of others' then stands
in a cell of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from attrs import evolve

from feecalc.workpapers.drawing import Workpapers
from feecalc.workpapers.formulas import (
    Above,
    Combined,
    Formula,
    Number,
    Paper,
    PaperColumn,
    Rounded,
    Same,
    Term,
)


def of_one_payee(papers: Workpapers, others: str) -> Workpapers:
    """The papers without the columns of the payee named `others`. They are changed in place, and their last."""
    for payouts in papers.payouts:
        payouts.payable = {key: column for key, column in payouts.payable.items() if key[1] != others}
        for column in reversed([column for column in payouts.paper.columns if others in column.header]):
            _without(payouts.paper, column)
    return papers


def _without(paper: Paper, column: PaperColumn) -> None:
    """Take a column out of a paper, its formula put in its place; where that cannot be, it stays."""
    found: list[tuple[PaperColumn, Formula]] = []
    for user in paper.columns:
        if user is not column and user.formula is not None and column in _columns_of(user.formula):
            formula = _put_in(user.formula, column)
            if formula is None or not _same(formula, user):
                return
            found.append((user, formula))
    for user, formula in found:
        user.formula = formula
    paper.columns.remove(column)


def _same(formula: Formula, column: PaperColumn) -> bool:
    """Whether a formula gives the figures of a column."""
    values = formula.value()
    return bool(((values.num * column.values.den) == (column.values.num * values.den)).all())


def _parts(formula: Formula) -> Iterator[Any]:
    for each in attrs.fields(type(formula)):
        value = getattr(formula, each.name)
        yield from value if isinstance(value, tuple) else [value]


def _columns_of(formula: Formula) -> list[PaperColumn]:
    """Every column that a formula names."""
    found: list[PaperColumn] = []
    for part in _parts(formula):
        if isinstance(part, PaperColumn):
            found.append(part)
        elif attrs.has(type(part)):
            found += _columns_of(part)
    return found


def _put_in(formula: Formula, column: PaperColumn) -> Formula | None:
    """A formula with that of a column in place of each mention of it; None where it is not that simple."""
    match formula:
        case Same(column=named) if named is column:
            return column.formula
        case Above(column=named) if named is column:
            return _one_up(column.formula) if column.formula is not None else None
        case Same() | Above() | Term() | Number():
            return formula
        case Combined(left=left, right=right):
            one, other = _put_in(left, column), _put_in(right, column)
            return None if one is None or other is None else evolve(formula, left=one, right=other)
        case Rounded(figure=figure):
            inner = _put_in(figure, column)
            return evolve(formula, figure=inner) if inner is not None else None
    return formula if column not in _columns_of(formula) else None


def _one_up(formula: Formula) -> Formula | None:
    """A formula of the row above; None where it is not one of figures that stand there."""
    match formula:
        case Same(column=column):
            return Above(column)
        case Term() | Number():
            return formula
        case Combined(left=left, right=right):
            one, other = _one_up(left), _one_up(right)
            return None if one is None or other is None else evolve(formula, left=one, right=other)
        case Rounded(figure=figure):
            inner = _one_up(figure)
            return evolve(formula, figure=inner) if inner is not None else None
    return None
