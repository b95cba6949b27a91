"""Records that are no text: workbooks, other kinds of files, files made to harm. Each is built where it is needed.

`REFUSED` and `TAKEN` hold, by the name of the case, what writes its files into a folder.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Build = Callable[[Path], None]
Make = Callable[[], bytes | openpyxl.Workbook]
Parts = dict[str, bytes]

HEADER = ["closing", "date", "investor", "introduced_by", "gross_proceeds"]
DAY = datetime.date(2002, 3, 13)
SHEET = "xl/worksheets/sheet1.xml"


def line(closing: str = "A", amount: object = 100, day: object = DAY, investor: str = "Adler Fund") -> list[object]:
    return [closing, day, investor, "brighton", amount]


def book(
    *rows: list[object], change: Callable[[Worksheet], None] | None = None, header: list[str] | None = None
) -> openpyxl.Workbook:
    """A workbook with one sheet of closings."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "closings"
    for row in (header or HEADER, *rows):
        sheet.append(row)
    if change is not None:
        change(sheet)
    return made


def bytes_of(made: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Parts | list[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that stand twice
        for name, data in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(zipfile.ZipInfo(name, (2002, 3, 13, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def with_xml(old: str, new: str, *rows: list[object], part: str = SHEET) -> bytes:
    """A workbook of these closings, its XML changed in one place."""
    parts = parts_of(bytes_of(book(*(rows or (line(),)))))
    changed = re.sub(old, new, parts[part].decode(), count=1)
    assert changed != parts[part].decode(), old
    return zipped({**parts, part: changed.encode()})


def written(make: Make, name: str = "closings.xlsx") -> Build:
    return several({name: make})


def several(files: dict[str, Make]) -> Build:
    def build(folder: Path) -> None:
        for name, make in files.items():
            made = make()
            (folder / name).write_bytes(made if isinstance(made, bytes) else bytes_of(made))

    return build


def hidden_rows(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["D"].hidden = True


def percent(sheet: Worksheet) -> None:
    sheet["E4"].number_format = "0.0%"


def other_sheets(hidden: bool) -> openpyxl.Workbook:
    made = book(line())
    made.worksheets[0].title = "March"
    other = made.create_sheet("Old")
    other.append(["x"])
    other.sheet_state = "hidden" if hidden else "visible"
    return made


def hidden_closings() -> openpyxl.Workbook:
    made = book(line())
    made.create_sheet("Notes").append(["see the sheet closings"])
    made.worksheets[0].sheet_state = "veryHidden"
    return made


def of_1904() -> openpyxl.Workbook:
    made = book(line())
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    return made


def merged(sheet: Worksheet) -> None:
    sheet.merge_cells("C2:C3")


def formulas(*results: str) -> bytes:
    """A workbook whose amounts are formulas with these results; '' for none, `[` before one from another workbook."""
    rows = [line(f"C{place}", 900000 + place, investor=f"Investor {place}") for place, _ in enumerate(results)]
    parts = parts_of(bytes_of(book(*rows)))
    xml = parts[SHEET].decode()
    for place, result in enumerate(results):
        formula = "[1]Bank!B2" if result.startswith("[") else "50+50"
        value = f"<v>{result.strip('[')}</v>" if result else ""
        xml = xml.replace(f"<v>{900000 + place}</v>", f"<f>{formula}</f>{value}")
    return zipped({**parts, SHEET: xml.encode()})


def error_cells() -> bytes:
    """A workbook with error values where amounts should be."""
    rows = [line("A", 900001), line("B", 900002, investor="B"), line("C", 900003, investor="C")]
    parts = parts_of(bytes_of(book(*rows)))
    xml = parts[SHEET].decode()
    for place, error in enumerate(("#REF!", "#N/A", "#DIV/0!"), 900001):
        xml = re.sub(rf' t="n"><v>{place}</v>', f' t="e"><v>{error}</v>', xml)
    return zipped({**parts, SHEET: xml.encode()})


def strict() -> bytes:
    """A workbook in the strict form of Office Open XML."""
    transitional = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = parts_of(bytes_of(book(line())))
    return zipped(
        {
            name: data.replace(transitional, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
            for name, data in parts.items()
        }
    )


def with_bad_sum() -> bytes:
    """A workbook of which a stored byte was changed, so that its check sum does not hold."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts_of(bytes_of(book(line()))).items():
            archive.writestr(name, data)
    return stream.getvalue().replace(b"<v>100</v>", b"<v>900</v>")


def lying() -> bytes:
    """A workbook that says its sheet is smaller than it is."""
    sheet = with_xml("</sheetData>", "<row/>" * 1000 + "</sheetData>")
    size = len(parts_of(sheet)[SHEET]).to_bytes(4, "little")
    return sheet.replace(size, (100).to_bytes(4, "little"))


def bomb(megabytes: int = 150) -> bytes:
    """A workbook of about 150 kilobytes that unpacks to so many megabytes."""
    parts = parts_of(bytes_of(book(line())))
    return zipped({**parts, "xl/media/image1.xml": b"<a>" + b" " * (megabytes << 20) + b"</a>"})


def with_doctype(declaration: str) -> bytes:
    return with_xml("<worksheet ", f"<!DOCTYPE worksheet [{declaration}]><worksheet ")


def laughs() -> str:
    """Entities that unfold to a billion words."""
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!ENTITY l0 "ha">{nested}'


def part_twice() -> bytes:
    parts = list(parts_of(bytes_of(book(line()))).items())
    return zipped([*parts, *[(name, data) for name, data in parts if name == SHEET]])


def outside() -> bytes:
    return zipped({**parts_of(bytes_of(book(line()))), "../../evil.xml": b"<x/>"})


def far_cell(address: str = "XFD1048576") -> bytes:
    row = re.sub("[A-Z]", "", address)
    return with_xml("</sheetData>", f'<row r="{row}"><c r="{address}"><v>1</v></c></row></sheetData>')


def escaped(sheet: Worksheet) -> None:
    sheet["C2"] = "Adler_x000D_\n_x0046_und"


def csv_of(*rows: str) -> bytes:
    return "\n".join((",".join(HEADER), *rows, "")).encode()


def encrypted(kind: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + kind.encode("utf-16-le") + bytes(600)


def repeated(unit: str, times: int, part: str = SHEET, before: str = "</sheetData>", after: str = "") -> bytes:
    """A workbook of which one part holds the same XML millions of times; its bytes do not tell, being padded."""
    parts = parts_of(bytes_of(book(line())))
    xml = parts[part].decode()
    assert before in xml
    parts[part] = xml.replace(before, unit * times + after * times + before).encode()
    return zipped({**parts, "xl/media/noise.bin": os.urandom(len(parts[part]) // 90)})


def many_texts() -> bytes:
    """A workbook with ten million shared texts."""
    strings = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts = parts_of(bytes_of(book(line())))
    types = "[Content_Types].xml"
    if strings.encode() not in parts[types]:
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{strings}"/></Types>'
        parts[types] = parts[types].replace(b"</Types>", override.encode())
    start = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    parts["xl/sharedStrings.xml"] = start + b"<si><t>a</t></si>" * 10_000_000 + b"</sst>"
    return zipped({**parts, "xl/media/noise.bin": os.urandom(2_000_000)})


def sparse(head: bytes, size: int, name: str) -> Build:
    """A file of so many bytes that takes no place on the disk."""

    def build(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            file.write(head)
            file.truncate(size)

    return build


TIMES = [datetime.datetime(2002, 3, 13, 10, 30), datetime.datetime(2002, 3, 13)]

REFUSED: dict[str, Build] = {
    "cells-of-another-kind": written(
        lambda: book(
            line("A", True), line("B", datetime.time(10, 30)), line("C", 0.065), line("D", DAY), change=percent
        )
    ),
    "numbers-for-days": written(lambda: book(line(day=37328), line("B", day=100.5))),
    "digits-lost": written(lambda: book(line(closing=12345678901234567890), line("B", 1234567890123456.78))),  # type: ignore[arg-type]
    "days-beyond-the-calendar": written(
        lambda: with_xml(r'(<c r="B2"[^>]*><v>)[0-9]+(</v></c>)', r"\g<1>3000000\2", line(), line("B", day=DAY))
    ),
    "day-before-the-calendar": written(lambda: with_xml(r'(<c r="B2"[^>]*><v>)[0-9]+(</v></c>)', r"\g<1>60\2")),
    "day-with-a-time-in-a-workbook": written(lambda: book(line(day=TIMES[0]), line("B", day=TIMES[1]))),
    "cells-merged": written(lambda: book(line(), line("B", investor="X"), change=merged)),
    "sheet-unclear": written(lambda: other_sheets(hidden=False)),
    "formula-without-result": written(lambda: formulas("100", "")),
    "error-cells": written(lambda: error_cells()),
    "file-of-another-kind": several(
        {
            "closings.csv": lambda: bytes_of(book(line())),
            "payments.xlsx": lambda: b"payment,date,payee,amount\n",
            "invoices.xlsx": lambda: b"<html><table><tr><td>invoice</td></tr></table></html>",
            "introductions.csv": lambda: b"<html><table><tr><td>investor</td></tr></table></html>",
        }
    ),
    "workbook-with-a-password": written(lambda: encrypted("EncryptedPackage")),
    "workbook-of-the-old-kind": written(lambda: encrypted("Workbook")),
    "workbook-in-strict-form": written(lambda: strict()),
    "workbook-damaged": several(
        {
            "closings.xlsx": lambda: bytes_of(book(line()))[:-200],
            "introductions.xlsx": lambda: with_bad_sum(),
            "payments.xlsx": lambda: b"",
            "invoices.xlsx": lambda: b"PK\x03\x04" + bytes(100),
        }
    ),
    "workbook-that-unpacks-to-much": written(lambda: bomb()),
    "workbook-of-a-false-size": written(lambda: lying()),
    "workbook-with-entities": several(
        {
            "closings.xlsx": lambda: with_doctype(laughs()),
            "invoices.xlsx": lambda: with_doctype('<!ENTITY x SYSTEM "file:///etc/hostname">'),
        }
    ),
    "part-twice": written(lambda: part_twice()),
    "part-outside": written(lambda: outside()),
    "cell-far-away": written(lambda: far_cell()),
    "cell-twice": written(lambda: with_xml('(<c r="E2".*?</c>)', r"\1\1")),
    "control-character-in-a-workbook": written(lambda: with_xml("Adler Fund", "Ad_x0007_ler")),
    "cell-too-long": written(lambda: csv_of("A,2002-03-13," + "X" * 32_768 + ",brighton,100.00"), "closings.csv"),
    "nul-byte": written(lambda: csv_of("A,2002-03-13,X,brighton,5\0"), "closings.csv"),
}

TAKEN: dict[str, Build] = {
    "amounts-as-text": written(lambda: book(line("A", "1,050,000.00"), line("B", "50", investor="B"), line("C", 25))),
    "rows-hidden": written(lambda: book(line("A"), line("B", 250), line("C", 50.5), change=hidden_rows)),
    "sheet-hidden": written(lambda: hidden_closings()),
    "sheet-visible-of-two": written(lambda: other_sheets(hidden=True)),
    "formula-results": written(lambda: formulas("100", "[250")),
    "workbook-of-1904": written(lambda: of_1904()),
    "utf-16-with-tabs": written(
        lambda: ("\t".join(HEADER) + "\r\nA\t2002-03-13\tSocié\tbrighton\t1,050.00\r\n").encode("utf-16"),
        "closings.csv",
    ),
    "line-ends-of-old": written(
        lambda: (",".join(HEADER) + "\rA,2002-03-13,X,brighton,100.00\r\x1a").encode(), "closings.csv"
    ),
    "dimension-false": written(lambda: with_xml('<dimension ref="[^"]*"', '<dimension ref="A1"')),
    "text-escaped": written(lambda: book(line(), change=escaped)),
    "cells-far-away-and-empty": written(
        lambda: with_xml("</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    ),
}

HOSTILE: dict[str, tuple[Build, str]] = {  # what writes it, and the code of what is said
    "a bomb": (written(bomb), "workbook-too-large"),
    "a bomb of entities": (written(lambda: with_doctype(laughs())), "workbook-unsafe"),
    "an entity from outside": (
        written(lambda: with_doctype('<!ENTITY x SYSTEM "file:///dev/zero">')),
        "workbook-unsafe",
    ),
    "a false size": (written(lying), "workbook-damaged"),
    "parts that stand twice": (written(part_twice), "workbook-unsafe"),
    "thousands of parts": (
        written(lambda: zipped({f"xl/media/image{n}.png": b"x" for n in range(3_000)})),
        "workbook-too-large",
    ),
    "a part outside": (written(outside), "workbook-unsafe"),
    "a cell far away": (written(far_cell), "too-many-columns"),
    "a row far away": (written(lambda: far_cell("A9999999")), "too-many-rows"),
    "a password": (written(lambda: encrypted("EncryptedPackage")), "password-protected"),
    "a strict form": (written(strict), "strict-open-xml"),
    "tens of millions of rows": (written(lambda: repeated("<row/>", 30_000_000)), "too-many-rows"),
    "tens of millions of cells": (
        written(lambda: repeated("<c/>", 40_000_000, before="</row></sheetData>")),
        "too-many-cells",
    ),
    "tens of millions of other elements": (written(lambda: repeated("<x/>", 40_000_000)), "workbook-too-large"),
    "elements ten million deep": (written(lambda: repeated("<x>", 10_000_000, after="</x>")), "workbook-too-large"),
    "millions of formats": (
        written(lambda: repeated("<xf/>", 10_000_000, "xl/styles.xml", "</cellXfs>")),
        "workbook-too-large",
    ),
    "millions of texts": (written(many_texts), "too-many-texts"),
    "a workbook of a terabyte": (sparse(b"PK\x03\x04", 1 << 40, "closings.xlsx"), "workbook-too-large"),
    "a line of a gigabyte": (sparse(csv_of("A,2002-03-13,"), 1 << 30, "closings.csv"), "line-too-long"),
    "a cell of a gigabyte": (sparse(csv_of('A,2002-03-13,"'), 1 << 30, "closings.csv"), "line-too-long"),
    "a gigabyte of nothing": (sparse(b"", 1 << 30, "closings.csv"), "line-too-long"),
    "quotation marks without end": (
        written(lambda: csv_of(*['A,2002-03-13,"X' + "\n" * 2] * 100_000), "closings.csv"),
        "quote-not-closed",
    ),
    "a header of a million columns": (written(lambda: b"a," * 1_000_000 + b"\n", "closings.csv"), "too-many-columns"),
}
