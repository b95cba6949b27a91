"""An agreement's payouts as a paper: at each closing what accrued, what is credited against it, and who is paid what.

Its rows are the moments at which something accrues: closings, days, expenses. Advances are credited and parts are cut
on running totals, as in `settlement`, so that a row brings the difference.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from attrs import define, field, frozen

from feecalc.clauses import Advance, AnyClause, Clause, FixedFee
from feecalc.dates import NEVER, day_number
from feecalc.ledger import Source
from feecalc.money import Ratio
from feecalc.rows import ENDED, NONE, TRIGGERED
from feecalc.settlement import due_day, return_day
from feecalc.totals import Ints, Mask
from feecalc.workpapers.clause_papers import ClausePapers
from feecalc.workpapers.formulas import (
    HEADER,
    NOTHING,
    Above,
    Carried,
    Chosen,
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Pick,
    Rounded,
    Running,
    Same,
    Term,
    added,
    least,
    minus,
    most,
    over,
    plus,
    times,
    whole,
)


@frozen(eq=False)
class Moments:
    """When something accrues, in order: day, stage of the day, rank of the closing (NONE without one)."""

    day: Ints
    stage: Ints
    rank: Ints
    last: Ints  # how many rows of the agreement have come by then

    def __len__(self) -> int:
        return len(self.day)

    def place(self) -> dict[tuple[int, int, int], int]:
        return {key: n for n, key in enumerate(zip(self.day.tolist(), self.stage.tolist(), self.rank.tolist()))}


def moments_of(papers: ClausePapers, sources: Sequence[Source]) -> Moments:
    """The moments of an agreement's rows, and those of its advances' own movements."""
    rows = papers.lines.rows
    keys = dict.fromkeys(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()), 0)
    for source in sources:
        if source.advanced is not None:
            for day, amount in zip(source.advanced.day.tolist(), source.advanced.accrued.tolist()):
                keys[(day, ENDED if amount < 0 else TRIGGERED, NONE)] = 0
            end = _end(source)
            if end is not None:
                keys[(end, ENDED, NONE)] = 0
    order = sorted(keys)
    own = sorted(zip(rows.day.tolist(), rows.stage.tolist(), _rank(papers).tolist()))
    last = np.array([_count_through(own, key) for key in order], dtype=np.int64)
    day, stage, rank = np.array(order, dtype=np.int64).T if order else np.zeros((3, 0), dtype=np.int64)
    return Moments(day, stage, rank, last)


def _rank(papers: ClausePapers) -> Ints:
    """The rank of each row's closing, NONE for rows without lines."""
    rows = papers.lines.rows
    return np.where(rows.has_lines, rows.rank, NONE).astype(np.int64)


def _count_through(keys: list[tuple[int, int, int]], key: tuple[int, int, int]) -> int:
    return bisect.bisect_right(keys, key)


def _end(source: Source) -> int | None:
    """The day after which nothing more of an advance is earned, if it has come by the day of the ledger."""
    advanced = source.advanced
    assert advanced is not None
    end = return_day(advanced.clause, source.milestones)
    return day_number(end) if end is not None else None


@define(eq=False)
class Payouts:
    """The payouts of one agreement. `payable` holds for each clause and payee the column of what is payable."""

    papers: ClausePapers
    sources: tuple[Source, ...]
    entries: pd.DataFrame
    as_of: int
    moments: Moments = field(init=False)
    paper: Paper = field(init=False)
    payable: dict[tuple[str, str], PaperColumn] = field(factory=dict)
    not_live: list[tuple[str, str]] = field(factory=list)
    accrued: dict[str, PaperColumn] = field(factory=dict)
    _to_date: dict[str, PaperColumn] = field(factory=dict)
    _taken: dict[str, PaperColumn] = field(factory=dict)
    _recouped: dict[str, list[PaperColumn]] = field(factory=dict)

    def draw(self) -> None:
        """Draw up the paper. Every figure that could not be put into formulas, or would differ, is put in and told."""
        lines = self.papers.lines
        agreement = lines.agreement.as_amended()
        self.moments = moments_of(self.papers, self.sources)
        self.paper = Paper(
            f"{agreement.id} payouts",
            f"{agreement.id}: what accrued at each closing, and who is paid what of it",
            f"{agreement.id} payouts",
            len(self.moments),
            (),
            freeze=2,
        )
        names = dict(zip(lines.rows.rank.tolist(), lines.rows.closing.tolist()))
        words = lines.workings.measures.table.closing.words
        self.paper.text(
            "Closing", [words[names[rank]] if rank != NONE else "(no closing)" for rank in self.moments.rank.tolist()]
        )
        self.paper.dates("Date", self.moments.day.tolist())
        pointer = self.paper.given("Last row by then", "count", whole(self.moments.last + HEADER), "")
        clauses = [clause for clause in agreement.clauses if clause.id in self.papers.accrued]
        for clause in clauses:
            column = self.papers.accrued[clause.id]
            self._to_date[clause.id], self.accrued[clause.id] = self._drawn(clause.id, column, pointer, "accrued")
        for name, column in self.papers.taken.items():
            self._taken[name] = self._drawn(name, column, pointer, "taken in securities")[1]
        for clause in agreement.clauses:
            if isinstance(clause, FixedFee) and clause.credited_against and clause.id in self.accrued:
                self._guarded(clause, clause.credited_against, lambda c=clause: self._credited(c))  # type: ignore[misc]
            if isinstance(clause, Advance):
                source = next((s for s in self.sources if s.clause.id == clause.id and s.advanced is not None), None)
                if source is not None:
                    self._advance(clause, source)
        for clause in clauses:
            source = next(s for s in self.sources if s.clause.id == clause.id and s.accrual is not None)
            self._paid(clause, source)

    def _drawn(
        self, name: str, column: PaperColumn, pointer: PaperColumn, words: str
    ) -> tuple[PaperColumn, PaperColumn]:
        """What a column of the agreement's rows comes to by each moment, and what each moment brings."""
        digits = 2 if column.kind == "money" else 0
        running = Running(Same(column), digits, column.paper.rows)  # type: ignore[arg-type]
        down = column.paper.computed(f"{column.header} to date", column.kind, running)
        to_date = self.paper.computed(f"{name}: {words} to date", column.kind, Pick(down, pointer))
        return to_date, self.paper.computed(
            f"{name}: {words}", column.kind, minus(Same(to_date), Above(to_date)), total=True
        )

    def to_date(self, clause: str) -> PaperColumn:
        """What accrued under a clause by each moment of these records."""
        return self._to_date[clause]

    def recouped_for(self, advance: str) -> list[PaperColumn]:
        """What is recouped for an advance, from each clause."""
        return [c for columns in self._recouped.values() for c in columns if c.header.endswith(f"for {advance}")]

    def less(self, clause: str) -> list[PaperColumn]:
        """What is not payable of what accrued under a clause: credited, or taken in securities."""
        taken = [self._taken[clause]] if clause in self._taken else []
        return [*self._recouped.get(clause, []), *taken]

    # ---- what the ledger has, for comparison -------------------------------------------------------------------------

    def _by_moment(self, source: Source, amounts: Ints) -> Ints:
        """Amounts of a source's accruals at each moment."""
        accrual = source.accrual
        assert accrual is not None
        place = self.moments.place()
        found = np.zeros(len(self.moments), dtype=np.int64)
        on_lines = accrual.groups.counts() > 0 if accrual.groups is not None else np.zeros(len(accrual), dtype=bool)
        for day, stage, rank, lines, amount in zip(
            accrual.day.tolist(), accrual.stage.tolist(), accrual.rank.tolist(), on_lines.tolist(), amounts.tolist()
        ):
            found[place[(day, stage, rank if lines else NONE)]] += amount
        return found

    def _entries_by_moment(self, index: int, payee: str) -> Ints:
        """What the ledger has payable to a payee under a source at each moment."""
        place = self.moments.place()
        e = self.entries
        mine = e[(e["source"] == index) & (e["payee"] == payee) & ~e["lapses"].astype(bool)]
        found = np.zeros(len(self.moments), dtype=np.int64)
        for day, stage, rank, payable in zip(
            mine["accrued_on"].tolist(), mine["stage"].tolist(), mine["rank"].tolist(), mine["payable"].tolist()
        ):
            key = (day, stage, rank)
            found[place[key if key in place else (day, stage, NONE)]] += payable
        return found

    def _same(self, column: PaperColumn, amounts: Ints) -> bool:
        values = column.values
        scale = 1 if column.kind == "count" else 100
        return bool(np.array_equal(values.num * scale, amounts * values.den))

    # ---- what is credited --------------------------------------------------------------------------------------------

    def _open(self, name: str) -> Formula:
        """What is open of a clause: accrued, less what is taken in securities, less what is credited already."""
        figure: Formula = Same(self.accrued[name])
        if name in self._taken:
            figure = minus(figure, Same(self._taken[name]))
        for column in self._recouped.get(name, []):
            figure = minus(figure, Same(column))
        return figure

    def _guarded(self, clause: Clause, credited: Sequence[str], draw: Callable[[], None]) -> None:
        try:
            draw()
        except NotLive as reason:
            self.not_live.append((clause.id, reason.reason))

    def _flag(self, header: str, holds: Mask) -> PaperColumn:
        return self.paper.given(header, "count", whole(holds.astype(np.int64)), "")

    def _term(self, clause: Clause, words: str, kind: Kind, value: Ratio) -> Term:
        return self.papers.lines.terms.term(self.papers.lines.agreement.id, clause.id, words, kind, value)

    def _credited(self, clause: FixedFee) -> None:
        """A fixed fee credited against what accrues under one clause, as far as it has been earned by the day."""
        names = [name for name in clause.credited_against if name in self.accrued]
        if len(names) != 1:
            raise NotLive("a fixed fee is credited against several clauses")
        (name,) = names
        own = self.accrued[clause.id]
        day_end = np.searchsorted(self.moments.day, self.moments.day, side="right") + HEADER
        pointer = self.paper.given(f"{clause.id}: last row of the day", "count", whole(day_end), "")
        open_ = self.paper.computed(f"{clause.id}: open of {name}", "money", self._open(name))
        earned = self.paper.computed(f"{clause.id}: {name} to date", "money", Running(Same(open_), 2, self.paper.rows))
        paid = self.paper.computed(f"{clause.id}: paid by the day", "money", Pick(self._to_date[clause.id], pointer))
        figure = least(most(Same(earned), NOTHING), Same(paid))
        to_date = self.paper.computed(
            f"{clause.id}: credited to date", "money", Carried(Same(open_), figure, self.paper.rows)
        )
        column = self.paper.computed(
            f"{name}: credited for {clause.id}", "money", minus(Same(to_date), Above(to_date)), total=True
        )
        assert own is not None
        self._recouped.setdefault(name, []).append(column)

    def _advance(self, clause: Advance, source: Source) -> None:
        """An advance: what of it is recouped from each clause, what is paid ahead and what is returned."""
        advanced = source.advanced
        assert advanced is not None
        names = [name for name in clause.credited_against if name in self.accrued]
        due = _due(source)
        amount_cents = advanced.opening or int(clause.amount)
        amount = self._term(clause, "advance", "money", Ratio(amount_cents, 100))
        start: Formula = NOTHING
        if advanced.opening_recouped:
            start = self._term(clause, "recouped before these records", "money", Ratio(advanced.opening_recouped, 100))
        counts = self._flag(f"{clause.id}: due by then", self.moments.day >= due)
        opens = [
            self.paper.computed(f"{clause.id}: open of {name}", "money", times(self._open(name), Same(counts)))
            for name in names
        ]
        end = _end(source)
        end = end if end is not None and end <= self.as_of else None
        to_date = self.paper.computed(
            f"{clause.id}: earned to date", "money", Running(added([Same(x) for x in opens]), 2, self.paper.rows)
        )
        earned = plus(Same(to_date), start) if start is not NOTHING else Same(to_date)
        most_: Formula = amount
        if end is not None:
            at_end = int(np.searchsorted(self.moments.day, end, side="right"))
            pointer = self.paper.given(
                f"{clause.id}: last row of the term", "count", whole(np.full(len(self.moments), at_end + HEADER)), ""
            )
            then = plus(Pick(to_date, pointer), start) if start is not NOTHING else Pick(to_date, pointer)
            kept = self.paper.computed(f"{clause.id}: earned in the term", "money", least(amount, most(then, NOTHING)))
            within = self._flag(f"{clause.id}: within the term", self.moments.day <= end)
            most_ = Same(
                self.paper.computed(f"{clause.id}: most recouped", "money", Chosen(Same(within), amount, Same(kept)))
            )
        for name, column in zip(names, self._shares_of(clause, names, opens, earned, most_), strict=True):
            self._recouped.setdefault(name, []).append(column)
        taken = [self._recouped[name][-1] for name in names]
        self._own_movements(clause, source, amount, taken, start, end)

    def _shares_of(
        self, clause: Advance, names: Sequence[str], opens: Sequence[PaperColumn], earned: Formula, most_: Formula
    ) -> list[PaperColumn]:
        """What is recouped from each clause: what is taken back first and in the opposite order, then the rest."""

        def held(figure: Formula) -> Formula:
            return least(most(figure, NOTHING), most_)

        if len(opens) == 1:
            before = minus(earned, Same(opens[0]))
            figure = minus(held(earned), held(before))
            return [self.paper.computed(f"{names[0]}: recouped for {clause.id}", "money", figure, total=True)]
        begins = self.paper.computed(
            f"{clause.id}: before the row", "money", minus(earned, added([Same(x) for x in opens]))
        )
        found: list[PaperColumn] = []
        point = Same(begins)
        back: list[PaperColumn] = []
        for place in reversed(range(len(opens))):
            negative = least(Same(opens[place]), NOTHING)
            after = self.paper.computed(
                f"{clause.id}: after what {names[place]} takes back", "money", plus(point, negative)
            )
            back.insert(
                0,
                self.paper.computed(
                    f"{names[place]}: taken back for {clause.id}", "money", minus(held(Same(after)), held(point))
                ),
            )
            point = Same(after)
        for place, name in enumerate(names):
            positive = most(Same(opens[place]), NOTHING)
            after = self.paper.computed(f"{clause.id}: after {name}", "money", plus(point, positive))
            figure = plus(minus(held(Same(after)), held(point)), Same(back[place]))
            found.append(self.paper.computed(f"{name}: recouped for {clause.id}", "money", figure, total=True))
            point = Same(after)
        return found

    def _own_movements(
        self,
        clause: Advance,
        source: Source,
        amount: Term,
        taken: Sequence[PaperColumn],
        start: Formula,
        end: int | None,
    ) -> None:
        """The advance's own payments: paid ahead when due, returned after the end."""
        advanced = source.advanced
        assert advanced is not None
        own = [plus_ for plus_ in advanced.accrued.tolist() if plus_ > 0]
        pays = (self.moments.day == _due(source)) & (self.moments.stage == TRIGGERED) & (self.moments.rank == NONE)
        figure: Formula = times(amount, Same(self._flag(f"{clause.id}: falls due", pays & bool(own))))
        if end is not None:
            spent = self._term(clause, "expenses kept", "money", Ratio(advanced.expensed, 100))
            recouped = self.paper.computed(
                f"{clause.id}: recouped to date", "money", Running(added([Same(x) for x in taken]), 2, self.paper.rows)
            )
            past = (self.moments.day > end) | ((self.moments.day == end) & (self.moments.stage == ENDED))
            ended = self._flag(f"{clause.id}: term ended", past)
            so_far = plus(Same(recouped), start) if start is not NOTHING else Same(recouped)
            back = times(most(NOTHING, minus(minus(amount, spent), so_far)), Same(ended))
            returned = self.paper.computed(f"{clause.id}: returned to date", "money", back)
            figure = minus(figure, minus(Same(returned), Above(returned)))
        column = self.paper.computed(f"{clause.id}: paid ahead, less returned", "money", figure, total=True)
        self.accrued[clause.id] = column
        self._to_payees(clause, column, Ratio(advanced.opening, 100), self.sources.index(source), None, None)

    # ---- who is paid what --------------------------------------------------------------------------------------------

    def _paid(self, clause: AnyClause, source: Source) -> None:
        """The payees' parts of what accrued under a clause, less what is credited and taken in securities."""
        accrual = source.accrual
        assert accrual is not None
        opening = Ratio(accrual.opening, 1 if clause.counted else 100)
        recouped = None
        if self._recouped.get(clause.id):
            columns = self._recouped[clause.id]
            recouped = columns[0]
            if len(columns) > 1:
                figure = added([Same(column) for column in columns])
                recouped = self.paper.computed(f"{clause.id}: credited in all", "money", figure, total=True)
        self._to_payees(clause, self.accrued[clause.id], opening, self.sources.index(source), recouped, source)

    def _to_payees(
        self,
        clause: Clause,
        column: PaperColumn,
        opening: Ratio,
        index: int,
        recouped: PaperColumn | None,
        source: Source | None,
    ) -> None:
        shares = self.papers.lines.agreement.as_amended().shares(clause)
        for share in shares:
            expected = self._entries_by_moment(index, share.payee)
            try:
                paid = self._part(clause, column, opening, share.payee, recouped, source, index)
                if not self._same(paid, expected):
                    raise NotLive("what is held, instalments or parts of it are not put into formulas")
            except NotLive as reason:
                self.not_live.append((clause.id, reason.reason))
                values = whole(expected, 1 if clause.counted else 100)
                header = f"{clause.id}: payable to {share.payee}, put in"
                paid = self.paper.given(header, column.kind, values, "")
                paid.total = True
            self.payable[(clause.id, share.payee)] = paid

    def _part(
        self,
        clause: Clause,
        column: PaperColumn,
        opening: Ratio,
        payee: str,
        recouped: PaperColumn | None,
        source: Source | None,
        index: int,
    ) -> PaperColumn:
        """The column of what is payable to one payee of a clause."""
        if source is not None and isinstance(getattr(clause, "due", ""), tuple):
            raise NotLive("it is due in instalments")
        shares = self.papers.lines.agreement.as_amended().shares(clause)
        pieces = [(column, opening, "")]
        if recouped is not None:
            pieces.append((recouped, Ratio(0), "recouped "))
        if clause.id in self._taken:
            pieces.append((self._taken[clause.id], Ratio(0), "in securities "))
        figures: list[Formula] = [
            Same(piece) if len(shares) == 1 else Same(self._cut(clause, piece, start, payee, words))
            for piece, start, words in pieces
        ]
        figure = figures[0]
        for other in figures[1:]:
            figure = minus(figure, other)
        held = self._held(index)
        if held.any():
            figure = times(figure, Same(self._flag(f"{clause.id}: not held", ~held)))
        return self.paper.computed(f"{clause.id}: payable to {payee}", column.kind, figure, total=True)

    def _held(self, index: int) -> Mask:
        """At which moments what accrued is held: it waits for something that has not happened."""
        e = self.entries
        waits = e[(e["source"] == index) & (e["payable_on"] == NEVER)]
        place = self.moments.place()
        found = np.zeros(len(self.moments), dtype=bool)
        for day, stage, rank in zip(waits["accrued_on"].tolist(), waits["stage"].tolist(), waits["rank"].tolist()):
            key = (day, stage, rank)
            if key in place or (day, stage, NONE) in place:
                found[place[key if key in place else (day, stage, NONE)]] = True
        return found

    def _cut(self, clause: Clause, column: PaperColumn, opening: Ratio, payee: str, words: str) -> PaperColumn:
        """One payee's part of a column: the floor of its share of the running total, or the rest for the odd unit."""
        header = f"{clause.id}: {words}part of"
        known = self._named(f"{header} {payee}")
        if known is not None:
            return known
        agreement = self.papers.lines.agreement.as_amended()
        shares = agreement.shares(clause)
        to_date = self._named(f"{clause.id}: {words}to date, to be cut")
        digits = 2 if column.kind == "money" else 0
        if to_date is None:
            to_date = self.paper.computed(
                f"{clause.id}: {words}to date, to be cut",
                column.kind,
                Running(Same(column), digits, self.paper.rows),  # type: ignore[arg-type]
            )
        others = [share for share in shares if share.payee != clause.odd_unit]
        if payee == clause.odd_unit:
            rest = [Same(self._cut(clause, column, opening, share.payee, words)) for share in others]
            figure: Formula = Same(column)
            for other in rest:
                figure = minus(figure, other)
            return self.paper.computed(f"{header} {payee}", column.kind, figure)
        share = next(share for share in others if share.payee == payee)
        top = self._term(clause, f"{payee}: so many parts", "count", Ratio(share.share.numerator))
        bottom = self._term(clause, f"{payee}: of so many", "count", Ratio(share.share.denominator))
        decimals = self.papers.lines.terms.decimals(agreement.id, clause.id, self.papers.decimals[clause.id])

        def floor(figure: Formula) -> Formula:
            return Rounded(Rounded(over(times(figure, top), bottom), decimals), digits, "down")  # type: ignore[arg-type]

        total: Formula = Same(to_date)
        if opening:
            total = plus(total, self._term(clause, f"{words}before these records", column.kind, opening))
        running = self.paper.computed(f"{header} {payee} to date", column.kind, floor(total))
        part = minus(Same(running), Above(running))
        if opening:
            first = self._flag_first()
            part = minus(part, times(floor(total.right), Same(first)))  # type: ignore[union-attr]
        return self.paper.computed(f"{header} {payee}", column.kind, part)

    def _flag_first(self) -> PaperColumn:
        known = self._named("First row")
        return known or self._flag("First row", np.arange(len(self.moments)) == 0)

    def _named(self, header: str) -> PaperColumn | None:
        return next((column for column in self.paper.columns if column.header == header), None)


def _due(source: Source) -> int:
    assert source.advanced is not None
    return due_day(source.advanced.clause, source.milestones)
