"""The combinations of one pool: sets of items, of documents, or of both that come to one sum."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from feecalc.matching.open_items import Names, OpenItems
from feecalc.matching.subsets import MOST_FOUND, MOST_ITEMS, Exhausted, Set, Sums, overlaps, places_in, sums_of

MOST_PAIRS = 1_000_000  # of a document and an item of one pool that are looked at


@define(eq=False)
class Search:
    """The combinations of one pool."""

    matching: OpenItems
    documents: list[int]
    items: list[int]
    sums: Sums = field(factory=Sums)

    def run(self) -> None:
        """Apply every combination that is the only one, and keep the others as candidates."""
        m = self.matching
        try:
            if len(self.documents) * len(self.items) > MOST_PAIRS:
                raise Exhausted
            while self._one_to_many() or self._many_to_one():
                pass
            self._many_to_many()
        except Exhausted:
            m.unsearched.update(self.documents)
        m.unsearched -= {document for document in self.documents if not m.left[document]}

    def _still(self) -> tuple[list[int], list[int]]:
        m = self.matching
        return [d for d in self.documents if m.left[d]], [i for i in self.items if m.unmet[i]]

    def _one_to_many(self) -> bool:
        """Documents whose amount is the sum of one set of items. Of documents of one amount only the first is looked
        at.
        """
        m = self.matching
        documents, items = self._still()
        fits: dict[int, list[Set]] = {}
        seen: set[tuple[int, Names]] = set()
        for document in documents:
            alike = self._alike(document)
            found = m.candidates(document, items)
            if alike in seen or len(found) < 2:
                continue
            seen.add(alike)
            if len(found) > MOST_ITEMS:
                m.unsearched.add(document)
                continue
            sets = self.sums.adding_up_to([m.unmet[item] for item in found], m.left[document])
            if sets:
                fits[document] = [tuple(found[place] for place in each) for each in sets]
        done = False
        for document, the_set in _uncontested(fits):
            for item in the_set:
                m.apply(document, item, m.unmet[item], "combination", f"one of {len(the_set)} that add up to it")
            done = True
        if not done:  # what holds of one document holds of all like it: none of them is taken in its place
            unclear = {self._alike(document): tuple(sets) for document, sets in fits.items()}
            m.unclear.update({each: unclear[self._alike(each)] for each in documents if self._alike(each) in unclear})
        return done

    def _alike(self, document: int) -> tuple[int, Names]:
        """What makes documents alike: what is left of them, and what they name."""
        return self.matching.left[document], self.matching.documents[document].names

    def _many_to_one(self) -> bool:
        """Items whose amount is the sum of one set of documents; documents alike in amount and names count as one."""
        m = self.matching
        documents, items = self._still()
        documents = [document for document in documents if document not in m.unclear]
        fits: dict[int, list[Set]] = {}
        for item in items:
            found = [document for document in documents if m.fits(document, item)]
            found = [document for document in found if (m.left[document] > 0) == (m.unmet[item] > 0)]
            if len(found) > MOST_ITEMS:
                m.unsearched.update(found)
                continue
            sets: dict[tuple[tuple[int, Names], ...], Set] = {}
            for each in self.sums.adding_up_to([m.left[document] for document in found], m.unmet[item]):
                the_set = tuple(found[place] for place in each)
                sets.setdefault(tuple(sorted((m.left[d], m.documents[d].names) for d in the_set)), the_set)
            if sets:
                fits[item] = list(sets.values())
        done = False
        for item, the_set in _uncontested(fits):
            for document in the_set:
                m.apply(document, item, m.left[document], "combination", f"one of {len(the_set)} that add up to it")
            done = True
        if not done:
            for item, contested in fits.items():
                for document in {document for each in contested for document in each}:
                    m.unclear[document] = (*m.unclear.get(document, ()), (item,))
        return done

    def _many_to_many(self) -> None:
        """Sets of documents and of items that come to one sum, where no document and no item is in two of them."""
        m = self.matching
        documents, items = self._still()
        documents = [document for document in documents if document not in m.unclear]
        if len(documents) < 2 or len(items) < 2:
            return
        self.sums.spend((1 << len(documents)) + (1 << len(items)))
        by_sum: dict[int, list[int]] = {}
        for mask, total in enumerate(sums_of([m.unmet[item] for item in items])):
            if mask.bit_count() > 1 and len(by_sum.setdefault(total, [])) < MOST_FOUND:
                by_sum[total].append(mask)
        pairs: list[tuple[int, int]] = []
        for mask, total in enumerate(sums_of([m.left[document] for document in documents])):
            if mask.bit_count() > 1:
                pairs += [
                    (mask, other) for other in by_sum.get(total, ()) if self._all_fit(documents, mask, items, other)
                ]
            if len(pairs) > MOST_FOUND * MOST_FOUND:
                raise Exhausted
        pairs = [pair for pair in pairs if not any(_within(other, pair) for other in pairs)]
        for pair in pairs:
            mine, theirs = places_in(pair[0], documents), places_in(pair[1], items)
            if any(other != pair and (other[0] & pair[0] or other[1] & pair[1]) for other in pairs):
                for document in mine:
                    m.unclear[document] = (*m.unclear.get(document, ()), theirs)
                continue
            note = f"{len(mine)} that come to the same as {len(theirs)}; divided between them by their dates"
            for document, item, amount in overlaps([(d, m.left[d]) for d in mine], [(i, m.unmet[i]) for i in theirs]):
                m.apply(document, item, amount, "combination", note)

    def _all_fit(self, documents: Sequence[int], mine: int, items: Sequence[int], theirs: int) -> bool:
        """Whether every document fits every item; what takes back is met alone or with its own, not in a crowd."""
        m = self.matching
        some, others = places_in(mine, documents), places_in(theirs, items)
        same = all(m.left[d] > 0 for d in some) and all(m.unmet[i] > 0 for i in others)
        return same and all(m.fits(document, item) for document in some for item in others)


def _uncontested(fits: dict[int, list[Set]]) -> list[tuple[int, Set]]:
    """Those with one set that fits, where no other such set shares a member with it."""
    single = {key: sets[0] for key, sets in fits.items() if len(sets) == 1}
    used: dict[int, int] = {}
    for the_set in single.values():
        for member in the_set:
            used[member] = used.get(member, 0) + 1
    return [(key, the_set) for key, the_set in single.items() if all(used[member] == 1 for member in the_set)]


def _within(other: tuple[int, int], pair: tuple[int, int]) -> bool:
    """Whether a pair of sets is another one that is contained in `pair`."""
    return other != pair and other[0] & pair[0] == other[0] and other[1] & pair[1] == other[1]
