"""TCP and TLS connections of functions, as Node's `net`, `tls` and `http` need them."""

from __future__ import annotations

from edge.services.sockets.limits import SocketLimits
from edge.services.sockets.service import SocketService

__all__ = ["SocketLimits", "SocketService"]
