"""Names that a statement must not tell: found in any text, however they are spaced, punctuated or cased.

A text is taken as its words. A name that may be told hides the words that it covers: where "Adler Fund II" may be told
and "Fund" may not, "Adler Fund II" tells nothing. Names that are words of the trade themselves, such as an agreement
with the id `fee`, cannot be told apart from the text of a statement and are not looked for in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from attrs import define, field

from feecalc.agreement import Agreement
from feecalc.ledger import Ledger
from feecalc.names import name_key
from feecalc.records import TABLES
from feecalc.write.schema import agreement_schema

_WORD = re.compile(r"[^\W_]+")
_LEAST = 4  # letters of a word that stands for a name by itself

Words = tuple[str, ...]


def words_of(text: str) -> Words:
    """The words of a text: letters and digits, without regard to case and to how they are encoded."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


_FORMS = frozenset(
    words_of(
        "advisers advisors associates bank brothers capital company corp corporation equity finance financial first "
        "fund funds global group growth holding holdings international investment investments limited management "
        "market markets national partner partners private securities services trust venture ventures "
        "two three four five six seven eight nine ten second third half"
    )
)  # words of many names, and numbers, which name nobody


@define
class Mentions:
    """Finds names in texts; those that may be told hide what they cover."""

    _by_first: dict[str, set[Words]] = field(factory=dict)
    _told: dict[str, set[Words]] = field(factory=dict)

    def forbid(self, names: Iterable[str]) -> None:
        _gather(self._by_first, names)

    def allow(self, names: Iterable[str]) -> None:
        _gather(self._told, names)

    def found_in(self, text: str) -> str:
        """The first name in a text that must not be told, in lower case, or an empty string."""
        words = words_of(text)
        covered = _covered(words, self._told)
        for start, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                end = start + len(phrase)
                if words[start:end] == phrase and not all(covered[start:end]):
                    return " ".join(phrase)
        return ""


def _gather(index: dict[str, set[Words]], names: Iterable[str]) -> None:
    for name in names:
        words = words_of(name)
        if words:
            index.setdefault(words[0], set()).add(words)


def _covered(words: Words, told: dict[str, set[Words]]) -> list[bool]:
    covered = [False] * len(words)
    for start, word in enumerate(words):
        for phrase in told.get(word, ()):
            if words[start : start + len(phrase)] == phrase:
                covered[start : start + len(phrase)] = [True] * len(phrase)
    return covered


@define
class Confidential:
    """What one payee's statement must not tell.

    `names` are looked for everywhere, the written file included: names of others in full, and the longer words by which
    other payees and agents are known. `shorthand` has all words of others' names, short ones and investors' too: free
    text that holds any of them is left out.
    """

    names: Mentions
    shorthand: Mentions


def confidential(ledger: Ledger, payee: str, mine: Iterable[int], investors: Iterable[str]) -> Confidential:
    """What a statement for a payee must not tell, where it may name the investors given and is paid under the
    agreements at the places `mine`.
    """
    own = [ledger.agreements[index] for index in mine]
    told = [payee, *investors, *(agreement.company for agreement in own)]
    told_keys = set(map(name_key, told))
    people = [name for agreement in ledger.agreements for name in _people(agreement)]
    people += _payees_of_rows(ledger)
    others = [name for name in dict.fromkeys(people) if name_key(name) not in told_keys]
    bought = [word for word in dict.fromkeys(_investors(ledger)) if word and name_key(word) not in told_keys]
    ids = [a.id for a in ledger.agreements if a not in own]
    known = {word for name in told for word in words_of(name)}
    names, shorthand = Mentions(), Mentions()
    for mentions in (names, shorthand):
        mentions.allow(told)
        mentions.forbid(name for name in [*others, *bought, *ids] if _tells(name))
    names.forbid(word for name in others for word in _telling_words(name, known, _LEAST))
    shorthand.forbid(word for name in [*others, *bought] for word in _telling_words(name, known, _LEAST - 1))
    return Confidential(names, shorthand)


def _people(agreement: Agreement) -> Iterator[str]:
    for terms in agreement.in_force():
        yield from (terms.agent, *terms.payees)


def _payees_of_rows(ledger: Ledger) -> Iterator[str]:
    """Every payee whom a row of the records names."""
    records = ledger.records
    yield from (row.payee for row in records.invoices)
    yield from (row.payee for row in records.payments)
    for rows in (records.expenses, records.decisions, records.tolerances):
        yield from (row.payee for row in rows if row.payee)


def _investors(ledger: Ledger) -> Iterator[str]:
    """Every investor whom the records or an agreement name."""
    yield from ledger.table.investor.words
    yield from (row.investor for row in ledger.records.introductions)
    for agreement in ledger.agreements:
        for terms in agreement.in_force():
            lists = [terms.covers.investors, terms.covers.excluded, *(each.investors for each in terms.lists)]
            lists += [getattr(terms.tail, name, ()) for name in ("investors", "excluded")]
            for names in lists:
                yield from names if isinstance(names, tuple) else ()


def _telling_words(name: str, known: set[str], least: int) -> Iterator[str]:
    """The words of a name that tell of whom it is."""
    for word in words_of(name):
        if len(word) >= least and not word.isdigit() and word not in known and word not in _FORMS and _tells(word):
            yield word


def _tells(name: str) -> bool:
    """Whether a name can be told apart from a statement's own text."""
    words = words_of(name)
    if not words or (len(words) == 1 and (len(words[0]) < _LEAST - 1 or words[0].isdigit())):
        return False
    return f" {' '.join(words)} " not in _of_the_trade()


@cache
def _of_the_trade() -> str:
    """The words in which the language of agreements and the tables of records are described, one after the other."""
    told = [*_described(agreement_schema()), *(column.doc for table in TABLES.values() for column in table.values())]
    return f" {' '.join(words_of(' '.join(told)))} {' '.join(sorted(_FORMS))} "


def _described(schema: object) -> Iterator[str]:
    """The terms of the schema, what they mean and the words that they may be; not its examples, which hold names."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if isinstance(value, str):
                yield from [value] if key == "description" else []
            elif key != "examples":
                yield from value if key == "properties" else ()
                yield from _described(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from [value] if isinstance(value, str) else _described(value)
