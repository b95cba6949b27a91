"""Records resumed from balances: fractions that had been rounded, what counts twice, and thresholds in counts.

In each, the whole run and the resumed one are worked by hand; where they can differ, the resumed one says so.
"""

from __future__ import annotations

from datetime import date

import pytest
from test_forensics import agreement
from test_resuming import ALL, TERM, TOGETHER, balance, codes, expenses, fee, ledger, sale, spent, stated

from feecalc.agreement import Agreement
from feecalc.balances import left_open, roll_forwards
from feecalc.ledger import Ledger
from feecalc.workpapers.drawing import draw_up

BY_INVESTOR = "{mode: half up, over: investor}"
BY_AGREEMENT = "{mode: half up, over: agreement}"
IN_PARTS = "{mode: half up, over: agreement, parts: together}"


def stated_for_two(*clauses: dict[str, str]) -> Agreement:
    return agreement(*clauses, term=TERM, covers=ALL, payees="[Agent, Second]")


def of(found: Ledger, clause: str = "fee") -> int:
    entries = found.entries
    return int(entries[entries["clause"] == clause]["accrued"].sum())


def shares(closing: str, day: str, count: str) -> dict[str, str]:
    return {"closing": closing, "date": day, "investor": "Ann", "shares": count, "price": "1.00"}


A, B = sale("A", "2024-03-04", "100.10"), sale("B", "2024-05-06", "100.10")


# ---- fractions that had been rounded ---------------------------------------------------------------------------------


def test_a_running_total_of_each_investor() -> None:
    """6.5% of 100.10 is 6.5065, 6.51. Of 200.20 it is 13.013, 13.01, so that Ann's second purchase brings 6.50. Resumed
    from 6.51, which says nothing of Ann, it brings 6.51, a cent too much.
    """
    one = stated(fee(rate="6.5%", rounding=BY_INVESTOR))
    assert of(ledger(one, A, B)) == 13_01
    found = ledger(one, B, balances=[balance("fee", "6.51", "100.10")])
    assert codes(found) == ["rounding-open"] and of(found) == 6_51
    message = found.exceptions[0].message
    assert "by what fraction of a cent the running total of each investor was rounded through 2024-03-31" in message
    assert "can differ by a cent for each who had invested before. Keep the earlier records in this run" in message
    assert codes(ledger(one, A, B)) == []


@pytest.mark.parametrize(
    ("mode", "amount", "base", "gross", "told"),
    [
        ("half up", "6.51", "100.10", "100.00", False),  # 6.50: a whole cent, whatever went before
        ("half up", "6.51", "100.10", "100.01", True),  # 6.50065
        ("down", "6.50", "100.00", "100.10", False),  # 6.50 on 100.00: no investor can have lost a fraction
        ("down", "6.50", "100.10", "100.10", True),  # 6.5065 had been rounded down
        ("down", "6.50", "", "100.10", True),  # on what is not said
        ("half even", "6.50", "100.00", "1.00", True),  # 6.5 cents
        ("half even", "6.50", "100.00", "2.00", True),  # 13 cents: from 0.5, rounded to 0, to 13.5, rounded to 14
        ("half even", "6.50", "100.00", "4.00", False),  # 26 cents: from 0.5 to 26.5, rounded to 26
    ],
)
def test_nothing_is_said_where_no_cent_can_differ(mode: str, amount: str, base: str, gross: str, told: bool) -> None:
    one = stated(fee(rate="6.5%", rounding=f"{{mode: {mode}, over: investor}}"))
    found = ledger(one, sale("B", "2024-05-06", gross), balances=[balance("fee", amount, base)])
    assert codes(found) == ["rounding-open"] * told


def test_nothing_is_said_where_the_limit_had_been_reached() -> None:
    for used, told in (("10.00", False), ("9.99", True)):
        one = stated(fee(rate="6.5%", rounding=BY_INVESTOR, limit='{amount: "10.00", over: agreement}'))
        found = ledger(one, B, balances=[balance("fee", used, "200.00")])
        assert codes(found) == ["rounding-open"] * told


def test_a_half_even_total_by_hand() -> None:
    """5% of 0.10 is half a cent: nothing. Of 0.30 it is a cent and a half: two. So 0.20 bring two cents, and one where
    the half is not known.
    """
    one = stated(fee(rate="5%", rounding="{mode: half even, over: investor}"))
    small = sale("B", "2024-05-06", "0.20")
    assert of(ledger(one, sale("A", "2024-03-04", "0.10"), small)) == 2
    found = ledger(one, small, balances=[balance("fee", "0.00", "0.10")])
    assert codes(found) == ["rounding-open"] and of(found) == 1


def test_whole_amounts_of_each_investor() -> None:
    """Ten warrants for each whole 1,000.00 of an investor: 600.00 bring none, 600.00 more ten."""
    warrants = {"id": "warrants", "kind": "warrants per amount", "section": "2", "says": "Ten.", "warrants": "10"}
    warrants |= {"per": '"1,000.00"', "steps": "whole", "base": "gross proceeds", "due": "at closing"}
    warrants |= {"rounding": "{mode: down, over: investor}", "exercise_price": '"2.00"', "expires": "not stated"}
    one = stated(warrants)
    before, after = sale("A", "2024-03-04", "600.00"), sale("B", "2024-05-06", "600.00")
    assert of(ledger(one, before, after), "warrants") == 10
    found = ledger(one, after, balances=[balance("warrants", "0", "600.00")])
    assert codes(found) == ["rounding-open"] and of(found, "warrants") == 0
    assert "how far beyond a multiple of 1,000.00 the running total of each investor was" in found.exceptions[0].message
    assert "can differ by 10 warrants for each" in found.exceptions[0].message
    whole = sale("B", "2024-05-06", "2,000.00")
    assert codes(ledger(one, whole, balances=[balance("warrants", "0", "600.00")])) == []


def test_a_base_in_round_amounts_of_each_investor() -> None:
    """Of each investor's 60.00 nothing, of 120.00 the whole 100.00."""
    base = '{of: [gross proceeds], rounded: {to: "100.00", mode: down}}'
    one = stated(fee(base=base, rounding=BY_INVESTOR))
    before, after = sale("A", "2024-03-04", "60.00"), sale("B", "2024-05-06", "160.00")
    assert of(ledger(one, before, after)) == 12_00
    found = ledger(one, after, balances=[balance("fee", "0.00", "60.00")])
    assert codes(found) == ["rounding-open"] and of(found) == 6_00
    assert "can differ by what accrues on 100.00" in found.exceptions[0].message


def test_a_base_in_round_amounts_goes_on_from_what_was_beyond_them() -> None:
    """Of 60.00 nothing, of 120.00 the whole 100.00: the row says 60.00, and 60.00 more bring 6.00."""
    one = stated(fee(base='{of: [gross proceeds], rounded: {to: "100.00", mode: down}}', rounding=BY_AGREEMENT))
    before, after = sale("A", "2024-03-04", "60.00"), sale("B", "2024-05-06", "60.00")
    (row,) = roll_forwards(ledger(one, before))
    assert (row.balance, row.base, row.stands) == (0, 60_00, True)
    found = ledger(one, after, balances=[balance("fee", "0.00", "60.00")])
    assert codes(found) == [] and of(found) == of(ledger(one, before, after)) == 6_00


STEPS = (
    '{tiers: [{up_to: "1,000.00", rate: 6.5%}, {rate: 4%}], apply: marginal, counting: gross proceeds, over: closing}'
)


@pytest.mark.parametrize(
    ("terms", "line"),
    [
        ({"rate": STEPS, "rounding": IN_PARTS}, {}),
        ({"rate": "{recorded_in: fee_rate, at_most: 7%}", "rounding": BY_AGREEMENT}, {"fee_rate": "6.5%"}),
        ({"rate": f"{{greater_of: [6.5%, {STEPS}], over: closing}}", "rounding": BY_AGREEMENT}, {}),
    ],
)
def test_a_total_whose_fraction_does_not_follow_from_its_base(terms: dict[str, str], line: dict[str, str]) -> None:
    """6.5065 twice, 13.01 in all: resumed from 6.51 the second brings 6.51."""
    one = stated(fee(**terms))
    assert of(ledger(one, A | line, B | line)) == 13_01
    found = ledger(one, B | line, balances=[balance("fee", "6.51", "100.10")])
    assert codes(found) == ["rounding-open"] and of(found) == 6_51
    assert "does not say by what fraction of a cent its running total was rounded" in found.exceptions[0].message
    even = sale("B", "2024-05-06", "100.00") | line
    assert codes(ledger(one, even, balances=[balance("fee", "6.51", "100.10")])) == []


def test_a_total_whose_fraction_follows_from_its_base() -> None:
    """6.5% of 100.10 and of 200.20, rounded once: 6.51 and 6.50 more. In steps of 150.00, at 6.5% and 4%: 9.75 and
    50.20 at 4%, 2.008, are 11.76: 5.25 more.
    """
    one = stated(fee(rate="6.5%", rounding=BY_AGREEMENT))
    found = ledger(one, B, balances=[balance("fee", "6.51", "100.10")])
    assert codes(found) == [] and of(found) == 6_50
    steps = STEPS.replace("1,000.00", "150.00").replace("over: closing", "over: agreement")
    one = stated(fee(rate=steps, rounding=IN_PARTS))
    found = ledger(one, B, balances=[balance("fee", "6.51", "100.10")])
    assert codes(found) == [] and of(found) == 5_25 and of(ledger(one, A, B)) == 11_76


@pytest.mark.parametrize(("effective", "told"), [("2024-04-01", False), ("2024-03-31", True)])
def test_a_total_under_a_rate_that_was_amended_before_the_balance(effective: str, told: bool) -> None:
    """6.5% and from then on 5%: what of the 100.10 was at which, the balance of 31 March does not say."""
    more = f"""amendments:
  - {{id: first, effective: {effective}, section: "2", says: 5%., rules: closings from that day,
     changes: {{clauses: {{fee: {{rate: 5%}}}}}}}}
"""
    one = stated(fee(rate="6.5%", rounding=BY_AGREEMENT), more=more)
    found = ledger(one, B, balances=[balance("fee", "6.51", "100.10")])
    assert ("rounding-open" in codes(found)) == told


def lieu(over: str = "agreement", fraction: str = "is dropped", price: str = '"2.00"') -> dict[str, str]:
    stands = {"kind": "securities in lieu", "section": "2", "says": "Half in shares.", "of": "fee", "part": "1/2"}
    more = {"form": "shares", "deemed_price": price, "rounding": f"{{mode: down, over: {over}}}", "fraction": fraction}
    return {"id": "shares", **stands, **more}


@pytest.mark.parametrize("fraction", ["is dropped", "stays cash"])
def test_shares_in_place_of_cash_go_on_from_the_cash_that_made_no_whole_one(fraction: str) -> None:
    """Half of 6.00 at 2.00 is a share and a half: one. Half of 12.00 is three shares. So the second brings two."""
    one = stated(fee(), lieu(fraction=fraction))
    before, after = sale("A", "2024-03-04", "100.00"), sale("B", "2024-05-06", "100.00")
    whole = ledger(one, before, after)
    rows = [row for row in roll_forwards(ledger(one, before)) if row.balance]
    assert [(row.clause, row.balance, row.base) for row in rows] == [("fee", 6_00, 100_00), ("shares", 1, 3_00)]
    balances = [balance("fee", "6.00", "100.00"), balance("shares", "1", "3.00")]
    found = ledger(one, after, balances=balances)
    assert codes(found) == []
    assert (of(whole, "shares"), of(found, "shares")) == (3, 2)
    in_securities = found.entries["in_securities"].sum()
    assert in_securities == (4_00 if fraction == "stays cash" else 3_00)
    assert whole.entries["in_securities"].sum() == (6_00 if fraction == "stays cash" else 6_00)
    draw_up(found)


def test_shares_in_place_of_cash_are_rounded_to_what_the_agreement_says() -> None:
    """Half of 9.00 at 2.00 is 2.25 shares, two; in lots of two, and half of 18.00 is 4.5: four, two more."""
    one = stated(fee(), lieu() | {"rounding": '{mode: down, over: agreement, to: "2"}'})
    found = ledger(one, sale("A", "2024-03-04", "150.00"))
    assert of(found, "shares") == 2
    found = ledger(one, sale("B", "2024-05-06", "150.00"), balances=[balance("shares", "2", "4.50")])
    assert codes(found) == [] and of(found, "shares") == 2


def test_shares_at_the_price_of_each_line_or_by_investor() -> None:
    balances = [balance("fee", "6.00", "100.00"), balance("shares", "1", "3.00")]
    for terms in (lieu("investor"), lieu(price="{of: [price paid], decimals: 2, mode: half up}")):
        one = stated(fee(), terms)
        line = sale("B", "2024-05-06", "100.00") | {"shares": "50", "price": "2.00"}
        found = ledger(one, line, balances=balances)
        assert codes(found) == ["rounding-open"] and of(found, "shares") == 1
        assert "by what fraction of a share" in found.exceptions[0].message
    with pytest.raises(AssertionError, match="balance-without-base"):
        ledger(stated(fee(), lieu()), B, balances=[balance("shares", "1")])


def test_the_next_run_is_told_where_fractions_were_rounded() -> None:
    one = stated(fee(rate="6.5%", rounding=BY_INVESTOR))
    (told,) = left_open(ledger(one, A))
    assert told.startswith("one: the row of fee does not say what fraction of each investor's running total")
    assert [*left_open(ledger(one, sale("A", "2024-03-04", "100.00")))] == []
    one = stated(fee(rate=STEPS, rounding=IN_PARTS))
    (told,) = left_open(ledger(one, A))
    assert told.startswith("one: the row of fee does not say what fraction of its running total")


# ---- balances that their clause does not give ------------------------------------------------------------------------

UP_TO = "{{mode: {}, over: {}}}"
IN_STEPS = STEPS.replace("over: closing", "over: agreement")


@pytest.mark.parametrize(
    ("mode", "over", "amount", "told"),
    [
        # 6.5% of 100.10 is 6.5065. From 2 January through 31 March are 90 days: 45 cents either way.
        ("half up", "closing", "6.05", True),
        ("half up", "closing", "6.06", False),
        ("half up", "closing", "6.95", False),
        ("half up", "closing", "6.96", True),
        ("half even", "closing", "6.96", True),
        ("down", "closing", "5.60", True),  # 90 cents less at most
        ("down", "closing", "5.61", False),
        ("down", "closing", "6.50", False),
        ("down", "closing", "6.51", True),
        ("up", "closing", "6.50", True),
        ("up", "closing", "6.51", False),
        ("up", "closing", "7.40", False),
        ("up", "closing", "7.41", True),
        ("half up", "agreement", "6.50", True),
        ("half up", "agreement", "6.51", False),
        ("half up", "agreement", "6.52", True),
        ("half up", "investor", "9.00", False),  # of how many investors nothing is said
        ("down", "investor", "6.50", False),
        ("down", "investor", "6.51", True),
        ("down", "line", "6.51", True),
        ("up", "line", "6.50", True),
    ],
)
def test_a_balance_that_no_number_of_closings_gives(mode: str, over: str, amount: str, told: bool) -> None:
    one = stated(fee(rate="6.5%", rounding=UP_TO.format(mode, over)))
    found = ledger(one, balances=[balance("fee", amount, "100.10")])
    assert ("balance-differs" in codes(found)) == told


def test_how_a_balance_of_many_closings_is_told() -> None:
    one = stated(fee(rate="6.5%"))
    (found,) = ledger(one, balances=[balance("fee", "7.00", "100.10")]).exceptions
    assert "fee gives 6.06 USD to 6.95 USD, rounded at no more than 90 closings, on a base of 100.10" in found.message
    one = stated(fee(rate="6.5%", rounding=UP_TO.format("up", "line")))
    (found,) = ledger(one, balances=[balance("fee", "6.50", "100.10")]).exceptions
    assert "fee gives 6.51 USD or more on a base of 100.10" in found.message


@pytest.mark.parametrize(("day", "amount", "told"), [("2024-01-05", "6.60", False), ("2024-01-05", "6.61", True)])
def test_a_balance_of_the_first_days_may_hold_twenty_closings(day: str, amount: str, told: bool) -> None:
    """Ten cents either way of 6.5065."""
    found = ledger(stated(fee(rate="6.5%")), balances=[balance("fee", amount, "100.10", day)])
    assert ("balance-differs" in codes(found)) == told


@pytest.mark.parametrize(
    ("terms", "amount", "told"),
    [
        ({"limit": '{amount: "50.00", over: agreement}'}, "50.00", False),
        ({"limit": '{amount: "50.00", over: agreement}'}, "50.01", True),
        ({"limit": '{amount: "50.00", over: agreement}'}, "49.99", True),
        ({"limit": '{amount: "50.00", over: agreement}', "rate": "1%"}, "10.00", False),
        ({"limit": '{amount: "50.00", over: closing}'}, "0.00", False),
        ({"limit": '{amount: "50.00", over: investor}'}, "60.45", False),
        ({"limit": '{amount: "50.00", over: investor}'}, "60.46", True),
        ({"limit": '{amount: "50.00", over: agreement, earlier: does not count}'}, "60.00", False),
        ({"rate": IN_STEPS, "rounding": TOGETHER}, "65.45", False),  # 4% to 6.5% of 1,000.00
        ({"rate": IN_STEPS, "rounding": TOGETHER}, "65.46", True),
        ({"rate": STEPS, "rounding": TOGETHER}, "39.55", False),
        ({"rate": STEPS, "rounding": TOGETHER}, "39.54", True),
        ({"rate": STEPS, "rounding": TOGETHER.replace("together", "each")}, "39.10", False),
        ({"rate": STEPS, "rounding": TOGETHER.replace("together", "each")}, "39.09", True),
        ({"rate": "{recorded_in: fee_rate, at_most: 7%}"}, "70.45", False),
        ({"rate": "{recorded_in: fee_rate, at_most: 7%}"}, "70.46", True),
        ({"rate": '{greater_of: [6%, {amount: "500.00"}], over: agreement}'}, "500.00", False),
        ({"rate": '{each: "0.05"}', "base": "securities sold"}, "50.00", False),
        ({"rate": '{each: "0.05"}', "base": "securities sold"}, "50.46", True),
    ],
)
def test_balances_of_all_kinds_of_rates(terms: dict[str, str], amount: str, told: bool) -> None:
    """On 1,000.00, or 1,000 shares; half a cent for each of 90 closings is 45 cents."""
    found = ledger(stated(fee(**terms)), balances=[balance("fee", amount, "1000.00")])
    assert ("balance-differs" in codes(found)) == told


@pytest.mark.parametrize(("amount", "told"), [("49.54", True), ("49.55", False), ("65.45", False), ("65.46", True)])
def test_a_balance_under_two_rates(amount: str, told: bool) -> None:
    """6.5% until February, then 5%: on 1,000.00 anything between is right. It had been compared with 5% alone."""
    more = """amendments:
  - {id: first, effective: 2024-02-01, section: "2", says: 5%., rules: closings from that day,
     changes: {clauses: {fee: {rate: 5%}}}}
"""
    found = ledger(stated(fee(rate="6.5%"), more=more), balances=[balance("fee", amount, "1000.00")])
    assert ("balance-differs" in codes(found)) == told
    later = more.replace("2024-02-01", "2024-04-01")
    one = stated(fee(rate="6.5%", rounding=BY_AGREEMENT), more=later)
    assert codes(ledger(one, balances=[balance("fee", "65.00", "1000.00")])) == []


def test_a_balance_that_gave_way_to_a_limit_over_several_clauses() -> None:
    """10% of 1,000.00 in all: 80.00 of the fee, and 20.00 of the other's 40.00."""
    total = """limits:
  - {id: all-in, section: "3", says: A limit., clauses: [fee, more], rate: 10%, of: gross proceeds, over: agreement,
     gives_way: [more]}
"""
    one = stated(fee(rate="8%", rounding=BY_AGREEMENT), fee("more", rate="4%", rounding=BY_AGREEMENT), more=total)
    before = [balance("fee", "80.00", "1000.00"), balance("more", "20.00", "1000.00")]
    assert codes(ledger(one, balances=before)) == []
    assert codes(ledger(one, balances=[before[0], balance("more", "40.01", "1000.00")])) == ["balance-differs"]


# ---- what a balance holds, and these records too ---------------------------------------------------------------------

FIXED = {"kind": "fixed fee", "section": "3", "says": "Fixed.", "amount": '"500.00"', "due": "when it accrues"}


@pytest.mark.parametrize(
    ("clause", "before", "accrued"),
    [
        (fee(limit='{amount: "50.00", over: agreement}'), balance("fee", "30.00"), 20_00),  # 60.00 within 20.00
        (fee(), balance("fee", "30.00", "500.00"), 60_00),
        ({"id": "fixed", **FIXED, "when": "at each closing"}, balance("fixed", "500.00", "1000.00"), 500_00),
        (
            {"id": "fixed", **FIXED, "when": '{reaches: "1,500.00", counting: gross proceeds}'},
            balance("fixed", "0.00", "600.00"),  # 600.00 and 1,000.00
            500_00,
        ),
    ],
)
def test_a_closing_on_the_day_of_a_balance(clause: dict[str, str], before: dict[str, str], accrued: int) -> None:
    """What the balance holds through 31 March, the closing of that day among it, or not: nobody knows."""
    found = ledger(stated(clause), sale("A", "2024-03-31", "1000.00"), balances=[before])
    assert codes(found) == ["line-before-balance"] and sum(found.entries["accrued"]) == accrued
    assert "1 line (closing A is the first) is not later; it counts as well" in found.exceptions[0].message
    assert "a closing of which it holds a part must stand wholly on one side" in found.exceptions[0].message
    assert codes(ledger(stated(clause), sale("A", "2024-04-01", "1000.00"), balances=[before])) == []


def test_lines_on_which_nothing_counts_are_not_said_to_count_twice() -> None:
    """The fee is for units alone; of A's shares nothing counts."""
    for lines in ({"lines": "{securities: [unit]}"}, {"lines": "{securities: [unit]}", **FIXED}):
        threshold = {"id": "fee", **lines, "when": '{reaches: "1,500.00", counting: gross proceeds}'}
        one = stated(threshold if "kind" in lines else fee(**lines))
        line = sale("A", "2024-03-31", "1000.00") | {"security": "share"}
        assert codes(ledger(one, line, balances=[balance("fee", "30.00", "500.00")])) == []


def test_lines_of_one_closing_before_and_after_a_balance() -> None:
    """6.5% of the 0.20 of a closing is 1.3 cents: 1. The balance holds 0.65 of a cent, 1, of Ann's half; Bob's half
    brings 1 more, and with Ann's whole half here as well 1.
    """
    one = stated(fee(rate="6.5%"))
    ann, bob = sale("A", "2024-03-31", "0.10"), sale("A", "2024-03-31", "0.10", "Bob")
    assert of(ledger(one, ann, bob)) == 1
    found = ledger(one, bob, balances=[balance("fee", "0.01", "0.10")])
    assert codes(found) == ["line-before-balance"] and of(found) == 1


def test_expenses_of_the_days_that_a_balance_holds() -> None:
    """500.00 of 30 March, which the 4,000.00 through 31 March should hold."""
    one = stated(expenses(limit='{amount: "5,000.00", over: agreement}'))
    before = [balance("expenses", "4000.00", "4000.00")]
    rows = [spent("2024-03-30", "500.00"), spent("2024-03-31", "200.00"), spent("2024-04-01", "200.00")]
    found = ledger(one, balances=before, expenses=rows)
    assert codes(found) == ["line-before-balance"] and of(found, "expenses") == 900_00
    assert "2 expenses (expenses.csv:2 is the first) are not later; they count as well" in found.exceptions[0].message
    assert codes(ledger(one, balances=before, expenses=rows[2:])) == []


def test_what_accrues_on_a_day_that_a_balance_holds() -> None:
    """A tax of 10% on a retainer of 500.00 at signing, and a balance of the tax alone: the retainer's is missing."""
    tax = fee("tax", rate="10%", base="{accrued_under: [fixed]}")
    one = stated({"id": "fixed", **FIXED, "when": "at signing"}, tax)
    found = ledger(one, balances=[balance("tax", "50.00", "500.00")])
    assert codes(found) == ["line-before-balance", "balance-missing"] and of(found, "tax") == 50_00
    assert "what accrues on 2024-01-02 is not later; it counts as well" in found.exceptions[0].message


# ---- credits ---------------------------------------------------------------------------------------------------------

RETAINER = FIXED | {"when": "at signing", "credited_against": "[fee]"}


def test_a_retainer_of_which_a_part_had_been_credited() -> None:
    """500.00 at signing, of which A's 6.00 are credited; B's 6.00 are, in the whole run, and not in the resumed one."""
    one = stated(fee(), {"id": "retainer", **RETAINER})
    before, after = sale("A", "2024-03-04", "100.00"), sale("B", "2024-05-06", "100.00")
    whole = ledger(one, before, after)
    assert codes(whole) == [] and whole.entries["recouped"].sum() == 12_00
    balances = [balance("fee", "6.00", "100.00"), balance("retainer", "500.00")]
    found = ledger(one, after, balances=balances)
    assert codes(found) == ["credit-use-open"] and found.entries["recouped"].sum() == 0
    assert "the balance of retainer does not say how much of retainer had been credited" in found.exceptions[0].message
    assert codes(ledger(one, balances=balances)) == []  # nothing accrues that it could be credited against
    (told,) = left_open(ledger(one, before))
    assert told.startswith("one: no row says how much of retainer was credited against fee")


@pytest.mark.parametrize(("gross", "told"), [("100.00", False), ("100.10", True)])
def test_what_was_recouped_is_cut_between_payees(gross: str, told: bool) -> None:
    """Half of 6.00 to each, and of 6.01: whose is the odd cent hangs on what was recouped before."""
    split = {"split": "[{payee: Agent, share: 1/2}, {payee: Second, share: 1/2}]", "odd_unit": "Second"}
    terms = {"section": "4", "says": "Ahead.", "amount": '"50.00"', "credited_against": "[fee]", "due": "at signing"}
    advance = {"id": "advance", "kind": "advance", **terms, "unearned": "kept", "less_expenses": "none"}
    one = stated_for_two(fee(**split), advance | split)
    balances = [balance("fee", "6.01", "100.10"), balance("advance", "50.00", "6.01")]
    found = ledger(one, sale("B", "2024-05-06", gross), balances=balances)
    assert codes(found) == ["credit-use-open"] * told
    if told:
        assert "was cut between the payees of fee; it is cut anew" in found.exceptions[0].message


# ---- clauses without a balance ---------------------------------------------------------------------------------------

STOCK = {"kind": "warrants per amount", "section": "2", "says": "Ten.", "warrants": "10", "per": '"1,000.00"'}
STOCK |= {"steps": "pro rata", "base": "gross proceeds", "due": "at closing", "exercise_price": '"2.00"'}
STOCK |= {"id": "stock", "rounding": "{mode: down, over: agreement}", "expires": "not stated"}


@pytest.mark.parametrize(
    ("other", "base", "told"),
    [
        (STOCK, "150.00", True),  # a warrant and a half: with 100.00 more two and a half
        (STOCK, "200.00", False),  # two warrants, and nothing over
        (fee("more", limit='{amount: "50.00", over: agreement}'), "200.00", True),
        (fee("more", limit='{amount: "50.00", over: closing}'), "200.00", False),
        (fee("more", limit='{amount: "50.00", over: investor}'), "200.00", True),
        (fee("more", limit='{amount: "50.00", over: agreement, earlier: does not count}'), "200.00", False),
        (fee("more"), "150.00", False),
        (fee("more", base="cash proceeds", limit='{amount: "50.00", over: agreement}'), "150.00", False),
        (fee("more", lines="{securities: [unit]}", rounding=BY_AGREEMENT, rate="6.5%"), "150.01", False),
        (fee("more", rounding=BY_AGREEMENT, rate="6.5%"), "150.01", True),
        (fee("more", rounding=BY_INVESTOR, rate="6.5%"), "150.00", False),  # 100.00 bring 6.50, whatever was before
        (fee("more", rounding=TOGETHER, rate=STEPS), "150.00", False),
        (fee("more", rounding=TOGETHER, rate=STEPS.replace("over: closing", "over: agreement")), "150.00", True),
        ({"id": "bonus", **FIXED, "when": '{reaches: "1,500.00", counting: gross proceeds}'}, "150.00", True),
        ({"id": "bonus", **FIXED, "when": '{reaches: "1,500.00", counting: cash proceeds}'}, "150.00", False),
        ({"id": "bonus", **FIXED, "when": "at signing"}, "150.00", True),
        ({"id": "bonus", **FIXED, "when": "{on: 2024-03-31}"}, "150.00", True),
        ({"id": "bonus", **FIXED, "when": "{on: 2024-04-01}"}, "150.00", False),
        ({"id": "bonus", **FIXED, "when": "at each closing"}, "150.00", False),
        ({"id": "bonus", **FIXED, "when": "{every: quarter}"}, "150.00", True),
        ({"id": "bonus", **FIXED, "when": "{every: quarter, from: 2024-04-01}"}, "150.00", False),
    ],
)
def test_a_clause_without_a_balance(other: dict[str, str], base: str, told: bool) -> None:
    """The fee's balance says that there were proceeds before; the other clause acted on them too, or its day had come.
    It is said where that moves what accrues on 100.00 more.
    """
    line = sale("B", "2024-05-06", "100.00")
    row = balance("fee", {"150.00": "9.00", "150.01": "9.00", "200.00": "12.00"}[base], base)
    found = ledger(stated(fee(), other), line, balances=[row])
    assert codes(found) == ["balance-missing"] * told
    if told:
        assert f"{other['id']} has no balance, and begins at nothing" in found.exceptions[0].message
        stated_now = [row, balance(other["id"], "0", "0")]
        assert codes(ledger(stated(fee(), other), line, balances=stated_now)) == []
    assert codes(ledger(stated(fee(), other), line, balances=[balance("fee", "9.00")])) == []


@pytest.mark.parametrize(
    ("due", "told"),
    [("at signing", True), ("2024-03-31", True), ("2024-04-01", False), ("{days: 3, after: signing}", True)],
)
def test_an_advance_without_a_balance(due: str, told: bool) -> None:
    """It was paid before these records, and would be paid again."""
    terms = {"section": "4", "says": "Ahead.", "amount": '"50.00"', "credited_against": "[fee]", "unearned": "kept"}
    advance = {"id": "advance", "kind": "advance", **terms, "due": due, "less_expenses": "none"}
    found = ledger(
        stated(fee(), advance), sale("B", "2024-05-06", "100.00"), balances=[balance("fee", "9.00", "150.00")]
    )
    assert codes(found) == ["balance-missing"] * told


def test_an_advance_that_was_paid_and_returned_is_not_paid_again() -> None:
    """50.00 at signing, of which nothing was earned by 1 March, when it was returned: a row of nothing says so."""
    terms = {"section": "4", "says": "Ahead.", "amount": '"50.00"', "credited_against": "[fee]", "due": "at signing"}
    advance = {"id": "advance", "kind": "advance", **terms, "unearned": "{returned: 2024-03-01}"}
    one = stated(fee(), advance | {"less_expenses": "none"})
    rows = [row for row in roll_forwards(ledger(one, as_of=date(2024, 3, 31))) if row.stands]
    assert [(row.clause, row.balance, row.base) for row in rows] == [("advance", 0, 0)]
    nothing = balance("advance", "0.00", "0.00")
    found = ledger(one, sale("B", "2024-05-06", "100.00"), balances=[nothing])
    assert codes(found) == [] and found.entries["clause"].tolist() == ["fee"]
    assert [row.clause for row in roll_forwards(found) if row.stands] == ["fee", "advance"]
    paid = balance("fee", "0.00", "0.00")
    assert codes(ledger(one, sale("B", "2024-05-06", "100.00"), balances=[paid])) == ["balance-missing"]


def test_the_rows_that_a_run_leaves_are_never_said_to_be_too_few() -> None:
    """Whatever is in the rows for the next run, no clause is missing from them."""
    bonus = {"id": "bonus", **FIXED, "when": '{reaches: "1,500.00", counting: gross proceeds}'}
    one = stated(fee(), STOCK, fee("units", lines="{securities: [unit]}", rate=STEPS, rounding=IN_PARTS), bonus)
    rows = [row for row in roll_forwards(ledger(one, sale("A", "2024-03-04", "150.00"))) if row.stands]
    assert [row.clause for row in rows] == ["fee", "stock", "bonus"]
    balances = [
        balance(
            row.clause,
            str(row.balance) if row.unit == "warrants" else f"{row.balance / 100:.2f}",
            f"{row.base / 100:.2f}",
        )
        for row in rows
    ]
    assert codes(ledger(one, sale("B", "2024-05-06", "100.00"), balances=balances)) == []


# ---- thresholds in counts --------------------------------------------------------------------------------------------

BONUS = {"id": "bonus", **FIXED, "when": '{reaches: "1,000", counting: securities sold}'}


@pytest.mark.parametrize(
    ("amount", "base", "count", "owed"),
    [("0.00", "600", "400", 500_00), ("0.00", "600", "399", 0), ("500.00", "1200", "600", 0), ("500.00", "", "600", 0)],
)
def test_a_bonus_whose_count_was_reached_in_part(amount: str, base: str, count: str, owed: int) -> None:
    """Once 1,000 shares are sold: 600 before these records, and 400."""
    found = ledger(stated(BONUS), shares("B", "2024-05-06", count), balances=[balance("bonus", amount, base)])
    assert codes(found) == [] and of(found, "bonus") == owed
    draw_up(found)


def test_a_count_stands_in_the_rows_for_the_next_run() -> None:
    """600 shares of 1,000 are sold: nothing accrued, and the row says how far it is."""
    before = ledger(stated(BONUS), shares("A", "2024-03-04", "600"))
    (row,) = [row for row in roll_forwards(before) if row.clause == "bonus"]
    assert (row.balance, row.base, row.base_counts) == (0, 600, True)
    money = BONUS | {"when": '{reaches: "1,000.00", counting: gross proceeds}'}
    (row,) = roll_forwards(ledger(stated(money), sale("A", "2024-03-04", "600.00")))
    assert (row.balance, row.base, row.base_counts) == (0, 600_00, False)


def test_a_count_that_contradicts_its_balance_or_is_not_whole() -> None:
    one, line = stated(BONUS), shares("B", "2024-05-06", "600")
    found = ledger(one, line, balances=[balance("bonus", "0.00", "1000")])
    assert codes(found) == ["balance-differs"] and of(found, "bonus") == 0
    assert "once 1,000 are reached, as its base of 1,000 does" in found.exceptions[0].message
    with pytest.raises(AssertionError, match="the base of bonus is a count of whole securities"):
        ledger(one, line, balances=[balance("bonus", "0.00", "600.50")])
