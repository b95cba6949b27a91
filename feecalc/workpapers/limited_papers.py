"""What is left of a clause's earnings within its own limit, as columns of its paper."""

from __future__ import annotations

from collections.abc import Sequence

from feecalc.clauses import (
    AccruingClause,
    CashLimit,
    Reimbursement,
    WarrantLimit,
)
from feecalc.money import Ratio
from feecalc.workpapers.agreement_papers import AgreementPapers, pays
from feecalc.workpapers.formulas import (
    NOTHING,
    Formula,
    Paper,
    PaperColumn,
    Same,
    Term,
    added,
    least,
    minus,
    most,
    plus,
)


def limited(
    drawn: AgreementPapers,
    clause: AccruingClause | Reimbursement,
    paper: Paper,
    alone: PaperColumn,
    start: Ratio,
    told: str,
) -> PaperColumn:
    """What is left of a clause's earnings within its limit."""
    limit: CashLimit | WarrantLimit | None = clause.limit
    kind = pays(clause)
    if limit is None:
        return alone
    ends = _limit_term(drawn, clause, limit, told)
    if limit.over != "agreement":
        to_date = drawn.within(Same(alone), paper, kind, f"Earned to date in the {limit.over}{told}", limit.over)
        after: Formula = Same(to_date)
    else:
        to_date = drawn.within(Same(alone), paper, kind, f"Earned, all closings{told}", None)
        after = Same(to_date)
        used: Term | None = None
        if start and limit.earlier == "counts":
            used = drawn.term(clause, f"earned before these records{told}", kind, start)
            after = plus(after, used)
        if not told and limit.earlier == "counts" and start == drawn.opening(clause)[0]:
            drawn.limits[clause.id] = (ends, used)
    figure = minus(least(after, ends), least(minus(after, Same(alone)), ends))
    return paper.computed(f"Accrued{told}", kind, figure, total=True)


def limited_beside(
    drawn: AgreementPapers,
    clause: AccruingClause,
    paper: Paper,
    alone: PaperColumn,
    kept: Sequence[PaperColumn],
    told: str,
) -> PaperColumn:
    """What an amended limit leaves beside what has accrued under earlier ones, as `limits.held_below` has it, where
    nothing had accrued before these records.
    """
    limit, kind = clause.limit, pays(clause)
    assert limit is not None  # an amendment states another limit, and cannot end one
    scope = None if limit.over == "agreement" else limit.over
    room: Formula = _limit_term(drawn, clause, limit, told)
    sum_ = added([Same(each) for each in kept])
    brought = paper.computed(f"Accrued under earlier limits{told}", kind, sum_)
    earlier = drawn.within(Same(brought), paper, kind, f"Under earlier limits to date{told}", scope)
    to_date = drawn.within(Same(alone), paper, kind, f"Earned to date{told}", scope)
    after = least(Same(to_date), most(minus(room, Same(earlier)), NOTHING))
    room_before = plus(minus(room, Same(earlier)), Same(brought))
    before = least(minus(Same(to_date), Same(alone)), most(room_before, NOTHING))
    return paper.computed(f"Accrued{told}", kind, minus(after, before), total=True)


def _limit_term(
    drawn: AgreementPapers, clause: AccruingClause | Reimbursement, limit: CashLimit | WarrantLimit, told: str
) -> Term:
    words = f"limit{'' if limit.over == 'agreement' else f' for each {limit.over}'}{told}"
    return drawn.term(clause, words, pays(clause), Ratio(limit.amount, 1 if clause.counted else 100))
