"""What rows of a `balances` table cannot say: a balance is one amount and one base, and some terms look back further.

How far limits by period or category, lists with an `up_to`, and steps that count another measure were used; on which
day the first closing was; what had given way to a limit over several clauses; by what fractions totals were rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from feecalc.agreement import Agreement, Tail, TotalLimit
from feecalc.clauses import (
    AccruingClause,
    Clause,
    FixedClause,
    Period,
    RateOfSecurities,
    Reimbursement,
    SecuritiesInLieu,
)
from feecalc.clauses.lines import LineTests
from feecalc.clauses.rates import ByLines, Each, GreaterOf, LesserOf, PartOfPrice, Rate, Recorded, Tiers, leaves
from feecalc.milestones import FINAL_CLOSING, FIRST_CLOSING
from feecalc.money import Price, Ratio, rounded
from feecalc.shapes import nested

KEEP = "Keep the earlier records in this run, in place of the balances."


def not_carried(clause: Clause) -> str:
    """What of a clause's earlier use its balance does not tell, in words; empty where it tells all."""
    if isinstance(clause, Reimbursement):
        if clause.limits:
            return "how much of each of its limits by period or category was used"
        if _approved_beyond(clause):
            return "how much of it were expenses that the company had approved, which are beyond the limit"
    if clause.limit is not None and clause.limit.over == "investor":
        return "how much of its limit each investor had used"
    return _rate_not_carried(clause.earning, clause.base) if isinstance(clause, AccruingClause) else ""


def _approved_beyond(clause: Reimbursement) -> bool:
    """Whether a limit counts what came before, and approved expenses, which it does not hold, may be in that."""
    earlier = clause.limit is not None and clause.limit.earlier == "counts"
    return earlier and clause.approved == "are beyond the limits"


def _rate_not_carried(rate: Rate, base: object) -> str:
    if isinstance(rate, GreaterOf | LesserOf):
        ways = rate.greater_of if isinstance(rate, GreaterOf) else rate.lesser_of
        if rate.over == "agreement" and any(not _same_for_all(way, base) for way in ways):
            return "what each of the ways that are compared had come to"
        return ""
    if isinstance(rate, ByLines) and any(entry.up_to is not None for entry in rate.by):
        return "how much of `up_to` its lists had used"
    return "" if all(_counts_with(leaf, base) for leaf in leaves(rate)) else "what its steps had counted"


def _same_for_all(way: Rate, base: object) -> bool:
    """Whether what a way of paying had come to follows from the base alone."""
    told = not isinstance(way, ByLines | Recorded) and not (isinstance(way, Each) and isinstance(way.each, PartOfPrice))
    anew = any(isinstance(leaf, Tiers) and leaf.over == "closing" for leaf in leaves(way))
    return told and not anew and all(_counts_with(leaf, base) for leaf in leaves(way))


def _counts_with(leaf: object, base: object) -> bool:
    """Whether steps, if these are some, count nothing but the running base, or begin anew at each closing."""
    return not isinstance(leaf, Tiers) or leaf.over == "closing" or (leaf.lines is None and leaf.counting == base)


def fractions_not_carried(agreement: Agreement, clause: Clause, through: date) -> str:
    """Of which running totals the balance of a clause does not say by what fraction they were rounded: those of each
    `investor`, or that of the `agreement`; empty where it tells, or where nothing runs on. `through` is its day.

    Rounded over the agreement, the fraction follows from the base alone where one rate acts on it all.
    """
    if not isinstance(clause, AccruingClause | SecuritiesInLieu) or clause.rounding.over in ("closing", "line"):
        return ""
    if clause.rounding.over == "investor":
        return "investor"
    if isinstance(clause, SecuritiesInLieu):
        return "" if isinstance(clause.deemed_price, Price) else "agreement"
    versions = [each for each in terms_by(agreement, clause.id, through) if isinstance(each, AccruingClause)]
    same = all(_earns(each) == _earns(versions[0]) for each in versions)
    return "" if same and all(map(_told_by_base, versions)) else "agreement"


def terms_by(agreement: Agreement, clause_id: str, through: date) -> list[Clause]:
    """The terms of a clause that were in force on a day or before it: as signed, and as amended by then."""
    amended = [each.changes for each in agreement.amendments if each.effective <= through]
    ruled = [agreement, *(terms for terms in amended if isinstance(terms, Agreement))]
    return [clause for terms in ruled if (clause := terms.clause(clause_id)) is not None]


def _earns(clause: AccruingClause) -> tuple[object, ...]:
    """All that says what a clause earns on what."""
    more = (clause.coverage, clause.over_price) if isinstance(clause, RateOfSecurities) else ()
    return clause.earning, clause.base, clause.lines, *more


def _told_by_base(clause: AccruingClause) -> bool:
    """Whether what a clause had earned, with its fraction, follows from the base of its balance."""
    if isinstance(clause, RateOfSecurities) and not isinstance(clause.over_price, Price | None):
        return False
    rate = clause.earning
    if isinstance(rate, GreaterOf | LesserOf):
        ways = rate.greater_of if isinstance(rate, GreaterOf) else rate.lesser_of
        return rate.over == "agreement" and all(_same_for_all(way, clause.base) for way in ways)
    return _same_for_all(rate, clause.base)


def from_first_closing(agreement: Agreement) -> Iterator[tuple[str, Clause | None]]:
    """What of an agreement counts from its first closing, in words, and of which clause, as signed or as amended."""
    seen: set[tuple[str, str]] = set()
    for terms in agreement.in_force():
        if isinstance(terms.tail, Tail) and terms.tail.starts == FIRST_CLOSING and ("", "tail") not in seen:
            seen.add(("", "tail"))
            yield "the tail", None
        for clause in terms.clauses:
            words = _after_first(clause)
            if words and (clause.id, words) not in seen:
                seen.add((clause.id, words))
                yield words, clause


def _after_first(clause: Clause) -> str:
    if isinstance(clause, FixedClause) and clause.when == f"at {FIRST_CLOSING}":
        return f"the amount of {clause.id}"
    after = any(isinstance(part, Period) and part.after == FIRST_CLOSING for part in nested(clause))
    return f"a time in {clause.id}" if after else ""


def windows_after(clause: Clause) -> Iterator[Period]:
    """The times after an event or the final closing until which lines count: while it has not happened, none does, and
    then those before it do, too.
    """
    for part in nested(clause):
        until = part.within if isinstance(part, LineTests) else None
        if until is not None and (until.after_event is not None or until.after == FINAL_CLOSING):
            yield until


def may_have_given_way(agreement: Agreement, limit: TotalLimit, openings: Mapping[str, tuple[int, int]]) -> bool:
    """Whether clauses may have given way, before these records, to a limit over the whole agreement: not where what had
    accrued under all of its clauses was certainly below it. `openings` are what had accrued under clauses, in cents or
    securities, and on what base.
    """
    values = {value.clause: value.each.ratio * 100 for value in limit.values}
    used, proceeds = Ratio(0), 0
    for name in limit.clauses:
        amount, base = openings.get(name, (0, 0))
        used += amount * values.get(name, Ratio(1))
        clause = agreement.as_amended().clause(name)
        if isinstance(clause, AccruingClause) and clause.base == limit.of and clause.lines is None:
            proceeds = max(proceeds, base)  # what the rate of the limit is sure to have acted on
    most = Ratio(limit.amount) if limit.amount is not None else (limit.rate or Ratio(0)) * proceeds
    return limit.over == "agreement" and used > 0 and rounded(used, "up") >= rounded(most, "down")
