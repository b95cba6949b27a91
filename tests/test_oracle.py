"""The oracle against figures worked by hand. Amounts are in cents: 5_150_000_00 is $5,150,000.00."""

from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from oracle import Record, earned, rounded, run, totals

JEFFERIES, BRIGHTON, ATWOOD, LADENBURG = (
    "Jefferies & Company, Inc.",
    "Brighton Capital Ltd.",
    "Atwood Capital Ltd.",
    "Ladenburg Thalmann & Co. Inc.",
)
TWO_DOLLARS, TWO_SEVENTY_FIVE = Fraction(2), Fraction(11, 4)
HALF = Fraction(1, 2)


# ---- builders --------------------------------------------------------------------------------------------------------


def make_agreement(
    name: str,
    agent: str,
    clauses: list[Record],
    effective: date = date(2002, 1, 1),
    end: date | None = None,
    **changes: Any,
) -> Record:
    return {
        "id": name,
        "agent": agent,
        "term": {"effective": effective, "end": end},
        "tail_end": "unlimited",
        "investors": "introduced",
        "excluded": [],
        "securities": "all",
        "offerings": "all",
        "events": ["sale"],
        "limit": None,
        "clauses": clauses,
        **changes,
    }


def make_clause(name: str, kind: str, agent: str, **terms: Any) -> Record:
    return {"id": name, "kind": kind, "payees": [(agent, Fraction(1))], "odd_unit": agent, **terms}


def percentage(name: str, agent: str, rate: Fraction, **changes: Any) -> Record:
    return make_clause(
        name,
        "percentage",
        agent,
        **{
            "rate": rate,
            "rounding": "half up",
            "scope": "closing",
            "cap": None,
            "cap_over": "agreement",
            "balance_counts": True,
            **changes,
        },
    )


def per_amount(name: str, agent: str, warrants: int, per: int, **changes: Any) -> Record:
    return make_clause(
        name,
        "warrants per amount",
        agent,
        **{
            "warrants": warrants,
            "per": per,
            "steps": "pro rata",
            "rounding": "down",
            "scope": "agreement",
            "exercise_price": TWO_SEVENTY_FIVE,
            "cap": None,
            "cap_over": "agreement",
            "balance_counts": True,
            **changes,
        },
    )


def advance(agent: str, amount: int, due: date, credited: list[str], **changes: Any) -> Record:
    return make_clause(
        "advance",
        "advance",
        agent,
        **{
            "amount": amount,
            "due": due,
            "credited": credited,
            "unearned": "returned",
            "less_expenses": True,
            **changes,
        },
    )


def jefferies(**changes: Any) -> Record:
    clauses = [
        percentage("cash-fee", JEFFERIES, Fraction(65, 1000)),
        make_clause(
            "warrants",
            "vesting warrants",
            JEFFERIES,
            pool=125_000,
            target=15_000_000_00,
            maximum=125_000,
            exercise_price="price paid",
            rounding="down",
            scope="agreement",
        ),
        make_clause("expenses", "reimbursement", JEFFERIES, cap=100_000_00),
    ]
    return make_agreement("jefferies", JEFFERIES, clauses, date(2001, 12, 1), date(2002, 1, 31), **changes)


def brighton(steps: str = "pro rata", **changes: Any) -> Record:
    clauses = [
        percentage("cash-fee", BRIGHTON, Fraction(6, 100), payees=[(BRIGHTON, HALF), (ATWOOD, HALF)]),
        per_amount("warrants", BRIGHTON, 10_000, 1_000_000_00, steps=steps),
    ]
    return make_agreement("brighton", BRIGHTON, clauses, date(2002, 3, 11), None, **changes)


def ladenburg(**changes: Any) -> Record:
    clauses = [
        percentage("expense-allowance", LADENBURG, Fraction(3, 100), cap=150_000_00),
        advance(LADENBURG, 50_000_00, date(2001, 11, 19), ["cash-fee", "expense-allowance"]),
        percentage("cash-fee", LADENBURG, Fraction(5, 100)),
    ]
    return make_agreement(
        "ladenburg",
        LADENBURG,
        clauses,
        date(2001, 11, 19),
        date(2002, 8, 1),
        **{"tail_end": "none", "limit": 20_000_000_00, **changes},
    )


def line(
    closing: str, day: date, investor: str, gross: int, price: Fraction | None = TWO_DOLLARS, **changes: Any
) -> Record:
    return {
        "closing": closing,
        "date": day,
        "investor": investor,
        "gross": gross,
        "shares": int(gross / 100 / price) if price else 0,
        "price": price,
        "security": "common stock",
        "offering": "",
        "introduced_by": "",
        "event": "sale",
        "reverses": "",
        **changes,
    }


def rescission(closing: str, day: date, undone: Record, **changes: Any) -> Record:
    return {
        **undone,
        "closing": closing,
        "date": day,
        "gross": -undone["gross"],
        "shares": -undone["shares"],
        "event": "rescission",
        "reverses": undone["closing"],
        **changes,
    }


def introduction(investor: str, agreement: str, day: date) -> Record:
    return {"investor": investor, "agreement": agreement, "introduced_on": day}


def balance(agreement: str, clause: str, amount: int, base: int | None = None) -> Record:
    return {"agreement": agreement, "clause": clause, "as_of": date(2002, 1, 1), "amount": amount, "base": base}


def expense(agreement: str, clause: str, day: date, amount: int) -> Record:
    return {"agreement": agreement, "clause": clause, "date": day, "amount": amount}


def make_engagement(
    agreements: list[Record], lines: list[Record], as_of: date = date(2002, 12, 31), **tables: list[Record]
) -> Record:
    return {
        "as_of": as_of,
        "agreements": agreements,
        "lines": lines,
        "introductions": [],
        "expenses": [],
        "balances": [],
        **tables,
    }


def amounts(result: Record, clause: str, payee: str, measure: str = "accrued") -> list[int]:
    return [entry[measure] for entry in result["entries"] if entry["clause"] == clause and entry["payee"] == payee]


def sums(result: Record, *key: str) -> tuple[int, int, int]:
    row = totals(result)[(key[0], key[1], key[2])]
    return row["accrued"], row["recouped"], row["payable"]


MAR_13, MAR_15 = date(2002, 3, 13), date(2002, 3, 15)


def disclosed(introduced_by: str) -> list[Record]:
    return [
        line("2002-03-13", MAR_13, "Investor A", 5_150_000_00, introduced_by=introduced_by),
        line("2002-03-15", MAR_15, "Investor B", 1_050_000_00, introduced_by=introduced_by),
    ]


# ---- the three agreements: DESIGN, "Worked figures" ------------------------------------------------------------------


def test_jefferies_on_the_disclosed_closings() -> None:
    result = run(make_engagement([jefferies()], disclosed("jefferies")))
    assert result["attribution"] == {0: ["jefferies"], 1: ["jefferies"]}
    assert amounts(result, "cash-fee", JEFFERIES) == [334_750_00, 68_250_00]
    # 125,000 x 5.15 / 15 = 42,916.67; 125,000 x 6.20 / 15 = 51,666.67
    assert amounts(result, "warrants", JEFFERIES) == [42_916, 8_750]
    assert sums(result, "jefferies", "warrants", JEFFERIES) == (51_666, 0, 51_666)
    second = [entry for entry in result["entries"] if entry["clause"] == "warrants"][1]
    assert second == {
        "agreement": "jefferies",
        "clause": "warrants",
        "closing": "2002-03-15",
        "accrued_on": MAR_15,
        "payee": JEFFERIES,
        "exercise_price": TWO_DOLLARS,
        "base": 1_050_000_00,
        "base_before": 5_150_000_00,
        "accrued": 8_750,
        "recouped": 0,
        "payable": 8_750,
    }


def test_brighton_shares_the_fee_with_atwood_and_keeps_the_warrants() -> None:
    lines = disclosed("brighton")[1:]
    result = run(make_engagement([brighton()], lines))
    assert totals(result) == {
        ("brighton", "cash-fee", ATWOOD): {"accrued": 31_500_00, "recouped": 0, "payable": 31_500_00},
        ("brighton", "cash-fee", BRIGHTON): {"accrued": 31_500_00, "recouped": 0, "payable": 31_500_00},
        ("brighton", "warrants", BRIGHTON): {"accrued": 10_500, "recouped": 0, "payable": 10_500},
    }
    by_whole_millions = run(make_engagement([brighton("whole")], lines))
    assert amounts(by_whole_millions, "warrants", BRIGHTON) == [10_000]


def test_ladenburg_with_sixty_thousand_of_the_allowance_used() -> None:
    used = balance("ladenburg", "expense-allowance", 60_000_00)
    result = run(make_engagement([ladenburg()], disclosed("ladenburg")[:1], date(2002, 3, 31), balances=[used]))
    assert amounts(result, "cash-fee", LADENBURG) == [257_500_00]
    assert amounts(result, "expense-allowance", LADENBURG) == [90_000_00]
    assert amounts(result, "cash-fee", LADENBURG, "recouped") == [50_000_00]
    assert amounts(result, "expense-allowance", LADENBURG, "recouped") == [0]
    on_the_closing = [entry["payable"] for entry in result["entries"] if entry["closing"]]
    assert sum(on_the_closing) == 297_500_00
    assert sums(result, "ladenburg", "advance", LADENBURG) == (50_000_00, 0, 50_000_00)
    assert [(entry["closing"], entry["accrued_on"]) for entry in result["entries"] if entry["clause"] == "advance"] == [
        (None, date(2001, 11, 19))
    ]


def test_ladenburg_where_the_sixty_thousand_do_not_count() -> None:
    agreement = ladenburg()
    agreement["clauses"][0]["balance_counts"] = False
    used = balance("ladenburg", "expense-allowance", 60_000_00)
    result = run(make_engagement([agreement], disclosed("ladenburg")[:1], date(2002, 3, 31), balances=[used]))
    assert amounts(result, "expense-allowance", LADENBURG) == [150_000_00]  # 3% is 154,500.00


@pytest.mark.parametrize(
    ("agreement", "clauses", "explained", "left"),
    [
        (brighton(), ["cash-fee"], 63_000_00, 7_500_00),
        (jefferies(), ["cash-fee"], 68_250_00, 2_250_00),
        (ladenburg(), ["cash-fee"], 52_500_00, 18_000_00),
        (ladenburg(), ["cash-fee", "expense-allowance"], 84_000_00, -13_500_00),
    ],
)
def test_the_finder_paid_seventy_thousand_five_hundred(
    agreement: Record, clauses: list[str], explained: int, left: int
) -> None:
    result = run(make_engagement([agreement], disclosed(agreement["id"])[1:]))
    fees = sum(entry["accrued"] for entry in result["entries"] if entry["clause"] in clauses)
    assert (fees, 70_500_00 - fees) == (explained, left)


# ---- what is earned: rules 3 to 6 ------------------------------------------------------------------------------------


def test_rounding_is_symmetric() -> None:
    values = [Fraction(n, 4) for n in (2, 5, 6, 7, 10)]  # 0.5 1.25 1.5 1.75 2.5
    assert [rounded(v, "half up") for v in values] == [1, 1, 2, 2, 3]
    assert [rounded(v, "half even") for v in values] == [0, 1, 2, 2, 2]
    assert [rounded(v, "down") for v in values] == [0, 1, 1, 1, 2]
    assert [rounded(v, "up") for v in values] == [1, 2, 2, 2, 3]
    for mode in ("half up", "half even", "down", "up"):
        assert [rounded(-v, mode) for v in values] == [-rounded(v, mode) for v in values]
        assert rounded(Fraction(3), mode) == 3


def test_vesting_past_its_maximum() -> None:
    days = [date(2002, 2, day) for day in (1, 2, 3)]
    lines = [
        line(f"C{n}", day, "A", gross, introduced_by="jefferies")
        for n, (day, gross) in enumerate(zip(days, [14_000_000_00, 3_000_000_00, 1_000_000_00], strict=True))
    ]
    result = run(make_engagement([jefferies()], lines))
    # 125,000 x 14 / 15 = 116,666.67; then the target is passed; then nothing is left, and the entry stands at zero
    assert amounts(result, "warrants", JEFFERIES) == [116_666, 8_334, 0]

    agreement = jefferies()
    agreement["clauses"][1]["maximum"] = 120_000
    assert amounts(run(make_engagement([agreement], lines)), "warrants", JEFFERIES) == [116_666, 3_334, 0]


def test_whole_steps_run_over_the_agreement_and_keep_their_sign() -> None:
    clause = per_amount("warrants", BRIGHTON, 10_000, 1_000_000_00, steps="whole")
    assert [earned(clause, base * 1_000_000_00 // 10) for base in (9, 10, 19, 20, -9, -10, -19)] == [
        0,
        10_000,
        10_000,
        20_000,
        0,
        -10_000,
        -10_000,
    ]
    lines = [
        line(f"C{n}", date(2002, 4, n), "A", gross, introduced_by="brighton")
        for n, gross in ((1, 600_000_00), (2, 600_000_00), (3, 600_000_00), (4, 200_000_00))
    ]
    assert amounts(run(make_engagement([brighton("whole")], lines)), "warrants", BRIGHTON) == [0, 10_000, 0, 10_000]


@pytest.mark.parametrize(
    ("scope", "fees"),
    [
        ("line", [2, 2]),  # 0.6 + 0.6 -> 1 + 1; 0.6 + 0.6 -> 1 + 1
        ("closing", [1, 1]),  # 1.2 -> 1; 1.2 -> 1
        ("investor", [2, 0]),  # A: 0.6, 1.2 -> 1, 0; B the same
        ("agreement", [1, 1]),
    ],
)  # 0.6 -> 1, 1.2 -> 1, 1.8 -> 2, 2.4 -> 2
def test_rounding_scopes(scope: str, fees: list[int]) -> None:
    fee = percentage("fee", "P", Fraction(1, 10), scope=scope)
    lines = [
        line(closing, date(2002, 4, day), investor, 6)
        for closing, day in (("C1", 1), ("C2", 2))
        for investor in ("A", "B")
    ]
    result = run(make_engagement([make_agreement("x", "P", [fee], investors="all")], lines))
    assert amounts(result, "fee", "P") == fees


def test_a_cap_crossed_in_mid_closing() -> None:
    fee = percentage("allowance", "P", Fraction(3, 100), cap=150_000_00)
    lines = [
        line("C1", date(2002, 4, 1), "A", 4_000_000_00),  # 120,000.00
        line("C2", date(2002, 4, 2), "B", 800_000_00),  # 24,000.00: 144,000.00
        line("C2", date(2002, 4, 2), "C", 700_000_00),  # 21,000.00, of which 6,000.00 fit
        line("C3", date(2002, 4, 3), "A", 100_000_00),
    ]
    result = run(make_engagement([make_agreement("x", "P", [fee], investors="all")], lines))
    assert amounts(result, "allowance", "P") == [120_000_00, 30_000_00, 0]
    assert [entry["base"] for entry in result["entries"]] == [4_000_000_00, 1_500_000_00, 100_000_00]


def test_a_cap_on_warrants_is_crossed_in_the_order_of_prices() -> None:
    warrants = per_amount("warrants", "P", 1, 100_00, exercise_price="price paid", cap=50)
    lines = [
        line("C1", date(2002, 4, 1), "A", 4_000_00, Fraction(3)),
        line("C1", date(2002, 4, 1), "B", 3_000_00, Fraction(3, 2)),
        line("C1", date(2002, 4, 1), "C", 1_500_00, None),
    ]
    result = run(make_engagement([make_agreement("x", "P", [warrants], investors="all")], lines))
    assert [
        (entry["exercise_price"], entry["accrued"], entry["base"], entry["base_before"]) for entry in result["entries"]
    ] == [(None, 15, 1_500_00, 0), (Fraction(3, 2), 30, 3_000_00, 0), (Fraction(3), 5, 4_000_00, 0)]


def test_a_cap_over_each_closing_starts_afresh() -> None:
    fee = percentage("fee", "P", Fraction(1, 10), scope="agreement", cap=100_00, cap_over="closing")
    first = line("C1", date(2002, 4, 1), "A", 1_500_00)
    lines = [first, line("C2", date(2002, 4, 2), "A", 900_00), rescission("C3", date(2002, 4, 3), first)]
    result = run(make_engagement([make_agreement("x", "P", [fee], investors="all")], lines))
    assert amounts(result, "fee", "P") == [100_00, 90_00, -100_00]


def test_only_the_part_within_the_offering_limit_counts() -> None:
    fee = percentage("fee", "P", Fraction(1, 10))
    agreement = make_agreement("x", "P", [fee], investors="all", limit=1_000_00)
    lines = [
        line("C1", date(2002, 4, 1), "A", 700_00),
        line("C2", date(2002, 4, 2), "A", 700_00),
        line("C3", date(2002, 4, 3), "A", 100_00),
    ]
    lines.append(rescission("C4", date(2002, 4, 4), lines[1]))  # 1,500.00 -> 800.00: 200.00 of it within
    result = run(make_engagement([agreement], lines))
    assert [(entry["base_before"], entry["base"]) for entry in result["entries"]] == [
        (0, 700_00),
        (700_00, 300_00),
        (1_000_00, 0),
        (1_000_00, -200_00),
    ]
    assert amounts(result, "fee", "P") == [70_00, 30_00, 0, -20_00]
    opened = run(make_engagement([agreement], lines[:1], balances=[balance("x", "fee", 60_00, 600_00)]))
    assert [(entry["base_before"], entry["base"], entry["accrued"]) for entry in opened["entries"]] == [
        (600_00, 400_00, 40_00)
    ]


def test_expenses_are_reimbursed_up_to_the_cap() -> None:
    expenses = [
        expense("jefferies", "expenses", date(2002, 2, 3), 30_000_00),
        expense("jefferies", "expenses", date(2002, 2, 1), 80_000_00),
        expense("jefferies", "expenses", date(2003, 1, 1), 1_00),  # after as_of
        expense("ladenburg", "advance", date(2002, 2, 1), 1_00),
    ]
    result = run(make_engagement([jefferies()], [], expenses=expenses))
    assert [(entry["accrued_on"], entry["closing"], entry["accrued"]) for entry in result["entries"]] == [
        (date(2002, 2, 1), None, 80_000_00),
        (date(2002, 2, 3), None, 20_000_00),
    ]


# ---- payees: rule 8 --------------------------------------------------------------------------------------------------


def test_odd_cents_between_two_payees_over_three_closings() -> None:
    lines = [line(f"C{n}", date(2002, 4, n), "A", 16_75, introduced_by="brighton") for n in (1, 2, 3)]
    result = run(make_engagement([brighton()], lines))
    # 6% of 16.75 is 1.005, so 1.01 at each closing; Atwood's half of 1.01, 2.02, 3.03 is 0.50, 1.01, 1.51
    assert amounts(result, "cash-fee", ATWOOD) == [50, 51, 50]
    assert amounts(result, "cash-fee", BRIGHTON) == [51, 50, 51]


def test_odd_cents_go_on_from_the_balance() -> None:
    lines = [line("C2", date(2002, 4, 2), "A", 16_75, introduced_by="brighton")]
    result = run(make_engagement([brighton()], lines, balances=[balance("brighton", "cash-fee", 1_01, 16_75)]))
    assert (amounts(result, "cash-fee", ATWOOD), amounts(result, "cash-fee", BRIGHTON)) == ([51], [50])


# ---- rescissions -----------------------------------------------------------------------------------------------------


def test_an_exact_rescission_nets_to_zero_for_every_payee() -> None:
    payees = [("P", Fraction(1, 3)), ("Q", Fraction(2, 3))]
    clauses = [
        percentage("fee", "P", Fraction(5, 100), payees=payees),
        percentage("allowance", "P", Fraction(3, 100), payees=payees, cap=10_00, scope="investor"),
        per_amount("warrants", "P", 7, 10_00, payees=payees, cap=30),
        make_clause(
            "vesting",
            "vesting warrants",
            "P",
            pool=100,
            target=300_00,
            maximum=90,
            payees=payees,
            exercise_price="price paid",
            rounding="half up",
            scope="agreement",
        ),
        advance("P", 20_01, date(2002, 1, 1), ["fee"], payees=payees),
    ]
    agreement = make_agreement("x", "P", clauses, investors="all", limit=500_00)
    before = [line("C1", date(2002, 4, 1), "A", 123_45)]
    # crosses the limit, both caps, the vesting target and the advance
    undone = line("C2", date(2002, 4, 2), "B", 444_44)
    undoing = rescission("C3", date(2002, 4, 3), undone)
    without = run(make_engagement([agreement], before))
    done = totals(run(make_engagement([agreement], [*before, undone])))
    # 5% of 123.45 is 6.17, of the 376.55 within the limit 18.83: 25.00, of which 20.01 are recouped
    assert done["x", "fee", "P"] == {"accrued": 8_34, "recouped": 6_67, "payable": 1_67}
    assert done["x", "fee", "Q"] == {"accrued": 16_66, "recouped": 13_34, "payable": 3_32}
    assert totals(run(make_engagement([agreement], [*before, undone, undoing]))) == totals(without)
    nothing = totals(run(make_engagement([agreement], [undone, undoing])))
    assert {clause: row for (_, clause, _), row in nothing.items() if clause != "advance"} == {
        clause: {"accrued": 0, "recouped": 0, "payable": 0} for clause in ("fee", "allowance", "warrants", "vesting")
    }


def test_with_two_credited_clauses_a_rescission_unwinds_each_of_them() -> None:
    """What a closing credited, its reversal takes back clause by clause, in the opposite order."""
    clauses = [
        percentage("fee", "P", Fraction(5, 100)),
        percentage("allowance", "P", Fraction(3, 100)),
        advance("P", 60_00, date(2002, 1, 1), ["fee", "allowance"]),
    ]
    agreement = make_agreement("x", "P", clauses, investors="all")
    sale = line("C1", date(2002, 4, 1), "A", 1_000_00)
    result = run(make_engagement([agreement], [sale, rescission("C2", date(2002, 4, 2), sale)]))
    assert amounts(result, "fee", "P", "recouped") == [50_00, -50_00]
    assert amounts(result, "allowance", "P", "recouped") == [10_00, -10_00]
    assert sum(entry["payable"] for entry in result["entries"] if entry["closing"]) == 0


def test_a_rescission_is_tested_as_what_it_undoes_and_accrues_on_its_own_date() -> None:
    agreement = ladenburg(offerings=["shelf"], securities=["common stock"])
    sale = line("C1", date(2002, 8, 1), "A", 1_000_00, offering="shelf", introduced_by="ladenburg")
    bare = rescission("C2", date(2002, 9, 1), sale, offering="", security="", introduced_by="")
    stranger = rescission("C3", date(2002, 9, 1), sale, investor="B", offering="", security="", introduced_by="")
    result = run(make_engagement([agreement], [sale, bare, stranger]))
    assert result["attribution"] == {0: ["ladenburg"], 1: ["ladenburg"], 2: []}
    assert [
        (entry["closing"], entry["accrued_on"], entry["accrued"])
        for entry in result["entries"]
        if entry["clause"] == "cash-fee"
    ] == [("C1", date(2002, 8, 1), 50_00), ("C2", date(2002, 9, 1), -50_00)]
    early = run(make_engagement([agreement], [sale, bare], date(2002, 8, 31)))
    assert early["attribution"] == {0: ["ladenburg"], 1: []}


def test_a_rescission_of_what_is_not_covered_is_not_covered() -> None:
    agreement = make_agreement("x", "P", [percentage("fee", "P", Fraction(1, 10))], investors="all")
    exercise = line("C1", date(2002, 4, 1), "A", 1_000_00, event="warrant exercise")
    lines = [exercise, rescission("C2", date(2002, 4, 2), exercise)]
    assert run(make_engagement([agreement], lines))["attribution"] == {0: [], 1: []}
    agreement["events"] = ["warrant exercise"]
    assert run(make_engagement([agreement], lines))["attribution"] == {0: ["x"], 1: ["x"]}


def test_a_rescission_shares_the_rounding_of_the_closing_it_reverses() -> None:
    fee = percentage("fee", "P", Fraction(1, 10))
    sale = line("C1", date(2002, 4, 1), "A", 14)  # 1.4 -> 1
    part = rescission("C2", date(2002, 4, 2), sale, gross=-8)  # 0.6 -> 1: nothing comes back
    rest = rescission("C3", date(2002, 4, 3), sale, gross=-6)  # 0.0
    result = run(make_engagement([make_agreement("x", "P", [fee], investors="all")], [sale, part, rest]))
    assert amounts(result, "fee", "P") == [1, 0, -1]


# ---- advances: rule 7 ------------------------------------------------------------------------------------------------

EARNED_TWENTY = line("C1", date(2002, 3, 1), "A", 400_000_00, introduced_by="ladenburg")  # 5% is 20,000.00
FIVE_SPENT = [
    expense("ladenburg", "advance", date(2002, 8, 1), 5_000_00),
    expense("ladenburg", "advance", date(2002, 8, 2), 7_00),
]  # a day late


def ladenburg_fee_only(**changes: Any) -> Record:
    agreement = ladenburg(tail_end="unlimited")
    agreement["clauses"] = [clause for clause in agreement["clauses"] if clause["id"] != "expense-allowance"]
    agreement["clauses"][0].update({"credited": ["cash-fee"], **changes})
    return agreement


def test_the_unearned_part_of_an_advance_is_returned() -> None:
    records = make_engagement([ladenburg_fee_only()], [EARNED_TWENTY], expenses=FIVE_SPENT)
    result = run(records)
    assert sums(result, "ladenburg", "cash-fee", LADENBURG) == (20_000_00, 20_000_00, 0)
    assert [
        (entry["accrued_on"], entry["closing"], entry["accrued"], entry["recouped"], entry["payable"])
        for entry in result["entries"]
        if entry["clause"] == "advance"
    ] == [(date(2001, 11, 19), None, 50_000_00, 0, 50_000_00), (date(2002, 8, 1), None, -25_000_00, 0, -25_000_00)]
    # the day before the term's end nothing is returned yet; where it is kept, never
    assert amounts(run({**records, "as_of": date(2002, 7, 31)}), "advance", LADENBURG) == [50_000_00]
    kept = {**records, "agreements": [ladenburg_fee_only(unearned="kept")]}
    assert amounts(run(kept), "advance", LADENBURG) == [50_000_00]
    without_expenses = {**records, "agreements": [ladenburg_fee_only(less_expenses=False)]}
    assert amounts(run(without_expenses), "advance", LADENBURG) == [50_000_00, -30_000_00]


def test_a_rescission_after_the_return_returns_the_shortfall_too() -> None:
    lines = [
        EARNED_TWENTY,
        rescission("C2", date(2002, 9, 1), EARNED_TWENTY, gross=-200_000_00),  # earned: 10,000.00
        line("C3", date(2002, 9, 2), "A", 500_000_00, introduced_by="ladenburg"),
    ]  # earned: 35,000.00
    result = run(make_engagement([ladenburg_fee_only()], lines, expenses=FIVE_SPENT))
    assert amounts(result, "cash-fee", LADENBURG) == [20_000_00, -10_000_00, 25_000_00]
    # 20,000.00 had been earned when the term ended: no more is ever recouped, 10,000.00 after the rescission
    assert amounts(result, "cash-fee", LADENBURG, "recouped") == [20_000_00, -10_000_00, 10_000_00]
    assert amounts(result, "advance", LADENBURG) == [50_000_00, -25_000_00, -10_000_00, 10_000_00]


def test_an_advance_earned_in_full_is_not_returned() -> None:
    lines = [EARNED_TWENTY, line("C2", date(2002, 8, 1), "A", 600_000_00, introduced_by="ladenburg")]
    result = run(make_engagement([ladenburg_fee_only()], lines))
    assert amounts(result, "advance", LADENBURG) == [50_000_00]
    assert sums(result, "ladenburg", "cash-fee", LADENBURG) == (50_000_00, 50_000_00, 0)


def test_what_accrued_before_the_advance_was_due_is_not_credited() -> None:
    agreement = ladenburg_fee_only(due=date(2002, 3, 2))
    lines = [EARNED_TWENTY, line("C2", date(2002, 3, 2), "A", 100_000_00, introduced_by="ladenburg")]
    result = run(make_engagement([agreement], lines, date(2002, 3, 31)))
    assert amounts(result, "cash-fee", LADENBURG, "recouped") == [0, 5_000_00]
    not_yet = run(make_engagement([agreement], lines, date(2002, 3, 1)))
    assert amounts(not_yet, "advance", LADENBURG) == []


def test_expenses_are_credited_before_the_closings_of_their_day() -> None:
    clauses = [
        percentage("fee", "P", Fraction(1, 10)),
        make_clause("expenses", "reimbursement", "P", cap=None),
        advance("P", 100_00, date(2002, 1, 1), ["fee", "expenses"]),
    ]
    agreement = make_agreement("x", "P", clauses, investors="all")
    result = run(
        make_engagement(
            [agreement],
            [line("C1", date(2002, 4, 1), "A", 900_00)],
            expenses=[expense("x", "expenses", date(2002, 4, 1), 60_00)],
        )
    )
    assert sums(result, "x", "expenses", "P") == (60_00, 60_00, 0)
    assert sums(result, "x", "fee", "P") == (90_00, 40_00, 50_00)


# ---- resuming --------------------------------------------------------------------------------------------------------


def test_resuming_from_balances_gives_the_same_entries() -> None:
    lines = [
        line("C1", date(2002, 3, 1), "A", 500_000_00, introduced_by="ladenburg"),
        line("C2", date(2002, 3, 2), "A", 400_000_00, introduced_by="ladenburg"),
    ]
    used = balance("ladenburg", "expense-allowance", 60_000_00)
    as_of = date(2002, 3, 31)
    at_once = run(make_engagement([ladenburg()], lines, as_of, balances=[used]))
    assert amounts(at_once, "cash-fee", LADENBURG) == [25_000_00, 20_000_00]
    assert amounts(at_once, "cash-fee", LADENBURG, "recouped") == [25_000_00, 10_000_00]
    assert amounts(at_once, "expense-allowance", LADENBURG) == [15_000_00, 12_000_00]
    assert amounts(at_once, "expense-allowance", LADENBURG, "recouped") == [15_000_00, 0]

    balances = [
        balance("ladenburg", "cash-fee", 25_000_00, 500_000_00),
        balance("ladenburg", "expense-allowance", 75_000_00, 500_000_00),
        balance("ladenburg", "advance", 50_000_00, 40_000_00),
    ]
    resumed = run(make_engagement([ladenburg()], lines[1:], as_of, balances=balances))
    assert resumed["entries"] == [entry for entry in at_once["entries"] if entry["closing"] == "C2"]


def test_resuming_a_pool_that_vests() -> None:
    balances = [
        balance("jefferies", "warrants", 42_916, 5_150_000_00),
        balance("jefferies", "cash-fee", 334_750_00, 5_150_000_00),
    ]
    at_once = run(make_engagement([jefferies()], disclosed("jefferies")))
    resumed = run(make_engagement([jefferies()], disclosed("jefferies")[1:], balances=balances))
    assert resumed["entries"] == [entry for entry in at_once["entries"] if entry["closing"] == "2002-03-15"]


# ---- attribution: rules 1 and 2 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("introduced_on", "owed"),
    [
        (date(2001, 11, 30), []),  # the day before the term
        (date(2001, 12, 1), ["jefferies"]),  # its first day
        (date(2002, 1, 31), ["jefferies"]),  # its last day
        (date(2002, 2, 1), []),
    ],
)  # after termination
def test_an_introduction_counts_only_within_the_term(introduced_on: date, owed: list[str]) -> None:
    result = run(
        make_engagement(
            [jefferies()],
            [line("C1", MAR_13, "A", 100_00)],
            introductions=[introduction("A", "jefferies", introduced_on)],
        )
    )
    assert result["attribution"] == {0: owed}


def test_the_line_s_own_word_holds_against_the_introductions() -> None:
    result = run(
        make_engagement(
            [jefferies()],
            [line("C1", MAR_13, "A", 100_00, introduced_by="jefferies")],
            introductions=[introduction("A", "jefferies", date(2002, 2, 1))],
        )
    )
    assert result["attribution"] == {0: ["jefferies"]}


def test_an_introduction_counts_by_its_date_in_the_term_even_after_the_closing() -> None:
    result = run(
        make_engagement(
            [jefferies()],
            [line("C1", date(2001, 12, 10), "A", 100_00)],
            introductions=[introduction("A", "jefferies", date(2001, 12, 11))],
        )
    )
    assert result["attribution"] == {0: ["jefferies"]}


def test_a_line_claimed_twice_is_owed_to_neither() -> None:
    company_wide = make_agreement("all", "P", [percentage("fee", "P", Fraction(1, 10))], investors="all")
    listed = make_agreement("listed", "Q", [percentage("fee", "Q", Fraction(1, 10))], investors=["listed", "A"])
    lines = [
        line("C1", MAR_13, "A", 100_00),
        line("C1", MAR_13, "A", 200_00, introduced_by="brighton"),
        line("C2", MAR_15, "B", 400_00),
    ]
    introductions = [
        introduction("A", "jefferies", date(2002, 1, 2)),
        introduction("A", "brighton", date(2002, 3, 11)),
        introduction("B", "jefferies", date(2002, 1, 2)),
    ]
    result = run(make_engagement([jefferies(), brighton(), company_wide, listed], lines, introductions=introductions))
    assert result["attribution"] == {0: ["all", "listed"], 1: ["brighton", "all", "listed"], 2: ["jefferies", "all"]}
    assert [entry["base"] for entry in result["entries"] if entry["clause"] == "cash-fee"] == [200_00, 200_00, 400_00]
    # a second claim that does not cover the line is no claim
    result = run(make_engagement([jefferies(), brighton(excluded=["A"])], lines[:1], introductions=introductions))
    assert result["attribution"] == {0: ["jefferies"]}


@pytest.mark.parametrize(
    ("changes", "owed"),
    [
        ({}, True),
        ({"excluded": ["A"]}, False),
        ({"securities": ["preferred"]}, False),
        ({"offerings": ["shelf"]}, True),
        ({"events": ["warrant exercise"]}, False),
        ({"tail_end": "none"}, False),
        ({"tail_end": MAR_13}, True),
        ({"tail_end": date(2002, 3, 12)}, False),
        ({"term": {"effective": date(2002, 3, 14), "end": None}}, False),
    ],
)
def test_coverage(changes: Record, owed: bool) -> None:
    result = run(make_engagement([jefferies(**changes)], [line("C1", MAR_13, "A", 100_00, introduced_by="jefferies")]))
    assert result["attribution"] == {0: ["jefferies"] if owed else []}


def test_the_order_of_the_rows_changes_nothing_and_the_records_are_left_alone() -> None:
    lines = disclosed("ladenburg") + [line("2002-03-13", MAR_13, "C", 16_000_000_01, introduced_by="ladenburg")]
    records = make_engagement([ladenburg()], lines)
    kept = deepcopy(records)
    result = run(records)
    assert records == kept
    assert run({**records, "lines": lines[::-1]})["entries"] == result["entries"]


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [line("C1", MAR_13, "A", 1), line("C1", MAR_15, "A", 1)]},
        {"balances": [balance("ladenburg", "cash-fee", 1), balance("ladenburg", "cash-fee", 2)]},
    ],
)
def test_what_the_rules_do_not_settle_is_refused(changes: Record) -> None:
    with pytest.raises(ValueError):
        run({**make_engagement([ladenburg()], []), **changes})
