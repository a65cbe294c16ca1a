"""Names that answers are purged by: the header Cache-Tag, as Cloudflare has it.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.cache.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

MAX_TAGS = 256
MAX_LENGTH = 256


def tags_of(headers: Sequence[Header]) -> frozenset[str] | None:
    """The tags of an answer, in lower case; None when they are too many or too long to be kept."""
    value = field(headers, "cache-tag")
    if value is None:
        return frozenset()
    tags = frozenset(tag.strip(" \t").lower() for tag in value.split(",")) - {""}
    return None if len(tags) > MAX_TAGS or any(len(tag) > MAX_LENGTH for tag in tags) else tags
