"""A real S3 server for tests: SeaweedFS, which comes as a wheel from PyPI and has conditional writes."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

KEY, SECRET = "edge-test-key", "edge-test-secret"
BUCKET = "edge-test"
_PORTS = 8


def program() -> str | None:
    """The server, beside the interpreter or on the PATH."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


class S3Server:
    """One server process; it can be killed and started again on its ports, with what it has stored."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "data").mkdir()
        actions = ["Admin", "Read", "Write", "List"]
        credentials = [{"accessKey": KEY, "secretKey": SECRET}]
        identity = {"name": "edge", "credentials": credentials, "actions": actions}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self._ports = _free_ports(_PORTS)
        self.start()
        obstore.put(self.client(), "bucket", b"is there")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def environ(self) -> dict[str, str]:
        """For whoever is to use it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    def set_environ(self, monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
        """Let this process use it."""
        for name, value in {**self.environ, **changes}.items():
            monkeypatch.setenv(name, value)

    def url(self, prefix: str) -> str:
        """A place in it that nobody else uses."""
        return f"s3://{BUCKET}/{prefix}"

    def client(self, prefix: str = "") -> S3Store:
        """For looking at what is stored, and for damaging it."""
        config = {name.lower(): value for name, value in self.environ.items()}
        return S3Store(BUCKET, prefix=prefix or None, config=config, client_options={"allow_http": True})

    def start(self) -> None:
        """Until it answers."""
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self._ports
        command = [
            *(program() or "weed", "server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *("-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={self._folder / 's3.json'}"),
            *("-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *(f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.volumeSizeLimitMB=64"),
            *(f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}", "-volume.max=8"),
            *("-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}", "-volume.preStopSeconds=0"),
        ]
        with (self._folder / "weed.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        end = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < end, self._log()
            assert self.process.poll() is None, self._log()
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 403
        except OSError:
            return False

    def _log(self) -> str:
        return (self._folder / "weed.log").read_text(errors="replace")[-4000:]


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A server while the context lasts."""
    server = S3Server(folder)
    try:
        yield server
    finally:
        server.kill()


def _free_ports(count: int) -> list[int]:
    """All different: each is held until all are found."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()
