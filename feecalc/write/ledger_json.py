"""The ledger as JSON, one item a line: money as text with the currency's decimals, counts as integers, dates ISO,
absent null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from feecalc import __version__
from feecalc.balances import roll_forwards
from feecalc.claims import ClaimedLine, claims, rate_words
from feecalc.dates import NEVER, day_date
from feecalc.explain import whys
from feecalc.ledger import AMOUNTS, UNITS, Ledger
from feecalc.money import plain_money


def write_json(ledger: Ledger, stream: TextIO) -> None:
    """Write the whole ledger; the same ledger gives the same text."""
    parts: dict[str, Iterable[dict[str, Any]]] = {
        "entries": _entries(ledger),
        "totals": _totals(ledger),
        "attribution": _attribution(ledger),
        "exceptions": _exceptions(ledger),
        "checks": _checks(ledger),
        "balances": _balances(ledger),
    }
    stream.write(f'{{"feecalc": {json.dumps(__version__)},\n "as_of": "{ledger.as_of}"')
    for name, items in parts.items():
        _write_items(name, items, stream)
    if ledger.records.notes:
        _write_items("notes", _notes(ledger), stream)
    claimed = list(claims(ledger))
    if claimed:
        _write_items("claims", map(_claimed, claimed), stream)
    if ledger.has_documents:
        from feecalc.reconcile import reconcile
        from feecalc.write.reconcile_json import write_within

        write_within(reconcile(ledger), stream)
    stream.write("}\n")


def _write_items(name: str, items: Iterable[dict[str, Any]], stream: TextIO) -> None:
    stream.write(f',\n "{name}": [')
    for number, item in enumerate(items):
        stream.write((",\n  " if number else "\n  ") + json.dumps(item, ensure_ascii=False))
    stream.write("]")


def _claimed(line: ClaimedLine) -> dict[str, Any]:
    """A line that several agreements claim; amounts are null where they were not worked out."""
    return {
        "line": line.source,
        "closing": line.closing,
        "investor": line.investor,
        "gross_proceeds": plain_money(line.gross),
        "status": line.status,
        "combined_cash": None if line.cash is None else plain_money(line.cash),
        "combined_rate": None if line.rate is None else rate_words(line.rate),
        "settled": line.settled or None,
        "claims": [
            {
                "agreement": claim.agreement,
                "basis": claim.basis,
                "stands": claim.stands,
                "amounts": claim.amounts
                and {unit: n if unit in UNITS else plain_money(n) for unit, n in claim.amounts.items()},
            }
            for claim in line.claims
        ],
    }


def _entries(ledger: Ledger) -> Iterator[dict[str, Any]]:
    why = whys(ledger)
    for number, e in enumerate(ledger.columns.dicts()):
        count = e["unit"] in UNITS
        yield {
            "agreement": e["agreement"],
            "clause": e["clause"],
            "section": e["section"],
            "closing": e["closing"] or None,
            "accrued_on": day_date(e["accrued_on"]).isoformat(),
            "payable_on": None if e["payable_on"] == NEVER else day_date(e["payable_on"]).isoformat(),
            "payee": e["payee"],
            "unit": e["unit"],
            "base": _base(e, "base"),
            "base_before": _base(e, "base_before"),
            **{name: e[name] if count else plain_money(e[name]) for name in AMOUNTS},
            "exercise_price": e["exercise_price"] or None,
            "expires": e["expires"] or None,
            "lines": ledger.lines_of(e["source"], e["row"]),
            "why": why[number],
        }


def _base(entry: Mapping[Any, Any], name: str) -> object:
    """Money as text, a count as an integer, null where the entry acted on nothing."""
    if not entry["has_base"]:
        return None
    return entry[name] if entry["base_counts"] else plain_money(entry[name])


def _totals(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for t in ledger.sums.dicts():
        if t["unit"] in UNITS:  # the records hold no deliveries of securities
            amounts = {name: t[name] for name in AMOUNTS} | {
                "deducted": None,
                "invoiced": None,
                "paid": None,
                "outstanding": t["payable"],
            }
        else:
            amounts = {name: plain_money(t[name]) for name in (*AMOUNTS, "deducted", "invoiced", "paid", "outstanding")}
        yield {"agreement": t["agreement"], "payee": t["payee"], "unit": t["unit"], **amounts}


def _attribution(ledger: Ledger) -> Iterator[dict[str, Any]]:
    table = ledger.table
    ids: list[str | None] = [*(agreement.id for agreement in ledger.agreements), None]
    lines, agreement, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    for line, index, basis in zip(lines.tolist(), agreement.tolist(), bases, strict=True):
        yield {
            "line": table.rows.line(line),
            "closing": table.closing[line],
            "investor": table.investor[line],
            "gross_proceeds": plain_money(int(table.gross[line])),
            "agreement": ids[index],
            "basis": basis,
        }


def _exceptions(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for exception in ledger.exceptions:
        yield {
            "code": exception.code,
            "severity": exception.severity,
            "message": exception.message,
            "place": str(exception.place),
            "reviews": [
                {
                    "reviewed_by": each.reviewed_by,
                    "date": str(each.date),
                    "reason": each.reason,
                    "evidence": each.evidence or None,
                }
                for each in exception.reviews
            ],
        }


def _notes(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for note in ledger.records.notes:
        yield {"code": note.code, "message": note.says, "place": str(note.place)}


def _checks(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for check in ledger.checks:
        yield {
            "name": check.name,
            "holds": check.holds,
            "detail": f"must be {check.expected}, is {check.found}: {check.detail}",
        }


def _balances(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Rows of a `balances` table with which the next run can begin."""
    for row in roll_forwards(ledger):
        if row.stands:
            amount = row.balance if row.unit in UNITS else plain_money(row.balance)
            yield {
                "agreement": row.agreement.id,
                "clause": row.clause,
                "as_of": ledger.as_of.isoformat(),
                "amount": amount,
                "base": row.base if row.base_counts else plain_money(row.base),
            }
