"""Cases worked by hand, one for each turn of the engine that random engagements reach too seldom to be trusted with.

Each was written against a deliberate break of the line of code it guards.
"""

from __future__ import annotations

from datetime import date

import adapter
import numpy as np
import pytest
from commands import ROOT

from feecalc import totals
from feecalc.agreement import Agreement
from feecalc.balances import roll_forwards
from feecalc.ledger import Ledger
from feecalc.money import Ratio, RoundingMode

MANUAL = (ROOT / "tests" / "samples" / "finder.yaml").read_text("utf-8")
LADENBURG = (ROOT / "agreements" / "ladenburg.yaml").read_text("utf-8").split("\nexamples:")[0]
BRIGHTON = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8").split("\nexamples:")[0]
JEFFERIES = (ROOT / "agreements" / "jefferies.yaml").read_text("utf-8").split("\nexamples:")[0]


def agreement(text: str, *changes: tuple[str, str]) -> Agreement:
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return adapter.agreement_from(text + "\n")


def sale(closing: str, on: str, gross: str, by: str, **more: str) -> dict[str, str]:
    return {"closing": closing, "date": on, "investor": "X", "gross_proceeds": gross, "introduced_by": by, **more}


def run(one: Agreement, as_of: date, closings: list[dict[str, str]], **tables: list[dict[str, str]]) -> Ledger:
    return adapter.ledger_from([one], {"closings": closings, **tables}, as_of)


def accrued(ledger: Ledger, clause: str) -> list[int]:
    return ledger.entries[ledger.entries["clause"] == clause]["accrued"].tolist()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half up", [1, 2, 3, -1, -2, 0, 1, 4]),
        ("half even", [0, 2, 2, 0, -2, 0, 1, 4]),
        ("down", [0, 1, 2, 0, -1, 0, 0, 3]),
        ("up", [1, 2, 3, -1, -2, 1, 1, 4]),
    ],
)
def test_ties_and_their_neighbours_in_every_mode(mode: RoundingMode, expected: list[int]) -> None:
    """0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51 and 3.99 of a unit."""
    hundredths = np.array([50, 150, 250, -50, -150, 49, 51, 399], dtype=np.int64)
    assert totals.scaled(hundredths, Ratio(1, 100), mode).tolist() == expected
    assert totals.scaled(hundredths * 10**15, Ratio(1, 10**17), mode).tolist() == expected


def test_a_fee_of_exactly_half_a_cent_goes_up() -> None:
    """6.5% of 1.00 is 6.5 cents: 0.07; 6.5% of 3.00 is 19.5 cents: 0.20."""
    one = agreement(JEFFERIES)
    lines = [
        sale("A", "2002-03-13", "1.00", "jefferies", price="2.00"),
        sale("B", "2002-03-14", "3.00", "jefferies", price="2.00"),
    ]
    assert accrued(run(one, date(2002, 4, 1), lines), "cash-fee") == [7, 20]


def test_the_tail_counts_its_last_day_and_no_more() -> None:
    """A term through 31 December 2002 and a tail of twelve months: 31 December 2003 counts, 1 January 2004 does not."""
    one = agreement(MANUAL)
    lines = [sale("A", "2003-12-31", "100.00", "finder"), sale("B", "2004-01-01", "100.00", "finder")]
    assert sum(accrued(run(one, date(2005, 1, 1), lines), "cash-fee")) == 600


def test_a_fee_on_cash_proceeds_leaves_out_what_was_not_cash() -> None:
    """6% of 600.00, of 1,000.00 of which 400.00 were converted notes."""
    lines = [sale("A", "2002-03-13", "1000.00", "brighton", non_cash="400.00")]
    assert sum(accrued(run(agreement(BRIGHTON), date(2002, 4, 1), lines), "cash-fee")) == 3600


def test_the_offering_limit_cuts_cash_as_it_cuts_gross() -> None:
    """Limit 80.00: 60.00 in cash and 40.00 of notes leave 60.00 of cash; undone in any order, nothing stays."""
    one = agreement(BRIGHTON, ("  events: [sale]\n\nclauses", "  events: [sale]\n  offering_limit: 80.00\n\nclauses"))
    lines = [
        sale("A", "2002-03-13", "60.00", "brighton", investor="Ann"),
        sale("B", "2002-03-14", "40.00", "brighton", investor="Ben", non_cash="40.00"),
        sale("C", "2002-03-15", "50.00", "brighton", investor="Cyd"),
    ]
    assert sum(accrued(run(one, date(2002, 4, 1), lines[:2]), "cash-fee")) == 360
    assert sum(accrued(run(one, date(2002, 4, 1), lines), "cash-fee")) == 480
    back = [
        {"closing": "R1", "date": "2002-03-20", "investor": "Ann", "gross_proceeds": "-60.00", "reverses": "A"},
        {
            "closing": "R2",
            "date": "2002-03-21",
            "investor": "Ben",
            "gross_proceeds": "-40.00",
            "non_cash": "-40.00",
            "reverses": "B",
        },
    ]
    assert sum(accrued(run(one, date(2002, 4, 1), lines[:2] + back), "cash-fee")) == 0


def test_after_the_term_no_more_is_recouped_than_had_been_earned_by_then() -> None:
    """20,000 earned by the end, 30,000 returned; a tail closing of 100,000 then pays its 5,000 + 3,000 in full."""
    one = agreement(LADENBURG, ("tail: none", "tail: unlimited"))
    lines = [sale("A", "2002-03-13", "250000.00", "ladenburg"), sale("B", "2002-09-13", "100000.00", "ladenburg")]
    ledger = run(one, date(2002, 12, 31), lines)
    assert accrued(ledger, "advance") == [50_000_00, -30_000_00]
    late = ledger.entries[ledger.entries["closing"] == "B"]
    assert late["payable"].tolist() == [5_000_00, 3_000_00]


def test_the_last_day_of_the_term_belongs_to_it() -> None:
    """A closing and an expense on 1 August 2002 both reduce what is returned: 50,000 - 4,000 - 1,000 = 45,000."""
    lines = [sale("A", "2002-08-01", "50000.00", "ladenburg")]
    spent = [
        {"agreement": "ladenburg", "date": "2002-08-01", "amount": "1000.00"},
        {"agreement": "ladenburg", "date": "2002-08-02", "amount": "7.00"},
    ]
    ledger = run(agreement(LADENBURG), date(2002, 12, 31), lines, expenses=spent)
    assert accrued(ledger, "advance") == [50_000_00, -45_000_00]
    assert int(ledger.entries["recouped"].sum()) == 4_000_00


def test_an_advance_falls_due_on_its_day() -> None:
    one = agreement(LADENBURG)
    assert accrued(run(one, date(2001, 11, 18), []), "advance") == []
    assert accrued(run(one, date(2001, 11, 19), []), "advance") == [50_000_00]


def test_the_price_paid_is_found_from_proceeds_and_shares() -> None:
    """1,050.00 for 300 shares is 3.50 each."""
    lines = [sale("A", "2002-03-13", "1050000.00", "jefferies", shares="300000")]
    warrants = run(agreement(JEFFERIES), date(2002, 4, 1), lines).entries.query("clause == 'warrants'")
    assert warrants[["accrued", "exercise_price"]].to_numpy().tolist() == [[8750, "3.50"]]


def test_the_earliest_introduction_within_the_term_is_the_one_told() -> None:
    claims = [
        {"investor": "X", "agreement": "brighton", "introduced_on": day}
        for day in ("2002-03-20", "2002-03-12", "2002-03-11")
    ]
    lines = [{**sale("A", "2002-03-25", "100.00", ""), "investor": "X"}]
    ledger = run(agreement(BRIGHTON), date(2002, 4, 1), lines, introductions=claims)
    rows, _, found = ledger.attribution.answers()
    assert ledger.attribution.bases(rows, found)[0].startswith("introduced on 2002-03-11")


def test_a_resumed_pool_remembers_how_far_beyond_its_maximum_it_had_gone() -> None:
    """20,000,000 would vest 166,666; at 17,000,000 all 125,000 are still vested, so a rescission of 3,000,000 takes
    none.
    """
    balances = [
        {
            "agreement": "jefferies",
            "clause": "warrants",
            "as_of": "2002-03-01",
            "amount": "125000",
            "base": "20000000.00",
        }
    ]
    back = [
        {
            "closing": "R",
            "date": "2002-04-01",
            "investor": "X",
            "gross_proceeds": "-3000000.00",
            "price": "2.00",
            "introduced_by": "jefferies",
            "reverses": "OLD",
        }
    ]
    assert accrued(run(agreement(JEFFERIES), date(2002, 5, 1), back, balances=balances), "warrants") == [0]


def test_a_fee_is_payable_some_days_after_the_closing_where_the_agreement_says_so() -> None:
    one = agreement(MANUAL, ("due: at closing", "due: {days: 10, after: closing}"))
    (first, _) = (
        run(one, date(2002, 4, 1), [sale("A", "2002-03-25", "100.00", "finder")]).entries["payable_on"].tolist()
    )
    assert adapter.day_date(first) == date(2002, 4, 4)


def test_a_limit_for_each_closing_is_released_by_what_is_undone() -> None:
    """6% at most 5.00 for a closing: 100.00 brings 5.00; undone to 50.00 it brings 3.00, so 2.00 are taken back."""
    one = agreement(MANUAL, ('limit: {amount: "500,000.00", over: agreement}', "limit: {amount: 5.00, over: closing}"))
    back = {"closing": "B", "date": "2002-04-01", "investor": "X", "gross_proceeds": "-50.00", "reverses": "A"}
    ledger = run(one, date(2002, 5, 1), [sale("A", "2002-03-13", "100.00", "finder"), back])
    assert [sum(ledger.entries.query("closing == @c")["accrued"]) for c in "AB"] == [500, -200]


def test_closing_balances_begin_the_next_run_where_this_one_ended() -> None:
    lines = [sale("A", "2002-03-13", "1000000.00", "ladenburg"), sale("B", "2002-03-20", "5000000.00", "ladenburg")]
    whole = run(agreement(LADENBURG), date(2002, 4, 30), lines)
    first = run(agreement(LADENBURG), date(2002, 3, 15), lines[:1])
    balances = [
        {
            "agreement": "ladenburg",
            "clause": row.clause,
            "as_of": "2002-03-15",
            "amount": adapter.plain_money(row.balance),
            "base": adapter.plain_money(row.base),
        }
        for row in roll_forwards(first)
        if row.stands
    ]
    second = run(agreement(LADENBURG), date(2002, 4, 30), lines[1:], balances=balances)
    keep = ["clause", "closing", "accrued", "recouped", "payable"]
    expected = whole.entries[whole.entries["closing"] == "B"][keep].to_numpy().tolist()
    assert second.entries[keep].to_numpy().tolist() == expected


def test_a_clause_whose_limit_forgets_what_came_before_has_no_balance_to_resume_from() -> None:
    one = agreement(LADENBURG, ("earlier: counts", "earlier: does not count"))
    ledger = run(one, date(2002, 3, 31), [sale("A", "2002-03-13", "1000000.00", "ladenburg")])
    assert [row.clause for row in roll_forwards(ledger) if row.stands] == ["cash-fee", "advance"]


def test_the_owner_of_the_odd_unit_need_not_be_named_first() -> None:
    """0.07 halved, the odd cent to the second: 0.03 and 0.04."""
    one = agreement(MANUAL, ("odd_unit: Finder LLC", "odd_unit: Partner LLC"))
    ledger = run(one, date(2002, 4, 1), [sale("A", "2002-03-13", "1.17", "finder")])
    assert ledger.entries["payable"].tolist() == [3, 4]


def test_what_is_undone_gives_back_an_advance_in_the_opposite_order() -> None:
    """Fee 5,000 and allowance 3,000 under an advance of 6,000: 5,000 and 1,000 are credited, and both given back."""
    one = agreement(LADENBURG, ("amount: 50,000.00\n    due", "amount: 6,000.00\n    due"))
    back = {"closing": "B", "date": "2002-04-01", "investor": "X", "gross_proceeds": "-100000.00", "reverses": "A"}
    ledger = run(one, date(2002, 5, 1), [sale("A", "2002-03-13", "100000.00", "ladenburg"), back])
    recouped = {c: ledger.entries.query("clause == @c")["recouped"].tolist() for c in ("cash-fee", "expense-allowance")}
    assert recouped == {"cash-fee": [5_000_00, -5_000_00], "expense-allowance": [1_000_00, -1_000_00]}


def test_a_closing_may_be_undone_on_its_own_day_by_one_of_any_id() -> None:
    """Closing 10 undoes closing 9 of the same day, though "10" sorts before "9": nothing remains."""
    back = {"closing": "10", "date": "2002-03-13", "investor": "X", "gross_proceeds": "-100000.00", "reverses": "9"}
    ledger = run(agreement(LADENBURG), date(2002, 5, 1), [sale("9", "2002-03-13", "100000.00", "ladenburg"), back])
    sums = ledger.entries.query("closing != ''")[["accrued", "recouped", "payable"]].sum().tolist()
    assert sums == [0, 0, 0] and all(check.holds for check in ledger.checks)


def test_a_full_rescission_takes_back_what_was_not_cash_as_such() -> None:
    """400,000 of 1,000,000 was notes: fee and warrants on 600,000 come and go."""
    back = {"closing": "R", "date": "2002-03-14", "investor": "X", "gross_proceeds": "-1000000.00", "reverses": "A"}
    lines = [sale("A", "2002-03-13", "1000000.00", "brighton", non_cash="400000.00"), back]
    ledger = run(agreement(BRIGHTON), date(2002, 5, 1), lines)
    assert accrued(ledger, "cash-fee") == [18_000_00, 18_000_00, -18_000_00, -18_000_00]
    assert accrued(ledger, "warrants") == [6000, -6000]


def test_on_one_day_what_undoes_a_closing_comes_after_it() -> None:
    """14,880,000 at 1.00 vest 124,000; B brings 1,000 at 2.00 and none at 3.00; undoing the part at 3.00 takes none."""
    lines = [
        sale("A", "2002-03-13", "14880000.00", "jefferies", price="1.00"),
        sale("B", "2002-03-14", "1200000.00", "jefferies", price="2.00", investor="Y"),
        sale("B", "2002-03-14", "1200000.00", "jefferies", price="3.00", investor="Z"),
        {"closing": "AR", "date": "2002-03-14", "investor": "Z", "gross_proceeds": "-1200000.00", "reverses": "B"},
    ]
    warrants = run(agreement(JEFFERIES), date(2002, 5, 1), lines).entries.query("clause == 'warrants'")
    assert warrants[["closing", "exercise_price", "accrued"]].to_numpy().tolist() == [
        ["A", "1.00", 124000],
        ["B", "2.00", 1000],
        ["B", "3.00", 0],
        ["AR", "3.00", 0],
    ]


def test_a_pool_filled_between_two_prices_and_undone_in_another_order_is_reported() -> None:
    """14,880,000 at 1.00 vest 124,000; B brings the last 1,000 at 2.00, none at 3.00. Undone at 2.00 first, what is
    left of B still fills the pool; undone at 3.00 next, the 1,000 leave from there. In the other
    order nothing is amiss.
    """

    def undone(closing: str, on: str, investor: str) -> dict[str, str]:
        return {
            "closing": closing,
            "date": on,
            "investor": investor,
            "gross_proceeds": "-1200000.00",
            "reverses": "B",
        }

    sold = [
        sale("A", "2002-03-13", "14880000.00", "jefferies", price="1.00"),
        sale("B", "2002-03-14", "1200000.00", "jefferies", price="2.00", investor="Y"),
        sale("B", "2002-03-14", "1200000.00", "jefferies", price="3.00", investor="Z"),
    ]
    astray = [undone("R1", "2002-03-15", "Y"), undone("R2", "2002-03-16", "Z")]
    ledger = run(agreement(JEFFERIES), date(2002, 5, 1), [*sold, *astray])
    assert sum(accrued(ledger, "warrants")) == 124_000
    found = [exception.message for exception in ledger.exceptions if exception.code == "warrants-by-price"]
    assert len(found) == 2 and "has 1,000 warrants at 2.00" in found[0] and "has (1,000) warrants at 3.00" in found[1]
    sound = [undone("R1", "2002-03-15", "Z"), undone("R2", "2002-03-16", "Y")]
    assert not run(agreement(JEFFERIES), date(2002, 5, 1), [*sold, *sound]).exceptions


def test_an_empty_currency_is_the_agreement_s() -> None:
    lines = [
        sale("A", "2002-03-13", "1000.00", "brighton"),
        sale("A", "2002-03-13", "2000.00", "brighton", currency="USD"),
        {"closing": "R", "date": "2002-03-14", "investor": "X", "gross_proceeds": "-3000.00", "reverses": "A"},
    ]
    assert int(run(agreement(BRIGHTON), date(2002, 5, 1), lines).entries["accrued"].sum()) == 0


def test_a_decision_that_gives_up_more_than_stands_changes_nothing() -> None:
    """6% of 1,000.00 is 60.00, halved. All of it can be waived; a cent more cannot, and is told."""
    one = agreement(BRIGHTON)
    lines = [sale("A", "2002-03-13", "1000.00", "brighton")]
    for amount, left in (("60.00", 0), ("60.01", 60_00)):
        waiver = {"date": "2002-03-20", "decision": "waiver", "agreement": "brighton", "clause": "cash-fee"}
        waiver |= {"closing": "A", "amount": amount, "decided_by": "Board", "reason": "Agreed"}
        ledger = run(one, date(2002, 12, 31), lines, decisions=[waiver])
        fee = ledger.entries[ledger.entries["clause"] == "cash-fee"]
        assert int(fee["payable"].sum()) == left
        assert [each.code for each in ledger.exceptions] == (["decision-too-large"] if left else [])


def test_what_accrues_after_it_has_lapsed_moves_no_odd_cent() -> None:
    """6% of 11.00 is 0.66: half of it lapsed in May, 0.33 is left for two halves, and the odd cent is the finder's. At
    the next closing 0.17 come to it once more: of 0.66 in all each has half.
    """
    due = """due:
      - {part: 1/2, when: {days: 0, after_event: release}, unless_by: 2002-05-14}
      - {part: 1/2, when: at closing}
"""
    one = agreement(MANUAL.split("    readings:")[0], ("due: at closing\n", due))
    lines = [sale("A", "2002-07-01", "11.00", "finder"), sale("B", "2002-07-02", "11.00", "finder")]
    entries = run(one, date(2002, 12, 31), lines).entries
    paid = entries.groupby(["closing", "payee"])["payable"].sum().to_dict()
    assert paid == {
        ("A", "Finder LLC"): 17,
        ("A", "Partner LLC"): 16,
        ("B", "Finder LLC"): 16,
        ("B", "Partner LLC"): 17,
    }


def test_within_a_closing_steps_are_filled_by_rising_price_whatever_tells_lines_apart() -> None:
    """The first 500.00 at the rate that each line states, 6% beyond. At 1.00, 300.00 at 2% are 6.00; at 2.00, 200.00 at
    1% are 2.00, and 200.00 at 6% are 12.00: 20.00, in whichever order the lines stand.
    """
    rate = """rate:
      by:
        - {up_to: "500.00", lists: [{lines: {events: [sale]}, rate: {recorded_in: fee_rate, at_most: 6%}}]}
      otherwise: 6%
      counting: gross proceeds
"""
    rounding = ("rounding: {mode: half up, over: closing}", "rounding: {mode: half up, over: closing, parts: together}")
    one = agreement(MANUAL.split("    readings:")[0], ("rate: 6%\n", rate), rounding)
    lines = [
        sale("A", "2002-03-13", "400.00", "finder", price="2.00", fee_rate="1%"),
        sale("A", "2002-03-13", "300.00", "finder", price="1.00", fee_rate="2%"),
    ]
    for each in (lines, lines[::-1]):
        assert sum(accrued(run(one, date(2002, 12, 31), each), "cash-fee")) == 20_00
