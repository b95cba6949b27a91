"""The gallery of records that are no text, and of invoices and payments: what is said of each.

`built_records` builds the former. What `feecalc check` says of those that are refused stands in `tests/problems`, what
`feecalc run` makes of the others in `tests/taken`; there, each folder is reconciled. `FEECALC_RESET=1` writes all of it
anew; read it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from built_records import REFUSED, TAKEN
from commands import ROOT, Ran, feecalc

GALLERY = ROOT / "tests" / "problems"
ACCOUNTS = ROOT / "tests" / "taken"
STORIES = sorted(path for path in ACCOUNTS.iterdir() if path.is_dir())


def said_of(name: str, command: str, folder: Path) -> Ran:
    """What a command says of built records, in a folder named like the gallery."""
    place = Path("tests", "problems", name)
    (folder / place).mkdir(parents=True)
    {**REFUSED, **TAKEN}[name](folder / place)
    agreements = str(ROOT / "agreements")
    return feecalc(command, "-q", "-a", agreements, "--as-of", "2002-12-31", str(place), cwd=folder)


def held(path: Path, text: str) -> None:
    if os.environ.get("FEECALC_RESET"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    ran = said_of(name, "check", tmp_path)
    assert ran.status == 1 and not ran.stdout
    sizes = re.sub(r"of [\d,]+ bytes unpacks to [\d,]+", "of so many bytes unpacks to more", ran.stderr)
    held(GALLERY / f"{name}.txt", sizes)  # how well a file compresses depends on the machine


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str, tmp_path: Path) -> None:
    ran = said_of(name, "run", tmp_path)
    assert ran.status == 0
    held(ACCOUNTS / f"{name}.txt", ran.stderr + ran.stdout)


@pytest.mark.parametrize("folder", STORIES, ids=lambda path: path.name)
def test_reconciled(folder: Path) -> None:
    ran = feecalc("reconcile", "-q", "--as-of", "2002-12-31", str(folder.relative_to(ROOT)))
    assert ran.status in (0, 1)
    held(folder.with_suffix(".txt"), f"{ran.stdout}{ran.stderr}exit status {ran.status}\n")
    outcome = {entry["case"]: entry["outcome"] for entry in catalogue("payments").values()}.get(folder.name, "warned")
    assert (outcome == "accepted") == (ran.status == 0 and not ran.stderr)


def catalogue(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.load(
        (GALLERY / f"catalogue-{name}.yaml").read_text("utf-8"), yaml.BaseLoader
    )
    return found


def test_the_catalogues_are_whole() -> None:
    assert list(catalogue("closings")) == [f"C{number:02}" for number in range(1, 105)]
    assert list(catalogue("payments")) == [f"M{number:02}" for number in range(1, 27)]


def test_each_case_is_in_a_catalogue() -> None:
    told: dict[str, str] = {}
    for name in ("closings", "payments"):
        for entry in catalogue(name).values():
            for case, outcome in {entry["case"]: entry["outcome"], **entry.get("also", {})}.items():
                assert told.setdefault(case, outcome) == outcome, case
    assert {folder.name for folder in STORIES} <= set(told)
    assert set(REFUSED) <= {case for case, outcome in told.items() if outcome == "refused"}
    for case in TAKEN:
        assert (told[case] == "warned") == (": note: " in (ACCOUNTS / f"{case}.txt").read_text("utf-8")), case
