"""Questions to the admin listener of a running gateway."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import urllib.parse
from contextlib import closing, suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from edge.cli.unix_connection import UNIX, UnixConnection
from edge.errors import CallerError, OutsideError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DEFAULT = "http://127.0.0.1:9090"
TOKEN = "EDGE_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
_TIMEOUT = 900.0
"""Seconds.  A reload builds packages, and a run takes what its function takes."""
_SILENCE = 60.0
"""Seconds after which a stream of events is taken for broken: a gateway gives a sign of life more often."""

admin_option = click.option(
    "--admin",
    "--url",
    metavar="URL",
    envvar="EDGE_ADMIN",
    help=f"Admin listener of a running gateway (or the variable EDGE_ADMIN), such as {DEFAULT} or unix:PATH. For "
    "https://, the variables EDGE_ADMIN_CA, EDGE_ADMIN_CERT and EDGE_ADMIN_KEY name PEM files.",
)
token_option = click.option(
    "--token",
    metavar="TOKEN",
    envvar=TOKEN,
    help=f"Token of the admin listener (better: the variable {TOKEN}, which nobody else sees).",
)


class RefusedError(CallerError):
    """The gateway answered with an error; `problems` are its lines, when there are several, `told` all it said."""

    def __init__(self, message: str, problems: list[str], told: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.problems = problems
        self.told = told or {}


class Sent(NamedTuple):
    """A request's body: `file` of `size` bytes, of a content type."""

    file: IO[bytes]
    size: int
    type: str


def ask(
    admin: str | None,
    path: str,
    query: Mapping[str, str | Sequence[str]] | None = None,
    *,
    method: str = "GET",
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: Sent | None = None,
) -> Any:
    """The JSON answer; without `token` it is taken from EDGE_ADMIN_TOKEN.

    Certificates are taken from EDGE_ADMIN_CA, _CERT and _KEY.  Raises RefusedError, OutsideError.
    """
    answer = download(admin, path, query, method=method, token=token, headers=headers, body=body)
    try:
        return json.loads(answer)
    except ValueError as error:
        raise OutsideError(f"{_base(admin or DEFAULT)} answers what is no JSON: is it an admin listener?") from error


def download(
    admin: str | None,
    path: str,
    query: Mapping[str, str | Sequence[str]] | None = None,
    *,
    method: str = "GET",
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: Sent | None = None,
) -> bytes:
    """The same, of any type."""
    given = urllib.parse.urlencode({name: value for name, value in (query or {}).items() if value}, doseq=True)
    base, target = _base(admin or DEFAULT), f"{urllib.parse.quote(path)}{'?' if given else ''}{given}"
    token = (token or os.environ.get(TOKEN, "")).strip()
    sent = {name: value for name, value in (headers or {}).items() if value}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None:
        sent |= {"Content-Type": body.type, "Content-Length": str(body.size)}
    try:
        status, answer = _exchange(base, target, method, sent, body)
        if status >= 400:
            raise _refused(status, answer)
        return answer
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OutsideError(
            f"{base} does not answer: {error}", hint="is the gateway running? name it with --admin"
        ) from error


def events(
    admin: str | None, path: str, query: Mapping[str, str], *, token: str | None = None, last: str = ""
) -> Iterator[tuple[str, str]]:
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the id and data of each.

    `last` is the id of the last one seen.  Ends when the gateway ends the stream.  Raises RefusedError, OutsideError.
    """
    given = urllib.parse.urlencode({name: value for name, value in query.items() if value})
    base, target = _base(admin or DEFAULT), f"{urllib.parse.quote(path)}?{given}"
    token = (token or os.environ.get(TOKEN, "")).strip()
    headers = {"Accept": "text/event-stream"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection, prefix = _connection(base, _SILENCE)
    try:
        with closing(connection):
            connection.request("GET", prefix + target, None, headers | ({"Last-Event-ID": last} if last else {}))
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _refused(answer.status, answer.read())
            yield from _events(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OutsideError(
            f"{base} does not answer: {error}", hint="is the gateway running? name it with --admin"
        ) from error


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    mark, data = "", list[str]()
    while line := answer.readline():
        name, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(": ")
        if name == "id":
            mark = value
        elif name == "data":
            data.append(value)
        elif not name and data:
            yield mark, "\n".join(data)
            data.clear()


def _exchange(base: str, target: str, method: str, headers: Mapping[str, str], body: Sent | None) -> tuple[int, bytes]:
    """Status and body of an answer, also of one that came before all was sent: then it says why it is enough."""
    connection, prefix = _connection(base)
    with closing(connection):
        connection.connect()
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, prefix + target, body and body.file, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _connection(base: str, timeout: float = _TIMEOUT) -> tuple[http.client.HTTPConnection, str]:
    """Not yet open; and what paths begin with, when the listener is behind a proxy that has others, too."""
    if base.startswith(UNIX):
        return UnixConnection(base, timeout), ""
    parts, context = urllib.parse.urlsplit(base), _tls_context(base)
    if context is not None:
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context), parts.path
    return http.client.HTTPConnection(parts.netloc, timeout=timeout), parts.path


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


class Watched:
    """A file that tells how much of it has been read."""

    def __init__(self, file: IO[bytes], progress: Callable[[int], object]) -> None:
        self._file = file
        self._progress = progress

    def read(self, size: int = -1) -> bytes:
        """As a file does it."""
        part = self._file.read(size)
        self._progress(len(part))
        return part


def _base(admin: str) -> str:
    if admin.startswith(UNIX):
        return admin
    base = admin if "://" in admin else f"http://{admin}"
    if not base.startswith(("http://", "https://")):
        raise click.UsageError("--admin begins with http://, https:// or unix:")
    return base.rstrip("/")


def _refused(status: int, answer: bytes) -> RefusedError:
    try:
        told = json.loads(answer)["error"]
        return RefusedError(str(told["message"]), [str(problem) for problem in told.get("problems", [])], dict(told))
    except (ValueError, KeyError, TypeError):
        return RefusedError(f"the gateway answered {status} {http.client.responses.get(status, '')}".rstrip(), [])
