"""A single error, planted in the agreement's file or the records and computed from them as an invoice would be, is
among the first three explanations.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import adapter
import provisions_adapter
from hypothesis import given
from hypothesis import strategies as st
from provision_families import any_engagements
from strategies import Record, engagements

from feecalc.departures import KINDS
from feecalc.forensics import explanations, investigated
from feecalc.forensics.ways import WIRE_CHARGES
from feecalc.ledger import Ledger
from feecalc.write.investigation_text import account

Cell = tuple[str, str, str, str]
AT_ONCE = 4  # kinds of error tried on one engagement


def cells(ledger: Ledger) -> dict[Cell, int]:
    """What is payable in cash and was not deducted, by agreement, clause, closing and payee."""
    found: dict[Cell, int] = {}
    for row in ledger.entries.to_dict("records"):
        if row["unit"] == "USD":
            key = (row["agreement"], row["clause"], row["closing"], row["payee"])
            found[key] = found.get(key, 0) + row["payable"] - row["deducted"]
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


def errors(engagement: Record, ledger: Ledger, data: st.DataObject) -> Iterator[tuple[str, Cell, int]]:
    """Amounts with one error in each, of some kinds that this engagement allows: the kind, the figure that it stands
    in place of, and the amount.
    """
    contract = cells(ledger)
    in_terms = list(planted(engagement))
    in_figures = list(arithmetic(ledger, contract))
    allowed = {each[0] for each in (*in_figures, *in_terms)}
    for kind in data.draw(st.permutations([kind for kind in KINDS if kind in allowed]))[:AT_ONCE]:
        found = [(key, amount) for each, key, amount in in_figures if each == kind]
        terms = [(name, other) for each, name, other in in_terms if each == kind]
        if terms:
            name, other = data.draw(st.sampled_from(terms))
            under = cells(adapter.engine(other))
            found += [(key, amount) for key, amount in under.items() if key[0] == name and key[2]]
        found = [(key, amount) for key, amount in found if amount not in (0, contract.get(key, 0))]
        if found:
            yield (kind, *data.draw(st.sampled_from(found)))


@given(engagements(), st.data())
def test_a_single_error_is_among_the_first_three_explanations(engagement: Record, data: st.DataObject) -> None:
    ledger = adapter.engine(engagement)
    for kind, (agreement, clause, closing, payee), amount in errors(engagement, ledger, data):
        found = explanations(ledger, amount, payee, agreement, clause, closing)
        assert (kind,) in [each.kinds for each in found], (kind, amount, [each.text for each in found])
        assert all(each.amount == amount and each.rank == 1 for each in found)


@given(engagements())
def test_what_the_contract_gives_is_told_as_such(engagement: Record) -> None:
    ledger = adapter.engine(engagement)
    for (agreement, clause, closing, payee), amount in cells(ledger).items():
        if amount and closing:
            (found,) = explanations(ledger, amount, payee, agreement, clause, closing)
            assert found.rank == 0


@given(any_engagements())
def test_every_provision_can_be_departed_from(engagement: Record) -> None:
    """Whatever an agreement states, its departures can be computed, or are told to be such as cannot; and the figures
    of the contract are told as such.
    """
    ledger = provisions_adapter.engine(engagement)
    found = investigated(ledger, 1_234_567_89)
    assert all(each.amount == 1_234_567_89 for each in found.explanations) and account(ledger, found)
    for amount in list(filter(None, cells(ledger).values()))[:1]:
        assert explanations(ledger, amount, "")[0].rank == 0
