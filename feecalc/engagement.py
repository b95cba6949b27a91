"""The conductor: agreements and records in, a ledger out. It says in which order things happen, and nothing else
happens here.

linked        what the records name must exist in the agreements (problems)
compute       attribution -> accrual -> settlement -> entries -> totals, exceptions, checks
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from attrs import evolve

from feecalc import checks, exceptions, record_exceptions
from feecalc.accrual import AgreementAccruals, accrue
from feecalc.agreement import Agreement, expense_clauses
from feecalc.attribution import Attribution, attribute
from feecalc.clauses import AccruingClause, WarrantClause
from feecalc.closing import limited
from feecalc.dates import day_number
from feecalc.ledger import Ledger, Source, entries_of, totals_of, unit_of
from feecalc.problems import Problems, did_you_mean
from feecalc.records import Balance, Expense, Introduction, Invoice, Payment, Records
from feecalc.settlement import recouped_and_advanced
from feecalc.totals import Codes, exact_total

MOST_WORKED_OUT = 100  # contested lines of one agreement whose amounts are told
MEASURES = ("gross_proceeds", "cash_proceeds", "shares_sold", "lines", "closings")


def compute(agreements: Sequence[Agreement], records: Records, as_of: date) -> Ledger:
    """The ledger as of a day. The records must have been `linked` to the agreements."""
    attribution = attribute(agreements, records, day_number(as_of))
    expenses = [_assigned(expense, agreements) for expense in records.expenses if expense.date <= as_of]
    balances = [balance for balance in records.balances if balance.as_of <= as_of]
    accrued: list[AgreementAccruals] = []
    sources: list[Source] = []
    for index, agreement in enumerate(agreements):
        mine = [expense for expense in expenses if expense.agreement == agreement.id]
        opening = [balance for balance in balances if balance.agreement == agreement.id]
        accruals = accrue(agreement, records.closings, attribution.lines_owed(index), opening, mine)
        recouped, advanced = recouped_and_advanced(agreement, accruals.accruals, opening, mine, as_of)
        accrued.append(accruals)
        sources.extend(
            _in_order(
                agreement,
                [
                    *(
                        Source(agreement, a.clause, accrual=a, recouped=r)
                        for a, r in zip(accruals.accruals, recouped, strict=True)
                    ),
                    *(Source(agreement, a.clause, advanced=a) for a in advanced),
                ],
            )
        )
    entries = entries_of(sources, records.closings)
    found = exceptions.found(
        agreements, records, attribution, accrued, _contested(agreements, records, attribution, balances), as_of
    )
    totals = totals_of(entries, agreements, records, as_of)
    found += record_exceptions.overpaid(agreements, totals, records)
    ledger = Ledger(
        as_of, tuple(agreements), records, attribution, tuple(sources), entries, totals, tuple(found), checks=()
    )
    return evolve(ledger, checks=tuple(checks.all_checks(ledger)))


def linked(agreements: Sequence[Agreement], records: Records, problems: Problems) -> None:
    """Add a problem for everything the records name that is in no agreement."""
    by_id = {agreement.id: agreement for agreement in agreements}
    table = records.closings
    column = table.introduced_by
    unknown = np.array([word != "" and word not in by_id for word in column.words] or [False])[column.codes]
    for index in limited(unknown, problems, table.rows, "unknown-agreement"):
        problems.add(
            table.rows.place(index, "introduced_by"),
            "unknown-agreement",
            f'no agreement "{column[index]}" was read',
            did_you_mean(column[index], by_id),
        )
    rows: list[Introduction | Expense | Balance | Invoice | Payment] = [
        *records.introductions,
        *records.expenses,
        *records.balances,
        *records.invoices,
        *records.payments,
    ]
    for row in rows:
        name: str = row.agreement
        if name and name not in by_id:
            problems.add(row.place, "unknown-agreement", f'no agreement "{name}" was read', did_you_mean(name, by_id))
        clause: str = getattr(row, "clause", "")
        if clause and name in by_id and by_id[name].clause(clause) is None:
            problems.add(
                row.place,
                "unknown-clause",
                f'{name} has no clause "{clause}"',
                did_you_mean(clause, [c.id for c in by_id[name].clauses]),
            )
    _check_balances(records.balances, by_id, problems)
    _check_expenses(records.expenses, by_id, problems)
    for control in records.control_totals:
        if control.measure.replace(" ", "_") not in MEASURES:
            problems.add(
                control.place,
                "unknown-measure",
                f'"{control.measure}" is not a measure',
                did_you_mean(control.measure, MEASURES),
            )


def _check_balances(balances: Iterable[Balance], by_id: dict[str, Agreement], problems: Problems) -> None:
    seen: dict[tuple[str, str], Balance] = {}
    for balance in balances:
        key = (balance.agreement, balance.clause)
        if key in seen:
            problems.add(
                balance.place,
                "balance-twice",
                f"a balance of {' '.join(key)} stands already at {seen[key].line}",
                "Give one balance for each clause: the latest.",
            )
        seen.setdefault(key, balance)
        agreement = by_id.get(balance.agreement)
        clause = agreement.clause(balance.clause) if agreement else None
        if clause is None:
            continue
        if isinstance(clause, WarrantClause) and balance.amount % 100:
            problems.add(
                balance.place, "balance-not-whole", f"{balance.clause} counts whole warrants", "Write a whole number."
            )
        if (
            isinstance(clause, AccruingClause)
            and clause.rounding.over == "agreement"
            and balance.base is None
            and balance.amount
        ):
            problems.add(
                balance.place,
                "balance-without-base",
                f"{balance.clause} is counted on the running total of {clause.base}, and the balance does not say "
                "how far that was",
                "Write in `base` on what it had accrued.",
            )


def _check_expenses(expenses: Iterable[Expense], by_id: dict[str, Agreement], problems: Problems) -> None:
    for expense in expenses:
        agreement = by_id.get(expense.agreement)
        if agreement is None or expense.clause:
            continue
        taking = [clause.id for clause in expense_clauses(agreement)]
        if len(taking) > 1:
            problems.add(
                expense.place,
                "expense-clause-missing",
                f"{agreement.id} has several clauses that take expenses, and the row names none",
                "Write in `clause` one of: " + ", ".join(taking) + ".",
            )


def _assigned(expense: Expense, agreements: Sequence[Agreement]) -> Expense:
    """The expense with its clause: the one it names, or the only one that takes expenses."""
    if expense.clause:
        return expense
    taking = next(expense_clauses(agreement) for agreement in agreements if agreement.id == expense.agreement)
    return evolve(expense, clause=taking[0].id) if taking else expense


def _in_order(agreement: Agreement, sources: list[Source]) -> list[Source]:
    place = {clause.id: index for index, clause in enumerate(agreement.clauses)}
    return sorted(sources, key=lambda source: place[source.clause.id])


def _contested(
    agreements: Sequence[Agreement], records: Records, attribution: Attribution, balances: Sequence[Balance]
) -> dict[int, list[tuple[Agreement, dict[str, int]]]]:
    """For each contested line, what each claiming agreement would owe more at its closing, were this line alone its
    own.

    Worked out for the first lines only: the amounts are for a person who decides, line by line.
    """
    claims: dict[int, list[tuple[Agreement, dict[str, int]]]] = {}
    for index, agreement in enumerate(agreements):
        contested = attribution.lines_contested(index)
        owed = attribution.lines_owed(index)
        opening = [balance for balance in balances if balance.agreement == agreement.id]

        for place, line in enumerate(contested.tolist()):
            more: dict[str, int] = {}
            if place < MOST_WORKED_OUT:
                closing = int(records.closings.closing.codes[line])
                whole = _at_closing(agreement, records, np.append(owed, np.int32(line)), opening, closing)
                without = _at_closing(agreement, records, owed, opening, closing)
                more = {unit: amount - without.get(unit, 0) for unit, amount in whole.items()}
            claims.setdefault(line, []).append((agreement, more))
    return claims


def _at_closing(
    agreement: Agreement, records: Records, lines: Codes, opening: Sequence[Balance], closing: int
) -> dict[str, int]:
    """What accrues at one closing on these lines, by unit."""
    sums: dict[str, int] = {}
    for accrual in accrue(agreement, records.closings, lines, opening, []).accruals:
        if accrual.groups is not None:
            unit = unit_of(agreement, accrual.clause)
            sums[unit] = sums.get(unit, 0) + exact_total(accrual.accrued[accrual.closing == closing])
    return sums
