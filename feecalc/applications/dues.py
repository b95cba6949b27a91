"""What is due in cash, made from the entries of the ledger; and what is taken back of it where no document is."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from attrs import define

from feecalc.applications.sides import Application
from feecalc.dates import day_date
from feecalc.ledger import UNITS, Ledger
from feecalc.matching import Matching
from feecalc.matching.open_items import Names
from feecalc.money import shown_money

KEY = ("agreement", "clause", "closing", "payee")


@define(unsafe_hash=True)
class Due:
    """What is to be paid to a payee on a day (a day number) under a clause for a closing; negative: to be returned."""

    agreement: str
    clause: str
    closing: str
    payee: str
    payable_on: int
    amount: int  # cents
    entry: int  # the place of its first entry in the ledger

    @property
    def words(self) -> str:
        closing = f", closing {self.closing}" if self.closing else ""
        return f"{self.agreement} {self.clause}{closing}, due {day_date(self.payable_on)}, {shown_money(self.amount)}"


def dues_of(ledger: Ledger) -> tuple[Due, ...]:
    """What is due in cash, in the order of its days and of the ledger."""
    entries = ledger.columns
    owed = entries["payable"] - entries["deducted"]
    places = np.flatnonzero(~entries.one_of("unit", UNITS) & (owed != 0))
    key: tuple[str, str, str, str, int]
    found: dict[tuple[str, str, str, str, int], Due] = {}
    keys: Iterator[Any] = entries.only(*KEY, "payable_on").where(places).rows(*KEY, "payable_on")
    for key, amount, entry in zip(keys, owed[places].tolist(), places.tolist(), strict=True):
        same = found.get(key)
        if same is not None:
            same.amount += amount
        else:
            found[key] = Due(*key, amount, entry)
    dues = [due for due in found.values() if due.amount]
    return tuple(sorted(dues, key=attrgetter("payable_on")))  # of one day, they stand in the order of the ledger


def key_of(due: Due) -> tuple[str, str, str, str]:
    """What is due under one clause for one closing to one payee belongs together."""
    return due.agreement, due.clause, due.closing, due.payee


def names_of(due: Due) -> Names:
    """What a document has to name to mean this due; a due has no invoice."""
    return due.agreement, due.clause, due.closing, ""


def within_one_closing(dues: Sequence[Due], open_: list[int]) -> Iterator[Application]:
    """What is taken back of a due at the same closing, by a decision say, lowers what falls due there, the last
    first.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    with_back = {key_of(due) for due in dues if due.amount < 0}
    for number, due in enumerate(dues) if with_back else ():
        if key_of(due) in with_back:
            groups.setdefault(key_of(due), []).append(number)
    for numbers in groups.values():
        for back in numbers:
            for number in reversed(numbers):
                amount = min(open_[number], -open_[back])  # above 0 of what is taken back and what is open only
                if amount > 0:
                    open_[number] -= amount
                    open_[back] += amount
                    yield Application(("due", back), ("due", number), amount, "taken back", "at the same closing")


def set_against(
    ledger: Ledger, dues: Sequence[Due], first: int, matching: Matching, only: Container[int] | None = None
) -> Iterator[Application]:
    """What is to be returned and no document met, set against what is open of the due that it takes back; of all that
    is, or of some dues only. The dues are items of the matching, from `first` on.
    """
    undone = _undone(ledger)
    open_ = matching.unmet
    backs = [back for back in range(len(dues)) if open_[first + back] < 0 and (only is None or back in only)]
    by_clause: dict[tuple[str, str, str], list[int]] = {}
    for number, due in enumerate(dues) if backs else ():
        by_clause.setdefault((due.agreement, due.clause, due.payee), []).append(number)
    for back in backs:
        due = dues[back]
        mine = by_clause[(due.agreement, due.clause, due.payee)]
        if due.closing:
            of = undone.get(due.closing, set())
            mine = [n for n in mine if len(of) == 1 and dues[n].closing in of]
            note = "a rescission, of what it undoes"
        else:
            note = "it names no closing: of what falls due last"
        for number in reversed(mine):
            amount = min(open_[first + number], -open_[first + back])
            if amount > 0:
                open_[first + number] -= amount
                open_[first + back] += amount
                yield Application(("due", back), ("due", number), amount, "taken back", note)


@define(eq=False)
class Rescinded:
    """What rescissions take back of dues, as far as no document met it."""

    ledger: Ledger
    dues: Sequence[Due]
    billing: Matching
    _backs: dict[tuple[str, str, str, str], list[int]] | None = None  # what is to be returned, by what it takes back of

    def __call__(self, names: Names, items: Iterable[int], amount: int) -> Sequence[tuple[int, int]]:
        """How much is taken back of some dues, if just one thing comes to an amount: one clause's part, all that one
        rescission takes back, or all of them together. Dues and parts of them; nothing where that is not so, or where
        a clause is due in instalments. The names are those of a credit note: its closing may be the one undone, or the
        one that undoes it.
        """
        if self._backs is None:
            undone = _undone(self.ledger)
            self._backs = {}
            for number, due in enumerate(self.dues):
                of = [*undone.get(due.closing, ())] if due.amount < 0 else []
                if len(of) == 1:
                    self._backs.setdefault((due.agreement, due.clause, of[0], due.payee), []).append(number)
        parts: dict[str, list[tuple[int, int]]] = {}
        for item in items:
            key = key_of(self.dues[item])
            for number in self._backs.get(key, ()):
                due, open_ = self.dues[number], self.billing.unmet[number]
                if open_ < 0 and all(
                    not name or name in its for name, its in zip(names, _bears(due, key[2]), strict=True)
                ):
                    parts.setdefault(due.closing, []).append((item, -open_))
        if any(len({item for item, _ in each}) < len(each) for each in parts.values()):
            return ()
        every = [part for of_one in parts.values() for part in of_one]
        sets = {tuple(each) for each in (*parts.values(), every, *([part] for part in every))}
        exact = [each for each in sets if sum([part for _, part in each]) == amount]
        return exact[0] if len(exact) == 1 else ()


def _bears(due: Due, undone: str) -> tuple[tuple[str, ...], ...]:
    """All that a credit note may name to mean what a rescission takes back of the closing undone."""
    return (due.agreement,), (due.clause,), (due.closing, undone), ()


def credited_back(
    ledger: Ledger, dues: Sequence[Due], billing: Matching, backs: Sequence[Application]
) -> Iterator[Application]:
    """What a rescission takes back of a due, exactly as much as a credit note takes back of the invoice for it: the
    credit leaves that much of the due open, and the two meet. `backs` are what credit notes take back of invoice rows.
    """
    if not backs:
        return
    open_at: dict[tuple[str, int], list[int]] = {}  # dues by their pool and what is open of them
    for number, open_ in enumerate(billing.unmet):
        open_at.setdefault((billing.items[number].pool, open_), []).append(number)
    undone = _undone(ledger)
    billed: dict[int, list[int]] = {}
    for match in billing.matches:
        if match.document is not None and match.item is not None:
            billed.setdefault(match.document, []).append(match.item)
    met = set()
    for each in backs:
        assert each.target is not None  # what takes back is of something
        row = each.target[1]
        pool = billing.documents[row].pool
        found, by_row = open_at.get((pool, -each.amount), []), billed.get(row, [])
        if found and not by_row:  # all of it was credited, so that it was applied to nothing
            by_row = [number for number in open_at.get((pool, each.amount), ()) if billing.fits(row, number)]
        for_it = {key_of(dues[number]) for number in by_row if billing.unmet[number] > 0}
        taken = [n for n in found if any(_takes_back(dues[n], key, undone) for key in for_it)]
        if len(taken) == 1:
            met.add(taken[0])
    yield from set_against(ledger, dues, 0, billing, met)


def _takes_back(due: Due, key: tuple[str, str, str, str], undone: Mapping[str, set[str]]) -> bool:
    """Whether a due is what a rescission takes back under this clause, for this closing, of this payee."""
    agreement, clause, closing, payee = key
    return (due.agreement, due.clause, due.payee) == (agreement, clause, payee) and undone.get(due.closing) == {closing}


def _undone(ledger: Ledger) -> dict[str, set[str]]:
    """The closings that the lines of each closing undo."""
    table = ledger.table
    rows = np.flatnonzero(~table.reverses_word.is_blank())
    pairs = {(int(table.closing.codes[row]), int(table.reverses_word.codes[row])) for row in rows.tolist()}
    found: dict[str, set[str]] = {}
    for closing, undone in pairs:
        found.setdefault(table.closing.words[closing], set()).add(table.reverses_word.words[undone])
    return found
