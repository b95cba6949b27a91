"""What each row earns at a rate, exactly, and how it is rounded and limited (spec 3 and the limits of one clause).

A row earns a Fraction of a cent or of a security, in parts: one for each tier, or each entry of `by`. Parts are kept
apart because they may be rounded apart. Every function takes all rows of an agreement in order and the base of each,
nothing where the clause does not count the row.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from oracle import line_order, rounded
from provisions_lines import Known, counts, measured, price_of, to_decimals
from provisions_values import Record

Parts = dict[Any, Fraction]  # what one row earns, by tier or entry
WHOLE = "whole"  # the only part of a rate that has none
AGREEMENT = ("agreement",)


def scope_of(row: Record, over: str) -> tuple[Any, ...]:
    """Whose running total a row adds to. A rescission belongs to the closing that it undoes.

    Choice: what accrues at no closing is, over closings, investors and lines, a scope of its own.
    """
    if over == "agreement":
        return AGREEMENT
    if row["line"] is None or over == "line":
        return ("row", row["number"])
    if over == "closing":
        return ("closing", row["scope"])
    assert over == "investor", over
    return ("investor", row["line"]["investor"])


def measure_of(measure: Any, row: Record, wanted: Record | None, known: Known) -> int:
    """What a row measures if it is a line that counts, else nothing."""
    if row["line"] is None or not counts(wanted, row["line"], known):
        return 0
    return measured(measure, row["line"], known.agreement)


# ---- rates of one step -----------------------------------------------------------------------------------------------


def leaf(rate: Any, x: Fraction, line: Record | None) -> Fraction:
    """Spec 3: a percentage of the base, cash for each security (in cents), or the line's own rate."""
    if isinstance(rate, Fraction):
        return rate * x
    if "recorded_in" in rate:
        return Fraction(0) if line is None else line[rate["recorded_in"]] * x
    each = rate["each"]
    if isinstance(each, Fraction):
        return each * 100 * x
    assert line is not None
    fee = to_decimals(each["rate"] * price_of(each["of"], line), each["decimals"], each["mode"])
    return fee * 100 * x


def is_leaf(rate: Any) -> bool:
    return isinstance(rate, Fraction) or "each" in rate or "recorded_in" in rate


# ---- any rate --------------------------------------------------------------------------------------------------------


def earned(rate: Any, clause: Record, rows: list[Record], bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3: what each row earns at a rate of any kind."""
    if is_leaf(rate):
        return [{WHOLE: leaf(rate, x, row["line"]) if x else Fraction(0)} for row, x in zip(rows, bases, strict=True)]
    if "tiers" in rate:
        by_tiers = marginal if rate["apply"] == "marginal" else whole_amount
        return by_tiers(rate, clause, rows, bases, known)
    if "by" in rate:
        return by_entries(rate, clause, rows, bases, known)
    return best_of(rate, clause, rows, bases, known)


def starts_at(rate: Record, clause: Record, known: Known) -> Fraction:
    """Spec 3: where the count of tiers over the agreement starts: at the balance's base, if it is the base they count.

    Choice: elsewhere at nothing.
    """
    balance = known.balances.get(clause["id"])
    if balance is None or rate["over"] != "agreement" or rate["counting"] != clause["base"]:
        return Fraction(0)
    return Fraction(balance["base"] or 0)


def opening_base(clause: Record, known: Known) -> Fraction:
    balance = known.balances.get(clause["id"])
    return Fraction((balance["base"] or 0) if balance else 0)


def within_tier(rate: Record, number: int, running: Fraction) -> Fraction:
    """How much of a running count lies in a tier; the first tier reaches down without end."""
    upper = rate["tiers"][number].get("up_to")
    inside = running if upper is None else min(running, Fraction(upper))
    if number > 0:
        lower = Fraction(rate["tiers"][number - 1]["up_to"])
        inside = max(inside, lower) - lower
    return inside


def tier_at(rate: Record, running: Fraction, at_threshold: str) -> int:
    """The tier in which a count stands; a count exactly on a threshold is in the lower or the higher one."""
    for number, tier in enumerate(rate["tiers"]):
        upper = tier.get("up_to")
        if upper is None or running < upper or (running == upper and at_threshold == "lower"):
            return number
    raise AssertionError("the last tier has no end")


def marginal(rate: Record, clause: Record, rows: list[Record], bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3, marginal tiers: a row's base is shared among the tiers as its count is.

    A row that moves no count earns at the tier in which the count stands, exactly on a threshold at the upper one.
    """
    running = {AGREEMENT: starts_at(rate, clause, known)}
    wanted = rate.get("lines", clause.get("lines"))
    found: list[Parts] = []
    for row, x in zip(rows, bases, strict=True):
        scope = scope_of(row, rate["over"])
        before = running.get(scope, Fraction(0))
        count = measure_of(rate["counting"], row, wanted, known)
        after = running[scope] = before + count
        parts: Parts = {}
        if count == 0:
            number = tier_at(rate, before, "higher")
            parts[number] = rate["tiers"][number]["rate"] * x
        else:
            for number, tier in enumerate(rate["tiers"]):
                covered = within_tier(rate, number, after) - within_tier(rate, number, before)
                parts[number] = tier["rate"] * x * covered / count
        found.append(parts)
    return found


def whole_amount(rate: Record, clause: Record, rows: list[Record], bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3, whole amount: all of the running base earns the rate of the tier that the count has reached.

    Choice: a line that moves the count and is none of the clause's brings what the change of rate brings on the rest.
    Only one tier is in force, so there is one part to round.
    """
    counted = {AGREEMENT: starts_at(rate, clause, known)}
    totals = {AGREEMENT: opening_base(clause, known) if rate["over"] == "agreement" else Fraction(0)}
    wanted = rate.get("lines", clause.get("lines"))
    found: list[Parts] = []
    for row, x in zip(rows, bases, strict=True):
        scope = scope_of(row, rate["over"])
        before, base_before = counted.get(scope, Fraction(0)), totals.get(scope, Fraction(0))
        after = counted[scope] = before + measure_of(rate["counting"], row, wanted, known)
        base_after = totals[scope] = base_before + x
        earned_before = rate["tiers"][tier_at(rate, before, rate["at_threshold"])]["rate"] * base_before
        earned_after = rate["tiers"][tier_at(rate, after, rate["at_threshold"])]["rate"] * base_after
        found.append({WHOLE: earned_after - earned_before})
    return found


# ---- by: entries of their own ----------------------------------------------------------------------------------------


def entry_of(rate: Record, line: Record, known: Known) -> tuple[int, int] | None:
    """Spec 3, by: the first entry that takes a line, and which of its lists does."""
    for number, entry in enumerate(rate["by"]):
        for position, one in enumerate(entry.get("lists", [entry])):
            if counts(one.get("lines"), line, known):
                return number, position
    return None


def by_entries(rate: Record, clause: Record, rows: list[Record], bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3, by: a line earns the rate of its list as far as its entry has room, the rest earns `otherwise`.

    Choice: a line that measures nothing earns the entry's rate while there is room below `up_to`.
    """
    found: list[Parts] = [{} for _ in rows]
    queue = []
    for row, x in zip(rows, bases, strict=True):
        counted = row["line"] is not None and counts(clause.get("lines"), row["line"], known)
        place = entry_of(rate, row["line"], known) if counted else None
        if place is None:
            found[row["number"]] = {"otherwise": leaf(rate["otherwise"], x, row["line"]) if x else Fraction(0)}
        else:
            queue.append((by_order(row["line"], place[1]), row["number"], place))
    used: dict[int, int] = {}
    for _, index, (number, position) in sorted(queue):
        row, x, entry = rows[index], bases[index], rate["by"][number]
        own = entry["lists"][position]["rate"] if "lists" in entry else entry["rate"]
        inside = Fraction(1)
        if "up_to" in entry:
            before = used.get(number, 0)
            count = measured(rate["counting"], row["line"], known.agreement)
            after = used[number] = before + count
            if count == 0:
                inside = Fraction(before < entry["up_to"])
            else:
                inside = Fraction(min(after, entry["up_to"]) - min(before, entry["up_to"]), count)
        found[index] = {
            (number, position): leaf(own, x * inside, row["line"]),
            "otherwise": leaf(rate["otherwise"], x * (1 - inside), row["line"]),
        }
    return found


def by_order(line: Record, position: int) -> tuple[Any, ...]:
    """Spec 3, by: within a closing, what is taken back first and by falling lists; then by the order of the lists."""
    order = line_order(line)
    brought = order[2]
    return (*order[:3], position if brought else -position, *order[3:])


# ---- the greater, the lesser -----------------------------------------------------------------------------------------


def best_of(rate: Record, clause: Record, rows: list[Record], bases: list[Fraction], known: Known) -> list[Parts]:
    """Spec 3, greater_of and lesser_of: of the running totals of each alternative, within the scope."""
    choose = max if "greater_of" in rate else min
    alternatives = rate["greater_of"] if "greater_of" in rate else rate["lesser_of"]
    by_alternative = [
        None
        if isinstance(each, dict) and "amount" in each
        else [sum(parts.values(), Fraction(0)) for parts in earned(each, clause, rows, bases, known)]
        for each in alternatives
    ]
    totals: dict[Any, Fraction] = {}
    found: list[Parts] = []
    for number, (row, x) in enumerate(zip(rows, bases, strict=True)):
        scope = scope_of(row, rate["over"])
        before = totals.get((scope, "best"), Fraction(0))
        totals[scope, "base"] = totals.get((scope, "base"), Fraction(0)) + x
        standing = []
        for position, amounts in enumerate(by_alternative):
            if amounts is None:
                standing.append(Fraction(alternatives[position]["amount"] if totals[scope, "base"] > 0 else 0))
            else:
                totals[scope, position] = totals.get((scope, position), Fraction(0)) + amounts[number]
                standing.append(totals[scope, position])
        totals[scope, "best"] = choose(standing)
        found.append({WHOLE: totals[scope, "best"] - before})
    return found


# ---- rounding --------------------------------------------------------------------------------------------------------


def to_multiple(value: Fraction, to: int, mode: str) -> int:
    """A figure rounded to a multiple of `to`."""
    return rounded(Fraction(value) / to, mode) * to


def differences_rounded(
    amounts: list[Parts], rows: list[Record], rounding: Record, opening: Parts | None = None
) -> list[int]:
    """Spec 3, rounding: what a row accrues is the difference of its scope's running totals, each rounded.

    With `parts: each` every part's running total is rounded alone.
    """
    alone = rounding.get("parts") == "each"
    running: dict[Any, Fraction] = {}
    if rounding["over"] == "agreement":
        for part, amount in (opening or {}).items():
            key = (AGREEMENT, part if alone else WHOLE)
            running[key] = running.get(key, Fraction(0)) + amount
    found = []
    for row, parts in zip(rows, amounts, strict=True):
        scope, accrued = scope_of(row, rounding["over"]), 0
        for part, amount in parts.items():
            key = (scope, part if alone else WHOLE)
            before = running.get(key, Fraction(0))
            running[key] = before + amount
            to, mode = rounding.get("to", 1), rounding["mode"]
            accrued += to_multiple(running[key], to, mode) - to_multiple(before, to, mode)
        found.append(accrued)
    return found


def opening_parts(rate: Any, clause: Record, known: Known) -> Parts | None:
    """Spec 3: what had been earned exactly on the balance's base: of flat rates and of tiers counted on the base.

    For others it is the balance's amount.
    """
    balance = known.balances.get(clause["id"])
    if balance is None:
        return None
    base = opening_base(clause, known)
    if balance["base"] is None:
        return {WHOLE: Fraction(balance["amount"])}
    if isinstance(rate, Fraction):
        rounding = clause["base"].get("rounded") if isinstance(clause["base"], dict) else None
        return {WHOLE: rate * (to_multiple(base, rounding["to"], rounding["mode"]) if rounding else base)}
    if "tiers" in rate and rate["counting"] == clause["base"] and rate["over"] == "agreement":
        if rate["apply"] == "marginal":
            return {n: tier["rate"] * within_tier(rate, n, base) for n, tier in enumerate(rate["tiers"])}
        number = tier_at(rate, base, rate["at_threshold"])
        return {WHOLE: rate["tiers"][number]["rate"] * base}
    return {WHOLE: Fraction(balance["amount"])}


# ---- the limit of one clause -----------------------------------------------------------------------------------------


def limited(amounts: list[int], rows: list[Record], limits: list[Record | None], opening: int) -> list[int]:
    """Spec 4 and 9: differences of the running total cut at the limit, over the agreement or a closing.

    Choice: where the limit was amended, rows under the terms before and after it may alternate. What those under later
    terms have brought is what they come to, but no more than their limit leaves beside what earlier terms have brought;
    so a lower limit takes nothing back. A row brings the difference that it makes to its own terms and to later ones.
    """
    terms: list[tuple[Record | None, list[int]]] = []  # each limit, and the numbers of the rows that it rules
    for place in sorted(range(len(rows)), key=lambda each: rows[each]["version"]):
        if not terms or terms[-1][0] != limits[place]:
            terms.append((limits[place], []))
        terms[-1][1].append(place)
    found = [0] * len(rows)
    for number, (limit, ruled) in enumerate(terms):
        over = "agreement" if limit is None else limit["over"]
        here: dict[Any, int] = {}
        earlier: dict[Any, int] = {}
        brought: dict[Any, int] = {}
        for place, row in enumerate(rows):
            scope = scope_of(row, over)
            if scope not in here:
                counts = scope == AGREEMENT and (limit is None or limit.get("earlier", "counts") == "counts")
                before = opening if counts else 0
                here[scope], earlier[scope] = (0, before) if number else (before, 0)
                brought[scope] = within(here[scope], earlier[scope], limit)
            earlier[scope] += found[place]
            here[scope] += amounts[place] if place in ruled else 0
            now = within(here[scope], earlier[scope], limit)
            found[place] += now - brought[scope]
            brought[scope] = now
    return found


def within(come_to: int, earlier: int, limit: Record | None) -> int:
    """What a limit leaves of a running total, beside what earlier terms have brought."""
    return come_to if limit is None else min(come_to, max(limit["amount"] - earlier, 0))
