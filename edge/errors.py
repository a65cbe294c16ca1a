"""Every error of edge, sorted by whose fault it is.

Callers branch on the family; the message is for people and says what to do next.  Each error that
can reach a client has a `code` (CONTRACT, "What a client sees") and the `status` it is answered with.
"""

from __future__ import annotations

from typing import ClassVar


class EdgeError(Exception):
    """Base of all errors that edge raises on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} ({hint})" if hint else message)
        self.message = message
        self.hint = hint


# -- the caller's fault: what came in cannot be served


class CallerError(EdgeError):
    """The client, or the person at the command line, sent something that cannot be used."""

    code = "bad_request"
    status = 400


class BodyTooLargeError(CallerError):
    """The request's body is larger than `server.max_body`."""

    code = "body_too_large"
    status = 413


class UriTooLongError(CallerError):
    """The request's target is too long."""

    code = "uri_too_long"
    status = 414


class HeadersTooLargeError(CallerError):
    """Request line and headers are larger than `server.max_headers`."""

    code = "headers_too_large"
    status = 431


class RequestTimeoutError(CallerError):
    """The request did not arrive in time."""

    code = "request_timeout"
    status = 408


class RateLimitedError(CallerError):
    """The client has sent more requests than the route lets it; one more may pass after `retry_after` seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, hint=f"try again in {retry_after} s")
        self.retry_after = retry_after


class UnauthorizedError(CallerError):
    """Who asks has to say who they are."""

    code = "unauthorized"
    status = 401

    def __init__(self, message: str, *, challenges: tuple[str, ...] = ('Bearer realm="edge"',), hint: str = "") -> None:
        """`challenges` are what `WWW-Authenticate` says about how to do so."""
        super().__init__(message, hint=hint)
        self.challenges = challenges


class ForbiddenError(CallerError):
    """Who asks may not have this."""

    code = "forbidden"
    status = 403


class NotFoundError(CallerError):
    """There is no such thing: on the admin listener, a path, function or key."""

    code = "not_found"
    status = 404


class ConflictError(CallerError):
    """It is too late, or too early, for what is asked."""

    code = "conflict"
    status = 409


class PreconditionError(CallerError):
    """What is to be changed is not any more what the caller has seen (`If-Match`)."""

    code = "precondition_failed"
    status = 412


class NoRouteError(CallerError):
    """No route matches host and path."""

    code = "no_route"
    status = 404


class MethodNotAllowedError(CallerError):
    """A route matches, but not with this method; `allow` holds the methods that would do."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, *, allow: tuple[str, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.allow = allow


class RangeNotSatisfiableError(CallerError):
    """None of the bytes that `Range` asks for is there; `size` is how many there are."""

    code = "range_not_satisfiable"
    status = 416

    def __init__(self, message: str, *, size: int) -> None:
        super().__init__(message)
        self.size = size


class UnsupportedError(CallerError):
    """Valid, but not something that edge does."""

    code = "not_supported"
    status = 501


class ConfigError(CallerError):
    """The config cannot be used; `problems` holds one line per problem (`FILE:LINE: key: what`)."""

    code = "bad_config"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PackageError(CallerError):
    """A package or archive cannot be used: unreadable, too large, unsafe, no entry."""

    code = "bad_package"


# -- the function's fault: its code or its limits


class FunctionError(EdgeError):
    """The function threw, or its module failed to load."""

    code = "function_error"

    def __init__(self, message: str, *, stack: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.stack = stack


class BadFunctionError(FunctionError):
    """The package exports nothing that can be called."""

    code = "bad_function"
    status = 502


class BadResponseError(FunctionError):
    """The function answered with something that is not a response."""

    code = "bad_response"
    status = 502


class LimitError(FunctionError):
    """The function went over one of its limits; the message names limit, value and config key."""


class MemoryLimitError(LimitError):
    """The function needed more than its `memory`."""

    code = "memory_limit"


class TimeoutLimitError(LimitError):
    """The function took longer than its `timeout`."""

    code = "timeout"
    status = 504


class CpuLimitError(LimitError):
    """The function used more CPU time than its `cpu`."""

    code = "cpu_limit"
    status = 504


# -- something outside failed


class OutsideError(EdgeError):
    """A peer, a disk or a network failed."""

    code = "outside"
    status = 502


class StoreUnavailableError(OutsideError):
    """The package store does not answer, or refuses: nothing was changed, and what is cached goes on serving."""

    code = "store_unavailable"
    status = 503


class AuthUnavailableError(OutsideError):
    """What proofs of identity are checked with cannot be had; try again after `retry_after` seconds."""

    code = "auth_unavailable"
    status = 503
    retry_after: ClassVar[int] = 5


# -- overloaded or going away


class OverloadedError(EdgeError):
    """There is no room for more work now; try again after `retry_after` seconds."""

    code = "overloaded"
    status = 503
    retry_after: ClassVar[int] = 1


class DrainingError(OverloadedError):
    """The gateway is shutting down."""

    code = "draining"


# -- our own fault


class InternalError(EdgeError):
    """A rule of edge itself was broken: a bug."""


class SandboxError(InternalError):
    """A process that is to run functions cannot be confined; nothing has run in it."""


class EngineCrashError(EdgeError):
    """The engine died, or stopped answering, under an invocation."""

    code = "engine_crash"


# -- what user code sees of a failed host call


class HostCallError(EdgeError):
    """A host call fails with this inside the function.

    `js_class` is the JavaScript class that is thrown: TypeError, RangeError, Error, or a
    DOMException name such as QuotaExceededError.  `js_code` becomes the error's `code` (Node's style).
    """

    def __init__(self, message: str, *, js_class: str = "Error", js_code: str = "") -> None:
        super().__init__(message)
        self.js_class = js_class
        self.js_code = js_code
