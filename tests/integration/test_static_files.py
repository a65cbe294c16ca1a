"""Static folders, redirects and fixed answers through a real server: what is sent, and what never is."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
from pathlib import Path

import msgspec
import pytest
import trio
from integration.gateway_server import gateway

from edge.config.model import Config
from edge.config.route_model import Route
from edge.errors import UnauthorizedError
from edge.function import Function
from edge.gateway.dispatch import Dispatch, DispatchSettings
from edge.gateway.duties.policy import Policies, RoutePolicy
from edge.gateway.generation import Generation, LoadedFunction
from edge.gateway.metrics import Metrics
from edge.gateway.static.entity_tags import DIGESTED
from edge.gateway.static.site import SMALL
from edge.invocation import Outcome, Receipt

OLD = 1_700_000_000  # 14 Nov 2023 22:13:20, long before any test
LARGE = 40 * 1024 * 1024
SCRIPT = b"console.log(1);\n" * 200


@pytest.fixture
def folder(tmp_path):
    """A folder with everything that folders may have, beside one that is nobody's business."""
    public, outside = tmp_path / "public", tmp_path / "outside"
    files = {
        "index.html": b"<h1>home</h1>",
        "docs/index.html": b"<h1>docs</h1>",
        "about.html": b"about",
        "404.html": b"nothing here",
        "app.js": SCRIPT,
        "app.js.gz": gzip.compress(SCRIPT, mtime=0),
        "app.js.zst": b"not much",
        "empty.txt": b"",
        ".env": b"SECRET=1",
        ".well-known/security.txt": b"Contact: us",
        "a b/é.txt": b"named",
        "..data/config.json": b"{}",
        "medium.bin": bytes(range(256)) * (SMALL // 128),
        "private.txt": b"no",
    }
    outside.mkdir()
    (outside / "secret.txt").write_bytes(b"secret")
    for name, content in files.items():
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (OLD, OLD))
    (public / "out").symlink_to(outside)
    (public / "secret.txt").symlink_to("../outside/secret.txt")
    (public / "absolute.txt").symlink_to(outside / "secret.txt")
    (public / "app.js.br").symlink_to(outside / "secret.txt")
    (public / "config.json").symlink_to("..data/config.json")  # as Kubernetes mounts a ConfigMap
    (public / "loop").symlink_to("loop")
    os.mkfifo(public / "fifo")
    (public / "no-index").mkdir()
    return public


class Hello:
    """The engine's place."""

    async def invoke(self, function, request, request_id, exchange):
        await exchange.head(200, [], f"{function.name} {request.method}".encode(), end=True)
        return Receipt(Outcome.OK)


class Holder:
    def __init__(self, generation):
        self.generation = generation

    def current(self):
        return self.generation

    @contextlib.contextmanager
    def pin(self):
        yield self.generation


class Answer:
    def __init__(self, raw):
        assert raw, "the connection ended without an answer"
        head, _, self.body = raw.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split()[1])
        self.headers = dict(line.split(": ", 1) for line in lines)
        self.raw = raw


class Site:
    """A running server with routes."""

    def __init__(self, server):
        self.server = server

    async def __call__(self, path="/", method="GET", **headers):
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        host = "" if "host" in headers else "host: h.test\r\n"
        raw = await self.server.ask(f"{method} {path} HTTP/1.1\r\n{host}connection: close\r\n{lines}\r\n".encode())
        assert self.server.recorder.crashes == []
        return Answer(raw)


@contextlib.asynccontextmanager
async def site(folder, *routes, policies=()):
    """Serves `folder` at /, and whatever else."""
    tables = [*routes, {"path": "/*rest", "static": {"folder": str(folder), "not_found": "404.html"}}]
    converted = [msgspec.convert(table, Route) for table in tables]
    functions = {"f": LoadedFunction("f", Function(id="f", name="f", package="sha256:00", contract="web"))}
    duties = Policies((*policies, *[None] * (len(tables) - len(policies)))) if policies else Policies()
    generation = Generation(Config(), functions, converted, "mark", policies=duties)
    app = Dispatch(Holder(generation), Hello(), DispatchSettings(), metrics=Metrics())
    async with gateway(app=app) as server:
        yield Site(server)


async def everything(raw):
    """All that a client gets, and whether the connection ended properly."""
    parts, proper = [raw.buffer], True
    with trio.fail_after(20):
        try:
            while part := await raw.stream.receive_some(1 << 20):
                parts.append(part)
        except trio.BrokenResourceError:
            proper = False
    return b"".join(parts).partition(b"\r\n\r\n")[2], proper


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_files_of_a_folder_are_served_with_what_clients_need_to_keep_them(folder):
    """Type, length, entity tag, time; HEAD has the same and no body."""
    async with site(folder) as ask:
        found = await ask("/app.js")
        assert (found.status, found.body) == (200, SCRIPT)
        assert found.headers["content-type"] == "text/javascript; charset=utf-8"
        assert found.headers["content-length"] == str(len(SCRIPT))
        assert found.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
        assert found.headers["accept-ranges"] == "bytes"
        assert found.headers["cache-control"] == "no-cache"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(r'"[\w-]{20}"', found.headers["etag"])
        head = await ask("/app.js", "HEAD")
        same = {"etag", "content-length", "content-type", "last-modified"}
        assert (head.status, head.body) == (200, b"")
        assert {name: head.headers[name] for name in same} == {name: found.headers[name] for name in same}
        for path, body in [
            ("/", b"<h1>home</h1>"), ("/docs/", b"<h1>docs</h1>"), ("/empty.txt", b""), ("/a%20b/%C3%A9.txt", b"named"),
            ("/config.json", b"{}"), ("/.well-known/security.txt", b"Contact: us"), ("/docs/../about.html", b"about"),
            ("/docs/%2e%2e/about.html", b"about"), ("/%61bout.html", b"about"),
        ]:  # fmt: skip
            assert ((await ask(path)).status, (await ask(path)).body) == (200, body), path


@pytest.mark.parametrize("path", ["/docs", "/docs?x=1", "/below", "/exact"])
async def test_a_folder_is_sent_to_its_slash_so_that_links_in_it_work(folder, path):
    """With the query; also the folder of the route itself."""
    routes = ({"path": "/below/*rest", "static": str(folder)}, {"path": "/exact", "static": str(folder / "docs")})
    async with site(folder, *routes) as ask:
        found = await ask(path)
        plain, mark, query = path.partition("?")
        assert (found.status, found.headers["location"]) == (308, f"{plain}/{mark}{query}")
        assert (await ask(found.headers["location"])).status == 200


async def test_nothing_outside_of_the_folder_and_nothing_hidden_is_served(folder):
    """Links, dots and escapes of every kind, twice over; and what is no file."""
    before = descriptors()
    async with site(folder) as ask:
        for path in [
            "/secret.txt", "/absolute.txt", "/out/secret.txt", "/out", "/out/", "/loop", "/fifo", "/no-index/",
            "/no-index", "/../outside/secret.txt", "/..%2foutside%2fsecret.txt", "/%2e%2e/outside/secret.txt",
            "/%2e%2e%2foutside%2fsecret.txt", "/..%252foutside%252fsecret.txt", "/%252e%252e/outside/secret.txt",
            "/%c0%ae%c0%ae/outside/secret.txt", "/%e0%80%ae%e0%80%ae/outside/secret.txt", "/..%c0%afoutside/secret.txt",
            "/..\\outside\\secret.txt", "/..%5coutside%5csecret.txt", "/docs/..;/..;/outside/secret.txt",
            "/....//outside/secret.txt", "/%uff0e%uff0e/outside/secret.txt",
            "/%ef%bc%8e%ef%bc%8e/outside/secret.txt", "//outside/secret.txt", "/docs//index.html", "/.env", "/%2eenv",
            "/.env/", "/docs/../.env", "/..data/config.json", "/.", "/index.html/", "/index.html%00.js",
            "/app.js%2findex.html", "/docs%2findex.html", f"/{'x' * 255}", f"/{'x' * 256}", f"/{'x/' * 2000}x",
            str(folder / "app.js"), f"/{folder}/app.js", "/app.js.br", "/proc/self/environ", "/etc/passwd",
        ]:  # fmt: skip
            found = await ask(path)
            assert found.status in (400, 404) or (path == "/." and found.status == 200), (path, found.raw)
            assert b"secret" not in found.raw.lower(), path
        assert (await ask("/app.js", accept_encoding="br")).body == SCRIPT  # its .br leads outside
    assert descriptors() <= before


async def test_only_reading_is_allowed(folder):
    """405 with what would do, and OPTIONS says it too."""
    async with site(folder) as ask:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            found = await ask("/app.js", method, content_length="0")
            assert (found.status, found.headers["allow"]) == (405, "GET, HEAD")
        found = await ask("/app.js", "OPTIONS")
        assert (found.status, found.headers["allow"], found.body) == (204, "GET, HEAD, OPTIONS", b"")
        assert (await ask("*", "OPTIONS")).status in (204, 400)


async def test_clients_that_have_a_file_do_not_get_it_again(folder):
    """304 by tag and by time, with what they may need to know; 412 when they wanted another one."""
    async with site(folder) as ask:
        whole = await ask("/app.js")
        tag, time = whole.headers["etag"], whole.headers["last-modified"]
        for headers in ({"if_none_match": tag}, {"if_none_match": f'"x", W/{tag}'}, {"if_modified_since": time}):
            found = await ask("/app.js", **headers)
            assert (found.status, found.body, found.headers["etag"]) == (304, b"", tag)
            assert "content-length" not in found.headers
            assert found.headers["vary"] == "accept-encoding"
        found = await ask("/app.js", if_match='"x"')
        assert (found.status, b"precondition_failed" in found.body) == (412, True)
        assert (await ask("/app.js", if_none_match=tag, accept_encoding="gzip")).status == 200  # another form


async def test_a_changed_file_has_another_tag_and_the_same_file_the_same(folder):
    """Also within one tick of the clock, and with the time that it had before; a copy has the same tag."""
    async with site(folder) as ask:
        first = (await ask("/about.html")).headers["etag"]
        (folder / "about.html").write_bytes(b"ABOUT")
        os.utime(folder / "about.html", (OLD, OLD))
        second = await ask("/about.html", if_none_match=first)
        assert (second.status, second.body) == (200, b"ABOUT")
        (folder / "copy.html").write_bytes(b"ABOUT")
        assert (await ask("/copy.html")).headers["etag"] == second.headers["etag"]


async def test_parts_of_a_file(folder):
    """One, several, none that is there; of small files and of streamed ones."""
    data = (folder / "medium.bin").read_bytes()
    async with site(folder) as ask:
        for name, content in (("app.js", SCRIPT), ("medium.bin", data)):
            size = len(content)
            found = await ask(f"/{name}", range="bytes=10-19")
            assert (found.status, found.body) == (206, content[10:20])
            assert found.headers["content-range"] == f"bytes 10-19/{size}"
            assert (await ask(f"/{name}", range="bytes=-7")).body == content[-7:]
            several = await ask(f"/{name}", range="bytes=0-9,1000-1009,-10")
            assert several.status == 206
            parts = multipart(several)
            assert parts == [
                (f"bytes 0-9/{size}", content[:10]),
                (f"bytes 1000-1009/{size}", content[1000:1010]),
                (f"bytes {size - 10}-{size - 1}/{size}", content[-10:]),
            ]
            none = await ask(f"/{name}", range=f"bytes={size}-")
            assert (none.status, none.headers["content-range"]) == (416, f"bytes */{size}")
            assert (await ask(f"/{name}", range="lines=1-2")).status == 200
            assert (await ask(f"/{name}", "HEAD", range="bytes=0-1")).status == 200
        tag = (await ask("/app.js")).headers["etag"]
        assert (await ask("/app.js", range="bytes=0-1", if_range=tag)).status == 206
        assert (await ask("/app.js", range="bytes=0-1", if_range='"x"')).body == SCRIPT
        assert (await ask("/empty.txt", range="bytes=0-")).status == 416


def multipart(answer):
    """Content-Range and body of each part."""
    assert int(answer.headers["content-length"]) == len(answer.body)
    boundary = answer.headers["content-type"].partition("boundary=")[2]
    first, *parts, last = answer.body.split(f"\r\n--{boundary}".encode())
    assert (first, last) == (b"", b"--\r\n")
    split = [part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in parts]
    return [(re.search(rb"content-range: ([^\r]+)", head)[1].decode(), body) for head, _, body in split]


async def test_compressed_forms_go_to_clients_that_take_them(folder):
    """The most welcome, then the smallest; each with a tag of its own and the type of what it holds."""
    async with site(folder) as ask:
        plain = await ask("/app.js", accept_encoding="identity")
        packed = await ask("/app.js", accept_encoding="gzip")
        assert gzip.decompress(packed.body) == SCRIPT
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
        assert packed.headers["etag"] != plain.headers["etag"]
        assert {packed.headers["vary"], plain.headers["vary"]} == {"accept-encoding"}
        assert (await ask("/app.js", accept_encoding="gzip, zstd")).headers["content-encoding"] == "zstd"
        part = await ask("/app.js", accept_encoding="gzip", range="bytes=0-3")
        assert part.body == packed.body[:4]
        named = await ask("/app.js.gz")
        assert (named.headers["content-type"], "content-encoding" in named.headers) == ("application/gzip", False)
        assert "vary" not in (await ask("/about.html")).headers


async def test_what_is_not_there_gets_the_page_that_says_so(folder):
    """With its own status, for whatever conditions the client has."""
    async with site(folder) as ask:
        found = await ask("/nope", if_none_match="*", range="bytes=0-1")
        assert (found.status, found.body, found.headers["cache-control"]) == (404, b"nothing here", "no-store")
        assert (await ask("/nope", "HEAD")).headers["content-length"] == "12"
        (folder / "404.html").unlink()
        assert msgspec.json.decode((await ask("/nope")).body)["error"]["code"] == "not_found"


async def test_what_is_tried_in_order(folder):
    """An application that routes in the browser; addresses without an ending; a single file."""
    routes = (
        {
            "path": "/app/*rest",
            "static": {"folder": str(folder), "try_files": ["{path}", "{path}.html", "/index.html"]},
        },
        {"path": "/one", "static": str(folder / "about.html")},
        {"path": "/long/*rest", "static": {"folder": str(folder), "cache_control": "max-age=60", "hidden": True}},
    )
    async with site(folder, *routes) as ask:
        assert (await ask("/app/about")).body == b"about"
        assert (await ask("/app/docs/")).body == b"<h1>docs</h1>"
        assert (await ask("/app/some/where?x=1")).body == b"<h1>home</h1>"
        assert (await ask("/app/.env")).status == 404  # hidden is not the same as not there
        assert (await ask("/one")).body == b"about"
        assert (await ask("/one")).headers["content-type"] == "text/html; charset=utf-8"
        assert (await ask("/long/.env")).body == b"SECRET=1"
        assert (await ask("/long/about.html")).headers["cache-control"] == "max-age=60"


async def test_a_large_file_is_streamed_only_as_fast_as_it_is_taken(folder):
    """A client that stops reading holds no more than a piece, others are served, and nothing stays when it leaves."""
    with (folder / "large.bin").open("wb") as file:
        file.truncate(LARGE)
    os.utime(folder / "large.bin", (OLD, OLD))
    assert LARGE > DIGESTED
    before = descriptors()
    async with site(folder) as ask:
        async with await ask.server.connect() as raw:
            await raw.send(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            body, proper = await everything(raw)
            assert (len(body), body.count(0), proper) == (LARGE, LARGE, True)
        tag = (await ask("/large.bin", "HEAD")).headers["etag"]
        assert tag.startswith('W/"')  # so young that its time says too little
        assert (await ask("/large.bin", "HEAD", if_none_match=tag)).status == 304
        async with await ask.server.connect() as slow:
            await slow.send(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            await slow.until(rb"content-length: 41943040")
            assert (await ask("/about.html")).body == b"about"
        await ask.server.is_quiet()
    assert descriptors() <= before


async def test_a_file_that_changes_while_it_is_sent_is_not_passed_off_as_whole(folder):
    """Cut short, or written over: the answer breaks off; replaced as a whole: the old one is sent to its end."""
    path = folder / "large.bin"

    async def begin(server):
        path.write_bytes(b"a" * LARGE)
        os.utime(path, (OLD, OLD))
        raw = await server.connect()
        await raw.send(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await raw.until(rb"\r\n\r\n")
        return raw

    async with site(folder) as ask:
        for change in (lambda: os.truncate(path, 1000), lambda: os.utime(path, (OLD + 9, OLD + 9))):
            async with await begin(ask.server) as raw:
                change()
                body, proper = await everything(raw)
                assert len(body) < LARGE
                assert not proper
        async with await begin(ask.server) as raw:
            (folder / "new").write_bytes(b"b")
            (folder / "new").rename(path)
            body, proper = await everything(raw)
            assert (body == b"a" * LARGE, proper) == (True, True)
        assert (await ask("/large.bin")).body == b"b"


class Admit:
    """An authentication that lets everybody in."""

    async def check(self, request):
        return None


async def test_what_not_everybody_may_have_is_not_kept_for_everybody(folder):
    """Unless the config says so."""
    admit = RoutePolicy(auth=Admit())
    routes = (
        {"path": "/in/*rest", "static": str(folder)},
        {"path": "/said/*rest", "static": {"folder": str(folder), "cache_control": "max-age=60"}},
    )
    async with site(folder, *routes, policies=(admit, admit)) as ask:
        assert (await ask("/in/app.js")).headers["cache-control"] == "private, no-cache"
        assert (await ask("/said/app.js")).headers["cache-control"] == "max-age=60"


class Refuse:
    """An authentication that knows nobody."""

    async def check(self, request):
        raise UnauthorizedError("who are you?")


async def test_what_is_protected_is_protected_whoever_answers(folder):
    """Authentication comes before files, redirects and fixed answers; 404 and 304 tell nothing either."""
    refuse = RoutePolicy(auth=Refuse())
    routes = (
        {"path": "/in/*rest", "static": str(folder)},
        {"path": "/to", "redirect": "/"},
        {"path": "/said", "respond": {"body": "x"}},
    )
    async with site(folder, *routes, policies=(refuse, refuse, refuse)) as ask:
        for path in ("/in/app.js", "/in/nope", "/in/docs", "/to", "/said"):
            assert (await ask(path)).status == 401
            assert (await ask(path, if_none_match="*")).status == 401


async def test_redirects_and_fixed_answers(folder):
    """With every method, and OPTIONS told apart."""
    routes = (
        {"path": "/old/*rest", "redirect": {"to": "https://new.example/:rest", "status": 308}},
        {"path": "/tmp/:id", "redirect": {"to": "/:id", "keep_query": False}},
        {"path": "/ping", "respond": {"body": "pong", "headers": {"X-A": "b"}}},
        {"path": "/gone", "respond": {"status": 410, "body": "{}", "headers": {"content-type": "application/json"}}},
        {"path": "/none", "respond": {"status": 204}},
        {"path": "/beta", "function": "f", "headers": {"x-beta": "1"}},
        {"path": "/get", "function": "f", "methods": ["GET"]},
        {"path": "/all", "function": "f"},
        {"path": "/forwarded", "function": "f", "headers": {"x-forwarded-proto": "http"}},
        {"path": "/secure/*rest", "scheme": "http", "redirect": "https://{host}/secure/:rest"},
        {"path": "/secure/*rest", "function": "f"},
    )
    async with site(folder, *routes) as ask:
        found = await ask("/old/a/b?x=1", "POST", content_length="0")
        assert (found.status, found.headers["location"]) == (308, "https://new.example/a/b?x=1")
        found = await ask("/tmp/7?x=1")
        assert (found.status, found.headers["location"]) == (302, "/7")
        found = await ask("/ping")
        assert (found.body, found.headers["x-a"]) == (b"pong", "b")
        assert found.headers["content-type"] == "text/plain; charset=utf-8"
        assert ((await ask("/ping", "HEAD")).body, (await ask("/ping", "HEAD")).headers["content-length"]) == (b"", "4")
        found = await ask("/gone", "DELETE")
        assert (found.status, found.headers["content-type"]) == (410, "application/json")
        assert (await ask("/none")).status == 204
        assert "content-length" not in (await ask("/none")).headers
        for path in ("/ping", "/old/x"):
            found = await ask(path, "OPTIONS")
            assert (found.status, found.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
        assert (await ask("/beta", x_beta="1")).body == b"f GET"
        assert (await ask("/beta")).status == 404
        assert (await ask("/beta", x_beta="2")).status == 404
        assert (await ask("/get", "OPTIONS")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await ask("/all", "OPTIONS")).body == b"f OPTIONS"
        found = await ask("/secure/a?b", host="site.test:8080")
        assert (found.status, found.headers["location"]) == (302, "https://site.test/secure/a?b")
        assert (await ask("/secure/a", x_forwarded_proto="https")).status == 302  # nor believed
        assert (await ask("/forwarded", x_forwarded_proto="http")).status == 404  # no proxy is trusted here


async def test_many_clients_and_files_at_once_leave_nothing_behind(folder):
    """More requests than threads, some of whom leave in the middle."""
    before = descriptors()
    async with site(folder) as ask:

        async def fetch(number):
            if number % 4 == 0:
                async with await ask.server.connect() as raw:
                    await raw.send(b"GET /medium.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            else:
                found = await ask("/medium.bin" if number % 2 else "/app.js", accept_encoding="gzip")
                assert found.status == 200

        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(fetch, number)
        await ask.server.is_quiet()
    assert descriptors() <= before
