"""When a run is, and by which expression, as operators write it."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from edge.errors import CallerError
from edge.schedule.expression import check_expression
from edge.wire.messages import Scheduled

_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def scheduled(cron: str, at: str) -> Scheduled:
    """`at` is ISO 8601 (UTC without an offset) or milliseconds since the Unix epoch; "" is now.  Raises CallerError."""
    if cron and (what := check_expression(cron)):
        raise CallerError(f"cron: {what}")
    return Scheduled(_milliseconds(at), cron)


def _milliseconds(at: str) -> int:
    if not at:
        return round(time.time() * 1000)
    if _MILLISECONDS.fullmatch(at):
        return int(at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise CallerError(f"time: {at[:60]!r} is neither ISO 8601 nor milliseconds since 1970") from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
