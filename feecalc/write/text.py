"""Sheets as plain text: CSV files for other programs, and tables for the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from attrs import frozen

from .measure import display_width
from .plain import PLAIN_NUMBER, encodable, grouped_texts, once_each, plain_texts
from .sheets import Kind, Sheet, SheetColumn, total_of

_BLOCK = 8_192
# Spreadsheets take text that begins like this for a formula. An apostrophe in front makes it text again, and readers
# take it away; so text that has the apostrophe already gets one more.
_LOOKS_LIKE_FORMULA = re.compile("'*[=+\\-@\t\r\n]")
_NEEDS_QUOTES = re.compile('[,"\r\n]')

GAP = "  "
# Words of text are broken only beyond this length.
_WORD_MOST = 16


def write_csv(sheet: Sheet, stream: TextIO) -> None:
    """A header row and the rows, without title, paragraphs and totals; open `stream` with newline=""."""
    stream.write(_csv_line([_csv_text(column.header) for column in sheet.columns]))
    for start in range(0, sheet.row_count, _BLOCK):
        columns = [_csv_cells(column.kind, column.part(start, start + _BLOCK)) for column in sheet.columns]
        stream.writelines(map(_csv_line, zip(*columns)))


def _csv_line(cells: Sequence[str]) -> str:
    # A row of one empty cell would be a blank line, which readers skip.
    return ",".join(cells) + "\n" if cells != ("",) else '""\n'


def _csv_cells(kind: Kind, values: Sequence[Any]) -> list[str]:
    """Cells of text are guarded and quoted; numbers and dates need neither, and a minus sign is no attack."""
    match kind:
        case "text":
            return once_each(values, _csv_text)
        case "price":
            return once_each(values, _csv_price)
        case _:
            return plain_texts(kind, values)


def _csv_price(price: str | None) -> str:
    return price if price and PLAIN_NUMBER.fullmatch(price) else _csv_text(price)


def _csv_text(text: str | None) -> str:
    if not text:
        return ""
    if _LOOKS_LIKE_FORMULA.match(text):
        text = "'" + text
    if _NEEDS_QUOTES.search(text):
        text = '"' + text.replace('"', '""') + '"'
    return encodable(text)


def shown(text: str) -> str:
    """The text with whatever would steer a terminal or reorder a line (control characters, bidi marks) escaped."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


@frozen(eq=False)
class _Printed:
    """A column as it will be printed, apart from its width."""

    header: str
    cells: list[str]
    total: str
    is_text: bool

    @property
    def natural_width(self) -> int:
        return max(map(display_width, [self.header, self.total, *self.cells]))

    @property
    def least_width(self) -> int:
        """Text can be wrapped between its words; numbers and dates cannot, only their headers."""
        texts = [self.header, self.total, *self.cells]
        if self.is_text:
            return min(max((display_width(word) for text in texts for word in text.split()), default=0), _WORD_MOST)
        return max(map(display_width, [*self.header.split(), *texts[1:]]), default=0)

    def lines(self, text: str, width: int) -> list[str]:
        # Wide letters take two places, and there are at most as many as there are letters.
        if display_width(text) > len(text):
            return textwrap.wrap(text, max(width // 2, 1)) or [""]
        return textwrap.wrap(text, width) or [""]

    def aligned(self, text: str, width: int) -> str:
        padding = " " * (width - display_width(text))
        return text + padding if self.is_text else padding + text


def terminal_table(columns: Sequence[SheetColumn], width: int = 80) -> str:
    """The columns as an aligned table, its totals under a rule; text is wrapped where the table would be too wide."""
    printed = _printed(columns)
    widths = _fitted(printed, width)
    rule = GAP.join("-" * each for each in widths)
    rows = list(zip(*(column.cells for column in printed)))
    lines = [*_row([column.header for column in printed], printed, widths), rule]
    for row in rows:
        lines += _row(row, printed, widths)
    if any(column.total for column in printed):
        lines += [rule, *_row([column.total for column in printed], printed, widths)]
    return "\n".join(lines)


def _printed(columns: Sequence[SheetColumn]) -> list[_Printed]:
    label = next((place for place, column in enumerate(columns) if column.kind == "text"), None)
    has_totals = any(column.total and len(column.values) > 0 for column in columns)
    return [
        _Printed(
            header=shown(column.header),
            cells=[shown(text) for text in grouped_texts(column.kind, column.part())],
            total=_total_cell(column, place == label) if has_totals else "",
            is_text=column.kind == "text",
        )
        for place, column in enumerate(columns)
    ]


def _total_cell(column: SheetColumn, has_label: bool) -> str:
    if column.total:
        return grouped_texts(column.kind, [total_of(column)])[0]
    return "Total" if has_label else ""


def _fitted(printed: Sequence[_Printed], width: int) -> list[int]:
    """Natural widths, the widest column that can give way narrowed step by step until the table fits, if it can."""
    widths = [column.natural_width for column in printed]
    least = [column.least_width for column in printed]
    spare = width - len(GAP) * (len(printed) - 1)
    while sum(widths) > spare:
        place = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
        if widths[place] <= least[place]:
            break
        widths[place] -= 1
    return widths


def _row(cells: Sequence[str], printed: Sequence[_Printed], widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row: as many as its longest wrapped cell takes."""
    wrapped = [column.lines(cell, width) for column, cell, width in zip(printed, cells, widths)]
    for place in range(max(map(len, wrapped), default=0)):
        parts = [lines[place] if place < len(lines) else "" for lines in wrapped]
        yield GAP.join(column.aligned(part, width) for column, part, width in zip(printed, parts, widths)).rstrip()
