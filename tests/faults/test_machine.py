"""The machine refuses: no room, no memory, no permission, no locale, a package missing. Words and a status of its own,
never a traceback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import ROOT, feecalc
from processes import EARLIER, NEO, RUN, ran, started, temporary_files

from feecalc import requirements

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
ENDINGS = ("xlsx", "json", "csv")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes disks of so many bytes."""
    made: list[Path] = []

    def disk(size: int) -> Path:
        path = tmp_path / f"disk{len(made)}"
        path.mkdir()
        if (
            not AS_ROOT
            or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], capture_output=True
            ).returncode
        ):
            pytest.skip("a disk can be mounted by root only")
        made.append(path)
        return path

    yield disk
    for path in made:
        subprocess.run(["umount", path], check=True)


def fill(disk: Path, name: str = "filler") -> None:
    with open(disk / name, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_disk_that_is_full(small_disk: Callable[[int], Path], ending: str) -> None:
    disk = small_disk(1024 * 1024)  # room for the old and the new
    target = disk / f"ledger.{ending}"
    assert ran(*EARLIER, "-o", str(target)).status == 0
    before = target.read_bytes()
    fill(disk)
    done = ran(*RUN, "-o", str(target))
    assert done.status == 3 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
    assert f"cannot write {target}: there is no space left on the disk" in done.stderr
    assert "bytes are needed, 0 are free; the file that is there is untouched" in done.stderr
    assert target.read_bytes() == before and not temporary_files(disk)
    (disk / "filler").unlink()
    assert ran(*RUN, "-o", str(target)).status == 0


def test_a_disk_for_temporary_files_that_is_full(small_disk: Callable[[int], Path], tmp_path: Path) -> None:
    disk = small_disk(16 * 1024)
    (disk / "most").write_bytes(bytes(12 * 1024))
    done = ran(*RUN, "-o", str(tmp_path / "ledger.xlsx"), environment={"TMPDIR": str(disk)})
    assert done.status == 3 and len(done.stderr.splitlines()) == 1, done
    assert f"the folder for temporary files, {disk}" in done.stderr and "TMPDIR" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [disk.name]
    assert [path.name for path in disk.iterdir()] == ["most"]


def test_init_on_a_full_disk_makes_nothing(small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(24 * 1024)
    done = ran("init", str(disk / "deal"))
    assert done.status == 3 and "no space left" in done.stderr
    assert not list(disk.iterdir())


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_limit_on_the_size_of_files(tmp_path: Path, ending: str) -> None:
    resource = pytest.importorskip("resource")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    target = tmp_path / f"ledger.{ending}"
    done = ran(*RUN, "-o", str(target), prepare=limit)
    assert resource and done.status == 3 and "files of its size are not allowed" in done.stderr, done
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [("describe",), RUN, ("schema",), ("--help",), ("run", "--help")])
def test_stdout_on_a_full_disk(command: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = ran(*command, stdout=full)
    assert done.status == 3 and "Traceback" not in done.stderr
    assert done.stderr == "feecalc: cannot write the result: no space left on device\n"


def test_stderr_on_a_full_disk_changes_no_status() -> None:
    with open("/dev/full", "w") as full:
        assert ran("run", "no-such-records", stderr=full).status == 2
        assert ran(*RUN, stderr=full).status == 0


@pytest.mark.parametrize("command", [("describe",), ("schema",), ("explain", *RUN[1:]), ("--help",)])
def test_a_reader_that_goes_away_is_no_fault(command: tuple[str, ...]) -> None:
    process = started(*command)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == ("", 0)
    process.stderr.close()


def test_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("feecalc.engagement.compute", compute)
    done = feecalc(*RUN, "-o", str(tmp_path / "ledger.csv"))
    assert done.status == 3 and not list(tmp_path.iterdir())
    assert done.stderr.startswith("feecalc: there is not enough memory; nothing was written.")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is kept by Linux")
def test_no_memory_in_earnest(tmp_path: Path) -> None:
    """A process that may not have what it asks for, while it computes."""
    prepare = """
import resource, feecalc.engagement as m
def compute(*_):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 50_000_000,) * 2)
    import numpy
    return numpy.ones(10_000_000)
m.compute = compute
"""
    done = ran(*RUN, "-o", str(tmp_path / "ledger.csv"), prepare=prepare)
    assert (done.status, list(tmp_path.iterdir())) == (3, []) and "not enough memory" in done.stderr, done


HOSTILE = {
    "aliases.yaml": "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{m}, *{m}]\n" for m, n in zip("abcdefgh", "bcdefghi")),
    "deep.yaml": "a: " + "[" * 100_000,
    "long-number.yaml": f"id: {'9' * 500_000}\n",
    "one-line.csv": "closing," * 1_000_000,
    "quote.csv": 'closing,date\n"' + "x" * 3_000_000,
    "columns.csv": "a\n" + "," * 3_000_000,
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is kept by Linux")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_within_a_gigabyte_and_ten_seconds(tmp_path: Path, name: str) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2); "
    limit += "resource.setrlimit(resource.RLIMIT_CPU, (10, 10))"
    if name.endswith(".yaml"):
        (tmp_path / name).write_text(HOSTILE[name])
        done = ran("run", str(NEO), "-a", str(tmp_path / name), prepare=limit)
    else:
        (tmp_path / "closings.csv").write_text(HOSTILE[name])
        done = ran("run", str(tmp_path), prepare=limit)
    assert done.status in (2, 3) and "Traceback" not in done.stderr, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("closings.csv", ",".join(f"c{n}" for n in range(257)), "there are 257 columns; the limit is 256"),
        ("agreements/large.yaml", "#" * 1_000_001, "more than 1,000,000 bytes"),
        ("agreements/nodes.yaml", "a:\n" + "- 1\n" * 50_001, "50,000"),
    ],
)
def test_what_is_over_a_stated_limit_exits_with_3(tmp_path: Path, name: str, text: str, words: str) -> None:
    """The input may well be right: it is more than is read. With any other fault beside it, it is 2."""
    folder = shutil.copytree(NEO, tmp_path / "records")
    agreements = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    (folder if name == "closings.csv" else tmp_path).joinpath(name).write_text(text)
    run = ("run", str(folder), "-a", str(agreements), "-o", str(tmp_path / "ledger.csv"))
    done = feecalc(*run)
    assert done.status == 3 and words in done.stderr and "Nothing was written" in done.stderr, done
    (folder / "introductions.csv").write_text("investor\n")
    assert feecalc(*run).status == 2
    assert not (tmp_path / "ledger.csv").exists()


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes the system refuse to open a file, as it does for whoever may not read it."""

    def refuse(path: Path) -> None:
        opened, opened_raw = Path.open, __import__("io").FileIO

        def check(name: object) -> None:
            if Path(str(name)) == path:
                raise PermissionError(13, "Permission denied", str(name))

        def path_open(self: Path, *arguments: object, **options: object) -> object:
            check(self)
            return opened(self, *arguments, **options)  # type: ignore[arg-type, call-overload]

        class FileIO(opened_raw):  # type: ignore[misc, valid-type]
            def __init__(self, name: object, *arguments: object) -> None:
                check(name)
                super().__init__(name, *arguments)

        monkeypatch.setattr(Path, "open", path_open)
        monkeypatch.setattr("io.FileIO", FileIO)

    return refuse


@pytest.mark.parametrize("part", ["records/closings.csv", "agreements/brighton.yaml", "records/introductions.xlsx"])
def test_an_input_that_cannot_be_read_is_named(tmp_path: Path, unreadable: Callable[[Path], None], part: str) -> None:
    folder = shutil.copytree(NEO, tmp_path / "records")
    agreements = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    (tmp_path / part).touch()
    if part.endswith(".xlsx"):
        (folder / "introductions.csv").unlink(missing_ok=True)
    unreadable(tmp_path / part)
    done = feecalc("run", str(folder), "-a", str(agreements), "-o", str(tmp_path / "ledger.csv"))
    assert done.status == 3 and f"{tmp_path / part} cannot be read: Permission denied" in done.stderr, done
    assert not (tmp_path / "ledger.csv").exists()


@pytest.mark.skipif(AS_ROOT, reason="root may read anything")
def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    for arguments in (["run", str(tmp_path / "f")], ["check", "-a", str(tmp_path / "f")]):
        (tmp_path / "f").mkdir(exist_ok=True)
        (tmp_path / "f").chmod(0)
        try:
            done = feecalc(*arguments)
        finally:
            (tmp_path / "f").chmod(0o755)
        assert done.status == 3 and str(tmp_path / "f") in done.stderr


def test_an_input_named_twice() -> None:
    for first, second in (("agreements", "agreements/"), ("agreements", "agreements/brighton.yaml")):
        for one, other in ((first, second), (second, first)):
            done = feecalc("run", str(NEO), "-a", one, "-a", other)
            assert done.status == 2 and "named twice" in done.stderr, (one, other)
    one_by_one = [each for name in ("brighton", "jefferies", "ladenburg") for each in ("-a", f"agreements/{name}.yaml")]
    assert feecalc("run", str(NEO), *one_by_one).status == 0


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "LC_ALL": "C", "HOME": "", "COLUMNS": "40"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": ""},
        {"PYTHONIOENCODING": "ascii", "HOME": "/nonexistent", "TERM": ""},
        {"LC_ALL": "xx_YY.UTF-8", "TZ": "Nowhere/Nothing"},
    ],
)
def test_no_home_no_locale_and_a_narrow_terminal(tmp_path: Path, environment: dict[str, str]) -> None:
    """Letters that the stream cannot encode are told by their codes; files are UTF-8 all the same."""
    folder = shutil.copytree(NEO, tmp_path / "records")
    lines = (folder / "closings.csv").read_text("utf-8")
    (folder / "closings.csv").write_text(lines.replace("Investor A", "Société Générale \u2014 Zürich"), "utf-8")
    run = ("run", str(folder), *RUN[2:])
    for arguments, status in ((run, 0), (("explain", *run[1:]), 0), (("run", "no-süch"), 2), (("describe",), 0)):
        done = ran(*arguments, environment=environment)
        assert done.status == status and "Traceback" not in done.stderr, done
    assert ran(*run, "-o", str(tmp_path / "ledger.json"), environment=environment).status == 0
    assert feecalc(*run, "-o", str(tmp_path / "here.json")).status == 0
    assert (tmp_path / "ledger.json").read_bytes() == (tmp_path / "here.json").read_bytes()


def test_a_package_that_is_missing_is_named_with_what_to_type() -> None:
    for module, package in (("yaml", "PyYAML"), ("click", "click"), ("numpy", "numpy"), ("xlsxwriter", "XlsxWriter")):
        done = ran(*RUN, "-o", os.devnull + ".xlsx", prepare=f"sys.modules[{module!r}] = None")
        if done.status != 2:  # /dev is no place to write, which is told first
            assert done.status == 3 and module == "xlsxwriter"
            continue
        assert package in done.stderr and "-m pip install" in done.stderr and "Traceback" not in done.stderr, done


def test_a_package_that_is_too_old_is_named_with_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    stated = ["pandas>=2.2", "attrs>=23.2", "pytest>=99; extra == 'test'", "XlsxWriter<4,>=3.2", "nothing-such>=1.0"]
    versions = {"pandas": "1.5.3", "attrs": "26.1.0", "XlsxWriter": "3.10.0"}

    def version(name: str) -> str:
        if name not in versions:
            raise requirements.metadata.PackageNotFoundError
        return versions[name]

    monkeypatch.setattr(requirements.metadata, "requires", lambda _: stated)
    monkeypatch.setattr(requirements.metadata, "version", version)
    monkeypatch.setattr("feecalc.engagement.compute", lambda *_: [].no_such_method)
    done = feecalc(*RUN)
    assert done.status == 2 and "feecalc needs pandas 2.2 or later, and 1.5.3 is installed" in done.stderr
    assert 'pip install --upgrade "pandas>=2.2" "nothing-such>=1.0"' in done.stderr and "attrs" not in done.stderr


def test_a_defect_says_where_its_traceback_is_kept(tmp_path: Path) -> None:
    prepare = "import feecalc.engagement as m; m.compute = lambda *_: 1 // 0"
    done = ran(*RUN, "-o", str(tmp_path / "ledger.csv"), prepare=prepare, environment={"TMPDIR": str(tmp_path)})
    (kept,) = tmp_path.iterdir()
    assert done.status == 70 and done.stderr.endswith(f"please report it with {kept}\n")
    assert len(done.stderr.splitlines()) == 1
    text = kept.read_text("utf-8")
    assert text.startswith("feecalc 0.") and "ZeroDivisionError" in text and f"Python {sys.version.split()[0]}" in text


def test_a_defect_whose_traceback_can_be_kept_nowhere_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", nowhere)
    monkeypatch.setattr("feecalc.engagement.compute", lambda *_: 1 // 0)
    done = feecalc(*RUN)
    assert done.status == 70 and "please report it with what follows" in done.stderr
    assert done.stderr.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.TemporaryDirectory", nowhere)
    done = feecalc(*RUN, "-o", str(tmp_path / "ledger.xlsx"))
    assert done.status == 3 and "No usable temporary directory" in done.stderr and "TMPDIR" in done.stderr
    assert not list(tmp_path.iterdir())
