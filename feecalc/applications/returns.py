"""What takes back: wires that came back and credit notes, around the matching of what they return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from attrs import define, field

from feecalc.applications.sides import Application, Kind, Side, number_of, taken_back
from feecalc.matching import Matching
from feecalc.matching.open_items import Names
from feecalc.matching.subsets import subset
from feecalc.records import Invoice, Payment

# What is taken back of items, by what a document names, if it comes to its amount: items and parts of them.
TakenBack: TypeAlias = Callable[[Names, Iterable[int], int], Sequence[tuple[int, int]]]


@define(eq=False)
class Layer:
    """Documents of one kind, and how what takes back is dealt with around the matching."""

    kind: Kind
    rows: Sequence[Invoice | Payment]
    matching: Matching
    target: Callable[[int], Side]  # what an item of the matching is
    rescinded: TakenBack = lambda names, items, amount: ()
    backs: list[Application] = field(factory=list)
    unclear: dict[Side, tuple[tuple[Side, ...], ...]] = field(factory=dict)
    _parts: list[tuple[int, tuple[int, ...]]] = field(factory=list)  # what returns a part, and of what

    def run(self) -> None:
        """Match, with what returns a whole document left out before, and what returns a part undone after."""
        m = self.matching
        negative = [number for number, left in enumerate(m.left) if left < 0]
        if negative:
            self._whole(negative)
        m.run()
        reopened: list[bool] = []
        if negative:
            places: dict[int | None, list[int]] = {}
            for place, match in enumerate(m.matches):
                if match.item is not None and match.amount:
                    places.setdefault(match.document, []).append(place)
            for number, documents in self._parts:
                if self._take_rescinded(documents, number, places):
                    continue  # what that leaves open meets what was taken back, and no other document
                if len(documents) == 1:
                    reopened.append(self._take_part(documents[0], number, places.get(documents[0], [])))
                else:
                    self.unclear[(self.kind, number)] = tuple(((self.kind, each),) for each in documents)
            by_pool: dict[str, list[int]] = {}
            for document in range(len(self.rows)):
                if m.documents[document].pool:
                    by_pool.setdefault(m.documents[document].pool, []).append(document)
            for number in negative:
                if m.left[number] and number not in m.held:
                    of_pool = by_pool.get(m.documents[number].pool, [])
                    reopened.append(self._of_open_part(number, of_pool, places))
        self._parts.clear()
        if any(reopened):
            m.run()
        while any(not m.unmet[item] for sets in m.unclear.values() for each in sets for item in each):
            m.run()  # a later rule met what an earlier one could not choose: what several fitted may fit one now

    def _whole(self, negative: Iterable[int]) -> None:
        """What returns a whole document, and what names one of which it returns a part."""
        m = self.matching
        by_amount: dict[tuple[str, int], list[int]] = {}
        by_number: dict[str, list[int]] = {}
        for number, row in enumerate(self.rows):
            if row.amount > 0:
                by_amount.setdefault((m.documents[number].pool, row.amount), []).append(number)
                by_number.setdefault(number_of(row), []).append(number)
        open_at: dict[tuple[str, int], list[int]] = {}  # items by their pool and what is open of them
        for place, item in enumerate(m.items):
            open_at.setdefault((item.pool, m.unmet[place]), []).append(place)
        for number in negative:
            row = self.rows[number]
            amount = -m.left[number]
            if taken_back(row):
                named = [
                    d for d in by_number.get(taken_back(row), ()) if m.documents[d].pool == m.documents[number].pool
                ]
                meant = self._meant(number, named)
                m.held.add(number)
                if meant and sum([m.left[each] for each in meant]) == amount:
                    for each in meant:
                        self._back(each, number, m.left[each], "reference")
                elif named:
                    self._parts.append((number, tuple(meant or named)))
                continue
            pool = m.documents[number].pool
            alike = by_amount.get((pool, amount), ()) if pool else ()
            found = [d for d in alike if m.left[d] == amount and self._could_return(number, d)]
            items = m.candidates(number, open_at.get((pool, m.left[number]), ()))
            if len({m.documents[d].names for d in found}) == 1 and not items:
                self._back(found[-1], number, amount, "amount")
            elif found:
                m.held.add(number)
                self.unclear[(self.kind, number)] = (
                    *(((self.kind, d),) for d in found),
                    *((self.target(i),) for i in items),
                )

    def _meant(self, number: int, named: list[int]) -> list[int]:
        """Which of the rows of the invoice that a credit note names are meant: those that bear its other names too; of
        several, the one of its amount.
        """
        if len(named) > 1:
            named = [document for document in named if self._bears_names(number, document)]
            exact = [document for document in named if self.matching.left[document] == -self.matching.left[number]]
            named = exact if len(exact) == 1 else named
        return named

    def _bears_names(self, number: int, document: int) -> bool:
        """Whether what takes back names nothing that the document does not."""
        back, of = self.matching.documents[number].names, self.matching.documents[document].names
        return all(not mine or mine == its for mine, its in zip(back, of, strict=True))

    def _could_return(self, number: int, document: int) -> bool:
        """Whether what takes back names nothing that the document does not, and is not earlier."""
        return self.rows[document].date <= self.rows[number].date and self._bears_names(number, document)

    def _back(self, document: int, number: int, amount: int, rule: str, note: str = "") -> None:
        m = self.matching
        m.left[document] -= amount
        m.left[number] += amount
        self.backs.append(Application((self.kind, number), (self.kind, document), amount, rule, note or "all of it"))

    def _take_rescinded(self, documents: Sequence[int], number: int, places: dict[int | None, list[int]]) -> bool:
        """Return exactly what rescissions take back of what the rows of an invoice were applied to, if it is that."""
        m = self.matching
        at = {m.matches[place].item: place for document in documents for place in places.get(document, ())}
        if len(at) != sum(len(places.get(document, ())) for document in documents):
            return False  # several rows are for one amount: which of them is lowered, nobody says
        items = [item for item in at if item is not None]
        taken = self.rescinded(m.documents[number].names, items, -m.left[number])
        of: Counter[int] = Counter()
        for item, part in taken:
            of[item] += part
        if any(part > m.matches[at[item]].amount for item, part in of.items()):
            return False
        for item, part in taken:
            document = m.matches[at[item]].document
            assert document is not None
            m.withdraw(at[item], part)
            self._back(document, number, part, "reference", "a part of it, which a rescission takes back")
        return bool(taken)

    def _take_part(self, document: int, number: int, places: Sequence[int]) -> bool:
        """Return a part of a document: its open part first, then exactly so much of what it was applied to."""
        m = self.matching
        amount = -m.left[number]
        beyond = max(0, amount - m.left[document])
        places = [place for place in places if m.matches[place].amount]
        if beyond and len(places) == 1 and beyond <= m.matches[places[0]].amount:
            m.withdraw(places[0], beyond)
        elif beyond:
            chosen = subset([m.matches[place].amount for place in places], beyond)
            if chosen is None:
                self.unclear[(self.kind, number)] = (((self.kind, document),),)
                return False  # nothing became open
            for place in chosen:
                m.withdraw(places[place], m.matches[places[place]].amount)
        self._back(document, number, amount, "reference", "a part of it")
        return bool(beyond)

    def _of_open_part(self, number: int, of_pool: Sequence[int], places: dict[int | None, list[int]]) -> bool:
        """What takes back exactly what is open of one document that was applied in part, or part of the one it
        names.
        """
        m = self.matching
        amount = -m.left[number]
        mine = [d for d in of_pool if self._could_return(number, d)]
        exact = [d for d in mine if m.left[d] == amount]
        if len(exact) == 1:
            self._back(exact[0], number, amount, "amount", "what was open of it")
        elif exact:
            self.unclear[(self.kind, number)] = tuple(((self.kind, each),) for each in exact)
        elif any(m.documents[number].names[1:]):
            named = [d for d in mine if self.rows[d].amount > amount]
            if len(named) == 1:
                return self._take_part(named[0], number, places.get(named[0], []))
        return False
