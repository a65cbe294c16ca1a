"""Builtins of V8 that read its clock by themselves, and whether a package mentions them.

A recording needs what they read, and to watch them makes V8 create them, which takes longer than a small function does
(`runtime/bootstrap/late_clocks.js`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle

_MENTIONS = {"Temporal": re.compile(rb"Temporal"), "Intl": re.compile(rb"DateTimeFormat")}


def late_builtins(bundle: Bundle) -> list[str]:
    """`Temporal` and `Intl`, as far as any file mentions them.  Reads the whole package."""
    return [name for name, mention in _MENTIONS.items() if mention.search(bundle.buffer)]
