"""A real gateway: `python -m edge serve` in a process of its own, on ports that it picks; everything has a deadline."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 90
STOP_SECONDS = 20
PROGRAM = (
    [str(Path(os.environ["EDGE_PROGRAM"]).absolute())]
    if "EDGE_PROGRAM" in os.environ
    else [sys.executable, "-m", "edge"]
)
"""What is tested; `EDGE_PROGRAM=dist/edge ./scripts/test tests/integration` tests the single binary."""
ENGINE = "cells"
"""The engine mode of gateways that are not told another one; see tests/integration/conftest.py."""
WITHOUT_SNAPSHOTS = (
    "import edge.engine.library_file as f; f.has_snapshots = lambda: False; from edge.cli.main import main; main()"
)
"""A build of V8 that does not export what snapshots need."""


def write_files(folder, files):
    """Write `{path: text or bytes}` below `folder`, which is made."""
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Path(folder)


def until(condition, seconds=5.0, what="it"):
    """The first true value of `condition()`, asked 50 times a second; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
    return value


def environment(**extra):
    """The variables of a child: what Python needs, and nothing of the settings of whoever runs the tests."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONFAULTHANDLER": "1", **extra}


def run_edge(*arguments, cwd, timeout=30, stdin=None, **env):
    """Run an `edge` command to its end."""
    command = [*PROGRAM, *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment(**env), input=stdin, capture_output=True, timeout=timeout, check=False
    )


class GatewayProcess:
    """One process; `url` and `admin` are base addresses, `client` asks them."""

    def __init__(self, folder, *arguments, env=None, snapshots=True):
        self.folder = Path(folder)
        self._arguments = arguments
        self._env = env or {}
        self._program = PROGRAM if snapshots else [sys.executable, "-c", WITHOUT_SNAPSHOTS]
        self._log = self.folder / "gateway.log"
        self._ready = self.folder / "ready.json"
        self.client = httpx.Client(trust_env=False, timeout=10)

    def start(self):
        """Start it and wait until it says that it is ready."""
        self._ready.unlink(missing_ok=True)
        options = ["--admin", "127.0.0.1:0", "--ready-file", "ready.json"]
        if "--listen" not in self._arguments:
            options += ["--listen", "127.0.0.1:0"]
        if "--engine" not in self._arguments:
            options += ["--engine", ENGINE]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._program, "serve", *self._arguments, *options],
                cwd=self.folder,
                env=environment(**self._env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: self._ready.exists() or self.process.poll() is not None, START_SECONDS, "readiness")
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.text()}"
        ready = json.loads(self._ready.read_text())
        [self.url] = ready["listen"]
        self.admin = ready["admin"]
        self.port = int(self.url.rpartition(":")[2])
        assert ready["pid"] == self.process.pid
        return self

    # -- asking

    def get(self, path, **options):
        return self.client.get(self.url + path, **options)

    def post(self, path, **options):
        return self.client.post(self.url + path, **options)

    def operate(self, method, path, **options):
        """Ask the admin listener."""
        return self.client.request(method, self.admin + path, **options)

    def code(self, path, method="GET", **options):
        """Status, error code and outcome of an answer: `(504, "timeout", "timeout")`."""
        answer = self.client.request(method, self.url + path, **options)
        kind = answer.headers.get("content-type", "")
        error = answer.json().get("error") if kind == "application/json" else None
        return answer.status_code, (error or {}).get("code", ""), answer.headers.get("edge-outcome", "")

    # -- the log

    def text(self):
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def log(self, **fields):
        """Log entries that have these values."""
        whole = self.text().rpartition("\n")[0]  # the last line may be in the making
        entries = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return [entry for entry in entries if all(entry.get(key) == value for key, value in fields.items())]

    def logged(self, count=1, **fields):
        """Log entries that have these values, once there are `count` of them."""
        return until(lambda: found if len(found := self.log(**fields)) >= count else None, 5, f"log entry {fields}")

    def console(self, request_id):
        """What a function wrote to its console: `(level, text)`."""
        found = self.log(event="function_log", request_id=request_id)
        return [(entry["level"], entry["text"]) for entry in found]

    # -- the process

    def alive(self):
        return self.process.poll() is None

    def children(self):
        """Process ids of all descendants."""
        found, parents = [], {self.process.pid}
        table = _process_table()
        while parents:
            parents = {pid for pid, parent in table.items() if parent in parents}
            found += parents
        return found

    def named(self, name):
        """Process ids of the descendants that are called so: edge-zygote, edge-cell, edge-build."""
        return [pid for pid in self.children() if _status(pid, "Name") == name]

    def rss(self):
        """Bytes of memory that the process holds."""
        return status_bytes(self.process.pid, "VmRSS")

    def send(self, number):
        """Send it a signal."""
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Tell it to end; its exit code."""
        if self.alive():
            self.send(number)
        return self.wait()

    def wait(self, seconds=STOP_SECONDS):
        """Its exit code."""
        return self.process.wait(seconds)

    def close(self):
        """End it, whatever it does."""
        self.client.close()
        if self.alive():
            self.send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
        if self.alive():
            self.process.kill()
            self.process.wait(5)


def _process_table():
    """Parents by process id."""
    table = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            table[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    return table


def _status(pid, field):
    """A field of /proc/PID/status; "" when there is none, or no such process."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return line.partition(":")[2].strip()
    return ""


def status_bytes(pid, field):
    """A size of /proc/PID/status, such as RssAnon; 0 when the process has gone."""
    return int(_status(pid, field).partition(" ")[0] or 0) * 1024


def is_running(pid):
    """Whether there is such a process and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def gateway(folder, *arguments, files=None, env=None, snapshots=True):
    """A running gateway in `folder`, which gets `files` first; killed at the end if it does not end by itself."""
    write_files(folder, files or {})
    running = GatewayProcess(folder, *arguments, env=env, snapshots=snapshots)
    try:
        yield running.start()
    finally:
        running.close()


@contextlib.contextmanager
def serving(folder, functions, *arguments, **options):
    """A gateway on a folder of functions: `{name: source of its index.js, or {path: content}}`."""
    files = {}
    for name, content in functions.items():
        parts = content if isinstance(content, dict) else {"index.js": content}
        files |= {f"functions/{name}/{path}": text for path, text in parts.items()}
    with gateway(folder, "--functions", "functions", *arguments, files=files, **options) as running:
        yield running
