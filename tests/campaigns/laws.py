"""Tries each law on many more examples than at every run, elsewhere each time, and tells how to try what fails again.

    PYTHONPATH=. python tests/campaigns/laws.py [--examples N] [--seed S] [TEST ...]

A test is a file, or a name such as tests/laws/test_laws.py::test_parts_add_up_to_the_whole; without any, all laws are
tried, each file in a process of its own. Exit status 1 if one fails.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LAWS = [
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "laws").glob("test_*.py")),
    "tests/test_money.py",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*", default=LAWS)
    parser.add_argument("--examples", type=int, default=5000, help="of each law")
    parser.add_argument("--seed", type=int, help="told by a run that failed; else another each time")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(10**9)
    environment = {**os.environ, "FEECALC_LAWS": "nightly", "FEECALC_EXAMPLES": str(chosen.examples)}
    failed = 0
    print(f"seed {seed}, {chosen.examples:,} examples of each law", flush=True)
    for test in chosen.tests:
        start = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-rf", f"--hypothesis-seed={seed}", test]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        failed += done.returncode != 0
        fails = re.findall(r"^FAILED (.*)", done.stdout, re.MULTILINE)
        word = (
            "holds"
            if done.returncode == 0
            else "FAILS: " + ("; ".join(fails) or done.stdout[-2000:] + done.stderr[-2000:])
        )
        print(f"{test}: {word}, {time.monotonic() - start:.0f} s", flush=True)
        if fails:
            print(done.stdout, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
