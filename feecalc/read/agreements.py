"""Agreement files become agreements: the shapes that the domain states are read from a document of text with places.

One interpreter serves every class: it walks the terms that a class states (`shapes.terms`), refuses keys that are not
among them, and makes each value exact. It returns None for what could not be made and goes on, so that one run reports
every fault. A reading's other terms are checked by building the agreement with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np
from attrs import define, evolve

from feecalc.agreement import Agreement, WorkedExample
from feecalc.clauses import OtherReading, Reading
from feecalc.contradictions import check_agreement, check_together
from feecalc.money import Unreadable
from feecalc.problems import Place, Problems, did_you_mean
from feecalc.read.documents import Mapping, Node, Sequence, Text, read_document
from feecalc.read.records import records_of
from feecalc.read.tables import Column, Table, normal
from feecalc.records import TABLES, InputFile
from feecalc.shapes import ByKind, Changes, Choice, Either, ListOf, Part, RowsOf, Scalar, Shape, Written, terms

W = TypeVar("W", bound=Written)
EXAMPLE_TABLES = ("closings", "introductions", "expenses", "balances")


def agreement_files(paths: Iterable[Path], problems: Problems) -> list[Path]:
    """The agreement files named, or standing in the folders named, each once, sorted by name."""
    files: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(
                p for p in path.iterdir() if p.suffix.lower() in (".yaml", ".yml") and not p.name.startswith(".")
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
            files.setdefault(file.resolve(), file)
    return list(files.values())


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
            inputs.append(InputFile(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), 1))
    check_together(found, problems)
    return sorted(found, key=lambda agreement: agreement.id), inputs


def agreement_of(document: Mapping, problems: Problems) -> Agreement | None:
    """The agreement that a document states, with each of its readings' alternatives built."""
    agreement = _read_alone(document, problems)
    return agreement and _with_alternatives(agreement, document, problems)


def _read_alone(document: Mapping, problems: Problems) -> Agreement | None:
    agreement_id, currency = (_cell(document, key) for key in ("id", "currency"))
    reader = _Reader(problems, agreement_id, currency)
    found = reader.part(Agreement, document)
    if isinstance(found, Agreement):
        check_agreement(found, problems)
        return found
    return None


@define
class _Reader:
    """Reads values of any shape; `agreement_id` is what rows of worked examples belong to, `currency` what amounts
    may be marked with.
    """

    problems: Problems
    agreement_id: str
    currency: str

    def value(self, shape: Shape, node: Node) -> Any:
        """The value of a shape, or None after a problem was added."""
        match shape:
            case Scalar():
                return self._scalar(shape, node)
            case Choice(words=words):
                text = self._text(node, " or ".join(words))
                return text if text is None or text in words else self._refuse_word(node, text, words)
            case Either(words=words, other=other):
                if isinstance(node, Text) and node.value in words:
                    return node.value
                if isinstance(node, Text) and not isinstance(other, Scalar):
                    return self._refuse_word(node, node.value, words, _in_detail(other))
                return self.value(other, node)
            case ListOf():
                return self._list(shape, node)
            case Part(of=cls):
                return self.part(cls, node)
            case ByKind(kinds=kinds):
                return self._by_kind(kinds, node)
            case RowsOf(table=name):
                return self._rows(name, node)
            case Changes():
                return (
                    node
                    if isinstance(node, Mapping)
                    else self._refuse(node, "a mapping of terms to their other values")
                )

    def part(self, cls: type[W], node: Node, kind: str = "") -> W | None:
        """An object of a class from a mapping of its terms."""
        if not isinstance(node, Mapping):
            self._refuse(node, f"a mapping with {', '.join(terms(cls))}")
            return None
        stated = terms(cls)
        complete = True
        for key in node.entries:
            if key not in stated and not (kind and key == "kind"):
                self.problems.add(
                    node.keys[key],
                    "unknown-key",
                    f'"{key}" is not a term of {kind or _words(cls)}',
                    did_you_mean(key, [*stated, "kind"] if kind else list(stated)),
                )
        values: dict[str, Any] = {}
        for name, attribute in stated.items():
            if name in node.entries:
                values[name] = self.value(attribute.metadata["shape"], node.entries[name])
                complete = complete and values[name] is not None
            elif attribute.default is attrs.NOTHING:
                complete = False
                self.problems.add(
                    node.place,
                    "missing-key",
                    f"{kind or _words(cls)} does not state `{name}`: {attribute.metadata['doc']}",
                    f"Add `{name}:`. {_allowed(attribute.metadata['shape'])}".strip(),
                )
        if not complete:
            return None
        made = cls(places={"": node.place, **{key: entry.place for key, entry in node.entries.items()}}, **values)
        return self._with_records(made) if isinstance(made, WorkedExample) else made

    def _scalar(self, shape: Scalar, node: Node) -> Any:
        text = self._text(node, f"a {shape.name} such as {shape.example.rstrip('.')}")
        if text is None:
            return None
        if text == "":
            self.problems.add(
                node.place,
                "empty-value",
                "nothing is written here",
                f"Write a {shape.name} such as {shape.example.rstrip('.')}.",
            )
            return None
        try:
            return shape.parse(text, self.currency) if shape.in_currency else shape.parse(text)
        except Unreadable as unreadable:
            self.problems.add(node.place, f"{shape.name}-unreadable", unreadable.says, unreadable.remedy)
            return None

    def _list(self, shape: ListOf, node: Node) -> Any:
        if not isinstance(node, Sequence):
            return self._refuse(node, "a list")
        if len(node.items) < shape.at_least:
            self.problems.add(
                node.place, "list-empty", "the list is empty", f"Write at least {shape.at_least} of them."
            )
            return None
        values = tuple(self.value(shape.of, item) for item in node.items)
        return None if any(value is None for value in values) else values

    def _by_kind(self, kinds: Any, node: Node) -> Any:
        if not isinstance(node, Mapping):
            return self._refuse(node, "a mapping that begins with its kind")
        kind = node.entries.get("kind")
        if kind is None:
            self.problems.add(
                node.place,
                "missing-key",
                "the clause does not state its `kind`",
                "Write one of: " + ", ".join(kinds) + ".",
            )
            return None
        text = self._text(kind, "a kind")
        if text is None or text not in kinds:
            return self._refuse_word(kind, text or "", tuple(kinds))
        return self.part(kinds[text], node, kind=f"a clause of kind {text}")

    def _rows(self, name: str, node: Node) -> Table | None:
        """Rows of a record table: each a mapping of columns to text."""
        if not isinstance(node, Sequence) or not all(isinstance(item, Mapping) for item in node.items):
            self._refuse(node, f"a list of rows with the columns of {name}")
            return None
        rows = [item for item in node.items if isinstance(item, Mapping)]
        headers = list(dict.fromkeys(key for row in rows for key in row.entries))
        known = {normal(column): column for column in TABLES[name]}
        for row in rows:
            for key, cell in row.entries.items():
                if not isinstance(cell, Text):
                    self._refuse(cell, "a single value")
                    return None
                if normal(key) not in known:
                    self.problems.add(
                        row.keys[key],
                        "unknown-key",
                        f'"{key}" is not a column of {name}',
                        did_you_mean(key, TABLES[name]),
                    )
        cells = {header: [_cell(row, header) for row in rows] for header in headers}
        if name != "closings":
            cells["agreement"] = [word or self.agreement_id for word in cells.get("agreement", [""] * len(rows))]
        numbers = np.array([row.place.line for row in rows], dtype=np.int32)
        source = node.place.source
        return Table(name, source, source, "", numbers, tuple(_coded(header, words) for header, words in cells.items()))

    def _with_records(self, example: Any) -> Any:
        """The worked example with its rows read as records.

        Its closing lines count as introduced by this agreement, unless they or the example's introductions say
        otherwise.
        """
        tables = {name: getattr(example, name) for name in EXAMPLE_TABLES if getattr(example, name) is not None}
        if "closings" in tables and "introductions" not in tables:
            tables["closings"] = self._introduced(tables["closings"])
        return evolve(example, records=records_of(tables, self.problems))

    def _introduced(self, closings: Table) -> Table:
        column = closings.column("introduced_by")
        words = [column.words[code] for code in column.codes] if column is not None else [""] * len(closings.rows)
        filled = _coded("introduced_by", [word or self.agreement_id for word in words])
        others = tuple(other for other in closings.columns if other is not column)
        return evolve(closings, columns=(*others, filled))

    def _text(self, node: Node, wanted: str) -> str | None:
        if isinstance(node, Text):
            return node.value
        self._refuse(node, wanted)
        return None

    def _refuse(self, node: Node, wanted: str) -> Any:
        """Add that something of another shape stands here, and return None: there is no value."""
        found = {Text: "a single value", Sequence: "a list", Mapping: "a mapping"}[type(node)]
        self.problems.add(node.place, "wrong-shape", f"{found} stands here", f"Write {wanted}.")

    def _refuse_word(self, node: Node, word: str, allowed: tuple[str, ...], more: str = "") -> Any:
        says = f'"{word}" is not one of the words allowed here' if word else "nothing is written here"
        self.problems.add(node.place, "unknown-word", says, f"{did_you_mean(word, allowed)} {more}".strip())


def _words(cls: type[Written]) -> str:
    names = {
        "CashLimit": "a limit",
        "WarrantLimit": "a limit",
        "PayeeShare": "a share of a split",
        "DaysAfter": "a due date",
        "OtherReading": "another reading",
        "ExpectedAmount": "an expected amount",
        "WorkedExample": "a worked example",
        "Coverage": "what an agreement covers",
    }
    plain = cls.__name__.lower()
    return names.get(cls.__name__, ("an " if plain[0] in "aeiou" else "a ") + plain)


def _allowed(shape: Shape) -> str:
    match shape:
        case Choice(words=words):
            return "One of: " + ", ".join(words) + "."
        case Either(words=words, other=Scalar(name=name, example=example)):
            return "One of: " + ", ".join(words) + f"; or a {name} such as {example}."
        case Either(words=words, other=other):
            return "One of: " + ", ".join(words) + ". " + _in_detail(other)
        case Scalar(example=example) if example:
            return f"Such as {example}"
    return ""


def _in_detail(shape: Shape) -> str:
    """The form that is not one of the words, for a remedy."""
    match shape:
        case Part(of=cls):
            shown = ", ".join(
                f"{name}: {a.metadata['shape'].example}"
                for name, a in terms(cls).items()
                if isinstance(a.metadata["shape"], Scalar)
            )
            return f"Or in detail, with some of {{{shown}}}."
        case ListOf(of=Scalar(name=name)):
            return f"Or a list of {name}s: [..., ...]."
    return ""


def _cell(row: Mapping, header: str) -> str:
    cell = row.entries.get(header)
    return cell.value if isinstance(cell, Text) else ""


def _coded(header: str, words: list[str]) -> Column:
    distinct = list(dict.fromkeys(words))
    code_of = {word: code for code, word in enumerate(distinct)}
    return Column(header, np.array([code_of[word] for word in words], dtype=np.int32), distinct)


def _with_alternatives(agreement: Agreement, document: Mapping, problems: Problems) -> Agreement:
    """The agreement with every other reading's `instead` replaced by the whole agreement under that reading."""
    clause_nodes = document.entries["clauses"]
    assert isinstance(clause_nodes, Sequence)
    clauses = []
    for index, (clause, node) in enumerate(zip(agreement.clauses, clause_nodes.items, strict=True)):
        assert isinstance(node, Mapping)

        def within_clause(changes: Mapping, index: int = index, node: Mapping = node) -> Mapping:
            items = list(clause_nodes.items)
            items[index] = _replaced(node, changes)
            return _replaced(
                document, Mapping({"clauses": Sequence(tuple(items), clause_nodes.place)}, {}, document.place)
            )

        clauses.append(
            evolve(clause, readings=tuple(_built(r, within_clause, node, problems) for r in clause.readings))
        )
    whole = tuple(
        _built(reading, lambda changes: _replaced(document, changes), document, problems)
        for reading in agreement.readings
    )
    return evolve(agreement, clauses=tuple(clauses), readings=whole)


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
        for problem in found:
            problems.add(
                problem.place, problem.code, f'under the reading "{other.says}": {problem.says}', problem.remedy
            )
        return other
    return evolve(other, instead=built)


def _replaced(node: Mapping, changes: Mapping) -> Mapping:
    """The mapping with some entries put in place of others; terms of a mapping given as a mapping are merged."""
    entries = dict(node.entries)
    for key, value in changes.entries.items():
        before = entries.get(key)
        entries[key] = _replaced(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return Mapping(entries, {**node.keys, **changes.keys}, node.place)


__all__ = ["agreement_files", "agreement_of", "read_agreements"]
