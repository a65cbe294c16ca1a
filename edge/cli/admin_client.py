"""Questions to the admin listener of a running gateway."""

from __future__ import annotations

import http.client
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
_TIMEOUT = 900.0
"""A reload builds packages, and a run takes what its function takes."""

admin_option = click.option(
    "--admin",
    metavar="URL",
    envvar="EDGE_ADMIN",
    help=f"Admin listener of a running gateway (or the variable EDGE_ADMIN), such as {DEFAULT}.",
)


class RefusedError(CallerError):
    """The gateway answered with an error; `problems` are its lines, when there are several."""

    def __init__(self, message: str, problems: list[str]) -> None:
        super().__init__(message)
        self.problems = problems


def ask(admin: str | None, path: str, query: Mapping[str, str] | None = None, *, method: str = "GET") -> Any:
    """The JSON answer; a token is taken from EDGE_ADMIN_TOKEN.  Raises RefusedError, OutsideError."""
    given = urllib.parse.urlencode({name: value for name, value in (query or {}).items() if value})
    address = f"{_base(admin or DEFAULT)}{urllib.parse.quote(path)}{'?' if given else ''}{given}"
    token = os.environ.get("EDGE_ADMIN_TOKEN", "").strip()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310 - the scheme is checked
        with opener.open(request, timeout=_TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise _refused(error) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise OutsideError(
            f"{_base(admin or DEFAULT)} does not answer: {reason}", hint="is the gateway running? name it with --admin"
        ) from error


def _base(admin: str) -> str:
    base = admin if "://" in admin else f"http://{admin}"
    if not base.startswith(("http://", "https://")):
        raise click.UsageError("--admin begins with http:// or https://")
    return base.rstrip("/")


def _refused(error: urllib.error.HTTPError) -> RefusedError:
    try:
        told = json.load(error)["error"]
        return RefusedError(str(told["message"]), [str(problem) for problem in told.get("problems", [])])
    except (ValueError, KeyError, TypeError, OSError):
        return RefusedError(f"the gateway answered {error.code} {error.reason}", [])
