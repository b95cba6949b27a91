"""What a clause earns alone, as columns: the base, the running base before and after, and the rate at work between.

With F the whole compensation on a running base, unrounded, a row brings R(F(after)) - R(F(before)), where R rounds as
the clause says. Where the rate depends on the line, or steps fill over another scope than is rounded, a row's own
earnings come first and their running total is rounded instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from attrs import define

from feecalc.clauses import AccruingClause, RateOfSecurities, VestingWarrants, WarrantsPerAmount
from feecalc.clauses.bases import AccruedUnder, BaseOf
from feecalc.clauses.prices import PRICE_PAID, PriceTerm
from feecalc.clauses.rates import (
    Alternative,
    Amount,
    ByLines,
    Each,
    GreaterOf,
    LesserOf,
    PartOfPrice,
    Rate,
    Recorded,
    Tiers,
    rate_words,
)
from feecalc.exact import Exact
from feecalc.line_prices import PriceColumn, part_of_price
from feecalc.money import Price, Ratio
from feecalc.openings import base_counts, opening_base, rounded_opening
from feecalc.workpapers.formulas import (
    NOTHING,
    ONE,
    TWO,
    Compared,
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Reached,
    Rounded,
    Running,
    RunningWithin,
    Same,
    Stepped,
    Term,
    added,
    least,
    minus,
    most,
    over,
    plain_mode,
    plus,
    ratios,
    times,
    whole,
)
from feecalc.workpapers.lines import AgreementLines

OnBase = Callable[[Formula], Formula]


@define(eq=False)
class Earning:
    """One clause, under one of its terms, on its paper. `told` ends the headers of columns where there are several."""

    lines: AgreementLines
    clause: AccruingClause
    paper: Paper
    accrued: dict[str, PaperColumn]
    decimals: Term
    told: str = ""

    # ---- cells -------------------------------------------------------------------------------------------------------

    def term(self, words: str, kind: Kind, value: Ratio) -> Term:
        return self.lines.terms.term(self.lines.agreement.id, self.clause.id, words + self.told, kind, value)

    def column(self, header: str, kind: Kind, formula: Formula, total: bool = False) -> PaperColumn:
        return self.paper.computed(header + self.told, kind, formula, total)

    def given(self, header: str, kind: Kind, values: Exact) -> PaperColumn:
        return self.paper.given(header + self.told, kind, values)

    @property
    def pays(self) -> Kind:
        """The kind of what the clause brings."""
        return "count" if self.clause.counted else "money"

    @property
    def base_kind(self) -> Kind:
        return "count" if base_counts(self.lines.agreement, self.clause) else "money"

    # ---- the base ----------------------------------------------------------------------------------------------------

    def base(self) -> PaperColumn:
        """What the clause acts on."""
        base = self.clause.base
        acts = self.lines.acting(self.clause.lines)
        if isinstance(base, AccruedUnder):
            figure: Formula = self._sum([self.accrued[name] for name in base.accrued_under])
            return self.column("Base", self.base_kind, self._where_acting(figure, acts))
        measures = base.of if isinstance(base, BaseOf) else (base,)
        if isinstance(base, BaseOf) and (base.less or base.prefunded_strike == "added"):
            figure = Same(self._recorded_base(base))
        else:
            figure = self._sum([self.lines.measure(measure) for measure in measures])
        figure = times(figure, Same(acts)) if acts is not None else figure
        if isinstance(base, BaseOf) and base.less_clauses:
            for name in base.less_clauses:
                figure = minus(figure, self._where_acting(Same(self.accrued[name]), acts))
        if not isinstance(base, BaseOf) or base.rounded is None:
            return self.column("Base", self.base_kind, figure, total=True)
        exactly = self.column("Base before it is rounded", self.base_kind, figure)
        to = self.term("the base is taken to", self.base_kind, Ratio(base.rounded.to, 100))
        start = opening_base(self.lines.agreement, self.clause, self.lines.workings.balances.get(self.clause.id))
        before, after = self._ends(exactly, Ratio(start, 100), "Before it is rounded")
        mode = plain_mode(base.rounded.mode)
        rounded = [times(Rounded(Rounded(over(each, to), self.decimals), 0, mode), to) for each in (after, before)]
        return self.column("Base", self.base_kind, minus(*rounded), total=True)

    def _recorded_base(self, base: BaseOf) -> PaperColumn:
        """A base with additions and deductions that only the records tell, where the agreement is owed."""
        rows = self.lines.rows
        if self.lines.agreement.as_amended().covers.offering_limit is not None:
            raise NotLive("its base has deductions within an offering limit")
        amounts = rows.summed(rows.measures.base(base))
        recorded = self.given(
            "Base, as recorded", self.base_kind, whole(amounts, 1 if self.base_kind == "count" else 100)
        )
        return self.column("Base of lines owed", self.base_kind, times(Same(recorded), Same(self.lines.owed)))

    def _where_acting(self, figure: Formula, acts: PaperColumn | None) -> Formula:
        """A figure of another clause, on the rows of this clause's lines and on those without lines."""
        if acts is None:
            return figure
        return times(figure, plus(Same(acts), minus(ONE, Same(self.lines.has_lines()))))

    @staticmethod
    def _sum(columns: list[PaperColumn]) -> Formula:
        return added([Same(column) for column in columns])

    # ---- running totals ----------------------------------------------------------------------------------------------

    def _ends(
        self, amounts: PaperColumn, start: Ratio, header: str, scope: str | None = None
    ) -> tuple[Formula, Formula]:
        """The running total of a column before and after each row, in the scope that the clause rounds over."""
        scope = scope or self.clause.rounding.over
        if scope == "line":
            return NOTHING, Same(amounts)
        digits: Term | int = {"money": 2, "count": 0}.get(amounts.kind, self.decimals)
        kind = amounts.kind
        if scope == "agreement":
            figure: Formula = Running(Same(amounts), digits, self.paper.rows)  # type: ignore[arg-type]
        else:
            before = self.lines.before_within(scope)
            figure = RunningWithin(Same(amounts), digits, before, self.lines.rows.scope[scope])  # type: ignore[arg-type]
        to_date = self.column(f"{header} to date", kind, figure)
        after: Formula = Same(to_date)
        if start and scope == "agreement":
            after = plus(after, self.term(f"{header.lower()} before these records", kind, start))
        return minus(after, Same(amounts)), after

    # ---- what it earns -----------------------------------------------------------------------------------------------

    def alone(self, opening: Ratio) -> PaperColumn:
        """What the clause brings before any limit; `opening` is what it had brought before these records."""
        base = self.base()
        workings = self.lines.workings
        start = rounded_opening(
            self.clause, opening_base(workings.agreement, self.clause, workings.balances.get(self.clause.id))
        )
        opening_on = Ratio(start, 1 if self.base_kind == "count" else 100)
        if isinstance(self.clause, WarrantsPerAmount) and self.clause.steps == "whole":
            return self._whole_steps(base, opening_on)
        earning = self.clause.earning
        if self._is_direct(earning):
            before, after = self._ends(base, opening_on, "Base")
            parts = [self._as_securities(part) for part in self._on_base(earning)]
            if not self.clause.rounds_parts:
                parts = [lambda x, parts=parts: added([part(x) for part in parts])]  # type: ignore[misc]
            brought = []
            for number, part in enumerate(parts, start=1):
                told = f" {number}" if len(parts) > 1 else ""
                ends = [
                    self._rounded(part(each), f"{word}{told}") for each, word in ((after, "after"), (before, "before"))
                ]
                brought.append(self.column(f"Earned{told}", self.pays, minus(*ends), total=len(parts) == 1))
            return brought[0] if len(brought) == 1 else self.column("Earned", self.pays, self._sum(brought), total=True)
        return self._by_row(base, opening, opening_on)

    def _whole_steps(self, base: PaperColumn, start: Ratio) -> PaperColumn:
        clause = self.clause
        assert isinstance(clause, WarrantsPerAmount)
        count = self.term("warrants", "count", Ratio(clause.warrants))
        per = self.term("for each whole", self.base_kind, Ratio(clause.per, 100))
        before, after = self._ends(base, start, "Base")
        steps = [times(Rounded(Rounded(over(each, per), self.decimals), 0, "down"), count) for each in (after, before)]
        return self.column("Earned", self.pays, minus(*steps), total=True)

    def _is_direct(self, rate: Rate) -> bool:
        """Whether what is earned is a function of the clause's own running base, in the scope that it rounds over."""
        clause = self.clause
        if isinstance(clause, RateOfSecurities) and not isinstance(clause.over_price, Price | None):
            return False
        return self._follows_base(rate)

    def _follows_base(self, rate: Rate) -> bool:
        scope = self.clause.rounding.over
        match rate:
            case Ratio():
                return True
            case Each(each=each):
                return isinstance(each, Price)
            case Tiers():
                return rate.counting == self.clause.base and rate.lines is None and rate.over == scope
            case GreaterOf(greater_of=ways, over=scope_of) | LesserOf(lesser_of=ways, over=scope_of):
                return scope_of == scope and all(isinstance(w, Amount) or self._follows_base(w) for w in ways)
            case Amount():
                return scope == "agreement"
        return False

    def _on_base(self, rate: Alternative | Rate) -> list[OnBase]:
        """The rate as functions of a running base, one for each part."""
        clause = self.clause
        match rate:
            case Ratio() if isinstance(clause, WarrantsPerAmount):
                count = self.term("warrants", "count", Ratio(clause.warrants))
                per = self.term("for each", self.base_kind, Ratio(clause.per, 100))
                return [lambda x: over(times(x, count), per)]
            case Ratio() if isinstance(clause, VestingWarrants):
                pool = self.term("pool", "count", Ratio(clause.pool))
                target = self.term("target", self.base_kind, Ratio(clause.target, 100))
                return [lambda x: over(times(x, pool), target)]
            case Ratio():
                flat = self.term("rate", "rate", rate)
                return [lambda x: times(x, flat)]
            case Each(each=Price() as price):
                each = self.term("for each", "price", price.ratio)
                return [lambda x: times(x, each)]
            case Tiers():
                return self._tiers(rate)
            case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
                functions = [self._one(way) for way in ways]
                extreme = most if isinstance(rate, GreaterOf) else least
                return [lambda x: extreme(*(function(x) for function in functions))]
            case Amount():
                amount = self.term("amount", "money", Ratio(rate.amount, 100))
                return [lambda x: times(amount, Compared(">", x, NOTHING))]
        raise NotLive(f"its rate, {rate_words(rate).rstrip(',')}, depends on the line")

    def _one(self, rate: Alternative) -> OnBase:
        parts = self._on_base(rate)
        return lambda x: added([part(x) for part in parts])

    def _tiers(self, rate: Tiers) -> list[OnBase]:
        """Marginal steps, together or each alone; or the rate reached on the whole amount."""
        rates = [tier.rate for tier in rate.tiers]
        ends = [Ratio(tier.up_to, 100) for tier in rate.tiers if tier.up_to is not None]
        words = [f"step {number}" for number in range(1, len(rates) + 1)]
        counted: Kind = self.base_kind
        terms, ids = self.lines.terms, (self.lines.agreement.id, self.clause.id)
        lows = terms.run(*ids, [f"{each} begins at{self.told}" for each in words], counted, [Ratio(0), *ends])
        if rate.apply == "whole amount":
            reached = terms.run(*ids, [f"{each}: rate{self.told}" for each in words], "rate", rates)
            strictly = rate.at_threshold == "lower"
            return [lambda x: times(x, Reached(x, lows, reached, strictly))]
        if self.clause.rounds_parts:
            return [self._step(number, rate, words[number]) for number in range(len(rates))]
        cells = terms.run(*ids, [f"{each}: rate{self.told}" for each in words], "rate", rates)
        changes = terms.changes(*ids, words, cells)
        return [lambda x: Stepped(x, lows, changes)]

    def _step(self, number: int, rate: Tiers, words: str) -> OnBase:
        tier = rate.tiers[number]
        of_step = self.term(f"{words}: rate", "rate", tier.rate)
        low = rate.tiers[number - 1].up_to if number else 0
        begins = self.term(f"{words}: from", self.base_kind, Ratio(low or 0, 100))
        if tier.up_to is None:
            return lambda x: times(most(minus(x, begins), NOTHING), of_step)
        ends = self.term(f"{words}: up to", self.base_kind, Ratio(tier.up_to, 100))
        return lambda x: times(most(minus(least(x, ends), begins), NOTHING), of_step)

    def _as_securities(self, part: OnBase) -> OnBase:
        """A part of a clause that gives securities: times the coverage, over the price where the base is money."""
        clause = self.clause
        if not isinstance(clause, RateOfSecurities):
            return part
        found = part
        if clause.coverage != 1:
            coverage = self.term("coverage", "rate", clause.coverage)
            found = lambda x, found=found: times(found(x), coverage)  # type: ignore[misc]  # noqa: E731  (a formula)
        if isinstance(clause.over_price, Price):
            price = self.term("over the price", "price", clause.over_price.ratio)
            found = lambda x, found=found: over(found(x), price)  # type: ignore[misc]  # noqa: E731  (a formula)
        return found

    # ---- by row ------------------------------------------------------------------------------------------------------

    def _by_row(self, base: PaperColumn, opening: Ratio, opening_on: Ratio) -> PaperColumn:
        """A clause whose rate depends on the row: what each row earns, unrounded, and the running total rounded."""
        groups = [
            [self._priced(earned) for earned in part]
            for part in self._parts_by_row(self.clause.earning, base, opening_on)
        ]
        if not self.clause.rounds_parts:
            groups = [[earned for part in groups for earned in part]]
        brought = []
        for number, group in enumerate(groups, start=1):
            told = f" {number}" if len(groups) > 1 else ""
            unrounded = self.column(f"Earned{told}, unrounded", "number", Rounded(added(group), self.decimals))
            start = opening if opening_on and len(groups) == 1 else Ratio(0)
            before, after = self._ends(unrounded, start, f"Unrounded{told}")
            ends = [self._rounded(each, f"{word}{told}") for each, word in ((after, "after"), (before, "before"))]
            brought.append(self.column(f"Earned{told}", self.pays, minus(*ends), total=len(groups) == 1))
        return brought[0] if len(brought) == 1 else self.column("Earned", self.pays, self._sum(brought), total=True)

    def _priced(self, earned: Formula) -> Formula:
        """What a row earns in securities: times the coverage, over the row's own price."""
        clause = self.clause
        if not isinstance(clause, RateOfSecurities):
            return earned
        if clause.coverage != 1:
            earned = times(earned, self.term("coverage", "rate", clause.coverage))
        if isinstance(clause.over_price, Price):
            return over(earned, self.term("over the price", "price", clause.over_price.ratio))
        if clause.over_price is not None:
            return over(earned, Same(self._price_column("Over the price", clause.over_price)))
        return earned

    def _price_column(self, header: str, price: PriceTerm) -> PaperColumn:
        column = self.lines.rows.measures.price(price)
        return self._by_code(header, column, [each.ratio for each in column.prices])

    def _by_code(self, header: str, column: PriceColumn, values: list[Ratio]) -> PaperColumn:
        codes = self.lines.rows.coded(column.codes)
        return self.given(header, "price", ratios([values[code] if code >= 0 else Ratio(0) for code in codes.tolist()]))

    def _parts_by_row(self, rate: Rate, base: PaperColumn, opening_on: Ratio) -> Iterator[list[Formula]]:
        match rate:
            case Ratio():
                yield [times(Same(base), self.term("rate", "rate", rate))]
            case Each(each=Price() as price):
                yield [times(Same(base), self.term("for each", "price", price.ratio))]
            case Each(each=PartOfPrice() as part):
                yield [times(Same(base), Same(self._fee_for_each(part)))]
            case Recorded():
                yield [times(Same(base), Same(self._recorded_rate(rate)))]
            case ByLines():
                yield from self._listed(rate, base)
            case Tiers() if rate.counting == self.clause.base and rate.lines is None:
                before, after = self._ends(base, opening_on, "Base for the steps", rate.over)
                for function in self._tiers(rate):
                    yield [minus(function(after), function(before))]
            case Tiers() if rate.apply == "marginal":
                yield from self._counting_otherwise(rate, base)
            case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
                yield [self._compared(rate, list(ways), base, opening_on)]
            case _:
                raise NotLive(f"its rate: {rate_words(rate).rstrip(',')}")

    def _fee_for_each(self, part: PartOfPrice) -> PaperColumn:
        measures = self.lines.rows.measures
        column = measures.price(PRICE_PAID) if part.of == PRICE_PAID else measures.named_prices(part.of)
        return self._by_code(
            "Fee for each", column, [part_of_price(part, price) * Ratio(1, 100) for price in column.prices]
        )

    def _recorded_rate(self, rate: Recorded) -> PaperColumn:
        codes, known = self.lines.rows.measures.rates(rate.recorded_in)
        of_row = self.lines.rows.coded(codes).tolist()
        return self.given("Rate, as recorded", "rate", ratios([known[c] if c >= 0 else Ratio(0) for c in of_row]))

    def _listed(self, rate: ByLines, base: PaperColumn) -> Iterator[list[Formula]]:
        """Each list's lines at their own rate, all others at the other one."""
        if any(entry.up_to is not None for entry in rate.by):
            raise NotLive("its lists have their own rates up to an amount")
        rows = self.lines.rows
        free = np.ones(len(rows), dtype=bool)
        members = [member for entry in rate.by for member in entry.members()]
        for number, member in enumerate(members, start=1):
            mine = free & rows.tested(rows.measures.on(member.lines))
            free &= ~mine
            flag = self.given(f"On list {number}", "count", whole(mine.astype(np.int64)))
            yield [times(self._leaf(member.rate, base, f"list {number}: rate"), Same(flag))]
        others = self.given("On no list", "count", whole(free.astype(np.int64)))
        yield [times(self._leaf(rate.otherwise, base, "otherwise: rate"), Same(others))]

    def _leaf(self, rate: Ratio | Each | Recorded, base: PaperColumn, words: str) -> Formula:
        match rate:
            case Each(each=PartOfPrice() as part):
                return times(Same(base), Same(self._fee_for_each(part)))
            case Each(each=Price() as price):
                return times(Same(base), self.term(words, "price", price.ratio))
            case Recorded():
                return times(Same(base), Same(self._recorded_rate(rate)))
        assert isinstance(rate, Ratio)
        return times(Same(base), self.term(words, "rate", rate))

    def _counting_otherwise(self, rate: Tiers, base: PaperColumn) -> Iterator[list[Formula]]:
        """Steps that count one thing while the rate acts on another: the base in the proportion of what is counted."""
        if self.clause.rounds_parts:
            raise NotLive("each of its steps is rounded alone, and they count otherwise than it pays")
        counted = self.lines.measure(rate.counting)
        acts = self.lines.acting(rate.lines if rate.lines is not None else self.clause.lines)
        if acts is not None:
            counted = self.column("Counted", counted.kind, times(Same(counted), Same(acts)))
        before, after = self._ends(counted, Ratio(0), "Counted", rate.over)
        ends = [Ratio(tier.up_to, 100) for tier in rate.tiers if tier.up_to is not None]
        words = [f"step {number}" for number in range(1, len(rate.tiers) + 1)]
        ids = (self.lines.agreement.id, self.clause.id)
        lows = self.lines.terms.run(*ids, [f"{each} begins at" for each in words], counted.kind, [Ratio(0), *ends])
        cells = self.lines.terms.run(*ids, [f"{each}: rate" for each in words], "rate", [t.rate for t in rate.tiers])
        changes = self.lines.terms.changes(*ids, words, cells)
        steps = self.column(
            "Rate x counted", "number", minus(Stepped(after, lows, changes), Stepped(before, lows, changes))
        )
        here = self.column("Rate where nothing is counted", "rate", Reached(before, lows, cells, strictly=False))
        blank = Compared("=", Same(counted), NOTHING)
        yield [
            plus(
                over(times(Same(base), Same(steps)), Same(counted)) if not self._blank(counted) else NOTHING,
                times(times(Same(base), Same(here)), blank),
            )
        ]

    @staticmethod
    def _blank(column: PaperColumn) -> bool:
        if (column.values.num == 0).any():
            raise NotLive("its steps count otherwise than it pays, and some rows count nothing")
        return False

    def _compared(
        self, rate: GreaterOf | LesserOf, ways: list[Alternative], base: PaperColumn, opening_on: Ratio
    ) -> Formula:
        """The greater, or the lesser, of ways whose running totals are compared over the agreement or each closing."""
        if not all(isinstance(way, Amount) or self._follows_own(way, rate.over) for way in ways):
            raise NotLive(f"its rate: {rate_words(rate).rstrip(',')}")
        before, after = self._ends(base, opening_on, "Base to compare", rate.over)
        functions = [self._one(way) for way in ways]
        extreme = most if isinstance(rate, GreaterOf) else least
        return minus(extreme(*(f(after) for f in functions)), extreme(*(f(before) for f in functions)))

    def _follows_own(self, way: Alternative, scope: str) -> bool:
        if isinstance(way, Tiers):
            return way.counting == self.clause.base and way.lines is None and way.over == scope
        return isinstance(way, Ratio) or (isinstance(way, Each) and isinstance(way.each, Price))

    # ---- rounding ----------------------------------------------------------------------------------------------------

    def _rounded(self, figure: Formula, told: str) -> Formula:
        """A figure as the clause rounds it."""
        rounding = self.clause.rounding
        if isinstance(figure, type(NOTHING)):
            return NOTHING
        digits = 2 if self.pays == "money" else 0
        if rounding.to is not None:
            to = self.term("rounded to", self.pays, Ratio(rounding.to, 100))
            units = Rounded(over(figure, to), self.decimals)
            return times(Rounded(units, 0, plain_mode(rounding.mode)), to)
        if rounding.mode != "half even":
            return Rounded(Rounded(figure, self.decimals), digits, rounding.mode)  # type: ignore[arg-type]
        kept = self.column(f"Unrounded {told}", "number", Rounded(figure, self.decimals))
        half_up = self.column(f"Half up {told}", self.pays, Rounded(Same(kept), digits))  # type: ignore[arg-type]
        unit = self.term("one unit", self.pays, Ratio(1, 100) if digits else Ratio(1))
        tie = Compared("=", Rounded(times(TWO, minus(Same(half_up), Same(kept))), self.decimals), unit)
        odd = Rounded(over(Same(half_up), times(TWO, unit)), self.decimals)
        is_odd = Compared(">", odd, Rounded(odd, 0, "down"))
        return minus(Same(half_up), times(unit, times(tie, is_odd)))
