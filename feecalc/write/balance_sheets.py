"""Where a ledger stands: how far limits, pools and advances are used, and balances with which the next run begins."""

from __future__ import annotations

from feecalc.balances import left_open, roll_forwards
from feecalc.ledger import UNITS, Ledger
from feecalc.money import shown_count, shown_money
from feecalc.write.sheets import Sheet, SheetColumn

_OVER_SEVERAL = (
    "A limit over several clauses has a row of its own, below them: what they accrued, securities at their values, and "
    "what it allows."
)


def caps_sheet(ledger: Ledger) -> Sheet:
    """How far limits, pools and advances are used."""
    rows = list(roll_forwards(ledger))

    def amounts(name: str, unit: str) -> list[int | None]:
        return [getattr(row, name) if (row.unit in UNITS) == (unit == "securities") else None for row in rows]

    columns = [
        SheetColumn(f"{header}", "money", amounts(name, "money"))
        for name, header in (
            ("opening", "Opening"),
            ("accrued", "Accrued"),
            ("recouped", "Recouped"),
            ("closing", "Closing balance"),
            ("limit", "Limit"),
            ("left", "Left"),
        )
    ]
    counts = [
        SheetColumn(f"{header} (securities)", "count", amounts(name, "securities"))
        for name, header in (
            ("opening", "Opening"),
            ("accrued", "Accrued"),
            ("closing", "Closing balance"),
            ("limit", "Limit"),
            ("left", "Left"),
        )
    ]
    return Sheet(
        "Caps and advances",
        "How far each limit, pool and advance was used before these records, by them, and what is left",
        (
            SheetColumn("Agreement", "text", [row.agreement.id for row in rows]),
            SheetColumn("Clause", "text", [row.clause for row in rows]),
            SheetColumn("What", "text", [row.what for row in rows]),
            *columns,
            *counts,
            SheetColumn(
                "Running base",
                "money",
                [row.base if row.what != "advance" and not row.base_counts else None for row in rows],
            ),
        ),
        freeze=2,
        paragraphs=(
            "Opening plus accrued is the closing balance; the limit less what counts toward it is left.",
            "Of an advance: opening and closing balance are what is still to be earned, accrued is what was paid ahead "
            "less what was returned, recouped is what was earned against it.",
            *([_OVER_SEVERAL] if ledger.limits else []),
        ),
    )


def balances_sheet(ledger: Ledger) -> Sheet:
    rows = [row for row in roll_forwards(ledger) if row.stands]
    amounts = [shown_count(row.balance) if row.unit in UNITS else shown_money(row.balance) for row in rows]
    return Sheet(
        "Balances",
        "Where this ledger ends: the rows of a balances table with which the next run can begin",
        (
            SheetColumn("agreement", "text", [row.agreement.id for row in rows]),
            SheetColumn("clause", "text", [row.clause for row in rows]),
            SheetColumn("as_of", "date", [ledger.as_of] * len(rows)),
            SheetColumn("amount", "text", amounts),
            SheetColumn("base", "text", [shown_count(r.base) if r.base_counts else shown_money(r.base) for r in rows]),
        ),
        freeze=2,
        paragraphs=(
            "Amounts are money or counts of warrants. Of an advance, base is how much of it has been recouped. "
            "Records of "
            "the next run then hold only what comes after.",
            *left_open(ledger),
        ),
    )
