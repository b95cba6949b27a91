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

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from attrs import field, frozen

from feecalc import totals
from feecalc.agreement import Agreement, Tail
from feecalc.attribution.awards import settled_claims
from feecalc.attribution.basis import basis_words
from feecalc.attribution.claims import BY_LINE, BY_TABLE, claims_of
from feecalc.attribution.introductions import NONE, introduced_within, introduction_layers, numbered
from feecalc.attribution.verdicts import AFTER_AS_OF, GIVES_WAY, OWED, verdicts_of
from feecalc.attribution.versions import Versions, amendments_in_force, last_closing_day, version_of, versions_of
from feecalc.closing import NO_CLOSING, ClosingTable
from feecalc.dates import NEVER, day_date, day_number
from feecalc.measures import Measures
from feecalc.milestones import Milestones
from feecalc.records import Records
from feecalc.totals import Codes, Ints, Mask


@frozen(eq=False)
class Attribution:
    """Claims in columns, sorted by line and agreement, and what became of them.

    `verdict` is one of the codes of `verdicts`, `ground` says why the agreement might be owed, `introduced` is the day
    number of the introduction within the term, `outside` of one outside it (NEVER where there is none on record).
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

    @cached_property
    def owed(self) -> Mask:
        """Of each claim, whether it is owed."""
        stands: Mask = (self.verdict == OWED) & ~self.contested
        return stands

    def lines_owed(self, agreement: int) -> Codes:
        """The lines on which an agreement is owed."""
        return self._lines_owed[agreement]

    @cached_property
    def _lines_owed(self) -> list[Codes]:
        return self._by_agreement(self.owed)

    def first_closing(self, agreement: int) -> date | None:
        """The day of the first sale on which an agreement is owed."""
        return self._first_closings[agreement]

    @cached_property
    def _first_closings(self) -> list[date | None]:
        table = self.table
        sale = table.reverses == NO_CLOSING
        sold = [lines[sale[lines]] for lines in self._lines_owed]
        return [day_date(int(table.effective_day[lines].min())) if len(lines) else None for lines in sold]

    def lines_contested(self, agreement: int) -> Codes:
        return self._lines_contested[agreement]

    @cached_property
    def _lines_contested(self) -> list[Codes]:
        return self._by_agreement(self.contested)

    def _by_agreement(self, claims: Mask) -> list[Codes]:
        """The lines of some claims, for each agreement."""
        agreement, line = self.agreement[claims], self.line[claims]
        ends = np.cumsum(np.bincount(agreement, minlength=len(self.agreements)))
        return np.split(line[totals.order_of(agreement)], ends[:-1]) if len(self.agreements) else []

    def answers(self) -> tuple[Codes, Codes, Ints]:
        """(line, agreement or NONE, claim or NONE): once for each agreement owed on a line, or once if none is.

        In the order of the lines. `bases` puts the claims into words.
        """
        owed = np.flatnonzero(self.owed)
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
            memory[key] = basis_words(terms, table, line, *key[1:6], last=last)
        return memory[key]

    def _unclaimed(self) -> str:
        if any(agreement.covers.investors == "introduced" for agreement in self.agreements):
            return "not introduced: no introduction of this investor is on record, on the line or in the table"
        return "not listed: no agreement covers this investor"


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
    investors, investor_of = numbered(table.investor.words)
    investor = investor_of[table.investor.codes]
    layers = introduction_layers(agreements, records.introductions, investors)
    claims = claims_of(agreements, table, investor, investors, layers)
    line, agreement, ground, introduced, outside = claims
    after_as_of = table.day > as_of
    versions = versions_of(agreements, records, first_closings, day_date(as_of))
    version = version_of(agreements, versions, table, line, agreement)
    verdict = verdicts_of(versions, version, table, investor[line], investors, line, ground, introduced)
    verdict[after_as_of[line]] = AFTER_AS_OF
    contested = _claimed_twice(agreements, line, agreement, verdict)
    gives_way, settled = settled_claims(agreements, records, table, line, agreement, contested, as_of)
    if settled:
        verdict[gives_way] = GIVES_WAY
        contested &= ~np.isin(line, list(settled))
    introduced_by = tuple(introduced_within(index, layers, len(investors)) for index in range(len(agreements)))
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


def _claimed_twice(agreements: Sequence[Agreement], line: Codes, agreement: Codes, verdict: Codes) -> Mask:
    """Which claims by introduction that stand are not the only one on their line; claims come sorted by line."""
    if not (line[1:] == line[:-1]).any():
        return np.zeros(len(line), dtype=bool)
    stands = np.array([a.covers.investors == "introduced" for a in agreements])[agreement] & (verdict == OWED)
    claimed = np.bincount(line[stands], minlength=int(line[-1]) + 1)
    twice: Mask = stands & (claimed[line] > 1)
    return twice
