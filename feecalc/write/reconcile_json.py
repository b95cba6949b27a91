"""A reconciliation as JSON: applications, differences, standings with their ages, and exceptions, one item a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from feecalc import __version__
from feecalc.dates import day_date
from feecalc.differences import AGES, side_lines, side_words
from feecalc.money import plain_money
from feecalc.reconcile import Reconciliation

KINDS = {"row": "invoice"}


def write_reconciliation(reconciliation: Reconciliation, stream: TextIO) -> None:
    """Write a reconciliation alone; the same records give the same text."""
    as_of = reconciliation.applied.ledger.as_of
    stream.write(f'{{"feecalc": {json.dumps(__version__)},\n "as_of": "{as_of}"')
    write_within(reconciliation, stream)
    stream.write("}\n")


def write_within(reconciliation: Reconciliation, stream: TextIO) -> None:
    """Write a reconciliation as one more value of an object that has been begun."""
    parts: Mapping[str, Iterable[dict[str, Any]]] = {
        "applications": _applications(reconciliation),
        "differences": _differences(reconciliation),
        "ageing": _ageing(reconciliation),
        "exceptions": _exceptions(reconciliation),
    }
    stream.write(',\n "reconciliation": {')
    for place, (name, items) in enumerate(parts.items()):
        stream.write(f'{"," if place else ""}\n  "{name}": [')
        for number, item in enumerate(items):
            stream.write((",\n   " if number else "\n   ") + json.dumps(item, ensure_ascii=False))
        stream.write("]")
    stream.write("}")


def _applications(reconciliation: Reconciliation) -> Iterator[dict[str, Any]]:
    """What was applied to what; null on one side where a tolerance closed the rest of the other."""
    applied = reconciliation.applied
    for each in reconciliation.applications:
        due = applied.dues[each.target[1]] if each.target is not None and each.target[0] == "due" else None
        side = each.source or each.target
        payee = applied.payee(side) if side is not None else ""
        yield {
            "source": side_words(applied, each.source) if each.source else None,
            "source_lines": list(side_lines(applied, each.source)) if each.source else [],
            "target": side_words(applied, each.target) if each.target else None,
            "target_lines": list(side_lines(applied, each.target)) if each.target else [],
            "target_is": KINDS.get(each.target[0], each.target[0]) if each.target else None,
            "payee": payee,
            "agreement": due.agreement if due else None,
            "clause": due.clause if due else None,
            "closing": (due.closing or None) if due else None,
            "payable_on": day_date(due.payable_on).isoformat() if due else None,
            "amount": plain_money(each.amount),
            "rule": each.rule,
            "note": each.note or None,
        }


def _differences(reconciliation: Reconciliation) -> Iterator[dict[str, Any]]:
    for each in reconciliation.differences:
        yield {
            "code": each.code,
            "agreement": each.agreement or None,
            "payee": each.payee,
            "clause": each.clause or None,
            "closing": each.closing or None,
            "amount": plain_money(each.amount),
            "days": each.days,
            "age": each.age or None,
            "words": each.words,
            "lines": list(each.lines),
        }


def _ageing(reconciliation: Reconciliation) -> Iterator[dict[str, Any]]:
    for each in reconciliation.standings:
        yield {
            "agreement": each.agreement,
            "clause": each.clause,
            "closing": each.closing or None,
            "payee": each.payee,
            "owed": plain_money(each.owed),
            "billed": plain_money(each.billed),
            "paid": plain_money(each.paid),
            "written_off": plain_money(each.written_off),
            "outstanding": plain_money(each.outstanding),
            **{name: plain_money(amount) for name, amount in zip(AGES, each.ages, strict=True)},
        }


def _exceptions(reconciliation: Reconciliation) -> Iterator[dict[str, Any]]:
    for each in reconciliation.exceptions:
        yield {
            "code": each.code,
            "severity": each.severity,
            "message": each.message,
            "place": str(each.place),
        }
