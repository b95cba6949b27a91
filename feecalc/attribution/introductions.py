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
from feecalc.totals import Codes, Mask, floored

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
    place = {agreement.id: number for number, agreement in enumerate(agreements)}
    told = [
        (investors.get(name_key(each.investor), NONE), place.get(each.agreement, NONE), day_number(each.introduced_on))
        for each in introductions
    ]
    investor, agreement, day = np.array(told or [(NONE, NONE, 0)], dtype=np.int64).T
    known = (investor != NONE) & (agreement != NONE)
    investor, agreement, day = investor[known], agreement[known], day[known]
    first = np.array([day_number(a.term.effective) for a in agreements] or [0])
    last = np.array([day_number(a.as_amended().term.last_day or date.max) for a in agreements] or [0])
    is_within = (first[agreement] <= day) & (day <= last[agreement])
    pairs, pair = np.unique(investor * len(agreements) + agreement, return_inverse=True)
    earliest = np.full((2, len(pairs)), NEVER, dtype=np.int32)  # within the term, and outside it
    np.minimum.at(earliest[0], pair[is_within], day[is_within].astype(np.int32))
    np.minimum.at(earliest[1], pair[~is_within], day[~is_within].astype(np.int32))
    who = floored(pairs, max(1, len(agreements)))
    depth = np.arange(len(pairs)) - np.searchsorted(who, who)  # place among the agreements of one investor
    layers = []
    for each in range(int(depth.max(initial=-1)) + 1):
        layer = Layer(*(np.full(len(investors), value, dtype=np.int32) for value in (NONE, NEVER, NEVER)))
        here = depth == each
        layer.agreement[who[here]] = pairs[here] % len(agreements)
        layer.day[who[here]], layer.outside[who[here]] = earliest[0, here], earliest[1, here]
        layers.append(layer)
    return layers


def introduced_within(index: int, layers: Sequence[Layer], investors: int) -> Mask:
    """Which investors an agreement introduced within its term, by the table."""
    found = np.zeros(investors, dtype=bool)
    for layer in layers:
        found |= (layer.agreement == index) & (layer.day != NEVER)
    return found
