"""The values of terms, read from a document as the domain states their shapes.

One interpreter serves every class: it walks the terms that a class states (`shapes.terms`), refuses keys that are not
among them, and makes each value exact. It returns None for what could not be made and goes on, so that one run reports
every fault.
"""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
import numpy as np
from attrs import define, evolve, field

from feecalc.agreement import WorkedExample
from feecalc.money import Unreadable
from feecalc.problems import Problems, did_you_mean, suggestion
from feecalc.read.allowed import allowed_words, asked, class_words, form, in_detail, list_of, noun, term_within
from feecalc.read.documents import Mapping, Node, Sequence, Text, Unread, leaves, text_at
from feecalc.read.faults import LISTED, shown
from feecalc.read.records import records_of
from feecalc.read.tables import Column, Table, normal
from feecalc.records import TABLES
from feecalc.shapes import (
    WORD,
    ByKind,
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
PROBLEMS_LIMIT = 200  # of one agreement
EXAMPLE_TABLES = ("closings", "introductions", "expenses", "balances", "events", "decisions")


@define
class TermReader:
    """Reads values of any shape; `agreement_id` is what rows of worked examples belong to, `currency` what amounts
    may be marked with.
    """

    problems: Problems
    agreement_id: str
    currency: str
    _before: int = field(init=False)
    _given_up: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._before = len(self.problems.found)

    def value(self, shape: Shape, node: Node) -> Any:
        """The value of a shape, or None after a problem was added."""
        if isinstance(node, Unread) or self._has_enough(node):
            return None
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
        # Changes: what they are of is known only where they are made
        return node if isinstance(node, Mapping) else self._refuse(node, "a mapping of terms to their other values")

    def _has_enough(self, node: Node) -> bool:
        """Whether so much is wrong that the rest is not looked at, as is said where it begins."""
        enough = len(self.problems.found) - self._before >= PROBLEMS_LIMIT
        if enough and not self._given_up:
            says = f"{PROBLEMS_LIMIT} problems were found before this line; what follows was not looked at"
            self.problems.add(node.place, "too-many-problems", says, "Mend those first, and see if it is an agreement.")
            self._given_up = True
        return enough

    def _either(self, shape: Either, node: Node) -> Any:
        """One of the words, or the other shape that what stands here has."""
        scalar, listed, parts = shape.scalar(), shape.listed(), shape.parts()
        if isinstance(node, Text):
            if node.value in shape.words:
                return node.value
            if scalar is not None:
                return self._scalar(
                    scalar, node, shape.words, " ".join(map(in_detail, parts)) if len(parts) == 1 else ""
                )
            return self._refuse_word(node, node.value, shape.words, allowed_words(Either((), shape.others)))
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
        allowed = allowed_words(shape).rstrip(".") or "something else"
        return self._refuse(node, allowed[0].lower() + allowed[1:])

    def part(self, cls: type[W], node: Node, kind: str = "") -> W | None:
        """An object of a class from a mapping of its terms."""
        if not isinstance(node, Mapping):
            self._refuse(node, f"a mapping: {form(cls, node.value if isinstance(node, Text) else '').rstrip('.')}")
            return None
        stated = terms(cls)
        complete = True
        meant = set()
        unknown = [key for key in node.entries if key not in stated and not (kind and key == "kind")]
        for key in unknown[:LISTED]:
            allowed = [*stated, "kind"] if kind else list(stated)
            meant.add(suggestion(key, allowed))
            self.problems.add(
                node.keys[key],
                "unknown-key",
                f"{shown(key)} is not a term of {kind or class_words(cls)}",
                term_within(key, cls, allowed) or did_you_mean(key, allowed),
            )
        if len(unknown) > LISTED:
            says = f"and {len(unknown) - LISTED:,} more like the {LISTED} above, from here on"
            self.problems.add(node.keys[unknown[LISTED]], "unknown-key", says)
        values: dict[str, Any] = {}
        for name, attribute in stated.items():
            if name in node.entries:
                value = self.value(attribute.metadata["shape"], node.entries[name])
                values[attribute.name] = value
                complete = complete and value is not None
            elif attribute.default is attrs.NOTHING and name in meant:  # misspelt, as was said
                complete = False
            elif attribute.default is attrs.NOTHING:
                complete = False
                self.problems.add(
                    node.place,
                    "missing-key",
                    f"{kind or class_words(cls)} does not state `{name}`: {attribute.metadata['doc']}",
                    f"Add `{name}:`. {allowed_words(attribute.metadata['shape'])}".strip(),
                    asked(node.place, name, attribute.metadata["shape"]),
                )
        if not complete:
            return None
        made = cls(places={"": node.place, **{key: entry.place for key, entry in node.entries.items()}}, **values)
        return self._with_records(made) if isinstance(made, WorkedExample) else made

    def _scalar(self, shape: Scalar, node: Node, words: tuple[str, ...] = (), detail: str = "") -> Any:
        """The value of a single text; `words` and `detail` are what might stand here instead."""
        text = self._text(node, f"{noun(shape)} such as {shape.example.rstrip('.')}")
        if text is None:
            return None
        if text == "" and shape is not WORD:
            self.problems.add(
                node.place,
                "empty-value",
                "nothing is written here",
                f"Write {noun(shape)} such as {shape.example.rstrip('.')}.",
            )
            return None
        try:
            return shape.parse(text, self.currency) if shape.in_currency else shape.parse(text)
        except Unreadable as unreadable:
            says = unreadable.says.replace(f'"{text}"', shown(text))
            remedy = f"{unreadable.remedy} Or write one of: {', '.join(words)}." if words else unreadable.remedy
            self.problems.add(node.place, f"{shape.name}-unreadable", says, f"{remedy} {detail}".strip())
            return None

    def _list(self, shape: ListOf, node: Node) -> Any:
        if not isinstance(node, Sequence):
            return self._refuse(node, list_of(shape, node.value if isinstance(node, Text) else ""))
        if len(node.items) < shape.at_least:
            self.problems.add(
                node.place, "list-empty", "the list is empty", f"Write at least {shape.at_least} of them."
            )
            return None
        values = tuple(self.value(shape.of, item) for item in node.items)
        return None if any(value is None for value in values) else values

    def _by_kind(self, kinds: Any, node: Node) -> Any:
        if not isinstance(node, Mapping):
            return self._refuse(node, f"a mapping that begins with its kind, such as kind: {next(iter(kinds))}")
        kind = node.entries.get("kind")
        if isinstance(kind, Unread):
            return None
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
        if isinstance(node, Sequence) and any(isinstance(each, Unread) for each in leaves(node)):
            return None
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
                if normal(key) in known:
                    continue
                own = name == "closings" and not suggestion(key, TABLES[name], 0.9)  # a column of its own, no slip
                if not own:
                    self.problems.add(
                        row.keys[key],
                        "unknown-key",
                        f"{shown(key)} is not a column of {name}",
                        did_you_mean(key, TABLES[name]),
                    )
        cells = {header: [text_at(row, header) for row in rows] for header in headers}
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
        match node:
            case Text(value=value):
                found = f"{shown(value)} is a single value" if value else "nothing is written here"
            case Mapping(entries=entries):
                found = "a mapping with " + ", ".join(f"`{key}`" for key in entries) + " stands here"
            case _:
                found = "a list stands here"
        self.problems.add(node.place, "wrong-shape", found, f"Write {wanted}.")

    def _refuse_word(self, node: Node, word: str, allowed: tuple[str, ...], more: str = "") -> Any:
        says = f"{shown(word)} is not one of the words allowed here" if word else "nothing is written here"
        self.problems.add(node.place, "unknown-word", says, f"{did_you_mean(word, allowed)} {more}".strip())


def _coded(header: str, words: list[str]) -> Column:
    distinct = list(dict.fromkeys(words))
    code_of = {word: code for code, word in enumerate(distinct)}
    return Column(header, np.array([code_of[word] for word in words], dtype=np.int32), distinct)
