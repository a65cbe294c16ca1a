"""Counts what an HTTP/2 client sends without asking for anything, and says when it is an attack.

Rapid reset (CVE-2023-44487), empty DATA (CVE-2019-9518), SETTINGS and PING floods (CVE-2019-9515, -9512): each
frame is cheap to send and costs work here.  Honest clients send few of them per request.
"""

from __future__ import annotations

_FREE = 500
_PER_REQUEST = 2
_RESETS_FREE = 100


class FloodGuard:
    """The account of one connection."""

    def __init__(self) -> None:
        self._useless = 0
        self._answered = 0
        self._resets = 0

    def answered(self) -> None:
        """A request got its complete answer."""
        self._answered += 1

    def useless(self) -> bool:
        """A frame that asks for nothing; whether it is one too many."""
        self._useless += 1
        return self._useless > _FREE + _PER_REQUEST * self._answered

    def reset(self) -> bool:
        """The client took a request back; whether it does so more often than it waits for answers."""
        self._resets += 1
        return self._resets > _RESETS_FREE + self._answered
