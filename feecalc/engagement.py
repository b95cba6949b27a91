"""The conductor: agreements and records in, a ledger out. It says in which order things happen, and nothing else
happens here.

linked        what the records name must exist in the agreements (problems)
compute       attribution -> accrual -> settlement -> entries -> totals, exceptions, checks
entries_under the entries of one agreement alone, where only its figures are asked for
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
from feecalc.attribution.awards import AWARD
from feecalc.clauses import AccruingClause, SecuritiesInLieu
from feecalc.clauses.bases import base_words
from feecalc.closing import MOST_SHOWN, ClosingTable, limited
from feecalc.columns import Columns
from feecalc.controls import check_controls
from feecalc.currencies import check_currencies
from feecalc.dates import AFTER_EVERYTHING, day_number
from feecalc.entries import entries_of, with_decisions
from feecalc.ledger import Ledger, Source, totals_of, unit_of
from feecalc.milestones import FINAL_CLOSING, Milestones, milestones
from feecalc.names import name_key
from feecalc.needed_columns import check_columns, check_prices, check_recorded, needed_columns
from feecalc.openings import base_counts
from feecalc.problems import Place, Problems, did_you_mean
from feecalc.records import Balance, Decision, Event, Expense, Introduction, Invoice, Payment, Records, Tolerance
from feecalc.resumed_credits import credits_open
from feecalc.reviews import with_reviews
from feecalc.settlement import recouped_and_advanced
from feecalc.totals import Codes, exact_total

MOST_WORKED_OUT = 100  # contested lines of one agreement whose amounts are told


def compute(agreements: Sequence[Agreement], records: Records, as_of: date) -> Ledger:
    """The ledger as of a day. The records must have been `linked` to the agreements."""
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
    found += record_exceptions.overpaid(agreements, totals, records)
    found += record_exceptions.decisions(entries, decided)
    found += record_exceptions.changed_since(sources, entries)
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
