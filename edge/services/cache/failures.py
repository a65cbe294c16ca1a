"""What a cache can fail with.  Nobody outside of it sees these: without a cache everything is a miss."""

from __future__ import annotations

from edge.errors import OutsideError


class CacheCorruptError(OutsideError):
    """The file is damaged, or of another version; a new one takes its place."""


class CacheUnavailableError(OutsideError):
    """The file cannot be opened, read or written."""
