"""Named departures from the contract: each does one thing otherwise than the agreements say, on the same records.

A departure is a whole set of agreements and records with one change in it, so that the ledger under it is computed as
any other. Those that change one figure only (what a sum leaves out, counts twice, or adds) are not here: `forensics`
takes them from the entries. `KINDS` is the whole list, in the order in which explanations are told: what is simpler,
and likelier to be the cause, first.

Worked by hand: 3% of 5,150,000.00, at most 150,000.00, of which 60,000.00 was used before, accrues 90,000.00. With the
earlier balance forgotten 150,000.00; with the limit ignored 154,500.00; at the neighbour's 6.5% and within the limit
90,000.00 again, so that departure explains nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
from attrs import evolve, frozen

from feecalc.agreement import Agreement, Tail
from feecalc.clauses import AccruingClause, AnyClause, CashLimit, Percentage, Reimbursement
from feecalc.clauses.bases import BaseOf, base_words
from feecalc.clauses.lines import EVENTS, lines_words
from feecalc.clauses.rates import Amount, ByLines, GreaterOf, LesserOf, Rate, Recorded, Tiers, rate_words
from feecalc.closing import ClosingTable, Words
from feecalc.computations import SCOPES
from feecalc.dates import day_date
from feecalc.ledger import Ledger
from feecalc.money import ROUNDING_MODES, shown_money
from feecalc.names import name_key
from feecalc.records import Records
from feecalc.totals import Mask

KINDS: dict[str, str] = {
    "contract": "what the agreements give, for one clause or all, at one closing or all",
    "split": "the split between payees is not made: one of them gets the whole",
    "advance": "an advance is not credited, or neither paid nor credited",
    "clause": "one clause, or one closing, is left out",
    "limit": "a limit is ignored, or is taken for each closing instead of for all, or the other way",
    "balance": "what had accrued before these records is forgotten",
    "exclusion": "what the agreement does not cover is counted: excluded investors, securities, offerings, events, "
    "days outside the term or the tail, introductions outside the term, another agent's claim",
    "class": "a clause's choice of lines, or a rate of its own for some of them, is ignored",
    "base": "gross for net, or net for gross: non-cash proceeds, deductions, the pre-funded strike, round amounts",
    "raise": "the whole raise, or one more investor, is counted in place of those introduced; or one investor is not",
    "reading": "another reading that the agreement declares",
    "version": "the terms before an amendment, or those after it from the beginning",
    "counted": "what waits, is taken in securities, or was deducted from the proceeds is asked for as well; or a "
    "decision is ignored",
    "duplicate": "the figure, or one clause or closing of it, is counted twice",
    "expense": "a recorded expense, or all of them, is included",
    "rate": "another agreement's rate, or another step of the schedule",
    "rounding": "rounded on another running total, or another way",
    "transposed": "two neighbouring digits are transposed",
    "wire charge": "a wire charge is added or taken off",
}
MOST_INVESTORS = 20  # of an agreement, for departures that concern one investor


@frozen(eq=False)
class Departure:
    """One departure: its kind, what it departs from, in words, and the inputs with the change made in them.

    `clause` and `section` are "" where it concerns the agreement as a whole.
    """

    kind: str
    agreement: str
    clause: str
    section: str
    says: str
    agreements: tuple[Agreement, ...]
    records: Records


Change = Callable[[Agreement], Agreement]
Alter = Callable[[Any], Any]


def departures(ledger: Ledger, index: int) -> Iterator[Departure]:
    """Every departure that concerns one of the ledger's agreements, in the order of the list of kinds."""
    order = list(KINDS)
    found = [*_of_clauses(ledger, index), *_of_the_agreement(ledger, index), *_of_records(ledger, index)]
    yield from sorted(found, key=lambda departure: order.index(departure.kind))


# ---- clauses ---------------------------------------------------------------------------------------------------------


def _of_clauses(ledger: Ledger, index: int) -> Iterator[Departure]:
    agreement = ledger.agreements[index]
    for clause in agreement.as_amended().clauses:
        if clause.counted:
            continue  # what brings no cash has no part in a figure of cash
        for kind, says, alter in _alterations(ledger, agreement, clause):
            changed = throughout(agreement, _with_clause(clause, alter))
            yield _departure(ledger, index, kind, says, changed, clause.id, clause.section)


def _alterations(ledger: Ledger, agreement: Agreement, clause: AnyClause) -> Iterator[tuple[str, str, Alter]]:
    """(kind, words, what is done to the clause)."""
    limit = getattr(clause, "limit", None)
    if isinstance(limit, CashLimit):
        stated = [getattr(terms.clause(clause.id), "limit", None) for terms in agreement.in_force()]
        amounts = dict.fromkeys(shown_money(each.amount) for each in stated if each is not None)
        yield "limit", f"the limit of {', later '.join(amounts)} is ignored", _with(limit=None)
        if not isinstance(clause, Reimbursement):
            other: Any = "closing" if limit.over == "agreement" else "agreement"
            words = "for each closing" if other == "closing" else "over all closings"
            yield (
                "limit",
                f"the limit of {shown_money(limit.amount)} is taken {words}",
                _with(limit=evolve(limit, over=other)),
            )
    if isinstance(clause, Reimbursement) and clause.limits:
        for number, each in enumerate(clause.limits):
            rest = clause.limits[:number] + clause.limits[number + 1 :]
            words = f" on {each.category}" if each.category else ""
            yield "limit", f"the limit of {shown_money(each.amount)}{words} is ignored", _with(limits=rest)
        yield "limit", "all limits of the clause are ignored", _with(limits=(), limit=None)
    if getattr(clause, "lines", None) is not None:
        words = lines_words(clause.lines)  # type: ignore[union-attr, arg-type]
        yield "class", f"it is taken of all lines, not only of those with {words}", _with(lines=None)
    if not isinstance(clause, AccruingClause):
        return
    yield from _bases(ledger.table, clause)
    if isinstance(clause, Percentage):
        yield from (("class", *other) for other in _without_classes(clause.rate))
        yield from (("rate", *other) for other in _other_steps(clause.rate))
        yield from _neighbours(ledger, agreement, clause)
    for over, words in SCOPES.items():
        if over != clause.rounding.over:
            scope: Any = over
            changed = _with(rounding=evolve(clause.rounding, over=scope))
            yield "rounding", f"it is rounded on {words}, not on {SCOPES[clause.rounding.over]}", changed
    for mode in ROUNDING_MODES:
        if mode != clause.rounding.mode:
            changed = _with(rounding=evolve(clause.rounding, mode=mode))
            yield "rounding", f"it is rounded {mode}, not {clause.rounding.mode}", changed
    if clause.rounding.to is not None:
        yield "rounding", "it is rounded to the cent", _with(rounding=evolve(clause.rounding, to=None))


def _bases(table: ClosingTable, clause: AccruingClause) -> Iterator[tuple[str, str, Alter]]:
    base = clause.base
    if base in ("gross proceeds", "cash proceeds") and table.has_non_cash.any():
        other = "gross proceeds" if base == "cash proceeds" else "cash proceeds"
        yield "base", f"it is taken of {other}, not of {base}", _with(base=other)
    if not isinstance(base, BaseOf):
        return
    if base.less:
        words = " and ".join(f"`{name}`" for name in base.less)
        yield (
            "base",
            f"{words} not deducted from {base_words(evolve(base, less=()))}",
            _with(base=evolve(base, less=())),
        )
    if base.less_clauses:
        words = " and ".join(base.less_clauses)
        yield "base", f"{words} not deducted", _with(base=evolve(base, less_clauses=()))
    if base.less and base.less_clauses:
        yield "base", "nothing is deducted", _with(base=evolve(base, less=(), less_clauses=()))
    if base.rounded is not None:
        yield "base", "the base is not taken to a round amount", _with(base=evolve(base, rounded=None))
    strike: Any = "not added" if base.prefunded_strike == "added" else "added"
    if table.words("prefunded_strike") is not None:
        yield "base", f"the pre-funded strike is {strike}", _with(base=evolve(base, prefunded_strike=strike))


def _without_classes(rate: Rate) -> Iterator[tuple[str, Alter]]:
    """Rates by lines with their lists ignored, or one list's rate taken of all."""
    if isinstance(rate, ByLines):
        yield (
            f"{rate_words(rate.otherwise)} is taken of all lines, whatever list they are on",
            _with(rate=rate.otherwise),
        )
        for listed in dict.fromkeys(member.rate for entry in rate.by for member in entry.members()):
            yield f"{rate_words(listed)} is taken of all lines, those of other lists too", _with(rate=listed)


def _other_steps(rate: Rate) -> Iterator[tuple[str, Alter]]:
    """One step of a schedule taken of all, or the schedule applied the other way."""
    match rate:
        case Tiers():
            for step in dict.fromkeys(tier.rate for tier in rate.tiers):
                yield f"{rate_words(step)} is taken of all, not the schedule", _with(rate=step)
            marginal = rate.apply == "marginal"
            words = (
                "the rate reached is taken of the whole amount" if marginal else "each rate is taken of its own step"
            )
            apply: Any = "whole amount" if marginal else "marginal"
            yield words, _with(rate=evolve(rate, apply=apply, at_threshold=rate.at_threshold or "lower"))
            each = rate.over == "agreement"
            words = "the steps begin afresh at each closing" if each else "the steps fill across closings"
            yield words, _with(rate=evolve(rate, over="closing" if each else "agreement"))
        case GreaterOf(greater_of=ways) | LesserOf(lesser_of=ways):
            for way in ways:
                if not isinstance(way, Amount):
                    yield f"{rate_words(way).rstrip(',')} is taken, whichever is due", _with(rate=way)
        case Recorded():
            yield f"the ceiling of {rate_words(rate.at_most)} is taken", _with(rate=rate.at_most)


def _neighbours(ledger: Ledger, agreement: Agreement, clause: Percentage) -> Iterator[tuple[str, str, Alter]]:
    seen: list[Rate] = [clause.rate]
    for other in ledger.agreements:
        for theirs in other.as_amended().clauses if other is not agreement else ():
            if isinstance(theirs, Percentage) and theirs.rate not in seen:
                seen.append(theirs.rate)
                words = f"{rate_words(theirs.rate).rstrip(',')} is taken, the rate of {other.id} {theirs.id}"
                yield "rate", words, _with(rate=theirs.rate)


# ---- the agreement ---------------------------------------------------------------------------------------------------


def _of_the_agreement(ledger: Ledger, index: int) -> Iterator[Departure]:
    agreement = ledger.agreements[index]
    latest = agreement.as_amended()
    for kind, says, change in (*_coverage(ledger, latest), *_days(ledger.table, latest)):
        yield _departure(ledger, index, kind, says, throughout(agreement, change))
    for limit in latest.limits:
        kept = tuple(each for each in latest.limits if each.id != limit.id)
        changed = throughout(agreement, lambda terms, kept=kept: evolve(terms, limits=kept))  # type: ignore[misc]
        yield _departure(ledger, index, "limit", f"the limit {limit.id} is ignored", changed, section=limit.section)
    for clause, reading in agreement.declared_readings():
        for other in reading.others:
            assert isinstance(other.instead, Agreement)
            says = f"read otherwise ({reading.question.rstrip('.')}): {other.says.rstrip('.')}"
            where = (clause.id, clause.section) if clause else ("", "")
            yield _departure(ledger, index, "reading", says, other.instead, *where)
    yield from _versions(ledger, index)


def _versions(ledger: Ledger, index: int) -> Iterator[Departure]:
    agreement = ledger.agreements[index]
    for number, amendment in enumerate(agreement.amendments):
        before = evolve(agreement, amendments=agreement.amendments[:number])
        says = f"the terms before amendment {amendment.id} of {amendment.effective} are used"
        yield _departure(ledger, index, "version", says, before, section=amendment.section)
    if agreement.amendments:
        amendment = agreement.amendments[-1]
        latest = evolve(agreement.as_amended(), amendments=())
        says = f"the terms of amendment {amendment.id} are used from the beginning"
        yield _departure(ledger, index, "version", says, latest, section=amendment.section)


def _coverage(ledger: Ledger, terms: Agreement) -> Iterator[tuple[str, str, Change]]:
    """What is covered that the agreement does not cover."""
    covers = terms.covers
    if covers.offering_limit is not None:
        words = f"the offering limit of {shown_money(covers.offering_limit)} is ignored"
        yield "limit", words, _covering(offering_limit=None)
    for name in covers.excluded:
        rest = tuple(each for each in covers.excluded if each != name)
        yield "exclusion", f"{name} is counted, whom the agreement excludes", _covering(excluded=rest)
    if len(covers.excluded) > 1:
        yield "exclusion", "all excluded investors are counted", _covering(excluded=())
    if covers.securities != "all":
        yield "exclusion", "securities that are not covered are counted", _covering(securities="all")
    if covers.offerings != "all":
        yield "exclusion", "offerings that are not covered are counted", _covering(offerings="all")
    if set(covers.events) != set(EVENTS):
        missing = " and ".join(f"{event}s" for event in EVENTS if event not in covers.events)
        yield "exclusion", f"{missing} are counted", _covering(events=EVENTS)
    if covers.investors != "all":
        yield "raise", "the whole raise is counted, whoever introduced it", _covering(investors="all")
    owed = ledger.attribution.lines_owed([a.id for a in ledger.agreements].index(terms.id))
    own = dict.fromkeys(ledger.table.investor[int(line)] for line in owed)
    for name in sorted(own)[:MOST_INVESTORS] if len(own) > 1 else ():
        yield "raise", f"{name} is not counted", _covering(excluded=(*covers.excluded, name))


def _covering(**changes: Any) -> Change:
    return lambda terms: evolve(terms, covers=evolve(terms.covers, **changes))


def _days(table: ClosingTable, terms: Agreement) -> Iterator[tuple[str, str, Change]]:
    """Days that do not count, counted."""
    end = terms.term.last_day
    if end is not None and terms.tail != "unlimited":
        words = f"closings after the term ended on {end} are counted without end"
        yield "exclusion", words, lambda each: evolve(each, tail="unlimited")
    if end is not None and terms.tail != "none":
        yield "exclusion", "no closing after the term is counted", lambda each: evolve(each, tail="none")
    tail = terms.tail
    if isinstance(tail, Tail) and (tail.investors or tail.excluded or tail.securities or tail.events):
        wide = evolve(tail, investors=(), excluded=(), securities=(), events=())
        yield "exclusion", "the tail's choice of lines is ignored", lambda each: evolve(each, tail=wide)
    first = day_date(int(table.day.min())) if len(table) else terms.term.effective
    if first < terms.term.effective:
        words = f"closings before the term began on {terms.term.effective} are counted"
        yield "exclusion", words, lambda each: evolve(each, term=evolve(each.term, effective=first))


# ---- records ---------------------------------------------------------------------------------------------------------


def _of_records(ledger: Ledger, index: int) -> Iterator[Departure]:
    agreement, records = ledger.agreements[index], ledger.records
    mine = [balance for balance in records.balances if balance.agreement == agreement.id]
    for balance in mine:
        clause = agreement.as_amended().clause(balance.clause)
        rest = tuple(each for each in records.balances if each is not balance)
        says = f"the balance of {balance.as_of} is forgotten ({balance.line})"
        section = clause.section if clause is not None else ""
        changed = evolve(records, balances=rest)
        yield _departure(ledger, index, "balance", says, agreement, balance.clause, section, changed)
    if len(mine) > 1:
        rest = tuple(each for each in records.balances if each not in mine)
        changed = evolve(records, balances=rest)
        yield _departure(ledger, index, "balance", "all earlier balances are forgotten", agreement, records=changed)
    yield from _introductions(ledger, index)
    yield from _claims(ledger, index)


def _introductions(ledger: Ledger, index: int) -> Iterator[Departure]:
    """Introductions outside the term, counted."""
    agreement, records = ledger.agreements[index], ledger.records
    first, last = agreement.term.effective, agreement.as_amended().term.last_day or date.max
    outside = [
        introduction
        for introduction in records.introductions
        if introduction.agreement == agreement.id and not first <= introduction.introduced_on <= last
    ]
    if outside:
        within = tuple(evolve(each, introduced_on=first) if each in outside else each for each in records.introductions)
        says = "introductions outside the term are counted"
        changed = evolve(records, introductions=within)
        yield _departure(ledger, index, "exclusion", says, agreement, records=changed)


def _claims(ledger: Ledger, index: int) -> Iterator[Departure]:
    """What another agent claims too, or an investor that this agent did not introduce, counted."""
    agreement, records = ledger.agreements[index], ledger.records
    if len(ledger.attribution.lines_contested(index)):
        says = "lines that another agreement claims too are counted"
        yield evolve(_departure(ledger, index, "exclusion", says, agreement), agreements=alone(ledger, index))
    if agreement.covers.investors != "introduced":
        return
    table = records.closings
    owed = np.zeros(len(table), dtype=bool)
    owed[ledger.attribution.lines_owed(index)] = True
    others = sorted({table.investor[int(line)] for line in np.flatnonzero(~owed)})
    for name in others[:MOST_INVESTORS] if len(table.investor.words) > 1 else ():
        same = np.array([name_key(word) == name_key(name) for word in table.investor.words])
        changed = evolve(records, closings=introduced(table, same[table.investor.codes], agreement.id))
        yield _departure(ledger, index, "raise", f"{name} is counted", agreement, records=changed)


def introduced(table: ClosingTable, lines: Mask, agreement: str) -> ClosingTable:
    """The closings with some lines introduced by an agreement's agent."""
    column = table.introduced_by
    codes = np.where(lines, len(column.words), column.codes).astype(np.int32)
    return evolve(table, introduced_by=Words(codes, [*column.words, agreement]))


# ---- how changes are made --------------------------------------------------------------------------------------------


def throughout(agreement: Agreement, change: Change) -> Agreement:
    """The agreement with a change in its terms as signed and as each amendment leaves them."""
    amendments = tuple(
        evolve(each, changes=change(each.changes)) if isinstance(each.changes, Agreement) else each
        for each in agreement.amendments
    )
    return evolve(change(agreement), amendments=amendments)


def alone(ledger: Ledger, index: int) -> tuple[Agreement, ...]:
    """The agreements with all but one covering nobody, so that none of them claims what that one is owed on."""
    return tuple(
        each if place == index else throughout(each, _covering(investors=()))
        for place, each in enumerate(ledger.agreements)
    )


def _with(**changes: Any) -> Alter:
    return lambda clause: evolve(clause, **changes)


def _with_clause(clause: AnyClause, alter: Alter) -> Change:
    """Terms with one clause altered; a version in which it is of another kind stays as it is."""

    def change(terms: Agreement) -> Agreement:
        clauses = [
            alter(each) if each.id == clause.id and type(each) is type(clause) else each for each in terms.clauses
        ]
        return evolve(terms, clauses=tuple(clauses))

    return change


def _departure(
    ledger: Ledger,
    index: int,
    kind: str,
    says: str,
    changed: Agreement,
    clause: str = "",
    section: str = "",
    records: Records | None = None,
) -> Departure:
    agreements = tuple(changed if place == index else each for place, each in enumerate(ledger.agreements))
    return Departure(kind, changed.id, clause, section, says, agreements, records or ledger.records)
