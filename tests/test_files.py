"""A file is replaced whole or not at all, whatever fails, and the refusal says what to do."""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import stat
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import pytest

from feecalc.problems import MachineRefused
from feecalc.write.files import _sync_folder, probe_target, replace_whole

OLD, NEW = b"old", b"new content"


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def write_new(stream: BinaryIO) -> None:
    stream.write(NEW)


@pytest.fixture
def target(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(OLD)
    return path


def assert_untouched(target: pathlib.Path) -> None:
    assert target.read_bytes() == OLD
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def failing(number: int) -> Callable[..., Any]:
    def fail(*arguments: Any, **options: Any) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_is_replaced_and_nothing_left_beside_it(target: pathlib.Path) -> None:
    replace_whole(target, write_new)
    assert target.read_bytes() == NEW
    assert list(target.parent.iterdir()) == [target]


def test_the_old_mode_is_kept(target: pathlib.Path) -> None:
    target.chmod(0o640)
    replace_whole(target, write_new)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_mode(tmp_path: pathlib.Path) -> None:
    umask = os.umask(0o027)
    try:
        replace_whole(tmp_path / "new.csv", write_new)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [RuntimeError("a fault"), KeyboardInterrupt(), MachineRefused("too many rows")])
def test_whatever_stops_the_writing_leaves_the_old_file(target: pathlib.Path, error: BaseException) -> None:
    def write(stream: BinaryIO) -> None:
        stream.write(NEW)
        raise error

    with pytest.raises(type(error)) as caught:
        replace_whole(target, write)
    assert caught.value is error
    assert_untouched(target)


@pytest.mark.parametrize("operation", ["fsync", "replace", "chmod"])
def test_a_full_disk(target: pathlib.Path, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """The message says how much room the file needs, where it could not be filled."""
    monkeypatch.setattr(os, operation, failing(errno.ENOSPC))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9, 2, 7))
    with pytest.raises(MachineRefused) as caught:
        replace_whole(target, write_new)
    monkeypatch.undo()
    needed = ": 11 bytes are needed, 7 are free" if operation != "replace" else ""
    assert str(caught.value) == (
        f"cannot write {target}: there is no space left on the disk{needed}; the file that is there is untouched. "
        "Free some space, or write to another disk."
    )
    assert_untouched(target)


def test_a_full_disk_while_writing(target: pathlib.Path) -> None:
    with pytest.raises(MachineRefused, match="no space left"):
        replace_whole(target, failing(errno.ENOSPC))
    assert_untouched(target)


def test_an_interruption_while_replacing(target: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_whole(target, write_new)
    assert_untouched(target)


def test_a_folder_that_cannot_be_synced_does_not_undo_the_work(
    target: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    _sync_folder(target.parent)


def test_a_file_that_is_open_elsewhere(target: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", failing(errno.EACCES))
    with pytest.raises(MachineRefused, match="open in another program.*untouched.*Close it there"):
        replace_whole(target, write_new)
    assert_untouched(target)


def test_an_error_without_words_of_ours_is_passed_on(target: pathlib.Path) -> None:
    with pytest.raises(MachineRefused, match="Input/output error.*untouched. Try again"):
        replace_whole(target, failing(errno.EIO))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_and_a_read_only_file(target: pathlib.Path) -> None:
    target.chmod(0o444)
    with pytest.raises(MachineRefused, match="the file is read-only"):
        probe_target(target)
    target.chmod(0o644)
    target.parent.chmod(0o555)
    try:
        with pytest.raises(MachineRefused, match="nothing can be written to the folder"):
            probe_target(target)
    finally:
        target.parent.chmod(0o755)


@pytest.mark.parametrize(("denied", "words"), [("ledger.xlsx", "the file is read-only"), ("", "to the folder")])
def test_what_the_probe_may_not_write(
    target: pathlib.Path, monkeypatch: pytest.MonkeyPatch, denied: str, words: str
) -> None:
    forbidden = target.parent / denied
    monkeypatch.setattr(os, "access", lambda path, mode: path != forbidden)
    with pytest.raises(MachineRefused, match=words):
        replace_whole(target, write_new)
    assert_untouched(target)


def test_a_folder_that_does_not_exist(tmp_path: pathlib.Path) -> None:
    with pytest.raises(MachineRefused, match="its folder does not exist; nothing was written. Make the folder"):
        replace_whole(tmp_path / "none" / "ledger.csv", write_new)


def test_a_target_that_is_a_folder(tmp_path: pathlib.Path) -> None:
    with pytest.raises(MachineRefused, match="it is a folder"):
        replace_whole(tmp_path, write_new)


def test_a_path_through_a_file(target: pathlib.Path) -> None:
    with pytest.raises(MachineRefused, match="a part of the path is a file, not a folder"):
        replace_whole(target / "ledger.csv", write_new)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_target_that_is_a_pipe(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MachineRefused, match="a device or a pipe"):
        replace_whole(tmp_path / "pipe", write_new)


def test_a_target_that_is_a_device() -> None:
    with pytest.raises(MachineRefused, match="a device or a pipe"):
        replace_whole(pathlib.Path(os.devnull), write_new)


def test_a_link_stays_and_its_file_is_replaced(target: pathlib.Path) -> None:
    link = target.parent / "folder" / "link.xlsx"
    link.parent.mkdir()
    link.symlink_to(target)
    replace_whole(link, write_new)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_a_link_to_nothing_makes_the_file(tmp_path: pathlib.Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    replace_whole(link, write_new)
    assert (tmp_path / "real.csv").read_bytes() == NEW


def test_a_link_to_itself(tmp_path: pathlib.Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(link)
    with pytest.raises(MachineRefused, match="leads back to itself"):
        replace_whole(link, write_new)
