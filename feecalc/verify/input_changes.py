"""Inputs that are not those from which a workbook was made: files by their hashes, and lines where these are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from feecalc.records import InputFile
from feecalc.verify.differences import Discrepancy
from feecalc.verify.inputs import KeptInputs, Source, line_texts
from feecalc.write.input_sheet import ROWS_OF_WORKBOOK, check_of, input_lines

_MOST_LINES = 20_000
Hashes = Mapping[str, set[str]]


def changed_lines(kept: KeptInputs, hashes: Hashes) -> list[Discrepancy]:
    """The lines in the sheet of inputs that are not those that feecalc read."""
    return [difference for source in kept.sources for difference in _changed_lines(kept, source, hashes)]


def _changed_lines(kept: KeptInputs, source: Source, hashes: Hashes) -> Iterator[Discrepancy]:
    is_text = source.encoding != ROWS_OF_WORKBOOK
    if not source.is_kept or (is_text and hashlib.sha256(source.content).hexdigest() in hashes[source.file]):
        return
    lines = [each for each in source.lines if check_of(source.name, each.number, each.text, each.ends) != each.check]
    for line in lines:
        says = f"the workbook's own copy of {source.name}, line {line.number}, is not the line that was read"
        yield _of_input(says, stands=line.text, sheet=kept.sheet, cell=f"{kept.text_column}{line.at}")
    if is_text and not lines:
        says = f"the workbook's own copy of {source.name} is not the file that was read: lines are missing or added"
        yield _of_input(says, sheet=kept.sheet, cell=f"{kept.text_column}{source.at}")


def changed_files(kept: KeptInputs | None, hashes: Hashes, files: Sequence[InputFile]) -> list[Discrepancy]:
    """The files that are not those that the workbook was made from."""
    names = {file.name for file in files}
    found = [_of_input(f"{name} is not given; the workbook was made from it") for name in hashes if name not in names]
    for file in files:
        if file.name not in hashes:
            found.append(_of_input(f"{file.name} is given; the workbook was made without it"))
        elif file.sha256 not in hashes[file.name]:
            found += _changed_file(kept, file) or [
                _of_input(
                    f"{file.name} is not the file that the workbook was made from", min(hashes[file.name]), file.sha256
                )
            ]
    return found


def _changed_file(kept: KeptInputs | None, file: InputFile) -> list[Discrepancy]:
    """The lines that differ from those that the workbook carries."""
    found = []
    given = input_lines(file)
    for source in kept.sources if kept else ():
        if source.file == file.name and source.is_kept and source.name in given:
            before, after = line_texts(source), given[source.name]
            if max(len(before), len(after)) <= _MOST_LINES:
                found += list(_lines(source.name, before, after))
    return found


def _lines(name: str, before: Sequence[tuple[int, str]], after: Sequence[tuple[int, str]]) -> Iterator[Discrepancy]:
    matcher = SequenceMatcher(None, [text for _, text in before], [text for _, text in after], autojunk=False)
    for what, first, last, from_, to in matcher.get_opcodes():
        if what == "equal":
            continue
        for place in range(max(last - first, to - from_)):
            stood = before[first + place] if first + place < last else None
            stands = after[from_ + place] if from_ + place < to else None
            number, word = (
                (stands or stood or (0, ""))[0],
                "line" if stands and stood else "added line" if stands else "deleted line",
            )
            yield _of_input(
                f"{name} is another file: {word} {number}", stood[1] if stood else "", stands[1] if stands else ""
            )


def _of_input(says: str, stood: str = "", stands: str = "", sheet: str = "", cell: str = "") -> Discrepancy:
    return Discrepancy("input", sheet, cell, says, stood, stands)
