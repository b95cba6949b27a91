"""Limits over several clauses as papers: what those that give way still accrue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from feecalc.agreement import TotalLimit
from feecalc.money import Ratio
from feecalc.openings import base_counts
from feecalc.workpapers.agreement_papers import AgreementPapers
from feecalc.workpapers.formulas import (
    NOTHING,
    Formula,
    Kind,
    NotLive,
    Paper,
    Rounded,
    Same,
    Term,
    added,
    least,
    minus,
    most,
    plus,
    times,
    whole,
)

TermOf: TypeAlias = Callable[[str, Kind, Ratio], Term]


def give_way(drawn: AgreementPapers, limit: TotalLimit) -> None:
    """The paper of a limit over several clauses; those that give way accrue what it leaves. Raises `NotLive`."""
    agreement, rows = drawn.lines.agreement, drawn.lines.rows
    members = [name for name in limit.clauses if name in drawn.accrued]
    clauses = {name: agreement.as_amended().clause(name) for name in members}
    yielding = [clauses[name] for name in limit.gives_way if name in members]
    if any(clause is None or clause.counted for clause in yielding):
        raise NotLive("securities give way to it")
    paper = drawn.lines.paper_for(f"limit {limit.id}", f"{agreement.id}, limit {limit.id} over " + ", ".join(members))
    scope = "closing" if limit.over == "closing" else None
    bound = None
    if scope is not None:
        bound = paper.given("In a closing", "count", whole((rows.closing >= 0).astype(np.int64)), "")

    values = {value.clause: value.each.ratio for value in limit.values}

    def opening(name: str) -> Ratio:
        clause = clauses[name]
        assert clause is not None
        return Ratio(0) if scope is not None else drawn.opening(clause)[0] * values.get(name, Ratio(1))

    def term(words: str, kind: Kind, value: Ratio) -> Term:
        return drawn.lines.terms.term(agreement.id, f"limit {limit.id}", words, kind, value)

    def on(figure: Formula) -> Formula:
        return figure if bound is None else times(figure, Same(bound))

    allowed = _allowed(drawn, limit, paper, on, scope, term)
    kept = [name for name in members if name not in limit.gives_way]
    before: Formula
    after: Formula
    if kept:
        parts = [_worth(drawn, name, values, term) for name in kept]
        total = paper.computed("Kept whole", "number" if values else "money", on(added(parts)))
        after = Same(drawn.within(Same(total), paper, "money", "Kept whole to date", scope))
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
        own = paper.computed(f"{name}: alone", "money", on(Same(drawn.accrued[name])))
        next_after: Formula = Same(drawn.within(Same(own), paper, "money", f"{name}: to date", scope))
        start = opening(name)
        next_after = plus(next_after, term(f"{name}, before these records", "money", start)) if start else next_after
        next_before = minus(next_after, Same(own))
        up_to_after = paper.computed(f"With {name}, after", "money", plus(after, next_after))
        up_to_before = paper.computed(f"With {name}, before", "money", plus(before, next_before))
        left = minus(least(Same(up_to_after), Same(cap_after)), least(after, Same(cap_after)))
        left_before = minus(least(Same(up_to_before), Same(cap_before)), least(before, Same(cap_before)))
        figure = minus(left, left_before)
        if bound is not None:
            figure = plus(figure, minus(Same(drawn.accrued[name]), Same(own)))
        drawn.accrued[name] = paper.computed(f"{name}: accrued", "money", figure, total=True)
        after, before = Same(up_to_after), Same(up_to_before)
    drawn.papers.append(paper)


def _worth(drawn: AgreementPapers, name: str, values: dict[str, Ratio], term: TermOf) -> Formula:
    """What a clause accrues, in money: securities at their value."""
    if name not in values:
        return Same(drawn.accrued[name])
    return times(Same(drawn.accrued[name]), term(f"{name}: value of each", "price", values[name]))


def _allowed(
    drawn: AgreementPapers,
    limit: TotalLimit,
    paper: Paper,
    on: Callable[[Formula], Formula],
    scope: str | None,
    term: TermOf,
) -> tuple[Formula, Formula]:
    """What the limit allows before and after each row."""
    if limit.amount is not None:
        amount = term("limit", "money", Ratio(limit.amount, 100))
        return amount, amount
    assert limit.rate is not None and limit.of is not None
    rate = term("rate", "rate", limit.rate)
    decimals = drawn.lines.terms.decimals(
        drawn.lines.agreement.id, f"limit {limit.id}", min(drawn.decimals.values(), default=6)
    )
    proceeds = paper.computed("Base of the limit", "money", on(Same(drawn.lines.measure(limit.of))))
    after: Formula = Same(drawn.within(Same(proceeds), paper, "money", "Base of the limit to date", scope))
    clauses = [drawn.lines.agreement.as_amended().clause(name) for name in limit.clauses if name in drawn.accrued]
    started = [drawn.opening(c)[1] for c in clauses if c is not None and not base_counts(drawn.lines.agreement, c)]
    start = max(started, default=Ratio(0)) if scope is None else Ratio(0)
    after = plus(after, term("base before these records", "money", start)) if start else after
    ends = [Rounded(Rounded(times(each, rate), decimals), 2, "down") for each in (minus(after, Same(proceeds)), after)]
    return ends[0], ends[1]
