"""A copy of the project in which bugs are planted one after the other, and the tests that are run on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field, frozen

from .bugs import Bug

ROOT = Path(__file__).parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__", "*.egg-info"
)
PASSED, FAILED = 0, 1  # pytest's own exit statuses
MOST_SECONDS = 900


@frozen
class Verdict:
    """What the tests said: whether a test failed, which, and how long they took; `broken` if they could not be run."""

    found: bool
    broken: bool
    by: str
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.found and not self.broken


def planted(bug: Bug) -> str:
    """The file with the bug in it. Raises `ValueError` where it does not apply."""
    text = (ROOT / "feecalc" / bug.file).read_text("utf-8")
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.name}: its words stand {text.count(bug.old)} times in feecalc/{bug.file}")
    return text.replace(bug.old, bug.new)


@define
class Copy:
    """The copy, in a folder of its own."""

    folder: Path
    _written: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        shutil.copytree(ROOT, self.folder, ignore=LEFT_OUT, dirs_exist_ok=True)

    def verdict_on(self, bug: Bug) -> Verdict:
        """Plant a bug, run the tests that must find it, and take it out again."""
        path = self.folder / "feecalc" / bug.file
        sound = path.read_text("utf-8")
        self._write(path, planted(bug))
        try:
            return self.run(bug.found_by)
        finally:
            self._write(path, sound)

    def _write(self, path: Path, text: str) -> None:
        """Write a module so that Python does not take its compiled form of before: they are told apart by the clock."""
        path.write_text(text, "utf-8")
        self._written += 1
        moment = time.time() + 10 * self._written
        os.utime(path, (moment, moment))

    def run(self, tests: Sequence[str]) -> Verdict:
        """The verdict of some tests on the copy as it stands."""
        start = time.monotonic()
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "FEECALC_LAWS": "unshrunk"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", "-rf", *tests]
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS
            )
        except subprocess.TimeoutExpired:
            return Verdict(True, False, "it never ends", time.monotonic() - start)
        seconds = time.monotonic() - start
        by = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
        if done.returncode == PASSED:
            return Verdict(False, False, "", seconds)
        if done.returncode == FAILED:
            return Verdict(True, False, by[0] if by else "", seconds)
        return Verdict(False, True, (done.stdout + done.stderr)[-2000:], seconds)
