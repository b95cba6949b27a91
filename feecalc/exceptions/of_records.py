"""Exceptions found in the records beside the closings: balances, expenses, invoices, payments, unknown columns.

Their codes are listed in `exceptions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from feecalc.agreement import Agreement, expense_clauses
from feecalc.clauses import AccruingClause, Advance, Clause, FixedClause
from feecalc.clauses.fees import Reaches
from feecalc.clauses.rates import shown_amount
from feecalc.closing import header_key
from feecalc.columns import Columns
from feecalc.entries import beyond
from feecalc.exceptions.balance_bounds import Bounds, bounds
from feecalc.ledger import UNITS, LedgerException, Source, payee_under
from feecalc.money import shown_count, shown_money
from feecalc.names import name_key
from feecalc.needed_columns import needed_columns
from feecalc.openings import base_counts, opening_amount, opening_base
from feecalc.problems import suggestion
from feecalc.records import Balance, Invoice, Payment, Records
from feecalc.settlement import opening_recouped


def balances(agreements: Sequence[Agreement], records: Records, as_of: date) -> Iterator[LedgerException]:
    for balance in records.balances:
        agreement = next(each for each in agreements if each.id == balance.agreement)
        clause = agreement.as_amended().clause(balance.clause)
        if balance.as_of > as_of:
            yield LedgerException(
                "balance-after-as-of",
                "warning",
                f"the balance is of {balance.as_of}, later than the day of this ledger, {as_of}; it is left out.",
                balance.place,
            )
            continue
        if isinstance(clause, AccruingClause) and balance.base is not None:
            within, states = bounds(agreement, clause, balance), opening_amount(clause, balance)
            if within is not None and not within.hold(states):
                yield LedgerException(
                    "balance-differs",
                    "warning",
                    f"the balance is {_amount(agreement, clause, states)}, and {clause.id} gives "
                    f"{_gives(agreement, clause, within)} on a base of {_base_shown(agreement, clause, balance)}; the "
                    "balance is taken as it stands.",
                    balance.place,
                )
        reaches = clause.when if isinstance(clause, FixedClause) and isinstance(clause.when, Reaches) else None
        if clause is not None and reaches and not balance.amount and (balance.base or 0) >= reaches.reaches:
            yield LedgerException(
                "balance-differs",
                "warning",
                f"the balance says that nothing had accrued, and {clause.id} accrues once "
                f"{shown_amount(reaches.reaches, reaches.counting)} are reached, as its base of "
                f"{_base_shown(agreement, clause, balance)} does; it is taken as it stands, and nothing accrues in "
                "these records.",
                balance.place,
            )
        if isinstance(clause, Advance):
            mine = [b for b in records.balances if b.agreement == agreement.id]
            recouped, is_open = opening_recouped(clause, mine)
            if is_open:
                yield LedgerException(
                    "advance-credit-open",
                    "warning",
                    f"the balance of {clause.id} does not say in `base` how much of it had been recouped, and "
                    "balances without a base stand "
                    f"under the clauses it is credited against; {shown_money(recouped)} is taken. State it in `base`.",
                    balance.place,
                )


def advances_without_expenses(
    agreements: Sequence[Agreement], records: Records, as_of: date
) -> Iterator[LedgerException]:
    """Advances of earlier records whose unearned part is returned here, while expenses from before are not in the
    records.
    """
    by_id = {agreement.id: agreement for agreement in agreements}
    for balance in records.balances:
        agreement = by_id[balance.agreement]
        clause, end = agreement.clause(balance.clause), agreement.term.last_day
        returned_here = end is not None and balance.as_of < end <= as_of
        if isinstance(clause, Advance) and clause.less_expenses == "recorded expenses" and returned_here:
            spent_before = [e for e in records.expenses if e.agreement == agreement.id and e.date <= balance.as_of]
            if not spent_before and clause.unearned != "kept":
                yield LedgerException(
                    "advance-expenses-open",
                    "warning",
                    f"the unearned part of {clause.id} is returned on {end} less recorded expenses, and no expense of "
                    f"{agreement.id} dated on or before {balance.as_of} is in these records. If there were any, "
                    "add them.",
                    balance.place,
                )


def expenses(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    seen: dict[tuple[object, ...], str] = {}
    for expense in records.expenses:
        alike = (expense.agreement, expense.clause, expense.date, expense.amount, expense.payee, expense.description)
        if alike in seen:
            yield LedgerException(
                "possible-duplicate",
                "warning",
                f"the expense is the same as {seen[alike]} in every column; both count. If it stands twice by mistake, "
                "delete one.",
                expense.place,
            )
        seen.setdefault(alike, expense.line)
        agreement = next(agreement for agreement in agreements if agreement.id == expense.agreement)
        taking = [clause.id for clause in expense_clauses(agreement)]
        if not taking or (expense.clause and expense.clause not in taking):
            yield LedgerException(
                "expense-not-used",
                "warning",
                f"{shown_money(expense.amount)} is recorded under "
                f"{agreement.id}{' ' + expense.clause if expense.clause else ''}, which takes no "
                "recorded expenses; it changes nothing."
                + (f" Clauses that do: {', '.join(taking)}." if taking else ""),
                expense.place,
            )


def expense_payees(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    """Expenses that name another payee than those who are paid under their clause."""
    by_id = {agreement.id: agreement.as_amended() for agreement in agreements}
    for expense in records.expenses:
        agreement = by_id.get(expense.agreement)
        taking = expense_clauses(agreement) if agreement is not None else []
        clause = next((each for each in taking if each.id == expense.clause or not expense.clause), None)
        if agreement is None or clause is None or not expense.payee:
            continue
        payees = [share.payee for share in agreement.shares(clause)]
        if name_key(expense.payee) not in map(name_key, payees):
            yield LedgerException(
                "expense-payee-differs",
                "warning",
                f"the expense was {expense.payee}'s, and {clause.id} of {agreement.id} pays {', '.join(payees)}; it is "
                "paid as the clause says.",
                expense.place,
            )


def changed_since(ledger_sources: Sequence[Source], entries: Columns) -> Iterator[LedgerException]:
    """Clauses that act on what accrued under another clause, of which something lapsed or was decided away."""
    moved = entries.where(entries["lapses"] | (entries["decided"] != 0))
    touched = set(moved.rows("agreement", "clause"))
    for source in ledger_sources:
        names = [name for name in source.clause.refers_to if (source.agreement.id, name) in touched]
        if source.accrual is not None and names:
            yield LedgerException(
                "acts-on-what-changed",
                "warning",
                f"{source.clause.id} of {source.agreement.id} acts on what accrued under {' and '.join(names)}, part "
                "of which lapsed or was given up; it stands on what had accrued. Record a decision if it is to follow.",
                source.clause.place("base") if source.clause.place("base").source else source.clause.place(),
            )


def unknown_columns(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    named = {header_key(needed.column) for agreement in agreements for needed in needed_columns(agreement)}
    for place, header, likely in records.unknown_columns:
        if header_key(header) in named:
            continue
        yield LedgerException(
            "column-unknown",
            "warning",
            f'the column "{header}" is kept and not used. Is it meant for `{likely}`? Then rename it.',
            place,
        )


def unassigned(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    documents: list[Invoice | Payment] = [*records.invoices, *records.payments]
    for row in documents:
        if payee_under(agreements, row)[0] is None:
            yield LedgerException("document-unassigned", "warning", _why_unassigned(agreements, row), row.place)


def _why_unassigned(agreements: Sequence[Agreement], row: Invoice | Payment) -> str:
    if row.agreement:
        says, remedy = f'"{row.payee}" is no payee of {row.agreement}', "Correct the payee or the agreement."
        names = [payee for agreement in agreements if agreement.id == row.agreement for payee in agreement.payees]
    else:
        having = [a.id for a in agreements if name_key(row.payee) in map(name_key, a.payees)]
        names = [] if having else [payee for agreement in agreements for payee in agreement.payees]
        says = f'"{row.payee}" is a payee of ' + (" and ".join(having) or "no agreement")
        says += ", and the row names none" if having else ""
        remedy = "Name the agreement." if having else "Correct the payee, or leave the row out."
    near = suggestion(row.payee, names)
    return f"{says}; it is in no total. {remedy}" + (f' Did you mean "{near}"?' if near else "")


def overpaid(agreements: Sequence[Agreement], totals: Columns, records: Records) -> Iterator[LedgerException]:
    """Payees to whom more was paid, or who invoiced more, than is payable under an agreement."""
    by_id = {agreement.id: agreement for agreement in agreements}
    resumed = {balance.agreement for balance in records.balances}  # what was payable before these records is not known
    names = ("agreement", "payee", "payable", "paid", "invoiced")
    cash = totals.where(~totals.one_of("unit", UNITS) & ~totals.one_of("agreement", resumed))
    for row in (dict(zip(names, values, strict=True)) for values in cash.rows(*names)):
        for measure, verb, documents in (
            ("paid", "was paid", records.payments),
            ("invoiced", "invoiced", records.invoices),
        ):
            if row[measure] > row["payable"] and documents:
                yield LedgerException(
                    "overpaid",
                    "warning",
                    f"{row['payee']} {verb} {shown_money(row[measure])} under "
                    f"{row['agreement']}, and {shown_money(row['payable'])} is payable by this day.",
                    next(
                        d.place
                        for d in documents
                        if payee_under(agreements, d) == (by_id[row["agreement"]], row["payee"])
                    ),
                )


def shown_amounts(sums: dict[str, int]) -> str:
    """`68,250.00 USD and 8,750 warrants`."""
    words = [f"{shown_count(n)} {unit}" if unit in UNITS else f"{shown_money(n)} {unit}" for unit, n in sums.items()]
    return " and ".join(words) or "an amount that is not worked out"


def _amount(agreement: Agreement, clause: Clause, amount: int) -> str:
    return shown_amounts({_unit(agreement, clause.unit): amount})


def _gives(agreement: Agreement, clause: Clause, within: Bounds) -> str:
    """What a clause gives, or between what: `6.41 USD to 6.61 USD`."""
    if within.least == within.most:
        return _amount(agreement, clause, within.least)
    least = _amount(agreement, clause, within.least)
    most = f"{least} or more" if within.most is None else f"{least} to {_amount(agreement, clause, within.most)}"
    return most + (f", rounded at no more than {within.closings:,} closings," if within.closings else "")


def _base_shown(agreement: Agreement, clause: Clause, balance: Balance) -> str:
    base = opening_base(agreement, clause, balance)
    return shown_count(base) if base_counts(agreement, clause) else shown_money(base)


def _unit(agreement: Agreement, unit: str) -> str:
    return agreement.currency if unit == "cash" else unit


def decisions(entries: Columns, decided: Sequence[Source]) -> Iterator[LedgerException]:
    """Decisions that give up more than stands: they change nothing."""
    for source in decided:
        before = entries.where(entries["decided"] == 0)
        for decision in source.decisions:
            more = beyond(before, source, decision)
            if more:
                unit = _unit(source.agreement, source.clause.unit)
                yield LedgerException(
                    "decision-too-large",
                    "error",
                    f"the {decision.decision} by {decision.decided_by} gives up {shown_amounts({unit: more})} more "
                    f"than stands under {decision.clause}; it changes nothing. Correct its amount.",
                    decision.place,
                )
