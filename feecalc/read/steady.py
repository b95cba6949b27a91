"""An input file must not change while it is read: half of an old and half of a new one is neither."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from typing import BinaryIO

from feecalc.problems import MachineRefused


@contextmanager
def steady(file: BinaryIO | FileIO, source: str) -> Iterator[None]:
    """Raise `MachineRefused` if the open file has been written to in the meantime."""
    before = _state(file)
    yield
    if _state(file) != before:
        raise MachineRefused(
            f"{source} was changed while it was being read; nothing was written. Run again when it has been saved."
        )


def _state(file: BinaryIO | FileIO) -> tuple[int, int]:
    """Its size in bytes and the moment of the last change."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
