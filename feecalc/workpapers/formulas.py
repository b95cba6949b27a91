"""Formulas as trees: each knows its value on every row, exactly, and a writer puts it into a spreadsheet's words.

The values are `Exact` columns: money in units of the currency (1050000.01 is 105000001 hundredths), counts as they are.
A spreadsheet computes in binary fractions. That the two agree rests on `Rounded` with a number of digits that keeps
every unrounded figure within fifteen digits: the figure is then the nearest binary fraction to a short decimal, and
rounding that to cents or to whole securities goes the way of the exact figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from attrs import define, evolve, field, fields, frozen

from feecalc import exact, totals
from feecalc.exact import Exact
from feecalc.money import Ratio, RoundingMode
from feecalc.totals import Ints

Kind = Literal["text", "date", "money", "count", "number", "rate", "price"]
Comparison = Literal[">", ">=", "<", "<=", "="]
HEADER = 1  # the place of the header in a range of a whole column: rows point to it for "nothing"


@define(eq=False)
class PaperColumn:
    """One column of a paper: its values, and the formula that gives them, or None where they were put in.

    `texts` are the values of text and of dates (day numbers); `values` are those of all other kinds. `cells` are
    formulas of single rows, `given_on` tells which rows hold a figure at all (None: all do).
    """

    paper: Paper
    header: str
    kind: Kind
    values: Exact = field(factory=lambda: Exact(np.zeros(0, dtype=np.int64), 1))
    texts: Sequence[Any] = ()
    formula: Formula | None = None
    mark: Literal["", "input", "link"] = ""
    total: bool = False
    cells: dict[int, Formula] = field(factory=dict)
    given_on: Sequence[bool] | None = None


@define(eq=False)
class Paper:
    """One sheet of the workpapers: rows of columns. Papers of one `family` have the same rows."""

    name: str
    title: str
    family: str
    rows: int
    notes: tuple[str, ...] = ()
    freeze: int = 0
    columns: list[PaperColumn] = field(factory=list)

    def text(self, header: str, texts: Sequence[str | None]) -> PaperColumn:
        return self._add(PaperColumn(self, header, "text", texts=texts))

    def dates(self, header: str, days: Sequence[int]) -> PaperColumn:
        return self._add(PaperColumn(self, header, "date", texts=days))

    def given(self, header: str, kind: Kind, values: Exact, mark: Literal["", "input"] = "input") -> PaperColumn:
        """A column of values that are put in."""
        return self._add(PaperColumn(self, header, kind, values, mark=mark))

    def computed(self, header: str, kind: Kind, formula: Formula, total: bool = False) -> PaperColumn:
        """A column that a formula gives; its values are worked out here. What would be too long for one formula is
        parted into steps, each a column of its own.
        """
        formula = self._shortened(header, formula)
        values = _wide(formula.value(), self.rows)
        mark: Literal["", "link"] = (
            "link" if isinstance(formula, Same | Pick) and formula.column.paper is not self else ""
        )
        return self._add(PaperColumn(self, header, kind, values, formula=formula, mark=mark, total=total))

    def _shortened(self, header: str, formula: Formula) -> Formula:
        """The formula with its longest parts taken out into columns before it."""
        steps = 0
        while length(formula, self) > LENGTH_MOST:
            part = _longest_part(formula, self)
            if part is None:
                break
            steps += 1
            column = self.computed(f"{header}, step {steps}", "number", part)
            formula = _replaced(formula, part, Same(column))
        return formula

    def pending(self, header: str, kind: Kind, formula: Formula) -> PaperColumn:
        """A column whose values are worked out together with those of another."""
        return self._add(PaperColumn(self, header, kind, formula=formula))

    def _add(self, column: PaperColumn) -> PaperColumn:
        self.columns.append(column)
        return column


@frozen(eq=False)
class Number:
    """0, 1 or 2: no other number stands in a formula."""

    number: Literal[0, 1, 2]

    def value(self) -> Exact:
        return scalar(Ratio(self.number))


@frozen(eq=False)
class Term:
    """A cell of the terms: the column that holds it, its row there (from 0), and its value."""

    column: PaperColumn
    row: int
    ratio: Ratio

    def value(self) -> Exact:
        return scalar(self.ratio)


@frozen(eq=False)
class Same:
    """The cell of a column in the same row; of another paper too, where that has the same rows."""

    column: PaperColumn

    def value(self) -> Exact:
        return self.column.values


@frozen(eq=False)
class Above:
    """The cell of a column in the row above; nothing on the first row."""

    column: PaperColumn

    def value(self) -> Exact:
        values = self.column.values
        return Exact(np.concatenate([np.zeros(1, dtype=values.num.dtype), values.num[:-1]])[: len(values)], values.den)


@frozen(eq=False)
class Combined:
    """Two figures added, subtracted, multiplied or divided; what is divided by nothing counts as nothing."""

    sign: Literal["+", "-", "*", "/"]
    left: Formula
    right: Formula

    def value(self) -> Exact:
        left, right = self.left.value(), self.right.value()
        match self.sign:
            case "+":
                return exact.summed([left, right])
            case "-":
                return exact.difference(left, right)
            case "*":
                return exact.multiplied(left, right)
        return _divided(left, right)


@frozen(eq=False)
class Compared:
    """1 where a comparison holds, 0 where it does not."""

    sign: Comparison
    left: Formula
    right: Formula

    def value(self) -> Exact:
        difference = exact.difference(self.left.value(), self.right.value()).num
        zero = np.zeros(1, dtype=np.int64)
        holds = {
            ">": np.greater,
            ">=": np.greater_equal,
            "<": np.less,
            "<=": np.less_equal,
            "=": np.equal,
        }[self.sign](difference, zero)
        return Exact(np.asarray(holds).astype(np.int64), 1)


@frozen(eq=False)
class Rounded:
    """A figure rounded to so many digits after the point, symmetrically about zero."""

    figure: Formula
    digits: Literal[0, 2] | Term
    mode: Literal["half up", "down", "up"] = "half up"

    def value(self) -> Exact:
        digits = self.digits if isinstance(self.digits, int) else int(self.digits.ratio)
        scale = 10**digits
        return Exact(self.figure.value().times(Ratio(scale)).rounded(self.mode), scale)


@frozen(eq=False)
class Extreme:
    """The least or the greatest of figures."""

    which: Literal["MIN", "MAX"]
    figures: tuple[Formula, ...]

    def value(self) -> Exact:
        columns = [figure.value() for figure in self.figures]
        size = _length(columns)
        return exact.extreme([_wide(column, size) for column in columns], greatest=self.which == "MAX")


@frozen(eq=False)
class Chosen:
    """One figure where a condition holds (is not 0), else another."""

    condition: Formula
    then: Formula
    otherwise: Formula

    def value(self) -> Exact:
        condition = self.condition.value().num != 0
        return exact.summed([_on(self.then.value(), condition), _on(self.otherwise.value(), ~condition)])


@frozen(eq=False)
class Carried:
    """A figure where a condition holds (is not 0), elsewhere what stands in the row above of the same column."""

    condition: Formula
    figure: Formula
    rows: int

    def value(self) -> Exact:
        figure = _wide(self.figure.value(), self.rows)
        holds = _wide(self.condition.value(), self.rows).num != 0
        last = np.maximum.accumulate(np.where(holds, np.arange(self.rows), -1)) if self.rows else np.zeros(0, np.int64)
        padded = np.append(figure.num, 0)
        return Exact(padded[last], figure.den)


@frozen(eq=False)
class Total:
    """The sum of a whole column."""

    column: PaperColumn

    def value(self) -> Exact:
        return scalar(self.column.values.total())


@frozen(eq=False)
class Running:
    """The running total of a figure down its own column, rounded to the digits it has so that no dust gathers."""

    figure: Formula
    digits: Literal[0, 2] | Term
    rows: int

    def value(self) -> Exact:
        figure = _wide(self.figure.value(), self.rows)
        return figure.within(None)[1]


@frozen(eq=False)
class RunningWithin:
    """As `Running`, among the rows of one scope: `before` names for each row the place of the one before it there."""

    figure: Formula
    digits: Literal[0, 2] | Term
    before: PaperColumn
    scope: Ints

    def value(self) -> Exact:
        return _wide(self.figure.value(), len(self.scope)).within(self.scope)[1]


@frozen(eq=False)
class Pick:
    """The figure of a column at the row that a pointer names, counted from its header as 1; text there is nothing."""

    column: PaperColumn
    pointer: PaperColumn

    def value(self) -> Exact:
        values = self.column.values
        padded = np.concatenate([np.zeros(1, dtype=values.num.dtype), values.num])
        return Exact(padded[self.pointer.values.num - HEADER], values.den)


@frozen(eq=False)
class Room:
    """What a limit leaves of a figure before each row: the limit, less what rows above with the same key were paid. A
    key of 0 is bound by nothing. `paid` is filled in row by row, so that this has no value of its own.
    """

    figure: Formula
    limit: Term
    key: PaperColumn
    paid: PaperColumn
    opening: Formula

    def value(self) -> Exact:
        raise NotImplementedError


@frozen(eq=False)
class Owed:
    """How often an agreement's id stands among the columns of closings that say who is owed, at a pointed row."""

    columns: tuple[PaperColumn, ...]
    pointer: PaperColumn
    agreement: Label

    def value(self) -> Exact:
        named = sum(np.array([False, *(text == self.agreement.text for text in c.texts)]) for c in self.columns)
        return Exact(np.asarray(named, dtype=np.int64)[self.pointer.values.num - HEADER], 1)


@frozen(eq=False)
class Label:
    """A text among the terms: the column that holds it, and its row there (from 0)."""

    column: PaperColumn
    row: int
    text: str


@frozen(eq=False)
class Stepped:
    """Marginal steps: of a base, what lies above each step's beginning times the change of rate there, summed.

    `lows` and `changes` are runs of rows of the terms: columns, first row and number of rows.
    """

    base: Formula
    lows: Run
    changes: Run

    def value(self) -> Exact:
        base = self.base.value()
        parts = []
        for low, change in zip(self.lows.ratios, self.changes.ratios, strict=True):
            above = exact.difference(base, scalar(low))
            inside = _on(above, np.asarray(above.num > 0))
            parts.append(inside.times(change) if change >= 0 else inside.times(-change).negative())
        return exact.summed(parts)


@frozen(eq=False)
class Reached:
    """The rate of the last step whose beginning a base is above (`strictly`), or has reached; the first at least."""

    base: Formula
    lows: Run
    rates: Run
    strictly: bool

    def value(self) -> Exact:
        base = self.base.value()
        count = np.zeros(len(base), dtype=np.int64)
        for low in self.lows.ratios:
            above = exact.difference(base, scalar(low)).num
            count += np.asarray(above > 0 if self.strictly else above >= 0).astype(np.int64)
        ones = np.ones(len(base), dtype=np.int64)
        return exact.by_code(ones, (np.maximum(count, 1) - 1).astype(np.int32), list(self.rates.ratios))


@frozen(eq=False)
class Run:
    """A run of cells of one column of the terms: from row `first` (from 0) on."""

    column: PaperColumn
    first: int
    ratios: tuple[Ratio, ...]


Formula: TypeAlias = (
    Number
    | Term
    | Same
    | Above
    | Combined
    | Compared
    | Rounded
    | Extreme
    | Chosen
    | Carried
    | Total
    | Running
    | RunningWithin
    | Pick
    | Room
    | Owed
    | Stepped
    | Reached
)

_FORMULAS = get_args(Formula)
NOTHING, ONE, TWO = Number(0), Number(1), Number(2)
LENGTH_MOST = 80  # characters of a formula, so that one reads it at a glance
STEP_LEAST = 16  # what is shorter stays where it is


@define
class NotLive(Exception):
    """Something that the papers do not put into formulas, in words; its figures stand there as values."""

    reason: str


def plain_mode(mode: RoundingMode) -> Literal["half up", "down", "up"]:
    """The mode, if a spreadsheet has a function for it. Raises `NotLive`."""
    if mode == "half even":
        raise NotLive("it rounds half to even, for which a spreadsheet has no function")
    return mode


def length(formula: Formula, paper: Paper) -> int:
    """About how many characters a formula takes in words, on a paper."""
    match formula:
        case Number():
            return 1
        case Term():
            return 12
        case Same(column=column) | Above(column=column):
            return 4 if column.paper is paper else 8 + len(column.paper.name)
        case Total(column=column):
            return 16 if column.paper is paper else 20 + len(column.paper.name)
        case Pick(column=column):
            return 36 + len(column.paper.name)
        case Owed():
            return 50
        case Room():
            return 60
        case Stepped(base=base):
            return 72 + 2 * length(base, paper)
        case Reached(base=base):
            return 62 + length(base, paper)
        case RunningWithin(figure=figure):
            return 40 + length(figure, paper)
    return 8 + sum(length(part, paper) for part in _parts_of(formula))


def _parts_of(formula: Formula) -> list[Formula]:
    """The formulas that a formula is made of."""
    match formula:
        case Combined(left=left, right=right) | Compared(left=left, right=right):
            return [left, right]
        case Extreme(figures=figures):
            return list(figures)
        case Chosen(condition=condition, then=then, otherwise=otherwise):
            return [condition, then, otherwise]
        case Carried(condition=condition, figure=figure):
            return [condition, figure]
        case Rounded(figure=figure) | Running(figure=figure) | RunningWithin(figure=figure):
            return [figure]
        case Stepped(base=base) | Reached(base=base):
            return [base]
    return []


def _longest_part(formula: Formula, paper: Paper) -> Formula | None:
    """The longest part of a formula that is worth a column of its own, and short enough for one."""
    found: Formula | None = None
    for part in _parts_of(formula):
        for each in (part, _longest_part(part, paper)):
            worth = each is not None and _parts_of(each) and length(each, paper) >= STEP_LEAST
            fits = worth and each is not None and length(each, paper) <= LENGTH_MOST
            if each is not None and fits and (found is None or length(each, paper) > length(found, paper)):
                found = each
    return found


def _replaced(formula: Formula, part: Formula, by: Formula) -> Formula:
    """The formula with a part, wherever it stands in it, replaced."""
    if formula is part:
        return by
    changes: dict[str, Any] = {}
    for each in fields(type(formula)):
        value = getattr(formula, each.name)
        if isinstance(value, tuple) and value and isinstance(value[0], _FORMULAS):
            changes[each.name] = tuple(_replaced(one, part, by) for one in value)
        elif isinstance(value, _FORMULAS):
            changes[each.name] = _replaced(value, part, by)
    return evolve(formula, **changes) if changes else formula


def plus(left: Formula, right: Formula) -> Formula:
    return Combined("+", left, right)


def minus(left: Formula, right: Formula) -> Formula:
    return Combined("-", left, right)


def times(left: Formula, right: Formula) -> Formula:
    return Combined("*", left, right)


def over(left: Formula, right: Formula) -> Formula:
    return Combined("/", left, right)


def least(*figures: Formula) -> Formula:
    return Extreme("MIN", figures)


def most(*figures: Formula) -> Formula:
    return Extreme("MAX", figures)


def added(figures: Sequence[Formula]) -> Formula:
    """The sum of several figures; nothing where there is none."""
    found: Formula = figures[0] if figures else NOTHING
    for figure in figures[1:]:
        found = plus(found, figure)
    return found


def scalar(ratio: Ratio) -> Exact:
    """One figure, the same for all rows."""
    return Exact(totals.integers([ratio.numerator]), ratio.denominator)


def whole(values: npt.NDArray[Any] | Sequence[int], den: int = 1) -> Exact:
    """Whole numbers, or cents with a `den` of 100."""
    return Exact(np.asarray(values, dtype=np.int64), den)


def ratios(values: Sequence[Ratio]) -> Exact:
    """A column of ratios over one denominator."""
    den = math.lcm(*(value.denominator for value in values)) if values else 1
    return Exact(totals.integers([value.numerator * totals.quotient(den, value.denominator) for value in values]), den)


def pointers(codes: Ints) -> Ints:
    """For each row the place, counted from the header as 1, of the row before it with the same code, or the header."""
    last: dict[int, int] = {}
    found = []
    for place, code in enumerate(codes.tolist(), start=HEADER + 1):
        found.append(last.get(code, HEADER))
        last[code] = place
    return np.array(found, dtype=np.int64)


def _on(values: Exact, mask: npt.NDArray[np.bool_]) -> Exact:
    return Exact(np.where(mask, values.num, 0), values.den)


def _length(columns: Sequence[Exact]) -> int:
    """How many rows columns have, of which some may be single figures; none at all where a paper has no rows."""
    return next((len(column) for column in columns if len(column) != 1), 1)


def _wide(values: Exact, rows: int) -> Exact:
    """A figure for every row."""
    return values if len(values) == rows else Exact(np.broadcast_to(values.num, (rows,)).copy(), values.den)


def _divided(left: Exact, right: Exact) -> Exact:
    if len(right) == 1:
        number = Ratio(int(right.num[0]), right.den)
        inverse = Ratio(0) if not number else Ratio(number.denominator, number.numerator)
        result = left.times(abs(inverse))
        return result.negative() if inverse < 0 else result
    size = _length([left, right])
    tops, bottoms = _wide(left, size).num.tolist(), right.num.tolist()
    return ratios(
        [
            Ratio(top * right.den, left.den * bottom) if bottom else Ratio(0)
            for top, bottom in zip(tops, bottoms, strict=True)
        ]
    )
