"""What a closing that has not happened yet would cost: the ledger with it, less the ledger without it.

Both ledgers are of the day of the closing, from the balances, limits, pools and advances as they then stand, so that
the difference is what this closing alone brings, in cash and in securities, by payee and clause.

The funds flow, worked by hand: 1,000,000.00 from one investor, a fee of 6% shared by halves, due at closing: sources
1,000,000.00; uses 30,000.00 and 30,000.00 to the payees and 940,000.00 net to the company.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from attrs import frozen

from feecalc.dates import day_number
from feecalc.funds_flow import due_by
from feecalc.ledger import UNITS, Ledger
from feecalc.totals import Codes, exact_total

AMOUNTS = ("accrued", "recouped", "held", "in_securities", "decided", "payable", "deducted")


@frozen
class Cost:
    """What the closing brings one payee under one clause: cents, or counts of securities.

    `at_closing` is what of payable is due by the day of the closing and not deducted; `later` what is due afterwards.
    """

    agreement: str
    clause: str
    payee: str
    unit: str
    exercise_price: str
    accrued: int
    recouped: int
    held: int
    in_securities: int
    payable: int
    deducted: int
    at_closing: int
    later: int


@frozen
class Quote:
    """The cost of a closing, and its funds flow in cents: sources = wires + deducted + net."""

    ledger: Ledger  # with the closing
    costs: tuple[Cost, ...]
    sources: tuple[tuple[str, int], ...]  # cash by investor
    non_cash: int

    @property
    def cash(self) -> int:
        return sum(amount for _, amount in self.sources)

    def wires(self) -> dict[str, int]:
        """What is to be paid to each payee at the closing; negative where a payee gives back."""
        return _by_payee((cost.payee, cost.at_closing) for cost in self.costs if cost.unit not in UNITS)

    def deducted(self) -> dict[str, int]:
        """What each payee keeps from the proceeds."""
        return _by_payee((cost.payee, cost.deducted) for cost in self.costs if cost.unit not in UNITS)

    @property
    def net(self) -> int:
        """What reaches the company at the closing."""
        return self.cash - sum(self.wires().values()) - sum(self.deducted().values())


def quoted(without: Ledger, with_it: Ledger, closing_lines: Codes) -> Quote:
    """The quote for the closing whose lines are `closing_lines` of the second ledger."""
    table = with_it.table
    cash: dict[str, int] = defaultdict(int)
    for line in closing_lines.tolist():
        cash[table.investor[line]] += int(table.cash[line])
    return Quote(
        with_it,
        tuple(_costs(without, with_it)),
        tuple(cash.items()),
        exact_total(table.non_cash[closing_lines]),
    )


def _costs(without: Ledger, with_it: Ledger) -> Iterator[Cost]:
    keys = ("agreement", "clause", "payee", "unit", "exercise_price")
    before, after = _sums(without, keys), _sums(with_it, keys)
    nothing = dict.fromkeys((*AMOUNTS, "at_closing", "later"), 0)
    for key in dict.fromkeys([*after, *before]):
        first, second = before.get(key, nothing), after.get(key, nothing)
        change = {name: second[name] - first[name] for name in nothing}
        if any(change.values()):
            change.pop("decided")
            agreement, clause, payee, unit, price = key
            yield Cost(agreement, clause, payee, unit, price, **change)


def _sums(ledger: Ledger, keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, int]]:
    """The amounts of the entries by agreement, clause, payee, unit and exercise price."""
    e = ledger.columns
    at_closing, later = due_by(e, day_number(ledger.as_of))
    columns = {name: e[name] for name in AMOUNTS}
    columns |= {"at_closing": at_closing, "later": later}
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for row, label in enumerate(e.rows(*keys)):
        sums = found.setdefault(label, dict.fromkeys(columns, 0))
        for name, values in columns.items():
            sums[name] += int(values[row])
    return found


def _by_payee(amounts: Iterator[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for payee, amount in amounts:
        sums[payee] += amount
    return {payee: amount for payee, amount in sums.items() if amount}
