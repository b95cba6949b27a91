"""The gallery: one small input for each problem, beside the message that it must give.

`NAME.yaml` is an agreement file; `NAME/` a folder of agreement files, of records read against the three agreements of
the project, or of both in folders of their own; `NAME.txt` is what `feecalc check` says. The catalogues name, for each
situation thought of, its case and what becomes of it: refused, warned (taken, and a person is told) or accepted.
`codes.yaml` explains every code. After a wanted change, `FEECALC_RESET=1 pytest tests/test_problems.py` writes the
messages anew; read them.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from commands import ROOT, feecalc
from gallery import GALLERY, asked_about

INDEXES = re.compile(r"(catalogue-.*|codes)\.yaml")
CASES = sorted(path for path in GALLERY.iterdir() if path.suffix != ".txt" and not INDEXES.fullmatch(path.name))
CATALOGUES = {"agreements": [f"Y{n:02}" for n in range(1, 65)], "closings": None, "payments": None}
OUTCOMES = ("refused", "warned", "accepted")


@cache
def catalogue(name: str) -> dict[str, dict[str, Any]]:
    path = GALLERY / f"catalogue-{name}.yaml"
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader) if path.exists() else {}


def outcome_of(case: str) -> str:
    """What the catalogues say of a case; refused where none speaks of it."""
    entries = [entry for name in CATALOGUES for entry in catalogue(name).values()]
    also = {name: outcome for entry in entries for name, outcome in entry.get("also", {}).items()}
    return {**also, **{str(entry["case"]): entry["outcome"] for entry in entries}}.get(case, "refused")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_problem(case: Path) -> None:
    ran = feecalc("check", "-q", "--as-of", "2002-12-31", *asked_about(case))
    outcome = outcome_of(case.stem)
    assert ran.status in {"refused": (1,), "warned": (0, 1), "accepted": (0,)}[outcome]
    assert "Traceback" not in ran.stderr
    expected = case.with_suffix(".txt")
    if os.environ.get("FEECALC_RESET"):
        expected.write_text(ran.stderr, "utf-8")
    assert ran.stderr == expected.read_text("utf-8")
    assert bool(ran.stderr) == (outcome != "accepted")


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_situation_of_a_catalogue_has_its_case(name: str) -> None:
    entries = catalogue(name)
    if not entries:
        pytest.skip(f"there is no catalogue of {name} yet")
    assert CATALOGUES[name] in (None, list(entries))
    for number, entry in entries.items():
        for case, outcome in {str(entry["case"]): entry["outcome"], **entry.get("also", {})}.items():
            assert outcome in OUTCOMES, number
            assert is_there(case), f"{number}: {case}"


def is_there(case: str) -> bool:
    """Whether a case stands in the gallery, or is built by a test (`tests/test_x.py::test_y`)."""
    module, _, test = case.partition("::")
    if test:
        return f"def {test}(" in (ROOT / module).read_text("utf-8")
    return any((folder / f"{case}.txt").exists() for folder in (GALLERY, ROOT / "tests" / "taken"))


def test_every_message_has_a_place_a_code_and_a_remedy() -> None:
    for path in GALLERY.glob("*.txt"):
        text = path.read_text("utf-8")
        if text:
            assert re.search(r"^tests/problems/.+?(:\d+|: |\S*$)", text, re.MULTILINE), path
            assert re.search(r": [a-z]+(-[a-z0-9]+)*$", text, re.MULTILINE), path


def test_thirty_faults_are_thirty_reports() -> None:
    text = (GALLERY / "many-at-once.txt").read_text("utf-8")
    assert text.count("money-unreadable") == 30
