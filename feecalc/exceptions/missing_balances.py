"""Clauses without a balance, where the balance of another says that they had acted or accrued before these records.

Without one a clause begins at nothing. That is said only where another clause's base shows that it is wrong, and where
it moves an amount of these records: a clause that had nothing before needs no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from feecalc.accrual import Accrual, AgreementAccruals
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, Advance, Clause, FixedClause, Period, WarrantsPerAmount
from feecalc.clauses.bases import Base, base_words
from feecalc.clauses.fees import AT_CLOSINGS, Reaches
from feecalc.clauses.rates import ByLines, GreaterOf, LesserOf, Rate, Tiers
from feecalc.dates import day_date, day_number
from feecalc.ledger import LedgerException
from feecalc.money import shown_count, shown_money
from feecalc.openings import base_counts, opening_base
from feecalc.records import Balance, Records
from feecalc.resuming import terms_by


def missing_balances(
    agreements: Sequence[Agreement], records: Records, accrued: Sequence[AgreementAccruals], as_of: date
) -> Iterator[LedgerException]:
    """Clauses that begin at nothing, though lines before these records moved them, or their day had come by then."""
    for within in accrued:
        agreement = next(each for each in agreements if each.id == within.agreement.id)
        mine = [b for b in records.balances if b.agreement == agreement.id and b.as_of <= as_of]
        standing = {balance.clause for balance in mine}
        accruals = {accrual.clause.id: accrual for accrual in within.accruals}
        latest = max((b for b in mine if b.base is not None), key=lambda b: b.as_of, default=None)
        if latest is None:
            continue
        for clause in agreement.as_amended().clauses:
            if clause.id in standing or not terms_by(agreement, clause.id, latest.as_of):
                continue
            told = _acted(agreement, clause, mine, accruals.get(clause.id))
            told = told or _came(within, clause, latest, accruals.get(clause.id))
            if told is not None:
                balance, words = told
                yield LedgerException(
                    "balance-missing",
                    "warning",
                    f"{words}; {clause.id} has no balance, and begins at nothing. State what had accrued under it, and "
                    "on what base.",
                    balance.place,
                )


def _acted(
    agreement: Agreement, clause: Clause, balances: Sequence[Balance], accrual: Accrual | None
) -> tuple[Balance, str] | None:
    """The balance of a clause that acts on the same of all lines, where that moves what accrues here."""
    if accrual is None or not accrual.base_total or not isinstance(clause, AccruingClause | FixedClause):
        return None
    acts_on: Base | None = None
    if isinstance(clause, AccruingClause):
        acts_on = clause.base
    elif isinstance(clause.when, Reaches):
        acts_on = clause.when.counting
    if acts_on is None or clause.lines is not None:
        return None
    for balance in balances:
        other = agreement.as_amended().clause(balance.clause)
        same = isinstance(other, AccruingClause) and other.lines is None and other.base == acts_on
        if other is not None and same and balance.base and _runs_on(agreement, accrual, balance):
            base = opening_base(agreement, other, balance)
            shown = shown_count(base) if base_counts(agreement, other) else shown_money(base)
            came = f"the balance of {other.id} says that {shown} of {base_words(acts_on)} came before"
            return balance, f"{came}, on which {clause.id} acts"
    return None


def _runs_on(agreement: Agreement, accrual: Accrual, other: Balance) -> bool:
    """Whether what accrues under a clause rests on what came before."""
    clause = accrual.clause
    if not isinstance(clause, AccruingClause):
        return True
    limit = clause.limit
    limited = limit is not None and limit.over != "closing" and (limit.over == "investor" or limit.earlier == "counts")
    together = any(each.over == "agreement" and clause.id in each.clauses for each in agreement.as_amended().limits)
    if limited or together or len(agreement.shares(clause)) > 1 or _rate_runs_on(clause.earning):
        return True
    if clause.rounding.over != "agreement":
        return accrual.fractional
    rate = clause.plain_rate
    in_steps = isinstance(clause, WarrantsPerAmount) and clause.steps == "whole"
    if rate is None or in_steps or clause.rounding.mode == "half even":
        return True
    return (rate * opening_base(agreement, clause, other)).denominator != 1


def _rate_runs_on(rate: Rate) -> bool:
    """Whether a rate rests on a running total of the agreement."""
    if isinstance(rate, Tiers | GreaterOf | LesserOf):
        return rate.over == "agreement"
    return isinstance(rate, ByLines) and any(entry.up_to is not None for entry in rate.by)


def _came(
    within: AgreementAccruals, clause: Clause, latest: Balance, accrual: Accrual | None
) -> tuple[Balance, str] | None:
    """What accrues of itself on a day that the balance of another clause says is before these records."""
    day = None
    if isinstance(clause, Advance):
        paid = {"at signing": within.milestones.signing}.get(str(clause.due), clause.due)
        on = within.milestones.day(paid) if isinstance(paid, Period) else day_number(paid)  # type: ignore[arg-type]
        day = on if on <= day_number(latest.as_of) else None
    elif isinstance(clause, FixedClause) and accrual is not None and clause.when not in AT_CLOSINGS:
        early = np.flatnonzero(
            (accrual.accrued != 0) & (accrual.day <= day_number(latest.as_of)) & (accrual.closing < 0)
        )
        day = int(accrual.day[early[0]]) if len(early) else None
    if day is None:
        return None
    words = f"the balance of {latest.clause} says that these records begin after {latest.as_of}"
    return latest, f"{words}, and {clause.id} accrues here on {day_date(day)}"
