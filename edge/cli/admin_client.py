"""Questions to the admin listener of a running gateway."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import click

from edge.errors import CallerError, OutsideError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "http://127.0.0.1:9090"
_TIMEOUT = 30.0

admin_option = click.option(
    "--admin",
    metavar="URL",
    envvar="EDGE_ADMIN",
    help=f"Admin listener of a running gateway (or the variable EDGE_ADMIN), such as {DEFAULT}.",
)


def ask(admin: str | None, path: str, query: Mapping[str, str]) -> Any:
    """The JSON answer to a GET; a token is taken from EDGE_ADMIN_TOKEN.  Raises CallerError, OutsideError."""
    address = f"{_base(admin or DEFAULT)}{path}?{urllib.parse.urlencode(query)}"
    token = os.environ.get("EDGE_ADMIN_TOKEN", "").strip()
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310 - the scheme is checked
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise CallerError(_message(error)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise OutsideError(
            f"{_base(admin or DEFAULT)} does not answer: {reason}", hint="is the gateway running? name it with --admin"
        ) from error


def _base(admin: str) -> str:
    base = admin if "://" in admin else f"http://{admin}"
    if not base.startswith(("http://", "https://")):
        raise click.UsageError("--admin begins with http:// or https://")
    return base.rstrip("/")


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the gateway answered {error.code} {error.reason}"
