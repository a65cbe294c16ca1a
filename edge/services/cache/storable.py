"""Whether an answer may be kept, and for how long: RFC 9111 section 3.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.cache.control import Control, parse_control, seconds
from edge.services.cache.fields import field
from edge.services.cache.freshness import HEURISTIC_STATUSES, explicit_lifetime, heuristic_lifetime
from edge.services.cache.records import Times
from edge.services.cache.tags import tags_of
from edge.services.cache.vary import vary_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

# Statuses whose meaning is known here: of these, `must-understand` sets `no-store` aside (section 5.2.2.3).
_UNDERSTOOD = HEURISTIC_STATUSES | {302, 303, 307, 400, 401, 403, 406, 409, 415, 422, 429, 500, 502, 503, 504}
_PARTS = frozenset({206, 304})


class Rules(msgspec.Struct, frozen=True):
    """What a route says, in seconds: times for answers that say nothing themselves."""

    default: float = 0.0
    heuristic: bool = False
    revalidating: float = 0.0
    failing: float = 0.0


class Verdict(msgspec.Struct, frozen=True):
    """`times` is None when the answer is not kept, and `reason` says why."""

    times: Times | None
    reason: str = ""

    @property
    def shareable(self) -> bool:
        """Whether it answers others that asked at the same time."""
        return self.times is not None and self.times.fresh > 0 and not self.times.checked


def judge(
    status: int,
    headers: Sequence[Header],
    *,
    received: float,
    rules: Rules,
    credentials: bool = False,
    request: Control | None = None,
) -> Verdict:
    """About the answer to a GET.

    `credentials`: the request says who asks, so the answer has to say that it is for everybody (section 3.5).
    `request` are the directives of the request.
    """
    control = parse_control(field(headers, "cache-control"))
    refused = _refusal(status, headers, control, request or {}) or _restriction(control, credentials=credentials)
    if refused:
        return Verdict(None, refused)
    times = times_of(status, headers, control, received, rules)
    if times.most > 0 or (_has_validator(headers) and times.checked):
        return Verdict(times)
    return Verdict(None, "no-lifetime")


def _refusal(status: int, headers: Sequence[Header], control: Control, request: Control) -> str:
    if status < 200 or status in _PARTS:
        return "status"
    if "no-store" in request:
        return "request-no-store"
    if "no-store" in control and not ("must-understand" in control and status in _UNDERSTOOD):
        return "no-store"
    if field(headers, "set-cookie") is not None:
        return "set-cookie"
    if (field(headers, "content-type") or "").lower().startswith("text/event-stream"):
        return "event-stream"
    if vary_names(headers) is None:
        return "vary"
    return "tags" if tags_of(headers) is None else ""


def _restriction(control: Control, *, credentials: bool) -> str:
    if "private" in control:  # with names of fields too, which section 5.2.2.7 allows
        return "private"
    if credentials and not control.keys() & {"public", "s-maxage", "must-revalidate"}:
        return "authorization"
    return ""


def times_of(status: int, headers: Sequence[Header], control: Control, received: float, rules: Rules) -> Times:
    """How long an answer may be used."""
    fresh = explicit_lifetime(control, headers, received)
    if fresh is None:
        fresh = _implicit(status, headers, received, rules)
    checked = "no-cache" in control
    if checked or control.keys() & {"must-revalidate", "proxy-revalidate"}:
        return Times(0.0 if checked else fresh, checked=checked)
    # Section 5.2.2.10: after s-maxage nothing stale is used, unless the answer itself says otherwise (RFC 5861).
    lenient = rules if "s-maxage" not in control else Rules()
    revalidating = seconds(control, "stale-while-revalidate")
    failing = seconds(control, "stale-if-error")
    return Times(
        fresh,
        lenient.revalidating if revalidating is None else revalidating,
        lenient.failing if failing is None else failing,
    )


def _implicit(status: int, headers: Sequence[Header], received: float, rules: Rules) -> float:
    if status not in HEURISTIC_STATUSES:
        return 0.0
    return rules.default or (heuristic_lifetime(headers, received) if rules.heuristic else 0.0)


def _has_validator(headers: Sequence[Header]) -> bool:
    return any(name in {"etag", "last-modified"} for name, _ in headers)
