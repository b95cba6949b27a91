"""The JSON Schema of an agreement file, made from the terms that the domain states: for editors that complete and
check.
"""

from __future__ import annotations

from typing import Any

import attrs

from feecalc.agreement import Agreement
from feecalc.records import TABLES
from feecalc.shapes import ByKind, Changes, Choice, Either, ListOf, Part, RowsOf, Scalar, Shape, Written, terms

Definitions = dict[str, dict[str, Any]]


def agreement_schema() -> dict[str, Any]:
    """The schema. YAML readers of editors may take dates and numbers for other types, so scalars accept these too."""
    definitions: Definitions = {}
    whole = _object(Agreement, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feecalc agreement",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type[Written], definitions: Definitions, kind: str = "") -> dict[str, Any]:
    stated = terms(cls)
    properties = {
        name: {"description": a.metadata["doc"], **_schema(a.metadata["shape"], definitions)}
        for name, a in stated.items()
    }
    required = [name for name, a in stated.items() if a.default is attrs.NOTHING]
    if kind:
        properties = {"kind": {"const": kind}, **properties}
        required = ["kind", *required]
    about = (cls.__doc__ or "").strip().split("\n")[0]
    found = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"description": about, **found} if about else found


def _reference(cls: type[Written], definitions: Definitions, kind: str = "") -> dict[str, Any]:
    """A reference to the one definition of a class, made when it is first met."""
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}  # met: what refers to itself ends here
        definitions[cls.__name__] = _object(cls, definitions, kind)
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _schema(shape: Shape, definitions: Definitions) -> dict[str, Any]:
    match shape:
        case Scalar(name=name, pattern=pattern, example=example):
            text = (
                {"type": ["string", "number"]}
                if name in ("money", "count", "price", "version", "date", "amount")
                else {"type": "string"}
            )
            return text | ({"pattern": pattern} if pattern else {}) | ({"examples": [example]} if example else {})
        case Choice(words=words):
            return {"enum": list(words)}
        case ListOf(of=of, at_least=at_least):
            return {"type": "array", "items": _schema(of, definitions), "minItems": at_least}
        case Part(of=cls):
            return _reference(cls, definitions)
        case Either(words=words, others=others):
            forms = [_schema(other, definitions) for other in others]
            return {"anyOf": [*([{"enum": list(words)}] if words else []), *forms]}
        case ByKind(kinds=kinds):
            return {"oneOf": [_reference(cls, definitions, kind) for kind, cls in kinds.items()]}
        case RowsOf(table=table):
            columns = {
                name: {"description": of.doc, "type": ["string", "number"]} for name, of in TABLES[table].items()
            }
            return {"type": "array", "items": {"type": "object", "properties": columns}}
        case Changes():
            return {"type": "object"}
