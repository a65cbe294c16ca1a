"""Who receives what the gateway says, when the thread that does so has code to run itself.

The main thread receives, and runs the home isolate; while it does that, it hears nothing.  So another thread looks
after a few milliseconds whether it still runs, and receives in its place for as long.  For a run that is shorter, which
is most of them, no thread wakes another.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from edge.cell import own_memory
from edge.units import KIB

if TYPE_CHECKING:
    from edge.cell.home import Replies
    from edge.cell.isolates import Isolates
    from edge.cell.link import Link

TICK = 0.005
"""Seconds between two looks; how long a run can go unnoticed at most is twice that."""

REST = 1.0
"""Seconds without a run after which nobody looks any more."""

IDLE = 2.0
"""Seconds without a command after which the main thread has time for what an isolate that is kept has left lying."""

_STACK = 512 * KIB  # of all threads here; isolates bring their own


class Post:
    """`serve` is for the main thread."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._isolates: Isolates
        self._receiving = threading.Lock()  # the home isolate gets runs from who has it, and from the main thread
        self._resting = False
        self._woken = threading.Event()

    def serve(self, isolates: Isolates) -> None:
        """Receive and obey until the gateway has gone."""
        while True:
            if self._resting and (isolates.home_has_run or isolates.home_has_line):
                self._woken.set()
            if isolates.run_home() or isolates.settle_home():
                continue
            with self._receiving:
                if isolates.home_has_run:
                    continue
                if not isolates.untidy or self._link.waits(IDLE):
                    self._receive()
                else:
                    isolates.tidy()

    def start(self, isolates: Isolates) -> None:
        """Start the thread that stands in."""
        self._isolates = isolates
        threading.stack_size(_STACK)
        threading.Thread(target=self._stand_in, name="stand-in", daemon=True).start()

    def wait(self, replies: Replies) -> tuple[bytes, bytes] | None:
        """What comes next, for code that asks in the middle of a run of the main thread."""
        while replies.empty():
            if not self._receiving.acquire(blocking=False):
                break  # the other thread receives, as long as this run lasts
            try:
                if replies.empty() and self._link.waits(None):
                    self._receive()
            finally:
                self._receiving.release()
        return replies.get()

    def _receive(self) -> None:
        commands = self._link.receive()
        if not commands:
            os._exit(0)
        while commands:
            self._isolates.obey(commands.pop(0))  # nothing else holds it: a snapshot's bytes go once they are copied

    def _stand_in(self) -> None:
        own_memory.enter_thread()
        seen, since = 0, time.monotonic()
        while True:
            time.sleep(TICK)
            isolates = self._isolates
            isolates.admit_late()
            runs, running = isolates.home_runs
            if runs != seen:
                seen, since = runs, time.monotonic()
            elif running:
                self._receive_instead(runs)
            elif not isolates.home_has_line and time.monotonic() - since > REST:
                self._rest(runs)

    def _receive_instead(self, runs: int) -> None:
        """Of the main thread, as long as that is in the same run."""
        if not self._receiving.acquire(blocking=False):
            return
        try:
            while self._isolates.home_runs == (runs, True):
                if self._link.waits(TICK):
                    self._receive()
                self._isolates.admit_late()
        finally:
            self._receiving.release()

    def _rest(self, runs: int) -> None:
        """Until there is a run, or somebody waits.

        `serve` looks for both first and then whether this thread rests, here it is the other way round: one of the two
        sees the other.
        """
        self._woken.clear()
        self._resting = True
        isolates = self._isolates
        wanted = isolates.home_has_run or isolates.home_has_line
        if not wanted and isolates.home_runs == (runs, False):
            self._woken.wait()
        self._resting = False
