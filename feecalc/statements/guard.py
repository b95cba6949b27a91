"""The last look at a statement: whatever its making missed, no file that tells a name leaves.

Every part of the file is searched, in all that it holds: cells, formulas, names of sheets, headers, properties. A find
is a defect of feecalc, not of the records, unless a name is also a word of the statement itself.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from feecalc.problems import Place, Problems
from feecalc.statements.mentions import Mentions

_TAG = re.compile(r"<[^>]*>")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_STRING = re.compile(r"\"([^\"]*)\"")


def check_texts(texts: Iterable[str], names: Mentions) -> None:
    """Raise `Refused` where the inputs of a statement tell a name."""
    _refuse((name, "its inputs") for text in texts if (name := names.found_in(text)))


def check_file(content: bytes, names: Mentions) -> None:
    """Raise `Refused` where a workbook tells a name."""
    _refuse((name, part) for part, text in _texts(content) if (name := names.found_in(text)))


def _texts(content: bytes) -> Iterator[tuple[str, str]]:
    """The parts of a workbook as a reader meets them: texts between tags, and what stands in attributes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield "its list of parts", " ".join(archive.namelist())
        yield "its comment", archive.comment.decode("utf-8", "replace")
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8", "replace")
            yield name, _plain(_TAG.sub(" \n ", text))
            yield name, _plain(" \n ".join(match for tag in _TAG.findall(text) for match in _STRING.findall(tag)))


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), html.unescape(text))


def _refuse(found: Iterable[tuple[str, str]]) -> None:
    problems = Problems()
    for name, part in dict(found).items():
        problems.add(
            Place("the statement"),
            "statement-tells-others",
            f'"{name}", which is not this payee\'s to know, stands in {part}',
            "Nothing was written. If it is a word that the payee may read, give the other party or agreement another "
            "name; else report it, with the version of feecalc.",
        )
    problems.refuse_if_any()
