"""Charts of the rows of a sheet, made for print in grey: each series has its own pattern, from dark to light.

A chart reads the cells of its sheet, and keeps their values beside the references for viewers that do not calculate.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname
from xlsxwriter.worksheet import Worksheet

from .formats import FONT, NAVY
from .layout import CHART_ROWS, ROW_HEIGHT, Layout
from .plain import plain_texts
from .sheet_names import one_line
from .sheets import Chart, Sheet

# Neighbours differ in darkness and in pattern, so that no colour is needed to tell them apart.
FILLS: tuple[dict[str, Any], ...] = (
    {"fill": {"color": NAVY}},
    {"pattern": {"pattern": "light_upward_diagonal", "fg_color": NAVY, "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#8497B0"}},
    {"pattern": {"pattern": "small_grid", "fg_color": NAVY, "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#D6DCE5"}},
    {"pattern": {"pattern": "wide_downward_diagonal", "fg_color": "#44546A", "bg_color": "#FFFFFF"}},
    {"pattern": {"pattern": "dotted_grid", "fg_color": NAVY, "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#FFFFFF"}},
)
# Figures are to be read upon these.
_PALE_FILLS: tuple[dict[str, Any], ...] = (
    {"fill": {"color": "#B4BFD0"}},
    {"pattern": {"pattern": "light_upward_diagonal", "fg_color": "#B4BFD0", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#FFFFFF"}},
)
_EDGE = {"color": NAVY, "width": 0.75}
_LETTERS = {"name": FONT["font_name"], "size": 9}
_GRID = {"visible": True, "line": {"color": "#DFE4EC", "width": 0.75}}
_FORMATS = {"money": "#,##0_);(#,##0);0_)", "rate": "0.0#%"}
_LABEL_FORMATS = {"rate": '0.0#%;-0.0#%;""'}  # no figure where there is nothing
# In pixels; the points of a row are 3/4 of a pixel.
_WIDTH, _HEIGHT = 900, int((CHART_ROWS - 1) * ROW_HEIGHT * 4 / 3)


def draw(workbook: Workbook, worksheet: Worksheet, chart: Chart, sheet: Sheet, layout: Layout) -> None:
    """Put the chart between the sheet's paragraphs and its rows."""
    subtypes = {"columns": ("column", "stacked"), "bars": ("bar", "percent_stacked")}
    kind, subtype = subtypes[chart.kind]
    fills = _PALE_FILLS if chart.labels else FILLS
    drawn = workbook.add_chart({"type": kind, "subtype": subtype})
    for number, place in enumerate(chart.series):
        look = {**fills[number % len(fills)], "border": _EDGE, "gap": 60}
        above = {"position": "center" if chart.line is None else "inside_base"}
        drawn.add_series({**_series(worksheet.name, chart, sheet, layout, place, above), **look})
    if chart.line is not None:
        line = workbook.add_chart({"type": "line"})
        marker = {"type": "circle", "size": 6, "fill": {"color": "#FFFFFF"}, "border": _EDGE}
        look = {"line": {"color": NAVY, "width": 1.5, "dash_type": "dash"}, "marker": marker}
        line.add_series({**_series(worksheet.name, chart, sheet, layout, chart.line, {"position": "above"}), **look})
        drawn.combine(line)
    _set_up(drawn, chart, sheet)
    worksheet.insert_chart(layout.header - 2 - (CHART_ROWS - 1), 0, drawn, {"object_position": 2})


def _series(name: str, chart: Chart, sheet: Sheet, layout: Layout, place: int, label: dict[str, Any]) -> dict[str, Any]:
    """Where a series is, and what it holds."""
    column = sheet.columns[place]
    number_format = _LABEL_FORMATS.get(column.kind, "#,##0")
    labels = {"value": True, "font": _LETTERS, "num_format": number_format, **label}
    return {
        "name": f"={quote_sheetname(name)}!${layout.letters[place]}${layout.header}",
        "name_data": [one_line(column.header)],
        "categories": _range(name, layout, chart.categories),
        "categories_data": [one_line(text) for text in _texts(sheet, chart.categories)],
        "values": _range(name, layout, place),
        "values_data": [text or None for text in _texts(sheet, place)],
        **({"data_labels": labels} if chart.labels else {}),
    }


def _texts(sheet: Sheet, place: int) -> list[str]:
    column = sheet.columns[place]
    return plain_texts(column.kind, column.part())


def _range(name: str, layout: Layout, place: int) -> str:
    letter = layout.letters[place]
    return f"={quote_sheetname(name)}!${letter}${layout.first}:${letter}${layout.last}"


def _set_up(drawn: Any, chart: Chart, sheet: Sheet) -> None:
    kind = sheet.columns[chart.series[0]].kind
    negative = any(value.startswith("-") for place in chart.series for value in _texts(sheet, place))
    values = {
        **({} if negative else {"min": 0}),
        "num_format": _FORMATS.get(kind, "0"),
        "num_font": _LETTERS,
        "name": chart.unit,
        "name_font": {**_LETTERS, "bold": False},
        "major_gridlines": _GRID,
        "line": {"none": True},
    }
    names = {"num_font": _LETTERS, "line": {"color": "#8497B0"}, "label_position": "low", "text_axis": True}
    if chart.kind == "bars":
        drawn.set_x_axis({**values, "min": 0, "max": 1, "num_format": "0%"})
        drawn.set_y_axis({**names, "reverse": True})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(values)
    drawn.set_title({"none": True})
    drawn.set_legend({"position": "bottom", "font": _LETTERS})
    drawn.set_chartarea({"border": {"none": True}})
    drawn.set_size({"width": _WIDTH, "height": _HEIGHT})
