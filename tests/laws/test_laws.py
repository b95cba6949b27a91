"""The laws of the design, on random engagements over all clause kinds.

telescopes, resumes, conserves, order, unwinds, never over: what each means stands with its test.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import Any

import adapter
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import LAST, PRICES, Record, amounts, engagements

from feecalc.balances import roll_forwards
from feecalc.clauses import AccruingClause, VestingWarrants
from feecalc.ledger import Ledger
from feecalc.openings import owed_on

Sums = dict[tuple[Any, ...], int]


def sums(ledger: Ledger, *keys: str) -> Sums:
    """Accrued and payable summed by the columns named, without zeros."""
    found: Sums = defaultdict(int)
    for row in ledger.entries.to_dict("records"):
        for measure in ("accrued", "recouped", "payable"):
            found[(*(row[key] for key in keys), measure)] += row[measure]
    return {key: value for key, value in found.items() if value}


@given(engagements())
def test_a_clause_s_accruals_telescope(engagement: Record) -> None:
    """Without a limit, what a clause rounds over the agreement accrues E(total) - E(opening), however it was closed."""
    for source in adapter.engine(engagement).sources:
        accrual, clause = source.accrual, source.clause
        if accrual is not None and isinstance(clause, AccruingClause) and clause.rounding.over == "agreement":
            before, after = (
                owed_on(clause, base) for base in (accrual.opening_base, accrual.opening_base + int(accrual.base.sum()))
            )
            assert before is not None and after is not None
            assert int(accrual.unlimited.sum()) == after - before


@given(engagements())
def test_parts_add_up_to_the_whole(engagement: Record) -> None:
    """At every entry, payees' parts are the accrual, recouped + payable = accrued, and no part strays from its
    share.
    """
    ledger = adapter.engine(engagement)
    entries = ledger.entries
    assert (entries["recouped"] + entries["payable"] == entries["accrued"]).all()
    running: dict[tuple[int, int], int] = defaultdict(int)
    for (source, row), rows in entries.groupby(["source", "row"]):
        origin = ledger.sources[source]
        if origin.accrual is None:
            continue
        assert int(rows["accrued"].sum()) == int(origin.accrual.accrued[row])
        assert int(rows["recouped"].sum()) == int(origin.recouped[row])
        accrued_here = int(origin.accrual.accrued_before[row] + origin.accrual.accrued[row]) - origin.accrual.opening
        for part, accrued in zip(rows["part"], rows["accrued"], strict=True):
            running[(source, part)] += accrued
            shares = origin.agreement.shares(origin.clause)
            assert abs(running[(source, part)] - accrued_here * shares[part].share) <= len(shares)


@given(engagements(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(engagement: Record, random: Any) -> None:
    """Permuting the rows of every table gives the same entries; only the row numbers move."""
    shuffled = {
        **engagement,
        **{
            name: random.sample(engagement[name], len(engagement[name]))
            for name in ("lines", "introductions", "expenses", "balances", "agreements")
        },
    }
    keep = [name for name in adapter.engine(engagement).entries.columns if name not in ("source", "row", "part")]
    first, second = adapter.engine(engagement).entries[keep], adapter.engine(shuffled).entries[keep]
    assert sorted(map(tuple, first.to_numpy().tolist()), key=str) == sorted(
        map(tuple, second.to_numpy().tolist()), key=str
    )


@given(engagements(), st.lists(st.tuples(amounts, st.sampled_from(PRICES), st.booleans()), min_size=1, max_size=4))
def test_a_closing_and_its_exact_reversal_are_nothing(
    engagement: Record, sold: list[tuple[int, Fraction, bool]]
) -> None:
    """A last closing and its reversal leave every payee, clause, exercise price and limit where they were before it.

    Under an offering limit the law is not claimed where a clause rounds by line or by investor: which of several lines
    lies beyond the limit is then a question of their order.
    """
    engagement = {
        **engagement,
        "agreements": [
            {
                **agreement,
                "limit": None
                if any(c.get("scope") in ("line", "investor") for c in agreement["clauses"])
                else agreement["limit"],
            }
            for agreement in engagement["agreements"]
        ],
    }
    day = max([line["date"] for line in engagement["lines"]], default=LAST)
    claimed = [agreement["id"] for agreement in engagement["agreements"] if agreement["investors"] == "introduced"][:1]
    closing = [
        {
            "closing": "Y",
            "date": day,
            "investor": f"Investor {number}",
            "gross": gross,
            "shares": 0,
            "price": price,
            "security": "common stock",
            "offering": "shelf",
            "introduced_by": claimed[0] if claimed and introduced else "",
            "event": "sale",
            "reverses": "",
        }
        for number, (gross, price, introduced) in enumerate(sold)
    ]
    reversal = [
        {**line, "closing": "Z", "gross": -line["gross"], "event": "rescission", "reverses": "Y"} for line in closing
    ]
    without = adapter.engine(engagement)
    undone = adapter.engine({**engagement, "lines": engagement["lines"] + closing + reversal})
    keys = ("agreement", "clause", "payee", "exercise_price")
    assert sums(undone, *keys) == sums(without, *keys)


def resumable(engagement: Record) -> Record:
    """The engagement without what a balance cannot carry over."""
    agreements = [
        {
            **agreement,
            "limit": None,
            "clauses": [
                {**clause, "scope": clause.get("scope", "").replace("investor", "closing"), "balance_counts": True}
                for clause in agreement["clauses"]
                if clause["kind"] != "advance"
            ],
        }
        for agreement in engagement["agreements"]
    ]
    return {**engagement, "agreements": agreements, "expenses": []}


@given(engagements(with_rescissions=False, with_balances=False))
def test_a_run_resumes_from_its_balances(engagement: Record) -> None:
    """A run over the first closings, then one over the rest from its closing balances, accrue what one run over all
    accrues.

    Where a balance cannot say enough the law is not claimed: limits for each closing, rounding by investor, and how
    what was recouped was shared among payees.
    """
    engagement = resumable(engagement)
    days = sorted({line["date"] for line in engagement["lines"]})
    assume(len(days) > 1)
    cut = days[len(days) // 2 - 1]
    first = adapter.engine({**engagement, "as_of": cut})
    balances = [
        {"agreement": row.agreement.id, "clause": row.clause, "as_of": cut, "amount": row.balance, "base": row.base}
        for row in roll_forwards(first)
        if row.stands
    ]
    assume(engagement["as_of"] >= cut)
    rest = [line for line in engagement["lines"] if line["date"] > cut]
    whole, second = adapter.engine(engagement), adapter.engine({**engagement, "lines": rest, "balances": balances})
    both: Sums = defaultdict(int)
    for part in (first, second):
        for key, amount in sums(part, "agreement", "clause", "payee", "closing", "exercise_price").items():
            both[key] += amount
    assert {key: amount for key, amount in both.items() if amount} == sums(
        whole, "agreement", "clause", "payee", "closing", "exercise_price"
    )


@given(engagements())
def test_no_limit_pool_or_advance_is_ever_exceeded(engagement: Record) -> None:
    """At every prefix of the ledger a running total stays within its limit, and an advance is recouped between 0 and
    itself.
    """
    ledger = adapter.engine(engagement)
    for source in ledger.sources:
        accrual = source.accrual
        limit = getattr(source.clause, "limit", None)
        if accrual is not None and limit is not None and limit.over == "agreement":
            start = accrual.opening if limit.earlier == "counts" else 0
            running = start + np.cumsum(accrual.accrued)
            assert (running <= max(limit.amount, start)).all()
        if source.advanced is not None:
            advanced = source.advanced
            assert (
                0
                <= advanced.opening_recouped + advanced.recouped
                <= max(advanced.opening, 0) + max(0, int(advanced.accrued.clip(min=0).sum()))
            )


@given(engagements(with_rescissions=False, with_balances=False))
def test_a_limit_never_raises_and_where_it_is_reached_it_lowers(engagement: Record) -> None:
    """Without the limit a clause accrues at least as much, and more exactly where some accrual was cut."""
    ledger = adapter.engine(engagement)
    unlimited = {
        **engagement,
        "agreements": [
            {**agreement, "clauses": [{**c, "cap": None} if "cap" in c else c for c in agreement["clauses"]]}
            for agreement in engagement["agreements"]
        ],
    }
    free = sums(adapter.engine(unlimited), "agreement", "clause")
    for source in ledger.sources:
        if source.accrual is not None and not isinstance(source.clause, VestingWarrants):
            total = int(source.accrual.accrued.sum())
            without = free.get((source.agreement.id, source.clause.id, "accrued"), 0)
            assert (without > total) == bool(
                (source.accrual.unlimited != source.accrual.accrued).any()
            ) or without == total == 0
            assert without >= total


@given(engagements(with_balances=False))
def test_an_earlier_as_of_is_a_run_over_what_was_known_then(engagement: Record) -> None:
    """Lines and expenses after the as-of day change nothing but their own answers."""
    day = engagement["as_of"]
    known = {
        **engagement,
        "lines": [line for line in engagement["lines"] if line["date"] <= day],
        "expenses": [expense for expense in engagement["expenses"] if expense["date"] <= day],
    }
    keys = ("agreement", "clause", "payee", "closing", "exercise_price", "accrued_on")
    assert sums(adapter.engine(engagement), *keys) == sums(adapter.engine(known), *keys)


@given(engagements(with_rescissions=False))
def test_every_line_has_one_answer_or_one_for_each_agreement(engagement: Record) -> None:
    """Each line is owed to some agreements or to none with a reason, and no two introduced claims stand on one line."""
    ledger = adapter.engine(engagement)
    lines, agreements, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    assert sorted(set(lines.tolist())) == list(range(len(engagement["lines"])))
    assert all(bases)
    introduced = {index for index, a in enumerate(ledger.agreements) if a.covers.investors == "introduced"}
    for line in set(lines.tolist()):
        owed = [index for index in agreements[lines == line].tolist() if index in introduced]
        assert len(owed) <= 1


def test_the_halves_of_odd_cents_stay_a_cent_apart() -> None:
    """Worked by hand: 1, 2, 3 ... cents of fees halved; over the running total the halves never differ by more than
    one.
    """
    agreement = {
        "id": "alpha",
        "agent": "Agent",
        "term": {"effective": FAR, "end": None},
        "tail_end": "unlimited",
        "investors": "all",
        "excluded": [],
        "securities": "all",
        "offerings": "all",
        "events": ["sale"],
        "limit": None,
        "clauses": [
            {
                "id": "fee0",
                "kind": "percentage",
                "rate": Fraction(1),
                "rounding": "half up",
                "scope": "closing",
                "cap": None,
                "cap_over": "agreement",
                "balance_counts": True,
                "payees": [("Agent", Fraction(1, 2)), ("Second", Fraction(1, 2))],
                "odd_unit": "Agent",
            }
        ],
    }
    lines = [
        {
            "closing": f"C{n}",
            "date": FAR + timedelta(n),
            "investor": "Ann",
            "gross": n,
            "shares": 0,
            "price": None,
            "security": "common stock",
            "offering": "",
            "introduced_by": "",
            "event": "sale",
            "reverses": "",
        }
        for n in range(1, 8)
    ]
    ledger = adapter.engine(
        {
            "as_of": FAR + timedelta(30),
            "agreements": [agreement],
            "lines": lines,
            "introductions": [],
            "expenses": [],
            "balances": [],
        }
    )
    parts = ledger.entries.groupby("payee")["payable"].apply(list).to_dict()
    assert parts == {"Agent": [1, 1, 1, 2, 3, 3, 3], "Second": [0, 1, 2, 2, 2, 3, 4]}


FAR = adapter.date(2002, 3, 1)
