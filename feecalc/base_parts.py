"""What the base of an accrual is made of: measures added up, deductions, and money of other currencies converted.

It is told only where its parts make up the base exactly; a limit on the offering or a base in round figures is not a
sum of lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import evolve, frozen

from feecalc.accrual import Accrual
from feecalc.clauses import AccruingClause
from feecalc.clauses.bases import BaseOf, MoneyIn, measure_words
from feecalc.ledger import Ledger, Source
from feecalc.line_columns import exchange
from feecalc.measures import Measures
from feecalc.money import Ratio
from feecalc.totals import Codes, exact_total


@frozen
class Part:
    """What one term brings to a base, or takes from it: cents, or a count."""

    words: str
    amount: int
    deducted: bool = False


def base_parts(ledger: Ledger, source: Source, row: int) -> list[Part]:
    """The parts of the base of an accrual; nothing where it has one part, or where they do not make it up."""
    clause, accrual = source.clause, source.accrual
    if accrual is None or accrual.groups is None or not isinstance(clause, AccruingClause):
        return []
    if not isinstance(clause.base, BaseOf):
        return []
    measures = _measures(ledger, source, accrual.groups.members(row))
    parts = [*_measured(clause.base, measures), *_accrued_elsewhere(ledger, clause.base, source, accrual, row)]
    made_up = sum(-part.amount if part.deducted else part.amount for part in parts)
    return parts if len(parts) > 1 and made_up == int(accrual.base[row]) else []


def converted(ledger: Ledger, source: Source, lines: Codes) -> dict[int, tuple[Ratio, int]]:
    """For each line in another currency its exchange rate, and its gross proceeds in the agreement's, in cents."""
    if source.agreement.conversion is None:
        return {}
    measures = _measures(ledger, source, lines)
    codes, rates = exchange(ledger.table, lines, source.agreement.currency)
    amounts = measures.measure("gross proceeds").tolist()
    return {
        line: (rates[code], amount)
        for line, code, amount in zip(lines.tolist(), codes.tolist(), amounts, strict=True)
        if code >= 0
    }


def _measures(ledger: Ledger, source: Source, lines: Codes) -> Measures:
    index = next(place for place, each in enumerate(ledger.agreements) if each.id == source.agreement.id)
    return ledger.attribution.measures(index, lines, source.milestones)


def _measured(base: BaseOf, measures: Measures) -> Iterator[Part]:
    for measure in base.of:
        yield Part(measure_words(measure), exact_total(measures.measure(measure)))
    if base.prefunded_strike == "added":
        plain = evolve(base, prefunded_strike="not added")
        yield Part("pre-funded strike", exact_total(measures.base(base) - measures.base(plain)))
    for name in base.less:
        yield Part(f"`{name}`", exact_total(measures.measure(MoneyIn(money_in=name))), deducted=True)


def _accrued_elsewhere(ledger: Ledger, base: BaseOf, source: Source, accrual: Accrual, row: int) -> Iterator[Part]:
    """What accrued under the clauses that are deducted, at the closing of the row."""
    for name in base.less_clauses:
        total = 0
        for other in ledger.sources:
            if other.agreement.id == source.agreement.id and other.clause.id == name and other.accrual is not None:
                here = (other.accrual.closing == accrual.closing[row]) & (other.accrual.day == accrual.day[row])
                total += exact_total(np.where(here, other.accrual.accrued, 0))
        yield Part(name, total, deducted=True)
