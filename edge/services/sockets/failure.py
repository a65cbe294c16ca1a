"""Why a socket failed, in Node's words: https://nodejs.org/api/errors.html#common-system-errors."""

from __future__ import annotations

import errno
import ssl
from typing import TYPE_CHECKING

import trio

from edge.errors import HostCallError

if TYPE_CHECKING:
    from edge.services.dial.failure import DialError
    from edge.services.egress.target import Target

_VERIFY = {
    2: "UNABLE_TO_GET_ISSUER_CERT",
    7: "CERT_SIGNATURE_FAILURE",
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    22: "CERT_CHAIN_TOO_LONG",
    23: "CERT_REVOKED",
    24: "INVALID_CA",
    26: "INVALID_PURPOSE",
    27: "CERT_UNTRUSTED",
    28: "CERT_REJECTED",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}
"""https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""
_ALTNAME = "ERR_TLS_CERT_ALTNAME_INVALID"


class SocketError(HostCallError):
    """A socket that does not do what was asked of it: an `Error` with a code of Node's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, js_class="Error", js_code=code)


def from_dial(error: DialError, target: Target) -> SocketError:
    """The failure of a connection that was not made."""
    if error.verdict is not None:
        return SocketError(error.reason, "EACCES")
    if error.js_code in ("ENOTFOUND", "EAI_AGAIN"):
        return SocketError(f"getaddrinfo {error.js_code} {target.host.name}", error.js_code)
    if error.stage == "connect":
        return SocketError(f"connect {error.js_code} {target.place}", error.js_code)
    return SocketError(error.reason, error.js_code)


def from_stream(error: BaseException, doing: str) -> SocketError:
    """The failure of a connection that was there; `doing` is "read" or "write"."""
    if isinstance(error, ssl.SSLError):
        return from_tls(error)
    cause = error.__cause__
    number = cause.errno if isinstance(cause, OSError) else None
    fallback = "EPIPE" if doing == "write" else "ECONNRESET"
    code = errno.errorcode.get(number or 0, fallback) if not isinstance(error, trio.ClosedResourceError) else fallback
    return SocketError(f"{doing} {code}", code)


def from_tls(error: ssl.SSLError) -> SocketError:
    """What OpenSSL says, by Node's codes."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = _VERIFY.get(error.verify_code, "CERT_REJECTED")
        words = error.verify_message.rstrip(".")
        return SocketError(
            f"Hostname/IP does not match certificate's altnames: {words}" if code == _ALTNAME else words, code
        )
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return disconnected()
    reason = error.reason or "SSL_ERROR"
    code = f"ERR_SSL_{reason}" if "ALERT" in reason else "EPROTO"
    return SocketError(f"write {code} error:SSL routines::{reason.replace('_', ' ').lower()}", code)


def disconnected() -> SocketError:
    """The peer left during the handshake."""
    return SocketError("Client network socket disconnected before secure TLS connection was established", "ECONNRESET")
