"""What settles a line that several agreements claim: a decision, or the precedence that agreements give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.agreement import Agreement
from feecalc.closing import ClosingTable
from feecalc.dates import day_number
from feecalc.names import name_key
from feecalc.records import Decision, Records
from feecalc.totals import Codes, Mask

AWARD = "award"


def settled_claims(
    agreements: Sequence[Agreement],
    records: Records,
    table: ClosingTable,
    line: Codes,
    agreement: Codes,
    contested: Mask,
    as_of: int,
) -> tuple[Mask, dict[int, str]]:
    """Which contested claims give way, and what settled each line: a decision, or else the agreements themselves."""
    gives_way = np.zeros(len(line), dtype=bool)
    settled: dict[int, str] = {}
    awards = [d for d in records.decisions if name_key(d.decision) == AWARD and day_number(d.date) <= as_of]
    first = [set(each.as_amended().gives_precedence_to) for each in agreements]
    at = np.flatnonzero(contested)
    if not len(at) or not (awards or any(first)):
        return gives_way, settled
    ids = [each.id for each in agreements]
    abouts = [awarded(award, table) for award in awards]
    for group in np.split(at, np.flatnonzero(np.diff(line[at])) + 1):
        row = int(line[group[0]])
        claimants = agreement[group].tolist()
        names = [ids[each] for each in claimants]
        mine = [award for award, about in zip(awards, abouts, strict=True) if about[row]]
        last = [award for award in mine if award.date == max(each.date for each in mine)]
        before_all = [one for one in claimants if all(ids[one] in first[other] for other in claimants if other != one)]
        if mine:
            if len({award.agreement for award in last}) != 1 or last[0].agreement not in names:
                continue
            winner, award = ids.index(last[0].agreement), last[0]
            how = f"awarded by {award.decided_by} on {award.date}: {award.reason} ({award.line})"
        elif len(before_all) == 1:
            (winner,) = before_all
            how = "which " + ("gives" if len(names) == 2 else "give") + f" precedence to {ids[winner]}"
        else:
            continue
        others = " and ".join(name for name in names if name != ids[winner])
        settled[row] = f"claimed by {others} too, {how}"
        gives_way[group] = agreement[group] != winner
    return gives_way, settled


def awarded(award: Decision, table: ClosingTable) -> Mask:
    """The lines that an award is about; what undoes a closing goes the way of that closing."""
    about = np.ones(len(table), dtype=bool)
    if award.closing:
        about &= np.array([word == award.closing for word in table.closing.words] or [False])[table.scope]
    if award.investor:
        key = name_key(award.investor)
        about &= np.array([name_key(word) == key for word in table.investor.words] or [False])[table.investor.codes]
    return about
