"""How long to wait before a request is sent again: pure, with chance and clock given."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.services.resilience.rules import Retry
    from edge.wire.messages import Header

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2, without TRACE."""


def pause(retry: Retry, attempt: int, chance: float) -> float:
    """Seconds before attempt number `attempt` + 1; `chance` in 0..1 keeps clients from coming back together."""
    longest = min(retry.max_backoff, retry.backoff * 2.0 ** (attempt - 1))
    return longest * (0.5 + chance / 2)


def retry_after(headers: Iterable[Header], now: float) -> float | None:
    """What a response asks for, in seconds from `now` (Unix time); None when it asks for nothing.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = next((value.strip() for name, value in headers if name == "retry-after"), "")
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def is_transient(stage: str, code: str) -> bool:
    """Whether a failure may be another one, or none, the next time."""
    return stage in ("connect", "response") or code in ("EAI_AGAIN", "ERR_TLS_HANDSHAKE")
