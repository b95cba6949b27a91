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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.agreement import Agreement
from feecalc.attribution import Attribution
from feecalc.clauses import Clause, PayeeShare, Period
from feecalc.closing import ClosingTable
from feecalc.columns import Columns
from feecalc.dates import NEVER, day_date, day_number
from feecalc.milestones import Milestones
from feecalc.money import Price, units
from feecalc.names import name_key
from feecalc.problems import Place
from feecalc.records import Decision, Invoice, Payment, Records
from feecalc.rows import ENDED, TRIGGERED
from feecalc.settlement import Advanced, Part, instalments
from feecalc.totals import Codes, Ints, Mask

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["error", "warning"]
UNITS = ("warrants", "shares", "units")
AMOUNTS = ("accrued", "recouped", "held", "in_securities", "decided", "payable")


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

    @property
    def table(self) -> ClosingTable:
        return self.records.closings

    @property
    def needs_a_person(self) -> bool:
        """Whether something found here needs a decision (exit status 1)."""
        return bool(self.exceptions) or not all(check.holds for check in self.checks)

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


def entries_of(sources: Sequence[Source], table: ClosingTable, as_of: date) -> Columns:
    """The entries of all sources: each payee's part of each instalment of each accrual, of each movement of an advance,
    and of each decision.
    """
    blocks = [
        block for index, source in enumerate(sources) for block in _blocks(index, source, table, day_number(as_of))
    ]
    return _in_order(_together([_NOTHING, *blocks]))


def _together(blocks: Sequence[Block]) -> Columns:
    return Columns({name: np.concatenate([block[name] for block in blocks]) for name in _NOTHING})


def _in_order(entries: Columns) -> Columns:
    """Entries in the order of accrual."""
    return entries.where(np.lexsort([entries[name] for name in reversed(_ORDER)]))


def _blocks(index: int, source: Source, table: ClosingTable, as_of: int) -> list[Block]:
    if source.accrual is not None:
        return _accrued(index, source, table, as_of)
    return _advanced(index, source) if source.advanced is not None else []


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
    found: Block = {name: np.array([key[column] for key in order], dtype=object) for column, name in enumerate(keys)}
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


Block = dict[str, npt.NDArray[Any]]  # some entries: a column of each name

_KINDS: dict[str, type] = {
    **dict.fromkeys(("agreement", "clause", "section", "closing", "payee", "unit"), object),
    **dict.fromkeys(("accrued_on", "payable_on"), np.int32),
    **dict.fromkeys(("base", "base_before"), np.int64),
    **dict.fromkeys(("has_base", "base_counts"), np.bool_),
    **dict.fromkeys((*AMOUNTS, "deducted"), np.int64),
    "lapses": np.bool_,
    **dict.fromkeys(("exercise_price", "expires"), object),
    "lines": np.int64,
    **dict.fromkeys(("source", "row", "instalment", "part"), np.int32),
    **dict.fromkeys(("stage", "rank"), np.int64),
}
_NOTHING: Block = {name: np.zeros(0, dtype=kind) for name, kind in _KINDS.items()}
_ORDER = ["accrued_on", "stage", "rank", "source", "row", "instalment", "part"]


def _accrued(index: int, source: Source, table: ClosingTable, as_of: int) -> list[Block]:
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    if not len(accrual):
        return []
    names = np.array([*table.closing.words, ""], dtype=object)
    shares = source.agreement.shares(clause)
    taken = settlement.parts(source.in_securities, 0, shares, clause.odd_unit)
    open_ = accrual.accrued - source.in_securities
    due = instalments(accrual, open_, source.recouped, source.milestones, as_of)
    nothing = np.zeros(len(accrual), dtype=np.int64)
    columns = [np.where(each.too_late, 0, each.amount) + each.recouped for each in due]
    columns[0] = columns[0] + source.in_securities
    cut = _parts_in_turn(columns, accrual, accrual.opening, shares, clause.odd_unit)
    if any(each.too_late.any() for each in due):  # cut by itself, so that it moves no odd cent of what is paid
        late = [np.where(each.too_late, each.amount, 0) for each in due]
        cut = [
            one + other
            for one, other in zip(cut, _parts_in_turn(late, accrual, 0, shares, clause.odd_unit), strict=True)
        ]
    recouped = _parts_in_turn([each.recouped for each in due], accrual, 0, shares, clause.odd_unit)
    blocks = []
    for each in due:
        for part in range(len(shares)):
            amounts = {"accrued": cut[part][:, each.number], "recouped": recouped[part][:, each.number]}
            amounts["in_securities"] = nothing if each.number else taken[part]
            block: dict[str, Any] = {
                "row": np.arange(len(accrual)),
                "closing": names[accrual.closing],
                "accrued_on": accrual.day,
                "payable_on": each.due,
                "base": accrual.base,
                "base_before": accrual.base_before,
                "base_counts": accrual.base_counts,
                "held": each.held,
                "amounts": amounts,
                "exercise_price": _exercise_prices(accrual),
                "expires": _last_days(source, accrual.day),
                "lines": _counts(accrual),
                "stage": accrual.stage,
                "rank": accrual.rank,
                "as_of": as_of,
                "instalment": each.number,
            }
            blocks.append(_block(index, source, part, **block))
            if (each.lapsed != NEVER).any():
                blocks.append(_lapse(index, source, part, block, each))
    return blocks


def _parts_in_turn(
    columns: Sequence[Ints], accrual: Accrual, opening: int, shares: Sequence[PayeeShare], odd_unit: str | None
) -> list[npt.NDArray[np.int64]]:
    """Each payee's part of each instalment: cut as they run up one after the other, and what is taken back the other
    way round, so that a reversal takes from each instalment what it had been given.
    """
    in_turn = np.stack(columns, axis=1)
    back = accrual.accrued < 0
    in_turn[back] = in_turn[back][:, ::-1]
    found = []
    for part in settlement.parts(in_turn.ravel(), opening, shares, odd_unit):
        table = part.reshape(in_turn.shape)
        table[back] = table[back][:, ::-1]
        found.append(table)
    return found


def _lapse(index: int, source: Source, part: int, block: dict[str, Any], each: Part) -> Block:
    """What lapsed of an instalment, taken back on the day on which it lapsed."""
    here = each.lapsed != NEVER
    nothing = np.zeros(int(here.sum()), dtype=np.int64)
    whole = block["amounts"]
    lapsed = whole["accrued"] - whole["recouped"] - whole["in_securities"]
    amounts = dict.fromkeys(whole, nothing) | {"accrued": -lapsed[here]}
    columns = {
        name: value[here] if isinstance(value, np.ndarray) and len(value) == len(here) else value
        for name, value in block.items()
    }
    never = np.full(len(nothing), NEVER, dtype=np.int32)
    columns |= {"amounts": amounts, "accrued_on": each.lapsed[here], "payable_on": never}
    columns |= {
        "lapses": True,
        "held": np.ones(len(nothing), dtype=bool),
        "stage": np.full(len(nothing), ENDED),
        "base": nothing,
    }
    return _block(index, source, part, **columns)


def _counts(accrual: Accrual) -> Ints:
    """How many source rows each accrual rests on."""
    if accrual.groups is not None:
        return accrual.groups.counts()
    return np.array([1 if expense else 0 for expense in accrual.expenses] or [0] * len(accrual), dtype=np.int64)


def _advanced(index: int, source: Source) -> list[Block]:
    advanced, clause = source.advanced, source.clause
    assert advanced is not None
    if not len(advanced.day):
        return []
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
            amounts={"accrued": accrued[part]},
            lines=np.where(advanced.accrued < 0, len(advanced.expenses), 0),
            stage=np.where(advanced.accrued < 0, ENDED, TRIGGERED),
            rank=zero,
        )
        for part in range(len(shares))
    ]


def with_decisions(entries: Columns, sources: Sequence[Source], first: int) -> Columns:
    """The entries with those of the decisions, which are `sources[first:]`; each decision's change by payee is given
    by `decided` and stands in an entry of its own.
    """
    found = entries
    for index in range(first, len(sources)):
        for row, decision in enumerate(sources[index].decisions):
            for part, change in enumerate(changes(found, sources[index], decision)):
                if change:
                    entry = _decided(index, sources[index], row, part, decision, change)
                    found = _together([found.arrays, entry])
    return _in_order(found) if found is not entries else entries


def changes(entries: Columns, source: Source, decision: Decision) -> list[int]:
    """What a decision changes for each payee of its clause: cents, or securities.

    It acts on what stands for the agreement, clause, closing and payee by its day: payable and held, with what earlier
    decisions changed. Nothing where it would give up more than stands there; `beyond` says so.
    """
    shares = source.agreement.shares(source.clause)
    change, _ = _change(entries, source, decision)
    named = [i for i, share in enumerate(shares) if name_key(share.payee) == name_key(decision.payee)]
    if decision.payee:
        return [change if part in named else 0 for part in range(len(shares))]
    cut = settlement.parts(np.array([change], dtype=np.int64), 0, shares, source.clause.odd_unit)
    return [int(part[0]) for part in cut]


def beyond(entries: Columns, source: Source, decision: Decision) -> int:
    """By how much a decision gives up more than stands."""
    return _change(entries, source, decision)[1]


def _change(entries: Columns, source: Source, decision: Decision) -> tuple[int, int]:
    mine = (entries["agreement"] == decision.agreement) & (entries["clause"] == decision.clause)
    mine &= entries["accrued_on"] <= day_number(decision.date)
    if decision.closing:
        mine &= entries["closing"] == decision.closing
    if decision.payee:
        payees = set(entries["payee"].tolist())
        mine &= entries.one_of("payee", [payee for payee in payees if name_key(payee) == name_key(decision.payee)])
    standing = entries.total("payable", mine) + entries.total("held", mine)
    amount = standing if decision.amount is None else decision.amount
    if decision.amount is not None and source.clause.counted:
        amount = units(decision.amount)
    if decision.decision == "override":
        return amount - standing, 0
    return (-amount, 0) if amount <= standing else (0, amount - standing)


def _decided(index: int, source: Source, row: int, part: int, decision: Decision, change: int) -> Block:
    one = np.array([change], dtype=np.int64)
    day = np.array([day_number(decision.date)], dtype=np.int32)
    return _block(
        index,
        source,
        part,
        row=np.array([row]),
        closing=decision.closing,
        accrued_on=day,
        payable_on=day,
        amounts={"decided": one},
        lines=np.ones(1, dtype=np.int64),
        stage=ENDED,
        rank=np.zeros(1, dtype=np.int64),
    )


def _block(
    index: int,
    source: Source,
    part: int,
    *,
    row: Ints,
    closing: object,
    accrued_on: Codes,
    payable_on: Codes,
    amounts: dict[str, Ints],
    lines: Ints,
    stage: object,
    rank: Codes | Ints,
    base: Ints | None = None,
    base_before: Ints | None = None,
    base_counts: bool = False,
    held: Mask | None = None,
    exercise_price: object = "",
    expires: object = "",
    instalment: int = 0,
    as_of: int = NEVER,
    lapses: bool = False,
) -> Block:
    """Entries of one payee. What is not settled otherwise is payable, or held where `held`."""
    clause, agreement = source.clause, source.agreement
    nothing = np.zeros(len(row), dtype=np.int64)
    full = {name: amounts.get(name, nothing) for name in ("accrued", "recouped", "in_securities", "decided")}
    open_ = full["accrued"] - full["recouped"] - full["in_securities"] + full["decided"]
    waits = np.where(held, open_, 0) if held is not None else nothing
    payable = open_ - waits
    deducted = getattr(clause, "settled", "") == "deducted from proceeds"
    columns: dict[str, object] = {
        "agreement": agreement.id,
        "clause": clause.id,
        "section": clause.section,
        "closing": closing,
        "payee": agreement.shares(clause)[part].payee,
        "unit": unit_of(agreement, clause),
        "accrued_on": accrued_on.astype(np.int32),
        "payable_on": payable_on.astype(np.int32),
        "base": nothing if base is None else base,
        "base_before": nothing if base_before is None else base_before,
        "has_base": base is not None,
        "base_counts": base_counts,
        "accrued": full["accrued"],
        "recouped": full["recouped"],
        "held": waits,
        "in_securities": full["in_securities"],
        "decided": full["decided"],
        "payable": payable,
        "deducted": np.where(payable_on <= as_of, payable, 0) if deducted else nothing,
        "lapses": lapses,
        "exercise_price": exercise_price,
        "expires": expires,
        "lines": lines,
        "source": np.int32(index),
        "row": row.astype(np.int32),
        "instalment": np.int32(instalment),
        "part": np.int32(part),
        "stage": stage,
        "rank": rank.astype(np.int64),
    }
    return {
        name: column if isinstance(column, np.ndarray) else _alike(column, len(row)) for name, column in columns.items()
    }


def _alike(value: object, count: int) -> npt.NDArray[Any]:
    """A column of one value."""
    return np.full(count, value, dtype=object if isinstance(value, str) else None)


def unit_of(agreement: Agreement, clause: Clause) -> str:
    """The unit of a clause's entries: the currency's code, or `warrants`, `shares` or `units`."""
    return clause.unit if clause.counted else agreement.currency


def _exercise_prices(accrual: Accrual) -> object:
    strike = accrual.clause.strike
    if strike is None:
        return ""
    if isinstance(strike, Price):
        return str(strike)
    return np.array([*map(str, accrual.prices), ""], dtype=object)[accrual.price]


def _last_days(source: Source, accrued_on: Codes) -> object:
    """The last day of exercise of what accrued on each day, as ISO text; "" where it is not known."""
    expires = source.clause.last_exercise
    if isinstance(expires, date):
        return expires.isoformat()
    if not isinstance(expires, Period):
        return ""
    days, which = np.unique(accrued_on, return_inverse=True)
    ends = [source.milestones.day(expires, day_date(day)) for day in days.tolist()]
    return np.array(["" if end == NEVER else day_date(end).isoformat() for end in ends], dtype=object)[which]
