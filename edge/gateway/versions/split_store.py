"""Where weights that were set at run time are kept: one object in the store of packages."""

from __future__ import annotations

import secrets
from threading import RLock
from typing import TYPE_CHECKING, Final

import msgspec

from edge.errors import ConflictError, OutsideError, PreconditionError
from edge.gateway.versions.overrides import FORMAT, Override, Overrides
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.packages.objects import Objects

KEY: Final = "splits/weights.json"
_MAX_DOCUMENT: Final = 4 * MIB
_ATTEMPTS: Final = 50
_decoder = msgspec.json.Decoder(Overrides)  # not when it is first needed: see edge/engine/outcome_store.py


class SplitStore:
    """`known` is what holds here: the document as it was last seen, and on top of it what could not be written yet.

    Methods that say so do input and output: use a thread.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._lock = RLock()
        self._seen = Overrides()
        self._etag = ""
        self._unwritten: dict[str, Override] = {}

    @property
    def known(self) -> Overrides:
        """See the class."""
        seen, unwritten = self._seen, self._unwritten
        return msgspec.structs.replace(seen, routes={**seen.routes, **unwritten}) if unwritten else seen

    @property
    def unwritten(self) -> Mapping[str, Override]:
        """What holds here and nobody else knows."""
        return dict(self._unwritten)

    def hold(self, route: str, override: Override) -> None:
        """Let this hold here at once, before it is written."""
        self._unwritten = {**self._unwritten, route: override}

    def refresh(self) -> bool:
        """Look at the store; whether it says something else than before.  Input and output.

        Raises StoreUnavailableError, after which nothing has changed, and OutsideError for what cannot be read.
        """
        with self._lock:
            before = self._seen
            self._seen, self._etag = self._read()
            return before != self._seen

    def write_held(self) -> None:
        """Write what holds here alone.  Input and output.  Raises what `change` raises."""
        for route, override in self.unwritten.items():
            self.change(lambda now, route=route, override=override: now.with_route(route, override))  # type: ignore[misc]
            if self._unwritten.get(route) is override:
                self._unwritten = {name: one for name, one in self._unwritten.items() if name != route}

    def change(self, make: Callable[[Overrides], Overrides], if_match: str = "") -> Overrides:
        """Replace the document by what `make` makes of it, and answer it.  Input and output.

        Raises PreconditionError (it is not at `if_match`), ConflictError, StoreUnavailableError, what `make` raises.
        """
        with self._lock:
            for _ in range(_ATTEMPTS):
                before, etag = self._read()
                if if_match and if_match != "*" and before.etag not in if_match:
                    raise PreconditionError(f"the weights have changed meanwhile: they are at {before.etag}")
                made = make(before)
                if made == before:
                    self._seen, self._etag = before, etag
                    return before
                marked = msgspec.structs.replace(made, revision=before.revision + 1, change=secrets.token_hex(8))
                written = self._objects.swap(KEY, msgspec.json.encode(marked), etag)
                now, etag = (marked, written) if written is not None else self._read()
                if now.change == marked.change:
                    self._seen, self._etag = now, etag
                    return now
        raise ConflictError("the weights are being changed by others", hint="try again")

    def _read(self) -> tuple[Overrides, str]:
        stored = self._objects.get(KEY, _MAX_DOCUMENT)
        if stored is None:
            return Overrides(), ""
        try:
            found = _decoder.decode(stored.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OutsideError(f"the weights in the store cannot be read: {error}") from error
        if found.format != FORMAT:
            raise OutsideError("the weights in the store are of another format")
        return found, stored.etag
