"""Roll-forwards: where each limit, pool and advance stood before these records, what moved it, and what is left.

The closing balances are rows of a `balances` table, so that the next run can begin where this one ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from feecalc import totals
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, CashLimit, Clause, VestingWarrants, WarrantLimit
from feecalc.ledger import Ledger, Source, unit_of
from feecalc.totals import Ints


@frozen
class RollForward:
    """One clause's movement. Amounts are cents or warrants; `base` is cents; `limit` and `left` are None without a
    limit.

    Opening + accrued = closing. Of an advance, opening, closing and left are what is still to be earned, `accrued` is
    what was paid ahead less what was returned, and opening + accrued - recouped = closing.

    `balance` and `base` are the row of a `balances` table with which the next run can begin.
    """

    agreement: Agreement
    clause: str
    what: str
    unit: str
    opening: int
    accrued: int
    recouped: int
    closing: int
    limit: int | None
    left: int | None
    balance: int
    base: int
    base_counts: bool = False


def roll_forwards(ledger: Ledger) -> Iterator[RollForward]:
    """The movement of every clause, in the order of the agreements."""
    for index, agreement in enumerate(ledger.agreements):
        mine = [s for s in ledger.sources if s.agreement.id == agreement.id and not s.decisions]
        for source in mine:
            yield _advance(source) if source.advanced is not None else _clause(source)
        if agreement.covers.offering_limit is not None:
            yield _offering(
                agreement,
                agreement.covers.offering_limit,
                mine,
                ledger.table.gross[ledger.attribution.lines_owed(index)],
            )


def _offering(agreement: Agreement, limit: int, sources: list[Source], gross: Ints) -> RollForward:
    """How far the offering limit is used: what lies beyond it does not count."""
    opening = max(
        (s.accrual.opening_base for s in sources if s.accrual is not None and isinstance(s.clause, AccruingClause)),
        default=0,
    )
    used = min(limit, opening + totals.exact_total(gross))
    counted = used - min(limit, opening)
    return RollForward(
        agreement,
        "offering",
        "offering limit (gross proceeds)",
        agreement.currency,
        opening,
        counted,
        0,
        used,
        limit,
        limit - used,
        0,
        0,
    )


def _clause(source: Source) -> RollForward:
    accrual, clause = source.accrual, source.clause
    assert accrual is not None
    accrued = totals.exact_total(accrual.accrued)
    limit: CashLimit | WarrantLimit | None = clause.limit
    over_all = limit if limit is not None and limit.over == "agreement" else None
    used = accrued + (accrual.opening if over_all and over_all.earlier == "counts" else 0)
    resumes = _resumes(limit)
    return RollForward(
        source.agreement,
        clause.id,
        _what(clause, limit),
        unit_of(source.agreement, clause),
        accrual.opening,
        accrued,
        totals.exact_total(source.recouped),
        accrual.opening + accrued,
        limit.amount if limit else None,
        max(0, over_all.amount - used) if over_all else None,
        accrual.opening + accrued if resumes else 0,
        accrual.opening_base + totals.exact_total(accrual.base) if resumes else 0,
        accrual.base_counts,
    )


def _what(clause: Clause, limit: CashLimit | WarrantLimit | None) -> str:
    """What a clause is held by."""
    if isinstance(clause, VestingWarrants):
        return "pool"
    if limit is None:
        return "no limit"
    return "limit" if limit.over == "agreement" else f"limit for each {limit.over}"


def _resumes(limit: CashLimit | WarrantLimit | None) -> bool:
    """Whether a balance can carry on a clause: not where earlier accruals do not count, because those of this run
    would.
    """
    return limit is None or limit.over == "closing" or (limit.over == "agreement" and limit.earlier == "counts")


def _advance(source: Source) -> RollForward:
    advanced = source.advanced
    assert advanced is not None
    moved = totals.exact_total(advanced.accrued)
    recouped = advanced.opening_recouped + advanced.recouped
    standing = advanced.opening + moved
    ended = bool((advanced.accrued < 0).any())  # what is neither earned nor returned was kept for expenses
    left = 0 if ended else standing - recouped
    return RollForward(
        source.agreement,
        source.clause.id,
        "advance",
        source.agreement.currency,
        advanced.opening - advanced.opening_recouped,
        moved,
        advanced.recouped,
        standing - recouped,
        None,
        left,
        standing,
        recouped,
    )
