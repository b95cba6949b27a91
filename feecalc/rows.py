"""The rows of an agreement in the order in which they count: what its closings brought, and what else accrues.

A row is what one closing brought at one price, finer where a clause needs it: where it rounds by investor or by line,
or counts by one measure and pays by another, a row is a line. Between them stand signings, dates, recorded events,
expenses and the days on which something is tested. Every clause's accrual is a column over these rows, so that limits
over several clauses, minimums and taxes are sums of columns.

Rows come by day; on a day by stage; closings by rank; within a closing what it takes back comes first, by falling
price, then what it brings, by rising price; lines of one price by what else tells them apart, what is taken back the
other way round, so that a reversal goes the way of the closing backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, field, frozen

from feecalc import money, totals
from feecalc.agreement import Agreement
from feecalc.closing import ClosingTable
from feecalc.dates import day_number
from feecalc.measures import Measures
from feecalc.records import Expense
from feecalc.totals import Codes, Ints, Mask

TRIGGERED, SPENT, CLOSED, ENDED = range(4)  # the order of what happens on one day
NONE = -1


@define(eq=False)
class LineGroups:
    """The lines of each group 0..count-1, found when somebody looks."""

    lines: Codes
    group: npt.NDArray[Any]
    count: int
    _arranged: Codes | None = None
    _starts: Ints | None = None

    def counts(self) -> Ints:
        return np.bincount(self.group, minlength=self.count)

    def members(self, index: int) -> Codes:
        """The lines of a group, in the order of the file."""
        if self._arranged is None or self._starts is None:
            self._arranged = self.lines[np.argsort(self.group, kind="stable")]
            self._starts = np.concatenate([[0], np.cumsum(self.counts())])
        return self._arranged[self._starts[index] : self._starts[index + 1]]


@frozen
class Trigger:
    """A day on which one clause makes something accrue without a line: `closing` is a closing code, or NONE."""

    clause: str
    day: int
    stage: int
    closing: int = NONE


@define(eq=False)
class Rows:
    """One agreement's rows. `line` is one of a row's lines (NONE without), `expense` and `trigger` index what made it.

    `scope` holds codes of the closing, investor and line within which a row is rounded; rows without lines have codes
    of their own.
    """

    measures: Measures
    row_of_line: Ints  # of each of the agreement's lines
    line: Codes
    closing: Codes
    rank: Codes
    day: Codes
    stage: Codes
    back: Mask
    scope: dict[str, Ints]
    expense: Codes
    trigger: Codes
    triggers: tuple[Trigger, ...]
    version: Codes  # which terms rule the row: the number of amendments in force
    _measured: dict[Any, Ints] = field(factory=dict)
    counted: tuple[Ints, Ints] | None = None  # (gross within the offering limit, gross), where there is one

    def __len__(self) -> int:
        return len(self.line)

    @property
    def has_lines(self) -> Mask:
        return np.asarray(self.line != NONE)

    def summed(self, of_lines: Ints) -> Ints:
        """A measure of the lines, summed to the rows."""
        return totals.summed(of_lines, self.row_of_line, len(self))

    def tested(self, of_lines: Mask) -> Mask:
        """A test of the lines that holds for all lines of a row or for none; rows without lines do not pass."""
        passed = np.zeros(len(self), dtype=bool)
        passed[self.row_of_line] = of_lines
        return passed

    def coded(self, of_lines: Codes) -> Codes:
        """Codes of the lines, alike for all lines of a row; NONE for rows without lines."""
        codes = np.full(len(self), NONE, dtype=np.int32)
        codes[self.row_of_line] = of_lines
        return codes

    def of(self, key: Any, of_lines: Callable[[], Ints]) -> Ints:
        """A measure of the rows, within the offering limit, worked out once under its key."""
        if key not in self._measured:
            self._measured[key] = self._within_limit(self.summed(of_lines()))
        return self._measured[key]

    def _within_limit(self, amounts: Ints) -> Ints:
        """The part of a measure that lies within the offering limit: in the proportion of gross proceeds, whole."""
        if self.counted is None:
            return amounts
        counted, gross = self.counted
        result = amounts.copy()
        for row in np.flatnonzero(counted != gross):
            part = money.divided(abs(int(counted[row])) * abs(int(amounts[row])), abs(int(gross[row])) or 1, "down")
            result[row] = -part if amounts[row] < 0 else part
        return result


def rows_of(
    measures: Measures,
    by_price: Codes | None,
    fine: bool,
    by_investor: bool,
    signature: Sequence[npt.NDArray[Any]],
    triggers: Iterable[Trigger],
    expenses: Sequence[Expense],
    version: Codes,
) -> Rows:
    """The rows of an agreement's lines, triggers and expenses.

    `by_price` are price codes that tell rows apart (None where prices do not matter), `signature` further codes of the
    lines that must be alike within a row, `version` the number of amendments in force for each line. `fine` makes each
    line a row.
    """
    table, lines = measures.table, measures.lines
    found = tuple(triggers)
    group, first = _grouped(_keys(table, lines, by_price, fine, by_investor, [*signature, version]))
    n, count = len(first), len(first) + len(found) + len(expenses)
    own = lines[first]
    closing = np.concatenate(
        [table.closing.codes[own], [t.closing for t in found], np.full(len(expenses), NONE)]
    ).astype(np.int32)
    rank = np.where(closing >= 0, np.append(table.rank, NONE)[closing], NONE).astype(np.int32)
    days = [t.day for t in found] + [day_number(e.date) for e in expenses]
    stages = [t.stage for t in found] + [SPENT] * len(expenses)
    day = np.concatenate([table.closing_day[closing[:n]], days]).astype(np.int32)
    stage = np.concatenate([np.full(n, CLOSED), stages]).astype(np.int32)
    scope = table.scope[own].astype(np.int64)
    back = scope != closing[:n]
    rows = Rows(
        measures=measures,
        row_of_line=group,
        line=np.concatenate([own, np.full(count - n, NONE)]).astype(np.int32),
        closing=closing,
        rank=rank,
        day=day,
        stage=stage,
        back=np.concatenate([back, np.zeros(count - n, dtype=bool)]),
        scope=_scopes(table, own, scope, closing[n:]),
        expense=_numbers(n + len(found), len(expenses)),
        trigger=np.concatenate([_numbers(n, len(found)), np.full(len(expenses), NONE)]).astype(np.int32),
        triggers=found,
        version=np.concatenate([version[first], _in_force(measures.agreement, day[n:])]).astype(np.int32),
    )
    return rows if count == n else _in_order(rows)


def _in_force(agreement: Agreement, day: Codes) -> Codes:
    """How many amendments are in force on days without a closing."""
    effective = np.array([day_number(each.effective) for each in agreement.amendments], dtype=np.int32)
    return np.searchsorted(effective, day, side="right").astype(np.int32)


def _numbers(before: int, count: int) -> Codes:
    return np.concatenate([np.full(before, NONE), np.arange(count)]).astype(np.int32)


def _scopes(table: ClosingTable, lines: Codes, scope: Ints, others: Codes) -> dict[str, Ints]:
    """Scope codes, `lines` being one of each row that has any; a row without lines belongs to its closing's scope if
    it has one, else to one of its own.
    """
    own = np.arange(len(others), dtype=np.int64)
    investor = table.investor_id[lines].astype(np.int64)
    closings, investors = len(table.closing.words), max(1, table.investors)
    return {
        "closing": np.concatenate([scope, np.where(others >= 0, others, closings + own)]),
        "investor": np.concatenate([investor, investors + own]),
        "line": np.arange(len(lines) + len(others), dtype=np.int64),
    }


def _in_order(rows: Rows) -> Rows:
    """The rows by day, stage and rank; lines of a closing as they stand."""
    order = np.lexsort(np.stack([np.arange(len(rows)), rows.rank, rows.stage, rows.day]))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return Rows(
        measures=rows.measures,
        row_of_line=place[rows.row_of_line],
        line=rows.line[order],
        closing=rows.closing[order],
        rank=rows.rank[order],
        day=rows.day[order],
        stage=rows.stage[order],
        back=rows.back[order],
        scope={name: codes[order] for name, codes in rows.scope.items()},
        expense=rows.expense[order],
        trigger=rows.trigger[order],
        triggers=rows.triggers,
        version=rows.version[order],
    )


def _keys(
    table: ClosingTable,
    lines: Codes,
    by_price: Codes | None,
    fine: bool,
    by_investor: bool,
    signature: Sequence[npt.NDArray[Any]],
) -> list[npt.NDArray[Any]]:
    """What tells rows apart, in the order in which rows come: wherever anything does within a closing, by price first,
    since steps and limits are filled in this order.
    """
    closing, scope = table.closing.codes[lines], table.scope[lines]
    back = scope != closing
    any_back = bool(back.any())
    telling = [codes for codes in signature if len(codes) and (codes != codes[0]).any()]
    price = table.price[lines] if fine or by_investor or telling else by_price
    keys: list[npt.NDArray[Any]] = [table.rank[closing]]
    if any_back:
        keys.append(~back)

    def mirrored(key: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.where(back, -key, key) if any_back else key

    if price is not None:
        keys.append(mirrored(price))
    if any_back:
        keys.append(np.where(back, -table.rank[scope] - 1, 0))
    if fine or by_investor:
        keys += [mirrored(table.investor_id[lines]), mirrored(table.event[lines])]
    keys += [mirrored(codes.astype(np.int64)) for codes in telling]
    if fine:  # the amount orders lines by their content, the number tells like ones apart
        keys += [table.gross[lines], mirrored(np.arange(len(lines)))]
    return keys


def _grouped(keys: list[npt.NDArray[Any]]) -> tuple[Ints, Ints]:
    """Rows with equal keys as groups numbered in the order of the keys: the group of each row, and a row of each
    group.
    """
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    combined = keys[0].astype(np.int64)
    for key in keys[1:]:
        low = int(key.min())
        span = int(key.max()) - low + 1
        if span == 1:
            continue
        if (int(combined.max()) + 1) * span > totals.BOUND:
            combined = np.unique(combined, return_inverse=True)[1]
            key = np.unique(key, return_inverse=True)[1]
            low, span = 0, len(key)
        combined = combined * span + (key - low)
    top = int(combined.max())
    if top < 8 * len(combined) + 1024:  # few distinct keys: count instead of sorting
        present = np.zeros(top + 1, dtype=bool)
        present[combined] = True
        number = np.cumsum(present) - 1
        group = number[combined]
        first = np.zeros(int(number[-1]) + 1, dtype=np.int64)
        first[group[::-1]] = np.arange(len(group))[::-1]
        return group, first
    _, first, group = np.unique(combined, return_index=True, return_inverse=True)
    return group, first


def grouped_as_they_come(keys: list[npt.NDArray[Any]], brings: Mask, back: Mask) -> tuple[Ints, Ints]:
    """Rows with equal keys as groups, and one row of each group. They are numbered in the order in which their first
    rows come that bring something; those that take back in that of their last ones, so that it is the opposite order.
    """
    group, first = _grouped(keys)
    rows = np.arange(len(group))
    forth, taken = brings & ~back, brings & back
    place = np.full(len(first), len(group), dtype=np.int64)
    np.minimum.at(place, group[forth], rows[forth])
    last = np.full(len(first), NONE, dtype=np.int64)
    np.maximum.at(last, group[taken], rows[taken])
    place = np.where(last >= 0, last, np.where(place < len(group), place, first))
    order = np.argsort(place)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return number[group], first[order]
