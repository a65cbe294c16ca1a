"""From a target to a connection: resolve once, ask the policy about every address, dial one of those it allowed."""

from __future__ import annotations

from edge.services.dial.connection import Connection
from edge.services.dial.dialer import Dialer
from edge.services.dial.failure import DialError

__all__ = ["Connection", "DialError", "Dialer"]
