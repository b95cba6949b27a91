"""The slow, obvious oracle: what a payout ledger must be, line by line, in fractions and whole numbers.

It shares no code with the package and is written to be checked against the rules by eye: one function a rule, loops
over lines, no cleverness. The fast engine is compared with it on random engagements.

    engagement (plain dicts) --attribution--> agreements owed on each line                          rules 1, 2
                             --counted_lines--> the part of each line within the offering limit     rules 3, 4
                             --line_accruals--> what each line earns under each clause              rules 5, 6
                             --advance_movements--> what an advance recoups and what is returned    rule 7
                             --split--> each payee's part                                           rule 8
                             --movements, run--> ledger entries                                     rule 9

Money is integer cents, warrants are integers, rates and shares are Fractions, dates are datetime.date. Where the rules
leave a choice, the function that makes it says so under "Choice:".
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Record = dict[str, Any]

WARRANTS = ("warrants per amount", "vesting warrants")
ACCRUES_ON_LINES = ("percentage", *WARRANTS)


# ---- the two calls ---------------------------------------------------------------------------------------------------


def run(engagement: Record) -> Record:
    """The ledger of an engagement: {'attribution': {line index: [agreement ids]}, 'entries': [entry, ...]}.

    Entries are sorted by agreement, clause, accrued_on, closing, exercise price (none first), payee. Advance and
    expense entries act on no gross proceeds: their closing, base and base_before are None.
    """
    refuse_what_the_rules_do_not_settle(engagement)
    owed = attribution(engagement)
    entries: list[Record] = []
    for agreement in engagement["agreements"]:
        own_lines = [line for index, line in enumerate(engagement["lines"]) if agreement["id"] in owed[index]]
        for clause, moves in movements(agreement, own_lines, engagement):
            entries += split(agreement, clause, moves, balance_of(engagement, agreement, clause))
    return {"attribution": owed, "entries": sorted(entries, key=entry_order)}


def totals(result: Record) -> dict[tuple[str, str, str], dict[str, int]]:
    """Accrued, recouped and payable by (agreement, clause, payee)."""
    sums: dict[tuple[str, str, str], dict[str, int]] = {}
    for entry in result["entries"]:
        key = (entry["agreement"], entry["clause"], entry["payee"])
        row = sums.setdefault(key, {"accrued": 0, "recouped": 0, "payable": 0})
        for measure in row:
            row[measure] += entry[measure]
    return sums


def entry_order(entry: Record) -> tuple[Any, ...]:
    return (
        entry["agreement"],
        entry["clause"],
        entry["accrued_on"],
        entry["closing"] or "",
        none_first(entry["exercise_price"]),
        entry["payee"],
    )


def refuse_what_the_rules_do_not_settle(engagement: Record) -> None:
    """The rules speak of *the* date of a closing, *the* balance of a clause, *the* advance a clause is credited to."""
    dates: dict[str, date] = {}
    for line in engagement["lines"]:
        if dates.setdefault(line["closing"], line["date"]) != line["date"]:
            raise ValueError(f"closing {line['closing']} has two dates")
    balances = [(row["agreement"], row["clause"]) for row in engagement["balances"]]
    if len(balances) != len(set(balances)):
        raise ValueError("two balances for one clause")
    for agreement in engagement["agreements"]:
        kinds = {clause["id"]: clause["kind"] for clause in agreement["clauses"]}
        credited = [name for clause in agreement["clauses"] for name in clause.get("credited", [])]
        if len(credited) != len(set(credited)):
            raise ValueError(f"{agreement['id']}: a clause is credited twice")
        if any(kinds[name] in WARRANTS or kinds[name] == "advance" for name in credited):
            raise ValueError(f"{agreement['id']}: only fees and expenses can be credited against an advance")
        for clause in agreement["clauses"]:
            names = [name for name, _ in clause["payees"]]
            if sum(share for _, share in clause["payees"]) != 1 or clause["odd_unit"] not in names:
                raise ValueError(f"{agreement['id']} {clause['id']}: payees share the whole, one takes the odd unit")


# ---- rounding --------------------------------------------------------------------------------------------------------


def rounded(value: Fraction, mode: str) -> int:
    """Rule 5, rounding: |value| is rounded and keeps its sign, so E(-x) is always -E(x)."""
    size = abs(value)
    whole = floor(size)
    rest = size - whole
    half = Fraction(1, 2)
    if mode == "down":
        up = False
    elif mode == "up":
        up = rest > 0
    elif mode == "half up":
        up = rest >= half
    elif mode == "half even":
        up = rest > half or (rest == half and whole % 2 == 1)
    else:
        raise ValueError(f"no such rounding: {mode}")
    return sign(value) * (whole + up)


def sign(value: Fraction | int) -> int:
    return -1 if value < 0 else 1


# ---- rule 1: attribution ---------------------------------------------------------------------------------------------


def attribution(engagement: Record) -> dict[int, list[str]]:
    """Rule 1: the ids of the agreements owed on each line, in the engagement's order of agreements."""
    return {index: agreements_owed(line, engagement) for index, line in enumerate(engagement["lines"])}


def agreements_owed(line: Record, engagement: Record) -> list[str]:
    """Rule 1 for one line; two agreements that claim it by introduction are both refused ('claimed twice')."""
    if line["date"] > engagement["as_of"]:
        return []
    tested = as_tested(line, engagement["lines"])
    owed = [
        agreement
        for agreement in engagement["agreements"]
        if has_its_investor(agreement, tested, engagement["introductions"]) and covers(agreement, tested)
    ]
    claims = [agreement for agreement in owed if agreement["investors"] == "introduced"]
    if len(claims) >= 2:
        owed = [agreement for agreement in owed if agreement["investors"] != "introduced"]
    return [agreement["id"] for agreement in owed]


def as_tested(line: Record, lines: list[Record]) -> Record:
    """Rule 1, rescissions: the line as the tests see it, its date and its empty cells taken from what it undoes.

    Choice: where the investor has several lines in the reversed closing, each empty cell takes the first that is filled
    in the order of rule 2. A reversed closing that is not in the records leaves the rescission as it stands.
    """
    if line["event"] != "rescission":
        return line
    tested = dict(line)
    reversed_closing = [other for other in lines if other["closing"] == line["reverses"]]
    undone = sorted((other for other in reversed_closing if other["investor"] == line["investor"]), key=line_order)
    if reversed_closing:
        tested["date"] = reversed_closing[0]["date"]
    for column in ("introduced_by", "security", "offering"):
        filled = [other[column] for other in undone if other[column]]
        if not tested[column] and filled:
            tested[column] = filled[0]
    tested["event"] = event_undone(undone)
    return tested


def event_undone(undone: list[Record]) -> str:
    """Rule 1, events: a rescission counts as the event of the line it undoes.

    Choice: it is a sale unless everything this investor did in the reversed closing was something else.
    """
    events = [other["event"] for other in undone if other["event"] != "rescission"]
    return events[0] if events and "sale" not in events else "sale"


def has_its_investor(agreement: Record, tested: Record, introductions: list[Record]) -> bool:
    """Rule 1, investors: all, listed, or introduced; never an excluded one."""
    if tested["investor"] in agreement["excluded"]:
        return False
    if agreement["investors"] == "all":
        return True
    if agreement["investors"] == "introduced":
        return is_introduced(agreement, tested, introductions)
    return tested["investor"] in agreement["investors"][1:]  # after the word 'listed'


def is_introduced(agreement: Record, tested: Record, introductions: list[Record]) -> bool:
    """Rule 1, introductions: the line's own word; where it has none, a row of the table dated within the term."""
    if tested["introduced_by"]:
        return bool(tested["introduced_by"] == agreement["id"])
    return any(
        row["investor"] == tested["investor"]
        and row["agreement"] == agreement["id"]
        and in_term(row["introduced_on"], agreement["term"])
        for row in introductions
    )


def in_term(day: date, term: Record) -> bool:
    """The first and the last day of the term both count."""
    return bool(term["effective"] <= day and (term["end"] is None or day <= term["end"]))


def covers(agreement: Record, tested: Record) -> bool:
    """Rule 1, coverage: security, offering (one not stated is covered), event, and the closing's date."""
    return (
        (agreement["securities"] == "all" or tested["security"] in agreement["securities"])
        and (agreement["offerings"] == "all" or not tested["offering"] or tested["offering"] in agreement["offerings"])
        and tested["event"] in agreement["events"]
        and closing_counts(tested["date"], agreement)
    )


def closing_counts(day: date, agreement: Record) -> bool:
    """Rule 1, term and tail: from the effective date to the term's end, to the tail's last day, or without end."""
    if day < agreement["term"]["effective"]:
        return False
    if agreement["tail_end"] == "none":
        return in_term(day, agreement["term"])
    if agreement["tail_end"] == "unlimited":
        return True
    return bool(day <= agreement["tail_end"])


# ---- rule 2: order ---------------------------------------------------------------------------------------------------


def line_order(line: Record) -> tuple[Any, ...]:
    """Rule 2: date, closing; within a closing what is taken back comes first, by falling price, then what is sold, by
    rising price (none first): a reversal goes the way of the closing backwards.

    Choice: lines alike in these are taken by investor, event, what they reverse, gross, so that the order of the rows
    in a file changes nothing, and the opposite way where they are taken back. It matters only where the offering limit
    falls between such lines.
    """
    back = is_taken_back(line)
    alike = (line["investor"], line["event"], line["reverses"])
    return (
        line["date"],
        line["closing"],
        not back,
        -price_or_nothing(line) if back else price_or_nothing(line),
        Backwards(alike) if back else alike,
        line["gross"],
    )


class Backwards:
    """Sorts the opposite way."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.key = key

    def __lt__(self, other: "Backwards") -> bool:
        return self.key > other.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backwards) and self.key == other.key


def is_taken_back(line: Record) -> bool:
    return line["event"] == "rescission" and line["reverses"] != ""


def price_or_nothing(line: Record) -> Fraction:
    return Fraction(-1) if line["price"] is None else Fraction(line["price"])


def none_first(value: Fraction | None) -> tuple[bool, Fraction]:
    return (value is not None, value or Fraction(0))


# ---- rules 3 and 4: the offering limit and the base ------------------------------------------------------------------


def counted_lines(agreement: Record, own_lines: list[Record], balances: list[Record]) -> list[tuple[Record, int]]:
    """Rules 3 and 4: the agreement's lines in order, each with the part of its gross that lies within the limit.

    Opening: the largest base among the balances of the clauses that accrue on lines.
    """
    limit = agreement["limit"]
    on_lines = [clause["id"] for clause in agreement["clauses"] if clause["kind"] in ACCRUES_ON_LINES]
    mine = [row for row in balances if row["agreement"] == agreement["id"] and row["clause"] in on_lines]
    running = max((row["base"] or 0 for row in mine), default=0)
    counted = []
    for line in sorted(own_lines, key=line_order):
        before, running = running, running + line["gross"]
        counted.append((line, at_most(running, limit) - at_most(before, limit)))
    return counted


def at_most(amount: int, limit: int | None) -> int:
    return amount if limit is None else min(amount, limit)


# ---- rule 5: what is earned on a base --------------------------------------------------------------------------------


def earned(clause: Record, base: int) -> int:
    """Rule 5: E(base), the whole compensation once the running base is `base`."""
    if clause["kind"] == "percentage":
        return rounded(clause["rate"] * base, clause["rounding"])
    if clause["kind"] == "warrants per amount":
        if clause["steps"] == "whole":
            steps = abs(base) // int(clause["per"])
            return sign(base) * steps * int(clause["warrants"])
        return rounded(Fraction(base * clause["warrants"], clause["per"]), clause["rounding"])
    if clause["kind"] == "vesting warrants":
        return rounded(Fraction(clause["pool"] * base, clause["target"]), clause["rounding"])
    raise ValueError(f"{clause['kind']} is not earned on a base")


def scope_of(clause: Record, line: Record, number: int) -> tuple[Any, ...]:
    """Rule 5, scopes: whose running base a line adds to. A rescission belongs to the closing it reverses."""
    scope = clause["scope"]
    if scope == "agreement":
        return ("agreement",)
    if scope == "closing":
        return ("closing", closing_scope(line))
    if scope == "investor":
        return ("investor", line["investor"])
    if scope == "line":
        return ("line", number)
    raise ValueError(f"no such scope: {scope}")


def closing_scope(line: Record) -> str:
    return str(line["reverses"] if line["event"] == "rescission" and line["reverses"] else line["closing"])


def line_accruals(clause: Record, counted: list[tuple[Record, int]], balance: Record | None) -> list[int]:
    """Rules 5 and 6: what each line accrues under the clause.

    Rule 5: E(B + x) - E(B) on the running base B of the line's scope; the agreement's starts at the balance's base.
    Rule 6: under a cap, the difference of the capped running totals of those amounts; the agreement's starts at the
    balance's amount where the balance counts.
    """
    cap, cap_over = clause.get("cap"), clause.get("cap_over")
    if clause["kind"] == "vesting warrants":
        cap, cap_over = clause["maximum"], "agreement"
    if cap is not None and cap_over not in ("agreement", "closing"):
        raise ValueError(f"no such reach of a cap: {cap_over}")
    bases: dict[tuple[Any, ...], int] = {("agreement",): base_of(balance)}
    sums: dict[tuple[Any, ...], int] = {("agreement",): uncapped_opening(clause, balance, cap)}
    accruals = []
    for number, (line, counted_gross) in enumerate(counted):
        scope = scope_of(clause, line, number)
        base = bases.get(scope, 0)
        bases[scope] = base + counted_gross
        uncapped = earned(clause, base + counted_gross) - earned(clause, base)

        reach = ("closing", closing_scope(line)) if cap_over == "closing" else ("agreement",)
        before = sums.get(reach, 0)
        sums[reach] = before + uncapped
        accruals.append(at_most(before + uncapped, cap) - at_most(before, cap))
    return accruals


def balance_of(engagement: Record, agreement: Record, clause: Record) -> Record | None:
    """What had accrued under the clause before these records begin."""
    for row in engagement["balances"]:
        if row["agreement"] == agreement["id"] and row["clause"] == clause["id"]:
            return dict(row)
    return None


def base_of(balance: Record | None) -> int:
    return int(balance["base"] or 0) if balance else 0


def amount_of(balance: Record | None) -> int:
    return int(balance["amount"]) if balance else 0


def uncapped_opening(clause: Record, balance: Record | None, cap: int | None) -> int:
    """Rule 6: where the running total before the cap starts. A balance at the cap hides how far the clause had gone;
    what the clause gives on the balance's base tells, if it agrees with the balance.
    """
    start = counting_amount(clause, balance)
    if balance is None or balance["base"] is None or clause["scope"] != "agreement" or cap is None:
        return start
    alone = earned(clause, balance["base"])
    agrees = min(alone, cap) == balance["amount"]
    return alone if agrees and clause.get("balance_counts", True) else start


def counting_amount(clause: Record, balance: Record | None) -> int:
    """Rule 6: where the running total under a cap starts.

    Choice: a balance counts unless the clause says it does not; expenses, which have no such word, count theirs.
    """
    return amount_of(balance) if clause.get("balance_counts", True) else 0


# ---- rule 9: lines into movements (a movement is an entry before it is split between payees) -------------------------


def movement(
    day: date,
    accrued: int,
    closing: str | None = None,
    price: Fraction | None = None,
    base: int | None = None,
    base_before: int | None = None,
) -> Record:
    return {
        "date": day,
        "closing": closing,
        "exercise_price": price,
        "base": base,
        "base_before": base_before,
        "accrued": accrued,
        "recouped": 0,
    }


def exercise_price(clause: Record, line: Record) -> Fraction | None:
    """Rule 9: the line's price where the price paid counts, else the fixed one; none for money."""
    if clause["kind"] not in WARRANTS:
        return None
    price: Fraction | None = line["price"] if clause["exercise_price"] == "price paid" else clause["exercise_price"]
    return price


def line_movements(clause: Record, counted: list[tuple[Record, int]], balance: Record | None) -> list[Record]:
    """Rule 9: the lines' accruals summed by closing and exercise price; a closing with a line is kept even at zero.

    base_before is the running base before the closing, the same for each of its prices.
    """
    moves: dict[tuple[str, Fraction | None], Record] = {}
    before_closing: dict[str, int] = {}
    running = base_of(balance)
    for (line, counted_gross), accrued in zip(counted, line_accruals(clause, counted, balance), strict=True):
        base_before = before_closing.setdefault(line["closing"], running)
        price = exercise_price(clause, line)
        key = (line["closing"], price)
        if key not in moves:
            moves[key] = movement(line["date"], 0, line["closing"], price, base=0, base_before=base_before)
        moves[key]["base"] += counted_gross
        moves[key]["accrued"] += accrued
        running += counted_gross
    return list(moves.values())


def recorded_expenses(agreement: Record, clause: Record, expenses: list[Record], last: date) -> list[Record]:
    """The expenses recorded under the clause and dated on or before `last`, by date, then by amount."""
    rows = [
        row
        for row in expenses
        if row["agreement"] == agreement["id"] and row["clause"] == clause["id"] and row["date"] <= last
    ]
    return sorted(rows, key=lambda row: (row["date"], row["amount"]))


def expense_movements(
    agreement: Record, clause: Record, expenses: list[Record], as_of: date, balance: Record | None
) -> list[Record]:
    """Reimbursement: one movement an expense, capped over the agreement as in rule 6."""
    running = counting_amount(clause, balance)
    moves = []
    for row in recorded_expenses(agreement, clause, expenses, as_of):
        before, running = running, running + row["amount"]
        moves.append(movement(row["date"], at_most(running, clause["cap"]) - at_most(before, clause["cap"])))
    return moves


def movements(agreement: Record, own_lines: list[Record], engagement: Record) -> list[tuple[Record, list[Record]]]:
    """Every clause of an agreement with its movements in order; the advances last, for they act on the others."""
    counted = counted_lines(agreement, own_lines, engagement["balances"])
    expenses, as_of = engagement["expenses"], engagement["as_of"]
    result: dict[str, tuple[Record, list[Record]]] = {}
    for clause in agreement["clauses"]:
        balance = balance_of(engagement, agreement, clause)
        if clause["kind"] in ACCRUES_ON_LINES:
            result[clause["id"]] = (clause, line_movements(clause, counted, balance))
        elif clause["kind"] == "reimbursement":
            result[clause["id"]] = (clause, expense_movements(agreement, clause, expenses, as_of, balance))
        elif clause["kind"] != "advance":
            raise ValueError(f"no such kind of clause: {clause['kind']}")
    for clause in agreement["clauses"]:
        if clause["kind"] == "advance":
            credited = credited_movements(clause, result)
            balance = balance_of(engagement, agreement, clause)
            result[clause["id"]] = (clause, advance_movements(agreement, clause, credited, expenses, as_of, balance))
    return list(result.values())


# ---- rule 7: advances ------------------------------------------------------------------------------------------------


def credited_movements(clause: Record, result: dict[str, tuple[Record, list[Record]]]) -> list[Record]:
    """Rule 7, order: the credited clauses' movements on or after the due date, by date, expenses before closings, then
    closing, then the order in which the clauses are credited. A clause that in sum takes back at a closing comes before
    those that bring, in the opposite order of the clauses.
    """
    queue = []
    for position, name in enumerate(clause["credited"]):
        moves = result[name][1]
        for number, move in enumerate(moves):
            if move["closing"] is None:
                in_sum = move["accrued"]
            else:
                in_sum = sum(other["accrued"] for other in moves if other["closing"] == move["closing"])
            step = (0, -position) if in_sum < 0 else (1, position)
            if move["date"] >= clause["due"]:
                queue.append((move["date"], move["closing"] is not None, move["closing"] or "", step, number, move))
    return [item[-1] for item in sorted(queue, key=lambda item: item[:-1])]


def advance_movements(
    agreement: Record,
    clause: Record,
    credited: list[Record],
    expenses: list[Record],
    as_of: date,
    balance: Record | None,
) -> list[Record]:
    """Rule 7: the advance paid and returned as movements of its own; what is recouped is written into `credited`.

    What is returned by the end of a day from the term's end on: R = max(0, advance - expenses - recouped); after the
    term no more is recouped than had been by its end. An advance of an earlier run stands in its balance, net of what
    has been returned; if that balance is of the term's end or later, what was not earned by then is gone already.

    Choice: an advance not due by as_of does nothing at all.
    """
    if clause["due"] > as_of:
        return []
    amount = clause["amount"] if balance is None else balance["amount"]
    moves = [movement(clause["due"], amount)] if balance is None else []
    start = between_nothing_and(amount, base_of(balance))
    end = agreement["term"]["end"]
    if clause["unearned"] != "returned" or end is None or end > as_of:
        recoup(credited, start, amount)
        return moves

    earned_so_far = recoup([move for move in credited if move["date"] <= end], start, amount)
    kept = between_nothing_and(amount, earned_so_far)
    spent = 0
    if clause["less_expenses"]:
        spent = sum(row["amount"] for row in recorded_expenses(agreement, clause, expenses, end))
    if balance is not None and balance["as_of"] >= end:
        spent = max(spent, amount - start)

    returned = max(0, amount - spent - kept)
    if returned:
        moves.append(movement(end, -returned))
    for day in sorted({move["date"] for move in credited if move["date"] > end}):
        earned_so_far = recoup([move for move in credited if move["date"] == day], earned_so_far, kept)
        before, returned = returned, max(0, amount - spent - between_nothing_and(kept, earned_so_far))
        if returned != before:
            moves.append(movement(day, before - returned))
    return sorted(moves, key=lambda move: move["date"])


def recoup(credited: Iterable[Record], earned_so_far: int, limit: int) -> int:
    """Rule 7: recouped = clip(cumE after) - clip(cumE before), movement by movement; returns the new cumE."""
    for move in credited:
        before, earned_so_far = earned_so_far, earned_so_far + move["accrued"]
        move["recouped"] = between_nothing_and(limit, earned_so_far) - between_nothing_and(limit, before)
    return earned_so_far


def between_nothing_and(limit: int, amount: int) -> int:
    return min(max(amount, 0), limit)


# ---- rule 8: payees --------------------------------------------------------------------------------------------------


def parts(clause: Record, total: int) -> dict[str, int]:
    """Rule 8: a running total cut between the payees; each gets its share toward zero, `odd_unit` the rest."""
    cut = {
        name: sign(total) * floor(abs(total) * share) for name, share in clause["payees"] if name != clause["odd_unit"]
    }
    cut[clause["odd_unit"]] = total - sum(cut.values())
    return cut


def split(agreement: Record, clause: Record, moves: list[Record], balance: Record | None) -> list[Record]:
    """Rules 8 and 9: the entries of a clause. Each payee's part of a movement is the difference of its parts of the
    running totals; that of accrued starts at the balance's amount, that of recouped at nothing.
    """
    accrued, recouped = amount_of(balance), 0
    entries = []
    for move in moves:
        accrued_before, recouped_before = parts(clause, accrued), parts(clause, recouped)
        accrued, recouped = accrued + move["accrued"], recouped + move["recouped"]
        accrued_after, recouped_after = parts(clause, accrued), parts(clause, recouped)
        for payee, _ in clause["payees"]:
            accrued_part = accrued_after[payee] - accrued_before[payee]
            recouped_part = recouped_after[payee] - recouped_before[payee]
            entries.append(
                {
                    "agreement": agreement["id"],
                    "clause": clause["id"],
                    "closing": move["closing"],
                    "accrued_on": move["date"],
                    "payee": payee,
                    "exercise_price": move["exercise_price"],
                    "base": move["base"],
                    "base_before": move["base_before"],
                    "accrued": accrued_part,
                    "recouped": recouped_part,
                    "payable": accrued_part - recouped_part,
                }
            )
    return entries
