"""Invocations that no line of a request tells of: those of schedules, of the queue, of smoke tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.gateway.access_log import used

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.function import Function
    from edge.gateway.access_log import Keep
    from edge.invocation import Exchange, Invoker, Receipt
    from edge.wire.messages import Request


class Recorded:
    """An Invoker (see edge.invocation) whose receipts are kept as events `invocation`; `trigger` says what for.

    `ended` gets them, too.
    """

    def __init__(
        self, inner: Invoker, keep: Keep, trigger: str, ended: Callable[[Receipt], None] = lambda _: None
    ) -> None:
        self._ended = ended
        self._inner = inner
        self._keep = keep
        self._trigger = trigger

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        """See Invoker."""
        receipt = await self._inner.invoke(function, request, request_id, exchange)
        self._ended(receipt)
        keep_invocation(self._keep, self._trigger, request_id, receipt, method=request.method, path=request.path)
        return receipt


def keep_invocation(keep: Keep, trigger: str, request_id: str, receipt: Receipt, **about: str) -> None:
    """Keep a receipt, as an error when the invocation failed; `about` says more of what it was for."""
    error = receipt.error
    fields = {
        "trigger": trigger,
        "function": receipt.function,
        "request_id": request_id,
        "outcome": receipt.outcome.value,
        **about,
        **({"error": str(error), "stack": getattr(error, "stack", "")} if error is not None else {}),
        **used(receipt),
    }
    keep("info" if error is None else "warning", "invocation", fields, receipt)
