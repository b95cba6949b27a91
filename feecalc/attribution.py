"""Which agreement is owed on which line, on what basis; or the named reason why none is. Every line gets an answer.

A *claim* is a pair of a line and an agreement that might be owed on it: because the line's own `introduced_by` names
the agreement, because the introductions table names the investor under it, because the agreement covers all investors
or lists this one. Each claim gets one verdict; the first test that fails names it. Claims are columns, tests are
look-ups in small tables made once for each closing, security, offering and investor, so a million lines cost a few
passes.

Two agreements whose claims by introduction both stand make a line `claimed twice`: it is owed to neither of them
until a person decides (an award in the table `decisions`), unless all others give precedence to one of them. Agreements
that cover all or listed investors are owed beside any other.

An amended agreement is tested by the terms in force on the day of the line.

Dates are those of the sale: a rescission is tested on the day of the closing it undoes, so that it always follows the
sale that it takes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from attrs import field, frozen

from feecalc.agreement import Agreement, Tail
from feecalc.clauses.lines import EVENTS
from feecalc.closing import EVENT_WORDS, NO_CLOSING, OUTSIDE, RESCISSION, ClosingTable, Words
from feecalc.dates import NEVER, day_date, day_number, months_after
from feecalc.measures import Measures, signed_days
from feecalc.milestones import Milestones, milestones
from feecalc.names import name_key
from feecalc.records import Decision, Introduction, Records
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
    NOT_IN_TAIL,
    GIVES_WAY,
) = range(12)
AWARD = "award"
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
    versions: Versions
    version: Codes  # per claim: the terms that rule it
    introduced_by: tuple[Mask, ...]  # per agreement: which investors it introduced within its term, by number
    investor: Codes  # per line
    settled: Mapping[int, str] = field(factory=dict)  # lines that several claim: who settled it, and how

    def in_tail(self, agreement: int, lines: Codes) -> Mask:
        """Of each line, whether it was sold after the agreement's term."""
        ends = np.array(
            [day_number(v.term.last_day) if v.term.last_day else NEVER for v in self.versions.terms], dtype=np.int32
        )
        version = self.versions.first[agreement] + amendments_in_force(self.agreements[agreement], self.table, lines)
        after: Mask = self.table.effective_day[lines] > ends[version]
        return after

    def by_agent(self, agreement: int, lines: Codes) -> Mask:
        """Of each line, whether the agreement's agent introduced the investor: the line says so, or the table does."""
        stated = self.table.introduced_by
        mine = np.array([word == self.agreements[agreement].id for word in stated.words] or [False])
        by_table = self.introduced_by[agreement][self.investor[lines]]
        told: Mask = np.where(stated.is_blank()[lines], by_table, mine[stated.codes[lines]])
        return told

    def measures(self, agreement: int, lines: Codes, happened: Milestones) -> Measures:
        """What these lines measure under an agreement."""
        return Measures(
            self.agreements[agreement],
            self.table,
            lines,
            happened,
            lambda: self.in_tail(agreement, lines),
            lambda: self.by_agent(agreement, lines),
        )

    def lines_owed(self, agreement: int) -> Codes:
        """The lines on which an agreement is owed."""
        lines: Codes = self.line[(self.agreement == agreement) & (self.verdict == OWED) & ~self.contested]
        return lines

    def first_closing(self, agreement: int) -> date | None:
        """The day of the first sale on which an agreement is owed."""
        lines = self.lines_owed(agreement)
        sold = lines[self.table.reverses[lines] == NO_CLOSING]
        return day_date(int(self.table.effective_day[sold].min())) if len(sold) else None

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
            settled = self.settled.get(line, "") if self.ground[claim] in (BY_LINE, BY_TABLE) else ""
            return self._worded(line, claim, memory) + (f"; {settled}" if settled else "")
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
            int(self.version[claim]),
        )
        if key not in memory:
            terms = self.versions.terms[self.version[claim]]
            last = last_closing_day(terms, self.versions.milestones[key[0]])
            memory[key] = _basis(terms, table, line, *key[1:6], last=last)
        return memory[key]

    def _unclaimed(self) -> str:
        if any(agreement.covers.investors == "introduced" for agreement in self.agreements):
            return "not introduced: no introduction of this investor is on record, on the line or in the table"
        return "not listed: no agreement covers this investor"


@frozen(eq=False)
class Versions:
    """All terms of all agreements, those as signed and those after each amendment, and the milestones of each."""

    terms: tuple[Agreement, ...]
    first: tuple[int, ...]  # of each agreement: the place of its terms as signed
    milestones: tuple[Milestones, ...]  # of each agreement
    of_agreement: tuple[int, ...]  # of each terms: its agreement


def attribute(agreements: Sequence[Agreement], records: Records, as_of: int) -> Attribution:
    """The attribution of every line, as of a day number."""
    found = _attribute(agreements, records, as_of, [None] * len(agreements))
    waiting = [
        any(isinstance(v.tail, Tail) and v.tail.starts == "first closing" for v in a.in_force()) for a in agreements
    ]
    if not any(waiting):
        return found
    first = [found.first_closing(index) if waits else None for index, waits in enumerate(waiting)]
    return _attribute(agreements, records, as_of, first)


def _attribute(
    agreements: Sequence[Agreement], records: Records, as_of: int, first_closings: Sequence[date | None]
) -> Attribution:
    table = records.closings
    investors, investor_of = _numbered(table.investor.words)
    investor = investor_of[table.investor.codes]
    layers = _introduction_layers(agreements, records.introductions, investors)
    claims = _claims(agreements, table, investor, investors, layers)
    line, agreement, ground, introduced, outside = claims
    after_as_of = table.day > as_of
    versions = _versions(agreements, records, first_closings, day_date(as_of))
    version = _version_of(agreements, versions, table, line, agreement)
    verdict = _verdicts(versions, version, table, investor[line], investors, line, ground, introduced)
    verdict = np.where(after_as_of[line], AFTER_AS_OF, verdict).astype(np.int32)
    by_introduction = np.array([a.covers.investors == "introduced" for a in agreements] or [False])[agreement] & (
        verdict == OWED
    )
    claimed = np.bincount(line[by_introduction], minlength=len(table))
    contested = by_introduction & (claimed[line] > 1)
    gives_way, settled = _settled(agreements, records, table, line, agreement, contested, as_of)
    verdict[gives_way] = GIVES_WAY
    contested &= ~np.isin(line, list(settled))
    introduced_by = tuple(_introduced_by(index, layers, len(investors)) for index in range(len(agreements)))
    return Attribution(
        tuple(agreements),
        table,
        after_as_of,
        line,
        agreement,
        verdict,
        ground,
        introduced,
        outside,
        contested,
        versions,
        version,
        introduced_by,
        investor,
        settled,
    )


def _settled(
    agreements: Sequence[Agreement],
    records: Records,
    table: ClosingTable,
    line: Codes,
    agreement: Codes,
    contested: Mask,
    as_of: int,
) -> tuple[Mask, dict[int, str]]:
    """Which contested claims give way, and what settled each line: a decision, or else the agreements themselves."""
    gives_way = np.zeros(len(line), dtype=bool)
    settled: dict[int, str] = {}
    awards = [d for d in records.decisions if name_key(d.decision) == AWARD and day_number(d.date) <= as_of]
    first = [set(each.as_amended().gives_precedence_to) for each in agreements]
    at = np.flatnonzero(contested)
    if not len(at) or not (awards or any(first)):
        return gives_way, settled
    ids = [each.id for each in agreements]
    abouts = [awarded(award, table) for award in awards]
    for group in np.split(at, np.flatnonzero(np.diff(line[at])) + 1):
        row = int(line[group[0]])
        claimants = agreement[group].tolist()
        names = [ids[each] for each in claimants]
        mine = [award for award, about in zip(awards, abouts, strict=True) if about[row]]
        last = [award for award in mine if award.date == max(each.date for each in mine)]
        before_all = [one for one in claimants if all(ids[one] in first[other] for other in claimants if other != one)]
        if mine:
            if len({award.agreement for award in last}) != 1 or last[0].agreement not in names:
                continue
            winner, award = ids.index(last[0].agreement), last[0]
            how = f"awarded by {award.decided_by} on {award.date}: {award.reason} ({award.line})"
        elif len(before_all) == 1:
            (winner,) = before_all
            how = "which " + ("gives" if len(names) == 2 else "give") + f" precedence to {ids[winner]}"
        else:
            continue
        others = " and ".join(name for name in names if name != ids[winner])
        settled[row] = f"claimed by {others} too, {how}"
        gives_way[group] = agreement[group] != winner
    return gives_way, settled


def awarded(award: Decision, table: ClosingTable) -> Mask:
    """The lines that an award is about; what undoes a closing goes the way of that closing."""
    about = np.ones(len(table), dtype=bool)
    if award.closing:
        about &= np.array([word == award.closing for word in table.closing.words] or [False])[table.scope]
    if award.investor:
        key = name_key(award.investor)
        about &= np.array([name_key(word) == key for word in table.investor.words] or [False])[table.investor.codes]
    return about


def _introduced_by(index: int, layers: Sequence[_Layer], investors: int) -> Mask:
    """Which investors an agreement introduced within its term, by the table."""
    found = np.zeros(investors, dtype=bool)
    for layer in layers:
        found |= (layer.agreement == index) & (layer.day != NEVER)
    return found


def _versions(
    agreements: Sequence[Agreement], records: Records, first_closings: Sequence[date | None], as_of: date
) -> Versions:
    terms = [terms for agreement in agreements for terms in agreement.in_force()]
    of_agreement = [index for index, agreement in enumerate(agreements) for _ in agreement.in_force()]
    first = [of_agreement.index(index) for index in range(len(agreements))]
    happened = [
        milestones(agreement, records.events, first_closings[index], as_of)
        for index, agreement in enumerate(agreements)
    ]
    return Versions(tuple(terms), tuple(first), tuple(happened), tuple(of_agreement))


def _version_of(
    agreements: Sequence[Agreement], versions: Versions, table: ClosingTable, line: Codes, agreement: Codes
) -> Codes:
    """The terms that rule each claim: those as signed, or those of the last amendment in force on its day."""
    version = np.array(versions.first or (0,), dtype=np.int32)[agreement]
    for index, each in enumerate(agreements):
        if each.amendments:
            mine = agreement == index
            version[mine] += amendments_in_force(each, table, line[mine])
    return version


def amendments_in_force(agreement: Agreement, table: ClosingTable, lines: Codes) -> Codes:
    """How many amendments rule each line, by the day that each amendment says."""
    count = np.zeros(len(lines), dtype=np.int32)
    for number, amendment in enumerate(agreement.amendments, 1):
        signed = amendment.rules == "closings signed from that day"
        day = (signed_days(table) if signed else table.effective_day)[lines]
        count[day >= day_number(amendment.effective)] = number
    return count


def last_closing_day(terms: Agreement, happened: Milestones) -> date | None:
    """The last day on which a closing counts, or None if there is no end."""
    end, tail = terms.term.last_day, terms.tail
    if tail == "none" or (end is None and tail == "unlimited"):
        return end
    if not isinstance(tail, Tail):
        return None
    if tail.last_day is not None:
        return tail.last_day
    final = happened.final_closing
    start = {
        "end of term": end,
        "first closing": happened.first_closing,
        "final closing": final,
        "later of term and final closing": max(end, final) if end and final else end,
    }[tail.starts]
    if start is None:
        return end
    last = months_after(start, tail.months or 0)
    return max(last, end) if end is not None else last


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
    terms = [(a.term.effective, a.as_amended().term.last_day or date.max) for a in agreements]
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
    excluded = np.stack([_named(a.covers.excluded, investors) for a in terms]) if terms else np.zeros((1, 1), bool)
    tests: list[tuple[Mask, int]] = [
        (late, OUTSIDE_TERM),
        (excluded[version, investor], EXCLUDED),
        (day < first[version], BEFORE_TERM),
        (~undoes_earlier & (sold > last[version]), AFTER_END),
        (~_covered(terms, table.security, "securities")[version, table.security.codes[line]], SECURITY),
        (~_covered(terms, table.offering, "offerings")[version, table.offering.codes[line]], OFFERING),
        (~_events_covered(terms)[version, table.event[line]], EVENT),
        (~_currency_fits(terms, table)[version, line], CURRENCY),
        (_beyond_tail(terms, version, table, investor, investors, line), NOT_IN_TAIL),
    ]
    verdict = np.zeros(len(line), dtype=np.int32)
    for fails, code in reversed(tests):
        verdict[fails] = code
    return verdict


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
            out |= ~_named(tail.investors, investors)[investor[here]]
        out |= _named(tail.excluded, investors)[investor[here]]
        if tail.securities:
            keys = {name_key(name) for name in tail.securities}
            wanted = np.array([name_key(word) in keys for word in table.security.words] or [False])
            out |= ~wanted[table.security.codes[line[here]]]
        if tail.events:
            out |= ~np.isin(table.event[line[here]], [EVENT_WORDS.index(event) for event in tail.events])
        beyond[here] = out
    return beyond


def _named(names: Iterable[str], investors: dict[str, int]) -> Mask:
    """Which investors are named."""
    named = np.zeros(len(investors), dtype=bool)
    for name in names:
        if name_key(name) in investors:
            named[investors[name_key(name)]] = True
    return named


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


def _currency_fits(agreements: Sequence[Agreement], table: ClosingTable) -> Mask:
    """Which lines each agreement can count: those in its currency, and others where it converts and the line tells
    the rate.
    """
    fits = np.zeros((max(1, len(agreements)), len(table)), dtype=bool)
    rate = table.words("exchange_rate")
    told = ~rate.is_blank() if rate is not None else np.zeros(len(table), dtype=bool)
    for index, agreement in enumerate(agreements):
        own = np.array([word.upper() in ("", agreement.currency) for word in table.currency.words] or [False])
        fits[index] = own[table.currency.codes] | (told if agreement.conversion is not None else False)
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
