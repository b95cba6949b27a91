"""A file that leaves a choice open is refused, and told what each choice would pay on the records at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import ROOT, feecalc

BRIGHTON = (ROOT / "agreements" / "brighton.yaml").read_text("utf-8")
RECORDS = "examples/odd-cent-split"


def told(folder: Path, *, without: str, times: int = 1, extra: str = "") -> str:
    """What `run` says of the agreement without some of its text."""
    assert without in BRIGHTON
    folder.mkdir(exist_ok=True)
    (folder / "brighton.yaml").write_text(BRIGHTON.replace(without, extra, times), "utf-8")
    ran = feecalc("run", RECORDS, "-a", str(folder), "--as-of", "2002-12-31", "-o", str(folder / "ledger.json"))
    assert ran.status == 2 and not (folder / "ledger.json").exists()
    return ran.stderr


def test_each_choice_is_priced(tmp_path: Path) -> None:
    """Worked by hand: three closings of 1,666.83 at 6% are 100.0098 each, 100.01 rounded by closing and 300.0294, so
    300.03, on the running total; halves 150.02 and 150.01.
    """
    text = told(tmp_path, without="    rounding: {mode: half up, over: closing}\n")
    assert "missing-key" in text and "does not state `rounding`" in text
    assert "rounding: {mode: half up, over: closing} pays Brighton Capital Ltd. 150.02 USD" in text
    assert "rounding: {mode: half up, over: agreement} pays Brighton Capital Ltd. 150.02 USD" in text


def test_the_owner_of_the_odd_cent_is_asked_for(tmp_path: Path) -> None:
    text = told(tmp_path, without="    odd_unit: Brighton Capital Ltd.\n")
    assert "odd_unit: Brighton Capital Ltd. pays Brighton Capital Ltd. 150.02 USD" in text
    assert "odd_unit: Atwood Capital Ltd. pays Brighton Capital Ltd. 150.01 USD" in text
    assert "Atwood Capital Ltd. 150.02 USD" in text


@pytest.mark.parametrize("steps", ["pro rata", "whole"])
def test_steps_of_warrants_are_priced(tmp_path: Path, steps: str) -> None:
    """5,000.49 at 10,000 per 1,000,000 is 50 pro rata and none by whole amounts."""
    text = told(tmp_path, without="    steps: pro rata\n")
    amount = {"pro rata": "50 warrants", "whole": "0 warrants"}[steps]
    (line,) = (line for line in text.splitlines() if f"steps: {steps}" in line)
    assert f"Brighton Capital Ltd. {amount}" in line


def test_nothing_is_priced_where_something_else_is_wrong(tmp_path: Path) -> None:
    text = told(tmp_path, without="    steps: pro rata\n", extra="    stepps: pro rata\n")
    assert "On these records" not in text and "stepps" in text


def test_a_choice_that_contradicts_something_else_is_not_priced(tmp_path: Path) -> None:
    """Securities sold as the base of a percentage are a count, which no percentage of money is."""
    text = told(tmp_path, without="    base: cash proceeds\n")
    assert "base: securities sold needs more to be said, or other records" in text
    assert "base: gross proceeds pays Brighton Capital Ltd. 150.02 USD" in text


def test_what_shows_itself_as_open_only_then_is_told_with_the_price(tmp_path: Path) -> None:
    """That the odd cent has no owner is found once the rounding is stated."""
    text = BRIGHTON.replace("    rounding: {mode: half up, over: closing}\n", "", 1)
    (tmp_path / "brighton.yaml").write_text(text.replace("    odd_unit: Brighton Capital Ltd.\n", "", 1), "utf-8")
    ran = feecalc("run", RECORDS, "-a", str(tmp_path), "--as-of", "2002-12-31")
    assert ran.status == 2
    assert "over: agreement} (with odd_unit: Brighton Capital Ltd.) pays Brighton Capital Ltd. 150.02 USD" in ran.stderr


def test_other_agreements_are_left_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "jefferies.yaml").write_text((ROOT / "agreements" / "jefferies.yaml").read_text("utf-8"), "utf-8")
    text = told(tmp_path, without="    odd_unit: Brighton Capital Ltd.\n")
    assert "odd_unit: Atwood Capital Ltd. pays Brighton Capital Ltd. 150.01 USD" in text


def test_questions_that_bring_ever_more_questions_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feecalc.read import open_questions

    monkeypatch.setattr(open_questions, "MOST_QUESTIONS", 1)
    text = BRIGHTON.replace("    rounding: {mode: half up, over: closing}\n", "", 1)
    (tmp_path / "brighton.yaml").write_text(text.replace("    odd_unit: Brighton Capital Ltd.\n", "", 1), "utf-8")
    ran = feecalc("run", RECORDS, "-a", str(tmp_path), "--as-of", "2002-12-31")
    assert ran.status == 2
    assert "over: agreement} needs more to be said" in ran.stderr
