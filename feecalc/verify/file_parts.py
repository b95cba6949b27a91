"""What of a workbook is not a cell: its sheets as such, the parts of its file, names, settings, what is hidden."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from feecalc.read.workbook_cells import Oddities
from feecalc.read.workbook_parts import PlainWorkbook, SheetOf
from feecalc.verify.differences import Discrepancy

_ORDINARY = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(core|app|custom)\.xml|docMetadata/.*|xl/_rels/workbook\.xml\.rels"
    r"|xl/(workbook|styles|sharedStrings|calcChain|metadata)\.xml|xl/theme/[^/]*\.xml|xl/theme/_rels/.*"
    r"|xl/worksheets/([^/]*\.xml|_rels/[^/]*\.rels)|xl/printerSettings/.*"
    r"|xl/(drawings|charts)/_rels/[^/]*\.rels|xl/charts/(style|colors)[0-9]*\.xml"
)
_KINDS = (
    ("vbaProject", "macros"),
    ("macrosheets/", "macros"),
    ("externalLinks/", "a link to another file"),
    ("connections.xml", "a connection to data outside"),
    ("queryTables/", "a query of data outside"),
    ("omments", "comments"),
    ("persons/", "comments"),
    ("media/", "a picture"),
    ("drawings/", "a drawing"),
    ("charts", "a chart"),
    ("embeddings/", "an embedded file"),
    ("activeX", "a control"),
    ("ctrlProps/", "a control"),
    ("pivot", "a pivot table"),
    ("tables/", "a table"),
    ("customXml", "custom data"),
    ("webextensions/", "an add-in"),
)
_ELEMENTS = {
    "dataValidation": "rules for what may be typed",
    "conditionalFormatting": "formats that depend on values",
    "hyperlink": "links",
    "legacyDrawing": "comments or controls",
    "picture": "a background picture",
    "oleObject": "embedded objects",
    "control": "controls",
    "tablePart": "tables",
    "sheetProtection": "protection",
    "customSheetView": "views of its own",
    "webPublishItem": "parts published on the web",
    "filterColumn": "filters that are set",
    "scenario": "scenarios",
    "zeroHeight": "rows that are hidden unless they have a height",
}
_SETTINGS = {
    "calcMode": ("auto", "when formulas are calculated"),
    "fullPrecision": ("1", "whether numbers keep the digits that are not shown"),
    "iterate": ("0", "whether formulas may refer to themselves"),
    "date1904": ("0", "from which day dates are counted"),
}
_TRUTHS = {"true": "1", "false": "0"}
_PROPERTIES = {"title": "title", "description": "comments"}
# Names that programs write for filters and repeated headings by themselves.
_OF_PROGRAMS = ("_xlnm._FilterDatabase", "_xlnm.Print_Titles")


def file_differences(written: PlainWorkbook, now: PlainWorkbook, renamed: Mapping[str, str]) -> Iterator[Discrepancy]:
    """What the file holds beside sheets, or says otherwise of itself; `renamed` has the former names of sheets."""
    known = Counter(map(_kind, _telling(written)))
    for part in _telling(now):
        known[_kind(part)] -= 1
        if known[_kind(part)] < 0:
            yield Discrepancy("file", "", "", f"the file holds {_kind(part)}: {part}")
    yield from (
        Discrepancy("file", "", "", f"{kind} is gone from the file") for kind, count in known.items() if count > 0
    )
    charted, charts = (Counter(_charted(book)) for book in (written, now))
    if charted != charts:
        gone, come = (", ".join(sorted(each)) for each in (charted - charts, charts - charted))
        yield Discrepancy("file", "", "", "the charts show other cells", gone, come)
    for part in now.parts:
        if part.endswith(".rels") and b'TargetMode="External"' in now.content(part).replace(b"'", b'"'):
            yield Discrepancy("file", "", "", f"the file refers to something outside: {part}")
    yield from _names(written.names, {_former(name, renamed): each for name, each in now.names.items()}, renamed)
    for key, (usual, says) in _SETTINGS.items():
        stood, stands = (_setting(book, key, usual) for book in (written, now))
        if stood != stands:
            yield Discrepancy("file", "", "", f"the workbook sets {says} ({key})", stood, stands)
    for key, word in _PROPERTIES.items():
        stood, stands = written.properties.get(key, ""), now.properties.get(key, "")
        if stood != stands:
            yield Discrepancy(
                "file", "", "", f"the {word} among the properties of the file", f'"{stood}"', f'"{stands}"'
            )


def _telling(workbook: PlainWorkbook) -> list[str]:
    """The parts that are more than what every workbook has."""
    return [part for part in workbook.parts if not _ORDINARY.fullmatch(part) and not _is_empty_drawing(workbook, part)]


def _kind(part: str) -> str:
    return next((words for name, words in _KINDS if name in part), "a part that feecalc does not write")


def _charted(workbook: PlainWorkbook) -> Iterator[str]:
    """The cells that charts show."""
    for part in workbook.parts:
        if part.startswith("xl/charts/chart"):
            found = re.findall("<c:f>([^<]*)</c:f>", workbook.content(part).decode("utf-8", "replace"))
            yield from (_bare(html.unescape(each)) for each in found)


def _is_empty_drawing(workbook: PlainWorkbook, part: str) -> bool:
    """Some programs write a drawing for each sheet, with nothing in it."""
    return bool(re.fullmatch(r"xl/drawings/[^/]*\.xml", part)) and b"nchor" not in workbook.content(part)


def _setting(workbook: PlainWorkbook, key: str, usual: str) -> str:
    value = workbook.settings.get(key, usual)
    return _TRUTHS.get(value, value)


def _names(written: Mapping[str, str], now: Mapping[str, str], renamed: Mapping[str, str]) -> Iterator[Discrepancy]:
    for name in dict.fromkeys([*written, *now]):
        if name.startswith(_OF_PROGRAMS):
            continue
        stood, stands = written.get(name), now.get(name)
        if stood is None:
            yield Discrepancy("file", "", "", f"the name {name} is defined", stands=f"={stands}")
        elif stands is None:
            yield Discrepancy("file", "", "", f"the name {name} is gone", stood=f"={stood}")
        elif _bare(stood) != _bare(_former(stands, renamed)):
            yield Discrepancy("file", "", "", f"the name {name} is defined otherwise", f"={stood}", f"={stands}")


def _former(text: str, renamed: Mapping[str, str]) -> str:
    """What a text said before sheets were renamed."""
    for name, former in renamed.items():
        text = text.replace(name, former)
    return text


def _bare(text: str) -> str:
    return text.replace("$", "").replace("'", "")


def sheet_differences(written: SheetOf, now: SheetOf) -> Iterator[Discrepancy]:
    """A sheet that goes by another name, or can be seen no more."""
    if written.name != now.name:
        yield Discrepancy("sheet", now.name, "", "the sheet was renamed", written.name, now.name)
    if written.state != now.state:
        yield Discrepancy("sheet", now.name, "", f"the sheet is {'hidden' if now.state != 'visible' else 'shown'}")


def order_differences(written: Sequence[str], now: Sequence[str]) -> Iterator[Discrepancy]:
    """Sheets that stand in another order, by their names as written."""
    changed = [place for place, (former, name) in enumerate(zip(written, now, strict=True)) if former != name]
    if changed:
        part = slice(changed[0], changed[-1] + 1)
        says = "the sheets stand in another order"
        yield Discrepancy("sheet", "", "", says, ", ".join(written[part]), ", ".join(now[part]))


def layout_differences(sheet: str, written: Oddities, now: Oddities) -> Iterator[Discrepancy]:
    """What of a sheet is hidden, merged, or laid over its cells."""
    if rows := sorted(set(now.hidden_rows) - set(written.hidden_rows)):
        yield Discrepancy("layout", sheet, "", f"hidden: {_counted(rows)}")
    if columns := [each for each in now.hidden_columns if each not in written.hidden_columns]:
        yield Discrepancy("layout", sheet, "", f"hidden: column {', '.join(columns)}")
    if merged := [each for each in now.merged if each not in written.merged]:
        yield Discrepancy("layout", sheet, "", f"merged cells: {', '.join(merged[:20])}")
    for element, count in now.elements.items():
        if count > written.elements.get(element, 0):
            yield Discrepancy(
                "layout", sheet, "", f"the sheet has {_ELEMENTS.get(element, element)}, which feecalc did not write"
            )


def _counted(rows: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1][1:] = [row]
        else:
            runs.append([row])
    words = ", ".join("-".join(map(str, run)) for run in runs[:20])
    return f"row {words}" + (" and more" if len(runs) > 20 else "")
