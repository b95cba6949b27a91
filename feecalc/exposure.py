"""What is still to come: limits and pools left, advances not earned, open tails, parts held, warrants outstanding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from attrs import frozen

from feecalc.agreement import Agreement
from feecalc.attribution.versions import last_closing_day
from feecalc.balances import RollForward, roll_forwards
from feecalc.ledger import UNITS, Ledger
from feecalc.names import name_key


@frozen
class OpenTail:
    """An agreement whose term has ended and whose tail has not: the investors that it still reaches, and until when."""

    agreement: str
    investor: str
    last_day: date | None


@frozen
class Held:
    """What waits for something that has not happened: cents, or counts."""

    agreement: str
    clause: str
    payee: str
    unit: str
    amount: int


@frozen
class Outstanding:
    """Securities given and not expired: warrants by exercise price and last day ("" where these are not known)."""

    agreement: str
    payee: str
    unit: str
    exercise_price: str
    expires: str
    count: int


def left(ledger: Ledger) -> list[RollForward]:
    """Limits, pools, offering limits, and what is not yet earned of advances, where anything is known to be left, and
    limits that stand for each of something.
    """
    return [row for row in roll_forwards(ledger) if row.left is not None or row.each]


def open_tails(ledger: Ledger) -> Iterator[OpenTail]:
    """Each investor whom an agreement in its tail still reaches: those it introduced, those listed, or everybody."""
    attribution = ledger.attribution
    for index, agreement in enumerate(ledger.agreements):
        terms = agreement.as_amended()
        end = terms.term.last_day
        last = last_closing_day(terms, attribution.versions.milestones[index])
        if end is None or ledger.as_of <= end or (last is not None and last < ledger.as_of):
            continue
        for investor in _reached(ledger, index, terms):
            yield OpenTail(agreement.id, investor, last)


def _reached(ledger: Ledger, index: int, terms: Agreement) -> list[str]:
    covers = terms.covers
    tail_only = {name_key(name) for name in getattr(terms.tail, "investors", ())}
    excluded = {name_key(name) for name in (*covers.excluded, *getattr(terms.tail, "excluded", ()))}
    if covers.investors == "all":
        names = ["all investors"]
    elif covers.investors == "introduced":
        begin, end = terms.term.effective, terms.term.last_day or date.max
        names = [
            row.investor
            for row in ledger.records.introductions
            if row.agreement == terms.id and begin <= row.introduced_on <= end
        ]
        lines = ledger.attribution.lines_owed(index)
        names += [ledger.table.investor[int(line)] for line in lines]
    else:
        names = list(covers.investors)
    found = {name_key(name): name for name in reversed(names)}
    wanted = [key for key in found if key not in excluded and (not tail_only or key in tail_only)]
    return sorted(found[key] for key in wanted)


def held(ledger: Ledger) -> list[Held]:
    """What is held, by agreement, clause and payee."""
    entries = ledger.columns.where(ledger.columns["held"] != 0)
    sums = entries.sums(("agreement", "clause", "payee", "unit"), "held")
    return [Held(a, c, payee, unit, amount) for (a, c, payee, unit), (amount,) in sums.items() if amount]


def outstanding(ledger: Ledger) -> list[Outstanding]:
    """Securities of the entries by exercise price and last day, those not delivered yet included, expired ones not."""
    entries = ledger.columns.where(ledger.columns.one_of("unit", UNITS))
    sums = entries.sums(("agreement", "payee", "unit", "exercise_price", "expires"), "payable", "held")
    counts = {key: sum(amounts) for key, amounts in sums.items()}
    today = ledger.as_of.isoformat()
    return [
        Outstanding(key[0], key[1], key[2], key[3], key[4], count)
        for key, count in sorted(counts.items())
        if count and not (key[4] and key[4] < today)
    ]
