"""Matching of documents to open items by what they say and what they come to, never by a guess.

Documents (invoices, payments) are applied to items (amounts due, invoices) of one pool: one payee and one currency.
Amounts are whole cents; of a document and of an item, what is applied and what is open add up to its face at every
moment. The rules, in order; a later one sees only what the earlier ones left open:

reference    the document names an invoice, a clause or a closing: all open items that fit every name, if they add up
             to it; or the one that fits, then also in part
amount       one open item comes to exactly what is open of the document. Documents of one amount wait for each other
             by their dates; where there are at least as many of them as items, each item is met
combination  one set of open items adds up to a document, one set of documents to an item, or one set to a set
tolerance    one open item differs by no more than a named tolerance; the rest is closed under its name

What a document names always restricts what it can be applied to. Where several items, or sets of them, fit, nothing is
applied and all are kept as candidates (`unclear`). Sets that contain a smaller one that fits are not counted. At most
`MOST_ITEMS` items for a document and `MOST_SUMS` sums for a pool are tried; what lies beyond is said to be unsearched.

Worked by hand: open items 10.00, 20.00 and 30.00. A document of 30.00 is applied to the third by its amount, one of
60.00 to all three. A document of 30.00 with items 10.00, 20.00, 5.00 and 25.00 is unclear: two pairs fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from attrs import define, field, frozen

Names: TypeAlias = tuple[str, str, str, str]  # agreement, clause, closing, invoice; "" where not named
Set: TypeAlias = tuple[int, ...]

MOST_ITEMS = 20
MOST_SUMS = 100_000
MOST_PAIRS = 1_000_000  # of a document and an item of one pool that are looked at
MOST_FOUND = 64  # sets that fit; with so many, which one is meant is unclear anyway
NOT_KNOWN = "\0"  # names an invoice that is not there


@frozen
class Document:
    """What is to be applied: cents, negative for what takes back. `stated` tells whether it names its agreement
    itself.
    """

    pool: str
    amount: int
    names: Names
    stated: bool = False


@frozen
class Item:
    """What a document can be applied to. Items of a lower tier are looked at first; only those of tier 0 have a
    number, and what they leave unnamed fits every name.
    """

    pool: str
    amount: int
    names: Names
    tier: int = 0


@frozen
class Tolerance:
    """By how many cents a document of a pool may differ ("" any pool), under an agreement ("" any)."""

    name: str
    amount: int
    pools: frozenset[str] | None = None
    agreement: str = ""


@frozen
class Match:
    """What of a document was applied to an item; one of them is None where a tolerance closed the other's rest."""

    document: int | None
    item: int | None
    amount: int
    rule: str
    note: str = ""


@define(eq=False)
class Matching:
    """Documents and items, both in the order in which they are to be taken, and what became of them."""

    documents: Sequence[Document]
    items: Sequence[Item]
    tolerances: Sequence[Tolerance] = ()
    left: list[int] = field(init=False)  # of each document
    unmet: list[int] = field(init=False)  # of each item, what is open
    matches: list[Match] = field(factory=list)
    unclear: dict[int, tuple[Set, ...]] = field(factory=dict)
    unsearched: set[int] = field(factory=set)
    held: set[int] = field(factory=set)  # documents that no rule is to touch
    _indexes: dict[tuple[bool, ...], dict[tuple[str, ...], list[int]]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.left = [document.amount for document in self.documents]
        self.unmet = [item.amount for item in self.items]

    def run(self) -> None:
        """All rules in order. Run again, it takes up what has become open."""
        self.unclear.clear()
        self.unsearched.clear()
        self._by_reference()
        self._by_amount()
        self._by_combination()
        self._by_tolerance()
        self._close_rests()

    def apply(self, document: int, item: int, amount: int, rule: str, note: str = "") -> None:
        """Apply some of a document to an item, never beyond what is open of the item."""
        assert amount and abs(amount) <= abs(self.unmet[item]) and (amount > 0) == (self.unmet[item] > 0)
        self.left[document] -= amount
        self.unmet[item] -= amount
        self.matches.append(Match(document, item, amount, rule, note))

    def withdraw(self, place: int, amount: int) -> None:
        """Undo some of a match: exactly that much is open again on both sides."""
        match = self.matches[place]
        assert match.document is not None and match.item is not None
        assert 0 < amount <= match.amount or match.amount <= amount < 0
        self.left[match.document] += amount
        self.unmet[match.item] += amount
        self.matches[place] = Match(match.document, match.item, match.amount - amount, match.rule, match.note)

    def fits(self, document: int, item: int) -> bool:
        """Whether an item bears every name that the document gives, and is of its pool."""
        doc, it = self.documents[document], self.items[item]
        if doc.pool != it.pool:
            return False
        numbered = bool(it.names[3])
        for given, borne in zip(doc.names[:3], it.names[:3], strict=True):
            if given and given != borne and not (numbered and not borne):
                return False
        return doc.names[3] == it.names[3] or not doc.names[3] or (doc.names[3] == NOT_KNOWN and not numbered)

    def takes_part(self, document: int) -> bool:
        return bool(self.left[document] and self.documents[document].pool and document not in self.held)

    def candidates(self, document: int, items: Iterable[int]) -> list[int]:
        return [item for item in items if self.unmet[item] and self.fits(document, item)]

    def _by_reference(self) -> None:
        for document, doc in enumerate(self.documents):
            if not self.takes_part(document):
                continue
            agreement, clause, closing, invoice = doc.names
            if invoice and invoice != NOT_KNOWN:
                named = (False, False, False, True)
            elif clause or closing:
                named = (bool(agreement), bool(clause), bool(closing), False)
            elif doc.stated:
                named = (True, False, False, False)
            else:
                continue
            key = (doc.pool, *(name for name, is_named in zip(doc.names, named, strict=True) if is_named))
            found = self.candidates(document, self._index(named).get(key, ()))
            if found and sum(self.unmet[item] for item in found) == self.left[document]:
                for item in found:
                    self.apply(document, item, self.unmet[item], "reference")
            elif len(found) == 1 and any(named[1:]) and (self.unmet[found[0]] > 0) == (self.left[document] > 0):
                amount = min(self.unmet[found[0]], self.left[document], key=abs)
                self.apply(document, found[0], amount, "reference")

    def _index(self, named: tuple[bool, ...]) -> dict[tuple[str, ...], list[int]]:
        """The items by their pool and some of their names."""
        if named not in self._indexes:
            index: dict[tuple[str, ...], list[int]] = {}
            for number, item in enumerate(self.items):
                names = (name for name, is_named in zip(item.names, named, strict=True) if is_named)
                index.setdefault((item.pool, *names), []).append(number)
            self._indexes[named] = index
        return self._indexes[named]

    def _by_amount(self) -> None:
        for tier in sorted({item.tier for item in self.items}):
            waiting: dict[tuple[str, int], list[int]] = {}
            for document, doc in enumerate(self.documents):
                if self.takes_part(document) and document not in self.unclear:
                    waiting.setdefault((doc.pool, self.left[document]), []).append(document)
            offered: dict[tuple[str, int], list[int]] = {}
            for number, item in enumerate(self.items):
                if item.tier == tier and self.unmet[number] and (item.pool, self.unmet[number]) in waiting:
                    offered.setdefault((item.pool, self.unmet[number]), []).append(number)
            for key, items in offered.items():
                self._of_one_amount(waiting[key], items)

    def _of_one_amount(self, documents: list[int], items: list[int]) -> None:
        """Documents and items that all come to one amount."""
        moved = True
        while moved:
            moved = False
            alike: dict[Names, list[int]] = {}  # those of the same names fit the same items
            for document in documents:
                if self.left[document]:
                    alike.setdefault(self.documents[document].names, []).append(document)
            found_for = {}
            for names, those in alike.items():
                found_for[names] = self.candidates(those[0], items)
                if len(found_for[names]) == 1:
                    self.apply(those[0], found_for[names][0], self.unmet[found_for[names][0]], "amount")
                    moved = True
        rest = [(document, found_for[names]) for names, those in alike.items() for document in those]
        rest = sorted((document, found) for document, found in rest if found)
        if rest and len(rest) >= len(rest[0][1]) and all(found == rest[0][1] for _, found in rest):
            note = f"{len(rest[0][1])} of one amount, each met; which meets which is by their dates"
            for (document, _), item in zip(rest, rest[0][1], strict=False):
                self.apply(document, item, self.unmet[item], "amount", note)
        else:
            self.unclear.update({document: tuple((item,) for item in found) for document, found in rest})

    def _by_combination(self) -> None:
        documents: dict[str, list[int]] = {}
        for document, doc in enumerate(self.documents):
            if self.takes_part(document) and document not in self.unclear:
                documents.setdefault(doc.pool, []).append(document)
        items: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            if self.unmet[number] and item.pool in documents:
                items.setdefault(item.pool, []).append(number)
        for pool, offered in items.items():
            _Search(self, documents[pool], offered).run()

    def _by_tolerance(self) -> None:
        """Documents to which nothing could be applied, and the one item each that is near enough."""
        if not self.tolerances:
            return
        applied = {match.document for match in self.matches}
        by_pool: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            by_pool.setdefault(item.pool, []).append(number)
        for document, doc in enumerate(self.documents):
            if not self.takes_part(document) or document in applied or document in self.unclear:
                continue
            near = [
                item for item in self.candidates(document, by_pool.get(doc.pool, ())) if self._tolerance(document, item)
            ]
            lowest = min((self.items[item].tier for item in near), default=0)
            near = [item for item in near if self.items[item].tier == lowest]
            if len(near) == 1:
                tolerance = self._tolerance(document, near[0])
                assert tolerance is not None
                amount = min(self.unmet[near[0]], self.left[document], key=abs)
                self.apply(document, near[0], amount, f"tolerance {tolerance.name}")
            elif near:
                self.unclear[document] = tuple((item,) for item in near)

    def _tolerance(self, document: int, item: int) -> Tolerance | None:
        """The smallest tolerance within which the two differ, if they have one sign."""
        left, open_ = self.left[document], self.unmet[item]
        if (left > 0) != (open_ > 0):
            return None
        return self.tolerance_for(self.documents[document].pool, self.items[item].names[0], abs(left - open_))

    def tolerance_for(self, pool: str, agreement: str, amount: int) -> Tolerance | None:
        allowed = [
            each
            for each in self.tolerances
            if amount <= each.amount
            and (each.pools is None or pool in each.pools)
            and each.agreement in ("", agreement)
        ]
        return min(allowed, key=lambda each: (each.amount, each.name), default=None)

    def _close_rests(self) -> None:
        """What is open of an item or a document that was applied, and is within a tolerance, is closed under its
        name.
        """
        if not self.tolerances:
            return
        applied = [match for match in self.matches if match.document is not None and match.item is not None]
        agreement_of = {match.document: self.items[match.item].names[0] for match in applied if match.item is not None}
        for item in dict.fromkeys(match.item for match in applied if match.item is not None and match.amount):
            if self.unmet[item]:
                of = self.items[item]
                tolerance = self.tolerance_for(of.pool, of.names[0], abs(self.unmet[item]))
                if tolerance is not None:
                    note = "what is open of it is within the tolerance"
                    self.matches.append(Match(None, item, self.unmet[item], f"tolerance {tolerance.name}", note))
                    self.unmet[item] = 0
        for document in dict.fromkeys(match.document for match in applied if match.amount):
            if document is not None and self.left[document]:
                pool, left = self.documents[document].pool, self.left[document]
                tolerance = self.tolerance_for(pool, agreement_of[document], abs(left))
                if tolerance is not None:
                    note = "what is open of it is within the tolerance"
                    self.matches.append(Match(document, None, left, f"tolerance {tolerance.name}", note))
                    self.left[document] = 0

    def oldest_first(self, documents: Sequence[int], items: Sequence[int], rule: str) -> None:
        """Apply what is left of documents to items in the order given, the last one in part. Only where that was
        agreed.
        """
        for document in documents:
            for item in self.candidates(document, items):
                if self.left[document] > 0 and self.unmet[item] > 0:
                    self.apply(document, item, min(self.unmet[item], self.left[document]), rule)
                    self.unclear.pop(document, None)
                    self.unsearched.discard(document)


class _Exhausted(Exception):
    """More sums would have to be tried than `MOST_SUMS`."""


@define(eq=False)
class _Search:
    """The combinations of one pool."""

    matching: Matching
    documents: list[int]
    items: list[int]
    sums: int = 0

    def run(self) -> None:
        m = self.matching
        try:
            if len(self.documents) * len(self.items) > MOST_PAIRS:
                raise _Exhausted
            while self._one_to_many() or self._many_to_one():
                pass
            self._many_to_many()
        except _Exhausted:
            m.unsearched.update(document for document in self.documents if m.left[document])
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
            alike = (m.left[document], m.documents[document].names)
            found = m.candidates(document, items)
            if alike in seen or len(found) < 2:
                continue
            seen.add(alike)
            if len(found) > MOST_ITEMS:
                m.unsearched.add(document)
                continue
            sets = self._sets([m.unmet[item] for item in found], m.left[document])
            if sets:
                fits[document] = [tuple(found[place] for place in each) for each in sets]
        done = False
        for document, the_set in _uncontested(fits):
            for item in the_set:
                m.apply(document, item, m.unmet[item], "combination", f"one of {len(the_set)} that add up to it")
            done = True
        if not done:
            m.unclear.update({document: tuple(sets) for document, sets in fits.items()})
        return done

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
            for each in self._sets([m.left[document] for document in found], m.unmet[item]):
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
        self._spend((1 << len(documents)) + (1 << len(items)))
        by_sum: dict[int, list[int]] = {}
        for mask, total in enumerate(_sums([m.unmet[item] for item in items])):
            if mask.bit_count() > 1 and len(by_sum.setdefault(total, [])) < MOST_FOUND:
                by_sum[total].append(mask)
        pairs: list[tuple[int, int]] = []
        for mask, total in enumerate(_sums([m.left[document] for document in documents])):
            if mask.bit_count() > 1:
                pairs += [
                    (mask, other) for other in by_sum.get(total, ()) if self._all_fit(documents, mask, items, other)
                ]
            if len(pairs) > MOST_FOUND * MOST_FOUND:
                raise _Exhausted
        pairs = [pair for pair in pairs if not any(_within(other, pair) for other in pairs)]
        for pair in pairs:
            mine, theirs = _places(pair[0], documents), _places(pair[1], items)
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
        some, others = _places(mine, documents), _places(theirs, items)
        same = all(m.left[d] > 0 for d in some) and all(m.unmet[i] > 0 for i in others)
        return same and all(m.fits(document, item) for document in some for item in others)

    def _sets(self, amounts: list[int], target: int) -> list[Set]:
        """The places of two or more amounts that add up to the target; at most `MOST_FOUND`, the smallest only."""
        if len(amounts) < 2 or (min(amounts) > 0 and sum(amounts) < target):
            return []
        half = len(amounts) >> 1
        self._spend((1 << half) + (1 << (len(amounts) - half)))
        low: dict[int, list[int]] = {}
        for mask, total in enumerate(_sums(amounts[:half])):
            low.setdefault(total, []).append(mask)
        found: list[int] = []
        for mask, total in enumerate(_sums(amounts[half:])):
            found += [mask << half | other for other in low.get(target - total, ())]
            if len(found) > MOST_FOUND:
                break
        found = [mask for mask in found if mask]
        smallest = [mask for mask in found if not any(other != mask and other & mask == other for other in found)]
        return sorted(_places(mask, range(len(amounts))) for mask in smallest if mask.bit_count() > 1)

    def _spend(self, sums: int) -> None:
        self.sums += sums
        if self.sums > MOST_SUMS:
            raise _Exhausted


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


def subset(amounts: Sequence[int], target: int) -> Set | None:
    """The places of the only set of amounts, one or more, that adds up to the target; None where there is none or
    another.
    """
    if len(amounts) > MOST_ITEMS:
        return None
    single = [place for place, amount in enumerate(amounts) if amount == target]
    if single:
        return (single[0],) if len(single) == 1 else None
    empty = Matching((), ())
    try:
        sets = _Search(empty, [], [])._sets(list(amounts), target)
    except _Exhausted:
        return None
    return sets[0] if len(sets) == 1 else None


def _uncontested(fits: dict[int, list[Set]]) -> list[tuple[int, Set]]:
    """Those with one set that fits, where no other such set shares a member with it."""
    single = {key: sets[0] for key, sets in fits.items() if len(sets) == 1}
    used: dict[int, int] = {}
    for the_set in single.values():
        for member in the_set:
            used[member] = used.get(member, 0) + 1
    return [(key, the_set) for key, the_set in single.items() if all(used[member] == 1 for member in the_set)]


def _sums(amounts: Sequence[int]) -> list[int]:
    """The sum of each set of the amounts, at the place whose bits say which are in it."""
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


def _places(mask: int, of: Sequence[int]) -> Set:
    return tuple(each for place, each in enumerate(of) if mask >> place & 1)


def _within(other: tuple[int, int], pair: tuple[int, int]) -> bool:
    """Whether a pair of sets is another one that is contained in `pair`."""
    return other != pair and other[0] & pair[0] == other[0] and other[1] & pair[1] == other[1]
