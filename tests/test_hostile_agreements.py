"""Agreement files made to exhaust the machine: each is refused at once, in little memory, and in words."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from commands import ROOT

GALLERY = ROOT / "tests" / "problems"
MEGABYTE = 1_000_000
DEEP = "\n".join(" " * depth + "a:" for depth in range(1300))

HOSTILE = {
    "more than a megabyte": ("# " + "x" * 5 * MEGABYTE, "file-too-large"),
    "aliases of aliases": ((GALLERY / "alias-bomb.yaml").read_text("utf-8"), "alias"),
    "merge keys of merge keys": ((GALLERY / "merge-key-bomb.yaml").read_text("utf-8"), "merge-key"),
    "brackets": ("a: " + "[" * 400_000, "nested-too-deep"),
    "braces": ("a: " + "{" * 400_000, "nested-too-deep"),
    "lists in one line": ("- " * 400_000, "nested-too-deep"),
    "deep indentation": (DEEP, "nested-too-deep"),
    "keys of keys": ("? " * 400_000, "nested-too-deep"),
    "many items": ("a:\n" + "- 1\n" * 240_000, "too-many-nodes"),
    "one long word": ("id: " + "x" * 900_000, "id-unreadable"),
    "digits": ("feecalc: " + "9" * 900_000, "version-unreadable"),
    "one key again and again": ("a: 1\n" * 190_000, "repeated-key"),
    "an open quotation mark": ('a: "' + "x\n" * 400_000, "quote-not-closed"),
    "anchors": ("a: [" + "&a x, " * 24_000 + "]", "anchor"),
    "tags": ("a: [" + "!t x, " * 24_000 + "]", "tag"),
    "tabs": ("\t\n" * 400_000, "tab"),
    "hidden directions": ("\u202e" * 300_000, "bidirectional-control"),
    "hidden directions as codes": ('a: "' + "\\u202e" * 150_000 + '"', "bidirectional-control"),
    "percent signs": ("a: %" + "%" * 900_000, "needs-quotes"),
    "colons": ("a: " * 300_000, "needs-quotes"),
    "curly quotation marks": ("a: [" + "“x”, " * 20_000 + "]", "curly-quotes"),
    "carriage returns": ("a: 1\r" * 150_000, "repeated-key"),
}

CHILD = """
import json, os, resource, sys, time
from pathlib import Path
from feecalc.problems import Problems
from feecalc.read.agreements import agreement_of
from feecalc.read.documents import read_document

for path in sorted(Path(sys.argv[1]).iterdir()):
    if os.fork():
        os.wait()
        continue
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    problems = Problems()
    document = read_document(path, path.name, problems)
    if document is not None:
        agreement_of(document, problems)
    codes = sorted({problem.code for problem in problems})
    spent, used = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found = {"codes": codes, "problems": len(problems), "seconds": spent, "kilobytes": used}
    os.write(1, (json.dumps([path.stem, found]) + chr(10)).encode())
    os._exit(0)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What is said of every file, each in a process of its own."""
    pytest.importorskip("resource")
    folder = tmp_path_factory.mktemp("hostile")
    for name, (text, _) in HOSTILE.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8", newline="")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(told: dict[str, dict[str, object]], name: str) -> None:
    """The seconds are those of the processor, with room for a busy machine; about a tenth of them is usual."""
    found = told[name]
    assert HOSTILE[name][1] in found["codes"]  # type: ignore[operator]
    assert found["seconds"] < 1  # type: ignore[operator]
    assert found["kilobytes"] < 50_000  # type: ignore[operator]
    assert found["problems"] < 200  # type: ignore[operator]
