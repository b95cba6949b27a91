"""An agreement's workings: its terms, its rows, and what its clauses have done on them so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, field

from feecalc.agreement import Agreement
from feecalc.attribution.versions import amendments_in_force
from feecalc.clauses import AccruingClause, AnyClause, Clause, FixedClause, RateOfSecurities, SecuritiesInLieu
from feecalc.clauses.bases import Measure
from feecalc.clauses.lines import Lines
from feecalc.clauses.prices import PRICE_PAID, PriceOf, PriceTerm
from feecalc.clauses.rates import Each, PartOfPrice, Recorded, Tiers, leaves, line_tests, measures
from feecalc.earnings import Earned
from feecalc.measures import Measures
from feecalc.money import Price
from feecalc.openings import opening_amount, opening_base
from feecalc.records import Balance, Expense
from feecalc.rows import Rows, rows_of
from feecalc.totals import Ints, Mask
from feecalc.triggers import triggers_of


@define(eq=False)
class ClauseColumns:
    """What one clause does on each row."""

    clause: Clause
    opening: int
    opening_base: int
    base: Ints
    unlimited: Ints
    unlimited_opening: int
    accrued: Ints
    acts: Mask
    parts: list[Earned]
    in_lieu: Ints | None = None
    gave_way: tuple[str, ...] = ()
    uncut: Ints | None = None  # the base before it is taken to round amounts, where that is another
    fractional: bool = False  # whether a total that a balance cannot carry on exactly is not whole


@define(eq=False)
class Workings:
    """One agreement while it is being computed; `done` holds the columns of the clauses computed so far."""

    agreement: Agreement
    terms: tuple[Agreement, ...]  # as signed, and after each amendment
    measures: Measures
    balances: dict[str, Balance]
    expenses: tuple[Expense, ...]
    rows: Rows = field(init=False)
    counted: dict[str, Ints] = field(factory=dict)  # proceeds within the offering limit, by row
    done: dict[str, ClauseColumns] = field(factory=dict)

    def versions(self, clause_id: str) -> list[tuple[AnyClause, Mask | None]]:
        """The terms of a clause, each with the rows that they rule (None for all)."""
        found = [(number, terms.clause(clause_id)) for number, terms in enumerate(self.terms)]
        stated = [(number, clause) for number, clause in found if clause is not None]
        if all(clause == stated[0][1] for _, clause in stated) and len(stated) == len(found):
            return [(stated[-1][1], None)]
        versions: list[tuple[AnyClause, Mask | None]] = []
        for place, (number, clause) in enumerate(stated):
            following = stated[place + 1][0] if place + 1 < len(stated) else len(found)
            ruled = (self.rows.version >= number) & (self.rows.version < following)
            versions.append((clause, ruled))
        return versions

    def measured(self, measure: Measure) -> Ints:
        """A measure on each row, within the offering limit."""
        if isinstance(measure, str) and measure in self.counted:
            return self.counted[measure]
        return self.rows.of(measure, lambda: self.measures.measure(measure))

    def opening(self, clause: Clause) -> tuple[int, int]:
        """What had accrued under a clause before these records, and on what base."""
        balance = self.balances.get(clause.id)
        return opening_amount(clause, balance), opening_base(self.agreement, clause, balance)


def rows_under(workings: Workings, as_of: int, each_line: bool = False) -> Rows:
    """The rows of an agreement, told apart as finely as its clauses need; or a row for each line, in the same order."""
    clauses = [clause for terms in workings.terms for clause in terms.clauses]
    accruing = [clause for clause in clauses if isinstance(clause, AccruingClause)]
    scopes = {clause.rounding.over for clause in accruing}
    scopes |= {clause.rounding.over for clause in clauses if isinstance(clause, SecuritiesInLieu)}
    cross = any(_counts_otherwise(clause) for clause in accruing)
    wanted = [price for clause in clauses for price in prices_needed(clause)]
    prices = [workings.measures.price(price) for price in dict.fromkeys(wanted) if not isinstance(price, Price)]
    paid = workings.measures.price(PRICE_PAID) if prices else None
    signature: list[npt.NDArray[Any]] = [workings.measures.on(lines) for lines in _line_tests(clauses)]
    signature += [price.codes for price in prices]
    signature += [workings.measures.rates(leaf.recorded_in)[0] for leaf in _recorded(accruing)]
    lines = workings.measures.lines
    signature += [np.arange(len(lines))] if each_line else []
    version = amendments_in_force(workings.agreement, workings.measures.table, lines)
    return rows_of(
        workings.measures,
        paid.codes if paid is not None else None,
        "line" in scopes or cross,
        "investor" in scopes or any(c.limit is not None and c.limit.over == "investor" for c in clauses),
        signature,
        triggers_of(workings.agreement, workings.measures.table, workings.measures.milestones, as_of),
        workings.expenses,
        version,
    )


def _counts_otherwise(clause: AccruingClause) -> bool:
    """Whether a clause counts by one measure, or on some lines, and pays by another."""
    counted = measures(clause.earning)
    own_lines = any(isinstance(leaf, Tiers) and leaf.lines is not None for leaf in leaves(clause.earning))
    return own_lines or any(measure != clause.base for measure in counted)


def prices_needed(clause: Clause) -> Iterator[PriceTerm]:
    """The prices of lines that a clause needs."""
    if clause.strike is not None:
        yield clause.strike
    if isinstance(clause, RateOfSecurities) and clause.over_price is not None:
        yield clause.over_price
    if isinstance(clause, SecuritiesInLieu):
        yield clause.deemed_price
    if isinstance(clause, AccruingClause):
        for leaf in leaves(clause.earning):
            if isinstance(leaf, Each) and isinstance(leaf.each, PartOfPrice):
                yield PRICE_PAID if leaf.each.of == PRICE_PAID else _column_price(leaf.each.of)


def _column_price(name: str) -> PriceTerm:
    return PriceOf(of=(name,), decimals=10, mode="half up")


def _line_tests(clauses: Sequence[AnyClause]) -> list[Lines]:
    found = []
    for clause in clauses:
        if isinstance(clause, AccruingClause | FixedClause) and clause.lines is not None:
            found.append(clause.lines)
        if isinstance(clause, AccruingClause):
            found += line_tests(clause.earning)
    return list(dict.fromkeys(found))


def _recorded(clauses: Sequence[AccruingClause]) -> list[Recorded]:
    return [leaf for clause in clauses for leaf in leaves(clause.earning) if isinstance(leaf, Recorded)]
