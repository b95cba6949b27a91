"""What a person sees while a command runs: results on stdout, problems and progress on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

import click


def show(text: str = "") -> None:
    """A result, on stdout. A reader that has gone away, such as `head`, changes nothing about the result."""
    try:
        click.echo(text)
    except BrokenPipeError:
        silence(sys.stdout)


def say(text: str) -> None:
    """A problem, an exception or progress, on stderr; where that cannot be written to, the exit status still tells."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


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
