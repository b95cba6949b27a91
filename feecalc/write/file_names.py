"""Names of files made from names of people: only what every system takes for a plain file name."""

from __future__ import annotations

import re
import unicodedata

LENGTH_MOST = 120
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")


def lawful_file_name(stem: str, ending: str) -> str:
    """A name of letters, digits, `.`, `_` and `-`, which begins with a letter or digit. Accents are taken off."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii")
    return (_OTHER.sub("-", plain).strip("-._")[:LENGTH_MOST].rstrip("-._") or "unnamed") + ending
