"""Where the proceeds of each closing went; figures worked by hand."""

from __future__ import annotations

from datetime import date

import adapter
from commands import ROOT
from hypothesis import given
from strategies import Record, engagements

from feecalc.dates import day_number
from feecalc.funds_flow import funds_flow
from feecalc.ledger import UNITS, Ledger
from feecalc.write.funds_flow_sheets import AT_CLOSING, HEADER_ROW, KEPT, LATER, NUMBERS, funds_flow_sheets
from feecalc.write.layout import lay_out
from feecalc.write.sheets import Sheet

CLOSING = {"closing": "A", "date": "2024-06-28", "investor": "One", "gross_proceeds": "10,000.00"}


def ledger(provision: str, *closings: dict[str, str], as_of: date = date(2024, 12, 31)) -> Ledger:
    agreement = adapter.agreement_from((ROOT / "docs" / "provisions" / f"{provision}.yaml").read_text("utf-8"))
    return adapter.ledger_from([agreement], {"closings": list(closings)}, as_of)


def values(sheet: Sheet, header: str) -> list[object]:
    return next(column for column in sheet.columns if column.header.startswith(header)).part()


def test_wires_at_the_closing_and_later() -> None:
    """4% of 10,000.00 seven business days later, 2% thirty days later, and of 900.00 a third at once, in a year, and in
    eighteen months.
    """
    (flow,), wires = funds_flow(ledger("payment-after", CLOSING))
    assert (flow.cash, flow.payable) == (10_000_00, 400_00 + 200_00 + 900_00)
    assert [(wire.payable_on, wire.at_closing, wire.later) for wire in wires] == [
        (day_number(date(2024, 6, 28)), 300_00, 0),
        (day_number(date(2024, 7, 10)), 0, 400_00),
        (day_number(date(2024, 7, 29)), 0, 200_00),
        (day_number(date(2025, 6, 28)), 0, 300_00),
        (day_number(date(2025, 12, 28)), 0, 300_00),
    ]
    flows, _ = funds_flow_sheets(ledger("payment-after", CLOSING))
    assert [values(flows, name) for name in ("Cash in", "Wires", "Net", "Due later", "Difference")] == [
        [10_000_00],
        [300_00],
        [9_700_00],
        [1_200_00],
        [0],
    ]


def test_what_agents_keep_is_no_wire() -> None:
    """6% of 100,000.00 is 6,000.00, 4,000.00 more to the minimum, 2,500.00 of costs: all kept."""
    closing = {"closing": "A", "date": "2024-03-04", "investor": "One", "gross_proceeds": "100,000.00"}
    (flow,), (wire,) = funds_flow(ledger("deducted-from-proceeds", closing))
    assert (flow.gross, wire.kept, wire.at_closing, wire.later) == (100_000_00, 12_500_00, 0, 0)


def test_a_closing_after_the_day_of_the_ledger_has_no_flow() -> None:
    assert funds_flow(ledger("flat-percent", CLOSING, as_of=date(2024, 6, 1))) == ([], [])
    assert funds_flow_sheets(ledger("flat-percent", CLOSING, as_of=date(2024, 6, 1))) == []


def test_each_currency_of_a_closing_has_a_flow_of_its_own() -> None:
    lines = [
        {**CLOSING, "currency": "USD"},
        {**CLOSING, "currency": "EUR", "investor": "Two", "gross_proceeds": "300.00", "non_cash": "100.00"},
    ]
    flows, _ = funds_flow(ledger("introduced-or-not", *lines))
    assert [(flow.number, flow.currency, flow.gross, flow.cash) for flow in flows][:2] == [
        (1, "EUR", 300_00, 200_00),
        (2, "USD", 10_000_00, 10_000_00),
    ]


def test_the_sheets_stand_where_their_formulas_look() -> None:
    flows, wires = funds_flow_sheets(ledger("payment-after", CLOSING))
    for sheet in (flows, wires):
        assert lay_out(sheet, top=2).header == HEADER_ROW
    letters = lay_out(wires).letters
    headers = {letter: column.header for letter, column in zip(letters, wires.columns, strict=True)}
    assert [headers[letter] for letter in (NUMBERS, KEPT, AT_CLOSING, LATER)] == [
        "No.",
        "Kept from proceeds",
        "Wire at closing",
        "Wire later",
    ]


@given(engagements())
def test_flows_are_what_the_ledger_owes_for_closings(engagement: Record) -> None:
    """For random engagements: every cent payable for a closing is kept, wired at it or due later, once."""
    found = adapter.engine(engagement)
    flows, wires = funds_flow(found)
    cash = found.entries[~found.entries["unit"].isin(UNITS) & (found.entries["closing"] != "")]
    assert sum(wire.kept + wire.at_closing + wire.later for wire in wires) == int(cash["payable"].sum())
    for sheet in funds_flow_sheets(found)[:1]:
        assert not any(values(sheet, "Difference"))  # type: ignore[arg-type]
        net = zip(*(values(sheet, name) for name in ("Cash", "Kept", "Wires", "Net")), strict=True)
        assert all(into == kept + wired + rest for into, kept, wired, rest in net)  # type: ignore[operator]
