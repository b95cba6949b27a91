"""Problems: what a person must mend before feecalc will compute, each with its place, its words and its remedy.

Readers and checks do not raise at the first fault: they add to one `Problems` list and go on, so that a controller sees
everything that is wrong in one run. `Refused` carries the list out (exit status 2). `MachineRefused` says that the
machine, not the input, stood in the way (exit status 3).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator

from attrs import evolve, field, frozen


@frozen(order=True)
class Place:
    """Where something stands: a file with line and column, or a workbook with sheet and cell.

    `source` is the path as the user would open it. `line` and `column` count from 1. `cell` is an Excel address.
    `field` is the header of the column, where the place is in a table.
    """

    source: str
    sheet: str = ""
    line: int = 0
    column: int = 0
    cell: str = ""
    field: str = ""

    @property
    def within(self) -> str:
        """The place by the file's name alone: the same wherever the file stands."""
        return str(evolve(self, source=self.source.replace("\\", "/").rpartition("/")[2]))

    def __str__(self) -> str:
        if self.sheet:
            words = f"{self.source}: sheet {self.sheet}"
            return words + (f", cell {self.cell}" if self.cell else f", row {self.line}" if self.line else "")
        words = self.source
        if self.line:
            words += f":{self.line}"
        if self.column:
            words += f":{self.column}"
        return words + (f", column {self.field}" if self.field else "")


@frozen
class Ask:
    """What an agreement file leaves open: the term `key` of the mapping at a place, and what it could say (as YAML)."""

    at: Place
    key: str
    choices: tuple[str, ...]


@frozen(order=True)
class Problem:
    """One thing that a person must mend.

    `code` is stable and names the kind of fault. `says` tells what is wrong, with the offending words and both figures
    where there are two. `remedy` tells what to do.
    """

    place: Place
    code: str
    says: str
    remedy: str = ""
    ask: Ask | None = field(default=None, eq=False, order=False, repr=False)

    def __str__(self) -> str:
        text = f"{self.place}: {self.code}\n    {self.says}"
        return text + (f"\n    {self.remedy}" if self.remedy else "")


@frozen
class Problems:
    """The list that readers and checks add to.

    `notes` are what a reader took as it stands and a person should know of, such as rows that are hidden: they have a
    place, a code and words, and nothing has to be done.
    """

    found: list[Problem] = field(factory=list)
    notes: list[Problem] = field(factory=list)

    def add(self, place: Place, code: str, says: str, remedy: str = "", ask: Ask | None = None) -> None:
        self.found.append(Problem(place, code, says, remedy, ask))

    def note(self, place: Place, code: str, says: str) -> None:
        self.notes.append(Problem(place, code, says))

    def refuse_if_any(self) -> None:
        """Raise `Refused` with everything found, sorted by place, if anything was found."""
        if self.found:
            raise Refused(self)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(set(self.found)))

    def __len__(self) -> int:
        return len(set(self.found))


class Refused(Exception):
    """The input cannot be used: every problem found is in `problems`."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class MachineRefused(Exception):
    """The machine stood in the way: cannot read, cannot write, no space, beyond a stated limit."""


def suggestion(word: str, known: Iterable[str], likeness: float = 0.75) -> str:
    """The known word that `word` most likely stands for, or an empty string."""
    by_key = {_key(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(_key(word), by_key, n=1, cutoff=likeness)
    return by_key[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy sentence: the likely word, or the words allowed."""
    known = list(known)
    within = [each for each in known if len(_key(word)) > 2 and _key(word) in _key(each)]
    likely = suggestion(word, known) or (within[0] if len(within) == 1 else "")
    if likely:
        return f'Did you mean "{likely}"?{_told_apart(word, likely)}'
    return "Write one of: " + ", ".join(known).rstrip(".") + "." if known else ""


def _told_apart(word: str, likely: str) -> str:
    """What in a word cannot be seen to differ from the likely one, such as a Cyrillic letter."""
    odd = [c for c in dict.fromkeys(word) if not c.isascii() and c not in likely]
    named = [f'"{c}" in it is {unicodedata.name(c, "a character").lower()} (U+{ord(c):04X})' for c in odd[:3]]
    return f" The {', '.join(named)}." if named else ""


def _key(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
