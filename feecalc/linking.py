"""Links records to agreements: everything that they name must be there, and what agreements need must be in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from feecalc.agreement import Agreement, expense_clauses
from feecalc.attribution import attribute
from feecalc.attribution.awards import AWARD
from feecalc.clauses import AccruingClause, SecuritiesInLieu
from feecalc.clauses.bases import base_words
from feecalc.closing import MOST_SHOWN, ClosingTable, limited
from feecalc.controls import check_controls
from feecalc.currencies import check_currencies
from feecalc.dates import AFTER_EVERYTHING, day_number
from feecalc.milestones import FINAL_CLOSING
from feecalc.names import name_key
from feecalc.needed_columns import check_columns, check_prices, check_recorded, needed_columns
from feecalc.openings import base_counts
from feecalc.problems import Place, Problems, did_you_mean
from feecalc.records import Balance, Decision, Event, Expense, Introduction, Invoice, Payment, Records, Tolerance


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
    for agreement in agreements:
        check_columns(agreement, table, problems)
        check_prices(agreement, table, problems)
    if not len(problems):
        _check_recorded_rates(agreements, records, problems)
    _check_events(records, problems)
    _check_decisions(records.decisions, by_id, table, problems)
    rows: list[Introduction | Expense | Balance | Invoice | Payment | Tolerance | Event | Decision] = [
        *records.introductions,
        *records.events,
        *records.decisions,
        *records.expenses,
        *records.balances,
        *records.invoices,
        *records.payments,
        *records.tolerances,
    ]
    found: dict[tuple[str, str, str], list[Place]] = {}  # of each table and code
    for row in rows:
        name: str = row.agreement
        clause: str = getattr(row, "clause", "")
        code = "unknown-agreement" if name and name not in by_id else ""
        if clause and name in by_id and by_id[name].as_amended().clause(clause) is None:
            code = "unknown-clause"
        if not code:
            continue
        places = found.setdefault((row.place.source, row.place.sheet, code), [])
        places.append(row.place)
        if len(places) > MOST_SHOWN:
            continue
        if code == "unknown-agreement":
            problems.add(row.place, code, f'no agreement "{name}" was read', did_you_mean(name, by_id))
        else:
            ids = [each.id for each in by_id[name].as_amended().clauses]
            problems.add(row.place, code, f'{name} has no clause "{clause}"', did_you_mean(clause, ids))
    for (_, _, code), places in found.items():
        if len(places) > MOST_SHOWN:
            says = f"and {len(places) - MOST_SHOWN:,} more rows of this kind"
            problems.add(places[MOST_SHOWN], code, says)
    _check_balances(records.balances, by_id, problems)
    _check_expenses(records.expenses, by_id, problems)
    check_currencies(agreements, records, problems)
    check_controls(records, problems)


DECISIONS = ("waiver", "reduction", "cut-back", "override", AWARD)


def _check_recorded_rates(agreements: Sequence[Agreement], records: Records, problems: Problems) -> None:
    """Lines that an agreement is owed on must state what it takes from them; who is owed is known without that."""
    if any(needed.must for agreement in agreements for needed in needed_columns(agreement)):
        attribution = attribute(agreements, records, day_number(AFTER_EVERYTHING))
        for index in range(len(agreements)):
            lines = attribution.lines_owed(index)
            happened = attribution.versions.milestones[index]
            check_recorded(attribution.measures(index, lines, happened), problems)


def _check_events(records: Records, problems: Problems) -> None:
    table = records.closings
    seen: dict[tuple[str, str], Event] = {}
    for event in records.events:
        key = (name_key(event.event), event.agreement)
        if key in seen and seen[key].date != event.date:
            problems.add(
                event.place,
                "event-twice",
                f'"{event.event}" is dated {event.date} here and {seen[key].date} at {seen[key].line}',
                "An event happens once: correct one of the rows.",
            )
        seen.setdefault(key, event)
        if name_key(event.event) != FINAL_CLOSING or not event.closing:
            continue
        if event.closing not in table.closing.words:
            problems.add(
                event.place,
                "unknown-closing",
                f'no closing "{event.closing}" is in these records',
                did_you_mean(event.closing, [name for name in table.closing.words if name]),
            )
        elif len(table.closing_day) and table.closing_date(table.closing.words.index(event.closing)) != event.date:
            problems.add(
                event.place,
                "final-closing-differs",
                f"the final closing is dated {event.date}, and closing {event.closing} "
                f"{table.closing_date(table.closing.words.index(event.closing))}",
                "Correct one of the two.",
            )


def _check_decisions(
    decisions: Iterable[Decision], by_id: dict[str, Agreement], table: ClosingTable, problems: Problems
) -> None:
    closings = table.closing.words
    for decision in decisions:
        if name_key(decision.decision) not in DECISIONS:
            problems.add(
                decision.place,
                "decision-unknown",
                f'"{decision.decision}" is not a decision',
                did_you_mean(decision.decision, DECISIONS),
            )
        if name_key(decision.decision) == AWARD:
            _check_award(decision, table, problems)
        elif not decision.clause:
            problems.add(
                decision.place,
                "decision-without-clause",
                f"a {decision.decision} is about a clause, and the row names none",
                "Write in `clause` which one.",
            )
        elif decision.amount is None and decision.decision != "waiver":
            problems.add(
                decision.place,
                "decision-without-amount",
                f"a {decision.decision} states an amount",
                "Write what is given up, or, of an override, what shall stand.",
            )
        agreement = by_id.get(decision.agreement)
        clause = agreement.as_amended().clause(decision.clause) if agreement else None
        if decision.closing and decision.closing not in closings:
            problems.add(
                decision.place,
                "unknown-closing",
                f'no closing "{decision.closing}" is in these records',
                did_you_mean(decision.closing, [name for name in closings if name]),
            )
        if agreement is None or clause is None:
            continue
        payees = [share.payee for share in agreement.as_amended().shares(clause)]
        if decision.payee and name_key(decision.payee) not in map(name_key, payees):
            problems.add(
                decision.place,
                "unknown-payee",
                f'"{decision.payee}" has no part in {decision.clause} of {decision.agreement}',
                did_you_mean(decision.payee, payees),
            )
        if clause.counted and decision.amount is not None and decision.amount % 100:
            problems.add(
                decision.place,
                "balance-not-whole",
                f"{decision.clause} counts whole securities",
                "Write a whole number.",
            )


def _check_award(award: Decision, table: ClosingTable, problems: Problems) -> None:
    """An award names the lines that it is about, and nothing else."""
    names = [word for word in table.investor.words if word]
    if not award.closing and not award.investor:
        problems.add(
            award.place,
            "award-without-lines",
            "an award names the lines that it is about",
            "Write their closing, their investor, or both.",
        )
    if award.investor and name_key(award.investor) not in map(name_key, names):
        problems.add(
            award.place,
            "unknown-investor",
            f'no investor "{award.investor}" is in these records',
            did_you_mean(award.investor, names),
        )
    if award.clause or award.payee or award.amount is not None:
        problems.add(
            award.place,
            "award-of-more",
            "an award gives lines to an agreement; clause, payee and amount follow from it",
            "Leave these cells empty.",
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
        clause = agreement.as_amended().clause(balance.clause) if agreement else None
        if clause is None:
            continue
        if clause.counted and balance.amount % 100:
            problems.add(
                balance.place, "balance-not-whole", f"{balance.clause} counts whole warrants", "Write a whole number."
            )
        if agreement is not None and base_counts(agreement, clause) and (balance.base or 0) % 100:
            says = f"the base of {balance.clause} is a count of whole securities"
            problems.add(balance.place, "balance-not-whole", says, "Write a whole number.")
        if (
            isinstance(clause, AccruingClause | SecuritiesInLieu)
            and clause.rounding.over == "agreement"
            and balance.base is None
            and balance.amount
        ):
            on = base_words(clause.base) if isinstance(clause, AccruingClause) else "the cash that it replaces"
            problems.add(
                balance.place,
                "balance-without-base",
                f"{balance.clause} is counted on the running total of {on}, and the balance does not say how far that "
                "was",
                "Write in `base` on what it had accrued.",
            )


def _check_expenses(expenses: Iterable[Expense], by_id: dict[str, Agreement], problems: Problems) -> None:
    for expense in expenses:
        agreement = by_id.get(expense.agreement)
        if agreement is not None and expense.currency.upper() not in ("", agreement.currency):
            problems.add(
                expense.place,
                "currency-differs",
                f"the expense is in {expense.currency} and {agreement.id} pays in {agreement.currency}",
                "Record the amount in the agreement's currency, at the rate that the parties agreed.",
            )
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
