"""Terms as the text of an agreement file: every value in quotes, so that it is read as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

Terms = str | Sequence["Terms"] | Mapping[str, "Terms"]


def yaml_text(terms: Mapping[str, Terms]) -> str:
    """The file. Text that holds what a quoted YAML text cannot stands there with escapes, as in JSON."""
    return "".join(f"{line}\n" for line in _lines(terms, 0))


def _lines(terms: Terms, depth: int) -> Iterator[str]:
    space = "  " * depth
    if isinstance(terms, Mapping):
        for key, value in terms.items():
            yield from _led(f"{space}{_quoted(key)}:", value, depth)
    elif not isinstance(terms, str):
        for value in terms:
            yield from _led(f"{space}-", value, depth)


def _led(lead: str, value: Terms, depth: int) -> Iterator[str]:
    """A value behind its key or dash."""
    if isinstance(value, str):
        yield f"{lead} {_quoted(value)}"
    elif not value:
        yield f"{lead} {'{}' if isinstance(value, Mapping) else '[]'}"
    else:
        yield lead
        yield from _lines(value, depth + 1)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
