"""Documents and the open items of their pools: what is applied, what is left, what could be meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from attrs import define, field, frozen

from feecalc.matching.subsets import Set

NOT_KNOWN = "\0"  # names an invoice that is not there
Names: TypeAlias = tuple[str, str, str, str]  # agreement, clause, closing, invoice; "" where not named


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
        """Whether something of a document is left to apply, and may be."""
        return bool(self.left[document] and self.documents[document].pool and document not in self.held)

    def candidates(self, document: int, items: Iterable[int]) -> list[int]:
        """The open ones of some items that a document fits."""
        return [item for item in items if self.unmet[item] and self.fits(document, item)]
