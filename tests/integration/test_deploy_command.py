"""`edge deploy` and gateways that do not do as it says; the others are in test_serve_deploys.py."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest
from click.testing import CliRunner

from edge.cli.main import group
from edge.errors import EdgeError

pytestmark = pytest.mark.integration


@pytest.fixture
def package(tmp_path):
    """One that fits into no socket's buffer."""
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello/index.js").write_text("module.exports = () => {};")
    (tmp_path / "hello/data.bin").write_bytes(os.urandom(8_000_000))
    return tmp_path / "hello"


def deploy(package, answer):
    """Deploy to something that answers this after the head and hangs up."""

    def serve():
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        found = CliRunner().invoke(group, ["deploy", str(package), "--url", f"127.0.0.1:{listener.getsockname()[1]}"])
        thread.join(10)
    return found


def test_a_gateway_that_refuses_early_is_heard(package):
    """The upload is not over, but the reason is known."""
    body = json.dumps({"error": {"code": "unauthorized", "message": "the admin listener needs its token"}}).encode()
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    found = deploy(package, head + body)
    assert found.exit_code == 1
    assert "the admin listener needs its token" in found.stderr


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html", b"\0\0\0", b"HTTP/1.1 502 Bad Gateway\r\n\r\n"],
)
def test_something_else_than_a_gateway_is_told(package, answer):
    """Whatever it answers: no traceback, and no success."""
    found = deploy(package, answer)
    assert found.exit_code == 1
    assert found.exception is None or isinstance(found.exception, EdgeError | SystemExit)


def test_what_is_no_package_is_not_sent(tmp_path):
    """Nothing is asked of anybody."""
    (tmp_path / "empty").mkdir()
    found = CliRunner().invoke(group, ["deploy", str(tmp_path / "empty"), "--url", "127.0.0.1:9"])
    assert isinstance(found.exception, EdgeError)
    assert "there are no files" in str(found.exception)
