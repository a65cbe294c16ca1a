"""The gateway's side of the process of a binding: one that runs, or has ended."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.errors import HostCallError, OutsideError
from edge.services.python.frames import (
    CallFrame,
    Cancel,
    Failed,
    FrameError,
    FromProcess,
    Load,
    Loaded,
    NotLoaded,
    Result,
    ToProcess,
    Unpacker,
    from_process,
    pack,
)
from edge.services.python.launch import launch
from edge.units import KIB

if TYPE_CHECKING:
    import subprocess

LOAD_TIMEOUT = 60.0
"""Seconds for importing the target: models take their time."""
GRACE = 2.0
"""Seconds that a call may go on after its deadline before the process is killed."""
_PIECE = 256 * KIB
_MAX_SENT = 10_000  # messages that wait for the process to read them

log = structlog.get_logger(component="bindings")


class BindingUnavailableError(OutsideError):
    """The operator's code cannot be imported, or its process does not come up; the message is for the operator."""

    code = "binding_unavailable"


class BindingProcess:
    """`run` it in a nursery; `loaded` is what it has said of itself."""

    def __init__(self, load: Load, loop: str) -> None:
        self.loaded = Loaded("", {}, [])
        self.ended = trio.Event()
        self._load = load
        self._loop = loop
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._idle = trio.Event()
        self._outgoing, self._to_send = trio.open_memory_channel[ToProcess](_MAX_SENT)
        self._process: subprocess.Popen[bytes]
        self._retired = False
        self._nursery: trio.Nursery

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Its life; started when the target is there.  Raises BindingUnavailableError before that."""
        try:
            self._process, ours = launch(self._loop)
        except OSError as error:
            raise BindingUnavailableError(f"no process can be started: {error.strerror}") from error
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        try:
            await self._serve(stream, task_status)
        finally:
            self.ended.set()
            for waiting in list(self._waiting.values()):
                waiting.lose()
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)
                await self._reap()

    async def call(self, frame: CallFrame, seconds: float) -> Result | Failed:
        """Raises HostCallError when it takes longer, or the process ends."""
        number = next(self._numbers)
        waiting = self._waiting[number] = _Waiting()
        try:
            with trio.fail_after(seconds):
                await self._outgoing.send(msgspec.structs.replace(frame, id=number))
                await waiting.event.wait()
        except trio.TooSlowError:
            raise HostCallError(
                f"binding {frame.binding} did not answer within {seconds:.3g} s", js_code="binding_timeout"
            ) from None
        finally:
            if waiting.answer is None and not self.ended.is_set():
                self._give_up(number)
            else:
                self._forget(number)
        if waiting.answer is None:
            raise _crashed(frame.binding)
        return waiting.answer

    def kill(self) -> None:
        """At once."""
        self._process.kill()

    async def retire(self, seconds: float) -> None:
        """End it when its calls are over, `seconds` from now at the latest."""
        self._retired = True
        with trio.move_on_after(seconds):
            while self._waiting:
                self._idle = trio.Event()
                await self._idle.wait()
        self.kill()

    # -- inside

    async def _serve(self, stream: trio.SocketStream, task_status: trio.TaskStatus[None]) -> None:
        bodies = _Bodies(stream)
        with trio.move_on_after(LOAD_TIMEOUT) as scope:
            await stream.send_all(pack(self._load))
            self.loaded = _loaded(await _next(bodies))
        if scope.cancelled_caught:
            raise BindingUnavailableError(f"was not imported within {LOAD_TIMEOUT:g} s")
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._send, stream)
            task_status.started()
            try:
                async for body in bodies:
                    self._take(from_process.decode(body))
            except (FrameError, msgspec.DecodeError, trio.BrokenResourceError) as error:
                log.error("binding_process_broke", error=str(error))  # noqa: TRY400 - not our bug
            self._nursery.cancel_scope.cancel()

    async def _send(self, stream: trio.SocketStream) -> None:
        try:
            async for message in self._to_send:
                await stream.send_all(pack(message))
        except trio.BrokenResourceError:
            return  # the reader sees it too

    async def _kill_unless_it_stops(self, number: int) -> None:
        await trio.sleep(GRACE)
        if number in self._waiting:
            reason = f"a call went on {GRACE:g} s after its deadline"
            log.warning("binding_process_killed", target=self._load.target, pid=self._process.pid, reason=reason)
            self.kill()

    def _take(self, message: FromProcess) -> None:
        if isinstance(message, (Result, Failed)) and message.id in self._waiting:
            waiting = self._waiting[message.id]
            waiting.answer = message
            waiting.event.set()
            if waiting.given_up:
                self._forget(message.id)

    def _give_up(self, number: int) -> None:
        """Nobody waits any more; the process is to say that it has stopped."""
        self._waiting[number].given_up = True
        self._nursery.start_soon(self._kill_unless_it_stops, number)
        try:
            self._outgoing.send_nowait(Cancel(number))
        except trio.WouldBlock:
            self.kill()

    def _forget(self, number: int) -> None:
        self._waiting.pop(number, None)
        if not self._waiting:
            self._idle.set()

    async def _reap(self) -> None:
        """A process that was told to end by its socket gets a moment."""
        with trio.move_on_after(0 if self._retired else 0.2):
            await trio.to_thread.run_sync(self._process.wait, abandon_on_cancel=True)
        self._process.kill()
        await trio.to_thread.run_sync(self._process.wait)


class _Waiting:
    """A call; when it is given up nobody waits for its answer any more."""

    def __init__(self) -> None:
        self.event = trio.Event()
        self.answer: Result | Failed | None = None
        self.given_up = False

    def lose(self) -> None:
        self.event.set()


def _crashed(binding: str) -> HostCallError:
    return HostCallError(f"the process of binding {binding} ended during the call", js_code="binding_crashed")


class _Bodies:
    """What comes of frames, one after the other.  No generator: nobody has to close it."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._unpacker = Unpacker()
        self._complete: deque[bytes] = deque()

    def __aiter__(self) -> _Bodies:
        return self

    async def __anext__(self) -> bytes:
        while not self._complete:
            data = await self._stream.receive_some(_PIECE)
            if not data:
                raise StopAsyncIteration
            self._complete += self._unpacker.feed(bytes(data))
        return self._complete.popleft()


async def _next(bodies: _Bodies) -> bytes:
    try:
        return await anext(bodies)
    except (StopAsyncIteration, FrameError, trio.BrokenResourceError):
        raise BindingUnavailableError("its process ended while it was imported (see standard error)") from None


def _loaded(body: bytes) -> Loaded:
    message = from_process.decode(body)
    if isinstance(message, NotLoaded):
        raise BindingUnavailableError(message.reason)
    assert isinstance(message, Loaded)
    return message
