"""The host call `binding.call` of one invocation: calls of the operator's Python, within what the config grants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog
import trio

from edge.errors import EdgeError, HostCallError
from edge.services.api import Answer, arguments
from edge.services.python.frames import CallFrame, Failed, Result
from edge.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.function import Binding, Function
    from edge.services.api import Handler
    from edge.services.python.hosts import BindingHosts

MAX_NAME = 60
OUTCOMES = (
    *("ok", "arguments", "public", "internal", "timeout", "quota", "too_large", "crashed", "unavailable"),
    "canceled",
)
log = structlog.get_logger(component="bindings")


class Caller(Protocol):
    """The invocation that calls (engine/lineage.py); `until` is when its time is up (trio's clock)."""

    function: Function
    request_id: str
    until: float


class BindingCall(msgspec.Struct, frozen=True):
    """A call that is over; `outcome` is one of OUTCOMES, `duration` in seconds."""

    function: str
    binding: str
    outcome: str
    duration: float


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    binding: str
    args: str
    method: str = ""


class PythonService:
    """See services.api.Service.  `ended` is told of each call."""

    def __init__(self, caller: Caller, hosts: BindingHosts, ended: Callable[[BindingCall], None]) -> None:
        self._caller = caller
        self._hosts = hosts
        self._ended = ended
        self._calls: dict[str, int] = {}

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {"binding.call": self._call}

    @property
    def kinds(self) -> dict[str, str]:
        """What the runtime makes of each name: see target.Target.kind."""
        bindings = self._caller.function.bindings
        return {name: f"python:{self._hosts.host(each).loaded.kind}" for name, each in bindings.items()}

    async def aclose(self) -> None:
        """Calls in flight are cancelled with the invocation's tasks."""

    async def _call(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        del data
        wanted = arguments(_Call, args)
        binding = self._bound(wanted)
        name = wanted.binding
        began = time.perf_counter()
        outcome = "canceled"
        try:
            self._count(name, binding)
            answer = await self._ask(wanted, binding)
            outcome = "ok" if isinstance(answer, Result) else answer.kind
            return self._answer(name, binding, answer)
        except HostCallError as error:
            outcome = _OUTCOMES.get(error.js_code, outcome)
            raise
        finally:
            self._ended(BindingCall(self._caller.function.name, name, outcome, time.perf_counter() - began))

    def _bound(self, wanted: _Call) -> Binding:
        binding = self._caller.function.bindings.get(wanted.binding)
        if binding is None:
            raise HostCallError(f"{wanted.binding[:MAX_NAME]!r} is no binding of this function", js_class="TypeError")
        size = len(wanted.args)
        if size > binding.max_args:
            raise HostCallError(
                f"binding {wanted.binding}: the arguments have {size} bytes, and "
                f"{format_size(binding.max_args)} are allowed (max_args)",
                js_class="RangeError",
                js_code="binding_too_large",
            )
        return binding

    def _count(self, name: str, binding: Binding) -> None:
        """Raises HostCallError beyond the limits on the number of calls."""
        self._calls[name] = self._calls.get(name, 0) + 1
        if self._calls[name] > binding.calls:
            raise HostCallError(
                f"binding {name}: an invocation may call it {binding.calls} times (calls)",
                js_code="binding_quota",
            )
        after = self._hosts.spend(self._caller.function.family, name, binding.quota) if binding.quota else 0.0
        if after:
            raise HostCallError(
                f"binding {name}: the quota of {binding.quota} is used up; try again in {after:.3g} s",
                js_code="binding_quota",
            )

    async def _ask(self, wanted: _Call, binding: Binding) -> Result | Failed:
        caller, name = self._caller, wanted.binding
        seconds = max(min(binding.timeout, caller.until - trio.current_time()), 0.001)
        names = (caller.function.name, name, caller.request_id)
        frame = CallFrame(0, wanted.method, wanted.args.encode(), *names, seconds)
        try:
            return await self._hosts.host(binding).call(frame, seconds)
        except HostCallError:
            raise
        except EdgeError as error:
            log.warning("binding_unavailable", function=caller.function.name, binding=name, error=error.message)
            raise HostCallError(
                f"binding {name} is not available now (the gateway's log says why)", js_code="binding_unavailable"
            ) from error

    def _answer(self, name: str, binding: Binding, answer: Result | Failed) -> Answer:
        if isinstance(answer, Failed):
            raise self._failure(name, answer)
        size = len(answer.value) + len(answer.data or b"")
        if size > binding.max_result:
            raise HostCallError(
                f"binding {name}: the result has {size} bytes, and {format_size(binding.max_result)} are "
                "allowed (max_result)",
                js_class="RangeError",
                js_code="binding_too_large",
            )
        return Answer(answer.value.decode(), answer.data)

    def _failure(self, name: str, failed: Failed) -> HostCallError:
        """Sorted: the caller's fault, what the operator's code wants to say, and what stays in the gateway."""
        if failed.kind == "arguments":
            return HostCallError(f"{name}: {failed.message}", js_class="TypeError", js_code="binding_arguments")
        if failed.kind == "public":
            return HostCallError(failed.message, js_code=failed.code)
        caller = self._caller
        log.error(
            "binding_failed",
            function=caller.function.name,
            binding=name,
            request_id=caller.request_id,
            error=failed.message,
            traceback=failed.detail,
        )
        return HostCallError(
            f"binding {name} failed (the gateway's log has the reason, request {caller.request_id})",
            js_code="binding_failed",
        )


_OUTCOMES = {
    "binding_timeout": "timeout",
    "binding_overloaded": "timeout",
    "binding_quota": "quota",
    "binding_crashed": "crashed",
    "binding_unavailable": "unavailable",
    "binding_too_large": "too_large",
}
