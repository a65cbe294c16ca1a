"""The peers: how each is started, what it answers, and what it stands for."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench.peers.install import MODULES, node

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVERS = Path(__file__).resolve().parent / "servers"
HELLO, ECHO, FETCH = "hello", "echo", "fetch"
_PATHS = {HELLO: "/hello", ECHO: "/echo", FETCH: "/fetch"}
_MACHINES = {"x86_64": ("64", "x64"), "aarch64": ("arm64", "arm64")}


class Peer(msgspec.Struct, frozen=True):
    """A server for one port; `paths` are the scenarios that it has."""

    name: str
    note: str
    command: list[str]
    port: int
    paths: dict[str, str]
    environment: dict[str, str] = {}
    fresh: bool = False
    """Whether each request gets an isolate or a context of its own."""


def peers() -> dict[str, Peer]:
    """All of them by name; their packages must be installed."""
    cloudflare, others = _MACHINES[platform.machine()]
    workerd = str(MODULES / "@cloudflare" / f"workerd-linux-{cloudflare}" / "bin" / "workerd")
    deno = str(MODULES / "@deno" / f"linux-{others}-glibc" / "deno")
    bun = str(MODULES / "@oven" / f"bun-linux-{others}" / "bin" / "bun")
    loader = [workerd, "serve", "--experimental", str(SERVERS / "workerd_loader.capnp")]
    warm = {name: f"/warm{path}" for name, path in _PATHS.items()}
    serve = [deno, "serve", "--allow-net", "--allow-read", "--host", "127.0.0.1", "--port"]
    found = [
        Peer("workerd", "one static worker", [workerd, "serve", str(SERVERS / "workerd.capnp")], 9101, _PATHS),
        Peer("workerd-loader", "a loaded worker, kept", loader, 9102, warm),
        Peer("workerd-new", "a new isolate for each request", loader, 9102, {HELLO: "/new/hello"}, fresh=True),
        Peer("deno", "one isolate", [*serve, "9103", str(SERVERS / "handlers.mjs")], 9103, _PATHS),
        Peer(
            "deno-worker",
            "a new Worker for each request",
            [*serve, "9104", "--unstable-worker-options", str(SERVERS / "web_worker_per_request.mjs")],
            9104,
            {HELLO: "/hello"},
            fresh=True,
        ),
        Peer("bun", "one isolate", [bun, str(SERVERS / "bun_main.mjs")], 9105, _PATHS, {"PORT": "9105"}),
        _node("node-http", "node:http, one isolate", "http_hello.cjs", 9106, (HELLO, ECHO)),
        _node(
            "node-worker", "a new worker thread for each request", "thread_per_request.cjs", 9107, (HELLO,), fresh=True
        ),
        _node("express", "Express, one isolate", "express_hello.cjs", 9108),
        _ivm("ivm-context", "isolated-vm: pooled isolates, a new context for each request", "context", 9109),
        _ivm("ivm-isolate", "isolated-vm: a new isolate for each request", "isolate", 9110),
        _ivm("ivm-isolate-snap", "isolated-vm: a new isolate for each request, from a snapshot", "isolate-snap", 9111),
    ]
    return {peer.name: peer for peer in found}


def _node(
    name: str,
    note: str,
    script: str,
    port: int,
    scenarios: tuple[str, ...] = (HELLO, ECHO, FETCH),
    *,
    fresh: bool = False,
) -> Peer:
    environment = {"PORT": str(port), "DEPS": str(MODULES.parent)}
    return Peer(name, note, [str(node()), str(SERVERS / script)], port, _only(scenarios), environment, fresh)


def _ivm(name: str, note: str, mode: str, port: int) -> Peer:
    environment = {"PORT": str(port), "DEPS": str(MODULES.parent), "MODE": mode}
    command = [str(node()), "--no-node-snapshot", str(SERVERS / "ivm_server.cjs")]
    return Peer(name, note, command, port, _PATHS, environment, fresh=True)


def _only(scenarios: tuple[str, ...]) -> dict[str, str]:
    paths: Mapping[str, str] = _PATHS
    return {name: paths[name] for name in scenarios}
