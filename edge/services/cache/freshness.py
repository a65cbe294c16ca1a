"""How long an answer is fresh and how old it is: RFC 9111 section 4.2.  Pure; times are Unix times in seconds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.services.cache.control import MAX_SECONDS, Control, seconds
from edge.services.cache.fields import field, http_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

HEURISTIC_SHARE = 0.1
HEURISTIC_MOST = 86_400.0
HEURISTIC_STATUSES = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""RFC 9110 section 15.1: statuses whose answers may be kept without being told for how long."""

_DIGITS = re.compile(r"[0-9]+")


def explicit_lifetime(control: Control, headers: Sequence[Header], received: float) -> float | None:
    """What the answer says itself, in seconds; None when it says nothing.

    A shared cache believes `s-maxage` before `max-age` before Expires (section 4.2.1).
    """
    for directive in ("s-maxage", "max-age"):
        found = seconds(control, directive)
        if found is not None:
            return found
    expires = field(headers, "expires")
    if expires is None:
        return None
    ends = http_date(expires)
    return 0.0 if ends is None else min(max(0.0, ends - _date(headers, received)), MAX_SECONDS)


def heuristic_lifetime(headers: Sequence[Header], received: float) -> float:
    """A tenth of the time since it was last modified, a day at most (section 4.2.2)."""
    modified = http_date(field(headers, "last-modified") or "")
    if modified is None:
        return 0.0
    return min(max(0.0, (_date(headers, received) - modified) * HEURISTIC_SHARE), HEURISTIC_MOST)


def initial_age(headers: Sequence[Header], requested: float, received: float) -> float:
    """How old the answer was when it came (section 4.2.3)."""
    apparent = max(0.0, received - _date(headers, received))
    text = (field(headers, "age") or "").partition(",")[0].strip()
    stated = float(min(int(text[:12]), MAX_SECONDS)) if _DIGITS.fullmatch(text) else 0.0
    # A Date of a whole second is up to one second behind.
    return max(apparent if apparent >= 1 else 0.0, stated + (received - requested if stated else 0.0))


def _date(headers: Sequence[Header], received: float) -> float:
    stated = http_date(field(headers, "date") or "")
    return received if stated is None else stated
