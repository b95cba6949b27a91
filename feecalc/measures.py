"""What the lines of an agreement measure: money, counts, prices and rates in their columns, and tests of lines.

The closing table holds the columns that every agreement needs. Others are words until an agreement names them; here
they become exact, each distinct word once. `check_columns` reports what could not be, before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

import numpy as np
from attrs import define, field, frozen

from feecalc import money, totals
from feecalc.agreement import Agreement
from feecalc.clauses import (
    AccruingClause,
    FixedClause,
    RateOfSecurities,
    SecuritiesInLieu,
)
from feecalc.clauses.bases import COLUMN_OF, AccruedUnder, Base, BaseOf, CountIn, Measure, MoneyIn
from feecalc.clauses.fees import Reaches
from feecalc.clauses.lines import Lines, LineTests
from feecalc.clauses.prices import PRICE_PAID, PriceOf, PriceTerm
from feecalc.clauses.rates import ByLines, Each, PartOfPrice, Rate, Recorded, leaves, line_tests, measures
from feecalc.closing import EVENT_WORDS, NO_CLOSING, ClosingTable, Words, header_key, limited
from feecalc.dates import NEVER, day_number, parse_date
from feecalc.milestones import Milestones
from feecalc.money import Price, Ratio
from feecalc.names import name_key
from feecalc.problems import Problems, did_you_mean
from feecalc.totals import Codes, Ints, Mask

T = TypeVar("T")
OWN_MONEY = {"noncash": "non_cash", "grossproceeds": "gross"}  # columns that the closing table holds as amounts
OWN_AMOUNTS = ("shares", *OWN_MONEY)
NO_PRICE = -1


def parsed(words: Words, parse: Callable[[str], T]) -> list[T | None]:
    """The value of each distinct word; None for blank and unreadable ones, which `check_columns` reports."""
    values: list[T | None] = []
    for word in words.words:
        try:
            values.append(parse(word) if word else None)
        except money.Unreadable:
            values.append(None)
    return values


def amounts(words: Words, parse: Callable[[str], int]) -> Ints:
    """A column of whole amounts; a blank cell is nothing."""
    return np.array([value or 0 for value in parsed(words, parse)] or [0], dtype=np.int64)[words.codes]


@frozen(eq=False)
class PriceColumn:
    """A price for each line: codes into `prices`, sorted from the lowest; NO_PRICE where none is on record."""

    codes: Codes
    prices: tuple[Price, ...]


@define(eq=False)
class Measures:
    """The measures of one agreement's lines; everything is worked out once, when somebody asks.

    `in_tail` and `by_agent` tell of each line whether it was sold after the term, and whether this agent introduced it.
    """

    agreement: Agreement
    table: ClosingTable
    lines: Codes
    milestones: Milestones
    in_tail: Callable[[], Mask]
    by_agent: Callable[[], Mask]
    _tests: dict[LineTests, Mask] = field(factory=dict)
    _prices: dict[PriceTerm, PriceColumn] = field(factory=dict)
    _conversion: tuple[Codes, list[Ratio]] | None = None

    def measure(self, measure: Measure) -> Ints:
        """Cents, or a count, of each line."""
        table, lines = self.table, self.lines
        if measure == "gross proceeds":
            return self._converted(table.gross[lines])
        if measure == "cash proceeds":
            return self._converted(table.cash[lines])
        if measure == "securities sold":
            return table.shares[lines]
        if isinstance(measure, MoneyIn):
            return self._money(measure.money_in)
        if isinstance(measure, CountIn) and header_key(measure.count_in) == "shares":
            return table.shares[lines]
        name = measure.count_in if isinstance(measure, CountIn) else COLUMN_OF[measure]
        words = table.amounts_in(name)
        return np.zeros(len(lines), dtype=np.int64) if words is None else amounts(words, money.parse_count)[lines]

    def base(self, base: Base) -> Ints:
        """What a base measures on each line, before what accrued under other clauses is deducted."""
        if isinstance(base, AccruedUnder):
            return np.zeros(len(self.lines), dtype=np.int64)
        if not isinstance(base, BaseOf):
            return self.measure(base)
        total = sum((self.measure(measure) for measure in base.of[1:]), self.measure(base.of[0]))
        if base.prefunded_strike == "added":
            total = total + self._strikes()
        for name in base.less:
            total = total - self._money(name)
        return total

    def on(self, lines: Lines | None) -> Mask:
        """Which lines pass tests."""
        if lines is None:
            return np.ones(len(self.lines), dtype=bool)
        if lines not in self._tests:
            passed = self._passed(lines)
            if lines.except_ is not None:
                passed = passed & ~self._passed(lines.except_)
            self._tests[lines] = passed
        return self._tests[lines]

    def price(self, price: PriceTerm) -> PriceColumn:
        """The price that a clause names, of each line."""
        if price not in self._prices:
            self._prices[price] = self._priced(price)
        return self._prices[price]

    def rates(self, name: str) -> tuple[Codes, list[Ratio]]:
        """A column of recorded rates: a code for each line (-1 blank), and the rates."""
        words = self.table.words(name)
        if words is None:
            return np.full(len(self.lines), -1, dtype=np.int32), []
        values = parsed(words, money.parse_rate)
        known = [value for value in values if value is not None]
        code_of = {value: code for code, value in enumerate(dict.fromkeys(known))}
        codes = np.array([-1 if value is None else code_of[value] for value in values] or [-1], dtype=np.int32)
        return codes[words.codes[self.lines]], list(code_of)

    def _money(self, name: str) -> Ints:
        own = OWN_MONEY.get(header_key(name))
        if own is not None:
            return self._converted(getattr(self.table, own)[self.lines])
        words = self.table.amounts_in(name)
        if words is None:
            return np.zeros(len(self.lines), dtype=np.int64)
        return self._converted(amounts(words, money.parse_money)[self.lines])

    def _strikes(self) -> Ints:
        """Count x strike of pre-funded securities, each line half up to the cent."""
        words = self.table.words("prefunded_strike")
        if words is None:
            return np.zeros(len(self.lines), dtype=np.int64)
        strikes = [price.ratio * 100 if price else Ratio(0) for price in parsed(words, money.parse_price)] or [Ratio(0)]
        counts = self.table.shares[self.lines]
        total = np.zeros(len(self.lines), dtype=np.int64)
        for code, strike in enumerate(strikes):
            here = words.codes[self.lines] == code
            if strike and here.any():
                total[here] = totals.scaled(counts[here], strike, "half up")
        return self._converted(total)

    def _converted(self, cents: Ints) -> Ints:
        """Money of lines in another currency at the line's own exchange rate, each line rounded to the cent."""
        conversion = self.agreement.conversion
        if conversion is None:
            return cents
        if self._conversion is None:
            self._conversion = exchange(self.table, self.lines, self.agreement.currency)
        codes, rates = self._conversion
        result = cents.copy()
        for code, rate in enumerate(rates):
            here = codes == code
            result[here] = totals.scaled(cents[here], rate, conversion.mode)
        return result

    def _passed(self, tests: LineTests) -> Mask:
        table, lines = self.table, self.lines
        passed = np.ones(len(lines), dtype=bool)
        day = table.effective_day[lines]
        for column, wanted in (
            (table.security, tests.securities),
            (table.offering, tests.offerings),
            (table.investor, tests.investors),
            (table.investor_class, tests.investor_classes),
            (table.investor, self.agreement.as_amended().named_list(tests.on_list) if tests.on_list else ()),
        ):
            if wanted:
                passed &= _among(column, wanted)[lines]
        if tests.events:
            passed &= np.isin(table.event[lines], [EVENT_WORDS.index(event) for event in tests.events])
        if tests.introduced is not None:
            passed &= self.by_agent() == (tests.introduced == "by this agent")
        if tests.during is not None:
            passed &= self.in_tail() == (tests.during == "tail")
        if tests.from_ is not None:
            passed &= day >= day_number(tests.from_)
        if tests.through is not None:
            passed &= day <= day_number(tests.through)
        if tests.within is not None:
            last = self.milestones.day(tests.within)
            passed &= (day <= last) if last != NEVER else np.zeros(len(lines), dtype=bool)
        for where in tests.where:
            words = table.words(where.column)
            words = Words(np.zeros(len(table), dtype=np.int32), [""]) if words is None else words
            passed &= _among(words, where.is_)[lines] if where.is_ else ~_among(words, where.is_not)[lines]
        return passed

    def _priced(self, price: PriceTerm) -> PriceColumn:
        if isinstance(price, Price):
            return PriceColumn(np.zeros(len(self.lines), dtype=np.int32), (price,))
        if not isinstance(price, PriceOf):
            return prices_paid(self.table, self.lines)
        named = [self.named_prices(name) for name in price.of]
        codes = np.stack([column.codes for column in named])
        distinct, which = np.unique(codes, axis=1, return_inverse=True)
        made: list[Price | None] = []
        for combination in distinct.T.tolist():
            known = [c.prices[code] for c, code in zip(named, combination, strict=True) if code != NO_PRICE]
            made.append(made_price(price, known) if len(known) == len(named) else None)
        order = sorted({each for each in made if each is not None})
        return PriceColumn(_places(made, order)[which.ravel()], tuple(order))

    def named_prices(self, name: str) -> PriceColumn:
        """The prices in a column, or those paid."""
        if name_key(name) == PRICE_PAID:
            return self.price(PRICE_PAID)
        words = self.table.words(name)
        if words is None:
            return PriceColumn(np.full(len(self.lines), NO_PRICE, dtype=np.int32), ())
        values = parsed(words, money.parse_price)
        order = sorted({value for value in values if value is not None})
        return PriceColumn(_places(values, order)[words.codes[self.lines]], tuple(order))


def _places(prices: Sequence[Price | None], order: Sequence[Price]) -> Codes:
    """The place of each price in an order, NO_PRICE for none."""
    place = {price: number for number, price in enumerate(order)}
    return np.array([NO_PRICE if price is None else place[price] for price in prices] or [NO_PRICE], dtype=np.int32)


def made_price(price: PriceOf, known: Sequence[Price]) -> Price:
    """The price made from the named ones: picked, multiplied, added to, rounded, held between its bounds."""
    picked = max(known) if price.pick == "highest" else min(known)
    scale = 10**price.decimals
    exactly = picked.ratio * price.times + (price.plus.ratio if price.plus is not None else 0)
    made = Price(Ratio(money.rounded(exactly * scale, price.mode), scale), price.decimals)
    if price.at_most is not None:
        made = min(made, price.at_most)
    return max(made, price.at_least) if price.at_least is not None else made


def part_of_price(part: PartOfPrice, price: Price) -> Ratio:
    """A fee for one security in cents, rounded to its decimals first."""
    scale = 10**part.decimals
    return Ratio(100 * money.rounded(price.ratio * part.rate * scale, part.mode), scale)


def prices_paid(table: ClosingTable, lines: Codes) -> PriceColumn:
    """The price paid on each line: its own, or gross proceeds / shares where that is a price."""
    codes = table.price[lines].copy()
    prices = list(table.prices)
    code_of = {price: code for code, price in enumerate(prices)}
    unpriced = np.flatnonzero((codes == NO_PRICE) & (table.shares[lines] != 0))
    pairs = np.stack([table.gross[lines[unpriced]], table.shares[lines[unpriced]]])
    distinct, which = np.unique(pairs, axis=1, return_inverse=True)
    found = [money.price_of(gross, shares) for gross, shares in distinct.T.tolist()]
    for price in dict.fromkeys(price for price in found if price is not None and price not in code_of):
        code_of[price] = len(prices)
        prices.append(price)
    derived = np.array([NO_PRICE if price is None else code_of[price] for price in found], dtype=np.int32)
    codes[unpriced] = derived[which.ravel()] if len(found) else codes[unpriced]
    order = sorted(range(len(prices)), key=prices.__getitem__)
    place = np.full(len(prices) + 1, NO_PRICE, dtype=np.int32)
    place[order] = np.arange(len(prices), dtype=np.int32)
    return PriceColumn(place[codes], tuple(prices[code] for code in order))


def exchange(table: ClosingTable, lines: Codes, currency: str) -> tuple[Codes, list[Ratio]]:
    """The exchange rate of each line in another currency: codes (-1 for lines in the agreement's own) and rates."""
    words = table.words("exchange_rate")
    foreign = np.array([word.upper() not in ("", currency) for word in table.currency.words])[table.currency.codes]
    if words is None:
        return np.full(len(lines), -1, dtype=np.int32), []
    values = parsed(words, money.parse_price)
    rates = [value.ratio if value is not None else Ratio(1) for value in values]
    return np.where(foreign[lines], words.codes[lines], -1).astype(np.int32), rates


def _among(column: Words, wanted: Sequence[str]) -> Mask:
    keys = {name_key(word) for word in wanted}
    found: Mask = np.array([name_key(word) in keys for word in column.words] or [False])[column.codes]
    return found


# ---- what an agreement needs of the columns --------------------------------------------------------------------------


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


def signed_days(table: ClosingTable) -> Codes:
    """The day on which each line's purchase was signed (column signed_on), else the day on which it counts as sold."""
    words = table.words("signed_on")
    if words is None:
        return table.effective_day
    days = [day_number(day) if isinstance(day, date) else NEVER for day in parsed(words, parse_date)] or [NEVER]
    stated = np.array(days, dtype=np.int32)[words.codes]
    return np.where(stated == NEVER, table.effective_day, stated)
