"""The workbook: typed sheets as an .xlsx file that prints well, and is the same bytes for the same sheets.

Nothing in it is hidden, merged or linked; what it computes has its result stored beside the formula. The clock is
never read: the one moment in the file is the one given.
"""

from __future__ import annotations

import datetime
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from feecalc.problems import MachineRefused

from .formats import FONT, Palette
from .layout import ROW_HEIGHT, Layout, lay_out
from .rows import RowsWorksheet, SheetRows
from .sheets import Live, Sheet

ROW_LIMIT = 1_048_000
NAME_MOST = 31
# Beyond this many rows above the data, frozen panes would leave no room to scroll.
FROZEN_ROWS_MOST = 15
PROPERTY_MOST = 255
PROPERTIES = ("title", "subject", "author", "manager", "company", "category", "keywords", "comments", "status")
_LETTER_PAPER = 1
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UNLAWFUL_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


def write_workbook(
    sheets: Sequence[Sheet],
    stream: BinaryIO,
    created: datetime.datetime,
    properties: dict[str, str],
    status: Live | None = None,
) -> None:
    """Write `sheets` as a workbook made at `created`; a property that Excel has no field for becomes a custom one.
    `status` is what the checks say, shown at the top of every sheet.
    """
    for sheet in sheets:
        _refuse_too_many_rows(sheet)
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="feecalc-") as folder:
        workbook = Workbook(
            archive,
            {
                "tmpdir": folder,
                "use_zip64": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": dict(FONT),
            },
        )
        _set_properties(workbook, created, properties)
        palette = Palette(workbook)
        for name, sheet in zip(lawful_names([sheet.name for sheet in sheets]), sheets):
            _add_sheet(workbook, name, sheet, palette, properties.get("title", ""), status)
        _close(workbook)
    stream.write(archive.getbuffer())


def lawful_names(names: Iterable[str]) -> list[str]:
    """Names that Excel accepts for sheets, each used once: its rules are 31 characters, none of []:*?/\\, no twins."""
    lawful: list[str] = []
    taken = {"history"}  # kept by Excel for itself
    for name in names:
        stem = _one_line(_UNLAWFUL_IN_NAMES.sub(" ", name)).strip(" '") or "Sheet"
        candidate, number = _shortened(stem, ""), 2
        while candidate.casefold() in taken:
            candidate, number = _shortened(stem, f" ({number})"), number + 1
        taken.add(candidate.casefold())
        lawful.append(candidate)
    return lawful


def _shortened(stem: str, ending: str) -> str:
    """The stem and ending in at most 31 characters as Excel counts them, which is in UTF-16 units."""
    units = stem.encode("utf-16-le")[: 2 * (NAME_MOST - len(ending))]
    return units.decode("utf-16-le", "ignore").rstrip(" '") + ending


def _refuse_too_many_rows(sheet: Sheet) -> None:
    if sheet.row_count > ROW_LIMIT:
        raise MachineRefused(
            f"the sheet {sheet.name} would have {sheet.row_count:,} rows, and a workbook can carry {ROW_LIMIT:,}: "
            "write to a file that ends in .csv instead, which carries any number"
        )


def _set_properties(workbook: Workbook, created: datetime.datetime, properties: dict[str, str]) -> None:
    if created.tzinfo:
        created = created.astimezone(datetime.UTC)
    lines = {_one_line(name)[:PROPERTY_MOST]: _one_line(value)[:PROPERTY_MOST] for name, value in properties.items()}
    workbook.set_properties({name: lines[name] for name in PROPERTIES if name in lines} | {"created": created})
    for name in lines:
        if name not in PROPERTIES:
            workbook.set_custom_property(name, lines[name], "text")


def _one_line(text: str) -> str:
    """The text as names, properties and page headers can hold it."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _add_sheet(workbook: Workbook, name: str, sheet: Sheet, palette: Palette, title: str, status: Live | None) -> None:
    worksheet = workbook.add_worksheet(name, worksheet_class=RowsWorksheet)
    layout = lay_out(sheet, top=1 if status is None else 2)
    worksheet.give(SheetRows(sheet, layout, palette, status), layout.bottom, max(len(sheet.columns), 1))
    worksheet.set_default_row(ROW_HEIGHT)
    worksheet.hide_gridlines(2)
    _set_up_print(worksheet, title)
    if sheet.columns:
        _set_up_table(worksheet, sheet, layout)


def _set_up_table(worksheet: RowsWorksheet, sheet: Sheet, layout: Layout) -> None:
    for place, width in enumerate(layout.widths):
        worksheet.set_column(place, place, width)
    header, last_column = layout.header - 1, len(sheet.columns) - 1
    worksheet.freeze_panes(layout.header if layout.header <= FROZEN_ROWS_MOST else 0, sheet.freeze)
    worksheet.autofilter(header, 0, layout.last - 1, last_column)
    worksheet.repeat_rows(header)
    if layout.row_count:
        # Ids and the like are text on purpose: no warning triangle in each cell.
        worksheet.ignore_errors({"number_stored_as_text": f"A{layout.first}:{layout.letters[-1]}{layout.bottom}"})


def _set_up_print(worksheet: RowsWorksheet, title: str) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(_LETTER_PAPER)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.7)
    # The space ends the font size, so that a title may begin with a digit.
    worksheet.set_header(f"&L&9 {_in_page_header(title)}")
    worksheet.set_footer("&L&9&A&R&9Page &P of &N")


def _in_page_header(title: str) -> str:
    """The title with its ampersands doubled. XlsxWriter would take `&&G` for a picture: a change of font parts them."""
    doubled = _one_line(title)[:100].replace("&", "&&")
    return re.sub(r"&&(?=G|\[Picture])", '&&&"-,Regular"', doubled)


def _close(workbook: Workbook) -> None:
    try:
        workbook.close()
    except FileCreateError as error:
        # XlsxWriter wraps what the operating system said; callers look at that.
        raise error.args[0] from None
