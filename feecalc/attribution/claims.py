"""Claims and their grounds: which agreements might be owed on a line, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from feecalc.agreement import Agreement
from feecalc.attribution.introductions import NONE, Layer
from feecalc.closing import ClosingTable
from feecalc.dates import NEVER
from feecalc.names import name_key
from feecalc.totals import Codes, Mask

BY_LINE, BY_TABLE, BY_ALL, BY_LIST = range(4)


def claims_of(
    agreements: Sequence[Agreement],
    table: ClosingTable,
    investor: Codes,
    investors: dict[str, int],
    layers: list[Layer],
) -> tuple[Codes, Codes, Codes, Codes, Codes]:
    """Columns (line, agreement, ground, introduced, outside) of all claims, sorted by line and agreement."""
    index_of = {agreement.id: index for index, agreement in enumerate(agreements)}
    stated = np.array([index_of.get(word, NONE) for word in table.introduced_by.words], dtype=np.int32)[
        table.introduced_by.codes
    ]
    silent = table.introduced_by.is_blank()
    by_introduction = np.array([a.covers.investors == "introduced" for a in agreements] or [False])
    parts: list[tuple[Codes, Codes, int, Codes, Codes]] = []

    def add(lines: Codes, agreement: Codes, ground: int, day: Codes, outside: Codes) -> None:
        keep = (agreement != NONE) & by_introduction[agreement]
        parts.append((lines[keep], agreement[keep], ground, day[keep], outside[keep]))

    lines = np.flatnonzero(~silent).astype(np.int32)
    if len(lines):
        day = np.full(len(lines), NEVER, dtype=np.int32)
        outside = day.copy()
        for layer in layers:
            same = layer.agreement[investor[lines]] == stated[lines]
            day = np.where(same, np.minimum(day, layer.day[investor[lines]]), day)
            outside = np.where(same, np.minimum(outside, layer.outside[investor[lines]]), outside)
        add(lines, stated[lines], BY_LINE, day, outside)
    for layer in layers:
        lines = np.flatnonzero(silent & (layer.agreement[investor] != NONE)).astype(np.int32)
        who = investor[lines]
        add(lines, layer.agreement[who], BY_TABLE, layer.day[who], layer.outside[who])
    for index, agreement in enumerate(agreements):
        covered = agreement.covers.investors
        if covered == "introduced":
            continue
        lines = np.arange(len(table), dtype=np.int32)
        if covered != "all":
            lines = lines[named(covered, investors)[investor]]
        never = np.full(len(lines), NEVER, dtype=np.int32)
        parts.append(
            (lines, np.full(len(lines), index, dtype=np.int32), BY_ALL if covered == "all" else BY_LIST, never, never)
        )
    columns = [np.concatenate([np.zeros(0, dtype=np.int32), *(part[c] for part in parts)]) for c in (0, 1, 3, 4)]
    ground = np.concatenate(
        [np.zeros(0, dtype=np.int32), *(np.full(len(part[0]), part[2], dtype=np.int32) for part in parts)]
    )
    if len(parts) > 1:
        order = np.lexsort((columns[1], columns[0]))
        columns, ground = [column[order] for column in columns], ground[order]
    return columns[0], columns[1], ground, columns[2], columns[3]


def named(names: Iterable[str], investors: dict[str, int]) -> Mask:
    """Which investors are named."""
    named = np.zeros(len(investors), dtype=bool)
    for name in names:
        if name_key(name) in investors:
            named[investors[name_key(name)]] = True
    return named
