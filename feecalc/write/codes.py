"""What each code means: its explanation, a bad example, the message that it gives, and the example mended.

`codes.json` is made of the gallery of problems by the tests, which hold it to what the product says.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from attrs import frozen

WIDTH = 80
MEANINGS = {
    "problem": "A problem: nothing is computed until it is mended.",
    "exception": "An exception: the ledger is written, and a person has to decide.",
    "note": "A note: all is computed, and nothing has to be done.",
    "difference": "A difference that `feecalc reconcile` finds.",
}


@frozen
class Code:
    """A code, what it is in a few words, and why; `bad` gives the message `says`, `good` does not."""

    name: str
    kind: str
    brief: str
    why: str
    bad: str
    says: str
    good: str


@frozen
class CodeGroup:
    """Codes of one subject and one kind."""

    title: str
    kind: str
    codes: tuple[Code, ...]


def code_groups() -> list[CodeGroup]:
    """Every code that feecalc can give, by subject."""
    return [
        CodeGroup(
            group["title"],
            group["kind"],
            tuple(
                Code(each["code"], group["kind"], each["is"], each["why"], each["bad"], each["message"], each["good"])
                for each in group["codes"]
            ),
        )
        for group in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    ]


def code_list(groups: list[CodeGroup]) -> str:
    """All codes, one in a line."""
    parts = []
    for group in groups:
        lines = [f"{code.name:30}{code.brief}" for code in group.codes]
        parts.append("\n".join([f"{group.title}:", "", *lines]))
    return "\n\n".join(parts)


def code_text(code: Code) -> str:
    """The explanation of a code."""
    why = textwrap.fill(code.why, WIDTH - 4, break_on_hyphens=False)
    parts = [f"{code.name}: {code.brief}", why, MEANINGS[code.kind]]
    for heading, text in (("Such as", code.bad), ("feecalc says", _fitting(code.says)), ("Mended", code.good)):
        parts += [f"{heading}:", textwrap.indent(text, "    ")]
    return "\n\n".join([parts[0], *(textwrap.indent(part, "    ") for part in parts[1:])])


def _fitting(message: str) -> str:
    """A message in lines that fit beside its indentation, each broken part as far in as the line was."""
    lines = []
    for line in message.splitlines():
        own = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(
            line,
            WIDTH - 8,  # it is indented twice
            initial_indent="",
            subsequent_indent=own,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)
