"""The oracle of provisions against figures worked by hand, and the engine beside it: `run` gives the oracle's entries,
which must be those of the engine. dollars("1,000.00") is 100000 cents.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import provisions_adapter as adapter
import pytest
from provisions_dates import add_business_days, add_months, add_period, holidays, is_business_day
from provisions_oracle import Ring
from provisions_settlement import MEASURES
from provisions_settlement import run as run_oracle
from provisions_values import Money, Price, Rate, Record, Share, dollars

MARCH, MAY = date(2026, 3, 2), date(2026, 5, 1)
HALF_UP = {"mode": "half up", "over": "agreement"}
NEXT_YEAR, LAST_DAY, APRIL_30 = date(2027, 12, 31), date(2026, 12, 31), date(2026, 4, 30)
BY_CLOSING = {"mode": "half up", "over": "closing"}
EACH_ALONE = {**HALF_UP, "parts": "each"}
TOGETHER = {**HALF_UP, "parts": "together"}


# ---- builders --------------------------------------------------------------------------------------------------------


def agreement(*clauses: Record, **changes: Any) -> Record:
    return {
        "id": "main",
        "agent": "Agent",
        "currency": "USD",
        "term": {"effective": date(2026, 1, 1), "expires": date(2026, 12, 31)},
        "tail": {"months": 12},
        "covers": {"investors": "all", "securities": "all", "offerings": "all", "events": ["sale", "warrant exercise"]},
        "clauses": list(clauses),
        **changes,
    }


def fee(rate: Any = Rate(6, 100), **changes: Any) -> Record:
    return {
        "id": "fee",
        "kind": "percentage",
        "base": "gross proceeds",
        "rate": rate,
        "rounding": HALF_UP,
        "due": "at closing",
        **changes,
    }


def warrants(**changes: Any) -> Record:
    return {
        "id": "warrants",
        "kind": "warrants",
        "base": "securities sold",
        "rate": Rate(8, 100),
        "exercise_price": "price paid",
        "expires": "not stated",
        "rounding": {"mode": "down", "over": "agreement"},
        "due": "at closing",
        **changes,
    }


def sale(closing: str, gross: str, day: date = MARCH, **changes: Any) -> Record:
    return {
        "closing": closing,
        "date": day,
        "investor": "Ann",
        "gross_proceeds": dollars(gross),
        "shares": 0,
        "price": Price(2),
        "security": "common stock",
        "offering": "",
        "introduced_by": "",
        "event": "sale",
        "reverses": "",
        **changes,
    }


def undone(line: Record, closing: str, day: date, **changes: Any) -> Record:
    back = {key: type(value)(-value) for key, value in line.items() if type(value) in (int, Money)}
    return {
        **line,
        **back,
        "closing": closing,
        "date": day,
        "event": "rescission",
        "reverses": line["closing"],
        **changes,
    }


def engagement(stated: Record, *lines: Record, as_of: date = date(2027, 12, 31), **records: Any) -> Record:
    return {"as_of": as_of, "agreements": [stated], "closings": list(lines), **records}


def run(engagement: Record) -> list[Record]:
    """The entries of the oracle, which must be those of the engine."""
    expected = run_oracle(engagement)
    stated = {**engagement, "closings": [{"non_cash": Money(0), **line} for line in engagement["closings"]]}
    assert adapter.comparable(adapter.entries(adapter.engine(stated))) == adapter.comparable(expected)
    return expected


def by(entries: list[Record], *keys: str, measure: str = "accrued") -> dict[Any, int]:
    """A measure summed by some keys, without what comes to nothing."""
    sums: dict[Any, int] = defaultdict(int)
    for entry in entries:
        name = tuple(entry[key] for key in keys)
        sums[name if len(keys) > 1 else name[0]] += entry[measure]
    return {key: amount for key, amount in sums.items() if amount}


def total(entries: list[Record], clause: str, measure: str = "accrued") -> int:
    return sum(entry[measure] for entry in entries if entry["clause"] == clause)


# ---- tiers -----------------------------------------------------------------------------------------------------------

LEHMAN = {
    "tiers": [
        {"up_to": dollars("1,000,000.00"), "rate": Rate(5, 100)},
        {"up_to": dollars("2,000,000.00"), "rate": Rate(4, 100)},
        {"up_to": dollars("3,000,000.00"), "rate": Rate(3, 100)},
        {"up_to": dollars("4,000,000.00"), "rate": Rate(2, 100)},
        {"rate": Rate(1, 100)},
    ],
    "apply": "marginal",
    "counting": "gross proceeds",
    "over": "agreement",
}


def test_lehman() -> None:
    """50,000 + 40,000 + 30,000 + 20,000 on the first four millions, 1% of the six above them is 60,000."""
    entries = run(engagement(agreement(fee(LEHMAN, rounding=TOGETHER)), sale("A", "10,000,000.00")))
    assert total(entries, "fee") == dollars("200,000.00")


def test_lehman_over_two_closings_and_a_rescission_across_a_tier() -> None:
    """A: 1,500,000 -> 50,000 + 20,000. B: 1,000,000 -> 20,000 + 15,000. A undone: 1,000,000 remain -> 50,000."""
    first = sale("A", "1,500,000.00")
    lines = [first, sale("B", "1,000,000.00", date(2026, 4, 1)), undone(first, "C", date(2026, 5, 1))]
    entries = run(engagement(agreement(fee(LEHMAN, rounding=TOGETHER)), *lines))
    assert by(entries, "closing") == {"A": 70_000_00, "B": 35_000_00, "C": -55_000_00}


def test_lehman_afresh_for_each_closing() -> None:
    """A: 50,000 + 20,000; B: 50,000; A undone within its own tiers: all 70,000 back."""
    first = sale("A", "1,500,000.00")
    lines = [first, sale("B", "1,000,000.00", date(2026, 4, 1)), undone(first, "C", date(2026, 5, 1))]
    entries = run(engagement(agreement(fee({**LEHMAN, "over": "closing"}, rounding=TOGETHER)), *lines))
    assert by(entries, "closing") == {"A": 70_000_00, "B": 50_000_00, "C": -70_000_00}


def test_tiers_of_a_count() -> None:
    """7,670,500 units at 1.50 are 11,505,750.00, of which 6% is 690,345.00; 911,200 are 1,366,800.00, of which 2.4% is
    32,803.20; together 723,148.20. In one closing of all 8,581,700 units.
    """
    rate = {
        "tiers": [{"up_to": 7_670_500, "rate": Rate(6, 100)}, {"rate": Rate(24, 1000)}],
        "apply": "marginal",
        "counting": "securities sold",
        "over": "agreement",
    }
    line = sale("A", "12,872,550.00", shares=8_581_700, price=Price("1.5"))
    entries = run(engagement(agreement(fee(rate, rounding=TOGETHER)), line))
    assert total(entries, "fee") == dollars("723,148.20")


def test_tiers_rounded_each_alone() -> None:
    """0.30 at 5% and 0.30 at 5% are 1.5 cents each: together 3, each rounded down alone 1 + 1."""
    tiers = [{"up_to": Money(30), "rate": Rate(5, 100)}, {"rate": Rate(5, 100)}]
    rate = {"tiers": tiers, "apply": "marginal", "counting": "gross proceeds", "over": "agreement"}
    for parts, cents in (("together", 3), ("each", 2)):
        rounding = {"mode": "down", "over": "agreement", "parts": parts}
        assert total(run(engagement(agreement(fee(rate, rounding=rounding)), sale("A", "0.60"))), "fee") == cents


@pytest.mark.parametrize(("at_threshold", "accrued"), [("lower", 50_000_00), ("higher", 60_000_00)])
def test_a_cliff_with_its_true_up(at_threshold: str, accrued: int) -> None:
    """5% of everything up to 1,000,000.00, 6% of everything above: at the threshold 50,000 or 60,000; then with 200,000
    more 6% of 1,200,000 = 72,000 in all; with all but 900,000 undone 45,000 in all.
    """
    rate = {
        "tiers": [{"up_to": dollars("1,000,000.00"), "rate": Rate(5, 100)}, {"rate": Rate(6, 100)}],
        "apply": "whole amount",
        "counting": "gross proceeds",
        "over": "agreement",
        "at_threshold": at_threshold,
    }
    second = sale("B", "300,000.00", date(2026, 4, 1))
    first = sale("A", "1,000,000.00")
    back = [undone(second, "C", MAY), undone(first, "C", MAY, gross_proceeds=dollars("-100,000.00"))]
    entries = run(
        engagement(agreement(fee(rate, rounding=TOGETHER)), first, {**second, "gross_proceeds": dollars("200,000.00")})
    )
    assert by(entries, "closing") == {"A": accrued, "B": 72_000_00 - accrued}
    entries = run(engagement(agreement(fee(rate, rounding=TOGETHER)), first, second, *back))
    assert by(entries, "closing") == {"A": accrued, "B": 78_000_00 - accrued, "C": 45_000_00 - 78_000_00}


def test_tiers_resume_from_a_balance() -> None:
    """900,000 had earned 45,000; of the next 300,000, 100,000 at 5% and 200,000 at 4%: 13,000."""
    balances = [
        {
            "agreement": "main",
            "clause": "fee",
            "as_of": date(2025, 12, 31),
            "amount": dollars("45,000.00"),
            "base": dollars("900,000.00"),
        }
    ]
    stated = agreement(fee(LEHMAN, rounding=EACH_ALONE))
    assert total(run(engagement(stated, sale("A", "300,000.00"), balances=balances)), "fee") == 13_000_00


# ---- entries of their own --------------------------------------------------------------------------------------------


def test_a_list_capped_is_crossed_in_the_middle_of_a_closing() -> None:
    """The president's list is at 3% up to 4,000,000.00, everybody else and what is above at 7%.

    A: 3,000,000 of the list: 90,000. B: 2,000,000 of the list, half of it inside: 30,000 + 70,000; 500,000 of others:
    35,000. Undone, B takes back what it brought.
    """
    rate = {
        "by": [
            {
                "lines": {"on_list": "president's list"},
                "rate": Rate(3, 100),
                "up_to": dollars("4,000,000.00"),
            }
        ],
        "counting": "gross proceeds",
        "otherwise": Rate(7, 100),
    }
    stated = agreement(fee(rate, rounding=TOGETHER), lists=[{"name": "president's list", "investors": ["Ann"]}])
    april = date(2026, 4, 1)
    lines = [
        sale("A", "3,000,000.00"),
        sale("B", "2,000,000.00", april),
        sale("B", "500,000.00", april, investor="Ben"),
    ]
    lines += [undone(line, "C", date(2026, 5, 1)) for line in lines[1:]]
    entries = run(engagement(stated, *lines))
    assert by(entries, "closing") == {"A": 90_000_00, "B": 135_000_00, "C": -135_000_00}


def test_two_lists_share_one_limit_in_their_order() -> None:
    """Within a closing list 1 fills the 1,000.00 first: Ann 800 at 1% = 8, Ben 200 of his 500 at 2% = 4 and 300 at 10%
    = 30, though Ben's price is the lower.
    """
    rate = {
        "by": [
            {
                "lists": [
                    {"lines": {"investors": ["Ann"]}, "rate": Rate(1, 100)},
                    {"lines": {"investors": ["Ben"]}, "rate": Rate(2, 100)},
                ],
                "up_to": dollars("1,000.00"),
            }
        ],
        "counting": "gross proceeds",
        "otherwise": Rate(10, 100),
    }
    lines = [sale("A", "800.00", price=Price(3)), sale("A", "500.00", investor="Ben", price=Price(1))]
    assert total(run(engagement(agreement(fee(rate, rounding=TOGETHER)), *lines)), "fee") == dollars("42.00")


def test_a_recorded_rate_and_a_fee_for_each_security() -> None:
    """1.5% of 2,352.35 is 35.28525. 0.165 for each of 1,001 is 165.165: 165.17. 5.75% of 2.35 is 0.135125, at four
    decimals 0.1351, for 1,001 shares 135.2351: 135.24.
    """
    line = sale("A", "2,352.35", shares=1_001, price=Price("2.35"), fee_rate=Rate(15, 1000))
    rate_of_price = {"rate": Rate(575, 10000), "of": "price paid", "decimals": 4, "mode": "half up"}
    clauses = [
        fee({"recorded_in": "fee_rate", "at_most": Rate(2, 100)}, id="recorded"),
        fee({"each": Price("0.1650")}, id="each", base="securities sold"),
        fee({"each": rate_of_price}, id="of-price", base="securities sold"),
    ]
    entries = run(engagement(agreement(*clauses), line))
    assert by(entries, "clause") == {"recorded": 35_29, "each": 165_17, "of-price": 135_24}


def test_the_greater_of_a_percentage_and_an_amount() -> None:
    """6% of 1,000,000 is 60,000 < 160,000; of 3,000,000 it is 180,000; all undone, nothing."""
    rate = {"greater_of": [Rate(6, 100), {"amount": dollars("160,000.00")}], "over": "agreement"}
    first, second = sale("A", "1,000,000.00"), sale("B", "2,000,000.00", date(2026, 4, 1))
    lines = [first, second, undone(second, "C", date(2026, 5, 1)), undone(first, "D", date(2026, 6, 1))]
    entries = run(engagement(agreement(fee(rate)), *lines))
    assert by(entries, "closing") == {"A": 160_000_00, "B": 20_000_00, "C": -20_000_00, "D": -160_000_00}
    lesser = {"lesser_of": rate["greater_of"], "over": "closing"}
    entries = run(engagement(agreement(fee(lesser)), *lines[:2]))
    assert by(entries, "closing") == {"A": 60_000_00, "B": 120_000_00}


# ---- bases and lines -------------------------------------------------------------------------------------------------


def test_a_base_in_detail() -> None:
    """Gross 1,000.00 + 150 x 0.0033 = 0.495 -> 0.50 of the strike - 100.50 legal - the fee of 60.00 = 840.00; 10% of it
    is 84.00.
    """
    base = {"of": ["gross proceeds"], "prefunded_strike": "added", "less": ["legal"], "less_clauses": ["fee"]}
    line = sale("A", "1,000.00", shares=150, price=None, prefunded_strike=Price("0.0033"), legal=dollars("100.50"))
    entries = run(engagement(agreement(fee(), fee(Rate(10, 100), id="net", base=base)), line))
    assert by(entries, "clause") == {"fee": 60_00, "net": 84_00}


def test_a_base_rounded_to_ten_thousands() -> None:
    """14,999.99 counts as 10,000, and with 0.01 more the running 15,000.00 as 20,000."""
    base = {"of": ["gross proceeds"], "rounded": {"to": dollars("10,000.00"), "mode": "half up"}}
    lines = [sale("A", "14,999.99"), sale("B", "0.01", date(2026, 4, 1))]
    entries = run(engagement(agreement(fee(Rate(1, 100), base=base)), *lines))
    assert by(entries, "closing") == {"A": 100_00, "B": 100_00}


def test_a_tax_on_fees_sees_them_after_the_limit_over_several() -> None:
    """A fee of 6% of 1,000.00 cut to 50.00 leaves a tax of 10% of 5.00; bound by the limit too, the tax is on 60.00 and
    is itself the first to give way: nothing.
    """
    tax = fee(Rate(10, 100), id="tax", base={"accrued_under": ["fee"]})
    limit = {
        "id": "cap",
        "clauses": ["fee"],
        "amount": dollars("50.00"),
        "over": "agreement",
        "gives_way": ["fee"],
    }
    entries = run(engagement(agreement(fee(), tax, limits=[limit]), sale("A", "1,000.00")))
    assert by(entries, "clause") == {"fee": 50_00, "tax": 5_00}
    limit = {**limit, "clauses": ["fee", "tax"], "amount": dollars("63.00"), "gives_way": ["tax", "fee"]}
    entries = run(engagement(agreement(fee(), tax, limits=[limit]), sale("A", "1,000.00")))
    assert by(entries, "clause") == {"fee": 60_00, "tax": 3_00}


def test_a_ring_is_refused() -> None:
    clauses = [fee(id="a", base={"accrued_under": ["b"]}), fee(id="b", base={"accrued_under": ["a"]})]
    with pytest.raises(Ring):
        run(engagement(agreement(*clauses), sale("A", "1.00")))


def test_a_rate_of_its_own_in_the_tail() -> None:
    """The last day of the term is term, the day after it tail, its last day counts, the next not."""
    end = date(2026, 12, 31)
    clauses = [fee(lines={"during": "term"}), fee(Rate(3, 100), id="tail", lines={"during": "tail"})]
    days = [end, end + timedelta(1), date(2027, 12, 31), date(2028, 1, 1)]
    lines = [sale(f"C{number}", "100.00", day) for number, day in enumerate(days)]
    entries = run(engagement(agreement(*clauses), *lines, as_of=date(2028, 12, 31)))
    assert by(entries, "clause", "closing") == {("fee", "C0"): 6_00, ("tail", "C1"): 3_00, ("tail", "C2"): 3_00}


def test_a_tail_for_the_introduced_counted_by_signing() -> None:
    """All close in the tail, by the last day of which they must be signed; Ben is none of its investors."""
    tail = {"months": 6, "starts": "end of term", "investors": ["Ann"], "counts": "signing day"}
    clauses = [fee(lines={"during": "term"}), fee(Rate(3, 100), id="tail", lines={"during": "tail"})]
    lines = [
        sale("C0", "100.00", date(2027, 9, 1), signed_on=date(2026, 12, 31), investor="Ben"),
        sale("C1", "100.00", date(2027, 9, 1), signed_on=date(2027, 6, 30)),
        sale("C2", "100.00", date(2027, 9, 1), signed_on=date(2027, 6, 30), investor="Ben"),
        sale("C3", "100.00", date(2027, 9, 1), signed_on=date(2027, 7, 1)),
    ]
    entries = run(engagement(agreement(*clauses, tail=tail), *lines))
    assert by(entries, "clause", "closing") == {("tail", "C1"): 3_00}


@pytest.mark.parametrize(
    ("wanted", "closings"),
    [
        ({"events": ["sale"]}, "ABD"),  # D undoes a sale
        ({"investors": ["  ANN "]}, "AB"),
        ({"investor_classes": ["insider"]}, "C"),
        ({"from": date(2026, 3, 3)}, "BC"),  # D is of the day of A
        ({"through": date(2026, 3, 3)}, "ABD"),
        ({"within": {"days": 1, "after": "first closing"}}, "ABD"),
        ({"within": {"days": 0, "after_event": "never"}}, ""),
        ({"where": [{"column": "over_allotment", "is": ["yes"]}]}, "B"),
        ({"where": [{"column": "over_allotment", "is_not": ["yes"]}]}, "ACD"),
        ({"events": ["sale"], "except": {"investors": ["Ben"], "events": ["sale"]}}, "AB"),
        ({"introduced": "by others or nobody"}, "ABCD"),
    ],
)
def test_which_lines_count(wanted: Record, closings: str) -> None:
    first = sale("Z", "10.00", investor="Ben", over_allotment="")
    lines = [
        sale("A", "10.00"),
        sale("B", "10.00", date(2026, 3, 3), over_allotment="Yes"),
        sale("C", "10.00", date(2026, 3, 4), event="warrant exercise", investor="Cyd", investor_class="Insider"),
        first,
        undone(first, "D", date(2026, 4, 1)),
    ]
    entries = run(engagement(agreement(fee(lines=wanted)), *lines))
    assert "".join(sorted(set(by(entries, "closing")) - {"Z"})) == closings


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_what_gives_way_gets_back_what_later_room_allows() -> None:
    """10% of gross in all. Expenses of 30.00 come first and stay; nothing of gross yet, so nothing else has room.

    A brings 200.00: the cap is 20.00, all of it and more used. B brings 500.00: cap 70.00, 40.00 of room for the fee of
    6% (42.00 of 700.00), so 40.00.
    """
    spent = {"id": "spent", "kind": "reimbursement", "due": "when recorded"}
    limit = {
        "id": "cap",
        "clauses": ["spent", "fee"],
        "rate": Rate(10, 100),
        "of": "gross proceeds",
        "over": "agreement",
        "gives_way": ["fee"],
    }
    lines = [sale("A", "200.00"), sale("B", "500.00", date(2026, 4, 1))]
    expenses = [{"agreement": "main", "clause": "spent", "date": date(2026, 2, 1), "amount": dollars("30.00")}]
    entries = run(engagement(agreement(fee(), spent, limits=[limit]), *lines, expenses=expenses))
    assert by(entries, "clause", "closing") == {("spent", None): 30_00, ("fee", "B"): 40_00}
    # the other way round: expenses give way, the fee is 12.00 of the 20.00, and 8.00 of the expenses are left at A, all
    # but 70.00 - 42.00 = 28.00 at B
    limit = {**limit, "gives_way": ["spent"]}
    entries = run(engagement(agreement(fee(), spent, limits=[limit]), *lines, expenses=expenses))
    assert by(entries, "clause", "closing") == {
        ("fee", "A"): 12_00,
        ("spent", "A"): 8_00,
        ("fee", "B"): 30_00,
        ("spent", "B"): 20_00,
    }


def test_warrants_use_up_a_limit_at_their_value() -> None:
    """80 warrants of 1,000 shares at 0.35 are 28.00 of the 50.00: 22.00 are left for the fee of 60.00."""
    limit = {
        "id": "cap",
        "clauses": ["fee", "warrants"],
        "amount": dollars("50.00"),
        "over": "closing",
        "gives_way": ["fee"],
        "values": [{"clause": "warrants", "each": Price("0.35")}],
    }
    entries = run(
        engagement(agreement(fee(), warrants(), limits=[limit]), sale("A", "1,000.00", shares=1_000, price=Price(1)))
    )
    assert by(entries, "clause") == {"warrants": 80, "fee": 22_00}


def balance(clause: str, amount: int, base: int | None) -> Record:
    return {"agreement": "main", "clause": clause, "as_of": date(2025, 12, 31), "amount": amount, "base": base}


def test_a_limit_over_several_goes_on_from_balances() -> None:
    """At most 8% of gross in all. Before these records 6% and 3% of 1,000.00, the second cut from 30.00 to 20.00.

    A brings 500.00: 30.00 and 15.00 more, 90.00 + 35.00 within 120.00: of the second 30.00 in all, 10.00 more.
    """
    limit = {
        "id": "cap",
        "clauses": ["fee", "second"],
        "rate": Rate(8, 100),
        "of": "gross proceeds",
        "over": "agreement",
        "gives_way": ["second"],
    }
    stated = agreement(fee(), fee(Rate(3, 100), id="second"), limits=[limit])
    balances = [balance("fee", dollars("60.00"), dollars("1,000.00")), balance("second", dollars("20.00"), Money(0))]
    entries = run(engagement(stated, sale("A", "500.00"), balances=balances))
    assert by(entries, "clause") == {"fee": 30_00, "second": 10_00}
    over_closing = {**stated, "limits": [{**limit, "over": "closing"}]}
    entries = run(engagement(over_closing, sale("A", "500.00"), balances=balances))
    assert by(entries, "clause") == {"fee": 30_00, "second": 10_00}


def test_an_earlier_count_uses_up_a_limit_at_its_value() -> None:
    """100 warrants and 10.00 of fees stood before: at 0.35 that is 45.00 of the 90.00. A brings 20 warrants, 7.00: of
    the fee of 60.00, 38.00 are left.
    """
    limit = {
        "id": "cap",
        "clauses": ["fee", "warrants"],
        "amount": dollars("90.00"),
        "over": "agreement",
        "gives_way": ["fee"],
        "values": [{"clause": "warrants", "each": Price("0.35")}],
    }
    balances = [balance("fee", dollars("10.00"), dollars("166.67")), balance("warrants", 100, 5_000)]
    stated = agreement(fee(), warrants(rate=Rate(2, 100)), limits=[limit])
    entries = run(engagement(stated, sale("A", "1,000.00", shares=1_000, price=Price(1)), balances=balances))
    assert by(entries, "clause") == {"warrants": 20, "fee": 38_00}


def test_an_amended_rate_and_an_amended_limit() -> None:
    """5% until June, 4% from 1 June; the limit of 70.00 then falls to 60.00, below what had accrued: nothing more, and
    nothing back.
    """
    changed = {
        "id": "first",
        "effective": date(2026, 6, 1),
        "rules": "closings from that day",
        "changes": {"clauses": {"fee": {"rate": Rate(4, 100)}}},
    }
    lines = [
        sale("A", "1,000.00", date(2026, 5, 31)),
        sale("B", "1,000.00", date(2026, 6, 1)),
        sale("C", "100.00", date(2026, 6, 2)),
    ]
    entries = run(engagement(agreement(fee(Rate(5, 100)), amendments=[changed]), *lines))
    assert by(entries, "closing") == {"A": 50_00, "B": 40_00, "C": 4_00}
    limited = fee(Rate(5, 100), limit={"amount": dollars("70.00"), "over": "agreement"})
    lower = {**changed, "changes": {"clauses": {"fee": {"limit": {"amount": dollars("40.00")}}}}}
    entries = run(engagement(agreement(limited, amendments=[lower]), *lines))
    assert by(entries, "closing") == {"A": 50_00}


# ---- fixed, expenses, minimum ----------------------------------------------------------------------------------------


def fixed(when: Any, **changes: Any) -> Record:
    return {
        "id": "fixed",
        "kind": "fixed fee",
        "amount": dollars("100.00"),
        "when": when,
        "due": "when it accrues",
        **changes,
    }


@pytest.mark.parametrize(
    ("when", "accrued"),
    [
        ("at signing", {(date(2026, 1, 1), None): 100_00}),
        ({"on": date(2026, 3, 5)}, {(date(2026, 3, 5), None): 100_00}),
        ({"on": date(2028, 3, 5)}, {}),
        ({"event": "filing"}, {(date(2026, 4, 4), None): 100_00}),
        ("at final closing", {(date(2026, 4, 9), None): 100_00}),
        ("at first closing", {(MARCH, "A"): 100_00}),
        (
            "at each closing",
            {(MARCH, "A"): 100_00, (date(2026, 4, 1), "B"): 100_00, (date(2026, 5, 1), "C"): -100_00},
        ),
        (
            {"reaches": dollars("50.00"), "counting": "gross proceeds"},  # exactly, with B, and undone with A
            {(date(2026, 4, 1), "B"): 100_00, (date(2026, 5, 1), "C"): -100_00},
        ),
    ],
)
def test_fixed_amounts(when: Any, accrued: Record) -> None:
    first = sale("A", "20.00")
    lines = [first, sale("B", "30.00", date(2026, 4, 1)), undone(first, "C", date(2026, 5, 1))]
    events = [{"event": "filing", "date": date(2026, 4, 4)}, {"event": "final closing", "date": date(2026, 4, 9)}]
    entries = run(engagement(agreement(fixed(when)), *lines, events=events))
    assert by(entries, "accrued_on", "closing") == accrued


def month_ends(*months: int) -> list[date]:
    return [date(2026, month, {2: 28, 4: 30, 6: 30}.get(month, 31)) for month in months]


@pytest.mark.parametrize(
    ("when", "as_of", "days"),
    [
        ({"every": "month"}, date(2026, 3, 1), [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]),
        ({"every": "month"}, date(2026, 2, 28), [date(2026, 1, 1), date(2026, 2, 1)]),
        ({"every": "month", "from": date(2026, 1, 31)}, date(2026, 5, 30), month_ends(1, 2, 3, 4)),
        ({"every": "month", "from": date(2026, 1, 31), "through": APRIL_30}, NEXT_YEAR, month_ends(1, 2, 3, 4)),
        ({"every": "month", "from": date(2026, 1, 31), "through": date(2026, 4, 29)}, NEXT_YEAR, month_ends(1, 2, 3)),
        ({"every": "quarter", "from": date(2026, 3, 31)}, NEXT_YEAR, month_ends(3, 6) + [date(2026, 9, 30), LAST_DAY]),
        ({"every": "quarter", "from": date(2026, 4, 1)}, NEXT_YEAR, [date(2026, month, 1) for month in (4, 7, 10)]),
        ({"every": "year"}, NEXT_YEAR, [date(2026, 1, 1)]),
        ({"every": "year", "through": date(2027, 1, 1)}, NEXT_YEAR, [date(2026, 1, 1), date(2027, 1, 1)]),
    ],
)
def test_again_and_again(when: Record, as_of: date, days: list[date]) -> None:
    """100.00 on the first day and on each that follows, through the last day of the term if no other is named."""
    entries = run(engagement(agreement(fixed(when)), as_of=as_of))
    assert by(entries, "accrued_on", "payable_on", "closing") == {(day, day, None): 100_00 for day in days}


def test_a_limit_on_expenses_after_something_and_through_it() -> None:
    """The first closing is on 2 March. Through ten days after it 25.00 in all; after that day nothing, but for 12.00
    more than ten days after an event that never comes.

    20.00 on 1 March, 5.00 left of 20.00 on 12 March, nothing on 13 March; without a closing all but the event's limit.
    """
    ten_days = {"days": 10, "after": "first closing"}
    clause = {
        "id": "spent",
        "kind": "reimbursement",
        "due": "when recorded",
        "limits": [
            {"amount": dollars("25.00"), "through": ten_days},
            {"amount": Money(0), "from": ten_days},
            {"amount": dollars("12.00"), "from": {"days": 10, "after_event": "never"}},
        ],
    }
    days = [date(2026, 3, 1), date(2026, 3, 12), date(2026, 3, 13)]
    expenses = [{"agreement": "main", "clause": "spent", "date": day, "amount": dollars("20.00")} for day in days]
    entries = run(engagement(agreement(clause), sale("A", "1.00"), expenses=expenses))
    assert by(entries, "accrued_on") == {days[0]: 20_00, days[1]: 5_00}
    entries = run(engagement(agreement(clause), expenses=expenses))
    assert by(entries, "accrued_on") == {days[0]: 20_00, days[1]: 5_00}  # through what has not come, so far all


def test_expenses_within_every_limit() -> None:
    """Legal expenses: 100.00 in all, 60.00 a month; all expenses: 120.00.

    March: legal 50 -> 50; travel 30 -> 30; legal 50 -> 10 left of the month. April: legal 50 -> 30 left of the 120 in
    all. May: nothing is left; but an approved one is beyond the limits.
    """
    clause = {
        "id": "spent",
        "kind": "reimbursement",
        "due": "when recorded",
        "limit": {"amount": dollars("120.00"), "over": "agreement"},
        "limits": [
            {"category": "legal", "amount": dollars("100.00")},
            {"category": "legal", "amount": dollars("60.00"), "each": "month"},
        ],
        "approved": "are beyond the limits",
    }
    rows = [("legal", 3, 1, "50"), ("travel", 3, 2, "30"), ("legal", 3, 31, "50"), ("Legal", 4, 1, "50")]
    expenses = [
        {
            "agreement": "main",
            "clause": "spent",
            "date": date(2026, m, d),
            "amount": dollars(amount),
            "category": category,
        }
        for category, m, d, amount in [*rows, ("legal", 5, 1, "7"), ("legal", 5, 2, "9")]
    ]
    expenses[-1]["approved_by"] = "the board"
    entries = run(engagement(agreement(clause), expenses=expenses))
    assert list(by(entries, "accrued_on").values()) == [50_00, 30_00, 10_00, 30_00, 9_00]


def minimum(tested: Any, **changes: Any) -> Record:
    return {
        "id": "least",
        "kind": "minimum",
        "amount": dollars("50.00"),
        "of": ["fee"],
        "tested": tested,
        "due": "when it accrues",
        **changes,
    }


def test_a_minimum_of_each_closing() -> None:
    """6% of 500.00 is 30.00, so 20.00 more; of 1,000.00 it is 60.00; A undone takes both back."""
    first = sale("A", "500.00")
    lines = [first, sale("B", "1,000.00", date(2026, 4, 1)), undone(first, "C", date(2026, 5, 1))]
    entries = run(engagement(agreement(fee(), minimum("each closing")), *lines))
    assert by(entries, "clause", "closing") == {
        ("fee", "A"): 30_00,
        ("least", "A"): 20_00,
        ("fee", "B"): 60_00,
        ("fee", "C"): -30_00,
        ("least", "C"): -20_00,
    }


def test_a_minimum_tested_on_a_day() -> None:
    """On 1 April, after that day's closing, 36.00 have accrued: 14.00 are short; a later fee of 6.00 lowers that."""
    day = date(2026, 4, 1)
    lines = [sale("A", "500.00"), sale("B", "100.00", day), sale("C", "100.00", day + timedelta(1))]
    entries = run(engagement(agreement(fee(), minimum({"on": day})), *lines))
    found = [(e["accrued_on"], e["closing"], e["accrued"]) for e in entries if e["clause"] == "least"]
    assert found == [(day, None, 14_00), (day + timedelta(1), "C", -6_00)]
    assert not total(run(engagement(agreement(fee(), minimum("at final closing")), *lines)), "least")


# ---- settlement ------------------------------------------------------------------------------------------------------


def test_two_advances_credit_one_fee_in_their_order() -> None:
    """A fee of 60.00: 40.00 from the first advance, 20.00 of the second's 50.00, the rest of which is returned."""
    advances = [
        {
            "id": name,
            "kind": "advance",
            "amount": dollars(amount),
            "due": "at signing",
            "credited_against": ["fee"],
            "unearned": {"returned": date(2026, 6, 30)},
            "less_expenses": "none",
        }
        for name, amount in (("one", "40.00"), ("two", "50.00"))
    ]
    entries = run(engagement(agreement(fee(), *advances), sale("A", "1,000.00")))
    assert (total(entries, "fee", "recouped"), total(entries, "fee", "payable")) == (60_00, 0)
    assert by(entries, "clause", "accrued_on") == {
        ("fee", MARCH): 60_00,
        ("one", date(2026, 1, 1)): 40_00,
        ("two", date(2026, 1, 1)): 50_00,
        ("two", date(2026, 6, 30)): -30_00,
    }


def retainer(**changes: Any) -> Record:
    return fixed({"every": "month"}, id="retainer", amount=dollars("20.00"), credited_against=["fee"], **changes)


def test_a_retainer_is_credited_as_far_as_it_was_paid() -> None:
    """20.00 on the first of each month. A on 2 March: 60.00 were paid, of the fee of 45.00 all is credited. B on 1
    April: 105.00 in fees, 80.00 paid, that day's among them: 35.00 more. C on 2 May: 110.00 in fees, 100.00 paid: 20.00
    more, of a fee of 5.00. A undone on 3 May: 65.00 in fees, so 65.00 in all: -35.00. The retainer itself is as it was.
    """
    first = sale("A", "750.00")
    lines = [first, sale("B", "1,000.00", date(2026, 4, 1)), sale("C", "83.33", date(2026, 5, 2))]
    lines.append(undone(first, "D", date(2026, 5, 3)))
    entries = run(engagement(agreement(fee(), retainer()), *lines, as_of=date(2026, 5, 31)))
    assert by(entries, "closing", measure="recouped") == {"A": 45_00, "B": 35_00, "C": 20_00, "D": -35_00}
    assert total(entries, "retainer") == total(entries, "retainer", "payable") == 100_00


def test_a_retainer_is_credited_anew_after_a_rescission() -> None:
    """Undone, a fee gives back what was credited against it, and what comes later is credited anew."""
    first = sale("A", "1,000.00")
    lines = [first, undone(first, "B", date(2026, 3, 3)), sale("C", "500.00", date(2026, 3, 4))]
    entries = run(engagement(agreement(fee(), retainer()), *lines, as_of=date(2026, 3, 31)))
    assert by(entries, "closing", measure="recouped") == {"A": 60_00, "B": -60_00, "C": 30_00}


def test_a_retainer_and_an_advance_credit_one_fee_in_the_order_of_the_file() -> None:
    """A fee of 60.00, 60.00 of retainers, an advance of 50.00: who comes first takes all it can, the other the rest;
    what is taken in securities comes before both.
    """
    advance = {
        "id": "advance",
        "kind": "advance",
        "amount": dollars("50.00"),
        "due": "at signing",
        "credited_against": ["fee"],
        "unearned": {"returned": date(2026, 6, 30)},
        "less_expenses": "none",
    }
    lieu = {
        "id": "lieu",
        "kind": "securities in lieu",
        "of": "fee",
        "part": Share(1, 10),
        "form": "shares",
        "deemed_price": Price("1.00"),
        "rounding": {"mode": "down", "over": "agreement"},
        "fraction": "is dropped",
    }
    other = fee(id="other", rate=Rate(4, 100))
    for clauses, returned in (([advance, retainer()], 0), ([retainer(), advance], -50_00)):
        entries = run(engagement(agreement(fee(), other, *clauses), sale("A", "1,000.00"), as_of=NEXT_YEAR))
        assert (total(entries, "fee", "recouped"), total(entries, "fee", "payable")) == (60_00, 0)
        assert total(entries, "other", "recouped") == 0
        assert total([e for e in entries if e["accrued"] < 0], "advance") == returned
    entries = run(engagement(agreement(fee(), lieu, retainer()), sale("A", "1,000.00"), as_of=NEXT_YEAR))
    assert (total(entries, "fee", "in_securities"), total(entries, "fee", "recouped")) == (6_00, 54_00)


INSTALMENTS = [
    {"part": Share(1, 2), "when": "at closing"},
    {"part": Share(1, 2), "when": {"days": 0, "after_event": "release"}, "unless_by": date(2026, 5, 14)},
]


@pytest.mark.parametrize(
    ("as_of", "released", "payable", "held", "accrued"),
    [
        (date(2026, 5, 14), None, 30_00, 30_01, 60_01),
        (date(2026, 5, 15), None, 30_00, 0, 30_00),
        (date(2026, 5, 15), date(2026, 5, 14), 60_01, 0, 60_01),
        (date(2026, 6, 15), date(2026, 5, 15), 30_00, 0, 30_00),
    ],
)
def test_instalments(as_of: date, released: date | None, payable: int, held: int, accrued: int) -> None:
    """60.01 by halves: 30.00 at once, the rest held until released, and lost if that is later than 14 May."""
    events = [{"event": "release", "date": released}] if released else []
    stated = agreement(fee(due=INSTALMENTS))
    entries = run(engagement(stated, sale("A", "1,000.17"), as_of=as_of, events=events))
    assert [total(entries, "fee", name) for name in ("payable", "held", "accrued")] == [payable, held, accrued]
    lapses = [(e["accrued_on"], e["accrued"]) for e in entries if e["accrued"] < 0]
    assert lapses == ([(date(2026, 5, 14), -30_01)] if accrued == 30_00 else [])


def test_advance_credit_comes_before_instalments() -> None:
    """60.00 less 20.00 recouped: halves of 40.00; the first entry says what was recouped."""
    advance = {
        "id": "advance",
        "kind": "advance",
        "amount": dollars("20.00"),
        "due": "at signing",
        "credited_against": ["fee"],
        "unearned": "kept",
        "less_expenses": "none",
    }
    stated = agreement(fee(due=INSTALMENTS), advance)
    entries = [
        e for e in run(engagement(stated, sale("A", "1,000.00"), as_of=date(2026, 5, 1))) if e["clause"] == "fee"
    ]
    assert [[e[name] for name in MEASURES] for e in entries] == [
        [40_00, 20_00, 0, 0, 0, 20_00],
        [20_00, 0, 20_00, 0, 0, 0],
    ]


@pytest.mark.parametrize(("fraction", "taken"), [("stays cash", 29_75), ("is dropped", 30_00)])
def test_securities_in_lieu_of_cash(fraction: str, taken: int) -> None:
    """Half of 60.00 at a deemed price of 4.25 is 7 shares, worth 29.75."""
    clause = {
        "id": "lieu",
        "kind": "securities in lieu",
        "of": "fee",
        "part": Share(1, 2),
        "form": "shares",
        "deemed_price": Price("4.25"),
        "rounding": {"mode": "down", "over": "agreement"},
        "fraction": fraction,
    }
    entries = run(engagement(agreement(fee(), clause), sale("A", "1,000.00")))
    assert by(entries, "clause", "unit") == {("fee", "USD"): 60_00, ("lieu", "shares"): 7}
    assert total(entries, "fee", "in_securities") == taken
    assert total(entries, "fee", "payable") == 60_00 - taken


def test_warrants_at_prices_of_their_own() -> None:
    """8% of 1,001 shares with coverage 133.1% is 106.58...: 106; 110% of the lower of 2.3333 and 2.40 is 2.56663, to
    the cent 2.57; five years after the closing. 5% of 2,335.63 over a price of 2.3333 is 50.04...: 50.
    """
    price = {"of": ["price paid", "market_price"], "pick": "lowest", "times": Rate(110, 100), "decimals": 2}
    clauses = [
        warrants(
            coverage=Rate(1331, 1000),
            exercise_price={**price, "mode": "half up"},
            expires={"years": 5, "after": "closing"},
        ),
        warrants(
            id="by-money",
            base="gross proceeds",
            rate=Rate(5, 100),
            over_price="price paid",
            expires={"years": 5, "after": "final closing"},
        ),
    ]
    line = sale("A", "2,335.63", shares=1_001, price=Price("2.3333"), market_price=Price("2.40"))
    entries = run(engagement(agreement(*clauses), line))
    assert by(entries, "clause", "exercise_price", "expires") == {
        ("warrants", Fraction("2.57"), date(2031, 3, 2)): 106,
        ("by-money", Fraction("2.3333"), None): 50,
    }


def test_a_price_with_an_addition_and_none_at_all() -> None:
    """90% of 1.165 is 1.0485, with 0.0065 more 1.055, to the cent 1.06; not stated is no price."""
    price = {"of": ["price paid"], "times": Rate(90, 100), "plus": Price("0.0065"), "decimals": 2, "mode": "half up"}
    clauses = [warrants(exercise_price=price), warrants(id="none", exercise_price="not stated")]
    entries = run(engagement(agreement(*clauses), sale("A", "116.50", shares=100, price=Price("1.165"))))
    assert by(entries, "clause", "exercise_price") == {("warrants", Fraction("1.06")): 8, ("none", None): 8}


def test_decisions() -> None:
    """60.01 shared by halves, 30.00 and 30.01. 10.00 are given up, by halves; an override puts 50.00 in place of all
    that had been computed before its day; a waiver of one payee's part takes all of it.
    """
    split = [{"payee": "Agent", "share": Share(1, 2)}, {"payee": "Ben", "share": Share(1, 2)}]
    stated = agreement(fee(split=split, odd_unit="Ben"))

    def after(**decision: Any) -> dict[Any, int]:
        row = {"date": MARCH, "agreement": "main", "clause": "fee", "decided_by": "b", "reason": "r", **decision}
        return by(run(engagement(stated, sale("A", "1,000.17"), decisions=[row])), "payee", measure="payable")

    assert after(decision="reduction", amount=dollars("10.00")) == {"Agent": 25_00, "Ben": 25_01}
    assert after(decision="override", amount=dollars("50.00")) == {"Agent": 25_00, "Ben": 25_00}
    assert after(decision="waiver", payee="Agent", amount=None) == {"Ben": 30_01}
    assert after(decision="waiver", date=date(2026, 3, 1), amount=None) == {"Agent": 30_00, "Ben": 30_01}


def test_lines_in_another_currency() -> None:
    """1,000.01 at 1.105 is 1,105.01105: 1,105.01, of which 6% is 66.30; without a conversion nothing."""
    line = sale("A", "1,000.01", currency="EUR", exchange_rate=Price("1.105"))
    assert total(run(engagement(agreement(fee(), conversion={"mode": "half up"}), line)), "fee") == 66_30
    assert not run(engagement(agreement(fee()), line))


# ---- days ------------------------------------------------------------------------------------------------------------


def test_business_days() -> None:
    """3 July 2026 is the holiday of Saturday the 4th; Thanksgiving is the 26th of November; 2022's New Year's Day, a
    Saturday, is kept on the last day of 2021.
    """
    assert not is_business_day(date(2026, 7, 3))
    assert not is_business_day(date(2021, 12, 31))
    assert add_business_days(date(2026, 7, 2), 1) == date(2026, 7, 6)
    assert add_business_days(date(2026, 11, 25), 2) == date(2026, 11, 30)
    assert add_business_days(date(2026, 7, 4), 0) == date(2026, 7, 4)
    assert sorted(holidays(2026))[:4] == [date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25)]
    assert len(holidays(2026)) == 11
    assert len(holidays(2002)) == 10


def test_periods() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_period(date(2026, 7, 2), {"days": 1, "falls_on": "next business day"}) == date(2026, 7, 6)
    assert add_period(date(2026, 7, 2), {"days": 3, "falls_on": "previous business day"}) == date(2026, 7, 2)
    assert add_period(date(2026, 7, 2), {"days": 1}) == date(2026, 7, 3)
