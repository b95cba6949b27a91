"""What a clause earns alone, as columns: the base, the running base before and after, and the rate at work between.

With F the whole compensation on a running base, unrounded, a row brings R(F(after)) - R(F(before)), where R rounds as
the clause says. Where the rate depends on the line, or steps fill over another scope than is rounded, a row's own
earnings come first and their running total is rounded instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define

from feecalc.clauses import AccruingClause, RateOfSecurities, VestingWarrants, WarrantsPerAmount
from feecalc.clauses.bases import AccruedUnder, BaseOf
from feecalc.clauses.rates import (
    Alternative,
    Amount,
    Each,
    GreaterOf,
    LesserOf,
    Rate,
    Tiers,
    rate_words,
)
from feecalc.exact import Exact
from feecalc.money import Price, Ratio
from feecalc.openings import base_counts, opening_base
from feecalc.workpapers.formulas import (
    NOTHING,
    ONE,
    TWO,
    Compared,
    Formula,
    Kind,
    NotLive,
    Number,
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
        before, after = self.ends(exactly, Ratio(start, 100), "Before it is rounded")
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

    def ends(
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
        to_date = self.column(f"{header} {self.so_far(scope)}", kind, figure)
        after: Formula = Same(to_date)
        if start and scope == "agreement":
            after = plus(after, self.term(f"{header.lower()} before these records", kind, start))
        return minus(after, Same(amounts)), after

    @staticmethod
    def so_far(scope: str) -> str:
        """How a running total is told, by its scope."""
        return "to date" if scope == "agreement" else f"so far in the {scope}"

    # ---- what it earns -----------------------------------------------------------------------------------------------

    def is_direct(self, rate: Rate) -> bool:
        """Whether what is earned is a function of the clause's own running base, in the scope that it rounds over."""
        clause = self.clause
        if isinstance(clause, RateOfSecurities) and not isinstance(clause.over_price, Price | None):
            return False
        return self.follows_base(rate, self.clause.rounding.over)

    def follows_base(self, rate: Rate, scope: str) -> bool:
        """Whether what a rate gives is a function of the clause's own running base in a scope."""
        match rate:
            case Ratio():
                return True
            case Each(each=each):
                return isinstance(each, Price)
            case Tiers():
                return rate.counting == self.clause.base and rate.lines is None and rate.over == scope
            case GreaterOf(greater_of=ways, over=scope_of) | LesserOf(lesser_of=ways, over=scope_of):
                return scope_of == scope and all(isinstance(w, Amount) or self.follows_base(w, scope) for w in ways)
        return False

    def on_base(self, rate: Alternative | Rate) -> list[OnBase]:
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
                return self.tiers(rate)
            case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
                functions = [self.one(way) for way in ways]
                extreme = most if isinstance(rate, GreaterOf) else least
                return [lambda x: extreme(*(function(x) for function in functions))]
            case Amount():
                amount = self.term("amount", "money", Ratio(rate.amount, 100))
                return [lambda x: times(amount, Compared(">", x, NOTHING))]
        raise NotLive(f"its rate, {rate_words(rate).rstrip(',')}, depends on the line")

    def one(self, rate: Alternative) -> OnBase:
        parts = self.on_base(rate)
        return lambda x: added([part(x) for part in parts])

    def tiers(self, rate: Tiers) -> list[OnBase]:
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

    def as_securities(self, part: OnBase) -> OnBase:
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

    def brought(self, header: str, ends: Sequence[Formula], total: bool) -> PaperColumn:
        """What a row brings: what is earned to date, less what was before (there is none where each line is alone)."""
        return self.column(header, self.pays, ends[0] if len(ends) == 1 else minus(*ends), total)

    # ---- rounding ----------------------------------------------------------------------------------------------------

    def rounded(self, figure: Formula, told: str) -> Formula:
        """A figure as the clause rounds it."""
        rounding = self.clause.rounding
        if isinstance(figure, Number):
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
        pairs = self.column(f"Pairs {told}", "number", Rounded(over(Same(half_up), times(TWO, unit)), self.decimals))
        odd = Compared(">", Same(pairs), Rounded(Same(pairs), 0, "down"))
        exactly = self.column(f"Exactly half, from odd {told}", "count", times(tie, odd))
        return minus(Same(half_up), times(unit, Same(exactly)))
