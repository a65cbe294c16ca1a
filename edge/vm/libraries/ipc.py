"""Functions of the VM for the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.vm.arguments import seconds_of
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.vm.functions import VMFunction


class IpcLibrary(Library):
    """Calls functions that the VM's code has returned from `run`, or exposed.

    `timeout`: seconds for each call; None: as the VM has it.
    """

    def __init__(self, *, timeout: float | None = None) -> None:
        self._timeout = seconds_of(timeout)

    async def call(self, name: str | VMFunction, args: Sequence[Any] = ()) -> Any:
        """What the function returns.  Raises as VM.call does."""
        if self._timeout is None:
            return await self.vm.call(name, *args)
        return await self.vm.call(name, *args, timeout=self._timeout)
