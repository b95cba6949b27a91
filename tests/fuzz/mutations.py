"""One change to one engagement, told in words, with what must follow from it.

A change that means *nothing* must change no amount and no verdict. One to be *refused* stops the run (exit status 2),
and one to be *told* must be refused or be told as an exception. *Another* may do anything but fail or lose a row: other
words are another engagement.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from attrs import evolve, frozen

from . import changed_agreements, changed_tables, changed_text, changed_workbooks
from .changed_tables import Means, rows_of
from .engagements import Engagement, of_one_agreement, with_records


@frozen
class Mutation:
    """An engagement before and after one change."""

    family: str
    before: Engagement
    after: Engagement
    told: str
    means: Means


Made = tuple[Engagement, Engagement, str, Means]


def mutation(family: str, seed: str) -> Mutation:
    """The mutation of a family that a seed gives; the same at every time."""
    return Mutation(family, *FAMILIES[family](Random(f"{family}:{seed}")))


def _of_table(random: Random, change: Callable[[bytes, str], tuple[bytes, str, Means]], filled: bool = True) -> Made:
    """A change to one table of an engagement; with `filled`, of a table that has rows."""
    before = random.choice(with_records())
    names = [name for name in sorted(before.tables) if not filled or len(rows_of(before.tables[name])) > 1]
    # most of what matters stands in the closings
    name = "closings.csv" if random.random() < 0.5 else random.choice(names)
    content, told, means = change(before.tables[name], name.removesuffix(".csv"))
    return before, evolve(before, tables={**before.tables, name: content}), f"{name}: {told}", means


def _of_agreement(random: Random, change: Callable[[str], tuple[bytes, str, Means]]) -> Made:
    before = random.choice(of_one_agreement())
    ((name, content),) = before.agreements.items()
    changed, told, means = change(content.decode("utf-8"))
    return before, evolve(before, agreements={name: changed}), f"{name}: {told}", means


def _of_workbook(random: Random, change: Callable[[dict[str, bytes]], tuple[bytes, str, Means]]) -> Made:
    before = random.choice(with_records())
    tables = before.tables
    if any(len(rows_of(content)) < 2 for content in tables.values()):
        tables = {name: content for name, content in tables.items() if len(rows_of(content)) > 1}
    content, told, means = change(tables)
    return before, evolve(before, tables={changed_workbooks.WORKBOOK: content}), told, means


def _rows_otherwise(random: Random) -> Made:
    def change(content: bytes, table: str) -> tuple[bytes, str, Means]:
        return (*changed_tables.written_otherwise(rows_of(content), table, random), "nothing")

    return _of_table(random, change)


def _cell(random: Random) -> Made:
    return _of_table(random, lambda content, table: changed_tables.cell(rows_of(content), table, random))


def _row(random: Random) -> Made:
    return _of_table(random, lambda content, table: changed_tables.row(rows_of(content), table, random))


def _column(random: Random) -> Made:
    return _of_table(random, lambda content, table: changed_tables.column(rows_of(content), table, random))


def _table_characters(random: Random) -> Made:
    def change(content: bytes, _: str) -> tuple[bytes, str, Means]:
        text, told = changed_text.characters(content.decode("utf-8"), random)
        return text.encode("utf-8"), told, "another"

    return _of_table(random, change, filled=False)


def _table_bytes(random: Random) -> Made:
    return _of_table(random, lambda content, _: (*changed_text.octets(content, random), "another"), filled=False)


def _workbook_otherwise(random: Random) -> Made:
    typed = random.random() < 0.5
    told = "as a workbook" + (" with typed cells" if typed else " of text")
    return _of_workbook(random, lambda tables: (changed_workbooks.workbook_of(tables, typed), told, "nothing"))


def _workbook_cell(random: Random) -> Made:
    return _of_workbook(random, lambda tables: changed_workbooks.cell(tables, random))


def _workbook_part(random: Random) -> Made:
    return _of_workbook(random, lambda tables: (*changed_workbooks.part(tables, random), "another"))


def _workbook_bytes(random: Random) -> Made:
    return _of_workbook(random, lambda tables: (*changed_workbooks.archive(tables, random), "another"))


def _terms_otherwise(random: Random) -> Made:
    return _of_agreement(random, lambda text: (*changed_agreements.written_otherwise(text, random), "nothing"))


def _agreement_text(change: Callable[[str, Random], tuple[str, str]]) -> Callable[[Random], Made]:
    def made(random: Random) -> Made:
        def encoded(text: str) -> tuple[bytes, str, Means]:
            changed, told = change(text, random)
            return changed.encode("utf-8"), told, "another"

        return _of_agreement(random, encoded)

    return made


def _agreement_bytes(random: Random) -> Made:
    return _of_agreement(random, lambda text: (*changed_text.octets(text.encode("utf-8"), random), "another"))


FAMILIES: dict[str, Callable[[Random], Made]] = {
    "records otherwise": _rows_otherwise,
    "a cell": _cell,
    "a row": _row,
    "a column": _column,
    "characters of a table": _table_characters,
    "bytes of a table": _table_bytes,
    "records in a workbook": _workbook_otherwise,
    "a cell of a workbook": _workbook_cell,
    "a part of a workbook": _workbook_part,
    "bytes of a workbook": _workbook_bytes,
    "terms otherwise": _terms_otherwise,
    "a value of an agreement": _agreement_text(changed_agreements.value),
    "a key of an agreement": _agreement_text(changed_agreements.key),
    "lines of an agreement": _agreement_text(changed_text.lines),
    "characters of an agreement": _agreement_text(changed_text.characters),
    "bytes of an agreement": _agreement_bytes,
}
