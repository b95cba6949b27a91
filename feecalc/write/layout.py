"""Where things stand on a worksheet: rows, column widths, and explanations broken into lines that fit.

Row 1 holds the title, row 2 what the checks say if they say anything, then come the paragraphs, a blank row, the
header, the data and the totals.
"""

from __future__ import annotations

import heapq
import math
import textwrap
from collections.abc import Sequence
from functools import lru_cache, partial

from attrs import frozen
from xlsxwriter.utility import xl_col_to_name

from .formats import PRICE_DECIMALS_LEAST
from .measure import printed_lines, printed_width
from .plain import grouped_texts, once_each
from .sheets import Sheet, SheetColumn, total_of

WIDTH_LEAST, WIDTH_MOST = 8, 60
# What the indent of text and the padding of numbers take from a column.
TEXT_MARGIN = 2
# How much wider bold letters are, such as those of headers.
BOLD = 1.08
# Only the longest texts are measured letter by letter.
_MEASURED = 50
NOTE_LEAST, NOTE_MOST = 90, 120
# Rows of ordinary height that a chart takes, with a free one below.
CHART_ROWS = 19
# In points. The title stands in larger letters.
ROW_HEIGHT, LINE_HEIGHT, TITLE_HEIGHT, HEIGHT_MOST = 15.75, 13, 24, 409


@frozen
class Layout:
    """The places of one sheet. Rows count from 1, as on the screen; `letters` name the columns."""

    notes: tuple[str, ...]
    letters: tuple[str, ...]
    widths: tuple[int, ...]
    decimals: tuple[int, ...]
    header_height: int
    row_count: int
    has_totals: bool
    top: int
    header: int

    @property
    def first(self) -> int:
        return self.header + 1

    @property
    def last(self) -> int:
        return self.header + self.row_count

    @property
    def bottom(self) -> int:
        """The last row of all: the totals, where there are any."""
        return self.last + self.has_totals


@lru_cache(maxsize=128)
def lay_out(sheet: Sheet, top: int = 1) -> Layout:
    """Where things stand, below `top` rows: the title, and what the checks say."""
    widths = tuple(_width(column, sheet.row_styles) for column in sheet.columns)
    notes = tuple(_lines(sheet.paragraphs, sum(widths)))
    return Layout(
        notes=notes,
        letters=tuple(xl_col_to_name(place) for place in range(len(widths))),
        widths=widths,
        decimals=tuple(_decimals(column) for column in sheet.columns),
        header_height=_header_height(sheet.columns, widths),
        row_count=sheet.row_count,
        has_totals=sheet.has_totals,
        top=top,
        header=max(top + len(notes) + 2 + (CHART_ROWS if sheet.chart else 0), sheet.header_row),
    )


def header_row(sheet: Sheet, top: int = 2) -> int:
    """The number of the header's row, below `top` rows."""
    return lay_out(sheet, top).header


def _lines(paragraphs: Sequence[str], width: int) -> list[str]:
    """Without merged cells a long line would run off the page, so a paragraph takes as many rows as it needs."""
    width = min(max(width, NOTE_LEAST), NOTE_MOST)
    return [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, width) or [""]]


def _lines_printed(text: str | None, width: int) -> int:
    return printed_lines(text or "", width)


def row_heights(sheet: Sheet, widths: Sequence[int], start: int, stop: int) -> list[int]:
    """The heights of rows with wrapped text, which not every viewer works out; 0 where the ordinary height will do."""
    wrapped = [(column, width) for column, width in zip(sheet.columns, widths) if column.wrap]
    lines = [
        once_each(column.part(start, stop), partial(_lines_printed, width=width - TEXT_MARGIN))
        for column, width in wrapped
    ]
    return [_height(max(counts)) for counts in zip(*lines)] or [0] * (stop - start)


def _height(lines: int) -> int:
    return min(lines * LINE_HEIGHT + 4, HEIGHT_MOST) if lines > 1 else 0


def _header_height(columns: Sequence[SheetColumn], widths: Sequence[int]) -> int:
    """Room for the wrapped words, and below them for the filter buttons, which would hide words at the right."""
    lines = [printed_lines(column.header, (width - TEXT_MARGIN - 1) / BOLD) for column, width in zip(columns, widths)]
    return (max(lines, default=0) + 1) * LINE_HEIGHT


def _width(column: SheetColumn, row_styles: Sequence[str] | None) -> int:
    if column.width:
        return column.width
    longest_word = math.ceil(BOLD * max(map(printed_width, column.header.split()), default=0))
    needed = max(longest_word, _content_width(column, row_styles)) + TEXT_MARGIN + 1
    return min(max(needed, WIDTH_LEAST), WIDTH_MOST)


def _content_width(column: SheetColumn, row_styles: Sequence[str] | None) -> int:
    if column.kind in ("money", "count"):
        texts = grouped_texts(column.kind, _extremes(column, row_styles))
    elif column.kind == "date":
        texts = ["yyyy-mm-dd"]
    elif column.kind == "price":
        texts = [_as_printed(price, _decimals(column)) for price in dict.fromkeys(column.part()) if price]
    else:
        lines = (line for text in dict.fromkeys(column.part()) if text for line in text.split("\n"))
        texts = heapq.nlargest(_MEASURED, lines, key=len)
    return math.ceil(max(map(printed_width, texts), default=0))


def _as_printed(price: str, decimals: int) -> str:
    """A price with its separators and with room for as many decimals as others in the column have."""
    whole, _, rest = price.partition(".")
    if not whole.removeprefix("-").isdecimal():
        return price
    return f"{int(whole):,}.{rest.ljust(max(decimals, PRICE_DECIMALS_LEAST), '0')}"


def _extremes(column: SheetColumn, row_styles: Sequence[str] | None) -> list[int]:
    """The numbers that need the most room: of all others, none is longer."""
    numbers = [number for number in column.part() if number is not None]
    total = [total_of(column, row_styles)] if column.total else []
    return [min(numbers, default=0), max(numbers, default=0), *total]


def _decimals(column: SheetColumn) -> int:
    if column.kind not in ("price", "rate"):
        return 0
    return max((len(price.partition(".")[2]) for price in set(column.part()) if price), default=0)
