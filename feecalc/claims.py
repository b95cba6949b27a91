"""Claims against each other: every line on which more than one agreement has a claim that stands, what each would take
of it, and who settled it.

A claim stands by introduction (in the term or its tail), because the agreement covers all investors, or because it
lists this one. Claims by introduction block each other until an award or the agreements' own precedence settles them;
an agreement that covers all or listed investors is owed beside any other. What a claim is worth is what its agreement
would owe more at the line's closing with the line than without it.

Worked by hand: 1,050,000.00 claimed by Jefferies (6.5% and vesting warrants) and Brighton (6% and warrants) is claimed
at 68,250.00 and 63,000.00, together 131,250.00 in cash, 12.5% of the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from attrs import frozen

from feecalc.attribution.claims import BY_ALL, BY_LIST
from feecalc.attribution.verdicts import GIVES_WAY, OWED
from feecalc.engagement import brought
from feecalc.ledger import UNITS, Ledger
from feecalc.money import Ratio, divided, shown_count, shown_money, shown_rate
from feecalc.totals import Ints

MOST_WORKED_OUT = 200  # lines whose amounts are worked out
MOST_LINES = 1_000_000  # gone through to work them out
Status = Literal["blocked", "settled", "each owed"]


@frozen
class Claim:
    """One agreement's claim on a line. `amounts` are by unit (cents, or securities), None where not worked out."""

    agreement: str
    basis: str
    stands: Literal["blocked", "owed", "gives way"]
    amounts: dict[str, int] | None


@frozen
class ClaimedLine:
    """A line that several agreements claim; `gross` is cents, `settled` says by whom and why, "" where nobody did."""

    line: int
    source: str  # such as closings.csv:4
    closing: str
    investor: str
    gross: int
    claims: tuple[Claim, ...]
    settled: str

    @property
    def status(self) -> Status:
        if any(claim.stands == "blocked" for claim in self.claims):
            return "blocked"
        return "settled" if any(claim.stands == "gives way" for claim in self.claims) else "each owed"

    @property
    def cash(self) -> int | None:
        """What all claims come to in cash, in cents; None where that is not worked out, or in two currencies."""
        cash = [each for claim in self.claims for each in (claim.amounts or {}).items() if each[0] not in UNITS]
        if any(claim.amounts is None for claim in self.claims) or len({unit for unit, _ in cash}) > 1:
            return None
        return sum(amount for _, amount in cash)

    @property
    def rate(self) -> Ratio | None:
        """The combined rate: that cash on the line's gross proceeds."""
        return Ratio(self.cash, self.gross) if self.cash is not None and self.gross else None

    @property
    def text(self) -> str:
        """The line in a sentence or two."""
        each = "; ".join(f"{claim.agreement} ({claim.basis}) {_worth(claim)}, {claim.stands}" for claim in self.claims)
        together = f"; together {shown_money(self.cash)} in cash, {rate_words(self.rate)}" if self.cash else ""
        settled = f". Settled: {self.settled}" if self.settled else ""
        who = f"{self.source}: {self.investor}, {shown_money(self.gross)} at closing {self.closing}"
        return f"{who}: {each}{together}{settled}"


def rate_words(rate: Ratio | None) -> str:
    """A combined rate in per cent, to four decimals where it has more."""
    if rate is None:
        return "no rate"
    exact = shown_rate(rate)
    if exact.endswith("%") and len(exact) <= 9:
        return exact
    rounded = Ratio(divided(rate.numerator * 10**6, rate.denominator, "half up"), 10**6)
    return f"about {shown_rate(rounded)}"


def claims(ledger: Ledger) -> Iterator[ClaimedLine]:
    """Every line with more than one claim that stands, in the order of the lines."""
    attribution, table = ledger.attribution, ledger.table
    stands = np.flatnonzero(np.isin(attribution.verdict, [OWED, GIVES_WAY]))
    count = np.bincount(attribution.line[stands], minlength=len(table))
    stands = stands[count[attribution.line[stands]] > 1]
    if not len(stands):
        return
    bases = _bases(ledger, stands)
    agreement, contested, gave_way = (
        column[stands].tolist()
        for column in (attribution.agreement, attribution.contested, attribution.verdict == GIVES_WAY)
    )
    most = min(MOST_WORKED_OUT, divided(MOST_LINES, max(1, len(table)), "down"))
    starts = np.flatnonzero(np.diff(attribution.line[stands], prepend=-1))
    lines, firsts = attribution.line[stands[starts]].tolist(), starts.tolist()
    for number, (line, first, end) in enumerate(zip(lines, firsts, [*firsts[1:], len(stands)], strict=True)):
        found = [
            Claim(
                ledger.agreements[agreement[place]].id,
                bases[place],
                "blocked" if contested[place] else "gives way" if gave_way[place] else "owed",
                brought(ledger, agreement[place], line) if number < most else None,
            )
            for place in range(first, end)
        ]
        yield ClaimedLine(
            line,
            table.rows.line(line),
            table.closing[line],
            table.investor[line],
            int(table.gross[line]),
            tuple(found),
            attribution.settled.get(line, ""),
        )


def _bases(ledger: Ledger, stands: Ints) -> list[str]:
    """By what each claim stands."""
    attribution = ledger.attribution
    agreement, lines = attribution.agreement[stands], attribution.line[stands]
    in_tail = np.zeros(len(stands), dtype=bool)
    for index in range(len(ledger.agreements)):
        mine = agreement == index
        in_tail[mine] = attribution.in_tail(index, lines[mine])
    words = {BY_ALL: "covers all investors", BY_LIST: "lists the investor"}
    return [
        words.get(ground, "introduced") + (", in the tail" if tail else "")
        for ground, tail in zip(attribution.ground[stands].tolist(), in_tail.tolist(), strict=True)
    ]


def _worth(claim: Claim) -> str:
    if claim.amounts is None:
        return "not worked out"
    shown = [
        f"{shown_count(amount)} {unit}" if unit in UNITS else shown_money(amount)
        for unit, amount in claim.amounts.items()
        if amount
    ]
    return " and ".join(shown) or "nothing"
