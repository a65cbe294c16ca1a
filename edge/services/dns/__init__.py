"""Look-ups of names for functions, as Node's `dns` needs them."""

from __future__ import annotations

from edge.services.dns.service import DnsService

__all__ = ["DnsService"]
