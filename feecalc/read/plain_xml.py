"""What text must be like to be taken from XML without a parser; and the texts that the cells of a workbook share."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import IO

_UTF_8 = re.compile(
    rb"""(?:\xef\xbb\xbf)?<"""
    rb"""(?:\?xml [^>]*encoding=["'][Uu][Tt][Ff]-8["'][^>]*\?>|\?xml(?:(?!encoding)[^>])*\?>|(?!\?xml))"""
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>")
_ENTITY = re.compile("&(?:amp|lt|gt|quot|apos);")
_SHARED = re.compile('<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')


def is_utf_8(begin: bytes) -> bool:
    """Whether XML that begins so is UTF-8."""
    return _UTF_8.match(begin) is not None


def is_lawful(text: str) -> bool:
    """Whether some XML holds only characters and entities as Excel writes them, all of which XML allows."""
    return _FORBIDDEN.search(text) is None and text.count("&") == len(_ENTITY.findall(text))


def unescaped(text: str) -> str:
    """The text that lawful XML writes with entities."""
    if "&" in text:
        for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
            text = text.replace(entity, letter)
    return text


def shared_texts(xml: bytes, parse: Callable[[IO[bytes]], list[str]]) -> list[str]:
    """The texts of a part of shared texts, as `parse` gives them: where all of them are plain, it is given the frame
    around them with the first of them alone, and shows by this that the others count as it does.
    """
    try:
        text = xml.decode("utf-8")
    except UnicodeDecodeError:
        return parse(io.BytesIO(xml))
    head, *parts = _SHARED.split(text)
    texts, between = parts[::2], parts[1::2]
    if len(texts) > 1 and is_utf_8(xml) and not any(between[:-1]):
        body = text[len(head) : len(text) - len(between[-1])]
        first = _SHARED.match(body)
        if first and is_lawful(body):
            frame = head + first[0] + between[-1]
            found = parse(io.BytesIO(frame.encode()))
            if len(found) == 1 and found[0] == _as_parsed(texts[0]):
                return list(map(_as_parsed, texts))
    return parse(io.BytesIO(xml))


def _as_parsed(text: str) -> str:
    return unescaped(text).replace("x005F_", "")  # openpyxl drops it
