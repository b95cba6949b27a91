"""The gallery: one small faulty input for each problem, beside the message that it must give.

`NAME.yaml` is an agreement file, `NAME/` a folder of records read against the three agreements of the project;
`NAME.txt` is what `feecalc check` says. After a wanted change, `FEECALC_RESET=1 pytest tests/test_problems.py` writes
the messages anew; read them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from commands import ROOT, feecalc

GALLERY = ROOT / "tests" / "problems"
CASES = sorted(path for path in GALLERY.iterdir() if path.suffix != ".txt")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_problem(case: Path) -> None:
    place = str(case.relative_to(ROOT))
    ran = feecalc("check", "-q", "--as-of", "2002-12-31", *(["-a", place] if case.is_file() else [place]))
    assert ran.status == 1
    assert "Traceback" not in ran.stderr
    expected = case.with_suffix(".txt")
    if os.environ.get("FEECALC_RESET"):
        expected.write_text(ran.stderr, "utf-8")
    assert ran.stderr == expected.read_text("utf-8")


def test_every_message_has_a_place_a_code_and_a_remedy() -> None:
    for path in GALLERY.glob("*.txt"):
        text = path.read_text("utf-8")
        assert re.search(r"^tests/problems/\S+?(:\d+|: |\S*$)", text, re.MULTILINE), path
        assert re.search(r": [a-z]+(-[a-z0-9]+)*$", text, re.MULTILINE), path


def test_thirty_faults_are_thirty_reports() -> None:
    text = (GALLERY / "many-at-once.txt").read_text("utf-8")
    assert text.count("money-unreadable") == 30
