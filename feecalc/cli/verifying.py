"""The command about workbooks that were written before: `verify`."""

from __future__ import annotations

from pathlib import Path

import click

from feecalc.cli.options import DEFAULT_AGREEMENTS, quiet_option
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import Stage, show


@click.command()
@click.argument("workbook", metavar="LEDGER", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("records", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "-a",
    "--agreements",
    "agreement_paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A folder of agreement files, or a file; may be given several times.  [default: those in the workbook]",
)
@click.option("--json", "as_json", is_flag=True, help="Print every difference, as JSON.")
@quiet_option
def verify(workbook: Path, records: Path | None, agreement_paths: tuple[Path, ...], as_json: bool, quiet: bool) -> int:
    """Is the workbook LEDGER still what feecalc wrote?

    \b
      feecalc verify ledger.xlsx
      feecalc verify ledger.xlsx records -a agreements

    Everything is computed anew from the agreements and records that the workbook carries, or from those that are given,
    and every cell compared: formulas, stored results, texts, sheets, what is hidden. A copy that Excel or LibreOffice
    saved unchanged is untouched. Exit status 1 where anything differs.
    """
    import json

    from feecalc.verify.account import account
    from feecalc.verify.account import as_json as told
    from feecalc.verify.verification import verify as verified

    with Stage("computing the workbook anew", quiet):
        found = verified(workbook, records, agreement_paths, DEFAULT_AGREEMENTS)
    if as_json:
        show(json.dumps(told(found), indent=1, ensure_ascii=False))
    elif found.differences or not quiet:
        show(account(found))
    return NEEDS_A_PERSON if found.differences else DONE
