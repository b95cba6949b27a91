"""A clause as a paper: from its base to what accrues under it, row by row, within its limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.accruing import balanced_until, closed_before, triggered
from feecalc.clauses import (
    AccruingClause,
    AnyClause,
    Clause,
    FixedClause,
    Minimum,
    Reimbursement,
    SecuritiesInLieu,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import counts as measure_counts
from feecalc.clauses.fees import Every, Reaches
from feecalc.money import Price, Ratio
from feecalc.openings import unlimited_opening
from feecalc.totals import Mask
from feecalc.workpapers.agreement_papers import AgreementPapers, pays
from feecalc.workpapers.earned import earned_alone, unrounded_alone
from feecalc.workpapers.earning import Earning
from feecalc.workpapers.expense_papers import reimbursed
from feecalc.workpapers.formulas import (
    NOTHING,
    Above,
    Compared,
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Rounded,
    Running,
    RunningWithin,
    Same,
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
from feecalc.workpapers.limited_papers import limited, limited_beside


class ClausePapers(AgreementPapers):
    """Draws the papers of one agreement's clauses, one after the other."""

    def draw(self, clause: AnyClause) -> None:
        """Draw up the paper of a clause. Raises `NotLive`; then nothing of it stands."""
        says = dict.fromkeys(terms.says for terms, _ in self.versions(clause))
        title = f"{self.lines.agreement.id}, {clause.id}: {clause.section}"
        paper = self.lines.paper_for(clause.id, title, " Then: ".join(says))
        self.accrued[clause.id] = self._accrued(clause, paper)
        self.papers.append(paper)

    def put_in(self, clause: Clause, amounts: np.ndarray, reason: str) -> None:
        """A clause's paper with its figures put in, where they are not put into formulas."""
        paper = self.lines.paper_for(
            clause.id, f"{self.lines.agreement.id}, {clause.id}: {clause.section}", f"Not recomputed here: {reason}."
        )
        values = whole(amounts, 1 if clause.counted else 100)
        self.accrued[clause.id] = paper.given("Accrued", pays(clause), values, "")
        self.papers.append(paper)

    def _accrued(self, clause: AnyClause, paper: Paper) -> PaperColumn:
        match clause:
            case AccruingClause():
                return self._on_lines(clause, paper)
            case FixedClause():
                return self._fixed(clause, paper)
            case Reimbursement():
                return reimbursed(self, clause, paper)
            case Minimum():
                return self._to_minimum(clause, paper)
            case SecuritiesInLieu():
                return self._in_lieu(clause, paper)
        raise NotLive("it accrues nothing of itself")

    # ---- on closing lines --------------------------------------------------------------------------------------------

    def _on_lines(self, latest: AccruingClause, paper: Paper) -> PaperColumn:
        opening, _ = self.opening(latest)
        balance = self.lines.workings.balances.get(latest.id)
        raw = self.lines.workings.opening(latest)[0]
        start = Ratio(unlimited_opening(self.lines.agreement, latest, balance, raw), 1 if latest.counted else 100)
        versions = self.versions(latest)
        if len(versions) > 1:
            return self._amended(latest, versions, paper)
        clause, _ = versions[0]
        assert isinstance(clause, AccruingClause)
        alone = earned_alone(Earning(self.lines, clause, paper, self.accrued, self.decimals_of(latest)), opening)
        return limited(self, clause, paper, alone, start, "")

    def _amended(
        self, latest: AccruingClause, versions: Sequence[tuple[AnyClause, Mask | None]], paper: Paper
    ) -> PaperColumn:
        """A clause under each of its terms: what it earns under all of them runs up to one total, which is rounded;
        what a row brings to that is held below the limit of its own terms.
        """
        if any(self.opening(latest)):
            raise NotLive("amendments change its terms, and it had accrued before these records")
        if latest.rounds_parts:
            raise NotLive("amendments change its terms, and each of its parts is rounded alone")
        decimals = self.decimals_of(latest)
        in_steps = isinstance(latest, WarrantsPerAmount) and latest.steps == "whole"
        limits: list[tuple[AccruingClause, list[PaperColumn]]] = []  # each with the rows that it rules
        under: list[PaperColumn] = []
        for number, (clause, ruled) in enumerate(versions, start=1):
            assert isinstance(clause, AccruingClause) and ruled is not None
            earning = Earning(self.lines, clause, paper, self.accrued, decimals, f", terms {number}")
            alone = earned_alone(earning, Ratio(0)) if in_steps else unrounded_alone(earning)
            rules = paper.given(f"Under terms {number}", "count", whole(ruled.astype(np.int64)), "")
            under.append(paper.computed(f"Earned under terms {number}", alone.kind, times(Same(alone), Same(rules))))
            if not limits or limits[-1][0].limit != clause.limit:
                limits.append((clause, []))
            limits[-1][1].append(rules)
        figure = added([Same(each) for each in under])
        if in_steps:
            brought = paper.computed("Earned", pays(latest), figure)
        else:
            of = Earning(self.lines, latest, paper, self.accrued, decimals)
            ends = of.ends(paper.computed("Earned, unrounded", "number", figure), Ratio(0), "Unrounded")
            brought = of.brought(
                "Earned", [of.rounded(each, "") for each in reversed(ends) if each is not NOTHING], True
            )
        return self._within_limits_in_turn(limits, brought, paper)

    def _within_limits_in_turn(
        self, limits: Sequence[tuple[AccruingClause, Sequence[PaperColumn]]], brought: PaperColumn, paper: Paper
    ) -> PaperColumn:
        """What is left of a clause's earnings within limits that rule some rows each."""
        if len(limits) == 1:
            return limited(self, limits[0][0], paper, brought, Ratio(0), "")
        kept: list[PaperColumn] = []
        for number, (terms, ruled) in enumerate(limits, start=1):
            told = f", limit {number}"
            figure = times(Same(brought), added([Same(each) for each in ruled]))
            alone = paper.computed(f"Earned{told}", pays(terms), figure)
            if not kept:
                kept.append(limited(self, terms, paper, alone, Ratio(0), told))
            else:
                kept.append(limited_beside(self, terms, paper, alone, kept, told))
        return paper.computed("Accrued", pays(limits[0][0]), added([Same(each) for each in kept]), total=True)

    # ---- fixed amounts -----------------------------------------------------------------------------------------------

    def _fixed(self, clause: FixedClause, paper: Paper) -> PaperColumn:
        kind = pays(clause)
        opening, opening_on = self.opening(clause)
        when = clause.when
        amount, rules = self._amounts(clause, paper)
        if when in ("at first closing", "at each closing") or isinstance(when, Reaches):
            measure = when.counting if isinstance(when, Reaches) else "gross proceeds"
            figure: Formula = Same(self.lines.measure(measure))
            figure = self._acting(clause, figure, rules, always=isinstance(when, Reaches))
            counted: Kind = "count" if measure_counts(measure) else "money"
            base = paper.computed("Base", counted, figure, total=True)
            scope = "closing" if when == "at each closing" else None
            after: Formula = Same(self.within(Same(base), paper, counted, "Base to date", scope))
            least_: Formula = NOTHING
            start = Ratio(0)
            if isinstance(when, Reaches):
                least_ = self.term(clause, "to be reached", counted, Ratio(when.reaches, 100))
                start = max(least_.ratio if opening else Ratio(0), Ratio(opening_on))
            elif scope is None:
                before = opening or closed_before(self.lines.workings, clause)
                start = opening_on or (Ratio(1, 100) if before else Ratio(0))
            if start:
                after = plus(after, self.term(clause, "base before these records", counted, start))
            sign = ">=" if isinstance(when, Reaches) else ">"
            ends = [Compared(sign, each, least_) for each in (after, minus(after, Same(base)))]  # type: ignore[arg-type]
            return paper.computed("Accrued", kind, times(amount, minus(*ends)), total=True)
        happens = paper.given("Falls due", "count", whole(self._happens(clause).astype(np.int64)))
        return paper.computed("Accrued", kind, times(amount, Same(happens)), total=True)

    def _amounts(self, clause: FixedClause, paper: Paper) -> tuple[Formula, list[PaperColumn | None]]:
        """The amount, and for each of its terms the rows that they rule (None for all)."""
        versions = self.versions(clause)
        amounts: list[Formula] = []
        rules: list[PaperColumn | None] = []
        for number, (each, ruled) in enumerate(versions, start=1):
            assert isinstance(each, FixedClause)
            told = f", terms {number}" if len(versions) > 1 else ""
            quantity = Ratio(each.quantity, 1 if clause.counted else 100)
            amount = self.term(clause, f"amount{told}", pays(clause), quantity)
            flag = None
            if ruled is not None:
                flag = paper.given(f"Under terms {number}", "count", whole(ruled.astype(np.int64)), "")
            rules.append(flag)
            amounts.append(amount if flag is None else times(amount, Same(flag)))
        if len(amounts) == 1:
            return amounts[0], rules
        return Same(paper.computed("Amount", pays(clause), added(amounts))), rules

    def _acting(
        self, clause: FixedClause, figure: Formula, rules: Sequence[PaperColumn | None], always: bool
    ) -> Formula:
        """A measure on the lines that bring a fixed amount; `always` under the latest terms, whichever rule the row."""
        versions = self.versions(clause)
        parts: list[Formula] = []
        for (each, _), flag in zip(versions, rules, strict=True):
            assert isinstance(each, FixedClause)
            acts = self.lines.acting(each.lines)
            part = figure if acts is None else times(figure, Same(acts))
            parts.append(part if flag is None or always else times(part, Same(flag)))
        return parts[-1] if always else added(parts)

    def _happens(self, clause: FixedClause) -> Mask:
        """The rows on which a fixed amount falls due by its own day, where no balance says that it had before."""
        workings = self.lines.workings
        if isinstance(clause.when, Every):
            done = workings.rows.day <= balanced_until(workings, clause)
        else:
            done = np.full(len(workings.rows), bool(workings.opening(clause)[0]))
        return triggered(workings, clause) & ~done

    # ---- minimums ----------------------------------------------------------------------------------------------------

    def _to_minimum(self, clause: Minimum, paper: Paper) -> PaperColumn:
        self.only_version(clause)
        rows, workings = self.lines.rows, self.lines.workings
        amount = self.term(clause, "minimum", "money", Ratio(clause.amount, 100))
        figure = added([Same(self.accrued[name]) for name in clause.of])
        if clause.tested == "each closing":
            within = paper.given("In a closing", "count", whole((rows.closing >= 0).astype(np.int64)), "")
            counted = paper.computed("Fees", "money", times(figure, Same(within)))
            gross = paper.computed("Gross", "money", Same(self.lines.measure("gross proceeds")))
            after = self.within(Same(counted), paper, "money", "Fees of the closing to date", "closing")
            proceeds = self.within(Same(gross), paper, "money", "Gross of the closing to date", "closing")
            ends = [
                times(most(NOTHING, minus(amount, fees)), Compared(">", base, NOTHING))
                for fees, base in (
                    (Same(after), Same(proceeds)),
                    (minus(Same(after), Same(counted)), minus(Same(proceeds), Same(gross))),
                )
            ]
            return paper.computed("Accrued", "money", minus(*ends), total=True)
        tested = triggered(workings, clause)
        earlier = bool((rows.day[tested] <= balanced_until(workings, clause)).any())
        since = paper.given("Tested by then", "count", whole(((np.cumsum(tested) > 0) | earlier).astype(np.int64)))
        counted = paper.computed("Fees", "money", figure)
        to_date: Formula = Same(self.within(Same(counted), paper, "money", "Fees to date", None))
        openings = sum(workings.opening(c)[0] for c in workings.agreement.as_amended().clauses if c.id in clause.of)
        if openings:
            to_date = plus(to_date, self.term(clause, "fees before these records", "money", Ratio(openings, 100)))
        missing = paper.computed("Missing to date", "money", times(most(NOTHING, minus(amount, to_date)), Same(since)))
        opening, _ = self.opening(clause)
        if earlier and opening:
            raise NotLive("it was tested before these records")
        return paper.computed("Accrued", "money", minus(Same(missing), Above(missing)), total=True)

    # ---- securities in lieu ------------------------------------------------------------------------------------------

    def _in_lieu(self, clause: SecuritiesInLieu, paper: Paper) -> PaperColumn:
        self.only_version(clause)
        cash = self.accrued[clause.of]
        replaced = self.lines.agreement.as_amended().clause(clause.of)
        assert replaced is not None
        decimals = self.decimals_of(clause)
        opening, _ = self.opening(replaced)
        top = self.term(clause, "part taken: so many", "count", Ratio(clause.part.numerator))
        bottom = self.term(clause, "part taken: of so many", "count", Ratio(clause.part.denominator))
        after: Formula = Same(self.within(Same(cash), paper, "money", "Cash to date", None))
        if opening:
            after = plus(after, self.term(clause, "cash before these records", "money", opening))
        ends = [
            Rounded(Rounded(over(times(each, top), bottom), decimals), 2, "down")
            for each in (after, minus(after, Same(cash)))
        ]
        part = paper.computed("Cash replaced", "money", minus(*ends), total=True)
        scope = None if clause.rounding.over == "agreement" else clause.rounding.over
        if scope is None and any(self.opening(clause)):
            raise NotLive("its securities are rounded on a running total that began before these records")
        if scope == "line":
            raise NotLive("each line of securities in lieu is rounded alone")
        price = self._deemed(clause, paper)
        unrounded = paper.computed("Securities, unrounded", "number", Rounded(over(Same(part), price), decimals))
        to_date = paper.computed(
            "Securities to date, unrounded",
            "number",
            Running(Same(unrounded), decimals, paper.rows)
            if scope is None
            else RunningWithin(
                Same(unrounded), decimals, self.lines.before_within(scope), self.lines.rows.scope[scope]
            ),
        )
        mode = plain_mode(clause.rounding.mode)
        if clause.rounding.to is not None:
            raise NotLive("its securities are rounded to more than one")
        counts = [
            Rounded(Rounded(each, decimals), 0, mode) for each in (Same(to_date), minus(Same(to_date), Same(unrounded)))
        ]
        accrued = paper.computed("Accrued", "count", minus(*counts), total=True)
        if clause.fraction == "stays cash":
            worth = paper.computed("Worth", "number", Rounded(times(Same(accrued), price), decimals))
            digits = decimals
            running = (
                Running(Same(worth), digits, paper.rows)
                if scope is None
                else RunningWithin(Same(worth), digits, self.lines.before_within(scope), self.lines.rows.scope[scope])
            )
            so_far = paper.computed("Worth to date", "number", running)
            whole_ = self.within(Same(part), paper, "money", "Replaced to date", scope)
            worths: list[Formula] = [
                least(Rounded(value, 2), cash_)
                for value, cash_ in (
                    (Same(so_far), Same(whole_)),
                    (minus(Same(so_far), Same(worth)), minus(Same(whole_), Same(part))),
                )
            ]
            part = paper.computed("Taken in securities", "money", minus(*worths), total=True)
        self.taken[clause.of] = part
        return accrued

    def _deemed(self, clause: SecuritiesInLieu, paper: Paper) -> Formula:
        if isinstance(clause.deemed_price, Price):
            return self.term(clause, "deemed price", "price", clause.deemed_price.ratio)
        column = self.lines.rows.measures.price(clause.deemed_price)
        codes = self.lines.rows.coded(column.codes).tolist()
        values = ratios([column.prices[code].ratio if code >= 0 else Ratio(0) for code in codes])
        return Same(paper.given("Deemed price", "price", values))
