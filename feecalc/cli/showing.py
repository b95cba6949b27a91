"""What several commands print: problems, exceptions, counts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from feecalc.terminal import say

if TYPE_CHECKING:
    from feecalc.ledger import Ledger
    from feecalc.problems import Problem, Problems


def print_exceptions(ledger: Ledger) -> None:
    """Exceptions, failed checks and notes on the records, on stderr."""

    from feecalc.write.text import shown

    for exception in ledger.exceptions:
        say(f"{shown(str(exception.place))}: {exception.severity}: {exception.code}")
        say(f"    {shown(exception.message)}")
        for review in exception.reviews:
            say(f"    Reviewed by {shown(review.words)}")
    for failed in ledger.checks:
        if not failed.holds:
            say(f"check fails: {failed.name}: must be {failed.expected}, is {failed.found} ({failed.detail})")
    print_notes(ledger.records.notes)


def print_problems(problems: Problems, ending: str = "") -> None:
    """Every problem, and how many there are, on stderr."""
    from feecalc.write.text import shown

    for problem in problems:
        say("\n".join(shown(line) for line in str(problem).splitlines()))
    say(f"\n{counted(len(problems), 'problem', 'problems')}.{ending}")
    if sys.stderr.isatty():
        say("`feecalc errors CODE` explains a code, with an example.")


def print_notes(notes: Iterable[Problem]) -> None:
    """What should be known, on stderr; it asks nothing of anybody."""
    from feecalc.write.text import shown

    for note in notes:
        say(f"{shown(str(note.place))}: note: {note.code}")
        say(f"    {shown(note.says)}")


def counted(number: int, one: str, many: str) -> str:
    """`1 entry`, `2 entries`."""
    return f"{number:,} {one if number == 1 else many}"
