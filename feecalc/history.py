"""How a raise went over time: what each payee earned and what investors paid, by day, month or year.

Earned is what accrued in cash, with what was decided; what was advanced is earned as it is recouped. Worked by hand:
1,000,000.00 on one day at 6% in halves and 500,000.00 on another: each payee stands at 30,000.00, then 45,000.00; the
raise cost 6% on either day and to date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from attrs import frozen

from feecalc.dates import day_date
from feecalc.funds_flow import Flow, funds_flow
from feecalc.ledger import UNITS, Ledger

# With more days than this, months are told; with more months, years.
PERIODS_MOST = 40
PAYEES_MOST = 7  # the others are told as one
_DAY, _MONTH, _YEAR = 10, 7, 4  # letters of an ISO date


@frozen
class History:
    """One currency, in cents; all lists have an item a period. `running` has what each payee had earned by its end;
    `gross` is nothing where proceeds came in other currencies too, of which this one's fees are no part.
    """

    currency: str
    periods: tuple[str, ...]
    gross: tuple[int, ...]
    earned: tuple[int, ...]
    running: dict[str, tuple[int, ...]]

    def to_date(self) -> tuple[list[int], list[int]]:
        """Gross proceeds and what was earned, each from the first period through each."""
        return _running(self.gross), _running(self.earned)


def histories(ledger: Ledger) -> list[History]:
    """One for each currency in which anything was earned."""
    flows, _ = funds_flow(ledger)
    e = ledger.columns
    advances = [index for index, source in enumerate(ledger.sources) if source.advanced is not None]
    e = e.where(~e.one_of("unit", UNITS) & ~np.isin(e["source"], advances))
    sums = e.sums(("unit", "accrued_on", "payee"), "accrued", "decided")
    earned: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
    for (currency, day, payee), (accrued, decided) in sums.items():
        earned[currency][day, payee] = accrued + decided
    return [
        _history(currency, amounts, flows if {flow.currency for flow in flows} == {currency} else [])
        for currency, amounts in earned.items()
        if any(amounts.values())
    ]


def _history(currency: str, amounts: dict[tuple[int, str], int], flows: list[Flow]) -> History:
    days = sorted({day for day, _ in amounts} | {flow.day for flow in flows})
    letters = next(
        (each for each in (_DAY, _MONTH) if len({_period(day, each) for day in days}) <= PERIODS_MOST), _YEAR
    )
    periods = list(dict.fromkeys(_period(day, letters) for day in days))
    gross, earned = dict.fromkeys(periods, 0), dict.fromkeys(periods, 0)
    by_payee: dict[str, dict[str, int]] = {}
    for flow in flows:
        gross[_period(flow.day, letters)] += flow.gross
    for (day, payee), amount in amounts.items():
        earned[_period(day, letters)] += amount
        by_payee.setdefault(payee, dict.fromkeys(periods, 0))[_period(day, letters)] += amount
    running = {payee: tuple(_running(sums.values())) for payee, sums in _largest(by_payee).items()}
    return History(currency, tuple(periods), tuple(gross.values()), tuple(earned.values()), running)


def _period(day: int, letters: int) -> str:
    text = day_date(day).isoformat()[:letters]
    return f"in {text}" if letters == _YEAR else text  # a bare year would be taken for a number


def _largest(by_payee: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The payees who earned most, and one row for all others."""
    order = sorted(by_payee, key=lambda payee: -sum(by_payee[payee].values()))
    kept, rest = order[:PAYEES_MOST], order[PAYEES_MOST:]
    found = {payee: by_payee[payee] for payee in kept}
    if rest:
        name = f"{len(rest)} other payee{'s' if len(rest) > 1 else ''}"
        found[name] = {period: sum(by_payee[payee][period] for payee in rest) for period in by_payee[rest[0]]}
    return found


def _running(amounts: Iterable[int]) -> list[int]:
    total, totals = 0, []
    for amount in amounts:
        total += amount
        totals.append(total)
    return totals
