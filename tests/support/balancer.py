"""A real load balancer, HAProxy, in front of gateways."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.redis_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# As docs/how-to/kubernetes.md shows it, with shorter intervals.  What was sent to a server that then dies is not sent
# to another one: it may have been carried out.
CONFIG = """\
global
    stats socket {folder}/haproxy.sock mode 600
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    retries 3
    option redispatch 1
    retry-on conn-failure
frontend clients
    bind 127.0.0.1:{port}
    default_backend edge
backend edge
    option httpchk GET /_edge/ready
    default-server check inter 100ms fall 1 rise 1
{servers}
"""


def program() -> str | None:
    """CI installs it, see .ci/run."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")


class Balancer:
    """`url` is where clients come; `up()` names the servers that it finds ready."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.port = free_port()
        self._socket = folder / "haproxy.sock"
        servers = "\n".join(f"    server gateway{number} 127.0.0.1:{port}" for number, port in enumerate(ports))
        config = folder / "haproxy.cfg"
        config.write_text(CONFIG.format(folder=folder, port=self.port, servers=servers))
        with (folder / "haproxy.log").open("ab") as log:
            self.process = subprocess.Popen([program() or "haproxy", "-db", "-f", str(config)], stdout=log, stderr=log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> set[str]:
        """Servers that are ready, as the balancer last found them."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self._socket))
            control.sendall(b"show stat\n")
            rows = [row.split(",") for row in b"".join(iter(lambda: control.recv(65536), b"")).decode().splitlines()]
        return {row[1] for row in rows if row[0] == "edge" and row[1].startswith("gateway") and row[17] == "UP"}

    def wait(self, count: int) -> None:
        """Until so many are ready."""
        end = time.monotonic() + 20
        while not self._socket.exists() or len(self.up()) != count:
            assert time.monotonic() < end
            assert self.process.poll() is None
            time.sleep(0.02)


@contextmanager
def balancer(folder: Path, ports: Sequence[int]) -> Iterator[Balancer]:
    """A balancer while the context lasts."""
    running = Balancer(folder, ports)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
