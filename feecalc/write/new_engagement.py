"""`feecalc init`: a folder with a commented agreement, headed record tables and a README, on which check and run
work.
"""

from __future__ import annotations

from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO

from feecalc.problems import Place, Problems
from feecalc.write.files import folders_for, replace_all


def write_engagement(folder: Path) -> list[Path]:
    """Write all of the files or none; none of them may be there yet. Raises `Refused`, `MachineRefused`."""
    template = resources.files("feecalc.write") / "engagement"
    files = {folder / name: content for name, content in _contents(template, Path())}
    problems = Problems()
    if folder.exists() and not folder.is_dir():
        problems.add(Place(str(folder)), "not-a-folder", "there is a file of this name", "Name a new folder.")
    there = [str(path.relative_to(folder)) for path in files if path.exists()]
    if there:
        problems.add(
            Place(str(folder)),
            "already-there",
            f"the folder already holds {', '.join(there)}",
            "Name a new folder: nothing is overwritten.",
        )
    problems.refuse_if_any()
    with folders_for(files):
        replace_all({path: partial(_put, content) for path, content in files.items()})
    return list(files)


def _contents(node: Traversable, path: Path) -> list[tuple[Path, bytes]]:
    if node.is_file():
        return [(path, node.read_bytes())]
    return [
        found
        for child in sorted(node.iterdir(), key=lambda child: child.name)
        for found in _contents(child, path / child.name)
    ]


def _put(content: bytes, stream: BinaryIO) -> None:
    stream.write(content)
