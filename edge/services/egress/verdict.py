"""What the policy decided, and why."""

from __future__ import annotations

from typing import Literal

import msgspec

Stage = Literal["", "parse", "scheme", "host", "ip", "request"]


class Verdict(msgspec.Struct, frozen=True):
    """A decision that explains itself.

    `rule` is the entry that decided, as it was written ("" when none did).  `addresses` are those that
    were looked at; after a favourable `check_addresses`, those that may be dialled.  `reason` is safe to
    show to the function: it holds no address that the function did not name; `addresses` may.
    """

    allowed: bool
    stage: Stage
    host: str
    port: int = 0
    rule: str = ""
    addresses: tuple[str, ...] = ()
    reason: str = ""
    resolved_to: str = ""

    @property
    def message(self) -> str:
        """One sentence for the function's error."""
        if self.stage in ("parse", "scheme", "request"):
            return self.reason
        resolved = f" (resolved to {self.resolved_to})" if self.resolved_to else ""
        return f"Network policy blocked connection to {self.host}{resolved}: {self.reason}"
