"""What contradicts itself within clauses, though every single term is readable: steps with gaps, rates without a unit,
parts that are not a whole, limits that name unknown clauses or go round in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from feecalc.agreement import Agreement, TotalLimit
from feecalc.clauses import (
    AccruingClause,
    Advance,
    AnyClause,
    ExpenseLimit,
    Instalment,
    Minimum,
    Percentage,
    Period,
    RateOfSecurities,
    SecuritiesInLieu,
    VestingWarrants,
    WarrantsPerAmount,
)
from feecalc.clauses.bases import AccruedUnder, BaseOf, base_words, measure_words
from feecalc.clauses.bases import counts as measure_counts
from feecalc.clauses.lines import Lines, LineTests, Where
from feecalc.clauses.prices import PriceOf
from feecalc.clauses.rates import Amount, ByLines, Each, Tiers, has_parts, leaves, shown_amount
from feecalc.dependencies import Ring, in_order
from feecalc.money import Ratio, shown_share
from feecalc.names import name_key
from feecalc.problems import Ask, Place, Problems, did_you_mean
from feecalc.shapes import Written, nested


def check_clauses(agreement: Agreement, problems: Problems) -> None:
    """Add what contradicts itself within and between the clauses of an agreement."""
    seen: dict[str, Place] = {}
    for each in agreement.lists:
        if name_key(each.name) in seen:
            problems.add(
                each.place("name"),
                "list-twice",
                f'the list "{each.name}" stands already at {seen[name_key(each.name)]}',
                "Give each list its own name.",
            )
        seen[name_key(each.name)] = each.place("name")
    for clause in agreement.clauses:
        for part in nested(clause):
            _check_part(agreement, part, problems)
        _check_references(agreement, clause, problems)
        if isinstance(clause, AccruingClause):
            _check_accruing(agreement, clause, problems)
        due = getattr(clause, "due", None)
        if isinstance(due, tuple):
            _check_instalments(clause, due, problems)
    for limit in agreement.limits:
        _check_limit(agreement, limit, problems)
    _check_ring(agreement, problems)


def _check_ring(agreement: Agreement, problems: Problems) -> None:
    try:
        in_order(agreement)
    except Ring as ring:
        step = agreement.clause(ring.names[0])
        places = [
            f"{name} ({(agreement.clause(name) or _limit_of(agreement, name)).place('id')})" for name in ring.names[:-1]
        ]
        problems.add(
            step.place() if step is not None else _limit_of(agreement, ring.names[0]).place(),
            "ring",
            "these wait for one another: " + ", ".join(places),
            "Let one of them act on something else.",
        )


def _limit_of(agreement: Agreement, name: str) -> TotalLimit:
    return next(limit for limit in agreement.limits if f"limit {limit.id}" == name)


def _check_part(agreement: Agreement, part: Written, problems: Problems) -> None:
    match part:
        case Period():
            _check_period(part, problems)
        case Tiers():
            _check_tiers(part, problems)
        case ByLines():
            _check_by_lines(part, problems)
        case BaseOf():
            _check_base(part, problems)
        case LineTests():
            _check_lines(agreement, part, problems)
        case Where():
            if bool(part.is_) == bool(part.is_not):
                problems.add(
                    part.place(),
                    "test-unclear",
                    f"the test of {part.column} says not what it may hold",
                    "State either `is` or `is_not`.",
                )
        case PriceOf():
            if len(part.of) > 1 and part.pick is None:
                problems.add(
                    part.place("of"),
                    "price-unclear",
                    "several prices are named, and the file does not say which counts",
                    "Add `pick: lowest` or `pick: highest`.",
                    Ask(part.place(), "pick", ("lowest", "highest")),
                )
        case ExpenseLimit():
            if part.category is None and part.each is None and part.from_ is None and part.through is None:
                problems.add(
                    part.place(),
                    "limit-unclear",
                    "the limit names neither a category nor a time",
                    "Write it as `limit` instead.",
                )


def _check_period(period: Period, problems: Problems) -> None:
    lengths = [n for n in (period.days, period.business_days, period.months, period.years) if n is not None]
    if len(lengths) != 1:
        problems.add(
            period.place(),
            "period-unclear",
            f"the time is stated {len(lengths)} times",
            "State exactly one of days, business_days, months, years.",
        )
    for name, most in (("months", 1200), ("years", 100)):
        if (getattr(period, name) or 0) > most:
            problems.add(period.place(name), "period-too-long", f"more than {most:,} {name}", "Check the number.")
    if (period.after is None) == (period.after_event is None):
        problems.add(
            period.place(),
            "period-unclear",
            "the file does not say from when the time counts",
            "State either `after` or `after_event`.",
        )


def _check_tiers(rate: Tiers, problems: Problems) -> None:
    before: int | None = None
    unit = rate.counting
    for place, tier in enumerate(rate.tiers):
        last = place == len(rate.tiers) - 1
        for name, amount in (("from", tier.from_), ("up_to", tier.up_to)):
            if amount is not None and measure_counts(unit) and amount % 100:
                problems.add(
                    tier.place(name),
                    "count-not-whole",
                    f"{measure_words(unit)} are counted whole",
                    "Write a whole number.",
                )
        if tier.from_ is not None and tier.from_ != (before or 0):
            stands = "gap" if tier.from_ > (before or 0) else "overlap"
            problems.add(
                tier.place("from"),
                f"tiers-{stands}",
                f"the step begins at {shown_amount(tier.from_, unit)}, and the one before it "
                f"({rate.tiers[place - 1].place() if place else rate.place()}) ends at "
                f"{shown_amount(before or 0, unit)}",
                "Let each step begin where the one before it ends, or leave `from` out.",
            )
        if tier.up_to is None and not last:
            problems.add(
                tier.place(),
                "tiers-overlap",
                f"the step has no end, and another follows it ({rate.tiers[place + 1].place()})",
                "Add `up_to:` to every step but the last.",
            )
        if tier.up_to is not None and before is not None and tier.up_to <= before:
            problems.add(
                tier.place("up_to"),
                "tiers-overlap",
                f"the step ends at {shown_amount(tier.up_to, unit)}, where the one before it "
                f"({rate.tiers[place - 1].place('up_to')}) ends at {shown_amount(before, unit)}",
                "Write the steps from the lowest to the highest.",
            )
        if tier.up_to is not None and last:
            problems.add(
                tier.place("up_to"),
                "tiers-gap",
                f"nothing is said of what lies beyond {shown_amount(tier.up_to, unit)}",
                "Leave `up_to` out of the last step, or add one with the rate that holds beyond, 0% if none does.",
            )
        before = tier.up_to if tier.up_to is not None else before
    if rate.apply == "whole amount" and rate.at_threshold is None:
        problems.add(
            rate.place(),
            "threshold-not-stated",
            "the file does not say which rate holds exactly at the end of a step",
            "Add `at_threshold: lower`, or `at_threshold: higher`.",
            Ask(rate.place(), "at_threshold", ("lower", "higher")),
        )


def _check_by_lines(rate: ByLines, problems: Problems) -> None:
    for entry in rate.by:
        alone = entry.lines is not None and entry.rate is not None
        if alone == bool(entry.lists) or (entry.lists and (entry.lines is not None or entry.rate is not None)):
            problems.add(
                entry.place(),
                "rate-unclear",
                "the entry states neither lines with a rate nor lists",
                "State `lines` and `rate`, or `lists` of them.",
            )
        if entry.up_to is not None and rate.counting is None:
            problems.add(
                entry.place("up_to"),
                "counting-not-stated",
                "the file does not say what `up_to` counts",
                "Add `counting:` beside `by`, such as `counting: gross proceeds`.",
            )
        if (
            entry.up_to is not None
            and rate.counting is not None
            and measure_counts(rate.counting)
            and entry.up_to % 100
        ):
            problems.add(
                entry.place("up_to"), "count-not-whole", "securities are counted whole", "Write a whole number."
            )


def _check_base(base: BaseOf, problems: Problems) -> None:
    kinds = {measure_counts(measure) for measure in base.of}
    if len(kinds) > 1:
        problems.add(
            base.place("of"),
            "base-of-two-units",
            "money and counts cannot be added up",
            "Name measures that are all money, or all counts.",
        )
    elif kinds == {True} and (base.less or base.less_clauses or base.prefunded_strike == "added" or base.rounded):
        problems.add(
            base.place(),
            "base-of-two-units",
            "money cannot be added to or taken from a count",
            "Leave the deductions out.",
        )


def _check_lines(agreement: Agreement, lines: LineTests, problems: Problems) -> None:
    if lines.on_list is not None and not agreement.named_list(lines.on_list):
        problems.add(
            lines.place("on_list"),
            "unknown-list",
            f'the agreement has no list "{lines.on_list}"',
            did_you_mean(lines.on_list, [each.name for each in agreement.lists]) or "Add it under `lists:`.",
        )
    never = ""
    if lines.during == "tail" and agreement.tail == "none":
        never = "the agreement has no tail"
    elif lines.events and not set(lines.events) & set(agreement.covers.events):
        never = f"the agreement covers {' and '.join(agreement.covers.events)} only"
    if never and type(lines) is Lines:
        problems.add(
            lines.place("during" if lines.during == "tail" else "events"),
            "never-applies",
            f"no line can ever pass this test: {never} ({agreement.place('tail')}, {agreement.covers.place('events')})",
            "Correct one of the two.",
        )
    if lines.from_ is not None and lines.through is not None and lines.through < lines.from_:
        problems.add(
            lines.place("through"),
            "window-ends-before-it-begins",
            f"the last day, {lines.through}, comes before the first, {lines.from_} ({lines.place('from')})",
            "Check both days.",
        )


def _check_accruing(agreement: Agreement, clause: AccruingClause, problems: Problems) -> None:
    on_count, noun = _acts_on_count(agreement, clause), base_words(clause.base)
    rate_place = clause.place("rate")
    for leaf in leaves(clause.earning):
        each = isinstance(leaf, Each)
        if isinstance(clause, Percentage) and on_count and not each and not isinstance(leaf, Amount):
            problems.add(
                rate_place,
                "rate-without-unit",
                f"a percentage of {noun} is a count, not money",
                "Act on proceeds, or write the fee for one security: `rate: {each: ...}`.",
            )
        if each and (not on_count or clause.counted):
            problems.add(
                rate_place,
                "rate-without-unit",
                f"an amount for each security cannot act on {noun}"
                if not on_count
                else "an amount of money for each security is a fee",
                "Let the clause be of kind percentage and act on a count, such as `base: securities sold`.",
            )
        if isinstance(leaf, Amount) and clause.counted:
            problems.add(rate_place, "rate-without-unit", "an amount of money is no count", "Compare rates.")
    if isinstance(clause, RateOfSecurities):
        if not on_count and clause.over_price is None:
            problems.add(
                clause.place("base"),
                "rate-without-unit",
                f"a percentage of {noun} is money, not a count of {clause.unit}",
                "Add `over_price:` to say at which price the money is counted, or act on securities.",
            )
        if on_count and clause.over_price is not None:
            problems.add(
                clause.place("over_price"), "rate-without-unit", f"{noun} is a count already", "Leave `over_price` out."
            )
    if has_parts(clause.earning) and clause.rounding.parts is None:
        problems.add(
            clause.rounding.place(),
            "rounding-parts-not-stated",
            "the rate has several parts, and the file does not say whether each is rounded alone",
            "Add `parts: together`, or `parts: each`.",
            Ask(clause.rounding.place(), "parts", ("together", "each")),
        )
    if clause.counted and clause.rounding.to is not None and clause.rounding.to % 100:
        problems.add(
            clause.rounding.place("to"), "count-not-whole", "securities are counted whole", "Write a whole number."
        )
    step = (
        clause.per
        if isinstance(clause, WarrantsPerAmount)
        else clause.target
        if isinstance(clause, VestingWarrants)
        else 0
    )
    if on_count and step % 100:
        problems.add(clause.place(), "count-not-whole", f"{noun} are counted whole", "Write a whole number.")


def _acts_on_count(agreement: Agreement, clause: AccruingClause) -> bool:
    if isinstance(clause.base, AccruedUnder):
        others = [agreement.clause(name) for name in clause.base.accrued_under]
        return any(other is not None and other.counted for other in others)
    return clause.base_counts


def _check_references(agreement: Agreement, clause: AnyClause, problems: Problems) -> None:
    if isinstance(clause, Advance):
        return
    key = {Minimum: "of", SecuritiesInLieu: "of"}.get(type(clause), "base")
    _check_named(agreement, clause.refers_to, clause.place(key), clause.id, problems)
    others = [agreement.clause(name) for name in clause.refers_to]
    kinds = {other.counted for other in others if other is not None}
    cash_only = not (isinstance(clause, AccruingClause) and isinstance(clause.base, AccruedUnder))
    if (cash_only and True in kinds) or len(kinds) > 1:
        problems.add(
            clause.place(key),
            "not-cash",
            f"{clause.id} acts on what accrues in cash, and not all of these clauses pay cash",
            "Name clauses that pay cash.",
        )


def _check_named(agreement: Agreement, names: Iterable[str], place: Place, by: str, problems: Problems) -> None:
    for name in names:
        target = agreement.clause(name)
        if target is None:
            problems.add(
                place,
                "unknown-clause",
                f'{by} names "{name}", which is not a clause here',
                did_you_mean(name, [c.id for c in agreement.clauses if c.id != by]),
            )
        elif isinstance(target, Advance):
            problems.add(
                place,
                "not-accruing",
                f"{by} names {name}, an advance, which earns nothing",
                "Name clauses under which something is earned.",
            )


def _check_instalments(clause: AnyClause, due: Sequence[Instalment], problems: Problems) -> None:
    total = sum((each.part for each in due), Ratio(0))
    if total != 1:
        problems.add(
            clause.place("due"),
            "instalments-not-whole",
            f"the parts of {clause.id} add up to {shown_share(total)} ({total}), not to the whole",
            "Write parts that add up to 1.",
        )
    for each in due:
        if each.unless_by is not None and not isinstance(each.when, Period):
            problems.add(
                each.place("unless_by"),
                "nothing-to-wait-for",
                "the part is due at once, and waits for nothing that could fail by a day",
                "State what it waits for: `when: {days: 0, after_event: ...}`.",
            )


def _check_limit(agreement: Agreement, limit: TotalLimit, problems: Problems) -> None:
    _check_named(agreement, limit.clauses, limit.place("clauses"), limit.id, problems)
    if (limit.amount is None) == (limit.rate is None) or (limit.rate is None) != (limit.of is None):
        problems.add(
            limit.place(),
            "limit-unclear",
            f"{limit.id} does not say what the most is",
            "State either `amount`, or `rate` and `of`.",
        )
    if limit.of is not None and measure_counts(limit.of):
        problems.add(
            limit.place("of"), "rate-without-unit", f"{measure_words(limit.of)} are no money", "Name proceeds."
        )
    for name in limit.gives_way:
        if name not in limit.clauses:
            problems.add(
                limit.place("gives_way"),
                "unknown-clause",
                f'"{name}" gives way, and is not among the clauses that count toward {limit.id} '
                f"({limit.place('clauses')})",
                did_you_mean(name, limit.clauses),
            )
    valued = {value.clause: value for value in limit.values}
    for name in limit.clauses:
        clause = agreement.clause(name)
        if clause is None or not clause.counted:
            continue
        if name not in valued:
            problems.add(
                limit.place("clauses"),
                "value-not-stated",
                f"{name} brings {clause.unit}, and the file does not say what one of them counts for under {limit.id}",
                "Add it under `values:` with `clause` and `each`.",
            )
        if name in limit.gives_way:
            problems.add(
                limit.place("gives_way"),
                "not-cash",
                f"{name} brings {clause.unit}; only cash gives way to a limit by itself",
                "Record the cut-back of securities in the table `decisions`.",
            )
    for name, value in valued.items():
        if name not in limit.clauses:
            problems.add(
                value.place("clause"),
                "unknown-clause",
                f'"{name}" has a value, and is not among the clauses that count toward {limit.id}',
                did_you_mean(name, limit.clauses),
            )
