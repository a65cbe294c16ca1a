"""Where the states of schedules are kept: in the key-value store, where every replica sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from edge.schedule.expression import next_tick
from edge.schedule.state import State
from edge.services.kv.records import Check, Set

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.schedule.schedule import Schedule
    from edge.services.kv.interface import KVStore

NAMESPACE: Final = ":schedules"
"""No function can have it: names of namespaces begin with a letter or digit."""
_KEPT: Final = 30 * 86_400_000
"""So long (ms) after its next tick a state is kept that nobody touches: its schedule is gone."""

_decoder = msgspec.json.Decoder(State)


class ScheduleStore:
    """States by function and schedule.  All methods raise what the store raises: KVUnavailableError, KVCorruptError."""

    def __init__(self, kv: KVStore) -> None:
        self._kv = kv

    async def read(self, function: str, schedule: Schedule) -> tuple[State | None, str | None]:
        """The state and its versionstamp; None when there is none, or none that can be read."""
        entry = await self._kv.get(NAMESPACE, _key(function, schedule))
        if entry is None:
            return None, None
        try:
            return _decoder.decode(entry.value), entry.versionstamp
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None, entry.versionstamp

    async def write(self, function: str, schedule: Schedule, state: State, stamp: str | None) -> bool:
        """Write what followed from the state with this versionstamp; False when another one was written meanwhile."""
        key = _key(function, schedule)
        value = msgspec.json.encode(state)
        put = Set(key, value, "json", expires_at=_expiry(schedule, state))
        return await self._kv.atomic(NAMESPACE, (Check(key, stamp),), (put,)) is not None

    async def change(self, function: str, schedule: Schedule, step: Callable[[State], State | None]) -> bool:
        """Apply `step` to whatever state is there, again when another replica was first; False when it said None."""
        while True:
            state, stamp = await self.read(function, schedule)
            changed = step(state) if state is not None else None
            if changed is None:
                return False
            if changed == state or await self.write(function, schedule, changed, stamp):
                return True


def _key(function: str, schedule: Schedule) -> str:
    return f"{function}/{schedule.key}"


def _expiry(schedule: Schedule, state: State) -> int:
    following = next_tick(schedule.expression, schedule.zone, state.last)
    return (following if following is not None else state.last) + _KEPT
