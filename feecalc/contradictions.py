"""What contradicts itself in an agreement, or between agreements, though every single term is readable.

Shares that do not add up, payees and clauses that are not there, dates in the wrong order, terms that need another
term.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from feecalc.agreement import EXPECTED, Agreement, Amendment, Tail, WorkedExample
from feecalc.clause_contradictions import check_clauses
from feecalc.clauses import Advance, AnyClause, FixedFee
from feecalc.clauses.advances import AT_END
from feecalc.closing import MOST_SHOWN
from feecalc.money import Ratio, shown_share
from feecalc.names import name_key
from feecalc.problems import Ask, Problems, did_you_mean
from feecalc.shapes import terms


def check_agreement(agreement: Agreement, problems: Problems) -> None:
    """Add what contradicts itself within one agreement."""
    _check_dates(agreement, problems)
    _check_coverage(agreement, problems)
    if agreement.agent not in agreement.payees:
        problems.add(
            agreement.place("agent"),
            "agent-not-payee",
            f'the agent "{agreement.agent}" is not among the payees',
            "List the agent first under `payees`. " + did_you_mean(agreement.agent, agreement.payees),
        )
    keys = [name_key(name) for name in agreement.payees]
    for name in agreement.payees:
        if keys.count(name_key(name)) > 1:
            problems.add(
                agreement.place("payees"), "payee-twice", f'"{name}" stands twice among the payees', "Name each once."
            )
    seen: dict[str, AnyClause] = {}
    for clause in agreement.clauses:
        if clause.id in seen:
            problems.add(
                clause.place("id"),
                "clause-twice",
                f'the clause id "{clause.id}" stands already at {seen[clause.id].place("id")}',
                "Give each clause of an agreement its own id.",
            )
        seen[clause.id] = clause
        _check_split(agreement, clause, problems)
        if isinstance(clause, Advance | FixedFee) and clause.credited_against:
            _check_credited(agreement, clause, problems)
        if isinstance(clause, Advance):
            _check_advance(agreement, clause, problems)
    check_clauses(agreement, problems)
    _check_amendments(agreement, problems)
    _check_sections(agreement, problems)
    for example in agreement.examples:
        _check_example(agreement, example, problems)


def _check_example(agreement: Agreement, example: WorkedExample, problems: Problems) -> None:
    """What an example expects must be there to be compared: an example that cannot fail proves nothing."""
    closings = example.records.closings.closing.words if example.records is not None else []
    for expected in example.expected:
        known: list[tuple[str, str | None, list[str]]] = [
            ("clause", expected.clause, [clause.id for clause in agreement.as_amended().clauses]),
            ("payee", expected.payee, list(agreement.payees)),
            ("closing", expected.closing, closings),
        ]
        for key, word, words in known:
            if word is not None and word not in words:
                problems.add(
                    expected.place(key), f"unknown-{key}", f'there is no {key} "{word}" here', did_you_mean(word, words)
                )
        if not any(getattr(expected, name) for name in EXPECTED):
            problems.add(
                expected.place(),
                "nothing-expected",
                "the example expects no amount",
                "State at least one of " + ", ".join(EXPECTED) + ".",
            )


def _check_amendments(agreement: Agreement, problems: Problems) -> None:
    before, where = agreement.term.effective, agreement.term.place("effective")
    noun, standing = "the agreement", agreement
    for amendment in agreement.amendments:
        if amendment.effective < before:
            problems.add(
                amendment.place("effective"),
                "amendment-too-early",
                f'the amendment "{amendment.id}" is effective on {amendment.effective}, before {noun} on {before} '
                f"({where})",
                "Write amendments in the order of their days, each after the agreement begins.",
            )
        if isinstance(amendment.changes, Agreement):
            _check_amended(agreement, amendment, amendment.changes, problems)
            _check_of_all_closings(standing, amendment, amendment.changes, problems)
            standing = amendment.changes
        before, where, noun = amendment.effective, amendment.place("effective"), f'the amendment "{amendment.id}"'


AMENDABLE = (
    *(
        "id",
        "section",
        "says",
        "readings",
        "rate",
        "base",
        "lines",
        "limit",
        "limits",
        "amount",
        "coverage",
        "approved",
    ),
    *("warrants", "per", "pool", "target", "maximum", "securities"),
)


def _check_amended(agreement: Agreement, amendment: Amendment, changed: Agreement, problems: Problems) -> None:
    """An amendment may change what a clause brings from its day on; what would also touch earlier days is refused."""
    for clause in changed.clauses:
        signed = agreement.clause(clause.id)
        if signed is None:
            continue
        other = [] if type(signed) is type(clause) else ["kind"]
        if not other:
            names = [attribute.name for attribute in terms(type(clause)).values()]
            other = [n for n in names if n not in AMENDABLE and getattr(signed, n) != getattr(clause, n)]
        if other:
            problems.add(
                amendment.place("changes"),
                "amendment-changes-kind",
                f'the amendment "{amendment.id}" changes {", ".join(other)} of {clause.id} ({signed.place()}), which '
                "would change what accrued before as well",
                "Add it under `new_clauses` with an id of its own, and let the old one end with "
                "`lines: {through: ...}`.",
            )
    for each in agreement.lists:
        if changed.named_list(each.name) != each.investors:
            problems.add(
                amendment.place("changes"),
                "amendment-changes-list",
                f'the amendment "{amendment.id}" changes the list "{each.name}" ({each.place()})',
                "Add a list with another name, and let the amended clause name that.",
            )


OF_ALL_CLOSINGS = ("agent", "currency", "conversion", "payments_applied", "set_off", "gives_precedence_to")


def _check_of_all_closings(before: Agreement, amendment: Amendment, changed: Agreement, problems: Problems) -> None:
    """What holds for all closings alike is not changed from a day on: limits over several clauses and of the offering
    run over all closings, and the rest has no day.
    """
    names = [name for name in OF_ALL_CLOSINGS if getattr(before, name) != getattr(changed, name)]
    names += ["covers: offering_limit"] if before.covers.offering_limit != changed.covers.offering_limit else []
    stood = {clause.id for clause in before.clauses}
    gone = [limit.id for limit in before.limits if limit not in changed.limits]
    bound = [each.id for each in changed.limits if each not in before.limits and stood & set(each.clauses)]
    if gone or bound:
        names.append("limits: " + ", ".join(dict.fromkeys([*gone, *bound])))
    if names:
        problems.add(
            amendment.place("changes"),
            "amendment-changes-all",
            f'the amendment "{amendment.id}" changes {"; ".join(names)}, which would hold for earlier closings as well',
            "Change a clause's own `limit`, which carries on; or let the clauses end with `lines: {through: ...}`, "
            "state them anew under `new_clauses`, and name these in a limit. Else end the agreement's term, and state "
            "the rest in another agreement, with `balances`.",
        )


def _check_sections(agreement: Agreement, problems: Problems) -> None:
    known = [*(clause.id for clause in agreement.clauses), *(limit.id for limit in agreement.limits)]
    for section in agreement.sections:
        said = [bool(section.modelled_by), bool(section.not_about_money), bool(section.not_modelled)]
        if sum(said) != 1:
            problems.add(
                section.place(),
                "section-unclear",
                f'of section "{section.section}" the file says {sum(said)} of three things',
                "State exactly one of modelled_by, not_about_money, not_modelled.",
            )
        for name in section.modelled_by:
            if name not in known and not agreement.amendments:
                problems.add(
                    section.place("modelled_by"),
                    "unknown-clause",
                    f'section "{section.section}" is said to be modelled by "{name}", which is not here',
                    did_you_mean(name, known),
                )


def _check_dates(agreement: Agreement, problems: Problems) -> None:
    term_, tail = agreement.term, agreement.tail
    for key in ("expires", "terminated"):
        end = getattr(term_, key)
        if isinstance(end, date) and end < term_.effective:
            problems.add(
                term_.place(key),
                "term-ends-before-it-begins",
                f"the term ends on {end}, before it begins on {term_.effective} ({term_.place('effective')})",
                "Check both dates.",
            )
    if isinstance(tail, Tail):
        if (tail.months is None) == (tail.last_day is None):
            problems.add(
                tail.place(),
                "tail-unclear",
                "a tail states either its months or its last day",
                "Write `months: 12`, or `last_day: 2003-08-01`.",
            )
        if term_.last_day is None and tail.starts == "end of term":
            problems.add(
                tail.place(),
                "tail-without-end",
                "a tail begins when the term ends, and this term has no end date",
                "State when the term expires or was terminated, or write `tail: unlimited`.",
            )
        elif tail.last_day and term_.last_day and tail.last_day < term_.last_day:
            problems.add(
                tail.place("last_day"),
                "tail-ends-before-term",
                f"the tail ends on {tail.last_day}, before the term on {term_.last_day}",
                "Check both dates.",
            )


def _check_coverage(agreement: Agreement, problems: Problems) -> None:
    covers = agreement.covers
    if covers.offerings != "all" and covers.offering_not_stated is None:
        problems.add(
            covers.place("offerings"),
            "offering-not-stated",
            "only some offerings are covered, and the file does not say how a line that names no offering is taken",
            "Add `offering_not_stated: covered`, or `offering_not_stated: not covered`.",
            Ask(covers.place(), "offering_not_stated", ("covered", "not covered")),
        )
    if not isinstance(covers.investors, str):
        excluded = {name_key(name) for name in covers.excluded}
        for name in (name for name in covers.investors if name_key(name) in excluded):
            problems.add(
                covers.place("excluded"),
                "listed-and-excluded",
                f'"{name}" is both listed and excluded',
                "Take the name out of one of the lists.",
            )


def _check_split(agreement: Agreement, clause: AnyClause, problems: Problems) -> None:
    names = [share.payee for share in clause.split]
    declared, times = set(agreement.payees), Counter(names)
    undeclared = [share for share in clause.split if share.payee not in declared]
    for share in clause.split:
        if share in undeclared[:MOST_SHOWN]:
            problems.add(
                share.place("payee"),
                "payee-not-declared",
                f'"{share.payee}" is not among the payees of {agreement.id}',
                did_you_mean(share.payee, agreement.payees),
            )
        if times[share.payee] > 1:
            problems.add(
                share.place("payee"),
                "payee-twice",
                f'"{share.payee}" stands twice in the split of {clause.id}',
                "Give each payee one share.",
            )
    if len(undeclared) > MOST_SHOWN:
        says = f"and {len(undeclared) - MOST_SHOWN:,} more of {clause.id} are not among the payees"
        problems.add(undeclared[MOST_SHOWN].place("payee"), "payee-not-declared", says)
    total = sum((share.share for share in clause.split), Ratio(0))
    if clause.split and total != 1:
        problems.add(
            clause.place("split"),
            "split-not-whole",
            f"the shares of {clause.id} add up to {shown_share(total)} ({total}), not to the whole",
            "Write shares that add up to 1, as fractions where decimals do not: 1/3 each for three.",
        )
    if len(clause.split) > 1 and clause.odd_unit is None:
        problems.add(
            clause.place("split"),
            "odd-unit-not-stated",
            f"{clause.id} is split, and the file does not say who gets the cent or warrant that does not divide",
            "Add `odd_unit:` with one of: " + ", ".join(names).rstrip(".") + ".",
            Ask(clause.place(), "odd_unit", tuple(names)),
        )
    if clause.odd_unit is not None and clause.odd_unit not in names:
        problems.add(
            clause.place("odd_unit"),
            "odd-unit-not-in-split",
            f'"{clause.odd_unit}" has no share in {clause.id}',
            did_you_mean(clause.odd_unit, names),
        )


def _check_credited(agreement: Agreement, advance: Advance | FixedFee, problems: Problems) -> None:
    place = advance.place("credited_against")
    for clause_id in sorted({name for name in advance.credited_against if advance.credited_against.count(name) > 1}):
        problems.add(place, "credited-twice", f'"{clause_id}" stands twice', "Name each clause once.")
    for clause_id in advance.credited_against:
        target = agreement.clause(clause_id)
        if target is not None and isinstance(getattr(target, "due", None), tuple) and target.credit_reduces is None:
            problems.add(
                target.place("due"),
                "credit-not-stated",
                f"{clause_id} is due in instalments, {advance.id} is credited against it, and the file does not say "
                "which instalments that lowers",
                "Add `credit_reduces: first instalments`, or `credit_reduces: all instalments`.",
                Ask(target.place(), "credit_reduces", ("first instalments", "all instalments")),
            )
        if target is None:
            problems.add(
                place,
                "unknown-clause",
                f'{advance.id} is credited against "{clause_id}", which is not a clause here',
                did_you_mean(clause_id, [c.id for c in agreement.clauses if c is not advance]),
            )
        elif isinstance(target, Advance) or target.counted:
            problems.add(
                place,
                "not-creditable",
                f'{advance.id} is credited against "{clause_id}", which pays no cash as it accrues',
                "Credit an advance against fees and reimbursements.",
            )
        elif _parts_of(agreement, target) != _parts_of(agreement, advance):
            problems.add(
                place,
                "credited-otherwise-shared",
                f"{advance.id} goes to {_parts_shown(agreement, advance)}, and {clause_id}, which it is credited "
                f"against, to {_parts_shown(agreement, target)}: the file does not say from whose part it is taken",
                f"Give {advance.id} the same `split` and `odd_unit` as {clause_id}.",
            )


def _check_advance(agreement: Agreement, advance: Advance, problems: Problems) -> None:
    last_day = agreement.term.last_day
    due = advance.due if isinstance(advance.due, date) else None
    if advance.unearned == AT_END and last_day is not None and due is not None and due > last_day:
        problems.add(
            advance.place("due"),
            "advance-due-after-term",
            f"the advance is due on {advance.due}, after the term ended on {last_day}, when its unearned part is "
            "returned",
            "Check both dates, or write `unearned: kept`.",
        )
    if advance.unearned == AT_END and last_day is None:
        problems.add(
            advance.place("unearned"),
            "return-without-end",
            "the unearned part is returned at the end of the term, and this term has no end date",
            "State when the term expires or was terminated, or write `unearned: kept`.",
        )


def _parts_of(agreement: Agreement, clause: AnyClause) -> tuple[dict[str, Ratio], str | None]:
    return {share.payee: share.share for share in agreement.shares(clause)}, clause.odd_unit if len(
        clause.split
    ) > 1 else None


def _parts_shown(agreement: Agreement, clause: AnyClause) -> str:
    return ", ".join(f"{share.payee} ({shown_share(share.share)})" for share in agreement.shares(clause))


def check_together(agreements: list[Agreement], problems: Problems) -> None:
    """Add what contradicts itself between agreements: one id, two files."""
    seen: dict[str, Agreement] = {}
    for agreement in agreements:
        if agreement.id in seen:
            problems.add(
                agreement.place("id"),
                "agreement-twice",
                f'the agreement id "{agreement.id}" stands already at {seen[agreement.id].place("id")}',
                "Give each agreement its own id, or name each file once.",
            )
        seen[agreement.id] = agreement
