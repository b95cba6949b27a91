"""Which files of a folder are read as agreements, and what is said of those that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import ROOT, feecalc

from feecalc.problems import MachineRefused, Problems
from feecalc.read import agreements
from feecalc.read.agreements import agreement_files

SOUND = (ROOT / "tests" / "problems" / "comment-after-value.yaml").read_text("utf-8")


def test_files_are_taken_by_their_ending_in_any_case_and_once_each(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.YML", ".c.yaml", "d.yaml~", "e.json", "notes"):
        (tmp_path / name).write_text(SOUND, "utf-8")
    (tmp_path / "again.yaml").symlink_to("a.yaml")
    problems = Problems()
    found = agreement_files([tmp_path, tmp_path / "a.yaml"], problems)
    assert [path.name for path in found] == ["a.yaml", "b.YML"]
    assert not problems


def test_links_that_lead_nowhere_and_folders_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND, "utf-8")
    (tmp_path / "itself.yaml").symlink_to("itself.yaml")
    (tmp_path / "nowhere.yaml").symlink_to("gone.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    ran = feecalc("check", "-a", str(tmp_path))
    assert ran.status == 1
    assert ran.stderr.count(": not-a-file\n") == 4


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    ran = feecalc("check", "-a", str(tmp_path / "gone.yaml"))
    assert ran.status == 2 and "gone.yaml" in ran.stderr and "does not exist" in ran.stderr
    ran = feecalc("check", cwd=tmp_path)
    assert ran.status == 2 and "agreements: no-agreements" in ran.stderr and "-a" in ran.stderr


def test_a_file_that_is_gone_since_it_was_found(tmp_path: Path) -> None:
    from feecalc.read.documents import read_document

    problems = Problems()
    assert read_document(tmp_path / "gone.yaml", "gone.yaml", problems) is None
    assert [problem.code for problem in problems] == ["file-missing"]


def test_more_files_than_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements, "FILES_LIMIT", 2)
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text(SOUND, "utf-8")
    with pytest.raises(MachineRefused, match="holds 3 agreement files; at most 2"):
        agreement_files([tmp_path], Problems())
