"""The host calls `kv.*` as an isolate that is not the runtime could make them."""

from __future__ import annotations

import msgspec
import pytest
from structlog.testing import capture_logs

from edge.errors import HostCallError
from edge.services.api import Grants
from edge.services.kv.arguments import CommitAnswer, EntryAnswer, ManyAnswer
from edge.services.kv.expiry import MAX_TIME, expiry
from edge.services.kv.failures import KVCorruptError, KVInputError
from edge.services.kv.memory import MemoryStore
from edge.services.kv.service import KVService

NOW = 1_700_000_000_000


@pytest.fixture
async def store():
    async with MemoryStore(clock=lambda: NOW) as store:
        yield store


@pytest.fixture
def call(store):
    grants = Grants((KVService(store, "mine"),))

    async def call(op, args, data=None):
        raw = args if isinstance(args, bytes) else msgspec.json.encode(args)
        return await grants.call(op, msgspec.Raw(raw), data)

    return call


async def test_a_call_reaches_its_own_namespace_and_no_other(store, call):
    """No argument names a namespace."""
    await store.set("other", "k", b"secret", kind="text")
    assert (await call("kv.get", {"key": "k"})).value is None
    await call("kv.clear", {})
    assert await store.has("other", "k")
    with pytest.raises(HostCallError, match="namespace"):
        await call("kv.get", {"key": "k", "namespace": "other"})


async def test_text_travels_as_text_and_bytes_beside_it(store, call):
    """With versionstamp and metadata as JSON text."""
    await call("kv.set", {"key": "t", "kind": "json", "text": "[1, 2]", "metadata": '{"a":1}'})
    await call("kv.set", {"key": "b", "kind": "bytes"}, b"\x00")
    stamp = (await store.get("mine", "t")).versionstamp
    text = await call("kv.get", {"key": "t"})
    assert (text.value, text.data) == (EntryAnswer("json", stamp, "[1, 2]", '{"a":1}'), None)
    many = await call("kv.getMany", {"keys": ["b", "nope", "t"]})
    assert many.value == [ManyAnswer("b", "bytes", size=1), ManyAnswer("t", "json", "[1, 2]")]
    assert many.data == b"\x00"


async def test_the_parts_of_an_atomic_share_the_data(store, call):
    """Each takes as many bytes as it says."""
    mutations = [
        {"op": "set", "key": "a", "kind": "bytes", "size": 2},
        {"op": "set", "key": "t", "kind": "text", "text": "x"},
        {"op": "set", "key": "b", "kind": "bytes", "size": 0},
        {"op": "set", "key": "c", "kind": "bytes", "size": 1},
    ]
    answer = await call("kv.atomic", {"checks": [], "mutations": mutations}, b"123")
    entries = await store.get_many("mine", ["a", "b", "c", "t"])
    assert {key: entry.value for key, entry in entries.items()} == {"a": b"12", "b": b"", "c": b"3", "t": b"x"}
    assert answer.value == CommitAnswer(ok=True, versionstamp=entries["a"].versionstamp)
    refused = await call(
        "kv.atomic", {"checks": [{"key": "a", "versionstamp": "nonsense"}], "mutations": mutations}, b"123"
    )
    assert refused.value == CommitAnswer(ok=False)


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("op", "args", "data"),
    [
        ("kv.get", {}, None),
        ("kv.get", {"key": 1}, None),
        ("kv.get", b"not json", None),
        ("kv.get", b'{"key": "\xff"}', None),
        ("kv.get", b'{"key": "\\ud800"}', None),
        ("kv.get", {"key": "k", "extra": 1}, None),
        ("kv.get", None, None),
        ("kv.getMany", {"keys": "k"}, None),
        ("kv.set", {"key": "k", "kind": "json"}, None),
        ("kv.set", {"key": "k", "kind": "xml", "text": ""}, None),
        ("kv.set", {"key": "k", "kind": "bytes", "text": "x"}, b"x"),
        ("kv.set", {"key": "k", "kind": "bytes", "size": 2}, b"x"),
        ("kv.set", {"key": "k", "kind": "bytes", "size": -1}, b"x"),
        ("kv.set", {"key": "k", "kind": "json", "text": "{'a': 1}"}, None),
        ("kv.set", {"key": "k", "kind": "json", "text": "NaN"}, None),
        ("kv.set", {"key": "k", "kind": "json", "text": "[1] 2"}, None),
        ("kv.set", {"key": "k", "kind": "json", "text": DEEP.decode()}, None),
        ("kv.set", {"key": "k", "kind": "text", "text": "x", "metadata": "nope"}, None),
        ("kv.set", {"key": "k", "kind": "text", "text": "x", "ttl": "5"}, None),
        ("kv.set", {"key": "k", "kind": "text", "text": "x", "ttl": 1e308}, None),
        ("kv.incr", b'{"key": "k", "by": 1e400}', None),
        ("kv.incr", b'{"key": "k", "by": ' + b"9" * 500 + b"}", None),
        ("kv.list", {"limit": 2.5}, None),
        ("kv.list", {"limit": 0}, None),
        ("kv.clear", {"key": "k"}, None),
        ("kv.atomic", {"checks": [{"key": "k"}], "mutations": []}, None),
        ("kv.atomic", {"checks": [], "mutations": [{"op": "drop", "key": "k"}]}, None),
        ("kv.atomic", {"checks": [], "mutations": [{"op": "set", "key": "k", "kind": "bytes", "size": 9}]}, b"x"),
        ("kv.nope", {}, None),
    ],
)
async def test_malformed_calls_are_errors_of_the_function(store, call, op, args, data):
    """Whatever comes out of an isolate: an error for it alone, and nothing written."""
    with pytest.raises(HostCallError) as caught:
        await call(op, args, data)
    assert caught.value.js_class in {"TypeError", "RangeError"}
    assert (await store.size("mine")).entries == 0


async def test_lone_surrogates_within_json_are_kept(store, call):
    """JSON.stringify escapes them, RFC 8259 allows it."""
    await call("kv.set", {"key": "k", "kind": "json", "text": '"\\ud800"'})
    assert (await store.get("mine", "k")).value == b'"\\ud800"'
    with pytest.raises(HostCallError, match="incr needs a number"):
        await call("kv.incr", {"key": "k"})


async def test_a_failing_store_shows_the_function_nothing_of_the_host(call, store, monkeypatch):
    """The operator's log has the cause."""

    async def fail(*_):
        raise KVCorruptError("the KV database /srv/secret/kv.db is damaged")

    monkeypatch.setattr(store, "_get", fail)
    with capture_logs() as logs, pytest.raises(HostCallError) as caught:
        await call("kv.get", {"key": "k"})
    assert "/srv" not in str(caught.value)
    assert caught.value.js_code == "ERR_KV_UNAVAILABLE"
    assert [(line["event"], line["namespace"], "/srv/secret" in line["error"]) for line in logs] == [
        ("kv_failed", "mine", True)
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"ttl_ms": 1}, NOW + 1),
        ({"ttl_ms": 0.2}, NOW + 1),
        ({"ttl_s": 60}, NOW + 60_000),
        ({"ttl_s": 0.5}, NOW + 500),
        ({"at_s": NOW / 1000 + 1}, NOW + 1000),
        ({"at_s": MAX_TIME / 1000}, MAX_TIME),
    ],
)
def test_expiry_is_absolute_and_never_early(options, expected):
    """Parts of a millisecond are rounded up."""
    assert expiry(NOW, **({"ttl_ms": None, "ttl_s": None, "at_s": None} | options)) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ttl_ms": 0}, "positive number of milliseconds"),
        ({"ttl_ms": -1}, "positive"),
        ({"ttl_s": float("nan")}, "positive number of seconds"),
        ({"ttl_s": float("inf")}, "positive"),
        ({"ttl_ms": 1e16}, "too far"),
        ({"at_s": NOW / 1000}, "in the future"),
        ({"at_s": float(NOW) * 1000}, "in the future"),
        ({"at_s": float("nan")}, "in the future"),
        ({"at_s": NOW, "ttl_s": 1}, "expirationTtl and expiration exclude each other"),
    ],
)
def test_expiry_refuses_what_is_no_time_to_come(options, message):
    """With what it got."""
    with pytest.raises(KVInputError, match=message):
        expiry(NOW, **({"ttl_ms": None, "ttl_s": None, "at_s": None} | options))
