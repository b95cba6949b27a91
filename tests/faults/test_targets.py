"""Where an output may go: never over an input or over what feecalc did not make, and said before any work is done."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ROOT, feecalc
from openpyxl import Workbook, load_workbook
from processes import NEO, RUN, temporary_files

from feecalc.problems import MachineRefused
from feecalc.write import marks
from feecalc.write.files import open_elsewhere, remove_leftovers

ENDINGS = ("xlsx", "json", "csv")
MONTH = str(ROOT / "examples" / "clean-month")
COMMANDS = {"run": RUN, "reconcile": ("reconcile", MONTH, "--as-of", "2030-01-01")}
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def no_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feecalc.engagement.compute", lambda *_: pytest.fail("computed before refusing"))


def foreign(path: Path) -> bytes:
    """A file that someone else made, of the kind of its ending; its bytes."""
    if path.suffix == ".xlsx":
        book = Workbook()
        book.active["A1"] = "budget"
        book.properties.description = "my notes on feecalc 0.1"
        book.save(path)
    else:
        path.write_text('{"budget": 1, "feecalc": 2}' if path.suffix == ".json" else "agreement,amount\nours,1\n")
    return path.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_of_feecalc_is_replaced_without_asking(tmp_path: Path, command: str, ending: str) -> None:
    """Whichever command made it, and whatever it is named."""
    out = tmp_path / f"out.{ending}"
    first = feecalc(*COMMANDS[command], "-o", str(out))
    made = out.read_bytes()
    for other in ENDINGS:
        copy = tmp_path / f"copy.{other}"
        copy.write_bytes(made)
        for again in COMMANDS.values():
            assert feecalc(*again, "-o", str(copy)).status == 0
            assert marks.made_by_feecalc(copy)
    assert first.status == 0
    assert feecalc(*COMMANDS[command], "-o", str(out)).status == 0 and out.read_bytes() == made


def test_a_workbook_that_was_saved_by_another_program_is_still_known(tmp_path: Path) -> None:
    out = tmp_path / "ledger.xlsx"
    feecalc(*RUN, "-o", str(out))
    load_workbook(out).save(out)
    assert marks.made_by_feecalc(out)


def test_json_that_was_laid_out_anew_and_csv_with_a_mark_are_still_known(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\n{\n    "feecalc": "0.1.0",\n    "as_of": null }')
    (tmp_path / "a.csv").write_text("\ufeff" + marks.CSV_BEGINS[0] + "base\r\n", "utf-8")
    assert marks.made_by_feecalc(tmp_path / "a.json") and marks.made_by_feecalc(tmp_path / "a.csv")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_feecalc_did_not_make_is_replaced_only_with_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    before = foreign(out)
    with monkeypatch.context() as patch:
        no_computing(patch)
        ran = feecalc(*COMMANDS[command], "-o", str(out))
    assert ran.status == 2 and out.read_bytes() == before
    for words in (str(out), "not-made-by-feecalc", "--force", "Nothing was written"):
        assert words in ran.stderr
    assert feecalc(*COMMANDS[command], "-o", str(out), "--force").status == 0
    assert out.read_bytes() != before and marks.made_by_feecalc(out)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_file_is_free(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"out.{ending}"
    out.touch()
    assert feecalc(*RUN, "-o", str(out)).status == 0 and out.stat().st_size


@pytest.mark.parametrize("data", [b"PK\x03\x04 and then nothing", b"\0", b"PK\x05\x06" + bytes(18), b" ", b"{}"])
def test_damaged_and_odd_files_are_not_ours(tmp_path: Path, data: bytes) -> None:
    out = tmp_path / "out.xlsx"
    out.write_bytes(data)
    assert feecalc(*RUN, "-o", str(out)).status == 2 and out.read_bytes() == data


def test_a_table_of_records_is_not_taken_for_an_output(tmp_path: Path) -> None:
    for table in (ROOT / "examples").rglob("*.csv"):
        assert table.parent.name == "expected" or not marks.made_by_feecalc(table), table
    assert not any(marks.made_by_feecalc(path) for path in (ROOT / "feecalc" / "write" / "engagement").rglob("*.csv"))


def test_faults_of_the_input_come_before_that_the_output_is_another_s(tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "r")
    (folder / "closings.csv").write_text("closing,date,investor,gross_proceeds\nA,03/04/2002,X,1\n")
    foreign(tmp_path / "out.csv")
    ran = feecalc("run", str(folder), "-o", str(tmp_path / "out.csv"))
    assert ran.status == 2 and "1 problem." in ran.stderr and "03/04/2002" in ran.stderr


def test_an_output_that_is_an_input_by_another_name_is_refused_even_with_force(tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "records")
    before = (folder / "closings.csv").read_bytes()
    os.link(folder / "closings.csv", tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(folder / "closings.csv")
    for name in ("hard.csv", "soft.csv", "records/closings.csv", "records/../records/closings.csv"):
        ran = feecalc("run", str(folder), "--force", "-a", str(ROOT / "agreements"), "-o", name, cwd=tmp_path)
        assert ran.status == 2 and "one of the inputs" in ran.stderr, name
    assert (folder / "closings.csv").read_bytes() == before


@pytest.mark.parametrize("place", ["records", "agreements"])
def test_a_ledger_among_the_inputs_is_replaced_by_the_next_run(tmp_path: Path, place: str) -> None:
    shutil.copytree(NEO, tmp_path / "records")
    shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    for ending in ("json", "csv", "xlsx"):
        for _ in range(2):
            ran = feecalc("run", "records", "--as-of", "2002-03-31", "-o", f"{place}/ledger.{ending}", cwd=tmp_path)
            assert ran.status == 0, ran


@pytest.mark.parametrize("name", ["payments.csv", "Control Totals.csv", "INVOICES.xlsx"])
def test_an_output_that_would_be_read_as_a_table_is_refused(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(NEO, tmp_path / "records")
    ran = feecalc("run", str(folder), "-a", str(ROOT / "agreements"), "--force", "-o", str(folder / name))
    assert ran.status == 2 and ("would be read as a table" in ran.stderr or "one of the inputs" in ran.stderr), ran


def test_a_name_as_long_as_can_be(tmp_path: Path) -> None:
    """The name by which Excel would say that it is open is longer still."""
    assert feecalc(*RUN, "-o", str(tmp_path / f"{'n' * 251}.csv")).status == 0


def test_folders_pipes_and_devices_are_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_computing(monkeypatch)
    (tmp_path / "folder.csv").mkdir()
    assert feecalc(*RUN, "-o", str(tmp_path / "folder.csv")).status == 2
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.csv").symlink_to(os.devnull)
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "none" / "ledger.csv")
    for name, words in (
        ("pipe.csv", "a device or a pipe"),
        ("device.csv", "a device or a pipe"),
        ("nowhere.csv", "its folder does not exist"),
        ("none/ledger.csv", "its folder does not exist"),
        (f"{'n' * 300}.csv", "name too long"),
    ):
        ran = feecalc(*RUN, "-o", str(tmp_path / name))
        assert ran.status == 3 and words in ran.stderr, (name, ran)


def test_a_link_s_file_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("ledger.csv")
    for _ in range(2):
        assert feecalc(*RUN, "-o", str(tmp_path / "link.csv")).status == 0
        assert (tmp_path / "link.csv").is_symlink() and marks.made_by_feecalc(tmp_path / "ledger.csv")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    if not AS_ROOT or subprocess.run(["mount", "-t", "tmpfs", "none", tmp_path], capture_output=True).returncode:
        pytest.skip("a disk can be mounted by root only")
    try:
        (tmp_path / "ledger.csv").touch()
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        yield tmp_path
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_read_only_disk_is_told_before_any_work(read_only_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_computing(monkeypatch)
    for name in ("ledger.csv", "new.csv"):
        ran = feecalc(*RUN, "-o", str(read_only_disk / name))
        assert ran.status == 3 and "read-only" in ran.stderr or "nothing can be written" in ran.stderr, ran
    assert feecalc("init", str(read_only_disk / "deal")).status == 3


def test_what_a_killed_run_left_is_removed_after_a_day(tmp_path: Path) -> None:
    day = 24 * 60 * 60
    names = {  # and their age in seconds
        ".feecalc-abcd_123.tmp": day + 60,
        ".feecalc-young123.tmp": day - 60,
        ".feecalc-notes.tmp": 2 * day,
        "feecalc-abcd_123.tmp": 2 * day,
    }
    for name, age in names.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    (tmp_path / ".feecalc-linked12.tmp").symlink_to("elsewhere")
    ran = feecalc(*RUN, "-o", str(tmp_path / "ledger.csv"))
    assert ran.status == 0 and f"removed {tmp_path / '.feecalc-abcd_123.tmp'}" in ran.stderr
    assert ran.stderr.count("note:") == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        *list(names)[1:],
        ".feecalc-linked12.tmp",
        "ledger.csv",
    }
    assert "note" not in feecalc(*RUN, "-o", str(tmp_path / "ledger.csv")).stderr


def test_leftovers_that_cannot_be_listed_are_no_fault(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "none" / "ledger.csv") == []


@pytest.mark.parametrize("sign", ["~$ledger.xlsx", ".~lock.ledger.xlsx#"])
def test_a_workbook_that_is_open_is_noted_before_computing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    (tmp_path / sign).touch()
    assert open_elsewhere(tmp_path / "ledger.xlsx") == sign

    def compute(*_: object) -> None:
        raise MachineRefused("computing")

    monkeypatch.setattr("feecalc.engagement.compute", compute)
    ran = feecalc(*RUN, "-o", str(tmp_path / "ledger.xlsx"))
    assert sign in ran.stderr and ran.stderr.index("open in another program") < ran.stderr.index("computing")
    assert open_elsewhere(tmp_path / "other.xlsx") == "" and not temporary_files(tmp_path)
