"""Counts what an HTTP/2 client sends without asking for anything, and says when it is an attack.  Pure.

Rapid reset (CVE-2023-44487), empty DATA (CVE-2019-9518), SETTINGS and PING floods (CVE-2019-9515, -9512), streams
over the limit, window updates without end: each frame is cheap to send and costs work here.  Honest clients send few
of them per request, and per second: connections that stay open for days send their pings.
"""

from __future__ import annotations

_FREE = 500
_PER_REQUEST = 2
_PER_SECOND = 10
_RESETS_FREE = 100
_WINDOW_BYTES = 512  # bytes of answers that pay for one window update


class FloodGuard:
    """The account of one connection.  Times are seconds of any clock that does not go back."""

    def __init__(self, now: float) -> None:
        self._credit = float(_FREE)
        self._since = now
        self._answered = 0
        self._resets = 0
        self._updates = 0
        self._sent = 0

    def answered(self) -> None:
        """A request got its complete answer."""
        self._answered += 1
        self._credit = min(_FREE, self._credit + _PER_REQUEST)

    def sent(self, size: int) -> None:
        """So many bytes of answers left."""
        self._sent += size

    def useless(self, now: float) -> bool:
        """A frame that asks for nothing; whether it is one too many."""
        self._credit = min(_FREE, self._credit + (now - self._since) * _PER_SECOND) - 1
        self._since = now
        return self._credit < 0

    def reset(self) -> bool:
        """The client took a request back, or it was refused; whether that is more often than it waits for answers."""
        self._resets += 1
        return self._resets > _RESETS_FREE + self._answered

    def widened(self, now: float) -> bool:
        """A window update; those that answers pay for are free, the others count as useless."""
        self._updates += 1
        return self._updates * _WINDOW_BYTES > self._sent and self.useless(now)
