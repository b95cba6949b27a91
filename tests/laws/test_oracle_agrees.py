"""The engine and the slow oracle, which share no code, agree on every entry of random engagements."""

from __future__ import annotations

from collections import Counter

import adapter
import oracle
import pytest
from hypothesis import given
from strategies import Record, engagements

from feecalc.ledger import Ledger

REACHED: Counter[str] = Counter()


def comparable(rows: list[Record]) -> list[tuple[str, ...]]:
    """Entries as sorted tuples, without those of nothing. An expense is a base to the engine and none to the oracle."""
    keys = ("agreement", "clause", "closing", "accrued_on", "payee", "exercise_price", "accrued", "recouped", "payable")
    return sorted(
        (*(str(row[key]) for key in keys), str(row["base"] if row["closing"] else None))
        for row in rows
        if row["accrued"] or row["recouped"] or (row["closing"] and row["base"])
    )


@given(engagements())
def test_every_entry_is_the_oracle_s(engagement: Record) -> None:
    expected = oracle.run(engagement)
    ledger = adapter.engine(engagement)
    assert adapter.owed(ledger) == {line: sorted(ids) for line, ids in expected["attribution"].items()}
    assert comparable(adapter.entries(ledger)) == comparable(expected["entries"])
    count_what_was_reached(ledger)


@given(engagements())
def test_checks_hold_on_every_engagement(engagement: Record) -> None:
    failed = [check for check in adapter.engine(engagement).checks if not check.holds]
    assert not failed


def count_what_was_reached(ledger: Ledger) -> None:
    accruals = [source.accrual for source in ledger.sources if source.accrual is not None]
    owed = {line for index in range(len(ledger.agreements)) for line in ledger.attribution.lines_owed(index).tolist()}
    REACHED["lines owed"] += bool(owed)
    REACHED["lines contested"] += bool(ledger.attribution.contested.any())
    REACHED["lines undone"] += any(ledger.table.reverses[line] >= 0 for line in owed)
    REACHED["limits reached"] += any((a.unlimited != a.accrued).any() for a in accruals)
    REACHED["amounts recouped"] += bool((ledger.entries["recouped"] != 0).any())
    REACHED["advances returned"] += any(
        (s.advanced.accrued < 0).any() for s in ledger.sources if s.advanced is not None
    )


def test_random_engagements_reached_what_matters() -> None:
    """The law above is worth its time only if its engagements owed, contested, undid, cut, recouped and returned."""
    if not REACHED:
        pytest.skip("the law above has not run")
    assert all(REACHED.values()), REACHED
