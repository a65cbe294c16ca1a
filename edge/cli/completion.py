"""`edge completion`."""

from __future__ import annotations

import click


@click.command(epilog='Example: eval "$(edge completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that lets a shell complete commands, options and paths of `edge`.

    In ~/.bashrc: eval "$(edge completion bash)". In ~/.zshrc, behind compinit: eval "$(edge completion zsh)". In
    ~/.config/fish/config.fish: edge completion fish | source
    """
    from click.shell_completion import get_completion_class

    from edge.cli.main import COMPLETE, group

    found = get_completion_class(shell)
    assert found is not None  # click knows these three
    click.echo(found(group, {}, "edge", COMPLETE).source())
