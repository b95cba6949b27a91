"""A few hundred changed engagements at every run, the same ones each time. The long run is
`tests/campaigns/changed_files.py`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from attrs import evolve
from commands import feecalc

from fuzz.engagements import of_one_agreement, with_records
from fuzz.judging import MOST_SECONDS, outcome, tried, unchanged, wrong
from fuzz.mutations import FAMILIES, mutation

EACH = 16  # of every family
STATUSES: Counter[int] = Counter()


@pytest.mark.parametrize("family", FAMILIES)
def test_no_change_is_silent(family: str) -> None:
    """Whatever is changed: an answer, refusals in words, or the machine's limits; no traceback and no lost row."""
    for number in range(EACH):
        outcome, finding = tried(mutation(family, f"every run:{number}"))
        assert finding is None, f"case {number}: {finding}"
        STATUSES[outcome.status] += 1


def test_changes_were_accepted_and_refused() -> None:
    if not STATUSES:
        pytest.skip("nothing was changed")
    assert STATUSES[0] > EACH and STATUSES[1] and STATUSES[2] > EACH, STATUSES


@pytest.mark.parametrize("number", range(8))
def test_the_commands_answer_as_well(number: int, tmp_path: Path) -> None:
    """Through the door: `check`, and `run` with a workbook."""
    family = ("a cell", "bytes of a table", "a value of an agreement", "characters of an agreement")[number % 4]
    case = mutation(family, f"door:{number}").after
    case.write(tmp_path)
    below = ["-a", str(tmp_path / "agreements"), "--as-of", str(case.as_of)]
    records = [str(tmp_path / "records")] if case.tables else []
    assert feecalc("check", *records, *below).status in (0, 1, 2)
    if records:
        ran = feecalc("run", *records, *below, "-o", str(tmp_path / "ledger.xlsx"))
        assert ran.status in (0, 1, 2) and (tmp_path / "ledger.xlsx").exists() == (ran.status < 2)


# ---- the judge itself: it would not do to let everything pass --------------------------------------------------------


def test_a_lost_row_a_changed_total_and_a_slow_run_are_found() -> None:
    case = mutation("records otherwise", "judge")
    before = unchanged(case.before)
    entries, totals = before.amounts
    assert wrong(case, before, before) == ""
    assert "means nothing" in wrong(case, before, evolve(before, amounts=(entries[1:], totals)))
    assert "means nothing" in wrong(case, before, evolve(before, told=("claimed-twice",)))
    assert "seconds" in wrong(case, before, evolve(before, seconds=MOST_SECONDS + 0.1))
    assert wrong(case, before, evolve(before, fault="Traceback")) == "a defect"
    assert "accepted" in wrong(evolve(case, means="refused"), before, before)
    assert "told" in wrong(evolve(case, means="told"), before, before)
    another = evolve(case, means="another", after=case.before)
    assert "lines of" in wrong(another, before, evolve(before, gross=before.gross[1:]))
    closings = case.before.tables["closings.csv"]
    other = evolve(case.before, tables={**case.before.tables, "closings.csv": closings + closings.splitlines()[-1]})
    assert "lines of" in wrong(evolve(another, after=other), before, before)


def test_terms_passed_over_are_found(tmp_path: Path) -> None:
    case = next(each for each in of_one_agreement() if each.name == "flat-percent")
    mine = mutation("a value of an agreement", "judge")
    before = outcome(case, tmp_path)
    ((name, content),) = case.agreements.items()
    other = evolve(case, agreements={name: content.replace(b"rate: 6%", b"rate: 7%")})
    assert other != case
    mine = evolve(mine, before=case, after=other, means="another")
    assert wrong(mine, before, before) == "passed a change over"
    unknown = evolve(case, agreements={name: content + b"rates: 7%\n"})
    assert "unknown keys" in wrong(evolve(mine, after=unknown), before, before)


def test_every_engagement_is_sound() -> None:
    assert len(with_records()) >= 40 and len(of_one_agreement()) >= 90
