"""Changes the code by rules, one place at a time, and counts the changes that no test notices.

    PYTHONPATH=. python tests/campaigns/mutants.py RESULTS [--module NAME] [--every N] [--minutes M]

RESULTS is a file to which each verdict is added: run again, the command goes on where it stopped. Beside it stands
which test reaches which lines. Of each module every N-th mutant is tried, on the tests that reach it; those that
`tests/mutants/survivors.yaml` explains are not. At the end stand the scores and the survivors; exit status 1 if there
are any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mutants.changes import Mutant, mutants
from mutants.modules import files, known_by
from mutants.reaching import Reached, reached
from mutants.survivors import SURVIVORS
from mutants.trying import Tried, load_what_all_tests_need, tried


def key_of(module: str, mutant: Mutant) -> str:
    return hashlib.sha256(f"{module}\n{mutant.text}".encode()).hexdigest()[:16]


def known(results: Path) -> dict[str, str]:
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    return {row["key"]: row["verdict"] for row in map(json.loads, lines)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--module", action="append", help="such as limits, attribution or feecalc.matching.subsets")
    parser.add_argument("--every", type=int, default=1, help="try every N-th mutant of each module")
    parser.add_argument("--minutes", type=float, default=25, help="of the processor")
    parser.add_argument("--again", action="store_true", help="try those anew that survived")
    parser.add_argument("--count", action="store_true", help="only tell how many mutants there are")
    chosen = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a command in the background ignores it, tests need it
    load_what_all_tests_need()
    if chosen.count:
        for module, path in files().items():
            print(f"{module}: {len(mutants(path.read_text('utf-8')))}")
        return 0
    all_tests = sorted({test for module in files() for test in known_by(module)})
    reach = reached(list(files().values()), all_tests, chosen.results.with_suffix(".reached"))
    for each in reach.failing:
        print(f"left out, it fails without any change: {each}", flush=True)
    done = known(chosen.results)
    used, tries = 0.0, 0
    scores: dict[str, Counter[str]] = {}
    unexplained = []
    for module, path in files().items():
        if chosen.module and not {module, module.split(".")[1]} & set(chosen.module):
            continue
        killers: list[str] = []
        for mutant in mutants(path.read_text("utf-8"))[:: chosen.every]:
            key = key_of(module, mutant)
            if (module, mutant.source_line, mutant.told) in SURVIVORS and done.get(key, "survived") == "survived":
                scores.setdefault(module, Counter())["explained"] += 1
                continue
            wanted = key not in done or (chosen.again and done[key] == "survived")
            if wanted and used <= 60 * chosen.minutes:
                found = trial(module, path, mutant, reach, killers)
                used, tries, done[key] = used + found.seconds, tries + 1, found.verdict
                row = {"key": key, "module": module, "line": mutant.line, "change": mutant.told}
                row |= {"verdict": found.verdict, "by": found.by, "seconds": round(found.seconds, 1)}
                with chosen.results.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
            if key not in done:
                continue
            if done[key] == "survived":
                unexplained.append(f"{module}:{mutant.line}: {mutant.told}    {mutant.source_line}")
            scores.setdefault(module, Counter())[done[key]] += 1
    report(scores, unexplained)
    print(f"{tries} mutants tried now, {used / 60:.1f} minutes of the processor, {time.strftime('%H:%M')}")
    return int(bool(unexplained))


def trial(module: str, path: Path, mutant: Mutant, reach: Reached, killers: list[str]) -> Tried:
    """Try a mutant: first on the tests that killed others of its module last, then on all that reach it."""
    tests = reach.by(path, mutant, known_by(module))
    first = [each for each in killers if each in tests or each not in reach.known][:4]
    most = 4 * sum(reach.seconds[each] for each in tests) + 6
    found, seconds = Tried("survived", "", 0.0), 0.0
    if first:
        found = tried(module, path, mutant.text, first, first, reach.known, int(most))
        seconds += found.seconds
    if not found.by and found.verdict != "never ends":
        found = tried(module, path, mutant.text, known_by(module), tests, reach.known, int(most))
        seconds += found.seconds
    if found.by:
        if found.by in killers:
            killers.remove(found.by)
        killers.insert(0, found.by)
    return Tried(found.verdict, found.by, seconds)


def report(scores: dict[str, Counter[str]], unexplained: list[str]) -> None:
    total: Counter[str] = Counter()
    for module, counts in scores.items():
        total += counts
        print(line(module.removeprefix("feecalc."), counts))
    print(line("all", total))
    for each in unexplained:
        print(f"  survived: {each}")


def line(name: str, counts: Counter[str]) -> str:
    killed = counts["killed"] + counts["never ends"]
    tried = sum(counts.values())
    return f"{name}: {killed} of {tried} killed ({100 * killed // max(tried, 1)}%), {counts['explained']} explained"


if __name__ == "__main__":
    sys.exit(main())
