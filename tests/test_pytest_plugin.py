"""Agreements as tests: pytest in a process of its own, in folders made for it, with the plugin and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, Ran

from feecalc.problems import Problems
from feecalc.read.agreements import read_agreements
from feecalc.worked import run_example, run_examples

FAILING = (ROOT / "tests" / "problems" / "example-fails.yaml").read_text("utf-8")
PASSING = FAILING.replace('"61.00"', '"60.00"')
UNREADABLE = FAILING.replace("rate: 6%", "rate: 6").replace("currency: USD", "currency: usd")


def run_pytest(*arguments: str, cwd: Path, plugin: bool = True) -> Ran:
    chosen = ["-p", "feecalc.pytest_plugin"] if plugin else []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # also of this one, where feecalc is installed: once is enough
        },
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def listed(*arguments: str, cwd: Path) -> list[str]:
    """The tests that would be run."""
    ran = run_pytest("--collect-only", "-q", "-o", "addopts=", *arguments, cwd=cwd)
    assert ran.status in (0, 5), ran.stdout + ran.stderr
    return [line for line in ran.stdout.splitlines() if "::" in line]


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")


def outcome(ran: Ran) -> str:
    return re.sub(r" in [0-9.]+s", "", ran.stdout.splitlines()[-1].strip("= "))


def test_the_agreements_of_the_project_need_no_configuration() -> None:
    problems = Problems()
    agreements, inputs = read_agreements([ROOT / "agreements"], problems)
    assert not len(problems) and len(inputs) == 3
    found = listed("agreements", cwd=ROOT)
    for agreement in agreements:
        names = ["the terms are sound", *(" ".join(example.name.split()) for example in agreement.examples)]
        assert [line for line in found if agreement.id in line] == [
            f"agreements/{agreement.id}.yaml::{name}" for name in names
        ]
    assert len(found) == len(agreements) + sum(len(agreement.examples) for agreement in agreements) > 10


def test_an_example_that_comes_out_passes_and_can_be_chosen(tmp_path: Path) -> None:
    write(tmp_path / "agreements", finder=PASSING)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (0, "2 passed")
    ran = run_pytest("agreements/finder.yaml::One closing", "-v", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (0, "1 passed")


def test_an_example_that_does_not_come_out_says_what_was_expected_what_came_and_why(tmp_path: Path) -> None:
    write(tmp_path / "agreements", finder=FAILING)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (1, "1 failed, 1 passed")
    assert "finder.yaml: One closing" in ran.stdout
    assert "agreements/finder.yaml:33:37: example-fails" in ran.stdout
    assert "cash-fee accrued is expected to be 61.00 and is 60.00" in ran.stdout
    assert "6% of 1,000.00 gross proceeds = 60.00" in ran.stdout
    assert "Row agreements/finder.yaml:31" in ran.stdout
    assert "Traceback" not in ran.stdout and "feecalc/worked.py" not in ran.stdout


def test_an_amount_that_cannot_be_read_fails_its_example_alone(tmp_path: Path) -> None:
    twice = PASSING + '  - name: Another\n    expected:\n      - {clause: cash-fee, accrued: "sixty"}\n'
    twice = twice.replace(
        "  - name: Another\n",
        "  - name: Another\n    closings:\n      - {closing: A, date: 2002-03-13, investor: X, gross_proceeds: 1}\n",
    )
    write(tmp_path / "agreements", finder=twice)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (1, "1 failed, 2 passed")
    assert "finder.yaml: Another" in ran.stdout and '"sixty"' in ran.stdout and "amount-unreadable" in ran.stdout


def test_terms_that_cannot_be_read_fail_with_every_problem(tmp_path: Path) -> None:
    write(tmp_path / "agreements", good=PASSING, wrong=UNREADABLE)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (1, "1 failed, 2 passed")
    assert "wrong.yaml: the terms are sound" in ran.stdout
    assert "agreements/wrong.yaml:9:11: currency-unreadable" in ran.stdout
    assert "rate-unreadable" in ran.stdout and "For 6 per cent write 6%." in ran.stdout
    assert "Traceback" not in ran.stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_fails(tmp_path: Path) -> None:
    write(tmp_path / "agreements", finder=PASSING)
    (tmp_path / "agreements" / "finder.yaml").chmod(0)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert (ran.status, outcome(ran)) == (1, "1 failed")
    assert "finder.yaml: the terms are sound" in ran.stdout


def test_examples_of_one_name_are_told_apart(tmp_path: Path) -> None:
    examples = PASSING[PASSING.index("examples:") :].removeprefix("examples:\n")
    named = examples.replace("One closing", "the terms are sound")
    write(tmp_path / "agreements", finder=PASSING + examples + named)
    assert [line.split("::")[1] for line in listed("agreements", cwd=tmp_path)] == [
        "the terms are sound",
        "One closing",
        "One closing (2)",
        "the terms are sound (2)",
    ]


def test_a_file_counts_where_it_stands_or_when_it_is_named(tmp_path: Path) -> None:
    write(tmp_path / "deals", finder=PASSING)
    write(tmp_path / "deals" / "agreements", finder=PASSING)
    write(tmp_path / "deals" / "agreements" / "drafts", finder=PASSING)
    (tmp_path / "deals" / "agreements" / ".hidden.yaml").write_text(PASSING, "utf-8")

    def files(*arguments: str) -> list[str]:
        return sorted({line.split("::")[0] for line in listed(*arguments, cwd=tmp_path)})

    assert files() == files("deals") == ["deals/agreements/finder.yaml"]
    assert files("deals/finder.yaml") == ["deals/finder.yaml"]
    assert files("-o", "feecalc_agreements=deals drafts") == [
        "deals/agreements/drafts/finder.yaml",
        "deals/finder.yaml",
    ]


@pytest.mark.parametrize("start", ["\ufeff", "# a comment\r\n"])
def test_a_byte_order_mark_and_other_line_ends(tmp_path: Path, start: str) -> None:
    write(tmp_path / "agreements", finder="")
    (tmp_path / "agreements" / "finder.yaml").write_bytes((start + PASSING).replace("\n", "\r\n").encode())
    assert len(listed(cwd=tmp_path)) == 2


def test_where_there_is_no_agreement_nothing_changes_and_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, settings=PASSING)  # an agreement, but neither named nor in its folder
    write(tmp_path / "agreements", licence="title: Licence\nparts:\n  feecalc: 1\n")
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n\n"
        "def test_light():\n"
        "    assert not {'numpy', 'pandas', 'yaml', 'attr', 'click'} & set(sys.modules)\n",
        "utf-8",
    )
    (tmp_path / "test_red.py").write_text("def test_red():\n    assert False\n", "utf-8")
    runs = [run_pytest("-rA", cwd=tmp_path, plugin=plugin) for plugin in (True, False)]
    first, second = (re.sub(r" in [0-9.]+s|^plugins: .*\n", "", ran.stdout, flags=re.MULTILINE) for ran in runs)
    assert first == second and "1 failed, 1 passed" in first and runs[0].status == runs[1].status == 1


def test_the_faulty_files_of_the_gallery_are_not_collected() -> None:
    assert not listed("tests/problems", cwd=ROOT)


def test_an_amount_that_nothing_gave_is_said_to_be_none(tmp_path: Path) -> None:
    """The closing is later than the day of the computation."""
    late = PASSING.replace("  - name: One closing\n", "  - name: One closing\n    as_of: 2002-03-12\n")
    write(tmp_path / "agreements", finder=late)
    ran = run_pytest("agreements", cwd=tmp_path)
    assert "cash-fee accrued is expected to be 60.00 and is 0.00" in ran.stdout
    assert "Nothing was computed there: the ledger of this example has no such entry." in ran.stdout


def test_one_example_runs_as_it_does_among_all() -> None:
    agreements, _ = read_agreements([ROOT / "agreements"], Problems())
    for agreement in agreements:
        each = [run_example(agreement, example) for example in agreement.examples]
        assert run_examples(agreement) == (
            sum(count for count, _ in each),
            [wrong for _, more in each for wrong in more],
        )
