"""A clause as a paper: from its base to what accrues under it, row by row, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from attrs import define, field

from feecalc.accruing import balanced_until, triggered
from feecalc.agreement import TotalLimit
from feecalc.clauses import (
    AccruingClause,
    AnyClause,
    CashLimit,
    Clause,
    ExpenseLimit,
    FixedClause,
    Minimum,
    Reimbursement,
    SecuritiesInLieu,
    WarrantLimit,
)
from feecalc.clauses.bases import counts as measure_counts
from feecalc.clauses.fees import Every, Reaches
from feecalc.limits import holds_for, limit_words, window_of
from feecalc.money import Price, Ratio
from feecalc.openings import base_counts, unlimited_opening
from feecalc.totals import Mask
from feecalc.workpapers.earned import earned_alone
from feecalc.workpapers.earning import Earning
from feecalc.workpapers.formulas import (
    NOTHING,
    Above,
    Compared,
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Room,
    Rounded,
    Running,
    RunningWithin,
    Same,
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

TermOf: TypeAlias = Callable[[str, Kind, Ratio], Term]


@define(eq=False)
class ClausePapers:
    """The papers of one agreement's clauses; `accrued` holds the column of what accrues under each one."""

    lines: AgreementLines
    decimals: dict[str, int]  # how many decimals the unrounded figures of each clause keep
    accrued: dict[str, PaperColumn] = field(factory=dict)
    taken: dict[str, PaperColumn] = field(factory=dict)  # cash of a clause that is taken in securities
    papers: list[Paper] = field(factory=list)
    limits: dict[str, tuple[Term, Term | None]] = field(factory=dict)  # of a clause, and what was used before

    def draw(self, clause: AnyClause) -> None:
        """Draw up the paper of a clause. Raises `NotLive`; then nothing of it stands."""
        sections = clause.section
        paper = self.lines.paper_for(clause.id, f"{self.lines.agreement.id}, {clause.id}: {sections}", clause.says)
        self.accrued[clause.id] = self._accrued(clause, paper)
        self.papers.append(paper)

    def put_in(self, clause: Clause, amounts: np.ndarray, reason: str) -> None:
        """A clause's paper with its figures put in, where they are not put into formulas."""
        paper = self.lines.paper_for(
            clause.id, f"{self.lines.agreement.id}, {clause.id}: {clause.section}", f"Not recomputed here: {reason}."
        )
        values = whole(amounts, 1 if clause.counted else 100)
        self.accrued[clause.id] = paper.given("Accrued", _pays(clause), values, "")
        self.papers.append(paper)

    def _accrued(self, clause: AnyClause, paper: Paper) -> PaperColumn:
        match clause:
            case AccruingClause():
                return self._on_lines(clause, paper)
            case FixedClause():
                return self._fixed(clause, paper)
            case Reimbursement():
                return self._reimbursed(clause, paper)
            case Minimum():
                return self._to_minimum(clause, paper)
            case SecuritiesInLieu():
                return self._in_lieu(clause, paper)
        raise NotLive("it accrues nothing of itself")

    # ---- small things ------------------------------------------------------------------------------------------------

    def _term(self, clause: Clause, words: str, kind: Kind, value: Ratio) -> Term:
        return self.lines.terms.term(self.lines.agreement.id, clause.id, words, kind, value)

    def _decimals(self, clause: Clause) -> Term:
        return self.lines.terms.decimals(self.lines.agreement.id, clause.id, self.decimals[clause.id])

    def _opening(self, clause: Clause) -> tuple[Ratio, Ratio]:
        """What had accrued, and on what base, in units of the currency or in securities."""
        amount, base = self.lines.workings.opening(clause)
        counted = base_counts(self.lines.agreement, clause)
        return Ratio(amount, 1 if clause.counted else 100), Ratio(base, 1 if counted else 100)

    def _versions(self, clause: Clause) -> list[tuple[AnyClause, Mask | None]]:
        return self.lines.workings.versions(clause.id)

    def _only_version(self, clause: Clause) -> None:
        if len(self._versions(clause)) > 1:
            raise NotLive("amendments change its terms")

    def _within(self, figure: Formula, paper: Paper, kind: Kind, header: str, scope: str | None) -> PaperColumn:
        """The running total of a figure over the agreement, or within each closing or investor."""
        digits = 2 if kind == "money" else 0
        if scope is None:
            return paper.computed(header, kind, Running(figure, digits, paper.rows))  # type: ignore[arg-type]
        before = self.lines.before_within(scope)
        codes = self.lines.rows.scope[scope]
        return paper.computed(header, kind, RunningWithin(figure, digits, before, codes))  # type: ignore[arg-type]

    # ---- on closing lines --------------------------------------------------------------------------------------------

    def _on_lines(self, latest: AccruingClause, paper: Paper) -> PaperColumn:
        opening, _ = self._opening(latest)
        balance = self.lines.workings.balances.get(latest.id)
        raw = self.lines.workings.opening(latest)[0]
        start = Ratio(unlimited_opening(self.lines.agreement, latest, balance, raw), 1 if latest.counted else 100)
        versions = self._versions(latest)
        decimals = self._decimals(latest)
        earned: list[tuple[AccruingClause, list[PaperColumn]]] = []
        for number, (clause, ruled) in enumerate(versions, start=1):
            assert isinstance(clause, AccruingClause)
            told = f", terms {number}" if len(versions) > 1 else ""
            earning = Earning(self.lines, clause, paper, self.accrued, decimals, told)
            alone = earned_alone(earning, opening)
            if ruled is not None:
                rules = paper.given(f"Under terms {number}", "count", whole(ruled.astype(np.int64)), "")
                figure = times(Same(alone), Same(rules))
                alone = paper.computed(f"Earned under terms {number}", _pays(clause), figure)
            if not earned or earned[-1][0].limit != clause.limit:
                earned.append((clause, []))
            earned[-1][1].append(alone)
        kept: list[PaperColumn] = []
        for number, (terms, columns) in enumerate(earned, start=1):
            told = f", limit {number}" if len(earned) > 1 else ""
            alone = columns[0]
            if len(columns) > 1:
                alone = paper.computed(f"Earned{told}", _pays(latest), added([Same(each) for each in columns]))
            if number == 1:
                kept.append(self._limited(terms, paper, alone, start, told))
            else:
                kept.append(self._limited_beside(terms, paper, alone, self._used(earned[0][0], start), kept, told))
        if len(kept) == 1:
            return kept[0]
        return paper.computed("Accrued", _pays(latest), added([Same(each) for each in kept]), total=True)

    def _limited(
        self, clause: AccruingClause | Reimbursement, paper: Paper, alone: PaperColumn, start: Ratio, told: str
    ) -> PaperColumn:
        """What is left of a clause's earnings within its limit."""
        limit: CashLimit | WarrantLimit | None = clause.limit
        kind = _pays(clause)
        if limit is None:
            return alone
        ends = self._limit_term(clause, limit, told)
        if limit.over != "agreement":
            to_date = self._within(Same(alone), paper, kind, f"Earned to date in the {limit.over}{told}", limit.over)
            after: Formula = Same(to_date)
        else:
            to_date = self._within(Same(alone), paper, kind, f"Earned, all closings{told}", None)
            after = Same(to_date)
            used: Term | None = None
            if start and limit.earlier == "counts":
                used = self._term(clause, f"earned before these records{told}", kind, start)
                after = plus(after, used)
            if not told and limit.earlier == "counts" and start == self._opening(clause)[0]:
                self.limits[clause.id] = (ends, used)
        figure = minus(least(after, ends), least(minus(after, Same(alone)), ends))
        return paper.computed(f"Accrued{told}", kind, figure, total=True)

    def _limited_beside(
        self,
        clause: AccruingClause,
        paper: Paper,
        alone: PaperColumn,
        used: Ratio,
        kept: Sequence[PaperColumn],
        told: str,
    ) -> PaperColumn:
        """What an amended limit leaves beside what has accrued under earlier ones, as `limits.held_below` has it."""
        limit, kind = clause.limit, _pays(clause)
        if limit is None:
            return alone
        scope = None if limit.over == "agreement" else limit.over
        room: Formula = self._limit_term(clause, limit, told)
        if used and scope is None and limit.earlier == "counts":
            room = minus(room, self._term(clause, f"accrued before these records{told}", kind, used))
        sum_ = added([Same(each) for each in kept])
        brought = paper.computed(f"Accrued under earlier limits{told}", kind, sum_)
        earlier = self._within(Same(brought), paper, kind, f"Under earlier limits to date{told}", scope)
        to_date = self._within(Same(alone), paper, kind, f"Earned to date{told}", scope)
        after = least(Same(to_date), most(minus(room, Same(earlier)), NOTHING))
        room_before = plus(minus(room, Same(earlier)), Same(brought))
        before = least(minus(Same(to_date), Same(alone)), most(room_before, NOTHING))
        return paper.computed(f"Accrued{told}", kind, minus(after, before), total=True)

    def _limit_term(self, clause: AccruingClause | Reimbursement, limit: CashLimit | WarrantLimit, told: str) -> Term:
        words = f"limit{'' if limit.over == 'agreement' else f' for each {limit.over}'}{told}"
        return self._term(clause, words, _pays(clause), Ratio(limit.amount, 1 if clause.counted else 100))

    @staticmethod
    def _used(first: AccruingClause, start: Ratio) -> Ratio:
        """What had accrued before these records, of what the first limit counts."""
        limit = first.limit
        if limit is None or limit.over != "agreement":
            return start
        return min(start, Ratio(limit.amount, 1 if first.counted else 100))

    # ---- fixed amounts -----------------------------------------------------------------------------------------------

    def _fixed(self, clause: FixedClause, paper: Paper) -> PaperColumn:
        kind = _pays(clause)
        opening, opening_on = self._opening(clause)
        when = clause.when
        amount, rules = self._amounts(clause, paper)
        if when in ("at first closing", "at each closing") or isinstance(when, Reaches):
            measure = when.counting if isinstance(when, Reaches) else "gross proceeds"
            figure: Formula = Same(self.lines.measure(measure))
            figure = self._acting(clause, figure, rules, always=isinstance(when, Reaches))
            counted: Kind = "count" if measure_counts(measure) else "money"
            base = paper.computed("Base", counted, figure, total=True)
            scope = "closing" if when == "at each closing" else None
            after: Formula = Same(self._within(Same(base), paper, counted, "Base to date", scope))
            least_: Formula = NOTHING
            start = Ratio(0)
            if isinstance(when, Reaches):
                least_ = self._term(clause, "to be reached", counted, Ratio(when.reaches, 100))
                start = least_.ratio if opening else Ratio(0)
            elif scope is None:
                start = opening_on or (Ratio(1, 100) if opening else Ratio(0))
            if start:
                after = plus(after, self._term(clause, "base before these records", counted, start))
            sign = ">=" if isinstance(when, Reaches) else ">"
            ends = [Compared(sign, each, least_) for each in (after, minus(after, Same(base)))]  # type: ignore[arg-type]
            return paper.computed("Accrued", kind, times(amount, minus(*ends)), total=True)
        happens = paper.given("Falls due", "count", whole(self._happens(clause).astype(np.int64)))
        return paper.computed("Accrued", kind, times(amount, Same(happens)), total=True)

    def _amounts(self, clause: FixedClause, paper: Paper) -> tuple[Formula, list[PaperColumn | None]]:
        """The amount, and for each of its terms the rows that they rule (None for all)."""
        versions = self._versions(clause)
        amounts: list[Formula] = []
        rules: list[PaperColumn | None] = []
        for number, (each, ruled) in enumerate(versions, start=1):
            assert isinstance(each, FixedClause)
            told = f", terms {number}" if len(versions) > 1 else ""
            quantity = Ratio(each.quantity, 1 if clause.counted else 100)
            amount = self._term(clause, f"amount{told}", _pays(clause), quantity)
            flag = None
            if ruled is not None:
                flag = paper.given(f"Under terms {number}", "count", whole(ruled.astype(np.int64)), "")
            rules.append(flag)
            amounts.append(amount if flag is None else times(amount, Same(flag)))
        if len(amounts) == 1:
            return amounts[0], rules
        return Same(paper.computed("Amount", _pays(clause), added(amounts))), rules

    def _acting(
        self, clause: FixedClause, figure: Formula, rules: Sequence[PaperColumn | None], always: bool
    ) -> Formula:
        """A measure on the lines that bring a fixed amount; `always` under the latest terms, whichever rule the row."""
        versions = self._versions(clause)
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

    # ---- expenses ----------------------------------------------------------------------------------------------------

    def _reimbursed(self, clause: Reimbursement, paper: Paper) -> PaperColumn:
        self._only_version(clause)
        rows, expenses = self.lines.rows, self.lines.workings.expenses
        spent = [
            expenses[number].amount if number >= 0 and expenses[number].clause == clause.id else 0
            for number in rows.expense.tolist()
        ]
        amounts = paper.given("Expense", "money", whole(spent, 100))
        opening, _ = self._opening(clause)
        if clause.limits or clause.approved != "count as others":
            return self._by_limits(clause, paper, amounts, opening)
        kept = self._limited(clause, paper, amounts, opening, "")
        return kept if kept is not amounts else paper.computed("Accrued", "money", Same(amounts), total=True)

    def _by_limits(self, clause: Reimbursement, paper: Paper, amounts: PaperColumn, opening: Ratio) -> PaperColumn:
        """Expenses paid back up to every limit that holds for each: of all, of its category, of its month."""
        rows, expenses = self.lines.rows, self.lines.workings.expenses
        milestones = self.lines.workings.measures.milestones
        mine = [
            expenses[number] if number >= 0 and expenses[number].clause == clause.id else None
            for number in rows.expense.tolist()
        ]
        limits: list[tuple[int, ExpenseLimit | None]] = []
        if clause.limit is not None:
            limits.append((clause.limit.amount, None))
        limits += [(limit.amount, limit) for limit in clause.limits]
        windows: dict[object, int] = {}
        kept: list[tuple[Term, PaperColumn, PaperColumn]] = []
        paid = PaperColumn(paper, "Accrued", "money", total=True)
        for number, (most_, limit) in enumerate(limits, start=1):
            words = "limit of all" if limit is None else f"limit {number}: {limit_words(limit)}"
            term = self._term(clause, words, "money", Ratio(most_, 100))
            held = []
            for expense in mine:
                beyond = expense is not None and clause.approved == "are beyond the limits" and expense.approved_by
                applies = expense is not None and not beyond
                if applies and limit is not None:
                    assert expense is not None
                    applies = holds_for(limit, expense, milestones)
                window = (number, window_of(limit, expense) if limit is not None and expense is not None else None)
                held.append(windows.setdefault(window, len(windows) + 1) if applies else 0)
            key = paper.given(f"Counts toward {words}", "count", whole(held), "")
            used = NOTHING
            if limit is None and opening and clause.limit is not None and clause.limit.earlier == "counts":
                used = self._term(clause, "paid back before these records", "money", opening)  # type: ignore[assignment]
            room = Room(Same(amounts), term, key, paid, used)
            kept.append((term, key, paper.pending(f"Room under {words}", "money", room)))
        rooms = [column for _, _, column in kept]
        paid.formula = least(Same(amounts), *(Same(column) for column in rooms))
        paper.columns.append(paid)
        _pay_in_order(amounts, kept, paid)
        return paid

    # ---- minimums ----------------------------------------------------------------------------------------------------

    def _to_minimum(self, clause: Minimum, paper: Paper) -> PaperColumn:
        self._only_version(clause)
        rows, workings = self.lines.rows, self.lines.workings
        amount = self._term(clause, "minimum", "money", Ratio(clause.amount, 100))
        figure = added([Same(self.accrued[name]) for name in clause.of])
        if clause.tested == "each closing":
            within = paper.given("In a closing", "count", whole((rows.closing >= 0).astype(np.int64)), "")
            counted = paper.computed("Fees", "money", times(figure, Same(within)))
            gross = paper.computed("Gross", "money", Same(self.lines.measure("gross proceeds")))
            after = self._within(Same(counted), paper, "money", "Fees of the closing to date", "closing")
            proceeds = self._within(Same(gross), paper, "money", "Gross of the closing to date", "closing")
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
        to_date: Formula = Same(self._within(Same(counted), paper, "money", "Fees to date", None))
        openings = sum(workings.opening(c)[0] for c in workings.agreement.as_amended().clauses if c.id in clause.of)
        if openings:
            to_date = plus(to_date, self._term(clause, "fees before these records", "money", Ratio(openings, 100)))
        missing = paper.computed("Missing to date", "money", times(most(NOTHING, minus(amount, to_date)), Same(since)))
        opening, _ = self._opening(clause)
        if earlier and opening:
            raise NotLive("it was tested before these records")
        return paper.computed("Accrued", "money", minus(Same(missing), Above(missing)), total=True)

    # ---- securities in lieu ------------------------------------------------------------------------------------------

    def _in_lieu(self, clause: SecuritiesInLieu, paper: Paper) -> PaperColumn:
        self._only_version(clause)
        cash = self.accrued[clause.of]
        replaced = self.lines.agreement.as_amended().clause(clause.of)
        assert replaced is not None
        decimals = self._decimals(clause)
        opening, _ = self._opening(replaced)
        top = self._term(clause, "part taken: so many", "count", Ratio(clause.part.numerator))
        bottom = self._term(clause, "part taken: of so many", "count", Ratio(clause.part.denominator))
        after: Formula = Same(self._within(Same(cash), paper, "money", "Cash to date", None))
        if opening:
            after = plus(after, self._term(clause, "cash before these records", "money", opening))
        ends = [
            Rounded(Rounded(over(times(each, top), bottom), decimals), 2, "down")
            for each in (after, minus(after, Same(cash)))
        ]
        part = paper.computed("Cash replaced", "money", minus(*ends), total=True)
        scope = None if clause.rounding.over == "agreement" else clause.rounding.over
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
            whole_ = self._within(Same(part), paper, "money", "Replaced to date", scope)
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
            return self._term(clause, "deemed price", "price", clause.deemed_price.ratio)
        column = self.lines.rows.measures.price(clause.deemed_price)
        codes = self.lines.rows.coded(column.codes).tolist()
        values = ratios([column.prices[code].ratio if code >= 0 else Ratio(0) for code in codes])
        return Same(paper.given("Deemed price", "price", values))

    # ---- limits over several clauses ---------------------------------------------------------------------------------

    def give_way(self, limit: TotalLimit) -> None:
        """The paper of a limit over several clauses; those that give way accrue what it leaves. Raises `NotLive`."""
        agreement, rows = self.lines.agreement, self.lines.rows
        members = [name for name in limit.clauses if name in self.accrued]
        clauses = {name: agreement.as_amended().clause(name) for name in members}
        yielding = [clauses[name] for name in limit.gives_way if name in members]
        if any(clause is None or clause.counted for clause in yielding):
            raise NotLive("securities give way to it")
        paper = self.lines.paper_for(
            f"limit {limit.id}", f"{agreement.id}, limit {limit.id} over " + ", ".join(members)
        )
        scope = "closing" if limit.over == "closing" else None
        bound = None
        if scope is not None:
            bound = paper.given("In a closing", "count", whole((rows.closing >= 0).astype(np.int64)), "")

        values = {value.clause: value.each.ratio for value in limit.values}

        def opening(name: str) -> Ratio:
            clause = clauses[name]
            assert clause is not None
            return Ratio(0) if scope is not None else self._opening(clause)[0] * values.get(name, Ratio(1))

        def term(words: str, kind: Kind, value: Ratio) -> Term:
            return self.lines.terms.term(agreement.id, f"limit {limit.id}", words, kind, value)

        def on(figure: Formula) -> Formula:
            return figure if bound is None else times(figure, Same(bound))

        allowed = self._allowed(limit, paper, on, scope, term)
        kept = [name for name in members if name not in limit.gives_way]
        before: Formula
        after: Formula
        if kept:
            parts = [self._worth(name, values, term) for name in kept]
            total = paper.computed("Kept whole", "number" if values else "money", on(added(parts)))
            after = Same(self._within(Same(total), paper, "money", "Kept whole to date", scope))
            start = sum((opening(name) for name in kept), Ratio(0))
            after = plus(after, term("kept whole, before these records", "price", start)) if start else after
            before = minus(after, Same(total))
            if values:  # what is not whole cents uses up the whole cent
                before, after = (Rounded(each, 2, "up") for each in (before, after))
        else:
            after = before = NOTHING
        cap_after = paper.computed("Limit after", "money", most(allowed[1], after))
        cap_before = paper.computed("Limit before", "money", most(allowed[0], before))
        for name in (name for name in reversed(limit.gives_way) if name in members):
            own = paper.computed(f"{name}: alone", "money", on(Same(self.accrued[name])))
            next_after: Formula = Same(self._within(Same(own), paper, "money", f"{name}: to date", scope))
            start = opening(name)
            next_after = (
                plus(next_after, term(f"{name}, before these records", "money", start)) if start else next_after
            )
            next_before = minus(next_after, Same(own))
            up_to_after = paper.computed(f"With {name}, after", "money", plus(after, next_after))
            up_to_before = paper.computed(f"With {name}, before", "money", plus(before, next_before))
            left = minus(least(Same(up_to_after), Same(cap_after)), least(after, Same(cap_after)))
            left_before = minus(least(Same(up_to_before), Same(cap_before)), least(before, Same(cap_before)))
            figure = minus(left, left_before)
            if bound is not None:
                figure = plus(figure, minus(Same(self.accrued[name]), Same(own)))
            self.accrued[name] = paper.computed(f"{name}: accrued", "money", figure, total=True)
            after, before = Same(up_to_after), Same(up_to_before)
        self.papers.append(paper)

    def _worth(self, name: str, values: dict[str, Ratio], term: TermOf) -> Formula:
        """What a clause accrues, in money: securities at their value."""
        if name not in values:
            return Same(self.accrued[name])
        return times(Same(self.accrued[name]), term(f"{name}: value of each", "price", values[name]))

    def _allowed(
        self, limit: TotalLimit, paper: Paper, on: Callable[[Formula], Formula], scope: str | None, term: TermOf
    ) -> tuple[Formula, Formula]:
        """What the limit allows before and after each row."""
        if limit.amount is not None:
            amount = term("limit", "money", Ratio(limit.amount, 100))
            return amount, amount
        assert limit.rate is not None and limit.of is not None
        rate = term("rate", "rate", limit.rate)
        decimals = self.lines.terms.decimals(
            self.lines.agreement.id, f"limit {limit.id}", min(self.decimals.values(), default=6)
        )
        proceeds = paper.computed("Base of the limit", "money", on(Same(self.lines.measure(limit.of))))
        after: Formula = Same(self._within(Same(proceeds), paper, "money", "Base of the limit to date", scope))
        clauses = [self.lines.agreement.as_amended().clause(name) for name in limit.clauses if name in self.accrued]
        started = [self._opening(c)[1] for c in clauses if c is not None and not base_counts(self.lines.agreement, c)]
        start = max(started, default=Ratio(0)) if scope is None else Ratio(0)
        after = plus(after, term("base before these records", "money", start)) if start else after
        ends = [
            Rounded(Rounded(times(each, rate), decimals), 2, "down") for each in (minus(after, Same(proceeds)), after)
        ]
        return ends[0], ends[1]


def _pays(clause: Clause) -> Kind:
    """The kind of what a clause brings."""
    return "count" if clause.counted else "money"


def _pay_in_order(
    amounts: PaperColumn, limits: Sequence[tuple[Term, PaperColumn, PaperColumn]], paid: PaperColumn
) -> None:
    """Fill in what is paid back of each expense in turn, and the room under each limit before it: each row of the one
    rests on the rows above of the other.
    """
    count = len(amounts.values)
    used: dict[tuple[int, int], int] = {}
    rooms = np.zeros((len(limits), count), dtype=np.int64)
    cents = np.zeros(count, dtype=np.int64)
    for row in range(count):
        amount = int(amounts.values.num[row])
        for number, (term, key, room) in enumerate(limits):
            window = int(key.values.num[row])
            assert isinstance(room.formula, Room)
            before = int(room.formula.opening.value().total() * 100)
            left = int(term.ratio * 100) - before - used.get((number, window), 0)
            rooms[number, row] = max(0, left) if window else amount
        cents[row] = min([amount, *rooms[:, row].tolist()])
        for number, (_, key, _) in enumerate(limits):
            window_ = (number, int(key.values.num[row]))
            used[window_] = used.get(window_, 0) + int(cents[row])
    for number, (_, _, room) in enumerate(limits):
        room.values = whole(rooms[number], 100)
    paid.values = whole(cents, 100)
