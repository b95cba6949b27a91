"""The workbook: typed sheets as an .xlsx file that prints well, and is the same bytes for the same sheets.

Nothing in it is hidden, merged or linked; what it computes has its result stored beside the formula. The clock is
never read: the one moment in the file is the one given.
"""

from __future__ import annotations

import datetime
import io
import re
import tempfile
from collections.abc import Sequence
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from feecalc.problems import MachineRefused

from .charts import draw
from .formats import FONT, Palette
from .layout import ROW_HEIGHT, Layout, lay_out
from .paper import BOTTOM, LEFT, LETTER, RIGHT, TOP, paged
from .rows import RowsWorksheet, SheetRows
from .sheet_names import lawful_names, one_line
from .sheets import Live, Sheet

ROW_LIMIT = 1_048_000
# Beyond this many rows above the data, frozen panes would leave no room to scroll.
FROZEN_ROWS_MOST = 15
PROPERTY_MOST = 255
HEADER_MOST = 120
PROPERTIES = ("title", "subject", "author", "manager", "company", "category", "keywords", "comments", "status")


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


def _refuse_too_many_rows(sheet: Sheet) -> None:
    if sheet.row_count > ROW_LIMIT:
        raise MachineRefused(
            f"the sheet {sheet.name} would have {sheet.row_count:,} rows, and a workbook can carry {ROW_LIMIT:,}: "
            "write to a file that ends in .csv instead, which carries any number"
        )


def _set_properties(workbook: Workbook, created: datetime.datetime, properties: dict[str, str]) -> None:
    if created.tzinfo:
        created = created.astimezone(datetime.UTC)
    lines = {one_line(name)[:PROPERTY_MOST]: one_line(value)[:PROPERTY_MOST] for name, value in properties.items()}
    workbook.set_properties({name: lines[name] for name in PROPERTIES if name in lines} | {"created": created})
    for name in lines:
        if name not in PROPERTIES:
            workbook.set_custom_property(name, lines[name], "text")


def _add_sheet(workbook: Workbook, name: str, sheet: Sheet, palette: Palette, title: str, status: Live | None) -> None:
    worksheet = workbook.add_worksheet(name, worksheet_class=RowsWorksheet)
    layout = lay_out(sheet, top=1 if status is None else 2)
    worksheet.give(SheetRows(sheet, layout, palette, status), layout.bottom, max(len(sheet.columns), 1))
    worksheet.set_default_row(ROW_HEIGHT)
    worksheet.hide_gridlines(2)
    _set_up_print(worksheet, sheet, layout, title)
    if sheet.columns:
        _set_up_table(worksheet, sheet, layout)
    if status is not None:
        _tell_failures(workbook, worksheet, sheet, layout)
    if sheet.chart is not None:
        draw(workbook, worksheet, sheet.chart, sheet, layout)


def _tell_failures(workbook: Workbook, worksheet: RowsWorksheet, sheet: Sheet, layout: Layout) -> None:
    """Red where a check fails, also one that fails only after an edit."""
    bad = workbook.add_format({"font_color": "#9C0006", "bg_color": "#FBE3E4"})
    worksheet.conditional_format("A2", {"type": "text", "criteria": "containing", "value": "FAIL", "format": bad})
    results = [letter for letter, column in zip(layout.letters, sheet.columns) if column.header == "Result"]
    if results and layout.row_count:
        rows = f"A{layout.first}:{layout.letters[-1]}{layout.last}"
        rule = {"type": "formula", "criteria": f'=${results[0]}{layout.first}="FAIL"', "format": bad}
        worksheet.conditional_format(rows, rule)


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


def _set_up_print(worksheet: RowsWorksheet, sheet: Sheet, layout: Layout, title: str) -> None:
    """One page wide, or several, each with the key columns and the sheet's title above; the sheet's own title and
    paragraphs would be cut where a page ends, and stay off these pages.
    """
    keys = max(sheet.freeze, 1)
    pages = paged(layout.widths, keys)
    above = f"&L&9 {_in_page_header(title)}"  # the space ends the font size, so that a title may begin with a digit
    worksheet.set_landscape()
    worksheet.set_paper(LETTER)
    worksheet.set_margins(left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM)
    if pages.breaks and sheet.chart is None:
        worksheet.set_print_scale(pages.scale)
        worksheet.set_v_pagebreaks(pages.breaks)
        worksheet.repeat_columns(0, keys - 1)
        worksheet.print_across()
        worksheet.print_area(layout.header - 1, 0, layout.bottom - 1, len(layout.widths) - 1)
        above += f"\n{_in_page_header(sheet.title)}"
    else:
        worksheet.fit_to_pages(1, 0)
    worksheet.set_header(above)
    worksheet.set_footer("&L&9&F: &A&R&9Page &P of &N")


def _in_page_header(text: str) -> str:
    """As much of the text as half of a page header can hold."""
    text = one_line(text)
    while len(told := _doubled(text)) > HEADER_MOST:
        text = text[:-1]
    return told


def _doubled(text: str) -> str:
    """The text with its ampersands doubled. XlsxWriter would take `&&G` for a picture: a change of font parts them."""
    return re.sub(r"&&(?=G|\[Picture])", '&&&"-,Regular"', text.replace("&", "&&"))


def _close(workbook: Workbook) -> None:
    try:
        workbook.close()
    except FileCreateError as error:
        # XlsxWriter wraps what the operating system said; callers look at that.
        raise error.args[0] from None
