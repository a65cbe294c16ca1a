"""Questions to the admin listener of a running gateway."""

from __future__ import annotations

import http.client
import json
import os
import ssl
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
    help=f"Admin listener of a running gateway (or the variable EDGE_ADMIN), such as {DEFAULT}. For https://, the "
    "variables EDGE_ADMIN_CA, EDGE_ADMIN_CERT and EDGE_ADMIN_KEY name PEM files.",
)


class RefusedError(CallerError):
    """The gateway answered with an error; `problems` are its lines, when there are several."""

    def __init__(self, message: str, problems: list[str]) -> None:
        super().__init__(message)
        self.problems = problems


def ask(admin: str | None, path: str, query: Mapping[str, str] | None = None, *, method: str = "GET") -> Any:
    """The JSON answer; a token is taken from EDGE_ADMIN_TOKEN, certificates from EDGE_ADMIN_CA, _CERT and _KEY.

    Raises RefusedError, OutsideError.
    """
    given = urllib.parse.urlencode({name: value for name, value in (query or {}).items() if value})
    address = f"{_base(admin or DEFAULT)}{urllib.parse.quote(path)}{'?' if given else ''}{given}"
    token = os.environ.get("EDGE_ADMIN_TOKEN", "").strip()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_tls_context(address))
    )
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


def _tls_context(address: str) -> ssl.SSLContext | None:
    """For https: trusts the authorities of EDGE_ADMIN_CA if it is set, and shows the certificate of EDGE_ADMIN_CERT."""
    if not address.startswith("https://"):
        return None
    authority, cert, key = (os.environ.get(f"EDGE_ADMIN_{name}", "") for name in ("CA", "CERT", "KEY"))
    try:
        context = ssl.create_default_context(cafile=authority or None)
        if cert:
            context.load_cert_chain(cert, key or None)
    except OSError as error:
        reason = error.strerror or "no usable PEM file"
        raise OutsideError(f"EDGE_ADMIN_CA, EDGE_ADMIN_CERT or EDGE_ADMIN_KEY cannot be used: {reason}") from error
    return context


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
