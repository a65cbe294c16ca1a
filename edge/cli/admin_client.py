"""Questions to the admin listener of a running gateway."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import urllib.parse
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from edge.cli.unix_connection import UNIX, UnixConnection
from edge.errors import CallerError, OutsideError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DEFAULT = "http://127.0.0.1:9090"
TOKEN = "EDGE_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
_FILE = "edge.token_file"
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
remote_option = click.option(
    "--admin", "--url", metavar="URL", help=f"Ask the admin listener of a running gateway instead, such as {DEFAULT}."
)
_token = click.option(
    "--token",
    metavar="TOKEN",
    envvar=TOKEN,
    help=f"Token of the admin listener (better: the variable {TOKEN}, which nobody else sees).",
)
_token_file = click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=f"{TOKEN}_FILE",
    expose_value=False,
    callback=lambda ctx, _, file: ctx.meta.__setitem__(_FILE, file) if file is not None else None,
    help=f"File that holds the token (or the variable {TOKEN}_FILE).",
)


def token_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options `--token`, which the command gets as `token`, and `--token-file`, which `ask` finds by itself."""
    return _token(_token_file(function))


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
    """The JSON answer; see `download`.  Raises RefusedError, OutsideError."""
    answer = download(admin, path, query, method=method, token=token, headers=headers, body=body)
    try:
        return json.loads(answer)
    except ValueError as error:
        hint = "name the admin listener, usually port 9090, not the public one"
        raise OutsideError(f"{_base(admin or DEFAULT)} is no admin listener of edge", hint=hint) from error


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
    """The body of an answer below 400.  What of `path` is quoted already stays so.

    Without `token` it is taken from --token-file or EDGE_ADMIN_TOKEN; certificates are taken from EDGE_ADMIN_CA, _CERT
    and _KEY.  Raises RefusedError, OutsideError.
    """
    status, _, answer = exchange(admin, path, query, method=method, token=token, headers=headers, body=body)
    if status >= 400:
        raise _refused(status, answer)
    return answer


def exchange(
    admin: str | None,
    path: str,
    query: Mapping[str, str | Sequence[str]] | None = None,
    *,
    method: str = "GET",
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: Sent | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of an answer, whatever it is; see `download`.  Raises OutsideError."""
    given = urllib.parse.urlencode({name: value for name, value in (query or {}).items() if value}, doseq=True)
    base, target = _base(admin or DEFAULT), f"{urllib.parse.quote(path, safe='/%?=&')}{'?' if given else ''}{given}"
    sent = {name: value for name, value in (headers or {}).items() if value}
    if found := _found_token(token):
        sent["Authorization"] = f"Bearer {found}"
    if body is not None:
        sent |= {"Content-Type": body.type, "Content-Length": str(body.size)}
    try:
        return _exchange(base, target, method, sent, body)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OutsideError(f"{base} does not answer: {_reason(error)}", hint=_hint(error, base)) from error


def events(
    admin: str | None, path: str, query: Mapping[str, str], *, token: str | None = None, last: str = ""
) -> Iterator[tuple[str, str]]:
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the id and data of each.

    `last` is the id of the last one seen.  Ends when the gateway ends the stream.  Raises RefusedError, OutsideError.
    """
    given = urllib.parse.urlencode({name: value for name, value in query.items() if value})
    base, target = _base(admin or DEFAULT), f"{urllib.parse.quote(path)}?{given}"
    headers = {"Accept": "text/event-stream"}
    if found := _found_token(token):
        headers["Authorization"] = f"Bearer {found}"
    connection, prefix = _connection(base, _SILENCE)
    try:
        with closing(connection):
            connection.request("GET", prefix + target, None, headers | ({"Last-Event-ID": last} if last else {}))
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _refused(answer.status, answer.read())
            yield from _events(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OutsideError(f"{base} does not answer: {_reason(error)}", hint=_hint(error, base)) from error


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


def _found_token(token: str | None) -> str:
    """As it was given, from the file that was named, or from the environment."""
    context = click.get_current_context(silent=True)
    file: Path | None = context.meta.get(_FILE) if context is not None else None
    if file is None:
        return (token or os.environ.get(TOKEN, "")).strip()
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CallerError(f"the token file {file} cannot be read: {error}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(error) or type(error).__name__


def _hint(error: Exception, base: str) -> str:
    """What to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "EDGE_ADMIN_CA names the file of its authority; the name in --url has to be the certificate's"
    if isinstance(error, ssl.SSLError):
        return f"does it speak TLS? without it its address is http://{base.partition('://')[2]}"
    if isinstance(error, http.client.BadStatusLine | http.client.RemoteDisconnected | ConnectionResetError):
        return "if it speaks TLS, its address begins with https://"
    if isinstance(error, TimeoutError):
        return "is it the right address, and does a firewall lie between?"
    return "is the gateway running? `edge serve` starts one; --url names the admin listener of another"


def _exchange(
    base: str, target: str, method: str, headers: Mapping[str, str], body: Sent | None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers, body of an answer, also of one that came before all was sent: then it says why it is enough."""
    connection, prefix = _connection(base)
    with closing(connection):
        connection.connect()
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, prefix + target, body and body.file, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


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
        message = str(told["message"])
        if status == 401:
            message = f"{message}; give it by --token-file, or in the variable {TOKEN}"
        return RefusedError(message, [str(problem) for problem in told.get("problems", [])], dict(told))
    except (ValueError, KeyError, TypeError):
        return RefusedError(f"the gateway answered {status} {http.client.responses.get(status, '')}".rstrip(), [])
