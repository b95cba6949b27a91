"""Words of the records that are nearly, and not quite, words by which agreements choose: of lines a security, an
offering, a class of investors, of expenses a category; and the events that they wait for. A line whose security is
misspelt is owed to nobody, and nothing else would tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from feecalc.agreement import Agreement, Tail
from feecalc.clauses import ExpenseLimit, Period
from feecalc.clauses.lines import LineTests
from feecalc.clauses.times import OnEvent
from feecalc.ledger import LedgerException
from feecalc.milestones import FINAL_CLOSING, FIRST_CLOSING
from feecalc.names import NearNames, name_key
from feecalc.problems import Place
from feecalc.records import Records
from feecalc.shapes import nested

_OPPOSITES = ("un", "non", "non-", "non ", "in")


def similar_words(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    """One for each word, at the first row that holds it."""
    yield from _of_closings(agreements, records)
    events = {word: each.id for each in reversed(agreements) for word in _events(each)}
    yield from _of_rows("event", [(row.event, row.place) for row in records.events], events)
    categories = {word: each.id for each in reversed(agreements) for word in _categories(each)}
    yield from _of_rows("category", [(row.category, row.place) for row in records.expenses], categories)


def _of_rows(noun: str, rows: Sequence[tuple[str, Place]], named: Mapping[str, str]) -> Iterator[LedgerException]:
    near, told = NearNames(named), set()
    for word, place in rows if named else ():
        likely = near.nearest(word)
        if likely and word not in told and not _opposed(name_key(word), name_key(likely)):
            told.add(word)
            yield _similar(noun, word, likely, named[likely], place)


def _similar(noun: str, word: str, likely: str, agreement: str, place: Place) -> LedgerException:
    return LedgerException(
        "similar-word",
        "warning",
        f'the {noun} "{word}" is named by no agreement; {agreement} names "{likely}". If they are one, write the word '
        "alike.",
        place,
    )


def _of_closings(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    table = records.closings
    for column, noun, words in (
        ("security", "security", table.security),
        ("offering", "offering", table.offering),
        ("investor_class", "class of investors", table.investor_class),
    ):
        named = {word: agreement.id for agreement in reversed(agreements) for word in _named(agreement, column)}
        near = NearNames(named)
        apart = {word.replace("-", " "): word for word in named}
        near_apart = NearNames(apart)
        for code, word in enumerate(words.words if named else ()):
            likely = near.nearest(word) or apart.get(near_apart.nearest(word.replace("-", " ")), "")
            lines = np.flatnonzero(words.codes == code) if likely else np.zeros(0, dtype=np.int64)
            if len(lines) and not _opposed(name_key(word), name_key(likely)):
                place = table.rows.place(int(lines[0]), column)
                yield _similar(noun, word, likely, named[likely], place)


def _opposed(word: str, other: str) -> bool:
    """Whether one is the other with what turns its meaning: `unaccredited`."""
    short, long = sorted((word, other), key=len)
    return long.endswith(short) and long.removesuffix(short) in _OPPOSITES


def _named(agreement: Agreement, column: str) -> Iterator[str]:
    covers = agreement.covers
    if column == "security" and covers.securities != "all":
        yield from covers.securities
    if column == "offering" and covers.offerings != "all":
        yield from covers.offerings
    for terms in agreement.in_force():
        for part in nested(terms):
            if isinstance(part, LineTests | Tail) and column == "security":
                yield from part.securities
            elif isinstance(part, LineTests):
                yield from part.offerings if column == "offering" else part.investor_classes


def _events(agreement: Agreement) -> Iterator[str]:
    """The events that an agreement waits for; the first closing may lie before the records."""
    yield from (FIRST_CLOSING, FINAL_CLOSING)
    for terms in agreement.in_force():
        for part in nested(terms):
            if isinstance(part, OnEvent):
                yield part.event
            elif isinstance(part, Period) and part.after_event:
                yield part.after_event


def _categories(agreement: Agreement) -> Iterator[str]:
    """The categories of expenses that an agreement limits."""
    for terms in agreement.in_force():
        for part in nested(terms):
            if isinstance(part, ExpenseLimit) and part.category:
                yield part.category
