"""A ledger as sheets: the pages of the workbook, in the order in which a controller reads them.

About the workbook, summary by payee, the flow of funds, charts, the payout ledger, warrants, caps and advances,
closings with their attribution, the papers that compute all of it again, the agreements as read, exceptions, checks,
balances. One payee can be followed from Summary over the ledger's entries to the source rows under Closings, and from
each entry to the clause under Agreements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from feecalc.balances import roll_forwards
from feecalc.columns import Columns
from feecalc.dates import NEVER, day_date
from feecalc.explain import whys
from feecalc.ledger import AMOUNTS, UNITS, Ledger
from feecalc.money import plain_money, shown_count, shown_money
from feecalc.reconcile import has_documents, reconcile
from feecalc.records import InputFile
from feecalc.workpapers.drawing import draw_up, too_many
from feecalc.write.about_sheet import about
from feecalc.write.beside import Beside, too_long, within
from feecalc.write.chart_sheets import chart_sheets
from feecalc.write.check_sheets import checks_sheet
from feecalc.write.closings_sheet import closings_sheet
from feecalc.write.control_sheets import agreement_terms, claims_sheets, exceptions
from feecalc.write.funds_flow_sheets import funds_flow_sheets
from feecalc.write.input_sheet import inputs_sheet
from feecalc.write.live_sheets import live
from feecalc.write.reconcile_sheets import reconciliation_sheets
from feecalc.write.sheets import Live, Sheet, SheetColumn

MOST_LINES_NAMED = 12
WHAT = (
    "A payout ledger: what placement agents and finders have earned under their agreements, what of it is payable, "
    "and why, computed from closing records."
)
START = (
    "Summary names each payee. Filter Payout ledger and Warrants by payee for the entries behind it; each entry names "
    "its clause and its source rows. Exceptions lists what a person must decide."
)
ENTRIES = ("Payout ledger", "Warrants")  # the sheets that have the entries
# What a person must see stays in the workbook however long it is.
ALWAYS = ("Summary", "Caps and advances", "Agreements", "Claims", "Exceptions", "Checks", "Balances", "Inputs")
HEADERS = {"in_securities": "In securities"}
NOTES = {
    "held": "Held waits for something that has not happened, and is not payable.",
    "in_securities": "In securities is what was earned in cash and is taken in securities.",
    "decided": "Decided is what recorded decisions change; the computed figures stand as they are.",
    "deducted": "Deducted is what agents keep from the proceeds; it counts as paid.",
}


def ledger_sheets(
    ledger: Ledger, inputs: Sequence[InputFile], stem: str = "ledger"
) -> tuple[list[Sheet], Live, tuple[Beside, ...]]:
    """All sheets of the workbook, what its checks say, and the files beside it that have what is too long for it;
    `stem` is the workbook's name without its ending.
    """
    long = too_long(max(len(ledger.columns), len(ledger.table)))
    papers = None if long or too_many(ledger) else draw_up(ledger)
    why = np.array(whys(ledger), dtype=object)
    cash = ~ledger.columns.one_of("unit", UNITS)
    sheets = [
        summary(ledger),
        *funds_flow_sheets(ledger),
        *chart_sheets(ledger),
        payout_sheet(ledger, cash, why),
        warrants_sheet(ledger, ~cash, why),
        caps_sheet(ledger),
        closings_sheet(ledger, papers),
        *(reconciliation_sheets(reconcile(ledger)) if has_documents(ledger) else ()),
        agreement_terms(ledger),
        *claims_sheets(ledger),
        exceptions(ledger),
        checks_sheet(ledger, ()),
        _balances(ledger),
        inputs_sheet(inputs),
    ]
    sheets, status = live(ledger, papers, sheets)
    entries = ("entries", lambda: entries_sheet(ledger))
    sheets, beside = within(sheets, stem, dict.fromkeys(ENTRIES, entries), always=ALWAYS)
    return [about(ledger, inputs, WHAT, START, sheets, beside), *sheets], status, beside


def entries_sheet(ledger: Ledger) -> Sheet:
    """All entries as one table: the ledger as .csv. Amounts of warrants are counts, all others money."""
    e = ledger.columns
    counted = e.one_of("unit", UNITS)

    def amounts(name: str) -> list[str]:
        return [
            str(n) if count else plain_money(n) for n, count in zip(e[name].tolist(), counted.tolist(), strict=True)
        ]

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
            *(SheetColumn(name, "price", amounts(name)) for name in AMOUNTS),
            SheetColumn("exercise_price", "price", [price or None for price in e["exercise_price"].tolist()]),
            _text("expires", e["expires"]),
            SheetColumn("lines", "count", e["lines"]),
            SheetColumn("why", "text", whys(ledger)),
        ),
    )


def _bases(e: Columns, name: str) -> list[str | None]:
    """What each entry acted on: money with its decimals, or a count."""
    rows = e.rows(name, "has_base", "base_counts")
    return [(str(n) if count else plain_money(n)) if given else None for n, given, count in rows]


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
    one_currency = _one_currency(ledger)
    open_ = sum(exception.severity == "error" for exception in ledger.exceptions)
    return Sheet(
        "Summary",
        f"Who is owed what, as of {ledger.as_of}",
        (
            SheetColumn("Payee", "text", [payee for _, payee in keys], width=30),
            SheetColumn("Agreement", "text", [agreement for agreement, _ in keys]),
            SheetColumn("Currency", "text", [names[agreement].currency for agreement, _ in keys]),
            SheetColumn("Earned", "money", earned, total=one_currency),
            SheetColumn("Advanced", "money", advanced, total=one_currency),
            *(
                SheetColumn(HEADERS.get(name, name.capitalize()), "money", money(name), total=one_currency)
                for name in ("recouped", *_used(ledger.sums), "payable", *_used(ledger.sums, ("deducted",)))
            ),
            *(
                SheetColumn(name.capitalize(), "money", money(name), total=one_currency)
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
            + "".join(f" {NOTES[name]}" for name in _used(t, tuple(NOTES))),
            "To follow a payee, filter the Payout ledger and Warrants by payee: every entry names its clause, "
            "its section and its source rows.",
            f"{_count(len(ledger.exceptions), 'exception')} ({open_} of severity error). "
            "Fees due to payees are positive.",
        ),
    )


def _more(totals: Columns) -> str:
    """What else lies between earned and payable in this ledger."""
    words = {"held": ", less held", "in_securities": ", less taken in securities", "decided": ", with what was decided"}
    return "".join(words[name] for name in _used(totals))


def _used(rows: Columns, names: Sequence[str] = ("held", "in_securities", "decided")) -> list[str]:
    """The columns that hold anything: those of what few agreements know are shown only where they do."""
    return [name for name in names if rows[name].any()]


def _advances(ledger: Ledger) -> dict[tuple[str, str], int]:
    """What was advanced less what was returned, by agreement and payee."""
    own = [index for index, source in enumerate(ledger.sources) if source.advanced is not None]
    entries = ledger.columns.where(np.isin(ledger.columns["source"], own))
    return {(key[0], key[1]): ahead for key, (ahead,) in entries.sums(("agreement", "payee"), "accrued").items()}


def totals_columns(ledger: Ledger) -> list[SheetColumn]:
    """The columns of the summary that fit a terminal of 80 columns."""
    paid = bool(ledger.records.payments)
    used = [HEADERS.get(name, name.capitalize()) for name in _used(ledger.sums)]
    wanted = (
        "Agreement",
        "Payee",
        *(("Payable", "Paid", "Outstanding") if paid else ("Earned", "Advanced", "Recouped", *used, "Payable")),
        *(["Deducted"] if _used(ledger.sums, ("deducted",)) else []),
        *(unit.capitalize() for unit in UNITS),
        *(f"{unit.capitalize()} held" for unit in UNITS),
    )
    by_header = {column.header: column for column in summary(ledger).columns}
    empty = {"Advanced", "Recouped"} if used else set()  # room for what is there
    return [
        by_header[header]
        for header in wanted
        if header in by_header and not (header in empty and not any(by_header[header].values))
    ]


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
                SheetColumn(HEADERS.get(name, name.capitalize()), "money", e[name], total=_one_currency(ledger))
                for name in ("accrued", "recouped", *_used(e), "payable")
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
            *(SheetColumn(HEADERS.get(name, name.capitalize()), "count", e[name]) for name in _used(e)),
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
        ),
    )


def _balances(ledger: Ledger) -> Sheet:
    rows = [row for row in roll_forwards(ledger) if row.balance or row.base]
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
        ),
    )


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


def _one_currency(ledger: Ledger) -> bool:
    return len({agreement.currency for agreement in ledger.agreements}) == 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
