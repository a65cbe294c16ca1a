"""Outgoing HTTP for functions: asks the egress policy, dials the address it allowed, streams the answer."""

from __future__ import annotations

from edge.services.http.client import FetchClient
from edge.services.http.limits import FetchLimits
from edge.services.http.service import FetchService

__all__ = ["FetchClient", "FetchLimits", "FetchService"]
