"""Workbooks recalculated by a second program: LibreOffice, headless, told to compute every formula anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
from attrs import frozen

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    OFFICE is None,
    reason="LibreOffice is not installed: no workbook was recalculated by a second program",
)
# OOXMLRecalcMode 0: recalculate always; otherwise results stored in the file would be believed.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@frozen
class Cell:
    """A cell as the file has it: its formula without the equals sign, and its value as text."""

    formula: str | None
    value: str
    is_number: bool


@frozen
class Difference:
    """A cell whose result is not what was stored."""

    sheet: str
    cell: str
    formula: str
    stored: str
    found: str


def recalculated(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Each workbook saved again by LibreOffice, all formulas computed anew; two of them work side by side."""
    halves = [half for half in (paths[::2], paths[1::2]) if half]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_converted, halves, [folder / "one", folder / "two"]))
    found = [folder / ("one", "two")[number % 2] / path.name for number, path in enumerate(paths)]
    assert all(path.exists() for path in found)
    return found


def _converted(paths: Sequence[Path], out: Path) -> None:
    assert OFFICE is not None
    profile = out / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
    command = [OFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*command, "--outdir", str(out), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "HOME": str(out)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def cells(path: Path) -> dict[str, dict[str, Cell]]:
    """Every cell that holds anything, by sheet and address, as the XML of the file has it."""
    with zipfile.ZipFile(path) as archive:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in item.iter(f"{_MAIN}t")) for item in root.iter(f"{_MAIN}si")]
        relations = {
            r.attrib["Id"]: r.attrib["Target"]
            for r in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        return {
            sheet.attrib["name"]: _sheet(archive.read(f"xl/{relations[sheet.attrib[_RELATION]]}"), shared)
            for sheet in book.iter(f"{_MAIN}sheet")
        }


def _sheet(xml: bytes, shared: list[str]) -> dict[str, Cell]:
    found = {}
    for cell in ElementTree.fromstring(xml).iter(f"{_MAIN}c"):
        formula = cell.find(f"{_MAIN}f")
        kind, value = cell.attrib.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
        if kind == "s":
            value = shared[int(value)]
        elif kind == "inlineStr":
            value = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
        if value or formula is not None:
            found[cell.attrib["r"]] = Cell(formula.text if formula is not None else None, value, kind == "n")
    return found


def differences(written: Path, again: Path) -> Iterator[Difference]:
    """Every computed cell whose result differs by as much as a millionth."""
    found = cells(again)
    for sheet, stored in cells(written).items():
        for address, cell in stored.items():
            if cell.formula is not None:
                now = found[sheet].get(address, Cell(None, "", True))
                if not _same(cell.value, now.value):
                    yield Difference(sheet, address, cell.formula, cell.value, now.value)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return abs(float(one or 0) - float(other or 0)) < 1e-6
    except ValueError:
        return False


def column(sheet: dict[str, Cell], header: str) -> tuple[str, int]:
    """The letter of a column and the row of its header."""
    for address, cell in sheet.items():
        if cell.value == header and cell.formula is None:
            letters = re.match("[A-Z]+", address)
            assert letters
            return letters[0], int(address[len(letters[0]) :])
    raise KeyError(header)


def told(sheet: dict[str, Cell], *headers: str) -> list[tuple[str, ...]]:
    """The values of some columns, row by row, until the first is empty."""
    places = [column(sheet, header) for header in headers]
    rows = []
    row = places[0][1] + 1
    while f"{places[0][0]}{row}" in sheet:
        rows.append(tuple(sheet.get(f"{letter}{row}", Cell(None, "", True)).value for letter, _ in places))
        row += 1
    return rows
