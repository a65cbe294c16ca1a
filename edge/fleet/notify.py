"""Telling systemd, or whoever started us, how we are: the protocol of sd_notify(3).

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 0.2  # seconds, for a manager whose queue is full
_ABSTRACT = "@"


class Notifier:
    """Does nothing when nobody wants to know.  What goes wrong is no reason to fail."""

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        """`address` is a path, or `@` and a name without a file; `watchdog` seconds, 0 is off."""
        self.watchdog = watchdog
        self._address = f"\0{address[1:]}" if address.startswith(_ABSTRACT) else address

    def __bool__(self) -> bool:
        return bool(self._address)

    def tell(self, *lines: str) -> None:
        """Send variables, such as `READY=1`, in one message."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.settimeout(_PATIENCE)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return

    def ready(self, status: str) -> None:
        self.tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """The time tells this reload from others."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self.tell("STOPPING=1", "STATUS=draining")

    def alive(self) -> None:
        self.tell("WATCHDOG=1")

    def succeeded_by(self, pid: int) -> None:
        """Another process is the service from now on."""
        self.tell(f"MAINPID={pid}")


def notifier_of(environ: Mapping[str, str], pid: int, *, successor: bool = False) -> Notifier:
    """As the environment says.

    The variables of a watchdog name the process that they are for.  A `successor` has those of the process that it
    takes over from.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", _ABSTRACT)):
        return Notifier()
    for_us = successor or environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    interval = environ.get("WATCHDOG_USEC", "")
    return Notifier(address, int(interval) / 1e6 if for_us and interval.isascii() and interval.isdecimal() else 0.0)
