"""Kills runs at random moments by the hundred, with every signal, and looks at what they leave.

    PYTHONPATH=. python tests/campaigns/kills.py [RUNS] [SEED]

Each run replaces an output of an earlier day, .csv, .json or .xlsx in turn. What must not be is told in capitals:
outputs that are neither the old nor the new one, temporary files that another signal than KILL has left, answers that
took longer than half a second, words that are not true. The exit status is 1 where there are any.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from processes import EARLIER, RUN, ran, started, temporary_files, unharmed

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NAMES = ("ledger.csv", "ledger.json", "ledger.xlsx")
AT_ONCE = 0.5


def campaign(runs: int, seed: int, folder: Path) -> Counter[str]:
    """Kill so many runs; returns how often each outcome was seen, those that must not be in capitals."""
    chance, seen = random.Random(seed), Counter[str]()
    contents: dict[str, list[bytes]] = {}
    lasts: dict[str, float] = {}
    for name in NAMES:
        contents[name] = []
        for arguments in (RUN, EARLIER):
            start = time.monotonic()
            assert ran(*arguments, "-o", str(folder / name)).status == 0
            lasts[name] = time.monotonic() - start
            contents[name].append((folder / name).read_bytes())
    for number in range(runs):
        name, how = NAMES[number % len(NAMES)], SIGNALS[number % len(SIGNALS)]
        target = folder / name
        target.write_bytes(contents[name][1])
        process = started(*RUN, "-o", str(target))
        # Most kills fall into the last part of a run, where it writes.
        time.sleep(lasts[name] * chance.choice((chance.uniform(0, 1), chance.uniform(0.7, 1.05))))
        start = time.monotonic()
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
        took = time.monotonic() - start
        if not unharmed(target, contents[name]):
            seen["BROKEN OUTPUT"] += 1
        elif target.read_bytes() == contents[name][0]:
            seen["new output"] += 1
        else:
            seen["old output"] += 1
        if temporary_files(folder):
            seen["left by KILL" if how == signal.SIGKILL else "LEFT BY ANOTHER SIGNAL"] += 1
            for leftover in temporary_files(folder):
                (folder / leftover).unlink()
        if took > AT_ONCE and process.returncode == 130:
            seen["SLOW ANSWER"] += 1
        if process.returncode == 130 and ("nothing was written" in said) != (target.read_bytes() == contents[name][1]):
            seen["WRONG WORDS"] += 1
        seen[f"exit status {process.returncode}"] += 1
    return seen


def main() -> int:
    runs, seed = (int(given) for given in (sys.argv[1:] + ["300", "1"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        seen = campaign(runs, seed, Path(folder))
    for outcome, times in sorted(seen.items()):
        print(f"{times:6,} {outcome}")
    return 1 if any(outcome.isupper() for outcome in seen) else 0


if __name__ == "__main__":
    sys.exit(main())
