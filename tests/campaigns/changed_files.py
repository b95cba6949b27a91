"""The long fuzz: engagements with one thing in them changed, by the hundred thousand.

    PYTHONPATH=. python tests/campaigns/changed_files.py [--cases N] [--seed S] [--family F] [--first N] [--keep FOLDER]

Every case is told by its family, the seed and its number, and is the same at every time: with `--family`, `--first N`
and `--cases 1` it is tried again, and `--keep` writes its files. Cases run in child processes that may use 300 MB more
than the sound engagements need; one that brings its process down is told too. Exit status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.judging import tried, unchanged
from fuzz.mutations import FAMILIES, mutation

MOST_MEMORY = 300 * 2**20
CHUNK = 500


def chunk(family: str, seed: int, numbers: range, results: Connection) -> None:
    """Try the cases of some numbers, telling before each that it comes and after it what came of it."""
    warm = mutation(family, f"{seed}:0")
    unchanged(warm.before)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, used + MOST_MEMORY))
    for number in numbers:
        results.send(("trying", number))
        outcome, finding = tried(mutation(family, f"{seed}:{number}"))
        results.send(("tried", (number, outcome.status, round(outcome.seconds, 3), str(finding) if finding else "")))
    results.send(("done", None))


def run(family: str, seed: int, numbers: range, seen: Counter[str]) -> tuple[list[str], float]:
    """Try the cases in processes of their own; returns what was found, and the longest time in seconds."""
    found: list[str] = []
    longest = 0.0
    while numbers:
        mine, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=chunk, args=(family, seed, numbers, theirs))
        process.start()
        theirs.close()
        last = None
        try:
            while (message := mine.recv())[0] != "done":
                what, told = message
                if what == "trying":
                    last = told
                    continue
                number, status, seconds, finding = told
                seen[f"exit {status}"] += 1
                longest = max(longest, seconds)
                if finding:
                    found.append(f"{family}, case {number}: {finding}")
            numbers = numbers[:0]
        except EOFError:
            process.join()
            if last is None:
                raise RuntimeError("no case could be made") from None
            found.append(f"{family}, case {last}: the process ended with {process.exitcode}")
            numbers = range(last + 1, numbers.stop)
        process.join()
    return found, longest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000, help="of each family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--family", choices=sorted(FAMILIES), action="append")
    parser.add_argument("--most", type=int, default=10, help="findings of a family that are shown")
    parser.add_argument("--keep", type=Path, help="write the files of the cases there")
    chosen = parser.parse_args()
    numbers = range(chosen.first, chosen.first + chosen.cases)
    findings = 0
    for family in chosen.family or FAMILIES:
        start, seen = time.monotonic(), Counter[str]()
        found: list[str] = []
        longest = 0.0
        for first in range(numbers.start, numbers.stop, CHUNK):
            part = range(first, min(first + CHUNK, numbers.stop))
            if chosen.keep:
                for number in part:
                    mutation(family, f"{chosen.seed}:{number}").after.write(chosen.keep / str(number))
            more, took = run(family, chosen.seed, part, seen)
            found, longest = found + more, max(longest, took)
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(seen.items()))
        print(
            f"{family}: {sum(seen.values()):,} cases ({told}), longest {longest:.2f} s, {len(found)} findings, "
            f"{time.monotonic() - start:.0f} s",
            flush=True,
        )
        for each in found[: chosen.most]:
            print(f"  {each}", flush=True)
        findings += len(found)
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
