"""Words of the closings that are nearly, and not quite, words by which agreements choose lines: a security, an
offering, a class of investors. A line whose security is misspelt is owed to nobody, and nothing else would tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from feecalc.agreement import Agreement, Tail
from feecalc.clauses.lines import LineTests
from feecalc.ledger import LedgerException
from feecalc.names import NearNames, name_key
from feecalc.records import Records
from feecalc.shapes import nested

_OPPOSITES = ("un", "non", "non-", "non ", "in")


def similar_words(agreements: Sequence[Agreement], records: Records) -> Iterator[LedgerException]:
    """One for each word, at the first line that holds it."""
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
                yield LedgerException(
                    "similar-word",
                    "warning",
                    f'the {noun} "{word}" is named by no agreement; {named[likely]} names "{likely}". If they are one, '
                    "write the word alike.",
                    table.rows.place(int(lines[0]), column),
                )


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
