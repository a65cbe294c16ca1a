"""Where bindings live: one process (or place in the gateway) per target, for all functions that have it.

A host starts when it is needed first, starts again when it has ended, and is replaced when files of the operator that
were imported have changed: calls in flight end in the old one.
"""

from __future__ import annotations

import math
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import structlog
import trio

from edge.errors import EdgeError, HostCallError
from edge.services.python.frames import CallFrame, Failed, Load, Loaded, Result
from edge.services.python.inside import InsideTarget
from edge.services.python.process import BindingProcess, BindingUnavailableError
from edge.services.rate.gcra import parse_rate, spend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from edge.function import Binding

POLL = 1.0
"""Seconds between looks at the files that bindings were made of."""
DRAIN = 30.0
"""Seconds that calls in flight have when their process is replaced."""
LINGER = 60.0
"""Seconds that a host stays which nobody has: a reload is under way, or was refused."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_LIVED = 10.0  # seconds: a process that ends after so long was no failed start

Place: TypeAlias = BindingProcess | InsideTarget

log = structlog.get_logger(component="bindings")


class _Attempt:
    """A start that is under way, for all who wait for it."""

    def __init__(self) -> None:
        self.done = trio.Event()
        self.error: BindingUnavailableError | None = None


class Host:
    """One target."""

    def __init__(self, binding: Binding, nursery: trio.Nursery) -> None:
        self.users = 0
        self.unused_since = trio.current_time()
        self._binding = binding
        self._nursery = nursery
        self._place: Place | None = None
        self._attempt: _Attempt | None = None
        self._room = trio.CapacityLimiter(binding.concurrency)
        self._marks: dict[str, object] = {}
        self._backoff = _Backoff()

    @property
    def loaded(self) -> Loaded:
        """What the target has said of itself; empty before it was imported."""
        return self._place.loaded if self._place is not None else Loaded("", {}, [])

    async def ready(self) -> Loaded:
        """Have it imported.  Raises BindingUnavailableError."""
        self._backoff.forgive()
        return (await self._ready()).loaded

    async def call(self, frame: CallFrame, seconds: float) -> Result | Failed:
        """Raises HostCallError, BindingUnavailableError."""
        until = trio.current_time() + seconds
        borrower = object()
        try:
            with trio.fail_at(until):
                await self._room.acquire_on_behalf_of(borrower)
        except trio.TooSlowError:
            what = f"{self._binding.concurrency} calls of binding {frame.binding} are under way, and none ended in time"
            raise HostCallError(what, js_code="binding_overloaded") from None
        try:
            with trio.fail_at(until):
                place = await self._ready()
            return await place.call(frame, max(until - trio.current_time(), 0.001))
        except trio.TooSlowError:
            raise BindingUnavailableError("it takes long to start") from None
        finally:
            self._room.release_on_behalf_of(borrower)

    async def refresh(self) -> None:
        """Replace it when its files have changed, unless what is there now cannot be imported."""
        old = self._place
        if old is None or self._attempt is not None or not old.loaded.files:
            return
        marks = await _look(old)
        if self._marks == marks:
            return
        self._marks = marks
        if self._binding.run == "gateway":
            log.warning("binding_changed", target=self._binding.target, hint='restart, or run = "process"')
            return
        try:
            await self._start()
        except BindingUnavailableError as error:
            log.error("binding_reload_failed", target=self._binding.target, error=error.message)  # noqa: TRY400 - not ours
            return
        log.info("binding_reloaded", target=self._binding.target)
        if not old.ended.is_set():
            self._nursery.start_soon(old.retire, DRAIN)

    def close(self) -> None:
        """End it, when its calls are over."""
        if self._place is not None and not self._place.ended.is_set():
            self._nursery.start_soon(self._place.retire, DRAIN)

    # -- inside

    async def _ready(self) -> Place:
        """A start goes on when who asked for it has no time any more."""
        if self._place is not None and not self._place.ended.is_set():
            return self._place
        if self._attempt is None:
            self._backoff.check(trio.current_time())
            self._attempt = _Attempt()
            self._nursery.start_soon(self._try, self._attempt)
        attempt = self._attempt
        await attempt.done.wait()
        if attempt.error is not None:
            raise BindingUnavailableError(attempt.error.message)
        assert self._place is not None  # it has just been started
        return self._place

    async def _try(self, attempt: _Attempt) -> None:
        try:
            await self._start()
        except BindingUnavailableError as error:
            attempt.error = error
        finally:
            self._attempt = None
            attempt.done.set()

    async def _start(self) -> None:
        """Raises BindingUnavailableError."""
        binding = self._binding
        self._backoff.begin(trio.current_time())
        wanted = Load(binding.target, list(binding.folders), dict(binding.options), binding.memory)
        place: Place = InsideTarget(wanted) if binding.run == "gateway" else BindingProcess(wanted, binding.loop)
        try:
            await self._nursery.start(_live, place)
        except BindingUnavailableError as error:
            self._backoff.fail(trio.current_time(), error.message)
            raise
        self._marks = await _look(place)
        self._place = place


class _Backoff:
    """Starts that fail, or ends soon after a start: not tried again before a pause that grows."""

    def __init__(self) -> None:
        self._began = -math.inf
        self._until = -math.inf
        self._pause = 0.0
        self._reason = ""

    def begin(self, now: float) -> None:
        short = now - self._began < _LIVED
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE) if short else 0.0
        self._began = now
        self._until = now + self._pause
        self._reason = "it ends again and again soon after it has started"

    def fail(self, now: float, reason: str) -> None:
        self._until = now + max(self._pause, 1.0)
        self._reason = reason

    def check(self, now: float) -> None:
        """Raises BindingUnavailableError when it is too early for another start."""
        if now < self._until:
            raise BindingUnavailableError(self._reason)

    def forgive(self) -> None:
        self._until = -math.inf


class _Status:
    """A trio.TaskStatus that remembers."""

    def __init__(self, inner: trio.TaskStatus[None]) -> None:
        self.done = False
        self._inner = inner

    def started(self, _value: None = None) -> None:
        self.done = True
        self._inner.started()


async def _live(place: Place, *, task_status: trio.TaskStatus[None]) -> None:
    """What goes wrong after the start, such as closing what the operator's code has open, is that binding's affair."""
    status = _Status(task_status)
    try:
        await place.run(task_status=status)
    except Exception:
        if not status.done:
            raise
        log.exception("binding_ended_badly")


async def _look(place: Place) -> dict[str, object]:
    return await trio.to_thread.run_sync(_marks, place.loaded.files)


def _marks(files: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for file in files:
        try:
            seen = os.stat(file)  # noqa: PTH116 - many of them, often
        except OSError:
            found[file] = None
        else:
            found[file] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return found


class BindingHosts:
    """All of a gateway process; `run` it in a nursery."""

    def __init__(self) -> None:
        self._hosts: dict[tuple[object, ...], Host] = {}
        self._full_at: dict[tuple[str, str], float] = {}  # of quotas, by function and binding
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled: processes end with it."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            while True:
                await trio.sleep(POLL)
                await self._tend()

    async def ready(self, bindings: dict[str, Binding]) -> None:
        """Import what these stand for.  Raises BindingFailureError for one that cannot be used."""
        failures: list[BindingFailureError] = []

        async def one(name: str, binding: Binding) -> None:
            try:
                await self.host(binding).ready()
            except BindingUnavailableError as error:
                failures.append(BindingFailureError(name, error.message))

        async with trio.open_nursery() as nursery:
            for name, binding in bindings.items():
                nursery.start_soon(one, name, binding)
        if failures:
            raise failures[0]

    @asynccontextmanager
    async def held(self, bindings: Iterable[Binding]) -> AsyncIterator[None]:
        """Keep their hosts while the context lasts."""
        hosts = [self.host(binding) for binding in bindings]
        for host in hosts:
            host.users += 1
        try:
            yield
        finally:
            for host in hosts:
                host.users -= 1
                host.unused_since = trio.current_time()

    def host(self, binding: Binding) -> Host:
        """The one of this binding."""
        found = self._hosts.get(binding.place)
        if found is None:
            assert self._nursery is not None  # run() has begun
            found = self._hosts[binding.place] = Host(binding, self._nursery)
        return found

    def spend(self, function: str, name: str, quota: str) -> float:
        """Count a call; 0, or the seconds after which there may be one more."""
        key, now = (function, name), trio.current_time()
        verdict, self._full_at[key] = spend(self._full_at.get(key, 0.0), now, parse_rate(quota))
        return 0.0 if verdict.admitted else max(verdict.retry_after, 0.001)

    async def _tend(self) -> None:
        now = trio.current_time()
        for key, host in list(self._hosts.items()):
            if host.users == 0 and now - host.unused_since > LINGER:
                del self._hosts[key]
                host.close()
            else:
                await host.refresh()


@asynccontextmanager
async def open_hosts() -> AsyncIterator[BindingHosts]:
    """Hosts that end with the block."""
    hosts = BindingHosts()
    async with trio.open_nursery() as nursery:
        await nursery.start(hosts.run)
        yield hosts
        nursery.cancel_scope.cancel()


class BindingFailureError(EdgeError):
    """A binding of a function cannot be used; `name` is what the function calls it."""

    code = "binding_unavailable"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"bindings.{name}: {message}")
        self.name = name
