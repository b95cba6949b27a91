"""Lines, closings and investors that look like one where they stand for two, or like two where one may be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from feecalc.agreement import Agreement, InvestorList, Tail
from feecalc.attribution import Attribution
from feecalc.clauses.lines import LineTests
from feecalc.closing import MOST_SHOWN, NO_CLOSING, ClosingTable
from feecalc.ledger import LedgerException
from feecalc.money import shown_money
from feecalc.names import NearNames, id_key, spelled
from feecalc.records import Records
from feecalc.shapes import nested
from feecalc.totals import Ints


def duplicates(table: ClosingTable) -> Iterator[LedgerException]:
    """Lines alike in every column."""
    if len(table) < 2:
        return
    every: list[npt.NDArray[Any]] = [
        table.closing.codes,
        table.investor.codes,
        table.gross,
        table.non_cash,
        table.shares,
        table.price,
        table.security.codes,
        table.offering.codes,
        table.introduced_by.codes,
        table.event,
        table.reverses,
        table.currency.codes,
        table.investor_class.codes,
        *(words.codes for _, words in table.others),
    ]
    columns = [column for column in every if (column != column[0]).any()] or every[:1]
    order = _repeating(columns, np.arange(len(table)))
    same, before = order[1:], order[:-1]
    for column in columns:
        keep = column[same] == column[before]
        same, before = same[keep], before[keep]
    for second, first in sorted(zip(same.tolist(), before.tolist()))[:MOST_SHOWN]:
        yield LedgerException(
            "possible-duplicate",
            "warning",
            f"the line is the same as {table.rows.line(first)} in every column; both count. If it stands twice by "
            "mistake, delete one.",
            table.rows.place(second),
        )


def under_two_closings(table: ClosingTable) -> Iterator[LedgerException]:
    """Lines of one investor, day and amount under two closings that nothing undoes."""
    if len(table.closing.words) < 2:
        return
    keys: list[npt.NDArray[Any]] = [table.investor_id, table.day, table.gross]
    sold = np.flatnonzero((table.reverses == NO_CLOSING) & (table.gross != 0))
    order = _repeating(keys, sold)
    first, second = order[:-1], order[1:]
    alike = table.closing.codes[first] != table.closing.codes[second]
    for key in keys:
        alike &= key[first] == key[second]
    undone = set(table.reverses[table.reverses >= 0].tolist())
    pairs = ((max(pair), min(pair)) for pair in zip(first[alike].tolist(), second[alike].tolist(), strict=True))
    for line, other in sorted(pairs)[:MOST_SHOWN]:
        if undone.isdisjoint(table.closing.codes[[line, other]].tolist()):
            yield LedgerException(
                "possible-duplicate",
                "warning",
                f"{table.investor[line]} bought for {shown_money(int(table.gross[line]))} on that day under closing "
                f"{table.closing[other]} as well ({table.rows.line(other)}); both count. If it is one purchase, "
                "delete one of the lines.",
                table.rows.place(line),
            )


def similar_closings(table: ClosingTable) -> Iterator[LedgerException]:
    first_of: dict[str, int] = {}
    for code in sorted(range(len(table.closing.words)), key=lambda code: table.closing.words[code]):
        first = first_of.setdefault(id_key(table.closing.words[code]), code)
        if first != code:
            line = int(np.flatnonzero(table.closing.codes == code)[0])
            word, other = (spelled(table.closing.words[each]) for each in (code, first))
            yield LedgerException(
                "similar-closing",
                "warning",
                f'the closings "{word}" and "{other}" look alike, and are taken for two. If they are one, write the '
                "id alike.",
                table.rows.place(line, "closing"),
            )


def similar_names(
    agreements: Sequence[Agreement], records: Records, attribution: Attribution
) -> Iterator[LedgerException]:
    """Investors whose name is nearly, and not quite, one that decides what is owed: introduced, listed or excluded."""
    table = records.closings
    claimed = np.zeros(len(table.investor.words), dtype=bool)
    claimed[table.investor.codes[attribution.line]] = True
    unclaimed = [code for code in np.flatnonzero(~claimed).tolist() if table.investor.words[code]]
    introduced = NearNames(row.investor for row in records.introductions) if unclaimed else NearNames(())
    for code in unclaimed:
        near = introduced.nearest(table.investor.words[code])
        if near:
            word = table.investor.words[code]
            yield _similar(table, code, f'"{word}" is introduced by nobody; the introductions name "{near}"')
    names = [name for agreement in agreements for name in _named_by(agreement)]
    excluded = NearNames(names)
    for code, word in enumerate(table.investor.words if names else ()):
        near = excluded.nearest(word)
        if near:
            yield _similar(table, code, f'"{word}" is named by no agreement; one names "{near}"')


def _named_by(agreement: Agreement) -> Sequence[str]:
    """The investors that an agreement lists or excludes by name, in what it covers, in its lists, rates and tail."""
    covers = agreement.covers
    found = [*covers.excluded, *(covers.investors if not isinstance(covers.investors, str) else ())]
    for terms in agreement.in_force():
        for part in nested(terms):
            if isinstance(part, LineTests | InvestorList | Tail):
                found += part.investors
    return tuple(dict.fromkeys(found))


def _similar(table: ClosingTable, code: int, says: str) -> LedgerException:
    line = int(np.flatnonzero(table.investor.codes == code)[0])
    return LedgerException(
        "similar-name",
        "warning",
        f"{says}. If they are one investor, write the name alike.",
        table.rows.place(line, "investor"),
    )


def _repeating(columns: Sequence[npt.NDArray[Any]], lines: Ints) -> Ints:
    """Of some lines those that may be alike in all columns, like ones one after the other in the order of the file.

    Columns are mixed into one number a line, and only lines whose number comes twice are put in order.
    """
    all_of_them = len(lines) == len(columns[0])
    mixed = _mixed(columns if all_of_them else [column[lines] for column in columns])
    ordered = np.sort(mixed)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return lines[:0]
    place = np.minimum(np.searchsorted(twice, mixed), len(twice) - 1)
    found = lines[twice[place] == mixed]
    ordered_lines: Ints = found[np.lexsort([column[found] for column in columns])]
    return ordered_lines


def _mixed(columns: Sequence[npt.NDArray[Any]]) -> Ints:
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    shifted = np.empty_like(mixed)
    for column in columns:
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        np.add(mixed.view(np.int64), column, out=mixed.view(np.int64))  # whole numbers that wrap
        np.right_shift(mixed, np.uint64(29), out=shifted)
        mixed ^= shifted
    return mixed.view(np.int64)
