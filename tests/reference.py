"""The reference pages, made from what the domain states of its own terms and columns, so that they cannot go stale."""

from __future__ import annotations

import re

import attrs

from feecalc.agreement import Agreement
from feecalc.clauses import KINDS
from feecalc.clauses.base import Clause
from feecalc.records import TABLES
from feecalc.shapes import ByKind, Changes, Choice, Either, ListOf, Part, RowsOf, Scalar, Shape, Written, terms
from feecalc.write.codes import MEANINGS, code_groups

TITLES = {"Coverage": "What it covers", "CashLimit": "Limit in cash", "WarrantLimit": "Limit in warrants"}


def parts() -> list[type[Written]]:
    """Every class that an agreement file can hold a mapping of, in the order in which a reader meets them."""
    found: dict[type[Written], None] = {}

    def walk(shape: Shape) -> None:
        match shape:
            case Part(of=cls):
                if cls not in found:
                    found[cls] = None
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
        for attribute in terms(cls).values():
            walk(attribute.metadata["shape"])

    of_class(Agreement)
    return list(found)


def language() -> str:
    """Every term of an agreement file, in tables."""
    text = ["## The agreement\n", _table(Agreement), "\n## What every clause states\n", _table(Clause)]
    for kind, cls in KINDS.items():
        own = {name for name in terms(cls) if name not in terms(Clause)}
        text += [f"\n## Clause of kind `{kind}`\n", f"{_first_line(cls)}\n", _table(cls, own)]
    text.append("\n# Smaller parts\n")
    for cls in parts():
        text += [f"\n## {_title(cls)}\n", f"{_first_line(cls)}\n", _table(cls)]
    return "\n".join(text) + "\n"


def records() -> str:
    """Every column of the record tables."""
    text = []
    for name, columns in TABLES.items():
        text += [f"\n## {name}\n", "| column | needed | what it says |", "|---|---|---|"]
        text += [
            f"| `{column.name}` | {'yes' if column.needed else ''} | {column.doc} |" for column in columns.values()
        ]
    return "\n".join(text) + "\n"


def errors() -> str:
    """Every code, with what shows it."""
    text = []
    for group in code_groups():
        text += [f"\n## {group.title}\n", MEANINGS[group.kind], ""]
        for code in group.codes:
            text += [f"### {code.name}\n", f"{code.brief[0].upper()}{code.brief[1:]}. {code.why}\n"]
            for heading, shown in (("Such as", code.bad), ("feecalc says", code.says), ("Mended", code.good)):
                text += [f"{heading}:\n", "```", shown, "```", ""]
    return "\n".join(text)


def _table(cls: type[Written], only: set[str] | None = None) -> str:
    rows = ["| term | needed | what it says | written as |", "|---|---|---|---|"]
    for name, attribute in terms(cls).items():
        if only is None or name in only:
            needed = "yes" if attribute.default is attrs.NOTHING else ""
            rows.append(
                f"| `{name}` | {needed} | {attribute.metadata['doc']} | {_written(attribute.metadata['shape'])} |"
            )
    return "\n".join(rows)


def _written(shape: Shape) -> str:
    match shape:
        case Scalar(name=name, example=example):
            return f"{name}, such as `{example}`" if name not in ("text", "name") else name
        case Choice(words=words):
            return " or ".join(f"`{word}`" for word in words)
        case Either(words=words, others=others):
            return " or ".join([*(f"`{word}`" for word in words), *map(_written, others)])
        case ListOf(of=of):
            return f"list of: {_written(of)}"
        case Part(of=cls):
            return f"[{_title(cls)}](#{_title(cls).lower().replace(' ', '-')})"
        case ByKind(kinds=kinds):
            return "a clause of kind " + ", ".join(f"`{kind}`" for kind in kinds)
        case RowsOf(table=table):
            return f"rows with the columns of [{table}](records.md#{table})"
        case Changes():
            return "terms and their other values"


def _title(cls: type[Written]) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).capitalize()
    return TITLES.get(cls.__name__, spaced)


def _first_line(cls: type[Written]) -> str:
    return (cls.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
