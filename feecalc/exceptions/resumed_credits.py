"""What balances leave open of credits: how much of a fixed fee had been credited, and how credits were cut between
payees. Nothing is said where nothing is credited here, or where no cent can differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from feecalc import totals
from feecalc.clauses import Advance, FixedFee
from feecalc.ledger import LedgerException, Source
from feecalc.records import Balance, Records
from feecalc.resuming import KEEP


def credits_open(sources: Sequence[Source], records: Records, as_of: date) -> Iterator[LedgerException]:
    """Fixed fees that are credited, and advances whose credits are cut between payees, with balances before them."""
    by_agreement: dict[str, dict[str, Source]] = {}
    for source in sources:
        if not source.decisions:
            by_agreement.setdefault(source.agreement.id, {})[source.clause.id] = source
    for agreement_id, mine in by_agreement.items():
        stated = [b for b in records.balances if b.agreement == agreement_id and b.as_of <= as_of]
        balances = {balance.clause: balance for balance in stated if balance.amount}
        for source in mine.values():
            clause = source.clause
            if isinstance(clause, FixedFee) and clause.credited_against:
                yield from _credited(source, mine, balances)
            elif isinstance(clause, Advance) and source.advanced is not None and clause.id in balances:
                yield from _cut(source, mine, balances[clause.id])


def _credited(source: Source, mine: dict[str, Source], balances: dict[str, Balance]) -> Iterator[LedgerException]:
    """A fixed fee that had accrued before, or that is credited against what did."""
    clause = source.clause
    assert isinstance(clause, FixedFee)
    against = [mine[name] for name in clause.credited_against if name in mine]
    here = any(each.accrual is not None and each.accrual.accrued.any() for each in against)
    own = source.accrual is not None and bool(source.accrual.opening or source.accrual.accrued.any())
    before = next((balances[name] for name in (clause.id, *clause.credited_against) if name in balances), None)
    if here and own and before is not None:
        yield LedgerException(
            "credit-use-open",
            "warning",
            f"the balance of {before.clause} does not say how much of {clause.id} had been credited against "
            f"{' and '.join(clause.credited_against)} through {before.as_of}; nothing that accrued before is credited "
            f"here. {KEEP}",
            before.place,
        )


def _cut(source: Source, mine: dict[str, Source], balance: Balance) -> Iterator[LedgerException]:
    """An advance of which something had been recouped, and what is recouped here is cut between payees."""
    clause, advanced = source.clause, source.advanced
    assert isinstance(clause, Advance) and advanced is not None
    for name in clause.credited_against if advanced.opening_recouped else ():
        credited = mine.get(name)
        if credited is None or not credited.recouped.any():
            continue
        shares = source.agreement.shares(credited.clause)
        after = totals.running(credited.recouped)
        if any(bool((np.asarray(after % each.share.denominator) != 0).any()) for each in shares):
            yield LedgerException(
                "credit-use-open",
                "warning",
                f"the balance of {clause.id} does not say how what had been recouped of it through {balance.as_of} was "
                f"cut between the payees of {name}; it is cut anew, which can move a cent from one to another. {KEEP}",
                balance.place,
            )
