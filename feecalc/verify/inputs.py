"""The inputs that a workbook carries in its sheet Inputs, read back as agreements and records.

What stands in the sheet is material from outside like any other: it goes through the same readers, and names of files
that could point elsewhere are refused. A row belongs to the source whose heading stands above it.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, evolve, field, frozen

from feecalc.agreement import Agreement
from feecalc.problems import Place, Problems
from feecalc.read.agreements import read_agreements
from feecalc.read.faults import shown
from feecalc.read.headers import letters
from feecalc.read.records import records_of, without_lone_cells
from feecalc.read.tables import read_tables, table_of
from feecalc.read.workbook_cells import Cell, Oddities
from feecalc.read.workbook_parts import PlainWorkbook, SheetOf
from feecalc.records import MARKS, TABLES, WORKBOOK, InputFile, InputSheet, Records
from feecalc.write.input_sheet import (
    AGREEMENT,
    ENCODINGS,
    ENDS,
    GOES_ON,
    HASH,
    HEADERS,
    NAME,
    NOT_KEPT,
    ROWS_OF_WORKBOOK,
)

_HEADER_WITHIN = 60  # rows
_ROW = re.compile("[0-9]{1,7}")
_RECORDS = "records"
_NO_NAME = frozenset({"", ".", ".."})


@frozen
class KeptLine:
    """A line as it stands in the sheet; `at` is the number of its row there."""

    at: int
    number: int
    text: str
    ends: str
    check: str


@define
class Source:
    """What the sheet holds of one file, or of one table of a workbook; `encoding` tells how it was read."""

    at: int
    name: str
    table: str
    sheet: str
    sha256: str
    encoding: str
    lines: list[KeptLine] = field(factory=list)

    @property
    def is_kept(self) -> bool:
        return self.encoding != NOT_KEPT

    @property
    def file(self) -> str:
        """The name of the file: of a workbook of several tables, the source names the table as well."""
        return self.name.removesuffix(f":{self.table}")

    @property
    def content(self) -> bytes:
        """The file of text that the lines are together."""
        mark, codec = ENCODINGS.get(self.encoding, ENCODINGS["UTF-8"])
        text = "".join(line.text + _BREAKS.get(line.ends, "") for line in self.lines)
        return mark + text.encode(codec, "replace")

    def as_sheet(self) -> InputSheet:
        rows: list[tuple[int, tuple[str, ...]]] = []
        for number, text in line_texts(self):
            cells = next(csv.reader(io.StringIO(text, newline="")), [])
            rows.append((number, tuple(cells)))
        marks = tuple((line.number, line.ends, line.text) for line in self.lines if line.ends in MARKS)
        return InputSheet(self.table, self.sheet, self.name, tuple(rows), marks)


_BREAKS = {word: end for end, word in ENDS.items()}


@frozen
class KeptInputs:
    """All that the sheet holds; `sheet` is its name in the workbook."""

    sheet: str
    text_column: str
    sources: tuple[Source, ...]

    def of(self, agreements: bool) -> list[Source]:
        """The sources of agreements, or those of records."""
        return [source for source in self.sources if (source.table == AGREEMENT) == agreements]

    def holds(self, agreements: bool) -> bool:
        """Whether all agreements, or all records, are there."""
        sources = self.of(agreements)
        return bool(sources) and all(source.is_kept for source in sources)


def kept_inputs(workbook: PlainWorkbook) -> KeptInputs | None:
    """What the workbook carries; None if none of its sheets is headed as Inputs is."""
    for sheet in sorted(workbook.sheets, key=lambda each: each.name != NAME):
        found = _sources(_texts(workbook, sheet))
        if found is not None:
            return KeptInputs(sheet.name, letters(found[0]), tuple(found[1]))
    return None


def _texts(workbook: PlainWorkbook, sheet: SheetOf) -> Iterator[tuple[int, dict[int, str]]]:
    for row, cells in workbook.rows(sheet, Oddities()):
        yield row, {column: _text(cell) for column, cell in cells.items()}


def _text(cell: Cell) -> str:
    return cell.value.partition(".")[0] if cell.kind == "number" else cell.value


def _sources(rows: Iterator[tuple[int, dict[int, str]]]) -> tuple[int, list[Source]] | None:
    """The column of the lines, and what the sheet holds; None if it has no such headers."""
    places: dict[str, int] = {}
    for row, texts in rows:
        places = {header: column for column, header in texts.items() if header in HEADERS}
        if len(places) == len(HEADERS):
            break
        if row > _HEADER_WITHIN:
            return None
    else:
        return None
    sources: list[Source] = []
    for row, texts in rows:
        name, table, sheet, number, text, ends, check = (texts.get(places[header], "") for header in HEADERS)
        if not number and text.startswith(HASH):
            sources.append(Source(row, name, table, sheet, text.removeprefix(HASH), ends))
        elif sources and (text or ends or number):
            sources[-1].lines.append(KeptLine(row, int(number) if _ROW.fullmatch(number) else 0, text, ends, check))
    return places["Text"], sources


def line_texts(source: Source) -> list[tuple[int, str]]:
    """The lines with their numbers, those that go on in the next row put together."""
    return list(_joined(line for line in source.lines if line.ends not in MARKS))


def _joined(lines: Iterable[KeptLine]) -> Iterator[tuple[int, str]]:
    """The lines with those that go on in the next row put together."""
    begun = ""
    for line in lines:
        begun += line.text
        if line.ends != GOES_ON:
            yield line.number, begun
            begun = ""


def read_kept_agreements(
    kept: KeptInputs, workbook: PlainWorkbook, problems: Problems
) -> tuple[list[Agreement], list[InputFile]]:
    """The agreements that a workbook carries."""
    with _unpacked(kept, kept.of(agreements=True), workbook, problems) as (_, paths, found):
        return read_agreements(paths, found)


def read_kept_records(kept: KeptInputs, workbook: PlainWorkbook, problems: Problems) -> Records:
    """The records that a workbook carries."""
    sources = kept.of(agreements=False)
    texts = [source for source in sources if source.encoding != ROWS_OF_WORKBOOK]
    with _unpacked(kept, texts, workbook, problems) as (folder, paths, found):
        tables, inputs = read_tables(folder, tuple(TABLES), found) if paths else ({}, [])
        files = {each.name: each for each in inputs}
        for source in sources:
            if source.encoding == ROWS_OF_WORKBOOK:
                sheet = source.as_sheet()
                table = table_of(sheet, str(folder / source.file), found)
                if table is not None:
                    tables[source.table] = table
                    _add(files, source, sheet, len(table.rows))
        ordered = {name: tables[name] for name in TABLES if name in tables}
        order = {source.file: place for place, source in reversed([*enumerate(sources)])}
        return records_of(
            without_lone_cells(ordered, found),
            found,
            tuple(sorted(files.values(), key=lambda file: order.get(file.name, 0))),
        )


def _add(files: dict[str, InputFile], source: Source, sheet: InputSheet, rows: int) -> None:
    """A table of a workbook, to the other tables of that workbook."""
    table = source.table if source.file == source.name else WORKBOOK
    before = files.get(source.file, InputFile(source.file, source.sha256, 0, table))
    files[source.file] = evolve(before, rows=before.rows + rows, sheets=(*before.sheets, sheet))


@contextmanager
def _unpacked(
    kept: KeptInputs, sources: Sequence[Source], workbook: PlainWorkbook, problems: Problems
) -> Iterator[tuple[Path, list[Path], Problems]]:
    """The folder of records, gone afterwards, with the sources as files; problems are told at their places in the
    workbook.
    """
    found = Problems()
    with tempfile.TemporaryDirectory(prefix="feecalc-") as folder:
        paths: list[Path] = []
        for number, source in enumerate(sources):
            # Agreements may come from several folders, and be named alike there.
            into = Path(folder, str(number) if source.table == AGREEMENT else _RECORDS)
            into.mkdir(exist_ok=True)
            if _is_safe(source.name) and not (into / source.name).exists():
                paths.append(into / source.name)
                paths[-1].write_bytes(source.content)
            else:
                says = f"the source {shown(source.name)} is not a name of a file, or stands there twice"
                problems.add(Place(workbook.source, kept.sheet, source.at), "inputs-damaged", says, _GIVE)
        yield Path(folder, _RECORDS), paths, found
        for problem in found.found:
            name = problem.place.source.replace("\\", "/").rpartition("/")[2]
            place = evolve(problem.place, source=f"{workbook.source}, sheet {kept.sheet}, {name}")
            problems.found.append(evolve(problem, place=place))


_GIVE = "Give the records, and with -a the agreements, from which the workbook was made."


def _is_safe(name: str) -> bool:
    return (
        name not in _NO_NAME and not set(name) & set("/\\\0") and Path(name).name == name and len(name.encode()) <= 255
    )
