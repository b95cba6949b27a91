"""The engine and the slow oracle of provisions, which share no code, agree on every entry of random engagements; and
what must hold of the provisions whatever they are.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

import provisions_adapter as adapter
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from provision_families import FAMILIES, any_engagements, engagements_together, settled_engagements
from provision_strategies import undo
from provisions_lines import measured
from provisions_oracle import known_of
from provisions_settlement import MEASURES, run, summed
from provisions_values import Price, Record

REACHED: Counter[str] = Counter()


# ---- the oracle ------------------------------------------------------------------------------------------------------


def agrees(engagement: Record) -> None:
    expected = run(engagement)
    found = adapter.entries(adapter.engine(engagement))
    assert adapter.comparable(found) == adapter.comparable(expected)
    count_what_was_reached(engagement, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_entry_is_the_oracle_s(family: str) -> None:
    """Each family is tried on as many engagements as any other law."""

    @given(FAMILIES[family])
    def law(engagement: Record) -> None:
        agrees(engagement)

    law()


def count_what_was_reached(engagement: Record, entries: list[Record]) -> None:
    """What a disagreement could hide in must have come up: counted by what stands in the entries and in the terms."""
    stated = engagement["agreements"][0]
    kinds = {clause["id"]: clause for clause in stated["clauses"]}
    for entry in entries:
        clause = kinds[entry["clause"]]
        REACHED["kind " + clause["kind"]] += 1
        for measure in MEASURES:
            REACHED[measure] += entry[measure] != 0
        REACHED["taken back"] += entry["accrued"] < 0
        REACHED["not known when payable"] += entry["payable_on"] is None
        REACHED["lapsed"] += entry["accrued"] < 0 and entry["held"] < 0
        REACHED["expiry known"] += entry["expires"] is not None
        rate = clause.get("rate")
        if isinstance(rate, dict):
            words = (*(name for name in ("by", "greater_of", "lesser_of", "each", "recorded_in") if name in rate),)
            for word in (*words, *([rate["apply"], rate["over"]] if "tiers" in rate else [])):
                REACHED["rate " + word] += 1
        if "limits" in stated and entry["clause"] in stated["limits"][0]["clauses"]:
            REACHED["a limit over several, over " + stated["limits"][0]["over"]] += 1
            REACHED["a limit over several that resumes"] += bool(engagement["balances"])
        REACHED["amended"] += "amendments" in stated
        REACHED["again and again"] += isinstance(clause.get("when"), dict) and "every" in clause["when"]
        credits = [each for each in stated["clauses"] if each["kind"] == "fixed fee" and "credited_against" in each]
        REACHED["a fixed fee credited"] += bool(credits) and entry["recouped"] != 0
        REACHED["no exercise price"] += entry["unit"] == "warrants" and entry["exercise_price"] is None


def test_random_engagements_reached_what_matters() -> None:
    """The law above is worth its time only if what it compares has come up."""
    if not REACHED:
        pytest.skip("the law above has not run")
    wanted = [f"kind {word}" for word in ("percentage", "warrants", "securities", "fixed fee", "fixed warrants")]
    wanted += [f"kind {word}" for word in ("fixed securities", "reimbursement", "advance", "minimum")]
    wanted += ["kind securities in lieu", "kind warrants per amount", "kind vesting warrants", *MEASURES]
    wanted += ["taken back", "not known when payable", "lapsed", "expiry known", "amended"]
    wanted += [f"rate {word}" for word in ("by", "greater_of", "lesser_of", "each", "marginal", "whole amount")]
    wanted += ["a limit over several, over agreement", "a limit over several, over closing"]
    wanted += ["a limit over several that resumes", "again and again", "a fixed fee credited", "no exercise price"]
    missing = [word for word in wanted if not REACHED[word]]
    assert not missing, REACHED


# ---- laws ------------------------------------------------------------------------------------------------------------


@given(any_engagements() | settled_engagements())
def test_every_entry_adds_up(engagement: Record) -> None:
    """Of each entry alone: payable = accrued - recouped - held - in_securities + decided."""
    for row in adapter.engine(engagement).entries.to_dict("records"):
        left = row["accrued"] - row["recouped"] - row["held"] - row["in_securities"] + row["decided"]
        assert row["payable"] == left


@given(settled_engagements())
def test_payees_parts_add_up_to_the_whole(engagement: Record) -> None:
    """Shared among payees, every movement comes to what it does if the agent alone is paid."""
    alone = dict(engagement["agreements"][0])
    alone["clauses"] = [
        {key: value for key, value in clause.items() if key not in ("split", "odd_unit")} for clause in alone["clauses"]
    ]
    decisions = [{**row, "payee": ""} for row in engagement["decisions"]]
    assume(not any(row["payee"] for row in engagement["decisions"]))
    keys = ("agreement", "clause", "closing", "accrued_on", "payable_on", "unit", "exercise_price", "expires")
    shared = summed(adapter.entries(adapter.engine(engagement)), keys)
    whole = summed(adapter.entries(adapter.engine({**engagement, "agreements": [alone], "decisions": decisions})), keys)
    assert shared == whole


def at_one_price(line: Record) -> Record:
    """The line at a price of 2.00, with as many shares as that makes, or with none stated."""
    shares, rest = divmod(abs(line["gross_proceeds"]), 200)
    sign = -1 if line["gross_proceeds"] < 0 else 1
    return {**line, "price": Price(2), "shares": sign * shares if not rest else 0}


@given(any_engagements() | settled_engagements(), st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(engagement: Record, seed: int) -> None:
    """Permuting the rows of every table gives the same entries, also where lines of a closing have one price."""
    engagement = {**engagement, "closings": [at_one_price(line) for line in engagement["closings"]]}
    shuffler = random.Random(seed)
    tables = ("closings", "expenses", "events", "decisions", "balances")
    shuffled = {**engagement, **{name: shuffler.sample(engagement[name], len(engagement[name])) for name in tables}}
    first, second = (adapter.comparable(adapter.entries(adapter.engine(each))) for each in (engagement, shuffled))
    assert first == second


@given(any_engagements() | engagements_together(), st.data())
def test_a_last_closing_and_its_exact_reversal_leave_nothing(engagement: Record, data: st.DataObject) -> None:
    """Undone on its own day, a last closing leaves every clause, payee and price where they were before it.

    Not claimed of what depends on more than running totals: rounding by line (what is undone is another line), lapses,
    decisions, tests on a day, and what an event or the first closing dates.
    """
    assume(not any("first closing" in str(clause) for clause in engagement["agreements"][0]["clauses"]))
    assume(
        not any(clause.get("rounding", {}).get("over") == "line" for clause in engagement["agreements"][0]["clauses"])
    )
    sold = [line for line in engagement["closings"] if line["event"] != "rescission"]
    day = max([line["date"] for line in engagement["closings"]]) + timedelta(1)
    chosen = data.draw(st.lists(st.sampled_from(sold), min_size=1, max_size=3, unique_by=lambda line: line["investor"]))
    brought = [{**line, "closing": "Y", "date": day, "signed_on": None} for line in chosen]
    undone = [undo(line, "Z", day) for line in brought]
    keys = ("agreement", "clause", "payee", "unit", "exercise_price")
    before = summed(adapter.entries(adapter.engine(engagement)), keys)
    after = adapter.engine({**engagement, "closings": engagement["closings"] + brought + undone})
    assert summed(adapter.entries(after), keys) == before


@given(any_engagements() | engagements_together(), st.data())
def test_what_comes_later_changes_nothing_that_accrued_before(engagement: Record, data: st.DataObject) -> None:
    """A sale or a rescission on a later day leaves every earlier entry as it was, whichever terms rule it.

    Not claimed of when something is due or lapses, which events and the final closing date.
    """
    sold = [line for line in engagement["closings"] if line["event"] != "rescission"]
    day = max([line["date"] for line in engagement["closings"]]) + timedelta(1)
    undone = {line["reverses"] for line in engagement["closings"]}
    line = data.draw(st.sampled_from(sold))
    again = line["closing"] in undone or data.draw(st.booleans())
    later = {**line, "closing": "Y", "date": day} if again else undo(line, "Z", day)
    after = {**engagement, "closings": [*engagement["closings"], later]}
    before = accrued_until(engagement, day)
    assert accrued_until(after, day) == before


def accrued_until(engagement: Record, day: date) -> dict[Any, int]:
    """What accrued before a day, by entry."""
    keys = ("agreement", "clause", "closing", "accrued_on", "payee", "unit", "exercise_price")
    found: Counter[Any] = Counter()
    for entry in adapter.entries(adapter.engine(engagement)):
        if entry["accrued_on"] < day:
            found[tuple(entry[key] for key in keys)] += entry["accrued"]
    return {key: amount for key, amount in found.items() if amount}


@given(engagements_together())
def test_no_limit_over_several_clauses_is_exceeded(engagement: Record) -> None:
    """On every day, what accrued under the clauses of a limit is within it, or nothing of it is of those giving way."""
    stated = engagement["agreements"][0]
    assume("limits" in stated and stated["limits"][0]["over"] == "agreement")
    limit = stated["limits"][0]
    worth: dict[str, Fraction] = {each["clause"]: each["each"] * 100 for each in limit.get("values", [])}
    by_day: dict[Any, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for entry in adapter.entries(adapter.engine(engagement)):
        if entry["clause"] in limit["clauses"]:
            by_day[entry["accrued_on"]][entry["clause"]] += entry["accrued"] * worth.get(entry["clause"], Fraction(1))
    lines = known_of(stated, engagement).lines
    running: dict[str, Fraction] = defaultdict(Fraction)
    for day in sorted(set(by_day) | {line["date"] for line in lines}):
        for name, amount in by_day[day].items():
            running[name] += amount
        if "amount" in limit:
            cap = Fraction(limit["amount"])
        else:
            base = sum(measured(limit["of"], line, stated) for line in lines if line["date"] <= day)
            cap = Fraction(floor(limit["rate"] * base))
        fixed = sum((running[name] for name in limit["clauses"] if name not in limit["gives_way"]), Fraction(0))
        assert sum(running.values(), Fraction(0)) <= max(cap, fixed)


@given(any_engagements())
def test_checks_hold_on_every_engagement(engagement: Record) -> None:
    failed = [check for check in adapter.engine(engagement).checks if not check.holds]
    assert not failed
