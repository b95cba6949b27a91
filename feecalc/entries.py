"""What accrued, cut into the entries of a ledger: each payee's part of each instalment of each accrual, of each
movement of an advance, and of each decision. `ledger` says what the columns of entries are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from feecalc import settlement
from feecalc.accrual import Accrual
from feecalc.clauses import PayeeShare
from feecalc.closing import ClosingTable
from feecalc.columns import Arrays, Columns
from feecalc.dates import NEVER, day_date, day_number
from feecalc.ledger import AMOUNTS, Source, unit_of
from feecalc.money import Price, units
from feecalc.names import name_key
from feecalc.records import Decision
from feecalc.rows import ENDED, TRIGGERED
from feecalc.settlement import Part, instalments
from feecalc.totals import Codes, Ints, Mask

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
_NOTHING: Arrays = {name: np.zeros(0, dtype=kind) for name, kind in _KINDS.items()}
_ORDER = ["accrued_on", "stage", "rank", "source", "row", "instalment", "part"]


def entries_of(sources: Sequence[Source], table: ClosingTable, as_of: date) -> Columns:
    """The entries of all sources: each payee's part of each instalment of each accrual, of each movement of an advance,
    and of each decision.
    """
    blocks = [
        block for index, source in enumerate(sources) for block in _blocks(index, source, table, day_number(as_of))
    ]
    return _in_order(_together([_NOTHING, *blocks]))


def _together(blocks: Sequence[Arrays]) -> Columns:
    return Columns({name: np.concatenate([block[name] for block in blocks]) for name in _NOTHING})


def _in_order(entries: Columns) -> Columns:
    """Entries in the order of accrual."""
    return entries.where(np.lexsort([entries[name] for name in reversed(_ORDER)]))


def _blocks(index: int, source: Source, table: ClosingTable, as_of: int) -> list[Arrays]:
    if source.accrual is not None:
        return _accrued(index, source, table, as_of)
    return _advanced(index, source) if source.advanced is not None else []


def _accrued(index: int, source: Source, table: ClosingTable, as_of: int) -> list[Arrays]:
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
                "expires": _last_days(accrual),
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


def _lapse(index: int, source: Source, part: int, block: dict[str, Any], each: Part) -> Arrays:
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


def _advanced(index: int, source: Source) -> list[Arrays]:
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


def _decided(index: int, source: Source, row: int, part: int, decision: Decision, change: int) -> Arrays:
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
) -> Arrays:
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


def _exercise_prices(accrual: Accrual) -> object:
    strike = accrual.clause.strike
    if strike is None:
        return ""
    if isinstance(strike, Price):
        return str(strike)
    return np.array([*map(str, accrual.prices), ""], dtype=object)[accrual.price]


def _last_days(accrual: Accrual) -> npt.NDArray[Any]:
    """The last day of exercise of each accrual, as ISO text; "" where it is not known."""
    days, which = np.unique(accrual.last_exercise, return_inverse=True)
    return np.array(["" if day == NEVER else day_date(day).isoformat() for day in days.tolist()], dtype=object)[which]
