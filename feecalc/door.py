"""From a command to an exit status: whatever happens in a command becomes one of them, and never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click

from feecalc import __version__
from feecalc.cli import cli
from feecalc.cli.showing import print_problems
from feecalc.cli.statuses import DEFECT, DONE, INTERRUPTED, MACHINE, NOT_DONE
from feecalc.terminal import SIGNALS, placed, say, silence

# The codes of problems that say no more than that an input is larger than what is read.
OVER_A_LIMIT = {"file-too-large", "workbook-too-large", "too-many-nodes", "too-many-rows", "too-many-columns"}


def main() -> None:
    """Run the command and turn whatever happens into an exit status."""
    _prepare_streams()
    try:
        exit_status = status()
    except KeyboardInterrupt:  # while a fault was being told
        exit_status = INTERRUPTED
    _leave_when_told()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        say(f"feecalc: {_refusal(error)}")
        exit_status = MACHINE
    if exit_status == INTERRUPTED:
        os._exit(exit_status)  # taking apart what was computed would keep a person waiting
    _handle_signals(signal.SIG_IGN)  # all is done and told: nothing that comes now may change the status
    sys.exit(exit_status)


def _prepare_streams() -> None:
    """See to it that whatever is printed can be: to a closed stream, and in an alphabet that lacks its letters.

    And that nothing else is: after a refusal, parts of libraries that are taken down may stumble over what is gone.
    """
    sys.unraisablehook = lambda _: None
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever called
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def status() -> int:
    """Run the command that was given and return its exit status."""
    placed.clear()
    stdout = sys.stdout
    try:
        _stop_when_told()
        done: int | None = cli.main(prog_name="feecalc", standalone_mode=False)
        return done or DONE
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except SystemExit:
        if sys.stdout is stdout:
            raise
        return DONE  # click has put it aside: whoever read the help has read enough of it
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        say(text.getvalue().rstrip("\n"))
        return NOT_DONE
    except (click.Abort, KeyboardInterrupt):
        say(f"feecalc: stopped; {_written()}")
        return INTERRUPTED
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from feecalc.problems import MachineRefused, Refused
    from feecalc.requirements import unmet

    if isinstance(error, Refused):
        print_problems(error.problems, " Nothing was written.")
        return MACHINE if all(problem.code in OVER_A_LIMIT for problem in error.problems) else NOT_DONE
    if isinstance(error, (MachineRefused, MemoryError, OverflowError, OSError)):
        say(f"feecalc: {_refusal(error)}")
        return MACHINE
    needs = unmet(error)
    if needs:
        say(f"feecalc: {needs}")
        return NOT_DONE
    return _defect()


def _written() -> str:
    return f"{' and '.join(placed) or 'nothing'} {'were' if len(placed) > 1 else 'was'} written"


def _refusal(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"there is not enough memory; {_written()}. Close other programs, or give fewer records at once."
    if isinstance(error, OverflowError):
        return f"the amounts are beyond what is kept to the cent: {error}"
    if isinstance(error, OSError) and error.strerror:
        # What is read and what is written into files has its own words: without a name it is the stream of results.
        return f"{error.filename or 'cannot write the result'}: {error.strerror.lower()}"
    return str(error)


def _defect() -> int:
    """A fault of feecalc itself: keep the traceback in a file, name it in one line."""
    import tempfile
    import traceback

    told = "feecalc: this is a defect in feecalc, not in your files; please report it with"
    kept = f"feecalc {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n{traceback.format_exc()}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="feecalc-defect-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(kept)
        say(f"{told} {file.name}")
    except OSError:  # no room for it anywhere
        say(f"{told} what follows\n{kept.rstrip()}")
    return DEFECT


def _stop_when_told() -> None:
    """Stop on TERM and when the terminal is closed as on Ctrl-C, so that temporary files are removed."""

    def stop(*_: object) -> None:
        _leave_when_told()  # who asks twice does not want to wait
        raise KeyboardInterrupt

    _handle_signals(stop)


def _leave_when_told() -> None:
    _handle_signals(lambda *_: os._exit(INTERRUPTED))


def _handle_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    with contextlib.suppress(ValueError):  # only the main thread is told
        for number in SIGNALS:
            # `nohup` asks that HUP be ignored; a shell asks it of Ctrl-C for what runs behind, and means only its own.
            if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)
