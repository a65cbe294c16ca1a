"""Why a connection was not made."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Literal

from edge.errors import HostCallError

if TYPE_CHECKING:
    from edge.services.egress.verdict import Verdict

Stage = Literal["parse", "scheme", "host", "ip", "request", "connect", "tls", "limit"]


class DialError(HostCallError):
    """No connection.  Each service says it in the words of its own API: it has `stage`, `reason` and `js_code`.

    `verdict` is there when the policy refused.  `js_code` is Node's for failures of the system (`ECONNREFUSED`,
    `ENOTFOUND`), else one of ours.
    """

    def __init__(self, reason: str, stage: Stage, *, code: str, verdict: Verdict | None = None) -> None:
        super().__init__(reason, js_class="Error", js_code=code)
        self.reason = reason
        self.stage: Stage = stage
        self.verdict = verdict


def refused(verdict: Verdict) -> DialError:
    """The failure for an unfavourable verdict."""
    codes = {"parse": "ERR_INVALID_URL", "request": "ERR_HTTP_REQUEST"}
    stage = verdict.stage or "request"
    return DialError(verdict.message, stage, code=codes.get(stage) or "ERR_EGRESS_DENIED", verdict=verdict)


def tls_failure(place: str, error: BaseException) -> DialError:
    """The failure for a handshake that did not succeed; the SSL error may be the cause of `error`."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__
    if isinstance(found, ssl.SSLCertVerificationError):
        reason = f"certificate verify failed: {found.verify_message}"
        return DialError(f"{place}: {reason}", "tls", code="ERR_TLS_CERT")
    detail = (found.reason or "").replace("_", " ").lower() if isinstance(found, ssl.SSLError) else ""
    reason = f"TLS handshake failed: {detail}" if detail else "TLS handshake failed"
    return DialError(f"{place}: {reason}", "tls", code="ERR_TLS_HANDSHAKE")
