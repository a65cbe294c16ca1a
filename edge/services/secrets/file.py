"""The file that holds secrets.  Blocking; several processes may use it at once."""

from __future__ import annotations

import fcntl
import os
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.errors import CallerError, NotFoundError, OutsideError
from edge.services.secrets.sealed import Sealed, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "secrets.json"
"""Its name in `storage.data_dir`."""
MAX_VALUE = 256 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class _Content(msgspec.Struct):
    """By name, or `FUNCTION/NAME` for one function's own."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    secrets: dict[str, Sealed] = {}


class Listed(msgspec.Struct, frozen=True):
    """A secret without its value; `function` is empty when it is everybody's."""

    name: str
    function: str
    changed: int


_decoder = msgspec.json.Decoder(_Content)  # not when it is first needed: see edge/engine/outcome_store.py


class SecretFile:
    """Secrets under a key.  Methods raise CallerError, NotFoundError, and OutsideError when the file fails."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    def get(self, name: str, function: str) -> str | None:
        """The value for a function: its own, or everybody's; None when there is none."""
        held = self._read().secrets
        for place in (_place(name, function), name):
            if place in held:
                return unseal(self._key, place, held[place])
        return None

    def set(self, name: str, function: str, value: str) -> None:
        """Keep a value."""
        if not _NAME.fullmatch(name):
            raise CallerError(f"{name[:60]!r} is not the name of a variable (letters, digits and _, no digit first)")
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise CallerError("the value is not text in UTF-8") from None  # the error holds the value
        if size > MAX_VALUE:
            raise CallerError(f"a secret may have {MAX_VALUE} bytes; this one has {size}")
        place = _place(name, function)
        with self._changing() as content:
            self._check_key(content)
            content.secrets[place] = seal(self._key, place, value, round(time.time()))

    def delete(self, name: str, function: str) -> None:
        """Forget one."""
        place = _place(name, function)
        with self._changing() as content:
            if content.secrets.pop(place, None) is None:
                raise NotFoundError(f"there is no secret {place}")

    def list(self) -> list[Listed]:
        """All of them, by name."""
        found = []
        for place, sealed in self._read().secrets.items():
            function, _, name = place.rpartition("/")
            found.append(Listed(name, function, sealed.changed))
        return sorted(found, key=lambda each: (each.name, each.function))

    def change_key(self, new: bytes) -> int:
        """Close every secret with another key; answers how many there are."""
        with self._changing() as content:
            for place, sealed in content.secrets.items():
                value = unseal(self._key, place, sealed)
                content.secrets[place] = seal(new, place, value, sealed.changed)
        self._key = new
        return len(content.secrets)

    def _check_key(self, content: _Content) -> None:
        """All secrets of a file have one key."""
        for place, sealed in content.secrets.items():
            unseal(self._key, place, sealed)
            return

    def _read(self) -> _Content:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return _Content()
        except OSError as error:
            raise OutsideError(f"the file of the secrets cannot be read: {error.strerror}") from error
        try:
            return _decoded(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise OutsideError(
                f"the file of the secrets is damaged: {error}", hint=f"restore {FILE} from a backup, or remove it"
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """What is there, to be changed; written as a whole, by one process at a time."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.with_name(f"{self._path.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                content = _Content(secrets=dict(self._read().secrets))
                yield content
                self._write(msgspec.json.encode(content))
        except OSError as error:
            raise OutsideError(f"the file of the secrets cannot be written: {error.strerror}") from error

    def _write(self, data: bytes) -> None:
        part = self._path.with_name(f"{self._path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@lru_cache(maxsize=2)
def _decoded(data: bytes) -> _Content:
    """What a file says, not to be changed: a reload asks for the secrets of each function."""
    return _decoder.decode(data)


def _place(name: str, function: str) -> str:
    return f"{function}/{name}" if function else name
