"""docs/reference/errors.md, from the classes of errors."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

import edge
from edge.errors import EdgeError, HostCallError
from edge.invocation import Outcome, outcome_of
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# Errors

{generated}

The gateway's own errors are JSON, `{{"error": {{"code": "...", "message": "...", "request_id": "..."}}}}`. The code is
stable, the message is for people. Neither holds paths of the host, stack frames of the gateway or secrets; what a
function threw is in the log under the request's id, and in the answer too when `log.expose_errors` is on (then
with `stack`, in the function's own files and lines). Answers of functions are passed on as they are,
whatever their status.

Every answer has `Edge-Request-Id` (a valid `X-Request-Id` or `traceparent` of the request is kept), and every answer of
a function, or about one, has `Edge-Outcome`.
"""

_OUTCOMES = {
    Outcome.OK: "the function answered, with whatever status",
    Outcome.EXCEPTION: "it threw, or its module failed to load",
    Outcome.TIMEOUT: "it took longer than its `timeout`",
    Outcome.CPU: "it used more CPU time than its `cpu`",
    Outcome.MEMORY: "it needed more than its `memory`",
    Outcome.CRASH: "the engine died, or stopped answering, under it",
    Outcome.BAD_RESPONSE: "it exports nothing callable, or its answer is malformed or broke off",
    Outcome.OVERLOADED: "too many invocations were waiting for it",
    Outcome.CANCELED: "the client left before the answer was complete",
}

# Where the class says it in words for people who know the code.
_MEANINGS = {
    "internal": "A bug of the gateway; its log has the details.",
    "http_version": "The request's version of HTTP is not served.",
    "not_supported": "The request is valid, but asks for something that edge does not do.",
    "kv_quota": "The KV namespace is full.",
    "bad_config": "The config cannot be used; `problems` has a line for each problem.",
}

_INSIDE = {
    "ERR_CIRCUIT_OPEN": "`fetch`: the host has failed too often; nothing is sent to it for a while",
    "ERR_EGRESS_DENIED": "`fetch`: the egress policy does not allow this host, address or port",
    "ERR_INVALID_URL": "`fetch`: what should be a URL is none",
    "ERR_UNSUPPORTED_SCHEME": "`fetch`: the URL has a scheme that cannot be fetched",
    "ERR_HTTP_REQUEST": "`fetch`: the request cannot be sent as it is",
    "ERR_HTTP_RESPONSE": "`fetch`: the answer is no HTTP, or stopped in the middle",
    "ERR_HTTP_REDIRECT": "`fetch`: the redirect cannot be followed, or shall not be",
    "ERR_FETCH_LIMIT": "`fetch`: a limit of size or number is reached; the message names it",
    "ERR_INTEGRITY": "`fetch`: the response does not match its `integrity`",
    "ERR_RESPONSE_COMPLETE": "`fetch`, to the source of a request body: the response ended before the body was read",
    "ERR_BODY_UNWANTED": "`fetch`, to the source of a request body: the server does not want the rest",
    "ERR_TLS_CERT": "`fetch`: the peer's certificate cannot be verified",
    "ERR_TLS_HANDSHAKE": "`fetch`: no TLS connection came about",
    "EAI_AGAIN": "`fetch`: looking up the name failed; it may work later",
    "ECONNREFUSED": "`fetch`: nobody listens there (or another name of errno(3), as the system says it)",
    "ECONNRESET": "`fetch`: the connection was closed too early",
    "EMFILE": "too many outgoing connections are open; the message names the limit",
    "ENOTFOUND": "`fetch`: the name does not exist",
    "ETIMEDOUT": "`fetch`: connecting, the response head or the next part of the body took too long",
    "ERR_KV_INPUT": "`kv`: a key, value or option cannot be used, or the entry does not hold what the operation needs",
    "ERR_KV_LIMIT": "`kv`: a key, value or batch is too large",
    "ERR_KV_UNAVAILABLE": "`kv`: the store cannot answer now; nothing was written",
}


def page() -> str:
    """The page."""
    return whole(
        _HEAD.format(generated=GENERATED.format(source="edge/errors.py and the classes that derive from it")),
        "## Codes",
        table(("status", "code", "Edge-Outcome", "meaning"), sorted(_codes())),
        "`Retry-After` comes with 503, `Allow` with 405, `WWW-Authenticate` with 401.",
        "## Outcomes",
        table(("Edge-Outcome", "meaning"), ((code(outcome), _OUTCOMES[outcome]) for outcome in Outcome)),
        "## Inside a function",
        "What fails in a host call is an exception: `error.message` says what to do, `error.code` is one of these. "
        "Modules of Node (`net`, `tls`, `http`, `dns`, ...) have Node's codes; what the policy refuses is `EACCES`.",
        table(("error.code", "meaning"), ((code(name), _INSIDE[name]) for name in sorted(codes_inside()))),
    )


def classes() -> list[type[EdgeError]]:
    """Every class of error that a client can be answered with."""
    for module in pkgutil.walk_packages(edge.__path__, "edge."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in _below(EdgeError) if not issubclass(kind, HostCallError)]


def _below(kind: type[EdgeError]) -> Iterator[type[EdgeError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _below(inner)


def _codes() -> Iterator[tuple[str, str, str, str]]:
    """The class that is nearest to EdgeError speaks for a code."""
    seen: set[tuple[str, int]] = set()
    for kind in classes():
        if (kind.code, kind.status) not in seen:
            seen.add((kind.code, kind.status))
            text = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
            yield str(kind.status), code(kind.code), code(outcome_of(kind.__new__(kind)) or ""), _meaning(kind, text)


def _meaning(kind: type[EdgeError], text: str) -> str:
    return _MEANINGS.get(kind.code) or text.split(";", maxsplit=1)[0].rstrip(".") + "."


def codes_inside() -> set[str]:
    """Values of `error.code` that host calls and `fetch` fail with, as their sources name them."""
    folder = Path(edge.__path__[0])
    # Modules of Node fail with Node's codes, which Node's manual explains.
    found = (path for path in sorted((folder / "services").rglob("*.py")) if path.parent.name not in ("dns", "sockets"))
    services = "".join(path.read_text("utf-8") for path in found)
    fetch = "".join(path.read_text("utf-8") for path in sorted((folder / "runtime/fetch").glob("*.js")))
    named = re.findall(r'(?:(?:code|code: ClassVar\[str\]| 0)(?:,| ?=)| else| or|"[a-z]+":) ?"(E[A-Z_]{4,})"', services)
    return {*named, *re.findall(r"'(ERR_[A-Z_]+)'", fetch)}
