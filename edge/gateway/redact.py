"""A config as operators may see it: without what is secret in it."""

from __future__ import annotations

import re
from typing import Any

MASK = "***"
_SECRET_KEYS = re.compile(r"(?:^|_)(?:token|password|passwd|secret|credential|private_key|api_key)s?$", re.IGNORECASE)
# Keys that end like secrets but hold names of them.
_NAMES = frozenset({"secrets", "keys_secret", "users_secret", "secret"})
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def redact(value: Any) -> Any:
    """A copy of builtin values: environment values, tokens and passwords in URLs are masked.

    Names of secrets stay: they are no secrets, and their being there is what operators look for.
    """
    if isinstance(value, dict):
        return {key: _entry(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return _USER_INFO.sub(MASK, value) if isinstance(value, str) else value


def _entry(key: str, value: Any) -> Any:
    if key == "env" and isinstance(value, dict):
        return dict.fromkeys(value, MASK)
    if key == "telemetry" and isinstance(value, dict):  # its headers are keys of a collector
        return {**redact(value), "headers": dict.fromkeys(value.get("headers", ()), MASK)}
    if key not in _NAMES and _SECRET_KEYS.search(key) and value:
        return MASK
    return redact(value)
