"""The same inputs give the same bytes, wherever, whenever, by whomever and with whichever Python they are computed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, feecalc
from processes import NEO, RUN, ran

JOBS = {f"run.{ending}": RUN for ending in ("xlsx", "json", "csv")}
JOBS["reconcile.xlsx"] = (
    *("reconcile", str(ROOT / "examples" / "clean-month"), "-a", str(ROOT / "agreements")),
    *("--as-of", "2030-01-01"),
)

SETTINGS: dict[str, dict[str, str]] = {
    "east of Greenwich, in Turkish": {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
    "west of Greenwich, in German": {
        "TZ": "Pacific/Pago_Pago",
        "LC_ALL": "de_DE.UTF-8",
        "PYTHONHASHSEED": "4294967295",
    },
    "no locale, no home, narrow": {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "HOME": "",
        "COLUMNS": "40",
        "TERM": "dumb",
    },
    "without assertions": {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "77"},
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("here")
    for name, arguments in JOBS.items():
        assert feecalc(*arguments, "-o", str(folder / name)).status == 0
    return {name: (folder / name).read_bytes() for name in JOBS}


@pytest.mark.parametrize("setting", SETTINGS)
def test_whatever_the_environment(tmp_path: Path, here: dict[str, bytes], setting: str) -> None:
    for name, arguments in JOBS.items():
        done = ran(*arguments, "-o", str(tmp_path / name), environment=SETTINGS[setting])
        assert done.status == 0, done
        assert (tmp_path / name).read_bytes() == here[name], name


def test_whatever_the_folder_and_the_umask(tmp_path: Path, here: dict[str, bytes]) -> None:
    """Files are told by their names without folders."""
    elsewhere = tmp_path / "some where else \u00e9"
    elsewhere.mkdir()
    for name in ("agreements", "examples"):
        shutil.copytree(ROOT / name, elsewhere / name)
    before = os.umask(0o077)
    try:
        for name, arguments in JOBS.items():
            moved = [each.replace(f"{ROOT}/", "") for each in arguments]
            assert ran(*moved, "-o", name, cwd=elsewhere).status == 0
            assert (elsewhere / name).read_bytes() == here[name]
            assert (elsewhere / name).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_whatever_the_moment_and_the_order_of_the_files(tmp_path: Path, here: dict[str, bytes]) -> None:
    """Copies that were made in another order and at another time, with a clock that is eighty years ahead."""
    records = tmp_path / NEO.name
    records.mkdir()
    for path in sorted(NEO.iterdir(), reverse=True):
        if path.is_file():
            shutil.copyfile(path, records / path.name)
            os.utime(records / path.name, (10**9, 10**9))
    for name in ("run.xlsx", "run.json", "run.csv"):
        ahead = "import time; time.time = lambda: 4e9"
        done = ran("run", str(records), *RUN[2:], "-o", str(tmp_path / name), prepare=ahead)
        assert done.status == 0 and (tmp_path / name).read_bytes() == here[name]


def other_pythons() -> list[str]:
    """Other versions of Python that have what feecalc needs: those on the path, or named in FEECALC_PYTHONS."""
    named = os.environ.get("FEECALC_PYTHONS", "").split(os.pathsep)
    names = [f"python3.{minor}" for minor in range(11, 20) if minor != sys.version_info.minor]
    found = [path for name in (*named, *names) if name and (path := shutil.which(name))]
    program = "import attrs, click, defusedxml, numpy, openpyxl, pandas, xlsxwriter, yaml"
    return [path for path in found if subprocess.run([path, "-c", program], capture_output=True).returncode == 0]


def test_whichever_python(tmp_path: Path, here: dict[str, bytes]) -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python with the packages is on the path, nor in FEECALC_PYTHONS")
    for python in pythons:
        for name, arguments in JOBS.items():
            done = subprocess.run(
                [python, "-m", "feecalc", *arguments, "-o", str(tmp_path / name)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            assert (tmp_path / name).read_bytes() == here[name], f"{name} of {python}"
