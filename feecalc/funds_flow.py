"""Where the proceeds of each closing went: to payees, who keep a part or are sent wires, and to the company.

A wire is due at the closing where what is payable falls due by its day; what falls due later stays in the net amount
until then. Worked by hand: 1,000,000.00 in cash, a fee of 6% shared by halves, due at closing: two wires of 30,000.00
and 940,000.00 net to the company.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from feecalc.columns import Columns
from feecalc.dates import NEVER, day_number
from feecalc.ledger import UNITS, Ledger
from feecalc.totals import Codes, Ints


@frozen
class Flow:
    """The proceeds of one closing in one currency, in cents; `payable` is what the ledger owes for it in all."""

    number: int  # from 1, in the order of the closings
    closing: str
    day: int
    currency: str
    gross: int
    non_cash: int
    payable: int

    @property
    def cash(self) -> int:
        return self.gross - self.non_cash


@frozen
class Wire:
    """What one payee has under one agreement of a flow on one day, in cents: kept from the proceeds, due at the closing
    or due later. `payable_on` is a day number, or NEVER where the day is not known.
    """

    flow: Flow
    agreement: str
    payee: str
    payable_on: int
    kept: int
    at_closing: int
    later: int


def due_by(entries: Columns, day: int | Codes) -> tuple[Ints, Ints]:
    """What is to be wired for each entry by a day, and after it: payable and not kept from the proceeds."""
    now = entries["payable_on"] <= day
    due = entries["payable"] - entries["deducted"]
    return np.where(now, due, 0), np.where((entries["payable_on"] != NEVER) & ~now, due, 0)


def funds_flow(ledger: Ledger) -> tuple[list[Flow], list[Wire]]:
    """The flows of the closings by the day of the ledger, in their order, and what payees have of each."""
    table, entries = ledger.table, _cash_of_closings(ledger)
    payable = {(key[0], key[1]): owed for key, (owed,) in entries.sums(("closing", "unit"), "payable").items()}
    proceeds = _proceeds(ledger)
    codes = {word: code for code, word in enumerate(table.closing.words)}
    keys = sorted(dict.fromkeys([*proceeds, *payable]), key=lambda key: (table.rank[codes[key[0]]], key[1]))
    flows = {
        (closing, currency): Flow(
            number,
            closing,
            int(table.closing_day[codes[closing]]),
            currency,
            *proceeds.get((closing, currency), (0, 0)),
            payable.get((closing, currency), 0),
        )
        for number, (closing, currency) in enumerate(keys, 1)
    }
    return list(flows.values()), _wires(entries, flows)


def _cash_of_closings(ledger: Ledger) -> Columns:
    """The entries in money that are of a closing."""
    entries = ledger.columns
    return entries.where((entries["closing"] != "") & ~entries.one_of("unit", UNITS))


def _proceeds(ledger: Ledger) -> dict[tuple[str, str], tuple[int, int]]:
    """Gross proceeds and what of them is not in cash, by closing and currency."""
    table = ledger.table
    agreed = {agreement.currency for agreement in ledger.agreements}
    usual = agreed.pop() if len(agreed) == 1 else ""
    taken = table.day <= day_number(ledger.as_of)
    codes = {"closing": table.closing.codes[taken], "currency": table.currency.codes[taken]}
    lines = Columns({**codes, "gross": table.gross[taken], "non_cash": table.non_cash[taken]})
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for (closing, currency), (gross, non_cash) in lines.sums(tuple(codes), "gross", "non_cash").items():
        key = (table.closing.words[closing], table.currency.words[currency].upper() or usual)
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + gross, before[1] + non_cash)
    return sums


def _wires(entries: Columns, flows: dict[tuple[str, str], Flow]) -> list[Wire]:
    days = np.array([flows[key].day for key in entries.rows("closing", "unit")], dtype=np.int32)
    at_closing, later = due_by(entries, days)
    amounts = Columns({**entries.arrays, "kept": entries["deducted"], "at_closing": at_closing, "later": later})
    sums = amounts.sums(("closing", "unit", "agreement", "payee", "payable_on"), "kept", "at_closing", "later")
    wires = [Wire(flows[key[:2]], *key[2:], *due) for key, due in sums.items() if any(due)]
    return sorted(wires, key=lambda wire: (wire.flow.number, wire.payable_on))
