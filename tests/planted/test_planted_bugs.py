"""Every planted bug still applies to the code, and a few are planted at every run. All of them:
`tests/campaigns/planted_bugs.py`.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from planted.bugs import BUGS, Bug
from planted.planting import ROOT, Copy, planted

AT_EVERY_RUN = ("half-up-is-half-even", "claimed-twice-is-paid-twice", "last-day-of-the-tail-excluded")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_can_be_planted(bug: Bug) -> None:
    """Its words stand once in its file, what comes of it is Python, and the tests that must find it are there."""
    ast.parse(planted(bug))
    for test in bug.found_by:
        name, _, function = test.partition("::")
        assert not function or f"def {function}(" in (ROOT / name).read_text("utf-8"), test


def test_bugs_are_of_all_kinds() -> None:
    assert len(BUGS) >= 45 and not [name for name, count in Counter(bug.name for bug in BUGS).items() if count > 1]
    rooms = {bug.file.split("/")[0].removesuffix(".py") for bug in BUGS}
    assert rooms >= {"money", "totals", "limits", "attribution", "settlement", "matching", "reconcile", "read", "write"}
    assert rooms >= {"workpapers", "verify", "readings", "rescission", "ledger"}


def test_the_tests_find_what_is_planted(tmp_path: Path) -> None:
    bugs = {bug.name: bug for bug in BUGS}
    copy = Copy(tmp_path / "copy")
    for name in AT_EVERY_RUN:
        verdict = copy.verdict_on(bugs[name])
        assert verdict.found, (name, verdict)


def test_a_copy_without_a_bug_passes(tmp_path: Path) -> None:
    verdict = Copy(tmp_path / "copy").run(("tests/test_money.py",))
    assert verdict.passed, verdict.by
