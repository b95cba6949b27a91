"""The commands about invoices and payments: `reconcile`, `investigate`."""

from __future__ import annotations

from pathlib import Path

import click

from feecalc.cli.loading import ledger_at
from feecalc.cli.options import (
    agreements_option,
    as_of_option,
    cents_of,
    check_output,
    force_option,
    quiet_option,
    records_argument,
)
from feecalc.cli.showing import counted, print_notes
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import Stage, say, show


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write: .xlsx, .json or .csv.")
@force_option
@quiet_option
def reconcile(
    records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, output: Path | None, force: bool, quiet: bool
) -> int:
    """Compare what is owed with what was billed and paid.

    \b
      feecalc reconcile examples/clean-month

    Without -o the differences are printed, and where each payee stands. The exit status is 1 where there are
    differences.
    """
    if output is not None:
        check_output(output, records, agreement_paths, quiet)
    ledger, inputs = ledger_at(records, agreement_paths, as_of, quiet, None if force else output)
    with Stage("reconciling", quiet):
        from feecalc.forensics import explained
        from feecalc.reconcile import reconcile as reconciled

        found = explained(reconciled(ledger))
    if output is None:
        from feecalc.write.reconcile_sheets import reconciliation_text

        show(reconciliation_text(found))
    else:
        with Stage(f"writing {output.name}", quiet):
            from feecalc.write.outputs import write_reconciliation_to

            *beside, _ = write_reconciliation_to(found, inputs, output)
        if not quiet:
            say(f"{output}: {counted(len(found.differences), 'difference', 'differences')}, as of {ledger.as_of}")
            for path in beside:
                say(f"{path}: what is too long for {output.name}; keep the two together")
    print_notes([*ledger.records.notes, *found.notes])
    return NEEDS_A_PERSON if found.differences else DONE


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--amount", required=True, help="The amount to explain, such as 63,000.00.")
@click.option("--payee", help="Who asks for it, or was paid it; left out, every payee is looked at.")
@click.option("--closing", help="The closing it is for; left out, every closing is looked at.")
@quiet_option
def investigate(
    records: Path,
    agreement_paths: tuple[Path, ...],
    as_of: str | None,
    amount: str,
    payee: str | None,
    closing: str | None,
    quiet: bool,
) -> int:
    """Look for what gives an amount to the cent.

    \b
      feecalc investigate examples/third-party-finder --amount 70,500.00

    It may be the contract, or a named departure from it. What gives it only nearly is no explanation. Where nothing
    gives it, what each agreement would accrue on the closing is shown, with what that leaves, and the exit status is 1.
    """
    from feecalc.forensics import investigated
    from feecalc.selection import selected
    from feecalc.write.investigation_text import account

    cents = cents_of(amount)
    ledger, _ = ledger_at(records, agreement_paths, as_of, quiet)
    selected(ledger, agreement=None, clause=None, closing=closing, payee=payee, investor=None)
    with Stage("computing every departure", quiet):
        findings = investigated(ledger, cents, payee or "", closing or "")
    show(account(ledger, findings))
    return DONE if findings.explanations else NEEDS_A_PERSON
