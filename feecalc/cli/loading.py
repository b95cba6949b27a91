"""From the paths of a command to agreements, records and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from feecalc.cli.options import DEFAULT_AGREEMENTS, day_of
from feecalc.terminal import Stage

if TYPE_CHECKING:
    from datetime import date

    from feecalc.agreement import Agreement
    from feecalc.ledger import Ledger
    from feecalc.problems import Problem, Problems
    from feecalc.records import InputFile, Records


def agreements_at(paths: Sequence[Path], problems: Problems) -> tuple[list[Agreement], list[InputFile]]:
    """The agreements in folders and files, or in agreements/ where none is named, and the files that were read."""
    from feecalc.read.agreements import read_agreements

    return read_agreements(paths or (DEFAULT_AGREEMENTS,), problems)


def set_aside_at(paths: Sequence[Path]) -> list[Problem]:
    """Notes on the files beside agreements that look like one and are not read."""
    from feecalc.read.agreements import set_aside

    return set_aside(paths or (DEFAULT_AGREEMENTS,))


def priced_problems(problems: Problems, paths: Sequence[Path], records: Records | None, day: date) -> Problems:
    """Problems that leave a choice open, with what each choice would pay on the records."""
    from feecalc.read.open_questions import priced

    return problems if records is None else priced(problems, paths or (DEFAULT_AGREEMENTS,), records, day)


def records_at(path: Path, agreements: list[Agreement], problems: Problems) -> Records:
    """The records of a folder or a workbook, their names of agreements, clauses and payees looked up."""
    from feecalc.linking import linked
    from feecalc.read.records import read_records

    unread = len(problems)
    records = read_records(path, problems)
    if not unread:  # without all agreements, every name of one would seem unknown
        linked(agreements, records, problems)
    return records


def ledger_at(
    records_path: Path,
    agreement_paths: Sequence[Path],
    as_of: str | None,
    quiet: bool,
    replaced: Path | None = None,
) -> tuple[Ledger, list[InputFile]]:
    """The ledger as of a day, and the files that it was computed from.

    Raises `Refused` where there are problems, and, before the computing begins, where the file that is to be `replaced`
    by an output was not made by feecalc.
    """
    from feecalc.engagement import compute
    from feecalc.problems import Problems

    problems = Problems()
    day = day_of(as_of)
    with Stage("reading", quiet):
        agreements, agreement_inputs = agreements_at(agreement_paths, problems)
        records = records_at(records_path, agreements, problems)
    if len(problems):
        priced_problems(problems, agreement_paths, records, day).refuse_if_any()
    if replaced is not None:
        from feecalc.write.marks import refuse_unless_ours

        refuse_unless_ours(replaced)
    with Stage("computing", quiet):
        return compute(agreements, records, day), [*agreement_inputs, *records.inputs]
