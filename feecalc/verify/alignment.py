"""Which row or column of a sheet as it stands answers which of the sheet as it was written.

Where nothing was inserted or deleted, each answers its own number. Otherwise runs of rows that hold the same constants
are found, and what lies between two of them is taken in order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher

from attrs import frozen

_MOST_COMPARED = 4_000_000  # rows of the one times rows of the other


Run = tuple[int, int]


@frozen
class Alignment:
    """Places as they stand, by how far they are from where they were written: from each of `starts` on, its `shift`.

    `inserted` are places that answer nothing, `deleted` those that nothing answers, each in runs from first to last.
    """

    starts: tuple[int, ...] = (1,)
    shifts: tuple[int, ...] = (0,)
    inserted: tuple[Run, ...] = ()
    deleted: tuple[Run, ...] = ()

    @property
    def is_plain(self) -> bool:
        return not any(self.shifts) and not self.inserted and not self.deleted

    def is_inserted(self, now: int) -> bool:
        return within(self.inserted, now) is not None

    def is_deleted(self, written: int) -> bool:
        return within(self.deleted, written) is not None

    def written(self, now: int) -> int:
        """The place as written of one as it stands; of an inserted one, that of the next which is none."""
        run = within(self.inserted, now)
        now = run[1] + 1 if run else now
        return now - self.shifts[max(bisect_right(self.starts, now) - 1, 0)]

    def now(self, written: int) -> int:
        """The place as it stands of one as written that was not deleted."""
        for start, shift in zip(reversed(self.starts), reversed(self.shifts), strict=True):
            if start <= written + shift:
                return written + shift
        return written

    def written_last(self, now: int) -> int:
        """As `written`, for the end of a range: of an inserted place, that of the one before."""
        run = within(self.inserted, now)
        now = run[0] - 1 if run else now
        return self.written(now) if now > 0 else 0


def within(runs: tuple[Run, ...], place: int) -> Run | None:
    """The run that a place belongs to."""
    index = bisect_right(runs, (place, _BEYOND)) - 1
    return runs[index] if index >= 0 and runs[index][1] >= place else None


_BEYOND = 1 << 30
PLAIN = Alignment()
Marked = Sequence[tuple[int, object]]  # places that hold anything, each with what it is known by


def aligned(written: Marked, now: Marked) -> Alignment:
    """The alignment of two sequences of places."""
    if list(written) == list(now):
        return PLAIN
    pairs = _pairs([mark for _, mark in written], [mark for _, mark in now])
    starts, shifts = [1], [0]
    inserted: set[int] = set()
    deleted: set[int] = set()
    before = (0, 0)
    for first, second in pairs:
        place = (written[first][0], now[second][0])
        more = (place[1] - before[1]) - (place[0] - before[0])
        if more > 0:
            inserted |= _without(more, [each for each, _ in now if before[1] < each < place[1]], place[1])
        elif more < 0:
            gone = [each for each, _ in written if before[0] < each < place[0]]
            deleted |= _without(-more, gone, place[0])
        if more:
            starts.append(place[1])
            shifts.append(place[1] - place[0])
        before = place
    return Alignment(tuple(starts), tuple(shifts), _runs(inserted), _runs(deleted))


def _runs(places: set[int]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for place in sorted(places):
        runs[-1:] = [(runs[-1][0], place)] if runs and runs[-1][1] == place - 1 else [*runs[-1:], (place, place)]
    return tuple(runs)


def _without(count: int, filled: list[int], before: int) -> set[int]:
    """Which of the places before one were inserted or deleted: the last that hold anything, or else blank ones."""
    chosen = set(filled[-count:])
    blank = (place for place in range(before - 1, 0, -1) if place not in chosen)
    while len(chosen) < count:
        chosen.add(next(blank, -len(chosen)))
    return chosen


def _pairs(written: list[object], now: list[object]) -> list[tuple[int, int]]:
    """Indices of the same marks in both, in order: what begins and ends alike, then runs in the middle."""
    most = min(len(written), len(now))
    head = next((i for i in range(most) if written[i] != now[i]), most)
    most -= head
    tail = next((i for i in range(most) if written[-1 - i] != now[-1 - i]), most)
    found = [(i, i) for i in range(head)]
    a, b = written[head : len(written) - tail], now[head : len(now) - tail]
    if len(a) * len(b) <= _MOST_COMPARED:
        for match in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            found += [(head + match.a + i, head + match.b + i) for i in range(match.size)]
    found += [(len(written) - tail + i, len(now) - tail + i) for i in range(tail)]
    return found
