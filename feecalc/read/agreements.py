"""Agreement files become agreements: the shapes that the domain states are read from a document of text with places.

One interpreter serves every class: it walks the terms that a class states (`shapes.terms`), refuses keys that are not
among them, and makes each value exact. It returns None for what could not be made and goes on, so that one run reports
every fault. A reading's other terms are checked by building the agreement with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np
from attrs import define, evolve

from feecalc.agreement import Agreement, WorkedExample
from feecalc.clauses import OtherReading, Reading, Rounding
from feecalc.contradictions import check_agreement, check_together
from feecalc.money import Unreadable
from feecalc.problems import Ask, Place, Problems, did_you_mean, suggestion
from feecalc.read.documents import Mapping, Node, Sequence, Text, read_document
from feecalc.read.records import records_of
from feecalc.read.tables import Column, Table, normal
from feecalc.records import TABLES, InputFile
from feecalc.shapes import (
    WORD,
    ByKind,
    Changes,
    Choice,
    Either,
    ListOf,
    Part,
    RowsOf,
    Scalar,
    Shape,
    Written,
    leading,
    terms,
)

W = TypeVar("W", bound=Written)
EXAMPLE_TABLES = ("closings", "introductions", "expenses", "balances", "events", "decisions")


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
    found = _read_version(document, problems)
    if found is not None:
        found = _with_amendments(found, document, problems)
        check_agreement(found, problems)
    return found


def _read_version(document: Mapping, problems: Problems) -> Agreement | None:
    agreement_id, currency = (_cell(document, key) for key in ("id", "currency"))
    reader = _Reader(problems, agreement_id, currency)
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
        standing = _amended(standing, amendment.changes, problems)
        found = Problems()
        built = _read_version(standing, found)
        if built is not None:
            check_agreement(built, found)
        for problem in found:
            says = f'under the amendment "{amendment.id}": {problem.says}'
            problems.add(problem.place, problem.code, says, problem.remedy)
        amendments.append(amendment if built is None else evolve(amendment, changes=built))
    return evolve(agreement, amendments=tuple(amendments))


def _amended(document: Mapping, changes: Mapping, problems: Problems) -> Mapping:
    """The document with the changes of an amendment: clauses by their ids, new ones at the end."""
    rest = {key: node for key, node in changes.entries.items() if key not in ("clauses", "new_clauses")}
    document = _replaced(document, Mapping(rest, changes.keys, changes.place))
    clauses = document.entries.get("clauses")
    if not isinstance(clauses, Sequence):
        return document
    items = list(clauses.items)
    ids = [_cell(item, "id") if isinstance(item, Mapping) else "" for item in items]
    changed, added = changes.entries.get("clauses"), changes.entries.get("new_clauses")
    if changed is not None and not isinstance(changed, Mapping):
        problems.add(
            changed.place,
            "wrong-shape",
            "the changed clauses are not named",
            "Write each clause's id, and under it its new terms.",
        )
    changes_of = changed if isinstance(changed, Mapping) else Mapping({}, {}, changes.place)
    for clause_id, terms_ in changes_of.entries.items():
        if clause_id not in ids:
            problems.add(
                changes_of.keys[clause_id],
                "unknown-clause",
                f'there is no clause "{clause_id}" to change',
                did_you_mean(clause_id, ids),
            )
            continue
        stated = items[ids.index(clause_id)]
        if isinstance(terms_, Mapping) and isinstance(stated, Mapping):
            items[ids.index(clause_id)] = _replaced(stated, terms_)
    if isinstance(added, Sequence):
        items += added.items
    return _replaced(document, Mapping({"clauses": Sequence(tuple(items), clauses.place)}, {}, document.place))


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
            case Either():
                return self._either(shape, node)
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

    def _either(self, shape: Either, node: Node) -> Any:
        """One of the words, or the other shape that what stands here has."""
        scalar, listed, parts = shape.scalar(), shape.listed(), shape.parts()
        if isinstance(node, Text):
            if node.value in shape.words:
                return node.value
            if scalar is not None:
                return self._scalar(
                    scalar, node, shape.words, " ".join(map(_in_detail, parts)) if len(parts) == 1 else ""
                )
            return self._refuse_word(node, node.value, shape.words, _allowed(Either((), shape.others)))
        if isinstance(node, Sequence) and listed is not None:
            return self.value(listed, node)
        if isinstance(node, Mapping) and len(parts) == 1:
            return self.part(parts[0].of, node)
        if isinstance(node, Mapping) and parts:
            leads = {leading(part.of): part.of for part in parts}
            for key, of in leads.items():
                if key in node.entries:
                    return self.part(of, node)
            self.problems.add(
                node.place,
                "wrong-shape",
                "a mapping with " + ", ".join(f"`{key}`" for key in node.entries) + " stands here",
                "It needs one of: " + ", ".join(f"`{key}`" for key in leads) + ".",
            )
            return None
        return self._refuse(node, _allowed(shape).rstrip(".") or "something else")

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
                value = self.value(attribute.metadata["shape"], node.entries[name])
                values[attribute.name] = value
                complete = complete and value is not None
            elif attribute.default is attrs.NOTHING:
                complete = False
                self.problems.add(
                    node.place,
                    "missing-key",
                    f"{kind or _words(cls)} does not state `{name}`: {attribute.metadata['doc']}",
                    f"Add `{name}:`. {_allowed(attribute.metadata['shape'])}".strip(),
                    _asked(node.place, name, attribute.metadata["shape"]),
                )
        if not complete:
            return None
        made = cls(places={"": node.place, **{key: entry.place for key, entry in node.entries.items()}}, **values)
        return self._with_records(made) if isinstance(made, WorkedExample) else made

    def _scalar(self, shape: Scalar, node: Node, words: tuple[str, ...] = (), detail: str = "") -> Any:
        """The value of a single text; `words` and `detail` are what might stand here instead."""
        text = self._text(node, f"a {shape.name} such as {shape.example.rstrip('.')}")
        if text is None:
            return None
        if text == "" and shape is not WORD:
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
            remedy = f"{unreadable.remedy} Or write one of: {', '.join(words)}." if words else unreadable.remedy
            self.problems.add(node.place, f"{shape.name}-unreadable", unreadable.says, f"{remedy} {detail}".strip())
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
                own = name == "closings" and not suggestion(key, TABLES[name], 0.9)  # a column of its own, no slip
                if normal(key) not in known and not own:
                    self.problems.add(
                        row.keys[key],
                        "unknown-key",
                        f'"{key}" is not a column of {name}',
                        did_you_mean(key, TABLES[name]),
                    )
        cells = {header: [_cell(row, header) for row in rows] for header in headers}
        if name not in ("closings", "events"):
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


def _asked(at: Place, key: str, shape: Shape) -> Ask | None:
    """The choices that a missing term leaves, where they are a few phrases."""
    choices = _choices(shape)
    return Ask(at, key, choices) if len(choices) > 1 else None


def _choices(shape: Shape) -> tuple[str, ...]:
    match shape:
        case Choice(words=words) | Either(words=words):
            return words
        case Part(of=cls) if cls is Rounding:
            return tuple(f"{{mode: half up, over: {over}}}" for over in _choices(terms(cls)["over"].metadata["shape"]))
    return ()


def _words(cls: type[Written]) -> str:
    names = {
        "CashLimit": "a limit",
        "WarrantLimit": "a limit",
        "PayeeShare": "a share of a split",
        "Period": "a time after something",
        "MoneyIn": "a base",
        "CountIn": "a base",
        "BaseOf": "a base",
        "AccruedUnder": "a base",
        "Each": "a rate",
        "PartOfPrice": "a fee for each security",
        "Recorded": "a rate",
        "Tiers": "a rate in tiers",
        "ByLines": "a rate by lines",
        "OwnRate": "a rate of some lines",
        "Listed": "a rate of some lines",
        "GreaterOf": "a rate",
        "LesserOf": "a rate",
        "LineTests": "a choice of lines",
        "Lines": "a choice of lines",
        "Where": "a test of a column",
        "PriceOf": "a price",
        "OnDate": "a day",
        "OnEvent": "an event",
        "Reaches": "a threshold",
        "ExpenseLimit": "a limit of expenses",
        "TotalLimit": "a limit over several clauses",
        "InvestorList": "a list of investors",
        "ValueOf": "a value",
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
        case Either(words=words):
            scalar = shape.scalar()
            known = "One of: " + ", ".join(words) if words else ""
            if scalar is not None:
                known += f"{'; or a' if words else 'A'} {scalar.name} such as {scalar.example}"
            told = [_in_detail(other) for other in shape.others if not isinstance(other, Part)]
            parts = shape.parts()
            if len(parts) > 1:
                told.append("Or a mapping that begins with one of: " + ", ".join(leading(p.of) for p in parts) + ".")
                told += [_in_detail(part) for part in parts if hasattr(part.of, "EXAMPLE")]
            else:
                told += map(_in_detail, parts)
            return " ".join([known + "." if known else "", *filter(None, told)]).strip()
        case Scalar(example=example) if example:
            return f"Such as {example}"
    return ""


def _in_detail(shape: Shape) -> str:
    """The form that is not one of the words, for a remedy."""
    match shape:
        case Part(of=cls) if hasattr(cls, "EXAMPLE"):
            return f"Or in detail: {cls.EXAMPLE}."
        case Part(of=cls):
            shown = ", ".join(
                f"{name}: {a.metadata['shape'].example}"
                for name, a in terms(cls).items()
                if isinstance(a.metadata["shape"], Scalar)
            )
            return f"Or in detail, with some of {{{shown or ', '.join(terms(cls))}}}."
        case ListOf(of=Scalar(name=name)):
            return f"Or a list of {name}s: [..., ...]."
        case ListOf(of=Part(of=cls)):
            return f"Or a list of {{{', '.join(terms(cls))}}}."
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
        _built(reading, lambda changes: _amended(document, changes, problems), document, problems)
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
        known = set(problems.found)
        for problem in found:
            if problem not in known:  # what is wrong under every reading is said once
                says = f'under the reading "{other.says}": {problem.says}'
                problems.add(problem.place, problem.code, says, problem.remedy)
        return other
    return evolve(other, instead=built)


def _same_form(before: Mapping, value: Mapping) -> bool:
    """Whether a mapping changes another one, and does not stand in its place as another form."""
    forms = _forms()
    stands, comes = forms & set(before.entries), forms & set(value.entries)
    return not comes or bool(comes & stands)


@cache
def _forms() -> frozenset[str]:
    """The terms by which the forms of a mapping are told apart, wherever it can have several."""
    found: set[str] = set()
    seen: set[type[Written]] = set()

    def walk(shape: Shape) -> None:
        match shape:
            case Part(of=cls) if cls not in seen:
                seen.add(cls)
                for attribute in terms(cls).values():
                    walk(attribute.metadata["shape"])
            case ListOf(of=of):
                walk(of)
            case Either():
                parts = shape.parts()
                found.update(leading(part.of) for part in parts if len(parts) > 1)
                for other in shape.others:
                    walk(other)
            case ByKind(kinds=kinds):
                for cls in kinds.values():
                    walk(Part(cls))

    walk(Part(Agreement))
    return frozenset(found)


def _replaced(node: Mapping, changes: Mapping) -> Mapping:
    """The mapping with some entries put in place of others. Terms of a mapping given as a mapping are merged, unless
    they make another form of it, such as tiers in place of a rate by lines.
    """
    entries = dict(node.entries)
    for key, value in changes.entries.items():
        before = entries.get(key)
        merges = isinstance(before, Mapping) and isinstance(value, Mapping) and _same_form(before, value)
        entries[key] = _replaced(before, value) if merges else value  # type: ignore[arg-type]  # both are mappings
    return Mapping(entries, {**node.keys, **changes.keys}, node.place)


__all__ = ["agreement_files", "agreement_of", "read_agreements"]
