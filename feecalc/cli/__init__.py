"""The commands: the group here, each command in the module of its subject. Heavy modules are imported only when a
command needs them.
"""

from __future__ import annotations

import click

from feecalc import __version__
from feecalc.cli.agreements import check, describe, init, schema
from feecalc.cli.completion import completion
from feecalc.cli.errors import errors
from feecalc.cli.ledger import explain, readings, run
from feecalc.cli.options import quiet_option
from feecalc.cli.planning import exposure, quote
from feecalc.cli.reconciling import investigate, reconcile
from feecalc.cli.sending import statement
from feecalc.cli.verifying import verify


class InOrder(click.Group):
    """Commands in the order in which they are needed, not of the alphabet."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="feecalc")
@quiet_option
def cli(quiet: bool) -> None:
    """Payout ledgers for placement agents and finders.

    Agreements are YAML files, closings are tables (CSV or Excel); feecalc says who is owed what, and why.

    \b
      feecalc init deal            start a new engagement
      feecalc check records        are agreements and records sound?
      feecalc run records -o ledger.xlsx
    """


for command in (
    init,
    check,
    describe,
    run,
    explain,
    readings,
    reconcile,
    investigate,
    statement,
    verify,
    quote,
    exposure,
    errors,
    schema,
    completion,
):
    cli.add_command(command)
