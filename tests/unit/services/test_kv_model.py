"""Every backend against a dictionary with time: hypothesis looks for a sequence of calls that tells them apart."""

from __future__ import annotations

import shutil
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from edge.services.kv.failures import KVConflictError, KVInputError, QuotaExceededError
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore
from edge.services.kv.records import Add, Check, Delete, Listed, Set, Usage
from edge.services.kv.redis import RedisStore
from edge.services.kv.sqlite import SqliteStore
from edge.services.kv.transaction import Transaction

if TYPE_CHECKING:
    from tests.support.redis_server import RedisServer

LIMITS = Limits(page=3, quota=60)
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much]
OPTIONS = settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=HEALTH)
NAMESPACES = st.sampled_from(["a", "b"])
KEYS = st.sampled_from(["k", "k1", "k2", "k\x00", "é", "😀", "z"])
VALUES = st.one_of(
    st.tuples(st.binary(max_size=12), st.sampled_from(["text", "bytes"])),
    st.tuples(st.integers(-3, 3).map(lambda number: b"%d" % number), st.just("json")),
)
TIMES = st.one_of(st.none(), st.integers(-1, 4))
MUTATIONS = st.one_of(
    st.tuples(st.just(Set), KEYS, VALUES, st.sampled_from([None, b"{}"]), TIMES),
    st.tuples(st.just(Delete), KEYS),
    st.tuples(st.just(Add), KEYS, st.integers(-2, 2)),
)


class Portal:
    """A Trio run in a thread of its own, for code that is not async."""

    def __enter__(self):
        started = threading.Event()
        self._thread = threading.Thread(target=trio.run, args=(self._main, started))
        self._thread.start()
        started.wait(10)
        return self

    async def _main(self, started):
        self._token = trio.lowlevel.current_trio_token()
        self._stop = trio.Event()
        started.set()
        await self._stop.wait()

    def __call__(self, function, *arguments, **options):
        return trio.from_thread.run(partial(function, *arguments, **options), trio_token=self._token)

    def enter(self, manager):
        """Enter a context manager in a task of its own; answers what leaves it, in the same task."""
        return self(self._enter, manager)

    async def _enter(self, manager):
        opened, close, closed = trio.Event(), trio.Event(), trio.Event()

        async def keep():
            async with manager:
                opened.set()
                await close.wait()
            closed.set()

        async def leave():
            close.set()
            await closed.wait()

        trio.lowlevel.spawn_system_task(keep)
        await opened.wait()
        return partial(self, leave)

    def __exit__(self, *_):
        trio.from_thread.run_sync(self._stop.set, trio_token=self._token)
        self._thread.join()


class StoreMachine(RuleBasedStateMachine):
    """`model` is {namespace: {key: (value, kind, metadata, expires_at, versionstamp)}}."""

    portal: Portal
    backend: str
    redis: RedisServer | None = None
    limits = LIMITS

    def __init__(self):
        super().__init__()
        self.now = 1000
        self.model = {"a": {}, "b": {}}
        self.folder = Path(tempfile.mkdtemp())
        makes = {
            "memory": MemoryStore,
            "sqlite": partial(SqliteStore, self.folder / "kv.db"),
            "redis": partial(RedisStore, self.redis.url if self.redis else ""),
        }
        if self.redis:
            assert self.redis("FLUSHALL") == b"+OK\r\n"
        self.make = partial(makes[self.backend], limits=self.limits, clock=lambda: self.now)
        self.last = ""

    @initialize()
    def open(self):
        self.store = self.make()
        self.leave = self.portal.enter(self.store)

    def teardown(self):
        self.leave()
        shutil.rmtree(self.folder)

    def live(self, namespace):
        held = self.model[namespace].items()
        return {key: entry for key, entry in held if entry[3] is None or entry[3] > self.now}

    @rule(seconds=st.integers(1, 3))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def sweep_or_reopen(self):
        """Whatever is on the disk, or on the server, is all there is."""
        if self.backend != "memory":
            self.portal(self.store.sweep)
            self.leave()
            self.open()

    @rule(namespace=NAMESPACES)
    def clear(self, namespace):
        self.portal(self.store.clear, namespace)
        self.model[namespace] = {}

    @rule(namespace=NAMESPACES, keys=st.lists(KEYS, max_size=3))
    def read(self, namespace, keys):
        live = self.live(namespace)
        found = self.portal(self.store.get_many, namespace, keys)
        seen = {
            key: (item.value, item.kind, item.metadata, item.expires_at, item.versionstamp)
            for key, item in found.items()
        }
        assert seen == {key: live[key] for key in keys if key in live}
        for key in keys:
            assert self.portal(self.store.get, namespace, key) == found.get(key)
            assert self.portal(self.store.has, namespace, key) == (key in live)

    @rule(namespace=NAMESPACES, prefix=st.sampled_from(["", "k", "é", "x"]), limit=st.integers(1, 4))
    def list(self, namespace, prefix, limit):
        """Through all pages."""
        live = self.live(namespace)
        listed, cursor = [], None
        while cursor is not None or not listed:
            page = self.portal(self.store.list, namespace, prefix, limit, cursor)
            assert len(page.keys) <= min(limit, LIMITS.page)
            listed += page.keys
            assert len(listed) <= len(live)
            cursor = page.cursor
            if cursor is None:
                break
        expected = sorted((key for key in live if key.startswith(prefix)), key=lambda key: key.encode())
        assert listed == [Listed(key, live[key][3], live[key][2]) for key in expected]

    @rule(namespace=NAMESPACES)
    def size(self, namespace):
        live = self.live(namespace)
        assert self.portal(self.store.size, namespace) == Usage(self.bytes(live), len(live))

    @rule(
        namespace=NAMESPACES,
        checks=st.lists(st.tuples(KEYS, st.sampled_from(["now", "absent", "old"])), max_size=2),
        mutations=st.lists(MUTATIONS, max_size=4),
    )
    def atomic(self, namespace, checks, mutations):
        live = self.live(namespace)
        stamps = {
            "now": lambda key: live[key][4] if key in live else None,
            "absent": lambda _: None,
            "old": lambda _: "0",
        }
        given = [Check(key, stamps[which](key)) for key, which in checks]
        changes = [self.mutation(*mutation) for mutation in mutations]
        holds = all(check.versionstamp == (live[check.key][4] if check.key in live else None) for check in given)
        after, results, refused = self.apply(live, changes)
        try:
            commit = self.portal(self.store.atomic, namespace, given, changes)
        except KVInputError:
            assert holds
            assert refused
        except QuotaExceededError as error:
            self.over_quota(error, after)
            assert holds
            assert not refused
        else:
            assert (commit is not None) == holds
            if commit is not None:
                self.committed(namespace, live, after, commit, results)

    def over_quota(self, error, after):
        assert error.value == self.bytes(after) > LIMITS.quota

    def committed(self, namespace, live, after, commit, results):
        assert commit.results == tuple(results)
        assert commit.versionstamp > self.last
        assert self.bytes(after) <= max(LIMITS.quota, self.bytes(live))
        self.last = commit.versionstamp
        self.model[namespace] = {key: (*entry[:4], entry[4] or commit.versionstamp) for key, entry in after.items()}

    def mutation(self, kind, key, *rest):
        if kind is Set:
            (value, form), metadata, seconds = rest
            return Set(key, value, form, metadata, None if seconds is None else self.now + seconds)
        return kind(key, *rest)

    def apply(self, live, changes):
        """The entries after the changes (new ones without versionstamp), the results, and whether one is refused."""
        after, results = dict(live), []
        for change in changes:
            match change:
                case Set(key, value, kind, metadata, expires_at):
                    after[key] = (value, kind, metadata, expires_at, None)
                    results.append(True)
                case Delete(key):
                    results.append(after.pop(key, None) is not None)
                case Add(key, by):
                    value, kind, metadata, expires_at, _ = after.get(key, (b"0", "json", None, None, None))
                    if kind != "json":
                        return after, results, True
                    results.append(int(value) + by)
                    after[key] = (b"%d" % results[-1], "json", metadata, expires_at, None)
        return after, results, False

    @staticmethod
    def bytes(entries):
        return sum(len(key.encode()) + len(entry[0]) + len(entry[2] or b"") for key, entry in entries.items())


class Waiting:
    """Namespaces as an invocation sees them whose writes wait for its response."""

    def __init__(self, store):
        self.store = store
        self.begin()

    def begin(self):
        self.transactions = {name: Transaction(self.store, name) for name in ("a", "b")}

    def __getattr__(self, name):
        return lambda namespace, *rest, **options: getattr(self.transactions[namespace], name)(
            namespace, *rest, **options
        )


class WaitingMachine(StoreMachine):
    """`committed_model` is what everybody else sees."""

    @initialize()
    def open(self):
        self.base = self.make()
        self.leave = self.portal.enter(self.base)
        self.store = Waiting(self.base)
        self.committed_model = {"a": {}, "b": {}}

    @rule(commits=st.booleans())
    def sweep_or_reopen(self, commits):
        """The response of an invocation, and the next one."""
        outcome = {}
        for name, transaction in self.store.transactions.items():
            before = self.committed_model[name]
            self.others_see(name, before)
            done = self.settle(name, transaction) if commits else transaction.drop() < 0
            outcome[name] = self.others_see(name, self.model[name] if done else before)
        self.model = {name: dict(held) for name, held in outcome.items()}
        self.committed_model = outcome
        self.store.begin()
        self.last = ""

    def settle(self, name, transaction):
        """Whether it commits: nobody else writes, so it does unless something has ended meanwhile."""
        ends = [entry[3] for entry in self.committed_model[name].values() if entry[3] is not None]
        try:
            self.portal(transaction.commit)
        except KVConflictError:
            assert any(end <= self.now for end in ends)
            return False
        return True

    def others_see(self, name, held):
        """Fails when that is something else; answers it with the versionstamps that it has."""
        live = {key: entry[:4] for key, entry in held.items() if entry[3] is None or entry[3] > self.now}
        found = self.portal(self.base.get_many, name, list(live) or ["none"])
        assert {key: (e.value, e.kind, e.metadata, e.expires_at) for key, e in found.items()} == live
        assert self.portal(self.base.size, name).entries == len(live)
        return {key: (*entry, found[key].versionstamp) for key, entry in live.items()}

    @rule()
    def size(self):
        """An invocation cannot ask for it."""

    @rule(namespace=NAMESPACES, key=KEYS, by=st.integers(-2, 2))
    def told(self, namespace, key, by):
        """What incr and delete say."""
        live = self.live(namespace)
        after, results, refused = self.apply(live, [Add(key, by) if by else Delete(key)])
        try:
            told = (
                self.portal(self.store.incr, namespace, key, by)
                if by
                else self.portal(self.store.delete, namespace, key)
            )
        except KVInputError:
            assert refused
        else:
            assert not refused
            assert told == results[0]
            self.model[namespace] = self.stamped(namespace, after)

    def stamped(self, namespace, after):
        seen = self.portal(self.store.get_many, namespace, list(after)) if after else {}
        return {key: (*after[key][:4], entry.versionstamp) for key, entry in seen.items()}

    def committed(self, namespace, live, after, commit, results):
        assert commit.results == tuple(results)
        self.model[namespace] = self.stamped(namespace, after)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["memory", "sqlite", "redis"])
def test_writes_that_wait_are_those_that_do_not(request, backend):
    """To the invocation; to others they happen when it has answered, or never."""
    redis = request.getfixturevalue("shared_redis") if backend == "redis" else None
    limits = Limits(page=3, quota=10_000)
    with Portal() as portal:
        fields = {"portal": portal, "backend": backend, "redis": redis, "limits": limits}
        run_state_machine_as_test(
            type("Machine", (WaitingMachine,), fields), settings=settings(OPTIONS, max_examples=25)
        )


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["memory", "sqlite", "redis"])
def test_a_store_is_a_dictionary_with_time(request, backend):
    """No sequence of calls has another outcome than on the model."""
    redis = request.getfixturevalue("shared_redis") if backend == "redis" else None
    with Portal() as portal:
        machine = type("Machine", (StoreMachine,), {"portal": portal, "backend": backend, "redis": redis})
        run_state_machine_as_test(machine, settings=OPTIONS)
