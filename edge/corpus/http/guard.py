"""The invariant: a fresh request is served in time, memory does not grow, nothing is left of who has gone."""

from __future__ import annotations

import re
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.corpus.faults.memory import private_bytes
from edge.corpus.gateway_process import GatewayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.corpus.gateway_process import GatewayProcess

SERVED_WITHIN = 1.0
GROWTH = 20 << 20
"""Bytes of memory that a case may cost the gateway, at any time of it."""
TOOK = "a fresh request took"
SPARE = 12
"""Descriptors and tasks that come and go by themselves; each cell that was added may have `OF_A_CELL` more."""
OF_A_CELL = 5
GONE_WITHIN = 5.0
_SAMPLE = 0.02
_WATCH = 1.0
_METRIC = re.compile(r"^(edge_\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_CELLS = re.compile(rb'^edge_isolates\{state="total"\} (\d+)', re.MULTILINE)
_METRICS = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_REQUEST = b"GET /ok HTTP/1.1\r\nHost: fresh.test\r\nConnection: close\r\n\r\n"


class Count(msgspec.Struct, frozen=True):
    """What a gateway holds; `cells` run its functions, `outbound` is how often those asked for a way out."""

    connections: int
    in_flight: int
    tasks: int
    descriptors: dict[str, int]
    memory: int
    outbound: int
    cells: int


class Guard:
    """Looks after one gateway."""

    def __init__(self, gateway: GatewayProcess, host: str, *, tls: bool) -> None:
        self.gateway = gateway
        self._host = host
        self._tls = tls
        self._peak = 0
        self.slowest = 0.0

    async def fresh(self) -> str:
        """What is wrong with a fresh request; "" when it is served."""
        began = trio.current_time()
        data = b""
        with trio.move_on_after(SERVED_WITHIN * 3):
            try:
                async for part in self._ask(self._port, _REQUEST, tls=self._tls):
                    data += part
            except (OSError, trio.BrokenResourceError) as error:
                data = data or repr(error).encode()
        seconds = trio.current_time() - began
        self.slowest = max(self.slowest, seconds)
        if not data.startswith(b"HTTP/1.1 200 "):
            return f"a fresh request was answered with {data[:60]!r}"
        return f"{TOOK} {seconds:.2f} s" if seconds > SERVED_WITHIN else ""

    async def watch(self, found: set[str]) -> None:
        """Sample memory and send fresh requests until cancelled; puts what is wrong into `found`."""
        self._peak = 0
        next_fresh = trio.current_time() + 0.3
        while True:
            self._peak = max(self._peak, private_bytes(self.gateway.pid))
            if trio.current_time() >= next_fresh:
                if wrong := await self.fresh():
                    found.add(wrong)
                next_fresh = trio.current_time() + _WATCH
            await trio.sleep(_SAMPLE)

    async def count(self) -> Count:
        """What it holds now."""
        text = b""
        async for part in self._ask(self.gateway.admin_port, _METRICS, tls=False):
            text += part
        if not text.startswith(b"HTTP/1.1 200 "):
            raise GatewayError(f"its metrics cannot be read: {text[:200]!r}")
        sums: dict[str, float] = {}
        for name, value in _METRIC.findall(text.decode("latin-1")):
            sums[name] = sums.get(name, 0.0) + float(value)
        return Count(
            connections=int(sums.get("edge_connections", 0)),
            in_flight=int(sums.get("edge_requests_in_flight", 0)),
            tasks=int(sums.get("edge_tasks", 0)),
            descriptors=_descriptors(self.gateway.pid),
            memory=private_bytes(self.gateway.pid),
            outbound=int(sums.get("edge_egress_verdicts_total", 0)),
            cells=int(found[1]) if (found := _CELLS.search(text)) else 0,
        )

    async def problems(self, before: Count, *, never_outbound: bool) -> list[str]:
        """What a case has left behind, once it had time to go."""
        found = [wrong] if (wrong := await self.fresh()) else []
        after = await self.count()
        with trio.move_on_after(GONE_WITHIN):
            while _left(before, after):
                await trio.sleep(0.1)
                after = await self.count()
        found += _left(before, after)
        grown = max(self._peak, after.memory) - before.memory
        if grown > GROWTH:
            found.append(f"memory grew by {grown >> 20} MiB")
        if never_outbound and after.outbound > before.outbound:
            found.append("a connection went out")
        return found

    @property
    def _port(self) -> int:
        return self.gateway.port

    async def _ask(self, port: int, request: bytes, *, tls: bool) -> AsyncIterator[bytes]:
        raw = await trio.open_tcp_stream(self._host, port)
        stream: trio.abc.Stream = raw
        try:
            if tls:
                stream = trio.SSLStream(raw, _context(), https_compatible=True)
            await stream.send_all(request)
            while part := await stream.receive_some(65536):
                yield bytes(part)
        finally:
            await trio.aclose_forcefully(raw)


def _descriptors(pid: int) -> dict[str, int]:
    """How many there are, by what they are: `socket`, `pipe`, `anon_inode`, `file`."""
    kinds: dict[str, int] = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = str(entry.readlink())
            kind = "file" if target.startswith("/") else target.partition(":")[0]
            kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def _context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def _left(before: Count, after: Count) -> list[str]:
    found = []
    if after.connections > before.connections:
        found.append(f"{after.connections - before.connections} connections are left")
    if after.in_flight > before.in_flight:
        found.append(f"{after.in_flight - before.in_flight} requests are left")
    spare = SPARE + OF_A_CELL * max(0, after.cells - before.cells)
    if after.tasks - before.tasks > spare:
        found.append(f"{after.tasks - before.tasks} tasks are left")
    more = {kind: count - before.descriptors.get(kind, 0) for kind, count in after.descriptors.items()}
    if sum(more.values()) > spare:
        kinds = ", ".join(f"{kind} {count:+d}" for kind, count in sorted(more.items()) if count)
        found.append(f"{sum(more.values())} descriptors are left ({kinds})")
    return found
