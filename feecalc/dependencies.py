"""In which order an agreement's clauses are computed: what a clause refers to comes before it.

A clause that refers to another's accrual sees it after the limits over several clauses that bind it, unless it is bound
by that limit itself. What refers to itself in a ring has no order.
"""

from __future__ import annotations

import graphlib

from feecalc.agreement import Agreement, TotalLimit
from feecalc.clauses import Advance, AnyClause

Step = AnyClause | TotalLimit


class Ring(Exception):
    """Clauses and limits that wait for one another; `names` are their ids, the first again at the end."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def in_order(agreement: Agreement) -> list[Step]:
    """The clauses and limits in an order in which each can be computed. Raises `Ring`."""
    steps: dict[str, Step] = {clause.id: clause for clause in agreement.clauses}
    for limit in agreement.limits:
        steps[f"limit {limit.id}"] = limit
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for name, step in steps.items():
        sorter.add(name, *(needed for needed in _needed(agreement, step) if needed in steps))
    earlier = ""
    for limit in agreement.limits:  # limits act in the order of the file
        if earlier:
            sorter.add(f"limit {limit.id}", earlier)
        earlier = f"limit {limit.id}"
    try:
        return [steps[name] for name in sorter.static_order()]
    except graphlib.CycleError as error:
        raise Ring(list(error.args[1])) from None


def _needed(agreement: Agreement, step: Step) -> list[str]:
    if isinstance(step, TotalLimit):
        return list(step.clauses)
    if isinstance(step, Advance):
        return []  # credited after everything has accrued
    names = list(step.refers_to)
    for limit in agreement.limits:
        if step.id not in limit.clauses and set(limit.clauses) & set(step.refers_to):
            names.append(f"limit {limit.id}")
    return names
