"""No command speaks to the network, starts another program, or writes a file but its outputs, by what Python itself
tells of each such step.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import ROOT, feecalc
from processes import EARLIER, NEO, RUN, ran

from feecalc.cli import cli

MONTH = str(ROOT / "examples" / "clean-month")
PARTY = str(ROOT / "examples" / "third-party-finder")

# Every command, with its output where it has one.
JOBS: dict[str, list[tuple[str, ...]]] = {
    "init": [("init", "deal")],
    "check": [("check", str(NEO), "-a", str(ROOT / "agreements"))],
    "describe": [("describe", "-a", str(ROOT / "agreements"))],
    "run": [(*RUN, "-o", f"out.{ending}") for ending in ("xlsx", "json", "csv")] + [RUN],
    "explain": [("explain", *RUN[1:])],
    "readings": [("readings", *RUN[1:])],
    "reconcile": [
        ("reconcile", MONTH, "-a", str(ROOT / "agreements"), "-o", f"diff.{ending}") for ending in ("xlsx", "json")
    ],
    "verify": [("verify", "ledger.xlsx"), ("verify", "ledger.xlsx", "--json")],
    "investigate": [("investigate", PARTY, "-a", str(ROOT / "agreements"), "--amount", "70,500.00")],
    "quote": [("quote", *RUN[1:], "--amount", "1,000,000.00", "--price", "2.00", "--by", "brighton")],
    "exposure": [("exposure", *RUN[1:])],
    "statement": [("statement", *RUN[1:], "--payee", "Atwood Capital Ltd.", "-o", "statement.xlsx")],
    "errors": [("errors",), ("errors", "claimed-twice")],
    "schema": [("schema",)],
    "completion": [("completion", shell) for shell in ("bash", "zsh", "fish")],
}
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "webbrowser.", "urllib.")
FORBIDDEN += ("ftplib.", "http.", "smtplib.", "pickle.")

# Tells on stderr of each forbidden step, and of each file or folder that is opened for writing, made or removed.
LISTEN = f"""
import os
def heard(event, given):
    if event.startswith({FORBIDDEN!r}):
        os.write(2, f"FORBIDDEN {{event}} {{given}}\\n".encode())
    elif event == "open" and isinstance(given[0], (str, bytes)):
        if given[2] is not None and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            os.write(2, f"WRITES {{os.fsdecode(given[0])}}\\n".encode())
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"):
        if isinstance(given[0], int) or os.sep not in os.fsdecode(given[0]):
            return  # within a folder that is being removed: looked at afterwards
        os.write(2, f"WRITES {{os.fsdecode(given[0])}}\\n".encode())
sys.addaudithook(heard)
"""


def test_every_command_is_listened_to() -> None:
    assert set(JOBS) == set(cli.commands)


@pytest.mark.parametrize("command", JOBS)
def test_no_network_no_other_program_and_no_other_file(tmp_path: Path, command: str) -> None:
    temporary, work = tmp_path / "tmp", tmp_path / "work"
    temporary.mkdir()
    work.mkdir()
    if command == "verify":
        assert feecalc(*RUN, "-o", str(work / "ledger.xlsx")).status == 0
    for arguments in JOBS[command]:
        done = ran(*arguments, prepare=LISTEN, cwd=work, environment={"TMPDIR": str(temporary)})
        assert done.status in (0, 1), done
        assert "FORBIDDEN" not in done.stderr
        written = set(re.findall(r"^WRITES (.*)$", done.stderr, re.MULTILINE))
        ours = re.compile(
            rf"{re.escape(str(work))}/(\S*/)?\.feecalc-\w{{8}}\.tmp"  # beside an output
            rf"|{re.escape(str(temporary))}/\S*"  # parts of a workbook on their way, removed with their folder
            r"|deal(/\S*)?|/dev/null"
        )
        assert not {path for path in written if not ours.fullmatch(path)}, written
        assert not list(temporary.iterdir())
        made = {path.name for path in work.iterdir()} - {
            "out.xlsx",
            "out.json",
            "out.csv",
            "diff.xlsx",
            "diff.json",
            "statement.xlsx",
        }
        assert made <= {"deal", "ledger.xlsx"}, made


def test_the_listening_hears() -> None:
    loud = "import feecalc.cli.agreements as m, socket; m.show = lambda _: (socket.socket(), open('/dev/null', 'w'))"
    done = ran("describe", prepare=f"{LISTEN}\n{loud}")
    assert "FORBIDDEN socket.__new__" in done.stderr and "WRITES /dev/null" in done.stderr


def test_an_address_is_no_input() -> None:
    for address in ("https://example.com/records", "file:///etc/passwd"):
        assert feecalc("run", address).status == 2
        assert feecalc(*EARLIER, "-a", address).status == 2
