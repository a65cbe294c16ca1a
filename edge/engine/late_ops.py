"""Operations that are made when one of them is asked for, which most isolates never do."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import msgspec

    from edge.engine.mailbox import SyncOps
    from edge.services.api import Answer

    SyncOp = Callable[[msgspec.Raw, bytes], Answer]


class LateOps(dict[str, "SyncOp"]):
    """The first use blocks for as long as `make` does, which makes operations of these names; `made` says it was."""

    __slots__ = ("__weakref__", "_lock", "_make", "_ops")

    def __init__(self, names: Iterable[str], make: Callable[[], SyncOps]) -> None:
        super().__init__({name: partial(self._perform, name) for name in names})
        self._make = make
        self._lock = threading.Lock()
        self._ops: SyncOps | None = None

    @property
    def made(self) -> bool:
        """Whether they are there by now."""
        return self._ops is not None

    def _perform(self, name: str, args: msgspec.Raw, data: bytes) -> Answer:
        with self._lock:
            if self._ops is None:
                self._ops = self._make()
        return self._ops[name](args, data)
