"""Checks: each a tie-out of two figures that a controller can follow, and whether it holds.

They are made from the finished ledger, by other ways than those that made its entries where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import evolve

from feecalc import totals
from feecalc.clauses import AccruingClause, Advance, CashLimit, Reimbursement, WarrantLimit
from feecalc.clauses.bases import base_words
from feecalc.controls import controls
from feecalc.ledger import AMOUNTS, UNITS, Check, Ledger, Source, payee_under, unit_of
from feecalc.money import Ratio, shown_count, shown_money
from feecalc.openings import owed_on


def all_checks(ledger: Ledger, every_payee: bool = True) -> Iterator[Check]:
    """Every check, in the order in which a reader meets the figures; of a ledger whose entries are not those of
    `every_payee`, without that parts add up to the whole.
    """
    yield from _lines_answered(ledger)
    yield from controls(ledger)
    yield from _cents_rounded(ledger)
    entered = _accrued_in_entries(ledger)
    for source, found in zip(ledger.sources, entered, strict=True):
        if source.accrual is not None:
            if every_payee:
                yield _parts_are_whole(source, found)
            if _shows_its_limit(source):
                yield _within_limit(source)
        if source.advanced is not None:
            yield _advance_not_exceeded(ledger, source)
    yield from _bases_are_proceeds(ledger)
    yield from _computed_anew(ledger)
    yield from _payable_adds_up(ledger)
    yield from _totals_are_entries(ledger)
    yield from _documents_are_in_totals(ledger)


def shown(unit: str, amount: int) -> str:
    return f"{shown_count(amount)} {unit}" if unit in UNITS else shown_money(amount)


def _tie(name: str, expected: int, found: int, detail: str, unit: str = "") -> Check:
    return Check(name, expected == found, shown(unit, expected), shown(unit, found), detail)


def _lines_answered(ledger: Ledger) -> Iterator[Check]:
    lines, agreement, _ = ledger.attribution.answers()
    table = ledger.table
    is_owed, is_silent = np.zeros((2, len(table)), dtype=bool)
    is_owed[lines[agreement >= 0]] = True
    is_silent[lines[agreement < 0]] = True
    owed, silent = np.flatnonzero(is_owed), np.flatnonzero(is_silent & ~is_owed)
    yield Check(
        "every line is answered",
        len(owed) + len(silent) == len(table),
        shown_count(len(table)),
        f"{shown_count(len(owed))} + {shown_count(len(silent))}",
        "lines read = lines owed to an agreement + lines with a reason why not",
    )
    answered = totals.exact_total(table.gross[owed]) + totals.exact_total(table.gross[silent])
    yield _tie(
        "gross proceeds are all answered",
        totals.exact_total(table.gross),
        answered,
        f"{shown_money(totals.exact_total(table.gross[owed]))} on lines owed to an agreement, "
        f"{shown_money(totals.exact_total(table.gross[silent]))} on lines owed to none",
    )


def _cents_rounded(ledger: Ledger) -> Iterator[Check]:
    table = ledger.table
    if table.rounded_lines:
        effect = table.rounding_effect / 100
        sign = "-" if effect < 0 else ""
        digits = f"{abs(int(effect * 10**10)):011d}"
        yield Check(
            "shares x price to the cent",
            abs(effect * 100) <= Ratio(table.rounded_lines, 2),
            f"at most {shown_count(table.rounded_lines)} half cents",
            f"{sign}{digits[:-10]}.{digits[-10:].rstrip('0') or '0'}",
            f"{shown_count(table.rounded_lines)} lines without gross_proceeds have shares x price that is not "
            "whole cents; each is taken half up to the cent",
        )


def _accrued_in_entries(ledger: Ledger) -> list[int]:
    """What the entries of each source accrue in all, without what lapsed."""
    entries = ledger.columns.where(~ledger.columns["lapses"])
    sums: list[int] = totals.summed(entries["accrued"], entries["source"], len(ledger.sources)).tolist()
    return sums


def _parts_are_whole(source: Source, entered: int) -> Check:
    accrual = source.accrual
    assert accrual is not None
    unit = unit_of(source.agreement, source.clause)
    return _tie(
        f"{source.agreement.id} {source.clause.id}: payees' parts are the whole",
        totals.exact_total(accrual.accrued),
        entered,
        "accrued by the clause = sum of its entries",
        unit,
    )


def _shows_its_limit(source: Source) -> bool:
    """Whether a running total must stay below a limit all along: approval may pass it, an amendment may end it or let
    it run otherwise, and what undoes a closing may release a limit for each investor elsewhere.
    """
    clause = source.clause
    if {getattr(limit, "over", None) for limit in _limits_in_turn(source)} & {None, "investor"}:
        return False
    if len({limit.over for limit in _limits_in_turn(source) if limit is not None}) > 1:
        return False
    return not (isinstance(clause, Reimbursement) and clause.approved == "are beyond the limits")


def _limits_in_turn(source: Source) -> list[CashLimit | WarrantLimit | None]:
    """The limit of a clause as signed and as amended: a lower one takes nothing back, so that the highest binds."""
    under = source.accrual.under if source.accrual is not None else ()
    return [each.clause.limit for each in under] or [source.clause.limit]


def _within_limit(source: Source) -> Check:
    accrual, clause = source.accrual, source.clause
    assert accrual is not None and clause.limit is not None
    limit, unit = clause.limit, unit_of(source.agreement, clause)
    if limit.over == "agreement":
        before = accrual.opening if limit.earlier == "counts" else 0
        highest = (
            max(0, before, *(before - accrual.opening + accrual.accrued_before + accrual.accrued).tolist())
            if len(accrual)
            else before
        )
        words = (
            f"highest running total, {shown(unit, before)} from before these records included"
            if before
            else "highest running total"
        )
    else:
        by_closing = totals.summed(accrual.accrued, accrual.rank, int(accrual.rank.max(initial=0)) + 1)
        highest, words = int(by_closing.max(initial=0)), "highest of any closing"
    most = max(each.amount for each in _limits_in_turn(source) if each is not None)
    highest_allowed = max(most, accrual.opening if limit.over == "agreement" and limit.earlier == "counts" else 0)
    return Check(
        f"{source.agreement.id} {clause.id}: within its limit",
        highest <= highest_allowed,
        f"at most {shown(unit, most)}",
        shown(unit, highest),
        words,
    )


def _advance_not_exceeded(ledger: Ledger, source: Source) -> Check:
    advanced, clause = source.advanced, source.clause
    assert advanced is not None and isinstance(clause, Advance)
    standing = advanced.opening + totals.exact_total(advanced.accrued)
    recouped = advanced.opening_recouped + advanced.recouped
    most = max(standing, advanced.opening, 0)
    return Check(
        f"{source.agreement.id} {clause.id}: recouped no more than was advanced",
        0 <= recouped <= most,
        f"at most {shown_money(most)}",
        shown_money(recouped),
        "recouped under " + ", ".join(clause.credited_against) + "; advanced less returned",
    )


def _payable_adds_up(ledger: Ledger) -> Iterator[Check]:
    entries = ledger.columns
    for unit in sorted(set(entries["unit"].tolist()) - set(UNITS)):
        cash = entries["unit"] == unit
        accrued, recouped, held, taken, decided, payable = (entries.total(name, cash) for name in AMOUNTS)
        detail = f"{unit}: {shown_money(accrued)} less {shown_money(recouped)}"
        for amount, words in ((held, "less held"), (taken, "less taken in securities"), (decided, "with decisions of")):
            detail += f" {words} {shown_money(amount)}" if amount else ""
        name = (
            "accrued less recouped is payable"
            if not (held or taken or decided)
            else "what accrued is payable or accounted for"
        )
        yield _tie(name, accrued - recouped - held - taken + decided, payable, detail)


def _totals_are_entries(ledger: Ledger) -> Iterator[Check]:
    for unit in sorted(set(ledger.columns["unit"].tolist())):
        found, expected = (
            {name: columns.total(name, columns["unit"] == unit) for name in AMOUNTS}
            for columns in (ledger.sums, ledger.columns)
        )
        detail = f"payable, {unit}; accrued and recouped tie as well"
        check = _tie(
            "totals by payee are the sum of the entries",
            expected["payable"],
            found["payable"],
            detail,
            unit,
        )
        yield evolve(check, holds=found == expected)


def _bases_are_proceeds(ledger: Ledger) -> Iterator[Check]:
    """What each clause acted on, against the proceeds of the lines its agreement is owed on, summed from the lines."""
    table = ledger.table
    measured = {"gross proceeds": table.gross, "cash proceeds": table.cash, "securities sold": table.shares}
    for index, agreement in enumerate(ledger.agreements):
        lines = ledger.attribution.lines_owed(index)
        summed: dict[str, int] = {}
        for source in ledger.sources:
            clause = source.clause
            if source.agreement.id != agreement.id or source.accrual is None or not isinstance(clause, AccruingClause):
                continue
            if clause.base not in measured or clause.lines is not None or agreement.amendments or agreement.conversion:
                continue
            assert isinstance(clause.base, str)
            unit = "shares" if clause.base_counts else ""
            if clause.base not in summed:
                summed[clause.base] = totals.exact_total(measured[clause.base][lines])
            proceeds = summed[clause.base]
            acted_on = totals.exact_total(source.accrual.base)
            limited = agreement.covers.offering_limit is not None
            yield Check(
                f"{agreement.id} {clause.id}: base is the proceeds of its lines",
                acted_on == proceeds or (limited and acted_on < proceeds),
                shown(unit, proceeds),
                shown(unit, acted_on),
                f"{base_words(clause.base)} of {shown_count(len(lines))} lines"
                + (", within the offering limit" if limited else ""),
            )


def _computed_anew(ledger: Ledger) -> Iterator[Check]:
    """Clauses of one rate rounded over the agreement, computed once more from the whole base in single numbers, before
    their limit.
    """
    for source in ledger.sources:
        accrual, clause = source.accrual, source.clause
        if accrual is None or not isinstance(clause, AccruingClause) or clause.rounding.over != "agreement":
            continue
        if accrual.under:  # amendments change its terms
            continue
        ends = [accrual.opening_base, accrual.opening_base + totals.exact_total(accrual.base)]
        before, after = (owed_on(clause, base) for base in ends)
        if before is None or after is None:
            continue
        unit = "shares" if accrual.base_counts else ""
        yield _tie(
            f"{source.agreement.id} {clause.id}: computed anew from the whole base",
            after - before,
            totals.exact_total(accrual.unlimited),
            f"on {shown(unit, ends[1])} less on {shown(unit, ends[0])}, before any limit",
            unit_of(source.agreement, clause),
        )


def _documents_are_in_totals(ledger: Ledger) -> Iterator[Check]:
    for measure, documents in (("paid", ledger.records.payments), ("invoiced", ledger.records.invoices)):
        told = [d for d in documents if d.date <= ledger.as_of and payee_under(ledger.agreements, d)[0] is not None]
        if documents:
            yield _tie(
                f"{measure} in the totals is what the records hold",
                sum(d.amount for d in told),
                ledger.sums.total(measure),
                f"{shown_count(len(told))} of {shown_count(len(documents))} rows, those of a known agreement "
                f"through {ledger.as_of}",
            )
