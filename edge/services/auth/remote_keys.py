"""The keys of an issuer: fetched when they are needed, kept, and fetched again when they age or one is missing.

Whatever the issuer does, requests are spared: one fetch at a time, each with a deadline and a largest size, and a PAUSE
after it, also when tokens name keys that nobody has heard of, which anybody can make them do.  Keys that are known go
on being good while their issuer cannot be reached, for MAX_STALE.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import structlog
import trio

from edge.errors import AuthUnavailableError, EdgeError
from edge.services.auth.keys import choose, set_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from edge.services.auth.keys import VerifyKey

PAUSE: Final = 5.0
"""Seconds between the beginnings of two fetches."""
FETCH_TIMEOUT: Final = 5.0
FRESH: Final = 600.0
MIN_FRESH: Final = 60.0
MAX_FRESH: Final = 3600.0
MAX_STALE: Final = 86_400.0
MAX_SIZE: Final = 512 * 1024
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})")
_DISCOVERY = "/.well-known/openid-configuration"

log = structlog.get_logger(component="gateway")


class Fetched(msgspec.Struct, frozen=True):
    """The body of an answer with status 200, and its Cache-Control."""

    body: bytes
    cache_control: str = ""


class Fetch(Protocol):
    """GET a URL: the body, of MAX_SIZE at most.  Raises EdgeError; whoever calls has a deadline."""

    def __call__(self, url: str) -> Awaitable[Fetched]:
        """See the class."""


class Discovered(msgspec.Struct, frozen=True):
    """What counts of an issuer's metadata (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    jwks_uri: str


class RemoteKeys:
    """The keys at `jwks_url`, or those that `issuer` says are its own.

    `start` runs a task that outlives the request.
    """

    def __init__(
        self,
        fetch: Fetch,
        start: Callable[[Callable[[], Awaitable[Any]]], object],
        *,
        jwks_url: str = "",
        issuer: str = "",
    ) -> None:
        self._fetch = fetch
        self._start = start
        self._jwks_url = jwks_url
        self._issuer = issuer
        self._keys: Sequence[VerifyKey] = ()
        self._loaded = self._tried = -float("inf")
        self._fresh = 0.0
        self._busy: trio.Event | None = None

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self._jwks_url or self._issuer

    async def find(self, key_id: str | None, algorithm: str) -> Sequence[VerifyKey]:
        """All keys that are known, fetched again when none of them would do.  Raises AuthUnavailableError."""
        age = trio.current_time() - self._loaded
        if age > MAX_STALE or not choose(self._keys, key_id, algorithm):
            await self._refreshed()
        elif age > self._fresh:
            self._begin()
        if trio.current_time() - self._loaded > MAX_STALE:
            raise AuthUnavailableError("the keys that tokens are checked with cannot be had at the moment")
        return self._keys

    async def _refreshed(self) -> None:
        """Until the fetch that is under way has ended, or a new one when it may be."""
        self._begin()
        if self._busy is not None:
            await self._busy.wait()

    def _begin(self) -> None:
        now = trio.current_time()
        if self._busy is None and now - self._tried > PAUSE:
            self._busy = trio.Event()
            self._tried = now
            self._start(self._refresh)

    async def _refresh(self) -> None:
        """One fetch.  Raises nothing: the log is told."""
        try:
            with trio.fail_after(FETCH_TIMEOUT):
                await self._load()
        except (EdgeError, ValueError) as error:
            self._complain(str(error))
        except trio.TooSlowError:
            self._complain(f"no answer within {FETCH_TIMEOUT:g} s")
        finally:
            if self._busy is not None:
                self._busy.set()
            self._busy = None

    def _complain(self, reason: str) -> None:
        log.warning("jwks_failed", url=self.name, error=reason[:500], known=len(self._keys))

    async def _load(self) -> None:
        url = self._jwks_url or await self._discover()
        found = await self._fetch(url)
        keys = set_keys(found.body, public=True)
        if not keys:
            raise ValueError("there is no key that can verify signatures")
        age = _MAX_AGE.search(found.cache_control.lower())
        self._fresh = min(max(float(age[1]) if age else FRESH, MIN_FRESH), MAX_FRESH)
        self._keys, self._loaded = keys, trio.current_time()

    async def _discover(self) -> str:
        """Where the issuer says that its keys are."""
        found = await self._fetch(self._issuer.rstrip("/") + _DISCOVERY)
        try:
            metadata = msgspec.json.decode(found.body, type=Discovered)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError("the issuer's metadata are no JSON object with issuer and jwks_uri") from error
        if metadata.issuer != self._issuer:
            raise ValueError(f"the issuer's metadata are of another issuer, {metadata.issuer[:200]!r}")
        secure = self._issuer.startswith("https://")
        if not metadata.jwks_uri.startswith("https://" if secure else ("http://", "https://")):
            raise ValueError("jwks_uri is no https URL")
        return metadata.jwks_uri
