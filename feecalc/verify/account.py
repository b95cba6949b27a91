"""What is said of a verification: in words, causes first and what follows from them after; and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from feecalc import __version__
from feecalc.verify.differences import WITH_INPUTS, Discrepancy
from feecalc.verify.sheets import cut
from feecalc.verify.verification import Verification
from feecalc.write.text import shown

_OF_A_GROUP = 3
_MOST_CAUSES = 40
_MOST_FOLLOWING = 12
_WIDTH = 80
_LETTERS = re.compile("[A-Z]+")


def account(found: Verification) -> str:
    """Whether the workbook is untouched; otherwise each difference with its place, what stood there and stands now."""
    if not found.differences:
        return "\n".join([f"{found.source}: untouched.", *_wrapped(_counts(found)), *_wrapped(_basis(found))])
    causes = [each for each in found.differences if each.is_cause]
    following = [each for each in found.differences if not each.is_cause]
    lines = [f"{shown(found.source)} is not as feecalc wrote it: {_summary(causes, following)}."]
    lines += _wrapped(_basis(found))
    lines += ["", *_grouped(causes, _MOST_CAUSES)] if causes else []
    if following:
        lines += ["", "What differs with that:" if causes else "What differs:", *_grouped(following, _MOST_FOLLOWING)]
    return "\n".join(shown(line) for line in lines)


def _summary(causes: Sequence[Discrepancy], following: Sequence[Discrepancy]) -> str:
    words = [f"{len(causes):,} {'change' if len(causes) == 1 else 'changes'}"] if causes else []
    if following:
        words.append(f"{len(following):,} {'place differs' if len(following) == 1 else 'places differ'} with that")
    return ", and ".join(words)


def _counts(found: Verification) -> str:
    compared = found.comparison
    return (
        f"{compared.cells:,} cells on {compared.sheets} sheets, {compared.formulas:,} of them formulas, are what "
        f"feecalc {__version__} gives as of {found.stated.as_of}."
    )


def _basis(found: Verification) -> str:
    """From what it was computed, and what that proves."""
    files = f"{len(found.inputs)} {'input' if len(found.inputs) == 1 else 'inputs'}"
    if len(found.given) == 2:
        words = f"Computed from the agreements and records given ({files})."
    else:
        own = " and ".join(word for word in ("agreements", "records") if word not in found.given)
        words = (
            f"Computed from {'the ' + found.given[0] + ' given and ' if found.given else ''}the {own} that the "
            f"workbook carries ({files}): give the {own} themselves to hold these against them too."
        )
    if found.stated.version != __version__:
        made = f"version {found.stated.version}" if found.stated.version else "a version that it does not name"
        words += f" It was made by {made}, and this is {__version__}: what differs may be the version."
    return words


def _grouped(differences: Sequence[Discrepancy], most: int) -> Iterator[str]:
    """Differences, of those alike in one column the first few."""
    printed = 0
    groups: dict[tuple[str, ...], list[Discrepancy]] = {}
    for difference in differences:
        groups.setdefault(_alike(difference), []).append(difference)
    told = list(groups.values())
    for place, group in enumerate(told):
        if printed >= most:
            rest = sum(map(len, told[place:]))
            yield f"and {rest:,} more; `feecalc verify --json` lists all."
            return
        for difference in group[:_OF_A_GROUP]:
            yield from _told(difference)
            printed += 1
        if len(group) > _OF_A_GROUP:
            rest = len(group) - _OF_A_GROUP
            last = group[-1].cell if group[-1].sheet == group[0].sheet else ""
            yield f"    and {rest:,} more like these" + (f", to {last}" if last else "")


def _alike(difference: Discrepancy) -> tuple[str, ...]:
    column = _LETTERS.match(difference.cell)
    if difference.kind == "shown":
        return difference.kind, difference.stood, difference.stands
    return difference.kind, difference.sheet, column[0] if column else "", difference.says if difference.cell else ""


def _told(difference: Discrepancy) -> Iterator[str]:
    place = ", ".join(filter(None, (difference.sheet, difference.cell)))
    whose = "; ".join(filter(None, (difference.column, difference.row)))
    says = difference.says
    if difference.kind == "follows" and difference.stood and difference.stands:
        was = "computed" if says == WITH_INPUTS else "stood"
        says = f"{was} {cut(difference.stood)}; stands {cut(difference.stands)}"
    yield from _wrapped(f"{place}{f' ({whose})' if whose else ''}: {says}" if place else says, "  ")
    if says != difference.says:
        return
    if difference.stood:
        yield from _wrapped(f"stood:  {cut(difference.stood)}", "    ")
    if difference.stands:
        yield from _wrapped(f"stands: {cut(difference.stands)}", "    ")
    if difference.formula and difference.kind in ("result", "shown"):
        yield from _wrapped(f"formula: ={cut(difference.formula)}", "    ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  " if indent else "", break_on_hyphens=False
    )


def as_json(found: Verification) -> dict[str, Any]:
    """The verification as it is written to JSON: every difference, with whole texts."""
    return {
        "feecalc": __version__,
        "workbook": found.source,
        "untouched": not found.differences,
        "what": found.stated.what,
        "as_of": found.stated.as_of.isoformat(),
        "made_by": found.stated.version or None,
        "given": list(found.given),
        "inputs": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in found.inputs],
        "sheets": found.comparison.sheets,
        "cells": found.comparison.cells,
        "formulas": found.comparison.formulas,
        "differences": [
            {
                "kind": each.kind,
                "cause": each.is_cause,
                "sheet": each.sheet or None,
                "cell": each.cell or None,
                "column": each.column or None,
                "row": each.row or None,
                "says": each.says,
                "stood": each.stood or None,
                "stands": each.stands or None,
                "formula": each.formula or None,
            }
            for each in found.differences
        ],
    }
