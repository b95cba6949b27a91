"""What turns on how the words are read: the ledger under every other reading that the agreements declare, beside the
chosen.

Each other reading is a whole agreement (built when its file was read), put in the place of the chosen one alone. What
is compared is what is payable, by agreement, payee and unit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import date

from attrs import frozen

from feecalc.agreement import Agreement
from feecalc.engagement import compute
from feecalc.ledger import UNITS, Ledger
from feecalc.linking import linked
from feecalc.money import shown_count, shown_money
from feecalc.problems import Problem, Problems
from feecalc.records import Records

Payable = dict[tuple[str, str, str], int]


@frozen
class Difference:
    """What one payee would be owed otherwise; amounts are cents, or warrants."""

    agreement: str
    payee: str
    unit: str
    chosen: int
    other: int


@frozen
class Alternative:
    """One other reading: the agreement, the clause ("" for the agreement as a whole), and what turns on it.

    `problems` says why the records cannot be computed under it, if they cannot.
    """

    agreement: str
    clause: str
    question: str
    chosen: str
    says: str
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...]


def alternatives(ledger: Ledger) -> Iterator[Alternative]:
    """Every declared alternative, in the order of the agreements and their clauses."""
    payable = _payable(ledger)
    for agreement in ledger.agreements:
        for clause, reading in agreement.declared_readings():
            for other in reading.others:
                assert isinstance(other.instead, Agreement)
                instead = [other.instead if each is agreement else each for each in ledger.agreements]
                found, problems = _under(instead, ledger.records, ledger.as_of)
                differences = _differences(payable, found) if not problems else ()
                yield Alternative(
                    agreement.id,
                    clause.id if clause else "",
                    reading.question,
                    reading.chosen,
                    other.says,
                    differences,
                    problems,
                )


def _under(agreements: Sequence[Agreement], records: Records, as_of: date) -> tuple[Payable, tuple[Problem, ...]]:
    problems = Problems()
    linked(agreements, records, problems)
    if len(problems):
        return {}, tuple(problems)
    return _payable(compute(agreements, records, as_of)), ()


def _payable(ledger: Ledger) -> Payable:
    columns = [ledger.sums[name].tolist() for name in ("agreement", "payee", "unit", "payable")]
    return {(agreement, payee, unit): payable for agreement, payee, unit, payable in zip(*columns, strict=True)}


def _differences(chosen: Payable, other: Payable) -> tuple[Difference, ...]:
    keys = [*chosen, *(key for key in other if key not in chosen)]
    return tuple(
        Difference(*key, chosen.get(key, 0), other.get(key, 0))
        for key in keys
        if chosen.get(key, 0) != other.get(key, 0)
    )


def account(found: Sequence[Alternative], width: int = 80) -> str:
    """The alternatives in words: each question with the reading chosen, the others, and what each would change."""
    lines: list[str] = []
    asked = ""
    for each in found:
        question = f"{each.agreement} {each.clause}".strip() + f": {each.question}"
        if question != asked:
            lines += ["", *textwrap.wrap(question, width, subsequent_indent="    ")]
            lines += textwrap.wrap(f"Chosen: {each.chosen}", width, initial_indent="  ", subsequent_indent="    ")
        asked = question
        lines += textwrap.wrap(f"Or: {each.says}", width, initial_indent="  ", subsequent_indent="    ")
        for text in _changes(each):
            lines += textwrap.wrap(text, width, initial_indent="      ", subsequent_indent="        ")
    return "\n".join(lines).strip() or "The agreements declare no other readings."


def _changes(each: Alternative) -> Iterator[str]:
    for problem in each.problems:
        yield f"cannot be computed: {problem.says} ({problem.place})"
    if not each.differences and not each.problems:
        yield "no difference on these records"
    for change in each.differences:
        shown, unit = shown_count if change.unit in UNITS else shown_money, change.unit
        more = f"{shown(abs(change.other - change.chosen))} {'more' if change.other > change.chosen else 'less'}"
        yield f"{change.payee}: {shown(change.other)} {unit} in place of {shown(change.chosen)}, {more}"
