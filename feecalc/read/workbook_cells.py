"""Workbooks as they stand: every cell with its formula and its stored value, and whatever else is in the file.

The records are read by `xlsx_tables`, which wants values; here nothing is interpreted. A file is looked over by
`archives` before any of its XML is parsed, and no XML with a document type is.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from attrs import define, field, frozen

from feecalc.problems import Place, Problems
from feecalc.read.archives import BYTES_LIMIT, ROWS_LIMIT, SAVE_ANEW, fault_of_file
from feecalc.read.faults import Unreadable, cannot_read

_MAIN = frozenset(
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"}
)
_CHUNK = 1 << 18
_LAST_COLUMN = 16_384
_ESCAPE = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")  # no halves of surrogate pairs
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 49: "@",
}  # fmt: skip

Handler = Callable[[str, dict[str, str]], None]


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


@frozen
class SheetOf:
    """A sheet as the workbook lists it."""

    name: str
    state: str
    part: str


@define
class Oddities:
    """What of a sheet is not a cell: found while its rows are read, and complete when they have been."""

    header: int = 0
    hidden_rows: list[int] = field(factory=list)
    hidden_columns: list[str] = field(factory=list)
    elements: dict[str, int] = field(factory=dict)
    merged: list[str] = field(factory=list)


@define
class PlainWorkbook:
    """A workbook whose sheets can be read cell by cell; `sha256` is that of the file."""

    source: str
    sha256: str
    problems: Problems
    archive: zipfile.ZipFile
    sheets: tuple[SheetOf, ...] = ()
    names: dict[str, str] = field(factory=dict)
    properties: dict[str, str] = field(factory=dict)
    settings: dict[str, str] = field(factory=dict)
    formats: tuple[str, ...] = ()
    _texts: list[str] = field(factory=list)

    @property
    def parts(self) -> list[str]:
        return [part.filename for part in self.archive.infolist()]

    def content(self, part: str) -> bytes:
        """A part as it stands in the file; empty if there is none."""
        with self._damage_reported():
            return self.archive.read(part) if part in self.archive.namelist() else b""

    def sheet(self, name: str) -> SheetOf | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)

    def rows(self, sheet: SheetOf, oddities: Oddities) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows of a sheet that hold anything, from the first to the last, each with its cells by their column."""
        with self._damage_reported(sheet.name), self.archive.open(sheet.part) as xml:
            yield from _Rows(self._texts, oddities).read(xml)

    def read_parts(self) -> None:
        """Read everything but the cells."""
        with self._damage_reported():
            main = self._target("_rels/.rels", "/officeDocument", "")
            listed: list[dict[str, str]] = []
            self._each(main, {"sheet": lambda a: listed.append(a), "calcPr": self._set, "workbookPr": self._set})
            self._defined_names(main, [each["name"] for each in listed])
            folder, name = posixpath.split(main)
            relations = self._relations(f"{folder}/_rels/{name}.rels", folder)
            self.sheets = tuple(
                SheetOf(each["name"], each.get("state", "visible"), relations[_id(each)][1]) for each in listed
            )
            for kind, part in relations.values():
                if kind.endswith("/sharedStrings"):
                    self._texts = list(_Texts().read(self.archive.read(part)))
                elif kind.endswith("/styles"):
                    self.formats = self._number_formats(part)
            self.properties = _properties(self.content("docProps/core.xml"))

    def _set(self, attributes: dict[str, str]) -> None:
        self.settings.update(attributes)

    def _each(self, part: str, handlers: dict[str, Callable[[dict[str, str]], None]]) -> None:
        def start(name: str, attributes: dict[str, str]) -> None:
            if name in handlers:
                handlers[name](attributes)

        _parse(self.archive.read(part), start)

    def _target(self, part: str, kind: str, folder: str) -> str:
        return next(path for told, path in self._relations(part, folder).values() if told.endswith(kind))

    def _relations(self, part: str, folder: str) -> dict[str, tuple[str, str]]:
        """By their ids, the kinds and the paths of the parts that a part relates to."""
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name.endswith("Relationship") and attributes.get("TargetMode") != "External":
                path = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"], path)

        _parse(self.archive.read(part), start)
        return found

    def _defined_names(self, part: str, sheets: list[str]) -> None:
        current: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "definedName":
                scope = attributes.get("localSheetId", "")
                current.append(attributes["name"] + (f" of sheet {sheets[int(scope)]}" if scope else ""))
                self.names[current[-1]] = ""

        def data(text: str) -> None:
            if current:
                self.names[current[-1]] += text

        def end(name: str) -> None:
            if name == "definedName":
                current.clear()

        _parse(self.archive.read(part), start, end, data)

    def _number_formats(self, part: str) -> tuple[str, ...]:
        """The number format of each style of cells."""
        custom: dict[int, str] = {}
        styles: list[int] = []
        inside = [False]

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                custom.setdefault(int(attributes["numFmtId"]), attributes["formatCode"])
            elif name == "cellXfs":
                inside[0] = True
            elif name == "xf" and inside[0]:
                styles.append(int(attributes.get("numFmtId", "0")))

        def end(name: str) -> None:
            if name == "cellXfs":
                inside[0] = False

        _parse(self.archive.read(part), start, end)
        return tuple(custom.get(each) or _BUILT_IN.get(each, f"number format {each}") for each in styles)

    @contextmanager
    def _damage_reported(self, sheet: str = "") -> Iterator[None]:
        """Of a damaged file, zipfile and expat may raise anything; to the user it is one fact."""
        try:
            yield
        except (Unreadable, MemoryError, GeneratorExit):
            raise
        except (
            zipfile.BadZipFile,
            expat.ExpatError,
            LookupError,
            ValueError,
            OSError,
            StopIteration,
            EOFError,
        ) as error:
            place = Place(self.source, sheet)
            self.problems.add(
                place, "workbook-damaged", "the workbook is damaged: its parts do not fit together", SAVE_ANEW
            )
            raise Unreadable from error


def open_plain(path: Path, problems: Problems) -> PlainWorkbook:
    """Look a file over and open it; what is wrong with it is added to the problems and raises `Unreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise cannot_read(str(path), error) from error
    return plain_workbook(data, str(path), problems)


def plain_workbook(data: bytes, source: str, problems: Problems) -> PlainWorkbook:
    """The workbook that some bytes are."""
    place = Place(source)
    try:
        fault = fault_of_file(data)
    except Exception as error:  # of a damaged archive, zipfile may raise anything
        problems.add(place, "workbook-damaged", "the workbook is damaged: its parts do not fit together", SAVE_ANEW)
        raise Unreadable from error
    if fault:
        problems.add(place, *fault)
        raise Unreadable
    archive = zipfile.ZipFile(io.BytesIO(data))
    workbook = PlainWorkbook(source, hashlib.sha256(data).hexdigest(), problems, archive)
    workbook.read_parts()
    return workbook


def unescaped(text: str) -> str:
    """The text that a file writes with escapes such as _x000D_."""
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) if "_x" in text else text


def _id(attributes: dict[str, str]) -> str:
    return next(value for name, value in attributes.items() if name.endswith(" id"))


def _local(name: str) -> str:
    """The name of an element of spreadsheets alone, of others with its namespace."""
    space, _, local = name.rpartition(" ")
    return local if space in _MAIN else name


def _parser(
    start: Handler, end: Callable[[str], None] | None, data: Callable[[str], None] | None
) -> expat.XMLParserType:
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


def _parse(
    xml: bytes, start: Handler, end: Callable[[str], None] | None = None, data: Callable[[str], None] | None = None
) -> None:
    _parser(start, end, data).Parse(xml, True)


def _properties(xml: bytes) -> dict[str, str]:
    """What the file says of itself: its title and the like."""
    found: dict[str, str] = {}
    current: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        current[:] = [name.rpartition(" ")[2]]

    def data(text: str) -> None:
        if current:
            found[current[0]] = found.get(current[0], "") + text

    if xml:
        _parse(xml, start, lambda _: current.clear(), data)
    return found


@define
class _Texts:
    """The texts that cells share; what is written above them to help with reading is none of them."""

    _done: list[str] = field(factory=list)
    _current: list[str] = field(factory=list)
    _inside: str = ""

    def read(self, xml: bytes) -> list[str]:
        _parse(xml, self._start, self._end, self._data)
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
class _Rows:
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
        parser = _parser(self._start, self._end, self._data)
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
    from feecalc.read.headers import letters

    return letters(first) if first == last else f"{letters(first)}:{letters(last)}"


def _is_set(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")
