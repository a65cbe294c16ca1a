"""Which versions every function has, and which one serves: documents in the store, and what this process knows of them.

Any number of gateways change the documents; each of them replaces a document only when it is still the one that it has
seen.  What was last seen is kept on disk, so that a gateway can start while the store is down.
"""

from __future__ import annotations

import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from edge.errors import ConflictError, NotFoundError, OutsideError, PreconditionError, StoreUnavailableError
from edge.packages.disk import write_atomic
from edge.packages.versions import ACTIVE, DECODER, Versions, split_reference
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from edge.packages.objects import Objects
    from edge.packages.versions import Version

PREFIX: Final = "functions/"
_SUFFIX: Final = ".json"
_MAX_DOCUMENT: Final = 2 * MIB
_ATTEMPTS: Final = 50
_PAUSE: Final = 0.005
_READERS: Final = 16
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


class _Seen(msgspec.Struct, frozen=True):
    """A document and the etag that the store gave it."""

    etag: str
    document: Versions


_SEEN = msgspec.json.Decoder(dict[str, _Seen])  # not when it is first needed: see edge/engine/outcome_store.py


class _Read(NamedTuple):
    """What the store said (None: there is nothing), and when it was asked, in tickets."""

    ticket: int
    seen: _Seen | None


class VersionIndex:
    """See the module.  Methods that say so do input and output: use a thread; the others look at what is known."""

    def __init__(self, objects: Objects, memory: Path | None = None) -> None:
        """`memory` is a file for what was last seen; None when the store is as near as a file."""
        self._objects = objects
        self._memory = memory
        self._lock = RLock()
        self._seen: dict[str, _Seen] = {}
        self._tickets = 0
        self._taken: dict[str, int] = {}
        self._documents: Mapping[str, Versions] = MappingProxyType({})
        self.problems: Mapping[str, str] = MappingProxyType({})
        """Functions whose documents cannot be read, and why: what was known of them before goes on."""

    # -- what is known

    @property
    def documents(self) -> Mapping[str, Versions]:
        """All that have versions, by name.  It never changes: there is another one after a change."""
        return self._documents

    def of(self, function: str) -> Versions:
        """What is known of one function; an empty document when there is nothing."""
        seen = self._seen.get(function)
        return seen.document if seen else Versions(function)

    def active(self, function: str) -> Version | None:
        """The version that serves, if one does."""
        return self.of(function).serving

    def resolve(self, reference: str) -> Version:
        """`hello@v3`, `hello@ALIAS`, `hello@latest`, `hello@sha256:HEX`; `hello` alone means the active one.

        Raises NotFoundError, and CallerError for what cannot be a version.
        """
        function, version = split_reference(reference)
        return self.of(function).find(version or ACTIVE)

    def packages(self) -> frozenset[str]:
        """The hashes that documents mention."""
        return frozenset(one.package for document in self._documents.values() for one in document.versions)

    # -- what the store says

    def recall(self) -> None:
        """Know what was last seen, from disk.  Reads a file; one that is damaged is nothing."""
        if self._memory is None:
            return
        with self._lock, suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._seen = _SEEN.decode(self._memory.read_bytes())
            self._publish()

    def refresh(self) -> frozenset[str]:
        """Look at the store, and answer the functions whose documents are others than before.

        Input and output.  Raises StoreUnavailableError, after which nothing has changed.
        """
        ticket = self._ticket()
        found = {name: listed.etag for listed in self._objects.list(PREFIX) if (name := _name(listed.key))}
        with self._lock:
            wanted = [name for name, etag in found.items() if not self._knows(name, etag)]
            gone = dict.fromkeys(self._seen.keys() - found.keys(), _Read(ticket, None))
        read: dict[str, _Read] = {}
        problems: dict[str, str] = {}

        def look(name: str) -> None:
            try:
                read[name] = self._read(name)
            except StoreUnavailableError:
                raise
            except OutsideError as error:
                problems[name] = error.message

        with ThreadPoolExecutor(_READERS) as readers:  # a gateway with an empty disk reads all of them
            list(readers.map(look, wanted))
        self.problems = MappingProxyType(problems)
        return self._take(gone | read)

    def reread(self, function: str) -> Versions:
        """The document of one function as the store has it now.  Input and output.  Raises StoreUnavailableError."""
        self._take({function: self._read(function)})
        return self.of(function)

    def change(self, function: str, make: Callable[[Versions], Versions], if_match: str = "") -> Versions:
        """Replace a document by what `make` makes of it, and answer it; a document that stays the same is not written.

        `make` may be called several times, when others change the document meanwhile.  With `if_match`, an etag, it is
        called for that state only.  Input and output.  Raises PreconditionError, ConflictError (others change it all
        the time), StoreUnavailableError, and what `make` raises.
        """
        for attempt in range(_ATTEMPTS):
            time.sleep(secrets.randbelow(attempt + 1) * _PAUSE)
            read = self._read(function)
            before = read.seen.document if read.seen else Versions(function)
            check_match(before, if_match)
            after = make(before)
            if after == before:
                self._take({function: read})
                return before
            written = self._write(after, read.seen.etag if read.seen else "")
            if written is not None:
                self._take({function: _Read(self._ticket(), written)})
                return written.document
        raise ConflictError(f"function {function} is being changed by others", hint="try again")

    def _write(self, document: Versions, etag: str) -> _Seen | None:
        """What is there now when it is this; None when somebody else was faster."""
        marked = msgspec.structs.replace(document, revision=document.revision + 1, change=secrets.token_hex(8))
        written = self._objects.swap(_key(document.function), msgspec.json.encode(marked), etag)
        if written is not None:
            return _Seen(written, marked)
        found = self._read(document.function).seen  # a write that is sent again, its answer lost, meets itself
        return found if found is not None and found.document.change == marked.change else None

    def _read(self, function: str) -> _Read:
        ticket = self._ticket()
        if not _NAME.fullmatch(function):
            raise NotFoundError(f"{function[:80]!r} is not the name of a function")
        stored = self._objects.get(_key(function), _MAX_DOCUMENT)
        if stored is None:
            return _Read(ticket, None)
        try:
            document = DECODER.decode(stored.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OutsideError(f"the versions of function {function} in the store cannot be read: {error}") from error
        if document.function != function or document.format != Versions(function).format:
            raise OutsideError(f"the versions of function {function} in the store are of another function or format")
        return _Read(ticket, _Seen(stored.etag, document))

    # -- taking it over

    def _ticket(self) -> int:
        """Threads read at the same time: what was asked for later is the newer truth, whatever arrives last."""
        with self._lock:
            self._tickets += 1
            return self._tickets

    def _knows(self, name: str, etag: str) -> bool:
        return name in self._seen and self._seen[name].etag == etag

    def _take(self, found: Mapping[str, _Read]) -> frozenset[str]:
        """Know what was read, and answer the names of what is another document now."""
        with self._lock:
            before, after = self._seen, self._seen.copy()
            for name, read in found.items():
                if read.ticket < self._taken.get(name, 0):
                    continue
                self._taken[name] = read.ticket
                after.pop(name, None)
                if read.seen is not None:
                    after[name] = read.seen
            changed = {name for name in found if _document(before, name) != _document(after, name)}
            self._seen = after
            if changed:
                self._publish()
                self._remember()
            return frozenset(changed)

    def _publish(self) -> None:
        documents = {name: seen.document for name, seen in sorted(self._seen.items()) if not seen.document.is_empty}
        self._documents = MappingProxyType(documents)

    def _remember(self) -> None:
        if self._memory is not None:
            with suppress(OutsideError):  # then it starts without, once
                write_atomic(self._memory, (msgspec.json.encode(self._seen),), durable=False)


def check_match(document: Versions, if_match: str) -> None:
    """Raise PreconditionError unless a document has one of these etags, as `If-Match` writes them; "" asks nothing."""
    wanted = {tag.strip().removeprefix("W/") for tag in if_match.split(",")} if if_match else set()
    if wanted and "*" not in wanted and document.etag not in wanted:
        raise PreconditionError(
            f"function {document.function} has changed meanwhile: it is at {document.etag}",
            hint="look at its versions again",
        )


def _document(seen: Mapping[str, _Seen], name: str) -> Versions | None:
    return seen[name].document if name in seen else None


def _key(function: str) -> str:
    return f"{PREFIX}{function}{_SUFFIX}"


def _name(key: str) -> str:
    """The function of a key; "" for what is none of ours."""
    name = key.removeprefix(PREFIX)
    if not name.endswith(_SUFFIX) or not _NAME.fullmatch(name.removesuffix(_SUFFIX)):
        return ""
    return name.removesuffix(_SUFFIX)
