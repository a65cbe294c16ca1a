"""Synchronous, CPU-only operations, all together: `OPS` are the same for all, `of_isolate` makes those with a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.runtime.ops import certificates, compression, crypto, encoding, nodecrypto, url, webcrypto
from edge.runtime.ops.nodecrypto.state import Running
from edge.runtime.ops.nodezlib.engines import Engines

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from edge.services.api import Answer

OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    **certificates.OPS,
    **crypto.OPS,
    **encoding.OPS,
    **nodecrypto.OPS,
    **url.OPS,
    **webcrypto.OPS,
}
"""Every operation of the runtime, by name."""


def of_isolate() -> dict[str, Callable[[msgspec.Raw, bytes], Answer]]:
    """Operations that keep something for one isolate; what they keep ends with the last reference to them."""
    return {**compression.Codecs().ops, **Running().ops, **Engines().ops}
