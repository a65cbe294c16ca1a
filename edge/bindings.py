"""What the Python code of a binding may import of edge: the error that crosses, and who is calling.

A binding is an `async def` (or a plain function, which runs in a thread) of the operator, called by functions as
`env.NAME(...)`.  What it raises stays in the gateway's log, but for BindingError.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

_MAX_MESSAGE = 2000
_MAX_CODE = 64


class BindingError(Exception):
    """Raised by a binding to tell the function that calls: `error.message` and `error.code` there.

    `code` is for programs, such as "not_found".  At most 2,000 characters of the message cross.
    """

    def __init__(self, message: str, *, code: str = "binding_error") -> None:
        super().__init__(message)
        self.message = str(message)[:_MAX_MESSAGE]
        self.code = str(code)[:_MAX_CODE]


class Call(NamedTuple):
    """Who calls: the function and the name that it knows the binding by, and the request that it is for.

    `remaining` are the seconds that the call had when it came.
    """

    function: str
    binding: str
    request_id: str
    remaining: float


_call: ContextVar[Call] = ContextVar("edge_binding_call")


def current_call() -> Call:
    """The call that is being answered.  Raises LookupError outside of one."""
    return _call.get()


def answering(call: Call) -> None:
    """The calling task answers this call from now on; for edge itself."""
    _call.set(call)
