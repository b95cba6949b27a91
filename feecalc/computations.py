"""What a clause computed, in words: the figures of one accrual with the rate, the base and the limit that gave them.

Where an amendment changed the clause, the words are those of the terms that rule the accrual.
"""

from __future__ import annotations

from feecalc.accrual import Accrual, UnderTerms
from feecalc.clauses import (
    AccruingClause,
    Clause,
    FixedClause,
    Minimum,
    Percentage,
    Reimbursement,
    SecuritiesInLieu,
    VestingWarrants,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import base_words, measure_words
from feecalc.clauses.fees import Reaches, tested_words, when_words
from feecalc.clauses.prices import price_words
from feecalc.clauses.rates import Tiers, rate_words
from feecalc.limits import limit_words
from feecalc.money import Ratio, divided, rounded, shown_count, shown_money, shown_rate, shown_share, units
from feecalc.names import name_key

SCOPES = {
    "agreement": "the running total of the agreement",
    "closing": "each closing",
    "investor": "each investor",
    "line": "each line",
}


def computation(accrual: Accrual, row: int) -> str:
    """What the clause alone brings, in words."""
    clause, base = accrual.clause, accrual.base.item(row)
    noun, brought = acts_on(clause), accrual.unlimited.item(row)
    ruling = terms_of(accrual, row)
    if len(ruling) > 1:
        told = [
            f"{amount_shown(clause, each.unlimited.item(row))} on {base_shown(accrual, each.base.item(row))} "
            f"({each.clause.says.rstrip('.')})"
            for each in ruling
        ]
        return f"lines of this closing are ruled by different terms: {'; '.join(told)}"
    match clause:
        case Percentage(rate=Ratio() as rate) if not accrual.base_counts:
            if clause.rounding.over == "agreement" and accrual.under:
                exactly = decimal(rate.numerator * base, rate.denominator * 100)
                return (
                    f"{shown_rate(rate)} of {shown_money(base)} {noun} is {exactly}; what it comes to under all terms, "
                    f"rounded {clause.rounding.mode}: {shown_money(brought)} more"
                )
            if clause.rounding.over == "agreement":
                return f"{shown_rate(rate)} of the running {noun}, {_span(accrual, row)}: {shown_money(brought)} more"
            exactly = _exactly(clause, rate, base, brought)
            return f"{shown_rate(rate)} of {shown_money(base)} {noun} = {shown_money(brought)}{exactly}"
        case WarrantsPerAmount():
            steps = "pro rata" if clause.steps == "pro rata" else "whole amounts only"
            per = shown_count(clause.step) if accrual.base_counts else shown_money(clause.step)
            return (
                f"{shown_count(clause.warrants)} warrants per {per} of {noun}, {steps}; "
                f"running base {_span(accrual, row)}: {_change(brought)}"
            )
        case VestingWarrants():
            target = shown_count(units(clause.target)) if accrual.base_counts else shown_money(clause.target)
            span = _span(accrual, row)
            return f"{shown_count(clause.pool)} x {noun} / {target}; running base {span}: {_change(brought)}"
        case AccruingClause():
            return _by_rate(accrual, row, noun)
        case FixedClause():
            return f"fixed amount {when_words(clause.when)}: {amount_shown(clause, brought)}"
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


def _by_rate(accrual: Accrual, row: int, noun: str) -> str:
    """A rate of any other kind: the rate in words, and what each of its parts brought."""
    clause, brought = accrual.clause, accrual.unlimited.item(row)
    assert isinstance(clause, AccruingClause)
    factors = ""
    coverage, over_price = getattr(clause, "coverage", Ratio(1)), getattr(clause, "over_price", None)
    if coverage != 1:
        factors += f" x {shown_rate(coverage)} coverage"
    if over_price is not None:
        factors += f" over {price_words(over_price)}"
    words = f"{rate_words(clause.earning)} of {base_shown(accrual, accrual.base.item(row))} {noun}{factors}"
    unit = 1 if clause.counted else 100
    parts = [
        (decimal(int(amount.num[row]), amount.den * unit, 0 if clause.counted else 2), label)
        for label, amount in accrual.parts
        if amount.num[row]
    ]
    if isinstance(clause.earning, Ratio):
        exactly = parts[0][0] if parts else _plainly(accrual, clause.earning, row)
        told = _rounded_from(accrual, exactly, row) if exactly != amount_shown(clause, brought) else ""
    elif isinstance(clause.earning, Tiers) and clause.earning.apply == "whole amount":
        told = _whole_amount(accrual, clause.earning, row)
    else:
        told = f" ({'; '.join(f'{amount} at {label}' for amount, label in parts)})" if parts else ""
    if clause.rounding.over == "agreement":
        words += f", running base {_span(accrual, row)}"
    return f"{words}: {amount_shown(clause, brought)}{told}"


def _rounded_from(accrual: Accrual, exactly: str, row: int) -> str:
    """How an amount came of what the rate gives alone: rounded, or as the difference of a rounded running total."""
    clause = accrual.clause
    assert isinstance(clause, AccruingClause) and isinstance(clause.earning, Ratio)
    part = next((amount for _, amount in accrual.parts), None)
    alone = clause.earning * accrual.base.item(row) if part is None else Ratio(int(part.num[row]), part.den)
    mode, over = clause.rounding.mode, clause.rounding.over
    if clause.rounding.to is not None or rounded(alone, mode) == accrual.unlimited.item(row):
        return f" ({mode} from {exactly})"
    what = "what it undoes" if over == "closing" else SCOPES[over]
    return f" (alone it is {exactly}; {what} is rounded {mode}, and this is the difference)"


def _whole_amount(accrual: Accrual, tiers: Tiers, row: int) -> str:
    """The rate reached on the whole running base less the rate before on what it was then; nothing where the steps
    count something by which no two of the rates give the amount alone.
    """
    before, base = accrual.base_before.item(row), accrual.base.item(row)
    earned = sum((Ratio(int(part.num[row]), part.den) for _, part in accrual.parts), Ratio(0))
    rates = list(dict.fromkeys(tier.rate for tier in tiers.tiers))
    old_rates = rates if before else rates[:1]
    found = [(new, old) for new in rates for old in old_rates if new * (before + base) - old * before == earned]
    if len(found) != 1:
        return ""
    new, old = found[0]
    reached = f"{shown_rate(new)} of {base_shown(accrual, before + base)} is {_times(accrual, new, before + base)}"
    if not before:
        return f" ({reached})"
    return f" ({reached}; less {shown_rate(old)} of {base_shown(accrual, before)}, {_times(accrual, old, before)})"


def _times(accrual: Accrual, rate: Ratio, base: int) -> str:
    """What a rate gives on a base, not rounded."""
    unit, places = (1, 0) if accrual.base_counts else (100, 2)
    return decimal(rate.numerator * base, rate.denominator * unit, places)


def _plainly(accrual: Accrual, rate: Ratio, row: int) -> str:
    """What a plain rate gives on the base of an accrual, before it is rounded."""
    numerator = rate.numerator * accrual.base.item(row)
    return decimal(numerator, rate.denominator, 0)


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
        return f" ({clause.rounding.mode} from {decimal(numerator, 100 * denominator)})"
    if clause.rounding.over == "closing":
        return " (what is taken back is rounded within the closing that it undoes)"
    return f" (rounded {clause.rounding.mode}, {SCOPES[clause.rounding.over]})"


def limit_told(accrual: Accrual, row: int) -> str:
    """How the limit touched an accrual, or an empty string where it did not."""
    clause = accrual.clause
    limit = clause.limit
    alone, accrued = accrual.unlimited.item(row), accrual.accrued.item(row)
    if alone == accrued:
        return ""
    shown = shown_count if clause.counted else shown_money
    if accrual.gave_way:
        return _gave_way(accrual, row, alone, accrued)
    if isinstance(clause, Reimbursement) and clause.limits:
        return f"the least that is left within {_limits_of(clause, accrual, row)} is {shown(accrued)}"
    if limit is None:
        return f"the limits leave {shown(accrued)}"
    if limit.over != "agreement":
        ends = shown(limit.amount)
        return f"the limit of {ends} for each {limit.over} leaves {shown(accrued)}"
    uncounted = 0 if limit.earlier == "counts" else accrual.opening
    if len({each.clause.limit for each in accrual.under}) > 1 and _beside_other_limits(accrual, limit.amount, row):
        before = accrual.accrued_before.item(row)
        others = dict.fromkeys(each.clause.limit for each in accrual.under if each.clause.limit not in (None, limit))
        limits = " and ".join(shown(each.amount) for each in (limit, *others) if each is not None)
        return (
            f"the limits of its terms and of others, {limits}, let the running total go from {shown(before)} to "
            f"{shown(before + accrued)}; without them it would move by {shown(alone)}"
        )
    used = accrual.accrued_before.item(row) - uncounted
    if alone < 0 or accrued < 0:
        before = accrual.unlimited_before.item(row) - uncounted
        return (
            f"without the limit of {shown(limit.amount)} the running total would go from "
            f"{shown(before)} to "
            f"{shown(before + alone)}, within it it goes from {shown(used)} to "
            f"{shown(used + accrued)}"
        )
    return (
        f"{shown(used)} of the limit of {shown(limit.amount)} was used before, "
        f"{shown(max(0, limit.amount - used))} is left: {shown(accrued)}"
    )


def _limits_of(clause: Reimbursement, accrual: Accrual, row: int) -> str:
    """The limits that hold for the category of an expense: `60.00 in all and 30.00 (legal, each month)`."""
    expense = accrual.expenses[row] if accrual.expenses else None
    category = name_key(expense.category) if expense is not None else ""
    held = [each for each in clause.limits if each.category is None or name_key(each.category) == category]
    words = [f"{shown_money(clause.limit.amount)} in all"] if clause.limit is not None else []
    words += [f"{shown_money(each.amount)} ({limit_words(each)})" for each in held]
    return " and ".join(words)


def _gave_way(accrual: Accrual, row: int, alone: int, accrued: int) -> str:
    """How limits over several clauses touched an accrual: what they leave of it, or, where they let something come
    back or take more than it, how far the clause's running total moves within them.
    """
    clause, several = accrual.clause, len(accrual.gave_way) > 1
    names = f"limit{'s' if several else ''} {', '.join(accrual.gave_way)}"
    if 0 <= accrued <= alone:
        leaves = "leave" if several else "leaves"
        return f"{names} {leaves} {amount_shown(clause, accrued)} of {amount_shown(clause, alone)}"
    before = accrual.accrued_before.item(row)
    return (
        f"within {names} the running total goes from {amount_shown(clause, before)} to "
        f"{amount_shown(clause, before + accrued)}"
    )


def _beside_other_limits(accrual: Accrual, limit: int, row: int) -> bool:
    """Whether an accrual is not just what the limit of its own terms leaves: others come before or after it."""
    alone, accrued = accrual.unlimited.item(row), accrual.accrued.item(row)
    return alone < 0 or accrued != min(alone, max(0, limit - accrual.accrued_before.item(row)))


def acts_on(clause: Clause) -> str:
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


def _span(accrual: Accrual, row: int) -> str:
    """The running base before an accrual, and after it."""
    before = accrual.base_before.item(row)
    return f"{base_shown(accrual, before)} to {base_shown(accrual, before + accrual.base.item(row))}"


def base_shown(accrual: Accrual, amount: int) -> str:
    return shown_count(amount) if accrual.base_counts else shown_money(amount)


def amount_shown(clause: Clause, amount: int) -> str:
    return shown_count(amount) if clause.counted else shown_money(amount)


def decimal(numerator: int, denominator: int, least: int = 2) -> str:
    """A ratio as a decimal of at least so many places, cut after eight where it does not end."""
    whole, rest = divmod(abs(numerator), denominator)
    places, beyond = divmod(rest * 10**8, denominator)
    digits = f"{places:08d}".rstrip("0").ljust(least, "0")
    shown = f"{whole:,}{'.' if digits else ''}{digits}{'...' if beyond else ''}"
    return f"({shown})" if numerator < 0 else shown


def terms_of(accrual: Accrual | None, row: int) -> list[UnderTerms]:
    """The terms of an amended clause that rule an accrual; none for a clause that no amendment changes."""
    return [each for each in accrual.under if each.rows[row]] if accrual is not None else []
