"""Why an amount is what it is, in sentences with the figures in them, recomputed from an entry's own columns.

`why` is one line an entry, for ledgers. `explanation` is the whole account for one entry: the clause and its words,
base before and after, rate, limit, advance, split, rounding, readings and source rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, Clause, Percentage, VestingWarrants, WarrantClause, WarrantsPerAmount
from feecalc.dates import day_date
from feecalc.ledger import Ledger, Source
from feecalc.money import divided, shown_count, shown_money, shown_rate, shown_share

SCOPES = {
    "agreement": "the running total of the agreement",
    "closing": "each closing",
    "investor": "each investor",
    "line": "each line",
}


def whys(ledger: Ledger) -> list[str]:
    """One line for each entry: what was computed, and what touched it."""
    columns = [ledger.entries[name].tolist() for name in ("source", "row", "part", "accrued", "recouped", "payable")]
    return [
        _why(ledger.sources[source], row, part, accrued, recouped, payable)
        for source, row, part, accrued, recouped, payable in zip(*columns, strict=True)
    ]


def explanation(ledger: Ledger, entry: int) -> str:
    """The whole account for one entry, as paragraphs wrapped at 80 columns."""
    line = ledger.entries.iloc[entry]
    source = ledger.sources[line["source"]]
    row, part = int(line["row"]), int(line["part"])
    payable = int(line["payable"])
    unit = "warrants" if source.clause.unit == "warrants" else source.agreement.currency
    where = (
        f"closing {line['closing']} of {day_date(int(line['accrued_on']))}"
        if line["closing"]
        else f"{day_date(int(line['accrued_on']))}"
    )
    due = day_date(int(line["payable_on"]))
    amount = f"{_shown(source.clause, abs(payable))} {unit}"
    head = (
        f"{source.agreement.id} {source.clause.id}, {where}, {line['payee']}: {amount} {_verb(source, payable)} {due}"
    )
    paragraphs = [
        f"The clause, in our words ({source.clause.section}): {source.clause.says}",
        *_account(ledger, source, row, part, line),
    ]
    for reading in source.clause.readings:
        paragraphs.append(f"We read it so: {reading.question} {reading.chosen}")
    body = [_wrapped(text, 80, initial_indent="  ", subsequent_indent="    ") for text in paragraphs]
    return "\n".join([_wrapped(head, 80, subsequent_indent="    "), *body, *_rows(ledger, line["source"], row)])


def _wrapped(text: str, width: int, initial_indent: str = "", subsequent_indent: str = "") -> str:
    return textwrap.fill(
        text, width, initial_indent=initial_indent, subsequent_indent=subsequent_indent, break_on_hyphens=False
    )


def _verb(source: Source, payable: int) -> str:
    if source.clause.unit == "warrants":
        return "to be cancelled on" if payable < 0 else "to be delivered on"
    if source.advanced is not None and payable < 0:
        return "to be returned on"
    return "to be taken back on" if payable < 0 else "payable on"


def _account(ledger: Ledger, source: Source, row: int, part: int, line: Any) -> Iterator[str]:
    if source.advanced is not None:
        yield f"Amount: {_advance_why(source, row)}."
        return
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    before, base = int(accrual.base_before[row]), int(accrual.base[row])
    count = int(accrual.groups.counts()[row]) if accrual.groups else 1
    noun = clause.base if isinstance(clause, AccruingClause) else "recorded expenses"
    yield (
        f"Base: {shown_money(base)} of {noun} from {shown_count(count)} source row{'s' if count != 1 else ''}. "
        "The running base goes from "
        f"{shown_money(before)} to {shown_money(before + base)}."
    )
    yield f"Computation: {_computed(accrual, row)}."
    if isinstance(clause, AccruingClause):
        yield f"Rounding: {clause.rounding.mode}, {SCOPES[clause.rounding.over]}."
    limit = _limit(accrual, row)
    if limit:
        yield f"Limit: {limit}."
    if isinstance(clause, WarrantClause) and accrual.prices:
        price = accrual.prices[accrual.price[row]] if accrual.price[row] >= 0 else "not on record"
        yield f"Exercise price: the price paid on these lines, {price}."
    elif isinstance(clause, WarrantClause):
        yield f"Exercise price: {clause.exercise_price}."
    if isinstance(clause, WarrantClause):
        yield f"Last day of exercise: {clause.expires}."
    if source.recouped[row]:
        yield (
            f"Advance: of {_shown(clause, int(accrual.accrued[row]))}, {shown_money(int(source.recouped[row]))} "
            "is credited against the advance, "
            f"{shown_money(int(accrual.accrued[row] - source.recouped[row]))} is payable."
        )
    if clause.split:
        yield _split_words(source, row, part, line)


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
        f"Split: {_payee(source.agreement, clause, part)} has {_shown(clause, cut[0])} of the "
        f"{_shown(clause, before)} accrued before and "
        f"{_shown(clause, cut[1])} of {_shown(clause, after)} now, so {_shown(clause, int(line['accrued']))}; "
        "what does not divide goes to "
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
    shown = [
        _wrapped(
            f"Row {table.rows.line(line)}: {table.investor[line]}, {shown_money(int(table.gross[line]))} gross "
            "proceeds",
            80,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for line in members[:50]
    ]
    return shown + ([f"  and {shown_count(len(members) - 50)} more rows"] if len(members) > 50 else [])


def _why(source: Source, row: int, part: int, accrued: int, recouped: int, payable: int) -> str:
    if source.advanced is not None:
        return _advance_why(source, row)
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    words = _computed(accrual, row)
    limit = _limit(accrual, row)
    if limit:
        words += f"; {limit}"
    if clause.split:
        words += f"; to {_payee(source.agreement, clause, part)} {_shown(clause, accrued)}"
    if recouped:
        words += f"; {shown_money(recouped)} credited against the advance, {shown_money(payable)} payable"
    return words


def _computed(accrual: Accrual, row: int) -> str:
    """What the clause alone brings, in words."""
    clause, base = accrual.clause, int(accrual.base[row])
    before, brought = int(accrual.base_before[row]), int(accrual.unlimited[row])
    noun = clause.base if isinstance(clause, AccruingClause) else ""
    if isinstance(clause, Percentage):
        if clause.rounding.over == "agreement":
            return (
                f"{shown_rate(clause.rate)} of the running {noun}, {shown_money(before)} to "
                f"{shown_money(before + base)}: "
                f"{shown_money(brought)} more"
            )
        exactly = _exactly(clause, base, brought)
        return f"{shown_rate(clause.rate)} of {shown_money(base)} {noun} = {shown_money(brought)}{exactly}"
    if isinstance(clause, WarrantsPerAmount):
        steps = "pro rata" if clause.steps == "pro rata" else "whole amounts only"
        return (
            f"{shown_count(clause.warrants)} warrants per {shown_money(clause.per)} of {noun}, {steps}; running "
            f"base {shown_money(before)} to "
            f"{shown_money(before + base)}: {_change(brought)}"
        )
    if isinstance(clause, VestingWarrants):
        return (
            f"{shown_count(clause.pool)} x {noun} / {shown_money(clause.target)}; running base "
            f"{shown_money(before)} to "
            f"{shown_money(before + base)}: {_change(brought)}"
        )
    return f"expense of {shown_money(base)}" + (f" of {accrual.expenses[row].date}" if accrual.expenses else "")


def _change(warrants: int) -> str:
    return f"{shown_count(-warrants)} fewer" if warrants < 0 else f"{shown_count(warrants)} more"


def _exactly(clause: Percentage, base: int, brought: int) -> str:
    """How a rounded amount came about, or an empty string where nothing was rounded."""
    numerator, denominator = clause.rate.numerator * base, clause.rate.denominator
    off = abs(numerator - brought * denominator)
    if off == 0:
        return ""
    if divided(numerator, denominator, clause.rounding.mode) == brought:
        return f" ({clause.rounding.mode} from {_decimal(numerator, 100 * denominator)})"
    if clause.rounding.over == "closing":
        return " (what is taken back is rounded within the closing that it undoes)"
    return f" (rounded {clause.rounding.mode}, {SCOPES[clause.rounding.over]})"


def _limit(accrual: Accrual, row: int) -> str:
    """How the limit touched an accrual, or an empty string where it did not."""
    clause = accrual.clause
    limit = clause.limit
    alone, accrued = int(accrual.unlimited[row]), int(accrual.accrued[row])
    if limit is None or alone == accrued:
        return ""
    if limit.over == "closing":
        return f"the limit of {_shown(clause, limit.amount)} for a closing leaves {_shown(clause, accrued)}"
    uncounted = 0 if limit.earlier == "counts" else accrual.opening
    used = int(accrual.accrued_before[row]) - uncounted
    if alone < 0 or accrued < 0:
        before = int(accrual.unlimited_before[row]) - uncounted
        return (
            f"without the limit of {_shown(clause, limit.amount)} the running total would go from "
            f"{_shown(clause, before)} to "
            f"{_shown(clause, before + alone)}, within it it goes from {_shown(clause, used)} to "
            f"{_shown(clause, used + accrued)}"
        )
    return (
        f"{_shown(clause, used)} of the limit of {_shown(clause, limit.amount)} was used before, "
        f"{_shown(clause, max(0, limit.amount - used))} is left: {_shown(clause, accrued)}"
    )


def _advance_why(source: Source, row: int) -> str:
    advanced = source.advanced
    assert advanced is not None
    amount = int(advanced.accrued[row])
    if amount > 0 and row == 0:
        credited = ", ".join(advanced.clause.credited_against)
        return f"advance due on {advanced.clause.due}, to be credited against {credited}"
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


def _shown(clause: Clause, amount: int) -> str:
    return shown_count(amount) if clause.unit == "warrants" else shown_money(amount)


def _decimal(numerator: int, denominator: int) -> str:
    """A ratio as a decimal, cut after eight places where it does not end."""
    whole, rest = divmod(abs(numerator), denominator)
    places, beyond = divmod(rest * 10**8, denominator)
    digits = f"{places:08d}".rstrip("0") or "0"
    shown = f"{whole:,}.{digits}{'...' if beyond else ''}"
    return f"({shown})" if numerator < 0 else shown
