"""Large CSV files with nothing unusual in them, cut into cells in columns: twice as fast as row by row, or more.

Plain is a file of UTF-8 whose rows all have as many cells as its header, which stands in the first line and leaves no
cell empty; whose lines end alike; in which quotation marks stand only around whole cells; and whose cells are short and
hold no line breaks. Everything else is for `csv_tables` to read, row by row, and to say what is wrong with it:
`plain_table` gives None. What both read is the same, to the order of the words.

A cell is held as numbers, eight of its bytes in each, with zeros after its end. Equal cells have equal numbers, sorting
these finds the distinct ones, and their words are made from them.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from io import FileIO

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from feecalc.read.coding import first_of_equal, numbered
from feecalc.read.numerals import Numerals
from feecalc.totals import Codes, Ints

LARGE = 1 << 20  # bytes; below, reading row by row takes no time
_PIECE = 1 << 20
_LONGEST = 256  # bytes of a cell
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_BOM = b"\xef\xbb\xbf"
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)

Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]


@frozen(eq=False)
class PlainTable:
    """The header of a plain file, and its columns: codes, and words in the order in which they first occur. The rows
    stand in the lines from the second on.
    """

    header: list[str]
    rows: int
    columns: list[tuple[Codes, Sequence[str]]]
    sha256: str


def plain_table(file: FileIO, delimiter: str) -> PlainTable | None:
    """The table of a file, cut at a delimiter; None if it is not plain."""
    digest = hashlib.sha256()
    header: list[str] = []
    columns: list[_Column] = []
    returns = False
    for text, size in _pieces(file, digest):
        first = 0
        if not header:
            first = int(np.argmax(text == _NEWLINE)) + 1
            header = _header(text[:first].tobytes(), delimiter)
            columns = [_Column() for _ in header]
            returns = text[first - 2] == _RETURN
        if len(header) < 2:
            return None
        if first == size:
            continue  # the header stands alone
        cells = _cut(text[first:size], len(header), ord(delimiter), returns)
        if cells is None:
            return None
        for column, starts, lengths in zip(columns, *cells):
            if lengths.max(initial=0) > _LONGEST:
                return None
            column.add(text[first:], starts, lengths)
    if not columns or not columns[0].keys:
        return None
    try:
        coded = [column.coded() for column in columns]
    except UnicodeDecodeError:
        return None
    return PlainTable(header, len(coded[0][0]), coded, digest.hexdigest())


def _pieces(file: FileIO, digest: hashlib._Hash) -> Iterator[tuple[Bytes, int]]:
    """The file in pieces: bytes, and how many of them are whole lines; none of the last is cut."""
    held = np.zeros(2 * _PIECE + _LONGEST + 8, dtype=np.uint8)
    kept = 0
    while read := file.readinto(held[kept : kept + _PIECE].data):
        digest.update(held[kept : kept + read].data)
        end = kept + read
        ends = np.flatnonzero(held[kept:end] == _NEWLINE)
        if len(ends):
            size = kept + int(ends[-1]) + 1
            yield held, size
            kept = end - size
            held[:kept] = held[size:end]
        else:
            kept = end
        if kept > _PIECE:
            break  # no line is so long
    if kept:
        held[kept] = _NEWLINE
        yield held, kept + 1


def _header(line: bytes, delimiter: str) -> list[str]:
    """The cells of the first line; none if it is no plain header."""
    try:
        rows = list(csv.reader([line.removeprefix(_BOM).decode()], delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return []
    return rows[0] if len(rows) == 1 and all(cell.strip() for cell in rows[0]) else []


def _cut(text: Bytes, width: int, delimiter: int, returns: bool) -> tuple[Ints, Ints] | None:
    """Where the cells of each column start in some whole lines, and how long they are, without the quotation marks
    around them; None if they are not plain.
    """
    marks = np.flatnonzero((text == delimiter) | (text == _NEWLINE) | (text == _QUOTE))
    kinds = text[marks]
    is_quote = kinds == _QUOTE
    quotes = int(np.count_nonzero(is_quote))
    if quotes:
        outside = ~np.logical_xor.accumulate(is_quote) & ~is_quote
        if (kinds[~outside] == _NEWLINE).any():
            return None
        marks, kinds = marks[outside], kinds[outside]
    if len(marks) % width or not text.all():
        return None
    kinds = kinds.reshape(-1, width)
    if (kinds[:, :-1] == _NEWLINE).any() or (kinds[:, -1] != _NEWLINE).any():
        return None
    starts = np.concatenate([[0], marks[:-1] + 1]).reshape(-1, width).T.copy()
    ends = marks.reshape(-1, width).T.copy()
    if int(np.count_nonzero(text == _RETURN)) != returns * len(kinds):
        return None
    if returns:
        ends[-1] -= 1
        if (text[ends[-1]] != _RETURN).any():
            return None
    lengths = ends - starts
    if quotes:
        quoted = text[starts] == _QUOTE
        closed = (text[ends - 1] == _QUOTE) & (lengths > 1)
        if 2 * int(np.count_nonzero(quoted)) != quotes or (quoted & ~closed).any():
            return None
        starts += quoted
        lengths -= 2 * quoted
    return starts, lengths


@frozen(eq=False)
class _Column:
    """The cells of a column while they are read: of each piece the lengths, and the numbers that hold the bytes."""

    lengths: list[Bytes] = field(factory=list)
    keys: list[list[Keys]] = field(factory=list)

    def add(self, text: Bytes, starts: Ints, lengths: Ints) -> None:
        eight = np.ndarray(len(text) - 7, dtype="<u8", buffer=text.data, strides=(1,))  # the eight bytes from each on
        longest = int(lengths.max(initial=0))
        self.lengths.append(lengths.astype(np.uint16))
        self.keys.append(
            [
                eight[starts + place] & _FIRST_BYTES[np.clip(lengths - place, 0, 8)]
                for place in range(0, max(longest, 1), 8)
            ]
        )

    def coded(self) -> tuple[Codes, Sequence[str]]:
        """The cells as codes, and their words. Raises UnicodeDecodeError."""
        most = max(map(len, self.keys))
        nothing = [np.zeros(len(lengths), dtype=np.uint64) for lengths in self.lengths]
        keys = [
            np.concatenate([piece[place] if place < len(piece) else none for piece, none in zip(self.keys, nothing)])
            for place in range(most)
        ]
        first_like = _first_alike(keys)
        codes, is_first = numbered(first_like)
        distinct = [key[is_first] for key in keys]
        numerals = Numerals.of(distinct, np.concatenate(self.lengths)[is_first])
        if numerals is not None:
            return codes, numerals
        text = np.stack(distinct, axis=1).view(f"S{8 * most}").ravel()
        return codes, list(map(bytes.decode, text.tolist()))


def _first_alike(keys: Sequence[Keys]) -> Ints:
    """For each cell the place of the first that has the same numbers."""
    mixed = keys[0]
    for key in keys[1:]:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + key
    found = first_of_equal(mixed)
    if all((key == key[found]).all() for key in keys[:-1]):
        return found
    return first_of_equal(np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1])  # two mix to one number
