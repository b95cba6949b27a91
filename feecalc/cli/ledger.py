"""The commands about the ledger: `run`, `explain`, `readings`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feecalc.cli.loading import ledger_at
from feecalc.cli.options import (
    agreements_option,
    as_of_option,
    check_output,
    force_option,
    quiet_option,
    records_argument,
)
from feecalc.cli.showing import counted, print_exceptions
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import Stage, say, show

if TYPE_CHECKING:
    from feecalc.ledger import Ledger


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The ledger to write: .xlsx, .json or .csv.")
@force_option
@quiet_option
def run(
    records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, output: Path | None, force: bool, quiet: bool
) -> int:
    """Compute the payout ledger of RECORDS.

    \b
      feecalc run examples/neotherapeutics-2002 -o ledger.xlsx

    RECORDS is a folder of tables (closings.csv, ...) or one .xlsx with a sheet for each. Without -o the totals are
    printed.
    """
    if output is not None:
        check_output(output, records, agreement_paths, quiet)
    ledger, inputs = ledger_at(records, agreement_paths, as_of, quiet, None if force else output)
    if output is None:
        _print_totals(ledger)
    else:
        with Stage(f"writing {output.name}", quiet):
            from feecalc.write.outputs import write_ledger

            *beside, _ = write_ledger(ledger, inputs, output)
        if not quiet:
            say(f"{output}: {counted(len(ledger.columns), 'entry', 'entries')}, as of {ledger.as_of}")
            for path in beside:
                say(f"{path}: what is too long for {output.name}; keep the two together")
    print_exceptions(ledger)
    differs = _documents_differ(ledger)
    if differs:
        say("Invoices or payments differ from what is owed; `feecalc reconcile` says how and why.")
    return NEEDS_A_PERSON if ledger.needs_a_person or differs else DONE


def _documents_differ(ledger: Ledger) -> bool:
    """Whether invoices or payments differ from what is owed; that something is not billed or paid yet is no difference
    here.
    """
    if not ledger.has_documents:
        return False
    from feecalc.reconcile import reconcile as reconciled

    found = reconciled(ledger)
    return bool(found.exceptions) or any(each.code not in ("unpaid", "unbilled") for each in found.differences)


def _print_totals(ledger: Ledger) -> None:
    from feecalc.write.summary_sheet import totals_columns
    from feecalc.write.text import terminal_table

    show(f"Who is owed what, as of {ledger.as_of}\n")
    show(terminal_table(totals_columns(ledger)))


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--agreement", help="Only entries under this agreement.")
@click.option("--clause", help="Only entries of this clause.")
@click.option("--closing", help="Only entries of this closing.")
@click.option("--payee", help="Only entries of this payee.")
@click.option("--investor", help="Only entries that rest on this investor's lines, and what became of each line.")
@quiet_option
def explain(
    records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool, **filters: str | None
) -> int:
    """Explain amounts of RECORDS, clause by clause, line by line.

    \b
      feecalc explain records --payee "Atwood Capital Ltd."
    """
    import textwrap

    from feecalc.explain import explanation
    from feecalc.selection import selected, selected_lines

    ledger, _ = ledger_at(records, agreement_paths, as_of, quiet)
    chosen = selected(ledger, **filters)
    answers = list(selected_lines(ledger, closing=filters["closing"], investor=filters["investor"]))
    for answer in answers:
        show(textwrap.fill(answer, 80, subsequent_indent="    ", break_on_hyphens=False))
    if answers and chosen:
        show()
    show("\n\n".join(explanation(ledger, entry) for entry in chosen))
    if not chosen and not answers:
        say("No entry fits. Leave a filter out, or see `feecalc run RECORDS` for what there is.")
    if ledger.needs_a_person:
        say("There are exceptions or failed checks; `feecalc run RECORDS` names them.")
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


@click.command()
@records_argument
@agreements_option
@as_of_option
@quiet_option
def readings(records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool) -> int:
    """What turns on how the words of the agreements are read.

    \b
      feecalc readings examples/neotherapeutics-2002

    For each question that an agreement leaves open: the reading chosen, the others, and what each would change for
    whom.
    """
    from feecalc.readings import account, alternatives

    ledger, _ = ledger_at(records, agreement_paths, as_of, quiet)
    with Stage("computing every reading", quiet):
        found = list(alternatives(ledger))
    show(account(found))
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE
