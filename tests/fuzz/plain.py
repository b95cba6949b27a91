"""Closings read a second time, plainly: how many lines there are and what each brought. It shares no code with the
readers, and says nothing where what stands there is not plain.
"""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction

_AMOUNT = re.compile(r"\$?[0-9]+(,[0-9]{3})*(\.[0-9]+)?", re.ASCII)


class NotPlain(Exception):
    """Only a careful reader can say what this is."""


def gross_by_line(tables: dict[str, bytes]) -> list[int]:
    """What each line of closings.csv brought, in cents. Raises `NotPlain`."""
    content = tables.get("closings.csv")
    if content is None or b"\0" in content or any(name.endswith(".xlsx") for name in tables):
        raise NotPlain
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotPlain from error
    rows = [[cell.strip() for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows or len({len(row) for row in rows}) != 1 or len(rows[0]) < 3:
        raise NotPlain
    header = [re.sub(r"[\s_-]", "", name).lower() for name in rows[0]]
    return sorted(_gross(dict(zip(header, row, strict=True))) for row in rows[1:])


def _gross(row: dict[str, str]) -> int:
    if row.get("grossproceeds"):
        cents = 100 * _number(row["grossproceeds"])
    else:
        cents = 100 * _number(row.get("shares", "")) * _number(row.get("price", ""))
        cents = Fraction(int(abs(cents) + Fraction(1, 2)) * (1 if cents > 0 else -1))
    if cents.denominator != 1:
        raise NotPlain
    return int(cents)


def _number(text: str) -> Fraction:
    body, sign = (text[1:-1], -1) if text.startswith("(") and text.endswith(")") else (text, 1)
    body, sign = (body[1:], -sign) if body.startswith("-") else (body, sign)
    if not _AMOUNT.fullmatch(body):
        raise NotPlain
    return sign * Fraction(body.replace(",", "").replace("$", ""))
