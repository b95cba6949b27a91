"""From a command to an exit status: whatever happens in a command becomes one of them, and never a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import click

from feecalc import __version__
from feecalc.cli import cli
from feecalc.cli.showing import print_problems
from feecalc.cli.statuses import DEFECT, DONE, INTERRUPTED, MACHINE, NOT_DONE
from feecalc.terminal import say, silence


def main() -> None:
    """Run the command and turn whatever happens into an exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open until the end
    exit_status = status()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        say(f"feecalc: cannot write the result: {error.strerror}")
        exit_status = MACHINE
    sys.exit(exit_status)


def status() -> int:
    """Run the command that was given and return its exit status."""
    try:
        _stop_when_told()
        done: int | None = cli.main(prog_name="feecalc", standalone_mode=False)
        return done or DONE
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return NOT_DONE
    except (click.Abort, KeyboardInterrupt):
        say("feecalc: stopped; nothing was written")
        return INTERRUPTED
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from feecalc.problems import MachineRefused, Refused

    if isinstance(error, Refused):
        print_problems(error.problems, " Nothing was written.")
        return NOT_DONE
    if isinstance(error, (MachineRefused, MemoryError, OverflowError, OSError)):
        say(f"feecalc: {_refusal(error)}")
        return MACHINE
    return _defect()


def _refusal(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OverflowError):
        return f"the amounts are beyond what is kept to the cent: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror.lower()}"
    return str(error)


def _defect() -> int:
    """A fault of feecalc itself: keep the traceback in a file, name it in one line."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="feecalc-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"feecalc {__version__}\n{traceback.format_exc()}")
    say(f"feecalc: this is a defect in feecalc, not in your files; please report it with {file.name}")
    return DEFECT


def _stop_when_told() -> None:
    """Stop on TERM as on Ctrl-C, so that temporary files are removed."""
    import signal

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
