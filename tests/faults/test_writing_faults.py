"""Whatever fails while files are written, one or several: all of the old ones or all of the new ones, and no rest."""

from __future__ import annotations

import errno
import io
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from commands import feecalc
from processes import EARLIER, RUN, temporary_files

from feecalc.problems import MachineRefused
from feecalc.terminal import placed
from feecalc.write.files import folders_for, replace_all, replace_whole

NAMES = ("ledger.xlsx", "rest.csv", "statement.json")
OPERATIONS = ("open", "fdopen", "fsync", "chmod", "link", "replace", "unlink", "close")


def content(name: str) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(b"new ")
        stream.write(name.encode())

    return write


def outputs(folder: Path) -> dict[Path, Callable[[BinaryIO], None]]:
    return {folder / name: content(name) for name in NAMES}


@pytest.fixture(params=["all there", "one there", "none there"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with all, one or none of the old files."""
    for name in {"all there": NAMES, "one there": NAMES[1:2], "none there": ()}[request.param]:
        (tmp_path / name).write_text(f"old {name}")
    return tmp_path


def held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


class FailingStream(io.BufferedWriter):
    """A file whose writes and flushes are operations that can fail."""

    count: Callable[[], None]

    def write(self, data: Any) -> int:
        self.count()
        return super().write(data)


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, numbers: range, error: int = errno.EIO) -> Iterator[list[int]]:
    """Let the operations of these numbers fail; yields a list whose length is how many there were."""
    done: list[int] = []

    def count() -> None:
        done.append(len(done))
        if done[-1] in numbers:
            raise OSError(error, os.strerror(error))

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count()
            return operation(*arguments, **options)

        return call

    def fdopen(handle: int, mode: str) -> FailingStream:
        count()
        stream = FailingStream(io.FileIO(handle, mode))
        stream.count = count
        return stream

    with monkeypatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(os, name, fdopen if name == "fdopen" else counted(getattr(os, name)))
        yield done


def operations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many operations it takes to write everything; the folder is as it was afterwards."""
    before = held(folder)
    with failing(monkeypatch, range(0)) as done:
        replace_all(outputs(folder))
    for path in folder.iterdir():
        path.unlink()
    for name, text in before.items():
        (folder / name).write_text(text)
    return len(done)


def test_several_files_are_replaced_together(folder: Path) -> None:
    placed.clear()
    replace_all(outputs(folder))
    assert held(folder) == {name: f"new {name}" for name in NAMES}
    assert placed == [str(folder / name) for name in NAMES]


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_the_nth_operation_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """The first, the second, ...: the old set and a refusal, or the new set where the fault could be got over."""
    old, new = held(folder), {name: f"new {name}" for name in NAMES}
    for number in range(operations(folder, monkeypatch)):
        with failing(monkeypatch, range(number, number + 1), error):
            try:
                replace_all(outputs(folder))
            except MachineRefused as refused:
                expected, words = old, str(refused)
                assert "cannot write" in words and ("untouched" in words or "nothing was written" in words)
            else:
                expected = new
        assert held(folder) == expected, number
        for name in NAMES:
            (folder / name).unlink(missing_ok=True)
        for name, text in old.items():
            (folder / name).write_text(text)


def test_everything_fails_from_the_nth_operation_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that dies: each file is whole, and those that stay new are named. What cannot be removed stays."""
    old, new = held(folder), {name: f"new {name}" for name in NAMES}
    for number in range(operations(folder, monkeypatch)):
        refusal = ""
        with failing(monkeypatch, range(number, 1000)):
            try:
                replace_all(outputs(folder))
            except MachineRefused as refused:
                refusal = str(refused)
        found = {name: text for name, text in held(folder).items() if name in NAMES}
        if refusal:
            lost = {name for name in NAMES if f"{folder / name}" in refusal.partition(" But ")[2]}
            assert found == {**old, **{name: new[name] for name in lost}}, (number, refusal)
        else:
            assert found == new, number
        for path in folder.iterdir():
            path.unlink()
        for name, text in old.items():
            (folder / name).write_text(text)


def test_the_nth_operation_fails_for_one_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = folder / NAMES[1]
    old = held(folder)
    for number in range(7):
        with failing(monkeypatch, range(number, number + 1)) as done:
            try:
                replace_whole(target, content("it"))
            except MachineRefused:
                assert held(folder) == old, number
                continue
        assert target.read_text() == "new it" and not temporary_files(folder)
    assert len(done) <= 10


def test_the_nth_operation_of_a_command_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`feecalc run` exits with 3 and leaves the old ledger, or with 0 and the new one."""
    target = tmp_path / "ledger.csv"
    assert feecalc(*RUN, "-o", str(target)).status == 0
    new = target.read_bytes()
    statuses = set()
    for number in range(12):
        target.write_bytes(b"agreement,clause,section,closing,accrued_on,payable_on,payee,unit,old")
        old = target.read_bytes()
        with failing(monkeypatch, range(number, number + 1)):
            ran = feecalc(*RUN, "-o", str(target))
        assert ran.status in (0, 3) and "Traceback" not in ran.stderr
        assert target.read_bytes() == (new if ran.status == 0 else old), number
        assert [path.name for path in tmp_path.iterdir()] == [target.name]
        statuses.add(ran.status)
    assert statuses == {0, 3}


@pytest.mark.parametrize("error", [RuntimeError("a fault"), KeyboardInterrupt(), MemoryError()])
def test_what_stops_the_writing_of_the_second_leaves_all(folder: Path, error: BaseException) -> None:
    def write(_: BinaryIO) -> None:
        raise error

    old = held(folder)
    with pytest.raises(type(error)):
        replace_all({**outputs(folder), folder / NAMES[1]: write})
    assert held(folder) == old


def test_an_exception_in_the_middle_of_a_workbook_is_a_defect_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "ledger.xlsx"
    assert feecalc(*RUN, "-o", str(target)).status == 0
    before = target.read_bytes()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("feecalc.write.rows.SheetRows._totals_row", lambda _: 1 // 0)
    ran = feecalc(*RUN, "-o", str(target))
    assert ran.status == 70 and target.read_bytes() == before
    assert sorted(path.name[:15] for path in tmp_path.iterdir()) == ["feecalc-defect-", "ledger.xlsx"]


def test_where_there_are_no_links_the_old_files_are_kept_as_copies(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = held(folder)

    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    def fails_at_the_third(source: str, target: Path) -> None:
        if Path(target).name == NAMES[2] and Path(source).parent == folder:
            raise OSError(errno.EIO, "broken")
        shutil.move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", no_links)
        patch.setattr(os, "replace", fails_at_the_third)
        with pytest.raises(MachineRefused):
            replace_all(outputs(folder))
    assert held(folder) == old


def test_everything_is_on_the_disk_before_it_is_replaced_and_the_folder_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def noted(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            seen.append(name)
            return operation(*arguments)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    replace_all(outputs(folder))
    assert seen == ["fsync"] * 3 + ["replace"] * 3 + ["fsync"]


def test_an_interruption_waits_until_all_are_in_their_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced = os.replace

    def interrupted(source: str, target: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        replaced(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_all(outputs(folder))
    assert held(folder) == {name: f"new {name}" for name in NAMES}


def test_a_workbook_and_the_files_beside_it_are_replaced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one of them cannot be replaced, all stay what they were: an earlier workbook with its own files."""
    monkeypatch.setattr("feecalc.write.beside.ROWS_MOST", 5)
    target = tmp_path / "ledger.xlsx"
    assert feecalc(*EARLIER, "-o", str(target)).status == 0
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(old) > 1
    replaced = os.replace

    def fails_at_the_workbook(source: str, name: Path) -> None:
        if Path(name) == target:
            raise OSError(errno.EIO, "broken")
        replaced(source, name)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails_at_the_workbook)
        assert feecalc(*RUN, "-o", str(target)).status == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old
    assert feecalc(*RUN, "-o", str(target)).status == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} != old


def test_two_outputs_of_one_name_are_refused(folder: Path) -> None:
    old = held(folder)
    (folder / "link").symlink_to(folder / NAMES[0])
    with pytest.raises(MachineRefused, match="the same file as"):
        replace_all({**outputs(folder), folder / "link": content("link")})
    (folder / "link").unlink()
    assert held(folder) == old


def test_a_file_that_is_open_elsewhere_leaves_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept under another name: what could not be written is computed again in a moment."""
    old, replaced = held(folder), os.replace

    def locked(source: str, target: Path) -> None:
        if Path(target).name == NAMES[1] and "old" not in Path(source).read_text():
            raise PermissionError(errno.EACCES, "sharing violation")
        replaced(source, target)

    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(MachineRefused, match=r"rest\.csv.*open in another program.*Close it there"):
        replace_all(outputs(folder))
    assert held(folder) == old


def test_folders_made_for_files_are_removed_where_these_fail(tmp_path: Path) -> None:
    wanted = [tmp_path / "a" / "b" / "file", tmp_path / "a" / "c" / "file"]
    with pytest.raises(ZeroDivisionError), folders_for(wanted):
        assert (tmp_path / "a" / "c").is_dir()
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    with folders_for(wanted):
        pass
    assert (tmp_path / "a" / "b").is_dir()


def test_init_makes_everything_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, range(0)) as done:
        assert feecalc("init", "deal", cwd=tmp_path).status == 0
    all_files = sum(path.is_file() for path in tmp_path.rglob("*"))
    for number in range(0, len(done), 7):
        shutil.rmtree(tmp_path / "deal", ignore_errors=True)
        with failing(monkeypatch, range(number, number + 1)):
            ran = feecalc("init", "deal", cwd=tmp_path)
        made = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert (ran.status, len(made)) in ((0, all_files), (3, 0)), (number, ran)
        assert (tmp_path / "deal").exists() == (ran.status == 0)
