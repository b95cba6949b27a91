"""How a sheet goes onto paper: landscape letter pages, one page wide, or several where one would be too small to read.

A sheet that is too wide for one page is cut between columns into pages of about the same width, and its key columns
stand at the left of each. A column is never cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

LETTER = 1
# Inches; a sheet of letter paper in landscape is 11 by 8.5.
LEFT, RIGHT, TOP, BOTTOM = 0.5, 0.5, 0.75, 0.7
# In pixels of 1/96 inch, with a little kept free for programs in which columns come out wider.
_PAGE = int((11 - LEFT - RIGHT) * 96 * 0.93)
_DIGIT, _PADDING = 7, 5
# In percent: below this, letters of 10 points are hard to read in print.
SCALE_LEAST = 65


@frozen
class Pages:
    """How wide sheets are printed: the scale in percent, and the places of the columns that begin a further page.
    Without `breaks` the sheet goes onto one page.
    """

    scale: int
    breaks: tuple[int, ...]


def paged(widths: Sequence[int], keys: int) -> Pages:
    """The fewest pages on which a sheet can be read; `keys` columns at the left are printed on each."""
    pixels = [_DIGIT * width + _PADDING for width in widths]
    key, rest = sum(pixels[:keys]), pixels[keys:]
    whole = key + sum(rest)
    if whole * SCALE_LEAST <= _PAGE * 100 or len(rest) < 2:
        return Pages(min(100, 100 * _PAGE // max(whole, 1)), ())
    for count in range(2, len(rest) + 1):
        room = _least_room(rest, count)
        scale = min(100, 100 * _PAGE // (key + room))
        if scale >= SCALE_LEAST or count == len(rest):
            break
    return Pages(scale, tuple(keys + place for place in _cut(rest, room)))


def _least_room(pixels: Sequence[int], count: int) -> int:
    """The least width within which the columns, in their order, go onto so many pages."""
    low, high = max(pixels), sum(pixels)
    while low < high:
        middle = (low + high) // 2
        if len(_cut(pixels, middle)) < count:
            high = middle
        else:
            low = middle + 1
    return low


def _cut(pixels: Sequence[int], room: int) -> list[int]:
    """The places at which a new page begins when each page has so much room for columns."""
    breaks, used = [], 0
    for place, width in enumerate(pixels):
        if used and used + width > room:
            breaks.append(place)
            used = 0
        used += width
    return breaks
