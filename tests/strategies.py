"""Random engagements for the laws, aimed at the edges: caps and targets met exactly, half cents, first and last days.

They are the oracle's plain dicts; `adapter` turns them into files and tables.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

FIRST, LAST = date(2002, 1, 10), date(2002, 6, 30)  # of every term with an end
TAIL_END = date(2002, 9, 30)
DAYS = [
    FIRST - timedelta(1),
    FIRST,
    FIRST + timedelta(1),
    date(2002, 2, 28),
    date(2002, 3, 13),
    date(2002, 3, 15),
    LAST - timedelta(1),
    LAST,
    LAST + timedelta(1),
    TAIL_END,
    TAIL_END + timedelta(1),
]
AS_OF = [LAST - timedelta(1), LAST, LAST + timedelta(1), *3 * [date(2002, 12, 31)]]
AMOUNTS = [
    1,
    2,
    7,
    50,
    99,
    100,
    107,
    1_000_00,
    1_666_83,
    33_333_33,
    49_999_99,
    50_000_00,
    1_000_000_00,
    5_150_000_00,
    12_345_678_91,
]
PRICES = [Fraction(2), Fraction(5, 2), Fraction(11650, 10000)]
RATES = [Fraction(6, 100), Fraction(13, 200), Fraction(1, 200), Fraction(12345, 1000000), Fraction(1)]
INVESTORS = ["Ann", "Ben", "Cyd", "Dee"]

days = st.sampled_from(DAYS) | st.dates(FIRST - timedelta(30), TAIL_END + timedelta(30))
amounts = st.sampled_from(AMOUNTS) | st.integers(1, 10_000_000_00)
IN_TERM = [date(2002, 2, 28), date(2002, 3, 13), date(2002, 3, 15), LAST - timedelta(1), FIRST + timedelta(1)]
closing_days = st.sampled_from([*4 * IN_TERM, *DAYS])
introduction_days = st.sampled_from([FIRST, FIRST, date(2002, 2, 1), LAST, *DAYS])
roundings = st.sampled_from(["half up", "half even", "down", "up"])
scopes = st.sampled_from(["closing", "agreement", "line", "investor"])


@st.composite
def shares(draw: st.DrawFn, agent: str) -> Record:
    """Payees with shares that add up, and the owner of the odd unit."""
    parts = draw(st.sampled_from([[1], [1, 1], [1, 2], [1, 1, 1], [65, 20, 15]]))
    payees = [agent, "Second", "Third"][: len(parts)]
    return {
        "payees": [(name, Fraction(part, sum(parts))) for name, part in zip(payees, parts, strict=True)],
        "odd_unit": draw(st.sampled_from(payees)),
    }


@st.composite
def caps(draw: st.DrawFn, unit: int = 1) -> Record:
    cap = draw(st.none() | st.sampled_from([1, 100, 3_000_00, 60_000_00, 309_000_00]) | st.integers(1, 500_000_00))
    return {
        "cap": None if cap is None else max(1, cap // unit),
        "cap_over": draw(st.sampled_from(["agreement", "closing"])),
        "balance_counts": draw(st.booleans()),
    }


@st.composite
def clauses(draw: st.DrawFn, agent: str) -> list[Record]:
    """Between one and five clauses, an advance last."""
    found: list[Record] = []
    cash = draw(shares(agent))  # an advance is shared as the clauses that it is credited against
    for number in range(draw(st.integers(1, 2))):
        found.append(
            {
                "id": f"fee{number}",
                "kind": "percentage",
                "rate": draw(st.sampled_from(RATES)),
                "rounding": draw(roundings),
                "scope": draw(scopes),
                **draw(caps()),
                **cash,
            }
        )
    price = st.sampled_from(["price paid", Fraction(11, 4)])
    if draw(st.booleans()):
        found.append(
            {
                "id": "warrants",
                "kind": "warrants per amount",
                "warrants": draw(st.sampled_from([1, 333, 10_000])),
                "per": draw(st.sampled_from([100, 99_999, 1_000_000_00])),
                "steps": draw(st.sampled_from(["pro rata", "whole"])),
                "rounding": draw(roundings),
                "scope": draw(scopes),
                "exercise_price": draw(price),
                **draw(caps(100)),
                **draw(shares(agent)),
            }
        )
    if draw(st.booleans()):
        pool = draw(st.sampled_from([125_000, 7]))
        found.append(
            {
                "id": "vesting",
                "kind": "vesting warrants",
                "pool": pool,
                "target": draw(st.sampled_from([15_000_000_00, 5_150_000_00, 999_99])),
                "maximum": draw(st.sampled_from([pool, pool - 1])),
                "exercise_price": draw(price),
                "rounding": "down",
                "scope": "agreement",
                **draw(shares(agent)),
            }
        )
    if draw(st.booleans()):
        found.append(
            {
                "id": "expenses",
                "kind": "reimbursement",
                "cap": draw(st.none() | st.sampled_from([50, 100_000_00])),
                **cash,
            }
        )
    creditable = [clause["id"] for clause in found if clause["kind"] in ("percentage", "reimbursement")]
    if draw(st.booleans()):
        found.append(
            {
                "id": "advance",
                "kind": "advance",
                "amount": draw(st.sampled_from([1, 309_000_00, 50_000_00])),
                "due": draw(st.sampled_from([FIRST, date(2002, 3, 13)])),
                "credited": draw(st.permutations(creditable)),
                "unearned": draw(st.sampled_from(["returned", "kept"])),
                "less_expenses": draw(st.booleans()),
                **cash,
            }
        )
    return found


@st.composite
def agreements(draw: st.DrawFn, name: str) -> Record:
    agent = f"Agent {name}"
    found = draw(clauses(agent))
    returned = any(clause["kind"] == "advance" and clause["unearned"] == "returned" for clause in found)
    end = LAST if returned else draw(st.sampled_from([LAST, None]))
    return {
        "id": name,
        "agent": agent,
        "term": {"effective": FIRST, "end": end},
        "tail_end": draw(st.sampled_from(["none", "unlimited", TAIL_END] if end else ["none", "unlimited"])),
        "investors": draw(st.sampled_from([*12 * ["introduced"], "all", ["listed", "Ann", "Ben"]])),
        "excluded": draw(st.sampled_from([[], [], [], ["Dee"]])),
        "securities": draw(st.sampled_from(["all", "all", ["common stock", "notes"]])),
        "offerings": draw(st.sampled_from(["all", "all", ["shelf"]])),
        "events": draw(st.sampled_from([["sale"], ["sale", "warrant exercise"]])),
        "limit": draw(st.sampled_from([None, None, 6_000_000_00, 50_000_00])),
        "clauses": found,
    }


@st.composite
def sale_lines(draw: st.DrawFn, names: list[str]) -> list[Record]:
    """Lines of a few closings, each on one day."""
    lines = []
    for number in range(draw(st.sampled_from([1, 2, 2, 3, 3, 4]))):
        closing, day = f"C{number}", draw(closing_days)
        for _ in range(draw(st.integers(1, 3))):
            lines.append(
                {
                    "closing": closing,
                    "date": day,
                    "investor": draw(st.sampled_from(INVESTORS)),
                    "gross": draw(amounts),
                    "shares": 0,
                    "price": draw(st.sampled_from(PRICES)),
                    "security": draw(st.sampled_from([*8 * ["common stock"], "preferred"])),
                    "offering": draw(st.sampled_from(["", "", "shelf", "shelf", "private"])),
                    "introduced_by": draw(st.sampled_from(["", "", "", *names])),
                    "event": draw(st.sampled_from([*6 * ["sale"], "warrant exercise"])),
                    "reverses": "",
                }
            )
    return lines


@st.composite
def rescissions(draw: st.DrawFn, lines: list[Record]) -> list[Record]:
    """Lines that take back all or part of sales, each at a closing of its own, later than what it undoes."""
    back = []
    for number, line in enumerate(lines):
        alone = (
            sum((other["closing"], other["investor"]) == (line["closing"], line["investor"]) for other in lines) == 1
        )
        if alone and draw(st.integers(0, 3)) == 0:
            back.append(
                {
                    **line,
                    "closing": f"R{number}",
                    "date": line["date"] + timedelta(draw(st.integers(1, 90))),
                    "event": "rescission",
                    "gross": -draw(st.sampled_from([line["gross"], max(1, line["gross"] // 3)])),
                    "reverses": line["closing"],
                }
            )
    return back


@st.composite
def engagements(draw: st.DrawFn, with_rescissions: bool = True, with_balances: bool = True) -> Record:
    names = ["alpha", "beta"][: draw(st.sampled_from([1, 2, 2]))]
    found = [draw(agreements(name)) for name in names]
    introduced = [a["id"] for a in found if a["investors"] == "introduced"]
    lines = draw(sale_lines(introduced))
    if with_rescissions:
        lines = lines + draw(rescissions(lines))
    introductions = [
        {"investor": investor, "agreement": name, "introduced_on": draw(introduction_days)}
        for name in names
        for investor in INVESTORS
        if draw(st.integers(0, 3))
    ]
    taking = [
        (a["id"], c["id"])
        for a in found
        for c in a["clauses"]
        if c["kind"] == "reimbursement" or (c["kind"] == "advance" and c["less_expenses"])
    ]
    expenses = [
        {"agreement": a, "clause": c, "date": draw(days), "amount": draw(amounts)}
        for a, c in taking
        for _ in range(draw(st.integers(0, 3)))
    ]
    return {
        "as_of": draw(st.sampled_from(AS_OF)),
        "agreements": found,
        "lines": draw(st.permutations(lines)),
        "introductions": introductions,
        "expenses": expenses,
        "balances": draw(balances(found)) if with_balances else [],
    }


@st.composite
def balances(draw: st.DrawFn, found: list[Record]) -> list[Record]:
    rows = []
    for agreement in found:
        for clause in agreement["clauses"]:
            if draw(st.integers(0, 4)) == 0:
                rows.append(
                    {
                        "agreement": agreement["id"],
                        "clause": clause["id"],
                        "as_of": FIRST - timedelta(1),
                        "amount": draw(st.sampled_from([1, 60_000, 999])),
                        "base": draw(st.sampled_from([0, 100_000_00]))
                        if clause["kind"] != "advance"
                        else draw(st.sampled_from([0, 1, 500])),
                    }
                )
    return rows
