"""The command in a process of its own, with a fault prepared before it begins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commands import ROOT, Ran

NEO = ROOT / "examples" / "neotherapeutics-2002"
RUN = ("run", str(NEO), "-a", str(ROOT / "agreements"), "--as-of", "2002-03-31")
EARLIER = (*RUN[:-1], "2002-03-14")

# Says that it has come to where it shall be stopped, and goes on working until it is.
STAND = """
import os
def stand(*_, **__):
    os.write(2, b"READY\\n")
    while True:
        sum(range(1000))
"""


def started(
    *arguments: str, prepare: str = "", environment: dict[str, str] | None = None, cwd: Path = ROOT, **options: Any
) -> subprocess.Popen[str]:
    """Start `feecalc` with these arguments, in Python that has first run the statements of `prepare`."""
    program = f"import sys\nsys.argv[0] = 'feecalc'\n{prepare}\nfrom feecalc.__main__ import main\nmain()\n"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments] if prepare else [sys.executable, "-m", "feecalc", *arguments],
        cwd=cwd,
        env=_environment(environment or {}),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"} | options,
    )


def ran(*arguments: str, **options: Any) -> Ran:
    """As `started`, once it has ended."""
    process = started(*arguments, **options)
    out, err = process.communicate(timeout=120)
    return Ran(process.returncode, out or "", err or "")


def _environment(changes: dict[str, str]) -> dict[str, str]:
    """This process' environment with changes; a variable that is given as empty is left out."""
    merged = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **changes}
    return {name: value for name, value in merged.items() if value}


def temporary_files(folder: Path) -> list[str]:
    """What feecalc left in a folder, of what it should have removed."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".feecalc-"))


def unharmed(target: Path, contents: Sequence[bytes]) -> bool:
    """Whether the target is whole: one of the contents, and not a mixture."""
    return target.read_bytes() in contents
