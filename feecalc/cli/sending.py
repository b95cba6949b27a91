"""The command about what goes to payees: `statement`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from feecalc.cli.loading import ledger_at
from feecalc.cli.options import (
    DEFAULT_AGREEMENTS,
    agreements_option,
    as_of_option,
    check_output,
    force_option,
    quiet_option,
    records_argument,
)
from feecalc.cli.showing import counted
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import Stage, say

if TYPE_CHECKING:
    from feecalc.ledger import Ledger
    from feecalc.statements import Statement


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--payee", help="For whom, by name.")
@click.option("--all", "everyone", is_flag=True, help="One for each payee, into the folder named with -o.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The workbook to write (.xlsx), or with --all the folder.  [default: statement-PAYEE-DATE.xlsx]",
)
@force_option
@quiet_option
def statement(
    records: Path,
    agreement_paths: tuple[Path, ...],
    as_of: str | None,
    payee: str | None,
    everyone: bool,
    output: Path | None,
    force: bool,
    quiet: bool,
) -> int:
    """Write a workbook of what one payee is owed, to send.

    \b
      feecalc statement examples/odd-cent-split --payee "Atwood Capital Ltd."

    The workbook holds the terms, lines, invoices and payments of this payee alone, names nobody else, and computes
    itself from them.
    """
    from feecalc.write.marks import refuse_unless_ours

    if (payee is None) != everyone:
        raise click.UsageError("Name one payee with --payee, or write a statement for each with --all.")
    if everyone and (output is None or not output.is_dir()):
        raise click.BadParameter("with --all, name a folder that is there", param_hint="-o")
    if output is not None and not everyone:
        _check_workbook(output, records, agreement_paths, quiet)
    ledger, _ = ledger_at(records, agreement_paths, as_of, quiet)
    found = _made(ledger, agreement_paths, payee, quiet)
    names = _file_names(found, ledger, output if everyone else None)
    targets = [output] if output is not None and not everyone else names
    for target in targets:
        _check_workbook(target, records, agreement_paths, quiet)
        if not force:
            refuse_unless_ours(target)
    _write(found, targets)
    for each, target in zip(found, targets, strict=True):
        if each.put_in:
            figures = counted(each.put_in, "figure rests", "figures rest")
            say(f"{target}: {figures} on terms of others and stands as a decision in place of a formula.")
        elif not quiet:
            say(f"{target}: {each.payee}, as of {ledger.as_of}")
    if ledger.needs_a_person:
        say("There are exceptions or failed checks in the ledger; `feecalc run RECORDS` names them.")
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


def _made(ledger: Ledger, agreement_paths: tuple[Path, ...], payee: str | None, quiet: bool) -> list[Statement]:
    from feecalc.statements import documents_at, payee_named, payees_of, statement

    payees = payees_of(ledger) if payee is None else [payee_named(ledger, payee)]
    documents = documents_at(agreement_paths or (DEFAULT_AGREEMENTS,))
    with Stage("writing statements", quiet):
        return [statement(ledger, documents, each) for each in payees]


def _file_names(found: list[Statement], ledger: Ledger, folder: Path | None) -> list[Path]:
    """A file for each statement, in the folder or here; names that come out alike are numbered."""
    paths: list[Path] = []
    taken: set[str] = set()
    for each in found:
        name, number = Path(each.file_name(ledger.as_of)), 2
        candidate = name.name
        while candidate.casefold() in taken:
            candidate, number = f"{name.stem}-{number}{name.suffix}", number + 1
        taken.add(candidate.casefold())
        paths.append((folder or Path()) / candidate)
    return paths


def _check_workbook(output: Path, records: Path, agreement_paths: tuple[Path, ...], quiet: bool) -> None:
    if output.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{output.name} does not end in .xlsx; a statement is a workbook", param_hint="-o")
    check_output(output, records, agreement_paths, quiet)


def _write(found: list[Statement], targets: list[Path]) -> None:
    """Write all of them, or none."""
    from feecalc.write.files import replace_all

    def put(content: bytes, stream: BinaryIO) -> None:
        stream.write(content)

    replace_all({target: partial(put, each.content) for each, target in zip(found, targets, strict=True)})
