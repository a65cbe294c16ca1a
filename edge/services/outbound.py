"""What the operator says about a function's way out, in the words of the services."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.services.egress.policy import Policy
from edge.services.http.limits import FetchLimits
from edge.services.resilience.rules import HostRule
from edge.services.sockets.limits import SocketLimits


class Outbound(msgspec.Struct, frozen=True):
    """`learn`: everything public is allowed, too, and remembered.  `ca_file`: further authorities to trust."""

    policy: Policy
    learn: bool = False
    limits: FetchLimits = FetchLimits()
    hosts: tuple[HostRule, ...] = ()
    ca_file: Path | None = None
    sockets: SocketLimits = SocketLimits()

    @property
    def effective(self) -> Policy:
        """The policy that holds."""
        return self.policy.learning() if self.learn else self.policy
