"""What each agreement would explain of an amount that nothing explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import evolve, frozen

from feecalc.clauses import Advance
from feecalc.departures import alone, introduced, throughout
from feecalc.forensics.figures import MEASURES, known_word
from feecalc.forensics.recomputed import computed_under, most_ledgers
from feecalc.ledger import Ledger
from feecalc.names import name_key

MOST_CLOSINGS = 12  # up to so many are looked at one by one as if an agreement's own


@frozen
class Left:
    """What an agreement's clauses would accrue were all lines of a closing its own, and what of the amount is left.

    `closing` is None for all closings. Cents; `left` is negative where they accrue more than the amount.
    """

    agreement: str
    closing: str | None
    clauses: tuple[str, ...]
    accrued: int
    left: int


def left_over(ledger: Ledger, amount: int, payee: str, closing: str) -> Iterator[Left]:
    """For each agreement, as if the lines of a closing were all its own: its first clause alone, it with each other,
    and all together.
    """
    table = ledger.table
    wanted = known_word(closing, table.closing.words)
    used = [table.closing.words[code] for code in sorted(set(table.closing.codes.tolist()), key=table.rank.__getitem__)]
    several: list[str | None] = (
        [None, *used] if 1 < len(used) <= MOST_CLOSINGS else [*used] if len(used) == 1 else [None]
    )
    several = several[: most_ledgers(ledger)]
    for index, agreement in enumerate(ledger.agreements):
        if payee and name_key(payee) not in map(name_key, agreement.payees):
            continue
        for each in [wanted] if wanted is not None else several:
            accrued = _as_if(ledger, index, each, payee)
            names = list(accrued)
            sets = [names[:1], *([names[0], other] for other in names[1:]), names if len(names) > 2 else []]
            for clauses in sets:
                if clauses:
                    total = sum(accrued[name] for name in clauses)
                    yield Left(agreement.id, each, tuple(clauses), total, amount - total)


def _as_if(ledger: Ledger, index: int, closing: str | None, payee: str) -> dict[str, int]:
    """What each clause would accrue in cash at a closing whose lines are all one agreement's; advances aside."""
    table, agreement = ledger.table, ledger.agreements[index]
    lines = np.ones(len(table), dtype=bool)
    if closing is not None:
        lines = table.scope == table.closing.words.index(closing) if closing in table.closing.words else ~lines
    records = evolve(ledger.records, closings=introduced(table, lines, agreement.id))
    agreements = list(alone(ledger, index))
    if not isinstance(agreement.covers.investors, str):
        names = tuple(dict.fromkeys(table.investor[int(line)] for line in np.flatnonzero(lines)))
        listed = (*agreement.covers.investors, *names)
        agreements[index] = throughout(
            agreement, lambda each: evolve(each, covers=evolve(each.covers, investors=listed))
        )
    cells = computed_under(agreements, records, ledger, index) or {}
    clauses = {c.id: 0 for c in agreement.as_amended().clauses if not c.counted and not isinstance(c, Advance)}
    place = MEASURES.index("accrued")
    for key, amounts in cells.items():
        fits = closing is None or key[2] == closing
        if key[1] in clauses and fits and (not payee or name_key(key[3]) == name_key(payee)):
            clauses[key[1]] += amounts[place]
    return {name: amount for name, amount in clauses.items() if amount}
