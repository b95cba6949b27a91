"""Plants every bug of `tests/planted/bugs.py` in a copy of the code, and runs the tests that must find it.

    PYTHONPATH=. python tests/campaigns/planted_bugs.py [NAME ...]

Before the first, the same tests must pass on the copy as it is. Exit status 1 if a bug was missed.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from planted.bugs import BUGS
from planted.planting import Copy


def main(names: list[str]) -> int:
    bugs = [bug for bug in BUGS if not names or bug.name in names]
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a command in the background ignores it, and so would tests
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        copy = Copy(Path(folder))
        sound = copy.run(sorted({test for bug in bugs for test in bug.found_by}))
        if sound.found or sound.broken:
            print(f"the tests fail without any bug: {sound.by}")
            return 1
        print(f"without a bug: all pass, {sound.seconds:.0f} s", flush=True)
        missed = 0
        for bug in bugs:
            verdict = copy.verdict_on(bug)
            missed += not verdict.found
            word = "found" if verdict.found else "BROKEN" if verdict.broken else "MISSED"
            print(f"{word:6} {verdict.seconds:4.0f} s  {bug.name}: {bug.what}; {verdict.by}", flush=True)
    print(f"{len(bugs) - missed} of {len(bugs)} found")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
