"""The slow, obvious oracle of the provisions: what every clause accrues, row by row, in fractions and loops.

It shares no code with the package. An engagement is a plain dict near the agreement's own words; what each number is
(money, a count, a rate, a price) its type says, see provisions_values.

    closings --prepared_lines, owed_lines--> the lines an agreement is owed on          spec 2, 8, 9, 10
             --rows_of--> lines, expenses and moments, in order                         spec 0
             --raw_accruals--> what a clause accrues on each row, within its own limit  spec 1, 3, 4, 6
             --after_limits--> what limits over several clauses leave of it             spec 4
             --provisions_settlement--> entries: recouped, held, split, decided         spec 5, 6, 7

All clauses of an agreement accrue on the same rows, so what one accrued is another's base at the same place. Where the
spec leaves a choice, the function that makes it says so under "Choice:".
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import oracle
from provisions_dates import add_months, calendar_period
from provisions_lines import (
    Known,
    counts,
    is_money,
    key_of,
    last_day_of_term,
    line_base,
    measured,
    owed_lines,
    period_day,
    prepared_lines,
    price_of,
    version_number,
    versions_of,
)
from provisions_rates import (
    AGREEMENT,
    WHOLE,
    Parts,
    differences_rounded,
    earned,
    limited,
    measure_of,
    opening_base,
    opening_parts,
    scope_of,
    to_multiple,
)
from provisions_values import Record

EARNS_AT_A_RATE = ("percentage", "warrants", "securities", "warrants per amount", "vesting warrants")
FIXED = {"fixed fee": "amount", "fixed warrants": "warrants", "fixed securities": "securities"}
SIGNED, SPENT, CLOSED, ENDED = 0, 1, 2, 3  # the stages of a day


class Ring(ValueError):
    """Clauses refer to each other in a ring: the spec refuses it."""


# ---- what is known, and the rows -------------------------------------------------------------------------------------


def known_of(agreement: Record, engagement: Record) -> Known:
    """Everything that the figures of an agreement rest on, as it is known on the day of the ledger."""
    as_of, name = engagement["as_of"], agreement["id"]
    known = Known(
        agreement=agreement,
        as_of=as_of,
        introductions=engagement.get("introductions", []),
        expenses=[row for row in engagement.get("expenses", []) if row["agreement"] == name and row["date"] <= as_of],
        balances={row["clause"]: row for row in engagement.get("balances", []) if row["agreement"] == name},
        events=events_of(agreement, engagement),
        versions=versions_of(agreement),
    )
    known.lines = owed_lines(known, prepared_lines(engagement))
    known.rows = rows_of(known)
    return known


def events_of(agreement: Record, engagement: Record) -> dict[str, date]:
    """Spec 6: the day of each event of this agreement or of none, if it has happened.

    Choice: of several of one name, the earliest.
    """
    found: dict[str, date] = {}
    for row in engagement.get("events", []):
        if row["date"] <= engagement["as_of"] and row.get("agreement", "") in ("", agreement["id"]):
            name = key_of(row["event"])
            found[name] = min(row["date"], found.get(name, row["date"]))
    return found


def all_clauses(known: Known) -> dict[str, Record]:
    """Every clause by id, as it stands last: what is amended later does not matter to what it is."""
    return {clause["id"]: clause for clause in known.versions[-1]["clauses"]}


def rows_of(known: Known) -> list[Record]:
    """Spec 0: lines, expenses, and the moments at which something else happens, by day and stage."""
    found = []
    for line in known.lines:
        scope = oracle.closing_scope(line)
        found.append(row_of(line["date"], CLOSED, oracle.line_order(line), line=line, scope=scope))
    for expense in known.expenses:
        found.append(row_of(expense["date"], SPENT, expense_order(expense), expense=expense))
    moments = set()
    for clause in all_clauses(known).values():
        if clause["kind"] in FIXED:
            moments |= {(day, SIGNED) for day in days_of(clause["when"], known)}
        if clause["kind"] == "minimum":
            moments.add((moment_of(clause["tested"], known), ENDED))
    found += [row_of(day, stage, ()) for day, stage in moments if day is not None and day <= known.as_of]
    found.sort(key=lambda row: (row["day"], row["stage"], row["order"]))
    for number, row in enumerate(found):
        row["number"] = number
        row["version"] = version_number(known.agreement, row["day"], row["line"])
    return found


def row_of(day: date, stage: int, order: tuple[Any, ...], **what: Any) -> Record:
    row: Record = {"day": day, "stage": stage, "order": order, "line": None, "scope": None, "expense": None, **what}
    row["closing"] = row["line"]["closing"] if row["line"] else None
    return row


def expense_order(expense: Record) -> tuple[Any, ...]:
    """Spec 6: expenses of one day by amount; those alike in it by what else they say, so that rows may stand anyhow."""
    return (expense["amount"], *(str(expense.get(key, "")) for key in ("clause", "category", "approved_by", "payee")))


def moment_of(when: Any, known: Known) -> date | None:
    """Spec 6: the day of what is tied to no closing; none if it has not happened, or is tied to one."""
    if when == "at signing":
        signing: date = known.agreement["term"]["effective"]
        return signing
    if when == "at final closing":
        return known.events.get("final closing")
    if when == "at end of term":
        return last_day_of_term(known.agreement)
    if isinstance(when, dict) and "on" in when:
        day: date = when["on"]
        return day
    if isinstance(when, dict) and "event" in when:
        return known.events.get(key_of(when["event"]))
    return None


EVERY = {"month": 1, "quarter": 3, "year": 12}


def days_of(when: Any, known: Known) -> set[date | None]:
    """Spec 6: the days of what is tied to no closing: one, or again and again.

    Each month, quarter or year is counted from the first day, so that a short month does not move the days after it.
    Choice: without a last day, of its own or of the term, it goes on to the day of the ledger.
    """
    if not isinstance(when, dict) or "every" not in when:
        return {moment_of(when, known)}
    first = when.get("from", known.agreement["term"]["effective"])
    last = min([known.as_of, *(day for day in [when.get("through", known.term_end)] if day is not None)])
    found, number = set(), 0
    while (day := add_months(first, number * EVERY[when["every"]])) <= last:
        found.add(day)
        number += 1
    return found


# ---- what one clause accrues -----------------------------------------------------------------------------------------


class Accruals:
    """What every clause of an agreement accrues, each computed when first asked for."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.clauses = all_clauses(known)
        self.limits = known.agreement.get("limits", [])
        self.done: dict[tuple[str, int], list[int]] = {}
        self.begun: set[tuple[str, int]] = set()

    def final(self, name: str) -> list[int]:
        """What accrued under a clause, on each row, after all limits."""
        return self.after(name, len(self.limits))

    def seen(self, name: str, by: str) -> list[int]:
        """Spec 0 and 4: what another clause sees: after limits over several, but before one that binds both.

        Choice: before the first limit that binds both, and so before those after it.
        """
        for number, limit in enumerate(self.limits):
            if name in limit["clauses"] and by in limit["clauses"]:
                return self.after(name, number)
        return self.final(name)

    def after(self, name: str, number: int) -> list[int]:
        """What accrued under a clause after the first so many limits over several clauses."""
        key = (name, number)
        if key not in self.done:
            if key in self.begun:
                raise Ring(f"{name} refers to itself")
            self.begun.add(key)
            if number == 0:
                self.done[key] = raw_accruals(self.clauses[name], self)
            elif name not in self.limits[number - 1]["clauses"]:
                self.done[key] = self.after(name, number - 1)
            else:
                limit = self.limits[number - 1]
                before = {each: self.after(each, number - 1) for each in limit["clauses"]}
                self.done[key] = after_limit(limit, before, self.clauses, self.known)[name]
        return self.done[key]


def raw_accruals(clause: Record, accruals: Accruals) -> list[int]:
    """What a clause accrues on each row, within its own limit."""
    known = accruals.known
    if clause["kind"] in EARNS_AT_A_RATE:
        return rate_accruals(clause, accruals)
    if clause["kind"] in FIXED:
        return fixed_accruals(clause, known)
    if clause["kind"] == "reimbursement":
        return expense_accruals(clause, known)
    if clause["kind"] == "minimum":
        return minimum_accruals(clause, accruals)
    raise ValueError(f"{clause['kind']} does not accrue on rows")


def rate_accruals(clause: Record, accruals: Accruals) -> list[int]:
    """Spec 1, 3, 4 and 9: base, rate, rounding and limit, each row by the terms of its version.

    Amended terms are taken as if they had always stood, and only the rows of their time are taken from that.
    """
    known = accruals.known
    states = [state_of(clause["id"], version) for version in known.versions]
    exact: list[list[Parts]] = []
    for state in states:
        if state is None:
            exact.append([{} for _ in known.rows])
        else:
            exact.append(exact_amounts(state, bases_of(state, accruals), known))
    mine = [exact[row["version"]][row["number"]] for row in known.rows]
    last = next(state for state in reversed(states) if state is not None)
    first = next(state for state in states if state is not None)
    amounts = differences_rounded(mine, known.rows, last["rounding"], opening_amounts(first, known))
    limits = [limit_of(states[row["version"]]) for row in known.rows]
    balance = known.balances.get(clause["id"])
    opening = int(balance["amount"]) if balance else 0
    if all(state == first for state in states):
        opening = opening_under_limit(first, known)
    return limited(amounts, known.rows, limits, opening)


def state_of(name: str, version: Record) -> Record | None:
    """A clause in one version of the agreement, if it is there yet."""
    return next((clause for clause in version["clauses"] if clause["id"] == name), None)


def limit_of(state: Record | None) -> Record | None:
    if state is not None and state["kind"] == "vesting warrants":
        return {"amount": state["maximum"], "over": "agreement"}
    limit: Record | None = state.get("limit") if state is not None else None
    return limit


def bases_of(clause: Record, accruals: Accruals) -> list[Fraction]:
    """Spec 1: the base of each row: of lines that count, or what other clauses accrued there.

    Choice: what is taken off for other clauses is taken off where they accrued it, on a line only if the line counts.
    """
    known, base = accruals.known, clause["base"]
    found = [Fraction(0)] * len(known.rows)
    for number, row in enumerate(known.rows):
        counted = row["line"] is not None and counts(clause.get("lines"), row["line"], known)
        if isinstance(base, dict) and "accrued_under" in base:
            for name in base["accrued_under"]:
                found[number] += accruals.seen(name, clause["id"])[number]
            continue
        if counted:
            found[number] += line_base(base, row["line"], known.agreement)
        if isinstance(base, dict) and (counted or row["line"] is None):
            for name in base.get("less_clauses", []):
                found[number] -= accruals.seen(name, clause["id"])[number]
    if isinstance(base, dict) and "rounded" in base:
        over, start = clause["rounding"]["over"], opening_base(clause, known)
        return rounded_base(found, known.rows, base["rounded"], over, start)
    return found


def rounded_base(
    bases: list[Fraction], rows: list[Record], rounding: Record, over: str, start: Fraction
) -> list[Fraction]:
    """Spec 1, rounded: differences of the running base of each rounding scope, rounded to a multiple of `to`."""
    running: dict[Any, Fraction] = {AGREEMENT: start}
    found = []
    for row, x in zip(rows, bases, strict=True):
        scope = scope_of(row, over)
        before = running.get(scope, Fraction(0))
        running[scope] = before + x
        to, mode = rounding["to"], rounding["mode"]
        found.append(Fraction(to_multiple(running[scope], to, mode) - to_multiple(before, to, mode)))
    return found


def exact_amounts(clause: Record, bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3 and 6: what each row earns exactly, before rounding."""
    rows = known.rows
    if clause["kind"] == "warrants per amount":
        if clause["steps"] == "whole":
            return whole_steps(clause, bases, known)
        return [{WHOLE: Fraction(clause["warrants"]) * x / clause["per"]} for x in bases]
    if clause["kind"] == "vesting warrants":
        return [{WHOLE: Fraction(clause["pool"]) * x / clause["target"]} for x in bases]
    found = earned(clause["rate"], clause, rows, bases, known)
    if clause["kind"] == "percentage":
        return found
    coverage = clause.get("coverage", Fraction(1))
    if "over_price" not in clause:
        return [{part: amount * coverage for part, amount in parts.items()} for parts in found]
    result = []
    for row, parts in zip(rows, found, strict=True):
        worth_something = any(parts.values())
        price = price_of(clause["over_price"], row["line"]) * 100 if worth_something else Fraction(1)
        result.append({part: amount / price * coverage for part, amount in parts.items()})
    return result


def whole_steps(clause: Record, bases: list[Fraction], known: Known) -> list[Parts]:
    """Today's warrants per amount in whole steps: only whole amounts of the running base of each rounding scope."""
    over = clause["rounding"]["over"]
    running = {AGREEMENT: opening_base(clause, known)}
    found: list[Parts] = []
    for row, x in zip(known.rows, bases, strict=True):
        scope = scope_of(row, over)
        before = running.get(scope, Fraction(0))
        running[scope] = before + x
        steps = to_multiple(running[scope], clause["per"], "down") - to_multiple(before, clause["per"], "down")
        found.append({WHOLE: Fraction(steps // clause["per"] * clause["warrants"])})
    return found


def opening_amounts(clause: Record, known: Known) -> Parts | None:
    """What had been earned before these records, for what is rounded over the agreement."""
    if clause["kind"] == "percentage" or "rate" in clause:
        return opening_parts(clause["rate"], clause, known)
    balance, base = known.balances.get(clause["id"]), opening_base(clause, known)
    if balance is None or clause.get("steps") == "whole":
        return None  # whole steps are whole numbers already
    if clause["kind"] == "vesting warrants":
        return {WHOLE: Fraction(clause["pool"]) * base / clause["target"]}
    return {WHOLE: Fraction(clause["warrants"]) * base / clause["per"]}


def opening_under_limit(clause: Record, known: Known) -> int:
    """Today's rule of limits: the balance's amount; where that is at the limit and what the clause gives on the
    balance's base says how far it had gone, that.
    """
    balance, limit = known.balances.get(clause["id"]), limit_of(clause)
    if balance is None:
        return 0
    amount = int(balance["amount"])
    if limit is None or balance["base"] is None or clause["rounding"]["over"] != "agreement":
        return amount
    if clause.get("steps") == "whole":
        alone = balance["base"] // clause["per"] * clause["warrants"]
    else:
        opening = opening_amounts(clause, known) or {}
        alone = to_multiple(
            sum(opening.values(), Fraction(0)), clause["rounding"].get("to", 1), clause["rounding"]["mode"]
        )
    return int(alone) if min(alone, limit["amount"]) == amount else amount


# ---- fixed amounts, expenses, minimums -------------------------------------------------------------------------------


def fixed_accruals(clause: Record, known: Known) -> list[int]:
    """Spec 6 and 9, fixed fees, warrants and securities: once on a day, on many days, or while what brings them stands;
    each row by the terms of its version.

    Choice: what stands in a balance has accrued: what comes once does not come again, and what comes again and again
    comes on the days after the balance.
    """
    when, balance = clause["when"], known.balances.get(clause["id"])
    states = [state_of(clause["id"], version) for version in known.versions]
    amounts = [int(state[FIXED[clause["kind"]]]) if state else 0 for state in states]
    if when in ("at signing", "at final closing") or (isinstance(when, dict) and "reaches" not in when):
        days = days_of(when, known)
        if balance is not None and balance["amount"]:
            days = {day for day in days if day is not None and "every" in when and day > balance["as_of"]}
        return [
            amounts[row["version"]] * (row["day"] in days and row["stage"] == SIGNED and not row["expense"])
            for row in known.rows
        ]
    scoped = "closing" if when == "at each closing" else "agreement"
    measure = when["counting"] if isinstance(when, dict) else "gross proceeds"
    running: dict[Any, int] = {AGREEMENT: int(opening_base(clause, known))}
    if balance is not None and balance["amount"]:
        running[AGREEMENT] = max(running[AGREEMENT], when["reaches"] if isinstance(when, dict) else 1)
    found = []
    for row in known.rows:
        scope = scope_of(row, scoped)
        before = running.get(scope, 0)
        after = running[scope] = before + measure_of(measure, row, clause.get("lines"), known)
        if isinstance(when, dict):
            stood, stands = before >= when["reaches"], after >= when["reaches"]
        else:
            stood, stands = before > 0, after > 0
        found.append(amounts[row["version"]] * (stands - stood))
    return found


def expense_accruals(clause: Record, known: Known) -> list[int]:
    """Spec 6, reimbursement: of each expense what every limit that applies to it leaves room for.

    Choice: an approved expense that is beyond the limits uses none of them up.
    """
    takers = [each["id"] for each in all_clauses(known).values() if each["kind"] == "reimbursement"]
    limits = [clause["limit"]] if "limit" in clause else []
    limits = [*limits, *clause.get("limits", [])]
    used: dict[Any, int] = {}
    if clause["id"] in known.balances and "limit" in clause:
        used[0, None] = int(known.balances[clause["id"]]["amount"])
    found = []
    for row in known.rows:
        expense = row["expense"]
        if expense is None or (expense.get("clause") or takers[0]) != clause["id"]:
            found.append(0)
            continue
        paid = int(expense["amount"])
        keys = []
        beyond = clause.get("approved") == "are beyond the limits" and expense.get("approved_by")
        for number, limit in enumerate([] if beyond else limits):
            if applies(limit, expense, known):
                key = (number, calendar_period(expense["date"], limit["each"]) if "each" in limit else None)
                keys.append(key)
                paid = min(paid, max(0, limit["amount"] - used.get(key, 0)))
        for key in keys:
            used[key] = used.get(key, 0) + paid
        found.append(paid)
    return found


def applies(limit: Record, expense: Record, known: Known) -> bool:
    """Spec 6: whether a limit on expenses is one on this expense: its category and its day."""
    same = "category" not in limit or key_of(limit["category"]) == key_of(expense.get("category"))
    return same and has_begun(limit.get("from"), expense["date"], known) and lasts(limit.get("through"), expense, known)


def has_begun(start: Any, day: date, known: Known) -> bool:
    """Spec 6: from a day on, it included; after the day that a PERIOD gives.

    Choice: what has not happened has not begun anything.
    """
    if isinstance(start, dict):
        after = period_day(start, day, known)
        return after is not None and day > after
    return start is None or day >= start


def lasts(end: Any, expense: Record, known: Known) -> bool:
    """Spec 6: through a day, or the day that a PERIOD gives, both included.

    Choice: what has not happened by the day of the ledger has ended nothing.
    """
    last = period_day(end, expense["date"], known) if isinstance(end, dict) else end
    return last is None or expense["date"] <= last


def opening_amount(name: str, known: Known) -> int:
    """What had accrued under a clause before these records."""
    return int(known.balances[name]["amount"]) if name in known.balances else 0


def minimum_accruals(clause: Record, accruals: Accruals) -> list[int]:
    """Spec 6, minimum: what the clauses named fall short by, for each closing, or on all from the test on.

    Choice: both what they accrued and what they were found to fall short by go on from the balances.
    """
    known = accruals.known
    together = [0] * len(known.rows)
    for name in clause["of"]:
        together = [a + b for a, b in zip(together, accruals.seen(name, clause["id"]), strict=True)]
    if clause["tested"] == "each closing":
        return minimum_of_closings(clause, together, known)
    moment, total = moment_of(clause["tested"], known), sum(opening_amount(name, known) for name in clause["of"])
    owed = opening_amount(clause["id"], known)
    found = []
    for row, amount in zip(known.rows, together, strict=True):
        total += amount
        before = owed
        if moment is not None and (row["day"], row["stage"]) >= (moment, ENDED):
            owed = max(0, clause["amount"] - total)
        found.append(owed - before)
    return found


def minimum_of_closings(clause: Record, together: list[int], known: Known) -> list[int]:
    """Spec 6, minimum of each closing: while its gross proceeds stand, nothing of them undone."""
    totals: dict[Any, int] = {}
    found = []
    for row, amount in zip(known.rows, together, strict=True):
        if row["line"] is None:
            found.append(0)
            continue
        scope = row["scope"]
        totals[scope, "accrued"] = totals.get((scope, "accrued"), 0) + amount
        totals[scope, "gross"] = totals.get((scope, "gross"), 0) + measure_of(
            "gross proceeds", row, clause.get("lines"), known
        )
        stands = totals[scope, "gross"] > 0
        owed = max(0, clause["amount"] - totals[scope, "accrued"]) if stands else 0
        found.append(owed - totals.get((scope, "owed"), 0))
        totals[scope, "owed"] = owed
    return found


# ---- limits over several clauses -------------------------------------------------------------------------------------


def after_limit(
    limit: Record, amounts: dict[str, list[int]], clauses: dict[str, Record], known: Known
) -> dict[str, list[int]]:
    """Spec 4, limits over several clauses: what gives way is cut to the room that those before it leave.

    Over the agreement both the clauses and the base of a rate start from the balances. Choice: a part of a cent, from
    warrants valued in parts of one, is no room.
    """
    order = [name for name in clauses if name in limit["clauses"] and name not in limit["gives_way"]]
    fixed = len(order)
    order += list(reversed(limit["gives_way"]))
    worth = {each["clause"]: each["each"] * 100 for each in limit.get("values", [])}
    running: dict[Any, Fraction] = {}
    allowed: dict[Any, int] = {}
    found: dict[str, list[int]] = {name: [] for name in order}
    if limit["over"] == "agreement":
        running = opening_under_limits(limit, clauses, worth, known)
        cap = limit_now(limit, running[AGREEMENT, "base"])
        allowed = {(AGREEMENT, name): part for name, part in room(order, fixed, cap, AGREEMENT, running).items()}
    for row in known.rows:
        scope = scope_of(row, limit["over"])
        unbound = limit["over"] == "closing" and row["line"] is None
        if row["line"] is not None and "of" in limit:
            gross = measured(limit["of"], row["line"], known.agreement)
            running[scope, "base"] = running.get((scope, "base"), Fraction(0)) + gross
        for name in order:
            value = amounts[name][row["number"]] * worth.get(name, Fraction(1))
            running[scope, name] = running.get((scope, name), Fraction(0)) + value
        cap = limit_now(limit, running.get((scope, "base"), Fraction(0)))
        for name in order[:fixed]:
            found[name].append(amounts[name][row["number"]])
        for name, now in room(order, fixed, cap, scope, running).items():
            accrued = amounts[name][row["number"]] if unbound else now - allowed.get((scope, name), 0)
            found[name].append(accrued)
            allowed[scope, name] = now
    return found


def room(order: list[str], fixed: int, cap: Fraction, scope: Any, running: dict[Any, Fraction]) -> dict[str, int]:
    """Spec 4: what each clause that gives way may have accrued, given the running sums of all."""
    total = sum((running[scope, name] for name in order[:fixed]), Fraction(0))
    cap = max(cap, total)
    found = {}
    for name in order[fixed:]:
        before, total = total, total + running[scope, name]
        found[name] = floor(min(total, cap) - min(before, cap))
    return found


def opening_under_limits(
    limit: Record, clauses: dict[str, Record], worth: dict[str, Fraction], known: Known
) -> dict[Any, Fraction]:
    """Spec 4: what had accrued before these records, valued, and the largest base in money that it had accrued on."""
    running, bases = {}, [Fraction(0)]
    for name in limit["clauses"]:
        balance = known.balances.get(name)
        running[AGREEMENT, name] = Fraction(balance["amount"] if balance else 0) * worth.get(name, Fraction(1))
        if has_money_base(clauses[name]):
            bases.append(opening_base(clauses[name], known))
    return {**running, (AGREEMENT, "base"): max(bases)}


def has_money_base(clause: Record) -> bool:
    """Spec 1: whether a clause accrues on a base that is money of lines."""
    base = clause.get("base")
    if isinstance(base, dict) and "of" in base:
        return is_money(base["of"][0])
    return base is not None and not (isinstance(base, dict) and "accrued_under" in base) and is_money(base)


def limit_now(limit: Record, base: Fraction) -> Fraction:
    """Spec 4: the cap of the moment: an amount, or a rate of the running base, down to the cent."""
    return Fraction(limit["amount"]) if "amount" in limit else Fraction(floor(limit["rate"] * base))
