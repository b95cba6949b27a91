"""At the terminal: help that fits and begins with an example, no escape codes, progress only where someone waits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ROOT, feecalc
from processes import NEO, RUN, ran, started

from feecalc.cli import cli
from feecalc.terminal import Stage, fitted, harmless, width, wrapped

COMMANDS = sorted(cli.commands)
SLOW = "import time, feecalc.engagement as m; real = m.compute; m.compute = lambda *g: (time.sleep({}), real(*g))[1]"
TWICE = str(ROOT / "examples" / "claimed-twice")


def on_terminal(*arguments: str, prepare: str = "", columns: int = 80, **environment: str) -> tuple[int, str]:
    """The command with stdout and stderr on a terminal of its own: its status and what is seen there."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = started(
        *arguments,
        prepare=prepare,
        environment={"COLUMNS": "", "LINES": "", "NO_COLOR": "", "FORCE_COLOR": "", **environment},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        text=False,
        encoding=None,
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    return process.wait(), seen.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_begins_with_an_example(command: str) -> None:
    shown = feecalc(*command.split(), "--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in shown.partition("Commands:")[2], "a summary is cut"
    if command:
        usage, summary, example = shown.split("\n\n")[:3]
        assert usage.startswith(f"Usage: feecalc {command} ") and summary.strip()[-1] in ".?"
        lines = example.splitlines()
        assert lines[0].startswith(f"    feecalc {command}") or f"feecalc {command} " in lines[0], example


def examples() -> list[str]:
    found = []
    for command in COMMANDS:
        found += re.findall(r"^    (feecalc .*)", feecalc(command, "--help").stdout, re.MULTILINE)
    return found


@pytest.mark.parametrize("line", [line for line in examples() if "records" not in line and "|" not in line])
def test_the_examples_of_the_help_run(line: str, tmp_path: Path) -> None:
    """Those on what ships with feecalc; `records` stands for one's own."""
    for name in ("examples", "agreements"):
        (tmp_path / name).symlink_to(ROOT / name)
    if "verify" in line:
        assert feecalc(*RUN, "-o", str(tmp_path / "ledger.xlsx")).status == 0
    program = f"{sys.executable} -m feecalc"
    done = subprocess.run(
        ["bash", "-c", line.replace("feecalc ", f"{program} ", 1)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done


@pytest.mark.parametrize(
    "setting", [{}, {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, {"TERM": "dumb", "NO_COLOR": "1"}], ids=str
)
def test_no_escape_codes_anywhere(setting: dict[str, str]) -> None:
    """On a terminal and in a pipe: nothing is told by colour, so there is nothing to force either."""
    for arguments in (("--help",), ("run", TWICE), ("run", "no-such")):
        done = ran(*arguments, environment=setting)
        assert "\x1b" not in done.stdout + done.stderr
        status, seen = on_terminal(*arguments, **setting)
        assert "\x1b" not in seen and status == done.status


def test_progress_is_told_on_a_terminal_after_a_second() -> None:
    assert "computing ..." in on_terminal(*RUN, prepare=SLOW.format(1.4))[1]


def test_progress_is_not_told_before_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("feecalc.terminal.say", said.append)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for _ in range(3):
        with Stage("computing", quiet=False):
            time.sleep(0.01)
    time.sleep(1.1)
    assert said == []
    with Stage("computing", quiet=False):
        time.sleep(1.2)
    assert said == ["computing ..."]


def test_progress_is_not_told_when_quiet_nor_in_a_pipe() -> None:
    assert "..." not in on_terminal(*RUN, "-q", prepare=SLOW.format(1.4))[1]
    done = ran(*RUN, prepare=SLOW.format(1.4))
    assert "..." not in done.stdout + done.stderr


def test_progress_goes_to_stderr() -> None:
    """Results stay clean when they alone are redirected."""
    pty = pytest.importorskip("pty")
    master, terminal = pty.openpty()
    process = started(*RUN, prepare=SLOW.format(1.4), stderr=terminal)
    os.close(terminal)
    out, _ = process.communicate()
    told = os.read(master, 4096).decode()
    os.close(master)
    assert "computing ..." in told and "..." not in out and "Who is owed what" in out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_messages_are_broken_to_fit_a_terminal(columns: int, tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "records")
    (folder / "closings.csv").write_text(
        "closing,date,investor,gross_proceeds\nA,03/04/2002,X,1e5\n,2002-03-13,,12.345\n"
    )
    for arguments in (["run", str(folder)], ["run", TWICE, "-o", str(tmp_path / "ledger.csv")], ["run"]):
        _, seen = on_terminal(*arguments, columns=columns)
        for line in seen.splitlines():
            assert len(line) <= min(columns, 80) or " " not in line.strip() or str(tmp_path) in line, line


def test_in_a_pipe_each_fact_of_a_problem_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "closings.csv").write_text("closing,date,investor,gross_proceeds\nA,03/04/2002,X,1\n")
    done = ran("run", str(tmp_path))
    assert max(map(len, done.stderr.splitlines())) > 80 and "03/04/2002" in done.stderr


def test_width_and_wrapping(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, expected in (("40", 40), ("200", 80), ("3", 20), ("", 80), ("many", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert width() == expected
    monkeypatch.setenv("COLUMNS", "20")
    assert wrapped("one two three four five", "  ") == "  one two three four\n  five"
    assert (
        wrapped("/a/path/that-is-longer/than-the-screen and so on")
        == "/a/path/that-is-longer/than-the-screen\nand so on"
    )
    assert fitted("short\n    a longer line that is broken\n") == "short\n    a longer line\n    that is broken\n"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\x1b[2J\x1b[31mred", r"\x1b[2J\x1b[31mred"),
        ("cod\u202etxt.exe", r"cod\u202etxt.exe"),
        ("bell\x07, tab\t, return\r", r"bell\x07, tab\t, return\r"),
        ("\x9b31m", r"\x9b31m"),
        ("\udcff", r"\udcff"),
        ("two\nlines, Zürich, 東京, 1\u2013", "two\nlines, Zürich, 東京, 1\u2013"),
    ],
)
def test_what_would_steer_a_terminal_is_escaped(text: str, safe: str) -> None:
    assert harmless(text) == safe


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202e", "\x9b2J", "\x07"])
def test_hostile_names_are_shown_escaped(tmp_path: Path, hostile: str) -> None:
    """In records, agreements, file names and arguments."""
    folder = shutil.copytree(NEO, tmp_path / "records")
    text = (folder / "closings.csv").read_text("utf-8")
    (folder / "closings.csv").write_text(text.replace("Investor", f"In{hostile}vestor"), "utf-8")
    agreements = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    terms = (agreements / "brighton.yaml").read_text("utf-8")
    (agreements / "brighton.yaml").write_text(terms.replace("Atwood", f"At{hostile}wood"), "utf-8")
    named = tmp_path / f"re{hostile}cords"
    shutil.copytree(NEO, named)
    for arguments in (
        ("run", str(folder)),
        ("explain", str(folder), "--investor", f"a{hostile}b"),
        ("run", str(NEO), "-a", str(agreements)),
        ("describe", "-a", str(agreements)),
        ("describe", f"brig{hostile}hton"),
        ("run", f"no{hostile}such"),
        ("run", str(named), "-o", str(tmp_path / f"led{hostile}ger.csv")),
        ("run", str(NEO), "-o", str(tmp_path / f"led{hostile}ger.pdf")),
        (f"ru{hostile}n",),
        ("run", str(NEO), "--as-of", f"20{hostile}02"),
        ("init", str(tmp_path / f"de{hostile}al")),
    ):
        done = feecalc(*arguments)
        assert hostile not in done.stdout + done.stderr, (arguments, done)


def test_misspelt_words_are_answered_with_the_likely_one() -> None:
    for arguments, likely in (
        (("completion", "bsh"), "bash"),
        (("completion", "fihs"), "fish"),
        (("recncile", str(NEO)), "reconcile"),
        (("run", "--outptu", "x"), "--output"),
        (("describe", "brigthon"), "brighton"),
    ):
        done = feecalc(*arguments)
        assert done.status == 2 and likely in done.stderr, done
    assert "bash, zsh, fish" in feecalc("completion", "powershell").stderr


def test_version() -> None:
    from feecalc import __version__

    assert feecalc("--version").stdout == f"feecalc, version {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_of_its_shell(shell: str, tmp_path: Path) -> None:
    done = feecalc("completion", shell)
    assert done.status == 0 and f"_FEECALC_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.stdout)
        assert subprocess.run([shell, "-n", str(tmp_path / "script")], capture_output=True).returncode == 0


def test_completion_is_set_up_in_a_zsh_without_any_settings() -> None:
    script = feecalc("completion", "zsh").stdout
    assert script.index("autoload -Uz compinit && compinit") < script.index("    compdef _feecalc_completion feecalc")
    if shutil.which("zsh"):
        ask = 'eval "$1" && print -- $_comps[feecalc]'
        done = subprocess.run(["zsh", "-f", "-c", ask, "zsh", script], capture_output=True, text=True)
        assert done.stdout.strip() == "_feecalc_completion", done


def test_completion_in_bash_is_right_and_fast(tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash here")
    program = tmp_path / "feecalc"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m feecalc "$@"\n')
    program.chmod(0o755)
    script = """
source <(feecalc completion bash) 2>/dev/null
COMP_WORDS=(feecalc "$@"); COMP_CWORD=$#
_feecalc_completion feecalc
printf '%s\\n' "${COMPREPLY[@]}"
"""

    def completed(*words: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-c", script, "bash", *words], env=environment, capture_output=True, text=True, cwd=ROOT
        ).stdout.split()

    assert completed("re") == ["readings", "reconcile"]
    assert "--as-of" in completed("run", "--a") and "--output" in completed("run", "--")
    assert completed("completion", "z") == ["zsh"]
    taken = []
    for _ in range(3):  # on a busy machine, the best of three
        start = time.monotonic()
        ran(environment={"_FEECALC_COMPLETE": "bash_complete", "COMP_WORDS": "feecalc re", "COMP_CWORD": "1"})
        taken.append(time.monotonic() - start)
    assert min(taken) < 1  # a tenth of that where nothing else runs


def test_completion_loads_no_heavy_module() -> None:
    told = "sys.stderr.write(' '.join({'numpy', 'pandas', 'yaml'} & {*sys.modules}))"
    prepare = f"import atexit\natexit.register(lambda: {told})"
    environment = {"_FEECALC_COMPLETE": "bash_complete", "COMP_WORDS": "feecalc run --a", "COMP_CWORD": "2"}
    done = ran(prepare=prepare, environment=environment)
    assert "--agreements" in done.stdout and done.stderr == ""
