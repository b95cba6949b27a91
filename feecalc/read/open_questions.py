"""What an agreement file leaves open, priced: what each choice that it could state would pay on the records.

A file that lacks a term with a few possible words is refused. Where the records at hand can be read, the refusal also
tells what each word would pay, so that a person sees whether it matters, and how much. Nothing is chosen for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from attrs import evolve

from feecalc.agreement import Agreement
from feecalc.engagement import compute
from feecalc.ledger import UNITS
from feecalc.linking import linked
from feecalc.money import shown_count, shown_money
from feecalc.problems import Ask, Problem, Problems
from feecalc.read import documents
from feecalc.read.agreements import agreement_files, agreement_of
from feecalc.read.documents import Mapping, Node, parse_document, read_document
from feecalc.records import Records

MOST_QUESTIONS = 12


def priced(problems: Problems, paths: Iterable[Path], records: Records, as_of: date) -> Problems:
    """The problems, those that leave a choice open with what each choice would pay.

    As they came where something else is wrong as well: then nothing can be computed.
    """
    asked = [problem for problem in problems if problem.ask is not None]
    if not asked or len(asked) != len(problems) or len(asked) > MOST_QUESTIONS:
        return problems
    files = {
        str(file): document for file in agreement_files(paths, Problems()) if (document := _read(file)) is not None
    }
    told = Problems()
    for problem in problems:
        assert problem.ask is not None
        others = " (with the first choice of everything else that is open)" if len(asked) > 1 else ""
        answers = [f"      {answer}" for answer in _answers(problem.ask, asked, files, records, as_of)]
        lines = [f"{problem.remedy}\n    On these records{others}:", *answers]
        told.found.append(evolve(problem, remedy="\n".join(lines)))
    return told


def _read(file: Path) -> Mapping | None:
    found = Problems()
    document = read_document(file, str(file), found)
    return None if len(found) else document


def _answers(
    ask: Ask, asked: Sequence[Problem], files: dict[str, Mapping], records: Records, as_of: date
) -> Iterator[str]:
    """`over: closing` pays ..., for each choice."""
    for choice in ask.choices:
        agreements: list[Agreement] = []
        also: list[str] = []
        for source, document in files.items():
            for other in (problem.ask for problem in asked):
                assert other is not None
                if other.at.source == source:
                    document = _stated(document, other, choice if other == ask else other.choices[0])
            built, more = _built(document)
            also += more
            if built is not None:
                agreements.append(built)
        problems = Problems()
        linked(agreements, records, problems)
        if len(agreements) < len(files) or len(problems):
            yield f"{ask.key}: {choice} needs more to be said, or other records"
        else:
            given = f" (with {'; '.join(also)})" if also else ""
            yield f"{ask.key}: {choice}{given} pays {_payable(agreements, ask.at.source, records, as_of)}"


def _built(document: Mapping) -> tuple[Agreement | None, list[str]]:
    """The agreement, with the first choice of what shows itself as open only now; and these choices."""
    also: list[str] = []
    for _ in range(MOST_QUESTIONS):
        problems = Problems()
        built = agreement_of(document, problems)
        if not len(problems):
            return built, also
        if any(problem.ask is None for problem in problems):
            break
        for problem in problems:
            assert problem.ask is not None
            document = _stated(document, problem.ask, problem.ask.choices[0])
            also.append(f"{problem.ask.key}: {problem.ask.choices[0]}")
    return None, also


def _payable(agreements: Sequence[Agreement], source: str, records: Records, as_of: date) -> str:
    """What is payable under the agreements of a file, by payee."""
    ids = {agreement.id for agreement in agreements if agreement.place().source == source}
    ledger = compute(sorted(agreements, key=lambda agreement: agreement.id), records, as_of)
    columns = [ledger.sums[name].tolist() for name in ("agreement", "payee", "unit", "payable")]
    parts = [
        f"{payee} {shown_count(amount) if unit in UNITS else shown_money(amount)} {unit}"
        for agreement, payee, unit, amount in zip(*columns, strict=True)
        if agreement in ids
    ]
    return ", ".join(parts) or "nothing"


def _stated(node: Mapping, ask: Ask, choice: str) -> Mapping:
    """The document with what it leaves open stated."""
    value = parse_document(f"value: {choice}", ask.at.source, Problems())
    assert value is not None
    found = _with(node, ask, value.entries["value"])
    assert isinstance(found, Mapping)
    return found


def _with(node: Node, ask: Ask, value: Node) -> Node:
    if isinstance(node, documents.Sequence):
        return documents.Sequence(tuple(_with(item, ask, value) for item in node.items), node.place)
    if not isinstance(node, Mapping):
        return node
    entries = {key: _with(entry, ask, value) for key, entry in node.entries.items()}
    if node.place == ask.at:
        entries[ask.key] = value
    return Mapping(entries, {**node.keys, ask.key: ask.at}, node.place)
