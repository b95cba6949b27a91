"""The options and arguments that commands share, and how what was typed is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from feecalc.terminal import say

DEFAULT_AGREEMENTS = Path("agreements")


def _named_once(context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The paths, none of which names what another does: a file twice, or one beside its folder."""
    for number, path in enumerate(paths):
        for earlier in paths[:number]:
            one, other = path.resolve(), earlier.resolve()
            if one == other or other == one.parent or one == other.parent:
                raise click.BadParameter(
                    f"{path} is named twice, by {earlier} as well; name it once", context, parameter
                )
    return paths


agreements_option = click.option(
    "-a",
    "--agreements",
    "agreement_paths",
    multiple=True,
    callback=_named_once,
    type=click.Path(path_type=Path, exists=True, readable=False),  # that it cannot be read says who reads it
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

records_argument = click.argument("records", type=click.Path(path_type=Path, exists=True, readable=False))

force_option = click.option("--force", is_flag=True, help="Replace a file that feecalc did not make.")


class OneOf(click.Choice[str]):
    """A choice of words that answers a misspelt one with the likely word."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        from feecalc.problems import did_you_mean

        if value not in self.choices:
            self.fail(f'"{value}" is none of the words. {did_you_mean(value, self.choices)}', parameter, context)
        return str(value)


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


_OF_AGREEMENTS = (".yaml", ".yml")


def check_output(output: Path, records: Path, agreement_paths: Sequence[Path], quiet: bool) -> None:
    """Refuse before any work what could not be written, or would overwrite an input; clear what killed runs left."""
    from feecalc.read.headers import normal
    from feecalc.records import TABLES
    from feecalc.write.files import open_elsewhere, probe_target, remove_leftovers
    from feecalc.write.outputs import ENDINGS

    if output.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{output.name} ends in none of {', '.join(ENDINGS)}", param_hint="-o")
    if output.is_dir():
        raise click.BadParameter(f"{output} is a folder; name a file", param_hint="-o")
    if output.exists() and any(path.exists() and path.samefile(output) for path in _inputs(records, agreement_paths)):
        raise click.BadParameter(f"{output} is one of the inputs; name another file", param_hint="-o")
    would_be_read = output.suffix.lower() != ".json" and normal(output.stem) in map(normal, TABLES)
    if would_be_read and output.parent.resolve() == records.resolve():
        raise click.BadParameter(
            f"{output} would be read as a table of the records; name another file", param_hint="-o"
        )
    probe_target(output)
    for leftover in remove_leftovers(output):
        if not quiet:
            say(f"note: removed {leftover}, which a run that was killed left more than a day ago")
    sign = open_elsewhere(output)
    if sign:
        say(
            f"note: {output} seems to be open in another program ({sign} stands beside it). Close it there without "
            "saving, or the new content may be overwritten."
        )


def _inputs(records: Path, agreement_paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that may be read: not a ledger that an earlier run left among the records."""
    from feecalc.read.headers import normal
    from feecalc.records import TABLES

    tables = set(map(normal, TABLES))
    for path in (records, *(agreement_paths or (DEFAULT_AGREEMENTS,))):
        yield path
        if path.is_dir():
            inside = path.iterdir()
            yield from (each for each in inside if normal(each.stem) in tables or each.suffix.lower() in _OF_AGREEMENTS)
