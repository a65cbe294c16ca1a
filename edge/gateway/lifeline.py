"""How a request learns that nobody waits for its answer any more, without a task that watches.

A server that has one puts it into the ASGI scope as `scope["extensions"]["edge.lifeline"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import trio

EXTENSION = "edge.lifeline"

Reason = Literal["client left", "draining"]


class Lifeline:
    """Cancels one scope when it is cut.  `reason` is None as long as it holds."""

    def __init__(self) -> None:
        self.reason: Reason | None = None
        self._scope: trio.CancelScope | None = None

    def attach(self, scope: trio.CancelScope) -> None:
        """Cancel `scope` when the line is cut, or at once when it is already."""
        self._scope = scope
        if self.reason is not None:
            scope.cancel(self.reason)

    def cut(self, reason: Reason) -> None:
        """Only the first reason counts."""
        if self.reason is not None:
            return
        self.reason = reason
        if self._scope is not None:
            self._scope.cancel(reason)
