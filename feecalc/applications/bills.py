"""Invoices as they are paid: rows of one number and payee, less what credit notes took back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import define

from feecalc.applications.sides import Application, payee_key
from feecalc.dates import day_date, day_number
from feecalc.matching import Matching
from feecalc.matching.open_items import Names
from feecalc.money import shown_money
from feecalc.records import Invoice


@define
class Bill:
    """An invoice: its rows of one number and payee. `amount` is what is to be paid on it, credit notes taken off."""

    number: str
    payee: str
    rows: tuple[int, ...]
    amount: int  # cents
    names: Names
    day: int

    @property
    def words(self) -> str:
        return f"invoice {self.number} of {day_date(self.day)}, {shown_money(self.amount)}"


def bills_of(
    invoices: Sequence[Invoice],
    billing: Matching,
    applied: Mapping[int, Sequence[tuple[int, int]]],
    backs: Iterable[Application],
    names: Sequence[Names],
) -> tuple[Bill, ...]:
    """The invoices that are to be paid: rows of one number and payee. What a credit note took back is not. `applied`
    holds the dues of each row, `names` are those of the dues.
    """
    amounts = [row.amount for row in invoices]
    for each in backs:
        for side, sign in ((each.target, -1), (each.source, 1)):
            if side is not None:
                amounts[side[1]] += sign * each.amount
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(invoices):
        groups[row.invoice, billing.documents[number].pool or payee_key(row.payee)].append(number)
    found = []
    for (number_, _), rows in groups.items():
        first, amount = invoices[rows[0]], sum([amounts[row] for row in rows])
        borne: list[Names] = []
        for number in rows:
            dues = applied.get(number)
            borne += [names[due] for due, _ in dues] if dues else [billing.documents[number].names]
        agreement, clause, closing, _ = map(_only, zip(*borne, strict=True)) if len(borne) > 1 else borne[0]
        its = (agreement, clause, closing, number_)
        found.append(Bill(number_, first.payee, tuple(rows), amount, its, day_number(first.date)))
    return tuple(found)


def _only(words: Iterable[str]) -> str:
    """The one word, or nothing where there are several."""
    distinct = set(words)
    return distinct.pop() if len(distinct) == 1 else ""
