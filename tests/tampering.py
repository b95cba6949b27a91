"""Workbooks changed as people and programs change them: in the XML of a part, or with openpyxl."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import openpyxl

Parts = dict[str, bytes]


def parts_of(workbook: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def part_of(parts: Parts, sheet: str) -> str:
    """The part that holds a sheet: feecalc numbers them in their order."""
    names = re.findall(rb'<sheet name="([^"]*)"', parts["xl/workbook.xml"])
    return f"xl/worksheets/sheet{names.index(sheet.encode()) + 1}.xml"


def with_text(workbook: bytes, part: str, old: str, new: str) -> bytes:
    """The workbook with the first text that the pattern `old` finds in a part (or in a sheet, by its name) replaced."""
    parts = parts_of(workbook)
    name = part if part in parts else part_of(parts, part)
    text, count = re.subn(old, new, parts[name].decode(), count=1)
    assert count, f"{old} is not in {name}"
    return packed(parts | {name: text.encode()})


def with_cell(workbook: bytes, sheet: str, address: str, body: str) -> bytes:
    """The workbook with the inside of a cell replaced, its style kept: `<v>1</v>`, or a whole `t="str"><f>...`."""
    body = body if body.startswith((" ", ">", "/")) else f">{body}"
    closed = body if body.endswith("/>") else f"{body}</c>"
    return with_text(
        workbook, sheet, rf'(<c r="{address}" s="\d+")(?:/>|[^>]*>.*?</c>)', r"\g<1>" + closed.replace("\\", r"\\")
    )


def with_part(workbook: bytes, name: str, content: bytes = b"<x/>") -> bytes:
    return packed(parts_of(workbook) | {name: content})


def with_openpyxl(workbook: bytes, change: Callable[[openpyxl.Workbook], object]) -> bytes:
    """As a program that does not calculate saves it."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_row_inserted(workbook: bytes, sheet: str, before: int) -> bytes:
    """A blank row before another, the formulas written anew as Excel does."""
    parts = parts_of(workbook)
    part = part_of(parts, sheet)

    def moved(text: str) -> str:
        return re.sub(r"(?<=[A-Z])(\d+)\b", lambda m: str(int(m[1]) + (int(m[1]) >= before)), text)

    text = parts[part].decode()
    text = re.sub(r'(<c r=")([A-Z]+\d+)', lambda m: m[1] + moved(m[2]), text)
    text = re.sub(r'(<row r=")(\d+)', lambda m: m[1] + str(int(m[2]) + (int(m[2]) >= before)), text)
    text = re.sub(r"<f>(.*?)</f>", lambda m: f"<f>{moved(m[1])}</f>", text)
    return packed(parts | {part: text.encode()})
