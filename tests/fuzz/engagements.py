"""The sound engagements from which all others are made: examples, public cases and documented provisions."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent.parent
LATE = date(2030, 12, 31)


@frozen
class Engagement:
    """Files by their names: agreements, and tables. Without tables the agreements' worked examples take their place."""

    name: str
    agreements: dict[str, bytes]
    tables: dict[str, bytes]
    as_of: date = LATE

    def write(self, folder: Path) -> None:
        """The files in folders of their own: `agreements` and, where there are any, `records`."""
        for below, files in (("agreements", self.agreements), ("records", self.tables)):
            (folder / below).mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / below / name).write_bytes(content)


def _files(folder: Path, ending: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"*{ending}"))}


@cache
def with_records() -> tuple[Engagement, ...]:
    """The examples and the public cases, each under the agreements that it is computed under."""
    shipped = _files(ROOT / "agreements", ".yaml")
    found = []
    for path in sorted((ROOT / "examples").glob("**/closings.csv")):
        folder = path.parent
        own = _files(folder / "agreements", ".yaml") if (folder / "agreements").is_dir() else shipped
        found.append(Engagement(folder.name, own, _files(folder, ".csv"), _day(folder / "README.md")))
    return tuple(found)


def _day(page: Path) -> date:
    """The last day of which the page computes the records."""
    days = re.findall(r"--as-of (\S+)", page.read_text("utf-8")) if page.exists() else []
    return max(map(date.fromisoformat, days), default=LATE)


@cache
def of_one_agreement() -> tuple[Engagement, ...]:
    """Agreements to be changed: those of the public cases with their records, and provisions with worked examples."""
    found = [each for each in with_records() if len(each.agreements) == 1]
    for path in sorted((ROOT / "docs" / "provisions").glob("*.yaml")):
        found.append(Engagement(path.stem, {path.name: path.read_bytes()}, {}))
    found += [Engagement(name, {name: content}, {}) for name, content in _files(ROOT / "agreements", ".yaml").items()]
    return tuple(found)
