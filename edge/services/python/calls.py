"""One call of the operator's code: arguments in, an answer out that is sorted by whose fault it is."""

from __future__ import annotations

import inspect
import traceback
from functools import partial
from typing import TYPE_CHECKING

from edge.bindings import BindingError, Call, answering
from edge.services.python.frames import CallFrame, Failed, Result
from edge.services.python.signature import ArgumentError, encode_result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.services.python.target import Target

    InThread = Callable[[Callable[[], object]], Awaitable[object]]

_MAX_DETAIL = 8000


async def perform(target: Target, frame: CallFrame, in_thread: InThread) -> Result | Failed:
    """Never raises for the operator's code, but for what ends a task or the process."""
    method = target.methods.get(frame.method)
    if method is None:
        known = ", ".join(name for name in target.methods if name) or "it is a function"
        return Failed(frame.id, "arguments", f"there is no {frame.method[:60]!r} ({known[:500]})")
    try:
        positional, named = method.signature.bind(frame.args)
    except ArgumentError as error:
        return Failed(frame.id, "arguments", str(error))
    answering(Call(frame.function, frame.binding, frame.request_id, frame.remaining))
    bound = partial(method.function, *positional, **named)
    try:
        result = await (bound() if method.waits else in_thread(bound))
        if inspect.isawaitable(result):
            result = await result
        return Result(frame.id, *encode_result(result))
    except Exception as error:  # noqa: BLE001 - whatever the operator's code raises
        return _failed(frame.id, error)


def _failed(number: int, error: BaseException) -> Failed:
    found = _single(error)
    if isinstance(found, BindingError):
        return Failed(number, "public", found.message, found.code)
    text = "".join(traceback.format_exception(error))
    return Failed(number, "internal", type(found).__name__, detail=text[-_MAX_DETAIL:])


def _single(error: BaseException) -> BaseException:
    """What a nursery or task group of the operator's wrapped, when that is one thing."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
