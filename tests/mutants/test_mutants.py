"""The rules that make mutants, tried on a few lines; a mutant that is noticed and one that is not; survivors that are
explained still stand in the code. The run over the code is `tests/campaigns/mutants.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants.changes import mutants
from mutants.modules import TESTS, files, known_by
from mutants.survivors import SURVIVORS

TEXT = '''"""Words are left alone: 1 < 2."""

def capped(amount: int = 0, words: str = "1 < 2") -> int:
    """Also these: not 3."""
    assert amount >= 0, "never"
    if amount > 10 and not words:
        raise ValueError(f"{amount} > 10")
    return min(amount, 10) + 1
'''


def test_each_rule_changes_one_place() -> None:
    found = {(each.line, each.told) for each in mutants(TEXT)}
    assert found == {
        (3, "0 -> 1"),
        (6, "> -> >="),
        (6, "10 -> 11"),
        (6, "and -> or"),
        (6, "not ->"),
        (8, "min -> max"),
        (8, "10 -> 11"),
        (8, "+ -> -"),
        (8, "1 -> 2"),
    }
    for each in mutants(TEXT):
        compile(each.text, "mutant", "exec")
        assert len(each.text.splitlines()) == len(TEXT.splitlines())


def test_every_module_has_tests_that_exist() -> None:
    for module, path in files().items():
        assert mutants(path.read_text("utf-8")) or module == "feecalc.clauses.expenses"
        for test in known_by(module):
            assert (Path(__file__).parent.parent.parent / test.partition("::")[0]).exists(), test


@pytest.mark.parametrize("survivor", SURVIVORS, ids=lambda survivor: " ".join(survivor[:2])[:70])
def test_a_survivor_still_stands_in_the_code(survivor: tuple[str, str, str]) -> None:
    module, line, change = survivor
    assert any((each.source_line, each.told) == (line, change) for each in mutants(files()[module].read_text("utf-8")))
    assert SURVIVORS[survivor]


def test_the_manual_tells_of_every_room_and_every_command() -> None:
    root = Path(__file__).parent.parent.parent
    page = (root / "docs" / "testing.md").read_text("utf-8")
    assert [room for room in TESTS if f"\n| {room} |" not in page] == []
    commands = sorted(path.name for path in (root / "tests" / "campaigns").glob("*.py"))
    assert [name for name in commands if f"tests/campaigns/{name}" not in page] == []
