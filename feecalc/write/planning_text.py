"""Quotes and exposure as text of 80 columns: tables that align, money with separators."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from feecalc import exposure
from feecalc.balances import RollForward
from feecalc.ledger import UNITS, Ledger
from feecalc.money import shown_count, shown_money
from feecalc.quote import Cost, Quote
from feecalc.write.sheets import SheetColumn
from feecalc.write.text import terminal_table


def quote_text(quote: Quote) -> str:
    """What the closing would cost, by payee and clause, in cash and securities, and its funds flow."""
    parts = [f"What the closing would cost, on {quote.ledger.as_of}"]
    cash = [cost for cost in quote.costs if cost.unit not in UNITS]
    securities = [cost for cost in quote.costs if cost.unit in UNITS]
    parts.append(_cash(cash) if cash else "No agreement is owed cash on it.")
    if securities:
        parts.append(_securities(securities))
    parts += ["Funds flow", _funds_flow(quote)]
    parts += [textwrap.fill(note, 80) for note in _notes(quote, cash)]
    return "\n\n".join(parts)


def _cash(costs: Sequence[Cost]) -> str:
    names = ["accrued", *(n for n in ("recouped", "held", "in_securities") if any(getattr(c, n) for c in costs))]
    return terminal_table(
        [
            SheetColumn("Agreement", "text", [cost.agreement for cost in costs]),
            SheetColumn("Clause", "text", [cost.clause for cost in costs]),
            SheetColumn("Payee", "text", [cost.payee for cost in costs]),
            *(
                SheetColumn(name.replace("_", " ").capitalize(), "money", [getattr(c, name) for c in costs], total=True)
                for name in (*names, "payable")
            ),
        ]
    )


def _securities(costs: Sequence[Cost]) -> str:
    return terminal_table(
        [
            SheetColumn("Agreement", "text", [cost.agreement for cost in costs]),
            SheetColumn("Clause", "text", [cost.clause for cost in costs]),
            SheetColumn("Payee", "text", [cost.payee for cost in costs]),
            SheetColumn("Form", "text", [cost.unit for cost in costs]),
            SheetColumn("Count", "count", [cost.accrued for cost in costs]),
            SheetColumn("Exercise price", "price", [cost.exercise_price or None for cost in costs]),
        ]
    )


def _funds_flow(quote: Quote) -> str:
    """Sources and uses; they are equal to the cent, or the table says so."""
    wires, deducted = quote.wires(), quote.deducted()
    rows = [(f"cash from {investor}", amount, None) for investor, amount in quote.sources]
    uses = [(f"wire to {payee}", None, amount) for payee, amount in wires.items()]
    uses += [(f"deducted by {payee}", None, amount) for payee, amount in deducted.items()]
    uses.append(("net to the company", None, quote.net))
    lines: list[tuple[str, int | None, int | None]] = [*rows, *uses]
    return terminal_table(
        [
            SheetColumn("What", "text", [what for what, _, _ in lines]),
            SheetColumn("Sources", "money", [source for _, source, _ in lines], total=True),
            SheetColumn("Uses", "money", [use for _, _, use in lines], total=True),
        ]
    )


def _notes(quote: Quote, cash: Sequence[Cost]) -> Iterator[str]:
    if quote.non_cash:
        yield f"{shown_money(quote.non_cash)} of the proceeds is not in cash and flows nowhere."
    for cost in cash:
        if cost.later:
            yield (
                f"{shown_money(cost.later)} under {cost.agreement} {cost.clause} is due to {cost.payee} after the "
                "closing; it stays in the net amount until then."
            )
        if cost.held:
            yield (
                f"{shown_money(cost.held)} under {cost.agreement} {cost.clause} for {cost.payee} waits for something "
                "that has not happened."
            )


def exposure_text(ledger: Ledger, raises: Sequence[tuple[str, Quote]] = ()) -> str:
    """What is still to come, in tables; `raises` are quotes of an assumed further raise under each agreement."""
    parts = [f"What is still to come, as of {ledger.as_of}"]
    for title, table in _exposure_tables(ledger):
        parts += [title, table]
    for agreement, quote in raises:
        amount = shown_money(quote.cash + quote.non_cash)
        parts.append(f"A further raise of {amount} from an investor of {agreement} would cost")
        cash = [cost for cost in quote.costs if cost.unit not in UNITS]
        securities = [cost for cost in quote.costs if cost.unit in UNITS]
        parts += [_cash(cash)] if cash else ["no cash"]
        parts += [_securities(securities)] if securities else []
    nothing = "Nothing: no limit, advance, tail or warrant is open."
    return "\n\n".join(parts if len(parts) > 1 else [*parts, nothing])


def _exposure_tables(ledger: Ledger) -> Iterator[tuple[str, str]]:
    left = exposure.left(ledger)
    if left:
        yield (
            "Limits, pools and advances",
            terminal_table(
                [
                    SheetColumn("Agreement", "text", [row.agreement.id for row in left]),
                    SheetColumn("Clause", "text", [row.clause for row in left]),
                    SheetColumn("What", "text", [row.what for row in left]),
                    SheetColumn("Used", "text", [_shown(row.unit, row.closing) for row in left]),
                    SheetColumn("Left", "text", list(map(_left, left))),
                ]
            ),
        )
    tails = list(exposure.open_tails(ledger))
    if tails:
        yield (
            "Tails still open",
            terminal_table(
                [
                    SheetColumn("Agreement", "text", [tail.agreement for tail in tails]),
                    SheetColumn("Investor", "text", [tail.investor for tail in tails]),
                    SheetColumn("Last day", "text", [str(tail.last_day or "no end") for tail in tails]),
                ]
            ),
        )
    held = exposure.held(ledger)
    if held:
        yield (
            "Held until something happens",
            terminal_table(
                [
                    SheetColumn("Agreement", "text", [row.agreement for row in held]),
                    SheetColumn("Clause", "text", [row.clause for row in held]),
                    SheetColumn("Payee", "text", [row.payee for row in held]),
                    SheetColumn("Amount", "text", [_shown(row.unit, row.amount) for row in held]),
                ]
            ),
        )
    given = exposure.outstanding(ledger)
    if given:
        yield (
            "Securities outstanding, by exercise price and last day",
            terminal_table(
                [
                    SheetColumn("Agreement", "text", [row.agreement for row in given]),
                    SheetColumn("Payee", "text", [row.payee for row in given]),
                    SheetColumn("Form", "text", [row.unit for row in given]),
                    SheetColumn("Count", "count", [row.count for row in given]),
                    SheetColumn("Exercise price", "price", [row.exercise_price or None for row in given]),
                    SheetColumn("Last day", "text", [row.expires or "not known" for row in given]),
                ]
            ),
        )


def _left(row: RollForward) -> str:
    """What is left; of a limit that stands for each of something, its amount where that is known."""
    if row.left is not None:
        return _shown(row.unit, row.left)
    return (
        f"{_shown(row.unit, row.limit)} for each {row.each}" if row.limit is not None else f"anew for each {row.each}"
    )


def _shown(unit: str, amount: int) -> str:
    return f"{shown_count(amount)} {unit}" if unit in UNITS else f"{shown_money(amount)} {unit}"
