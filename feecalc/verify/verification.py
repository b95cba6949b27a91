"""The conduct of a verification: what a workbook says of itself, what it is computed anew from, and what came of it.

Where records are given that are not those it was made from, it is held against both: what differs from its own inputs
was changed in the workbook, and what differs from the given ones besides follows from them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from attrs import evolve, frozen

from feecalc.agreement import Agreement
from feecalc.engagement import compute
from feecalc.forensics import explained
from feecalc.linking import linked
from feecalc.problems import Place, Problems, Refused
from feecalc.read.agreements import read_agreements
from feecalc.read.faults import Unreadable
from feecalc.read.records import read_records
from feecalc.read.workbook_cells import Oddities
from feecalc.read.workbook_parts import PlainWorkbook, open_plain, plain_workbook
from feecalc.reconcile import reconcile
from feecalc.records import InputFile, Records
from feecalc.verify.beside import beside_differences
from feecalc.verify.comparison import NOTHING_COMPARED, Comparison, compare
from feecalc.verify.differences import WITH_INPUTS, Discrepancy
from feecalc.verify.input_changes import changed_files, changed_lines
from feecalc.verify.inputs import KeptInputs, kept_inputs, read_kept_agreements, read_kept_records
from feecalc.write.about_sheet import INPUT
from feecalc.write.about_sheet import NAME as ABOUT
from feecalc.write.beside import Beside
from feecalc.write.input_sheet import HASH
from feecalc.write.outputs import LEDGER, RECONCILIATION, STATEMENT, Writer, ledger_workbook, reconciliation_workbook
from feecalc.write.statement_sheets import statement_workbook

_TITLE = re.compile(rf".*: ({LEDGER}|{RECONCILIATION}|{STATEMENT}) as of ([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})", re.DOTALL)
_HASHED = re.compile(f"{HASH}([0-9a-f]{{64}})")
_AS_OF = "As of"


@frozen
class Statement:
    """What a workbook says of itself: what it is, as of which day, by which version, the hashes of its inputs, and the
    files that belong to it.
    """

    what: str
    as_of: date
    version: str
    hashes: dict[str, set[str]]
    files: list[str]


@frozen
class Verification:
    """What came of it. `given` says which of agreements and records were given, as against those that it carries."""

    source: str
    stated: Statement
    inputs: tuple[InputFile, ...]
    given: tuple[str, ...]
    comparison: Comparison
    differences: tuple[Discrepancy, ...]


@frozen
class _Inputs:
    agreements: list[Agreement]
    records: Records
    files: list[InputFile]


def verify(path: Path, records: Path | None, agreements: Sequence[Path], default: Path) -> Verification:
    """Verify a workbook, from the inputs that it carries or that are given. Raises `Refused`.

    `default` is where agreements are looked for if none are given and the workbook carries none.
    """
    problems = Problems()
    try:
        return _Verifying(open_plain(path, problems), problems).all(records, agreements, default)
    except Unreadable:
        raise Refused(problems) from None


class _Verifying:
    def __init__(self, now: PlainWorkbook, problems: Problems) -> None:
        self.now = now
        self.problems = problems
        self.kept = kept_inputs(now)
        self.stated = self._statement()

    def all(self, records: Path | None, agreements: Sequence[Path], default: Path) -> Verification:
        given = tuple(word for word, there in (("agreements", agreements), ("records", records)) if there)
        lines = changed_lines(self.kept, self.stated.hashes) if self.kept else []
        try:
            inputs = self._inputs(records, agreements, default)
            comparison, found = self._compared(inputs, records is not None or bool(agreements), bool(lines))
        except Refused as refused:
            if not lines or given:
                raise
            says = next(iter(refused.problems)).says
            inputs, comparison = None, NOTHING_COMPARED
            found = [Discrepancy("input", "", "", f"nothing can be computed from the inputs as they stand: {says}")]
        files = tuple(inputs.files) if inputs else ()
        differences = [*lines, *found] if not given else found
        return Verification(self.now.source, self.stated, files, given, comparison, tuple(differences))

    def _compared(self, inputs: _Inputs, given: bool, lines: bool) -> tuple[Comparison, list[Discrepancy]]:
        write, files_beside = self._workbook(inputs)
        against = compare(self._written(write), self.now)
        beside = list(beside_differences(files_beside, Path(self.now.source).parent))
        files = changed_files(self.kept, self.stated.hashes, inputs.files) if given else []
        if not files and not lines:
            return against, [*beside, *against.differences]
        touched: list[Discrepancy] = []
        if files and not lines and self.kept and all(self.kept.holds(each) for each in (True, False)):
            touched = list(
                compare(self._written(self._workbook(self._kept_inputs(self.kept))[0]), self.now).differences
            )
        places = {(each.sheet, each.cell) for each in touched}
        follows = [
            evolve(each, kind="follows", says=WITH_INPUTS)
            for each in against.differences
            if (each.sheet, each.cell) not in places and not self._is_witness(each)
        ]
        changed = [evolve(each, kind="follows", says=f"{each.says}: {WITH_INPUTS}") for each in beside]
        return against, [*files, *touched, *changed, *follows]

    def _is_witness(self, difference: Discrepancy) -> bool:
        """Whether a difference only says once more that an input is another."""
        kept = self.kept.sheet if self.kept else ""
        return difference.sheet == kept or (difference.sheet == ABOUT and INPUT in difference.row)

    def _inputs(self, records: Path | None, agreements: Sequence[Path], default: Path) -> _Inputs:
        kept, problems = self.kept, self.problems
        if not agreements and kept and kept.holds(agreements=True):
            found, files = read_kept_agreements(kept, self.now, problems)
        else:
            found, files = read_agreements(agreements or (default,), problems)
        if records is not None:
            recorded = read_records(records, problems)
        elif kept and kept.holds(agreements=False):
            recorded = read_kept_records(kept, self.now, problems)
        else:
            self._refuse(
                "records-needed",
                "the workbook does not carry the records from which it was made",
                "Give them: feecalc verify LEDGER.xlsx RECORDS.",
            )
        return self._linked(found, recorded, files)

    def _kept_inputs(self, kept: KeptInputs) -> _Inputs:
        found, files = read_kept_agreements(kept, self.now, self.problems)
        return self._linked(found, read_kept_records(kept, self.now, self.problems), files)

    def _linked(self, agreements: list[Agreement], records: Records, files: list[InputFile]) -> _Inputs:
        self.problems.refuse_if_any()
        linked(agreements, records, self.problems)
        self.problems.refuse_if_any()
        return _Inputs(agreements, records, [*files, *records.inputs])

    def _workbook(self, inputs: _Inputs) -> tuple[Writer, tuple[Beside, ...]]:
        """What writes the workbook that the inputs give, and its files under the names that they were given."""
        ledger = compute(inputs.agreements, inputs.records, self.stated.as_of)
        if self.stated.what == STATEMENT:
            return partial(statement_workbook, ledger, inputs.files), ()
        make = partial(ledger_workbook, ledger)
        if self.stated.what != LEDGER:
            make = partial(reconciliation_workbook, explained(reconcile(ledger)))
        stem = Path(self.now.source).stem
        write, beside = make(inputs.files, stem)
        former = self._former_stem(stem, [file.name for file in beside])
        return (write, beside) if former == stem else make(inputs.files, former)

    def _former_stem(self, stem: str, names: Sequence[str]) -> str:
        """The name that the workbook had when it was written: its files are named after it."""
        for name in names:
            ending = name.removeprefix(stem)
            for item in self.stated.files:
                if item.endswith(ending):
                    return item.removesuffix(ending)
        return stem

    def _written(self, write: Writer) -> PlainWorkbook:
        stream = io.BytesIO()
        write(stream)
        return plain_workbook(stream.getvalue(), self.now.source, self.problems)

    def _statement(self) -> Statement:
        """What the workbook is, by its title; its sheet About says so too, and is compared like any other."""
        about = dict(self._about())
        title = _TITLE.fullmatch(self.now.properties.get("title", ""))
        what, day = title.groups() if title else (LEDGER, about.get(_AS_OF, ""))
        try:
            as_of = date.fromisoformat(day)
        except ValueError:
            self._refuse(
                "not-a-ledger",
                "feecalc did not write this workbook, or neither its title nor its sheet About names its day any more",
                "Give a workbook that `feecalc run`, `feecalc reconcile` or `feecalc statement` wrote.",
            )
        hashes: dict[str, set[str]] = {}
        files: list[str] = []
        for item, words in about.items():
            found = _HASHED.match(words)
            if found and item.startswith(INPUT):
                hashes.setdefault(item.removeprefix(INPUT), set()).add(found[1])
            elif found:
                files.append(item)
        for source in self.kept.sources if self.kept else ():
            hashes.setdefault(source.file, set()).add(source.sha256)
        return Statement(
            what, as_of, self.now.properties.get("description", "").removeprefix("feecalc "), hashes, files
        )

    def _about(self) -> Iterator[tuple[str, str]]:
        sheet = self.now.sheet(ABOUT)
        for _, row in self.now.rows(sheet, Oddities()) if sheet else ():
            if 1 in row and 2 in row:
                yield row[1].value, row[2].value

    def _refuse(self, code: str, says: str, remedy: str) -> None:
        self.problems.add(Place(self.now.source), code, says, remedy)
        raise Refused(self.problems)
