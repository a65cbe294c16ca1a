"""A gateway that another one follows, and clients that must not notice."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import threading
import time

from tests.support.gateway_process import GatewayProcess, is_running, until


class Load:
    """Clients that ask all the time, on connections that they keep and on new ones."""

    def __init__(self, port, path="/count", clients=4):
        self.answers, self.failures = 0, []
        self._port, self._path = port, path
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(bool(n % 2),)) for n in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        until(lambda: self.answers > 20)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Until all have their last answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _ask(self, keep):
        connection = None
        while not self._stop.is_set():
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
                connection.request("POST", self._path)
                answer = connection.getresponse()
                body = answer.read()
                with self._lock:
                    if answer.status == 200:
                        self.answers += 1
                    else:
                        self.failures.append((answer.status, body))
                if not keep or answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except Exception as error:  # noqa: BLE001 - every kind counts
                self.failures.append(repr(error))
                connection = connection and connection.close()
            time.sleep(0.01)
        if connection:
            connection.close()


class Upgradable(GatewayProcess):
    """Its successors are no children of ours: they are known by the file that says who is ready."""

    def ready(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._ready.read_text())
        return {}

    def successor(self, *others):
        """The process id of a gateway that is ready and none of `others`."""
        return until(lambda: (pid := self.ready().get("pid")) not in {None, *others} and pid, 60, "a successor")

    def close(self):
        pid = self.ready().get("pid")
        super().close()
        if pid and is_running(pid):
            os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(AssertionError):
                until(lambda: not is_running(pid), 8)
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)


def gone(process, seconds=30):
    """The exit code of a process of ours, once it has ended."""
    return until(lambda: process.poll() is not None, seconds, "the end of the one before") and process.returncode
