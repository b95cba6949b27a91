"""Why an amount is what it is, in sentences with the figures in them, recomputed from an entry's own columns.

`why` is one line an entry, for ledgers. `explanation` is the whole account for one entry: the clause and its words,
base before and after, rate, limit, advance, split, rounding, readings and source rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import evolve

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.base_parts import Part, base_parts, converted
from feecalc.clauses import (
    AccruingClause,
    Clause,
    Period,
)
from feecalc.clauses.prices import price_words
from feecalc.closing import ClosingTable
from feecalc.computations import SCOPES, acts_on, amount_shown, base_shown, computation, decimal, limit_told, terms_of
from feecalc.dates import NEVER, day_date
from feecalc.ledger import Ledger, Source, unit_of
from feecalc.money import Ratio, shown_count, shown_money, shown_share
from feecalc.records import Decision

MOST_ROWS = 50


def whys(ledger: Ledger) -> list[str]:
    """One line for each entry: what was computed, and what touched it."""
    names = ("source", "row", "part", "instalment", "accrued", "recouped", "held", "in_securities", "payable", "lapses")
    computed: dict[tuple[int, int], tuple[Source, str]] = {}  # the payees of a clause have an entry each of one accrual
    found = []
    for number, row, *rest in ledger.columns.rows(*names):
        if (number, row) not in computed:
            computed[number, row] = _computed(ledger.sources[number], row)
        found.append(_why(*computed[number, row], row, *rest))
    return found


def explanation(ledger: Ledger, entry: int) -> str:
    """The whole account for one entry, as paragraphs wrapped at 80 columns."""
    line = {name: column[entry] for name, column in ledger.columns.arrays.items()}
    row, part = int(line["row"]), int(line["part"])
    source = _as_ruled(ledger.sources[line["source"]], row)
    where = (
        f"closing {line['closing']} of {day_date(int(line['accrued_on']))}"
        if line["closing"]
        else f"{day_date(int(line['accrued_on']))}"
    )
    head = f"{source.agreement.id} {source.clause.id}, {where}, {line['payee']}: {_verdict(source, line)}"
    paragraphs = [
        *_in_our_words(ledger, source, row),
        *_account(ledger, source, row, part, line),
    ]
    for reading in source.clause.readings:
        paragraphs.append(f"We read it so: {reading.question} {reading.chosen}")
    body = [_wrapped(text, 80, initial_indent="  ", subsequent_indent="    ") for text in paragraphs]
    return "\n".join([_wrapped(head, 80, subsequent_indent="    "), *body, *_rows(ledger, line["source"], row)])


def _as_ruled(source: Source, row: int) -> Source:
    """The source with its clause as the terms have it that rule an accrual: the last of them, if several do."""
    ruling = terms_of(source.accrual, row)
    if not ruling:
        return source
    assert source.accrual is not None
    clause = ruling[-1].clause
    return evolve(source, clause=clause, accrual=evolve(source.accrual, clause=clause))


def _in_our_words(ledger: Ledger, source: Source, row: int) -> Iterator[str]:
    """What the clause says, under each of the terms that rule the entry."""
    stated: list[Clause] = [each.clause for each in terms_of(source.accrual, row)] or [source.clause]
    signed = next(each for each in ledger.agreements if each.id == source.agreement.id)
    for clause in stated:
        amended = next(number for number, terms in enumerate(signed.in_force()) if terms.clause(clause.id) == clause)
        by = f"; {signed.amendments[amended - 1].section}" if amended else ""
        yield f"The clause, in our words ({clause.section}{by}): {clause.says}"


def _verdict(source: Source, line: Any) -> str:
    """What is to happen with the entry's amount, and when."""
    unit = unit_of(source.agreement, source.clause)
    payable, held = int(line["payable"]), int(line["held"])
    if line["lapses"]:
        return f"{amount_shown(source.clause, -int(line['accrued']))} {unit} lapse"
    if held and not payable:
        return f"{amount_shown(source.clause, held)} {unit} held"
    return (
        f"{amount_shown(source.clause, abs(payable))} {unit} {_verb(source, payable)} {_day(int(line['payable_on']))}"
    )


def _day(day: int) -> str:
    return "a day not known yet" if day == NEVER else str(day_date(day))


def _wrapped(text: str, width: int, initial_indent: str = "", subsequent_indent: str = "") -> str:
    return textwrap.fill(
        text, width, initial_indent=initial_indent, subsequent_indent=subsequent_indent, break_on_hyphens=False
    )


def _verb(source: Source, payable: int) -> str:
    if source.clause.counted:
        return "to be cancelled on" if payable < 0 else "to be delivered on"
    if source.advanced is not None and payable < 0:
        return "to be returned on"
    return "to be taken back on" if payable < 0 else "payable on"


def _account(ledger: Ledger, source: Source, row: int, part: int, line: Any) -> Iterator[str]:
    if source.decisions:
        yield f"Decision: {_decision_words(source, source.decisions[row], int(line['decided']))}."
        return
    if source.advanced is not None:
        yield f"Amount: {_advance_why(source, row)}."
        return
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    before, base = int(accrual.base_before[row]), int(accrual.base[row])
    count = int(accrual.groups.counts()[row]) if accrual.groups else 1 if accrual.expenses else 0
    if count:
        yield (
            f"Base: {base_shown(accrual, base)} of {acts_on(clause)} from {shown_count(count)} source "
            f"row{'s' if count != 1 else ''}. The running base goes from "
            f"{base_shown(accrual, before)} to {base_shown(accrual, before + base)}."
        )
        parts = base_parts(ledger, source, row)
        if parts:
            yield f"The base in its parts: {_parts_words(accrual, parts)} = {base_shown(accrual, base)}."
    yield f"Computation: {computation(accrual, row)}."
    if isinstance(clause, AccruingClause):
        yield f"Rounding: {clause.rounding.mode}, {SCOPES[clause.rounding.over]}."
    limit = limit_told(accrual, row)
    if limit:
        yield f"Limit: {limit}."
    if clause.strike is not None:
        priced = bool(accrual.prices) and accrual.price[row] >= 0
        price = str(accrual.prices[accrual.price[row]]) if priced else line["exercise_price"] or "not on record"
        yield f"Exercise price: {price}" + (f" ({price_words(clause.strike)})." if priced else ".")
    if clause.last_exercise is not None:
        expires = clause.last_exercise
        words = f" ({expires.in_words()})" if isinstance(expires, Period) else ""
        yield f"Last day of exercise: {line['expires'] or ('not known yet' if words else 'not stated')}{words}."
    if source.in_securities[row]:
        yield f"Securities: {shown_money(int(source.in_securities[row]))} of it is taken in securities."
    if source.recouped[row]:
        yield (
            f"Advance: of {amount_shown(clause, int(accrual.accrued[row]))}, {shown_money(int(source.recouped[row]))} "
            "is credited against what was paid ahead, "
            f"{shown_money(int(accrual.accrued[row] - source.recouped[row] - source.in_securities[row]))} is left."
        )
    due = getattr(clause, "due", None)
    if isinstance(due, tuple):
        instalment = due[int(line["instalment"])]
        yield f"Instalment: {_instalment_words(clause, int(line['instalment']))}" + (
            f"; unless that has happened by {instalment.unless_by}, it lapses." if instalment.unless_by else "."
        )
    elif isinstance(due, Period):
        yield f"Due: {due.in_words()}."
    if len(clause.split) > 1:
        yield _split_words(source, row, part, line)


def _parts_words(accrual: Accrual, parts: Sequence[Part]) -> str:
    """`300,000.00 gross proceeds less 10,000.00 legal_costs`."""
    told = [
        f"{'less ' if part.deducted else 'and ' if place else ''}{base_shown(accrual, part.amount)} {part.words}"
        for place, part in enumerate(parts)
    ]
    return " ".join(told)


def _instalment_words(clause: Clause, number: int) -> str:
    due = clause.due[number]  # type: ignore[attr-defined]  # asked for clauses in instalments only
    when = due.when.in_words() if isinstance(due.when, Period) else due.when
    return f"{shown_share(due.part)}, due {when}"


def _decision_words(source: Source, decision: Decision, change: int) -> str:
    unit = unit_of(source.agreement, source.clause)
    given = f"{amount_shown(source.clause, abs(change))} {unit} {'less' if change < 0 else 'more'}"
    return f"{decision.decision} by {decision.decided_by} on {decision.date}: {decision.reason}; {given}"


def _split_words(source: Source, row: int, part: int, line: Any) -> str:
    """How a payee's part came about: its share of the running total before and after."""
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    before = int(accrual.accrued_before[row])
    after = before + int(accrual.accrued[row])
    shares = source.agreement.shares(clause)
    cut = [
        int(settlement.parts(np.array([total], dtype=np.int64), 0, shares, clause.odd_unit)[part][0])
        for total in (before, after)
    ]
    words = (
        f"Split: {_payee(source.agreement, clause, part)} has {amount_shown(clause, cut[0])} of the "
        f"{amount_shown(clause, before)} accrued before and "
        f"{amount_shown(clause, cut[1])} of {amount_shown(clause, after)} now, so "
        f"{amount_shown(clause, int(line['accrued']))}; what does not divide goes to "
        f"{str(clause.odd_unit).rstrip('.')}."
    )
    if line["recouped"]:
        words += (
            f" Of this, {shown_money(int(line['recouped']))} is credited, {shown_money(int(line['payable']))} payable."
        )
    return words


def _rows(ledger: Ledger, source: int, row: int) -> list[str]:
    """The source rows of an entry, with their attribution."""
    origin = ledger.sources[source]
    if origin.accrual is None or origin.accrual.groups is None:
        return [f"  Row {name}" for name in ledger.lines_of(source, row)]
    table = ledger.table
    members = origin.accrual.groups.members(row).tolist()
    foreign = converted(ledger, origin, origin.accrual.groups.members(row)[:MOST_ROWS])
    shown = [
        _wrapped(
            f"Row {table.rows.line(line)}: {_line_words(table, line)}{_converted_words(origin, foreign.get(line))}",
            80,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for line in members[:MOST_ROWS]
    ]
    more = len(members) - MOST_ROWS
    return shown + ([f"  and {shown_count(more)} more rows"] if more > 0 else [])


def _converted_words(source: Source, conversion: tuple[Ratio, int] | None) -> str:
    """At which rate a line in another currency counts, and as how much."""
    if conversion is None:
        return ""
    rate, amount = conversion
    each = decimal(rate.numerator, rate.denominator, 0)
    return f", which count at {each} as {shown_money(amount)} {source.agreement.currency}"


def _line_words(table: ClosingTable, line: int) -> str:
    """Who bought what, for how much."""
    words = f"{table.investor[line]}, "
    if table.has_shares[line]:
        price = table.price[line]
        at = f" at {table.prices[price]}" if price >= 0 else ""
        words += f"{shown_count(int(table.shares[line]))} of {table.security[line]}{at}, "
    currency = f" {table.currency[line].upper()}" if table.currency[line] else ""
    words += f"{shown_money(int(table.gross[line]))}{currency} gross proceeds"
    if table.non_cash[line]:
        words += f", {shown_money(int(table.non_cash[line]))} of it not in cash"
    return words


def _computed(source: Source, row: int) -> tuple[Source, str]:
    """The source as ruled at an accrual, and what was computed there, if it is one."""
    ruled = _as_ruled(source, row)
    if ruled.accrual is None:
        return ruled, ""
    limit = limit_told(ruled.accrual, row)
    return ruled, computation(ruled.accrual, row) + (f"; {limit}" if limit else "")


def _why(
    source: Source,
    words: str,
    row: int,
    part: int,
    instalment: int,
    accrued: int,
    recouped: int,
    held: int,
    in_securities: int,
    payable: int,
    lapses: bool,
) -> str:
    """The line for one entry: the `words` on how it was computed, and what became of that."""
    if source.decisions:
        return _decision_words(source, source.decisions[row], payable)
    if source.advanced is not None:
        return _advance_why(source, row)
    clause = source.clause
    due = getattr(clause, "due", None)
    if isinstance(due, tuple) and lapses:
        what = _instalment_words(clause, instalment)
        return f"{words}; instalment of {what}, lapsed: not by {due[instalment].unless_by}"
    if isinstance(due, tuple):
        words += f"; instalment of {_instalment_words(clause, instalment)}: {amount_shown(clause, accrued)}"
    if len(clause.split) > 1:
        words += f"; to {_payee(source.agreement, clause, part)} {amount_shown(clause, accrued)}"
    if in_securities:
        words += f"; {shown_money(in_securities)} taken in securities"
    if recouped:
        words += f"; {shown_money(recouped)} credited against what was paid ahead, {shown_money(payable)} payable"
    if held:
        until = f" ({due.in_words()})" if isinstance(due, Period) else ""
        words += f"; {amount_shown(clause, held)} held until it is due{until}"
    return words


def _advance_why(source: Source, row: int) -> str:
    advanced = source.advanced
    assert advanced is not None
    amount = int(advanced.accrued[row])
    if amount > 0 and row == 0:
        credited = ", ".join(advanced.clause.credited_against)
        return f"advance due on {day_date(int(advanced.day[row]))}, to be credited against {credited}"
    spent = f" and {shown_money(advanced.expensed)} spent on recorded expenses" if advanced.expensed else ""
    what = "is to be returned" if amount < 0 else "is no longer to be returned"
    return (
        f"of {shown_money(advanced.opening or advanced.clause.amount)} advanced, "
        f"{shown_money(int(advanced.earned[row]))} "
        f"was earned{spent}; {shown_money(abs(amount))} {what}"
    )


def _payee(agreement: Agreement, clause: Clause, part: int) -> str:
    share = agreement.shares(clause)[part]
    return f"{share.payee} ({shown_share(share.share)})"
