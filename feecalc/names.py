"""Names of investors and payees: when two are the same, and when one is likely a misspelling of another.

The same are names that differ only in case, spacing and the way their letters are encoded. Nothing else is ever taken
for the same; but a name that is nearly another, such as "Adler Fund" and "Alder Fund" or "C.F.O. Trust" and "CFO
Trust", is pointed out.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def name_key(name: str) -> str:
    """Names are the same if their keys are."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class NearNames:
    """Finds which of some names another is nearly: the same letters and digits, or one long word of it misspelt.

    Words with digits and words of fewer than four letters must be equal: "Investor 1" is not nearly "Investor 2". Names
    are looked up by all their words but one, so that the search stays short among a hundred thousand names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._keys: set[str] = set()
        self._by_letters: dict[str, str] = {}
        self._by_rest: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for name in names:
            self._keys.add(name_key(name))
            self._by_letters.setdefault(_letters(name), name)
            for rest, word in _rests(name):
                self._by_rest.setdefault(rest, []).append((word, name))

    def nearest(self, name: str) -> str:
        """The name that this one is nearly, or an empty string; also where it is one of the names."""
        if not _letters(name) or name_key(name) in self._keys:
            return ""
        if _letters(name) in self._by_letters:
            return self._by_letters[_letters(name)]
        for rest, word in _rests(name):
            for other, found in self._by_rest.get(rest, ()):
                if difflib.SequenceMatcher(None, word, other).ratio() >= 0.8:
                    return found
        return ""


def _letters(name: str) -> str:
    return "".join(character for character in name_key(name) if character.isalnum())


def _rests(name: str) -> list[tuple[tuple[str, ...], str]]:
    """Each long word of a name, with its place and the other words."""
    words = ["".join(c for c in word if c.isalnum()) for word in name_key(name).split()]
    return [
        ((str(place), *words[:place], "", *words[place + 1 :]), word)
        for place, word in enumerate(words)
        if len(word) >= 4 and word.isalpha()
    ]
