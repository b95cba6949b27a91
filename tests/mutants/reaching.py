"""Which tests reach which lines of the modules, so that only those are run which could notice a mutant.

What a test takes from one before it (a fixture of the whole file, a cache) counts for that one alone: a mutant can be
said to survive by that, never to be killed.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from attrs import define, field, frozen

from .changes import Mutant
from .modules import ROOT


@frozen
class Reached:
    """Of each test the seconds it takes, and of each file the tests that reach each line. Tests that fail without any
    change are left out.
    """

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]
    failing: list[str]

    @property
    def known(self) -> set[str]:
        return {*self.seconds, *self.failing}

    def by(self, path: Path, mutant: Mutant, files: Collection[str]) -> list[str]:
        """The tests of some files that reach what a mutant changes, the quickest first; all of them where it stands
        outside of functions, where none reaches it (it may run as the module is loaded), or where that is not known.
        """
        first, last = _statement(ast.parse(mutant.text), mutant.line)
        of_file = self.lines.get(_name(path), {})
        lines = range(first, last + 1) if first else ()
        found = {test for line in lines for test in of_file.get(line, ())} or set(self.seconds)
        return sorted(
            (each for each in found if each in self.seconds and _of(each, files)),
            key=lambda each: (self.seconds[each], each),
        )


def reached(paths: Collection[Path], tests: Sequence[str], kept: Path) -> Reached:
    """What the tests reach in some files, kept in a file. Of files that were changed since, every line counts as
    reached by all tests.
    """
    if not kept.exists():
        child = os.fork()
        if not child:
            _run(paths, tests, kept)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status):
            raise SystemExit("the tests could not be run without any change")
    known = json.loads(kept.read_text("utf-8"))
    lines = {
        name: {int(line): found for line, found in of_file.items()}
        for name, of_file in known["lines"].items()
        if known["digests"][name] == _digest(ROOT / name)
    }
    return Reached(known["seconds"], lines, known["failing"])


@define
class _Recorder:
    """Notes at each line which test runs."""

    paths: dict[str, str]
    running: str = ""
    seconds: dict[str, float] = field(factory=dict)
    failing: set[str] = field(factory=set)
    lines: dict[str, dict[int, set[str]]] = field(factory=lambda: defaultdict(lambda: defaultdict(set)))

    def called(self, frame: FrameType, event: str, _: Any) -> Any:
        name = self.paths.get(frame.f_code.co_filename)
        if name is None:
            return None
        here = self.lines[name]

        def stepped(frame: FrameType, event: str, _: Any) -> Any:
            here[frame.f_lineno].add(self.running)
            return stepped

        return stepped(frame, event, None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.running, start = item.nodeid, time.process_time()
        sys.settrace(self.called)
        result = yield
        sys.settrace(None)
        self.seconds[item.nodeid] = round(time.process_time() - start, 3)
        self.running = ""
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failing.add(report.nodeid)


def _run(paths: Collection[Path], tests: Sequence[str], kept: Path) -> None:
    status = 70
    try:
        os.chdir(ROOT)
        os.environ["FEECALC_LAWS"] = "unshrunk"
        sys.path.insert(0, str(ROOT))
        recorder = _Recorder({str(path): _name(path) for path in paths})
        status = int(pytest.main(["-q", "--tb=no", *tests], plugins=[recorder]))
        lines = {
            name: {line: sorted(found - {""}) for line, found in sorted(of_file.items())}
            for name, of_file in sorted(recorder.lines.items())
        }
        digests = {_name(path): _digest(path) for path in paths}
        seconds = {name: used for name, used in recorder.seconds.items() if name not in recorder.failing}
        if status in (0, 1):
            found = {"digests": digests, "seconds": seconds, "lines": lines, "failing": sorted(recorder.failing)}
            kept.write_text(json.dumps(found), "utf-8")
            status = 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _of(test: str, files: Collection[str]) -> bool:
    return any(test == each or test.startswith((f"{each}::", f"{each}[")) for each in files)


def _statement(tree: ast.Module, line: int) -> tuple[int, int]:
    """The first and the last line of the narrowest statement at a line, or its head; 0 and 0 outside of functions."""
    if not any(
        isinstance(each, ast.FunctionDef) and each.body[0].lineno <= line <= (each.end_lineno or 0)
        for each in ast.walk(tree)
    ):
        return 0, 0
    at_line = [
        each for each in ast.walk(tree) if isinstance(each, ast.stmt) and each.lineno <= line <= (each.end_lineno or 0)
    ]
    narrowest = min(at_line, key=lambda each: (each.end_lineno or 0) - each.lineno)
    last = narrowest.end_lineno or 0
    if isinstance(narrowest, ast.If | ast.For | ast.While | ast.With):
        last = max(narrowest.lineno, narrowest.body[0].lineno - 1)
    return narrowest.lineno, last
