"""An agreement as a term sheet in plain English, made from its terms alone: what the file says, not what its comments
say.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date

from feecalc.agreement import Agreement, Tail
from feecalc.clauses import (
    Advance,
    AnyClause,
    CashLimit,
    DaysAfter,
    Percentage,
    Reading,
    Reimbursement,
    Rounding,
    VestingWarrants,
    WarrantLimit,
    WarrantsPerAmount,
)
from feecalc.money import shown_count, shown_money, shown_rate, shown_share

ROUNDED_OVER = {
    "agreement": "on the running total of the agreement",
    "closing": "on each closing",
    "investor": "on each investor's total",
    "line": "on each line",
}


def term_sheet(agreement: Agreement, width: int = 80) -> str:
    """The whole agreement, wrapped for a terminal or a letter."""
    lines = [agreement.title.upper(), "=" * min(width, len(agreement.title)), ""]
    for label, text in party_terms(agreement):
        lines += _labelled(label, text, width)
    for number, clause in enumerate(agreement.clauses, 1):
        lines += ["", *textwrap.wrap(f"{number}. {clause.id} ({clause.section})", width, subsequent_indent="   ")]
        lines += _paragraph(operation(agreement, clause), width)
        lines += _paragraph(f"The source, in our words: {clause.says}", width)
        for reading in clause.readings:
            lines += _paragraph(reading_words(reading), width)
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


def operation(agreement: Agreement, clause: AnyClause) -> str:
    """What a clause does, in a paragraph."""
    match clause:
        case Percentage():
            rounded = _rounded(clause.rounding, "cent")
            limited, due = _limited(clause.limit), _due(clause.due)
            words = f"Pays {shown_rate(clause.rate)} of {clause.base}, {rounded}{limited}, {due}."
        case Reimbursement():
            words = f"Pays back recorded expenses{_limited(clause.limit)}, on the date of the expense."
        case WarrantsPerAmount():
            steps = (
                "pro rata"
                if clause.steps == "pro rata"
                else f"counting only whole amounts {ROUNDED_OVER[clause.rounding.over]}"
            )
            words = (
                f"Gives {shown_count(clause.warrants)} warrants for every {shown_money(clause.per)} of "
                f"{clause.base}, {steps}, "
                f"{_rounded(clause.rounding, 'warrant')}{_limited(clause.limit)}, {_due(clause.due)}. "
                f"{_exercise(clause)}"
            )
        case VestingWarrants():
            words = (
                f"Vests {shown_count(clause.pool)} warrants in the proportion of {clause.base} to "
                f"{shown_money(clause.target)}, at most "
                f"{shown_count(clause.maximum)}, {_rounded(clause.rounding, 'warrant')}, {_due(clause.due)}. "
                f"{_exercise(clause)}"
            )
        case Advance():
            words = (
                f"Pays {shown_money(clause.amount)} ahead on {clause.due}. What accrues under "
                f"{_listed(clause.credited_against)}{', in that order,' if len(clause.credited_against) > 1 else ''} "
                f"is credited against it before anything is payable. The unearned part is {clause.unearned}"
                + (", less recorded expenses" if clause.less_expenses == "recorded expenses" else "")
                + "."
            )
    return f"{words} {_split(agreement, clause)}"


def reading_words(reading: Reading) -> str:
    """A reading in a sentence: the question, the answer chosen, the others."""
    others = " ".join(f"Not read as: {other.says}" for other in reading.others)
    return f"Question: {reading.question} Read as: {reading.chosen} {others}".strip()


def _term(agreement: Agreement) -> str:
    term = agreement.term
    words = f"from {term.effective}, " + (
        f"through {term.expires}" if isinstance(term.expires, date) else "without end date"
    )
    if term.terminated is not None:
        words += f"; terminated on {term.terminated}"
    return words + "; the first and the last day count" + (f"; {term.notice}" if term.notice else "")


def _tail(agreement: Agreement) -> str:
    last = agreement.last_closing_day
    if last is None:
        return "without end"
    if isinstance(agreement.tail, Tail) and agreement.tail.months:
        months = agreement.tail.months
        return f"through {last}, {months} months after the term (where that month is too short, its last day)"
    return f"through {last}"


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
    return f"rounded {rounding.mode} to the {unit} {ROUNDED_OVER[rounding.over]}"


def _limited(limit: CashLimit | WarrantLimit | None) -> str:
    if limit is None:
        return ""
    amount = shown_money(limit.amount) if isinstance(limit, CashLimit) else f"{shown_count(limit.amount)} warrants"
    over = "in all" if limit.over == "agreement" else "for each closing"
    return f", at most {amount} {over}" + (
        ", not counting what had accrued before" if limit.earlier != "counts" else ""
    )


def _due(due: str | DaysAfter) -> str:
    return f"due {due.days} days after each closing" if isinstance(due, DaysAfter) else "due at each closing"


def _exercise(clause: WarrantsPerAmount | VestingWarrants) -> str:
    price = "the price per share paid" if clause.exercise_price == "price paid" else str(clause.exercise_price)
    return f"Exercise price: {price}. Expiry: {clause.expires}."


def _split(agreement: Agreement, clause: AnyClause) -> str:
    if not clause.split:
        return f"All to {agreement.agent.rstrip('.')}."
    parts = "; ".join(f"{shown_share(share.share)} to {share.payee}" for share in clause.split)
    unit = "warrant" if clause.unit == "warrants" else "cent"
    return f"Shared: {parts}. The odd {unit} goes to {str(clause.odd_unit).rstrip('.')}."


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _labelled(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=f"{label + ':':<19}", subsequent_indent=" " * 19, break_on_hyphens=False
    )


def _paragraph(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False)
