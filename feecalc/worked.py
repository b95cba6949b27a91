"""Worked examples: the tests that stand beside the terms of an agreement, run as an engagement with this agreement
alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from attrs import frozen

from feecalc import money
from feecalc.agreement import EXPECTED, Agreement, ExpectedAmount, WorkedExample
from feecalc.dates import AFTER_EVERYTHING, NEVER, day_date
from feecalc.engagement import compute
from feecalc.explain import explanation
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.problems import Place, Problems, Refused

T = TypeVar("T")

NOT_YET = "not known yet"
MOST_EXPLAINED = 5  # entries of one amount


@frozen
class Disagreement:
    """What an example expects and the terms do not give."""

    place: Place
    example: str
    clause: str
    what: str
    expected: str
    got: str
    explanation: str

    def __str__(self) -> str:
        return (
            f"{self.place}: example-fails\n    {self.example}: {self.clause} {self.what} is expected to be "
            f"{self.expected} "
            f"and is {self.got}\n{self.explanation}"
        )


def run_examples(agreement: Agreement) -> tuple[int, list[Disagreement]]:
    """How many amounts the agreement's examples expect, and those that do not come out. Raises `Refused`."""
    count, failed = 0, []
    for example in agreement.examples:
        compared, disagreements = run_example(agreement, example)
        count += compared
        failed += disagreements
    return count, failed


def run_example(agreement: Agreement, example: WorkedExample) -> tuple[int, list[Disagreement]]:
    """How many amounts one of the agreement's examples expects, and those that do not come out. Raises `Refused`."""
    count, failed = 0, []
    ledger = _computed(agreement, example)
    for expected in example.expected:
        for what in EXPECTED:
            stated = getattr(expected, what)
            if stated is not None:
                count += 1
                failed += _compared(ledger, example, expected, what, stated)
    return count, failed


def _computed(agreement: Agreement, example: WorkedExample) -> Ledger:
    assert example.records is not None
    problems = Problems()
    linked([agreement], example.records, problems)
    problems.refuse_if_any()
    return compute([agreement], example.records, example.as_of or AFTER_EVERYTHING)


def _compared(
    ledger: Ledger, example: WorkedExample, expected: ExpectedAmount, what: str, stated: Any
) -> list[Disagreement]:
    entries = ledger.columns
    chosen = entries["clause"] == expected.clause
    if expected.payee is not None:
        chosen &= entries["payee"] == expected.payee
    if expected.closing is not None:
        chosen &= entries["closing"] == expected.closing
    clause = ledger.agreements[0].as_amended().clause(expected.clause)
    warrants = clause is not None and clause.counted
    place = expected.place(what)
    if what in ("expires", "payable_on", "exercise_price"):
        chosen &= (entries["accrued"] != 0) | (entries["payable"] != 0)  # nothing has no day and no price
    found = entries.where(chosen)
    if what in ("expires", "payable_on"):
        want = str(stated)
        days = {_day_words(day) for day in found["payable_on"].tolist()}
        if what == "expires":
            days = {day or NOT_YET for day in found["expires"].tolist()}
        got = ", ".join(sorted(days)) or "none"
    elif what == "exercise_price":
        price = _parsed(money.parse_price, stated, place)
        prices = sorted(set(found["exercise_price"].tolist()))
        same = [str(price) if each and money.parse_price(each).ratio == price.ratio else each for each in prices]
        want, got = str(price), ", ".join(same) or "none"
    else:
        show = money.shown_count if warrants else money.shown_money
        want = show(_parsed(money.parse_count if warrants else money.parse_money, stated, place))
        got = show(found.total(what))
    if want == got:
        return []
    why = _accounts(ledger, np.flatnonzero(chosen).tolist())
    return [Disagreement(place, example.name, expected.clause, what.replace("_", " "), want, got, why)]


def _day_words(day: int) -> str:
    return NOT_YET if day == NEVER else day_date(day).isoformat()


def _accounts(ledger: Ledger, found: list[int]) -> str:
    """Why the entries found are what they are: the first ones in full."""
    accounts = [explanation(ledger, entry) for entry in found[:MOST_EXPLAINED]]
    if not accounts:
        accounts = ["Nothing was computed there: the ledger of this example has no such entry."]
    if len(found) > MOST_EXPLAINED:
        accounts.append(f"And {len(found) - MOST_EXPLAINED} more of its entries.")
    return "\n".join(textwrap.indent(account, " " * 6) for account in accounts)


def _parsed(parse: Callable[[str], T], text: str, place: Place) -> T:
    try:
        return parse(text)
    except money.Unreadable as unreadable:
        problems = Problems()
        problems.add(place, "amount-unreadable", unreadable.says, unreadable.remedy)
        raise Refused(problems) from None
