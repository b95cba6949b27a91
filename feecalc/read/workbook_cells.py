"""The cells of a sheet as they stand, each with its formula and its stored value, and what of a sheet is no cell.

The records are read by `xlsx_tables`, which wants values; here nothing is interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from attrs import define, field, frozen

from feecalc.read.headers import letters
from feecalc.read.sizes import ROWS_LIMIT
from feecalc.read.workbook_xml import parse, parser_of, unescaped

_CHUNK = 1 << 18
_LAST_COLUMN = 16_384
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@frozen
class Cell:
    """What a cell holds: its `kind` is number, text, truth, error or nothing; of a formula, `value` is the result.

    `formula` is without its equals sign; `shared` is the number of a formula that is written at another cell, and
    `style` that of its number format.
    """

    kind: str
    value: str
    formula: str | None = None
    shared: int | None = None
    style: int = 0


@define
class Oddities:
    """What of a sheet is not a cell: found while its rows are read, and complete when they have been."""

    header: int = 0
    hidden_rows: list[int] = field(factory=list)
    hidden_columns: list[str] = field(factory=list)
    elements: dict[str, int] = field(factory=dict)
    merged: list[str] = field(factory=list)


@define
class Texts:
    """The texts that cells share; what is written above them to help with reading is none of them."""

    _done: list[str] = field(factory=list)
    _current: list[str] = field(factory=list)
    _inside: str = ""

    def read(self, xml: bytes) -> list[str]:
        parse(xml, self._start, self._end, self._data)
        return self._done

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self._current = []
        elif name in ("t", "rPh"):
            self._inside = name if self._inside != "rPh" else "rPh"

    def _end(self, name: str) -> None:
        if name == "si":
            self._done.append(unescaped("".join(self._current)))
        elif name == self._inside:
            self._inside = ""

    def _data(self, text: str) -> None:
        if self._inside == "t":
            self._current.append(text)


_KINDS = {"n": "number", "s": "text", "inlineStr": "text", "str": "text", "b": "truth", "e": "error", "d": "text"}
_COUNTED = frozenset(
    {
        "dataValidation",
        "conditionalFormatting",
        "hyperlink",
        "legacyDrawing",
        "picture",
        "oleObject",
        "control",
        "tablePart",
        "sheetProtection",
        "customSheetView",
        "webPublishItem",
        "filterColumn",
        "scenario",
    }
)


@define
class Rows:
    """Reads the cells of a sheet row by row, as its XML comes in."""

    _texts: list[str]
    _oddities: Oddities
    _done: list[tuple[int, dict[int, Cell]]] = field(factory=list)
    _row: int = 0
    _column: int = 0
    _cells: dict[int, Cell] = field(factory=dict)
    _kind: str = "n"
    _style: int = 0
    _inside: str = ""
    _value: list[str] = field(factory=list)
    _formula: list[str] = field(factory=list)
    _has_formula: bool = False
    _shared: int | None = None

    def read(self, xml: IO[bytes]) -> Iterator[tuple[int, dict[int, Cell]]]:
        parser = parser_of(self._start, self._end, self._data)
        last = 0
        while chunk := xml.read(_CHUNK):
            parser.Parse(chunk, False)
            for row, cells in self._done:
                if row <= last:
                    raise ValueError(f"row {row} after row {last}")
                last = row
                yield row, cells
            self._done.clear()
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._inside = "v"
        elif name == "t":
            self._inside = "v" if self._inside != "rPh" else "rPh"
        elif name == "f":
            self._inside = "f"
            self._has_formula = True
            self._shared = int(attributes["si"]) if attributes.get("t") == "shared" else None
        elif name == "rPh":
            self._inside = "rPh"
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            if not 0 < self._row <= ROWS_LIMIT:
                raise ValueError(f"row {self._row}")
            self._column = 0
            if _is_set(attributes, "hidden") or attributes.get("ht") in ("0", "0.0"):
                self._oddities.hidden_rows.append(self._row)
        else:
            self._start_other(name, attributes)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        address = attributes.get("r")
        if address is None:
            self._column += 1
        else:
            place = _ADDRESS.fullmatch(address)
            if place is None or int(place[2]) != self._row:
                raise ValueError(f"cell {address} in row {self._row}")
            self._column = column_number(place[1])
        if self._column > _LAST_COLUMN:
            raise ValueError(f"column {self._column}")
        if self._column in self._cells:
            raise ValueError("a cell twice")
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0"))
        self._value, self._formula, self._has_formula, self._shared = [], [], False, None

    def _start_other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "col" and (_is_set(attributes, "hidden") or attributes.get("width") in ("0", "0.0")):
            self._oddities.hidden_columns.append(_columns_named(int(attributes["min"]), int(attributes["max"])))
        elif name == "sheetFormatPr" and _is_set(attributes, "zeroHeight"):
            self._oddities.elements["zeroHeight"] = 1
        elif name == "mergeCell":
            self._oddities.merged.append(attributes.get("ref", ""))
        elif name == "autoFilter":
            place = _ADDRESS.match(attributes.get("ref", "").replace("$", ""))
            self._oddities.header = int(place[2]) if place else 0
        elif name in _COUNTED or name.rpartition(" ")[2] in ("dataValidation", "conditionalFormatting"):
            counted = name.rpartition(" ")[2]
            self._oddities.elements[counted] = self._oddities.elements.get(counted, 0) + 1

    def _end(self, name: str) -> None:
        if name in ("v", "f", "t", "rPh"):
            self._inside = ""
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
            self._cells = {}

    def _end_cell(self) -> None:
        text = "".join(self._value)
        kind = _KINDS.get(self._kind)
        if kind is None:
            raise ValueError(f"a cell of kind {self._kind}")
        if self._kind == "s" and text:
            text = self._texts[int(text)]
        elif kind == "text":
            text = unescaped(text)
        if text or self._has_formula:
            formula = unescaped("".join(self._formula)) if self._has_formula else None
            self._cells[self._column] = Cell(kind if text else "", text, formula, self._shared, self._style)

    def _data(self, text: str) -> None:
        if self._inside == "v":
            self._value.append(text)
        elif self._inside == "f":
            self._formula.append(text)


def column_number(letters: str) -> int:
    """The number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _columns_named(first: int, last: int) -> str:
    return letters(first) if first == last else f"{letters(first)}:{letters(last)}"


def _is_set(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")
