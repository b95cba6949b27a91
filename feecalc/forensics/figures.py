"""The figures of a ledger that an amount is compared with: its entries in cash, added up as a person bills them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from attrs import define, evolve, field, frozen

from feecalc.agreement import Agreement
from feecalc.columns import Columns
from feecalc.names import name_key

MEASURES = ("payable", "deducted", "recouped", "held", "in_securities", "decided", "accrued")
Cell: TypeAlias = tuple[str, str, str, str]  # agreement, clause, closing ("" for none), payee
Cells: TypeAlias = dict[Cell, tuple[int, ...]]  # MEASURES in cents


@frozen(order=True)
class View:
    """Which entries a figure adds up; None stands for all of them."""

    agreement: str | None
    clause: str | None
    closing: str | None
    payee: str | None


def cells_of(entries: Columns, currencies: dict[str, str]) -> Cells:
    """Entries in cash, added up by agreement, clause, closing and payee."""
    cash = np.array([currencies[of] == unit for of, unit in entries.rows("agreement", "unit")], dtype=bool)
    sums = entries.where(cash).sums(("agreement", "clause", "closing", "payee"), *MEASURES)
    return {(a, b, c, d): amounts for (a, b, c, d), amounts in sums.items()}


@define(eq=False)
class Figures:
    """The figures of one ledger that a question is about: sums of its cells, by view.

    `together` says whether agreements may be added up.
    """

    asked: View
    every: Cells  # whoever the payee
    agreements: Sequence[Agreement]
    together: bool
    cells: Cells = field(init=False)
    members: dict[View, list[Cell]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        asked, mine = self.asked, {each.id for each in self.agreements}
        self.every = {key: each for key, each in self.every.items() if key[0] in mine and _fits(asked, key)}
        wanted = None if asked.payee is None else name_key(asked.payee)
        self.cells = {key: each for key, each in self.every.items() if wanted in (None, name_key(key[3]))}
        self.members = {}
        several = self.together and len({key[0] for key in self.cells}) > 1
        for key in self.cells:
            for view in _views(asked, key, several):
                self.members.setdefault(view, []).append(key)
        for each in self.agreements:
            self.members.setdefault(evolve(asked, agreement=each.id), [])

    def distinct(self) -> list[View]:
        """The views, narrow before wide, without those that add up the same cells as a narrower one."""
        seen: set[tuple[str | None, frozenset[Cell]]] = set()
        found = []
        for view in sorted(self.members, key=width_of):
            telling = frozenset(key for key in self.members[view] if any(self.cells[key]))
            same = (None if telling else view.agreement, telling)
            if same not in seen:
                seen.add(same)
                found.append(view)
        return found

    def due(self, view: View) -> int:
        """What is payable and was not deducted, in cents; nothing where there is no entry."""
        return sum(due_of(self.cells[key]) for key in self.members.get(view, ()))

    def of(self, view: View, measure: str) -> int:
        """One measure of the figure's cells, in cents."""
        place = MEASURES.index(measure)
        return sum(self.cells[key][place] for key in self.members.get(view, ()))

    def whole(self, view: View) -> int:
        """What is due to all payees of those clauses of which the figure's payee has a part."""
        shared = {key[:3] for key in self.members.get(view, ())}
        return sum(due_of(amounts) for key, amounts in self.every.items() if key[:3] in shared)

    def parts(self, view: View) -> list[tuple[str, int]]:
        """The figure's own clauses and closings, each with what is due of it; only what is not nothing."""
        found: dict[str, int] = {}
        for key in self.members.get(view, ()):
            if view.clause is None:
                name = f"{key[0]} {key[1]}" if view.agreement is None else key[1]
                found[name] = found.get(name, 0) + due_of(self.cells[key])
            if view.closing is None and key[2]:
                name = f"closing {key[2]}"
                found[name] = found.get(name, 0) + due_of(self.cells[key])
        return [(name, due) for name, due in found.items() if due]


def due_of(amounts: tuple[int, ...]) -> int:
    return amounts[0] - amounts[1]


def _fits(asked: View, key: Cell) -> bool:
    """Whether a cell belongs to the agreement, clause and closing that are asked about."""
    wanted = (asked.agreement, asked.clause, asked.closing)
    return all(each is None or each == found for each, found in zip(wanted, key[:3], strict=True))


def _views(asked: View, key: Cell, several: bool) -> Iterator[View]:
    """Every view that a cell belongs to, within the question."""
    agreement, clause, closing, payee = key
    for of_payee in (payee,) if asked.payee is not None else (payee, None):
        for of_closing in (closing,) if asked.closing is not None else (closing, None):
            for of_clause in (clause,) if asked.clause is not None else (clause, None):
                yield View(agreement, of_clause, of_closing, of_payee)
            if several and asked.clause is None:
                yield View(None, None, of_closing, of_payee)


def width_of(view: View) -> tuple[bool, ...]:
    """How much a view leaves open: agreements before payees before clauses before closings."""
    return (view.agreement is None, view.payee is None, view.clause is None, view.closing is None)


def known_word(wanted: str, words: Iterable[str]) -> str | None:
    """The word with the same key, None where nothing is wanted."""
    return next((word for word in words if name_key(word) == name_key(wanted)), wanted) if wanted else None
