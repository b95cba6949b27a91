"""Workbooks recalculated by a second program: LibreOffice, headless, told to compute every formula anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
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


@frozen
class Difference:
    """A cell whose result is not what was stored."""

    sheet: str
    cell: str
    formula: str
    stored: Any
    found: Any


def recalculated(paths: list[Path], folder: Path) -> list[Path]:
    """Each workbook saved again by LibreOffice, all formulas computed anew."""
    assert OFFICE is not None
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
    out = folder / "recalculated"
    command = [OFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*command, "--outdir", str(out), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "HOME": str(folder)},
    )
    found = [out / path.name for path in paths]
    assert all(path.exists() for path in found), done.stdout + done.stderr
    return found


def differences(written: Path, again: Path) -> Iterator[Difference]:
    """Every computed cell whose result differs by as much as a millionth."""
    formulas = openpyxl.load_workbook(written)
    stored = openpyxl.load_workbook(written, data_only=True)
    found = openpyxl.load_workbook(again, data_only=True)
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    was, now = stored[sheet.title][cell.coordinate].value, found[sheet.title][cell.coordinate].value
                    if not same(was, now):
                        yield Difference(sheet.title, cell.coordinate, str(cell.value), was, now)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) < 1e-6
    return (one or "") == (other or "")


def values(path: Path, sheet: str) -> list[list[Any]]:
    """The cells of a sheet."""
    return [list(row) for row in openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)]
