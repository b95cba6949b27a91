"""The names of sheets, as every spreadsheet accepts them."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME_MOST = 31
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UNLAWFUL = re.compile(r"[\[\]:*?/\\]")


def lawful_names(names: Iterable[str]) -> list[str]:
    """Names that Excel accepts for sheets, each used once: its rules are 31 characters, none of []:*?/\\, no twins."""
    lawful: list[str] = []
    taken = {"history"}  # kept by Excel for itself
    for name in names:
        stem = one_line(_UNLAWFUL.sub(" ", name)).strip(" '") or "Sheet"
        candidate, number = _shortened(stem, ""), 2
        while candidate.casefold() in taken:
            candidate, number = _shortened(stem, f" ({number})"), number + 1
        taken.add(candidate.casefold())
        lawful.append(candidate)
    return lawful


def _shortened(stem: str, ending: str) -> str:
    """The stem and ending in at most 31 characters as Excel counts them, which is in UTF-16 units."""
    units = stem.encode("utf-16-le")[: 2 * (NAME_MOST - len(ending))]
    return units.decode("utf-16-le", "ignore").rstrip(" '") + ending


def one_line(text: str) -> str:
    """The text as names, properties and page headers can hold it."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())
