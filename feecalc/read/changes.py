"""A document with changes: those of an amendment, or those of another reading."""

from __future__ import annotations

from functools import cache

from feecalc.agreement import Agreement
from feecalc.problems import Problems, did_you_mean
from feecalc.read.documents import Mapping, Node, Sequence, text_at
from feecalc.read.faults import shown
from feecalc.shapes import ByKind, Either, ListOf, Part, Shape, Written, leading, terms


def amended(document: Mapping, changes: Mapping, problems: Problems) -> Mapping:
    """The document with the changes of an amendment: clauses by their ids, new ones at the end."""
    rest = {key: node for key, node in changes.entries.items() if key not in ("clauses", "new_clauses")}
    document = replaced(document, Mapping(rest, changes.keys, changes.place))
    clauses = document.entries["clauses"]
    assert isinstance(clauses, Sequence)  # only an agreement that can be read is changed
    items = list(clauses.items)
    ids = {text_at(item, "id"): n for n, item in enumerate(items) if isinstance(item, Mapping) and text_at(item, "id")}
    changed = changes.entries.get("clauses", Mapping({}, {}, changes.place))
    added = changes.entries.get("new_clauses", Sequence((), changes.place))
    if not isinstance(changed, Mapping):
        _refuse(changed, "the changed clauses are not named", "each clause's id, and under it its new terms", problems)
        changed = Mapping({}, {}, changes.place)
    for clause_id, new in changed.entries.items():
        if clause_id not in ids:
            problems.add(
                changed.keys[clause_id],
                "unknown-clause",
                f"there is no clause {shown(clause_id)} to change",
                did_you_mean(clause_id, ids),
            )
            continue
        stated = items[ids[clause_id]]
        assert isinstance(stated, Mapping)
        if isinstance(new, Mapping):
            items[ids[clause_id]] = replaced(stated, new)
        else:
            _refuse(new, f"no terms of {clause_id} stand here", "each term that changes with its new value", problems)
    if isinstance(added, Sequence):
        items += added.items
    else:
        _refuse(added, "the new clauses are no list", "a list of clauses, each with all its terms", problems)
    return replaced(document, Mapping({"clauses": Sequence(tuple(items), clauses.place)}, {}, document.place))


def _refuse(node: Node, says: str, wanted: str, problems: Problems) -> None:
    problems.add(node.place, "wrong-shape", says, f"Write {wanted}.")


def replaced(node: Mapping, changes: Mapping) -> Mapping:
    """The mapping with some entries put in place of others. Terms of a mapping given as a mapping are merged, unless
    they make another form of it, such as tiers in place of a rate by lines.
    """
    entries = dict(node.entries)
    for key, value in changes.entries.items():
        before = entries.get(key)
        merges = isinstance(before, Mapping) and isinstance(value, Mapping) and _same_form(before, value)
        entries[key] = replaced(before, value) if merges else value  # type: ignore[arg-type]  # both are mappings
    return Mapping(entries, {**node.keys, **changes.keys}, node.place)


Path = list[str | int]  # keys of mappings and places in lists, one below the other


def part_at(node: Mapping, path: Path) -> Mapping:
    """The mapping at a path; an empty one where nothing stands there."""
    found: Node | None = node
    for step in path:
        if isinstance(found, Mapping) and isinstance(step, str):
            found = found.entries.get(step)
        elif isinstance(found, Sequence) and isinstance(step, int):
            found = found.items[step]
        else:
            found = None
    return found if isinstance(found, Mapping) else Mapping({}, {}, node.place)


def changed_at(node: Mapping, path: Path, changes: Mapping) -> Mapping:
    """The mapping with entries of the one at a path put in place of others; the path must lead somewhere."""
    return _changed(node, path, changes)  # type: ignore[return-value]  # a mapping stays one


def _changed(node: Node, path: Path, changes: Mapping) -> Node:
    if not path:
        assert isinstance(node, Mapping)
        return replaced(node, changes)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        assert isinstance(node, Sequence)
        items = list(node.items)
        items[step] = _changed(items[step], rest, changes)
        return Sequence(tuple(items), node.place)
    assert isinstance(node, Mapping)
    return Mapping({**node.entries, step: _changed(node.entries[step], rest, changes)}, node.keys, node.place)


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
