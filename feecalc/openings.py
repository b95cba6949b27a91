"""What had accrued before the records begin: what each clause's running totals open with."""

from __future__ import annotations

from feecalc import money
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, Clause, FixedClause, WarrantsPerAmount
from feecalc.clauses.bases import AccruedUnder, BaseOf, counts
from feecalc.clauses.fees import Reaches
from feecalc.money import Ratio
from feecalc.records import Balance


def opening_amount(clause: Clause, balance: Balance | None) -> int:
    """What had accrued under a clause before these records, in cents or in securities."""
    if balance is None:
        return 0
    return money.units(balance.amount) if clause.counted else balance.amount


def opening_base(agreement: Agreement, clause: Clause, balance: Balance | None) -> int:
    """On what base it had accrued, in cents or in units of the base."""
    if balance is None or balance.base is None:
        return 0
    return money.units(balance.base) if base_counts(agreement, clause) else balance.base


def base_counts(agreement: Agreement, clause: Clause) -> bool:
    """Whether a clause acts on a count, or a fixed amount falls due once a count is reached."""
    if isinstance(clause, FixedClause):
        return isinstance(clause.when, Reaches) and counts(clause.when.counting)
    if not isinstance(clause, AccruingClause):
        return False
    if isinstance(clause.base, AccruedUnder):
        others = [agreement.as_amended().clause(name) for name in clause.base.accrued_under]
        return any(other is not None and other.counted for other in others)
    return clause.base_counts


def rounded_opening(clause: AccruingClause, opening: int) -> int:
    """The opening base as the clause takes it: to a round amount where it does that to the running base."""
    if not isinstance(clause.base, BaseOf) or clause.base.rounded is None or clause.rounding.over != "agreement":
        return opening
    to = clause.base.rounded.to
    return money.rounded(Ratio(opening, to), clause.base.rounded.mode) * to


def unlimited_opening(agreement: Agreement, clause: AccruingClause, balance: Balance | None, opening: int) -> int:
    """Where the running total before the limit began: what the clause gives on the balance's base, if that is known.

    A balance at its limit does not show how far beyond it the clause had gone, and a later rescission must know.
    """
    if balance is None or balance.base is None or clause.limit is None or clause.rounding.over != "agreement":
        return opening
    alone = owed_on(clause, opening_base(agreement, clause, balance))
    return opening if alone is None or min(alone, clause.limit.amount) != opening else alone


def owed_on(clause: AccruingClause, base: int) -> int | None:
    """The total that a clause at one plain rate owes on a base, before any limit; None for any other."""
    if isinstance(clause, WarrantsPerAmount) and clause.steps == "whole" and clause.plain_rate is not None:
        return money.divided(base, clause.step, "down") * clause.warrants
    rate = clause.plain_rate
    return None if rate is None else money.rounded(rate * base, clause.rounding.mode)
