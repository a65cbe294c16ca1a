"""What all VMs of one Trio run share: the zygote that their processes come from.

It is there from the first VM in mode `cells` to the end of `trio.run`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import trio

from edge.errors import EngineCrashError, UnsupportedError
from edge.supervisor.zygote import Zygote
from edge.vm.errors import VMError
from edge.vm.home import CellHome, Home, LocalHome, OnAsk
from edge.vm.start import start

if TYPE_CHECKING:
    from edge.vm.arguments import Mode

DEFAULT_MODE: Mode = "cells" if sys.platform == "linux" else "embedded"


class _Engine:
    def __init__(self) -> None:
        self._ready = trio.Event()
        self._error: EngineCrashError | None = None
        self._zygote: Zygote | None = None
        self._nursery: trio.Nursery | None = None

    async def open_home(self, memory: int, on_ask: OnAsk) -> Home:
        await self._ready.wait()
        if self._zygote is None or self._nursery is None:
            raise self._error or EngineCrashError("the program is ending")
        return await CellHome.open(memory, on_ask, self._zygote, self._nursery)

    async def serve(self) -> None:
        """Until it is cancelled, which happens when the program's main task has ended."""
        try:
            async with Zygote.open() as zygote, trio.open_nursery() as nursery:
                self._error = await _unsound(zygote)
                if self._error is None:
                    self._zygote, self._nursery = zygote, nursery
                    self._ready.set()
                    await trio.sleep_forever()
        except EngineCrashError as error:
            self._error = error
        finally:
            self._zygote = self._nursery = None
            self._ready.set()
            _current.set(None)


async def _unsound(zygote: Zygote) -> EngineCrashError | None:
    """Why no VM can live in a process here."""
    try:
        missing = (await zygote.layers()).missing
    except EngineCrashError as error:
        return error
    if "sandbox" not in missing:
        return None
    return EngineCrashError(
        f"VMs cannot be sandboxed on this machine: {missing['sandbox']}",
        hint='see `edge doctor`; mode="embedded" runs code in this process',
    )


_current: trio.lowlevel.RunVar[_Engine | None] = trio.lowlevel.RunVar("edge.vm.engine", None)


def expect_trio() -> None:
    """Raises VMError in a program on another event loop, or on none."""
    if not trio.lowlevel.in_trio_run():
        raise VMError("this needs Trio, and it does not run here", hint="edge.vm.sync is for other programs")


async def open_home(mode: Mode, memory: int, on_ask: OnAsk) -> Home:
    """A home for one more VM.  Raises EngineCrashError, UnsupportedError."""
    if mode == "embedded":
        return await LocalHome.open(memory, on_ask)
    if sys.platform != "linux" or not await trio.to_thread.run_sync(start):
        raise UnsupportedError('VMs in cells need Linux and snapshots: use mode="embedded" here')
    engine = _current.get()
    if engine is None:
        engine = _Engine()
        _current.set(engine)
        trio.lowlevel.spawn_system_task(engine.serve, name="edge.vm engine")
    return await engine.open_home(memory, on_ask)
