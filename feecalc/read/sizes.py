"""How much a workbook's XML holds, counted in its bytes before any of it is parsed.

A parser makes an object of a hundred bytes and more of each element, and a file of two megabytes can hold fifty million
of them. Counted are start tags, in the parts that are read whole when a workbook is opened, and in a sheet before its
rows are read. Sheets that Excel writes stay far below these limits, whatever is formatted in them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from attrs import define

from feecalc.read.faults import Fault

ROWS_LIMIT = 1_048_576
CELLS_LIMIT = 10_000_000
TEXTS_LIMIT = 3_000_000
PARTS_ELEMENTS_LIMIT = 300_000  # in a part of formats, of relations, or of the like
SHEET_ELEMENTS_LIMIT = 1_000_000  # in a sheet beside its rows, cells and what cells hold

_ROW_WIDTH = 16_384
_IN_A_CELL = 6  # a formula, a value; a text and its runs
_IN_A_TEXT = 20
_PIECE = 1 << 20
_OVERRIDE = re.compile(rb"<(?:\w+:)?Override\b[^>]*>")
_PART_NAME = re.compile(rb'PartName\s*=\s*["\']/?([^"\']*)["\']')
_NOT_OPENED = re.compile(rb"worksheet\+xml|pivot|drawing|chart|comments|table\+xml|externalLink|queryTable|connections")
_BY_NAME = re.compile(r"(?:.*\.rels|xl/styles\.xml|xl/theme/.*|docprops/.*|\[content_types\]\.xml)", re.IGNORECASE)

_REMEDY = "Delete what is no part of the table, or save it as CSV UTF-8."


@define
class Count:
    """Start tags in some XML: all, and those of rows, cells and shared texts."""

    all: int = 0
    rows: int = 0
    cells: int = 0
    texts: int = 0

    def add(self, xml: bytes) -> None:
        self.all += xml.count(b"<") - xml.count(b"</")
        self.rows += xml.count(b"<row")
        self.cells += sum(map(xml.count, (b"<c ", b"<c>", b"<c/")))
        self.texts += sum(map(xml.count, (b"<si>", b"<si ", b"<si/")))


def pieces(xml: IO[bytes]) -> Iterator[bytes]:
    """XML in pieces of about a megabyte that end between two cells, or at least between two tags."""
    rest = b""
    while chunk := xml.read(_PIECE):
        text = rest + chunk
        cut = max(text.rfind(b"<c"), 0) or max(text.rfind(b"<"), 0) or len(text)
        yield text[:cut]
        rest = text[cut:]
    yield rest


def fault_of_sheet(count: Count) -> Fault | None:
    """Why the rows of a sheet cannot be read, if there are too many of anything."""
    if count.rows > ROWS_LIMIT:
        return "too-many-rows", f"the sheet has more than {ROWS_LIMIT:,} rows", "Save the table as CSV UTF-8."
    if count.cells > min(CELLS_LIMIT, _ROW_WIDTH * count.rows):
        says = f"the sheet has {count.cells:,} cells in {count.rows:,} rows; the limit is {CELLS_LIMIT:,}"
        return "too-many-cells", f"{says}, and {_ROW_WIDTH:,} in a row", _REMEDY
    others = count.all - count.rows - _IN_A_CELL * count.cells
    if others > SHEET_ELEMENTS_LIMIT:
        return _too_much("the sheet", count.all, SHEET_ELEMENTS_LIMIT)
    return None


def fault_of_opened(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Fault | None:
    """Why a workbook cannot be opened, if a part that is read for it holds too much."""
    later = _not_opened(archive, parts)
    for part in parts:
        name = part.filename
        if name.lower().endswith((".xml", ".rels")) and (name not in later or _BY_NAME.fullmatch(name)):
            with archive.open(part) as xml:
                fault = _fault_of_part(name, xml)
            if fault:
                return fault
    return None


def _not_opened(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> set[str]:
    """The parts that are declared as something that is not read when a workbook is opened."""
    types = next(part for part in parts if part.filename.lower() == "[content_types].xml")
    later = set()
    with archive.open(types) as xml:
        for text in pieces(xml):
            for override in _OVERRIDE.findall(text):
                name = _PART_NAME.search(override)
                if name is not None and _NOT_OPENED.search(override):
                    later.add(name[1].decode("utf-8", "replace"))
    return later


def _fault_of_part(name: str, xml: IO[bytes]) -> Fault | None:
    count = Count()
    for text in pieces(xml):
        count.add(text)
        if count.texts > TEXTS_LIMIT:
            says = f"the workbook holds more than {TEXTS_LIMIT:,} different texts"
            return "too-many-texts", says, "Save the table as CSV UTF-8."
        if count.all - _IN_A_TEXT * count.texts > PARTS_ELEMENTS_LIMIT:
            return _too_much(f"the part {name}", count.all, PARTS_ELEMENTS_LIMIT)
    return None


def _too_much(where: str, found: int, limit: int) -> Fault:
    says = f"{where} holds {found:,} elements or more that are no cells; the limit is {limit:,}"
    return "workbook-too-large", says, "Copy the table into a new workbook, as values."
