"""Functions of the host for the VM's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.vm.functions import HostFunction
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class IpcRxLibrary(Library):
    """`callables` are globals of the VM, which give promises.

    An `async def` runs as a task of its own, for `timeout` seconds at most (None: as long as the VM); a plain function
    runs at once.  What they raise rejects the promise: the error's `name` is the exception's class, its `message` the
    exception's.
    """

    def __init__(
        self,
        callables: Mapping[str, Callable[..., Any]],
        *,
        timeout: float | None = None,
    ) -> None:
        self.callables = dict(callables)
        self._timeout = timeout

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {
            name: HostFunction(function, name=name, waits=False, timeout=self._timeout)
            for name, function in self.callables.items()
        }
