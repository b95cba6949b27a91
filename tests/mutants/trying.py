"""A mutant is tried in a process that is split off from one in which everything but the project is loaded already."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Collection, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest
from attrs import define, frozen

from .modules import ROOT

Verdict = Literal["killed", "survived", "never ends"]
MOST_MEMORY = 4 * 2**30


@frozen
class Tried:
    """What came of a mutant: the verdict, the test that failed (none where nothing could be run), the seconds."""

    verdict: Verdict
    by: str
    seconds: float


class _Loader(importlib.abc.Loader):
    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    """Gives one module another text than its file has."""

    def __init__(self, name: str, path: Path, text: str) -> None:
        self.name, self.path, self.text = name, path, text

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        folders = [str(self.path.parent)] if self.path.stem == "__init__" else None
        spec = importlib.util.spec_from_file_location(
            name, self.path, loader=_Loader(self.path, self.text), submodule_search_locations=folders
        )
        assert spec is not None
        return spec


def load_what_all_tests_need() -> None:
    """Everything slow to load that is not the project's own."""
    for name in (
        "hypothesis",
        "numpy",
        "pandas",
        "yaml",
        "click",
        "openpyxl",
        "xlsxwriter",
        "freezegun",
    ):
        importlib.import_module(name)
    importlib.import_module("pandas.tseries.holiday")
    assert not any(name.split(".")[0] == "feecalc" for name in sys.modules)


@define
class _Chosen:
    """Runs the chosen tests in their order and those that nobody knows yet before them; tells which one failed."""

    order: dict[str, int]
    known: Collection[str]
    tell: int

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        new = [each for each in items if each.nodeid not in self.known]
        chosen = [each for each in items if each.nodeid in self.order]
        items[:] = new + sorted(chosen, key=lambda each: self.order[each.nodeid])
        if not items and not session.testsfailed:
            os._exit(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self.tell, report.nodeid.encode()[:4000])


def tried(
    module: str,
    path: Path,
    text: str,
    files: Sequence[str],
    order: Sequence[str],
    known: Collection[str],
    seconds: int,
) -> Tried:
    """Whether any of the tests fails on a text of a module: those of `files` that are in `order`, and any that are not
    `known`. `seconds` of the processor are given to it.
    """
    heard, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(heard)
        places = {name: place for place, name in enumerate(order)}
        _run(module, path, text, files, _Chosen(places, known, tell), seconds)
    os.close(tell)
    with os.fdopen(heard, "rb") as stream:
        by = stream.read().decode(errors="replace")
    _, status, used = os.wait4(child, 0)
    took = used.ru_utime + used.ru_stime
    if os.WIFSIGNALED(status):
        return Tried("never ends" if os.WTERMSIG(status) == signal.SIGXCPU else "killed", by, took)
    return Tried("survived" if os.waitstatus_to_exitcode(status) == 0 else "killed", by, took)


def _run(module: str, path: Path, text: str, files: Sequence[str], chosen: _Chosen, seconds: int) -> None:
    status = 70
    try:
        os.chdir(ROOT)
        os.environ["FEECALC_LAWS"] = "unshrunk"
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        with contextlib.suppress(OSError):
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
        sys.path.insert(0, str(ROOT))
        sys.meta_path.insert(0, _Finder(module, path, text))
        status = int(pytest.main(["-x", "-q", "--tb=no", *files], plugins=[chosen]))
    finally:
        os._exit(status)
