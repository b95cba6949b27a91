"""A document with changes: those of an amendment, or those of another reading."""

from __future__ import annotations

from functools import cache

from feecalc.agreement import Agreement
from feecalc.problems import Problems, did_you_mean
from feecalc.read.documents import Mapping, Sequence, text_at
from feecalc.read.faults import shown
from feecalc.shapes import ByKind, Either, ListOf, Part, Shape, Written, leading, terms


def amended(document: Mapping, changes: Mapping, problems: Problems) -> Mapping:
    """The document with the changes of an amendment: clauses by their ids, new ones at the end."""
    rest = {key: node for key, node in changes.entries.items() if key not in ("clauses", "new_clauses")}
    document = replaced(document, Mapping(rest, changes.keys, changes.place))
    clauses = document.entries.get("clauses")
    if not isinstance(clauses, Sequence):
        return document
    items = list(clauses.items)
    ids = [text_at(item, "id") if isinstance(item, Mapping) else "" for item in items]
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
                f"there is no clause {shown(clause_id)} to change",
                did_you_mean(clause_id, ids),
            )
            continue
        stated = items[ids.index(clause_id)]
        if isinstance(terms_, Mapping) and isinstance(stated, Mapping):
            items[ids.index(clause_id)] = replaced(stated, terms_)
    if isinstance(added, Sequence):
        items += added.items
    return replaced(document, Mapping({"clauses": Sequence(tuple(items), clauses.place)}, {}, document.place))


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
