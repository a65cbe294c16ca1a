"""The store on Redis or Valkey, shared by gateways on many machines (`storage.kv = "redis://..."`).

Every operation is one command or one script, which the server runs alone: one round trip, and nothing between a check
and its write.  Nothing is sent twice: a write whose answer is lost may have happened, and its caller is told that the
store did not answer.  docs/decisions/kv-redis.md has the reasons.
"""

from __future__ import annotations

import struct
from contextlib import AsyncExitStack, contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import structlog
import trio
from coredis.exceptions import RedisError

from edge.services.clock import Clock, wall_ms
from edge.services.kv.cursor import encode_cursor, key_range
from edge.services.kv.failures import KVCorruptError, KVUnavailableError, QuotaExceededError
from edge.services.kv.interface import DEFAULT_LIMITS, KVStore
from edge.services.kv.limits import check_batch_size
from edge.services.kv.plan import beyond_counting, no_number
from edge.services.kv.records import Commit, Page, Usage, is_alive
from edge.services.kv.redis_layout import KINDS, NAMESPACES, atomic_arguments, commit_of, head_of, keys_of
from edge.services.kv.redis_link import ANSWER_TIMEOUT, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.services.kv.limits import Limits
    from edge.services.kv.records import Check, Entry, Listed, Mutation
    from edge.services.kv.redis_link import Client

SWEEP_ROWS = 500
SWEEP_INTERVAL = 30.0
LOOKED_AT = 2000
"""Keys that one script looks at, so that it holds up the server for a few milliseconds at most."""

log = structlog.get_logger(component="kv")


class RedisStore(KVStore):
    """Acknowledged writes survive what the server is set up to survive: see its `appendonly` and `appendfsync`.

    Entering does not need the server: while it is not there, every call raises KVUnavailableError.
    """

    def __init__(self, url: str, *, limits: Limits = DEFAULT_LIMITS, clock: Clock = wall_ms) -> None:
        """`url`: `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS; `?cluster=true`."""
        super().__init__(limits=limits, clock=clock)
        self._url = url
        self._stack = AsyncExitStack()
        self._link: Link | None = None
        self._named: set[str] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            nursery = await stack.enter_async_context(trio.open_nursery())
            stack.callback(nursery.cancel_scope.cancel)
            link = Link(self._url)
            await nursery.start(link.run)
            nursery.start_soon(self._sweep_at_times)
            self._link = link
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._link = None
        await self._stack.aclose()

    @contextmanager
    def _using(self) -> Iterator[Client]:
        """The client, its failures as ours, and not for longer than an operation may take."""
        if self._link is None:
            raise KVUnavailableError("the KV store is closed")
        if self._link.client is None:
            raise KVUnavailableError("the KV store on Redis cannot be used now (no cluster where storage.kv says)")
        try:
            with trio.fail_after(ANSWER_TIMEOUT):
                yield self._link.client
        except trio.TooSlowError as error:
            raise KVUnavailableError(f"the KV store did not answer within {ANSWER_TIMEOUT:g} s") from error
        except (RedisError, OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise _unavailable(error) from error

    async def run(self, source: str, keys: Sequence[str], arguments: Sequence[str | bytes]) -> Any:
        """What a script answers, also for what is not a namespace.  Raises KVUnavailableError."""
        with self._using():
            assert self._link is not None
            return await self._link.script(source, keys, arguments)

    async def _run(self, script: str, namespace: str, *arguments: str | bytes) -> Any:
        return await self.run(_source(script), keys_of(namespace), arguments)

    # -- reads

    async def _get(self, namespace: str, key: str) -> Entry | None:
        with self._using() as client:
            head, value = await client.hmget(keys_of(namespace).data, [f"h{key}", f"v{key}"])
        return _entry(head, value or b"", self.clock()) if head is not None else None

    async def _get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
        now = self.clock()
        answer = await self._run("many", namespace, str(now), str(self.limits.batch_size), *keys)
        if isinstance(answer, int):
            check_batch_size(answer, self.limits)
        found = zip(keys, answer[::2], answer[1::2], strict=True)
        entries = {key: _entry(head, value, now) for key, head, value in found if head}
        return {key: entry for key, entry in entries.items() if entry is not None}

    async def _has(self, namespace: str, key: str) -> bool:
        with self._using() as client:
            head = await client.hget(keys_of(namespace).data, f"h{key}")
        return head is not None and _entry(head, b"", self.clock()) is not None

    async def _list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None) -> Page:
        low, high = key_range(prefix, after)
        found: list[Listed] = []
        while True:
            rest, most = limit - len(found), max(LOOKED_AT, limit + 1)
            answer = await self._run("list", namespace, str(self.clock()), low, high, str(rest + 1), str(most))
            done, last, items = answer[0] == 1, answer[1], answer[2:]
            with _corrupt_where(namespace):
                found += [head_of(head).listed(key) for key, head in zip(items[::2], items[1::2], strict=True)]
            if len(found) > limit:
                return Page(tuple(found[:limit]), encode_cursor(found[limit - 1].key.encode()))
            if done:
                return Page(tuple(found), None)
            low = last + b"\0"

    async def _namespaces(self) -> Sequence[str]:
        with self._using() as client:
            found = [name.decode() for name in await client.smembers(NAMESPACES)]
        self._named.intersection_update(found)  # a server may have been emptied
        return found

    async def _size(self, namespace: str) -> Usage:
        await self._sweep_all(namespace)
        with self._using() as client:
            totals = await client.hmget(keys_of(namespace).totals, ["bytes", "entries"])
        size, entries = (int(total) if total is not None else 0 for total in totals)
        return Usage(size, entries)

    # -- writes

    async def _atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool
    ) -> Commit | None:
        await self._name(namespace)
        swept = False
        while True:
            arguments = atomic_arguments(self.clock(), self.limits.quota, checks, mutations, clear=clear)
            answer = await self._run("atomic", namespace, *arguments)
            match answer[0]:
                case b"check":
                    return None
                case b"kind":
                    raise no_number(answer[1].decode(), KINDS[int(answer[2])])
                case b"range":
                    raise beyond_counting(answer[1].decode())
                case b"quota" if swept or not await self._sweep_all(namespace):
                    raise QuotaExceededError(limit=self.limits.quota, value=int(answer[1]))
                case b"quota":
                    swept = True
                case _:
                    return commit_of(answer, mutations)

    async def _name(self, namespace: str) -> None:
        """Note that there is such a namespace, for sweeps."""
        if namespace not in self._named:
            with self._using() as client:
                await client.sadd(NAMESPACES, [namespace])
            self._named.add(namespace)

    async def _clear(self, namespace: str) -> None:
        await self._run("clear", namespace)

    # -- what has expired

    async def sweep(self) -> None:
        """Remove what has expired, now; it happens by itself in the background as well."""
        for name in await self.namespaces():
            await self._sweep_all(name)

    async def _sweep_all(self, namespace: str) -> int:
        """All of a namespace, some at a time; answers how many there were."""
        swept = 0
        while found := await self._run("sweep", namespace, str(self.clock()), str(SWEEP_ROWS)):
            swept += found
        return swept

    async def _sweep_at_times(self) -> None:
        while True:
            await trio.sleep(SWEEP_INTERVAL)
            try:
                await self.sweep()
            except (KVUnavailableError, KVCorruptError) as error:
                log.warning("kv_sweep_failed", error=error.message)


@cache
def _source(name: str) -> str:
    return resources.files(__package__).joinpath("lua", f"{name}.lua").read_text("utf-8")


def _entry(head: bytes, value: bytes, now: int) -> Entry | None:
    with _corrupt_where("its data"):
        found = head_of(head)
    return found.entry(value) if is_alive(found.expires_at, now) else None


@contextmanager
def _corrupt_where(place: str) -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        hint = "another program writes to keys that begin with edge:, or a newer edge did"
        raise KVCorruptError(f"the KV store on Redis holds something else in {place}", hint=hint) from error


def _unavailable(error: BaseException) -> KVUnavailableError:
    """Without addresses and credentials, which logs and answers keep."""
    kind = type(error).__name__
    said = _MEANT.get(kind) or (str(error).split("\n")[0] if kind in _TOLD else "")
    return KVUnavailableError(f"the KV store on Redis cannot be used now ({said or kind})")


_MEANT = {
    "ConnectionError": "no connection to the server that storage.kv names",
    "AuthenticationRequiredError": "it asks for a password; write redis://:PASSWORD@HOST in storage.kv",
    "AuthenticationFailureError": "it does not take the user or password of storage.kv",
}
_TOLD = {"ReadOnlyError", "BusyLoadingError", "PersistenceError", "StalePrimaryError", "ResponseError"}


def server_of(url: str) -> str:
    """Host and port of a URL, for the log: no credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
