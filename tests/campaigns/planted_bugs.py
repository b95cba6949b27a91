"""Plants every bug of `tests/planted/bugs.py` in a copy of the code, and runs the tests that must find it.

    PYTHONPATH=. python tests/campaigns/planted_bugs.py [NAME ...]

The same tests must pass on the copy as it is. Exit status 1 if a bug was not found.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from planted.bugs import BUGS
from planted.planting import Copy, Verdict


def main(names: list[str]) -> int:
    bugs = [bug for bug in BUGS if not names or bug.name in names]
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a command in the background ignores it, and so would tests
    sound: dict[str, Verdict] = {}
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        copy = Copy(Path(folder))
        for bug in bugs:
            for test in bug.found_by:
                if test not in sound:
                    sound[test] = copy.run((test,))
                    word = "passes" if sound[test].passed else f"FAILS: {sound[test].by}"
                    print(f"without a bug, {test} {word}, {sound[test].seconds:.0f} s", flush=True)
            if all(sound[test].passed for test in bug.found_by):
                verdict = copy.verdict_on(bug)
                word = "found" if verdict.found else "BROKEN" if verdict.broken else "MISSED"
                print(f"{word:6} {verdict.seconds:4.0f} s  {bug.name}: {bug.what}; {verdict.by}", flush=True)
            else:
                word = "NOT TRIED"
            seen[word] += 1
    print(", ".join(f"{count} {word}" for word, count in seen.items()) + f", of {len(bugs)}")
    return int(seen["found"] < len(bugs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
