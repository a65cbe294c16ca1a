"""A target that lives in the gateway: no copy and no second process, and no protection from what it does."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import trio

from edge.errors import HostCallError
from edge.services.python.calls import perform
from edge.services.python.frames import CallFrame, Failed, Load, Loaded, Result
from edge.services.python.process import BindingUnavailableError
from edge.services.python.target import Target, TargetError, files, load

if TYPE_CHECKING:
    from collections.abc import Callable


class InsideTarget:
    """See process.BindingProcess."""

    def __init__(self, load: Load) -> None:
        self.loaded = Loaded("", {}, [])
        self.ended = trio.Event()
        self._load = load
        self._target: Target
        self._stop = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Its life; started when the target is there.  Raises BindingUnavailableError before that."""
        wanted = self._load
        try:
            self._target = await trio.to_thread.run_sync(load, wanted.target, wanted.folders, wanted.options)
        except TargetError as error:
            raise BindingUnavailableError(str(error)) from error
        async with AsyncExitStack() as stack:
            try:
                await self._target.enter(stack)
            except TargetError as error:
                raise BindingUnavailableError(str(error)) from error
            signatures = {name: each.signature.text for name, each in self._target.methods.items()}
            self.loaded = Loaded(self._target.kind, signatures, files(wanted.folders))
            task_status.started()
            try:
                await self._stop.wait()
            finally:
                self.ended.set()

    async def call(self, frame: CallFrame, seconds: float) -> Result | Failed:
        """Raises HostCallError when it takes longer."""
        with trio.move_on_after(seconds):
            return await perform(self._target, frame, _in_thread)
        raise HostCallError(f"binding {frame.binding} did not answer within {seconds:.3g} s", js_code="binding_timeout")

    async def retire(self, seconds: float) -> None:
        """It stays imported; what it has open is closed."""
        del seconds
        self._stop.set()


async def _in_thread(function: Callable[[], object]) -> object:
    return await trio.to_thread.run_sync(function, abandon_on_cancel=True)
