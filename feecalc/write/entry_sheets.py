"""The entries of a ledger as tables: all of them, those in cash, and those in securities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from feecalc.columns import Columns
from feecalc.dates import NEVER, day_date
from feecalc.explain import whys
from feecalc.ledger import AMOUNTS, UNITS, Ledger
from feecalc.write.plain import money_texts
from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.summary_sheet import HEADERS, one_currency, used

MOST_LINES_NAMED = 12


def entries_sheet(ledger: Ledger) -> Sheet:
    """All entries as one table: the ledger as .csv. Amounts of warrants are counts, all others money."""
    e = ledger.columns
    counted = e.one_of("unit", UNITS)

    return Sheet(
        "Ledger",
        "Payout ledger",
        (
            *(_text(name, e[name]) for name in ("agreement", "clause", "section", "closing")),
            SheetColumn("accrued_on", "date", _dates(e["accrued_on"])),
            SheetColumn("payable_on", "date", _dates(e["payable_on"])),
            _text("payee", e["payee"]),
            _text("unit", e["unit"]),
            *(SheetColumn(name, "price", _bases(e, name)) for name in ("base", "base_before")),
            *(SheetColumn(name, "price", _amounts(e[name], counted)) for name in AMOUNTS),
            SheetColumn("exercise_price", "price", [price or None for price in e["exercise_price"].tolist()]),
            _text("expires", e["expires"]),
            SheetColumn("lines", "count", e["lines"]),
            SheetColumn("why", "text", whys(ledger)),
        ),
    )


def _amounts(amounts: np.ndarray, counted: np.ndarray) -> list[str]:
    """Money with its decimals, or counts."""
    texts = money_texts(amounts.tolist())
    for row in np.flatnonzero(counted).tolist():
        texts[row] = str(amounts[row])
    return texts


def _bases(e: Columns, name: str) -> list[str | None]:
    """What each entry acted on, if anything."""
    texts = _amounts(e[name], e["base_counts"])
    return [text if given else None for text, given in zip(texts, e["has_base"].tolist(), strict=True)]


def payout_sheet(ledger: Ledger, chosen: np.ndarray, why: np.ndarray) -> Sheet:
    """The chosen entries, which are cash."""
    e = ledger.columns.where(chosen)
    return Sheet(
        "Payout ledger",
        "What accrued under each clause, for whom, and what of it is payable",
        (
            SheetColumn("Entry", "count", np.flatnonzero(chosen) + 1),
            SheetColumn("Payee", "text", e["payee"].tolist(), width=24, wrap=True),
            *_where(ledger, e),
            SheetColumn("Payable on", "date", _dates(e["payable_on"])),
            *_base_columns(e),
            *(
                SheetColumn(HEADERS.get(name, name.capitalize()), "money", e[name], total=one_currency(ledger))
                for name in ("accrued", "recouped", *used(e), "payable")
            ),
            SheetColumn("Source rows", "text", _sources(ledger, e), width=16, wrap=True),
            SheetColumn("Why", "text", why[chosen], width=48, wrap=True),
        ),
        freeze=2,
        paragraphs=(
            "Entries are numbered through cash and warrants. Base is what the entry acted on, base before the "
            "running total ahead of it. Where a clause is "
            "shared, each payee's entry shows the whole base.",
        ),
    )


def warrants_sheet(ledger: Ledger, chosen: np.ndarray, why: np.ndarray) -> Sheet:
    """The chosen entries, which are securities."""
    e = ledger.columns.where(chosen)
    return Sheet(
        "Warrants",
        "Warrants and other securities accrued under each clause, for whom, and at what exercise price"
        if len(e)
        else "No warrants accrued",
        (
            SheetColumn("Entry", "count", np.flatnonzero(chosen) + 1),
            SheetColumn("Payee", "text", e["payee"].tolist(), width=24, wrap=True),
            *_where(ledger, e),
            SheetColumn("Deliver on", "date", _dates(e["payable_on"])),
            *_base_columns(e),
            *([_text("Form", e["unit"])] if len(set(e["unit"].tolist())) > 1 else []),
            SheetColumn("Warrants" if set(e["unit"].tolist()) <= {"warrants"} else "Securities", "count", e["payable"]),
            *(SheetColumn(HEADERS.get(name, name.capitalize()), "count", e[name]) for name in used(e)),
            SheetColumn("Exercise price", "price", [price or None for price in e["exercise_price"].tolist()]),
            _text("Expires", e["expires"]),
            SheetColumn("Source rows", "text", _sources(ledger, e), width=16, wrap=True),
            SheetColumn("Why", "text", why[chosen], width=48, wrap=True),
        ),
        freeze=2,
    )


def _base_columns(e: Columns) -> Iterator[SheetColumn]:
    """The base and what ran up before it: money, and where clauses act on counts, these beside it."""
    for counted, kind, noun in ((False, "money", ""), (True, "count", " (count)")):
        given = e["has_base"] & (e["base_counts"] == counted)
        if given.any() or not (counted or e["base_counts"].any()):
            yield SheetColumn(f"Base before{noun}", kind, _or_none(e["base_before"], given))  # type: ignore[arg-type]
            yield SheetColumn(f"Base{noun}", kind, _or_none(e["base"], given))  # type: ignore[arg-type]


def _where(ledger: Ledger, e: Columns) -> Iterator[SheetColumn]:
    yield _text("Agreement", e["agreement"])
    yield _text("Clause", e["clause"])
    yield _text("Closing", e["closing"])
    yield SheetColumn("Accrued on", "date", _dates(e["accrued_on"]))


def _text(header: str, values: np.ndarray, width: int = 0) -> SheetColumn:
    return SheetColumn(header, "text", [value or None for value in values.tolist()], width=width)


def _dates(days: np.ndarray) -> list[object]:
    known: dict[int, object] = {}
    numbers = days.tolist()
    known.update({day: None if day == NEVER else day_date(day) for day in set(numbers)})
    return [known[day] for day in numbers]


def _or_none(values: np.ndarray, given: np.ndarray) -> list[int | None]:
    return [value if is_given else None for value, is_given in zip(values.tolist(), given.tolist(), strict=True)]


def _sources(ledger: Ledger, e: Columns) -> list[str]:
    """The source rows of each entry, the first of them named, the rest counted."""
    named = []
    for source, row in e.rows("source", "row"):
        lines = ledger.lines_of(source, row)
        rest = len(lines) - MOST_LINES_NAMED
        named.append(", ".join(lines[:MOST_LINES_NAMED]) + (f" and {rest:,} more" if rest > 0 else ""))
    return named
