"""Random engagements over all provisions, aimed at the edges: thresholds and caps met exactly, half cents, last days.

They are the plain dicts of the oracle of provisions. A family puts together provisions that meet: each example is
small (one agreement, one to four closings), so that a disagreement can be worked by hand.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from oracle import rounded
from provisions_values import Money, Price, Rate, Record, Share

FIRST, LAST, TAIL_END = date(2026, 1, 12), date(2026, 6, 30), date(2026, 12, 30)
DAYS = [
    *3 * [date(2026, 3, 2), date(2026, 3, 3), date(2026, 4, 3)],
    FIRST,
    date(2026, 7, 2),  # the day before a holiday that is observed on a Friday
    LAST - timedelta(1),
    LAST,
    LAST + timedelta(1),
    TAIL_END,
    TAIL_END + timedelta(1),
]
AS_OF = [*6 * [date(2027, 12, 31)], LAST, date(2026, 5, 14), date(2026, 5, 15)]
EVENT_DAYS = [date(2026, 3, 1), date(2026, 3, 3), date(2026, 5, 14), date(2026, 5, 15), date(2026, 8, 1)]
UNLESS_BY = date(2026, 5, 14)
EDGE, EDGES = 1_000_00, [500_00, 1_000_00, 2_000_00]  # thresholds and caps that sums of the amounts below meet
AMOUNTS = [1, 7, 50, 99, 250_00, 500_00, 500_00, 1_000_00, 1_000_00, 1_500_00, 333_33, 12_345_67, 100_000_00]
COUNT_EDGES = [250, 500, 1_000]
COUNTS = [1, 7, 250, 250, 500, 333, 1_001, 50_000]
PRICES = [Price(2), Price("2.3333"), Price("1.165"), Price("0.4999")]
RATES = [Rate(6, 100), Rate(13, 200), Rate(1, 200), Rate(12345, 1000000), Rate(1), Rate(5, 100)]
TIER_RATES = [*RATES, Rate(0), Rate(24, 1000)]
INVESTORS = ["Ann", "Ben", "Cyd"]
MODES = ["half up", "half even", "down", "up"]
MONEY_MEASURES = ["gross proceeds", "gross proceeds", "cash proceeds", {"money_in": "tranche"}]
COUNT_MEASURES = ["securities sold", "as-converted shares", "investor warrants", {"count_in": "units"}]

rates = st.sampled_from(RATES)
money = st.sampled_from(AMOUNTS).map(Money) | st.integers(1, 3_000_00).map(Money)
scopes = st.sampled_from(["agreement", "closing", "investor", "line"])
closing_or_all = st.sampled_from(["agreement", "closing"])


# ---- records ---------------------------------------------------------------------------------------------------------


@st.composite
def sale_lines(draw: st.DrawFn) -> list[Record]:
    """Lines of one to four closings; gross proceeds and, if both are stated, shares and price agree to the cent.

    No two lines of a closing have one price: which of them comes first is nowhere said.
    """
    lines = []
    for number in range(draw(st.sampled_from([1, 2, 2, 3, 4]))):
        day = draw(st.sampled_from(DAYS))
        for price in draw(st.lists(st.sampled_from(PRICES), min_size=1, max_size=3, unique=True)):
            shares, gross = 0, draw(money)
            if draw(st.booleans()):
                shares = draw(st.sampled_from(COUNTS))
                gross = Money(rounded(shares * price * 100, "half up"))
            lines.append(
                {
                    "closing": f"C{number}",
                    "date": day,
                    "investor": draw(st.sampled_from(INVESTORS)),
                    "gross_proceeds": gross,
                    "shares": shares,
                    "price": price,
                    "non_cash": Money(draw(st.sampled_from([0, 0, 1, gross // 2, gross]))),
                    "security": draw(st.sampled_from(["common stock", "common stock", "notes"])),
                    "offering": draw(st.sampled_from(["", "shelf"])),
                    "introduced_by": draw(st.sampled_from(["main", "main", ""])),
                    "event": draw(st.sampled_from(["sale", "sale", "sale", "warrant exercise"])),
                    "reverses": "",
                    "investor_class": draw(st.sampled_from(["", "insider"])),
                    "as_converted": draw(st.sampled_from(COUNTS)),
                    "investor_warrants": draw(st.sampled_from([0, *COUNTS])),
                    "prefunded_strike": draw(st.sampled_from([None, Price("0.0001"), Price("0.005")])),
                    "market_price": draw(st.sampled_from(PRICES)),
                    "warrant_price": draw(st.sampled_from(PRICES)),
                    "fee_rate": draw(st.sampled_from([Rate(15, 1000), Rate(2, 100), Rate(1, 1000)])),
                    "signed_on": draw(
                        st.sampled_from([None, day, day - timedelta(1), max(FIRST, day - timedelta(30))])
                    ),
                    "over_allotment": draw(st.sampled_from(["", "yes"])),
                    "tranche": draw(money),
                    "legal": Money(draw(st.sampled_from([0, 1, gross // 3]))),
                    "units": draw(st.sampled_from([0, *COUNTS])),
                }
            )
    return lines


TAKEN_BACK = ("shares", "non_cash", "as_converted", "investor_warrants", "tranche", "legal", "units")


def undo(line: Record, closing: str, day: date, part: int = 1) -> Record:
    """A rescission of a line, or of a part of it (one third, say); it states everything that the line does."""
    back = {column: type(line[column])(-(abs(line[column]) // part)) for column in TAKEN_BACK}
    gross = line["gross_proceeds"] // part
    if line["shares"]:
        gross = rounded(-back["shares"] * line["price"] * 100, "half up")
    if line["non_cash"] == line["gross_proceeds"]:
        back["non_cash"] = Money(-gross)  # no cash was paid, so none is given back
    return {
        **line,
        **back,
        "gross_proceeds": Money(-gross),
        "closing": closing,
        "date": day,
        "event": "rescission",
        "reverses": line["closing"],
    }


@st.composite
def closings(draw: st.DrawFn) -> list[Record]:
    lines = draw(sale_lines())
    back = []
    for number, line in enumerate(lines):
        same = [
            other for other in lines if (other["closing"], other["investor"]) == (line["closing"], line["investor"])
        ]
        part = draw(st.sampled_from([1, 1, 3]))
        enough = line["shares"] >= part or (not line["shares"] and line["gross_proceeds"] >= part)
        if len(same) == 1 and enough and draw(st.integers(0, 2)) == 0:
            back.append(undo(line, f"R{number}", line["date"] + timedelta(draw(st.sampled_from([0, 1, 30, 90]))), part))
    return lines + back


# ---- bases, lines, rates ---------------------------------------------------------------------------------------------

LINES: list[Record] = [
    {"events": ["sale"]},
    {"events": ["warrant exercise"]},
    {"securities": ["common stock"]},
    {"offerings": ["shelf"], "investors": ["Ann", "Ben"]},
    {"investors": ["Ben", "Cyd"]},
    {"investor_classes": ["insider"]},
    {"on_list": "president's list"},
    {"introduced": "by this agent"},
    {"introduced": "by others or nobody"},
    {"during": "term"},
    {"during": "tail"},
    {"from": date(2026, 3, 3)},
    {"through": date(2026, 3, 2)},
    {"within": {"months": 1, "after": "first closing"}},
    {"within": {"days": 1, "after_event": "release"}},
    {"where": [{"column": "over_allotment", "is": ["yes"]}]},
    {"where": [{"column": "over_allotment", "is_not": ["yes"]}], "except": {"investors": ["Ann"]}},
    {"except": {"on_list": "president's list"}},
]
lines_wanted = st.sampled_from(LINES)


@st.composite
def bases(draw: st.DrawFn, of_money: bool = True) -> Any:
    """A base: a word, a column, or in detail."""
    words = st.sampled_from(MONEY_MEASURES if of_money else COUNT_MEASURES)
    if draw(st.integers(0, 2)):
        return draw(words)
    of = [draw(words)]
    other = draw(words)
    if other not in of:
        of.append(other)
    base: Record = {"of": of}
    if of_money:
        base["prefunded_strike"] = draw(st.sampled_from(["added", "not added"]))
        if draw(st.booleans()):
            base["less"] = ["legal"]
    if of_money and draw(st.booleans()):
        base["rounded"] = {"to": Money(draw(st.sampled_from([10_00, 1_000_00]))), "mode": draw(st.sampled_from(MODES))}
    return base


@st.composite
def tiers(draw: st.DrawFn) -> Record:
    measure = draw(st.sampled_from(["gross proceeds", "gross proceeds", "cash proceeds", "securities sold"]))
    edges = [Money(edge) for edge in EDGES] if measure != "securities sold" else COUNT_EDGES
    steps = sorted(draw(st.sets(st.sampled_from(edges), min_size=1, max_size=2)))
    rate: Record = {
        "tiers": [
            *({"up_to": step, "rate": draw(st.sampled_from(TIER_RATES))} for step in steps),
            {"rate": draw(st.sampled_from(TIER_RATES))},
        ],
        "apply": draw(st.sampled_from(["marginal", "whole amount"])),
        "counting": measure,
        "over": draw(closing_or_all),
    }
    if rate["apply"] == "whole amount":
        rate["at_threshold"] = draw(st.sampled_from(["lower", "higher"]))
    if draw(st.integers(0, 3)) == 0:
        rate["lines"] = draw(lines_wanted)
    return rate


@st.composite
def leaves(draw: st.DrawFn, each: bool) -> Any:
    """A rate of one step: of money a percentage or the line's own, of a count cash for each."""
    if not each:
        return draw(st.sampled_from([*TIER_RATES, {"recorded_in": "fee_rate", "at_most": Rate(2, 100)}]))
    return draw(
        st.sampled_from(
            [
                {"each": Price("0.1650")},
                {"each": Price("0.005")},
                {"each": {"rate": Rate(575, 10000), "of": "price paid", "decimals": 4, "mode": "half up"}},
            ]
        )
    )


@st.composite
def entries_of_their_own(draw: st.DrawFn, each: bool) -> Record:
    rate: Record = {"by": [], "otherwise": draw(leaves(each))}
    counting = draw(st.sampled_from(["gross proceeds", "securities sold"]))
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        if draw(st.booleans()):
            entry: Record = {"lines": draw(lines_wanted), "rate": draw(leaves(each))}
        else:
            entry = {"lists": [{"lines": draw(lines_wanted), "rate": draw(leaves(each))} for _ in range(2)]}
        if draw(st.booleans()):
            edges = COUNT_EDGES if counting == "securities sold" else [Money(edge) for edge in EDGES]
            entry["up_to"] = draw(st.sampled_from(edges))
            rate["counting"] = counting
        rate["by"].append(entry)
    return rate


@st.composite
def any_rate(draw: st.DrawFn, each: bool = False, cash: bool = True) -> Any:
    """Any rate: of `each` security, or of a base; the greater and the lesser with an amount only of cash."""
    kind = draw(st.sampled_from(["flat", "tiers", "tiers", "by", "by", "best"]))
    if kind == "tiers" and not each:
        return draw(tiers())
    if kind == "by":
        return draw(entries_of_their_own(each))
    if kind == "best":
        choices: list[Any] = [draw(leaves(each)), draw(leaves(each))] if each else [draw(rates), draw(tiers())]
        if cash:
            choices[draw(st.integers(0, 1))] = {"amount": draw(st.sampled_from([Money(60_00), Money(1)]))}
        return {draw(st.sampled_from(["greater_of", "lesser_of"])): choices, "over": draw(closing_or_all)}
    return draw(leaves(each)) if each else draw(rates)


def has_parts(rate: Any) -> bool:
    """Whether `parts` must be said."""
    if isinstance(rate, Fraction):
        return False
    inner = rate.get("greater_of", rate.get("lesser_of", []))
    return "tiers" in rate or "by" in rate or any(has_parts(each) for each in inner)


@st.composite
def roundings(draw: st.DrawFn, rate: Any = Rate(1), cash: bool = True) -> Record:
    rounding: Record = {"mode": draw(st.sampled_from(MODES)), "over": draw(scopes)}
    if draw(st.integers(0, 4)) == 0:
        rounding["to"] = Money(100) if cash else 10
    if has_parts(rate):
        rounding["parts"] = draw(st.sampled_from(["together", "each"]))
    return rounding


def limits_of(unit: type, amounts: list[int]) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries(
        {"amount": st.sampled_from([unit(amount) for amount in amounts]), "over": closing_or_all}
    )


# ---- days and prices -------------------------------------------------------------------------------------------------

periods = st.builds(
    lambda length, start, falls_on: {**length, **start, **falls_on},
    st.sampled_from(
        [{"days": 0}, {"days": 30}, {"business_days": 0}, {"business_days": 5}, {"months": 1}, {"years": 5}]
    ),
    st.sampled_from(
        [
            *3 * [{"after": "closing"}],
            {"after": "first closing"},
            {"after": "final closing"},
            {"after": "signing"},
            {"after": "end of term"},
            {"after_event": "release"},
        ]
    ),
    st.sampled_from([{}, {}, {"falls_on": "next business day"}, {"falls_on": "previous business day"}]),
)
TO_CENTS: Record = {"decimals": 2, "mode": "half up"}
TO_FOUR: Record = {"decimals": 4, "mode": "half even"}
price_expressions = st.sampled_from(
    [
        Price("2.75"),
        "price paid",
        {"of": ["price paid", "market_price"], "pick": "lowest", **TO_FOUR},
        {"of": ["price paid", "market_price", "warrant_price"], "pick": "highest", "times": Rate(110, 100), **TO_CENTS},
        {"of": ["warrant_price"], "times": Rate(133, 100), **TO_FOUR},
        {"of": ["price paid"], "plus": Price("0.125"), "decimals": 2, "mode": "down", "at_most": Price("2.40")},
        {"of": ["market_price"], "times": Rate(90, 100), "at_least": Price("2.00"), **TO_CENTS},
        {"of": ["market_price"], "times": Rate(90, 100), "plus": Price("0.005"), **TO_CENTS},
    ]
)
exercise_prices = price_expressions | st.just("not stated")
expiries = st.sampled_from(["not stated", date(2031, 3, 2)]) | periods


@st.composite
def instalments(draw: st.DrawFn) -> Any:
    """When a fee is due: at closing, later, or in parts, one of which may be lost."""
    kind = draw(st.sampled_from(["at closing", "period", "parts", "parts"]))
    if kind == "at closing":
        return kind
    if kind == "period":
        return draw(periods)
    parts = draw(st.sampled_from([[Share(1, 2)] * 2, [Share(1, 3)] * 3, [Share(1, 4), Share(3, 4)]]))
    found: list[Record] = []
    for part in parts:
        instalment: Record = {"part": part, "when": draw(st.just("at closing") | periods)}
        if draw(st.booleans()):
            instalment["when"] = {"days": 0, "after_event": "release"}
            if draw(st.booleans()):
                instalment["unless_by"] = UNLESS_BY
        found.append(instalment)
    return found
