"""Text of bytes in a legacy encoding: https://encoding.spec.whatwg.org/.

Operations (see `edge.services.api.Answer`):

    encoding.decode     {"encoding": name in lower case, "fatal", "last", "state"}, data: bytes
                        -> value: null when `fatal` and there was an error, or else {"pending", "state"};
                           data: the text in UTF-16LE

Nothing is kept between calls: of bytes that do not end with a whole character the last `pending` ones are to
be given again with those that follow, together with `state`, which is empty at the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.errors import HostCallError
from edge.runtime.ops import legacy
from edge.runtime.ops.legacy.iso_2022_jp import STATES
from edge.runtime.ops.legacy.outcome import ERROR
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable


class _Decode(msgspec.Struct, forbid_unknown_fields=True):
    encoding: str
    fatal: bool
    last: bool
    state: str


def decode(args: msgspec.Raw, data: bytes) -> Answer:
    """`encoding.decode`."""
    wanted = arguments(_Decode, args)
    decoder = legacy.decoder(wanted.encoding)
    if decoder is None or wanted.state not in STATES:
        raise HostCallError(f"no decoder for {wanted.encoding!r}, state {wanted.state!r}", js_class="RangeError")
    text, pending, state = decoder(data, wanted.state, wanted.last)
    if ERROR in text:
        if wanted.fatal:
            return Answer()
        text = text.replace(ERROR, "\ufffd")
    return Answer({"pending": pending, "state": state}, text.encode("utf-16-le"))


OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"encoding.decode": decode}
