"""What may stand where something else does, in words: for the remedies of problems."""

from __future__ import annotations

import re

import attrs

from feecalc.clauses import Rounding
from feecalc.problems import Ask, Place, suggestion
from feecalc.shapes import SENTENCE, Choice, Either, ListOf, Part, Scalar, Shape, Written, leading, terms


def asked(at: Place, key: str, shape: Shape) -> Ask | None:
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


def class_words(cls: type[Written]) -> str:
    names = {
        "Term": "the agreement's term",
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


def allowed_words(shape: Shape) -> str:
    match shape:
        case Choice(words=words):
            return "One of: " + ", ".join(words) + "."
        case Either(words=words):
            scalar = shape.scalar()
            known = "One of: " + ", ".join(words) if words else ""
            if scalar is not None:
                known += f"; or {noun(scalar)}" if words else noun(scalar).capitalize()
                known += f" such as {scalar.example}"
            told = [in_detail(other) for other in shape.others if not isinstance(other, Part)]
            parts = shape.parts()
            if len(parts) > 1:
                told.append("Or a mapping that begins with one of: " + ", ".join(leading(p.of) for p in parts) + ".")
                told += [in_detail(part) for part in parts if hasattr(part.of, "EXAMPLE")]
            else:
                told += map(in_detail, parts)
            return " ".join([known + "." if known else "", *filter(None, told)]).strip()
        case Scalar(example=example) if example:
            return f"Such as {example}"
        case Part(of=cls):
            return f"Such as {form(cls)}"
    return ""


def form(cls: type[Written], text: str = "") -> str:
    """How a mapping is written: the terms that it needs, or could have, and the words allowed for them; with `text`,
    which stands in its place, as its only term if this is any text.
    """
    needed = {name: each for name, each in terms(cls).items() if each.default is attrs.NOTHING} or terms(cls)
    written, told = [], []
    for name, attribute in needed.items():
        match attribute.metadata["shape"]:
            case shape if shape is SENTENCE:
                written.append(f"{name}: " + (_quoted(text) if text and len(needed) == 1 else "..."))
            case Scalar(example=example):
                written.append(f"{name}: " + (f'"{example}"' if "," in example else example))
            case Choice(words=words):
                written.append(f"{name}: {words[0]}")
                told.append(f"`{name}` is one of {', '.join(words)}")
            case _:
                written.append(f"{name}: ...")
    return f"{{{', '.join(written)}}}." + "".join(f" {each}." for each in told)


def list_of(shape: ListOf, text: str) -> str:
    """How a list is written, of `text` alone where this stands in its place and is one item."""
    match shape.of:
        case Part(of=cls):
            return f"a list of {form(cls).rstrip('.')}"
        case Choice(words=words):
            return f"a list: [{text}]" if text in words else f"a list of some of: {', '.join(words)}"
        case Scalar() if text and not re.search(r";|&|/|\band\b|,(?! )|, (?!\S+$)", text):
            return f"a list: [{_quoted(text)}]"
    return "a list: [..., ...]; what holds a comma needs quotes in it"


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"[^\w .'-]", text) and '"' not in text else text


def noun(shape: Scalar) -> str:
    """What a single value is called, with its article."""
    return {"money": "an amount", "id": "an id"}.get(shape.name) or f"a {shape.name}"


def term_within(key: str, cls: type[Written], allowed: list[str]) -> str:
    """Where a key that is no term of `cls`, and like none, belongs: a level further down; else an empty string."""
    if suggestion(key, allowed):
        return ""
    for name, within in _terms_within(cls).items():
        if key in within:
            return f"Write it within `{name}`: `{name}: {{{key}: ...}}`."
        if suggestion(key, [f"{name}_{each}" for each in within], 0.8):
            inner = suggestion(key.removeprefix(f"{name}_"), within, 0.5)
            return f"Write it within `{name}`: `{name}: {{{inner}: ...}}`."
    return ""


def _terms_within(cls: type[Written]) -> dict[str, list[str]]:
    """The terms of each of a class's terms that is a mapping."""
    found: dict[str, list[str]] = {}
    for name, attribute in terms(cls).items():
        match attribute.metadata["shape"]:
            case Part(of=of):
                found[name] = list(terms(of))
            case Either() as shape:
                found[name] = [inner for part in shape.parts() for inner in terms(part.of)]
    return found


def in_detail(shape: Shape) -> str:
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
