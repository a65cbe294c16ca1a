"""`edge secrets`: secrets of functions, in an encrypted file."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from edge.cli.admin_client import Sent, ask, download, remote_option, token_option
from edge.cli.options import config_option, functions_option, output_option, print_table, sets_option, source_of
from edge.errors import CallerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.services.secrets.file import SecretFile

_function_option = click.option("--function", default="", metavar="NAME", help="Only for this function.")


def _file_options(function: Callable[..., None]) -> Callable[..., None]:
    return config_option(functions_option(sets_option(function)))


def _place_options(function: Callable[..., None]) -> Callable[..., None]:
    return remote_option(token_option(_file_options(function)))


def _open(config: Path | None, functions: Path | None, sets: tuple[str, ...]) -> SecretFile:
    from edge.gateway.secret_values import secret_file

    source = source_of(config, functions, sets)
    found = secret_file(source.read(), source.environ)
    if found is None:
        raise CallerError(
            "there is no key for secrets",
            hint="edge secrets key > FILE makes one; name it in storage.secrets_key_file, or set EDGE_SECRETS_KEY",
        )
    return found


@click.group(epilog="Example: edge secrets set API_KEY --function hello < key.txt")
def command() -> None:
    """Keep secrets of functions in an encrypted file, in storage.data_dir; with --url in that of a running gateway.

    The key comes from storage.secrets_key_file or the variable EDGE_SECRETS_KEY. A running gateway serves at once what
    is set. Files in /run/secrets and variables of the gateway's environment win over the file.
    """


@command.command(epilog="Example: edge secrets key > secrets.key")
def key() -> None:
    """Print a new key."""
    from edge.services.secrets.sealed import new_key

    click.echo(new_key())


@command.command("set", epilog="Example: edge secrets set API_KEY --function hello < key.txt")
@click.argument("name")
@_function_option
@click.option("--file", type=click.File("r", encoding="utf-8"), help="Take the value from this file.")
@_place_options
def set_(name: str, function: str, file: IO[str] | None, admin: str | None, token: str | None, **where: Any) -> None:
    """Set a secret; its value is asked for, or read from standard input, never from the command line."""
    opened = None if admin else _open(**where)
    if file is None and sys.stdin.isatty():
        value = click.prompt(f"Value of {name}", hide_input=True, err=True)
    else:
        value = _text(file or sys.stdin)
    if opened is not None:
        opened.set(name, function, value)
    else:
        content = value.encode()
        body = Sent(io.BytesIO(content), len(content), "text/plain; charset=utf-8")
        download(admin, f"/secrets/{name}", {"function": function}, method="PUT", token=token, body=body)
    click.echo(f"edge: {name} is set", err=True)


def _text(file: IO[str]) -> str:
    try:
        return file.read().removesuffix("\n")
    except UnicodeDecodeError:
        raise CallerError("the value is not text in UTF-8") from None  # the error holds the value


@command.command("list", epilog="Example: edge secrets list --output json")
@output_option
@_place_options
def list_(output: str, admin: str | None, token: str | None, **where: Any) -> None:
    """List names of secrets and when they were set, no values."""
    found = ask(admin, "/secrets", token=token)["secrets"] if admin else None
    rows = (
        [_row(**each) for each in found]
        if found is not None
        else [_row(each.name, each.function, each.changed) for each in _open(**where).list()]
    )
    print_table(rows, output)


def _row(name: str, function: str, changed: int) -> dict[str, str]:
    return {"name": name, "function": function, "set": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(changed))}


@command.command(epilog="Example: edge secrets delete API_KEY --function hello")
@click.argument("name")
@_function_option
@_place_options
def delete(name: str, function: str, admin: str | None, token: str | None, **where: Any) -> None:
    """Forget a secret."""
    if admin:
        download(admin, f"/secrets/{name}", {"function": function}, method="DELETE", token=token)
    else:
        _open(**where).delete(name, function)
    click.echo(f"edge: {name} is deleted", err=True)


@command.command("change-key", epilog="Example: edge secrets change-key new.key")
@click.argument("new_key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_file_options
def change_key(new_key_file: Path, **where: Any) -> None:
    """Close all secrets with the key in another file; name that one in the config afterwards."""
    from edge.services.secrets.sealed import read_key

    count = _open(**where).change_key(read_key(new_key_file.read_bytes().decode("utf-8", "replace")))
    click.echo(f"edge: {count} secrets have the key of {new_key_file} now", err=True)
