"""`edge egress`: what functions may reach, and what they need to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import config_option, functions_option, output_option, print_rows, sets_option, source_of


@click.group(epilog="Example: edge egress explain hello https://api.example.com/v1/")
def command() -> None:
    """Say what functions may reach, why, and what they need."""


@command.command(epilog="Example: edge egress explain hello https://api.example.com/v1/users --method POST")
@click.argument("function")
@click.argument("url")
@click.option("--method", "-X", default="GET", show_default=True, help="Method of the request.")
@admin_option
@token_option
@config_option
@functions_option
@sets_option
@output_option
def explain(
    function: str,
    url: str,
    method: str,
    admin: str | None,
    token: str | None,
    config: Path | None,
    functions: Path | None,
    sets: tuple[str, ...],
    output: str,
) -> None:
    """Say whether FUNCTION may send a request to URL, which rule decides, and to which addresses it would go.

    Names are looked up; nothing is sent. The config is read as `edge check` does, or a running gateway is asked when
    --admin names it. tcp://HOST:PORT and tls://HOST:PORT stand for bare connections. Exits with 1 when it may not.
    """
    if admin is not None:
        found = ask(admin, "/egress/explain", {"function": function, "url": url, "method": method.upper()}, token=token)
    else:
        import trio  # not needed for --help

        from edge.compose.explain import explain as explain_config

        source = source_of(config, functions, sets)
        found = msgspec.to_builtins(trio.run(explain_config, source, function, method.upper(), url))
    _print_explanation(found, output)
    if not found["allowed"]:
        raise click.exceptions.Exit(1)


def _print_explanation(found: dict[str, Any], output: str) -> None:
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    rows = {
        "verdict": "allowed" if found["allowed"] else "denied",
        "request": f"{found['method']} {found['url']}",
        "host": f"{found['host']} port {found['port']}" if found["host"] else "",
        "addresses": ", ".join(f"{text} ({kind})" for text, kind in found["addresses"].items()),
        "rule": found["rule"],
        "reason": found["reason"],
    }
    print_rows({name: value for name, value in rows.items() if value}, output)


@command.command(epilog="Example: edge egress suggest hello --admin http://127.0.0.1:9090")
@click.argument("function")
@admin_option
@token_option
@output_option
def suggest(function: str, admin: str | None, token: str | None, output: str) -> None:
    """Print the allow list that FUNCTION needs, from what it did on a running gateway in learn mode.

    Turn that on with `learn = true` under `[egress]` or under the function's `egress`, let the function do what it
    does, and put the printed lines into the config in its place.
    """
    found = ask(admin, "/egress/suggest", {"function": function}, token=token)
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(found["toml"], nl=False)
    for line in _remarks(found):
        click.echo(f"# {line}", err=True)


def _remarks(found: dict[str, Any]) -> list[str]:
    lines = [f"from {found['requests']} requests"]
    if not found["learning"]:
        lines.append("learn mode is off for this function: only what it did before is known")
    if found["missed"]:
        lines.append(f"{found['missed']} requests to further places are not in the list: too many to remember")
    return [*lines, *map(_refusal, found["refused"])]


def _refusal(one: dict[str, Any]) -> str:
    return f"refused {one['count']} times: {one['scheme']}://{one['host']}:{one['port']}: {one['reason']}"
