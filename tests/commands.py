"""Running the command as a person does, in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from attrs import frozen
from click.testing import CliRunner

ROOT = Path(__file__).parent.parent


@frozen
class Ran:
    status: int
    stdout: str
    stderr: str


def feecalc(*arguments: str, cwd: Path = ROOT) -> Ran:
    """The command in this process, through the same mapping of faults to exit statuses."""
    import contextlib
    from unittest import mock

    from feecalc import door

    runner = CliRunner()
    with (
        contextlib.chdir(cwd),
        runner.isolation() as (out, err, _),
        mock.patch.object(sys, "argv", ["feecalc", *arguments]),
    ):
        status = door.status()
        sys.stdout.flush()
        return Ran(status, out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8"))


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
