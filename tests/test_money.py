"""Exact values from text and back, exact rounding of scalars and columns, days and months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feecalc import dates, money, totals
from feecalc.money import Unreadable

wide = st.integers(-money.LARGEST_CENTS, money.LARGEST_CENTS)
modes = st.sampled_from(money.ROUNDING_MODES)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1050000", 105000000),
        ("1,050,000.00", 105000000),
        ("$1,050,000.00", 105000000),
        ("(500.00)", -50000),
        ("-500", -50000),
        ("\u2212500", -50000),
        ("500.00-", -50000),
        ("US$ 5", 500),
        ("USD 5.1", 510),
        ("5 USD", 500),
        ("0.07", 7),
        ("1.10000", 110),
        ("($5.00)", -500),
        ("-$5", -500),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_money_is_read(text: str, cents: int) -> None:
    assert money.parse_money(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1e5",
        "1.005",
        "1.2345",
        "1,05,0000",
        "1.050.000,00",
        "NaN",
        "inf",
        "١٢",
        "1_000",
        "--5",
        "5+",
        "0x10",
        "½",
        "10000000000000",
        "€5",
        "5 EUR",
        ".5",
        "5.",
        "1 000",
        "1'000",
        "5%",
        "(5",
        "(500",
        "500)",
        "- -5",
    ],
)
def test_money_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        money.parse_money(text)


@pytest.mark.parametrize(
    ("parse", "text", "remedy"),
    [
        (money.parse_money, "1.050.000,00", "The decimal mark is a point and thousands are separated by commas"),
        (money.parse_money, "1.05E+06", "Scientific notation may have lost digits"),
        (money.parse_money, "1_000", "Separate thousands with commas"),
        (money.parse_money, "1,05,0000", "Commas must stand before each group of three digits"),
        (money.parse_money, "2002-03-13", "This is a date"),
        (money.parse_money, "none", "If there is none, leave it out"),
        (money.parse_money, "5m", "Write the amount out, with all its zeros"),
        (money.parse_money, "050", "It may be the end of an amount whose comma cut it in two"),
        (money.parse_money, "1.050", "If the point separates thousands, write 1,050"),
        (money.parse_money, "1.0055", "Write whole cents"),
        (money.parse_money, "9" * 50, "It is too long: check it"),
        (money.parse_money, "10000000000000.00", "Check the amount"),
        (money.parse_price, "1000000000", "Check the price"),
        (money.parse_price, "0.12345678901", "Write the price per share"),
        (money.parse_rate, "6,5%", "The decimal mark is a point: 6.5%"),
        (money.parse_rate, "-5%", "A rate is not negative"),
        (money.parse_rate, "x%", "Write digits, a point for decimals, and the per cent sign"),
        (money.parse_rate, "65 bps", "Basis points are hundredths of a per cent: write 0.65%"),
        (money.parse_rate, "62.5 bps", "write 0.625%"),
        (money.parse_rate, "x", "Write digits, a point for decimals, and the per cent sign"),
        (money.parse_rate, "6.5", "For 6.5 per cent write 6.5%"),
        (money.parse_rate, "0.065", "For 0.065 of the base write 6.5%; for 0.065 per cent write 0.065%"),
        (money.parse_rate, "100.01%", "A rate is at most 100%"),
        (money.parse_share, "3/2", "Write a fraction such as 1/2"),
        (money.parse_share, "half", "Write a fraction such as 1/2, 1/1 for all"),
        (money.parse_count, "1.5", "Shares and warrants are counted whole"),
        (money.parse_count, "1" * 16, "Check the count"),
        (money.parse_rate, "65 BPS", "write 0.65%"),
        (money.parse_money, "05", "It may be the end of an amount whose comma cut it in two"),
        (money.parse_money, "1.1230", "Write whole cents"),
        (money.parse_money, "x" * 40, "Use digits, with commas for thousands and a point for decimals."),
        (money.parse_money, "\u0661", "\u0661 is not the digit 1 of a keyboard: type the figures anew."),
        (money.parse_money, "5\u20136", 'It holds en dash (U+2013), which is no part of it. Type a plain "-".'),
        (money.parse_money, "5\u22126", 'It holds minus sign (U+2212), which is no part of it. Type a plain "-".'),
        (money.parse_share, "0/0", "Write a fraction such as 1/2"),
    ],
)
def test_what_cannot_be_read_is_told_how_to_write_it(parse: Callable[[str], object], text: str, remedy: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert remedy in refused.value.remedy
    shown = text if len(text) <= 40 else text[:37] + "..."
    assert f'"{shown}"' in refused.value.says == str(refused.value)


def test_a_remedy_says_no_more_than_applies() -> None:
    """A point after a thousand or after nothing parts no thousands; only a dash is told to be a plain one."""
    for text in ("1000.500", "0.125"):
        with pytest.raises(Unreadable) as refused:
            money.parse_money(text)
        assert refused.value.remedy == "Write whole cents, such as 1,050,000.25."
    assert money.odd_character("5\u00d7") == "It holds multiplication sign (U+00D7), which is no part of it."
    assert money.odd_character("5x-") == ""


def test_the_largest_and_the_longest_are_read() -> None:
    assert money.parse_count("9" * 15) == money.LARGEST_CENTS == 10**15 - 1
    assert money.parse_money("1." + "0" * 38) == 100
    assert money.parse_price("0.1234567891").ratio == Fraction(1234567891, 10**10)
    assert money.parse_share("1/1") == 1 and money.parse_share("0/1") == 0
    assert money.parse_money("505-") == -505_00


def test_what_people_are_shown() -> None:
    """To the edges of what each form says."""
    assert [money.shown_count(count) for count in (0, 1, 10_500, -10_500)] == ["0", "1", "10,500", "(10,500)"]
    assert [money.shown_money(cents) for cents in (0, 1, -1, 105_000_000)] == ["0.00", "0.01", "(0.01)", "1,050,000.00"]
    assert [money.plain_money(cents) for cents in (0, 1, -1, -100)] == ["0.00", "0.01", "-0.01", "-1.00"]
    assert [str(money.Price(Fraction(11651, 10000), 4)), str(money.Price(Fraction(2)))] == ["1.1651", "2.00"]
    shares = (Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(1, 4), Fraction(3, 4), Fraction(1))
    told = ["one half", "one third", "two thirds", "one quarter", "three quarters", "all"]
    assert [money.shown_share(share) for share in shares] == told
    assert [money.shown_share(share) for share in (Fraction(65, 100), Fraction(1, 7))] == ["65%", "1/7"]
    assert [money.shown_rate(Fraction(part, 10_000)) for part in (0, 5, 650, 10_000)] == ["0%", "0.05%", "6.5%", "100%"]
    assert money.units(1_234_00) == 1_234


@pytest.mark.parametrize(
    ("cents", "shares", "price"),
    [
        (200, 1, "2.00"),
        (-200, -1, "2.00"),
        (1, 1, "0.01"),
        (1, 8, "0.00125"),
        (100, 3, None),
        (1, 2**9, None),
        (1, 5**8, "0.0000000256"),
    ],
)
def test_a_price_of_an_amount_and_shares(cents: int, shares: int, price: str | None) -> None:
    """cents / shares as a decimal of at most ten places; 1/512 of a cent would take eleven."""
    found = money.price_of(cents, shares)
    assert (str(found) if found else None) == price
    assert found is None or found.ratio == Fraction(cents, 100 * shares)


@given(wide)
def test_money_survives_print_and_read(cents: int) -> None:
    assert money.parse_money(money.plain_money(cents)) == money.parse_money(money.shown_money(cents)) == cents


@pytest.mark.parametrize(
    "cents, shares, price",
    [(200, 1, "2.00"), (1, 3, None), (5, 400, "0.000125"), (100, 8, "0.125"), (100, -8, "-0.125")],
)
def test_prices_of_amounts_and_shares(cents: int, shares: int, price: str | None) -> None:
    found = money.price_of(cents, shares)
    if price is None:
        assert found is None
    else:
        assert found is not None and found.ratio == Fraction(price)


def test_marks_of_currencies() -> None:
    marks = {"€5": ("EUR",), "(US$ 5)": ("USD",), "-$5": money.marked("$5"), "5 GBP": ("GBP",), "5": (), "five": ()}
    assert {text: money.marked(text) for text in marks} == marks and "USD" in marks["-$5"]
    assert money.parse_money("\u2212$5") == -500 and money.parse_money("€5.10", "EUR") == 510


def test_rates_shares_prices_counts() -> None:
    assert money.parse_rate("6.5%") == Fraction(65, 1000) and money.shown_rate(Fraction(65, 1000)) == "6.5%"
    assert money.shown_rate(Fraction(1, 3)) == "1/3" and money.shown_share(Fraction(1, 2)) == "one half"
    assert money.parse_rate("100%") == 1 and money.parse_percent("133.1%") == Fraction(1331, 1000)
    assert money.parse_share("1/3") == Fraction(1, 3) and money.parse_share("50%") == Fraction(1, 2)
    assert (
        str(money.parse_price("1.1651")) == "1.1651"
        and str(money.parse_price("$2")) == "2.00"
        and str(money.parse_price("2.7500")) == "2.75"
    )
    assert money.parse_count("525,000") == 525000 and money.parse_count("(5)") == -5 and money.parse_count("5.00") == 5
    for parse, text in [
        (money.parse_rate, "6.5"),
        (money.parse_rate, "101%"),
        (money.parse_rate, "x%"),
        (money.parse_share, "3/2"),
        (money.parse_share, "1/0"),
        (money.parse_share, "half"),
        (money.parse_price, "-1"),
        (money.parse_price, "1.12345678901"),
        (money.parse_count, "5.5"),
        (money.parse_count, "1" * 16),
    ]:
        with pytest.raises(Unreadable):
            parse(text)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6), modes)
def test_scalars_round_as_they_say(numerator: int, denominator: int, mode: money.RoundingMode) -> None:
    exact = Fraction(numerator, denominator)
    got = money.divided(numerator, denominator, mode)
    assert got == money.rounded(exact, mode) == -money.divided(-numerator, denominator, mode)
    size, distance = abs(got), abs(abs(got) - abs(exact))
    if mode == "down":
        assert size <= abs(exact) < size + 1
    elif mode == "up":
        assert size - 1 < abs(exact) <= size
    else:
        assert distance <= Fraction(1, 2)
        if distance == Fraction(1, 2):
            assert size > abs(exact) if mode == "half up" else size % 2 == 0


@given(
    st.lists(wide, max_size=5),
    st.fractions(0, 1, max_denominator=10**9) | st.just(Fraction(10_000, 100_000_000)),
    modes,
)
def test_columns_round_as_scalars(amounts: list[int], ratio: Fraction, mode: money.RoundingMode) -> None:
    column = totals.scaled(np.array(amounts, dtype=np.int64), ratio, mode)
    assert column.dtype == np.int64
    assert column.tolist() == [money.rounded(amount * ratio, mode) for amount in amounts]


@pytest.mark.parametrize("mode", money.ROUNDING_MODES)
def test_columns_round_halves_as_scalars(mode: money.RoundingMode) -> None:
    """Amounts whose parts are just below, at and just above a half, on both paths: of 64 bits and beyond."""
    for ratio in (Fraction(1, 2), Fraction(13, 200), Fraction(1, 8), Fraction(1, 2**40), Fraction(7, 2 * 10**9)):
        halves = [number * ratio.denominator // 2 + off for number in (1, 2, 3, 5) for off in (-1, 0, 1)]
        amounts = [sign * amount for amount in halves for sign in (1, -1)]
        expected = [money.rounded(amount * ratio, mode) for amount in amounts]
        for column in (np.array(amounts, dtype=np.int64), np.array(amounts, dtype=object)):
            assert totals.scaled(column, ratio, mode).tolist() == expected


@given(st.lists(st.integers(-(2**62), 2**62), max_size=4), st.fractions(0, 1, max_denominator=2**62), modes)
def test_columns_beyond_64_bits_run_on_whole_numbers(
    amounts: list[int], ratio: Fraction, mode: money.RoundingMode
) -> None:
    assert totals.scaled(np.array(amounts, dtype=np.int64), ratio, mode).tolist() == [
        money.rounded(a * ratio, mode) for a in amounts
    ]


def test_what_does_not_fit_is_refused_not_wrapped() -> None:
    big = np.array([2**62, 2**62], dtype=np.int64)
    for work in (
        lambda: totals.running(big),
        lambda: totals.summed(big, np.zeros(2, dtype=int), 1),
        lambda: totals.multiplied(big, big),
        lambda: totals.scaled(big, Fraction(10), "down"),
        lambda: totals.whole_steps(big, 1, 10),
    ):
        with pytest.raises(OverflowError):
            work()
    assert totals.exact_total(big) == 2**63
    assert totals.running(np.array([2**61, -(2**61), 5], dtype=np.int64)).tolist() == [2**61, 0, 5]


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 3)), max_size=20))
def test_running_totals_within_scopes(rows: list[tuple[int, int]]) -> None:
    amounts = np.array([amount for amount, _ in rows], dtype=np.int64)
    before, after = totals.running_within(amounts, np.array([scope for _, scope in rows], dtype=np.int64))
    sums: dict[int, int] = {}
    for (amount, scope), was, now in zip(rows, before.tolist(), after.tolist(), strict=True):
        assert was == sums.get(scope, 0)
        sums[scope] = was + amount
        assert now == sums[scope]


def test_sums_of_groups_are_exact() -> None:
    """Also beyond 2^53, where floats leave numbers out, and beyond 2^63; a group of nothing is nothing."""
    groups = np.array([0, 2, 0, 2], dtype=np.int64)
    large = np.array([2**53 + 1, 2**53 + 1, 0, -2], dtype=np.int64)
    assert totals.summed(large, groups, 4).tolist() == [2**53 + 1, 0, 2**53 - 1, 0]
    assert totals.summed_wide(large, groups, 4).dtype == np.int64
    beyond = np.array([2**62, 2**62, 2**62, 5], dtype=np.int64)
    assert totals.summed_wide(beyond, groups, 3).tolist() == [2**63, 0, 2**62 + 5]
    assert totals.exact_total(beyond) == 3 * 2**62 + 5 and totals.exact_total(large[:1]) == 2**53 + 1


def test_days_and_months() -> None:
    assert dates.parse_date("2002-03-13") == date(2002, 3, 13) == dates.day_date(dates.day_number(date(2002, 3, 13)))
    assert dates.months_after(date(2024, 2, 29), 12) == date(2025, 2, 28) and dates.months_after(
        date(2024, 1, 31), 1
    ) == date(2024, 2, 29)
    assert dates.months_after(date(2001, 12, 15), 1) == date(2002, 1, 15)
    for text in (
        "2002-3-13",
        "20020313",
        "13.03.2002",
        "2002-02-30",
        "1989-12-31",
        "2101-01-01",
        "2002-03-13T10:00",
        "37328",
        "soon",
    ):
        with pytest.raises(Unreadable):
            dates.parse_date(text)
