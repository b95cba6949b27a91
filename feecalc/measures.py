"""What the lines of an agreement measure: money, counts, prices and rates in their columns, and tests of lines.

The closing table holds the columns that every agreement needs. Others are words until an agreement names them; here
they become exact, each distinct word once. `needed_columns` reports what could not be, before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import define, field

from feecalc import money, totals
from feecalc.agreement import Agreement
from feecalc.clauses.bases import COLUMN_OF, AccruedUnder, Base, BaseOf, CountIn, Measure, MoneyIn
from feecalc.clauses.lines import Lines, LineTests
from feecalc.clauses.prices import PRICE_PAID, PriceOf, PriceTerm
from feecalc.closing import EVENT_WORDS, ClosingTable, Words, header_key
from feecalc.dates import NEVER, day_number
from feecalc.line_columns import amounts, exchange, parsed
from feecalc.line_prices import NO_PRICE, PriceColumn, made_price, places_of, prices_paid
from feecalc.milestones import Milestones
from feecalc.money import Price, Ratio
from feecalc.names import name_key
from feecalc.totals import Codes, Ints, Mask

OWN_MONEY = {"noncash": "non_cash", "grossproceeds": "gross"}  # columns that the closing table holds as amounts


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
        return PriceColumn(places_of(made, order)[which.ravel()], tuple(order))

    def named_prices(self, name: str) -> PriceColumn:
        """The prices in a column, or those paid."""
        if name_key(name) == PRICE_PAID:
            return self.price(PRICE_PAID)
        words = self.table.words(name)
        if words is None:
            return PriceColumn(np.full(len(self.lines), NO_PRICE, dtype=np.int32), ())
        values = parsed(words, money.parse_price)
        order = sorted({value for value in values if value is not None})
        return PriceColumn(places_of(values, order)[words.codes[self.lines]], tuple(order))


def _among(column: Words, wanted: Sequence[str]) -> Mask:
    keys = {name_key(word) for word in wanted}
    found: Mask = np.array([name_key(word) in keys for word in column.words] or [False])[column.codes]
    return found
