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

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any, TypeAlias

from attrs import define, field

from feecalc.matching.combinations import Search
from feecalc.matching.open_items import NOT_KNOWN, Match, Names, OpenItems, Tolerance

# A way to take some of the four names, and the items by their pool and these.
_Index: TypeAlias = tuple[Callable[[Names], Any], dict[tuple[str, Any], list[int]]]


@define(eq=False)
class Matching(OpenItems):
    """The rules, over documents and open items."""

    _indexes: dict[tuple[bool, ...], _Index] = field(factory=dict)

    def run(self) -> None:
        """All rules in order. Run again, it takes up what has become open."""
        self.unclear.clear()
        self.unsearched.clear()
        self._by_reference()
        self._by_amount()
        self._by_combination()
        self._by_tolerance()
        self._close_rests()

    def _by_reference(self) -> None:
        for document in self.taking_part():
            doc = self.documents[document]
            agreement, clause, closing, invoice = doc.names
            if invoice and invoice != NOT_KNOWN:
                named = (False, False, False, True)
            elif clause or closing:
                named = (bool(agreement), bool(clause), bool(closing), False)
            elif doc.stated:
                named = (True, False, False, False)
            else:
                continue
            names, index = self._indexes.get(named) or self._index(named)
            found, left = index.get((doc.pool, names(doc.names)), ()), self.left[document]
            if len(found) != 1:
                found = self.candidates(document, found)
            elif not self.unmet[found[0]] or (invoice and not self.fits(document, found[0])):
                continue  # without an invoice, what is found bears all that the document names
            if len(found) == 1:
                open_ = self.unmet[found[0]]
                if open_ == left:
                    self.apply(document, found[0], open_, "reference")
                elif any(named[1:]) and (open_ > 0) == (left > 0):
                    self.apply(document, found[0], min(open_, left, key=abs), "reference")
            elif found and sum([self.unmet[item] for item in found]) == left:
                for item in found:
                    self.apply(document, item, self.unmet[item], "reference")

    def _index(self, named: tuple[bool, ...]) -> _Index:
        """How to take some names, and the items by their pool and these. What has no number is not found by one."""
        names, index = itemgetter(*compress(range(4), named)), defaultdict[tuple[str, Any], list[int]](list)
        for number, item in enumerate(self.items):
            if item.names[3] or not named[3]:
                index[item.pool, names(item.names)].append(number)
        self._indexes[named] = names, index
        return names, index

    def _by_amount(self) -> None:
        documents = self.taking_part()
        tiers: dict[int, list[int]] = defaultdict(list)
        for number, open_ in enumerate(self.unmet) if documents else ():
            if open_:
                tiers[self.items[number].tier].append(number)
        for _, items in sorted(tiers.items()):
            waiting: dict[tuple[str, int], list[int]] = defaultdict(list)
            for document in documents:
                if self.left[document] and document not in self.unclear:
                    waiting[self.documents[document].pool, self.left[document]].append(document)
            offered: dict[tuple[str, int], list[int]] = defaultdict(list)
            for number in items:
                key = self.items[number].pool, self.unmet[number]
                if key in waiting:
                    offered[key].append(number)
            for key, of_one_amount in offered.items():
                self._of_one_amount(waiting[key], of_one_amount)

    def _of_one_amount(self, documents: list[int], items: list[int]) -> None:
        """Documents and items that all come to one amount."""
        if len(documents) == 1 and len(items) == 1:
            if self.fits(documents[0], items[0]):
                self.apply(documents[0], items[0], self.unmet[items[0]], "amount")
            return
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
        documents: dict[str, list[int]] = defaultdict(list)
        for document in self.taking_part():
            if document not in self.unclear:
                documents[self.documents[document].pool].append(document)
        items: dict[str, list[int]] = defaultdict(list)
        for number, open_ in enumerate(self.unmet) if documents else ():
            if open_ and self.items[number].pool in documents:
                items[self.items[number].pool].append(number)
        for pool, offered in items.items():
            Search(self, documents[pool], offered).run()

    def _by_tolerance(self) -> None:
        """Documents to which nothing could be applied, and the one item each that is near enough."""
        if not self.tolerances:
            return
        applied = {match.document for match in self.matches}
        most = max(tolerance.amount for tolerance in self.tolerances)
        by_pool: dict[str, list[tuple[int, int]]] = {}  # what is open of each item, and the item; the least first
        for number, item in enumerate(self.items):
            by_pool.setdefault(item.pool, []).append((self.unmet[number], number))
        for open_items in by_pool.values():
            open_items.sort()
        for document, doc in enumerate(self.documents):
            if not self.takes_part(document) or document in applied or document in self.unclear:
                continue
            open_items = by_pool.get(doc.pool, [])
            left = self.left[document]
            first = bisect_left(open_items, (left - most, -1))
            end = bisect_right(open_items, (left + most, len(self.items)))
            within = sorted(item for open_, item in open_items[first:end] if open_ == self.unmet[item])
            near = [item for item in self.candidates(document, within) if self._tolerance(document, item)]
            lowest = min((self.items[item].tier for item in near), default=0)
            near = [item for item in near if self.items[item].tier == lowest]
            if len(near) == 1:
                tolerance = self._tolerance(document, near[0])
                assert tolerance is not None
                amount = min(self.unmet[near[0]], self.left[document], key=abs)
                self.apply(document, near[0], amount, f"tolerance {tolerance.name}")
                insort(open_items, (self.unmet[near[0]], near[0]))
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
        waiting: dict[str, deque[int]] = {}
        for item in items:
            waiting.setdefault(self.items[item].pool, deque()).append(item)
        for document in documents:
            of_pool = waiting.get(self.documents[document].pool, deque())
            while of_pool and self.unmet[of_pool[0]] == 0:
                of_pool.popleft()
            for item in of_pool:
                if self.left[document] <= 0:
                    break
                if self.unmet[item] > 0 and self.fits(document, item):
                    self.apply(document, item, min(self.unmet[item], self.left[document]), rule)
                    self.unclear.pop(document, None)
                    self.unsearched.discard(document)
