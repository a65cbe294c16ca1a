"""The admin application, with a written fake of the gateway behind it and a real key-value store in memory."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest
from test_gateway_dispatch import Client, hello

from edge.errors import CallerError, ConfigError, NotFoundError
from edge.gateway.admin import create_admin
from edge.gateway.admin_access import Token
from edge.gateway.admin_endpoints import ENDPOINTS
from edge.gateway.admin_guard import AdminGuard
from edge.gateway.control import Readiness, ReloadResult
from edge.gateway.deferred_call import Acceptance
from edge.gateway.engine_metrics import CacheStats, CellStats, PoolStats
from edge.gateway.journal_view import JournalView
from edge.gateway.plan.compare import Plan
from edge.gateway.plan.description import Description
from edge.gateway.redact import redact
from edge.gateway.routing import RouteRule
from edge.services.cache.store import CacheStore
from edge.services.journal.journal import Journal
from edge.services.kv.memory import MemoryStore
from edge.services.queue.store import Queue
from edge.services.queue.table import Bounds


class Deferral(Queue):
    """The queue of a gateway that runs nothing."""

    async def cancel(self, name):
        record, _ = await super().cancel(name)
        return record


class NoRecordings:
    """Nothing has been recorded."""

    async def listing(self, function, limit):
        return []


class FakeControl:
    """A gateway that is as the test says."""

    def __init__(self, kv, deferred):
        self.kv = kv
        self.cache = CacheStore(None)
        self.deferred = deferred
        self.state = Readiness(ready=True, detail={"generation": "abc"})
        self.problems = []
        self.reloads = 0
        self.splits = NoSplits()
        self.recordings = NoRecordings()
        self.logs = JournalView(Journal(Path("nowhere"), None), lambda: True)

    def secrets(self):
        return None

    def readiness(self):
        return self.state

    def health(self):
        return {"status": "ok", "uptime": 1.5}

    def isolates(self):
        return PoolStats(total=3, available=2, active=1, corrupted=0, created=5, destroyed=2)

    def cells(self):
        return CellStats({"stopped": 4, "memory": 1}, 12_000_000, 2)

    def packages(self):
        return CacheStats(size=2, hits=3, misses=1, evictions=0)

    def limits(self):
        return {"memory": 134217728}

    def config(self):
        return {
            "storage": {"kv": "redis://me:hunter2@db/0"},
            "functions": {"f": {"env": {"A": "hunter2"}, "secrets": ["KEY"], "api_token": "hunter2"}},
            "routes": [{"auth": {"keys_secret": "KEYS"}}],
        }

    async def reload(self):
        self.reloads += 1
        if self.problems:
            raise ConfigError(self.problems)
        return ReloadResult(changed=True, generation="def")

    def functions(self):
        return [{"name": "f"}]

    def function(self, name):
        return {"name": "f", "version": "v1"} if name == "f" else None

    async def plan(self):
        return Plan("abc", "")

    def description(self):
        return Description(generation="abc")

    async def files(self, name):
        if name != "f":
            raise NotFoundError(f"there is no function {name!r}")
        return {"index.js": "0" * 32}

    async def schedules(self, function, count):
        if function not in ("", "f"):
            raise NotFoundError(f"there is no function {function!r}")
        return [{"function": "f", "next": ["2026-01-01T00:00:00+00:00"] * count}]

    async def explain_egress(self, function, url, method):
        if "://" not in url:
            raise CallerError("url is not absolute")
        return {"allowed": False, "reason": f"{function} may not {method}"}

    def suggest_egress(self, function):
        return {"function": function, "allow": []}


class NoSplits:
    """No route splits."""

    etag = '"0"'

    def listing(self):
        return []


class Admin:
    """An HTTP client of the admin application."""

    def __init__(self, kv, token="", client=("127.0.0.1", 5), deferred=None):
        self.control = FakeControl(kv, deferred)
        self.data_path = Client(hello, RouteRule("/only", "other"))
        self.bounds = Bounds(3, 1 << 30)
        app = create_admin(
            self.control,
            self.data_path.app,
            self.data_path.metrics,
            lambda: Acceptance(deferred, self.bounds, 1000),
            guard=AdminGuard((Token("t", "admin", token),) if token else ()),
        )
        transport = httpx.ASGITransport(app=app, client=client, raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090")

    async def __call__(self, method, path, **options):
        return await self.http.request(method, path, **options)


@pytest.fixture
async def admin():
    async with MemoryStore() as kv, Deferral(None) as deferred:
        yield Admin(kv, deferred=deferred)


async def test_health_says_whether_traffic_should_come(admin):
    """Live is not ready; the detail says why not."""
    for path in ("/live", "/ready", "/health", "/health/detailed"):
        assert (await admin("GET", path)).status_code == 200
    admin.control.state = Readiness(ready=False, detail={"last_reload": "edge.toml:3: no"})
    answer = await admin("GET", "/ready")
    assert (answer.status_code, answer.json()["detail"]) == (503, {"last_reload": "edge.toml:3: no"})
    assert (await admin("GET", "/health")).status_code == 503
    assert (await admin("GET", "/health/detailed")).json()["uptime"] == 1.5
    assert (await admin("GET", "/live")).status_code == 200


async def test_metrics_come_as_prometheus_text_and_as_the_seeds_json(admin):
    """By Accept."""
    admin.data_path.metrics.watch(admin.control.isolates, admin.control.packages)  # once more: no series twice
    text = await admin("GET", "/metrics")
    assert text.headers["content-type"].startswith("text/plain")
    assert 'edge_isolates{state="available"} 2.0' in text.text
    assert text.text.count("edge_isolates_created_total 5.0") == 1
    assert "edge_package_cache_hits_total 3.0" in text.text
    json = (await admin("GET", "/metrics", headers={"accept": "application/json"})).json()
    assert json == {
        "isolatePool": {"total": 3, "available": 2, "active": 1, "corrupted": 0, "created": 5, "destroyed": 2},
        "moduleCache": {"size": 2, "hits": 3, "misses": 1, "evictions": 0, "hitRate": 0.75},
    }


async def test_the_config_is_shown_without_secrets(admin):
    """Names of secrets stay, values go."""
    answer = await admin("GET", "/config")
    assert "hunter2" not in answer.text
    assert answer.json()["functions"]["f"]["env"] == {"A": "***"}
    assert answer.json()["functions"]["f"]["secrets"] == ["KEY"]
    assert answer.json()["routes"] == [{"auth": {"keys_secret": "KEYS"}}]
    assert answer.json()["storage"]["kv"] == "redis://***@db/0"


def test_redacting_leaves_everything_else_as_it_is():
    """Numbers, empty values, nested lists."""
    value = {"a": [1, None, {"b": "http://x/y"}], "token_file": "/run/token", "token": ""}
    assert redact(value) == value


async def test_a_reload_answers_with_the_generation_or_all_problems(admin):
    """A bad config is the caller's fault: 400, one problem per line."""
    assert (await admin("POST", "/config/reload")).json() == {"changed": True, "generation": "def"}
    admin.control.problems = ["edge.toml:1: a", "edge.toml:2: b"]
    answer = await admin("POST", "/config/reload")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_config")
    assert answer.json()["error"]["problems"] == admin.control.problems


async def test_functions_limits_and_egress_are_told(admin):
    """And what is not there is 404 in the one shape."""
    assert (await admin("GET", "/functions")).json() == {"functions": [{"name": "f"}]}
    assert (await admin("GET", "/functions/f")).json()["version"] == "v1"
    assert (await admin("GET", "/functions/g")).json()["error"]["code"] == "not_found"
    assert (await admin("GET", "/limits")).json() == {"memory": 134217728}
    assert (await admin("GET", "/egress/explain?function=f&url=http://x/")).json()["reason"] == "f may not GET"
    assert (await admin("GET", "/egress/explain?url=http://x/&method=put")).json()["reason"] == " may not PUT"
    assert (await admin("GET", "/egress/suggest?function=f")).json() == {"function": "f", "allow": []}
    assert (await admin("GET", "/egress/suggest")).status_code == 400
    assert (await admin("GET", "/egress/explain")).status_code == 400
    assert (await admin("GET", "/egress/explain?url=x")).status_code == 400


async def test_every_error_has_the_one_shape(admin):
    """Also those of routing and methods."""
    missing = await admin("GET", "/nope", headers={"x-request-id": "r1"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert missing.json()["error"]["request_id"] == missing.headers["edge-request-id"] == "r1"
    wrong = await admin("DELETE", "/config")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]
    bad = await admin("GET", "/%zz")
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "bad_request")


async def test_a_bug_is_500_and_counted(admin):
    """Without a word about it."""

    def bug():
        raise RuntimeError("/secret")

    admin.control.limits = bug
    answer = await admin("GET", "/limits")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "/secret" not in answer.text
    assert b"edge_internal_errors_total 1.0" in admin.data_path.metrics.text()


async def test_invoking_by_name_uses_the_data_path(admin):
    """Any method, any path, no route needed."""
    answer = await admin("PATCH", "/invoke/f/a//b?c=1", content=b"xyz")
    assert (answer.status_code, answer.text, answer.headers["edge-outcome"]) == (200, "hello", "ok")
    request = admin.data_path.request
    assert (request.method, request.path, request.base_path, request.body) == ("PATCH", "/a//b", "/invoke/f", b"xyz")
    assert (await admin("GET", "/invoke/ghost")).status_code == 404
    assert (await admin("GET", "/invoke/")).status_code == 404


async def test_keys_are_written_read_listed_and_removed(admin):
    """The kind of a value follows its content type and comes back with it."""
    values = {"j": (b'{"a":1}', "application/json"), "t": ("é".encode(), "text/plain"), "b": (b"\xff\0", "")}
    for key, (value, kind) in values.items():
        answer = await admin("PUT", f"/kv/ns/{key}", content=value, headers={"content-type": kind} if kind else {})
        assert answer.status_code == 200
    for key, (value, kind) in values.items():
        answer = await admin("GET", f"/kv/ns/{key}")
        assert (answer.content, answer.headers["content-type"].split(";")[0]) == (
            value,
            kind or "application/octet-stream",
        )
    page = (await admin("GET", "/kv/ns?limit=2")).json()
    assert ([entry["key"] for entry in page["keys"]], page["complete"]) == (["b", "j"], False)
    rest = (await admin("GET", "/kv/ns", params={"cursor": page["cursor"]})).json()
    assert [entry["key"] for entry in rest["keys"]] == ["t"]
    assert (await admin("GET", "/kv/ns?prefix=j")).json()["keys"] == [{"key": "j"}]
    assert (await admin("DELETE", "/kv/ns/j")).status_code == 204
    assert (await admin("DELETE", "/kv/ns/j")).status_code == 404
    assert (await admin("GET", "/kv/ns/j")).json()["error"]["code"] == "not_found"


async def test_keys_may_hold_slashes_and_any_text(admin):
    """Percent-encoded or not."""
    for key in ("a/b", "a%2Fc", "%C3%A9%20x", "//d"):
        assert (await admin("PUT", f"/kv/ns/{key}", content=b"1")).status_code == 200
    keys = [entry["key"] for entry in (await admin("GET", "/kv/ns")).json()["keys"]]
    assert keys == ["//d", "a/b", "a/c", "é x"]


@pytest.mark.parametrize(
    ("query", "content", "kind", "code"),
    [
        ("?ttl=0", b"1", "", "bad_kv_request"),
        ("?ttl=soon", b"1", "", "bad_kv_request"),
        ("?ttl=9999999999999999d", b"1", "", "bad_kv_request"),
        ("", b"{", "application/json", "bad_request"),
        ("", b"\xff", "text/plain", "bad_request"),
    ],
)
async def test_what_cannot_be_stored_is_refused(admin, query, content, kind, code):
    """Bad durations, bad JSON, bad UTF-8."""
    answer = await admin("PUT", f"/kv/ns/k{query}", content=content, headers={"content-type": kind} if kind else {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert (await admin("GET", "/kv/ns/k")).status_code == 404


async def test_a_time_to_live_is_a_duration(admin):
    """It comes back as the time of expiry."""
    await admin("PUT", "/kv/ns/k?ttl=1h", content=b"1")
    assert "edge-expires-at" in (await admin("GET", "/kv/ns/k")).headers
    assert (await admin("GET", "/kv/ns?limit=x")).status_code == 400


async def test_the_openapi_document_lists_what_exists(admin):
    """Each GET without parameters that it names answers; what is not in it does not exist."""
    document = (await admin("GET", "/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {(e.path, e.method.lower()) for e in ENDPOINTS} == {
        (path, method) for path, item in document["paths"].items() for method in item
    }
    for path, item in document["paths"].items():
        if "get" in item and "{" not in path:
            status = (await admin("GET", path)).status_code
            assert str(status) in item["get"]["responses"], path


# -- the guard


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:9090"}, 200),
        ({"host": "[::1]:9090"}, 200),
        ({"host": "evil.test"}, 403),
        ({"host": "127.0.0.1.evil.test"}, 403),
        ({"host": "localhost.evil.test"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://127.0.0.1:9090"}, 200),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
async def test_without_a_token_only_this_machine_is_served(admin, headers, status):
    """Neither DNS rebinding nor a foreign page gets in; for every path alike."""
    for method, path in (("GET", "/functions"), ("POST", "/config/reload"), ("GET", "/invoke/f"), ("GET", "/nope")):
        expected = 404 if (path, status) == ("/nope", 200) else status
        assert (await admin(method, path, headers=headers)).status_code == expected
    if status == 403:
        assert admin.control.reloads == 0
        assert admin.data_path.invoker.calls == []


async def test_without_a_token_other_machines_are_refused():
    """Whatever Host they send; only liveness and readiness are open."""
    async with MemoryStore() as kv:
        admin = Admin(kv, client=("10.1.2.3", 5))
        assert (await admin("GET", "/functions")).json()["error"]["code"] == "forbidden"
        assert (await admin("GET", "/ready")).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer s3cret", 200),
        ("bearer s3cret", 200),
        ("Bearer s3cre", 401),
        ("Bearer ", 401),
        ("Basic s3cret", 401),
        ("", 401),
        ("Bearer é", 401),
    ],
)
async def test_with_a_token_it_is_needed_from_everywhere(authorization, status):
    """From this machine too; then Host does not matter."""
    async with MemoryStore() as kv:
        for client in (("127.0.0.1", 1), ("10.1.2.3", 5)):
            admin = Admin(kv, token="s3cret", client=client)
            headers = {"authorization": authorization.encode(), "host": "edge.internal"}
            answer = await admin("GET", "/functions", headers=headers)
            assert answer.status_code == status
            assert ("www-authenticate" in answer.headers) == (status == 401)
            assert (await admin("GET", "/live")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.test"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}, 403),
        ({"origin": "https://evil.test"}, 403),
    ],
)
async def test_a_link_from_elsewhere_leads_to_the_page_and_nothing_else_does(admin, headers, status):
    """No rebound name, no frame, no script of another page; and a link leads to nothing but the page."""
    assert (await admin("GET", "/", headers=headers)).status_code == status
    if "sec-fetch-site" in headers:
        assert (await admin("GET", "/functions", headers=headers)).status_code == 403


async def test_the_page_needs_no_token_and_shows_nothing_without_one():
    """It asks for the token; its files are the same for everybody."""
    async with MemoryStore() as kv:
        admin = Admin(kv, token="s3cret", client=("10.1.2.3", 5))
        page = await admin("GET", "/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await admin("HEAD", "/")).content == b""
        assert (await admin("GET", "/whoami")).status_code == 401
        assert (await admin("POST", "/")).status_code == 401
        bearer = {"authorization": "Bearer s3cret"}
        assert (await admin("GET", "/whoami", headers=bearer)).json() == {"name": "t", "role": "admin"}
        assert (await admin("POST", "/", headers=bearer)).status_code == 404
        admin = Admin(kv, client=("10.1.2.3", 5))
        assert (await admin("GET", "/")).status_code == 403


async def test_no_answer_of_the_listener_is_a_document_that_acts_in_its_name(admin):
    """What a function answers may be HTML, and what a key holds, too: a browser gives both an origin of their own."""
    for path in ("/invoke/f", "/functions", "/nope"):
        policies = (await admin("GET", path)).headers.get_list("content-security-policy")
        assert any("sandbox" in policy.split("; ") for policy in policies), path


async def test_the_last_minutes_are_told(admin):
    """Of all requests, and of one function."""
    for _ in range(3):
        await admin("GET", "/invoke/f")
    found = (await admin("GET", "/activity")).json()
    assert sum(sample["outcomes"].get("ok", 0) for sample in found["samples"]) == 3
    assert (await admin("GET", "/activity?since=99999999999")).json()["samples"] == []
    one = (await admin("GET", "/activity?function=f")).json()
    assert sum(sample["requests"] for sample in one["samples"]) == 3
    assert (await admin("GET", "/activity?function=g")).json()["samples"] == []
    sums = (await admin("GET", "/activity/functions")).json()["functions"]["f"]
    assert (sums["requests"], sums["failures"], sum(sums["latency"].values())) == (3, 0, 3)
    for since in ("x", "-1", "1e9", "9" * 20):
        assert (await admin("GET", f"/activity?since={since}")).status_code == 400


def test_statistics_encode_under_the_names_of_the_seeds():
    """`isolatePool` has exactly these keys."""
    assert set(msgspec.to_builtins(PoolStats())) == {
        "total",
        "available",
        "active",
        "corrupted",
        "created",
        "destroyed",
    }
