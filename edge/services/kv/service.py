"""The host calls `kv.*` of one invocation: a store, narrowed to one namespace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.errors import HostCallError, OutsideError
from edge.services.api import Answer, arguments
from edge.services.kv import arguments as kv
from edge.services.kv.encoding import Parts, answer_of, json_bytes, listed_of, many_of, value_of
from edge.services.kv.expiry import expiry
from edge.services.kv.failures import KVInputError, QuotaExceededError
from edge.services.kv.records import Add, Check, Delete, Mutation, Set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edge.services.api import Handler, PromptHandler
    from edge.services.kv.interface import KVStore

log = structlog.get_logger(component="kv")


_keys = msgspec.json.Decoder(kv.Key)


def _key_in(args: msgspec.Raw) -> str:
    try:
        return _keys.decode(args).key
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HostCallError(f"bad arguments: {error}", js_class="TypeError") from error


@contextmanager
def _translated(namespace: str) -> Iterator[None]:
    """See _as_seen."""
    try:
        yield
    except (KVInputError, QuotaExceededError, OutsideError) as error:
        raise _as_seen(error, namespace) from error


def _as_seen(error: KVInputError | QuotaExceededError | OutsideError, namespace: str) -> HostCallError:
    """What a function sees of a store's errors.  A cause outside is the operator's to know: it is logged."""
    if isinstance(error, KVInputError | QuotaExceededError):
        return HostCallError(str(error), js_class=error.js_class, js_code=error.js_code)
    log.error("kv_failed", namespace=namespace, code=error.code, error=str(error))
    message = "the KV store cannot be used now; whether a write has happened is not known (try again later)"
    return HostCallError(message, js_code="ERR_KV_UNAVAILABLE")


class KVService:
    """Implements `edge.services.api.Service` for everything in `namespace`, and for nothing else."""

    def __init__(self, store: KVStore, namespace: str) -> None:
        self._store = store
        self._namespace = namespace
        self._operations: dict[str, Handler] = {
            "kv.get": self._get,
            "kv.getMany": self._get_many,
            "kv.set": self._set,
            "kv.has": self._has,
            "kv.delete": self._delete,
            "kv.clear": self._clear,
            "kv.list": self._list,
            "kv.incr": self._incr,
            "kv.atomic": self._atomic,
        }
        self._at_hand: dict[str, PromptHandler] = {"kv.get": self._peek}

    @property
    def operations(self) -> Mapping[str, Handler]:
        """Every operation by its full name."""
        return self._operations

    @property
    def prompt(self) -> Mapping[str, PromptHandler]:
        """A get of a value that is at hand: it takes less time than a task of its own."""
        return self._at_hand

    async def aclose(self) -> None:
        """Nothing stays open after an invocation."""

    async def _get(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.Key, args)
        with _translated(self._namespace):
            entry = await self._store.get(self._namespace, given.key)
        return Answer() if entry is None else answer_of(entry)

    def _peek(self, args: msgspec.Raw, _: bytes | None) -> Answer | None:
        try:
            found = self._store.peek(self._namespace, _key_in(args))
        except (KVInputError, QuotaExceededError, OutsideError) as error:
            raise _as_seen(error, self._namespace) from error
        if found is None:
            return None
        (entry,) = found
        return Answer() if entry is None else answer_of(entry)

    async def _get_many(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.GetMany, args)
        with _translated(self._namespace):
            entries = await self._store.get_many(self._namespace, given.keys)
        return many_of(entries)

    async def _set(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        given = arguments(kv.Value, args)
        with _translated(self._namespace):
            await self._store.atomic(self._namespace, (), (self._new(given, Parts(data)),))
        return Answer()

    async def _has(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.Key, args)
        with _translated(self._namespace):
            return Answer(await self._store.has(self._namespace, given.key))

    async def _delete(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.Key, args)
        with _translated(self._namespace):
            return Answer(await self._store.delete(self._namespace, given.key))

    async def _clear(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        arguments(kv.Nothing, args)
        with _translated(self._namespace):
            await self._store.clear(self._namespace)
        return Answer()

    async def _list(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.List, args)
        if given.limit < 1:
            raise HostCallError(f"limit must be 1 or more (got {given.limit})", js_class="RangeError")
        with _translated(self._namespace):
            page = await self._store.list(self._namespace, given.prefix, given.limit, given.cursor)
        return Answer(kv.PageAnswer([listed_of(key) for key in page.keys], page.cursor))

    async def _incr(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(kv.Incr, args)
        with _translated(self._namespace):
            return Answer(await self._store.incr(self._namespace, given.key, given.by))

    async def _atomic(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        given = arguments(kv.Atomic, args)
        rest = Parts(data)
        checks = [Check(check.key, check.versionstamp) for check in given.checks]
        with _translated(self._namespace):
            mutations = [self._mutation(part, rest) for part in given.mutations]
            commit = await self._store.atomic(self._namespace, checks, mutations)
        return Answer(
            kv.CommitAnswer(ok=False) if commit is None else kv.CommitAnswer(ok=True, versionstamp=commit.versionstamp)
        )

    def _mutation(self, part: kv.SetPart | kv.DeletePart | kv.IncrPart, rest: Parts) -> Mutation:
        match part:
            case kv.SetPart():
                return self._new(part, rest)
            case kv.DeletePart():
                return Delete(part.key)
            case kv.IncrPart():
                return Add(part.key, part.by)

    def _new(self, given: kv.Value, data: Parts) -> Set:
        ends = expiry(self._store.clock(), ttl_ms=given.ttl, ttl_s=given.expiration_ttl, at_s=given.expiration)
        metadata = None if given.metadata is None else json_bytes(given.key, given.metadata)
        return Set(given.key, value_of(given, data), given.kind, metadata, ends)
