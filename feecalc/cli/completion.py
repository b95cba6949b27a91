"""The command `completion`: commands, options and file names completed with the tab key."""

from __future__ import annotations

import click

from feecalc.cli.options import OneOf
from feecalc.cli.statuses import DONE
from feecalc.terminal import show

# A zsh whose .zshrc sets nothing up, as on a new Mac, does not know `compdef`.
_COMPINIT = "    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"


@click.command()
@click.argument("shell", type=OneOf(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print a script that lets SHELL complete with the tab key.

    \b
      eval "$(feecalc completion bash)"         in ~/.bashrc
      eval "$(feecalc completion zsh)"          in ~/.zshrc
      feecalc completion fish | source          in ~/.config/fish/config.fish

    SHELL is bash, zsh or fish.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "feecalc", "_FEECALC_COMPLETE")
    text = ShellComplete.source(script).strip()  # not bash's own, which would run bash to ask for its version
    show(text.replace("    compdef ", f"{_COMPINIT}    compdef ") if shell == "zsh" else text)
    return DONE
