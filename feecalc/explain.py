"""Why an amount is what it is, in sentences with the figures in them, recomputed from an entry's own columns.

`why` is one line an entry, for ledgers. `explanation` is the whole account for one entry: the clause and its words,
base before and after, rate, limit, advance, split, rounding, readings and source rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.base_parts import Part, base_parts, converted
from feecalc.clauses import (
    AccruingClause,
    Clause,
    FixedClause,
    Minimum,
    Percentage,
    Period,
    Reimbursement,
    SecuritiesInLieu,
    VestingWarrants,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import base_words, measure_words
from feecalc.clauses.fees import Reaches, tested_words, when_words
from feecalc.clauses.prices import price_words
from feecalc.clauses.rates import Tiers, rate_words
from feecalc.closing import ClosingTable
from feecalc.dates import NEVER, day_date
from feecalc.ledger import Ledger, Source, unit_of
from feecalc.money import Ratio, divided, shown_count, shown_money, shown_rate, shown_share, units
from feecalc.records import Decision

MOST_ROWS = 50
SCOPES = {
    "agreement": "the running total of the agreement",
    "closing": "each closing",
    "investor": "each investor",
    "line": "each line",
}


def whys(ledger: Ledger) -> list[str]:
    """One line for each entry: what was computed, and what touched it."""
    names = ("source", "row", "part", "instalment", "accrued", "recouped", "held", "in_securities", "payable", "lapses")
    columns = [ledger.entries[name].tolist() for name in names]
    return [_why(ledger.sources[entry[0]], *entry[1:]) for entry in zip(*columns, strict=True)]


def explanation(ledger: Ledger, entry: int) -> str:
    """The whole account for one entry, as paragraphs wrapped at 80 columns."""
    line = ledger.entries.iloc[entry]
    source = ledger.sources[line["source"]]
    row, part = int(line["row"]), int(line["part"])
    where = (
        f"closing {line['closing']} of {day_date(int(line['accrued_on']))}"
        if line["closing"]
        else f"{day_date(int(line['accrued_on']))}"
    )
    head = f"{source.agreement.id} {source.clause.id}, {where}, {line['payee']}: {_verdict(source, line)}"
    paragraphs = [
        f"The clause, in our words ({source.clause.section}): {source.clause.says}",
        *_account(ledger, source, row, part, line),
    ]
    for reading in source.clause.readings:
        paragraphs.append(f"We read it so: {reading.question} {reading.chosen}")
    body = [_wrapped(text, 80, initial_indent="  ", subsequent_indent="    ") for text in paragraphs]
    return "\n".join([_wrapped(head, 80, subsequent_indent="    "), *body, *_rows(ledger, line["source"], row)])


def _verdict(source: Source, line: Any) -> str:
    """What is to happen with the entry's amount, and when."""
    unit = unit_of(source.agreement, source.clause)
    payable, held = int(line["payable"]), int(line["held"])
    if line["lapses"]:
        return f"{_shown(source.clause, -int(line['accrued']))} {unit} lapse"
    if held and not payable:
        return f"{_shown(source.clause, held)} {unit} held"
    return f"{_shown(source.clause, abs(payable))} {unit} {_verb(source, payable)} {_day(int(line['payable_on']))}"


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
            f"Base: {_base(accrual, base)} of {_noun(clause)} from {shown_count(count)} source "
            f"row{'s' if count != 1 else ''}. The running base goes from "
            f"{_base(accrual, before)} to {_base(accrual, before + base)}."
        )
        parts = base_parts(ledger, source, row)
        if parts:
            yield f"The base in its parts: {_parts_words(accrual, parts)} = {_base(accrual, base)}."
    yield f"Computation: {_computed(accrual, row)}."
    if isinstance(clause, AccruingClause):
        yield f"Rounding: {clause.rounding.mode}, {SCOPES[clause.rounding.over]}."
    limit = _limit(accrual, row)
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
            f"Advance: of {_shown(clause, int(accrual.accrued[row]))}, {shown_money(int(source.recouped[row]))} "
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
        f"{'less ' if part.deducted else 'and ' if place else ''}{_base(accrual, part.amount)} {part.words}"
        for place, part in enumerate(parts)
    ]
    return " ".join(told)


def _instalment_words(clause: Clause, number: int) -> str:
    due = clause.due[number]  # type: ignore[attr-defined]  # asked for clauses in instalments only
    when = due.when.in_words() if isinstance(due.when, Period) else due.when
    return f"{shown_share(due.part)}, due {when}"


def _noun(clause: Clause) -> str:
    """What a clause acts on."""
    match clause:
        case AccruingClause():
            return base_words(clause.base)
        case FixedClause(when=Reaches(counting=counting)):
            return measure_words(counting)
        case FixedClause():
            return "gross proceeds"
        case Minimum():
            return "what accrued under " + " and ".join(clause.of)
        case SecuritiesInLieu():
            return f"cash under {clause.of}"
    return "recorded expenses"


def _base(accrual: Accrual, amount: int) -> str:
    clause = accrual.clause
    counted = accrual.base_counts or (
        isinstance(clause, FixedClause)
        and isinstance(clause.when, Reaches)
        and not measure_words(clause.when.counting).endswith("proceeds")
    )
    return shown_count(amount) if counted else shown_money(amount)


def _decision_words(source: Source, decision: Decision, change: int) -> str:
    unit = unit_of(source.agreement, source.clause)
    given = f"{_shown(source.clause, abs(change))} {unit} {'less' if change < 0 else 'more'}"
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
    each = _decimal(rate.numerator, rate.denominator, 0)
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


def _why(
    source: Source,
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
    if source.decisions:
        return _decision_words(source, source.decisions[row], payable)
    if source.advanced is not None:
        return _advance_why(source, row)
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    words = _computed(accrual, row)
    limit = _limit(accrual, row)
    if limit:
        words += f"; {limit}"
    due = getattr(clause, "due", None)
    if isinstance(due, tuple) and lapses:
        what = _instalment_words(clause, instalment)
        return f"{words}; instalment of {what}, lapsed: not by {due[instalment].unless_by}"
    if isinstance(due, tuple):
        words += f"; instalment of {_instalment_words(clause, instalment)}: {_shown(clause, accrued)}"
    if len(clause.split) > 1:
        words += f"; to {_payee(source.agreement, clause, part)} {_shown(clause, accrued)}"
    if in_securities:
        words += f"; {shown_money(in_securities)} taken in securities"
    if recouped:
        words += f"; {shown_money(recouped)} credited against what was paid ahead, {shown_money(payable)} payable"
    if held:
        until = f" ({due.in_words()})" if isinstance(due, Period) else ""
        words += f"; {_shown(clause, held)} held until it is due{until}"
    return words


def _computed(accrual: Accrual, row: int) -> str:
    """What the clause alone brings, in words."""
    clause, base = accrual.clause, int(accrual.base[row])
    before, brought = int(accrual.base_before[row]), int(accrual.unlimited[row])
    noun = _noun(clause)
    span = f"{_base(accrual, before)} to {_base(accrual, before + base)}"
    match clause:
        case Percentage(rate=Ratio() as rate) if not accrual.base_counts:
            if clause.rounding.over == "agreement":
                return f"{shown_rate(rate)} of the running {noun}, {span}: {shown_money(brought)} more"
            exactly = _exactly(clause, rate, base, brought)
            return f"{shown_rate(rate)} of {shown_money(base)} {noun} = {shown_money(brought)}{exactly}"
        case WarrantsPerAmount():
            steps = "pro rata" if clause.steps == "pro rata" else "whole amounts only"
            per = shown_count(clause.step) if accrual.base_counts else shown_money(clause.step)
            return (
                f"{shown_count(clause.warrants)} warrants per {per} of {noun}, {steps}; running base {span}: "
                f"{_change(brought)}"
            )
        case VestingWarrants():
            target = shown_count(units(clause.target)) if accrual.base_counts else shown_money(clause.target)
            return f"{shown_count(clause.pool)} x {noun} / {target}; running base {span}: {_change(brought)}"
        case AccruingClause():
            return _by_rate(accrual, row, noun, span)
        case FixedClause():
            return f"fixed amount {when_words(clause.when)}: {_shown(clause, brought)}"
        case Minimum():
            return (
                f"at least {shown_money(clause.amount)} of {' and '.join(clause.of)}, tested "
                f"{tested_words(clause.tested)}: "
                f"{shown_money(brought)} {'more is missing' if brought >= 0 else 'is no longer missing'}"
            )
        case SecuritiesInLieu():
            return (
                f"{shown_share(clause.part)} of {clause.of}, {shown_money(base)}, at "
                f"{price_words(clause.deemed_price)}, {clause.rounding.mode}: {shown_count(brought)} {clause.form} in "
                f"place of cash; what makes no whole one {clause.fraction}"
            )
    expense = accrual.expenses[row] if accrual.expenses else None
    if expense is None:
        return "no expense of this day: a limit over several clauses moved"
    return f"expense of {shown_money(base)}" + (f" of {expense.date}" if expense else "")


def _by_rate(accrual: Accrual, row: int, noun: str, span: str) -> str:
    """A rate of any other kind: the rate in words, and what each of its parts brought."""
    clause, brought = accrual.clause, int(accrual.unlimited[row])
    assert isinstance(clause, AccruingClause)
    factors = ""
    coverage, over_price = getattr(clause, "coverage", Ratio(1)), getattr(clause, "over_price", None)
    if coverage != 1:
        factors += f" x {shown_rate(coverage)} coverage"
    if over_price is not None:
        factors += f" over {price_words(over_price)}"
    words = f"{rate_words(clause.earning)} of {_base(accrual, int(accrual.base[row]))} {noun}{factors}"
    unit = 1 if clause.counted else 100
    parts = [
        (_decimal(int(amount.num[row]), amount.den * unit, 0 if clause.counted else 2), label)
        for label, amount in accrual.parts
        if amount.num[row]
    ]
    if isinstance(clause.earning, Ratio):
        exactly = parts[0][0] if parts else _plainly(accrual, clause.earning, row)
        told = f" ({clause.rounding.mode} from {exactly})" if exactly != _shown(clause, brought) else ""
    elif isinstance(clause.earning, Tiers) and clause.earning.apply == "whole amount":
        told = _whole_amount(accrual, clause.earning, row)
    else:
        told = f" ({'; '.join(f'{amount} at {label}' for amount, label in parts)})" if parts else ""
    if clause.rounding.over == "agreement":
        words += f", running base {span}"
    return f"{words}: {_shown(clause, brought)}{told}"


def _whole_amount(accrual: Accrual, tiers: Tiers, row: int) -> str:
    """The rate reached on the whole running base less the rate before on what it was then; nothing where the steps
    count something by which no two of the rates give the amount alone.
    """
    before, base = int(accrual.base_before[row]), int(accrual.base[row])
    earned = sum((Ratio(int(part.num[row]), part.den) for _, part in accrual.parts), Ratio(0))
    rates = list(dict.fromkeys(tier.rate for tier in tiers.tiers))
    old_rates = rates if before else rates[:1]
    found = [(new, old) for new in rates for old in old_rates if new * (before + base) - old * before == earned]
    if len(found) != 1:
        return ""
    new, old = found[0]
    reached = f"{shown_rate(new)} of {_base(accrual, before + base)} is {_times(accrual, new, before + base)}"
    if not before:
        return f" ({reached})"
    return f" ({reached}; less {shown_rate(old)} of {_base(accrual, before)}, {_times(accrual, old, before)})"


def _times(accrual: Accrual, rate: Ratio, base: int) -> str:
    """What a rate gives on a base, not rounded."""
    unit, places = (1, 0) if accrual.base_counts else (100, 2)
    return _decimal(rate.numerator * base, rate.denominator * unit, places)


def _plainly(accrual: Accrual, rate: Ratio, row: int) -> str:
    """What a plain rate gives on the base of an accrual, before it is rounded."""
    numerator = rate.numerator * int(accrual.base[row])
    return _decimal(numerator, rate.denominator, 0)


def _change(warrants: int) -> str:
    return f"{shown_count(-warrants)} fewer" if warrants < 0 else f"{shown_count(warrants)} more"


def _exactly(clause: Percentage, rate: Ratio, base: int, brought: int) -> str:
    """How a rounded amount came about, or an empty string where nothing was rounded."""
    numerator, denominator = rate.numerator * base, rate.denominator
    if clause.rounding.to is not None:
        return f" (rounded {clause.rounding.mode} to {shown_money(clause.rounding.to)})"
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
    if alone == accrued:
        return ""
    if accrual.gave_way:
        return f"{', '.join(accrual.gave_way)} leaves {_shown(clause, accrued)} of {_shown(clause, alone)}"
    if limit is None or (isinstance(clause, Reimbursement) and clause.limits):
        return f"the limits leave {_shown(clause, accrued)}"
    if limit.over != "agreement":
        return f"the limit of {_shown(clause, limit.amount)} for each {limit.over} leaves {_shown(clause, accrued)}"
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


def _shown(clause: Clause, amount: int) -> str:
    return shown_count(amount) if clause.counted else shown_money(amount)


def _decimal(numerator: int, denominator: int, least: int = 2) -> str:
    """A ratio as a decimal of at least so many places, cut after eight where it does not end."""
    whole, rest = divmod(abs(numerator), denominator)
    places, beyond = divmod(rest * 10**8, denominator)
    digits = f"{places:08d}".rstrip("0").ljust(least, "0")
    shown = f"{whole:,}{'.' if digits else ''}{digits}{'...' if beyond else ''}"
    return f"({shown})" if numerator < 0 else shown
