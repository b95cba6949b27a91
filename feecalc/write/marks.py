"""By what a file is known as one that feecalc made, and may therefore be replaced without asking.

A workbook says so in its properties, which Excel and LibreOffice keep; a JSON file in its first key; a CSV file, which
has no room for remarks, by the columns that it begins with.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from feecalc.problems import Place, Problems

CSV_BEGINS = (
    "agreement,clause,section,closing,accrued_on,payable_on,payee,unit,",  # entries of a ledger
    "Difference,Payee,Agreement,Clause,Closing,Amount,",  # differences of a reconciliation
)
_JSON_BEGINS = re.compile(rb'\s*\{\s*"feecalc"\s*:')
_PROPERTIES = "docProps/core.xml"
_COMMENTS = re.compile(rb"<dc:description>feecalc [0-9]")
_HEAD = 4_096
_PROPERTIES_MOST = 65_536


def refuse_unless_ours(path: Path) -> None:
    """Raise `Refused` where there is a file that feecalc did not make. An empty one, as `mktemp` makes it, is free."""
    if path.is_file() and not made_by_feecalc(path):
        problems = Problems()
        problems.add(
            Place(str(path)),
            "not-made-by-feecalc",
            "there is a file of this name already, and feecalc did not make it",
            "Name another file, or add --force to replace this one.",
        )
        problems.refuse_if_any()


def made_by_feecalc(path: Path) -> bool:
    """Whether the file at `path` is empty, or is an output of some version of feecalc. Raises `OSError`."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head or _JSON_BEGINS.match(head):
        return True
    if head.startswith(b"PK"):
        return _is_our_workbook(path)
    return head.removeprefix(b"\xef\xbb\xbf").startswith(tuple(begin.encode() for begin in CSV_BEGINS))


def _is_our_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_PROPERTIES) as properties:
            return _COMMENTS.search(properties.read(_PROPERTIES_MOST)) is not None
    except OSError:
        raise
    except Exception:  # a damaged archive may raise anything
        return False
