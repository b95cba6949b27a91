"""Edges of the provisions worked by hand, on which the oracle and the engine must both come to the figure.

They are what random engagements seldom meet: a count that stands exactly on a threshold, a balance before a test,
openings of every kind.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import provisions_adapter as adapter
import pytest
from provisions_settlement import run
from provisions_values import Money, Price, Rate, Record, Share, dollars
from test_provisions_oracle import (
    INSTALMENTS,
    MARCH,
    TOGETHER,
    agreement,
    balance,
    by,
    engagement,
    fee,
    fixed,
    minimum,
    retainer,
    sale,
    total,
    undone,
    warrants,
)

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
TABLES = ("introductions", "expenses", "balances", "events", "decisions")


def both(stated: Record, *lines: Record, **records: Any) -> list[Record]:
    """The entries, on which the oracle and the engine agree."""
    lines = tuple({"non_cash": Money(0), **line} for line in lines)
    found = {**dict.fromkeys(TABLES, []), **engagement(stated, *lines, **records)}
    expected = run(found)
    assert adapter.comparable(adapter.entries(adapter.engine(found))) == adapter.comparable(expected)
    return expected


# ---- thresholds ------------------------------------------------------------------------------------------------------


def test_a_line_that_counts_nothing_earns_at_the_tier_above_a_threshold_just_met() -> None:
    """500 shares fill the tier of 3%: 30.00. What then brings money and states no shares is at 7%."""
    tiers = {"tiers": [{"up_to": 500, "rate": Rate(3, 100)}, {"rate": Rate(7, 100)}], "counting": "securities sold"}
    stated = agreement(fee({**tiers, "apply": "marginal", "over": "agreement"}, rounding=TOGETHER))
    lines = [sale("A", "1,000.00", shares=500), sale("B", "1,000.00", APRIL)]
    assert by(both(stated, *lines), "closing") == {"A": 30_00, "B": 70_00}


@pytest.mark.parametrize(("shares", "accrued"), [(100, 30_00), (500, 70_00)])
def test_a_line_of_a_list_that_counts_nothing_earns_at_the_rate_in_force(shares: int, accrued: int) -> None:
    """Up to 500 shares the list is at 3%, then at 7%; a line that states no shares moves nothing, and is not free."""
    rate = {"by": [{"lines": {"investors": ["Ann"]}, "rate": Rate(3, 100), "up_to": 500}], "otherwise": Rate(7, 100)}
    stated = agreement(fee({**rate, "counting": "securities sold"}, rounding=TOGETHER))
    lines = [sale("A", f"{2 * shares}.00", shares=shares), sale("B", "1,000.00", APRIL)]
    assert by(both(stated, *lines), "closing")["B"] == accrued


@pytest.mark.parametrize("closing", ["A", "B"])
def test_a_threshold_met_by_lines_that_are_none_of_the_clause_s(closing: str) -> None:
    """5% of what Ann buys, 6% of all of it once Ben has bought more than 1,000.00: 50.00, and 10.00 where Ben does."""
    tiers = [{"up_to": dollars("1,000.00"), "rate": Rate(5, 100)}, {"rate": Rate(6, 100)}]
    rate = {"tiers": tiers, "apply": "whole amount", "counting": "gross proceeds", "over": "agreement"}
    rate = {**rate, "at_threshold": "lower", "lines": {"investors": ["Ben"]}}
    stated = agreement(fee(rate, rounding=TOGETHER, lines={"investors": ["Ann"]}))
    day = MARCH if closing == "A" else APRIL
    lines = [sale("A", "1,000.00"), sale(closing, "2,000.00", day, investor="Ben", price=Price(3))]
    entries = both(stated, *lines)
    assert by(entries, "closing") == ({"A": 60_00} if closing == "A" else {"A": 50_00, "B": 10_00})


def test_closings_of_one_day_stand_in_the_order_of_their_names() -> None:
    """1/3 and 2/3 of 100.05, the odd cent Ben's: Agent 33.35. R0 takes back 0.04, R1 0.02: 100.01 are 33.33 and 66.68,
    99.99 are 33.33 and 66.66.
    """
    split = [{"payee": "Agent", "share": Share(1, 3)}, {"payee": "Ben", "share": Share(2, 3)}]
    day = date(2026, 3, 3)
    first, second = sale("A", "100.00", day), sale("B", "0.05")
    back = [undone(first, "R0", day, gross_proceeds=Money(-4)), undone(second, "R1", day, gross_proceeds=Money(-2))]
    entries = both(agreement(fee(Rate(1), split=split, odd_unit="Ben")), first, second, *back)
    assert by([e for e in entries if e["closing"] in ("R0", "R1")], "closing", "payee") == {
        ("R0", "Agent"): -2,
        ("R0", "Ben"): -2,
        ("R1", "Ben"): -2,
    }


def test_a_closing_of_earlier_records_that_is_undone_goes_below_the_first_threshold() -> None:
    """Tiers afresh for each closing: of Z nothing is in these records, so its 1,000.00 come back at the first tier's
    3%, though a closing of that size reaches the second.
    """
    tiers = {"tiers": [{"up_to": dollars("400.00"), "rate": Rate(3, 100)}, {"rate": Rate(7, 100)}], "over": "closing"}
    rate = {**tiers, "apply": "marginal", "counting": "gross proceeds"}
    back = undone(sale("Z", "1,000.00"), "B", APRIL)
    balances = [balance("fee", dollars("54.00"), dollars("1,000.00"))]
    entries = both(agreement(fee(rate, rounding={**TOGETHER, "over": "closing"})), back, balances=balances)
    assert by(entries, "closing") == {"B": -30_00}


# ---- days ------------------------------------------------------------------------------------------------------------


def test_the_term_as_amended_ends_what_comes_each_month() -> None:
    """Amended on 1 March to end on 1 April: January, February, March and April, half of each on the day after that."""
    shorter = {"term": {"expires": APRIL}}
    changes = {"id": "shorter", "effective": date(2026, 3, 1), "rules": "closings from that day", "changes": shorter}
    due = [
        {"part": Share(1, 2), "when": "when it accrues"},
        {"part": Share(1, 2), "when": {"days": 1, "after": "end of term"}},
    ]
    stated = agreement({**retainer(due=due), "credited_against": []}, amendments=[changes])
    entries = both(stated, as_of=date(2026, 6, 30))
    assert by(entries, "payable_on")[date(2026, 4, 2)] == 40_00
    assert total(entries, "retainer") == 80_00


def test_an_event_is_that_of_its_agreement_and_the_first_of_its_name() -> None:
    """A release of this agreement, an earlier one of none, one of another; then one on the day of the ledger."""
    other = {**agreement(fixed({"event": "Release"})), "id": "other"}
    other["covers"] = {**other["covers"], "investors": ["Zed"]}
    days = [("other", date(2026, 1, 10)), ("main", date(2026, 2, 10)), ("", date(2026, 2, 9))]
    events = [{"event": "release", "date": day, "agreement": name} for name, day in days]
    found = {**dict.fromkeys(TABLES, []), **engagement(agreement(fixed({"event": "release"})), as_of=APRIL)}
    found = {**found, "agreements": [*found["agreements"], other], "events": events}
    expected = run(found)
    assert adapter.comparable(adapter.entries(adapter.engine(found))) == adapter.comparable(expected)
    assert by(expected, "agreement", "accrued_on") == {("main", days[2][1]): 100_00, ("other", days[0][1]): 100_00}
    may = {"event": "release", "date": MAY, "agreement": "main"}
    found = {**found, "events": [*events[:1], may], "as_of": date(2026, 4, 30)}
    assert by(adapter.entries(adapter.engine(found)), "agreement") == {"other": 100_00}
    found["as_of"] = MAY
    assert by(adapter.entries(adapter.engine(found)), "agreement") == {"main": 100_00, "other": 100_00}


# ---- balances --------------------------------------------------------------------------------------------------------


def test_what_a_balance_holds_does_not_accrue_again() -> None:
    for when in ("at signing", "at first closing", {"reaches": dollars("500.00"), "counting": "gross proceeds"}):
        stated = agreement(fixed(when), fee())
        entries = both(stated, sale("A", "600.00"), balances=[balance("fixed", dollars("100.00"), None)])
        assert by(entries, "clause") == {"fee": 36_00}


def test_a_monthly_fee_goes_on_after_its_balance() -> None:
    """20.00 on 1 January stand in the balance of that day; the next come on 1 February and 1 March."""
    before = {**balance("retainer", dollars("20.00"), None), "as_of": date(2026, 1, 1)}
    entries = both(agreement(fee(), {**retainer(), "credited_against": []}), as_of=MARCH, balances=[before])
    assert by(entries, "accrued_on") == {date(2026, 2, 1): 20_00, date(2026, 3, 1): 20_00}


def test_a_minimum_counts_what_accrued_before_these_records() -> None:
    """30.00 before and 6.00 at A: 14.00 are missing to 50.00 on 1 April."""
    balances = [balance("fee", dollars("30.00"), dollars("500.00"))]
    entries = both(agreement(fee(), minimum({"on": APRIL})), sale("A", "100.00"), balances=balances)
    assert by(entries, "clause") == {"fee": 6_00, "least": 14_00}


def test_a_minimum_that_was_tested_before_these_records() -> None:
    """Tested on 1 March, 20.00 were missing to 50.00; both stand in balances of 15 March. A brings 6.00: 6.00 less."""
    balances = [balance("fee", dollars("30.00"), dollars("500.00")), balance("least", dollars("20.00"), None)]
    balances = [{**row, "as_of": date(2026, 3, 15)} for row in balances]
    entries = both(agreement(fee(), minimum({"on": date(2026, 3, 1)})), sale("A", "100.00", APRIL), balances=balances)
    assert by(entries, "clause", "accrued_on") == {("fee", APRIL): 6_00, ("least", APRIL): -6_00}


def test_instalments_go_on_from_a_balance() -> None:
    """30.01 before, of which 15.00 at once; with 6.01 more 36.02, of which 18.01 at once: 3.01 now, 3.00 held."""
    balances = [balance("fee", Money(30_01), dollars("500.17"))]
    entries = both(agreement(fee(due=INSTALMENTS)), sale("A", "100.17"), as_of=MAY, balances=balances)
    assert (total(entries, "fee", "payable"), total(entries, "fee", "held")) == (3_01, 3_00)


def test_a_rounded_base_goes_on_from_a_balance() -> None:
    """14,999.99 counted as 10,000.00, and with 0.01 more as 20,000.00."""
    base = {"of": ["gross proceeds"], "rounded": {"to": dollars("10,000.00"), "mode": "half up"}}
    balances = [balance("fee", dollars("100.00"), dollars("14,999.99"))]
    entries = both(agreement(fee(Rate(1, 100), base=base)), sale("A", "0.01"), balances=balances)
    assert total(entries, "fee") == 100_00


def test_what_a_rounded_base_had_earned_is_of_the_rounded_base() -> None:
    """1.99 counted as 1.00, of which 0.6% are 0.6 cents, 0.01; with 0.01 more 1.2 cents: still 0.01."""
    base = {"of": ["gross proceeds"], "rounded": {"to": dollars("1.00"), "mode": "down"}}
    balances = [balance("fee", Money(1), Money(1_99))]
    assert not both(agreement(fee(Rate(6, 1000), base=base)), sale("A", "0.01"), balances=balances)


def test_cash_in_securities_goes_on_from_a_balance() -> None:
    """A fee of 30.01 before, half of it 15.00 in shares. With 6.00 more 36.01, half of it 18.00: 3.00 of these; with
    0.01 more 18.01: a cent.
    """
    lieu = {
        "id": "lieu",
        "kind": "securities in lieu",
        "of": "fee",
        "part": Share(1, 2),
        "form": "shares",
        "deemed_price": Price("0.01"),
        "rounding": {"mode": "down", "over": "agreement"},
        "fraction": "stays cash",
    }
    lines = [sale("A", "100.00"), sale("B", "0.16", APRIL)]
    entries = both(agreement(fee(), lieu), *lines, balances=[balance("fee", Money(30_01), dollars("500.17"))])
    assert by(entries, "clause", "closing") == {
        ("fee", "A"): 6_00,
        ("fee", "B"): 1,
        ("lieu", "A"): 300,
        ("lieu", "B"): 1,
    }


# ---- settlement ------------------------------------------------------------------------------------------------------


def test_a_retainer_is_credited_only_where_something_accrues() -> None:
    """By April 80.00 were paid. A brought 100.00 once, of which 60.00 is credited; a part of A undone on 2 April takes
    nothing of it back, and is no occasion to credit 20.00 more.
    """
    first = sale("A", "750.00")
    back = undone(first, "B", date(2026, 4, 2), gross_proceeds=dollars("-1.00"))
    stated = agreement(fixed("at first closing"), {**retainer(), "credited_against": ["fixed"]})
    entries = both(stated, first, back, as_of=date(2026, 4, 30))
    assert by(entries, "clause", "closing", measure="recouped") == {("fixed", "A"): 60_00}


def test_a_fee_at_final_closing_comes_before_the_closings_of_its_day() -> None:
    """8% of 1,000.00 in all, 80.00: 100.00 at final closing, which never gives way, leave nothing for the fee."""
    limit = {"id": "cap", "clauses": ["fee", "fixed"], "rate": Rate(8, 100), "of": "gross proceeds"}
    limit = {**limit, "over": "agreement", "gives_way": ["fee"]}
    events = [{"event": "final closing", "date": MARCH, "agreement": "main"}]
    entries = both(agreement(fee(), fixed("at final closing"), limits=[limit]), sale("A", "1,000.00"), events=events)
    assert by(entries, "clause", "closing") == {("fixed", None): 100_00}


def test_what_is_deducted_from_proceeds_is_deducted_when_it_is_due() -> None:
    """60.00 at A, due 30 days later, on 1 April: by 31 March nothing is deducted, on 1 April all."""
    stated = agreement(fee(settled="deducted from proceeds", due={"days": 30, "after": "closing"}))
    for as_of, deducted in ((date(2026, 3, 31), 0), (APRIL, 60_00)):
        found = {**dict.fromkeys(TABLES, []), **engagement(stated, sale("A", "1,000.00"), as_of=as_of)}
        assert adapter.engine(found).entries["deducted"].sum() == deducted


def test_a_fee_at_final_closing_names_the_closing_that_the_event_names() -> None:
    found = {**dict.fromkeys(TABLES, []), **engagement(agreement(fixed("at final closing")), sale("A", "10.00"))}
    found["events"] = [{"event": "final closing", "date": MARCH, "closing": "A", "agreement": "main"}]
    assert by(adapter.entries(adapter.engine(found)), "closing", "accrued_on") == {("A", MARCH): 100_00}


def test_parts_go_on_from_a_balance() -> None:
    """By halves, the odd cent to the second: 0.01 before, the second's; with 0.01 more a cent for the first."""
    split = [{"payee": "Agent", "share": Share(1, 2)}, {"payee": "Ben", "share": Share(1, 2)}]
    stated = agreement(fee(Rate(1), split=split, odd_unit="Ben"))
    entries = both(stated, sale("A", "0.01"), balances=[balance("fee", Money(1), Money(1))])
    assert by(entries, "payee") == {"Agent": 1}


def test_within_a_closing_warrants_are_valued_before_what_gives_way() -> None:
    """1,001 shares bring 20 warrants at 0.333, 6.66; 90.00 less that and 60.06 leave 23.28 of the second's 50.05. B
    brings 3.30 of the fee and a warrant: 90.00 - 6.993 - 63.36 = 19.647, of which a part of a cent is no room.
    """
    limit = {
        "id": "cap",
        "clauses": ["fee", "second", "warrants"],
        "amount": dollars("90.00"),
        "over": "agreement",
        "gives_way": ["second", "fee"],
        "values": [{"clause": "warrants", "each": Price("0.333")}],
    }
    second = fee(Rate(5, 100), id="second")
    stated = agreement(fee(), second, warrants(rate=Rate(2, 100)), limits=[limit])
    lines = [
        sale("A", "1,001.00", shares=1_001, price=Price(1)),
        sale("B", "55.00", APRIL, shares=55, price=Price(1)),
    ]
    entries = both(stated, *lines)
    assert by(entries, "clause", "closing") == {
        ("warrants", "A"): 20,
        ("warrants", "B"): 1,
        ("fee", "A"): 60_06,
        ("fee", "B"): 3_30,
        ("second", "A"): 23_28,
        ("second", "B"): -3_64,
    }


def test_what_is_undone_gives_back_credit_in_the_opposite_order() -> None:
    """40.00 and 30.00 at A, of an advance of 50.00 then 40.00 and 10.00 credited. Undone, the second gives back its
    10.00 and the first its 40.00, as it had been; a retainer in its place does the same.
    """
    advance = {
        "id": "advance",
        "kind": "advance",
        "amount": dollars("50.00"),
        "due": "at signing",
        "credited_against": ["one", "two"],
        "unearned": "kept",
        "less_expenses": "none",
    }
    paid = {**fixed("at signing"), "amount": dollars("50.00"), "credited_against": ["one", "two"]}
    first = sale("A", "1,000.00")
    for clause in (advance, paid):
        stated = agreement(fee(Rate(4, 100), id="one"), fee(Rate(3, 100), id="two"), clause)
        entries = both(stated, first, undone(first, "B", APRIL))
        assert by(entries, "clause", "closing", measure="recouped") == {
            ("one", "A"): 40_00,
            ("two", "A"): 10_00,
            ("two", "B"): -10_00,
            ("one", "B"): -40_00,
        }
        part = undone(first, "B", APRIL, gross_proceeds=dollars("-500.00"))
        entries = both(stated, first, part)  # 20.00 and 15.00 back: 15.00 of the second, then 5.00 of the first
        assert by(entries, "clause", "closing", measure="recouped") == {
            ("one", "A"): 40_00,
            ("two", "A"): 10_00,
            ("one", "B"): -15_00,
        }


def test_the_strike_of_another_currency_is_converted() -> None:
    """1,000.00 and 150 x 0.0033, 0.50, in euro at 1.1: 1,100.00 and 0.55."""
    base = {"of": ["gross proceeds"], "prefunded_strike": "added"}
    euro = {"currency": "EUR", "exchange_rate": Price("1.1"), "price": None}
    line = sale("A", "1,000.00", shares=150, prefunded_strike=Price("0.0033"), **euro)
    entries = both(agreement(fee(Rate(1), base=base), conversion={"mode": "half up"}), line)
    assert total(entries, "fee") == 1_100_55


def test_expenses_come_before_the_closings_of_their_day() -> None:
    """8% of nothing leaves no room for an expense of the morning; what the closing makes room for is the closing's."""
    spent = {"id": "spent", "kind": "reimbursement", "due": "when recorded"}
    limit = {"id": "cap", "clauses": ["fee", "spent"], "rate": Rate(8, 100), "of": "gross proceeds"}
    limit = {**limit, "over": "agreement", "gives_way": ["spent"]}
    expenses = [{"agreement": "main", "clause": "spent", "date": MARCH, "amount": dollars("30.00")}]
    entries = both(agreement(fee(), spent, limits=[limit]), sale("A", "1,000.00"), expenses=expenses)
    assert by(entries, "clause", "closing") == {("fee", "A"): 60_00, ("spent", "A"): 20_00}


def test_what_is_undone_at_two_prices_goes_back_the_way_it_came() -> None:
    """80 warrants at 1.00 and, of 80 more, the 20 that a limit of 100 leaves at 2.00; undone, the same of each."""
    lines = [
        sale("A", "1,000.00", shares=1_000, price=Price(1)),
        sale("A", "2,000.00", shares=1_000, price=Price(2), investor="Ben"),
    ]
    stated = agreement(warrants(limit={"amount": 100, "over": "agreement"}))
    entries = both(stated, *lines, *(undone(line, "B", APRIL) for line in lines))
    assert by(entries, "closing", "exercise_price") == {("A", 1): 80, ("A", 2): 20, ("B", 2): -20, ("B", 1): -80}


def test_shared_warrants_at_computed_prices_go_back_the_way_they_came() -> None:
    """A warrant each at 5.00, 6.00 and 5.00, halved: the two at 5.00 come first, as their line does, one to each payee;
    the one at 6.00 is the third, and Ben's as the owner of the odd one. Undone, that at 6.00 goes first.

    With 0.50 in place of the third line's 1.00 there is one at 5.00, Ben's, and the other, which makes it even, is the
    agent's.
    """
    split = [{"payee": "Agent", "share": Share(1, 2)}, {"payee": "Ben", "share": Share(1, 2)}]
    of_market = {"of": ["market_price"], "decimals": 2, "mode": "half up"}
    per_dollar = {"kind": "warrants per amount", "warrants": 1, "per": dollars("1.00"), "steps": "pro rata"}
    terms = {"rate": None, "base": "gross proceeds", "exercise_price": of_market, "split": split, "odd_unit": "Ben"}
    clause = {key: value for key, value in {**warrants(), **per_dollar, **terms}.items() if value is not None}
    for third, expected in (
        ("1.00", {(5, "Agent"): 1, (5, "Ben"): 1, (6, "Ben"): 1}),
        ("0.50", {(5, "Ben"): 1, (6, "Agent"): 1}),
    ):
        lines = [
            sale("A", "1.00", price=Price(1), market_price=Price(5)),
            sale("A", "1.00", price=Price(2), market_price=Price(6), investor="Ben"),
            sale("A", third, price=Price(3), market_price=Price(5), investor="Cyd"),
        ]
        entries = both(agreement(clause), *lines, *(undone(line, "B", APRIL) for line in lines))
        for closing, sign in (("A", 1), ("B", -1)):
            mine = [entry for entry in entries if entry["closing"] == closing]
            assert by(mine, "exercise_price", "payee") == {key: sign * count for key, count in expected.items()}


def test_lines_of_one_price_are_undone_in_the_opposite_order() -> None:
    """400.00 each at market prices of 1.00 and 5.00, with 6% up to 500.00 of a closing and 0.5% of the whole above: 24
    warrants for 24.00, then 4.00 less 24.00 over 5.00, 4 fewer. Undone, these 4 come back first, and then 24 go.
    """
    tiers = {"tiers": [{"up_to": dollars("500.00"), "rate": Rate(6, 100)}, {"rate": Rate(1, 200)}], "over": "closing"}
    rate = {**tiers, "apply": "whole amount", "counting": "gross proceeds", "at_threshold": "lower"}
    of_market = {"of": ["market_price"], "decimals": 2, "mode": "half up"}
    terms = {"base": "gross proceeds", "rate": rate, "over_price": of_market, "exercise_price": Price("2.75")}
    lines = [
        sale("A", "400.00", market_price=Price(1)),
        sale("A", "400.00", market_price=Price(5), investor="Ben"),
    ]
    entries = both(agreement(warrants(**terms)), *lines, *(undone(line, "B", APRIL) for line in lines))
    assert by(entries, "closing") == {"A": 20, "B": -20}


def test_what_undoes_a_closing_cancels_warrants_with_the_day_that_they_had() -> None:
    """A brings 80 warrants until 1 March 2031, five years on; B 80 until 1 April. In May one closing undoes both:
    80 of each go.
    """
    stated = agreement(warrants(expires={"years": 5, "after": "closing"}, exercise_price=Price(3)))
    first, second = sale("A", "2,000.00", MARCH, shares=1000), sale("B", "2,000.00", APRIL, shares=1000)
    found = both(stated, first, second, undone(first, "R", MAY), undone(second, "R", MAY))
    ends = {"A": MARCH.replace(year=2031), "B": APRIL.replace(year=2031)}
    assert {(e["closing"], e["expires"], e["accrued"]) for e in found} == {
        ("A", ends["A"], 80),
        ("B", ends["B"], 80),
        ("R", ends["A"], -80),
        ("R", ends["B"], -80),
    }
