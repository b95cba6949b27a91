"""What is sound in agreements, and worth a second look: fees of an unusual rate, and two agreements with one agent that
are both owed on the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from feecalc.agreement import Agreement
from feecalc.clauses import AnyClause, Percentage
from feecalc.clauses.bases import AccruedUnder
from feecalc.clauses.rates import Tiers, leaves
from feecalc.money import Ratio, shown_rate
from feecalc.names import name_key
from feecalc.problems import Problem

# Fees in cash for placing securities lie well below this; 65% is more often 6.5% mistyped than agreed.
UNUSUAL = Ratio(15, 100)


def notes_on(agreements: Sequence[Agreement]) -> Iterator[Problem]:
    """What a person should know; nothing has to be done about any of it."""
    for agreement in agreements:
        yield from _unusual_rates(agreement)
    for one, other in combinations(agreements, 2):
        yield from _overlaps(one, other)


def _unusual_rates(agreement: Agreement) -> Iterator[Problem]:
    stated: list[AnyClause] = []
    for clause in (clause for terms in agreement.in_force() for clause in terms.clauses):
        if clause in stated:
            continue
        stated.append(clause)
        if not isinstance(clause, Percentage) or isinstance(clause.base, AccruedUnder):
            continue
        rates = [
            rate
            for leaf in leaves(clause.earning)
            for rate in ([tier.rate for tier in leaf.tiers] if isinstance(leaf, Tiers) else [leaf])
            if isinstance(rate, Ratio) and rate > UNUSUAL
        ]
        if rates:
            says = (
                f"{clause.id} pays {shown_rate(max(rates))} in cash; a fee above {shown_rate(UNUSUAL)} is unusual. "
                "If the contract says so, all is well."
            )
            yield Problem(clause.place("rate"), "rate-unusual", says)


def _overlaps(one: Agreement, other: Agreement) -> Iterator[Problem]:
    """Whether two agreements with one agent are both owed on lines that nobody has to be named as having introduced."""
    if name_key(one.agent) != name_key(other.agent):
        return
    first = max(one.term.effective, other.term.effective)
    lasts = [term.last_day for term in (one.term, other.term) if term.last_day is not None]
    if (lasts and min(lasts) < first) or not _share_lines(one, other):
        return
    until = f"to {min(lasts)}" if lasts else "on, without end"
    says = (
        f"{one.id} ({one.place('covers')}) and {other.id} are both with {one.agent}, and are both owed on the same "
        f"lines from {first} {until}. If one takes the place of the other, let the term of the other end; else see "
        "that each covers what is its own."
    )
    yield Problem(other.place("covers"), "agreements-overlap", says)


def _share_lines(one: Agreement, other: Agreement) -> bool:
    mine, its = one.covers, other.covers
    if "introduced" in (mine.investors, its.investors):  # each line says, or a person decides, who introduced it
        return False
    sides = ((mine.investors, its.investors), (mine.securities, its.securities), (mine.offerings, its.offerings))
    return bool(set(mine.events) & set(its.events)) and all(
        "all" in (a, b) or {name_key(name) for name in a} & {name_key(name) for name in b} for a, b in sides
    )
