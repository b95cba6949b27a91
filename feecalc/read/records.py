"""Tables of text become records: every cell exact, every fault reported with its cell.

Columns are dictionary-coded by `tables`, so each distinct word is parsed once, however often it occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import compress
from pathlib import Path
from typing import TypeVar

import numpy as np
from attrs import evolve

from feecalc import closing, money, rescission
from feecalc.closing import EVENT_WORDS, ClosingTable, Words, limited
from feecalc.money import shown_money
from feecalc.names import name_key
from feecalc.problems import Place, Problems, did_you_mean, suggestion
from feecalc.read.columns import filled, has_total, name_totals
from feecalc.read.document_rows import check_documents
from feecalc.read.headers import fault_of_lone_cell
from feecalc.read.tables import Column, Table, joined, normal, read_tables
from feecalc.read.values import marks_alone, parsed, plain_integers
from feecalc.records import (
    TABLES,
    Balance,
    ControlTotal,
    CurrencyMark,
    Decision,
    Event,
    Expense,
    InputFile,
    Introduction,
    Invoice,
    Payment,
    Records,
    Review,
    Row,
    Tolerance,
)
from feecalc.totals import Codes, Ints, Mask, exact_total

R = TypeVar("R", bound=Row)

MOST_NAMED = 10

_PROCEEDS = ("gross", "proceeds", "amount", "purchaseprice", "subscription", "investment")  # by other names


def read_records(path: Path, problems: Problems, more_closings: Table | None = None) -> Records:
    """All records of a folder of tables or of a workbook, with more closing lines after its own where given. Problems
    are added; what could not be read is left out.
    """
    before = len(problems.found)
    found, inputs = read_tables(path, tuple(TABLES), problems)
    if found and len(problems.found) == before and "closings" not in found:
        problems.add(
            Place(str(path)),
            "closings-missing",
            "there is no table of closings",
            "Add closings.csv (or a sheet named closings) with " + ", ".join(_needed("closings")) + ".",
        )
    found = without_lone_cells(found, problems)
    if more_closings is not None and "closings" in found:
        found["closings"] = joined(found["closings"], more_closings)
    return records_of(found, problems, tuple(inputs))


def assumed_line(cells: dict[str, str]) -> Table:
    """One closing line that is assumed, as a table of its own, from the words of its columns."""
    columns = [Column(name, np.zeros(1, dtype=np.int32), [word]) for name, word in cells.items()]
    return Table("closings", "the assumed closing", "assumed", "", np.ones(1, dtype=np.int32), tuple(columns))


def records_of(tables: dict[str, Table], problems: Problems, inputs: tuple[InputFile, ...] = ()) -> Records:
    """The records in tables of text."""
    unknown = [note for name, table in tables.items() for note in _check_columns(name, table, problems)]
    for name, table in tables.items():
        _check_totals_rows(name, table, problems)
    balances = _rows("balances", Balance, tables, problems)
    closings = tables.get("closings") or Table("closings", "", "", "", np.zeros(0, dtype=np.int32), ())
    records = Records(
        closings=_closings(closings, bool(balances), problems),
        introductions=_rows("introductions", Introduction, tables, problems),
        expenses=_rows("expenses", Expense, tables, problems),
        events=_rows("events", Event, tables, problems),
        decisions=_rows("decisions", Decision, tables, problems),
        balances=balances,
        invoices=_rows("invoices", Invoice, tables, problems),
        payments=_rows("payments", Payment, tables, problems),
        tolerances=_rows("tolerances", Tolerance, tables, problems),
        control_totals=_rows("control_totals", ControlTotal, tables, problems),
        reviews=_rows("reviews", Review, tables, problems),
        inputs=inputs,
        unknown_columns=tuple(unknown),
        marks=tuple(mark for name, table in tables.items() for mark in _marks(name, table)),
    )
    check_documents(records, problems)
    _note_lines(records.closings, closings, problems)
    for table in tables.values():
        _note_hidden(table, records.closings, problems)
    return evolve(records, notes=tuple(sorted(set(problems.notes))))


def _note_lines(closings: ClosingTable, table: Table, problems: Problems) -> None:
    """Note a table of closings without lines, and lines that brought nothing: an empty amount is never taken for one
    of zero, and an amount of zero may have been meant to be filled in.
    """
    if table.source and not len(table.rows):
        problems.note(_header_place(table), "no-closings", "the table closings has a header and no lines")
    nothing = np.flatnonzero((closings.gross == 0) & (closings.event == closing.SALE))
    if len(nothing) and not problems.found:  # what could not be read is held as zero
        more = f"; so do {len(nothing) - 1:,} more" if len(nothing) > 1 else ""
        place = table.place(int(nothing[0]), "gross_proceeds")
        problems.note(place, "proceeds-of-nothing", f"the line states that it brought nothing{more}; it earns nothing")


def _note_hidden(table: Table, closings: ClosingTable, problems: Problems) -> None:
    """Note the rows of a table that are hidden: they count, and nobody who looks at the sheet sees them."""
    hidden = np.isin(table.rows, list(table.marks.hidden))
    rows = table.rows[hidden].tolist()
    if rows:
        numbers = ", ".join(map(str, rows[:MOST_NAMED])) + (" and others" if len(rows) > MOST_NAMED else "")
        many = len(rows) > 1
        says = f"{len(rows):,} rows are hidden, and count: {numbers}" if many else "the row is hidden, and counts"
        if closings.rows is table:
            says += f", with gross proceeds of {shown_money(exact_total(closings.gross[hidden]))}"
        problems.note(table.place(int(np.flatnonzero(hidden)[0])), "hidden-rows", says)


def without_lone_cells(tables: dict[str, Table], problems: Problems) -> dict[str, Table]:
    """The tables without rows that are none, which are reported."""
    return {name: _without_lone_cells(name, table, problems) for name, table in tables.items()}


def _without_lone_cells(name: str, table: Table, problems: Problems) -> Table:
    """The table without rows of one cell where every row needs more: notes, and sums without a word. They are
    reported, once and not for each cell that they lack.
    """
    alone = filled(table.columns, len(table.rows), 1)
    if len(_needed(name)) < 2 or not alone.any():
        return table
    for index in limited(alone, problems, table, "row-of-one-cell"):
        column, text = next((each, word) for each in table.columns if (word := each.words[each.codes[index]]))
        problems.add(table.place(index, column.header), *fault_of_lone_cell(text))
    return table.part(~alone)


def _header_place(table: Table) -> Place:
    return Place(table.source, table.sheet, 0 if table.sheet else 1)


def _needed(name: str) -> list[str]:
    return [column.name for column in TABLES[name].values() if column.needed]


def _check_columns(name: str, table: Table, problems: Problems) -> list[tuple[Place, str, str]]:
    """Report needed columns that are not there; return the unknown ones with the column each may be meant for."""
    known = {normal(column): column for column in TABLES[name]}
    present = {normal(column.header) for column in table.columns}
    unknown = [column.header for column in table.columns if normal(column.header) not in known]
    missing = [known[key] for key in known if key not in present]
    for column in _needed(name):
        if column in missing:
            likely = _likely(column, unknown)
            problems.add(
                _header_place(table),
                "column-missing",
                f'the table {name} has no column "{column}"' + (f', but one named "{likely}"' if likely else ""),
                (f'Rename it "{column}". ' if likely else "") + f"The columns {', '.join(_needed(name))} are needed.",
            )
    notes = []
    for header in unknown:
        likely = suggestion(header, missing) or next((each for each in missing if _says_no_more(header, each)), "")
        if likely and not TABLES[name][likely].needed:
            notes.append((Place(table.source, table.sheet, field=header), header, likely))
    return notes


# Words that people add to the name of a column without changing what it says.
_ADDED = {
    "the",
    "of",
    "per",
    "no",
    "nr",
    "num",
    "number",
    "in",
    "amount",
    "total",
    "code",
    "type",
    "name",
    "id",
    "kind",
}
_ADDED |= {"kind", "date", "share", "shares", "unit", "units", "usd", "us"}


def _says_no_more(header: str, column: str) -> bool:
    """Whether a header is the name of a column, in any order, and words that change nothing: `Price / share`."""
    words = [word for word in re.split(r"[\W_]+", header.casefold()) if word]
    return set(column.split("_")) <= set(words) <= {*column.split("_"), *_ADDED}


def _likely(column: str, headers: list[str]) -> str:
    """The header that is likely meant for a column: a slip of its name, or one that has its words within it."""
    words = column.split("_")
    parts = {header: re.split(r"[\W_]+", header.casefold()) for header in headers}
    longer = (header for header in headers if set(words) <= set(parts[header]) and len(parts[header]) - len(words) < 4)
    return suggestion(column, headers) or next(longer, "")


def _rows(name: str, make: Callable[..., R], tables: dict[str, Table], problems: Problems) -> tuple[R, ...]:
    """The rows of a short table as objects; rows with an unreadable cell are left out and reported."""
    table = tables.get(name)
    if table is None:
        return ()
    columns = [(of, parsed(table, of, problems)) for of in TABLES[name].values() if table.column(of.name) is not None]
    if any(of.needed and table.column(of.name) is None for of in TABLES[name].values()):
        return ()
    names = [of.name for of, _ in columns]
    needed = [of.needed for of, _ in columns]
    cells = [[values[code] for code in column.codes.tolist()] for _, (column, values) in columns]
    rows = []
    for index, row in enumerate(zip(*cells, strict=True)):
        if None in row and None in compress(row, needed):
            continue
        given = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        rows.append(make(line=table.line(index), place=table.place(index), **given))
    return tuple(rows)


def _marks(name: str, table: Table) -> Iterator[CurrencyMark]:
    """The currency marks of a table's amounts and prices on rows that state no currency."""
    for of in TABLES[name].values():
        column = table.column(of.name)
        if column is not None and of.shape.name in ("money", "price"):
            yield from marks_alone(table, column)


def _integers(table: Table, name: str, problems: Problems) -> tuple[Ints, Mask]:
    """A column of amounts or counts, 0 where absent, and where it is given."""
    if table.column(name) is None:
        return np.zeros(len(table.rows), dtype=np.int64), np.zeros(len(table.rows), dtype=bool)
    if (quick := plain_integers(table.column(name), TABLES["closings"][name].shape)) is not None:
        return quick, np.ones(len(quick), dtype=bool)
    column, values = parsed(table, TABLES["closings"][name], problems)
    numbers = np.array([value or 0 for value in values] or [0], dtype=np.int64)
    given = np.array([word != "" for word in column.words] or [False], dtype=bool)
    return numbers[column.codes], given[column.codes]


def _words(table: Table, name: str) -> Words:
    column = table.column(name)
    if column is None:
        return Words(np.zeros(len(table.rows), dtype=np.int32), [""])
    return Words(column.codes, list(column.words))


def _closings(table: Table, earlier_records: bool, problems: Problems) -> ClosingTable:
    """The closing table, or an empty one if its needed columns are not there."""
    has_proceeds = _check_proceeds_columns(table, problems)
    if any(table.column(name) is None for name in _needed("closings")):
        table = Table("closings", table.source, table.short, table.sheet, np.zeros(0, dtype=np.int32), ())
    before = len(problems.found)
    shares, has_shares = _integers(table, "shares", problems)
    stated, has_stated = _integers(table, "gross_proceeds", problems)
    non_cash, has_non_cash = _integers(table, "non_cash", problems)
    price, prices = _prices(table, problems)
    price = _of_undone(table, price, has_shares & ~has_stated)
    for name in ("closing", "investor"):
        if table.column(name) is not None:
            parsed(table, TABLES["closings"][name], problems)
    if has_proceeds:
        _check_proceeds(table, ~has_stated & ~(has_shares & (price >= 0)), problems)
    gross, rounded, effect = closing.gross_of(
        shares, price, prices, stated, has_stated, has_shares & (price >= 0), table, problems
    )
    others = _other_columns(table, problems)
    columns = ClosingTable(
        rows=table,
        closing=_words(table, "closing"),
        day=_days(table, problems),
        investor=_words(table, "investor"),
        shares=shares,
        has_shares=has_shares,
        price=price,
        prices=prices,
        gross=gross,
        non_cash=non_cash,
        has_non_cash=has_non_cash,
        security=_or_else(_words(table, "security"), "common stock", _words(table, "reverses")),
        offering=_words(table, "offering"),
        introduced_by=_words(table, "introduced_by"),
        stated_by=_words(table, "introduced_by"),
        event=_events(table, gross, problems),
        reverses_word=_words(table, "reverses"),
        investor_class=_words(table, "investor_class"),
        currency=_words(table, "currency"),
        others=others,
        stated_others=others,
        rounded_lines=rounded,
        rounding_effect=effect,
    )
    if len(problems.found) > before:
        return columns
    return rescission.tied(closing.dated(columns, problems), earlier_records, problems)


CORE = 14  # the first columns of closings, which every agreement reads


def _other_columns(table: Table, problems: Problems) -> tuple[tuple[str, Words], ...]:
    """The columns that only some agreements read, checked where they are known, and the unknown ones."""
    core = {normal(name) for name in list(TABLES["closings"])[:CORE]}
    known = {normal(name): of for name, of in TABLES["closings"].items()}
    found = []
    for column in table.columns:
        key = normal(column.header)
        if key in core:
            continue
        if key in known:
            parsed(table, known[key], problems)
        found.append((known[key].name if key in known else column.header, Words(column.codes, list(column.words))))
    return tuple(found)


# The columns in which a row that adds up others says so, and whether a word among others is enough.
_SAYING_TOTAL = {
    "closings": {"closing": True, "investor": False},
    "introductions": {"investor": False},
    "invoices": {"invoice": True, "payee": False},
    "payments": {"payment": True, "payee": False},
    "expenses": {"payee": False, "description": False},
}


def _check_totals_rows(name: str, table: Table, problems: Problems) -> None:
    """Report rows whose id or name is a total: each would be counted as one more."""
    for header, among_others in _SAYING_TOTAL.get(name, {}).items():
        column = table.column(header)
        if column is None:
            continue
        totals = has_total(column.words) if among_others else name_totals(column.words)
        if any(totals):
            for index in limited(np.array(totals)[column.codes], problems, table, "totals-row"):
                problems.add(
                    table.place(index, header),
                    "totals-row",
                    f'the line "{column.words[column.codes[index]]}" adds up others and would be counted as one more',
                    "Delete the row; totals to be checked go into control_totals.",
                )


def _check_proceeds_columns(table: Table, problems: Problems) -> bool:
    """Report closings without the columns that say what a line brought; whether they are there."""
    present = {normal(column.header) for column in table.columns}
    if "grossproceeds" in present or {"shares", "price"} <= present or not len(table.rows):
        return True
    unknown = [
        column.header for column in table.columns if normal(column.header) not in map(normal, TABLES["closings"])
    ]
    likely = _likely("gross_proceeds", unknown) or next((each for each in unknown if normal(each) in _PROCEEDS), "")
    problems.add(
        _header_place(table),
        "column-missing",
        "the table closings has neither a column gross_proceeds nor both shares and price"
        + (f', but one named "{likely}"' if likely else ""),
        _how_to_state(likely) + "State what each line brought: gross_proceeds, or shares and price.",
    )
    return False


def _how_to_state(header: str) -> str:
    """What to do about a header that is likely meant for gross_proceeds; its amounts may be shown in thousands."""
    if not header:
        return ""
    scaled = re.search(r"000|thousand|million|\bmm\b|\bbn\b|\d", header.casefold())
    return ("Write its amounts out with all their zeros, and rename" if scaled else "Rename") + ' it "gross_proceeds". '


def _check_proceeds(table: Table, without: Mask, problems: Problems) -> None:
    """Report lines without proceeds."""
    if any(problem.place.source == table.source for problem in problems.found):
        return  # a cell or a column that could not be read may be the reason
    for index in limited(without, problems, table, "proceeds-missing"):
        problems.add(
            table.place(index),
            "proceeds-missing",
            "the line has neither gross_proceeds nor both shares and price",
            "An empty amount is not zero: write gross_proceeds, or shares and price.",
        )


def _prices(table: Table, problems: Problems) -> tuple[Codes, list[money.Price]]:
    if table.column("price") is None:
        return np.full(len(table.rows), -1, dtype=np.int32), []
    column, values = parsed(table, TABLES["closings"]["price"], problems)
    prices = sorted({value for value in values if value is not None})
    code_of = {price: code for code, price in enumerate(prices)}
    codes = np.array([code_of.get(value, -1) for value in values] or [-1], dtype=np.int32)
    return codes[column.codes], prices


def _of_undone(table: Table, price: Codes, needs_one: Mask) -> Codes:
    """The prices, with that of the one price at which a rescission's investor bought where it states none itself."""
    reverses, closing_, investor = (_words(table, name) for name in ("reverses", "closing", "investor"))
    silent = np.flatnonzero(needs_one & (price < 0) & ~reverses.is_blank())
    if not len(silent):
        return price
    wanted = {(reverses[row], name_key(investor[row])) for row in silent.tolist()}
    found: dict[tuple[str, str], set[int]] = {}
    for row in np.flatnonzero((price >= 0) & reverses.is_blank()).tolist():
        key = (closing_[row], name_key(investor[row]))
        if key in wanted:
            found.setdefault(key, set()).add(int(price[row]))
    price = price.copy()
    for row in silent.tolist():
        at = found.get((reverses[row], name_key(investor[row])), set())
        if len(at) == 1:
            price[row] = next(iter(at))
    return price


def _days(table: Table, problems: Problems) -> Codes:
    from feecalc.dates import day_number

    if table.column("date") is None:
        return np.zeros(len(table.rows), dtype=np.int32)
    column, values = parsed(table, TABLES["closings"]["date"], problems)
    days = np.array([day_number(value) if value else 0 for value in values] or [0], dtype=np.int32)
    return days[column.codes]


def _or_else(words: Words, default: str, reverses: Words) -> Words:
    """The words with blanks filled by a default, except where a rescission will take its word from what it undoes."""
    fill = words.is_blank() & reverses.is_blank()
    if not fill.any():
        return words
    known = words.words if default in words.words else [*words.words, default]
    return Words(np.where(fill, known.index(default), words.codes).astype(np.int32), known)


def _events(table: Table, gross: Ints, problems: Problems) -> Codes:
    column = table.column("event")
    if column is None:
        return np.where(gross < 0, closing.RESCISSION, closing.SALE).astype(np.int32)
    known = {normal(word): code for code, word in enumerate(EVENT_WORDS)}
    codes = np.array([known.get(normal(word), -1) for word in column.words], dtype=np.int32)[column.codes]
    blank = Words(column.codes, list(column.words)).is_blank()
    for index in limited((codes == -1) & ~blank, problems, table, "event-unknown"):
        problems.add(
            table.place(index, "event"),
            "event-unknown",
            f'"{column.words[column.codes[index]]}" is not an event',
            did_you_mean(column.words[column.codes[index]], EVENT_WORDS),
        )
    return np.where(blank, np.where(gross < 0, closing.RESCISSION, closing.SALE), codes).astype(np.int32)
