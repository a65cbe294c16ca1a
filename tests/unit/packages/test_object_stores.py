"""Object stores: a folder, and a real S3 server."""

from __future__ import annotations

import http.server
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.errors import ConfigError, OutsideError, StoreUnavailableError
from edge.packages.object_cloud import CloudObjects
from edge.packages.object_folder import FolderObjects
from edge.packages.object_store import open_objects

pytestmark = pytest.mark.integration


@pytest.fixture(params=["file", "s3"])
def objects(request, tmp_path):
    if request.param == "file":
        return open_objects((tmp_path / "a store").as_uri())
    server = request.getfixturevalue("s3")
    server.set_environ(request.getfixturevalue("monkeypatch"))
    return open_objects(server.url(tmp_path.name))


def test_objects_are_put_got_listed_and_deleted(objects):
    """And what is not there is nothing, never an error."""
    assert objects.get("functions/a.json", 10) is None
    assert objects.stream("packages/a.bundle") is None
    assert list(objects.list("functions/")) == []
    objects.put("packages/a.bundle", memoryview(b"old"))
    objects.put("packages/a.bundle", b"x" * 3_000_000)
    assert b"".join(objects.stream("packages/a.bundle")) == b"x" * 3_000_000
    assert [(one.key, one.size) for one in objects.list("packages/")] == [("packages/a.bundle", 3_000_000)]
    objects.delete("packages/a.bundle")
    objects.delete("packages/a.bundle")
    assert list(objects.list("packages/")) == []


def test_a_small_object_is_not_read_when_it_is_large(objects):
    """The limit is the caller's."""
    objects.put("functions/a.json", b"12345")
    assert objects.get("functions/a.json", 5).content == b"12345"
    with pytest.raises(OutsideError, match="4 bytes"):
        objects.get("functions/a.json", 4)


def test_a_swap_needs_the_state_that_was_seen(objects):
    """Nothing for the first one, the etag of the last one for the next."""
    assert objects.swap("functions/a.json", b"0", '"stale"') is None
    first = objects.swap("functions/a.json", b"1", "")
    assert objects.swap("functions/a.json", b"2", "") is None
    second = objects.swap("functions/a.json", b"2", first)
    assert objects.swap("functions/a.json", b"3", first) is None
    assert second not in {None, first}
    stored = objects.get("functions/a.json", 10)
    assert (stored.content, stored.etag) == (b"2", second)
    assert [one.etag for one in objects.list("functions/")] == [second]


def test_etags_never_come_again_in_a_folder(tmp_path):
    """Not even for the same content, in the same moment."""
    objects = FolderObjects(tmp_path)
    etags = [""]
    for _ in range(50):
        etags.append(objects.swap("functions/a.json", b"same", etags[-1]))
    assert len({*etags}) == 51


@pytest.mark.slow
def test_of_concurrent_swaps_one_succeeds(objects):
    """Thirty increments by six at once make thirty."""
    objects.swap("functions/n.json", b"0", "")

    def increment(_):
        while True:
            stored = objects.get("functions/n.json", 10)
            if objects.swap("functions/n.json", b"%d" % (int(stored.content) + 1), stored.etag):
                return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(increment, range(30)))
    assert objects.get("functions/n.json", 10).content == b"30"


def test_what_a_folder_cannot_do_is_told_without_its_path(tmp_path):
    """A file where the folder should be."""
    (tmp_path / "store").write_text("")
    objects = FolderObjects(tmp_path / "store")
    for doing in (lambda: objects.put("packages/a", b""), lambda: objects.swap("functions/a", b"", "")):
        with pytest.raises(StoreUnavailableError) as caught:
            doing()
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "not-the-secret"}, "the secret key is wrong"),
        ({"AWS_ACCESS_KEY_ID": "nobody-we-know"}, "does not know the access key"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "does not answer"),
    ],
)
def test_why_a_store_refuses_is_told_without_place_or_keys(s3, change, told, monkeypatch):
    """The reason, in words; nothing that a log must not have."""
    environ = {**s3.environ, **change}
    s3.set_environ(monkeypatch, **change)
    with pytest.raises(StoreUnavailableError, match=told) as caught:
        open_objects(s3.url("refused")).get("functions/a.json", 10)
    assert not [value for value in environ.values() if value != "us-east-1" and value in str(caught.value)]


def test_a_store_without_an_account_is_a_problem_of_the_config():
    """It is known before anything is asked."""
    with pytest.raises(ConfigError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        open_objects("az://container/prefix")


class Careless(http.server.BaseHTTPRequestHandler):
    """Something like S3 that takes every write, whatever its conditions."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, ("etag", '"1"'))

    def do_DELETE(self):
        self._answer(204)

    def _answer(self, status, *headers):
        self.send_response(status)
        for name, value in (*headers, ("content-length", "0")):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_store_that_ignores_conditions_is_not_written_to(monkeypatch):
    """Two gateways would undo each other's deploys."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        try:
            with pytest.raises(StoreUnavailableError, match="ignores conditions of writes"):
                CloudObjects("s3://bucket/p").swap("functions/a.json", b"", "")
        finally:
            server.shutdown()
            thread.join()
