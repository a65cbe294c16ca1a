"""edge: a self-hosted edge gateway with a JavaScript engine inside."""

from __future__ import annotations

__version__ = "0.1.0"
