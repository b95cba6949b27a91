"""The files beside a workbook that have what was too long for it, held against what belongs in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

from feecalc.read.faults import cannot_read
from feecalc.verify.differences import Discrepancy
from feecalc.write.beside import Beside

_MOST_LINES = 100


def beside_differences(files: Sequence[Beside], folder: Path) -> Iterator[Discrepancy]:
    """The lines that differ in the files that belong to a workbook, of each file the first; and files that are gone."""
    for file in files:
        path = folder / file.name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            yield Discrepancy("file", "", "", f"the file {file.name}, which belongs to the workbook, is not beside it")
            continue
        except OSError as error:
            raise cannot_read(str(path), error) from error
        if content != file.content:
            found = list(islice(_lines(file.name, file.content, content), _MOST_LINES))
            yield from found or [Discrepancy("file", "", "", f"{file.name}: its lines end in another way")]


def _lines(name: str, written: bytes, now: bytes) -> Iterator[Discrepancy]:
    lines = zip_longest(*(content.decode("utf-8", "replace").splitlines() for content in (written, now)))
    for number, (stood, stands) in enumerate(lines, 1):
        if stood != stands:
            yield Discrepancy(
                "file", "", "", f"{name}: line {number} is another", stood or "nothing", stands or "nothing"
            )
