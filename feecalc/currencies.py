"""Currencies of the records beside those of the agreements: nothing is converted, and no mark is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from feecalc.agreement import Agreement
from feecalc.names import name_key
from feecalc.problems import Problems
from feecalc.records import CurrencyMark, Invoice, Payment, Records


def check_currencies(agreements: Sequence[Agreement], records: Records, problems: Problems) -> None:
    """Add a problem for what is marked or stated as another currency than an agreement pays in."""
    _check_documents([*records.invoices, *records.payments], agreements, problems)
    _check_marks(records.marks, agreements, problems)


def _check_documents(
    documents: Iterable[Invoice | Payment], agreements: Sequence[Agreement], problems: Problems
) -> None:
    """Report documents in a currency in which no agreement pays their payee."""
    for row in documents:
        under = [
            agreement
            for agreement in agreements
            if row.agreement in ("", agreement.id) and name_key(row.payee) in map(name_key, agreement.payees)
        ]
        if row.currency and under and row.currency.upper() not in {agreement.currency for agreement in under}:
            pays = " and ".join(f"{agreement.id} pays in {agreement.currency}" for agreement in under)
            problems.add(
                row.place,
                "currency-differs",
                f"the row is in {row.currency}, and {pays}; nothing is converted",
                "Record the amount in the agreement's currency, at the rate that the parties agreed.",
            )


def _check_marks(marks: Iterable[CurrencyMark], agreements: Sequence[Agreement], problems: Problems) -> None:
    """A mark on a row without a currency must be that of the agreement. Any agreement may be owed on a closing line, so
    that the mark must fit all of them there; elsewhere it must fit one.
    """
    for mark in marks:
        others = [each for each in agreements if each.currency not in mark.currencies]
        if not others or (mark.table != "closings" and len(others) < len(agreements)):
            continue
        more = f" ({mark.more:,} further of the column like it)" if mark.more else ""
        pays = " and ".join(f"{each.id} pays in {each.currency}" for each in others[:3])
        *rest, last = mark.currencies
        meant = f"{', '.join(rest)} or {last}" if rest else last
        problems.add(
            mark.place,
            "currency-mark",
            f'"{mark.text}" is marked as {meant}, the row states no currency, and {pays}{more}',
            "State the currency of the rows in a column `currency`, or write the amounts without a mark if they are "
            "in the agreement's.",
        )
