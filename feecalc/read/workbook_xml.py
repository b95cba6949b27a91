"""The XML of a workbook's parts, parsed as it comes in, without the namespace of spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

_MAIN = frozenset(
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"}
)
_ESCAPE = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")  # no halves of surrogate pairs
Handler = Callable[[str, dict[str, str]], None]


def unescaped(text: str) -> str:
    """The text that a file writes with escapes such as _x000D_."""
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) if "_x" in text else text


def _local(name: str) -> str:
    """The name of an element of spreadsheets alone, of others with its namespace."""
    space, _, local = name.rpartition(" ")
    return local if space in _MAIN else name


def parser_of(
    start: Handler, end: Callable[[str], None] | None, data: Callable[[str], None] | None
) -> expat.XMLParserType:
    """A parser that is fed piece by piece; of a document type it raises ValueError."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if end:
        parser.EndElementHandler = lambda name: end(_local(name))
    if data:
        parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type, which spreadsheets never write")


def parse(
    xml: bytes, start: Handler, end: Callable[[str], None] | None = None, data: Callable[[str], None] | None = None
) -> None:
    """Parse a part as a whole."""
    parser_of(start, end, data).Parse(xml, True)
