"""Families of random engagements: clauses that meet, on the random records of provision_strategies.

rates: one fee on any base at any rate. resumed: one that resumes from a balance, alone or in a limit over several.
securities: warrants and shares of every kind. together: clauses that refer to each other, within limits over several.
settled: advances, retainers, instalments, securities in lieu, parts, decisions. changes: amendments and tails.
everything: any of these clauses.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from provision_strategies import (
    AS_OF,
    COUNT_EDGES,
    EDGES,
    EVENT_DAYS,
    FIRST,
    LAST,
    any_rate,
    bases,
    closing_or_all,
    closings,
    exercise_prices,
    expiries,
    instalments,
    limits_of,
    lines_wanted,
    periods,
    price_expressions,
    rates,
    roundings,
    tiers,
)
from provisions_oracle import Ring
from provisions_settlement import run
from provisions_values import Money, Price, Rate, Record, Share

CASH_KINDS = ("percentage", "fixed fee", "reimbursement", "minimum")
CASH_CAPS = [60_00, 30_00, 100_00, 1]


# ---- clauses ---------------------------------------------------------------------------------------------------------


def some_lines(draw: st.DrawFn) -> Record:
    return {"lines": draw(lines_wanted)} if draw(st.integers(0, 2)) == 0 else {}


@st.composite
def fees(draw: st.DrawFn, name: str = "fee") -> Record:
    """A percentage of any base at any rate, or cash for each security."""
    each = draw(st.integers(0, 4)) == 0
    rate = draw(any_rate(each))
    clause: Record = {
        "id": name,
        "kind": "percentage",
        "base": draw(bases(not each)),
        "rate": rate,
        "rounding": draw(roundings(rate)),
        "due": draw(st.just("at closing") | periods),
        **some_lines(draw),
    }
    if draw(st.integers(0, 2)) == 0:
        clause["limit"] = draw(limits_of(Money, CASH_CAPS))
    if draw(st.integers(0, 4)) == 0:
        clause["settled"] = "deducted from proceeds"
    return clause


@st.composite
def plain_fees(draw: st.DrawFn, name: str) -> Record:
    """A percentage of gross proceeds, where other things are tried."""
    return {
        "id": name,
        "kind": "percentage",
        "base": "gross proceeds",
        "rate": draw(rates),
        "rounding": {"mode": draw(st.sampled_from(["half up", "down"])), "over": draw(closing_or_all)},
        "due": "at closing",
        **some_lines(draw),
    }


@st.composite
def whens(draw: st.DrawFn, with_closings: bool = True) -> Any:
    moments: list[Any] = ["at signing", "at final closing", {"on": date(2026, 3, 3)}, {"event": "release"}]
    if draw(st.integers(0, 2)) == 0:
        return draw(again_and_again())
    if not with_closings:
        return draw(st.sampled_from(moments))
    reached = [{"reaches": Money(edge), "counting": "gross proceeds"} for edge in EDGES]
    counted = [{"reaches": edge, "counting": "securities sold"} for edge in COUNT_EDGES]
    return draw(st.sampled_from([*moments, "at first closing", *3 * ["at each closing"], *reached, *counted]))


@st.composite
def again_and_again(draw: st.DrawFn) -> Record:
    """Each month, quarter or year; from the last day of a long month too, through the very day or the day before it."""
    when: Record = {"every": draw(st.sampled_from(["month", "month", "quarter", "year"]))}
    if draw(st.booleans()):
        when["from"] = draw(st.sampled_from([date(2026, 1, 31), date(2026, 3, 3), date(2025, 11, 30)]))
    if draw(st.booleans()):
        when["through"] = draw(
            st.sampled_from([date(2026, 4, 12), date(2026, 4, 30), date(2026, 4, 29), date(2027, 1, 12)])
        )
    return when


@st.composite
def fixed_fees(draw: st.DrawFn, name: str = "fixed") -> Record:
    when = draw(whens())
    closing = when in ("at first closing", "at each closing") or (isinstance(when, dict) and "reaches" in when)
    return {
        "id": name,
        "kind": "fixed fee",
        "amount": draw(st.sampled_from([Money(1), Money(60_00), Money(25_01)])),
        "when": when,
        "due": draw(st.just("when it accrues") | periods),
        **(some_lines(draw) if closing else {}),
    }


expense_periods = st.sampled_from(
    [
        {"days": 0, "after": "first closing"},
        {"days": 29, "after": "first closing"},
        {"months": 1, "after": "first closing"},
        {"days": 0, "after": "final closing"},
        {"days": 20, "after": "signing"},
        {"days": 49, "after": "signing"},
        {"months": 0, "after": "end of term"},
        {"days": 0, "after_event": "release"},
        {"business_days": 20, "after_event": "release"},
    ]
)


@st.composite
def reimbursements(draw: st.DrawFn, name: str = "expenses") -> Record:
    clause: Record = {"id": name, "kind": "reimbursement", "due": draw(st.just("when recorded") | periods)}
    if draw(st.booleans()):
        clause["limit"] = {"amount": Money(draw(st.sampled_from([60_00, 100_00]))), "over": "agreement"}
    limits = [
        {"category": "legal", "amount": Money(50_00)},
        {"category": "legal", "amount": Money(30_00), "each": "month"},
        {"amount": Money(60_00), "each": "quarter"},
        {"amount": Money(50_00), "each": "year"},
        {"amount": Money(40_00), "from": date(2026, 2, 1), "through": date(2026, 3, 2)},
        {"amount": Money(25_00), "from": draw(expense_periods)},
        {"amount": Money(0), "from": draw(expense_periods)},
        {"amount": Money(25_00), "through": draw(expense_periods)},
        {"category": "legal", "amount": Money(0), "through": draw(expense_periods)},
        {"amount": Money(35_00), "from": draw(expense_periods), "through": draw(expense_periods), "each": "month"},
    ]
    chosen = draw(st.lists(st.sampled_from(limits), max_size=2, unique_by=str))
    if chosen:
        clause["limits"] = chosen
    if draw(st.booleans()):
        clause["approved"] = draw(st.sampled_from(["count as others", "are beyond the limits"]))
    return clause


@st.composite
def rates_of_securities(draw: st.DrawFn, name: str, kind: str) -> Record:
    """Warrants or securities at a rate of a count, or of money over a price."""
    of_money = draw(st.booleans())
    rate = draw(any_rate(cash=False)) if draw(st.booleans()) else draw(rates)
    clause: Record = {
        "id": name,
        "kind": kind,
        "base": draw(bases(of_money)),
        "rate": rate,
        "rounding": draw(roundings(rate, cash=False)),
        "due": "at closing",
        **some_lines(draw),
    }
    if of_money:
        clause["over_price"] = draw(price_expressions)
    if draw(st.booleans()):
        clause["coverage"] = Rate(1331, 1000)
    if draw(st.integers(0, 2)) == 0:
        clause["limit"] = draw(limits_of(int, [20, 80, 1]))
    if kind == "securities":
        return {**clause, "form": draw(st.sampled_from(["shares", "units"]))}
    return {**clause, "exercise_price": draw(exercise_prices), "expires": draw(expiries)}


@st.composite
def older_warrants(draw: st.DrawFn, name: str) -> Record:
    """Warrants per amount and vesting warrants on the bases that are new to them."""
    of_money = draw(st.booleans())
    amount = Money(draw(st.sampled_from(EDGES))) if of_money else draw(st.sampled_from(COUNT_EDGES))
    clause: Record = {
        "id": name,
        "base": draw(bases(of_money)),
        "rounding": draw(roundings(cash=False)),
        "due": "at closing",
        "exercise_price": draw(exercise_prices),
        "expires": draw(expiries),
        **some_lines(draw),
    }
    if draw(st.booleans()):
        # what vests is a part of the whole pool: today it is rounded over the agreement
        clause["rounding"] = {"mode": "down", "over": "agreement"}
        return {**clause, "kind": "vesting warrants", "pool": 125, "target": amount, "maximum": 124}
    clause["rounding"].pop("to", None)
    steps = draw(st.sampled_from(["pro rata", "whole"]))
    return {**clause, "kind": "warrants per amount", "warrants": 33, "per": amount, "steps": steps}


@st.composite
def fixed_securities(draw: st.DrawFn, name: str) -> Record:
    if draw(st.booleans()):
        return {
            "id": name,
            "kind": "fixed securities",
            "securities": 1_001,
            "form": "shares",
            "when": draw(whens()),
            "due": "when it accrues",
        }
    return {
        "id": name,
        "kind": "fixed warrants",
        "warrants": 1_001,
        "when": draw(whens()),
        "exercise_price": draw(st.sampled_from(["not stated", Price("2.75")])),
        "expires": draw(expiries),
        "due": "when it accrues",
    }


@st.composite
def referring(draw: st.DrawFn, name: str, to: list[str]) -> Record:
    """A tax on what accrued under others, or a fee on proceeds less what did."""
    clause: Record = {**draw(plain_fees(name))}
    if draw(st.booleans()):
        clause.pop("lines", None)
        return {**clause, "base": {"accrued_under": to}}
    return {**clause, "base": {"of": ["gross proceeds"], "less_clauses": to}}


@st.composite
def minimums(draw: st.DrawFn, of: list[str]) -> Record:
    tested = ["each closing", "at final closing", "at end of term", {"on": date(2026, 3, 3)}, {"event": "release"}]
    return {
        "id": "minimum",
        "kind": "minimum",
        "amount": draw(st.sampled_from([Money(60_00), Money(60_01), Money(100_00)])),
        "of": of,
        "tested": draw(st.sampled_from([*3 * tested[:1], *tested])),
        "due": draw(st.just("when it accrues") | periods),
    }


@st.composite
def advances(draw: st.DrawFn, name: str, credited: list[str]) -> Record:
    unearned = ["kept", "returned at the end of the term", {"returned": date(2026, 4, 3)}]
    unearned.append({"returned": {"days": 30, "after_event": "release"}})
    return {
        "id": name,
        "kind": "advance",
        "amount": draw(st.sampled_from([Money(60_00), Money(1), Money(31_00)])),
        "due": draw(st.sampled_from(["at signing", date(2026, 3, 2), {"days": 5, "after": "signing"}])),
        "credited_against": draw(st.permutations(credited)),
        "unearned": draw(st.sampled_from(unearned)),
        "less_expenses": draw(st.sampled_from(["none", "none", "recorded expenses"])),
    }


@st.composite
def in_lieu(draw: st.DrawFn, of: str) -> Record:
    return {
        "id": "lieu",
        "kind": "securities in lieu",
        "of": of,
        "part": draw(st.sampled_from([Share(1), Share(1, 2), Share(1, 3)])),
        "form": draw(st.sampled_from(["shares", "units"])),
        "deemed_price": draw(price_expressions),
        "rounding": {"mode": draw(st.sampled_from(["down", "half up"])), "over": draw(closing_or_all)},
        "fraction": draw(st.sampled_from(["stays cash", "is dropped"])),
    }


@st.composite
def splits(draw: st.DrawFn) -> Record:
    parts = draw(st.sampled_from([[1], [1, 1], [1, 2], [1, 1, 1], [65, 20, 15]]))
    if len(parts) == 1:
        return {}
    payees = ["Agent", "Second", "Third"][: len(parts)]
    shares = [Share(part, sum(parts)) for part in parts]
    return {
        "split": [{"payee": payee, "share": share} for payee, share in zip(payees, shares, strict=True)],
        "odd_unit": draw(st.sampled_from(payees)),
    }


@st.composite
def common_limits(draw: st.DrawFn, clauses: list[Record]) -> list[Record]:
    """One limit over several clauses, warrants among them at a value; some of the cash clauses give way."""
    cash = [clause["id"] for clause in clauses if clause["kind"] in CASH_KINDS]
    counted = [clause["id"] for clause in clauses if clause["kind"] in ("warrants", "fixed warrants")]
    giving = draw(st.lists(st.sampled_from(cash), min_size=1, unique=True))
    bound = set(giving) | set(draw(st.lists(st.sampled_from(cash + counted), unique=True)))
    limit: Record = {
        "id": "common",
        "clauses": [clause["id"] for clause in clauses if clause["id"] in bound],
        "over": draw(closing_or_all),
        "gives_way": giving,
    }
    if draw(st.booleans()):
        limit.update({"rate": draw(st.sampled_from([Rate(8, 100), Rate(2, 100)])), "of": "gross proceeds"})
    else:
        limit["amount"] = draw(st.sampled_from([Money(60_00), Money(100_00), Money(1)]))
    if bound & set(counted):
        limit["values"] = [{"clause": name, "each": Price("0.35")} for name in counted if name in bound]
    return [limit]


# ---- engagements -----------------------------------------------------------------------------------------------------


@st.composite
def engagement_of(draw: st.DrawFn, /, clauses: list[Record], **changes: Any) -> Record:
    """An engagement with these clauses, and expenses and events that they may need."""
    stated = {
        "id": "main",
        "agent": "Agent",
        "currency": "USD",
        "term": {"effective": FIRST, "expires": LAST},
        "tail": draw(st.sampled_from([{"months": 6}, {"months": 6}, "unlimited", "none"])),
        "covers": {"investors": "all", "securities": "all", "offerings": "all", "events": ["sale", "warrant exercise"]},
        "lists": [{"name": "president's list", "investors": ["Ann"]}],
        "clauses": clauses,
        **changes,
    }
    words = repr(clauses)
    if "'during': 'tail'" in words and stated["tail"] == "none":
        stated["tail"] = {"months": 6}  # a clause for the tail of an agreement without one is refused
    by_price = any(name in words for name in ("over_price", "deemed_price", "'each': {"))  # prices are not converted
    lines = draw(closings())
    if draw(st.integers(0, 5)) == 0 and not by_price:
        stated["conversion"] = {"mode": "half up"}
        foreign = {"currency": "EUR", "exchange_rate": Price("1.1055")}
        lines = [{**line, **(foreign if line["investor"] == "Ben" else {})} for line in lines]
    takers = [
        clause["id"]
        for clause in clauses
        if clause["kind"] == "reimbursement" or clause.get("less_expenses") == "recorded expenses"
    ]
    expenses = [
        {
            "agreement": "main",
            "clause": taker,
            "date": draw(st.sampled_from([date(2026, 2, 1), date(2026, 3, 2), date(2026, 3, 31), date(2026, 4, 1)])),
            "amount": draw(st.sampled_from([Money(20_00), Money(30_00), Money(31_01), Money(60_00)])),
            "category": draw(st.sampled_from(["legal", "legal", "travel", ""])),
            "approved_by": draw(st.sampled_from(["", "", "the board"])),
        }
        for taker in takers
        for _ in range(draw(st.integers(0, 3)))
    ]
    events = []
    if draw(st.booleans()):
        events.append({"event": "release", "date": draw(st.sampled_from(EVENT_DAYS)), "agreement": "main"})
    if draw(st.booleans()):
        events.append({"event": "final closing", "date": draw(st.sampled_from(EVENT_DAYS)), "agreement": ""})
    found = {
        "as_of": draw(st.sampled_from(AS_OF)),
        "agreements": [stated],
        "closings": draw(st.permutations(lines)),
        "introductions": [],
        "expenses": expenses,
        "balances": [],
        "events": events,
        "decisions": [],
    }
    try:
        run(found)
    except Ring:  # refused, and not what these engagements are to try
        assume(False)
    return found


@st.composite
def rate_engagements(draw: st.DrawFn) -> Record:
    return draw(engagement_of([draw(fees())]))


@st.composite
def resumed(draw: st.DrawFn) -> Record:
    """A fee that resumes from a balance: flat, or in tiers counted on its base over the agreement."""
    clause: Record = {**draw(plain_fees("fee")), "base": draw(st.sampled_from(["gross proceeds", "cash proceeds"]))}
    if draw(st.booleans()):
        clause["rate"] = {**draw(tiers()), "over": "agreement", "counting": clause["base"]}
        clause["rate"].pop("lines", None)  # the balance says nothing of a count of other lines
        clause["rate"]["tiers"] = [{"up_to": Money(1_000_00), "rate": Rate(6, 100)}, {"rate": draw(rates)}]
        clause["rounding"]["parts"] = draw(st.sampled_from(["together", "each"]))
    if draw(st.booleans()):
        clause["limit"] = draw(limits_of(Money, CASH_CAPS))
    found = draw(engagement_of([{**clause, **draw(splits())}]))
    amount, base = draw(st.sampled_from([(30_00, 500_00), (60_00, 1_000_00), (60_00, 1_500_00), (1, 0)]))
    day = FIRST - timedelta(1)
    row = {"agreement": "main", "clause": "fee", "as_of": day, "amount": Money(amount), "base": Money(base)}
    return {**found, "balances": [row]}


@st.composite
def resumed_together(draw: st.DrawFn) -> Record:
    """A limit over several clauses that resumes from their balances."""
    clauses = [draw(plain_fees("fee")), draw(plain_fees("other"))]
    clauses[1]["base"] = draw(st.sampled_from(["gross proceeds", "cash proceeds"]))
    spent = {"id": "expenses", "kind": "reimbursement", "due": "when recorded"}
    given_out: Record = {
        "id": "warrants",
        "kind": "warrants",
        "base": "securities sold",
        "rate": draw(st.sampled_from([Rate(8, 100), Rate(1)])),
        "rounding": {"mode": "down", "over": "agreement"},
        "exercise_price": "not stated",
        "expires": "not stated",
        "due": "at closing",
    }
    for extra in (spent, given_out):
        clauses += [extra] if draw(st.booleans()) else []
    clauses = draw(st.permutations(clauses))
    found = draw(engagement_of(clauses, limits=draw(common_limits(clauses))))
    rows = [draw(balances_of(clause)) for clause in clauses if draw(st.integers(0, 2))]
    return {**found, "balances": rows}


@st.composite
def balances_of(draw: st.DrawFn, clause: Record) -> Record:
    amount: int = Money(draw(st.sampled_from([30_00, 60_00, 1, 100_00])))
    base: Any = Money(draw(st.sampled_from([500_00, 1_000_00, 1_500_00, 0])))
    if clause["kind"] == "reimbursement":
        base = None
    if clause["kind"] == "warrants":
        amount, base = draw(st.sampled_from([(80, 1_000), (40, 500), (81, 1_000)]))
    day = FIRST - timedelta(1)
    return {"agreement": "main", "clause": clause["id"], "as_of": day, "amount": amount, "base": base}


@st.composite
def security_engagements(draw: st.DrawFn) -> Record:
    kinds = [rates_of_securities("warrants", "warrants"), rates_of_securities("shares", "securities")]
    kinds += [older_warrants("older"), fixed_securities("fixed")]
    clauses = [draw(draw(st.sampled_from(kinds)))]
    if draw(st.booleans()):
        other = draw(st.sampled_from(kinds))
        extra = draw(other)
        clauses += [extra] if extra["id"] != clauses[0]["id"] else []
    inside = [clause["id"] for clause in clauses if clause["kind"] == "securities" and clause["form"] == "units"]
    if inside:
        clauses.append({**draw(rates_of_securities("inside", "warrants")), "base": {"accrued_under": inside}})
        clauses[-1].update({"rate": Rate(1, 2), "rounding": {"mode": "down", "over": draw(closing_or_all)}})
        for key in ("over_price", "lines", "coverage"):
            clauses[-1].pop(key, None)
    return draw(engagement_of([{**clause, **draw(splits())} for clause in clauses]))


@st.composite
def engagements_together(draw: st.DrawFn) -> Record:
    clauses = [draw(plain_fees("fee"))]
    if draw(st.booleans()):
        clauses.append(draw(fixed_fees()))
    if draw(st.booleans()):
        clauses.append(draw(reimbursements()))
    if draw(st.integers(0, 2)) == 0:
        clauses.append(draw(rates_of_securities("warrants", "warrants")))
    if draw(st.booleans()):
        clauses.append(draw(referring("tax", ["fee"])))
    if draw(st.booleans()):
        of = [clause["id"] for clause in clauses if clause["kind"] in ("percentage", "fixed fee")]
        clauses.append(draw(minimums(draw(st.lists(st.sampled_from(of), min_size=1, unique=True)))))
    limits = {"limits": draw(common_limits(clauses))} if draw(st.booleans()) else {}
    for clause in clauses:  # a limit that waits for a minimum of the tax on what it limits would be a ring
        if limits and clause["kind"] == "minimum" and "tax" in clause["of"]:
            clause["of"] = [name for name in clause["of"] if name != "tax"] or ["fee"]
    return draw(engagement_of(clauses, **limits))


@st.composite
def settled_engagements(draw: st.DrawFn) -> Record:
    """Cash with one split: what advances are credited against must be shared alike."""
    shared = draw(splits())
    clauses = [{**draw(plain_fees("fee")), "due": draw(instalments()), **shared}]
    if draw(st.booleans()):
        clauses.append({**draw(fixed_fees()), **shared})
    if draw(st.integers(0, 2)) == 0:
        clauses.append({**draw(reimbursements()), **shared})
    cash = [clause["id"] for clause in clauses]
    if draw(st.booleans()):
        clauses.append({**draw(in_lieu("fee")), **draw(splits())})
    for name in draw(st.sampled_from([[], ["advance"], ["advance", "second"]])):
        credited = draw(st.lists(st.sampled_from(cash), min_size=1, unique=True))
        clauses.append({**draw(advances(name, credited)), **shared})
    for name in draw(st.sampled_from([[], ["retainer"], ["retainer", "monthly"]])):
        credited = draw(st.lists(st.sampled_from(cash), min_size=1, unique=True))
        clauses.append({**draw(fixed_fees(name)), "credited_against": credited, **shared})
    if draw(st.booleans()):
        clauses = draw(st.permutations(clauses))
    found = draw(engagement_of(clauses))
    return {**found, "decisions": draw(decisions(found))} if draw(st.booleans()) else found


@st.composite
def decisions(draw: st.DrawFn, found: Record) -> list[Record]:
    """A decision on what had accrued under one cash clause by a day: on a part of it, on all, or in its place."""
    day = draw(st.sampled_from([date(2026, 3, 3), date(2026, 6, 30)]))
    entries = [entry for entry in run(found) if entry["accrued_on"] <= day <= found["as_of"] and entry["unit"] == "USD"]
    entries = [entry for entry in entries if entry["payable"] + entry["held"] > 0]
    if not entries:
        return []
    entry = draw(st.sampled_from(entries))
    row = {
        "date": day,
        "agreement": "main",
        "clause": entry["clause"],
        "closing": draw(st.sampled_from(["", entry["closing"] or ""])),
        "payee": draw(st.sampled_from(["", entry["payee"]])),
        "decided_by": "the board",
        "reason": "for a test",
    }
    computed = sum(
        each["payable"] + each["held"]
        for each in run(found)
        if each["clause"] == row["clause"]
        and each["accrued_on"] <= day
        and row["closing"] in ("", each["closing"])
        and row["payee"] in ("", each["payee"])
    )
    assume(computed > 0)
    word = draw(st.sampled_from(["waiver", "waiver", "reduction", "cut-back", "override"]))
    amount = draw(st.sampled_from([1, computed, max(1, computed // 3)]))
    if word == "waiver" and draw(st.booleans()):
        return [{**row, "decision": word, "amount": None}]
    return [{**row, "decision": word, "amount": Money(amount + (7 if word == "override" else 0))}]


@st.composite
def changed_engagements(draw: st.DrawFn) -> Record:
    """Amended rates and limits, and tails of every start."""
    first: Record = draw(fees())
    clauses = [first]
    second = {**draw(plain_fees("tail")), "lines": {"during": "tail"}}
    if draw(st.booleans()):
        first["lines"] = {"during": "term"}
        clauses.append(second)
    change: Record = {}
    if isinstance(first["rate"], Rate):
        change["rate"] = draw(rates)
    if "limit" in first:
        change["limit"] = {"amount": Money(draw(st.sampled_from(CASH_CAPS)))}
    changes: Record = {"clauses": {"fee": change}} if change else {}
    if draw(st.booleans()) or not changes:
        changes["tail"] = {"months": draw(st.sampled_from([1, 9]))}
    if draw(st.integers(0, 2)) == 0:
        clauses.append(draw(fixed_fees()))
        changes.setdefault("clauses", {})["fixed"] = {"amount": Money(draw(st.sampled_from([1, 70_00])))}
    amendment: Record = {
        "id": "first",
        "effective": draw(st.sampled_from([date(2026, 3, 3), date(2026, 4, 3), LAST])),
        "rules": draw(st.sampled_from(["closings from that day", "closings signed from that day"])),
        "changes": changes,
    }
    tail: Record = {
        "months": 6,
        "starts": draw(st.sampled_from(["end of term", "end of term", "first closing", "final closing"])),
    }
    tail.update(draw(st.sampled_from([{}, {"investors": ["Ann", "Ben"]}, {"excluded": ["Ann"]}, {"events": ["sale"]}])))
    tail.update(draw(st.sampled_from([{}, {"counts": "signing day"}])))
    amended = {"amendments": [amendment]} if draw(st.booleans()) else {}
    return draw(engagement_of(clauses, tail=tail, **amended))


@st.composite
def any_engagements(draw: st.DrawFn) -> Record:
    """Up to four clauses of any kind."""
    kinds = [
        fees("fee0"),
        fees("fee1"),
        fixed_fees(),
        reimbursements(),
        rates_of_securities("warrants", "warrants"),
        older_warrants("older"),
        fixed_securities("fixed-securities"),
    ]
    clauses = [
        draw(kinds[number]) for number in sorted(draw(st.sets(st.integers(0, len(kinds) - 1), min_size=1, max_size=3)))
    ]
    cash = [clause["id"] for clause in clauses if clause["kind"] in CASH_KINDS]
    limits = {}
    if cash:
        extra = draw(st.sampled_from(["nothing", "referring", "minimum", "advance", "lieu"]))
        on_lines = [clause["id"] for clause in clauses if clause["kind"] in ("percentage", "fixed fee")]
        if extra == "referring":
            clauses.append(draw(referring("tax", cash)))
        elif extra == "minimum" and on_lines:
            clauses.append(draw(minimums(on_lines)))
        elif extra == "advance":
            clauses.append(draw(advances("advance", cash)))
        elif extra == "lieu" and "fee0" in cash:
            clauses.append(draw(in_lieu("fee0")))
        limits = {"limits": draw(common_limits(clauses))} if draw(st.booleans()) else {}
    return draw(engagement_of(clauses, **limits))


FAMILIES = {
    "rates": rate_engagements(),
    "resumed": resumed(),
    "resumed together": resumed_together(),
    "securities": security_engagements(),
    "together": engagements_together(),
    "settled": settled_engagements(),
    "changes": changed_engagements(),
    "everything": any_engagements(),
}
