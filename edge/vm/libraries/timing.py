"""`setTimeout`, `setInterval`, and what clears them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import trio

from edge.vm.libraries.javascript import javascript
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.vm.functions import HostFunction


class TimingLibrary(Library):
    """Timers of the VM's code, `limit_count` at once: one more is a RangeError there.

    An error in a callback goes to `on_error`.  Timers end with the VM.
    """

    references_are_globals: ClassVar[bool] = False

    def __init__(self, *, limit_count: int = 100) -> None:
        self._limit = limit_count
        self._scope: trio.CancelScope | None = None

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"wait": self._wait}

    def get_vm_code(self) -> str:
        """See Library."""
        return f"const LIMIT = {self._limit:d};{javascript('timing')}"

    async def _wait(self, milliseconds: float) -> None:
        if self._scope is not None:
            self._scope.cancel()
        with trio.CancelScope() as self._scope:
            await trio.sleep(milliseconds / 1000)
