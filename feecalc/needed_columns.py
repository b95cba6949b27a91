"""What an agreement needs of the columns of the closings, and what of it the records lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attrs import frozen

from feecalc import money
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, FixedClause, RateOfSecurities, SecuritiesInLieu
from feecalc.clauses.bases import COLUMN_OF, AccruedUnder, Base, BaseOf, CountIn, Measure, MoneyIn
from feecalc.clauses.fees import Reaches
from feecalc.clauses.lines import Lines
from feecalc.clauses.prices import PRICE_PAID, PriceOf
from feecalc.clauses.rates import ByLines, Each, PartOfPrice, Rate, Recorded, leaves, line_tests, measures
from feecalc.closing import NO_CLOSING, ClosingTable, Words, header_key, limited
from feecalc.line_columns import amounts
from feecalc.measures import OWN_MONEY, Measures
from feecalc.money import Price, Ratio
from feecalc.problems import Problems, did_you_mean
from feecalc.totals import Mask

OWN_AMOUNTS = ("shares", *OWN_MONEY)


@frozen
class Needed:
    """A column that an agreement names: how it is read, and which of its lines must state it."""

    column: str
    parse: Callable[[str], Any]
    noun: str
    must: bool = False
    ceiling: Ratio | None = None


def needed_columns(agreement: Agreement) -> Iterator[Needed]:
    """Every column of the closings that the agreement's clauses name, beyond those of all closings."""
    for clause in agreement.clauses:
        if isinstance(clause, AccruingClause):
            yield from _of_base(clause.base)
            yield from _of_rate(clause.earning)
            yield from _of_lines(clause.lines)
        if isinstance(clause, FixedClause):
            yield from _of_lines(clause.lines)
            if isinstance(clause.when, Reaches):
                yield from _of_measure(clause.when.counting)
        prices = [clause.strike] if clause.strike is not None else []
        if isinstance(clause, RateOfSecurities) and clause.over_price is not None:
            prices.append(clause.over_price)
        if isinstance(clause, SecuritiesInLieu):
            prices.append(clause.deemed_price)
        for price in prices:
            if isinstance(price, PriceOf):
                yield from (Needed(name, money.parse_price, "a price") for name in price.of if name != PRICE_PAID)
    for limit in agreement.limits:
        if limit.of is not None:
            yield from _of_measure(limit.of)
    for amended in agreement.in_force()[1:]:
        yield from needed_columns(amended)


def _of_measure(measure: Measure) -> Iterator[Needed]:
    if isinstance(measure, MoneyIn):
        yield Needed(measure.money_in, money.parse_money, "an amount")
    elif isinstance(measure, CountIn) or measure in COLUMN_OF:
        name = measure.count_in if isinstance(measure, CountIn) else COLUMN_OF[measure]
        yield Needed(name, money.parse_count, "a count")


def _of_base(base: Base) -> Iterator[Needed]:
    if isinstance(base, BaseOf):
        for measure in base.of:
            yield from _of_measure(measure)
        yield from (Needed(name, money.parse_money, "an amount") for name in base.less)
    elif not isinstance(base, AccruedUnder):
        yield from _of_measure(base)


def _of_rate(rate: Rate) -> Iterator[Needed]:
    for leaf in leaves(rate):
        if isinstance(leaf, Recorded):
            yield Needed(leaf.recorded_in, money.parse_rate, "a rate", True, leaf.at_most)
        elif isinstance(leaf, Each) and isinstance(leaf.each, PartOfPrice) and leaf.each.of != PRICE_PAID:
            yield Needed(leaf.each.of, money.parse_price, "a price", True)
    for measure in measures(rate):
        yield from _of_measure(measure)
    for lines in line_tests(rate):
        yield from _of_lines(lines)


def _of_lines(lines: Lines | None) -> Iterator[Needed]:
    for tests in (lines, lines.except_ if lines is not None else None):
        if tests is not None:
            yield from (Needed(where.column, str, "a word") for where in tests.where)


def check_columns(agreement: Agreement, table: ClosingTable, problems: Problems) -> None:
    """Add a problem for every column that the agreement names and the records lack, and every cell it cannot use.

    A rescission states its own part of an amount, or undoes all of what it may undo; other cells follow the sale.
    """
    for needed in dict.fromkeys(needed_columns(agreement)):
        if header_key(needed.column) in OWN_AMOUNTS:
            continue
        amount = needed.noun in ("an amount", "a count")
        words = table.amounts_in(needed.column) if amount else table.words(needed.column)
        if words is None:
            if len(table):
                problems.add(
                    table.rows.place(0),
                    "column-missing",
                    f'{agreement.id} names the column "{needed.column}", and the closings have none of that name',
                    did_you_mean(needed.column, table.names()) or "Add the column.",
                )
            continue
        values: list[Any] = []
        for code, word in enumerate(words.words):
            try:
                values.append(needed.parse(word) if word else None)
            except money.Unreadable as unreadable:
                values.append(None)
                for index in limited(words.codes == code, problems, table.rows, "column-unreadable"):
                    problems.add(
                        table.rows.place(index, needed.column),
                        "column-unreadable",
                        f"{unreadable.says}, and {agreement.id} reads {needed.noun} here",
                        unreadable.remedy,
                    )
        if needed.ceiling is not None:
            above = np.array([value is not None and value > needed.ceiling for value in values] or [False])
            for index in limited(above[words.codes], problems, table.rows, "above-ceiling"):
                problems.add(
                    table.rows.place(index, needed.column),
                    "above-ceiling",
                    f"the rate {words[index]} is above the ceiling of {money.shown_rate(needed.ceiling)} that "
                    f"{agreement.id} states",
                    "Correct the rate, or the agreement if the parties agreed on more.",
                )
        if amount:
            _check_undone_amounts(agreement, table, needed, words, problems)
        else:
            unclear = table.unclear.get(table.header(needed.column), ())
            for index in unclear:
                problems.add(
                    table.rows.place(index, needed.column),
                    "rescission-unclear",
                    f"the lines that it may undo differ in {needed.column}, which {agreement.id} reads",
                    f"State the {needed.column} of the rescission.",
                )


def _check_undone_amounts(
    agreement: Agreement, table: ClosingTable, needed: Needed, words: Words, problems: Problems
) -> None:
    """A rescission must say how much of an amount it undoes, with its sign."""
    values = amounts(words, needed.parse)
    undoing = table.reverses != NO_CLOSING
    touched = np.zeros(len(table.closing.words), dtype=bool)
    touched[table.closing.codes[(values != 0) & ~undoing]] = True
    open_ = undoing & words.is_blank() & (table.reverses >= 0)
    open_ &= touched[np.where(table.reverses >= 0, table.reverses, 0)]
    for index in limited(open_ | (undoing & (values > 0)), problems, table.rows, "rescission-unclear"):
        problems.add(
            table.rows.place(index, needed.column),
            "rescission-unclear",
            f"the rescission does not say how much of {needed.column} it takes back, and {agreement.id} reads it",
            "State it as a negative amount, or 0.",
        )


def check_prices(agreement: Agreement, table: ClosingTable, problems: Problems) -> None:
    """Add a problem where prices of lines in another currency would turn money into counts, or counts into money."""
    if agreement.conversion is None:
        return
    by = [
        clause.id
        for terms in agreement.in_force()
        for clause in terms.clauses
        if (isinstance(clause, RateOfSecurities) and not isinstance(clause.over_price, Price | None))
        or (isinstance(clause, SecuritiesInLieu) and not isinstance(clause.deemed_price, Price))
        or (
            isinstance(clause, AccruingClause)
            and any(isinstance(leaf, Each) and isinstance(leaf.each, PartOfPrice) for leaf in leaves(clause.earning))
        )
    ]
    own = np.array([word.upper() in ("", agreement.currency) for word in table.currency.words] or [True])
    rate = table.words("exchange_rate")
    foreign = ~own[table.currency.codes] & (~rate.is_blank() if rate is not None else False)
    for index in limited(foreign & bool(by), problems, table.rows, "price-not-converted"):
        problems.add(
            table.rows.place(index, "currency"),
            "price-not-converted",
            f"the line is in {table.currency[index]}, and {agreement.id} {by[0]} computes with its price; exchange "
            "rates convert proceeds, not prices",
            f"State the price in {agreement.currency}: a fixed one in the agreement, or the line in that currency.",
        )


def check_recorded(measures_: Measures, problems: Problems) -> None:
    """Add a problem for each line that does not state the rate or the price that a clause takes from it."""
    table, agreement = measures_.table, measures_.agreement
    for clause in (clause for terms in agreement.in_force() for clause in terms.clauses):
        if not isinstance(clause, AccruingClause):
            continue
        for leaf, on in _taking(clause.earning, measures_, measures_.on(clause.lines)):
            column = leaf.recorded_in if isinstance(leaf, Recorded) else _price_column(leaf)
            words = table.words(column) if column else None
            if words is None:
                continue
            blank = np.zeros(len(table), dtype=bool)
            blank[measures_.lines[on]] = words.is_blank()[measures_.lines[on]]
            for index in limited(blank, problems, table.rows, "rate-not-recorded"):
                problems.add(
                    table.rows.place(index, column),
                    "rate-not-recorded",
                    f"{agreement.id} {clause.id} takes {'a rate' if isinstance(leaf, Recorded) else 'a price'} from "
                    f"{column}, and the line has none",
                    "State it; a ceiling is not a rate." if isinstance(leaf, Recorded) else "State it.",
                )


def _price_column(leaf: object) -> str:
    part = leaf.each if isinstance(leaf, Each) else None
    return part.of if isinstance(part, PartOfPrice) and part.of != PRICE_PAID else ""


def _taking(rate: Rate, measures_: Measures, on: Mask) -> Iterator[tuple[object, Mask]]:
    """Each leaf of a rate with the lines that may be paid at it."""
    if not isinstance(rate, ByLines):
        for way in getattr(rate, "greater_of", getattr(rate, "lesser_of", ())):
            yield from _taking(way, measures_, on)
        yield rate, on
        return
    rest = on.copy()
    over = np.zeros(len(on), dtype=bool)
    for entry in rate.by:
        for member in entry.members():
            mine = rest & measures_.on(member.lines)
            yield member.rate, mine
            rest &= ~mine
            over |= mine if entry.up_to is not None else np.zeros(len(on), dtype=bool)
    yield rate.otherwise, rest | over
