"""A real cluster of three Redis servers for tests."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.support.redis_server import RedisServer, free_port, programs, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLOTS = 16384
NODES = 3
_OPTIONS = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"),
    *("--appendonly", "yes"),
)


class RedisCluster:
    """`nodes` have a third of the slots each."""

    def __init__(self, nodes: list[RedisServer], buses: list[int]) -> None:
        """`buses`: the ports on which they talk to each other."""
        self.nodes = nodes
        for number, node in enumerate(nodes):
            first, last = SLOTS * number // NODES, SLOTS * (number + 1) // NODES - 1
            assert node("CLUSTER", "SET-CONFIG-EPOCH", str(number + 1)) == b"+OK\r\n"
            assert node("CLUSTER", "ADDSLOTSRANGE", str(first), str(last)) == b"+OK\r\n"
        for node, bus in zip(nodes[1:], buses[1:], strict=True):
            assert nodes[0]("CLUSTER", "MEET", "127.0.0.1", str(node.port), str(bus)) == b"+OK\r\n"
        self.wait(lambda node: b"cluster_state:ok" in node("CLUSTER", "INFO"))
        self.wait(lambda node: all(str(other.port).encode() in node("CLUSTER", "SLOTS") for other in nodes))

    @property
    def url(self) -> str:
        return f"{self.nodes[0].url}?cluster=true"

    def wait(self, holds) -> None:
        """Until all nodes see it."""
        end = time.monotonic() + 20
        while not all(holds(node) for node in self.nodes):
            assert time.monotonic() < end
            time.sleep(0.02)

    def name(self, node: RedisServer) -> str:
        """The id of a node."""
        return node("CLUSTER", "MYID").split(b"\r\n")[1].decode()

    def move(self, slot: int, key: str, source: RedisServer, target: RedisServer) -> Iterator[str]:
        """Give a slot with these keys from one node to another; yields after each step."""
        assert target("CLUSTER", "SETSLOT", str(slot), "IMPORTING", self.name(source)) == b"+OK\r\n"
        assert source("CLUSTER", "SETSLOT", str(slot), "MIGRATING", self.name(target)) == b"+OK\r\n"
        yield "announced"
        held = source("CLUSTER", "GETKEYSINSLOT", str(slot), "100").split(b"\r\n")[2::2]
        keys = [word.decode() for word in held]
        assert any(key in word for word in keys)
        command = ("MIGRATE", "127.0.0.1", str(target.port), "", "0", "5000", "KEYS")
        assert source(*command, *keys[:1]) == b"+OK\r\n"
        yield "half"
        assert source(*command, *keys[1:]) == b"+OK\r\n"
        yield "moved"
        for node in (target, source, *self.nodes):
            assert node("CLUSTER", "SETSLOT", str(slot), "NODE", self.name(target)) == b"+OK\r\n"
        yield "done"


@contextmanager
def redis_cluster(folder: Path) -> Iterator[RedisCluster]:
    """Three servers while the context lasts."""
    with ExitStack() as stack:
        nodes, buses = [], [free_port() for _ in range(NODES)]
        for number in range(NODES):
            (folder / f"node{number}").mkdir()
            nodes.append(
                stack.enter_context(
                    redis_server(
                        folder / f"node{number}", *_OPTIONS, "--cluster-port", str(buses[number]), program=programs()[0]
                    )
                )
            )
        yield RedisCluster(nodes, buses)
