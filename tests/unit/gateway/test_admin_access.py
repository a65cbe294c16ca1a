"""Roles on the admin listener, and the log of what was changed."""

from __future__ import annotations

import json
import multiprocessing
import os

import pytest

from edge.errors import ForbiddenError, UnauthorizedError
from edge.gateway.admin_access import Principal, Token, is_change, recognise, role_for
from edge.gateway.admin_endpoints import ENDPOINTS
from edge.gateway.admin_guard import AdminGuard
from edge.gateway.audit import AuditEntry, AuditLog

TOKENS = (Token("eyes", "read", "r"), Token("ci", "deploy", "d"), Token("root", "admin", "ä"))


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/functions", "read"),
        ("HEAD", "/kv/n/k", "read"),
        ("POST", "/kv/n/export", "read"),
        ("POST", "/config/plan", "read"),
        ("POST", "/config/reload", "deploy"),
        ("PUT", "/functions/f/package", "deploy"),
        ("DELETE", "/functions/f", "deploy"),
        ("POST", "/functions/f/activate", "deploy"),
        ("POST", "/schedules/f/run", "deploy"),
        ("GET", "/invoke/f", "deploy"),  # runs code, whatever the method
        ("DELETE", "/invoke/f/x", "deploy"),
        ("POST", "/invoke-async/f", "deploy"),
        ("PUT", "/kv/n/k", "admin"),
        ("POST", "/kv/n/import", "admin"),
        ("DELETE", "/invocations/1", "admin"),
        ("GET", "/audit", "admin"),
        ("POST", "/nobody/knows", "admin"),
        ("PATCH", "/", "admin"),
    ],
)
def test_what_a_request_takes(method, path, role):
    """What nobody has thought of takes the most."""
    assert role_for(method, path) == role


def test_no_operation_that_changes_something_is_left_to_those_who_may_only_look():
    """Over the whole table, also what comes later."""
    harmless = {"/kv/{namespace}/export", "/config/plan"}
    for endpoint in ENDPOINTS:
        if endpoint.method not in {"GET", "HEAD"} and endpoint.path not in harmless:
            assert role_for(endpoint.method, endpoint.path) != "read", endpoint.path


@pytest.mark.parametrize(
    ("role", "method", "path", "allowed"),
    [
        ("read", "GET", "/functions", True),
        ("read", "POST", "/config/reload", False),
        ("deploy", "POST", "/config/reload", True),
        ("deploy", "PUT", "/kv/n/k", False),
        ("admin", "PUT", "/kv/n/k", True),
        ("read", "POST", "/kv%2Fn/export", False),
        ("read", "PUT", "/kv/n%2Fexport", False),
        ("deploy", "DELETE", "/functions%2Ff", False),
    ],
)
def test_a_role_has_all_that_the_one_before_has(role, method, path, allowed):
    """And encoded slashes do not make another operation of one."""
    principal = Principal("p", role)
    if allowed:
        principal.check(method, path)
    else:
        with pytest.raises(ForbiddenError, match="takes the role"):
            principal.check(method, path)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Bearer r", "eyes"),
        ("bearer  d ", "ci"),
        ("Bearer ä", "root"),
        ("Bearer ", None),
        ("Bearer x", None),
        ("Basic r", None),
        ("", None),
        ("r", None),
    ],
)
def test_tokens_are_told_apart(header, name):
    """Non-ASCII ones come as UTF-8 in latin-1, as clients send them."""
    header = header.encode().decode("latin-1")
    found = recognise(TOKENS, header)
    assert (found.name if found else None) == name


def test_an_empty_token_lets_nobody_in():
    """A file that is empty is refused before; this is the last line."""
    assert recognise((Token("x", "admin", ""),), "Bearer ") is None


def test_with_tokens_a_token_is_needed_from_everywhere():
    """But for liveness and readiness; a certificate that was verified is as good as the highest role."""
    guard = AdminGuard(TOKENS)
    assert guard.identify("/live", "10.0.0.1", {}).role == "read"
    with pytest.raises(UnauthorizedError):
        guard.identify("/functions", "127.0.0.1", {"host": "localhost"})
    assert guard.identify("/functions", "10.0.0.1", {"authorization": "Bearer d"}) == Principal("ci", "deploy")
    assert guard.identify("/functions", "10.0.0.1", {}, certified=True).role == "admin"


def entry(number):
    return AuditEntry("2026-01-01", "me", "admin", "::1", "PUT", f"/kv/n/{number}", "", 200, "id", 1.5)


def test_changes_are_lines_and_come_back_newest_first(tmp_path):
    """For nobody but the gateway's user."""
    log = AuditLog(tmp_path / "data")
    for number in range(5):
        log.write(entry(number))
    lines = (tmp_path / "data" / "audit.log").read_text().splitlines()
    assert [json.loads(line)["path"] for line in lines] == [f"/kv/n/{number}" for number in range(5)]
    assert [one["path"] for one in log.newest(2)] == ["/kv/n/4", "/kv/n/3"]
    assert os.stat(tmp_path / "data" / "audit.log").st_mode & 0o777 == 0o600  # noqa: PTH116
    assert AuditLog(tmp_path / "none").newest(3) == []


def test_the_log_is_bounded(tmp_path):
    """The oldest file goes; what is left is whole, and in order over the files."""
    log = AuditLog(tmp_path, max_size=1000, kept=2)
    for number in range(200):
        log.write(entry(number))
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["audit.log", "audit.log.1", "audit.log.2"]
    assert all(path.stat().st_size < 1300 for path in tmp_path.iterdir())
    found = [int(one["path"].rpartition("/")[2]) for one in log.newest(1000)]
    assert found == list(range(199, 199 - len(found), -1))
    assert 10 < len(found) < 40


def test_a_line_that_broke_off_hides_no_other(tmp_path):
    """The disk was full, or the machine went down."""
    log = AuditLog(tmp_path)
    log.write(entry(1))
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(b'{"time": "20\n\xff\xff\n')
    log.write(entry(2))
    assert [one["path"] for one in log.newest(5)] == ["/kv/n/2", "/kv/n/1"]


def write_many(folder, who):
    log = AuditLog(folder, max_size=4000, kept=50)
    for number in range(100):
        log.write(entry(f"{who}-{number}"))


def test_several_processes_write_to_one_log_and_lose_nothing(tmp_path):
    """Workers of one gateway, while the file is rotated under them."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(tmp_path, who)) for who in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    found = {one["path"] for one in AuditLog(tmp_path, kept=50).newest(1000)}
    assert found == {f"/kv/n/{who}-{number}" for who in "abc" for number in range(100)}


@pytest.mark.parametrize(
    ("method", "path", "is_one"),
    [
        ("PUT", "/kv/n/k", True),
        ("POST", "/config/reload", True),
        ("DELETE", "/functions/f", True),
        ("GET", "/config", False),
        ("POST", "/kv/n/export", False),
        ("POST", "/invoke/f", False),
    ],
)
def test_what_counts_as_a_change(method, path, is_one):
    """Invocations are in the access log."""
    assert is_change(method, path) is is_one
