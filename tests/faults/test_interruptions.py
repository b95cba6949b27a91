"""Stopped at any moment, by whatever signal: the old output or the new one, whole; and an answer at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ROOT
from processes import EARLIER, NEO, RUN, STAND, ran, started, temporary_files, unharmed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

AT_ONCE = 0.5  # seconds

STAGES = {
    "reading": "import feecalc.read.records as m; m.read_records = stand",
    "computing": "import feecalc.engagement as m; m.compute = stand",
    "writing": "import feecalc.write.outputs as m\n"
    "m.write_csv = lambda _, stream: (stream.write('x' * 100_000), stream.flush(), stand())",
    "syncing": "os.fsync = stand",
}
STOPPED = "feecalc: stopped; nothing was written\n"


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Tests that are run with nohup would hand on that a hang-up is ignored."""
    stood = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, stood)


def stopped(
    stage: str, signals: list[int], target: Path, prepare: str = ""
) -> tuple[subprocess.Popen[str], str, float]:
    """The process that got the signals, each once it stood, the first at a stage; what it said, and the seconds that
    it took.
    """
    process = started(*RUN, "-q", "-o", str(target), prepare=f"{STAND}\n{STAGES[stage]}\n{prepare}")
    assert process.stderr is not None
    start = time.monotonic()
    try:
        for place, number in enumerate(signals):
            while (line := process.stderr.readline()) == "\n":  # a line ends after the ^C of a terminal
                pass
            assert line == "READY\n"
            start = start if place else time.monotonic()
            process.send_signal(number)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    return process, said.lstrip("\n"), time.monotonic() - start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_stops_it_at_once_and_nothing_is_written(tmp_path: Path, stage: str, number: int) -> None:
    target = tmp_path / "ledger.csv"
    taken = []
    for _ in range(3):  # on a busy machine, the best of three
        process, said, seconds = stopped(stage, [number], target)
        assert (process.returncode, said) == (130, STOPPED)
        assert not list(tmp_path.iterdir())
        taken.append(seconds)
        if seconds < AT_ONCE:
            break
    assert min(taken) < AT_ONCE


def test_the_old_output_stays(tmp_path: Path) -> None:
    target = tmp_path / "ledger.csv"
    assert ran(*EARLIER, "-o", str(target)).status == 0
    before = target.read_bytes()
    process, said, _ = stopped("writing", [signal.SIGINT], target)
    assert (process.returncode, said, target.read_bytes()) == (130, STOPPED, before)
    assert not temporary_files(tmp_path)


def test_a_second_press_leaves_even_while_it_cleans_up(tmp_path: Path) -> None:
    """What it leaves behind is removed a day later."""
    process, _, seconds = stopped(
        "writing",
        [signal.SIGINT, signal.SIGINT],
        tmp_path / "ledger.csv",
        "import feecalc.write.files as f; f._undisturbed = __import__('contextlib').nullcontext; f._remove = stand",
    )
    assert process.returncode == 130 and seconds < 2 * AT_ONCE
    assert len(temporary_files(tmp_path)) == 1


def test_a_signal_after_the_replacement_does_not_deny_it(tmp_path: Path) -> None:
    target = tmp_path / "ledger.csv"
    prepare = """
import os, signal
replaced = os.replace
os.replace = lambda *names: (signal.raise_signal(signal.SIGINT), replaced(*names))
"""
    done = ran(*RUN, "-o", str(target), prepare=prepare)
    assert (done.status, done.stderr.lstrip("\n")) == (130, f"feecalc: stopped; {target} was written\n")
    assert target.stat().st_size and not temporary_files(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_while_python_is_taken_down_changes_no_status(tmp_path: Path, number: int) -> None:
    prepare = f"import atexit, os; atexit.register(lambda: os.kill(os.getpid(), {int(number)}))"
    done = ran(*RUN, "-o", str(tmp_path / "ledger.csv"), prepare=prepare)
    assert done.status == 0 and "entries" in done.stderr and (tmp_path / "ledger.csv").stat().st_size


def test_a_hang_up_is_ignored_where_nohup_asks_for_it(tmp_path: Path) -> None:
    prepare = """
import os, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
import feecalc.engagement as m
computed = m.compute
m.compute = lambda *given: (signal.raise_signal(signal.SIGHUP), computed(*given))[1]
"""
    assert ran(*RUN, "-o", str(tmp_path / "ledger.csv"), prepare=prepare).status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_while_the_program_is_loaded(tmp_path: Path, number: int) -> None:
    prepare = f"{STAND}\nimport click\nclick.group = stand"
    process = started(*RUN, "-o", str(tmp_path / "ledger.csv"), prepare=prepare)
    assert process.stderr is not None and process.stderr.readline() == "READY\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, STOPPED) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["ledger.csv", "ledger.xlsx"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_killed_at_random_moments(tmp_path: Path, number: int, name: str) -> None:
    """A few of the kills that `tests/campaigns/kills.py` makes by the hundred."""
    target, new = tmp_path / name, tmp_path / f"new-{name}"
    assert ran(*EARLIER, "-o", str(target)).status == 0
    start = time.monotonic()
    assert ran(*RUN, "-o", str(new)).status == 0
    whole_run = time.monotonic() - start
    contents = [target.read_bytes(), new.read_bytes()]
    chance = random.Random(f"{number} {name}")
    for _ in range(3):
        process = started(*RUN, "-o", str(target))
        time.sleep(chance.uniform(0.3, 1.0) * whole_run)
        process.send_signal(number)
        process.communicate(timeout=30)
        assert unharmed(target, contents)
        assert number == signal.SIGKILL or not temporary_files(tmp_path)


def test_runs_at_once_on_one_output_leave_one_of_them_whole(tmp_path: Path) -> None:
    target = tmp_path / "ledger.json"
    contents = []
    for arguments in (RUN, EARLIER):
        assert ran(*arguments, "-o", str(target)).status == 0
        contents.append(target.read_bytes())
    running = [started(*arguments, "-o", str(target)) for arguments in (RUN, EARLIER, RUN)]
    while any(process.poll() is None for process in running):
        assert unharmed(target, contents)  # whoever reads meanwhile sees no mixture
        time.sleep(0.005)
    assert [process.wait() for process in running] == [0, 0, 0]
    assert unharmed(target, contents) and not temporary_files(tmp_path)
    for process in running:
        process.communicate()


def test_an_input_that_is_written_to_while_it_is_read(tmp_path: Path) -> None:
    """Of every kind: a table, a workbook, an agreement."""
    folder = shutil.copytree(NEO, tmp_path / "records")
    agreements = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    for part in ("closings.csv", "agreements/ladenburg.yaml"):
        prepare = f"""
import feecalc.read.steady as steady
state, calls = steady._state, []
def changed(file):
    if str(file.name).endswith({part!r}):
        calls.append(1)
        if len(calls) == 2:
            with open(file.name, "ab") as again:
                again.write(b" ")
    return state(file)
steady._state = changed
"""
        done = ran("run", str(folder), "-a", str(agreements), "-o", str(tmp_path / "ledger.csv"), prepare=prepare)
        assert done.status == 3 and part in done.stderr and "was changed while it was being read" in done.stderr
        assert not (tmp_path / "ledger.csv").exists()
