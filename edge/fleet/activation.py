"""Listening sockets that whoever started us has opened: systemd's socket activation.

https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.fleet.messages import Inherited

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_FIRST = 3
_MOST = 256
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def activated(environ: MutableMapping[str, str], pid: int) -> list[Inherited]:
    """Those sockets; the one that is named `admin` is for operators, all others are public.

    The variables are taken out, as they are not for our children.
    """
    values = {name: environ.pop(name, "") for name in _VARIABLES}
    count = values["LISTEN_FDS"]
    if values["LISTEN_PID"] != str(pid) or not (count.isascii() and count.isdecimal()):
        return []
    number = min(int(count), _MOST)
    names = values["LISTEN_FDNAMES"].split(":") if values["LISTEN_FDNAMES"] else []
    names += [""] * (number - len(names))
    return [Inherited("admin" if names[place] == "admin" else "public", "", _FIRST + place) for place in range(number)]
