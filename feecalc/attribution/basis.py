"""The verdict on a claim in words."""

from __future__ import annotations

from datetime import date

from feecalc.agreement import Agreement
from feecalc.attribution.claims import BY_ALL, BY_LIST
from feecalc.attribution.verdicts import (
    AFTER_END,
    BEFORE_TERM,
    CURRENCY,
    EVENT,
    EXCLUDED,
    GIVES_WAY,
    NOT_IN_TAIL,
    OFFERING,
    OUTSIDE_TERM,
    OWED,
    SECURITY,
)
from feecalc.closing import EVENT_WORDS, NO_CLOSING, OUTSIDE, ClosingTable
from feecalc.dates import NEVER, day_date


def basis_words(
    agreement: Agreement,
    table: ClosingTable,
    line: int,
    verdict: int,
    ground: int,
    introduced: int,
    outside: int,
    day: int,
    last: date | None,
) -> str:
    """The verdict on a claim in words."""
    name, term = agreement.id, agreement.term
    span = f"{term.effective} to {term.last_day or 'no end'}"
    sold = day_date(day)
    reasons = {
        OUTSIDE_TERM: f"introduced outside the term: {name}'s introductions of this investor fall outside {span}",
        EXCLUDED: f"excluded: {name} excludes this investor",
        BEFORE_TERM: f"closed before the term: {name} runs from {term.effective}",
        AFTER_END: f"closed after the {'term' if agreement.tail == 'none' else 'tail'}: {name} counts closings "
        f"through {last}",
        SECURITY: f"security not covered: {name} does not cover {table.security[line]}",
        OFFERING: f"offering not covered: {name} does not cover "
        f"{table.offering[line] or 'a line that names no offering'}",
        EVENT: f"event not covered: {name} does not cover a {EVENT_WORDS[table.event[line]]}",
        NOT_IN_TAIL: f"not in the tail: closed after {name}'s term ended on {term.last_day}, and its tail does not "
        "reach this investor, security or event",
        GIVES_WAY: f"gives way: another agreement's claim goes before {name}'s",
        CURRENCY: f"currency not covered: the line is in {table.currency[line]}, {name} pays in {agreement.currency}",
    }
    undone = int(table.reverses[line])
    tail = f"; undoes closing {table.reverses_word[line]}" if undone != NO_CLOSING else ""
    if undone >= 0:
        tail += f" of {sold}"
    if verdict != OWED:
        return reasons[verdict] + tail
    if term.last_day and sold > term.last_day:
        tail = f"; closed in the tail, after the term ended on {term.last_day}{tail}"
    if ground == BY_ALL:
        return "all investors are covered" + tail
    if ground == BY_LIST:
        return "listed in the agreement" + tail
    if introduced == NEVER and outside == NEVER:
        return "introduced: the line says so, no date on record" + tail
    if introduced == NEVER:
        return f"introduced: the line says so, the introductions date it {day_date(outside)}, outside the term" + tail
    after = " and after the closing" if introduced > day and undone != OUTSIDE else ""
    return f"introduced on {day_date(introduced)}, within the term{after}" + tail
