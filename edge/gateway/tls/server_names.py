"""Which certificate a client gets, by the name that it asks for (SNI).  RFC 6066 section 3, RFC 9525 section 6.3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_NAME: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?|[0-9A-Fa-f]*:[0-9A-Fa-f:]*")
_MAX_NAME: Final = 254


class ServerNames(Generic[T]):
    """Names of certificates, each with what is to be used for it; of two with the same name the first one wins."""

    def __init__(self, entries: Iterable[tuple[Iterable[str], T]]) -> None:
        self._entries: dict[str, T] = {}
        for names, value in entries:
            for name in names:
                self._entries.setdefault(_plain(name), value)

    def find(self, name: str) -> T | None:
        """What is for `name`: the exact name first, then a wildcard for its first label; None when nothing is."""
        plain = _plain(name)
        found = self._entries.get(plain)
        if found is not None:
            return found
        label, dot, parent = plain.partition(".")
        return self._entries.get(f"*.{parent}") if label and dot else None


def is_name(name: str) -> bool:
    """Whether a client may ask for it: labels of letters, digits, hyphens and underscores.  Addresses pass, too."""
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
