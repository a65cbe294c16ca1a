"""How a request learns that nobody waits for its answer any more, without a task that watches.

Until somebody watches, a client that leaves cancels the request.  Who watches decides what becomes of it; only
a shutdown still cancels it then.

A server that has one puts it into the ASGI scope as `scope["extensions"]["edge.lifeline"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import trio

EXTENSION = "edge.lifeline"

Reason = Literal["client left", "draining"]


class Lifeline:
    """Cancels one scope, or calls who watches, when it is cut.  `reason` is None as long as it holds."""

    def __init__(self) -> None:
        self.reason: Reason | None = None
        self._scope: trio.CancelScope | None = None
        self._left: Callable[[], None] | None = None

    def attach(self, scope: trio.CancelScope) -> None:
        """Cancel `scope` when the line is cut, or at once when it is already."""
        self._scope = scope
        if self.reason is not None:
            scope.cancel(self.reason)

    def watch(self, left: Callable[[], None]) -> None:
        """Call `left` when the client leaves, or at once when it has left."""
        self._left = left
        if self.reason == "client left":
            left()

    def cut(self, reason: Reason) -> None:
        """Only the first reason is kept; a shutdown cancels all the same what a client has left behind."""
        first = self.reason is None
        self.reason = self.reason or reason
        if reason == "client left" and self._left is not None:
            if first:
                self._left()
        elif self._scope is not None:
            self._scope.cancel(reason)
