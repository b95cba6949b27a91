"""Where the proceeds of each closing went, as two pages: a row a closing, and a row for each wire.

Funds flow adds up Wires by the number of the closing, by formulas with their results beside them, and ties what it
finds to what the ledger owes for the closing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feecalc.dates import NEVER, day_date
from feecalc.funds_flow import Flow, Wire, funds_flow
from feecalc.ledger import Ledger
from feecalc.write.sheets import Sheet, SheetColumn

WIRES = "Wires"
# Below the notes of either page, so that the formulas of the one know the rows of the other.
HEADER_ROW = 9
NUMBERS, KEPT, AT_CLOSING, LATER = "A", "H", "I", "J"  # columns of Wires


def funds_flow_sheets(ledger: Ledger) -> list[Sheet]:
    """Funds flow and Wires; nothing where there is no closing."""
    flows, wires = funds_flow(ledger)
    if not flows:
        return []
    one_currency = len({flow.currency for flow in flows}) == 1
    return [_flows(flows, wires, one_currency), _wires(wires, one_currency)]


def _flows(flows: Sequence[Flow], wires: Sequence[Wire], one_currency: bool) -> Sheet:
    def parts(of: Callable[[Wire], int]) -> list[int]:
        sums = dict.fromkeys((flow.number for flow in flows), 0)
        for wire in wires:
            sums[wire.flow.number] += of(wire)
        return list(sums.values())

    def money(header: str, values: list[int], formula: str | None = None, linked: bool = False) -> SheetColumn:
        mark = "link" if linked else ""
        return SheetColumn(header, "money", values, total=one_currency, formula=formula, mark=mark)  # type: ignore[arg-type]

    kept, now, later = (parts(of) for of in (_kept, _at_closing, _later))
    net = [flow.cash - out - wired for flow, out, wired in zip(flows, kept, now, strict=True)]
    owed = [flow.payable for flow in flows]
    differences = [sum(each) - whole for *each, whole in zip(kept, now, later, owed, strict=True)]
    return Sheet(
        "Funds flow",
        "Where the proceeds of each closing went: to payees, and net to the company",
        (
            SheetColumn("No.", "count", [flow.number for flow in flows]),
            SheetColumn("Closing", "text", [flow.closing for flow in flows]),
            SheetColumn("Date", "date", [day_date(flow.day) for flow in flows]),
            SheetColumn("Currency", "text", [flow.currency or None for flow in flows]),
            money("Gross proceeds", [flow.gross for flow in flows]),
            money("Of it not in cash", [flow.non_cash for flow in flows]),
            money("Cash in", [flow.cash for flow in flows], "E{r}-F{r}"),
            money("Kept by payees", kept, _sum_of(KEPT, wires), linked=True),
            money("Wires at closing", now, _sum_of(AT_CLOSING, wires), linked=True),
            money("Net to the company", net, "G{r}-H{r}-I{r}"),
            money("Due later", later, _sum_of(LATER, wires), linked=True),
            money("Owed for it by the ledger", owed),
            money("Difference, must be nothing", differences, "H{r}+I{r}+K{r}-L{r}"),
        ),
        freeze=2,
        paragraphs=(
            "Cash in, less what payees keep and what is wired to them at the closing, is net to the company. What is "
            "due later stays in the net amount until then.",
            "Kept, wired and due later must be what the ledger owes for the closing. What is owed for no closing, such "
            "as expenses and advances, is not here.",
        ),
        header_row=HEADER_ROW,
    )


def _wires(wires: Sequence[Wire], one_currency: bool) -> Sheet:
    amounts = (("Kept from proceeds", _kept), ("Wire at closing", _at_closing), ("Wire later", _later))
    return Sheet(
        WIRES,
        "What each payee keeps of a closing's proceeds or is to be wired, and when" if wires else "No wire is due",
        (
            SheetColumn("No.", "count", [wire.flow.number for wire in wires]),
            SheetColumn("Closing", "text", [wire.flow.closing for wire in wires]),
            SheetColumn("Date", "date", [day_date(wire.flow.day) for wire in wires]),
            SheetColumn("Payee", "text", [wire.payee for wire in wires], width=30, wrap=True),
            SheetColumn("Agreement", "text", [wire.agreement for wire in wires]),
            SheetColumn("Currency", "text", [wire.flow.currency or None for wire in wires]),
            SheetColumn("Payable on", "date", [_day(wire.payable_on) for wire in wires]),
            *(SheetColumn(header, "money", [of(wire) for wire in wires], total=one_currency) for header, of in amounts),
        ),
        freeze=2,
        paragraphs=(
            "Numbers are those of Funds flow. What a payee has to give back is negative. Whether a wire was sent, "
            "Summary tells and, with invoices and payments, the reconciliation.",
        ),
        header_row=HEADER_ROW,
    )


def _sum_of(column: str, wires: Sequence[Wire]) -> str | None:
    """The sum of a column of Wires over the rows of the closing's number."""
    if not wires:
        return None
    first, last = HEADER_ROW + 1, HEADER_ROW + len(wires)
    numbers = f"{WIRES}!${NUMBERS}${first}:${NUMBERS}${last}"
    return f"SUMIFS({WIRES}!{column}${first}:{column}${last},{numbers},$A{{r}})"


def _kept(wire: Wire) -> int:
    return wire.kept


def _at_closing(wire: Wire) -> int:
    return wire.at_closing


def _later(wire: Wire) -> int:
    return wire.later


def _day(day: int) -> object:
    return None if day == NEVER else day_date(day)
