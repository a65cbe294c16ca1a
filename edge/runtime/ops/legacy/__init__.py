"""Decoders for the legacy encodings of the Encoding Standard: https://encoding.spec.whatwg.org/#legacy-encodings.

They stand on Python's codecs, whose tables differ from the standard's indexes in few places: each module
says where.  How errors are found and what follows them is the standard's, never the codec's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.runtime.ops.legacy import iso_2022_jp
from edge.runtime.ops.legacy.double_byte import TABLES, decode_tokens
from edge.runtime.ops.legacy.outcome import Outcome
from edge.runtime.ops.legacy.single_byte import SINGLE_BYTE, decode_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    Decoder = Callable[[bytes, str, bool], Outcome]


def decoder(name: str) -> Decoder | None:
    """The decoder of an encoding in lower case: called with bytes, state, and whether they are the last."""
    if name in SINGLE_BYTE:
        return lambda data, _state, _last: Outcome(decode_bytes(name, data))
    if name in TABLES:
        return lambda data, _state, last: decode_tokens(name, data, last=last)
    if name == "iso-2022-jp":
        return lambda data, state, last: iso_2022_jp.decode(data, state, last=last)
    return None
