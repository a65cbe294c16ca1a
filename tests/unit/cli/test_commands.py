"""What all commands have in common."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from edge.cli.main import COMMANDS, COMPLETE, group


def commands():
    """Every command and subcommand, by what is typed."""
    context = click.Context(group)
    for name in COMMANDS:
        found = group.get_command(context, name)
        yield name, found
        if isinstance(found, click.Group):
            yield from ((f"{name} {inner}", command) for inner, command in found.commands.items())


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_help_says_what_it_does_and_shows_an_example(name):
    """The example is of this command, and all of its options exist."""
    command = ALL[name]
    assert command.help.strip(), name
    found = re.search(r"Examples?:\s+([^\n]*\bedge [^\n]*)", command.epilog)
    assert found, command.epilog
    example = found[1]
    assert f"edge {name}" in example
    words = shlex.split(example.split("edge ", 1)[1].split("|")[0].split(">")[0].split("<")[0].rstrip(')"'))
    known = {text for param in command.params for text in (*param.opts, *param.secondary_opts)}
    used = {word.partition("=")[0] for word in words if word.startswith("-") and not word.startswith("-1")}
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    known |= {text for one in inner for param in one.params for text in param.opts}
    assert used <= known, example
    done = CliRunner().invoke(group, [*name.split(), "--help"])
    assert done.exit_code == 0
    assert "Example" in done.output


ASKING = [name for name, command in ALL.items() if any("--admin" in param.opts for param in command.params)]


@pytest.mark.parametrize("name", [name for name in ASKING if name not in {"serve", "dev"}])
def test_what_asks_a_gateway_takes_an_address_and_a_token(name):
    """By the same names everywhere."""
    opts = {text for param in ALL[name].params for text in param.opts}
    assert {"--url", "--token", "--token-file"} <= opts


def test_commands_are_completed():
    """Names of commands, of subcommands, and of options."""
    completer = ShellComplete(group, {}, "edge", COMPLETE)

    def found(args, incomplete):
        return [item.value for item in completer.get_completions(args, incomplete)]

    assert found([], "de") == ["dev", "deploy"]
    assert "put" in found(["kv"], "")
    assert found(["test"], "--wat") == ["--watch"]
    assert found(["init", "--template"], "e") == ["express", "event"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_script(shell):
    """Which asks by the variable that `edge` heeds."""
    done = CliRunner().invoke(group, ["completion", shell])
    assert done.exit_code == 0
    assert COMPLETE in done.output


@pytest.mark.parametrize("name", ["a/b", "..", "", "a b", "x" * 129])
@pytest.mark.parametrize("where", [[], ["--url", "http://127.0.0.1:1"]])
def test_a_namespace_is_what_a_config_may_name(name, where):
    """The key `c` of `a/b` would be the key `b/c` of `a` in the path of a request."""
    told = CliRunner().invoke(ALL["kv put"], [name, "c", "1", *where])
    assert (told.exit_code, "is not a namespace" in told.output) == (2, True)


def test_a_method_that_a_gateway_would_refuse_is_refused(tmp_path):
    (tmp_path / "index.js").write_text("module.exports = (req, res) => res.end(req.method)")
    told = CliRunner().invoke(ALL["invoke"], [str(tmp_path), "-X", "BAD METHOD"])
    assert (told.exit_code, "is not a method" in told.output) == (2, True)
