"""An agreement as a term sheet in plain English, made from its terms alone: what the file says, not what its comments
say.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date

from feecalc.agreement import Agreement, Amendment, Section, Tail, TotalLimit
from feecalc.clauses import (
    AccruingClause,
    Advance,
    AnyClause,
    CashLimit,
    Due,
    ExpenseLimit,
    FixedClause,
    FixedFee,
    Minimum,
    Percentage,
    Period,
    RateOfSecurities,
    Reading,
    Reimbursement,
    Returned,
    Rounding,
    SecuritiesInLieu,
    VestingWarrants,
    WarrantLimit,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import base_words, measure_words
from feecalc.clauses.fees import tested_words, when_words
from feecalc.clauses.lines import Lines, lines_words
from feecalc.clauses.prices import price_words
from feecalc.clauses.rates import rate_words
from feecalc.dates import months_after
from feecalc.money import shown_count, shown_money, shown_rate, shown_share, units

PAYMENTS = {
    "by reference or amount": "are applied to what they name, or to the only amounts that they can be for",
    "oldest first": "that neither name what they are for nor come to it go to what has been due longest",
}
SET_OFF = {
    "not allowed": "what a payee was paid too much does not reduce what else it is owed",
    "allowed": "what a payee was paid too much reduces what else it is owed",
}
ROUNDED_OVER = {
    "agreement": "on the running total of the agreement",
    "closing": "on each closing",
    "investor": "on each investor's total",
    "line": "on each line",
}


def term_sheet(agreement: Agreement, width: int = 80) -> str:
    """The whole agreement, wrapped for a terminal or a letter."""
    lines = [*textwrap.wrap(agreement.title.upper(), width), "=" * min(width, len(agreement.title)), ""]
    for label, text in party_terms(agreement):
        lines += _labelled(label, text, width)
    for number, clause in enumerate(agreement.clauses, 1):
        lines += ["", *textwrap.wrap(f"{number}. {clause.id} ({clause.section})", width, subsequent_indent="   ")]
        lines += _paragraph(operation(agreement, clause), width)
        lines += _paragraph(f"The source, in our words: {clause.says}", width)
        for reading in clause.readings:
            lines += _paragraph(reading_words(reading), width)
    for each in agreement.lists:
        lines += ["", *textwrap.wrap(f"List {each.name}: {'; '.join(each.investors)}", width, subsequent_indent="   ")]
    for limit in agreement.limits:
        lines += ["", *textwrap.wrap(f"{limit.id} ({limit.section})", width)]
        lines += _paragraph(total_limit_words(limit), width)
        lines += _paragraph(f"The source, in our words: {limit.says}", width)
    for amendment in agreement.amendments:
        lines += ["", *textwrap.wrap(f"Amendment {amendment.id} ({amendment.section})", width)]
        lines += _paragraph(f"{amendment_days(amendment)}: {amendment.says}", width)
        for label, _, words, says in amended_terms(agreement, amendment):
            told = f" The source, in our words: {says}" if says else ""
            lines += _paragraph(f"{label}: {words}{told}", width)
    if agreement.sections:
        lines += ["", "Sections of the source"]
        for section in agreement.sections:
            lines += _paragraph(section_words(section), width)
    if agreement.readings:
        lines += ["", "Readings of the agreement as a whole"]
        for reading in agreement.readings:
            lines += _paragraph(reading_words(reading), width)
    return "\n".join(lines)


def party_terms(agreement: Agreement) -> Iterator[tuple[str, str]]:
    """(label, sentence) of everything that is not a clause."""
    covers = agreement.covers
    yield "Id in the records", agreement.id
    yield "Company", agreement.company
    yield "Agent", f"{agreement.agent}, {agreement.role}"
    yield "Payees", "; ".join(agreement.payees)
    yield "Source", ", ".join(part for part in (agreement.source.document, agreement.source.pages) if part)
    if agreement.source.note:
        yield "Note", agreement.source.note
    yield "Currency", agreement.currency
    yield "Term", _term(agreement)
    yield "Closings count", _tail(agreement)
    yield "Investors", _investors(agreement)
    yield "Securities", "all" if covers.securities == "all" else "; ".join(covers.securities)
    yield "Offerings", _offerings(agreement)
    yield "Events", "; ".join(covers.events) + "; a rescission counts if what it undoes counted"
    if covers.offering_limit is not None:
        yield (
            "Offering limit",
            (
                f"{shown_money(covers.offering_limit)} of gross proceeds of the lines the agreement is owed on; "
                "nothing accrues beyond it without a decision"
            ),
        )
    if agreement.gives_precedence_to:
        names = " and ".join(agreement.gives_precedence_to)
        yield "Precedence", f"where {names} claims a line too, that claim goes first"
    if agreement.conversion is not None:
        yield (
            "Other currencies",
            f"a line counts at its own exchange rate, rounded {agreement.conversion.mode} to the cent",
        )
    yield "Payments", PAYMENTS[agreement.payments_applied]
    yield "Set-off", SET_OFF[agreement.set_off]


def operation(agreement: Agreement, clause: AnyClause) -> str:
    """What a clause does, in a paragraph."""
    match clause:
        case AccruingClause():
            words = _accruing(clause)
        case FixedClause():
            amount = (
                shown_money(clause.quantity)
                if isinstance(clause, FixedFee)
                else f"{shown_count(clause.quantity)} {clause.unit}"
            )
            verb = "Gives" if clause.counted else "Pays"
            words = f"{verb} {amount} {when_words(clause.when)}{_of_lines(clause.lines)}, {_due(clause.due)}."
            if isinstance(clause, FixedFee) and clause.credited_against:
                words += f" It is credited against what accrues under {_listed(clause.credited_against)}."
        case Reimbursement():
            words = f"Pays back recorded expenses{_limited(clause.limit)}{''.join(map(_expense_limit, clause.limits))}"
            words += "; those approved are beyond the limits" if clause.approved == "are beyond the limits" else ""
            words += ", on the date of the expense." if clause.due == "when recorded" else f", {_due(clause.due)}."
        case Minimum():
            words = (
                f"Pays what {_listed(clause.of)} fall short of {shown_money(clause.amount)}, tested "
                f"{tested_words(clause.tested)}, {_due(clause.due)}."
            )
        case SecuritiesInLieu():
            words = (
                f"Gives {clause.form} in place of {shown_share(clause.part)} of the cash under {clause.of}, at "
                f"{price_words(clause.deemed_price)}, {_rounded(clause.rounding, clause.form[:-1])}; what makes no "
                f"whole one {clause.fraction}."
            )
        case Advance():
            words = (
                f"Pays {shown_money(clause.amount)} ahead {_advance_due(clause)}. What accrues under "
                f"{_listed(clause.credited_against)}{', in that order,' if len(clause.credited_against) > 1 else ''} "
                f"is credited against it before anything is payable. The unearned part is {_unearned(clause)}"
                + (", less recorded expenses" if clause.less_expenses == "recorded expenses" else "")
                + "."
            )
    if clause.last_exercise is not None:
        expires = clause.last_exercise
        expiry = expires.in_words() if isinstance(expires, Period) else expires
        strike = price_words(clause.strike) if clause.strike is not None else "not stated"
        words += f" Exercise price: {strike}. Expiry: {expiry}."
    if getattr(clause, "settled", "") == "deducted from proceeds":
        words += " It is deducted from the proceeds."
    return f"{words} {_split(agreement, clause)}"


def _accruing(clause: AccruingClause) -> str:
    """A clause that acts on closing lines."""
    noun = base_words(clause.base)
    unit = clause.unit[:-1] if clause.counted else "cent"
    tail = f"{_rounded(clause.rounding, unit)}{_limited(clause.limit)}, {_due(clause.due)}{_of_lines(clause.lines)}."
    match clause:
        case WarrantsPerAmount():
            steps = (
                "pro rata"
                if clause.steps == "pro rata"
                else f"counting only whole amounts {ROUNDED_OVER[clause.rounding.over]}"
            )
            per = shown_count(clause.step) if clause.base_counts else shown_money(clause.step)
            return f"Gives {shown_count(clause.warrants)} warrants for every {per} of {noun}, {steps}, {tail}"
        case VestingWarrants():
            target = shown_count(units(clause.target)) if clause.base_counts else shown_money(clause.target)
            return (
                f"Vests {shown_count(clause.pool)} warrants in the proportion of {noun} to {target}, at most "
                f"{shown_count(clause.maximum)}, {_rounded(clause.rounding, unit)}, {_due(clause.due)}"
                f"{_of_lines(clause.lines)}."
            )
        case RateOfSecurities():
            coverage = f" x {shown_rate(clause.coverage)} coverage" if clause.coverage != 1 else ""
            over = f", divided by {price_words(clause.over_price)}" if clause.over_price is not None else ""
            return f"Gives {clause.unit}: {rate_words(clause.rate)} of {noun}{coverage}{over}, {tail}"
        case Percentage(rate=rate):
            return f"Pays {rate_words(rate)} of {noun}, {tail}"
    raise AssertionError(clause)


def _of_lines(lines: Lines | None) -> str:
    return f", on lines with {lines_words(lines)}" if lines is not None else ""


def _expense_limit(limit: ExpenseLimit) -> str:
    words = f", at most {shown_money(limit.amount)}"
    words += f" for {limit.category}" if limit.category else ""
    words += f" in each {limit.each}" if limit.each else ""
    if limit.from_ is not None:
        words += f" after {limit.from_.in_words()}" if isinstance(limit.from_, Period) else f" from {limit.from_}"
    if limit.through is not None:
        words += f" through {limit.through.in_words() if isinstance(limit.through, Period) else limit.through}"
    return words


def _advance_due(clause: Advance) -> str:
    if isinstance(clause.due, Period):
        return clause.due.in_words()
    return f"on {clause.due}" if isinstance(clause.due, date) else clause.due


def _unearned(clause: Advance) -> str:
    if not isinstance(clause.unearned, Returned):
        return clause.unearned
    when = clause.unearned.returned
    return f"returned {when.in_words() if isinstance(when, Period) else f'on {when}'}"


def total_limit_words(limit: TotalLimit) -> str:
    most = shown_money(limit.amount) if limit.amount is not None else ""
    if limit.rate is not None and limit.of is not None:
        most = f"{shown_rate(limit.rate)} of {measure_words(limit.of)}"
    over = "in all" if limit.over == "agreement" else "for each closing"
    values = "".join(f"; each of {value.clause} counts {value.each}" for value in limit.values)
    return f"{_listed(limit.clauses)} come to at most {most} {over}{values}. First gives way {_then(limit.gives_way)}."


def _then(names: tuple[str, ...]) -> str:
    return ", then ".join(names)


def amendment_days(amendment: Amendment) -> str:
    """What an amendment rules: `From 2024-07-01, closings from that day`."""
    return f"From {amendment.effective}, {amendment.rules}"


def amended_terms(agreement: Agreement, amendment: Amendment) -> Iterator[tuple[str, str, str, str]]:
    """(label, section, as read, the source in our words) of each term that an amendment leaves otherwise, in full."""
    changed = amendment.changes
    if not isinstance(changed, Agreement):
        return
    before = agreement.in_force()[agreement.amendments.index(amendment)]
    for clause in changed.clauses:
        earlier = before.clause(clause.id)
        if earlier != clause:
            yield clause.id, clause.section, operation(changed, clause), clause.says
        if earlier is None or earlier.readings != clause.readings:
            yield from ((f"{clause.id}: reading", "", reading_words(reading), "") for reading in clause.readings)
    for limit in changed.limits:
        if limit not in before.limits:
            yield limit.id, limit.section, total_limit_words(limit), limit.says
    kept = {each.id for each in changed.limits}
    yield from ((limit.id, "", "no longer holds.", "") for limit in before.limits if limit.id not in kept)
    names = {each.name for each in before.lists}
    yield from (
        (f"List {new.name}", "", "; ".join(new.investors), "") for new in changed.lists if new.name not in names
    )
    stood = dict(party_terms(before))
    yield from ((label, "", f"{new}.", "") for label, new in party_terms(changed) if stood.get(label) != new)


def reading_words(reading: Reading) -> str:
    """A reading in a sentence: the question, the answer chosen, the others."""
    others = " ".join(f"Not read as: {other.says}" for other in reading.others)
    return f"Question: {reading.question} Read as: {reading.chosen} {others}".strip()


def section_words(section: Section) -> str:
    """What became of a section of the source."""
    if section.modelled_by:
        return f"{section.section}: stated by {_listed(section.modelled_by)}."
    if section.not_about_money:
        return f"{section.section}: not about money ({section.not_about_money})."
    return f"{section.section}: NOT MODELLED: {section.not_modelled}"


def _term(agreement: Agreement) -> str:
    term = agreement.term
    words = f"from {term.effective}, " + (
        f"through {term.expires}" if isinstance(term.expires, date) else "without end date"
    )
    if term.terminated is not None:
        words += f"; terminated on {term.terminated}"
    return words + "; the first and the last day count" + (f"; {term.notice}" if term.notice else "")


def _tail(agreement: Agreement) -> str:
    end, tail = agreement.term.last_day, agreement.tail
    if tail == "unlimited" or (end is None and not isinstance(tail, Tail)):
        return "without end"
    if not isinstance(tail, Tail):
        return f"through {end}"
    if tail.last_day is not None:
        words = f"through {tail.last_day}"
    elif tail.starts == "end of term" and end is not None:
        last = months_after(end, tail.months or 0)
        words = f"through {last}, {tail.months} months after the term (where that month is too short, its last day)"
    else:
        words = f"{tail.months} months after the {tail.starts}, and through the term in any case"
    only = [*([f"investors {', '.join(tail.investors)}"] if tail.investors else [])]
    only += [f"securities {', '.join(tail.securities)}"] if tail.securities else []
    only += [f"events {', '.join(tail.events)}"] if tail.events else []
    words += f"; after the term only {'; '.join(only)}" if only else ""
    words += f"; after the term not {', '.join(tail.excluded)}" if tail.excluded else ""
    return words + ("; by the day of signing" if tail.counts == "signing day" else "")


def _investors(agreement: Agreement) -> str:
    covers = agreement.covers
    words = {"introduced": f"those introduced by {agreement.agent} during the term", "all": "all"}.get(
        str(covers.investors)
    )
    words = words or "; ".join(covers.investors)
    return words + (f"; except {'; '.join(covers.excluded)}" if covers.excluded else "")


def _offerings(agreement: Agreement) -> str:
    covers = agreement.covers
    if covers.offerings == "all":
        return "all"
    return "; ".join(covers.offerings) + f"; a line that names no offering is {covers.offering_not_stated}"


def _rounded(rounding: Rounding, unit: str) -> str:
    to = f"the {unit}"
    if rounding.to is not None:
        to = shown_money(rounding.to) if unit == "cent" else shown_count(units(rounding.to))
    parts = ", each part alone" if rounding.parts == "each" else ""
    return f"rounded {rounding.mode} to {to} {ROUNDED_OVER[rounding.over]}{parts}"


def _limited(limit: CashLimit | WarrantLimit | None) -> str:
    if limit is None:
        return ""
    amount = shown_money(limit.amount) if isinstance(limit, CashLimit) else f"{shown_count(limit.amount)} warrants"
    over = "in all" if limit.over == "agreement" else f"for each {limit.over}"
    return f", at most {amount} {over}" + (
        ", not counting what had accrued before" if limit.earlier != "counts" else ""
    )


def _due(due: Due) -> str:
    if isinstance(due, tuple):
        parts = []
        for each in due:
            when = each.when.in_words() if isinstance(each.when, Period) else each.when
            lapses = f" (or never, if that has not come by {each.unless_by})" if each.unless_by else ""
            parts.append(f"{shown_share(each.part)} {when}{lapses}")
        return "due in parts: " + ", ".join(parts)
    if isinstance(due, Period):
        return f"due {due.in_words()}"
    return "due at each closing" if due == "at closing" else f"due {due}"


def _split(agreement: Agreement, clause: AnyClause) -> str:
    if not clause.split:
        return f"All to {agreement.agent.rstrip('.')}."
    parts = "; ".join(f"{shown_share(share.share)} to {share.payee}" for share in clause.split).rstrip(".")
    unit = clause.unit[:-1] if clause.counted else "cent"
    if len(clause.split) == 1:
        return f"All to {clause.split[0].payee.rstrip('.')}."
    return f"Shared: {parts}. The odd {unit} goes to {str(clause.odd_unit).rstrip('.')}."


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _labelled(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=f"{label + ':':<19}", subsequent_indent=" " * 19, break_on_hyphens=False
    )


def _paragraph(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False)
