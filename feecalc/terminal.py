"""What a person sees while a command runs: results on stdout, problems and progress on stderr."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import textwrap
from typing import TextIO

import click

WIDTH = 80
NARROWEST = 20

# By which a person or the machine stops a command. There is no HUP on Windows.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

# The outputs that this command has put in their places, for what is said if it is stopped after that.
placed: list[str] = []


def show(text: str = "") -> None:
    """A result, on stdout. A reader that has gone away, such as `head`, changes nothing about the result."""
    try:
        click.echo(harmless(text), color=False)
    except BrokenPipeError:
        silence(sys.stdout)


def say(text: str) -> None:
    """A problem, an exception or progress, on stderr; where that cannot be written to, the exit status still tells.

    On a terminal its lines are broken to fit. In a pipe each stays whole, for programs that look through them.
    """
    text = harmless(text)
    with contextlib.suppress(OSError):
        click.echo(fitted(text) if sys.stderr.isatty() else text, err=True, color=False)


def harmless(text: str) -> str:
    """The text with what would steer a terminal or reorder a line escaped: whatever is not printed, line ends apart."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)


def width() -> int:
    """The columns to write in: 80, or those of a narrower terminal."""
    columns = shutil.get_terminal_size((0, 0)).columns
    if not columns:  # stdout is no terminal, and stderr may be one
        with contextlib.suppress(OSError, ValueError):
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
    return max(NARROWEST, min(WIDTH, columns or WIDTH))


def fitted(text: str) -> str:
    """The text with its longer lines broken between words, each part as far in as the line was."""
    return "\n".join(
        wrapped(line.lstrip(), line[: len(line) - len(line.lstrip())]) if len(line) > width() else line
        for line in text.split("\n")
    )


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph in lines of at most `width()`, broken between words only: a path or an amount stays whole."""
    return textwrap.fill(
        text,
        width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Stage:
    """Says on a terminal's stderr what is being done, once it has taken more than a second."""

    def __init__(self, doing: str, quiet: bool) -> None:
        self.doing = doing
        self.shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> None:
        if self.shown:
            import threading

            self.timer = threading.Timer(1.0, lambda: say(f"{self.doing} ..."))
            self.timer.daemon = True
            self.timer.start()

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self.timer.cancel()
