"""Agreement files become agreements, with what each amendment and each other reading makes of them.

Amendments and the other terms of a reading are checked by building the agreement with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import evolve

from feecalc.agreement import Agreement, Amendment
from feecalc.clauses import OtherReading, Reading
from feecalc.contradictions import check_agreement, check_together
from feecalc.problems import MachineRefused, Place, Problem, Problems
from feecalc.read.changes import amended, changed_at, part_at, replaced
from feecalc.read.documents import Mapping, Sequence, read_document, text_at
from feecalc.read.terms import TermReader
from feecalc.records import InputFile

_LIKE_AN_AGREEMENT = re.compile(r"^\..*\.ya?ml$|\.ya?ml.+$|\.(bak|json|old)$", re.IGNORECASE)
FILES_LIMIT = 10_000


def agreement_files(paths: Iterable[Path], problems: Problems) -> list[Path]:
    """The agreement files named, or standing in the folders named, each once, sorted by name."""
    files: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(
                p for p in path.iterdir() if p.suffix.lower() in (".yaml", ".yml") and not p.name.startswith(".")
            )
            if len(found) > FILES_LIMIT:
                raise MachineRefused(
                    f"{path} holds {len(found):,} agreement files; at most {FILES_LIMIT:,} are read at once"
                )
            if not found:
                problems.add(
                    Place(str(path)),
                    "no-agreements",
                    "the folder holds no agreement file (.yaml)",
                    "Name the folder or the files with -a; `feecalc init DIR` writes one to start from.",
                )
        elif path.exists():
            found = [path]
        else:
            found = []
            problems.add(
                Place(str(path)),
                "no-agreements",
                "there is no such file or folder",
                "Name the folder or the files of the agreements with -a.",
            )
        for file in found:
            if path.is_dir() and not file.is_file():
                problems.add(
                    Place(str(file)),
                    "not-a-file",
                    "this is named like an agreement file, and is a folder or a link that leads nowhere",
                    "Move it out of the folder, or mend the link.",
                )
            else:
                files.setdefault(file.resolve(), file)
    return list(files.values())


def set_aside(paths: Iterable[Path]) -> list[Problem]:
    """Of each file beside agreement files that looks like one and is not read: that it is not."""
    notes = []
    for file in sorted(each for path in paths if path.is_dir() for each in path.iterdir()):
        if _LIKE_AN_AGREEMENT.search(file.name):
            says = "this is not read: agreement files end in .yaml or .yml, and do not begin with a point"
            notes.append(Problem(Place(str(file)), "file-set-aside", says))
    return notes


def read_agreements(paths: Iterable[Path], problems: Problems) -> tuple[list[Agreement], list[InputFile]]:
    """All agreements of the files and folders named, sorted by id, and the files read."""
    import hashlib

    found, inputs = [], []
    for file in agreement_files(paths, problems):
        document = read_document(file, str(file), problems)
        if document is not None:
            agreement = agreement_of(document, problems)
            if agreement is not None:
                found.append(agreement)
            content = file.read_bytes()
            inputs.append(InputFile(file.name, hashlib.sha256(content).hexdigest(), 1, content=content))
    check_together(found, problems)
    return sorted(found, key=lambda agreement: agreement.id), inputs


def agreement_of(document: Mapping, problems: Problems) -> Agreement | None:
    """The agreement that a document states, with each of its readings' alternatives built."""
    agreement = _read_alone(document, problems)
    return agreement and _with_alternatives(agreement, document, problems)


def _read_alone(document: Mapping, problems: Problems) -> Agreement | None:
    found = _read_version(document, problems)
    if found is not None:
        found = _with_amendments(found, document, problems)
        check_agreement(found, problems)
    return found


def _read_version(document: Mapping, problems: Problems) -> Agreement | None:
    agreement_id, currency = (text_at(document, key) for key in ("id", "currency"))
    reader = TermReader(problems, agreement_id, currency)
    found = reader.part(Agreement, document)
    return found if isinstance(found, Agreement) else None


def _with_amendments(agreement: Agreement, document: Mapping, problems: Problems) -> Agreement:
    """The agreement with the changes of each amendment built: the whole terms as it leaves them."""
    standing = Mapping(
        {key: node for key, node in document.entries.items() if key not in ("amendments", "examples")},
        document.keys,
        document.place,
    )
    amendments = []
    for amendment in agreement.amendments:
        assert isinstance(amendment.changes, Mapping)
        standing = amended(standing, amendment.changes, problems)
        found = Problems()
        built = _read_version(standing, found)
        if built is not None:
            check_agreement(built, found)
        for problem in found:
            says = f'under the amendment "{amendment.id}": {problem.says}'
            problems.add(problem.place, problem.code, says, problem.remedy)
        amendments.append(amendment if built is None else evolve(amendment, changes=built))
    return evolve(agreement, amendments=tuple(amendments))


def _with_alternatives(agreement: Agreement, document: Mapping, problems: Problems) -> Agreement:
    """The agreement with every other reading's `instead` replaced by the whole agreement under that reading."""
    clause_nodes = document.entries["clauses"]
    assert isinstance(clause_nodes, Sequence)
    terms = {key: node for key, node in document.entries.items() if key != "examples"}
    document = Mapping(terms, document.keys, document.place)  # worked examples are those of the chosen readings
    clauses = []
    for index, (clause, node) in enumerate(zip(agreement.clauses, clause_nodes.items, strict=True)):
        assert isinstance(node, Mapping)

        def within_clause(changes: Mapping, index: int = index, node: Mapping = node) -> Mapping:
            items = list(clause_nodes.items)
            items[index] = replaced(node, changes)
            return replaced(
                document, Mapping({"clauses": Sequence(tuple(items), clause_nodes.place)}, {}, document.place)
            )

        clauses.append(
            evolve(clause, readings=tuple(_built(r, within_clause, node, problems) for r in clause.readings))
        )
    agreement = evolve(agreement, clauses=tuple(clauses))
    agreement = evolve(agreement, amendments=tuple(_amendments_read_otherwise(agreement, document, problems)))
    whole = tuple(
        _built(reading, lambda changes: amended(document, changes, problems), document, problems)
        for reading in agreement.readings
    )
    return evolve(agreement, readings=whole)


def _amendments_read_otherwise(agreement: Agreement, document: Mapping, problems: Problems) -> Iterator[Amendment]:
    """The amendments, with the alternatives of the readings that they state built; other readings stand as they did."""
    standing = agreement
    for number, amendment in enumerate(agreement.amendments):
        terms = amendment.changes
        if not isinstance(terms, Agreement):  # it could not be read
            yield amendment
            continue
        clauses = []
        for clause in terms.clauses:
            before = standing.clause(clause.id)
            at = ["amendments", number, "changes", *_stated_at(document, number, clause.id)]
            node = part_at(document, at)
            if before is not None and "readings" not in node.entries:
                clauses.append(evolve(clause, readings=before.readings))
                continue

            def within_amendment(changes: Mapping, at: list[str | int] = at) -> Mapping:
                return changed_at(document, at, changes)

            clauses.append(
                evolve(clause, readings=tuple(_built(r, within_amendment, node, problems) for r in clause.readings))
            )
        standing = evolve(terms, clauses=tuple(clauses))
        yield evolve(amendment, changes=standing)


def _stated_at(document: Mapping, number: int, clause_id: str) -> list[str | int]:
    """Where an amendment changes or brings a clause, or would change it, from its changes on."""
    changes = part_at(document, ["amendments", number, "changes"])
    new = changes.entries.get("new_clauses")
    for place, item in enumerate(new.items if isinstance(new, Sequence) else ()):
        if isinstance(item, Mapping) and text_at(item, "id") == clause_id:
            return ["new_clauses", place]
    return ["clauses", clause_id]


def _built(reading: Reading, change: Any, node: Mapping, problems: Problems) -> Reading:
    others = []
    for other in reading.others:
        assert isinstance(other.instead, Mapping)
        others.append(_alternative(other, change(other.instead), problems))
    return evolve(reading, others=tuple(others))


def _alternative(other: OtherReading, document: Mapping, problems: Problems) -> OtherReading:
    """The other reading with `instead` built; its problems are reported at the reading, once each."""
    found = Problems()
    built = _read_alone(document, found)
    if built is None or len(found):
        known = set(problems.found)
        for problem in found:
            if problem not in known:  # what is wrong under every reading is said once
                says = f'under the reading "{other.says}": {problem.says}'
                problems.add(problem.place, problem.code, says, problem.remedy)
        return other
    return evolve(other, instead=built)
