"""Rows of a sheet that are written as Excel and its like write them, read without a parser, in a fifth of the time.

`PlainRows` stands between a sheet's XML and the parser. It takes plain rows out, piece by piece, and leaves in the
place of each piece a row without cells, which tells where they were. What is not plain stays as it is, to be parsed and
judged; so does all that stands around the rows. A piece is plain where every letter of it follows the pattern below,
where columns come in order, and where its characters and entities are such as XML allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO, TypeAlias

from attrs import define, field

from feecalc.read.headers import COLUMNS_LIMIT
from feecalc.read.plain_xml import is_lawful, is_utf_8, unescaped
from feecalc.read.workbook_values import NoText, exact, is_number_as_text

# The number of a row; the columns that hold a value, in order; their texts; the values that may have no text, by their
# columns; and the columns in which a number is stored as text.
PlainRow: TypeAlias = tuple[int, tuple[int, ...], list[str], dict[int, object], list[int]]

_PIECE = 1 << 18
_END = b"</row>"
_FORMULA = r'(?:<f(?: t="shared")?(?: ref="[A-Z0-9:]+")?(?: si="[0-9]+")?(?:/>|>[^<]*</f>))?'
_CELL = re.compile(
    r'(?:(?:</row>)?<row r="([1-9][0-9]{0,6})"((?: [^<>]*[^<>/])?)>)?'
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,5})")?'
    r'(?: t="inlineStr"><is><t(?: xml:space="preserve")?>([^<]*)</t></is></c>'
    r'|(?: t="(n|s|str|b|e)")?'
    rf'(?:/>|>{_FORMULA}(?:<v(?: xml:space="preserve")?>([^<]*)</v>)?</c>))'
)
_GROUPS = _CELL.groups + 1  # between two cells there is nothing else
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
# Numbers that are their own text: they have at most 13 digits before the point, 15 in all, and none that says nothing.
_SHOWN = re.compile(r"-?(?:[1-9][0-9]{0,12}|0(?=\.))(?:\.[0-9]*[1-9])?|0", re.ASCII)
_SHOWN_LENGTH = 15


class _NotPlain(Exception):
    """A piece must be parsed."""


@define
class PlainRows:
    """A sheet's XML as a file to be parsed. `taken` has the plain rows that were taken out of it last; they stand where
    the parser comes to a row `marker` that has no cells.

    `texts` are the texts that cells share. `special` tells the styles that make something else of a number, and
    `value_of` what they make of its text.
    """

    xml: IO[bytes]
    texts: Sequence[str]
    special: frozenset[int]
    value_of: Callable[[str, int], object]
    taken: list[PlainRow] = field(factory=list)
    marker: int = 0
    _held: bytes = b""
    _rest: bytes = b""
    _may_be_plain: bool | None = None  # whether the XML is UTF-8, once that is known
    _frames: set[str] = field(factory=set)
    _columns: dict[tuple[str, ...], tuple[int, ...]] = field(factory=dict)
    _values: dict[tuple[str, int], object] = field(factory=dict)

    def read(self, _: int = -1) -> bytes:
        """The next piece of XML, of whatever size, without plain rows."""
        self.taken, self.marker = [], 0
        if self._held:
            piece, self._held = self._held, b""
            return self._without_rows(piece)
        while piece := self.xml.read(_PIECE):
            if self._may_be_plain is None:
                self._may_be_plain = is_utf_8(piece)
            if not self._may_be_plain:
                return piece
            self._rest += piece
            end = self._rest.rfind(_END) + len(_END)
            if end >= len(_END):
                piece, self._rest = self._rest[:end], self._rest[end:]
                return self._without_rows(piece)
            if len(self._rest) > 4 * _PIECE:
                break  # no rows, or a row without end
        piece, self._rest = self._rest, b""
        return piece

    def _without_rows(self, piece: bytes) -> bytes:
        begin = piece.find(b"<row ")
        if begin > 0:  # the parser must be through with rows before these, which may have no cells either
            self._held = piece[begin:]
            return piece[:begin]
        try:
            rows, frames = self._rows(piece.decode("utf-8"))
        except (_NotPlain, UnicodeDecodeError, LookupError):
            return piece
        self.taken, self.marker = rows, rows[-1][0]
        # what else rows say is for the parser to judge, once for each way in which they say it
        told = [frame for frame in dict.fromkeys(frames) if frame not in self._frames] or [""]
        self._frames.update(told)
        return "".join(f'<row r="{self.marker}"{frame}/>' for frame in told).encode()

    def _rows(self, text: str) -> tuple[list[PlainRow], list[str]]:
        """The rows of a piece, and what their tags say beside their numbers. Raises `_NotPlain`."""
        if not is_lawful(text):
            raise _NotPlain
        parts = _CELL.split(text)
        if parts.pop() != "</row>" or any(parts[::_GROUPS]) or not parts:
            raise _NotPlain
        numbers, letters, own = parts[1::_GROUPS], parts[3::_GROUPS], parts[4::_GROUPS]
        begins = [place for place, number in enumerate(numbers) if number is not None]
        if begins[:1] != [0] or text.count("</row>") != len(begins):
            raise _NotPlain
        texts, odd, marked = self._cells(zip(*(parts[group::_GROUPS] for group in (5, 6, 7, 8)), strict=True))
        rows: list[PlainRow] = []
        for begin, end in zip(begins, [*begins[1:], len(numbers)], strict=True):
            if own[begin:end].count(numbers[begin]) != end - begin:
                raise _NotPlain
            rows.append((int(numbers[begin]), *self._row(letters[begin:end], texts[begin:end]), {}, []))
        self._put(rows, begins, odd, marked, letters)
        return rows, [parts[begin * _GROUPS + 2] for begin in begins]

    def _row(self, letters: list[str], texts: list[str | None]) -> tuple[tuple[int, ...], list[str]]:
        """The columns of a row that hold a value, and their texts."""
        key = tuple(letters)
        columns = self._columns.get(key)
        if columns is None:
            columns = self._columns[key] = _in_order(key)
        if None in texts:
            held = [(column, text) for column, text in zip(columns, texts, strict=True) if text is not None]
            return tuple(column for column, _ in held), [text for _, text in held]
        return columns, texts  # type: ignore[return-value]  # none is missing

    def _cells(
        self, cells: Iterator[tuple[str | None, str | None, str | None, str | None]]
    ) -> tuple[list[str | None], dict[int, object], list[int]]:
        """The texts of cells given by style, text in line, kind and value; by their places those that may have none,
        and those that are numbers stored as text.
        """
        found: list[str | None] = []
        odd: dict[int, object] = {}
        marked: list[int] = []
        for style, text, kind, value in cells:
            if text is None:
                if not value:
                    found.append(None)
                    continue
                if kind is None or kind == "n":
                    shown = self._number(value, int(style or 0))
                    if type(shown) is str:
                        found.append(shown)
                    else:
                        odd[len(found)] = shown
                        found.append("")
                    continue
                if kind == "s":
                    if not (value.isascii() and value.isdecimal()):
                        raise _NotPlain
                    text = self.texts[int(value)]
                elif kind == "b":
                    if value not in ("0", "1"):
                        raise _NotPlain
                    odd[len(found)] = value == "1"
                    found.append("")
                    continue
                else:
                    text = unescaped(value)
            elif "&" in text:
                text = unescaped(text)
            if is_number_as_text(text):
                marked.append(len(found))
            found.append(exact(text) if "_x" in text else text)
        return found, odd, marked

    def _number(self, value: str, style: int) -> object:
        """The text of a number, or its value where that may have no text."""
        if style not in self.special and len(value) <= _SHOWN_LENGTH and _SHOWN.fullmatch(value):
            return value
        if (value, style) in self._values:
            return self._values[value, style]
        if not _NUMBER.fullmatch(value):
            raise _NotPlain
        found = self.value_of(value, style)
        with suppress(NoText):
            found = exact(found)
        if style in self.special:
            self._values[value, style] = found  # days come again and again
        return found

    def _put(
        self, rows: list[PlainRow], begins: list[int], odd: dict[int, object], marked: list[int], letters: list[str]
    ) -> None:
        """Put what is to be told of some cells, given by their places, into their rows."""
        number = 0
        for place in sorted({*odd, *marked}):
            while number + 1 < len(begins) and begins[number + 1] <= place:
                number += 1
            (column,) = _in_order((letters[place],))
            if place in odd:
                rows[number][3][column] = odd[place]
            else:
                rows[number][4].append(column)


def _in_order(letters: tuple[str, ...]) -> tuple[int, ...]:
    """The columns of some letters, each beyond the one before it."""
    found = []
    last = 0
    for each in letters:
        column = 0
        for letter in each:
            column = 26 * column + ord(letter) - ord("A") + 1
        if not last < column <= COLUMNS_LIMIT:
            raise _NotPlain
        last = column
        found.append(column)
    return tuple(found)
