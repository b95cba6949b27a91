"""Figures from elsewhere (a bank, a transfer agent, a filing) that the records and the ledger must meet: what each
measures.

All amounts are held as the tables hold them: cents, counts x 100, percentages x 100. Worked by hand, March 2002:
23,776,951 shares outstanding before, 2,575,000 and 525,000 sold, 26,876,951 after; a filing says 26.9 million, which is
within 50,000. Investors got 643,750 and 131,250 warrants with them: 775,000 on 3,100,000 shares is a coverage of 25%.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from feecalc import money, totals
from feecalc.clauses import Advance
from feecalc.dates import day_number
from feecalc.ledger import UNITS, Check, Ledger
from feecalc.line_columns import amounts
from feecalc.money import Ratio, shown_count, shown_money, shown_rate
from feecalc.problems import Problems, did_you_mean
from feecalc.records import ControlTotal, Records

MEASURES = {
    "gross_proceeds": "what investors paid",
    "cash_proceeds": "what of it was cash",
    "shares_sold": "the securities sold",
    "lines": "the lines of closings",
    "closings": "the closings",
    "shares_outstanding_before": "the shares outstanding at the end of that day: given, not checked",
    "shares_outstanding_after": "those of the last `shares_outstanding_before`, with what was sold later",
    "investor_warrants": "the warrants that investors got",
    "warrant_coverage": "the warrants that investors got as a percentage of the securities sold",
    "fees_accrued": "cash that accrued under all agreements, advances aside",
    "fees_paid": "the payments",
}
BEFORE, AFTER = "shares_outstanding_before", "shares_outstanding_after"


def measure_of(control: ControlTotal) -> str:
    """The measure as `MEASURES` writes it."""
    return control.measure.strip().casefold().replace(" ", "_")


def check_controls(records: Records, problems: Problems) -> None:
    """Add a problem for each control total that measures nothing known, or rests on a figure that is not there."""
    for control in records.control_totals:
        if measure_of(control) not in MEASURES:
            problems.add(
                control.place,
                "unknown-measure",
                f'"{control.measure}" is not a measure',
                did_you_mean(control.measure, MEASURES),
            )
        elif measure_of(control) == AFTER and _before(records, control.as_of) is None:
            problems.add(
                control.place,
                "control-without-before",
                "how many shares were outstanding before is not told",
                f"Add a row with the measure {BEFORE} and an earlier day.",
            )


def controls(ledger: Ledger) -> Iterator[Check]:
    """Each control total through the day of the ledger, as a check."""
    for control in ledger.records.control_totals:
        measure = measure_of(control)
        if control.as_of > ledger.as_of or measure == BEFORE:
            continue
        found = _found(ledger, measure, control.as_of)
        within = ""
        if control.tolerance:
            name = f" ({control.tolerance_name})" if control.tolerance_name else ""
            within = f", within {_shown(measure, Ratio(control.tolerance))}{name}"
        yield Check(
            f"control total: {measure.replace('_', ' ')} through {control.as_of}",
            found is not None and abs(found - control.amount) <= control.tolerance,
            _shown(measure, Ratio(control.amount)),
            "none" if found is None else _shown(measure, found),
            f"{control.line}: {control.source or 'no source given'}{within}",
        )


def _found(ledger: Ledger, measure: str, until: date) -> Ratio | None:
    """What the records and the ledger hold of a measure through a day; None where there is none."""
    table = ledger.table
    here = table.day <= day_number(until)
    shares = totals.exact_total(table.shares[here])
    match measure:
        case "gross_proceeds":
            return Ratio(totals.exact_total(table.gross[here]))
        case "cash_proceeds":
            return Ratio(totals.exact_total(table.cash[here]))
        case "shares_sold":
            return Ratio(100 * shares)
        case "lines":
            return Ratio(100 * int(here.sum()))
        case "closings":
            return Ratio(100 * len(np.unique(table.closing.codes[here])))
        case "investor_warrants":
            return Ratio(100 * _investor_warrants(ledger, until))
        case "warrant_coverage":
            return Ratio(10_000 * _investor_warrants(ledger, until), shares) if shares else None
        case "fees_paid":
            return Ratio(sum(payment.amount for payment in ledger.records.payments if payment.date <= until))
        case "fees_accrued":
            return Ratio(_accrued(ledger, until))
    before = _before(ledger.records, until)
    assert before is not None
    later = here & (table.day > day_number(before.as_of))
    return Ratio(before.amount + 100 * totals.exact_total(table.shares[later]))


def _before(records: Records, until: date) -> ControlTotal | None:
    """The last number of shares outstanding that is given for an earlier day."""
    given = [each for each in records.control_totals if measure_of(each) == BEFORE and each.as_of < until]
    return max(given, key=lambda each: each.as_of, default=None)


def _investor_warrants(ledger: Ledger, until: date) -> int:
    words = ledger.table.amounts_in("investor_warrants")
    if words is None:
        return 0
    return totals.exact_total(amounts(words, money.parse_count)[ledger.table.day <= day_number(until)])


def _accrued(ledger: Ledger, until: date) -> int:
    """Cents that accrued in cash through a day; advances are paid ahead of it, not beside it."""
    entries = ledger.columns
    advances = {(a.id, c.id) for a in ledger.agreements for c in a.as_amended().clauses if isinstance(c, Advance)}
    advanced = np.array([key in advances for key in entries.rows("agreement", "clause")], bool)
    cash = ~entries.one_of("unit", UNITS) & ~advanced
    return entries.total("accrued", cash & (entries["accrued_on"] <= day_number(until)))


def _shown(measure: str, amount: Ratio) -> str:
    if measure == "warrant_coverage":
        return shown_rate(amount / 10_000)
    whole = money.rounded(amount, "down")
    return (
        shown_money(whole)
        if measure.endswith("proceeds") or measure.startswith("fees")
        else shown_count(money.units(whole))
    )
