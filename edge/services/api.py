"""Host services behind one interface that denies by default.

A function reaches the outside only by *host calls*: an operation name such as `kv.get`, JSON
arguments and optional bytes.  `Grants` is the narrowed bundle for one invocation; what was not
granted cannot be named.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from edge.errors import HostCallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """A host call's result: `value` is anything msgspec can encode as JSON, `data` raw bytes beside it."""

    value: object = None
    data: bytes | None = None


if TYPE_CHECKING:
    Handler = Callable[[msgspec.Raw, bytes | None], Awaitable[Answer]]
    PromptHandler = Callable[[msgspec.Raw, bytes | None], Answer | None]


class Service(Protocol):
    """One capability, granted to one invocation.

    `operations` maps full operation names to handlers.  A handler decodes its arguments strictly and
    raises HostCallError for what the function did wrong.  `aclose` ends whatever the invocation left
    open (streams, connections) and never raises.  A service that can answer some of them without waiting has handlers
    for those in `prompt` too; see Grants.answer.
    """

    @property
    def operations(self) -> Mapping[str, Handler]: ...

    async def aclose(self) -> None: ...


class Transaction(Protocol):
    """What an invocation has done and nobody sees before its response goes out.

    `prefix` begins the names of the operations that take part.
    """

    @property
    def prefix(self) -> str: ...

    async def commit(self) -> None:
        """Make it visible, all of it or, with an EdgeError, nothing."""

    def drop(self) -> int:
        """Make it vanish; answers how much there was."""


class Grants:
    """The services of one invocation.  Without any, every call is refused.

    Most invocations ask for none of them, so services beside `services` are made when they are first asked for: `later`
    gives one by its *family*, the first word of its operations, and None for what is not granted.  `prompt` are
    operations of those that may be answered without waiting, and without making the service: they leave nothing open.

    `transaction` is what its response settles, None once it has.  `kinds` are names in the function's `env` that only
    the services know, and what the runtime makes of them.
    """

    __slots__ = ("_later", "_made", "_operations", "_prompt", "_services", "kinds", "transaction")

    def __init__(
        self,
        services: tuple[Service, ...] = (),
        transaction: Transaction | None = None,
        kinds: Mapping[str, str] = MappingProxyType({}),
        *,
        later: Callable[[str], Service | None] | None = None,
        prompt: Mapping[str, PromptHandler] = MappingProxyType({}),
    ) -> None:
        self.transaction = transaction
        self.kinds = kinds
        self._later = later
        self._made: set[str] = set()
        self._services: list[Service] = []
        self._operations: dict[str, Handler] = {}
        self._prompt = prompt
        for service in services:
            self._add(service)

    def _add(self, service: Service) -> None:
        self._services.append(service)
        self._operations.update(service.operations)
        prompt = getattr(service, "prompt", None)
        if prompt:
            self._prompt = {**self._prompt, **prompt}

    def _make(self, op: str) -> None:
        """Make the service of an operation, if there is one that is not made yet."""
        family = op.partition(".")[0]
        if op in self._operations or self._later is None or family in self._made:
            return
        service = self._later(family)
        if service is not None:
            self._made.add(family)
            self._add(service)

    @property
    def prompt(self) -> bool:
        """Some operations may be answered without waiting, whenever they are asked for."""
        return bool(self._prompt) and self.transaction is None

    @property
    def open(self) -> bool:
        """Whether there is a service that could have left something open."""
        return bool(self._services)

    async def call(self, op: str, args: msgspec.Raw, data: bytes | None = None) -> Answer:
        """Run one operation.  Raises HostCallError."""
        self._make(op)
        handler = self._operations.get(op)
        if handler is None:
            raise HostCallError(f"{op!r} is not granted to this function", js_class="TypeError")
        return await handler(args, data)

    def answer(self, op: str, args: msgspec.Raw, data: bytes | None = None) -> Answer | None:
        """The answer to an operation, where there is one without waiting; else None, and nothing has been done.

        Raises HostCallError.
        """
        handler = self._prompt.get(op)
        return handler(args, data) if handler is not None else None

    async def aclose(self) -> None:
        """Close every service; none is made any more."""
        self._later = None
        for service in self._services:
            await service.aclose()


def arguments(kind: type[T], args: msgspec.Raw) -> T:
    """Decode a host call's arguments strictly; raises HostCallError (TypeError) when they do not fit."""
    try:
        return msgspec.json.decode(args, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HostCallError(f"bad arguments: {error}", js_class="TypeError") from error
