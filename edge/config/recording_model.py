"""Config structs of recordings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import CacheCount, EntrySize, Retention, Share, Size, about
from edge.units import DAYS, MIB


class RecordingsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Invocations that are kept so that `edge replay` can run them again."""

    failures: Annotated[bool, about("Whether those are kept that fail, of functions that say nothing themselves.")] = (
        True
    )
    share: Annotated[Share, about("How many of all others are kept, of functions that say nothing themselves.")] = 0.0
    max_size: Annotated[
        EntrySize, about("Largest recording, before it is compressed; larger invocations are not kept.")
    ] = 1 * MIB
    max_total: Annotated[
        Size, about("Disk space of all recordings; the oldest ones go when it is used up. 0 records nothing.")
    ] = 64 * MIB
    max_count: Annotated[CacheCount, about("The same as a number of recordings.")] = 1000
    max_age: Annotated[Retention, about("How long recordings are kept; 0 is any time.")] = 7 * DAYS
    redact: Annotated[
        list[str],
        about(
            "Headers whose values are left out, in requests, responses and host calls, besides `Authorization`, "
            "`Cookie`, `X-API-Key` and the like, and those of `log.secret_headers`."
        ),
    ] = field(default_factory=list)
    key_file: Annotated[
        str,
        about(
            "File with a key, relative to this file: a request with it in its `Edge-Record` header is recorded. "
            "Empty is off."
        ),
    ] = ""
