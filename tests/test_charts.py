"""Charts of a raise: what they show, worked by hand, and that they hold no more than their rows."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from datetime import date, timedelta

import adapter
from commands import ROOT, feecalc
from hypothesis import given
from strategies import Record, engagements

from feecalc.history import PAYEES_MOST, PERIODS_MOST, histories
from feecalc.ledger import Ledger
from feecalc.write.chart_sheets import LIMITS_MOST, chart_sheets
from feecalc.write.charts import FILLS
from feecalc.write.sheets import Chart, Sheet, SheetColumn
from feecalc.write.workbook import write_workbook

NEO = "examples/neotherapeutics-2002"
PROVISIONS = ROOT / "docs" / "provisions"


def ledger(provision: str, *closings: dict[str, str]) -> Ledger:
    agreement = adapter.agreement_from((PROVISIONS / f"{provision}.yaml").read_text("utf-8"))
    return adapter.ledger_from([agreement], {"closings": list(closings)}, date(2030, 12, 31))


def closing(day: date, amount: str = "100,000.00") -> dict[str, str]:
    return {"closing": day.isoformat(), "date": day.isoformat(), "investor": "One", "gross_proceeds": amount}


def values(sheet: Sheet, header: str) -> list[object]:
    return next(column for column in sheet.columns if column.header == header).part()


def written(sheet: Sheet) -> dict[str, str]:
    stream = io.BytesIO()
    write_workbook([sheet], stream, datetime.datetime(2025, 1, 2), {"title": "T"})
    book = zipfile.ZipFile(stream)
    return {name: book.read(name).decode("utf-8") for name in book.namelist()}


def test_fees_and_cost_to_date() -> None:
    """6% of 100,000.00, and 6% of 50,000.00 of which nothing is special: 6,000.00, then 9,000.00; 6% throughout."""
    first, second = date(2024, 3, 4), date(2024, 5, 6)
    fees, cost = chart_sheets(ledger("flat-percent", closing(first), closing(second, "50,000.00")))
    assert [sheet.name for sheet in (fees, cost)] == ["Fees over time", "Cost of the raise"]
    rate = values(cost, "Cost")
    assert len(set(rate)) == 1 and rate == values(cost, "Cost to date")
    assert values(cost, "Gross proceeds to date") == [100_000_00, 150_000_00]
    payee = fees.columns[1]
    assert payee.part() == values(cost, "Earned to date")


def test_what_a_limit_has_left() -> None:
    """The allowance of the worked example: 60,000.00 of 150,000.00 used before, 34,500.00 in these records."""
    ran = feecalc("run", NEO, "--as-of", "2002-03-31")
    assert ran.status == 0
    from pathlib import Path

    from feecalc.cli.loading import ledger_at

    found, _ = ledger_at(ROOT / NEO, [Path(ROOT / "agreements")], "2002-03-31", True)
    limits = next(sheet for sheet in chart_sheets(found) if sheet.name == "Limits filling")
    row = values(limits, "Limit or pool").index("ladenburg expense-allowance")
    assert [column.part()[row] for column in limits.columns[2:]] == [
        "150,000.00 USD",
        "55,500.00 USD",
        "0.4000",
        "0.2300",
        "0.3700",
    ]


def test_many_days_are_told_by_month_and_many_months_by_year() -> None:
    start = date(2024, 1, 15)
    days = [start + timedelta(3 * n) for n in range(PERIODS_MOST + 1)]
    (found,) = histories(ledger("introduced-or-not", *map(closing, days)))
    assert found.periods[0] == "2024-01" and len(found.periods) <= PERIODS_MOST
    assert found.gross[0] == 100_000_00 * sum(day.month == 1 for day in days)


def test_nothing_to_see_has_no_page() -> None:
    assert chart_sheets(ledger("flat-percent")) == []


@given(engagements())
def test_charts_end_where_the_ledger_stands(engagement: Record) -> None:
    """For random engagements: what payees had earned in the end is what accrued in cash, advances apart."""
    found = adapter.engine(engagement)
    e = found.entries
    advances = [index for index, source in enumerate(found.sources) if source.advanced is not None]
    for history in histories(found):
        mine = e[(e["unit"] == history.currency) & ~e["source"].isin(advances)]
        total = int(mine["accrued"].sum() + mine["decided"].sum())
        assert sum(running[-1] for running in history.running.values()) == sum(history.earned) == total
        assert len(history.running) <= PAYEES_MOST + 1 <= len(FILLS)
    for sheet in chart_sheets(found):
        if sheet.name == "Limits filling":
            parts = zip(*(values(sheet, name) for name in ("Used before", "Used in these records", "Still open")))
            assert all(sum(int(str(part).replace(".", "")) for part in row) == 10_000 for row in parts)
            assert sheet.row_count <= LIMITS_MOST


def test_charts_read_their_rows_and_hold_the_same_values() -> None:
    """Names from outside reach a chart as values of cells: no formula, no control character, no markup."""
    names = ["=1+1", "bell\x07 & <b>", "'quoted' \u202e"]
    columns = (SheetColumn("Through", "text", ["2024-01-02", "=cmd"]),) + tuple(
        SheetColumn(name, "money", [100, 250]) for name in names
    )
    sheet = Sheet("It's", "T", columns, chart=Chart("columns", 0, (1, 2, 3), "USD"))
    parts = written(sheet)
    assert parts == written(sheet)
    chart = parts["xl/charts/chart1.xml"]
    references = re.findall("<c:f>([^<]+)</c:f>", chart)
    assert len(references) == 9
    assert all(re.fullmatch(r"'It''s'!\$[A-D]\$\d+(:\$[A-D]\$\d+)?", each) for each in references), references
    assert "<c:v>=1+1</c:v>" in chart and "<c:v>bell &amp; &lt;b&gt;</c:v>" in chart
    assert chart.count("<c:v>1.00</c:v>") == chart.count("<c:v>2.50</c:v>") == 3
    assert "externalLink" not in " ".join(parts)
