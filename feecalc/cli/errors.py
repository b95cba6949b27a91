"""The command that explains codes: `errors`."""

from __future__ import annotations

import click

from feecalc.cli.options import quiet_option
from feecalc.cli.statuses import DONE
from feecalc.terminal import show


def _likely(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The codes that begin with what was typed, for the completion of a shell."""
    from feecalc.write.codes import code_groups

    return [code.name for group in code_groups() for code in group.codes if code.name.startswith(incomplete)]


@click.command()
@click.argument("codes", metavar="[CODE]...", nargs=-1, shell_complete=_likely)
@quiet_option
def errors(codes: tuple[str, ...], quiet: bool) -> int:
    """Explain the CODE of a message.

    \b
      feecalc errors rate-unreadable

    Of a problem, an exception, a difference or a note: what it means, an example that gives it, and the example mended.
    Without a code, all codes are listed.
    """
    from feecalc.problems import did_you_mean
    from feecalc.write.codes import code_groups, code_list, code_text

    groups = code_groups()
    known = {code.name: code for group in groups for code in group.codes}
    for name in codes:
        if name not in known:
            near = did_you_mean(name, known)
            remedy = near if near.startswith("Did") else "`feecalc errors` lists all codes."
            raise click.BadParameter(f'there is no code "{name}". {remedy}', param_hint="CODE")
    if codes:
        show("\n\n\n".join(code_text(known[name]) for name in codes))
        return DONE
    show(code_list(groups))
    if not quiet:
        show("\n`feecalc errors CODE` explains one, with an example.")
    return DONE
