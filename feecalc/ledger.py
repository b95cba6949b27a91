"""The payout ledger: entries in columns, each leading back to its clause, its payee and its source rows.

`Ledger.entries` is a pandas frame with one row an entry, in the order of accrual. Its columns:

- agreement, clause, section, closing, payee, unit: text, "" where absent; unit is the currency or "warrants"
- accrued_on, payable_on: day numbers (int32)
- base, base_before, accrued, recouped, payable: int64 cents, or counts of warrants; has_base: bool
- exercise_price, expires: text, "" where absent
- lines: how many source rows the entry acted on (int64)
- source, row, part: int32, where the entry comes from: `sources[source]`, row of it, place of the payee

pandas sums int64 exactly; nothing here is ever a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from attrs import field, frozen

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.attribution import Attribution
from feecalc.clauses import AccruingClause, Clause, WarrantClause
from feecalc.closing import ClosingTable
from feecalc.names import name_key
from feecalc.problems import Place
from feecalc.records import Invoice, Payment, Records
from feecalc.settlement import Advanced
from feecalc.totals import Codes, Ints

Severity = Literal["error", "warning"]
PAID_AHEAD, SPENT, CLOSED, RETURNED = range(4)  # the order of what happens on one day


@frozen
class LedgerException:
    """Something found in the records that needs a person's decision."""

    code: str
    severity: Severity
    message: str
    place: Place


@frozen
class Check:
    """A tie-out: two figures that must agree (or one that must not pass the other), as text, and whether they do."""

    name: str
    holds: bool
    expected: str
    found: str
    detail: str


@frozen(eq=False)
class Source:
    """Where entries come from: one clause's accruals, or an advance's own movements."""

    agreement: Agreement
    clause: Clause
    accrual: Accrual | None = None
    recouped: Ints = field(factory=lambda: np.zeros(0, dtype=np.int64))
    advanced: Advanced | None = None


@frozen(eq=False)
class Ledger:
    """All that one run found out."""

    as_of: date
    agreements: tuple[Agreement, ...]
    records: Records
    attribution: Attribution
    sources: tuple[Source, ...]
    entries: pd.DataFrame
    totals: pd.DataFrame
    exceptions: tuple[LedgerException, ...]
    checks: tuple[Check, ...]

    @property
    def table(self) -> ClosingTable:
        return self.records.closings

    @property
    def needs_a_person(self) -> bool:
        """Whether something found here needs a decision (exit status 1)."""
        return bool(self.exceptions) or not all(check.holds for check in self.checks)

    def lines_of(self, source: int, row: int) -> list[str]:
        """The source rows of an entry, such as closings.csv:4."""
        origin = self.sources[source]
        if origin.accrual is not None and origin.accrual.groups is not None:
            return [self.table.rows.line(int(line)) for line in origin.accrual.groups.members(row)]
        if origin.accrual is not None:
            return [origin.accrual.expenses[row].line]
        if origin.advanced is not None and origin.advanced.accrued[row] < 0:
            return [expense.line for expense in origin.advanced.expenses]
        return []


def entries_of(sources: Sequence[Source], table: ClosingTable) -> pd.DataFrame:
    """The entries of all sources: each payee's part of each accrual and of each movement of an advance."""
    blocks = [
        block
        for index, source in enumerate(sources)
        for block in (_accrued(index, source, table) if source.accrual is not None else _advanced(index, source))
    ]
    frame = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame({name: [] for name in _COLUMNS})
    order = ["accrued_on", "stage", "rank", "source", "row", "part"]
    return frame.sort_values(order, kind="stable", ignore_index=True)


def totals_of(entries: pd.DataFrame, agreements: Sequence[Agreement], records: Records, as_of: date) -> pd.DataFrame:
    """Accrued, recouped, payable, invoiced, paid and outstanding by agreement, payee and unit.

    Rows stand in the order of the agreements and their payees, cash before warrants. Invoices and payments are cash;
    those of a payee that has no entry get a row of their own. Amounts are int64 cents or counts.
    """
    keys = ["agreement", "payee", "unit"]
    summed = entries.groupby(keys, sort=False)[["accrued", "recouped", "payable"]].sum()
    rows: dict[tuple[str, str, str], list[int]] = {
        (str(key[0]), str(key[1]), str(key[2])): [int(amount) for amount in amounts] + [0, 0]
        for key, amounts in zip(summed.index.tolist(), summed.to_numpy().tolist(), strict=True)
    }
    for column, documents in ((3, records.invoices), (4, records.payments)):
        for document in documents:
            agreement, payee = payee_under(agreements, document)
            if agreement is not None and document.date <= as_of:
                rows.setdefault((agreement.id, payee, agreement.currency), [0] * 5)[column] += document.amount
    place = {(a.id, payee): (i, j) for i, a in enumerate(agreements) for j, payee in enumerate(a.payees)}
    order = sorted(rows, key=lambda key: (place[key[:2]], key[2] == "warrants"))
    frame = pd.DataFrame(order, columns=keys)
    for column, name in enumerate(("accrued", "recouped", "payable", "invoiced", "paid")):
        frame[name] = np.array([rows[key][column] for key in order], dtype=np.int64)
    frame["outstanding"] = frame["payable"] - frame["paid"]
    return frame


def payee_under(agreements: Sequence[Agreement], document: Invoice | Payment) -> tuple[Agreement | None, str]:
    """The agreement of an invoice or payment, and the payee's name in it: the one it names, or the payee's only one."""
    having = [(a, payee) for a in agreements for payee in a.payees if name_key(payee) == name_key(document.payee)]
    if document.agreement:
        having = [(a, payee) for a, payee in having if a.id == document.agreement]
    return having[0] if len(having) == 1 else (None, "")


_COLUMNS = (
    "agreement",
    "clause",
    "section",
    "closing",
    "payee",
    "unit",
    "accrued_on",
    "payable_on",
    "base",
    "base_before",
    "has_base",
    "accrued",
    "recouped",
    "payable",
    "exercise_price",
    "expires",
    "lines",
    "source",
    "row",
    "part",
    "stage",
    "rank",
)


def _accrued(index: int, source: Source, table: ClosingTable) -> list[pd.DataFrame]:
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    names = np.array([*table.closing.words, ""], dtype=object)
    lag = clause.days_to_pay if isinstance(clause, AccruingClause) else 0
    shares = source.agreement.shares(clause)
    accrued = settlement.parts(accrual.accrued, accrual.opening, shares, clause.odd_unit)
    recouped = settlement.parts(source.recouped, 0, shares, clause.odd_unit)
    return [
        _block(
            index,
            source,
            part,
            row=np.arange(len(accrual)),
            closing=names[accrual.closing],
            accrued_on=accrual.day,
            payable_on=accrual.day + lag,
            base=accrual.base,
            base_before=accrual.base_before,
            has_base=True,
            accrued=accrued[part],
            recouped=recouped[part],
            exercise_price=_exercise_prices(accrual),
            lines=accrual.groups.counts() if accrual.groups else np.ones(len(accrual), dtype=np.int64),
            stage=CLOSED if accrual.groups else SPENT,
            rank=accrual.rank,
        )
        for part in range(len(shares))
        if len(accrual)
    ]


def _advanced(index: int, source: Source) -> list[pd.DataFrame]:
    advanced, clause = source.advanced, source.clause
    assert advanced is not None
    zero = np.zeros(len(advanced.day), dtype=np.int64)
    shares = source.agreement.shares(clause)
    accrued = settlement.parts(advanced.accrued, advanced.opening, shares, clause.odd_unit)
    return [
        _block(
            index,
            source,
            part,
            row=np.arange(len(zero)),
            closing="",
            accrued_on=advanced.day,
            payable_on=advanced.day,
            base=zero,
            base_before=zero,
            has_base=False,
            accrued=accrued[part],
            recouped=zero,
            exercise_price="",
            lines=np.where(advanced.accrued < 0, len(advanced.expenses), 0),
            stage=np.where(advanced.accrued < 0, RETURNED, PAID_AHEAD),
            rank=zero,
        )
        for part in range(len(shares))
        if len(zero)
    ]


def _block(
    index: int,
    source: Source,
    part: int,
    *,
    row: Ints,
    closing: object,
    accrued_on: Codes,
    payable_on: Codes,
    base: Ints,
    base_before: Ints,
    has_base: bool,
    accrued: Ints,
    recouped: Ints,
    exercise_price: object,
    lines: Ints,
    stage: object,
    rank: Codes | Ints,
) -> pd.DataFrame:
    clause, agreement = source.clause, source.agreement
    expires = clause.expires if isinstance(clause, WarrantClause) else ""
    columns: dict[str, object] = {
        "agreement": agreement.id,
        "clause": clause.id,
        "section": clause.section,
        "closing": closing,
        "payee": agreement.shares(clause)[part].payee,
        "unit": unit_of(agreement, clause),
        "accrued_on": accrued_on.astype(np.int32),
        "payable_on": payable_on.astype(np.int32),
        "base": base,
        "base_before": base_before,
        "has_base": has_base,
        "accrued": accrued,
        "recouped": recouped,
        "payable": accrued - recouped,
        "exercise_price": exercise_price,
        "expires": expires.isoformat() if isinstance(expires, date) else "",
        "lines": lines,
        "source": np.int32(index),
        "row": row.astype(np.int32),
        "part": np.int32(part),
        "stage": stage,
        "rank": rank.astype(np.int64),
    }
    return pd.DataFrame(columns, index=range(len(row)))


def unit_of(agreement: Agreement, clause: Clause) -> str:
    """The unit of a clause's entries: the currency's code, or `warrants`."""
    return "warrants" if clause.unit == "warrants" else agreement.currency


def _exercise_prices(accrual: Accrual) -> object:
    clause = accrual.clause
    if not isinstance(clause, WarrantClause):
        return ""
    if clause.exercise_price != "price paid":
        return str(clause.exercise_price)
    return np.array([*map(str, accrual.prices), ""], dtype=object)[accrual.price]
