"""One part of the program."""

from __future__ import annotations

import msgspec


class Part(msgspec.Struct, frozen=True):
    """A name is unique among the parts of its kind."""

    kind: str
    """What names it: pypi | npm | deb | generic, as in a package URL."""
    name: str
    version: str
    licence: str = ""
    """An SPDX expression, or what the part calls its licence; "" when it says nothing."""
    namespace: str = ""
    """Of a package URL: `debian`."""

    @property
    def purl(self) -> str:
        """Its package URL (ECMA-427)."""
        namespace = f"{self.namespace}/" if self.namespace else ""
        return f"pkg:{self.kind}/{namespace}{_quoted(self.name)}@{_quoted(self.version)}"


def _quoted(text: str) -> str:
    """Percent-encoded but for what package URLs leave as it is; a slash separates the scope of an npm package."""
    kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:/"
    return "".join(
        character if character in kept else "".join(f"%{byte:02X}" for byte in character.encode()) for character in text
    )
