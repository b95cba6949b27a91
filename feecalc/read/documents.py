"""YAML documents as text with places, read strictly: what was typed is what is kept.

YAML as usually loaded makes a float of 150000.10, False of NO, 8 of 010, lets a repeated key win in silence and lets a
few hundred bytes of anchors fill the memory. Here only the parser's events are used. Every scalar stays the text that
was typed, every node knows its line and column, and whatever could mean something else than it seems to mean is
reported: repeated keys, anchors, aliases, merge keys, tags, money cut at its comma, characters that cannot be seen.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import yaml
from attrs import frozen

from feecalc.names import is_end_of_name
from feecalc.problems import Place, Problems
from feecalc.read.faults import Fault, Findings, cannot_read, other_kind, shown, where_undecodable
from feecalc.read.steady import steady
from feecalc.read.syntax import Mark, explain, explain_code, seen, unseen, without_unseen

BYTES_LIMIT = 1_000_000
DEPTH_LIMIT = 20
NODES_LIMIT = 50_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# The C parser is ten times as fast and says the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NUMBERED = re.compile(r" +(#\d\S*)")
_TAGS = "tag:yaml.org,2002:"  # what the parser makes of !!
_MARKS = "\u2018-\u201f\u2039\u203a\u00ab\u00bb\u00b4"
_PRINTED_QUOTES = re.compile(f"([{_MARKS}])([^{_MARKS}]*)([{_MARKS}])")
_GROUP_OF_THREE = re.compile(r"\d{3}(?!\d)")
_WRITE_TERMS = 'Write lines such as "id: acme"; feecalc init writes a first file.'
_QUOTES_FOR_MONEY = 'Money inside { } or [ ] needs quotes: { amount: "150,000.00" }.'


@frozen
class Text:
    """A scalar as typed; empty where nothing was typed."""

    value: str
    place: Place


@frozen
class Sequence:
    items: tuple[Node, ...]
    place: Place


@frozen
class Mapping:
    """`keys` has the place of each key of `entries`."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    place: Place


@frozen
class Unread:
    """What stands here was refused, and nothing more can be said of it."""

    place: Place


Node = Text | Sequence | Mapping | Unread


def leaves(node: Node) -> Iterator[Node]:
    """Everything within a node that holds nothing else."""
    match node:
        case Sequence(items=items):
            for item in items:
                yield from leaves(item)
        case Mapping(entries=entries):
            for entry in entries.values():
                yield from leaves(entry)
        case _:
            yield node


def text_at(row: Mapping, key: str) -> str:
    """The text under a key; nothing where there is none, or something else."""
    cell = row.entries.get(key)
    return cell.value if isinstance(cell, Text) else ""


def read_document(path: Path, source: str, problems: Problems) -> Mapping | None:
    """The document in a file: UTF-8, with or without a byte order mark, any line ends."""
    place = Place(source)
    try:
        with path.open("rb") as file, steady(file, source):
            data = file.read(BYTES_LIMIT + 1)
    except FileNotFoundError:
        problems.add(place, "file-missing", "there is no such file", "Correct the name, or create the file.")
        return None
    except OSError as error:
        raise cannot_read(source, error) from error
    if len(data) > BYTES_LIMIT:
        problems.add(
            place, "file-too-large", f"the file has more than {BYTES_LIMIT:,} bytes", "Keep one agreement in a file."
        )
        return None
    kind = "" if data.startswith(b"{") else other_kind(data)
    if kind:
        problems.add(place, "not-a-mapping", f"the file is named {path.suffix}, but it is {kind}", _WRITE_TERMS)
        return None
    undecodable = where_undecodable(data, "utf-8")
    if undecodable is not None:
        line, column, byte = undecodable
        problems.add(
            Place(source, line=line),
            "not-utf-8",
            f"the file is not UTF-8 text: byte {column} of line {line} is 0x{byte:02X}",
            f"{'It looks like UTF-16: save' if data[:2] in _UTF_16 else 'Save'} the file with the encoding UTF-8.",
        )
        return None
    return parse_document(data.decode("utf-8"), source, problems)


def parse_document(text: str, source: str, problems: Problems) -> Mapping | None:
    """The mapping that `text` holds; None if it holds none, or so much is wrong that reading on makes no sense."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    readable = without_unseen(text, source, problems)
    if readable is None:
        return None
    reader = _Reader(readable, source, problems)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark, fault = explain(error, readable)
        problems.add(reader.place(mark), *fault)
    except (ValueError, OverflowError):  # of the parser in Python, for the code of a character that there is not
        line, fault = explain_code(readable)
        problems.add(Place(source, line=line), *fault)
    except _Stop:
        pass
    finally:
        reader.findings.close()
    return None


class _Stop(Exception):
    """The document cannot be read further; the problem has been reported."""


def _start(event: yaml.Event) -> Mark:
    assert event.start_mark is not None  # PyYAML's types allow for it, its parsers always give one
    return event.start_mark


def _end(event: yaml.Event) -> Mark:
    assert event.end_mark is not None
    return event.end_mark


class _Reader:
    """Builds nodes from the parser's events."""

    def __init__(self, text: str, source: str, problems: Problems) -> None:
        self.text = text
        self.source = source
        self.findings = Findings(problems)
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self.nodes = 0

    def document(self) -> Mapping | None:
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.findings.add(Place(self.source), "document-empty", "the file is empty", _WRITE_TERMS)
            return None
        root = self._node(next(self.events), 0)
        next(self.events)  # the end of the document
        following = next(self.events)
        if isinstance(following, yaml.DocumentStartEvent):
            self.findings.add(
                self.place(_start(following)),
                "several-documents",
                'a second document starts here ("---")',
                "Write one agreement in a file.",
            )
        if isinstance(root, Mapping):
            return root
        if not isinstance(root, Unread):
            self._report_no_mapping(root)
        return None

    def _report_no_mapping(self, root: Text | Sequence) -> None:
        if isinstance(root, Text) and not root.value:
            self.findings.add(root.place, "document-empty", "the file is empty", _WRITE_TERMS)
            return
        found = "a list" if isinstance(root, Sequence) else f"the text {shown(root.value)}"
        self.findings.add(root.place, "not-a-mapping", f"the file holds {found}, not terms", _WRITE_TERMS)

    def place(self, mark: Mark) -> Place:
        return Place(self.source, line=mark.line + 1, column=mark.column + 1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        """The node that begins with `event`, inside `depth` lists and mappings."""
        place = self.place(_start(event))
        self._check_limits(event, place, depth)
        self._check_marks(event, place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, place, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, place, depth)
        if isinstance(event, yaml.ScalarEvent):
            self._check_comment(event, place)
            self._check_codes(event, place)
            return Text(seen(self._unquoted(event, place)), place)
        return Unread(place)  # an alias: refused by _check_marks

    def _check_limits(self, event: yaml.Event, place: Place, depth: int) -> None:
        self.nodes += 1
        if self.nodes > NODES_LIMIT:
            self.findings.add(
                place,
                "too-many-nodes",
                f"the file holds more than {NODES_LIMIT:,} keys and values",
                "Keep one agreement in a file.",
            )
            raise _Stop
        if depth >= DEPTH_LIMIT and isinstance(event, yaml.CollectionStartEvent):
            self.findings.add(
                place,
                "nested-too-deep",
                f"lists and mappings are nested deeper than {DEPTH_LIMIT}",
                "Terms need no more than a few levels: take brackets or indentation away.",
            )
            raise _Stop

    def _check_marks(self, event: yaml.Event, place: Place) -> None:
        """Report what would make a node stand for something that is not written where it stands."""
        if isinstance(event, yaml.AliasEvent):
            self.findings.add(
                place,
                "alias",
                f"*{event.anchor} is an alias: it stands for a value written elsewhere",
                "Write the value itself; text that starts with * needs quotes.",
            )
            return
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self.findings.add(
                place,
                "anchor",
                f"&{anchor} is an anchor: it names a value for use elsewhere",
                "Delete it; text that starts with & needs quotes.",
            )
        if tag is not None:
            self.findings.add(
                place,
                "tag",
                f"{shown(tag.replace(_TAGS, '!!', 1))} is a tag, and tags are not allowed: every value is text",
                "Delete it; text that starts with ! needs quotes.",
            )

    def _check_comment(self, event: yaml.ScalarEvent, place: Place) -> None:
        """Report `Acme #2`, which YAML cuts to `Acme`; people write comments with a space after the #."""
        if event.style or not event.value:
            return
        comment = _NUMBERED.match(self.text, _end(event).index)
        if comment:
            self.findings.add(
                place,
                "cut-by-comment",
                f"the value ends at {shown(event.value)}: {comment[1]} after it counts as a comment",
                f'Put the value in quotes: "{event.value} {comment[1]}"; or write a space after the #.',
            )

    def _unquoted(self, event: yaml.ScalarEvent, place: Place) -> str:
        """The value without quotation marks of print around it, which are reported: they would become part of it."""
        found = None if event.style else _PRINTED_QUOTES.fullmatch(event.value)
        if not found:
            return event.value
        names = " and ".join(dict.fromkeys(f"{mark} ({unicodedata.name(mark).lower()})" for mark in found.group(1, 3)))
        self.findings.add(
            place,
            "curly-quotes",
            f"{shown(event.value)} stands between {names}, which YAML takes for part of the value",
            f'Type straight quotation marks: "{found[2]}"; or none.',
        )
        return found[2]

    def _check_codes(self, event: yaml.ScalarEvent, place: Place) -> None:
        """Report what cannot be seen and stands in the value all the same, as a code inside double quotation marks."""
        for _, code, name in unseen("".join(dict.fromkeys(event.value))):
            says = f"the value {shown(event.value)} holds {name}, which cannot be seen"
            self.findings.add(place, code, says, "Take the code that begins with a backslash out of it.")

    def _sequence(self, start: yaml.SequenceStartEvent, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        before: yaml.Event = start
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            if start.flow_style and (amount := _cut_amount(before, event)):
                self.findings.add(
                    self.place(_start(before)), "unquoted-money", f"{amount} is read as two items", _QUOTES_FOR_MONEY
                )
            if start.flow_style and (name := _cut_name(before, event)):
                says = f"{shown(name)} is cut at its comma and read as two items"
                remedy = f'Put it in quotes: ["{name}"]; if it is two items, put the second in quotes.'
                self.findings.add(self.place(_start(before)), "name-cut-at-its-comma", says, remedy)
                items[-1] = Text(seen(name), items[-1].place)
                before = event
                continue
            items.append(self._node(event, depth + 1))
            before = event
        return Sequence(tuple(items), place)

    def _mapping(self, start: yaml.MappingStartEvent, place: Place, depth: int) -> Mapping:
        mapping = Mapping({}, {}, place)
        before: Fault | None = None
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value_event = next(self.events)
            value = self._node(value_event, depth + 1)
            if not isinstance(event, yaml.ScalarEvent) or not isinstance(key, Text):
                self.findings.add(
                    key.place,
                    "key-not-text",
                    "a key must be a word, not a list, a mapping or an alias",
                    "Write the key as plain text before the colon.",
                )
            elif fault := self._fault_of_key(event, value_event, mapping, bool(start.flow_style)):
                if fault != before:  # an amount that is cut at two commas is one fault
                    self.findings.add(key.place, *fault)
                before = fault
            else:
                mapping.entries[key.value] = value
                mapping.keys[key.value] = key.place
        return mapping

    def _fault_of_key(
        self, key: yaml.ScalarEvent, value: yaml.Event, mapping: Mapping, in_braces: bool
    ) -> Fault | None:
        """Code, words and remedy of what is wrong with a key of `mapping`."""
        if key.value == "<<" and not key.style:
            return "merge-key", "<< takes over terms written elsewhere", "Write the terms themselves."
        if in_braces and ":" not in self.text[_end(key).index : _start(value).index]:
            if _GROUP_OF_THREE.match(key.value):
                amount = self._amount_around(_start(key).index)
                return "unquoted-money", f"{shown(amount)} is cut at its comma", _QUOTES_FOR_MONEY
            return (
                "key-without-value",
                f"{shown(key.value)} inside {{ }} has no value",
                "Write a colon and a value after it; text that holds a comma needs quotes.",
            )
        if key.value in mapping.keys:
            line = mapping.keys[key.value].line
            return "repeated-key", f"the key {shown(key.value)} stands already in line {line}", "Keep one of the two."
        return None

    def _amount_around(self, index: int) -> str:
        """The digits, commas and points around an index of the text."""
        before, after = self.text[max(0, index - 100) : index], self.text[index : index + 100]
        digits = "0123456789,."
        return before[len(before.rstrip(digits)) :] + after[: len(after) - len(after.lstrip(digits))].rstrip(",.")


def _cut_name(before: yaml.Event, event: yaml.Event) -> str:
    """The name that two items of a list in brackets are, cut at the comma before its legal form; empty if not."""
    if not isinstance(before, yaml.ScalarEvent) or not isinstance(event, yaml.ScalarEvent):
        return ""
    cut = not before.style and not event.style and is_end_of_name(event.value)
    return f"{before.value}, {event.value}" if cut else ""


def _cut_amount(before: yaml.Event, event: yaml.Event) -> str:
    """The amount that two items of a list in brackets are, cut at its comma; empty if they are not."""
    if not isinstance(before, yaml.ScalarEvent) or not isinstance(event, yaml.ScalarEvent):
        return ""
    adjoining = _start(event).index == _end(before).index + 1 and not before.style and not event.style
    is_amount = adjoining and before.value[-1:].isdigit() and _GROUP_OF_THREE.match(event.value)
    return f"{before.value},{event.value}" if is_amount else ""
