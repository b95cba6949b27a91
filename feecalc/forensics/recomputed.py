"""The figures of one agreement under other terms or other records."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from feecalc.agreement import Agreement
from feecalc.engagement import entries_under
from feecalc.forensics.figures import Cells, cells_of
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.money import divided
from feecalc.needed_columns import needed_columns
from feecalc.problems import Problems
from feecalc.records import Records

MOST_LINES = 5_000_000  # gone through for one agreement, all its departures taken together


def most_ledgers(ledger: Ledger) -> int:
    """How many ledgers of one agreement are computed for one question."""
    return divided(MOST_LINES, max(1, len(ledger.table)), "up")


def computed_under(agreements: Sequence[Agreement], records: Records, ledger: Ledger, index: int) -> Cells | None:
    """The cells of one agreement under other terms or records; None where they do not go together."""
    problems = Problems()
    short = records
    if not any(needed.must for agreement in agreements for needed in needed_columns(agreement)):
        short = evolve(records, introductions=())  # they name agreements only, and these are the same
    linked(agreements, short, problems)
    if len(problems):
        return None
    same = records is ledger.records and all(map(_attributed_alike, agreements, ledger.agreements))
    try:
        entries = entries_under(agreements, records, ledger.as_of, index, ledger.attribution if same else None)
    except OverflowError:
        return None
    return cells_of(entries, {each.id: each.currency for each in agreements})


def _attributed_alike(one: Agreement, other: Agreement) -> bool:
    """Whether two versions of an agreement are owed on the same lines of the same records."""

    def telling(agreement: Agreement) -> list[object]:
        days = [(amendment.effective, amendment.rules) for amendment in agreement.amendments]
        terms = agreement.in_force()
        return [days, [(each.term, each.tail, each.covers, each.currency, each.conversion) for each in terms]]

    return one is other or telling(one) == telling(other)
