"""Closings as a sheet: every line, which agreement is owed on it and why or why none is, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.closing import EVENT_WORDS
from feecalc.dates import day_date
from feecalc.ledger import Ledger
from feecalc.rows import NONE
from feecalc.workpapers.drawing import Workpapers
from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.workpaper_sheets import sheet_column

TITLE = "Every line of the closings, and which agreement is owed on it or why none is"
NOTE = (
    "Gross proceeds are shares x price, with what the records state otherwise beside it. Change a share count, a price "
    "or the agreement owed (blue), and every sheet of the papers follows; the reasons under Basis are those of feecalc."
)
OWED_NOTE = "A line on which several agreements are owed names each in a column of its own."


def closings_sheet(ledger: Ledger, papers: Workpapers | None) -> Sheet:
    """The lines in the order of the records; with the columns of the workpapers, or their values alone."""
    table = ledger.table
    owed, bases = _answers(ledger)
    if papers is not None:
        owed_columns = [sheet_column(column) for column in papers.closings.owed]
        figures = [sheet_column(c) for c in papers.closings.paper.columns if c.kind != "text"]
        if ledger_has_several_currencies(ledger):
            figures = [_without_total(column) for column in figures]
    else:
        owed_columns, figures = [SheetColumn("Agreement owed", "text", owed)], _values(ledger)
    return Sheet(
        "Closings",
        TITLE,
        (
            SheetColumn("Source row", "text", [table.rows.line(line) for line in range(len(table))]),
            SheetColumn("Closing", "text", _words(table.closing)),
            SheetColumn("Date", "date", [day_date(day) for day in table.day.tolist()]),
            SheetColumn("Investor", "text", _words(table.investor), width=30),
            *owed_columns,
            SheetColumn("Basis", "text", bases, width=44, wrap=True),
            SheetColumn("Security", "text", _words(table.security)),
            SheetColumn("Offering", "text", _words(table.offering)),
            SheetColumn(
                "Event",
                "text",
                [
                    "rescission" if gross < 0 else EVENT_WORDS[event]
                    for gross, event in zip(table.gross.tolist(), table.event.tolist(), strict=True)
                ],
            ),
            SheetColumn("Undoes", "text", _words(table.reverses_word)),
            *figures,
            *([SheetColumn("Currency", "text", _words(table.currency))] if not table.currency.is_blank().all() else []),
            *(SheetColumn(header, "text", _words(words)) for header, words in table.others if header not in _TAKEN),
        ),
        freeze=2,
        paragraphs=(NOTE, OWED_NOTE) if papers is not None else (OWED_NOTE,),
    )


_TAKEN = ("Shares", "Price", "Gross proceeds", "Cash proceeds")


def ledger_has_several_currencies(ledger: Ledger) -> bool:
    """Whether amounts of the closings may not be added up."""
    several = len({word.upper() for word in ledger.table.currency.words}) > 1
    return several or len({agreement.currency for agreement in ledger.agreements}) > 1


def _without_total(column: SheetColumn) -> SheetColumn:
    return SheetColumn(column.header, column.kind, column.values, mark=column.mark)


def _words(words: object) -> list[str | None]:
    from feecalc.closing import Words

    assert isinstance(words, Words)
    known = [word or None for word in words.words]
    return [known[code] for code in words.codes.tolist()]


def _answers(ledger: Ledger) -> tuple[list[str | None], list[str]]:
    """For each line the agreements owed on it, and the basis of each answer."""
    lines, agreement, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    owed: list[str | None] = [None] * len(ledger.table)
    words = [""] * len(ledger.table)
    for line, index, basis in zip(lines.tolist(), agreement.tolist(), bases, strict=True):
        if index != NONE:
            before = owed[line]
            owed[line] = f"{before}, {ledger.agreements[index].id}" if before else ledger.agreements[index].id
        words[line] = f"{words[line]}; {basis}" if words[line] else basis
    return owed, words


def _values(ledger: Ledger) -> list[SheetColumn]:
    """The figures of the lines as values."""
    table = ledger.table
    prices = [*map(str, table.prices), None]
    one_currency = not ledger_has_several_currencies(ledger)
    shares: Sequence[int | None] = [
        count if given else None for count, given in zip(table.shares.tolist(), table.has_shares.tolist(), strict=True)
    ]
    return [
        SheetColumn("Shares", "count", shares, total=True),
        SheetColumn("Price", "price", [prices[code] for code in table.price.tolist()]),
        SheetColumn("Gross proceeds", "money", np.asarray(table.gross), total=one_currency),
        SheetColumn("Cash proceeds", "money", np.asarray(table.cash), total=one_currency),
    ]
