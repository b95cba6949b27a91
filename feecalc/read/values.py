"""Columns of words become columns of values: each distinct word parsed once, every fault reported with its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from feecalc import money
from feecalc.closing import Words, limited
from feecalc.problems import Place, Problems
from feecalc.read.cells import NUMBERS, Note, tidied
from feecalc.read.columns import EXCEL_ERRORS
from feecalc.read.headers import Sheet
from feecalc.read.numerals import Numerals
from feecalc.read.tables import Column, Table
from feecalc.records import ColumnOf, CurrencyMark
from feecalc.shapes import Scalar
from feecalc.totals import Ints, Mask

_MARK = re.compile("[A-Z$€£]")


def parsed(table: Table, of: ColumnOf, problems: Problems) -> tuple[Column, list[Any]]:
    """A column and the value of each of its words (None for absent and unreadable ones), with problems reported."""
    column = table.column(of.name)
    assert column is not None
    values, bad, notes = _values(column.words, of.shape)
    if of.shape.name in ("money", "price"):
        _check_marks(table, column, of.shape.parse, values, bad, problems)
    _note_cells(table, column, notes, problems)
    if of.shape.name in NUMBERS and column.position in table.marks.as_text:
        _note_text(table, column, problems)
    for code, unreadable in bad.items():
        for index in limited(column.codes == code, problems, table, f"{of.shape.name}-unreadable"):
            problems.add(table.place(index, of.name), f"{of.shape.name}-unreadable", unreadable.says, unreadable.remedy)
    if of.needed:
        blank = Words(column.codes, list(column.words)).is_blank()
        for index in limited(blank & ~_reported(table, of.name, problems), problems, table, "cell-empty"):
            problems.add(
                table.place(index, of.name),
                "cell-empty",
                f"{of.name} is empty",
                f"Every row needs its {of.name}: {of.doc}.",
            )
    return column, values


def plain_integers(column: Column | None, shape: Scalar) -> Ints | None:
    """The cents or counts of a column of plain numbers, cell by cell; None where there is anything to look at."""
    decimals = {money.parse_money: 2, money.parse_count: 0}.get(shape.parse)
    if column is None or decimals is None or not isinstance(column.words, Numerals):
        return None
    values = column.words.integers(decimals)
    return None if values is None else values[column.codes]


def _note_text(table: Table, column: Column, problems: Problems) -> None:
    """Note numbers that a workbook holds as text: Excel leaves them out of its own sums."""
    row, count = table.marks.as_text[column.position]
    more = f"; so do {count - 1:,} more of the column" if count > 1 else ""
    place = Sheet(table.source, table.sheet).place(row, column.position, column.header)
    problems.note(place, "number-as-text", f"the cell holds a number as text, which Excel does not add up{more}")


def _reported(table: Table, name: str, problems: Problems) -> Mask:
    """The rows whose cell in a column was reported when the table was read: it counts as absent, and not once more."""
    mine = (problem.place for problem in problems.found)
    here = {_where(place) for place in mine if (place.source, place.sheet) == (table.source, table.sheet)}
    if not here:
        return np.zeros(len(table.rows), dtype=bool)
    return np.array([_where(table.place(index, name)) in here for index in range(len(table.rows))], dtype=bool)


def _where(place: Place) -> tuple[int, str]:
    """A cell's row, and its address or, in a CSV file, its header."""
    return place.line, place.cell or place.field


def _check_marks(
    table: Table,
    column: Column,
    parse: Callable[..., Any],
    values: list[Any],
    bad: dict[int, money.Unreadable],
    problems: Problems,
) -> None:
    """Hold the currency marks of amounts against the currency of their rows, and read those of other currencies. Where
    a row states none, the mark is held against the agreements later (`marks_alone`).
    """
    currency = table.column("currency")
    if currency is None and not bad:
        return
    marked = {code: marks for code, word in enumerate(column.words) if (marks := money.marked(word))}
    stated = np.full(len(table.rows), "")
    if currency is not None:
        stated = np.array([word.upper() for word in currency.words])[currency.codes]
    wrong = np.zeros(len(stated), dtype=np.bool_)
    for code, marks in marked.items():
        here = column.codes == code
        wrong |= here & (stated != "") & ~np.isin(stated, marks)
        if code in bad and parse in (money.parse_money, money.parse_price):
            with suppress(money.Unreadable):
                values[code] = parse(column.words[code], marks[0])
                del bad[code]
    for index in limited(wrong, problems, table, "currency-mark"):
        code = int(column.codes[index])
        means = " or ".join(marked[code])
        says = f'"{column.words[code]}" is marked as {means}, and the line is in {stated[index]}'
        problems.add(table.place(index, column.header), "currency-mark", says, "Correct one of the two.")


def marks_alone(table: Table, column: Column) -> Iterator[CurrencyMark]:
    """The currency marks of a column of amounts on rows that state no currency: those of each kind with the first."""
    if isinstance(column.words, Numerals) or not _MARK.search("\n".join(column.words)):
        return
    codes_of: dict[tuple[str, ...], list[int]] = {}
    for code, word in enumerate(column.words):
        if currencies := money.marked(word):
            codes_of.setdefault(currencies, []).append(code)
    currency = table.column("currency")
    unstated = np.ones(len(table.rows), dtype=np.bool_)
    if currency is not None:
        unstated = np.array([word == "" for word in currency.words])[currency.codes]
    for currencies, codes in codes_of.items():
        rows = np.flatnonzero(np.isin(column.codes, codes) & unstated)
        if len(rows):
            text = column.words[int(column.codes[rows[0]])]
            yield CurrencyMark(table.name, table.place(int(rows[0]), column.header), text, currencies, len(rows) - 1)


def _note_cells(table: Table, column: Column, notes: dict[int, Note], problems: Problems) -> None:
    """Note for each kind of cell that is taken in another form the first, and how many more there are."""
    for kind in sorted({note.code for note in notes.values()}):
        rows = np.flatnonzero(np.isin(column.codes, [code for code, note in notes.items() if note.code == kind]))
        more = f"; so are {len(rows) - 1:,} more cells of the column" if len(rows) > 1 else ""
        says = notes[int(column.codes[rows[0]])].says + more
        problems.note(table.place(int(rows[0]), column.header), kind, says)


def _values(words: Sequence[str], shape: Scalar) -> tuple[list[Any], dict[int, money.Unreadable], dict[int, Note]]:
    """The value of each word, None for absent and unreadable ones; by code what is wrong with the latter, and what is
    to be noted of words that are taken in another form.
    """
    parse = shape.parse
    bad: dict[int, money.Unreadable] = {}
    notes: dict[int, Note] = {}

    def slow(code: int, word: str) -> Any:
        if not word or word in EXCEL_ERRORS:  # those are reported already
            return None
        word, note = tidied(word, shape.name)
        if note is not None:
            notes[code] = note
        try:
            return parse(word)
        except money.Unreadable as unreadable:
            bad[code] = unreadable
            return None

    # The usual forms, plain digits, are recognised without the full grammar: a million words are read several times
    # faster.
    if parse is money.parse_money:  # 123.45, without a leading zero but that of 0.45
        return (
            [
                int(word[:-3] + word[-2:])
                if word[-3:-2] == "."
                and (word[0] != "0" or len(word) == 4)
                and len(word) < 17
                and word.isascii()
                and word[:-3].isdecimal()
                and word[-2:].isdecimal()
                else slow(code, word)
                for code, word in enumerate(words)
            ],
            bad,
            notes,
        )
    if parse is money.parse_count:
        return (
            [
                int(word)
                if len(word) < 15 and word.isascii() and word.isdecimal() and word[0] != "0"
                else slow(code, word)
                for code, word in enumerate(words)
            ],
            bad,
            notes,
        )
    return [slow(code, word) for code, word in enumerate(words)], bad, notes
