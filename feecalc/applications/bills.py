"""Invoices as they are paid: rows of one number and payee, less what credit notes took back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from feecalc.applications.dues import Due, names_of
from feecalc.applications.sides import Application, payee_key
from feecalc.dates import day_date, day_number
from feecalc.matching import Matching
from feecalc.matching.open_items import Names
from feecalc.money import shown_money
from feecalc.records import Invoice


@frozen
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
    invoices: Sequence[Invoice], billing: Matching, backs: Iterable[Application], dues: Sequence[Due]
) -> tuple[Bill, ...]:
    """The invoices that are to be paid: rows of one number and payee. What a credit note took back is not."""
    amounts = [row.amount for row in invoices]
    for each in backs:
        for side, sign in ((each.target, -1), (each.source, 1)):
            if side is not None:
                amounts[side[1]] += sign * each.amount
    applied: dict[int, list[int]] = {}
    for match in billing.matches:
        if match.document is not None and match.item is not None and match.amount:
            applied.setdefault(match.document, []).append(match.item)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(invoices):
        key = (row.invoice, billing.documents[number].pool or payee_key(row.payee))
        groups.setdefault(key, []).append(number)
    found = []
    for (number_, _), rows in groups.items():
        borne = [billing.documents[row].names[:3] for row in rows if not applied.get(row)]
        borne += [names_of(dues[due])[:3] for row in rows for due in applied.get(row, ())]
        agreement, clause, closing = map(_only, zip(*borne, strict=True)) if len(borne) > 1 else borne[0]
        day = day_number(min([invoices[row].date for row in rows]))
        amount = sum([amounts[row] for row in rows])
        bill = Bill(number_, invoices[rows[0]].payee, tuple(rows), amount, (agreement, clause, closing, number_), day)
        found.append(bill)
    return tuple(sorted(found, key=lambda bill: (bill.day, bill.rows)))


def _only(words: Iterable[str]) -> str:
    """The one word, or nothing where there are several."""
    distinct = set(words)
    return distinct.pop() if len(distinct) == 1 else ""
