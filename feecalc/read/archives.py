"""What a workbook says beside the values that openpyxl gives.

What kind of file it is and how much it unpacks to, told before any of its XML is parsed: a few kilobytes can expand to
gigabytes. What its number formats show in the place of a value. And, from a look through the XML of a sheet, what
openpyxl passes over in silence.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import IO
from xml.parsers import expat

from attrs import frozen

from feecalc.money import CURRENCIES
from feecalc.problems import Place
from feecalc.read.faults import Fault, Findings, Unreadable, shown
from feecalc.read.headers import COLUMNS_LIMIT, Marks, Sheet, letters
from feecalc.read.sizes import ROWS_LIMIT, fault_of_opened

PARTS_LIMIT = 2_000
BYTES_LIMIT = 200_000_000
EXPANSION_LIMIT = 100

_SMALLER = "Save large tables as CSV UTF-8, and a workbook without pictures and unused sheets."
SAVE_ANEW = "Open it in Excel, save it as an Excel workbook (.xlsx), and use that file."

_HEAD = 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _CELL, _FORMULA, _VALUE, _INLINE, _MERGED, _COLUMN = (
    f"{_MAIN} {tag}" for tag in ("row", "c", "f", "v", "is", "mergeCell", "col")
)
_FOREIGN = re.compile(r"\[[^\]]+\]")  # in a formula, the name or number of another workbook
_TRUE = ("1", "true")
_NO_HEIGHT = ("0", "0.0")
_LAST_LETTERS = letters(COLUMNS_LIMIT)
_STORED = {  # what a cell that is a number, the number of a text, or a truth value may hold
    "n": re.compile(r"\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*"),
    "s": re.compile(r"\s*[0-9]+\s*"),
    "b": re.compile(r"\s*[01]\s*"),
}

_FORMAT_CHARACTERS = 255  # more Excel does not take
# Of a number format: its literal text, which it shows as it stands; then what has a meaning of its own.
_LITERAL = re.compile(r'((?:"[^"]*"?|\\.)+)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]', re.DOTALL)
_PLACES = re.compile("[0#?]")
_GROUPING = re.compile("[0#?],+[0#?]")
_SCALING = re.compile("(?<=[0#?]),+(?=[^0#?]*(?:[.E]|$))")
_SCALE_WORDS = re.compile(r"[0-9]|\b(?:k|m{1,2}|mn|mln|mio|bn?|thousands?|millions?|billions?)\b", re.IGNORECASE)
_MARKS = re.compile(
    rf"\b(?:{'|'.join({*CURRENCIES, 'JPY', 'KRW'} - {'USD'})})\b|\b(?!US\$)[A-Z]{{1,3}}\$|\b(?:kr|Kč|zł|SFr|Fr|Rs|Ft)\b"
)


def fault_of_file(data: bytes) -> Fault | None:
    """Why a file cannot be opened as a workbook. Of a damaged archive, zipfile may raise anything."""
    return _fault_of_kind(data) or _fault_of_archive(data)


def _fault_of_kind(data: bytes) -> Fault | None:
    """What is wrong with a file whose first bytes are not those of a workbook."""
    if data.startswith(_ZIP):
        return None
    if not data:
        return "file-empty", "the file is empty", "Save the workbook anew."
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        return "password-protected", "the workbook is protected with a password", "Save a copy without a password."
    if data.startswith(_OLE):
        return "old-workbook", "the file is named .xlsx, but it is an old Excel workbook (.xls)", SAVE_ANEW
    return "not-a-workbook", "the file is named .xlsx, but it is no Excel workbook", "A file of text is named .csv."


def _fault_of_archive(data: bytes) -> Fault | None:
    """What forbids to unpack a ZIP archive, or tells that it is no workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        return (
            _fault_of_size(parts, len(data))
            or _fault_of_names(parts)
            or _fault_of_content(archive, parts)
            or fault_of_opened(archive, parts)
        )


def fault_of_length(size: int) -> Fault | None:
    """Why a file of so many bytes is not even read."""
    if size <= BYTES_LIMIT:
        return None
    return "workbook-too-large", f"the workbook takes {size:,} bytes; the limit is {BYTES_LIMIT:,}", _SMALLER


def _fault_of_size(parts: list[zipfile.ZipInfo], size: int) -> Fault | None:
    expanded = sum(part.file_size for part in parts)
    if len(parts) > PARTS_LIMIT:
        says = f"the workbook has {len(parts):,} parts; the limit is {PARTS_LIMIT:,}"
    elif expanded > BYTES_LIMIT:
        says = f"the workbook takes {expanded:,} bytes unpacked; the limit is {BYTES_LIMIT:,}"
    elif expanded > EXPANSION_LIMIT * size:
        says = f"the workbook of {size:,} bytes unpacks to {expanded:,}, more than {EXPANSION_LIMIT} times as many"
    else:
        return None
    return "workbook-too-large", says, _SMALLER


def _fault_of_names(parts: list[zipfile.ZipInfo]) -> Fault | None:
    seen: set[str] = set()
    for part in parts:
        name = part.filename.replace("\\", "/").lower()
        if part.flag_bits & 1:
            return "password-protected", f"the part {part.filename} is encrypted", "Save a copy without a password."
        if name in seen:
            return "workbook-unsafe", f"the part {part.filename} stands in the file twice", SAVE_ANEW
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            return "workbook-unsafe", f"the part {part.filename} points outside the file", SAVE_ANEW
        seen.add(name)
    if "[content_types].xml" not in seen or "xl/workbook.bin" in seen:
        return "not-a-workbook", "the file is named .xlsx, but it is another kind of file", SAVE_ANEW
    return None


def _fault_of_content(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Fault | None:
    for part in parts:
        name = part.filename.lower()
        if name.endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as xml:
                head = xml.read(_HEAD).replace(b"\0", b"")  # UTF-16 too
            if b"<!DOCTYPE" in head:
                return (
                    "workbook-unsafe",
                    f"the part {part.filename} has a DOCTYPE, which Excel never writes",
                    SAVE_ANEW,
                )
            if name.endswith("workbook.xml") and b"purl.oclc.org/ooxml" in head:
                return (
                    "strict-open-xml",
                    "the workbook is saved as Strict Open XML, which cannot be read",
                    "Save it in Excel as Excel Workbook (.xlsx), not as Strict Open XML Spreadsheet.",
                )
    return None


def fault_of_sheets(lost: list[str]) -> Fault:
    """Why openpyxl opened none of the sheets of a workbook, or all but those `lost`."""
    if lost:
        return (
            "sheet-missing",
            f"the workbook lists the sheet {' and '.join(map(shown, lost))}, but the file does not hold it",
            "The file is damaged: get it anew from where it comes from. Excel would drop the sheet as well.",
        )
    return "no-sheets", "the workbook has no sheets", SAVE_ANEW


# ---- number formats --------------------------------------------------------------------------------------------------


@frozen
class Format:
    """A number format by which cells show something else than the number they hold, and the code of that problem.

    They show it times 10 ** `shift`, printed by `spec`, with `after` behind it; or with the mark of a currency.
    """

    code: str
    text: str
    shift: int = 0
    spec: str = "f"
    after: str = ""
    mark: str = ""

    def fault(self, number: str) -> Fault:
        """Code, words and remedy of a cell that holds `number`."""
        if self.mark:
            says = f"the cell holds {number}, and its format shows it with the currency mark {shown(self.mark)}"
            remedy = "Write amounts without a mark (format the column as a number); the currency stands in its column "
            return self.code, says, f"{remedy}`currency`."
        with localcontext(rounding=ROUND_HALF_UP):
            shows = format(Decimal(number).scaleb(self.shift), self.spec) + self.after
        says = f"the cell shows {shows}, but holds {number}: its format is {shown(self.text)}"
        return self.code, says, "Format the column as a number, and see that each cell holds what is meant."


def format_of(text: str) -> Format | None:
    """What the number format `text` does to a number; None if it shows the number as it is, or as a date."""
    text = text[:_FORMAT_CHARACTERS]
    sections = _LITERAL.sub(lambda literal: literal[0].replace(";", ","), text).split(";")[:3]  # the fourth is for text
    return next((found for section in sections if (found := _format_of_section(section, text))), None)


def _format_of_section(section: str, text: str) -> Format | None:
    literals = list(_LITERAL.finditer(section))
    bare = _LITERAL.sub("\0", section)
    words = " ".join(" ".join(re.sub(r'["\\]', "", literal[1] or "") for literal in literals).split())
    words = words if _PLACES.search(bare) or "General" in bare else ""  # without a number, they are all that is shown
    per_cents, commas = bare.count("%"), sum(map(len, _SCALING.findall(bare)))
    decimals = len(_PLACES.findall(bare.partition("E")[0].partition(".")[2]))
    spec = f"{',' if _GROUPING.search(bare) else ''}.{decimals}f"
    if per_cents or "%" in words:
        return Format("percent-cell", text, 2 * per_cents - 3 * commas, spec, "%")
    if commas or _SCALE_WORDS.search(words):
        return Format("scaled-cell", text, -3 * commas, spec, f" {words}".rstrip())
    mark = next(_foreign_marks([(literal[2] or "").strip() for literal in literals], f"{words} {bare}"), "")
    return Format("currency-format", text, mark=mark) if mark else None


def _foreign_marks(named: list[str], text: str) -> Iterator[str]:
    """Marks of other currencies than the dollar: those that the format names as such, and those in its text."""
    yield from (mark for mark in named if mark not in ("", "$", "US$", "USD"))
    yield from (sign for sign in text if unicodedata.category(sign) == "Sc" and sign != "$")
    yield from (found[0] for found in _MARKS.finditer(text))


# ---- the XML of a sheet ----------------------------------------------------------------------------------------------


class Inspection:
    """Looks through a sheet's XML for what openpyxl passes over.

    Of a cell given twice it keeps the last, of a row given twice or of two values in a cell the first; a formula
    without a stored value is an empty cell to it; it reads 1_000 as a number; and what is beyond its limits it leaves
    out. None of this may go unsaid. What is hidden, and what formulas gave, is taken as it stands and noted.
    """

    def __init__(self, sheet: Sheet, findings: Findings, marks: Marks) -> None:
        self.sheet = sheet
        self.findings = findings
        self.marks = marks
        self.row = 0
        self.is_hidden = False
        self.hidden_columns: list[str] = []
        self.results: list[str] = []  # the first cell that a formula gave, then one for each further
        self.foreign: list[str] = []
        self.formula = ""
        self.seen: set[str] = set()
        self._start_cell({})

    def read(self, xml: IO[bytes]) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.ParseFile(xml)
        self._end_cell()
        self._note_formulas()
        if self.hidden_columns:
            says = f"the columns {', '.join(self.hidden_columns)} are hidden, and are read like the others"
            self.findings.note(self.sheet.place(), "hidden-columns", says)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.parser.CharacterDataHandler = None
        if name == _CELL:
            self._end_cell()
            self._start_cell(attributes)
        elif name == _VALUE:
            self._check_column()
            self.values.append("")
            self.parser.CharacterDataHandler = self._data
        elif name == _INLINE:
            self._check_column()
            self.texts += 1
        elif name == _FORMULA:
            self.has_formula, self.formula = True, ""
            self.parser.CharacterDataHandler = self._formula_data
        elif name == _ROW:
            self._start_row(int(attributes.get("r", self.row + 1)))
            self.is_hidden = attributes.get("hidden") in _TRUE or attributes.get("ht") in _NO_HEIGHT
        elif name == _COLUMN and attributes.get("hidden") in _TRUE:
            first, last = int(attributes["min"]), min(int(attributes["max"]), COLUMNS_LIMIT)
            self.hidden_columns.append(letters(first) + (f" to {letters(last)}" if last > first else ""))
        elif name == _MERGED:
            says, remedy = "are merged", "Unmerge them, and write into each cell what belongs there."
            self._add(attributes["ref"], "merged-cells", f"the cells {attributes['ref']} {says}", remedy)

    def _start_row(self, row: int) -> None:
        self._end_cell()
        self._start_cell({})
        if row > ROWS_LIMIT:
            says = f"the sheet has more than {ROWS_LIMIT:,} rows"
            self._add("", "too-many-rows", says, "Save the table as CSV UTF-8.")
            raise Unreadable
        if row <= self.row:
            self._add("", "row-twice", f"row {row} stands in the file after row {self.row}", SAVE_ANEW)
        self.row = row
        self.seen.clear()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.values: list[str] = []
        self.texts = 0
        self.has_formula = False
        self.kind = attributes.get("t", "n")
        self.address = attributes.get("r", "")
        if self.address in self.seen:
            self._add(self.address, "cell-twice", f"the cell {self.address} stands in the file twice", SAVE_ANEW)
        if self.address:
            self.seen.add(self.address)

    def _check_column(self) -> None:
        column = self.address.rstrip("0123456789")
        if len(column) >= len(_LAST_LETTERS) and (len(column), column) > (len(_LAST_LETTERS), _LAST_LETTERS):
            says = f"the cell {self.address} is beyond the limit of {COLUMNS_LIMIT} columns"
            self._add(self.address, "too-many-columns", says, "Delete the columns that are not part of the table.")
            raise Unreadable

    def _formula_data(self, data: str) -> None:
        self.formula += data

    def _note_formulas(self) -> None:
        if not self.results:
            return
        count = len(self.results)
        says = (
            f"{count:,} cell{'s hold' if count > 1 else ' holds'} what a formula gave when the workbook was saved last"
        )
        if self.foreign:
            says += f"; {len(self.foreign):,} of them from other workbooks, the first in {self.foreign[0]}"
        self.findings.note(self._place(self.results[0]), "formula-results", says)

    def _data(self, data: str) -> None:
        self.values[-1] += data

    def _end_cell(self) -> None:
        values = [value for value in self.values if value.strip()]
        if self.is_hidden and (values or self.texts):
            self.marks.hidden.add(self.row)
        if self.has_formula and values:
            self.results.append(self.address)
            if _FOREIGN.search(self.formula):
                self.foreign.append(self.address)
        if len(values) + self.texts > 1:
            self._add_damaged("holds two values")
        elif values and self.kind in _STORED and not _STORED[self.kind].fullmatch(values[0]):
            self._add_damaged(f"holds {shown(values[0])}, which is not a value of its kind")
        elif (values and self.kind == "inlineStr") or (self.texts and self.kind != "inlineStr"):
            self._add_damaged("holds a value that is not of its kind")
        elif self.has_formula and not values and not self.texts and self.kind != "str":  # stored text may be empty
            says = "the cell holds a formula without a stored result"
            remedy = "Open the workbook in Excel, let it calculate, and save."
            self._add(self.address, "formula-without-result", says, remedy)

    def _add_damaged(self, says: str) -> None:
        name = f"the cell {self.address}" if self.address else f"a cell of row {self.row}"
        self._add(self.address, "cell-damaged", f"{name} {says}", SAVE_ANEW)

    def _add(self, address: str, code: str, says: str, remedy: str) -> None:
        self.findings.add(self._place(address), code, says, remedy)

    def _place(self, address: str) -> Place:
        return Place(self.sheet.source, self.sheet.sheet, self.row, cell=address.partition(":")[0])
