"""Who is owed what: the summary by payee of the workbook, and what of it is told on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.columns import Columns
from feecalc.ledger import UNITS, Ledger
from feecalc.write.sheets import Sheet, SheetColumn

HEADERS = {"in_securities": "In securities"}
NOTES = {
    "held": "Held waits for something that has not happened, and is not payable.",
    "in_securities": "In securities is what was earned in cash and is taken in securities.",
    "decided": "Decided is what recorded decisions change; the computed figures stand as they are.",
    "deducted": "Deducted is what agents keep from the proceeds; it counts as paid.",
}


def summary(ledger: Ledger) -> Sheet:
    """Who is owed what: one row an agreement and payee."""
    t = ledger.sums

    def by_key(name: str, rows: np.ndarray) -> dict[tuple[str, str], int]:
        part = t.where(rows)
        return dict(zip(part.rows("agreement", "payee"), part[name].tolist(), strict=True))

    securities = {unit: by_key("payable", t["unit"] == unit) for unit in UNITS}
    held = {unit: by_key("held", t["unit"] == unit) for unit in UNITS}
    cash = ~t.one_of("unit", UNITS)
    keys = list(dict.fromkeys(t.rows("agreement", "payee")))
    names = {agreement.id: agreement for agreement in ledger.agreements}

    def money(name: str) -> list[int]:
        amounts = by_key(name, cash)
        return [amounts.get(key, 0) for key in keys]

    advances = _advances(ledger)
    advanced = [advances.get(key, 0) for key in keys]
    earned = [accrued - ahead for accrued, ahead in zip(money("accrued"), advanced, strict=True)]
    summed = one_currency(ledger)
    open_ = sum(exception.severity == "error" for exception in ledger.exceptions)
    reviewed = len(ledger.exceptions) - len(ledger.open_exceptions)
    return Sheet(
        "Summary",
        f"Who is owed what, as of {ledger.as_of}",
        (
            SheetColumn("Payee", "text", [payee for _, payee in keys], width=30),
            SheetColumn("Agreement", "text", [agreement for agreement, _ in keys]),
            SheetColumn("Currency", "text", [names[agreement].currency for agreement, _ in keys]),
            SheetColumn("Earned", "money", earned, total=summed),
            SheetColumn("Advanced", "money", advanced, total=summed),
            *(
                SheetColumn(HEADERS.get(name, name.capitalize()), "money", money(name), total=summed)
                for name in ("recouped", *used(ledger.sums), "payable", *used(ledger.sums, ("deducted",)))
            ),
            *(
                SheetColumn(name.capitalize(), "money", money(name), total=summed)
                for name in ("invoiced", "paid", "outstanding")
            ),
            *(
                SheetColumn(unit.capitalize(), "count", [counts.get(key, 0) for key in keys])
                for unit, counts in securities.items()
                if counts or unit == "warrants"
            ),
            *(
                SheetColumn(f"{unit.capitalize()} held", "count", [counts.get(key, 0) for key in keys])
                for unit, counts in held.items()
                if any(counts.values())
            ),
        ),
        freeze=1,
        paragraphs=(
            f"Earned and advanced, less recouped{_more(t)}, is payable; payable less paid is outstanding. Advanced is "
            "what "
            "falls due "
            "ahead of being earned, less what is to be returned; recouped is what was earned and set against it."
            + "".join(f" {NOTES[name]}" for name in used(t, tuple(NOTES))),
            "To follow a payee, filter the Payout ledger and Warrants by payee: every entry names its clause, "
            "its section and its source rows.",
            f"{_count(len(ledger.exceptions), 'exception')} ({open_} of severity error"
            f"{f', {reviewed:,} reviewed' if reviewed else ''}). "
            "Fees due to payees are positive.",
        ),
    )


def totals_columns(ledger: Ledger) -> list[SheetColumn]:
    """The columns of the summary that fit a terminal of 80 columns."""
    paid = bool(ledger.records.payments)
    others = [HEADERS.get(name, name.capitalize()) for name in used(ledger.sums)]
    wanted = (
        "Agreement",
        "Payee",
        *(("Payable", "Paid", "Outstanding") if paid else ("Earned", "Advanced", "Recouped", *others, "Payable")),
        *(["Deducted"] if used(ledger.sums, ("deducted",)) else []),
        *(unit.capitalize() for unit in UNITS),
        *(f"{unit.capitalize()} held" for unit in UNITS),
    )
    by_header = {column.header: column for column in summary(ledger).columns}
    empty = {"Advanced", "Recouped"} if others else set()  # room for what is there
    return [
        by_header[header]
        for header in wanted
        if header in by_header and not (header in empty and not any(by_header[header].values))
    ]


def used(rows: Columns, names: Sequence[str] = ("held", "in_securities", "decided")) -> list[str]:
    """The columns that hold anything: those of what few agreements know are shown only where they do."""
    return [name for name in names if rows[name].any()]


def _more(totals: Columns) -> str:
    """What else lies between earned and payable in this ledger."""
    words = {"held": ", less held", "in_securities": ", less taken in securities", "decided": ", with what was decided"}
    return "".join(words[name] for name in used(totals))


def _advances(ledger: Ledger) -> dict[tuple[str, str], int]:
    """What was advanced less what was returned, by agreement and payee."""
    own = [index for index, source in enumerate(ledger.sources) if source.advanced is not None]
    entries = ledger.columns.where(np.isin(ledger.columns["source"], own))
    return {(key[0], key[1]): ahead for key, (ahead,) in entries.sums(("agreement", "payee"), "accrued").items()}


def one_currency(ledger: Ledger) -> bool:
    return len({agreement.currency for agreement in ledger.agreements}) == 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
