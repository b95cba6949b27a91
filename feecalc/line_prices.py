"""Prices of lines: paid, stated in a column, or made from others as a clause says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from feecalc import money
from feecalc.clauses.prices import PriceOf
from feecalc.clauses.rates import PartOfPrice
from feecalc.closing import ClosingTable
from feecalc.money import Price, Ratio
from feecalc.totals import Codes

NO_PRICE = -1


@frozen(eq=False)
class PriceColumn:
    """A price for each line: codes into `prices`, sorted from the lowest; NO_PRICE where none is on record."""

    codes: Codes
    prices: tuple[Price, ...]


def prices_paid(table: ClosingTable, lines: Codes) -> PriceColumn:
    """The price paid on each line: its own, or gross proceeds / shares where that is a price."""
    codes = table.price[lines].copy()
    prices = list(table.prices)
    code_of = {price: code for code, price in enumerate(prices)}
    unpriced = np.flatnonzero((codes == NO_PRICE) & (table.shares[lines] != 0))
    pairs = np.stack([table.gross[lines[unpriced]], table.shares[lines[unpriced]]])
    distinct, which = np.unique(pairs, axis=1, return_inverse=True)
    found = [money.price_of(gross, shares) for gross, shares in distinct.T.tolist()]
    for price in dict.fromkeys(price for price in found if price is not None and price not in code_of):
        code_of[price] = len(prices)
        prices.append(price)
    derived = np.array([NO_PRICE if price is None else code_of[price] for price in found], dtype=np.int32)
    codes[unpriced] = derived[which.ravel()] if len(found) else codes[unpriced]
    order = sorted(range(len(prices)), key=prices.__getitem__)
    place = np.full(len(prices) + 1, NO_PRICE, dtype=np.int32)
    place[order] = np.arange(len(prices), dtype=np.int32)
    return PriceColumn(place[codes], tuple(prices[code] for code in order))


def made_price(price: PriceOf, known: Sequence[Price]) -> Price:
    """The price made from the named ones: picked, multiplied, added to, rounded, held between its bounds."""
    picked = max(known) if price.pick == "highest" else min(known)
    scale = 10**price.decimals
    exactly = picked.ratio * price.times + (price.plus.ratio if price.plus is not None else 0)
    made = Price(Ratio(money.rounded(exactly * scale, price.mode), scale), price.decimals)
    if price.at_most is not None:
        made = min(made, price.at_most)
    return max(made, price.at_least) if price.at_least is not None else made


def part_of_price(part: PartOfPrice, price: Price) -> Ratio:
    """A fee for one security in cents, rounded to its decimals first."""
    scale = 10**part.decimals
    return Ratio(100 * money.rounded(price.ratio * part.rate * scale, part.mode), scale)


def places_of(prices: Sequence[Price | None], order: Sequence[Price]) -> Codes:
    """The place of each price in an order, NO_PRICE for none."""
    place = {price: number for number, price in enumerate(order)}
    return np.array([NO_PRICE if price is None else place[price] for price in prices] or [NO_PRICE], dtype=np.int32)
