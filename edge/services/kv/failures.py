"""What can go wrong in a key-value store, by whose fault it is.

`js_class` and `js_code` are what a function sees (the catalogue is in `edge.errors.HostCallError`).
"""

from __future__ import annotations

from typing import ClassVar

from edge.errors import CallerError, LimitError, OutsideError


class KVInputError(CallerError):
    """A key, value or option cannot be used, or an entry does not hold what the operation needs."""

    code = "bad_kv_request"
    js_class: ClassVar[str] = "TypeError"
    js_code: ClassVar[str] = "ERR_KV_INPUT"


class KVLimitError(KVInputError):
    """A key, value or batch is larger than the store takes; `limit` and `value` are in the message too."""

    code = "kv_limit"
    status = 413
    js_class = "RangeError"
    js_code = "ERR_KV_LIMIT"

    def __init__(self, message: str, *, limit: int, value: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.limit = limit
        self.value = value


class QuotaExceededError(LimitError):
    """The namespace would hold `value` bytes, more than its `limit`."""

    code = "kv_quota"
    status = 507
    js_class: ClassVar[str] = "QuotaExceededError"
    js_code: ClassVar[str] = ""  # the code of a DOMException is a number of its own

    def __init__(self, *, limit: int, value: int) -> None:
        super().__init__(
            f"the KV namespace may hold {limit} bytes and this write would make it {value}",
            hint="delete entries or let them expire with a TTL",
        )
        self.limit = limit
        self.value = value


class KVUnavailableError(OutsideError):
    """The store cannot answer now: locked for too long, disk full, closed.  Nothing was acknowledged."""

    code = "kv_unavailable"
    status = 503


class KVCorruptError(OutsideError):
    """The database file is damaged or is not one of ours.  For operators: the message names the file."""

    code = "kv_corrupt"
    status = 500


class KVConflictError(OutsideError):
    """What an invocation was told of the store had changed when its writes were to become visible; none has."""

    code = "kv_conflict"
    status = 409
