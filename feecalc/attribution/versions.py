"""The terms of agreements over time: as signed and as amended, and how long closings count under them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from attrs import frozen

from feecalc.agreement import Agreement, Tail
from feecalc.closing import ClosingTable
from feecalc.dates import day_number, months_after
from feecalc.line_columns import signed_days
from feecalc.milestones import Milestones, milestones
from feecalc.records import Records
from feecalc.totals import Codes


@frozen(eq=False)
class Versions:
    """All terms of all agreements, those as signed and those after each amendment, and the milestones of each."""

    terms: tuple[Agreement, ...]
    first: tuple[int, ...]  # of each agreement: the place of its terms as signed
    milestones: tuple[Milestones, ...]  # of each agreement
    of_agreement: tuple[int, ...]  # of each terms: its agreement


def versions_of(
    agreements: Sequence[Agreement], records: Records, first_closings: Sequence[date | None], as_of: date
) -> Versions:
    terms = [terms for agreement in agreements for terms in agreement.in_force()]
    of_agreement = [index for index, agreement in enumerate(agreements) for _ in agreement.in_force()]
    first = [of_agreement.index(index) for index in range(len(agreements))]
    happened = [
        milestones(agreement, records.events, first_closings[index], as_of)
        for index, agreement in enumerate(agreements)
    ]
    return Versions(tuple(terms), tuple(first), tuple(happened), tuple(of_agreement))


def version_of(
    agreements: Sequence[Agreement], versions: Versions, table: ClosingTable, line: Codes, agreement: Codes
) -> Codes:
    """The terms that rule each claim: those as signed, or those of the last amendment in force on its day."""
    version = np.array(versions.first or (0,), dtype=np.int32)[agreement]
    for index, each in enumerate(agreements):
        if each.amendments:
            mine = agreement == index
            version[mine] += amendments_in_force(each, table, line[mine])
    return version


def amendments_in_force(agreement: Agreement, table: ClosingTable, lines: Codes) -> Codes:
    """How many amendments rule each line, by the day that each amendment says."""
    count = np.zeros(len(lines), dtype=np.int32)
    for number, amendment in enumerate(agreement.amendments, 1):
        signed = amendment.rules == "closings signed from that day"
        day = (signed_days(table) if signed else table.effective_day)[lines]
        count[day >= day_number(amendment.effective)] = number
    return count


def last_closing_day(terms: Agreement, happened: Milestones) -> date | None:
    """The last day on which a closing counts, or None if there is no end."""
    end, tail = terms.term.last_day, terms.tail
    if tail == "none" or (end is None and tail == "unlimited"):
        return end
    if not isinstance(tail, Tail):
        return None
    if tail.last_day is not None:
        return tail.last_day
    final = happened.final_closing
    start = {
        "end of term": end,
        "first closing": happened.first_closing,
        "final closing": final,
        "later of term and final closing": max(end, final) if end and final else end,
    }[tail.starts]
    if start is None:
        return end
    last = months_after(start, tail.months or 0)
    return max(last, end) if end is not None else last
