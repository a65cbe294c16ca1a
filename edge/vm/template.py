"""What the isolates of VMs are made of: the runtime of `edge.vm`, as a snapshot where V8 can make one."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from edge.engine import bundles, snapshot
from edge.engine.isolate import Isolate

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.isolate import Result
    from edge.engine.mailbox import SyncOps

_lock = threading.Lock()


@functools.cache
def _blob() -> snapshot.Blob | None:
    if not snapshot.available():
        return None
    return snapshot.Blob(snapshot.build(source()))


def blob() -> snapshot.Blob | None:
    """The snapshot, made when it is needed first (about 20 ms); None where this build of V8 cannot make one."""
    with _lock:
        return _blob()


def source() -> str:
    """Where there is no snapshot, each isolate evaluates this."""
    return bundles.script("vm") + "\n//# sourceURL=edge:vm"


class VMTemplate:
    """For one VM: `memory` is its limit in bytes, `package_ops` are its synchronous operations."""

    key = "vm"
    preamble = b""

    def __init__(self, memory: int, ops: SyncOps) -> None:
        self.memory = memory
        self.package_ops = ops
        self._blob = blob()

    def blob_bytes(self) -> bytes:
        """A copy of the snapshot; b"" where there is none."""
        return self._blob.data() if self._blob else b""

    def make(self, on_result: Callable[[Result], None]) -> Isolate:
        """A fresh isolate; blocks for a millisecond or two."""
        return Isolate(
            self._blob, self.package_ops, on_result, source="" if self._blob else source(), memory=self.memory
        )
