"""Files written whole or not at all.

The new content goes to a temporary file beside the target, which it replaces in one step once it is safely on the disk.
Whatever happens before that step, the old file is as it was and the temporary file is gone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import stat
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from feecalc.problems import MachineRefused

PREFIX, SUFFIX = ".feecalc-", ".tmp"

# What the operating system says, in words for whoever wanted the file: the reason and the remedy.
_REASONS = {
    errno.ENOSPC: ("there is no space left on the disk", "Free some space, or write to another disk"),
    errno.EDQUOT: ("your quota on this disk is used up", "Free some space, or write to another disk"),
    errno.EROFS: ("the disk is read-only", "Write to another folder"),
    errno.EACCES: ("you have no permission", "Write to another folder, or ask for permission to write here"),
    errno.EPERM: ("you have no permission", "Write to another folder, or ask for permission to write here"),
    errno.ENAMETOOLONG: ("its name is too long", "Give it a shorter name"),
    errno.ELOOP: ("it is a link that leads back to itself", "Name the file itself"),
    errno.ENOENT: ("its folder does not exist", "Make the folder, or write to another one"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "Write to another folder"),
}
_RETRY = "Try again, or write to another folder"


def probe_target(path: pathlib.Path) -> None:
    """Refuse, before any work is done, a place where `replace_whole` could not write."""
    with _refusing(path):
        target = _followed(path)
        _refuse_unless_file(path, target)
        _refuse_unless_writable(path, target.parent)


def replace_whole(path: pathlib.Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a new file, then put it in the place of `path`, or of the file that `path` links to."""
    probe_target(path)
    with _refusing(path):
        target = _followed(path)
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, _mode_for(target))
            _replace(name, target, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    _sync_folder(target.parent)


def _followed(path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(os.path.realpath(path))


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


def _replace(name: str, target: pathlib.Path, path: pathlib.Path) -> None:
    try:
        os.replace(name, target)
    except PermissionError as error:
        reason = "it cannot be replaced (is it open in another program?)"
        raise _refusal(path, reason, "Close it there, or give another name") from error


def _sync_folder(folder: pathlib.Path) -> None:
    """Make the replacement outlast a power failure too. The file is in place: not every system can do this."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _refusing(path: pathlib.Path) -> Iterator[None]:
    """Turn what the operating system says into a refusal."""
    try:
        yield
    except OSError as error:
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), _RETRY))
        raise _refusal(path, reason, remedy) from error


def _refusal(path: pathlib.Path, reason: str, remedy: str) -> MachineRefused:
    untouched = "the file that is there is untouched" if os.path.isfile(path) else "nothing was written"
    return MachineRefused(f"cannot write {path}: {reason}; {untouched}. {remedy}.")
