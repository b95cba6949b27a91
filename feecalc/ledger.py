"""The payout ledger: entries in columns, each leading back to its clause, its payee and its source rows.

`Ledger.columns` has one row an entry, in the order of accrual; `Ledger.entries` is the same as a pandas frame. They
are:

- agreement, clause, section, closing, payee, unit: text, "" where absent; unit is the currency, or one of UNITS
- accrued_on, payable_on: day numbers (int32); payable_on is NEVER where it waits for what has not happened
- base, base_before: int64 cents, or counts where `base_counts`; has_base: bool
- accrued, recouped, held, in_securities, decided, payable: int64 cents, or counts of securities:
  payable = accrued - recouped - held - in_securities + decided
- lapses: bool, whether the entry takes back what lapsed
- deducted: int64 cents, what of payable is deducted from the proceeds by the day of the ledger
- exercise_price, expires: text, "" where absent
- lines: how many source rows the entry acted on (int64)
- source, row, part: int32, where the entry comes from: `sources[source]`, row of it, place of the payee

Nothing here is ever a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from attrs import field, frozen

from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.attribution import Attribution
from feecalc.clauses import Clause
from feecalc.closing import ClosingTable
from feecalc.columns import Arrays, Columns
from feecalc.limits import TotalStanding
from feecalc.milestones import Milestones
from feecalc.names import name_key
from feecalc.problems import Place
from feecalc.records import Decision, Invoice, Payment, Records, Review
from feecalc.settlement import Advanced
from feecalc.totals import Ints

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["error", "warning"]
UNITS = ("warrants", "shares", "units")
AMOUNTS = ("accrued", "recouped", "held", "in_securities", "decided", "payable")


@frozen
class LedgerException:
    """Something found in the records that needs a person's decision, until a review lets it stand."""

    code: str
    severity: Severity
    message: str
    place: Place
    reviews: tuple[Review, ...] = ()


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
    """Where entries come from: one clause's accruals, an advance's own movements, or decisions on a clause."""

    agreement: Agreement
    clause: Clause
    milestones: Milestones
    accrual: Accrual | None = None
    recouped: Ints = field(factory=lambda: np.zeros(0, dtype=np.int64))
    in_securities: Ints = field(factory=lambda: np.zeros(0, dtype=np.int64))
    advanced: Advanced | None = None
    decisions: tuple[Decision, ...] = ()


@frozen(eq=False)
class Ledger:
    """All that one run found out: `columns` holds its entries, `sums` what `totals_of` makes of them."""

    as_of: date
    agreements: tuple[Agreement, ...]
    records: Records
    attribution: Attribution
    sources: tuple[Source, ...]
    columns: Columns
    sums: Columns
    exceptions: tuple[LedgerException, ...]
    checks: tuple[Check, ...]
    limits: tuple[TotalStanding, ...] = ()  # where the limits over several clauses stand

    @property
    def table(self) -> ClosingTable:
        return self.records.closings

    @property
    def needs_a_person(self) -> bool:
        """Whether something found here needs a decision (exit status 1)."""
        return bool(self.open_exceptions) or not all(check.holds for check in self.checks)

    @property
    def open_exceptions(self) -> list[LedgerException]:
        """The exceptions that nobody has reviewed."""
        return [exception for exception in self.exceptions if not exception.reviews]

    @property
    def has_documents(self) -> bool:
        """Whether there is anything to reconcile the ledger with."""
        return bool(self.records.invoices or self.records.payments)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """The entries as a pandas frame."""
        return self.columns.frame()

    @cached_property
    def totals(self) -> pd.DataFrame:
        """The totals as a pandas frame."""
        return self.sums.frame()

    @cached_property
    def _origins(self) -> tuple[list[int], list[int]]:
        """Of each entry its source, and its row there."""
        return self.columns["source"].tolist(), self.columns["row"].tolist()

    def lines_of_entry(self, entry: int) -> list[str]:
        """The source rows of the entry at a place."""
        sources, rows = self._origins
        return self.lines_of(sources[entry], rows[entry])

    def lines_of(self, source: int, row: int) -> list[str]:
        """The source rows of an entry, such as closings.csv:4."""
        origin = self.sources[source]
        if origin.decisions:
            return [origin.decisions[row].line]
        if origin.accrual is not None:
            expense = origin.accrual.expenses[row] if origin.accrual.expenses else None
            if expense is not None:
                return [expense.line]
            groups = origin.accrual.groups
            return [self.table.rows.line(int(line)) for line in groups.members(row)] if groups is not None else []
        if origin.advanced is not None and origin.advanced.accrued[row] < 0:
            return [expense.line for expense in origin.advanced.expenses]
        return []


def totals_of(entries: Columns, agreements: Sequence[Agreement], records: Records, as_of: date) -> Columns:
    """Amounts by agreement, payee and unit: those of the entries, deducted, invoiced, paid and outstanding, which is
    payable less what was deducted and paid.

    Rows stand in the order of the agreements and their payees, cash before warrants. Invoices and payments are cash;
    those of a payee that has no entry get a row of their own. Amounts are int64 cents or counts.
    """
    keys = ["agreement", "payee", "unit"]
    names = [*AMOUNTS, "deducted"]
    rows: dict[tuple[str, str, str], list[int]] = {
        (key[0], key[1], key[2]): [*amounts, 0, 0] for key, amounts in entries.sums(keys, *names).items()
    }
    for column, documents in ((len(names), records.invoices), (len(names) + 1, records.payments)):
        for document in documents:
            agreement, payee = payee_under(agreements, document)
            if agreement is not None and document.date <= as_of:
                key = (agreement.id, payee, agreement.currency)
                rows.setdefault(key, [0] * (len(names) + 2))[column] += document.amount
    place = {(a.id, payee): (i, j) for i, a in enumerate(agreements) for j, payee in enumerate(a.payees)}
    order = sorted(rows, key=lambda key: (place[key[:2]], UNITS.index(key[2]) if key[2] in UNITS else -1))
    found: Arrays = {name: np.array([key[column] for key in order], dtype=object) for column, name in enumerate(keys)}
    for column, name in enumerate([*names, "invoiced", "paid"]):
        found[name] = np.array([rows[key][column] for key in order], dtype=np.int64)
    found["outstanding"] = found["payable"] - found["deducted"] - found["paid"]
    return Columns(found)


def payee_under(agreements: Sequence[Agreement], document: Invoice | Payment) -> tuple[Agreement | None, str]:
    """The agreement of an invoice or payment, and the payee's name in it: the one it names, or the payee's only one."""
    having = [(a, payee) for a in agreements for payee in a.payees if name_key(payee) == name_key(document.payee)]
    if document.agreement:
        having = [(a, payee) for a, payee in having if a.id == document.agreement]
    return having[0] if len(having) == 1 else (None, "")


def unit_of(agreement: Agreement, clause: Clause) -> str:
    """The unit of a clause's entries: the currency's code, or `warrants`, `shares` or `units`."""
    return clause.unit if clause.counted else agreement.currency
