"""The options and arguments that commands share, and how what was typed is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click

DEFAULT_AGREEMENTS = Path("agreements")

agreements_option = click.option(
    "-a",
    "--agreements",
    "agreement_paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A folder of agreement files, or a file; may be given several times.  [default: agreements/]",
)

as_of_option = click.option("--as-of", metavar="DATE", help="Compute as of this day (YYYY-MM-DD).  [default: today]")

quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print results and problems only.",
    callback=lambda context, _, value: value or bool(context.find_root().params.get("quiet")),
)

records_argument = click.argument("records", type=click.Path(path_type=Path, exists=True))


def day_of(text: str | None) -> date:
    """The day of --as-of, today where it is left out. Raises BadParameter."""
    from feecalc.dates import parse_date
    from feecalc.money import Unreadable

    if text is None:
        return date.today()
    try:
        return parse_date(text)
    except Unreadable as unreadable:
        raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint="--as-of") from None


def cents_of(text: str) -> int:
    """The cents of --amount, never nothing. Raises BadParameter."""
    from feecalc.money import Unreadable, parse_money

    try:
        cents = parse_money(text)
    except Unreadable as unreadable:
        raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint="--amount") from None
    if not cents:
        raise click.BadParameter("nothing needs no explanation; give an amount", param_hint="--amount")
    return cents


def check_output(output: Path, records: Path, agreement_paths: Sequence[Path]) -> None:
    """Refuse before any work what could not be written, or would overwrite an input."""
    from feecalc.records import TABLES
    from feecalc.write.files import probe_target
    from feecalc.write.outputs import ENDINGS

    if output.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{output.name} ends in none of {', '.join(ENDINGS)}", param_hint="-o")
    if output.is_dir():
        raise click.BadParameter(f"{output} is a folder; name a file", param_hint="-o")
    if output.exists() and any(path.exists() and path.samefile(output) for path in _inputs(records, agreement_paths)):
        raise click.BadParameter(f"{output} is one of the inputs; name another file", param_hint="-o")
    if output.parent.resolve() == records.resolve() and output.suffix != ".json" and output.stem in TABLES:
        raise click.BadParameter(
            f"{output} would be read as a table of the records; name another file", param_hint="-o"
        )
    probe_target(output)


def _inputs(records: Path, agreement_paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that may be read."""
    for path in (records, *(agreement_paths or (DEFAULT_AGREEMENTS,))):
        yield path
        if path.is_dir():
            yield from path.iterdir()
