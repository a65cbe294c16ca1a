"""The versions of one function, as a document and what may be done to it.  Nothing is read or written here.

A document is the whole truth about what was uploaded for a function; gateways replace it whole, by compare-and-set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Self

import msgspec

from edge.errors import CallerError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_VERSIONS: Final = 1000
MAX_ALIASES: Final = 50
MAX_NOTE: Final = 500
MAX_WHO: Final = 100
HISTORY: Final = 20
ACTIVE: Final = "active"
LATEST: Final = "latest"
_FORMAT: Final = 1
_NUMBER: Final = re.compile(r"v?([1-9]\d{0,8})")
_ALIAS: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class Version(msgspec.Struct, frozen=True):
    """One upload.  `package` is its hash, `created` in ms of the Unix epoch, `size` in bytes of content.

    `problem` says why it could not be built when it was last tried; empty when it could, or nobody has tried.
    """

    number: int
    package: str
    created: int
    who: str = ""
    size: int = 0
    files: int = 0
    note: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """`v3`."""
        return f"v{self.number}"


class Versions(msgspec.Struct, frozen=True):
    """All that is known of a function's uploads.

    `revision` grows with each change, `change` is a random mark of it.  `versions` are in order, the oldest first;
    numbers are never used again.  `active` is the number that serves, 0 when none does (then the package that the
    config names, if it names one); `history` are those before it, the last one last.
    """

    function: str
    revision: int = 0
    change: str = ""
    next: int = 1
    versions: tuple[Version, ...] = ()
    active: int = 0
    history: tuple[int, ...] = ()
    aliases: dict[str, int] = {}
    format: int = _FORMAT

    @property
    def is_empty(self) -> bool:
        """Whether nothing is uploaded, never yet or not any more."""
        return not self.versions

    @property
    def etag(self) -> str:
        """What HTTP calls this state."""
        return f'"{self.revision}"'

    @property
    def serving(self) -> Version | None:
        """The version that serves."""
        return next((version for version in self.versions if version.number == self.active), None)

    def find(self, reference: str) -> Version:
        """`v3`, `3`, an alias, `active`, `latest`, or the hash of its package.

        Raises NotFoundError, and CallerError for what cannot be a version.
        """
        number = self._number(reference.strip())
        for version in self.versions:
            if version.number == number:
                return version
        known = ", ".join(version.name for version in self.versions[-5:]) or "none"
        raise NotFoundError(f"function {self.function} has no version {reference[:80]!r}", hint=f"there are: {known}")

    def _number(self, reference: str) -> int:
        if written := _NUMBER.fullmatch(reference):
            return int(written[1])
        if reference == ACTIVE:
            return self.active
        if reference == LATEST:
            return self.versions[-1].number if self.versions else 0
        if reference.startswith("sha256:"):
            return max((one.number for one in self.versions if one.package == reference), default=0)
        if not _ALIAS.fullmatch(reference):
            raise CallerError(f"{reference[:80]!r} is not a version (v3, an alias, active, latest, sha256:HEX)")
        return self.aliases.get(reference, 0)

    # -- changes: each answers a new document, with the same revision

    def added(self, package: str, created: int, **details: str | int) -> Self:
        """With one more version, of the next number."""
        version = msgspec.convert({"number": self.next, "package": package, "created": created, **details}, Version)
        return msgspec.structs.replace(self, versions=(*self.versions, version), next=self.next + 1)

    def activated(self, number: int) -> Self:
        """With this version serving; 0 is the config's own package.

        Raises NotFoundError when it is none of them: it may have been removed while it was built.
        """
        if number:
            self.find(f"v{number}")
        if number == self.active:
            return self
        history = (*self.history, self.active)[-HISTORY:]
        return msgspec.structs.replace(self, active=number, history=history)

    def rolled_back(self, *, to_config: bool) -> Self:
        """With that version serving which did before; `to_config`: the config has a package of its own to go back to.

        Raises ConflictError when there is none.
        """
        numbers = {version.number for version in self.versions}
        history = list(self.history)
        while history:
            number = history.pop()
            if number != self.active and (number in numbers or (number == 0 and to_config)):
                return msgspec.structs.replace(self, active=number, history=tuple(history))
        raise ConflictError(
            f"function {self.function} has no version before {f'v{self.active}' if self.active else 'this one'}",
            hint="activate one by name",
        )

    def aliased(self, alias: str, number: int) -> Self:
        """With an alias for a version; 0 removes it.  Raises CallerError, NotFoundError."""
        if not _ALIAS.fullmatch(alias) or _NUMBER.fullmatch(alias) or alias in {ACTIVE, LATEST}:
            raise CallerError(f"{alias[:80]!r} is not an alias (a-z, 0-9, _ and -, not like v3, {ACTIVE} or {LATEST})")
        aliases = {name: known for name, known in self.aliases.items() if name != alias}
        if number:
            aliases[alias] = number
        elif alias not in self.aliases:
            raise NotFoundError(f"function {self.function} has no alias {alias}")
        if len(aliases) > MAX_ALIASES:
            raise ConflictError(f"function {self.function} has {MAX_ALIASES} aliases, which is the limit")
        return msgspec.structs.replace(self, aliases=dict(sorted(aliases.items())))

    def without(self, number: int) -> Self:
        """Without this version.  Raises ConflictError when it serves or has an alias."""
        if number == self.active:
            raise ConflictError(f"v{number} of function {self.function} is active", hint="activate another one first")
        named = [alias for alias, known in self.aliases.items() if known == number]
        if named:
            raise ConflictError(f"v{number} of function {self.function} has the alias {named[0]}")
        return self._keeping({version.number for version in self.versions} - {number})

    def emptied(self) -> Self:
        """Without any version; their numbers are not used again."""
        return msgspec.structs.replace(self, versions=(), active=0, history=(), aliases={})

    def tried(self, number: int, problem: str) -> Self:
        """With what came of building this version."""
        versions = tuple(
            msgspec.structs.replace(one, problem=problem) if one.number == number else one for one in self.versions
        )
        return msgspec.structs.replace(self, versions=versions)

    def pruned(self, count: int, before: int, protected: Collection[int] = ()) -> Self:
        """Without what retention lets go: all but the newest `count` (0: any number), and those from before a moment.

        What serves, the one that a rollback would bring back, aliases and `protected` stay.
        """
        numbers = [version.number for version in self.versions]
        known = set(numbers)
        back = next((number for number in reversed(self.history) if number in known and number != self.active), 0)
        newest = set(numbers[-min(count or MAX_VERSIONS, MAX_VERSIONS) :])
        kept = {self.active, back, *self.aliases.values(), *protected, *numbers[-1:]}
        kept |= {one.number for one in self.versions if one.number in newest and one.created >= before}
        return self._keeping(kept) if known - kept else self

    def _keeping(self, numbers: Collection[int]) -> Self:
        return msgspec.structs.replace(
            self,
            versions=tuple(version for version in self.versions if version.number in numbers),
            history=tuple(number for number in self.history if number in numbers or number == 0),
        )


DECODER = msgspec.json.Decoder(Versions)  # not when it is first needed: see edge/engine/outcome_store.py


def split_reference(text: str) -> tuple[str, str]:
    """Function and version of `hello@v3`; the version is "" when nothing says it."""
    name, _, version = text.partition("@")
    return name, version
