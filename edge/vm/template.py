"""What the isolates of VMs are made of: the runtime of `edge.vm`, as a snapshot where V8 can make one."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from edge.engine import bundles, snapshot
from edge.engine.isolate import Isolate
from edge.vm.start import start

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.isolate import Result
    from edge.engine.mailbox import SyncOps

_lock = threading.Lock()


@functools.cache
def _built(name: str) -> snapshot.Blob:
    return snapshot.Blob(snapshot.build(bundles.script(name) + f"\n//# sourceURL=edge:{name}"))


def built(name: str) -> snapshot.Blob:
    """The snapshot of a bundle of ours, made when it is needed first; where `start` says that it can be."""
    start()
    with _lock:
        return _built(name)


def blob() -> snapshot.Blob | None:
    """The snapshot of VMs; None where this build of V8 cannot make one."""
    return built("vm") if start() else None


def source() -> str:
    """Where there is no snapshot, each isolate evaluates this."""
    return bundles.script("vm") + "\n//# sourceURL=edge:vm"


class VMTemplate:
    """For one VM: `memory` is its limit in bytes, `package_ops` are its synchronous operations."""

    key = "vm"
    preamble = b""
    evaluated = False

    def __init__(self, memory: int, ops: SyncOps) -> None:
        self.memory = memory
        self.package_ops = ops
        self._blob = blob()

    def blob_bytes(self) -> bytes:
        """A copy of the snapshot; b"" where there is none."""
        return self._blob.data() if self._blob else b""

    def make(self, on_result: Callable[[Result], None], ops: SyncOps | None = None) -> Isolate:
        """A fresh isolate; blocks for a millisecond or two."""
        every = {**self.package_ops, **(ops or {})}
        return Isolate(self._blob, every, on_result, source="" if self._blob else source(), memory=self.memory)
