"""Which of its agreement's lines a clause acts on: tests that must all hold.

Words are compared as names are: case and spacing do not matter.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from attrs import frozen

from feecalc.clauses.times import Period
from feecalc.shapes import DATE, NAME, WORD, Choice, ListOf, Part, Written, term, terms

EVENTS = ("sale", "warrant exercise")
NAMES = ListOf(NAME, at_least=1)


@frozen(kw_only=True)
class Where(Written):
    """A test on any column of the closings."""

    column: str = term(NAME, "the column")
    is_: tuple[str, ...] = term(ListOf(WORD, at_least=1), 'the words that it may hold; "" is an empty cell', default=())
    is_not: tuple[str, ...] = term(ListOf(WORD, at_least=1), "or the words that it may not hold", default=())


@frozen(kw_only=True)
class LineTests(Written):
    """Tests of lines; those stated must all hold."""

    events: tuple[str, ...] = term(ListOf(Choice(EVENTS), at_least=1), "what kind of line", default=())
    securities: tuple[str, ...] = term(NAMES, "which securities", default=())
    offerings: tuple[str, ...] = term(NAMES, "which offerings", default=())
    investors: tuple[str, ...] = term(NAMES, "which investors", default=())
    investor_classes: tuple[str, ...] = term(NAMES, "which classes of investors", default=())
    on_list: str | None = term(NAME, "the investors of one of the agreement's lists", default=None)
    introduced: Literal["by this agent", "by others or nobody"] | None = term(
        Choice(("by this agent", "by others or nobody")), "who introduced the investor", default=None
    )
    during: Literal["term", "tail"] | None = term(
        Choice(("term", "tail")), "whether the sale lies within the term, or after it", default=None
    )
    from_: date | None = term(DATE, "the first day of sale that counts", default=None)
    through: date | None = term(DATE, "the last day of sale that counts", default=None)
    within: Period | None = term(
        Part(Period),
        "the last day that counts, as a time after something; while that is not known, no line",
        default=None,
    )
    where: tuple[Where, ...] = term(ListOf(Part(Where)), "tests on any column of the closings", default=())


@frozen(kw_only=True)
class Lines(LineTests):
    """Which lines: all tests stated hold, and those under `except` do not all hold."""

    except_: LineTests | None = term(Part(LineTests), "lines for which these tests hold do not count", default=None)


def _the(name: str) -> str:
    return "the " if name == "during" else ""


def lines_words(lines: LineTests) -> str:
    """The tests in words: `securities notes; from 2002-01-01`."""
    said = []
    for name in terms(type(lines)):
        value = getattr(lines, name if name not in ("from", "except") else f"{name}_")
        if not value or name == "except":
            continue
        if name == "on_list":
            said.append(f"investors on the list {value}")
        elif isinstance(value, Period):
            said.append(f"within {value.in_words()}")
        elif name == "where":
            said += [
                f"{w.column} {'is' if w.is_ else 'is not'} {' or '.join(word or 'empty' for word in w.is_ or w.is_not)}"
                for w in value
            ]
        elif isinstance(value, tuple):
            said.append(f"{name.replace('_', ' ')}: {', '.join(value)}")
        else:
            said.append(f"{'sold ' if name in ('during', 'from', 'through') else ''}{name} {_the(name)}{value}")
    beyond = getattr(lines, "except_", None)
    words = "; ".join(said)
    return words + (f"{'; ' if words else ''}except {lines_words(beyond)}" if beyond is not None else "")
