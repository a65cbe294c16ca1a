"""A real PostgreSQL server for tests, from whatever version the machine has."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

_PLACES = "/usr/lib/postgresql"
_OWNER = "postgres"


def programs():
    """The folder of its programs; None when there is none."""
    folders = [path / "bin" for path in Path(_PLACES).glob("*") if (path / "bin" / "initdb").exists()]
    if folders:
        return max(folders)
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _run(command, folder, owner):
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, user=owner, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}\n{done.stderr}"


class PostgresServer:
    """Listens on `port` of loopback, with TLS, for the user `edge`."""

    def __init__(self, folder, certificate):
        """`certificate` is one of trustme's."""
        self._folder = folder
        # It does not run as root.
        self._owner = _OWNER if os.geteuid() == 0 else None
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._write(certificate)

    def _write(self, certificate):
        (self._folder / "password").write_text("secret")
        certificate.private_key_pem.write_to_path(str(self._folder / "server.key"))
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(str(self._folder / "server.pem"), append=True)
        (self._folder / "server.key").chmod(0o600)
        if self._owner:
            for path in (self._folder, *self._folder.iterdir()):
                shutil.chown(path, self._owner)

    def start(self):
        """Until it answers."""
        folder, tools = self._folder, programs()
        options = ["-D", folder / "data", "-A", "scram-sha-256", "-U", "edge", "--pwfile", folder / "password"]
        _run([tools / "initdb", *options, "--no-sync", "-E", "UTF8", "--no-locale"], folder, self._owner)
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "ssl": "on",
            "ssl_cert_file": folder / "server.pem",
            "ssl_key_file": folder / "server.key",
            "fsync": "off",
        }
        given = " ".join(f"-c {key}={value}" for key, value in settings.items())
        self._control("-o", given, "-w", "-l", str(folder / "log"), "start")

    def stop(self):
        """At once."""
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments):
        _run([programs() / "pg_ctl", "-D", self._folder / "data", *arguments], self._folder, self._owner)

    def connections(self):
        """How many clients it has, of whoever asks for one more."""
        query = (
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        done = subprocess.run(
            [str(programs() / "psql"), f"postgresql://edge:secret@127.0.0.1:{self.port}/postgres", "-Atc", query],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return int(done.stdout)


@contextmanager
def postgres_server(certificate):
    """A server while the context lasts."""
    # Not in pytest's folders, which are their owner's alone.
    with tempfile.TemporaryDirectory(prefix="edge-postgres-") as folder:
        server = PostgresServer(Path(folder), certificate)
        server.start()
        try:
            yield server
        finally:
            server.stop()
