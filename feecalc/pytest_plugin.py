"""Agreements under pytest: each worked example is a test, and so is that the terms can be read.

`pytest agreements/` needs no configuration. A YAML file is an agreement if a line of it begins with `feecalc:`; it is
collected if it stands directly in a folder called `agreements`, wherever that is, or is itself named on the command
line. Other names of folders go into the ini option `feecalc_agreements`. Every other YAML file is left alone.

pytest loads this module in every run on a machine where feecalc is installed, so it imports the rest of feecalc, and
with it numpy, pandas and PyYAML, only once there is an agreement to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from feecalc.agreement import Agreement, WorkedExample

FOLDERS = "feecalc_agreements"
SOUND = "the terms are sound"

_ENDINGS = (".yaml", ".yml")
_STATES_AN_AGREEMENT = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])feecalc:")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        FOLDERS,
        "names of folders whose YAML files are agreements of feecalc: their worked examples are run",
        type="args",
        default=["agreements"],
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> AgreementFile | None:
    if file_path.suffix.lower() not in _ENDINGS:
        return None
    named = parent.session.isinitpath(file_path)
    in_folder = file_path.parent.name in parent.config.getini(FOLDERS) and not file_path.name.startswith(".")
    if not (named or in_folder) or not _states_an_agreement(file_path):
        return None
    return AgreementFile.from_parent(parent, path=file_path)


def _states_an_agreement(path: Path) -> bool:
    try:
        return _STATES_AN_AGREEMENT.search(path.read_bytes()) is not None
    except OSError:
        return True  # its test says why it cannot be read


class AgreementFile(pytest.File):
    """An agreement file: one test for its terms, and one for each worked example once they are sound."""

    def collect(self) -> Iterator[pytest.Item]:
        agreement, faults = self._read()
        yield Terms.from_parent(self, name=SOUND, faults=faults)
        if agreement is not None and not faults:
            names = _distinct(example.name for example in agreement.examples)
            for name, example in zip(names, agreement.examples, strict=True):
                yield Example.from_parent(self, name=name, agreement=agreement, example=example)

    def _read(self) -> tuple[Agreement | None, list[str]]:
        """The agreement, and everything that is wrong with the file."""
        from feecalc.problems import MachineRefused, Problems
        from feecalc.read.agreements import agreement_of
        from feecalc.read.documents import read_document

        problems = Problems()
        agreement = None
        try:
            document = read_document(self.path, self._shown_path(), problems)
            agreement = agreement_of(document, problems) if document is not None else None
        except MachineRefused as refused:
            return None, [str(refused)]
        return agreement, [str(problem) for problem in problems]

    def _shown_path(self) -> str:
        here = self.config.invocation_params.dir
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)


class Terms(pytest.Item):
    """Passes if the file states an agreement without a fault."""

    def __init__(self, *, faults: list[str], **node: Any) -> None:
        super().__init__(**node)
        self.faults = faults

    def runtest(self) -> None:
        if self.faults:
            _fail(self.faults)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.name}: {self.name}"


class Example(pytest.Item):
    """Passes if the amounts that a worked example expects come out."""

    def __init__(self, *, agreement: Agreement, example: WorkedExample, **node: Any) -> None:
        super().__init__(**node)
        self.agreement = agreement
        self.example = example

    def runtest(self) -> None:
        from feecalc.problems import Refused
        from feecalc.worked import run_example

        try:
            _, failed = run_example(self.agreement, self.example)
        except Refused as refused:
            _fail(str(problem) for problem in refused.problems)
        if failed:
            _fail(str(disagreement) for disagreement in failed)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, max(self.example.place().line - 1, 0), f"{self.path.name}: {self.name}"


def _fail(reasons: Iterable[str]) -> None:
    from feecalc.write.text import shown

    text = "\n\n".join(reason.rstrip() for reason in reasons)
    pytest.fail("\n".join(shown(line) for line in text.splitlines()), pytrace=False)


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """The names on one line each, numbered where one comes again, so that each test can be chosen by its own."""
    taken = {SOUND}
    for name in names:
        plain = found = " ".join(name.split())
        number = 1
        while found in taken:
            number += 1
            found = f"{plain} ({number})"
        taken.add(found)
        yield found
