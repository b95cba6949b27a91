"""Choosing entries and lines of a ledger by what a person asks about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from feecalc.ledger import Ledger
from feecalc.money import shown_money
from feecalc.names import name_key
from feecalc.problems import Place, Problems, did_you_mean


def selected(
    ledger: Ledger,
    agreement: str | None,
    clause: str | None,
    closing: str | None,
    payee: str | None,
    investor: str | None,
) -> list[int]:
    """The entries that fit every filter given. Raises `Refused` for a filter that names nothing known."""
    entries = ledger.columns
    chosen = np.ones(len(entries), dtype=bool)
    known = {
        "agreement": [a.id for a in ledger.agreements],
        "clause": [c.id for a in ledger.agreements for c in a.as_amended().clauses],
        "closing": ledger.table.closing.words,
        "payee": [p for a in ledger.agreements for p in a.payees],
    }
    given = {"agreement": agreement, "clause": clause, "closing": closing, "payee": payee}
    _refuse_unknown({**given, "investor": investor}, {**known, "investor": ledger.table.investor.words})
    for name, wanted in given.items():
        if wanted is not None:
            chosen &= np.array([name_key(value) == name_key(wanted) for value in entries[name].tolist()], dtype=bool)
    found = np.flatnonzero(chosen).tolist()
    if investor is None:
        return found
    lines = set(_lines_of_investor(ledger, investor))
    return [entry for entry in found if _rests_on(ledger, entry, lines)]


def selected_lines(ledger: Ledger, closing: str | None, investor: str | None) -> Iterator[str]:
    """What became of each line of an investor, in a sentence each."""
    if investor is None:
        return
    table = ledger.table
    mine = set(_lines_of_investor(ledger, investor))
    lines, agreements, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    for line, agreement, basis in zip(lines.tolist(), agreements.tolist(), bases, strict=True):
        if line in mine and (closing is None or name_key(table.closing[line]) == name_key(closing)):
            owed = f"owed to {ledger.agreements[agreement].id}" if agreement >= 0 else "owed to nobody"
            bought = f"{table.investor[line]}, {shown_money(int(table.gross[line]))} at closing {table.closing[line]}"
            yield f"{table.rows.line(line)}: {bought}: {owed}, {basis}"
            place = table.rows.place(line, "investor")
            yield from (exception.message for exception in ledger.exceptions if exception.place == place)


def _lines_of_investor(ledger: Ledger, investor: str) -> list[int]:
    table = ledger.table
    same = np.array([name_key(word) == name_key(investor) for word in table.investor.words] or [False])
    return [int(line) for line in np.flatnonzero(same[table.investor.codes])]


def _rests_on(ledger: Ledger, entry: int, lines: set[int]) -> bool:
    source, row = (int(ledger.columns[name][entry]) for name in ("source", "row"))
    accrual = ledger.sources[source].accrual
    return (
        accrual is not None
        and accrual.groups is not None
        and not lines.isdisjoint(accrual.groups.members(row).tolist())
    )


def _refuse_unknown(given: dict[str, str | None], known: dict[str, Iterable[str]]) -> None:
    problems = Problems()
    for name, wanted in given.items():
        if wanted is not None and name_key(wanted) not in map(name_key, known[name]):
            problems.add(
                Place(f"--{name}"),
                f"unknown-{name}",
                f'there is no {name} "{wanted}" here',
                did_you_mean(wanted, dict.fromkeys(known[name])),
            )
    problems.refuse_if_any()
