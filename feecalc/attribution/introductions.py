"""Introductions by investor: who introduced whom, within the term and outside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from attrs import frozen

from feecalc.agreement import Agreement
from feecalc.dates import NEVER, day_number
from feecalc.names import name_key
from feecalc.records import Introduction
from feecalc.totals import Codes, Mask

NONE = -1


@frozen(eq=False)
class Layer:
    """At most one introduction of each investor: under which agreement, on which day, or on a day outside its term."""

    agreement: Codes  # NONE where there is none
    day: Codes  # the earliest day within the term, NEVER if none is
    outside: Codes  # a day outside the term, NEVER if none is


def numbered(words: list[str]) -> tuple[dict[str, int], Codes]:
    """Investors numbered by the key of their name, and the number of each word."""
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(name_key(word), len(numbers)) for word in words], dtype=np.int32)
    return numbers, codes


def introduction_layers(
    agreements: Sequence[Agreement], introductions: Iterable[Introduction], investors: dict[str, int]
) -> list[Layer]:
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
        layer = Layer(*(np.full(len(investors), value, dtype=np.int32) for value in (NONE, NEVER, NEVER)))
        for investor, claim in claims.items():
            if depth < len(claim):
                layer.agreement[investor] = claim[depth]
                layer.day[investor] = within.get(investor, {}).get(claim[depth], NEVER)
                layer.outside[investor] = outside.get(investor, {}).get(claim[depth], NEVER)
        layers.append(layer)
    return layers


def introduced_within(index: int, layers: Sequence[Layer], investors: int) -> Mask:
    """Which investors an agreement introduced within its term, by the table."""
    found = np.zeros(investors, dtype=bool)
    for layer in layers:
        found |= (layer.agreement == index) & (layer.day != NEVER)
    return found
