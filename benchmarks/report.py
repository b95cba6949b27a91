"""How fast feecalc is, beside the goals: one command that measures all of it and writes benchmarks/REPORT.md.

    python benchmarks/report.py [ROUNDS]      default 3; about ten minutes

Each measurement is a process of its own (`measure.py`), or a command as a person runs it. Commands and what they are
held against take turns. Seconds are the processor's: what other work takes on the machine, or waiting for its disk, is
not in them. Quote the ratios. Peak memory is that of the whole process.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import generate
import yardsticks
from attrs import frozen

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIBRARIES = ("numpy", "pandas", "openpyxl", "xlsxwriter")
READING = ("tables", "records")
ENGINE = ("attribution", "accrual and settlement")
ALL = ("agreements", "tables", "records", "names", "ledger", "ledger.csv")
COMMANDS = {
    "--help": ["--help"],
    "--version": ["--version"],
    "schema": ["schema"],
    "describe": ["describe", "-a", "{}/agreements"],
    "check": ["check", "-a", "{}/agreements", "{}/records"],
    "run, totals on the screen": ["run", "{}/records", "-a", "{}/agreements", "--as-of", "2025-01-01"],
}


@frozen
class Spent:
    seconds: float
    mib: float


@frozen
class Goal:
    """A row of the first table: a figure, and the most or the least that it should be."""

    what: str
    measured: float
    goal: float
    unit: str = ""
    least: bool = False

    @property
    def row(self) -> str:
        met = self.measured >= self.goal if self.least else self.measured <= self.goal
        bound = "at least" if self.least else "at most"
        figure = f"{self.measured:,.2f}" if self.measured < 10 else f"{self.measured:,.0f}"
        return f"| {self.what} | {figure}{self.unit} | {bound} {self.goal:g}{self.unit} | {'' if met else 'not '}met |"


def spent(command: Sequence[str], environment: dict[str, str]) -> Spent:
    """What a process took. Its output goes nowhere; it may find something that needs a person."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), (command, process.returncode)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turns(commands: dict[str, list[str]], rounds: int, environment: dict[str, str]) -> dict[str, list[Spent]]:
    """Each command once a round; the first round, in which files come into the cache, does not count."""
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            one = spent(command, environment)
            if number:
                found[name].append(one)
    return found


def measured(name: str, size: int, rounds: int) -> dict[str, list[float]]:
    print(f"{name} {size:,} ...", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, str(HERE / "measure.py"), name, str(size), str(rounds)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    times: dict[str, list[float]] = json.loads(done.stdout)
    return times


def of(times: dict[str, list[float]], names: Sequence[str]) -> float:
    """The median seconds of some stages together."""
    return statistics.median(sum(each) for each in zip(*(times[name] for name in names), strict=True))


def ratio(times: dict[str, list[float]], above: Sequence[str], below: str) -> float:
    """The median of the ratios of each round."""
    sums = (sum(each) for each in zip(*(times[name] for name in above), strict=True))
    return statistics.median(one / other for one, other in zip(sums, times[below], strict=True))


def seconds(found: Sequence[Spent]) -> float:
    return statistics.median(each.seconds for each in found)


def feecalc(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "feecalc", *arguments]


def whole_runs(environment: dict[str, str]) -> dict[int, Spent]:
    """From CSV to ledger.csv as a command, at each size."""
    found = {}
    for lines in SIZES:
        data = generate.DATA / f"lines-{lines}"
        paths = [str(data / "records"), "-a", str(data / "agreements"), "--as-of", "2026-01-01"]
        command = feecalc("run", *paths, "-q", "-o", str(generate.DATA / "ledger.csv"))
        found[lines] = in_turns({"run": command}, 1, environment)["run"][0]
    return found


@frozen
class Recalculated:
    """Seconds for a million formulas of a workbook that a second program opens, computes and saves, its start left out:
    of the live papers, and of a plain workbook; and what the formulas alone take of that, the same cells without them
    left out.
    """

    formulas: int
    live: float
    plain: float
    live_alone: float
    plain_alone: float


def recalculated(rounds: int, folder: Path) -> Recalculated | None:
    """The live papers recalculated beside a plain workbook; None where the program is not there."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    sys.path.insert(0, str(TESTS))
    from recalculated import _SETTINGS

    data, live, chain = folder / "engagement", folder / "live.xlsx", folder / "chain.xlsx"
    generate.write(2_500, 3, 50, 500, data)  # twelve clauses: as many rows of papers as a workbook carries, or nearly
    records = [str(data / "records"), "-a", str(data / "agreements"), "--as-of", "2026-01-01"]
    spent(feecalc("run", *records, "-q", "-o", str(live)), {})
    formulas = {"live": formulas_in(live), "chain": yardsticks.chained_workbook(34_000, chain)}
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
    empty = folder / "empty.xlsx"
    yardsticks.chained_workbook(1, empty)
    convert = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--convert-to", "xlsx"]
    paths = [empty, live, chain, *(without_formulas(path) for path in (live, chain))]
    commands = {path.stem: [*convert, "--outdir", str(folder / "out"), str(path)] for path in paths}
    found = in_turns(commands, rounds, {"HOME": str(folder)})

    def for_a_million(name: str, less: str) -> float:
        return (seconds(found[name]) - seconds(found[less])) / formulas[name] * 1e6

    whole = [for_a_million(name, "empty") for name in ("live", "chain")]
    return Recalculated(
        formulas["live"], *whole, *(for_a_million(name, f"{name}-values") for name in ("live", "chain"))
    )


def without_formulas(path: Path) -> Path:
    """The same workbook with a number in the place of each formula that has no result, and the result of each other."""
    made = path.with_stem(f"{path.stem}-values")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as to:
        for name in archive.namelist():
            content = archive.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = re.sub(rb"<f>[^<]*</f><v></v>", b"<v>1234.5</v>", content)
                content = re.sub(rb"<f>[^<]*</f>", b"", content)
            to.writestr(name, content)
    return made


def formulas_in(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(archive.read(name).count(b"<f>") for name in sheets)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="feecalc-") as scratch:
        # modules are compiled once, as they are when a package is installed
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(scratch) / "compiled")}
        os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        report = made(rounds, Path(scratch))
    (HERE / "REPORT.md").write_text("\n".join(report) + "\n", "utf-8")
    print("\n".join(report))


def made(rounds: int, scratch: Path) -> list[str]:
    stages = {lines: measured("stages", lines, max(rounds, min(30, 300_000 // lines))) for lines in SIZES}
    most = stages[SIZES[-1]]
    runs = whole_runs({})
    matching = {size: measured("reconcile", size, rounds) for size in (1_000, 10_000, 100_000)}
    read, written = measured("xlsx_in", 100_000, rounds), measured("xlsx_out", 100_000, rounds)
    print("commands ...", file=sys.stderr)
    ordinary = scratch / "ordinary"
    generate.write(200, 3, 20, 40, ordinary)
    paths = ["{}/records", "-a", "{}/agreements", "--as-of", "2025-01-01", "-q", "-o"]
    # all that the command below loads, with what it imports only when it is needed
    modules = ("door", "cli.ledger", "read.agreements", "read.records", "engagement")
    modules += ("write.outputs", "write.ledger_sheets", "write.workbook")
    imports = "import gc; gc.disable(); " + "; ".join(f"import feecalc.{module}" for module in modules)
    commands = {
        "click": [sys.executable, "-c", "import click"],
        **{name: feecalc(*arguments) for name, arguments in COMMANDS.items()},
        "ordinary": feecalc("run", *paths, str(scratch / "ordinary.xlsx")),
        "imports": [sys.executable, "-c", imports],
    }
    commands = {name: [part.replace("{}", str(ordinary)) for part in each] for name, each in commands.items()}
    started = in_turns(commands, 2 * rounds + 1, {})
    click = seconds(started["click"])
    office = recalculated(rounds, scratch)

    def each_line(lines: int) -> float:
        return of(stages[lines], ALL) / lines

    goals = [
        Goal("engine: attribution, accrual, settlement / bare numpy pass", ratio(most, ENGINE, "bare pass"), 2),
        Goal("CSV to exact columns with places / streaming csv read", ratio(most, READING, "streaming read"), 1.5),
        Goal("CSV to ledger.csv, all stages / streaming csv read", ratio(most, ALL, "streaming read"), 2.5),
        Goal("its peak memory", runs[SIZES[-1]].mib, 1024, " MiB"),
        Goal("time for a line at 1,000,000 / at 10,000", each_line(SIZES[-1]) / each_line(10_000), 1.2),
        Goal("XLSX in, 100,000 rows / openpyxl, read-only", ratio(read, ["feecalc"], "openpyxl"), 1.2),
        Goal("XLSX out, 100,000 rows / XlsxWriter, constant memory", ratio(written, ["feecalc"], "XlsxWriter"), 1.5),
        Goal("openpyxl, write-only with formats / XLSX out", 1 / ratio(written, ["feecalc"], "openpyxl"), 2, "", True),
        Goal("reconcile, 100,000 entries / sorting both", ratio(matching[100_000], ["reconcile"], "sorting both"), 5),
        Goal("`--help` / `python -c 'import click'`", seconds(started["--help"]) / click, 2),
        Goal("ordinary engagement to .xlsx", seconds(started["ordinary"]), 1.0, " s"),
        # The goal is a second of which imports take at most half: of the second, and of what the run takes.
        Goal("its imports, of the second", seconds(started["imports"]), 0.5, " s"),
        Goal("its imports, of what it takes", seconds(started["imports"]) / seconds(started["ordinary"]), 0.5),
    ]
    if office is not None:
        words = "live workbook recalculated, for each formula / a plain one"
        goals.append(Goal(f"{words}: opened, computed, saved", office.live / office.plain, 1.5))
        goals.append(Goal(f"{words}: the formulas alone", office.live_alone / office.plain_alone, 1.5))
    return [
        *heading(rounds),
        "| what | measured | goal | |",
        "|---|---|---|---|",
        *(goal.row for goal in goals),
        "",
        "An ordinary engagement has 3 agreements, 20 closings and 200 lines; its workbook computes itself.",
        "",
        *by_stage(most),
        *growth(stages, runs),
        *documents(matching),
        *start_up(started),
        *(live_workbook(office) if office is not None else ["LibreOffice is not there: nothing was recalculated."]),
    ]


def heading(rounds: int) -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        "# Benchmark report\n",
        f"Made by `python benchmarks/report.py {rounds}`. Medians; processor seconds, so that other work on the "
        "machine does not count. Quote the ratios: each is the median of those within a round.\n",
        f"Python {platform.python_version()}, {libraries}; {os.cpu_count()} processors.\n",
        "## Goals\n",
    ]


def by_stage(times: dict[str, list[float]]) -> list[str]:
    lines = SIZES[-1]
    slow = of(times, ["decimal loop"]) * lines / 50_000
    return [
        f"## {lines:,} closing lines under 20 agreements, {times['entries'][0]:,} ledger entries\n",
        "| stage | seconds | lines per second |",
        "|---|---|---|",
        *(f"| {name} | {of(times, [name]):.2f} | {lines / of(times, [name]):,.0f} |" for name in ALL),
        f"| all of these | {of(times, ALL):.2f} | {lines / of(times, ALL):,.0f} |",
        f"| of ledger: attribution, accrual, settlement | {of(times, ENGINE):.2f} | {lines / of(times, ENGINE):,.0f} |",
        f"| yardstick: streaming csv read, two columns | {of(times, ['streaming read']):.2f} | |",
        f"| yardstick: bare numpy pass | {of(times, ['bare pass']):.2f} | |",
        f"| yardstick: loop with decimals (from 50,000 lines) | {slow:.2f} | |",
        "",
    ]


def growth(stages: dict[int, dict[str, list[float]]], runs: dict[int, Spent]) -> list[str]:
    columns = (READING, ("ledger",), ("ledger.csv",), ALL)
    return [
        "## Growth\n",
        "Microseconds for each line; the last two columns are of the whole command, start-up included.\n",
        "| lines | reading | ledger | ledger.csv | all | `run -o ledger.csv` | peak memory |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {lines:,} | "
            + " | ".join(f"{of(times, names) / lines * 1e6:.2f}" for names in columns)
            + f" | {runs[lines].seconds:.2f} s | {runs[lines].mib:,.0f} MiB |"
            for lines, times in stages.items()
        ),
        "",
    ]


def documents(matching: dict[int, dict[str, list[float]]]) -> list[str]:
    return [
        "## Reconciliation\n",
        "| entries | invoices | payments | reconcile | sorting both | seconds for 1,000 payments |",
        "|---|---|---|---|---|---|",
        *(
            f"| {size:,} | {times['invoices'][0]:,} | {times['payments'][0]:,} | {of(times, ['reconcile']):.3f} s | "
            f"{of(times, ['sorting both']):.4f} s | {of(times, ['reconcile']) / times['payments'][0] * 1000:.3f} |"
            for size, times in matching.items()
        ),
        "",
    ]


def start_up(started: dict[str, list[Spent]]) -> list[str]:
    return [
        "## Start-up\n",
        "Each command on the ordinary engagement.\n",
        "| command | seconds |",
        "|---|---|",
        *(
            f"| {name} | {seconds(started[key]):.3f} |"
            for name, key in (
                ("`python -c 'import click'`", "click"),
                *((f"`{name}`", name) for name in COMMANDS),
                ("`run -o ledger.xlsx`", "ordinary"),
                ("its imports alone", "imports"),
            )
        ),
        "",
    ]


def live_workbook(found: Recalculated) -> list[str]:
    return [
        "## Live workbook\n",
        f"2,500 lines under 3 agreements of 4 clauses: {found.formulas:,} formulas, opened, computed anew and saved by "
        f"LibreOffice: {found.live:.0f} seconds for a million formulas, its start left out; {found.plain:.0f} for a "
        "plain workbook. What the formulas alone take of that, beside the same cells with their results: "
        f"{found.live_alone:.0f} and {found.plain_alone:.0f}; the rest is opening and saving sheets of texts, dates "
        "and formats, which the plain workbook does not have.",
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
