"""What is wrong with YAML as text: its syntax, and characters that cannot be seen, in words that say what to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import yaml
from attrs import define, frozen

from feecalc.problems import Place, Problems
from feecalc.read.faults import FORBIDDEN, LISTED, Fault, Findings, forbidden, shown

_BLANKS = {
    "\u00a0": ("non-breaking-space", "a non-breaking space"),
    "\t": ("tab", "a tab"),
    "\r": ("control-character", "U+000D (a carriage return)"),
}
_BLANK = re.compile("[\u00a0\t\r]")
_QUOTED = 200
_OPENING_QUOTE = re.compile(r"""\s*(?:- )*(?:[^\s"'#][^"'#]*:\s+)?(["'])""")
_NO_CHARACTER = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")


class Mark(Protocol):
    """A place as PyYAML gives it, counted from 0; the index is that into the text."""

    index: int
    line: int
    column: int


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Mark, Fault]:
    """Where something must be mended, and what."""
    technical = f"{error.context or ''}: {error.problem or ''}"
    rule = next(rule for rule in _RULES if re.search(rule.pattern, technical))
    mark = (rule.at_context and error.context_mark) or error.problem_mark
    assert mark is not None
    opened = _opened_before(text, mark)
    if opened is not None:
        line = text.split("\n")[opened.line].strip()
        return opened, (_NOT_CLOSED.code, _NOT_CLOSED.says.format(line=shown(line)), _NOT_CLOSED.remedy)
    lines = text.split("\n")[: mark.line + 1]
    before = lines[-1][: mark.column]
    line = next(filter(None, map(str.strip, reversed(lines))), "")  # at the end of the text, the last with words
    if rule.code == "wrong-indentation" and re.search(r":\s+\S|[\"']\s+$", before):
        rule = _VALUE_GOES_ON
    key, colon, value = line.removeprefix("- ").partition(":")
    bare = (value if colon else key).strip()
    if bare[:1] == bare[-1:] and bare[:1] in ("'", '"'):  # the quotes that were meant to be around it
        bare = bare[1:-1]
    quoted = '"' + bare.replace('"', "'")[:_QUOTED] + '"'
    says = rule.says.format(line=shown(line), character=lines[-1][mark.column : mark.column + 1])
    return mark, (rule.code, says, rule.remedy.format(quoted=f"{key}: {quoted}" if colon else quoted))


@define
class _At:
    index: int
    line: int
    column: int


def _opened_before(text: str, mark: Mark) -> _At | None:
    """Where a quotation mark was opened in a line above that of an error, and closed only in it: by the one that was
    to open another value.
    """
    start = 0
    for number, line in enumerate(text.split("\n")[: mark.line]):
        found = _OPENING_QUOTE.match(line)
        if found:
            own = line[found.end() :]
            closing = text.find(found[1], start + found.end())
            if found[1] not in own and text.count("\n", 0, closing) == mark.line and closing <= mark.index:
                return _At(start + found.end() - 1, number, found.end() - 1)
        start += len(line) + 1
    return None


def explain_code(text: str) -> tuple[int, Fault]:
    """The line of a code that stands for no character, or of a number beyond all bounds, and what is wrong with it."""
    found = _NO_CHARACTER.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else 0
    code = f": {shown(found[0])}" if found else ""
    says = f"a backslash inside double quotation marks begins a code that stands for nothing{code}"
    return line, ("backslash", says, "Use single quotation marks.")


def without_unseen(text: str, source: str, problems: Problems) -> str | None:
    """`text` with spaces for the characters that must not be in it, all of which are reported.

    None if tabs indent lines: with a space in its stead each would be reported once more, as wrong indentation.
    """
    findings = Findings(problems)
    names = {
        letter: (code, name)
        for letter in sorted({*FORBIDDEN.findall(text), *_BLANK.findall(text)})
        for _, code, name in unseen(letter)
    }
    for wanted in dict.fromkeys(code for code, _ in names.values()):
        pattern = re.compile(
            "[" + "".join(re.escape(letter) for letter, (code, _) in names.items() if code == wanted) + "]"
        )
        for match in islice(pattern.finditer(text), LISTED + 1):
            start = text.rfind("\n", 0, match.start()) + 1
            line = text[start : text.find("\n", start) % (len(text) + 1)]
            number, column = text.count("\n", 0, start) + 1, match.start() - start + 1
            findings.add(
                Place(source, line=number, column=column),
                wanted,
                f"column {column} of {shown(line.strip())} holds {names[match[0]][1]}",
                "Type spaces in its place, or type the line anew.",
            )
        findings.skip(wanted, len(pattern.findall(text)) - LISTED - 1)
    findings.close()
    if re.search(r"(?m)^[ \t]*\t", text):
        return None
    return seen(text)


def unseen(text: str) -> Iterator[tuple[int, str, str]]:
    """Each character of `text` that no YAML may hold: its index, the code of the problem, its name."""
    yield from forbidden(text)
    for found in _BLANK.finditer(text):
        yield found.start(), *_BLANKS[found[0]]


def seen(text: str) -> str:
    """`text` with spaces for the characters that no YAML may hold."""
    return _BLANK.sub(" ", FORBIDDEN.sub(" ", text))


@frozen
class _Rule:
    """What a syntax error of PyYAML, whose words (in C or in Python) fit `pattern`, is to a person.

    The place is where the parser stopped, or `at_context`, where the thing began that it could not finish.
    """

    pattern: str
    at_context: bool
    code: str
    says: str
    remedy: str


_VALUE_GOES_ON = _Rule(
    "",
    False,
    "needs-quotes",
    "the value holds a second colon, or goes on where it should end: {line}",
    "Put the whole value in quotes: {quoted}.",
)

_NOT_CLOSED = _Rule(
    "quoted scalar.*(end of stream|document (indicator|separator))",
    True,
    "quote-not-closed",
    "the quotation mark opened here is not closed: {line}",
    "Close it. Text that holds one kind of quotation mark can stand inside the other kind.",
)

# The first that fits counts; the last fits all.
_RULES = (
    _NOT_CLOSED,
    _Rule(
        "quoted scalar",
        False,
        "backslash",
        "a backslash inside double quotation marks begins a code: {line}",
        "Use single quotation marks.",
    ),
    _Rule(
        "flow (mapping|sequence)",
        True,
        "bracket-not-closed",
        "the bracket opened here is not closed, or a comma is missing: {line}",
        "Close the bracket on the same line.",
    ),
    _Rule(
        "flow node",
        False,
        "bracket-not-closed",
        "a value is missing inside brackets, or the bracket is not closed: {line}",
        "Close the bracket on the same line.",
    ),
    _Rule(
        "cannot start|alias|anchor|tag|directive|node content|mapping keys|comment or (a )?line break",
        True,
        "needs-quotes",
        "a value or a line cannot start with {character} here: {line}",
        "Put the value in quotes: {quoted}.",
    ),
    _Rule(
        "expected ':'",
        True,
        "colon-missing",
        "the line has no colon after its key: {line}",
        "Write a key, a colon and a value.",
    ),
    _Rule(
        "sequence entries",
        False,
        "wrong-indentation",
        "an item of a list must start on a line of its own: {line}",
        'Break the line before "- ", or put the value in quotes.',
    ),
    _Rule(
        "mapping values|expected key|block end|indicator|document start",
        False,
        "wrong-indentation",
        "the line does not fit under the lines above it: {line}",
        "Give the keys of one mapping the same indentation, and each its colon.",
    ),
    _Rule(
        "",
        False,
        "syntax",
        "the line cannot be read: {line}",
        "Check its quotes, colons and brackets, and those of the line above.",
    ),
)
