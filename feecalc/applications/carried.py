"""What was paid on an invoice, carried to the dues that it was applied to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import define

from feecalc.applications.bills import Bill
from feecalc.matching import Matching
from feecalc.matching.subsets import subset


@define
class Carried:
    """What was paid on an invoice, and to which of its dues it belongs. `parts` are (due, billed, settled, of it by a
    tolerance); `unassigned` was paid on dues that nobody says which; `beyond` on what is owed under none.
    """

    parts: tuple[tuple[int, int, int, int], ...]
    unassigned: int
    beyond: int


def carried_to_dues(
    bills: Sequence[Bill], on_rows: Mapping[int, Sequence[tuple[int, int]]], paying: Matching
) -> Iterator[Carried]:
    """What was paid on each invoice, carried to the dues that its rows were applied to, each with its amount."""
    tolerated: dict[int, int] = {}
    for match in paying.matches:
        if match.document is None and match.item is not None:
            tolerated[match.item] = tolerated.get(match.item, 0) + match.amount
    for number, bill in enumerate(bills):
        parts = on_rows.get(bill.rows[0], ())
        if len(bill.rows) > 1:
            billed: dict[int, int] = {}
            for row in bill.rows:
                for due, amount in on_rows.get(row, ()):
                    billed[due] = billed.get(due, 0) + amount
            parts = sorted(billed.items())
        closed = bill.amount - paying.unmet[number]
        yield _carry(parts, closed, tolerated.get(number, 0))


def _carry(parts: Sequence[tuple[int, int]], closed: int, tolerated: int) -> Carried:
    owed = sum([amount for _, amount in parts])
    if closed == owed and not tolerated:
        return Carried(tuple([(due, amount, amount, 0) for due, amount in parts]), 0, 0)
    settled = {due: 0 for due, _ in parts}
    unassigned = beyond = 0
    if parts and (closed >= owed >= 0 or closed == owed):
        settled = dict(parts)
        beyond = closed - owed
    elif len(parts) == 1 and closed:
        settled = {parts[0][0]: closed}
    elif parts and closed:
        chosen = subset([amount for _, amount in parts], closed)
        for place in chosen or ():
            settled[parts[place][0]] = parts[place][1]
        unassigned = 0 if chosen else closed
    else:
        beyond = closed
    found, rest = [], tolerated
    for due, amount in reversed(parts):
        written_off = min(rest, settled[due], key=abs)
        rest -= written_off
        found.append((due, amount, settled[due], written_off))
    return Carried(tuple(reversed(found)), unassigned, beyond)
