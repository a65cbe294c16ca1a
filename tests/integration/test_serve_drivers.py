"""Drivers from npm in functions, against real servers: nothing is changed in them."""

from __future__ import annotations

import json
import os
import signal
import ssl
import threading
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.gateway_process import gateway, until, write_files
from tests.support.mail_sink import mail_sink
from tests.support.npm_packages import ROOT, Lock, installed
from tests.support.postgres_server import postgres_server, programs
from tests.support.redis_server import programs as redis_programs
from tests.support.redis_server import redis_server
from tests.support.socket_origin import origin

SOURCES = "tests/drivers"
DRIVERS = ("axios", "ioredis", "nodemailer", "pg")


@pytest.fixture(scope="module")
def certificate():
    authority = trustme.CA()
    return authority, authority.issue_cert("localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def database(certificate):
    if programs() is None:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    with postgres_server(certificate[1]) as server:
        yield server


@pytest.fixture(scope="module")
def mails(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate[1].configure_cert(context)
    with mail_sink(context) as sink:
        yield sink


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, database, mails, certificate):
    if not redis_programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    folder = tmp_path_factory.mktemp("drivers")
    (folder / "redis").mkdir()
    with redis_server(folder / "redis", program=redis_programs()[0]) as redis, origin() as upstream:
        ports = {"pg": database.port, "redis": redis.port, "smtp": mails.port, "origin": upstream.port}
        lock = Lock(installed(SOURCES, "npm-drivers"))
        for name, drivers, timeout in (("drivers", DRIVERS, "10s"), ("hold", ("pg",), "2s")):
            settings = f"timeout = '{timeout}'\nmemory = '128MiB'\n[env]\nPORTS = '{json.dumps(ports)}'\n"
            files = {"index.js": (ROOT / SOURCES / "function.js").read_text(), "function.toml": settings}
            files["ca.pem"] = certificate[0].cert_pem.bytes()
            lock.copy(drivers, write_files(folder / "functions" / name, files))
        entries = json.dumps(["127.0.0.1:1", *(f"127.0.0.1:{port}" for port in ports.values())])
        with gateway(folder, "--functions", "functions", "--set", f"egress.allow={entries}") as running:
            yield running


def test_drivers_talk_to_their_servers(edge, mails):
    """As they do under Node: queries, pools, TLS by STARTTLS, publishing, mail, redirects."""
    names = ("pg", "pgTls", "pgWrong", "redis", "mail", "axios", "nodeFetch")
    found = {name: edge.get(f"/drivers/{name}").json() for name in names}
    assert found == {
        "pg": [[{"number": 42, "text": "héllo"}], 2000, "hi"],
        "pgTls": [list(range(9)), [{"ssl": True, "version": "TLSv1.3"}]],
        "pgWrong": "28P01",
        "redis": [[1, 2, "värld"], "hey"],
        "mail": [["b@example.org"], "250 kept, encrypted"],
        "axios": ['{"a":1}', "/other", "ECONNABORTED"],
        "nodeFetch": [200, "onetwo", ["chunked"], ["FetchError", "system"], "image/svg+xml"],
    }
    assert "Subject: Hi" in mails.mails[-1]


@pytest.mark.parametrize("how", ["answer", "sleep", "spin"])
def test_connections_end_with_their_invocation(edge, database, how):
    """When it has answered, when its time is over, and when it can only be killed."""
    answer = edge.get("/hold/hold", params={"how": how}, timeout=30)
    assert answer.status_code == (200 if how == "answer" else 504)
    until(lambda: database.connections() == 0, 5, "the end of all connections")


def test_connections_end_when_the_client_leaves(edge, database):
    """After its half second of grace."""
    with pytest.raises(Exception, match="timed out"):
        edge.get("/hold/hold", params={"how": "sleep"}, timeout=1)
    until(lambda: database.connections() == 0, 5, "the end of all connections")


def test_connections_end_with_a_cell_that_is_killed(edge, database, engine_mode):
    """At once: they are the gateway's."""
    if engine_mode != "cells":
        return
    answers = []

    def ask():
        answers.append(httpx.get(f"{edge.url}/hold/hold", params={"how": "sleep"}, timeout=30, trust_env=False))

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: database.connections() == 3, 10, "connections")
    for pid in edge.children():
        if Path(f"/proc/{pid}/comm").read_text().strip() == "edge-cell":
            os.kill(pid, signal.SIGKILL)
    until(lambda: database.connections() == 0, 5, "the end of all connections")
    asking.join(10)
    assert answers[0].json()["error"]["code"] == "engine_crash"
