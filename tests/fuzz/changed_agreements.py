"""Changes to agreement files: values, keys, the order of terms, and the way in which YAML writes them."""

from __future__ import annotations

import codecs
import json
import re
from random import Random
from typing import Any

import yaml

from .awkward import VALUES

_VALUE = re.compile(r"^(?P<before>\s*(?:- )?[A-Za-z_]+: )(?P<value>[^>|\n{\[][^\n]*)$", re.MULTILINE)
_FLOW = re.compile(r"(?P<before>[{,] ?[a-z_]+: )(?P<value>[^,{}\[\]\n]+)(?=[,}])")
_KEY = re.compile(r"(?P<before>^\s*(?:- )?|[{,] ?)(?P<value>[a-z_]+)(?=: |:\n)", re.MULTILINE)


def tree_of(text: str) -> Any:
    """The file as YAML says it, all scalars as text."""
    # The parser in C, where there is one, as feecalc does: the other refuses a "?" within a value in brackets.
    return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # the text is ours


def written_otherwise(text: str, random: Random) -> tuple[bytes, str]:
    """The same terms in another form, which means nothing."""
    match random.randrange(7):
        case 0:
            return json.dumps(tree_of(text), ensure_ascii=random.random() < 0.5).encode(), "as JSON"
        case 1:
            return json.dumps(_shuffled(tree_of(text), random), indent=1).encode(), "terms in another order"
        case 2:
            return text.replace("\n", "\r\n").encode(), "lines end with CR and LF"
        case 3:
            return codecs.BOM_UTF8 + text.encode(), "a byte order mark"
        case 4:
            rows = text.splitlines()
            place = random.randrange(len(rows) + 1)
            if _within_text(rows, place):
                place = 0
            return "\n".join(
                [*rows[:place], "# a remark", *rows[place:], ""]
            ).encode(), f"a remark before line {place + 1}"
        case 5:
            quoted = yaml.safe_dump(tree_of(text), default_style='"', sort_keys=False, allow_unicode=True)
            return quoted.encode(), "all values in quotes"
    block = yaml.safe_dump(tree_of(text), sort_keys=True, allow_unicode=True, default_style="'", width=60)
    return block.encode(), "in blocks, terms by their names"


def _within_text(rows: list[str], place: int) -> bool:
    """Whether a line would stand within a value of several lines."""
    if place >= len(rows):
        return False
    row = rows[place]
    return not re.match(r"\s*(- )?[A-Za-z_]+:( |$)", row) and bool(row.strip())


def _shuffled(tree: Any, random: Random) -> Any:
    if isinstance(tree, dict):
        keys = random.sample(list(tree), len(tree))
        return {key: _shuffled(tree[key], random) for key in keys}
    if isinstance(tree, list):
        return [_shuffled(each, random) for each in tree]
    return tree


def value(text: str, random: Random) -> tuple[str, str]:
    """A value replaced by something awkward, or by another value of the file."""
    return _replaced(text, random, [*_VALUE.finditer(text), *_FLOW.finditer(text)])


def key(text: str, random: Random) -> tuple[str, str]:
    """A key replaced by another one of the file, or misspelt."""
    found = list(_KEY.finditer(text))
    mine = random.choice(found)
    old = mine["value"]
    other = random.choice((random.choice(found)["value"], old[:-1], old + "s", old.upper(), old.replace("_", " "), "x"))
    start, end = mine.span("value")
    return text[:start] + other + text[end:], f"line {text.count(chr(10), 0, start) + 1}: key {old} called {other!r}"


def _replaced(text: str, random: Random, found: list[re.Match[str]]) -> tuple[str, str]:
    mine = random.choice(found)
    other = random.choice(found)["value"] if random.random() < 0.4 else random.choice(VALUES)
    start, end = mine.span("value")
    line = text.count("\n", 0, start) + 1
    return text[:start] + other + text[end:], f"line {line}: {mine['value'][:60]!r} replaced by {other[:60]!r}"
