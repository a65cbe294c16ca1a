"""`edge healthcheck`: for Docker's HEALTHCHECK and for scripts."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

import click

TIMEOUT = 5.0


@click.command(epilog="Example: edge healthcheck --url http://127.0.0.1:8080/_edge/ready")
@click.option("--url", default=None, help="What to ask (default: the readiness of a gateway on the default port).")
def command(url: str | None) -> None:
    """Exit with 0 when the gateway is ready, else with 1 and the reason."""
    address = url or f"http://127.0.0.1:{os.environ.get('PORT', '8080')}/_edge/ready"
    if not address.startswith(("http://", "https://")):
        raise click.UsageError("--url begins with http:// or https://")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=TIMEOUT) as answer:  # the scheme is checked above
            click.echo(f"ready: {answer.status}")
    except urllib.error.HTTPError as error:
        click.echo(f"not ready: {error.code} {error.reason}", err=True)
        raise click.exceptions.Exit(1) from error
    except OSError as error:
        click.echo(f"not ready: {getattr(error, 'reason', error)}", err=True)
        raise click.exceptions.Exit(1) from error
