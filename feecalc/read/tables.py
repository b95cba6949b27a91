"""The tables of a folder or of a workbook: found by their names, read as columns of text, each cell with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, evolve, field, frozen

from feecalc.problems import Place, Problem, Problems, suggestion
from feecalc.read.columns import Column, part, plain_columns, read_columns
from feecalc.read.csv_tables import CsvFile
from feecalc.read.faults import Findings, Unreadable, cannot_read
from feecalc.read.headers import Block, Marks, Sheet, normal
from feecalc.records import (
    HIDDEN_ROW,
    KEPT_BYTES,
    KEPT_ROWS,
    NOTE,
    NUMBER_AS_TEXT,
    WORKBOOK,
    InputFile,
    InputSheet,
)
from feecalc.totals import Codes, Mask

if TYPE_CHECKING:
    from feecalc.read.xlsx_tables import Workbook

__all__ = ["Column", "InputFile", "Table", "normal", "read_tables"]

_OF_SHEETS = frozenset({"sheet-hidden", "hidden-columns", "formula-results"})  # notes on what is not in the text
_READ = (".csv", ".xlsx")
_NOT_READ = (".xls", ".xlsb", ".xlsm", ".ods", ".numbers", ".tsv", ".txt")
_COPIES = (".bak", ".old", ".orig", ".copy", ".tmp", ".gz", ".zip")  # after .csv or .xlsx
_GIVE = "Give a folder with closings.csv or closings.xlsx, or a workbook with a sheet named closings."


@frozen(eq=False)
class Table:
    """A table as read. `short` is its name in ledgers; `rows` has each row's number in the file (the header's is 1);
    `marks` tell what a sheet shows of its cells beside their text.
    """

    name: str
    source: str
    short: str
    sheet: str
    rows: Codes
    columns: tuple[Column, ...]
    marks: Marks = field(factory=Marks, kw_only=True)

    def column(self, name: str) -> Column | None:
        key = normal(name)
        return next((column for column in self.columns if normal(column.header) == key), None)

    def place(self, index: int, name: str = "") -> Place:
        """The place of row `index`, or of its cell in the column `name`."""
        column = self.column(name) if name else None
        position, header = (column.position, column.header) if column else (0, name)
        return Sheet(self.source, self.sheet).place(int(self.rows[index]), position, header)

    def part(self, keep: Mask) -> Table:
        """The table with some of its rows only."""
        return evolve(self, rows=self.rows[keep], columns=tuple(part(column, keep) for column in self.columns))

    def line(self, index: int) -> str:
        """The row as ledgers name it: `closings.csv:4`."""
        return f"{self.short}:{self.rows[index]}"


@frozen(eq=False)
class Joined(Table):
    """Two tables of one kind, one after the other: each row keeps its place."""

    first: Table
    second: Table

    def place(self, index: int, name: str = "") -> Place:
        table, row = self._of(index)
        return table.place(row, name)

    def line(self, index: int) -> str:
        table, row = self._of(index)
        return table.line(row)

    def _of(self, index: int) -> tuple[Table, int]:
        before = len(self.first.rows)
        return (self.first, index) if index < before else (self.second, index - before)


def joined(first: Table, second: Table) -> Table:
    """The rows of the first table, then those of the second; a column that one of them lacks is empty there."""
    headers = {normal(column.header): column.header for column in (*first.columns, *second.columns)}
    columns = [_joined_column(header, first, second) for header in headers.values()]
    rows = np.concatenate([first.rows, second.rows])
    return Joined(first.name, first.source, first.short, first.sheet, rows, tuple(columns), first, second)


def _joined_column(header: str, first: Table, second: Table) -> Column:
    words: dict[str, int] = {}
    codes = []
    for table in (first, second):
        column = table.column(header)
        own = column.words if column is not None else [""]
        place = np.array([words.setdefault(word, len(words)) for word in own] or [0], dtype=np.int32)
        codes.append(place[column.codes if column is not None else np.zeros(len(table.rows), dtype=np.int32)])
    return Column(header, np.concatenate(codes).astype(np.int32), list(words))


def read_table(name: str, file: Path, problems: Problems) -> Table | None:
    """One table in a .csv or .xlsx file of any name, or None after problems were added."""
    findings = Findings(problems)
    table: Table | None = None
    with suppress(Unreadable):
        if file.suffix.lower() == ".csv":
            table, _ = _read_csv(name, file, findings)
        else:
            table, *_ = _read_xlsx(name, file, (name,), findings)
    findings.close()
    return table


def read_tables(path: Path, known: Sequence[str], problems: Problems) -> tuple[dict[str, Table], list[InputFile]]:
    """The tables `known` by name in a folder of .csv and .xlsx files, or in the sheets of one .xlsx file.

    What is not known is left alone, unless its name has that of a table in it, or looks like that of one that is not
    there: rows that someone takes for part of the records must not be left out in silence.
    """
    if path.is_dir():
        return _read_folder(path, known, problems)
    if path.is_file() and path.suffix.lower() == ".xlsx":
        return _read_workbook(path, known, problems)
    if path.exists():
        problems.add(
            Place(str(path)), "records-unknown", "this is neither a folder nor an Excel workbook (.xlsx)", _GIVE
        )
    else:
        problems.add(Place(str(path)), "records-missing", "there is no such file or folder", _GIVE)
    return {}, []


def _read_folder(folder: Path, known: Sequence[str], problems: Problems) -> tuple[dict[str, Table], list[InputFile]]:
    tables: dict[str, Table] = {}
    inputs: list[InputFile] = []
    for name, file in _files(folder, known, problems).items():
        findings = Findings(problems)
        with suppress(Unreadable):
            if file.suffix.lower() == ".csv":
                table, sha256 = _read_csv(name, file, findings)
                kept = InputFile(file.name, sha256, len(table.rows), name, _content(file, sha256, len(table.rows)))
            else:
                table, sha256, sheets = _read_xlsx(name, file, known, findings)
                kept = InputFile(file.name, sha256, len(table.rows), name, sheets=sheets)
            tables[name] = table
            inputs.append(kept)
        findings.close()
    return tables, inputs


def _files(folder: Path, known: Sequence[str], problems: Problems) -> dict[str, Path]:
    """The file of each known table in a folder."""
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))
    except OSError as error:
        raise cannot_read(str(folder), error) from error
    before = len(problems)
    tables = [_Named(file.stem, file.name, Place(str(file))) for file in files if file.suffix.lower() in _READ]
    found = _by_name(tables, known, problems)
    for file in files:
        table = next((table for table in known if normal(table) == normal(file.stem)), "")
        if table and table not in found and file.suffix.lower() in _NOT_READ:
            problems.add(
                Place(str(file)),
                "kind-not-read",
                f"{file.name} is not read: a table is a .csv or an .xlsx file",
                f"Save it as {table}.csv (CSV UTF-8) or {table}.xlsx.",
            )
        elif not table and _may_hold_a_table(file, known):
            _report_unread(_Named(file.stem, file.name, Place(str(file)), ".csv"), known, found, problems)
    if not found and len(problems) == before:
        remedy = f"Give its folder {folder / 'records'} instead." if (folder / "records").is_dir() else _GIVE
        problems.add(Place(str(folder)), "no-tables", "the folder holds no table of records", remedy)
    return {table: folder / labels[0] for table, labels in found.items() if len(labels) == 1}


def _may_hold_a_table(file: Path, known: Sequence[str]) -> bool:
    """Whether a file that is not read may be a table by its kind: closings.csv.txt, closings (2).xls."""
    kind = file.suffix.lower()
    if kind == ".txt":  # a file named notes on closings.txt holds notes
        return _words(file.stem).startswith(_words(_table_in(file.stem, known)))
    return kind in _NOT_READ or (kind in _COPIES and Path(file.stem).suffix.lower() in _READ)


@frozen
class _Named:
    """A file or a sheet, by the name that may be a table's; `ending` is what that name needs besides."""

    name: str
    label: str
    place: Place
    ending: str = ""


def _by_name(candidates: list[_Named], known: Sequence[str], problems: Problems) -> dict[str, list[str]]:
    """For each known table the labels of its files or sheets; there should be one, more are reported."""
    table_of = {normal(table): table for table in known}
    found: dict[str, list[str]] = {}
    for each in candidates:
        if normal(each.name) in table_of:
            labels = found.setdefault(table_of[normal(each.name)], [])
            labels.append(each.label)
            if len(labels) > 1:
                says = f"the table {table_of[normal(each.name)]} is given twice, in {labels[0]} and in {each.label}"
                problems.add(each.place, "table-twice", says, "Keep one of the two.")
    for each in candidates:
        if normal(each.name) not in table_of:
            _report_unread(each, known, found, problems)
    return {table: found[table] for table in known if table in found}


def _report_unread(each: _Named, known: Sequence[str], found: Mapping[str, Sequence[str]], problems: Problems) -> None:
    """Report a file or a sheet that is no table by its name, and that someone may take for one all the same.

    Beside a table, copies of it are reported: their rows may be meant to count. Names that are only like its name are
    not.
    """
    table = _table_in(each.name, known)
    likely = table or _near(each.name, known)
    if not likely or (likely in found and not table):
        return
    if likely in found:
        says = f"{each.label} is not read: the table {table} is read from {found[table][0]}"
        remedy = f"Move the rows that belong to the table into it; delete this copy, or take {table} out of its name."
        problems.add(each.place, "table-copy", says, remedy)
        return
    remedy = f'Did you mean "{likely}{each.ending}"?' + (f" If not, take {table} out of its name." if table else "")
    problems.add(each.place, "table-misspelt", f'{each.label} is not read: no table is named "{each.name}"', remedy)


def _table_in(name: str, known: Sequence[str]) -> str:
    """The first of the tables whose name stands in `name` as words of their own: closings in `Closings (2)`."""
    words = _words(name)
    return next((table for table in known if _words(table) in words or f" {normal(table)} " in words), "")


def _near(name: str, known: Sequence[str]) -> str:
    """The table that `name` is likely a slip for: not one whose letters other words hold, as `Balance sheet` does."""
    likely = suggestion(name, known)
    key, word = normal(name), normal(likely)
    is_other = " " in _words(name).strip() or key.endswith(word)
    return "" if is_other and abs(len(key) - len(word)) > 1 else likely


def _words(name: str) -> str:
    """The words of a name, each with a space before it and one at the end: ` control totals ` for `ControlTotals-2`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W\d_]+", " ", name)
    return f" {' '.join(apart.casefold().split())} "


def _read_csv(name: str, path: Path, findings: Findings) -> tuple[Table, str]:
    file = CsvFile(path, str(path), findings)
    plain = file.plain()
    if plain is None:
        table = _table(name, path.name, Sheet(str(path)), file.blocks(), findings)
        return table, file.sha256
    rows, columns = plain_columns(plain, Sheet(str(path)), findings)
    return Table(name, str(path), path.name, "", rows, columns), plain.sha256


def _content(path: Path, sha256: str, rows: int) -> bytes | None:
    """What stands in a file of text, if it is small enough to be kept and still what was read."""
    if rows > KEPT_ROWS or path.stat().st_size > KEPT_BYTES:
        return None
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _opened(path: Path, problems: Problems) -> Workbook:
    from feecalc.read.xlsx_tables import open_workbook  # most records are text, and need nothing of this

    return open_workbook(path, str(path), problems)


def _read_xlsx(
    name: str, path: Path, known: Sequence[str], findings: Findings
) -> tuple[Table, str, tuple[InputSheet, ...]]:
    """A workbook for one table: in the sheet of its name, or the only one that can be seen."""
    workbook = _opened(path, findings.problems)
    others = {normal(table) for table in known} - {normal(name)}
    titles = [title for title in workbook.sheets if normal(title) == normal(name)] or [
        title for title, is_visible in workbook.sheets.items() if is_visible and normal(title) not in others
    ]
    if len(titles) != 1:
        sheets = ", ".join(workbook.sheets)
        says = f"which sheet holds the table {name} is unclear: there are {sheets}"
        findings.add(Place(str(path)), "sheet-unclear", says, f"Name its sheet {name}.")
        raise Unreadable
    for title in workbook.sheets:
        other = _table_in(title, known)
        if other == name and title not in titles:
            each = _Named(title, f"the sheet {title}", Place(str(path), title))
            _report_unread(each, known, {name: [f"the sheet {titles[0]}"]}, findings.problems)
        elif other and other != name and title not in titles:
            says = f"the sheet {title} is not read: in a folder, {path.name} holds the table {name} and no other"
            remedy = f"Delete it or save it as {other}.xlsx, or give {path.name} itself in place of the folder."
            findings.add(Place(str(path), title), "sheet-not-read", says, remedy)
    table, kept = _sheet_table(name, path.name, workbook, titles[0], findings)
    return table, workbook.sha256, kept


def _read_workbook(path: Path, known: Sequence[str], problems: Problems) -> tuple[dict[str, Table], list[InputFile]]:
    source = str(path)
    try:
        workbook = _opened(path, problems)
    except Unreadable:
        return {}, []
    before = len(problems)
    found = _by_name([_Named(title, title, Place(source, title)) for title in workbook.sheets], known, problems)
    if not found and len(problems) == before:
        says = "the workbook holds no table of records, but the sheets " + ", ".join(workbook.sheets)
        problems.add(Place(source), "no-tables", says, _GIVE)
    tables: dict[str, Table] = {}
    sheets: list[InputSheet] = []
    for name, titles in found.items():
        findings = Findings(problems)
        with suppress(Unreadable):
            tables[name], kept = _sheet_table(name, f"{path.name}:{name}", workbook, titles[0], findings)
            sheets += kept
        findings.close()
    rows = sum(len(table.rows) for table in tables.values())
    whole = tuple(sheets if len(sheets) == len(found) else ())
    return tables, [InputFile(path.name, workbook.sha256, rows, WORKBOOK, sheets=whole)]


@define
class _Keeper:
    """Passes the rows of a sheet on, and keeps them as long as there are few."""

    _blocks: Iterable[Block]
    _rows: list[tuple[int, tuple[str, ...]]] = field(factory=list)

    def blocks(self) -> Iterator[Block]:
        for starts, rows in self._blocks:
            if len(self._rows) <= KEPT_ROWS:
                self._rows += [(start, tuple(row)) for start, row in zip(starts, rows, strict=True)]
            yield starts, rows

    def kept(
        self, table: str, title: str, short: str, marks: tuple[tuple[int, str, str], ...]
    ) -> tuple[InputSheet, ...]:
        """The sheet with all of its rows, or nothing where they were too many."""
        few = len(self._rows) <= KEPT_ROWS
        return (InputSheet(table, title, short, tuple(self._rows), marks),) if few else ()


def table_of(sheet: InputSheet, source: str, problems: Problems) -> Table | None:
    """A table that was kept as text, or None after problems were added."""
    findings = Findings(problems)
    table: Table | None = None
    with suppress(Unreadable):
        starts, rows = [line for line, _ in sheet.rows], [row for _, row in sheet.rows]
        table = _table(sheet.table, sheet.short, Sheet(source, sheet.title), [(starts, rows)], findings)
        table = evolve(table, marks=_remarked(sheet, source, findings))
    findings.close()
    return table


def _marks_of(marks: Marks, notes: Iterable[Problem]) -> tuple[tuple[int, str, str], ...]:
    """What a sheet shows beside its text, as rows to be kept."""
    return (
        *((each.place.line, NOTE, f"{each.code} {each.place.cell or '-'} {each.says}") for each in notes),
        *((row, HIDDEN_ROW, "") for row in sorted(marks.hidden)),
        *((row, NUMBER_AS_TEXT, f"{position} {count}") for position, (row, count) in sorted(marks.as_text.items())),
    )


def _remarked(sheet: InputSheet, source: str, findings: Findings) -> Marks:
    """The marks that were kept; notes among them are noted anew."""
    marks = Marks(hidden={row for row, kind, _ in sheet.marks if kind == HIDDEN_ROW})
    for row, kind, words in sheet.marks:
        parts = words.split(" ", 2)
        if kind == NUMBER_AS_TEXT and len(parts) == 2 and words.replace(" ", "").isdecimal():
            marks.as_text[int(parts[0])] = row, int(parts[1])
        elif kind == NOTE and len(parts) == 3:
            cell = "" if parts[1] == "-" else parts[1]
            findings.note(Place(source, sheet.title, row, cell=cell), parts[0], parts[2])
    return marks


def _sheet_table(
    name: str, short: str, workbook: Workbook, title: str, findings: Findings
) -> tuple[Table, tuple[InputSheet, ...]]:
    """A sheet as a table, and its rows as they were read, as long as they are few."""
    marks = Marks()
    keeper = _Keeper(workbook.blocks(title, findings, marks))
    before = len(findings.problems.notes)
    table = _table(name, short, Sheet(workbook.source, title), keeper.blocks(), findings)
    notes = [note for note in findings.problems.notes[before:] if note.code in _OF_SHEETS]
    return evolve(table, marks=marks), keeper.kept(name, title, short, _marks_of(marks, notes))


def _table(name: str, short: str, sheet: Sheet, blocks: Iterable[Block], findings: Findings) -> Table:
    # An apostrophe before a formula is feecalc's own guard in CSV files; in a workbook it is what someone typed.
    rows, columns = read_columns(blocks, sheet, findings, guarded=not sheet.sheet)
    return Table(name, sheet.source, short, sheet.sheet, rows, columns)
