"""Synchronous, CPU-only operations: each module has `OPS`, name -> operation; here they are all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.runtime.ops import crypto, encoding, url

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from edge.services.api import Answer

OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {**crypto.OPS, **encoding.OPS, **url.OPS}
"""Every operation of the runtime, by name."""
