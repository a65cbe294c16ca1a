"""Three gateways on one Redis and one S3 server, behind a real balancer: one system that loses nothing."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import httpx
import pytest

from tests.support.balancer import balancer, program
from tests.support.deploying import upload
from tests.support.gateway_process import GatewayProcess, until, write_files
from tests.support.redis_server import free_port, programs, redis_server

pytestmark = [pytest.mark.integration, pytest.mark.slow]
CONFIG = """\
[server]
shutdown_delay = "1s"
grace = "10s"
[packages]
store = "{store}"
[storage]
kv = "{kv}"
[functions.work]
package = "work"
kv = "work"
[[routes]]
path = "/work"
function = "work"
[functions.clock]
kv = "clock"
schedule = [{{ cron = "@every 1s", overlap = "parallel" }}]
"""
CLOCK = "export default { async scheduled(c, env) { await env.KV.incr(String(c.scheduledTime)) } }"
CLIENTS = 3


def counts(version):
    """A function that counts its requests and says which version it is."""
    return {"index.js": f"module.exports = async (req, res) => res.json(['{version}', await kv.incr('n')]);"}


def deploy(replica, version):
    """Through one of them, for all."""
    answer = upload(replica, "work", counts(version), activate="true")
    assert answer.status_code == 201, answer.text


class Load:
    """Clients that go on asking until they are told to stop, and remember what they got."""

    def __init__(self, url):
        self.answers: list[tuple[str, int]] = []
        self.failures: list[str] = []
        self._url = url
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self):
        with httpx.Client(base_url=self._url, trust_env=False, timeout=20) as client:
            while not self._over.wait(0.02):
                try:
                    answer = client.post("/work", content=b"x")
                    answer.raise_for_status()
                    self.answers.append(tuple(answer.json()))
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))

    def more(self, count=20):
        """Wait for that many further answers."""
        wanted = len(self.answers) + count
        until(lambda: len(self.answers) >= wanted, 30, f"{count} answers")

    def only(self, version):
        """Wait until that many answers in a row are of this version."""
        until(lambda: {name for name, _ in self.answers[-10:]} == {version}, 20, f"answers of {version} alone")


@pytest.fixture
def servers(tmp_path, s3):
    """Redis and S3; what the config says of them."""
    if not programs() or not program():
        pytest.skip("redis-server or haproxy is missing: apt-get install redis-server haproxy")
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis", program=programs()[0]) as redis:
        yield {"store": s3.url("replicas"), "kv": redis.url}, s3.environ


@pytest.fixture
def replicas(tmp_path, servers):
    """Gateways that share nothing but these servers and what is in their config."""
    places, environ = servers
    files = {
        "edge.toml": CONFIG.format(**places),
        "functions/work/index.js": counts("config")["index.js"],
        "functions/clock/index.mjs": CLOCK,
    }
    with ExitStack() as stack:
        found = []
        for number in range(3):
            folder = write_files(tmp_path / f"gateway{number}", files)
            listen = ("--listen", f"127.0.0.1:{free_port()}")
            found.append(GatewayProcess(folder, "--config", "edge.toml", *listen, env=environ))
            stack.callback(found[-1].close)
        yield [each.start() for each in found]


def test_replicas_deploy_die_and_roll_without_losing_requests(replicas, tmp_path):
    """All that was answered counted once, each tick ran once, and every replica serves what one was told."""
    one, two, three = replicas
    with balancer(tmp_path, [each.port for each in replicas]) as front:
        front.wait(3)
        with Load(front.url) as load:
            load.only("config")
            deploy(one, "first")
            load.only("first")
            deploy(two, "second")
            load.only("second")
            assert load.failures == []

            three.process.kill()
            three.process.wait()
            load.more()
            lost = len(load.failures)
            assert lost <= CLIENTS
            three.start()
            front.wait(3)

            for replica in (one, two):
                assert replica.stop() == 0
                replica.start()
                front.wait(3)
                load.more()
            assert len(load.failures) == lost, load.failures
            load.only("second")
    numbers = [number for _, number in load.answers]
    assert len(set(numbers)) == len(numbers)
    assert len(numbers) <= max(numbers) <= len(numbers) + lost
    ticks = one.operate("GET", "/kv/clock").json()["keys"]
    runs = {int(each["key"]): one.operate("GET", f"/kv/clock/{each['key']}").json() for each in ticks}
    assert set(runs.values()) == {1}
    assert len(runs) > 5
