"""The conductor: agreements and records in, a ledger out. It says in which order things happen, and nothing else
happens here.

compute       attribution -> accrual -> settlement -> entries -> totals, exceptions, checks
entries_under the entries of one agreement alone, where only its figures are asked for
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from attrs import evolve

from feecalc import checks, exceptions
from feecalc.accrual import AgreementAccruals, accrue
from feecalc.agreement import Agreement, expense_clauses
from feecalc.attribution import Attribution, attribute
from feecalc.columns import Columns
from feecalc.dates import day_number
from feecalc.entries import entries_of, with_decisions
from feecalc.exceptions import of_records
from feecalc.exceptions.resumed_credits import credits_open
from feecalc.exceptions.reviews import with_reviews
from feecalc.ledger import Ledger, Source, totals_of, unit_of
from feecalc.milestones import Milestones, milestones
from feecalc.records import Balance, Expense, Records
from feecalc.settlement import recouped_and_advanced
from feecalc.totals import Codes, exact_total

MOST_WORKED_OUT = 100  # contested lines of one agreement whose amounts are told


def compute(agreements: Sequence[Agreement], records: Records, as_of: date) -> Ledger:
    """The ledger as of a day. The records must have been linked to the agreements (`linking`)."""
    attribution = attribute(agreements, records, day_number(as_of))
    happened = _milestones(agreements, records, attribution, as_of)
    accrued, sources = _computed(agreements, records, attribution, happened, as_of, range(len(agreements)))
    decided = _decisions(agreements, records, happened, as_of)
    entries = entries_of(sources, records.closings, as_of)
    entries = with_decisions(entries, [*sources, *decided], len(sources))
    sources += decided
    found = exceptions.found(
        agreements,
        records,
        attribution,
        accrued,
        _contested(agreements, records, attribution, happened, as_of),
        as_of,
    )
    totals = totals_of(entries, agreements, records, as_of)
    found += of_records.overpaid(agreements, totals, records)
    found += of_records.decisions(entries, decided)
    found += of_records.changed_since(sources, entries)
    found += credits_open(sources, records, as_of)
    found, astray = with_reviews(found, records.reviews)
    records = evolve(records, notes=(*records.notes, *astray))
    limits = tuple(standing for each in accrued for standing in each.limits)
    ledger = Ledger(
        as_of, tuple(agreements), records, attribution, tuple(sources), entries, totals, tuple(found), (), limits
    )
    return evolve(ledger, checks=tuple(checks.all_checks(ledger)))


def entries_under(
    agreements: Sequence[Agreement], records: Records, as_of: date, index: int, attribution: Attribution | None = None
) -> Columns:
    """The entries of one of the agreements alone, without totals, exceptions and checks; `attribution` is given where
    that of other terms holds for these too.
    """
    if attribution is None:
        attribution = attribute(agreements, records, day_number(as_of))
    attribution = evolve(attribution, agreements=tuple(agreements))
    happened = _milestones(agreements, records, attribution, as_of)
    _, sources = _computed(agreements, records, attribution, happened, as_of, [index])
    mine = [agreements[index]]
    decided = _decisions(mine, records, [happened[index]], as_of)
    return with_decisions(entries_of(sources, records.closings, as_of), [*sources, *decided], len(sources))


def brought(ledger: Ledger, index: int, line: int) -> dict[str, int]:
    """What one line brings an agreement at its closing, by unit: what accrues there on the lines that the agreement is
    owed on with this one, less what accrues without it.
    """
    attribution, table = ledger.attribution, ledger.table
    agreement, until = ledger.agreements[index], ledger.as_of
    happened = _milestones(ledger.agreements, ledger.records, attribution, until)[index]
    opening = _opening(agreement, ledger.records, until)
    owed = attribution.lines_owed(index)
    without = owed[owed != line]
    sums: dict[str, int] = {}
    for lines, sign in ((np.sort(np.append(without, np.int32(line))), 1), (without, -1)):
        for accrual in accrue(attribution, index, lines, happened, opening, [], day_number(until)).accruals:
            if accrual.groups is not None:
                here = accrual.closing == table.closing.codes[line]
                unit = unit_of(agreement, accrual.clause)
                sums[unit] = sums.get(unit, 0) + sign * exact_total(accrual.accrued[here])
    return sums


def _computed(
    agreements: Sequence[Agreement],
    records: Records,
    attribution: Attribution,
    happened: Sequence[Milestones],
    as_of: date,
    which: Iterable[int],
) -> tuple[list[AgreementAccruals], list[Source]]:
    """What accrues and is settled under some of the agreements."""
    expenses = [_assigned(expense, agreements) for expense in records.expenses if expense.date <= as_of]
    accrued: list[AgreementAccruals] = []
    sources: list[Source] = []
    for index in which:
        agreement = agreements[index]
        mine = [expense for expense in expenses if expense.agreement == agreement.id]
        opening = _opening(agreement, records, as_of)
        lines = attribution.lines_owed(index)
        accruals = accrue(attribution, index, lines, happened[index], opening, mine, day_number(as_of))
        accrued.append(accruals)
        sources.extend(_settled(accruals, opening, mine, as_of))
    return accrued, sources


def _opening(agreement: Agreement, records: Records, as_of: date) -> list[Balance]:
    """An agreement's balances by a day."""
    return [balance for balance in records.balances if balance.agreement == agreement.id and balance.as_of <= as_of]


def _milestones(
    agreements: Sequence[Agreement], records: Records, attribution: Attribution, as_of: date
) -> list[Milestones]:
    return [
        milestones(agreement, records.events, attribution.first_closing(index), as_of)
        for index, agreement in enumerate(agreements)
    ]


def _settled(
    accruals: AgreementAccruals, opening: Sequence[Balance], expenses: Sequence[Expense], as_of: date
) -> list[Source]:
    """One agreement's accruals with what of them is recouped and taken in securities, and its advances."""
    agreement, happened = accruals.agreement.as_amended(), accruals.milestones
    recouped, advanced = recouped_and_advanced(
        agreement, accruals.accruals, accruals.lieu, happened, opening, expenses, as_of
    )
    found = [
        Source(
            agreement,
            accrual.clause,
            happened,
            accrual=accrual,
            recouped=credited,
            in_securities=accruals.lieu.get(accrual.clause.id, np.zeros(len(accrual), dtype=np.int64)),
        )
        for accrual, credited in zip(accruals.accruals, recouped, strict=True)
    ]
    return _in_order(agreement, [*found, *(Source(agreement, a.clause, happened, advanced=a) for a in advanced)])


def _decisions(
    agreements: Sequence[Agreement], records: Records, happened: Sequence[Milestones], as_of: date
) -> list[Source]:
    """The decisions on each clause by the day of the ledger, in the order of their days."""
    found = []
    for agreement, milestones_ in zip(agreements, happened, strict=True):
        for clause in agreement.as_amended().clauses:
            mine = tuple(
                sorted(
                    (d for d in records.decisions if (d.agreement, d.clause) == (agreement.id, clause.id)),
                    key=lambda decision: decision.date,
                )
            )
            mine = tuple(decision for decision in mine if decision.date <= as_of)
            if mine:
                found.append(Source(agreement.as_amended(), clause, milestones_, decisions=mine))
    return found


def _assigned(expense: Expense, agreements: Sequence[Agreement]) -> Expense:
    """The expense with its clause: the one it names, or the only one that takes expenses."""
    if expense.clause:
        return expense
    taking = next(
        expense_clauses(agreement.as_amended()) for agreement in agreements if agreement.id == expense.agreement
    )
    return evolve(expense, clause=taking[0].id) if taking else expense


def _in_order(agreement: Agreement, sources: list[Source]) -> list[Source]:
    place = {clause.id: index for index, clause in enumerate(agreement.clauses)}
    return sorted(sources, key=lambda source: place[source.clause.id])


def _contested(
    agreements: Sequence[Agreement],
    records: Records,
    attribution: Attribution,
    happened: Sequence[Milestones],
    as_of: date,
) -> dict[int, list[tuple[Agreement, dict[str, int]]]]:
    """For each contested line, what each claiming agreement would owe more at its closing, were this line alone its
    own.

    Worked out for the first lines only: the amounts are for a person who decides, line by line.
    """
    claims: dict[int, list[tuple[Agreement, dict[str, int]]]] = {}
    for index, agreement in enumerate(agreements):
        contested = attribution.lines_contested(index)
        owed = attribution.lines_owed(index)
        opening = _opening(agreement, records, as_of)

        def at_closing(
            lines: Codes, closing: int, index: int = index, opening: Sequence[Balance] = opening
        ) -> dict[str, int]:
            """What accrues at one closing on these lines, by unit."""
            accruals = accrue(attribution, index, lines, happened[index], opening, [], day_number(as_of)).accruals
            sums: dict[str, int] = {}
            for accrual in accruals:
                if accrual.groups is not None:
                    unit = unit_of(agreements[index], accrual.clause)
                    sums[unit] = sums.get(unit, 0) + exact_total(accrual.accrued[accrual.closing == closing])
            return sums

        for place, line in enumerate(contested.tolist()):
            more: dict[str, int] = {}
            if place < MOST_WORKED_OUT:
                closing = int(records.closings.closing.codes[line])
                whole, without = at_closing(np.append(owed, np.int32(line)), closing), at_closing(owed, closing)
                more = {unit: amount - without.get(unit, 0) for unit, amount in whole.items()}
            claims.setdefault(line, []).append((agreement, more))
    return claims
