"""Faults of text, as every reader finds and shows them: characters that no text may hold, bytes that are not text.

A spoiled column can hold a million faults of one kind. `Findings` lists the first of each kind and counts the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from attrs import define, field

from feecalc.problems import MachineRefused, Place, Problems

Fault = tuple[str, str, str]  # code, words and remedy of a problem that has no place yet

LISTED = 20

_SHOWN = 60

# Controls other than tab and line ends, separators that break lines unseen, controls of writing direction, byte order
# marks inside text, halves of surrogate pairs, and the two code points that are no characters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


OTHER_KINDS = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"<", "a web page or another XML file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b'{"', "a JSON file"),
    (b'[{"', "a JSON file"),
)


def other_kind(head: bytes) -> str:
    """What a file is that is no text of the kind wanted, told by its first bytes; empty if it may be."""
    return next((kind for magic, kind in OTHER_KINDS if head.startswith(magic)), "")


def forbidden(text: str) -> Iterator[tuple[int, str, str]]:
    """Each character of `text` that no text may hold: its index, the code of the problem, its name."""
    for match in FORBIDDEN.finditer(text):
        character = match[0]
        if character == "\0":
            code = "nul-byte"
        elif character in _DIRECTIONS:
            code = "bidirectional-control"
        else:
            code = "control-character"
        yield match.start(), code, f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"


def shown(text: str) -> str:
    """`text` in quotation marks, shortened, its unprintable characters as code points: safe on any terminal."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return '"' + "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in cut) + '"'


def where_undecodable(data: bytes, encoding: str) -> tuple[int, int, int] | None:
    """The line, the byte within that line and the value of the first byte that `encoding` cannot read."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        lines = len(re.findall(rb"\r\n|\r|\n", before)) + 1
        line_start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
        return lines, error.start - line_start + 1, error.object[error.start]
    return None


class Unreadable(Exception):
    """Nothing of a file can be used; why has been reported."""


def cannot_read(source: str, error: OSError) -> MachineRefused:
    return MachineRefused(f"{source} cannot be read: {error.strerror or error}")


@define
class Findings:
    """Adds to `problems` the first twenty of each code, and on `close` how many more there are."""

    problems: Problems
    _counts: Counter[str] = field(factory=Counter, init=False)
    _unlisted: dict[str, Place] = field(factory=dict, init=False)

    def skip(self, code: str, number: int) -> None:
        """So many more of a code that is listed already."""
        self._counts[code] += number

    def add(self, place: Place, code: str, says: str, remedy: str = "") -> None:
        self._counts[code] += 1
        if self._counts[code] <= LISTED:
            self.problems.add(place, code, says, remedy)
        else:
            self._unlisted.setdefault(code, place)

    def note(self, place: Place, code: str, says: str) -> None:
        """What is taken as it stands, and should be known. A fault that follows from it is reported besides."""
        self.problems.note(place, code, says)

    def close(self) -> None:
        for code, place in self._unlisted.items():
            more = self._counts[code] - LISTED
            self.problems.add(place, code, f"and {more:,} more like the {LISTED} above, from here on")
