"""`edge healthcheck`: for Docker's HEALTHCHECK and for scripts."""

from __future__ import annotations

import os
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException

import click

from edge.cli.unix_connection import UNIX, UnixConnection

TIMEOUT = 5.0


@click.command(epilog="Example: edge healthcheck --url http://127.0.0.1:8080/_edge/ready")
@click.option(
    "--url",
    default=None,
    help="What to ask (default: the readiness of a gateway on the default port); unix:PATH for a unix socket.",
)
@click.option("--insecure", is_flag=True, help="Take any certificate of an https:// address (127.0.0.1 has none).")
def command(url: str | None, *, insecure: bool) -> None:
    """Exit with 0 when the gateway is ready, else with 1 and the reason."""
    address = url or f"http://127.0.0.1:{os.environ.get('PORT', '8080')}/_edge/ready"
    if address.startswith(UNIX):
        _ask_socket(address)
        return
    if not address.startswith(("http://", "https://")):
        raise click.UsageError("--url begins with http://, https:// or unix:")
    context = ssl._create_unverified_context() if insecure else None  # noqa: S323, SLF001 - asked for
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(address, timeout=TIMEOUT) as answer:  # the scheme is checked above
            click.echo(f"ready: {answer.status}")
    except urllib.error.HTTPError as error:
        click.echo(f"not ready: {error.code} {error.reason}", err=True)
        raise click.exceptions.Exit(1) from error
    except OSError as error:
        click.echo(f"not ready: {getattr(error, 'reason', error)}", err=True)
        raise click.exceptions.Exit(1) from error


def _ask_socket(address: str) -> None:
    """`unix:PATH` of a public listener, or `unix:PATH:URI`, as nginx writes it."""
    socket, _, uri = address.removeprefix(UNIX).partition(":")
    connection = UnixConnection(UNIX + socket, TIMEOUT)
    try:
        connection.request("GET", uri or "/_edge/ready")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        click.echo(f"not ready: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    finally:
        connection.close()
    click.echo(f"{'ready' if status == 200 else 'not ready'}: {status}", err=status != 200)
    if status != 200:
        raise click.exceptions.Exit(1)
