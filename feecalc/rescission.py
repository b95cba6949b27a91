"""Rescissions: lines that take back what an earlier closing sold.

Each names in `reverses` the closing it undoes. The lines that it may undo are those of its investor there which
differ from it in nothing it states; what it leaves empty it takes from them, and together rescissions undo no more
than was sold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve

from feecalc.closing import AMOUNT_COLUMNS, NO_CLOSING, OUTSIDE, RESCISSION, ClosingTable, Words, header_key, limited
from feecalc.dates import day_date
from feecalc.money import Ratio, Unreadable, parse_count, shown_count, shown_money
from feecalc.names import name_key
from feecalc.problems import Problems, did_you_mean
from feecalc.totals import Codes, Ints

Left = dict[tuple[int, ...], tuple[int, int, int]]
INHERITED = ("introduced_by", "security", "offering", "investor_class", "currency")


def tied(table: ClosingTable, earlier_records: bool, problems: Problems) -> ClosingTable:
    """The dated table with its rescissions tied to what they undo, or problems for what cannot be.

    `earlier_records` says that balances stand for records before these, so that a rescission may undo a closing there.
    """
    table = _named(table, earlier_records, problems)
    _check_signs(table, problems)
    return _inherited(table, problems)


def _named(table: ClosingTable, earlier_records: bool, problems: Problems) -> ClosingTable:
    code_of = {name: code for code, name in enumerate(table.closing.words)}
    targets = np.array(
        [NO_CLOSING if word == "" else code_of.get(word, OUTSIDE) for word in table.reverses_word.words], dtype=np.int32
    )
    reverses = targets[table.reverses_word.codes]
    for index in limited((reverses == OUTSIDE) & (not earlier_records), problems, table.rows, "reverses-unknown"):
        word = table.reverses_word[index]
        problems.add(
            table.rows.place(index, "reverses"),
            "reverses-unknown",
            f'no closing "{word}" is in these records',
            did_you_mean(word, [name for name in table.closing.words if name]),
        )
    known = reverses >= 0
    undone_day = table.closing_day[np.maximum(reverses, 0)]
    itself = reverses == table.closing.codes
    for index in limited(known & (itself | (undone_day > table.day)), problems, table.rows, "reverses-later"):
        undone = int(reverses[index])
        problems.add(
            table.rows.place(index, "reverses"),
            "reverses-later",
            f"closing {table.closing[index]} of {day_date(int(table.day[index]))} undoes "
            f"{table.closing.words[undone]} of "
            f"{table.closing_date(undone)}, which does not come before it",
            "A rescission undoes an earlier closing: check the closing, its date, and `reverses`.",
        )
    return _ranked_anew(evolve(table, reverses=reverses))


def _ranked_anew(table: ClosingTable) -> ClosingTable:
    """On one day, closings that undo others of that day come after them; otherwise the order of the ids holds."""
    undoing = table.reverses >= 0
    same_day = undoing & (table.closing_day[np.where(undoing, table.reverses, 0)] == table.day)
    if not same_day.any():
        return table
    names = table.closing.words
    last = list(names)  # the last in name of a closing and of those of its day that it undoes
    for line in np.flatnonzero(same_day).tolist():
        code, undone = int(table.closing.codes[line]), int(table.reverses[line])
        last[code] = max(last[code], names[undone])
    order = sorted(range(len(names)), key=lambda c: (table.closing_day[c], last[c], last[c] != names[c], names[c]))
    rank = np.empty(len(names), dtype=np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return evolve(table, rank=rank)


def _check_signs(table: ClosingTable, problems: Problems) -> None:
    names = table.reverses != NO_CLOSING
    negative = (table.gross < 0) | (table.shares < 0)
    rows = table.rows
    for index in limited(negative & ~names, problems, rows, "negative-line"):
        problems.add(
            rows.place(index),
            "negative-line",
            f"gross proceeds are {shown_money(int(table.gross[index]))} and the line does not say which closing "
            "it undoes",
            "Name the closing in `reverses`, or correct the sign.",
        )
    for index in limited(names & (table.gross >= 0), problems, rows, "rescission-not-negative"):
        problems.add(
            rows.place(index),
            "rescission-not-negative",
            f"the line undoes closing {table.reverses_word[index]}, and its gross proceeds are "
            f"{shown_money(int(table.gross[index]))}",
            "Write the shares or the proceeds of a rescission as negative amounts.",
        )
    for index in limited((table.event == RESCISSION) & ~names & ~negative, problems, rows, "rescission-of-nothing"):
        problems.add(
            rows.place(index, "reverses"),
            "rescission-of-nothing",
            "the event is a rescission, and `reverses` is empty",
            "Name the closing that is undone.",
        )
    for index in limited(negative & table.has_shares & (table.shares > 0), problems, rows, "signs-differ"):
        problems.add(
            rows.place(index),
            "signs-differ",
            f"shares {shown_count(int(table.shares[index]))} and gross proceeds "
            f"{shown_money(int(table.gross[index]))} have different signs",
            "Correct the sign of one of them.",
        )
    beyond = (np.abs(table.non_cash) > np.abs(table.gross)) | (table.non_cash * np.sign(table.gross) < 0)
    for index in limited(beyond, problems, rows, "non-cash-beyond-gross"):
        problems.add(
            rows.place(index, "non_cash"),
            "non-cash-beyond-gross",
            f"non_cash {shown_money(int(table.non_cash[index]))} is not a part of gross proceeds "
            f"{shown_money(int(table.gross[index]))}",
            "non_cash is the part of gross_proceeds that was not paid in cash.",
        )


def _inherited(table: ClosingTable, problems: Problems) -> ClosingTable:
    """Rescissions take from the lines they undo what they leave empty, and undo no more than was there.

    The lines that one may undo are those of its investor in the closing it names that differ from it in nothing it
    states.
    """
    undoing = np.flatnonzero(table.reverses >= 0).astype(np.int32)
    if not len(undoing):
        return table
    undone_lines = _lines_undone(table, undoing)
    columns = {name: Words(getattr(table, name).codes.copy(), getattr(table, name).words) for name in INHERITED}
    price, event, non_cash = table.price.copy(), table.event.copy(), table.non_cash.copy()
    others = {name: Words(words.codes.copy(), [*words.words]) for name, words in table.others}
    unclear: dict[str, list[int]] = {}
    left: Left = {}

    def order(line: int) -> tuple[int, bool, int]:  # what states its non-cash part first: the last may take the rest
        return int(table.rank[table.closing.codes[line]]), not table.has_non_cash[line], int(table.gross[line])

    for index in sorted(undoing.tolist(), key=order):
        pair = (int(table.reverses[index]), int(table.investor_id[index]))
        sold = undone_lines.get(pair, [])
        lines = _matching(table, index, sold, problems)
        if not lines:
            continue
        if len({int(table.event[line]) for line in lines}) > 1:
            problems.add(
                table.rows.place(index),
                "rescission-unclear",
                "the lines that it may undo are a sale and a warrant exercise",
                "State something that only one of them has, such as the price or the security.",
            )
        event[index] = table.event[lines[0]]
        for name, column in columns.items():
            _inherit(table, index, lines, name, column, problems)
        _inherit_price(table, index, lines, price, problems)
        for name, column in others.items():
            if header_key(name) in AMOUNT_COLUMNS:
                _inherit_amount(table, index, lines, left, column)
            elif not _inherit_word(index, lines, column):
                unclear.setdefault(name, []).append(index)
        _inherit_non_cash(table, index, lines, left, non_cash, problems)
        for taken_from in (sold, lines) if lines != sold else (sold,):
            _take(table, index, taken_from, left, int(non_cash[index]), problems)
    taken: dict[str, Any] = {"event": event, "price": price, "non_cash": non_cash, **columns}
    taken |= {"others": tuple(others.items()), "unclear": {name: tuple(rows) for name, rows in unclear.items()}}
    return evolve(table, **taken)


def _inherit_word(index: int, lines: list[int], column: Words) -> bool:
    """Take the word of the lines undone where the rescission has none; False where they differ."""
    if column[index] != "":
        return True
    codes = {int(column.codes[line]) for line in lines}
    if len({name_key(column.words[code]) for code in codes}) > 1:
        return False
    column.codes[index] = min(codes)
    return True


def _inherit_amount(table: ClosingTable, index: int, lines: list[int], left: Left, column: Words) -> None:
    """The whole amount of the lines undone where the rescission has none and undoes all that was sold."""
    if column[index] != "" or -int(table.gross[index]) != sum(int(table.gross[line]) for line in lines):
        return
    try:
        total = sum(parse_count(column[line]) for line in lines if column[line])
    except Unreadable:
        return  # reported where the cell stands
    column.words.append(str(-total) if total else "")
    column.codes[index] = len(column.words) - 1


def _matching(table: ClosingTable, index: int, lines: list[int], problems: Problems) -> list[int]:
    """The lines that differ from the rescission in nothing it states; a problem if there are none."""
    place = table.rows.place(index, "investor")
    closing = table.closing.words[int(table.reverses[index])]
    if not lines:
        problems.add(
            place,
            "rescission-of-nobody",
            f"closing {closing} has no line of {table.investor[index]} that could be undone",
            "Check the investor and `reverses`.",
        )
        return []
    for name in INHERITED:
        column: Words = getattr(table, name)
        stated = name_key(column[index])
        # What the introductions say of a sale holds for both; an empty currency is the agreement's.
        open_words = ("",) if name in ("introduced_by", "currency") else ()
        same = [line for line in lines if not stated or name_key(column[line]) in (stated, *open_words)]
        if not same:
            found = ", ".join(sorted({column[line] or "empty" for line in lines}))
            problems.add(
                table.rows.place(index, name),
                "rescission-unlike-sale",
                f'the {name} is "{column[index]}", and of the lines of {table.investor[index]} at closing {closing} '
                f"it is {found}",
                f"A rescission undoes a line as it was sold: leave {name} empty, or write it as there.",
            )
            return []
        lines = same
    if table.price[index] >= 0:
        same = [line for line in lines if table.price[line] in (table.price[index], -1)]
        if not same:
            problems.add(
                table.rows.place(index, "price"),
                "rescission-unlike-sale",
                f"the price is {table.prices[table.price[index]]}, and {table.investor[index]} bought at closing "
                f"{closing} at " + ", ".join(sorted({str(table.prices[table.price[line]]) for line in lines})),
                "A rescission undoes a line as it was sold: write the price paid there, or leave it empty.",
            )
        return same
    return lines


def _inherit_price(table: ClosingTable, index: int, lines: list[int], price: Codes, problems: Problems) -> None:
    """The price of the lines undone where the rescission states none; of several, the one that its shares give."""
    if price[index] >= 0:
        return
    found = {int(table.price[line]) for line in lines}
    if len(found) > 1 and table.shares[index]:
        exact = Ratio(int(table.gross[index]), 100 * int(table.shares[index]))
        found = {code for code in found if code >= 0 and table.prices[code].ratio == exact} or found
    if len(found) > 1:
        problems.add(
            table.rows.place(index, "price"),
            "rescission-unclear",
            "the lines that it may undo were sold at "
            + ", ".join(sorted(str(table.prices[code]) if code >= 0 else "no price" for code in found)),
            "State the price of the rescission.",
        )
    price[index] = min(found)


def _left(table: ClosingTable, lines: list[int], left: Left) -> tuple[int, int, int]:
    """What is left of some lines: gross cents, shares, cents not in cash."""
    return left.get(
        tuple(lines),
        (
            sum(int(table.gross[line]) for line in lines),
            sum(int(table.shares[line]) for line in lines),
            sum(int(table.non_cash[line]) for line in lines),
        ),
    )


def _inherit_non_cash(
    table: ClosingTable, index: int, lines: list[int], left: Left, non_cash: Ints, problems: Problems
) -> None:
    """The part not in cash where the rescission does not state it: all that is left, if it undoes all that is left."""
    gross, _, not_in_cash = _left(table, lines, left)
    if table.has_non_cash[index] or not not_in_cash:
        return
    if -int(table.gross[index]) == gross:
        non_cash[index] = -not_in_cash
        return
    problems.add(
        table.rows.place(index, "non_cash"),
        "rescission-unclear",
        f"{shown_money(not_in_cash)} of what it may undo was not paid in cash, and only part of that is undone",
        "State in `non_cash` how much of the part undone was not in cash, negative, or 0.00.",
    )


def _take(table: ClosingTable, index: int, lines: list[int], left: Left, non_cash: int, problems: Problems) -> None:
    """Take what is undone from what is left of these lines: in proceeds, in cash and not, and in shares where known."""
    gross, shares, not_in_cash = _left(table, lines, left)
    undone, undone_shares = int(table.gross[index]), int(table.shares[index])
    left[tuple(lines)] = (gross + undone, shares + undone_shares, not_in_cash + non_cash)
    too_much = ""
    if gross + undone < 0:
        too_much = f"{shown_money(-undone)} is undone and only {shown_money(gross)}"
    elif not_in_cash + non_cash < 0:
        too_much = f"{shown_money(-non_cash)} not in cash is undone and only {shown_money(not_in_cash)}"
    elif (gross + undone) - (not_in_cash + non_cash) < 0:
        too_much = f"{shown_money(non_cash - undone)} in cash is undone and only {shown_money(gross - not_in_cash)}"
    elif shares + undone_shares < 0 and all(table.has_shares[line] for line in lines):
        too_much = f"{shown_count(-undone_shares)} shares are undone and only {shown_count(shares)}"
    if too_much:
        problems.add(
            table.rows.place(index),
            "rescission-too-large",
            f"{too_much} of {table.investor[index]} is left of closing "
            f"{table.closing.words[int(table.reverses[index])]}",
            "A rescission undoes at most what was sold.",
        )


def _inherit(table: ClosingTable, index: int, lines: list[int], name: str, column: Words, problems: Problems) -> None:
    if column[index] != "" and not (name == "introduced_by" and all(column[line] == "" for line in lines)):
        return
    values = {int(column.codes[line]) for line in lines}
    if name == "currency":
        values = {value for value in values if column.words[value]} or values
    if len({name_key(column.words[value]) for value in values}) > 1:
        problems.add(
            table.rows.place(index, name),
            "rescission-unclear",
            f"the lines that it may undo differ in {name}: "
            + ", ".join(sorted(column.words[v] or "empty" for v in values)),
            f"State the {name} of the rescission.",
        )
    column.codes[index] = min(values)


def _lines_undone(table: ClosingTable, undoing: Codes) -> dict[tuple[int, int], list[int]]:
    """The sale lines of each (closing, investor) that some rescission undoes."""
    investors = len(table.investor.words)
    wanted = table.reverses[undoing].astype(np.int64) * investors + table.investor_id[undoing]
    key = table.closing.codes.astype(np.int64) * investors + table.investor_id
    lines: dict[tuple[int, int], list[int]] = {}
    for index in np.flatnonzero(np.isin(key, wanted) & (table.reverses == NO_CLOSING)).tolist():
        lines.setdefault((int(table.closing.codes[index]), int(table.investor_id[index])), []).append(index)
    return lines
