"""What clauses say of themselves: the words in which they are told, in each form that their terms can take, and what
follows from the terms alone.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from feecalc.clauses import fees
from feecalc.clauses.base import Rounding
from feecalc.clauses.bases import AccruedUnder, BaseOf, BaseRounding, CountIn, MoneyIn, base_words, counts
from feecalc.clauses.fees import Every, Percentage, Reaches, when_words
from feecalc.clauses.lines import Lines, LineTests, Where, lines_words
from feecalc.clauses.prices import Price, PriceOf, PriceTerm, price_words
from feecalc.clauses.rates import (
    Amount,
    ByLines,
    Each,
    GreaterOf,
    LesserOf,
    Listed,
    OwnRate,
    PartOfPrice,
    Rate,
    Recorded,
    Tier,
    Tiers,
    line_tests,
    measures,
    rate_words,
)
from feecalc.clauses.times import OnDate, OnEvent, Period
from feecalc.clauses.warrants import Securities, VestingWarrants, WarrantsPerAmount

MILLION = 1_000_000_00
FIVE, SIX = Fraction(5, 100), Fraction(6, 100)
NOTES = Lines(securities=("notes",))
LEHMAN = Tiers(
    tiers=(Tier(up_to=MILLION, rate=FIVE), Tier(rate=SIX)), apply="marginal", counting="gross proceeds", over="closing"
)
REACHED = Tiers(
    tiers=(Tier(up_to=500_00, rate=FIVE), Tier(rate=SIX)),
    apply="whole amount",
    counting="securities sold",
    over="agreement",
    at_threshold="lower",
    lines=NOTES,
)
LISTED = ByLines(
    by=(
        OwnRate(lines=NOTES, rate=FIVE, up_to=MILLION),
        OwnRate(lists=(Listed(lines=Lines(on_list="A"), rate=SIX), Listed(lines=Lines(on_list="B"), rate=FIVE))),
    ),
    otherwise=Fraction(1, 100),
    counting="gross proceeds",
)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (FIVE, "5%"),
        (Each(each=Price(Fraction(1, 20))), "0.05 for each"),
        (
            Each(each=PartOfPrice(rate=FIVE, of="price paid", decimals=4, mode="half up")),
            "5% of the price paid, rounded half up to 4 decimals for each security,",
        ),
        (
            Each(each=PartOfPrice(rate=FIVE, of="unit_price", decimals=2, mode="down")),
            "5% of `unit_price`, rounded down to 2 decimals for each security,",
        ),
        (Recorded(recorded_in="fee_rate", at_most=SIX), "the rate recorded in `fee_rate`, at most 6%,"),
        (Amount(amount=500_00), "the amount of 500.00,"),
        (
            LEHMAN,
            "5% up to 1,000,000.00, 6% beyond of gross proceeds, each on its own step, counted over each closing,",
        ),
        (
            REACHED,
            "5% up to 500, 6% beyond of securities sold (of lines: securities: notes), on the whole amount (at a "
            "threshold the lower), counted over the whole agreement,",
        ),
        (
            LISTED,
            "5% on lines with securities: notes up to 1,000,000.00 of gross proceeds; 6% on lines with investors on "
            "the list A, then 5% on lines with investors on the list B; otherwise 1%",
        ),
        (
            GreaterOf(greater_of=(FIVE, Amount(amount=1_00)), over="agreement"),
            "the greater, for the whole agreement, of 5% and the amount of 1.00,",
        ),
        (LesserOf(lesser_of=(FIVE, SIX), over="closing"), "the lesser, for each closing, of 5% and 6%"),
    ],
)
def test_rates(rate: Rate, words: str) -> None:
    assert rate_words(rate) == words


def test_what_a_rate_is_made_of() -> None:
    """Lines and measures within it, however deep."""
    within = GreaterOf(greater_of=(FIVE, REACHED, LISTED), over="agreement")
    assert line_tests(within) == [NOTES, NOTES, Lines(on_list="A"), Lines(on_list="B")]
    assert line_tests(LEHMAN) == [] == line_tests(FIVE)
    assert measures(within) == ["securities sold", "gross proceeds"] and measures(LEHMAN) == ["gross proceeds"]
    assert measures(ByLines(by=LISTED.by[1:], otherwise=FIVE)) == [] == measures(FIVE)


def test_bases() -> None:
    assert base_words("cash proceeds") == "cash proceeds"
    assert base_words(AccruedUnder(accrued_under=("fee", "tax"))) == "what accrued under fee and tax"
    assert base_words(BaseOf(of=("gross proceeds",))) == "gross proceeds"
    whole = BaseOf(
        of=("gross proceeds", MoneyIn(money_in="loan")),
        prefunded_strike="added",
        less=("legal",),
        less_clauses=("fee",),
        rounded=BaseRounding(to=10_000_00, mode="down"),
    )
    assert base_words(whole) == (
        "gross proceeds and the money in `loan` with the pre-funded strike less `legal` and fee taken down to 10,000.00"
    )
    assert base_words(CountIn(count_in="units")) == "the count in `units`"
    assert not counts("net proceeds") and not counts(MoneyIn(money_in="loan"))
    assert counts("securities sold") and counts(CountIn(count_in="units"))


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ("price paid", "the price per share paid"),
        (Price(Fraction(5, 2)), "2.50"),
        (
            PriceOf(of=("price paid",), times=Fraction(11, 10), decimals=2, mode="half up"),
            "110% of the price paid, rounded half up to 2 decimals",
        ),
        (
            PriceOf(
                of=("price paid", "market_price"),
                pick="lowest",
                plus=Price(Fraction(1, 8), 3),
                decimals=4,
                mode="up",
                at_most=Price(Fraction(9)),
                at_least=Price(Fraction(1)),
            ),
            "the lowest of the price paid and `market_price` plus 0.125, rounded up to 4 decimals, at most 9.00, at "
            "least 1.00",
        ),
    ],
)
def test_prices(price: PriceTerm, words: str) -> None:
    assert price_words(price) == words


def test_lines() -> None:
    of_all = Lines(
        events=("sale",),
        securities=("notes", "stock"),
        investor_classes=("fund",),
        on_list="A",
        introduced="by others or nobody",
        during="tail",
        from_=date(2002, 1, 1),
        through=date(2002, 12, 31),
        within=Period(days=1, after="signing"),
        where=(Where(column="state", is_=("NY", "")), Where(column="fund", is_not=("X",))),
        except_=LineTests(offerings=("shelf",)),
    )
    assert lines_words(of_all) == (
        "events: sale; securities: notes, stock; investor classes: fund; investors on the list A; introduced by others "
        "or nobody; sold during the tail; sold from 2002-01-01; sold through 2002-12-31; within 1 day after signing; "
        "state is NY or empty; fund is not X; except offerings: shelf"
    )
    assert lines_words(Lines(except_=LineTests(investors=("Ann",)))) == "except investors: Ann"


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(business_days=5, after="closing"), "5 business days after each closing"),
        (Period(years=1, months=6, after="end of term"), "1 year and 6 months after the end of the term"),
        (Period(days=0, after="signing"), "on the day of signing"),
        (Period(days=1, after="final closing"), "1 day after the final closing"),
        (
            Period(months=2, after_event="listing", falls_on="next business day"),
            '2 months after the event "listing", or the next business day',
        ),
    ],
)
def test_periods(period: Period, words: str) -> None:
    assert period.in_words() == words


def test_when() -> None:
    assert when_words("at signing") == "at signing" and when_words(OnDate(on=date(2002, 3, 1))) == "on 2002-03-01"
    assert when_words(OnEvent(event="listing")) == 'when the event "listing" is recorded'
    assert when_words(Reaches(reaches=MILLION, counting="gross proceeds")) == "once gross proceeds reach 1,000,000.00"
    assert when_words(Reaches(reaches=500_00, counting="securities sold")) == "once securities sold reach 500"
    assert when_words(Every(every="month")) == "each month from the first day of the term"
    span = Every(every="quarter", from_=date(2002, 1, 1), through=Period(months=3, after="signing"))
    assert when_words(span) == "each quarter from 2002-01-01 through 3 months after signing"
    assert [Every(every=each).months for each in ("month", "quarter", "year")] == [1, 3, 12]
    assert fees.tested_words("each closing") == "for each closing"


PLAIN: dict[str, Any] = {"base": "gross proceeds", "rounding": Rounding(mode="down", over="agreement")}


def fee(rate: Rate, **terms: Any) -> Percentage:
    return Percentage(id="fee", section="1", says="A fee.", rate=rate, due="at closing", **PLAIN | terms)


def test_a_clause_as_simple_as_one_rate() -> None:
    """Of a plain base, of all lines, to the cent, over no price."""
    assert fee(FIVE).plain_rate == FIVE and fee(LEHMAN).plain_rate is None
    assert fee(FIVE, lines=NOTES).plain_rate is None
    assert fee(FIVE, base=BaseOf(of=("gross proceeds",))).plain_rate is None
    assert fee(FIVE, rounding=Rounding(mode="down", over="agreement", to=1_00)).plain_rate is None
    of_counts = PLAIN | {"base": "securities sold"}
    shares = Securities(id="s", section="1", says="Shares.", rate=FIVE, due="at closing", form="shares", **of_counts)
    assert shares.plain_rate == FIVE
    assert evolve(shares, over_price="price paid").plain_rate is None
    assert evolve(shares, coverage=Fraction(11, 10)).plain_rate is None


def test_parts_are_rounded_alone_where_there_are_parts() -> None:
    each = Rounding(mode="down", over="agreement", parts="each")
    assert fee(LEHMAN, rounding=each).rounds_parts and fee(LISTED, rounding=each).rounds_parts
    assert not fee(REACHED, rounding=each).rounds_parts and not fee(FIVE, rounding=each).rounds_parts
    assert not fee(LEHMAN, rounding=evolve(each, parts="together")).rounds_parts


def test_an_entry_without_lines_or_without_a_rate_is_no_list() -> None:
    assert OwnRate(lines=NOTES).members() == () == OwnRate(rate=FIVE).members()
    assert OwnRate(lines=NOTES, rate=FIVE).members() == (Listed(lines=NOTES, rate=FIVE),)
    assert OwnRate(lists=(Listed(lines=NOTES, rate=SIX),), rate=FIVE).members() == (Listed(lines=NOTES, rate=SIX),)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        (Period(days=5), date(2021, 11, 29)),
        (Period(business_days=5), date(2021, 12, 2)),
        (Period(months=3), date(2022, 2, 24)),
        (Period(years=1), date(2022, 11, 24)),
        (Period(years=1, months=1), date(2022, 12, 24)),
        (Period(days=3), date(2021, 11, 27)),
        (Period(days=3, falls_on="next business day"), date(2021, 11, 29)),
        (Period(days=3, falls_on="previous business day"), date(2021, 11, 26)),
        (Period(days=0, falls_on="as it falls"), date(2021, 11, 24)),
    ],
)
def test_the_day_that_a_period_leads_to(period: Period, day: date) -> None:
    """From Wednesday 24 November 2021, the day before Thanksgiving Day; the 27th is a Saturday."""
    assert period.from_day(date(2021, 11, 24)) == day


def test_rates_of_warrants_are_in_units_of_their_base() -> None:
    """10,000 per 1,000,000.00 is one per 100.00, and 10,000 per 1,000,000 securities one per 100 of them."""
    stated: dict[str, Any] = {"id": "w", "section": "1", "says": "Warrants.", "due": "at closing"} | PLAIN
    stated |= {"exercise_price": "not stated", "expires": "not stated"}
    per = WarrantsPerAmount(warrants=10_000, per=MILLION, steps="pro rata", **stated)
    assert (per.step, per.earning) == (MILLION, Fraction(1, 10_000))
    of_counts = evolve(per, base="securities sold")
    assert (of_counts.step, of_counts.earning) == (1_000_000, Fraction(1, 100))
    pool = VestingWarrants(pool=125_000, target=MILLION, maximum=100_000, **stated)
    assert pool.earning == Fraction(125_000, MILLION) and pool.limit.amount == 100_000
    assert evolve(pool, base="securities sold").earning == Fraction(1, 8)
    assert evolve(pool, base=BaseOf(of=("securities sold",))).base_counts
    assert not evolve(pool, base=AccruedUnder(accrued_under=("fee",))).base_counts
    assert pool.strike is None and evolve(pool, exercise_price="price paid").strike == "price paid"
    assert pool.counted and not fee(FIVE).counted
