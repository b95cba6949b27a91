"""The provisions of docs/agreements.md: each has a file that runs, and nothing that the language can say has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import adapter
import pytest
from commands import ROOT

from feecalc.agreement import Agreement
from feecalc.clauses import KINDS
from feecalc.shapes import ByKind, Choice, Either, ListOf, Part, Scalar, Shape, Written, nested, terms
from feecalc.worked import run_example

FILES = sorted((ROOT / "docs" / "provisions").glob("*.yaml"))
TABLE = re.compile(r"^## What the contract says.*?(?=^## )", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(provisions/([^)]+)\)")


def agreement_in(path: Path) -> Agreement:
    return adapter.agreement_from(path.read_text("utf-8"))


def test_there_are_provisions() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_worked_amounts_come_out(path: Path) -> None:
    agreement = agreement_in(path)
    assert agreement.id == path.stem
    assert agreement.examples
    for example in agreement.examples:
        compared, failed = run_example(agreement, example)
        assert compared > 0
        assert not failed, "\n".join(map(str, failed))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_comments_say_what_a_contract_says_and_how_it_is_written(path: Path) -> None:
    comment = path.read_text("utf-8").split("feecalc: 1")[0]
    assert re.match(r"# A contract says.*\n# Here: ", comment, re.DOTALL)


def test_every_row_of_the_table_links_to_its_file_and_every_file_has_a_row() -> None:
    page = (ROOT / "docs" / "agreements.md").read_text("utf-8")
    table = TABLE.search(page)
    assert table
    rows = [line for line in table[0].splitlines() if line.startswith("| ")][1:]
    linked = [LINK.findall(row) for row in rows]
    assert [row for row, links in zip(rows, linked) if not links] == []
    names = {path.name for path in FILES}
    assert {name for links in linked for name in links} == names
    assert set(LINK.findall(page)) == names


# A term is known by what it says, so that one which many classes share needs one example: the `split` of all clauses.
# So is a form, by the shape of which it is one: a base that is written `cash proceeds`, in whatever kind of clause.


def forms_of(cls: type[Written]) -> Iterator[tuple[str, Shape, str]]:
    """Each form in which each term of a class can be written: the term's name, its shape, and the form."""
    for name, attribute in terms(cls).items():
        yield from ((name, shape, form) for shape, form in alternatives(attribute.metadata["shape"]))


def alternatives(shape: Shape) -> Iterator[tuple[Shape, str]]:
    match shape:
        case Choice(words=words):
            yield from ((shape, word) for word in words)
        case Either(words=words, others=others):
            yield from ((shape, word) for word in words)
            yield from ((shape, form_name(other)) for other in others)
        case ListOf(of=of):
            yield from alternatives(of)


def form_name(shape: Shape) -> str:
    match shape:
        case Part(of=cls):
            return cls.__name__
        case Scalar(name=name):
            return name
    return type(shape).__name__


def classes() -> list[type[Written]]:
    """Every class that an agreement file can hold."""
    found: dict[type[Written], None] = {}

    def walk(shape: Shape) -> None:
        match shape:
            case Part(of=cls):
                of_class(cls)
            case ListOf(of=of):
                walk(of)
            case Either(others=others):
                for other in others:
                    walk(other)
            case ByKind(kinds=kinds):
                for cls in kinds.values():
                    of_class(cls)

    def of_class(cls: type[Written]) -> None:
        if cls not in found:
            found[cls] = None
            for attribute in terms(cls).values():
                walk(attribute.metadata["shape"])

    of_class(Agreement)
    return list(found)


def written_form(shape: Shape, value: object) -> Iterator[tuple[Shape, str]]:
    """Which of the forms of a shape a value was written in."""
    match shape:
        case Choice():
            yield shape, str(value)
        case ListOf(of=of):
            for each in value if isinstance(value, tuple) else ():
                yield from written_form(of, each)
        case Either(words=words, others=others):
            if isinstance(value, str) and value in words:
                yield shape, value
                return
            for other in others:
                if isinstance(other, Part) and type(value) is other.of:
                    yield shape, other.of.__name__
                if isinstance(other, ListOf) and isinstance(value, tuple):
                    yield shape, form_name(other)
                if isinstance(other, Scalar) and not isinstance(value, Written | tuple):
                    yield shape, other.name


def in_files() -> tuple[set[tuple[str, str]], set[tuple[Shape, str]]]:
    """What the provision files state: terms by name and meaning, and the forms of each shape."""
    stated, forms = set(), set()
    for path in FILES:
        for part in nested(agreement_in(path)):
            for name, attribute in terms(type(part)).items():
                value = getattr(part, attribute.name)
                if name in part.places:
                    stated.add((name, attribute.metadata["doc"]))
                    forms.update(written_form(attribute.metadata["shape"], value))
    return stated, forms


def test_every_clause_kind_every_term_and_every_form_has_an_example() -> None:
    stated, forms = in_files()
    kinds = {type(clause) for path in FILES for clause in agreement_in(path).clauses}
    assert [kind for kind, cls in KINDS.items() if cls not in kinds] == []
    unstated = [
        f"{cls.__name__}.{name}"
        for cls in classes()
        for name, attribute in terms(cls).items()
        if (name, attribute.metadata["doc"]) not in stated
    ]
    assert unstated == []
    missing = {
        f"{cls.__name__}.{name}: {form}"
        for cls in classes()
        for name, shape, form in forms_of(cls)
        if (shape, form) not in forms
    }
    assert sorted(missing) == []
