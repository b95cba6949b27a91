"""Sets of amounts that add up to a sum, within a limit of what is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from attrs import define

MOST_ITEMS = 20
MOST_SUMS = 100_000
MOST_FOUND = 64  # sets that fit; with so many, which one is meant is unclear anyway
Set: TypeAlias = tuple[int, ...]


class Exhausted(Exception):
    """More sums would have to be tried than `MOST_SUMS`."""


@define
class Sums:
    """Sums of sets of amounts, as many as may be tried."""

    tried: int = 0
    _amounts: tuple[int, ...] = ()  # of the search before: the next one is often among the same
    _halves: tuple[list[int], frozenset[int], list[int]] = ([], frozenset(), [])

    def adding_up_to(self, amounts: list[int], target: int) -> list[Set]:
        """The places of two or more amounts that add up to the target; at most `MOST_FOUND`, the smallest only."""
        if len(amounts) < 2 or (min(amounts) > 0 and sum(amounts) < target):
            return []
        half = len(amounts) >> 1
        self.spend((1 << half) + (1 << (len(amounts) - half)))
        if tuple(amounts) != self._amounts:
            low_sums, high_sums = sums_of(amounts[:half]), sums_of(amounts[half:])
            self._amounts, self._halves = tuple(amounts), (low_sums, frozenset(low_sums), high_sums)
        low_sums, distinct, high_sums = self._halves
        rests = [target - total for total in high_sums]
        met = distinct.intersection(rests)
        if not met:  # most searches find nothing
            return []
        low: dict[int, list[int]] = {}
        for mask, total in enumerate(low_sums):
            if total in met:
                low.setdefault(total, []).append(mask)
        found: list[int] = []
        for mask, rest in enumerate(rests):
            if rest in met:
                found += [mask << half | other for other in low[rest]]
                if len(found) > MOST_FOUND:
                    break
        found = [mask for mask in found if mask]
        smallest = [mask for mask in found if not any(other != mask and other & mask == other for other in found)]
        return sorted(places_in(mask, range(len(amounts))) for mask in smallest if mask.bit_count() > 1)

    def spend(self, sums: int) -> None:
        """Count sums that are about to be tried. Raises Exhausted."""
        self.tried += sums
        if self.tried > MOST_SUMS:
            raise Exhausted


def subset(amounts: Sequence[int], target: int) -> Set | None:
    """The places of the only set of amounts, one or more, that adds up to the target; None where there is none or
    another.
    """
    if len(amounts) > MOST_ITEMS:
        return None
    single = [place for place, amount in enumerate(amounts) if amount == target]
    if single:
        return (single[0],) if len(single) == 1 else None
    try:
        sets = Sums().adding_up_to(list(amounts), target)
    except Exhausted:
        return None
    return sets[0] if len(sets) == 1 else None


def overlaps(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """What each of the left meets of each of the right, both taken in order: the overlaps of two running totals."""
    rest, others = 0, iter(right)
    other = -1
    for one, amount in left:
        while amount:
            if not rest:
                other, rest = next(others, (-1, 0))
                if not rest:
                    return
            met = min(amount, rest)
            yield one, other, met
            amount, rest = amount - met, rest - met


def sums_of(amounts: Sequence[int]) -> list[int]:
    """The sum of each set of the amounts, at the place whose bits say which are in it."""
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


def places_in(mask: int, of: Sequence[int]) -> Set:
    """The members that the bits of a mask choose."""
    return tuple(each for place, each in enumerate(of) if mask >> place & 1)
