"""Names of investors and payees: when two are the same, and when one is likely a misspelling of another.

The same are names that differ only in case, spacing and the way their letters are encoded. Nothing else is ever taken
for the same; but a name that is nearly another, such as "Adler Fund" and "Alder Fund" or "C.F.O. Trust" and "CFO
Trust", is pointed out.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# What a company's legal form is written as, without points, and what it is short for.
_FORMS = dict.fromkeys(("inc", "incorporated"), "inc") | dict.fromkeys(("ltd", "limited"), "ltd")
_FORMS |= dict.fromkeys(("corp", "corporation"), "corp") | dict.fromkeys(("co", "company"), "co")
_FORMS |= {
    form: form for form in ("llc", "lp", "llp", "lllp", "plc", "pllc", "pc", "na", "sa", "ag", "nv", "bv", "gmbh")
}
# What is no name even without points, and what else stands after a comma at the end of a name.
_NO_NAMES = frozenset(("inc", "incorporated", "ltd", "corp", "llc", "lp", "llp", "lllp", "plc", "pllc", "gmbh"))
_NO_NAMES |= {"jr", "sr", "esq"}

COMPARISONS_LIMIT = 100_000

# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕкмтвнοανρ", "aeopcyxijskmtbhoavp")


@lru_cache(maxsize=1 << 17)
def name_key(name: str) -> str:
    """Names are the same if their keys are."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def is_end_of_name(text: str) -> bool:
    """Whether text is what stands after a comma at the end of a name, and no name: `LLC`, `L.P.`, `Inc.`, `Jr.`."""
    plain = name_key(text).replace(".", "").replace(" ", "")
    return plain in _NO_NAMES or ("." in text and plain in _FORMS)


def id_key(text: str) -> str:
    """Ids look alike if their keys are: no case, Latin letters for the Cyrillic and Greek ones that look the same, one
    kind of hyphen, and no spaces but between digits, where they part numbers.
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() or unicodedata.category(c) != "Cf")
    plain = seen.casefold().translate(_LOOKALIKES)
    return re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", re.sub(r"[_\u2010-\u2015\u2212]", "-", plain))


@lru_cache(maxsize=1 << 17)
def reference_key(text: str, zeros: bool = True) -> str:
    """What of a document's number remains however it is typed: letters and digits; without `zeros`, none lead digits.
    `INV-0012` and `inv 0012` are alike, and without zeros `12` and `0012`.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    return plain if zeros else re.sub(r"(?<![0-9])0+(?=[0-9])", "", plain)


def spelled(text: str) -> str:
    """An id with the letters and spaces that look like others by their numbers: `A<U+00A0>1`."""
    told = (unicodedata.normalize("NFKC", c) != c or c.casefold().translate(_LOOKALIKES) != c.casefold() for c in text)
    return "".join(f"<U+{ord(c):04X}>" if tell else c for c, tell in zip(text, told, strict=True))


class NearNames:
    """Finds which of some names another is nearly: the same letters and digits but for accents, or but for a legal form
    that one of them leaves out or spells otherwise, or one long word of it misspelt.

    Words with digits and words of fewer than four letters must be equal: "Investor 1" is not nearly "Investor 2". Names
    are looked up by all their words but one, so that the search stays short among a hundred thousand names. Where
    thousands are alike in all but one word, the search ends after COMPARISONS_LIMIT comparisons.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._comparisons = 0
        self._keys: set[str] = set()
        self._by_letters: dict[str, str] = {}
        self._by_bare: dict[str, dict[str, str]] = {}
        self._by_rest: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for name in names:
            self._keys.add(name_key(name))
            self._by_letters.setdefault(_letters(name), name)
            bare, form = _without_form(name)
            self._by_bare.setdefault(bare, {}).setdefault(form, name)
            for rest, word in _rests(name):
                self._by_rest.setdefault(rest, []).append((word, name))

    def nearest(self, name: str) -> str:
        """The name that this one is nearly, or an empty string; also where it is one of the names."""
        if not _letters(name) or name_key(name) in self._keys:
            return ""
        if _letters(name) in self._by_letters:
            return self._by_letters[_letters(name)]
        bare, form = _without_form(name)
        forms = self._by_bare.get(bare, {})
        likely = forms.get(form) or forms.get("") or (next(iter(forms.values()), "") if not form else "")
        if likely:
            return likely
        for rest, word in _rests(name):
            for other, found in self._by_rest.get(rest, ()):
                self._comparisons += 1
                if self._comparisons > COMPARISONS_LIMIT:
                    return ""
                if difflib.SequenceMatcher(None, word, other).ratio() >= 0.8:
                    return found
        return ""


def _letters(name: str) -> str:
    """The letters and digits of a name, without accents."""
    apart = unicodedata.normalize("NFKD", name_key(name))
    return "".join(character for character in apart if character.isalnum())


def _without_form(name: str) -> tuple[str, str]:
    """The letters and digits of a name without its legal form, and that form: of two funds with one name and two forms
    each may be one of its own.
    """
    plain = name_key(name).replace("&", " and ")
    first, _, last = plain.rpartition(" ")
    form = _FORMS.get(_letters(last), "") if first else ""
    return _letters(first if form else plain), form


def _rests(name: str) -> list[tuple[tuple[str, ...], str]]:
    """Each long word of a name, with its place and the other words."""
    words = [_letters(word) for word in name_key(name).split()]
    return [
        ((str(place), *words[:place], "", *words[place + 1 :]), word)
        for place, word in enumerate(words)
        if len(word) >= 4 and word.isalpha()
    ]
