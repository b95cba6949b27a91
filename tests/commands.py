"""Running the command as a person does, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from click.testing import CliRunner

from feecalc.terminal import SIGNALS

ROOT = Path(__file__).parent.parent


@frozen
class Ran:
    status: int
    stdout: str
    stderr: str


def feecalc(*arguments: str, cwd: Path = ROOT) -> Ran:
    """The command in this process, through the same mapping of faults to exit statuses."""
    from unittest import mock

    from feecalc import door

    runner = CliRunner()
    with (
        _signals_as_they_are(),
        contextlib.chdir(cwd),
        runner.isolation() as (out, err, _),
        mock.patch.object(sys, "argv", ["feecalc", *arguments]),
    ):
        status = door.status()
        sys.stdout.flush()
        return Ran(status, out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8"))


@contextlib.contextmanager
def _signals_as_they_are() -> Iterator[None]:
    """The command says what Ctrl-C shall do; the tests that follow have their own."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def feecalc_process(*arguments: str, cwd: Path = ROOT, **environment: str) -> Ran:
    """The command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "feecalc", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
