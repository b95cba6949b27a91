"""The records cut down to what concerns one payee: as tables, each with the columns that its agreements need.

Only lines on which one of the payee's agreements is owed are left, by the day of the ledger, and of the other tables
the rows of those agreements and of the payee. Notes and descriptions are left out; other words that would tell a name
have neutral ones in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from attrs import fields, frozen

from feecalc.attribution.awards import AWARD
from feecalc.closing import EVENT_WORDS, RESCISSION, header_key
from feecalc.dates import day_date
from feecalc.ledger import Ledger
from feecalc.milestones import FINAL_CLOSING, FIRST_CLOSING
from feecalc.names import name_key
from feecalc.needed_columns import OWN_AMOUNTS, needed_columns
from feecalc.records import DAY, ROWS, Row
from feecalc.shapes import Scalar
from feecalc.statements.agreement_slice import OTHERS, Neutral, Slice
from feecalc.totals import Codes
from feecalc.write.sheets import Kind, Sheet, SheetColumn

NOTES = frozenset({"memo", "description", "evidence", "source", "reason", "decided_by", "approved_by"})
CORE = ("security", "offering", "investor_class", "currency")
UNNAMED = ("exchange_rate", "signed_on")  # columns that terms ask for without naming them


@frozen(eq=False)
class Cut:
    """A ledger as one payee sees it: its agreements by their ids in the ledger, and how they are cut."""

    ledger: Ledger
    payee: str
    company: str
    slices: Mapping[str, Slice]
    neutral: Neutral

    @property
    def places(self) -> list[int]:
        return [place for place, agreement in enumerate(self.ledger.agreements) if agreement.id in self.slices]

    def agreement(self, name: str) -> str:
        return self.slices[name].agreement_id if name else ""

    def clause(self, agreement: str, name: str) -> str | None:
        """A clause's id in the slice of its agreement, or of the first that has it; None where it is left out."""
        slices = [self.slices[agreement]] if agreement else self.slices.values()
        return next((each.ids[name] for each in slices if name in each.ids), None)


def lines_of(ledger: Ledger, places: Iterable[int]) -> Codes:
    """The lines on which any of the agreements is owed by the day of the ledger, in the order of the records."""
    owed = [ledger.attribution.lines_owed(place) for place in places]
    lines = np.unique(np.concatenate(owed)) if owed else np.zeros(0, dtype=np.int32)
    return lines[~ledger.attribution.after_as_of[lines]].astype(np.int32)


def cut_records(cut: Cut, put_in: Sequence[Mapping[str, Any]] = ()) -> list[Sheet]:
    """The tables that have rows, and closings always; `put_in` are further rows of decisions."""
    kept: dict[str, list[Mapping[str, Any]]] = {
        "introductions": _rows(cut, "introductions", _introductions(cut)),
        "expenses": _rows(cut, "expenses", _of_clauses(cut, cut.ledger.records.expenses, "date")),
        "events": _rows(cut, "events", _events(cut)),
        "decisions": [*_rows(cut, "decisions", _decisions(cut)), *put_in],
        "balances": _rows(cut, "balances", _of_clauses(cut, cut.ledger.records.balances, "as_of")),
        "invoices": _rows(cut, "invoices", _of_payee(cut, cut.ledger.records.invoices)),
        "payments": _rows(cut, "payments", _of_payee(cut, cut.ledger.records.payments)),
        "tolerances": _rows(cut, "tolerances", _of_payee(cut, cut.ledger.records.tolerances)),
    }
    return [_closings(cut), *(_table(name, rows) for name, rows in kept.items() if rows)]


# ---- closings --------------------------------------------------------------------------------------------------------


def _closings(cut: Cut) -> Sheet:
    ledger, table = cut.ledger, cut.ledger.table
    lines = lines_of(ledger, cut.places)
    prices = [*map(str, table.prices), None]
    ids = {name: cut.agreement(name) for name in cut.slices}

    def words(name: str, kind: str) -> list[str | None]:
        column = table.words(name)
        if column is None:
            return [None] * len(lines)
        told = [cut.neutral.word(word, kind) if word else None for word in column.words]
        return [told[code] for code in column.codes[lines].tolist()]

    columns = [
        SheetColumn("closing", "text", words("closing", "closing")),
        SheetColumn("date", "date", [day_date(day) for day in table.day[lines].tolist()]),
        SheetColumn("investor", "text", [table.investor[line] for line in lines.tolist()]),
        SheetColumn(
            "shares",
            "count",
            [n if given else None for n, given in zip(table.shares[lines].tolist(), table.has_shares[lines].tolist())],
        ),
        SheetColumn("price", "price", [prices[code] for code in table.price[lines].tolist()]),
        SheetColumn("gross_proceeds", "money", table.gross[lines]),
        SheetColumn(
            "non_cash",
            "money",
            [n if given else None for n, given in zip(table.non_cash[lines].tolist(), table.has_non_cash[lines])],
        ),
        SheetColumn("introduced_by", "text", [ids.get(table.introduced_by[line]) for line in lines.tolist()]),
        SheetColumn("event", "text", [_event(cut, line) for line in lines.tolist()]),
        SheetColumn(
            "reverses",
            "text",
            [cut.neutral.word(w, "closing") if (w := table.reverses_word[line]) else None for line in lines.tolist()],
        ),
        *(SheetColumn(name, "text", words(name, "name")) for name in (*CORE, *UNNAMED, *_needed(cut))),
    ]
    kept = ("closing", "date", "investor", "gross_proceeds", *_needed(cut))  # these are asked for, with or without rows
    return Sheet("closings", "", tuple(c for c in columns if c.header in kept or _holds_any(c)))


def _holds_any(column: SheetColumn) -> bool:
    return any(value is not None for value in column.part())


def _event(cut: Cut, line: int) -> str | None:
    """The event where it is not what the sign of the line says by itself."""
    table = cut.ledger.table
    event = int(table.event[line])
    return None if event == (RESCISSION if table.gross[line] < 0 else 0) else EVENT_WORDS[event]


def _needed(cut: Cut) -> list[str]:
    """The further columns that the agreements name."""
    own = {
        header_key(name) for name in (*OWN_AMOUNTS, *CORE, *UNNAMED, "closing", "date", "investor", "price", "event")
    }
    named = [needed.column for place in cut.places for needed in needed_columns(cut.ledger.agreements[place])]
    found = {header_key(name): name for name in named if header_key(name) not in own}
    return [name for key, name in found.items() if key not in ("introducedby", "reverses")]


# ---- the other tables ------------------------------------------------------------------------------------------------


def _introductions(cut: Cut) -> Iterator[Row]:
    table = cut.ledger.table
    lines = lines_of(cut.ledger, cut.places)
    bought = {name_key(table.investor[line]) for line in lines.tolist()}
    for row in cut.ledger.records.introductions:
        if row.agreement in cut.slices and name_key(row.investor) in bought:
            yield row


def _of_clauses(cut: Cut, rows: Iterable[Any], day: str) -> Iterator[Row]:
    """Rows of the payee's agreements by the day of the ledger, about no clause or one that is left."""
    for row in rows:
        own = cut.slices.get(row.agreement)
        if own is not None and (not row.clause or row.clause in own.ids) and getattr(row, day) <= cut.ledger.as_of:
            yield row


def _events(cut: Cut) -> Iterator[Row]:
    """The events that the terms of the payee's agreements wait for."""
    waited = {name_key(word) for each in cut.slices.values() for word in each.words()}
    for row in cut.ledger.records.events:
        if (not row.agreement or row.agreement in cut.slices) and (
            name_key(row.event) in (FIRST_CLOSING, FINAL_CLOSING) or name_key(cut.neutral.word(row.event)) in waited
        ):
            yield row


def _decisions(cut: Cut) -> Iterator[Row]:
    table = cut.ledger.table
    lines = lines_of(cut.ledger, cut.places).tolist()
    closings = {table.closing[line] for line in lines}
    bought = {name_key(table.investor[line]) for line in lines}
    for row in _of_clauses(cut, cut.ledger.records.decisions, "date"):
        assert isinstance(row, ROWS["decisions"])
        about: Any = row
        if name_key(about.decision) == AWARD and len(cut.slices) == 1:
            continue
        if about.payee and name_key(about.payee) != name_key(cut.payee):
            continue
        if (not about.closing or about.closing in closings) and (
            not about.investor or name_key(about.investor) in bought
        ):
            yield row


def _of_payee(cut: Cut, rows: Iterable[Any]) -> Iterator[Row]:
    """Rows of the payee, of no agreement or of one of its own."""
    for row in rows:
        own = not row.agreement or row.agreement in cut.slices
        mine = name_key(row.payee) == name_key(cut.payee) or (not row.payee and hasattr(row, "name"))
        if own and mine and getattr(row, "date", date.min) <= cut.ledger.as_of:
            yield row


def _rows(cut: Cut, name: str, chosen: Iterable[Row]) -> list[Mapping[str, Any]]:
    """The cells of rows, by column. A closing of which the payee has no line is not named."""
    rows = list(chosen)
    shapes = [each.name for each in fields(ROWS[name]) if "shape" in each.metadata]
    table = cut.ledger.table
    closings = {table.closing[line] for line in lines_of(cut.ledger, cut.places).tolist()}
    found: list[dict[str, Any]] = [{column: _cell(cut, row, column) for column in shapes} for row in rows]
    for row, cells in zip(rows, found, strict=True):
        if getattr(row, "closing", "") not in closings:
            cells["closing"] = None
    return [*found]


def _cell(cut: Cut, row: Row, column: str) -> Any:
    value = getattr(row, column)
    if value in ("", None):
        return None
    match column:
        case "decided_by":
            return cut.company
        case "reason":
            return cut.neutral.sentence(value, "decided by the company")
        case "approved_by":
            return cut.company
        case "agreement":
            return cut.agreement(value)
        case "clause":
            return cut.clause(getattr(row, "agreement", ""), value)
        case "payee":
            return cut.payee if name_key(value) == name_key(cut.payee) else OTHERS
        case "investor":
            return value
    if column in NOTES:
        return None
    return cut.neutral.word(value, column) if isinstance(value, str) else value


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """A table of the columns that hold anything in any of the rows."""
    shapes = {each.name: each.metadata["shape"] for each in fields(ROWS[name]) if "shape" in each.metadata}
    given = [header for header in shapes if any(row.get(header) is not None for row in rows)]
    return Sheet(name, "", tuple(_column(header, shapes[header], rows) for header in given))


def _column(header: str, shape: Scalar, rows: Sequence[Mapping[str, Any]]) -> SheetColumn:
    kind: Kind = "date" if shape is DAY else "money" if shape.name == "money" else "text"
    return SheetColumn(header, kind, [row.get(header) for row in rows])
