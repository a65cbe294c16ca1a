"""Uploads become versions, and versions serve.

The truth about a function is its document in the store.  A version serves here once it is built, its smoke tests have
passed and the document names it; then it does on every other gateway as soon as these look (`follower.py`).
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec
import structlog
import trio

from edge.config.function_checks import check_function_name
from edge.errors import (
    CallerError,
    ConflictError,
    EdgeError,
    NotFoundError,
    OutsideError,
    OverloadedError,
    PackageError,
    PreconditionError,
)
from edge.gateway.deploys.failure import DeployError, problems_of
from edge.gateway.deploys.view import report_view, version_view, versions_view
from edge.packages.archive import read_archive
from edge.packages.limits import DEFAULT_LIMITS
from edge.packages.version_index import check_match
from edge.packages.versions import MAX_NOTE, MAX_WHO

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.config.model import PackagesConfig
    from edge.gateway.deploys.redeploy import Redeployer
    from edge.packages.uploads import Uploads
    from edge.packages.versions import Version, Versions

    Change = Callable[[Versions], Versions]

_AT_ONCE = 2
_WAITING = 16
log = structlog.get_logger(component="deploys")


class Deployed(msgspec.Struct, frozen=True):
    """What the admin listener answers: a body, and the etag of the function's versions."""

    etag: str
    body: dict[str, Any]
    created: bool = False


class _Stored(msgspec.Struct, frozen=True):
    """A package that is in the store: its hash, bytes of content, and number of files."""

    package: str
    size: int
    files: int


class Deployer:
    """Each method is one request; `if_match` is its header, "" when there is none, `who` says who asks.

    All raise NotFoundError, CallerError (a name or version that can be none), PreconditionError, ConflictError and
    StoreUnavailableError.  Of two at the same time for one function both may succeed, one after the other.
    """

    def __init__(
        self,
        uploads: Uploads,
        redeployer: Redeployer,
        settings: Callable[[], PackagesConfig],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`settings` are those of now; `clock` tells seconds since the Unix epoch."""
        self._packages = uploads.packages
        self._index = uploads.index
        self._redeployer = redeployer
        self._settings = settings
        self._clock = clock
        self._reading = trio.CapacityLimiter(_AT_ONCE)

    async def versions(self, function: str) -> Deployed:
        """All versions of a function."""
        document = await self._current(function)
        if document.is_empty and not document.revision and not self._redeployer.loaded(function):
            raise NotFoundError(f"there is no function {function!r}")
        return Deployed(document.etag, versions_view(document, serves=self._serves(document)))

    async def upload(
        self, function: str, archive: IO[bytes], *, note: str, who: str, activate: bool | None, if_match: str
    ) -> Deployed:
        """Make a version of an archive.  The same archive, with the same note, right after itself is the same version.

        It is activated when asked for, or (None) when nothing else serves under this name.  Raises PackageError for an
        archive that cannot be used, and DeployError for a version that cannot be activated.
        """
        _check_name(function)
        _check_length("note", note, MAX_NOTE)
        if self._reading.statistics().tasks_waiting >= _WAITING:
            raise OverloadedError(f"{_WAITING} uploads wait already")
        check_match(await self._current(function), if_match)
        stored = await trio.to_thread.run_sync(self._store, archive, limiter=self._reading)
        made: list[int] = []
        document = await self._change(function, partial(self._added, stored, note, who, made), if_match)
        version = document.versions[-1]
        created = version.number in made
        self._tell("version_uploaded", document, version, who, created=created)
        if activate or (activate is None and self._is_idle(document)):
            found = await self._serve(document, version, lambda now: now.activated(version.number), "", who)
            return msgspec.structs.replace(found, created=created)
        body = {**version_view(document, version), "function": function, "serves": self._serves(document)}
        return Deployed(document.etag, body, created=created)

    async def activate(self, function: str, reference: str, *, who: str, if_match: str) -> Deployed:
        """Let a version serve.  Raises DeployError when it cannot be built; then nothing has changed."""
        document = await self._known(function, if_match)
        version = document.find(reference)
        return await self._serve(document, version, lambda now: now.activated(version.number), if_match, who)

    async def rollback(self, function: str, *, who: str, if_match: str) -> Deployed:
        """Let that version serve which did before."""
        document = await self._known(function, if_match)
        own = self._redeployer.has_own_package(function)
        after = document.rolled_back(to_config=own)
        version = next((one for one in document.versions if one.number == after.active), None)
        try:
            return await self._serve(document, version, lambda now: now.rolled_back(to_config=own), document.etag, who)
        except PreconditionError as error:
            if if_match:
                raise
            raise ConflictError(f"function {function} is being changed by others", hint="try again") from error

    async def alias(self, function: str, alias: str, reference: str, *, who: str, if_match: str) -> Deployed:
        """Give a version a name; reference "" takes the name away."""
        await self._known(function, if_match)
        document = await self._change(
            function, lambda now: now.aliased(alias, now.find(reference).number if reference else 0), if_match
        )
        log.info("alias_changed", function=function, alias=alias, version=reference, who=who)
        await self._redeployer.redeploy([function])  # something may be routed to the alias
        return Deployed(document.etag, versions_view(document, serves=self._serves(document)))

    async def remove(self, function: str, reference: str, *, who: str, if_match: str) -> Deployed:
        """Forget a version that neither serves nor has an alias, nor is named by the config."""
        document = await self._known(function, if_match)
        version = document.find(reference)
        if version.number in self._protected(document):
            raise ConflictError(f"the config names {version.name} of function {function}", hint="change it there first")
        document = await self._change(function, lambda now: now.without(version.number), if_match)
        self._tell("version_removed", document, version, who)
        return Deployed(document.etag, versions_view(document, serves=self._serves(document)))

    async def delete(self, function: str, *, who: str, if_match: str) -> Deployed:
        """Forget all versions.  A function that is in the config serves its own package again."""
        document = await self._known(function, if_match)
        if document.is_empty:
            raise ConflictError(
                f"nothing was uploaded for function {function}: it comes from the config", hint="remove it there"
            )
        if self._protected(document):
            raise ConflictError(f"the config names versions of function {function}", hint="change it there first")
        await self._redeployer.redeploy(
            [function], {function: 0}, partial(self._change, function, lambda now: now.emptied(), if_match)
        )
        document = self._index.of(function)
        log.info("function_deleted", function=function, who=who)
        return Deployed(document.etag, {"function": function, "deleted": True, "serves": self._serves(document)})

    async def prune(self) -> None:
        """Let go what retention lets go, of all functions: versions grow old without anybody asking for anything."""
        for function, document in self._index.documents.items():
            if self._pruned(document) is not document:
                await self._change(function, self._pruned, "")

    # -- parts of these

    async def _serve(
        self, document: Versions, version: Version | None, change: Change, if_match: str, who: str
    ) -> Deployed:
        """Build a version (None: the config's own package), write down that it is active, and serve it."""
        function, number = document.function, version.number if version else 0
        if self._redeployer.is_pinned(function):
            raise ConflictError(f"the config names the package of function {function}", hint="change it there")
        if version is not None:
            await self._fetch(version)
        before = document.serving
        changed: list[Versions] = []

        async def commit() -> None:
            changed.append(await self._change(function, change, if_match))

        try:
            result = await self._redeployer.redeploy([function], {function: number}, commit)
        except (PreconditionError, ConflictError, NotFoundError, OutsideError):
            raise
        except EdgeError as error:
            if changed:
                raise
            await self._refuse(document, version, error)
        now = changed[0] if changed else self._index.of(function)
        if version is not None and version.problem:
            now = await self._change(function, lambda then: then.tried(number, ""), "")
        log.info(
            "version_activated",
            function=function,
            version=version.name if version else "",
            before=before.name if before else "",
            who=who,
        )
        shown = version_view(now, now.find(version.name)) if version else {"version": None}
        body = {
            **shown,
            "function": function,
            "previous": before.name if before else None,
            "serves": self._serves(now),
            "changed": result.changed,
            "generation": result.generation,
            "report": report_view(self._redeployer.loaded(function)),
        }
        return Deployed(now.etag, body)

    async def _fetch(self, version: Version) -> None:
        """Have the package here before reloads have to wait for this one.  Raises StoreUnavailableError."""
        with suppress(PackageError):  # the build says so, in its place
            await trio.to_thread.run_sync(self._packages.get, version.package, abandon_on_cancel=True)

    async def _refuse(self, document: Versions, version: Version | None, error: EdgeError) -> NoReturn:
        """Remember what was wrong, and raise DeployError."""
        function, problems = document.function, problems_of(error)
        name = version.name if version else ""
        log.warning("version_not_activated", function=function, version=name, problems=problems[:10])
        first = problems[0][:MAX_NOTE] if problems else error.code
        if version is not None:
            await self._mark(function, version, first)
        details = {
            "function": function,
            "version": name or None,
            "package": version.package if version else None,
            "problems": problems,
            "report": {"status": "broken", "problems": problems},
        }
        what = name or "the config's own package"
        raise DeployError(f"{what} of function {function} cannot be activated: {first}", details=details) from error

    async def _mark(self, function: str, version: Version, problem: str) -> None:
        """For the list of versions, if the store lets us."""
        try:
            await self._change(function, lambda now: now.tried(version.number, problem), "")
        except EdgeError as error:
            log.warning("version_not_marked", function=function, version=version.name, error=error.message)

    def _store(self, archive: IO[bytes]) -> _Stored:
        """Its package, which is in memory only here.  Does input and output."""
        bundle = read_archive(archive.read(DEFAULT_LIMITS.archive + 1))
        self._packages.put(bundle)
        return _Stored(bundle.hash, bundle.size, len(bundle.files))

    def _added(self, stored: _Stored, note: str, who: str, made: list[int], document: Versions) -> Versions:
        made.clear()
        newest = document.versions[-1] if document.versions else None
        if newest is not None and newest.package == stored.package and newest.note == note:
            return document
        made.append(document.next)
        added = document.added(
            stored.package,
            int(self._clock() * 1000),
            who=who[:MAX_WHO],
            note=note,
            size=stored.size,
            files=stored.files,
        )
        return self._pruned(added)

    def _pruned(self, document: Versions) -> Versions:
        """Without what retention lets go."""
        rule = self._settings()
        before = int((self._clock() - rule.keep_age) * 1000) if rule.keep_age else 0
        return document.pruned(rule.keep_versions, before, self._protected(document))

    def _protected(self, document: Versions) -> set[int]:
        """Numbers of versions that the config names."""
        found = set()
        for reference in self._redeployer.mentioned(document.function):
            try:
                found.add(document.find(reference).number)
            except CallerError:
                continue  # it is not there anyway
        return found

    def _is_idle(self, document: Versions) -> bool:
        """Whether nothing serves under this name: also when the config has the function, but no package for it."""
        if document.serving is not None or self._redeployer.is_pinned(document.function):
            return False
        loaded = self._redeployer.loaded(document.function)
        return loaded is None or loaded.function is None

    def _serves(self, document: Versions) -> str:
        if self._redeployer.is_pinned(document.function):
            return "config"
        if document.serving is not None:
            return "version"
        return "config" if self._redeployer.has_own_package(document.function) else "nothing"

    async def _current(self, function: str) -> Versions:
        _check_name(function)
        return await trio.to_thread.run_sync(self._index.reread, function, abandon_on_cancel=True)

    async def _known(self, function: str, if_match: str) -> Versions:
        """The document of a function that there is, in the state that the caller has seen."""
        document = await self._current(function)
        if document.is_empty and not self._redeployer.loaded(function):
            raise NotFoundError(f"there is no function {function!r}")
        check_match(document, if_match)
        return document

    async def _change(self, function: str, change: Change, if_match: str) -> Versions:
        return await trio.to_thread.run_sync(self._index.change, function, change, if_match)

    def _tell(self, event: str, document: Versions, version: Version, who: str, **more: Any) -> None:
        log.info(event, function=document.function, version=version.name, package=version.package, who=who, **more)


def _check_name(function: str) -> None:
    if problem := check_function_name(function):
        raise CallerError(problem)


def _check_length(what: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise CallerError(f"{what} has {len(text)} characters; the limit is {limit}")
