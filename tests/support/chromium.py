"""A real browser: Debian's Chromium, headless, driven by Playwright; nothing about it can wait for ever.

Chromium is started here, not by Playwright, so that it can be killed: then whatever waits for it fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

PROGRAM = "chromium"
START_SECONDS = 30
ATTEMPTS = 3
OPERATION_MS = 10_000
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


def program():
    """The path of Chromium; None when it is not installed."""
    return shutil.which(PROGRAM)


class Chromium:
    """A browser; `context()` gives a window of its own, without anything of others, and starts it when it is gone."""

    def __init__(self, playwright, folder):
        self._playwright = playwright
        self._folder = Path(folder)
        self._process = None
        self._browser = None

    @contextlib.contextmanager
    def within(self, seconds):
        """What is done in it fails after `seconds`, also when a page hangs so that nothing answers any more."""
        self._start()
        timer = threading.Timer(seconds, self.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join(5)

    @contextlib.contextmanager
    def context(self, **options):
        """A context with a viewport of 1280 x 860 unless `options` say otherwise."""
        context = self._browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        context.set_default_timeout(OPERATION_MS)
        try:
            yield context
        finally:
            with contextlib.suppress(PlaywrightError):  # it may have been killed
                context.close()

    def kill(self):
        """End all of its processes."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def _start(self):
        """Unless it runs; one that does not begin is killed, and another one tried."""
        if self._process is not None and self._process.poll() is None and self._browser.is_connected():
            return
        for attempt in range(ATTEMPTS):
            self.kill()
            try:
                self._browser = self._playwright.chromium.connect_over_cdp(self._launch(), timeout=START_SECONDS * 1000)
                return
            except PlaywrightError:
                if attempt == ATTEMPTS - 1:
                    raise

    def _launch(self):
        """Where a new process listens."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        log = folder / "chromium.log"
        with log.open("wb") as output:
            command = [program(), *FLAGS, f"--user-data-dir={folder}/profile", "about:blank"]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=folder
            )
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if lines := (folder / "profile" / "DevToolsActivePort").read_text().splitlines():
                    return f"http://127.0.0.1:{lines[0]}"
            assert self._process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < end, f"Chromium has not begun to listen within {START_SECONDS} s"
            time.sleep(0.05)


@contextlib.contextmanager
def chromium(folder):
    """A browser whose profiles are below `folder`."""
    with sync_playwright() as playwright:
        browser = Chromium(playwright, folder)
        try:
            yield browser
        finally:
            browser.kill()
