"""How cells look: a palette of thirteen named looks, each laid over the number format of a column's kind.

A look says what a cell is for (header, body, total, ...); the kind says how its value prints. Both lists are closed, so
that every sheet of every workbook looks the same.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook

from .sheets import SheetColumn

# In every office, and with the same measures on every system.
FONT = {"font_name": "Arial", "font_size": 10}
NAVY = "#1F3864"
HAIRLINE = {"bottom": 1, "bottom_color": "#DFE4EC"}

LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "font_color": NAVY},
    "note": {"font_color": "#44546A"},
    "status": {"bold": True, "font_color": "#1E5B2E"},
    "header": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY},
    "body": HAIRLINE,
    "input": {"font_color": "#0000FF", "bg_color": "#FFFBE6", **HAIRLINE},
    "link": {"font_color": "#1E7B34", **HAIRLINE},
    "good": {"font_color": "#1E5B2E", "bg_color": "#E6F2E6", **HAIRLINE},
    "bad": {"font_color": "#9C0006", "bg_color": "#FBE3E4", **HAIRLINE},
    "warn": {"font_color": "#7A5200", "bg_color": "#FFF3D6", **HAIRLINE},
    "heading": {"bold": True, "font_color": NAVY, "bg_color": "#EAEEF6"},
    "subtotal": {"bold": True, "top": 1, "top_color": "#8497B0"},
    "total": {"bold": True, "top": 1, "bottom": 6, "top_color": NAVY, "bottom_color": NAVY},
}

# The `_)` keeps figures in line with those that end in a parenthesis; the last section does so for text.
KINDS: dict[str, dict[str, Any]] = {
    "text": {"align": "left", "indent": 1},
    "money": {"align": "right", "num_format": '#,##0.00_);(#,##0.00);"-"??_);@_)'},
    "count": {"align": "right", "num_format": '#,##0_);(#,##0);"-"_);@_)'},
    "price": {"align": "right"},
    "rate": {"align": "right"},
    "date": {"align": "center", "num_format": "yyyy-mm-dd"},
}

PRICE_DECIMALS_LEAST, PRICE_DECIMALS_MOST = 2, 10


class Palette:
    """The formats of one workbook, each made when it is first asked for."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._indices: dict[tuple[str, str, int, bool], int] = {}

    def index(self, look: str, column: SheetColumn | None = None, decimals: int = 0) -> int:
        """The number by which cells name the format of `look` in `column`, or in no column at all."""
        key = (look, column.kind if column else "", decimals, bool(column and column.wrap))
        if key not in self._indices:
            placed = _placed(look, column, decimals) if column else {}
            cell_format = self._workbook.add_format({**FONT, "valign": "top", **placed, **LOOKS[look]})
            self._indices[key] = cell_format._get_xf_index()
        return self._indices[key]


def _placed(look: str, column: SheetColumn, decimals: int) -> dict[str, Any]:
    """How a cell of the column stands and prints. Headers stand as their column does, and always wrap."""
    if look == "header":
        return {"align": KINDS[column.kind]["align"], "indent": int(column.kind != "date"), "text_wrap": True}
    formats = {"price": _price_format, "rate": _rate_format}
    number_format = {"num_format": formats[column.kind](decimals)} if column.kind in formats else {}
    return {**KINDS[column.kind], **number_format, "text_wrap": column.wrap}


def _rate_format(decimals: int) -> str:
    """Rates show as percentages, with the decimals they have."""
    return "0.0" + "#" * max(min(decimals, PRICE_DECIMALS_MOST) - 3, 1) + "%"


def _price_format(decimals: int) -> str:
    """Prices show the decimals they have; a question mark leaves room for one that others in the column have."""
    spare = min(decimals, PRICE_DECIMALS_MOST) - PRICE_DECIMALS_LEAST
    return "#,##0.00" + "?" * max(spare, 0) + "_)"
