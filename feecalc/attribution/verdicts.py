"""The verdict on each claim: the first test that it fails, or that the agreement is owed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.agreement import Agreement, Tail
from feecalc.attribution.claims import BY_TABLE, named
from feecalc.attribution.versions import Versions, last_closing_day
from feecalc.clauses.lines import EVENTS
from feecalc.closing import EVENT_WORDS, OUTSIDE, RESCISSION, ClosingTable, Words
from feecalc.dates import NEVER, day_number
from feecalc.line_columns import signed_days
from feecalc.names import name_key
from feecalc.totals import Codes, Mask

(
    OWED,
    AFTER_AS_OF,
    OUTSIDE_TERM,
    EXCLUDED,
    BEFORE_TERM,
    AFTER_END,
    SECURITY,
    OFFERING,
    EVENT,
    CURRENCY,
    NOT_IN_TAIL,
    GIVES_WAY,
) = range(12)


def verdicts_of(
    versions: Versions,
    version: Codes,
    table: ClosingTable,
    investor: Codes,
    investors: dict[str, int],
    line: Codes,
    ground: Codes,
    introduced: Codes,
) -> Codes:
    """The verdict of each claim: the first test that fails, in the order of the list, or OWED."""
    terms = versions.terms
    day = table.effective_day[line]
    first = np.array([day_number(a.term.effective) for a in terms] or [0], dtype=np.int32)
    ends = [last_closing_day(a, versions.milestones[of]) for a, of in zip(terms, versions.of_agreement, strict=True)]
    last = np.array([day_number(end) if end else NEVER for end in ends] or [0], dtype=np.int32)
    by_signing = np.array([isinstance(a.tail, Tail) and a.tail.counts == "signing day" for a in terms] or [False])
    sold = np.where(by_signing[version], signed_days(table)[line], day) if by_signing.any() else day
    late = (ground == BY_TABLE) & (introduced == NEVER)  # introduced, and never within the term
    undoes_earlier = (
        table.reverses[line] == OUTSIDE
    )  # a closing of earlier records: on which day it sold is unknown here
    excluded = np.stack([named(a.covers.excluded, investors) for a in terms]) if terms else np.zeros((1, 1), bool)
    tests: list[tuple[Mask, int]] = [
        (late, OUTSIDE_TERM),
        (_fails(~excluded, version, investor, None), EXCLUDED),
        (day < first[version], BEFORE_TERM),
        (~undoes_earlier & (sold > last[version]), AFTER_END),
        (_fails(_covered(terms, table.security, "securities"), version, table.security.codes, line), SECURITY),
        (_fails(_covered(terms, table.offering, "offerings"), version, table.offering.codes, line), OFFERING),
        (_fails(_events_covered(terms), version, table.event, line), EVENT),
        (_in_other_currency(terms, version, table, line), CURRENCY),
        (_beyond_tail(terms, version, table, investor, investors, line), NOT_IN_TAIL),
    ]
    verdict = np.zeros(len(line), dtype=np.int32)
    for fails, code in reversed(tests):
        verdict[fails] = code
    return verdict


def _fails(passes: Mask, version: Codes, codes: Codes, line: Codes | None) -> Mask:
    """Which claims fail a test that `passes` tells by terms and code; `codes` are of lines, or of claims without
    `line`.
    """
    if passes.all():
        return np.zeros(len(version), dtype=bool)
    failed: Mask = ~passes[version, codes if line is None else codes[line]]
    return failed


def _beyond_tail(
    terms: Sequence[Agreement],
    version: Codes,
    table: ClosingTable,
    investor: Codes,
    investors: dict[str, int],
    line: Codes,
) -> Mask:
    """Claims sold after the term that the tail does not reach: its investors, securities or events are others."""
    beyond = np.zeros(len(line), dtype=bool)
    day = table.effective_day[line]
    for place, each in enumerate(terms):
        tail, end = each.tail, each.term.last_day
        if not isinstance(tail, Tail) or end is None:
            continue
        here = np.flatnonzero((version == place) & (day > day_number(end)))
        out = np.zeros(len(here), dtype=bool)
        if tail.investors:
            out |= ~named(tail.investors, investors)[investor[here]]
        out |= named(tail.excluded, investors)[investor[here]]
        if tail.securities:
            keys = {name_key(name) for name in tail.securities}
            wanted = np.array([name_key(word) in keys for word in table.security.words] or [False])
            out |= ~wanted[table.security.codes[line[here]]]
        if tail.events:
            out |= ~np.isin(table.event[line[here]], [EVENT_WORDS.index(event) for event in tail.events])
        beyond[here] = out
    return beyond


def _covered(agreements: Sequence[Agreement], column: Words, key: str) -> Mask:
    """Which words of a column each agreement covers; a blank offering as the agreement says."""
    covered = np.zeros((max(1, len(agreements)), len(column.words)), dtype=bool)
    for index, agreement in enumerate(agreements):
        allowed = getattr(agreement.covers, key)
        names = None if allowed == "all" else {name_key(name) for name in allowed}
        for code, word in enumerate(column.words):
            blank = key == "offerings" and word == ""
            covered[index, code] = names is None or (
                agreement.covers.offering_not_stated == "covered" if blank else name_key(word) in names
            )
    return covered


def _events_covered(agreements: Sequence[Agreement]) -> Mask:
    covered = np.zeros((max(1, len(agreements)), len(EVENT_WORDS)), dtype=bool)
    for index, agreement in enumerate(agreements):
        for code, word in enumerate(EVENTS):
            covered[index, code] = word in agreement.covers.events
        covered[index, RESCISSION] = covered[index, 0]  # of a closing in earlier records, known only as a rescission
    return covered


def _in_other_currency(agreements: Sequence[Agreement], version: Codes, table: ClosingTable, line: Codes) -> Mask:
    """Claims on lines in another currency than the agreement's, except where it converts and the line tells the
    rate.
    """
    own = [[word.upper() in ("", agreement.currency) for word in table.currency.words] for agreement in agreements]
    other = _fails(np.array(own or [[False]], dtype=bool), version, table.currency.codes, line)
    rate = table.words("exchange_rate")
    if rate is not None and other.any():
        converts = np.array([agreement.conversion is not None for agreement in agreements])
        other &= ~(converts[version] & ~rate.is_blank()[line])
    return other
