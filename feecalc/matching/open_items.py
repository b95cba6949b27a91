"""Documents and the open items of their pools: what is applied, what is left, what could be meant.

Values that are made for each of a hundred thousand documents are not frozen, here and in `applications`, `differences`
and `reconcile`: nobody changes them once they are made, and to freeze them takes four times as long as to make them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from attrs import define, field

from feecalc.matching.subsets import Set

NOT_KNOWN = "\0"  # names an invoice that is not there
Names: TypeAlias = tuple[str, str, str, str]  # agreement, clause, closing, invoice; "" where not named


@define
class Document:
    """What is to be applied: cents, negative for what takes back. `stated` tells whether it names its agreement
    itself.
    """

    pool: str
    amount: int
    names: Names
    stated: bool = False


@define
class Item:
    """What a document can be applied to. Items of a lower tier are looked at first; only those of tier 0 have a
    number, and what they leave unnamed fits every name.
    """

    pool: str
    amount: int
    names: Names
    tier: int = 0


@define
class Tolerance:
    """By how many cents a document of a pool may differ ("" any pool), under an agreement ("" any)."""

    name: str
    amount: int
    pools: frozenset[str] | None = None
    agreement: str = ""


@define
class Match:
    """What of a document was applied to an item; one of them is None where a tolerance closed the other's rest."""

    document: int | None
    item: int | None
    amount: int
    rule: str
    note: str = ""


@define(eq=False)
class OpenItems:
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

    def __attrs_post_init__(self) -> None:
        self.left = [document.amount for document in self.documents]
        self.unmet = [item.amount for item in self.items]

    def apply(self, document: int, item: int, amount: int, rule: str, note: str = "") -> None:
        """Apply some of a document to an item, never beyond what is open of the item."""
        open_ = self.unmet[item]
        assert 0 < amount <= open_ or open_ <= amount < 0
        self.left[document] -= amount
        self.unmet[item] = open_ - amount
        self.matches.append(Match(document, item, amount, rule, note))

    def applied(self) -> dict[int, list[tuple[int, int]]]:
        """What each document was applied to, and how much."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for match in self.matches:
            if match.amount and match.document is not None and match.item is not None:
                found[match.document].append((match.item, match.amount))
        return found

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
        agreement, clause, closing, invoice = doc.names
        of_agreement, of_clause, of_closing, number = it.names
        if agreement and agreement != of_agreement and (of_agreement or not number):
            return False
        if clause and clause != of_clause and (of_clause or not number):
            return False
        if closing and closing != of_closing and (of_closing or not number):
            return False
        return not invoice or invoice == number or (invoice == NOT_KNOWN and not number)

    def takes_part(self, document: int) -> bool:
        """Whether something of a document is left to apply, and may be."""
        return bool(self.left[document] and self.documents[document].pool and document not in self.held)

    def taking_part(self) -> list[int]:
        """All documents of which that holds."""
        documents, held = self.documents, self.held
        open_ = [document for document, left in enumerate(self.left) if left and documents[document].pool]
        return [document for document in open_ if document not in held] if held else open_

    def candidates(self, document: int, items: Iterable[int]) -> list[int]:
        """The open ones of some items that a document fits."""
        return [item for item in items if self.unmet[item] and self.fits(document, item)]
