"""How much room text takes: in a terminal, and on a worksheet in the workbook's own letters."""

from __future__ import annotations

import unicodedata

# The widths of letters in Arial, in thousandths of its size.
_ARIAL = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvsxyz",
    556: "#$0123456789?_Labdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_DIGIT = 556
_IN_DIGITS = {chr(code): 1.0 for code in range(128)}
_IN_DIGITS |= {letter: width / _DIGIT for width, letters in _ARIAL.items() for letter in letters}


def display_width(text: str) -> int:
    """How many character cells of a terminal: wide East Asian letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def printed_width(text: str) -> float:
    """How wide on a worksheet, in digits, which is how column widths are counted."""
    if text.isascii():
        return sum(map(_IN_DIGITS.__getitem__, text))
    return sum(1.3 * display_width(letter) for letter in text)


def printed_lines(text: str, width: float) -> int:
    """How many lines the text takes when it is wrapped in a column so wide."""
    return sum(_paragraph_lines(paragraph, width) for paragraph in text.split("\n"))


def _paragraph_lines(paragraph: str, width: float) -> int:
    space = printed_width(" ")
    lines, used = 1, 0.0
    for word in paragraph.split(" "):
        needed = printed_width(word)
        if used and used + needed > width:
            lines, used = lines + 1, 0.0
        # A word longer than the line breaks within.
        lines += int((used + needed) // (width + 1))
        used = (used + needed) % (width + 1) + space
    return lines
