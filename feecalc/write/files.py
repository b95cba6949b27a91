"""Files written whole or not at all, one or several together.

The new content of each goes to a temporary file beside its target. Once all of it is safely on the disk, each replaces
its target in one step. Whatever happens before the last of these steps, the old files are as they were and the
temporary files are gone.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import pathlib
import re
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

from attrs import define

from feecalc.problems import MachineRefused
from feecalc.terminal import SIGNALS, placed

Write = Callable[[BinaryIO], None]

PREFIX, SUFFIX = ".feecalc-", ".tmp"
LEFT_AFTER = 24 * 60 * 60  # seconds after which a temporary file is one that a killed run left
_LEFTOVER = re.compile(rf"{re.escape(PREFIX)}\w{{8}}{re.escape(SUFFIX)}")

# What the operating system says, in words for whoever wanted the file: the reason and the remedy.
_REASONS = {
    errno.ENOSPC: ("there is no space left on the disk", "Free some space, or write to another disk"),
    errno.EDQUOT: ("your quota on this disk is used up", "Free some space, or write to another disk"),
    errno.EFBIG: ("files of its size are not allowed here", "Raise the limit, or write to another disk"),
    errno.EROFS: ("the disk is read-only", "Write to another folder"),
    errno.EACCES: ("you have no permission", "Write to another folder, or ask for permission to write here"),
    errno.EPERM: ("you have no permission", "Write to another folder, or ask for permission to write here"),
    errno.ENAMETOOLONG: ("its name is too long", "Give it a shorter name"),
    errno.ELOOP: ("it is a link that leads back to itself", "Name the file itself"),
    errno.ENOENT: ("its folder does not exist", "Make the folder, or write to another one"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "Write to another folder"),
}
_RETRY = "Try again, or write to another folder"
_SET_TMPDIR = "Free some space there, or set TMPDIR to another folder"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@define
class _Output:
    """A file on its way: `path` as it was named, `target` the file itself, `new` and `old` temporary files.

    `new` is its new content; `old` the one that it has now, kept while several are replaced.
    """

    path: pathlib.Path
    write: Write
    target: pathlib.Path
    new: str = ""
    old: str = ""


def probe_target(path: pathlib.Path) -> None:
    """Refuse, before any work is done, a place where `replace_whole` could not write."""
    with _refusing(path):
        target = _followed(path)
        _refuse_unless_file(path, target)
        _refuse_unless_writable(path, target.parent)


def replace_whole(path: pathlib.Path, write: Write) -> None:
    """Let `write` fill a new file, then put it in the place of `path`, or of the file that `path` links to."""
    replace_all({path: write})


def replace_all(outputs: Mapping[pathlib.Path, Write]) -> None:
    """Put all of the new files in their places, or none. Raises `MachineRefused`.

    A `write` may be called once more where the disk is full, to count the bytes that it needs. Power that fails between
    two replacements is the one thing that can leave a part of them.
    """
    for path in outputs:
        probe_target(path)
    files = [_Output(path, write, _followed(path)) for path, write in outputs.items()]
    _refuse_the_same(files)
    try:
        for each in files:
            _prepare(each)
        with _undisturbed():
            if len(files) > 1:
                for each in files:
                    _keep_old(each)
            _put_in_place(files)
    finally:
        with _undisturbed():
            for each in files:
                for name in filter(None, (each.new, each.old)):
                    _remove(name)
    for folder in dict.fromkeys(each.target.parent for each in files):
        _sync_folder(folder)


@contextlib.contextmanager
def folders_for(paths: Iterable[pathlib.Path]) -> Iterator[None]:
    """Make the folders that the files need; if what is then done fails, remove those that were not there before."""
    made: list[pathlib.Path] = []
    try:
        for path in paths:
            with _refusing(path):
                for folder in (*reversed(path.parent.parents), path.parent):
                    if not folder.exists():
                        made.append(folder)
                        folder.mkdir()
        yield
    except BaseException:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def remove_leftovers(path: pathlib.Path) -> list[pathlib.Path]:
    """Remove what runs that were killed a day ago or earlier have left beside the target `path`."""
    folder = _followed(path).parent
    removed = []
    with contextlib.suppress(OSError):
        for name in sorted(filter(_LEFTOVER.fullmatch, os.listdir(folder))):
            found = (folder / name).lstat()
            if stat.S_ISREG(found.st_mode) and found.st_mtime < time.time() - LEFT_AFTER:
                os.unlink(folder / name)
                removed.append(folder / name)
    return removed


def open_elsewhere(path: pathlib.Path) -> str:
    """The name of the file by which Excel or LibreOffice says that it has `path` open; empty if there is none."""
    target = _followed(path)
    names = (f"~${target.name}", f".~lock.{target.name}#")
    return next((name for name in names if os.path.exists(target.parent / name)), "")


def _prepare(file: _Output) -> None:
    """Fill the new file, on the disk and with the mode that it shall have."""
    with _refusing(file.path):
        try:
            _fill(file)
        except OSError as error:
            if error.errno not in _FULL or error.filename not in (None, file.new):
                raise
            raise _no_room(file, error) from error


def _fill(file: _Output) -> None:
    with _undisturbed():  # or it could be made without being known
        handle, file.new = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=file.target.parent)
    with os.fdopen(handle, "wb") as stream:
        file.write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(file.new, _mode_for(file.target))


def _no_room(file: _Output, error: OSError) -> MachineRefused:
    """The refusal of a full disk, with the bytes that the file needs where they can be counted."""
    _remove(file.new)  # or it would count as what others have taken
    reason, remedy = _REASONS[error.errno or 0]
    counted = _Counted()
    try:
        file.write(counted)  # type: ignore[arg-type]  # it writes all that is asked of it
        reason += f": {counted.bytes:,} bytes are needed"
        reason += f", {shutil.disk_usage(file.target.parent).free:,} are free" if error.errno == errno.ENOSPC else ""
    except OSError as again:
        if again.errno == error.errno:  # so it was not the disk of the target
            where = f"in the folder for temporary files, {tempfile.gettempdir()}"
            reason, remedy = f"{reason} ({where})", _SET_TMPDIR
    return _refusal(file.path, reason, remedy)


class _Counted(io.RawIOBase):
    """Counts the bytes that are written, and keeps none."""

    bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: memoryview) -> int:  # type: ignore[override]  # as BufferedWriter calls it
        size = memoryview(data).nbytes
        self.bytes += size
        return size


def _keep_old(file: _Output) -> None:
    """Keep the present content under a second name: as a link, or as a copy where the disk knows no links."""
    if not file.target.exists():
        return
    with _refusing(file.path):
        handle, file.old = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=file.target.parent)
        os.close(handle)
        try:
            os.unlink(file.old)
            os.link(file.target, file.old)
        except OSError:
            shutil.copy2(file.target, file.old)


def _put_in_place(files: list[_Output]) -> None:
    """Replace every target; where one cannot be, give those before it their old content again."""
    for number, each in enumerate(files):
        try:
            with _refusing(each.path):
                _replace(each)
        except MachineRefused as refused:
            lost = [str(before.path) for before in files[:number] if not _restored(before)]
            if lost:
                raise MachineRefused(f"{refused} But {' and '.join(lost)} could not be put back: it is new.") from None
            raise
    placed.extend(str(each.path) for each in files)


def _restored(file: _Output) -> bool:
    for _ in range(2):  # what failed once may have been another program that looked at the file
        with contextlib.suppress(OSError):
            if file.old:
                os.replace(file.old, file.target)
            else:
                os.unlink(file.target)
            return True
    return False


def _remove(name: str) -> None:
    """Remove a temporary file, if it is still there."""
    for _ in range(2):  # as above
        try:
            os.unlink(name)
        except FileNotFoundError:
            return
        except OSError:
            continue


def _followed(path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(os.path.realpath(path))


def _refuse_the_same(files: list[_Output]) -> None:
    seen: dict[pathlib.Path, pathlib.Path] = {}
    for each in files:
        if each.target in seen:
            raise _refusal(each.path, f"it is the same file as {seen[each.target]}", "Give each output its own name")
        seen[each.target] = each.path


def _refuse_unless_file(path: pathlib.Path, target: pathlib.Path) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise _refusal(path, "it is a folder", "Give the name of a file in it")
    if not stat.S_ISREG(mode):
        raise _refusal(path, "it is a device or a pipe, not a file", "Give the name of a file")
    if not os.access(target, os.W_OK):
        raise _refusal(path, "the file is read-only", "Allow writing to it, or give another name")


def _refuse_unless_writable(path: pathlib.Path, folder: pathlib.Path) -> None:
    if not stat.S_ISDIR(folder.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refusal(path, f"nothing can be written to the folder {folder}", "Write to another folder")


def _mode_for(target: pathlib.Path) -> int:
    """The mode bits of the file that is replaced; for a new file, those that any program would give it."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0)  # can only be read by setting it
    os.umask(umask)
    return 0o666 & ~umask


def _replace(file: _Output) -> None:
    try:
        os.replace(file.new, file.target)
    except PermissionError as error:
        reason = "it cannot be replaced (is it open in another program?)"
        raise _refusal(file.path, reason, "Close it there, or give another name") from error


def _sync_folder(folder: pathlib.Path) -> None:
    """Make the replacement outlast a power failure too. The file is in place: not every system can do this."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and its like until what is begun has been done."""
    held: list[int] = []
    before = {}
    with contextlib.suppress(ValueError):  # only the main thread is interrupted, and only it may say how
        for number in SIGNALS:
            before[number] = signal.signal(number, lambda received, _: held.append(received))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for received in held:
        signal.raise_signal(received)


@contextlib.contextmanager
def _refusing(path: pathlib.Path) -> Iterator[None]:
    """Turn what the operating system says into a refusal."""
    try:
        yield
    except OSError as error:
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), _RETRY))
        if error.filename is None and error.errno == errno.ENOENT:  # as `tempfile` says that it finds no folder
            reason, remedy = error.strerror or reason, _SET_TMPDIR
        raise _refusal(path, reason, remedy) from error


def _refusal(path: pathlib.Path, reason: str, remedy: str) -> MachineRefused:
    untouched = "the file that is there is untouched" if os.path.isfile(path) else "nothing was written"
    return MachineRefused(f"cannot write {path}: {reason}; {untouched}. {remedy}.")
