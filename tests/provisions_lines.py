"""The lines of closings for the oracle of provisions: what is known of an engagement, which lines an agreement is owed
on, what a line measures, which lines a clause counts, and prices (spec 1, 2, 6, 8, 9, 10).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import oracle
from oracle import rounded
from provisions_dates import add_months, add_period
from provisions_values import Record


@dataclass
class Known:
    """What an agreement's figures are computed from, as it is known on the day of the ledger."""

    agreement: Record  # as it stands without amendments
    as_of: date
    introductions: list[Record]
    expenses: list[Record]
    balances: dict[str, Record]  # by clause
    events: dict[str, date]  # those that have happened, by key_of their names
    versions: list[Record] = field(default_factory=list)  # the agreement, then as amended once, twice ...
    lines: list[Record] = field(default_factory=list)  # those that the agreement is owed on, in order
    rows: list[Record] = field(default_factory=list)  # everything that something may accrue on, in order

    @property
    def term_end(self) -> date | None:
        return last_day_of_term(self.versions[-1])

    @property
    def first_closing(self) -> date | None:
        """Spec 5: the first day of the lines the agreement is owed on."""
        return min((line["date"] for line in self.lines), default=None)


def last_day_of_term(agreement: Record) -> date | None:
    term = agreement["term"]
    end = term.get("terminated", term["expires"])
    return end if isinstance(end, date) else None


# ---- versions: spec 9 ------------------------------------------------------------------------------------------------


def merged(terms: Record, changes: Record) -> Record:
    """Spec 9: changes put in the place of terms; within mappings only what they name. A rate is replaced whole."""
    result = deepcopy(terms)
    for key, value in changes.items():
        within = isinstance(value, dict) and isinstance(result.get(key), dict) and key != "rate"
        result[key] = merged(result[key], value) if within else deepcopy(value)
    return result


def versions_of(agreement: Record) -> list[Record]:
    """Spec 9: the agreement at first and after each amendment, in the order of their days."""
    found = [agreement]
    for amendment in sorted(agreement.get("amendments", []), key=lambda each: each["effective"]):
        changes = dict(amendment["changes"])
        by_clause = changes.pop("clauses", {})
        version = merged(found[-1], changes)
        version["clauses"] = [merged(clause, by_clause.get(clause["id"], {})) for clause in version["clauses"]]
        version["clauses"] += amendment.get("new_clauses", [])
        found.append(version)
    return found


def version_number(agreement: Record, day: date, line: Record | None) -> int:
    """Spec 9: the terms of a row are those of its day; a closing may count by the day on which it was signed.

    Choice: a rescission is computed with the terms of what it undoes, so that it takes back what was given.
    """
    number = 0
    for amendment in agreement.get("amendments", []):
        if line is None:
            counts = day
        elif amendment["rules"] == "closings signed from that day":
            counts = line["tested"]["signed_on"] or line["tested"]["date"]
        else:
            counts = line["tested"]["date"]
        number += counts >= amendment["effective"]
    return number


# ---- attribution: as today, with tails and amendments (spec 8, 9, 10) ------------------------------------------------


def prepared_lines(engagement: Record) -> list[Record]:
    """Each line in the words of the older oracle, with the line as the tests see it: as what it undoes."""
    lines = [
        {**line, "gross": line["gross_proceeds"], "number": number}
        for number, line in enumerate(engagement["closings"])
    ]
    for line in lines:
        tested = dict(oracle.as_tested(line, lines))
        same = ("investor", "price")
        undone = [other for other in lines if line["reverses"] and other["closing"] == line["reverses"]]
        undone = [other for other in undone if all(other[name] == line[name] for name in same)]
        signed = [other["signed_on"] for other in undone if other.get("signed_on")]
        tested["signed_on"] = line.get("signed_on") or (signed[0] if signed else None)
        line["tested"] = tested
    return lines


def counting_day(agreement: Record, line: Record) -> date:
    """Spec 10: the day that must lie within the tail: of the closing or, where the tail says so, of signing.

    Choice: that is all the day of signing decides; a line is in the term or in the tail by the day of its closing.
    """
    tail, tested, end = agreement["tail"], line["tested"], last_day_of_term(agreement)
    in_tail = end is not None and tested["date"] > end
    by_signing = in_tail and isinstance(tail, dict) and tail.get("counts") == "signing day"
    day: date = tested["signed_on"] if by_signing and tested["signed_on"] else tested["date"]
    return day


def in_its_currency(agreement: Record, line: Record) -> bool:
    """Spec 8: a line in another currency counts where the agreement converts and the line says at what rate."""
    same = line.get("currency", "") in ("", agreement["currency"])
    return same or bool("conversion" in agreement and line.get("exchange_rate"))


def tail_last_day(agreement: Record, known: Known, lines: list[Record]) -> Any:
    """Spec 10: the last day that counts, 'none' or 'unlimited'.

    Choice: a tail that starts with something that has not happened has not started: none. A tail never shortens the
    term, and its first closing is the first that counts without it: within the term, or signed within the term where
    the day of signing decides.
    """
    tail, end = agreement["tail"], last_day_of_term(agreement)
    if not isinstance(tail, dict):
        return tail
    if "last_day" in tail:
        return tail["last_day"]
    starts = tail.get("starts", "end of term")
    final = known.events.get("final closing")
    start = {
        "end of term": end,
        "first closing": first_day_without_tail(agreement, known, lines) if starts == "first closing" else None,
        "final closing": final,
        "later of term and final closing": max(end, final) if end and final else None,
    }[starts]
    if start is None:
        return "none"
    return max([add_months(start, tail["months"]), *([end] if end else [])])


def first_day_without_tail(agreement: Record, known: Known, lines: list[Record]) -> date | None:
    end = last_day_of_term(agreement)
    alone = {**agreement, "tail": {**agreement["tail"], "last_day": end} if end else "none"}
    days = [line["date"] for line in lines if line["date"] <= known.as_of and is_covered(alone, line, known, lines)]
    return min(days, default=None)


def is_covered(agreement: Record, line: Record, known: Known, lines: list[Record]) -> bool:
    """Whether the agreement is owed on a line: investor, security, offering, event, day; in the tail, the tail's own.

    Choice: what a tail says of investors, securities and events stands in place of what the agreement covers; whom it
    excludes is excluded besides.
    """
    end = last_day_of_term(agreement)
    tested = {**line["tested"], "date": counting_day(agreement, line)}
    covers = dict(agreement["covers"])
    if end is not None and line["tested"]["date"] > end and isinstance(agreement["tail"], dict):
        tail = agreement["tail"]
        covers.update({key: tail[key] for key in ("investors", "securities", "events") if key in tail})
        covers["excluded"] = covers.get("excluded", []) + tail.get("excluded", [])
    old = {
        "id": agreement["id"],
        "term": {"effective": agreement["term"]["effective"], "end": end},
        "tail_end": tail_last_day(agreement, known, lines),
        "investors": ["listed", *covers["investors"]] if isinstance(covers["investors"], list) else covers["investors"],
        "excluded": covers.get("excluded", []),
        "securities": covers["securities"],
        "offerings": covers["offerings"],
        "events": covers["events"],
    }
    return (
        oracle.has_its_investor(old, tested, known.introductions)
        and oracle.covers(old, tested)
        and in_its_currency(agreement, line)
    )


def owed_lines(known: Known, lines: list[Record]) -> list[Record]:
    """The lines one agreement is owed on, in order. Attribution among several agreements is the older oracle's."""
    found = []
    for line in lines:
        version = known.versions[version_number(known.agreement, line["date"], line)]
        if line["date"] <= known.as_of and is_covered(version, line, known, lines):
            found.append(line)
    return sorted(found, key=oracle.line_order)


# ---- measures: spec 1 and 8 ------------------------------------------------------------------------------------------

COUNTS = {
    "securities sold": "shares",
    "as-converted shares": "as_converted",
    "investor warrants": "investor_warrants",
}


def measured(measure: Any, line: Record, agreement: Record) -> int:
    """Spec 1: what a line measures, in cents or in securities; an empty cell of a named column is nothing."""
    if measure == "gross proceeds":
        return converted(line["gross"], line, agreement)
    if measure == "cash proceeds":
        return converted(line["gross"] - (line.get("non_cash") or 0), line, agreement)
    if isinstance(measure, str):
        return int(line.get(COUNTS[measure]) or 0)
    if "money_in" in measure:
        return converted(line.get(measure["money_in"]) or 0, line, agreement)
    return int(line.get(measure["count_in"]) or 0)


def is_money(measure: Any) -> bool:
    return measure in ("gross proceeds", "cash proceeds") or (isinstance(measure, dict) and "money_in" in measure)


def converted(amount: int, line: Record, agreement: Record) -> int:
    """Spec 8: money of a line in another currency, at the rate of the line, rounded for the line."""
    if line.get("currency", "") in ("", agreement["currency"]):
        return amount
    return rounded(amount * line["exchange_rate"], agreement["conversion"]["mode"])


def line_base(base: Any, line: Record, agreement: Record) -> int:
    """Spec 1: the base of one line, before what other clauses take from it and before it is rounded."""
    if not isinstance(base, dict) or "of" not in base:
        return measured(base, line, agreement)
    total = sum(measured(measure, line, agreement) for measure in base["of"])
    if base.get("prefunded_strike") == "added":
        strike = line.get("prefunded_strike") or Fraction(0)
        total += converted(rounded(line["shares"] * strike * 100, "half up"), line, agreement)
    return total - sum(measured({"money_in": column}, line, agreement) for column in base.get("less", []))


# ---- which lines: spec 2 ---------------------------------------------------------------------------------------------


def key_of(name: Any) -> str:
    """Names are the same if they differ only in case and spaces."""
    return " ".join(str(name or "").split()).casefold()


def counts(wanted: Record | None, line: Record, known: Known) -> bool:
    """Spec 2: whether a line is among those that `lines:` names: all keys given must hold."""
    return all(key_holds(key, value, line, known) for key, value in (wanted or {}).items())


def key_holds(key: str, value: Any, line: Record, known: Known) -> bool:
    """Spec 2: one key. `is_not` holds where the column says none of the words."""
    agreement, tested = known.agreement, line["tested"]
    sold = tested["date"]
    if key in ("events", "securities", "offerings", "investors", "investor_classes"):
        column = {"securities": "security", "investor_classes": "investor_class"}.get(key, key[:-1])
        return key_of(tested.get(column)) in [key_of(word) for word in value]
    if key == "on_list":
        listed = next(each["investors"] for each in agreement["lists"] if key_of(each["name"]) == key_of(value))
        return key_of(tested["investor"]) in [key_of(name) for name in listed]
    if key == "introduced":
        old = {"id": agreement["id"], "term": {**agreement["term"], "end": known.term_end}}
        return bool(oracle.is_introduced(old, tested, known.introductions) == (value == "by this agent"))
    if key == "during":
        within = known.term_end is None or sold <= known.term_end
        return bool(within == (value == "term"))
    if key == "from":
        return bool(sold >= value)
    if key == "through":
        return bool(sold <= value)
    if key == "within":
        last = period_day(value, sold, known)
        return last is not None and sold <= last
    if key == "where":
        return all(column_holds(condition, line) for condition in value)
    assert key == "except", key
    return not counts(value, line, known)


def column_holds(condition: Record, line: Record) -> bool:
    word = key_of(line.get(condition["column"]))
    if "is" in condition:
        return word in [key_of(each) for each in condition["is"]]
    return word not in [key_of(each) for each in condition["is_not"]]


# ---- days and prices: spec 5 and 6 -----------------------------------------------------------------------------------


def period_day(period: Record, accrued_on: date, known: Known) -> date | None:
    """Spec 5: the day that a PERIOD gives; none while what it counts from has not happened by the day of the ledger.

    Choice: the end of the term is known beforehand.
    """
    if "after_event" in period:
        start = known.events.get(key_of(period["after_event"]))
    else:
        start = {
            "closing": accrued_on,
            "first closing": known.first_closing,
            "final closing": known.events.get("final closing"),
            "signing": known.agreement["term"]["effective"],
            "end of term": known.term_end,
        }[period["after"]]
    return None if start is None else add_period(start, period)


def day_of(when: Any, accrued_on: date, known: Known) -> date | None:
    """The day of a due term: a word for the day of the accrual itself, a date, `at signing`, or a PERIOD."""
    if isinstance(when, date):
        return when
    if when == "at signing":
        signing: date = known.agreement["term"]["effective"]
        return signing
    if isinstance(when, dict):
        return period_day(when, accrued_on, known)
    return accrued_on


def payable_on(when: Any, accrued_on: date, known: Known) -> date | None:
    """Spec 5, due: the day on which something is to be paid.

    Choice: nothing is payable before it accrues, though the day its term counts from may lie before that.
    """
    day = day_of(when, accrued_on, known)
    return None if day is None else max(day, accrued_on)


def price_of(expression: Any, line: Record | None) -> Fraction:
    """Spec 6, PRICEEXPR: a price, the price paid, or one made from those that the line states.

    Choice: pick, times, plus, rounding, at most, at least, in this order.
    """
    if isinstance(expression, Fraction):
        return expression
    assert line is not None, "a price of a line, and there is none"
    if isinstance(expression, str):
        return Fraction(line["price"] if expression == "price paid" else line[expression])
    names = expression["of"] if isinstance(expression["of"], list) else [expression["of"]]
    prices = [price_of(name, line) for name in names]
    price = max(prices) if expression.get("pick") == "highest" else min(prices)
    price = price * expression.get("times", 1) + expression.get("plus", 0)
    if "decimals" in expression:
        price = to_decimals(price, expression["decimals"], expression["mode"])
    if "at_most" in expression:
        price = min(price, expression["at_most"])
    if "at_least" in expression:
        price = max(price, expression["at_least"])
    return Fraction(price)


def to_decimals(value: Fraction, decimals: int, mode: str) -> Fraction:
    return Fraction(rounded(value * 10**decimals, mode), 10**decimals)
