"""Formulas as two programs may write them: whether they are the same, and which cells one refers to.

Programs differ in spaces, in quotes around the names of sheets, in prefixes of functions, and where rows were inserted
they write the numbers anew. None of this makes another formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import field, frozen
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from openpyxl.formula.translate import Translator

from feecalc.read.headers import letters
from feecalc.read.workbook_cells import column_number
from feecalc.verify.alignment import PLAIN, Alignment

_ROWS, _COLUMNS = 1_048_576, 16_384
_REFERENCE = re.compile(
    r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!:]+)!)?(?P<first>\$?[A-Za-z]{0,3}\$?[0-9]{0,7})(?::(?P<last>\$?[A-Za-z]{0,3}\$?[0-9]{0,7}))?"
)
_CORNER = re.compile(r"(\$?)([A-Za-z]{0,3})(\$?)([0-9]{0,7})")
_PREFIX = re.compile(r"^_XLFN\.(_XLWS\.)?|^_XLL\.")


@frozen
class Moved:
    """Where things stand now, against where they were written: names of sheets, and of each its rows and columns."""

    names: dict[str, str] = field(factory=dict)
    rows: dict[str, Alignment] = field(factory=dict)
    columns: dict[str, Alignment] = field(factory=dict)


@frozen
class Area:
    """A range of cells on a sheet, from its first row and column to its last."""

    sheet: str
    rows: tuple[int, int]
    columns: tuple[int, int]


def same_formula(written: str, now: str, sheet: str, moved: Moved) -> bool:
    """Whether a formula of a sheet, named as it stands now, is the one that was written."""
    if written == now and not moved.rows and not moved.columns:
        return True
    return _normal(written, sheet, Moved()) == _normal(now, sheet, moved)


def translated(formula: str, origin: str, here: str) -> str:
    """What a formula that cells share says at another cell than that where it is written."""
    return str(Translator(f"={formula}", origin=origin).translate_formula(here)).removeprefix("=")


def areas(formula: str, sheet: str) -> Iterator[Area]:
    """The cells that a formula refers to by their addresses."""
    for token in _tokens(formula):
        found = _REFERENCE.fullmatch(token.value) if token.subtype == Token.RANGE else None
        if found:
            named = found["sheet"].strip("'").replace("''", "'") if found["sheet"] else sheet
            (row, column), (last_row, last_column) = _corner(found["first"]), _corner(found["last"] or found["first"])
            yield Area(named, (row or 1, last_row or _ROWS), (column or 1, last_column or _COLUMNS))


def _tokens(formula: str) -> list[Token]:
    try:
        return list(Tokenizer(f"={formula}").items)
    except Exception:  # what is no formula is compared as it stands
        return []


def _normal(formula: str, sheet: str, moved: Moved) -> str:
    tokens = _tokens(formula)
    return "".join(_word(token, sheet, moved) for token in tokens) if tokens else formula


def _word(token: Token, sheet: str, moved: Moved) -> str:
    text: str = token.value
    if token.type == Token.WSPACE:
        return ""
    if token.type == Token.FUNC:
        return _PREFIX.sub("", text.upper())
    if token.subtype == Token.RANGE:
        return _reference(text, sheet, moved)
    return text.upper() if token.subtype == Token.LOGICAL else text


def _reference(text: str, sheet: str, moved: Moved) -> str:
    found = _REFERENCE.fullmatch(text)
    if not found:
        return text
    named = found["sheet"].strip("'").replace("''", "'") if found["sheet"] else ""
    own = named or sheet
    rows, columns = moved.rows.get(own, PLAIN), moved.columns.get(own, PLAIN)
    corners = [_placed(found["first"], rows, columns, is_last=False)]
    if found["last"]:
        corners.append(_placed(found["last"], rows, columns, is_last=True))
    return (f"'{moved.names.get(named, named)}'!" if named else "") + ":".join(corners)


def _placed(corner: str, rows: Alignment, columns: Alignment, is_last: bool) -> str:
    found = _CORNER.fullmatch(corner)
    assert found is not None
    row, column = int(found[4] or 0), column_number(found[2].upper())
    if is_last:
        row, column = rows.written_last(row) if row else 0, columns.written_last(column) if column else 0
    else:
        row, column = rows.written(row) if row else 0, columns.written(column) if column else 0
    return f"{found[1]}{letters(column)}{found[3]}{row or ''}"


def _corner(corner: str) -> tuple[int, int]:
    found = _CORNER.fullmatch(corner)
    assert found is not None
    return int(found[4] or 0), column_number(found[2].upper())
