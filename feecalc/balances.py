"""Roll-forwards: where each limit, pool and advance stood before these records, what moved it, and what is left.

A clause has a row; limits on its expenses by category or time have one each, for the month, quarter or year in which
the day of the ledger lies, and limits over several clauses have one each under their own name.

The closing balances are rows of a `balances` table, so that the next run can begin where this one ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from attrs import frozen

from feecalc import totals
from feecalc.agreement import Agreement
from feecalc.clauses import (
    AccruingClause,
    CashLimit,
    Clause,
    ExpenseLimit,
    FixedFee,
    Reimbursement,
    VestingWarrants,
    WarrantLimit,
)
from feecalc.dates import day_number
from feecalc.ledger import Ledger, Source, unit_of
from feecalc.limits import OF_ALL, TotalStanding, Use, days_of, limit_words, reimbursed, use_of
from feecalc.milestones import FIRST_CLOSING
from feecalc.resuming import fractions_not_carried, from_first_closing, may_have_given_way, not_carried
from feecalc.totals import Ints

KEEP = "keep the records of this run in the next one instead, where that matters"


@frozen
class RollForward:
    """One clause's movement, or that of a limit over several. Amounts are cents or warrants; `base` is cents; `limit`
    and `left` are None without a limit. A limit that stands for each of something, such as a closing, tells of what in
    `each`, and has nothing left over.

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
    each: str = ""
    returned: bool = False  # an advance that was paid and returned: a row of nothing says so

    @property
    def stands(self) -> bool:
        """Whether the next run needs the row."""
        return bool(self.balance or self.base or self.returned)


def roll_forwards(ledger: Ledger) -> Iterator[RollForward]:
    """The movement of every clause, in the order of the agreements."""
    stated = {(balance.agreement, balance.clause) for balance in ledger.records.balances}
    for index, agreement in enumerate(ledger.agreements):
        mine = [s for s in ledger.sources if s.agreement.id == agreement.id and not s.decisions]
        for source in mine:
            if source.advanced is not None:
                yield _advance(source, (agreement.id, source.clause.id) in stated)
            else:
                yield _clause(source)
                if isinstance(source.clause, Reimbursement) and source.clause.limits:
                    yield from _expenses(source, source.clause, ledger.as_of)
        if agreement.covers.offering_limit is not None:
            yield _offering(
                agreement,
                agreement.covers.offering_limit,
                mine,
                ledger.table.gross[ledger.attribution.lines_owed(index)],
            )
        yield from (_total(agreement, each) for each in ledger.limits if each.agreement == agreement.id)


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
    if over_all and isinstance(clause, Reimbursement) and clause.approved == "are beyond the limits":
        used = _used_by_expenses(source).get(OF_ALL, 0)
    resumes = _resumes(limit)
    return RollForward(
        source.agreement,
        clause.id,
        _what(source.agreement.as_amended(), clause, limit),
        unit_of(source.agreement, clause),
        accrual.opening,
        accrued,
        totals.exact_total(source.recouped),
        accrual.opening + accrued,
        limit.amount if limit else None,
        max(0, over_all.amount - used) if over_all else None,
        accrual.opening + accrued if resumes else 0,
        accrual.opening_base + accrual.base_total if resumes else 0,
        accrual.base_counts,
        limit.over if limit and limit.over != "agreement" else "",
    )


def _what(agreement: Agreement, clause: Clause, limit: CashLimit | WarrantLimit | None) -> str:
    """What a clause is held by."""
    words = []
    if isinstance(clause, VestingWarrants):
        words.append("pool")
    elif limit is not None:
        words.append("limit" if limit.over == "agreement" else f"limit for each {limit.over}")
    if isinstance(clause, Reimbursement) and clause.limits:
        words.append("limits on expenses")
    for each in agreement.limits:
        if clause.id in each.clauses:
            words.append(f"{'gives way to' if clause.id in each.gives_way else 'counts toward'} {each.id}")
    return "; ".join(words) or "no limit"


def _total(agreement: Agreement, standing: TotalStanding) -> RollForward:
    """How far a limit over several clauses is used. What never gives way may have passed it."""
    limit, each = standing.limit, "" if standing.limit.over == "agreement" else standing.limit.over
    clauses = ", ".join(limit.clauses)
    return RollForward(
        agreement,
        limit.id,
        f"limit for each {each} over {clauses}" if each else f"limit over {clauses}",
        agreement.currency,
        standing.opening,
        standing.used - standing.opening,
        0,
        standing.used,
        limit.amount if standing.allowed is None else standing.allowed,
        None if standing.allowed is None else max(0, standing.allowed - standing.used),
        0,
        0,
        each=each,
    )


def _expenses(source: Source, clause: Reimbursement, as_of: date) -> Iterator[RollForward]:
    """How far limits on expenses are used; one whose days are over has nothing left, and one for each month, quarter or
    year is told for that of the day of the ledger.
    """
    used, today = _used_by_expenses(source), day_number(as_of)
    for limit in clause.limits:
        begins, last = days_of(limit, source.milestones)
        paid = used.get(use_of(limit, as_of), 0)
        begun = limit.each is None or begins <= today
        yield RollForward(
            source.agreement,
            clause.id,
            f"limit on expenses: {limit_words(limit)}{_window_words(limit, as_of)}",
            source.agreement.currency,
            0,
            paid,
            0,
            paid,
            limit.amount,
            max(0, limit.amount - paid) if begun and today <= last else None,
            0,
            0,
        )


def _window_words(limit: ExpenseLimit, day: date) -> str:
    """The month, quarter or year of a day, as a person would name it."""
    quarter = (day.month + 2) // 3
    windows = {"month": f"{day:%Y-%m}", "quarter": f"quarter {quarter} of {day.year}", "year": str(day.year)}
    return f" ({windows[limit.each]})" if limit.each is not None else ""


def _used_by_expenses(source: Source) -> dict[Use, int]:
    """How much of each limit on its expenses a clause has used."""
    accrual, clause = source.accrual, source.clause
    assert accrual is not None and isinstance(clause, Reimbursement)
    expenses = [(place, expense) for place, expense in enumerate(accrual.expenses) if expense is not None]
    terms: list[Reimbursement | None] = [clause] * len(expenses)
    if accrual.under:
        reimbursing = [(u.clause, u.rows) for u in accrual.under if isinstance(u.clause, Reimbursement)]
        terms = [next((under for under, rows in reimbursing if rows[place]), None) for place, _ in expenses]
    spent = [expense for _, expense in expenses]
    return reimbursed(terms, spent, accrual.opening, source.milestones)[1]


def _resumes(limit: CashLimit | WarrantLimit | None) -> bool:
    """Whether a row can stand for a clause: not where earlier accruals do not count, because those of this run would.

    A limit for each investor has its row, which the next run reports as holding too little; without one it would
    begin anew in silence.
    """
    return limit is None or limit.over != "agreement" or limit.earlier == "counts"


def left_open(ledger: Ledger) -> Iterator[str]:
    """What the next run must have besides the rows of balances, in sentences."""
    for agreement in ledger.agreements:
        mine = [s for s in ledger.sources if s.agreement.id == agreement.id and s.accrual is not None]
        moved = [s for s in mine if not s.decisions and s.accrual and (s.accrual.opening or s.accrual.accrued.any())]
        for source in moved:
            clause, what = source.clause, not_carried(source.clause)
            if isinstance(clause, FixedFee) and clause.credited_against:
                against = " and ".join(clause.credited_against)
                yield f"{agreement.id}: no row says how much of {clause.id} was credited against {against}; {KEEP}."
            if what:
                yield f"{agreement.id}: the row of {clause.id} does not say {what}; {KEEP}."
            elif (
                source.accrual is not None
                and source.accrual.fractional
                and fractions_not_carried(agreement, clause, ledger.as_of)
            ):
                each = fractions_not_carried(agreement, clause, ledger.as_of) == "investor"
                whose = "of each investor's running total" if each else "of its running total"
                yield f"{agreement.id}: the row of {clause.id} does not say what fraction {whose} was rounded; {KEEP}."
            elif not _resumes(clause.limit):
                yield f"{agreement.id}: {clause.id} has no row, since its limit does not count earlier rows; {KEEP}."
        openings = {row.clause: (row.balance, row.base) for row in map(_clause, moved)}
        for limit in agreement.as_amended().limits:
            if may_have_given_way(agreement, limit, openings):
                way = " and ".join(limit.gives_way)
                yield f"{agreement.id}: no row says how much of {way} gave way to the limit {limit.id}; {KEEP}."
        first = mine[0].milestones.first_closing if mine else None
        words = [words for words, _ in from_first_closing(agreement)]
        if first is not None and words:
            yield (
                f"{agreement.id}: {' and '.join(words)} count{'s' if len(words) == 1 else ''} from the first closing; "
                f"the next run needs the event {FIRST_CLOSING}, {first}."
            )


def _advance(source: Source, stated: bool) -> RollForward:
    """The movement of an advance; `stated` is whether a balance says what had become of it."""
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
        returned=ended or stated,
    )
