"""Workbooks as they stand: their sheets, to be read cell by cell, and whatever else is in the file.

A file is looked over by `archives` before any of its XML is parsed.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from attrs import define, field, frozen

from feecalc.problems import Place, Problems
from feecalc.read.archives import BYTES_LIMIT, SAVE_ANEW, fault_of_file
from feecalc.read.faults import Unreadable, cannot_read
from feecalc.read.workbook_cells import Cell, Oddities, Rows, Texts
from feecalc.read.workbook_xml import parse

_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 49: "@",
}  # fmt: skip


@frozen
class SheetOf:
    """A sheet as the workbook lists it."""

    name: str
    state: str
    part: str


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
            yield from Rows(self._texts, oddities).read(xml)

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
                    self._texts = list(Texts().read(self.archive.read(part)))
                elif kind.endswith("/styles"):
                    self.formats = self._number_formats(part)
            self.properties = _properties(self.content("docProps/core.xml"))

    def _set(self, attributes: dict[str, str]) -> None:
        self.settings.update(attributes)

    def _each(self, part: str, handlers: dict[str, Callable[[dict[str, str]], None]]) -> None:
        def start(name: str, attributes: dict[str, str]) -> None:
            if name in handlers:
                handlers[name](attributes)

        parse(self.archive.read(part), start)

    def _target(self, part: str, kind: str, folder: str) -> str:
        return next(path for told, path in self._relations(part, folder).values() if told.endswith(kind))

    def _relations(self, part: str, folder: str) -> dict[str, tuple[str, str]]:
        """By their ids, the kinds and the paths of the parts that a part relates to."""
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name.endswith("Relationship") and attributes.get("TargetMode") != "External":
                path = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"], path)

        parse(self.archive.read(part), start)
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

        parse(self.archive.read(part), start, end, data)

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

        parse(self.archive.read(part), start, end)
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


def _id(attributes: dict[str, str]) -> str:
    return next(value for name, value in attributes.items() if name.endswith(" id"))


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
        parse(xml, start, lambda _: current.clear(), data)
    return found
