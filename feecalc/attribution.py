"""Which agreement is owed on which line, on what basis; or the named reason why none is. Every line gets an answer.

A *claim* is a pair of a line and an agreement that might be owed on it: because the line's own `introduced_by` names
the agreement, because the introductions table names the investor under it, because the agreement covers all investors
or lists this one. Each claim gets one verdict; the first test that fails names it. Claims are columns, tests are
look-ups in small tables made once for each closing, security, offering and investor, so a million lines cost a few
passes.

Two agreements whose claims by introduction both stand make a line `claimed twice`: it is owed to neither of them
until a person decides. Agreements that cover all or listed investors are owed beside any other.

Dates are those of the sale: a rescission is tested on the day of the closing it undoes, so that it always follows the
sale that it takes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from attrs import frozen

from feecalc.agreement import EVENTS, Agreement
from feecalc.closing import EVENT_WORDS, NO_CLOSING, OUTSIDE, RESCISSION, ClosingTable, Words
from feecalc.dates import NEVER, day_date, day_number
from feecalc.names import name_key
from feecalc.records import Introduction, Records
from feecalc.totals import Codes, Ints, Mask

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
) = range(10)
BY_LINE, BY_TABLE, BY_ALL, BY_LIST = range(4)
NONE = -1


@frozen(eq=False)
class Attribution:
    """Claims in columns, sorted by line and agreement, and what became of them.

    `verdict` is one of the codes above, `ground` says why the agreement might be owed, `introduced` is the day number
    of the introduction within the term, `outside` of one outside it (NEVER where there is none on record).
    `contested` marks claims that stand and cancel each other.
    """

    agreements: tuple[Agreement, ...]
    table: ClosingTable
    after_as_of: Mask  # per line
    line: Codes
    agreement: Codes
    verdict: Codes
    ground: Codes
    introduced: Codes
    outside: Codes
    contested: Mask

    def lines_owed(self, agreement: int) -> Codes:
        """The lines on which an agreement is owed."""
        lines: Codes = self.line[(self.agreement == agreement) & (self.verdict == OWED) & ~self.contested]
        return lines

    def lines_contested(self, agreement: int) -> Codes:
        lines: Codes = self.line[(self.agreement == agreement) & self.contested]
        return lines

    def answers(self) -> tuple[Codes, Codes, Ints]:
        """(line, agreement or NONE, claim or NONE): once for each agreement owed on a line, or once if none is.

        In the order of the lines. `bases` puts the claims into words.
        """
        owed = np.flatnonzero((self.verdict == OWED) & ~self.contested)
        answered = np.zeros(len(self.table), dtype=bool)
        answered[self.line[owed]] = True
        first = np.full(len(self.table), NONE, dtype=np.int64)
        first[self.line[::-1]] = np.arange(len(self.line))[::-1]
        silent = np.flatnonzero(~answered)
        lines = np.concatenate([self.line[owed], silent])
        claims = np.concatenate([owed, first[silent]])
        order = np.argsort(lines, kind="stable")
        lines, claims = lines[order], claims[order]
        agreement = np.where(answered[lines], np.append(self.agreement, NONE)[claims], NONE)
        return lines.astype(np.int32), agreement.astype(np.int32), claims

    def bases(self, lines: Codes, claims: Ints) -> list[str]:
        """The basis of each answer in words: why the agreement is owed, or why none is."""
        memory: dict[tuple[int, ...], str] = {}
        return [
            self._basis_of(line, claim, memory) for line, claim in zip(lines.tolist(), claims.tolist(), strict=True)
        ]

    def _basis_of(self, line: int, claim: int, memory: dict[tuple[int, ...], str]) -> str:
        if self.after_as_of[line]:
            return "after as-of: the closing is later than the day of this ledger"
        if claim == NONE:
            return self._unclaimed()
        if self.verdict[claim] == OWED and not self.contested[claim]:
            return self._worded(line, claim, memory)
        claims = range(claim, int(np.searchsorted(self.line, line, side="right")))
        claimants = [self.agreements[self.agreement[each]].id for each in claims if self.contested[each]]
        if claimants:
            return "claimed twice: by " + " and by ".join(claimants)
        return "; ".join(self._worded(line, each, memory) for each in claims)

    def _worded(self, line: int, claim: int, memory: dict[tuple[int, ...], str]) -> str:
        """The verdict on a claim in words, made once for claims alike."""
        table = self.table
        day = int(table.effective_day[line])
        key = (
            int(self.agreement[claim]),
            int(self.verdict[claim]),
            int(self.ground[claim]),
            int(self.introduced[claim]),
            int(self.outside[claim]),
            day,
            int(table.security.codes[line]),
            int(table.offering.codes[line]),
            int(table.event[line]),
            int(table.reverses[line]),
            int(table.currency.codes[line]),
        )
        if key not in memory:
            memory[key] = _basis(self.agreements[key[0]], table, line, *key[1:6])
        return memory[key]

    def _unclaimed(self) -> str:
        if any(agreement.covers.investors == "introduced" for agreement in self.agreements):
            return "not introduced: no introduction of this investor is on record, on the line or in the table"
        return "not listed: no agreement covers this investor"


def attribute(agreements: Sequence[Agreement], records: Records, as_of: int) -> Attribution:
    """The attribution of every line, as of a day number."""
    table = records.closings
    investors, investor_of = _numbered(table.investor.words)
    investor = investor_of[table.investor.codes]
    layers = _introduction_layers(agreements, records.introductions, investors)
    claims = _claims(agreements, table, investor, investors, layers)
    line, agreement, ground, introduced, outside = claims
    after_as_of = table.day > as_of
    verdict = _verdicts(agreements, table, investor[line], investors, line, agreement, ground, introduced, outside)
    verdict = np.where(after_as_of[line], AFTER_AS_OF, verdict).astype(np.int32)
    by_introduction = np.array([a.covers.investors == "introduced" for a in agreements] or [False])[agreement] & (
        verdict == OWED
    )
    claimed = np.bincount(line[by_introduction], minlength=len(table))
    contested = by_introduction & (claimed[line] > 1)
    return Attribution(
        tuple(agreements), table, after_as_of, line, agreement, verdict, ground, introduced, outside, contested
    )


@frozen(eq=False)
class _Layer:
    """At most one introduction of each investor: under which agreement, on which day, or on a day outside its term."""

    agreement: Codes  # NONE where there is none
    day: Codes  # the earliest day within the term, NEVER if none is
    outside: Codes  # a day outside the term, NEVER if none is


def _numbered(words: list[str]) -> tuple[dict[str, int], Codes]:
    """Investors numbered by the key of their name, and the number of each word."""
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(name_key(word), len(numbers)) for word in words], dtype=np.int32)
    return numbers, codes


def _introduction_layers(
    agreements: Sequence[Agreement], introductions: Iterable[Introduction], investors: dict[str, int]
) -> list[_Layer]:
    """Introductions as layers: an investor introduced under three agreements stands in three layers."""
    index_of = {agreement.id: index for index, agreement in enumerate(agreements)}
    within: dict[int, dict[int, int]] = {}
    outside: dict[int, dict[int, int]] = {}
    terms = [(agreement.term.effective, agreement.term.last_day or date.max) for agreement in agreements]
    known_words: dict[str, int | None] = {}
    for introduction in introductions:
        name = introduction.investor
        if name not in known_words:
            known_words[name] = investors.get(name_key(name))
        investor = known_words[name]
        index = index_of.get(introduction.agreement)
        if investor is None or index is None:
            continue
        first, last = terms[index]
        days = within if first <= introduction.introduced_on <= last else outside
        known = days.setdefault(investor, {})
        day = day_number(introduction.introduced_on)
        known[index] = min(day, known.get(index, NEVER))
    claims = {
        investor: sorted({*within.get(investor, ()), *outside.get(investor, ())}) for investor in {*within, *outside}
    }
    layers = []
    for depth in range(max((len(claim) for claim in claims.values()), default=0)):
        layer = _Layer(*(np.full(len(investors), value, dtype=np.int32) for value in (NONE, NEVER, NEVER)))
        for investor, claim in claims.items():
            if depth < len(claim):
                layer.agreement[investor] = claim[depth]
                layer.day[investor] = within.get(investor, {}).get(claim[depth], NEVER)
                layer.outside[investor] = outside.get(investor, {}).get(claim[depth], NEVER)
        layers.append(layer)
    return layers


def _claims(
    agreements: Sequence[Agreement],
    table: ClosingTable,
    investor: Codes,
    investors: dict[str, int],
    layers: list[_Layer],
) -> tuple[Codes, Codes, Codes, Codes, Codes]:
    """Columns (line, agreement, ground, introduced, outside) of all claims, sorted by line and agreement."""
    index_of = {agreement.id: index for index, agreement in enumerate(agreements)}
    stated = np.array([index_of.get(word, NONE) for word in table.introduced_by.words], dtype=np.int32)[
        table.introduced_by.codes
    ]
    silent = table.introduced_by.is_blank()
    by_introduction = np.array([a.covers.investors == "introduced" for a in agreements] or [False])
    parts: list[tuple[Codes, Codes, int, Codes, Codes]] = []

    def add(lines: Codes, agreement: Codes, ground: int, day: Codes, outside: Codes) -> None:
        keep = (agreement != NONE) & by_introduction[agreement]
        parts.append((lines[keep], agreement[keep], ground, day[keep], outside[keep]))

    lines = np.flatnonzero(~silent).astype(np.int32)
    if len(lines):
        day = np.full(len(lines), NEVER, dtype=np.int32)
        outside = day.copy()
        for layer in layers:
            same = layer.agreement[investor[lines]] == stated[lines]
            day = np.where(same, np.minimum(day, layer.day[investor[lines]]), day)
            outside = np.where(same, np.minimum(outside, layer.outside[investor[lines]]), outside)
        add(lines, stated[lines], BY_LINE, day, outside)
    for layer in layers:
        lines = np.flatnonzero(silent & (layer.agreement[investor] != NONE)).astype(np.int32)
        who = investor[lines]
        add(lines, layer.agreement[who], BY_TABLE, layer.day[who], layer.outside[who])
    for index, agreement in enumerate(agreements):
        covered = agreement.covers.investors
        if covered == "introduced":
            continue
        lines = np.arange(len(table), dtype=np.int32)
        if covered != "all":
            lines = lines[_named(covered, investors)[investor]]
        never = np.full(len(lines), NEVER, dtype=np.int32)
        parts.append(
            (lines, np.full(len(lines), index, dtype=np.int32), BY_ALL if covered == "all" else BY_LIST, never, never)
        )
    columns = [np.concatenate([np.zeros(0, dtype=np.int32), *(part[c] for part in parts)]) for c in (0, 1, 3, 4)]
    ground = np.concatenate(
        [np.zeros(0, dtype=np.int32), *(np.full(len(part[0]), part[2], dtype=np.int32) for part in parts)]
    )
    if len(parts) > 1:
        order = np.lexsort((columns[1], columns[0]))
        columns, ground = [column[order] for column in columns], ground[order]
    return columns[0], columns[1], ground, columns[2], columns[3]


def _verdicts(
    agreements: Sequence[Agreement],
    table: ClosingTable,
    investor: Codes,
    investors: dict[str, int],
    line: Codes,
    agreement: Codes,
    ground: Codes,
    introduced: Codes,
    outside: Codes,
) -> Codes:
    """The verdict of each claim: the first test that fails, in the order of the list, or OWED."""
    day = table.effective_day[line]
    first = np.array([day_number(a.term.effective) for a in agreements] or [0], dtype=np.int32)
    last = np.array(
        [day_number(a.last_closing_day) if a.last_closing_day else NEVER for a in agreements] or [0], dtype=np.int32
    )
    late = (ground == BY_TABLE) & (introduced == NEVER)  # introduced, and never within the term
    undoes_earlier = (
        table.reverses[line] == OUTSIDE
    )  # a closing of earlier records: on which day it sold is unknown here
    tests: list[tuple[Mask, int]] = [
        (late, OUTSIDE_TERM),
        (_any_listed(agreements, "excluded", investors)[agreement, investor], EXCLUDED),
        (day < first[agreement], BEFORE_TERM),
        (~undoes_earlier & (day > last[agreement]), AFTER_END),
        (~_covered(agreements, table.security, "securities")[agreement, table.security.codes[line]], SECURITY),
        (~_covered(agreements, table.offering, "offerings")[agreement, table.offering.codes[line]], OFFERING),
        (~_events_covered(agreements)[agreement, table.event[line]], EVENT),
        (~_currency_fits(agreements, table.currency)[agreement, table.currency.codes[line]], CURRENCY),
    ]
    verdict = np.zeros(len(line), dtype=np.int32)
    for fails, code in reversed(tests):
        verdict[fails] = code
    return verdict


def _named(names: Iterable[str], investors: dict[str, int]) -> Mask:
    """Which investors are named."""
    named = np.zeros(len(investors), dtype=bool)
    for name in names:
        if name_key(name) in investors:
            named[investors[name_key(name)]] = True
    return named


def _any_listed(agreements: Sequence[Agreement], key: str, investors: dict[str, int]) -> Mask:
    return (
        np.stack([_named(getattr(a.covers, key), investors) for a in agreements])
        if agreements
        else np.zeros((1, 1), dtype=bool)
    )


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


def _currency_fits(agreements: Sequence[Agreement], column: Words) -> Mask:
    fits = np.zeros((max(1, len(agreements)), len(column.words)), dtype=bool)
    for index, agreement in enumerate(agreements):
        for code, word in enumerate(column.words):
            fits[index, code] = word.upper() in ("", agreement.currency)
    return fits


def _basis(
    agreement: Agreement,
    table: ClosingTable,
    line: int,
    verdict: int,
    ground: int,
    introduced: int,
    outside: int,
    day: int,
) -> str:
    """The verdict on a claim in words."""
    name, term = agreement.id, agreement.term
    span = f"{term.effective} to {term.last_day or 'no end'}"
    sold = day_date(day)
    last = agreement.last_closing_day
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
