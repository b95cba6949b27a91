"""Files made to harm: each is refused in words, in under a second and with less than 100 MB, and nothing in them is run
or fetched.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from built_records import HOSTILE
from commands import ROOT, feecalc, feecalc_process

SECONDS, MEGABYTES = 1.0, 100
MOST_MEMORY = 4 << 30  # of addresses, for a reader that would not stop

READ = """
import json, resource, sys, time
from pathlib import Path
import openpyxl
from feecalc.problems import Problems
from feecalc.read.records import read_records
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
before, start, problems = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), Problems()
read_records(Path(sys.argv[1]), problems)
seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, (after - before) // 1024, [[each.code, each.remedy] for each in problems]]))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_at_once(name: str, tmp_path: Path) -> None:
    build, code = HOSTILE[name]
    build(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path), str(MOST_MEMORY)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    seconds, megabytes, problems = json.loads(done.stdout)
    assert code in [found for found, _ in problems] and all(remedy for _, remedy in problems[:1])
    assert seconds < SECONDS and megabytes < MEGABYTES


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/closings.csv", "https://example.com/r.xlsx", "file:///etc"])
def test_nothing_is_fetched(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    ran = feecalc("run", address)
    assert ran.status == 2 and "does not exist" in ran.stderr


def test_standard_input_is_no_table() -> None:
    ran = feecalc_process("run", "-")
    assert ran.status == 2 and "Traceback" not in ran.stderr
