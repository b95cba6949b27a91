"""From accruals to ledger entries, for the oracle of provisions (spec 5, 6, 7): securities in lieu, advances,
instalments, payees' parts, decisions.

Of every entry: payable = accrued - recouped - held - in_securities + decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import oracle
from oracle import rounded
from provisions_lines import Known, day_of, key_of, payable_on, price_of
from provisions_oracle import ENDED, Accruals, known_of
from provisions_rates import WHOLE, differences_rounded, scope_of
from provisions_values import Record

CASH = ("percentage", "fixed fee", "reimbursement", "minimum", "advance")
WARRANTS = ("warrants", "fixed warrants", "warrants per amount", "vesting warrants")
MEASURES = ("accrued", "recouped", "held", "in_securities", "decided", "payable")
KEYS = ("agreement", "clause", "closing", "accrued_on", "payable_on", "payee", "unit", "exercise_price", "expires")


def run(engagement: Record) -> list[Record]:
    """The entries of an engagement, decisions included; nothing is summed, and entries of nothing are left out."""
    found: list[Record] = []
    for agreement in engagement["agreements"]:
        known = known_of(agreement, engagement)
        entries = settled(known)
        mine = [row for row in engagement.get("decisions", []) if row["agreement"] == agreement["id"]]
        found += entries + [entry for row in mine for entry in decided(row, entries, known)]
    return [entry for entry in found if any(entry[measure] for measure in MEASURES)]


def summed(entries: Iterable[Record], keys: tuple[str, ...] = KEYS) -> dict[tuple[Any, ...], dict[str, int]]:
    """Entries alike in the keys added up; what comes to nothing in every measure is left out."""
    sums: dict[tuple[Any, ...], dict[str, int]] = {}
    for entry in entries:
        row = sums.setdefault(tuple(entry[key] for key in keys), dict.fromkeys(MEASURES, 0))
        for measure in MEASURES:
            row[measure] += entry[measure]
    return {key: row for key, row in sums.items() if any(row.values())}


# ---- the order of settlement -----------------------------------------------------------------------------------------


def settled(known: Known) -> list[Record]:
    """Spec 0.5: securities in lieu, advances and fixed fees that are credited (in the order of the file), instalments,
    parts: the entries of one agreement without decisions.
    """
    accruals = Accruals(known)
    clauses = accruals.clauses
    moves: dict[str, list[Record]] = {}
    in_lieu = [clause for clause in clauses.values() if clause["kind"] == "securities in lieu"]
    for clause in clauses.values():
        if clause["kind"] in ("advance", "securities in lieu"):
            continue
        accrued = accruals.final(clause["id"])
        taken = [0] * len(accrued)
        for other in in_lieu:
            if other["of"] == clause["id"]:
                given, taken = taken_in_securities(other, accrued, known)
                moves[other["id"]] = movements(other, given, [0] * len(given), known)
        moves[clause["id"]] = movements(clause, accrued, taken, known)
    for clause in clauses.values():
        if clause["kind"] == "advance":
            moves[clause["id"]] = advance_movements(clause, moves, known)
        elif "credited_against" in clause:
            credit_fixed_fee(clause, moves)
    return [entry for name, clause in clauses.items() for entry in entries_of(clause, moves[name], known)]


def movements(clause: Record, accrued: list[int], in_securities: list[int], known: Known) -> list[Record]:
    """A movement is what a clause accrues at one closing and exercise price, or on one row that has no closing.

    Movements stand in the order in which the first of their rows does that brings something. What is taken back stands
    in that of the last one, so that a reversal goes the opposite way and gives back what had been given.
    """
    found: dict[Any, Record] = {}
    for row in known.rows:
        amount, taken = accrued[row["number"]], in_securities[row["number"]]
        if amount == taken == 0:
            continue
        price, expires = exercise_price(clause, row), expiry(clause, row, known)
        key = (row["closing"], price, expires) if row["closing"] else row["number"]
        if key not in found:
            found[key] = movement(row["day"], row["stage"], row["closing"], price, expires)
        elif row["scope"] != row["closing"]:
            found[key] = found.pop(key)
        found[key]["accrued"] += amount
        found[key]["in_securities"] += taken
    return list(found.values())


def movement(
    day: date,
    stage: int,
    closing: str | None = None,
    price: Fraction | None = None,
    expires: date | None = None,
    accrued: int = 0,
) -> Record:
    return {
        "date": day,
        "stage": stage,
        "closing": closing,
        "exercise_price": price,
        "expires": expires,
        "accrued": accrued,
        "recouped": 0,
        "in_securities": 0,
    }


def exercise_price(clause: Record, row: Record) -> Fraction | None:
    """Spec 6: warrants have one, securities and cash have none."""
    if clause["kind"] not in WARRANTS and clause.get("form") != "warrants":
        return None
    if clause["exercise_price"] == "not stated":
        return None
    return price_of(clause["exercise_price"], row["line"])


def expiry(clause: Record, row: Record, known: Known) -> date | None:
    """Spec 6: the last day of exercise; none where it is not stated or not known yet.

    Choice: what undoes a closing cancels what that closing brought, with the day that it had.
    """
    expires = clause.get("expires", "not stated")
    sold = row["line"]["tested"]["date"] if row.get("line") else row["day"]
    return None if expires == "not stated" else day_of(expires, sold, known)


def unit_of(clause: Record, agreement: Record) -> str:
    if clause["kind"] in CASH:
        return str(agreement["currency"])
    return "warrants" if clause["kind"] in WARRANTS else str(clause["form"])


# ---- securities in lieu ----------------------------------------------------------------------------------------------


def taken_in_securities(clause: Record, accrued: list[int], known: Known) -> tuple[list[int], list[int]]:
    """Spec 6, securities in lieu: the securities given on each row, and the cash they stand for.

    Choice: where the fraction stays cash, both the money and the worth of the securities are running totals of the
    rounding scope, and what is taken are differences of the lesser. The cash runs on from its balance.
    """
    balance = known.balances.get(clause["of"])
    running, money = int(balance["amount"]) if balance else 0, []
    for amount in accrued:
        before, running = running, running + amount
        money.append(floor(running * clause["part"]) - floor(before * clause["part"]))
    prices = [
        price_of(clause["deemed_price"], row["line"]) * 100 if cents else Fraction(1)
        for row, cents in zip(known.rows, money, strict=True)
    ]
    exact = [{WHOLE: Fraction(cents) / price} for cents, price in zip(money, prices, strict=True)]
    given = differences_rounded(exact, known.rows, clause["rounding"])
    if clause["fraction"] == "is dropped":
        return given, money
    totals: dict[Any, Fraction] = {}
    taken = []
    for row, cents, count, price in zip(known.rows, money, given, prices, strict=True):
        scope = scope_of(row, clause["rounding"]["over"])
        taken_before = totals.get((scope, "taken"), Fraction(0))
        totals[scope, "money"] = totals.get((scope, "money"), Fraction(0)) + cents
        totals[scope, "worth"] = totals.get((scope, "worth"), Fraction(0)) + count * price
        totals[scope, "taken"] = min(totals[scope, "money"], Fraction(rounded(totals[scope, "worth"], "half up")))
        taken.append(int(totals[scope, "taken"] - taken_before))
    return given, taken


# ---- advances --------------------------------------------------------------------------------------------------------


def advance_movements(clause: Record, moves: dict[str, list[Record]], known: Known) -> list[Record]:
    """Spec 6, advances: today's rule on what securities in lieu and earlier advances left, as the older oracle does.

    Choice: an advance that falls due only after the day of the ledger, or on a day not known yet, does nothing.
    """
    due = day_of(clause["due"], known.as_of, known)
    if due is None or due > known.as_of:
        return []
    credited = credited_movements(clause, due, moves)
    left = [{**move, "accrued": left_of(move), "recouped": 0} for move in credited]
    unearned = clause["unearned"]
    returned_on = None
    if unearned == "returned at the end of the term":
        returned_on = known.term_end
    elif isinstance(unearned, dict):
        returned_on = day_of(unearned["returned"], known.as_of, known)
    old = {
        "id": clause["id"],
        "amount": clause["amount"],
        "due": due,
        "unearned": "kept" if returned_on is None else "returned",
        "less_expenses": clause["less_expenses"] == "recorded expenses",
    }
    agreement = {"id": known.agreement["id"], "term": {"end": returned_on}}
    expenses = [row for row in known.expenses if row.get("clause") == clause["id"]]
    balance = known.balances.get(clause["id"])
    found = oracle.advance_movements(agreement, old, left, expenses, known.as_of, balance)
    for move, copy in zip(credited, left, strict=True):
        move["recouped"] += copy["recouped"]
    return [movement(move["date"], ENDED, accrued=move["accrued"]) for move in found]


def credit_fixed_fee(clause: Record, moves: dict[str, list[Record]]) -> None:
    """Spec 6, a fixed fee that is credited: against what the clauses named have accrued in all, as far as the fee had
    accrued by the end of that day. What accrues under the fee itself is not touched.

    Choice: as with advances, what accrued net of securities in lieu and of what those before it in the file credited.
    Nothing is credited where of that nothing is left.
    """
    earned = credited = 0
    for move in [each for each in credited_movements(clause, date.min, moves) if left_of(each)]:
        earned += left_of(move)
        paid = sum(other["accrued"] for other in moves[clause["id"]] if other["date"] <= move["date"])
        before, credited = credited, min(max(0, earned), paid)
        move["recouped"] += credited - before


def left_of(move: Record) -> int:
    return int(move["accrued"] - move["in_securities"] - move["recouped"])


def credited_movements(clause: Record, due: date, moves: dict[str, list[Record]]) -> list[Record]:
    """Today's order of crediting, with the stages of a day: by day, stage, closing, then the order of the clauses; a
    clause that in sum takes back at a closing comes before those that bring, in the opposite order.
    """
    queue = []
    for position, name in enumerate(clause["credited_against"]):
        for number, move in enumerate(moves[name]):
            if move["date"] < due:
                continue
            if move["closing"] is None:
                in_sum = left_of(move)
            else:
                in_sum = sum(left_of(other) for other in moves[name] if other["closing"] == move["closing"])
            step = (0, -position) if in_sum < 0 else (1, position)
            queue.append((move["date"], move["stage"], move["closing"] or "", step, number, move))
    return [item[-1] for item in sorted(queue, key=lambda item: item[:-1])]


# ---- instalments and payees ------------------------------------------------------------------------------------------


def instalments_of(clause: Record) -> list[Record]:
    """Spec 5, due: one payment of the whole, or the parts that the clause names."""
    due = clause.get("due", "when it accrues")
    if clause["kind"] == "advance":
        due = "when it accrues"  # its movements have their days
    return due if isinstance(due, list) else [{"part": Fraction(1), "when": due}]


def has_lapsed(instalment: Record, known: Known) -> bool:
    """Spec 5, unless_by: the event had not happened by that day, and that day is past."""
    last = instalment.get("unless_by")
    if last is None or known.as_of <= last:
        return False
    happened = known.events.get(key_of(instalment["when"]["after_event"]))
    return happened is None or happened > last


def entries_of(clause: Record, moves: list[Record], known: Known) -> list[Record]:
    """Spec 5 and 6: each instalment's part of a movement, shared among the payees.

    Each payee's part is the difference of its parts of the clause's running totals, on which each instalment of each
    movement is a step. Choice: in the order of the file; what is taken back in the opposite order, so that each
    instalment gives back what it gave.

    Choice: what was recouped or taken in securities stands in the entry of the first instalment. After an instalment
    has lapsed nothing accrues in it, and its day of payment is never known, even if the event happens later.
    """
    balance = known.balances.get(clause["id"])
    total = int(balance["amount"]) if balance else 0
    instalments = instalments_of(clause)
    running = {"accrued": total, "recouped": 0, "in_securities": 0}
    standing = instalment_amounts(instalments, total)
    entries: list[Record] = []
    for move in sorted(moves, key=lambda each: (each["date"], each["stage"])):
        before = standing
        total += left_of(move)
        standing = instalment_amounts(instalments, total)
        steps = list(enumerate(instalments))
        for number, instalment in steps if move["accrued"] >= 0 else reversed(steps):
            lapsed = has_lapsed(instalment, known)
            first = number == 0
            part = standing[number] - before[number]
            if lapsed and move["date"] > instalment["unless_by"]:
                part = 0
            change = {
                "accrued": part + (move["recouped"] + move["in_securities"] if first else 0),
                "recouped": move["recouped"] if first else 0,
                "in_securities": move["in_securities"] if first else 0,
            }
            day = None if lapsed else payable_on(instalment["when"], move["date"], known)
            found = parts_of(clause, move, day, running, change, known)
            entries += found
            if lapsed:
                entries += [taken_back(entry, max(instalment["unless_by"], move["date"])) for entry in found]
    return entries


def taken_back(entry: Record, day: date) -> Record:
    """Spec 5, unless_by: the entry that takes back what was held in another, for the same closing and payee.

    Choice: one for each entry, at its closing; held like it, and so with no day of payment.
    """
    nothing = dict.fromkeys(MEASURES, 0)
    return {**entry, **nothing, "accrued_on": day, "accrued": -entry["held"], "held": -entry["held"]}


def instalment_amounts(instalments: list[Record], total: int) -> list[int]:
    """Spec 5: the first instalments get their part of a running total rounded down, the last gets the rest. Down is
    toward nothing, as everywhere: where more was credited than accrued, the running total is negative.
    """
    amounts = [int(total * instalment["part"]) for instalment in instalments[:-1]]
    return [*amounts, total - sum(amounts)]


def payees_of(clause: Record, known: Known) -> Record:
    """Who shares a clause: left out, all goes to the agent."""
    agent = known.agreement["agent"]
    split = clause.get("split", [{"payee": agent, "share": Fraction(1)}])
    return {
        "payees": [(each["payee"], each["share"]) for each in split],
        "odd_unit": clause.get("odd_unit", agent),
    }


def parts_of(
    clause: Record, move: Record, payable_on: date | None, running: Record, change: Record, known: Known
) -> list[Record]:
    """Spec 5: the payees' parts of one change of an instalment's running totals, which it moves on."""
    shares = payees_of(clause, known)
    before = {measure: oracle.parts(shares, running[measure]) for measure in change}
    for measure in change:
        running[measure] += change[measure]
    after = {measure: oracle.parts(shares, running[measure]) for measure in change}
    found = []
    for payee, _ in shares["payees"]:
        mine = {measure: after[measure][payee] - before[measure][payee] for measure in change}
        rest = mine["accrued"] - mine["recouped"] - mine["in_securities"]
        found.append(
            {
                "agreement": known.agreement["id"],
                "clause": clause["id"],
                "closing": move["closing"],
                "accrued_on": move["date"],
                "payable_on": payable_on,
                "payee": payee,
                "unit": unit_of(clause, known.agreement),
                "exercise_price": move["exercise_price"],
                "expires": move["expires"],
                **mine,
                "held": rest if payable_on is None else 0,
                "decided": 0,
                "payable": 0 if payable_on is None else rest,
            }
        )
    return found


# ---- decisions -------------------------------------------------------------------------------------------------------


def decided(decision: Record, entries: list[Record], known: Known) -> list[Record]:
    """Spec 7, decisions: an entry of its own that changes what was computed up to its day.

    Choice: it is payable on its day; it sees what was computed without other decisions. Where no payee is named, the
    change is cut toward zero by the clause's split, the odd unit going where the clause says.
    """
    if decision["date"] > known.as_of:
        return []
    clause = next(each for each in known.versions[-1]["clauses"] if each["id"] == decision["clause"])
    computed = sum(
        entry["payable"] + entry["held"]
        for entry in entries
        if entry["clause"] == decision["clause"]
        and entry["accrued_on"] <= decision["date"]
        and decision.get("closing") in (None, "", entry["closing"])
        and decision.get("payee") in (None, "", entry["payee"])
    )
    if decision["decision"] == "override":
        change = decision["amount"] - computed
    else:
        change = -(computed if decision.get("amount") is None else decision["amount"])
        if -change > computed:
            raise ValueError("a decision that gives up more than there is")
    shares = payees_of(clause, known)
    cut = {decision["payee"]: change} if decision.get("payee") else oracle.parts(shares, change)
    return [
        {
            "agreement": known.agreement["id"],
            "clause": clause["id"],
            "closing": decision.get("closing") or None,
            "accrued_on": decision["date"],
            "payable_on": decision["date"],
            "payee": payee,
            "unit": unit_of(clause, known.agreement),
            "exercise_price": None,
            "expires": None,
            **dict.fromkeys(("accrued", "recouped", "held", "in_securities"), 0),
            "decided": int(amount),
            "payable": int(amount),
        }
        for payee, amount in cut.items()
    ]
