"""The keys of issuers for the whole process: kept over reloads, fetched by the rules of egress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import trio

from edge.config.auth_model import AuthRule
from edge.config.function_checks import plain_entry
from edge.errors import InternalError, OutsideError
from edge.services.auth.remote_keys import MAX_SIZE, Fetched, RemoteKeys
from edge.services.dial.tls import shared_context
from edge.services.egress.entry import check_entry
from edge.services.egress.policy import Policy
from edge.services.http.client import FetchClient
from edge.services.http.limits import FetchLimits
from edge.services.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

    from edge.config.model import Config
    from edge.services.dial.dialer import Dialer

CALLER: Final = "(gateway)"
"""Who it is that fetches, in logs and metrics of egress."""


def key_outbound(config: Config) -> Outbound:
    """The way to the keys: the public internet, and the hosts that the operator names even when they are private.

    What `egress.deny` forbids stays forbidden.
    """
    rules = [*config.auth.values(), *(route.auth for route in config.routes if isinstance(route.auth, AuthRule))]
    allow: list[object] = ["public", *(entry for rule in rules for entry in _entries(rule))]
    ca_file = config.egress.ca_file
    return Outbound(
        Policy.from_config(allow, map(plain_entry, config.egress.deny)),
        ca_file=config.path(ca_file) if ca_file else None,
    )


def _entries(rule: AuthRule) -> Iterator[object]:
    for way in (rule, *rule.any_, *rule.all_):
        if isinstance(way, str):
            continue
        for url in (way.jwks_url, way.issuer if not (way.secret or way.jwks_url) else ""):
            if url:  # a URL that was checked (edge.config.auth_checks)
                parts = urlsplit(url)
                port = parts.port or (443 if parts.scheme == "https" else 80)
                host = parts.hostname or ""
                entry = {"host": f"[{host}]" if ":" in host else host, "port": port, "private": True}
                if check_entry(entry) is None:  # otherwise the fetch says what is wrong with it
                    yield entry


class KeyService:
    """Keys by their place.  `dial` makes the way out; the tasks that fetch live in `run`."""

    def __init__(self, dial: Callable[[str, Outbound], Dialer]) -> None:
        self._dial = dial
        self._outbound = Outbound(Policy.from_config())
        self._known: dict[tuple[str, str], RemoteKeys] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep what fetches keys, until it is cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    def configure(self, config: Config) -> None:
        """Go out by this config from now on."""
        self._outbound = key_outbound(config)

    def keys(self, jwks_url: str, issuer: str) -> RemoteKeys:
        """The keys of one place; they are fetched when they are needed first."""
        place = (jwks_url, issuer)
        if place not in self._known:
            self._known[place] = RemoteKeys(self.fetch, self._start, jwks_url=jwks_url, issuer=issuer)
        return self._known[place]

    def _start(self, task: Callable[[], Awaitable[Any]]) -> None:
        if self._nursery is None:
            raise InternalError("nothing fetches keys here")
        self._nursery.start_soon(task)

    async def fetch(self, url: str) -> Fetched:
        """GET a URL.  Raises FetchError, OutsideError for an answer that is of no use."""
        limits = FetchLimits(response_body=MAX_SIZE)
        dialer = self._dial(CALLER, self._outbound)
        async with FetchClient(dialer, limits=limits, context=shared_context(self._outbound.ca_file)) as client:
            headers = [("accept", "application/json"), ("user-agent", "edge")]
            response = await client.fetch("GET", url, headers, mode="error")
            if response.status != 200:
                await response.body.aclose()
                raise OutsideError(f"{url[:200]} answered with status {response.status}")
            body = bytearray()
            while part := await response.body.read():
                body += part
        said = next((value for name, value in response.headers if name == "cache-control"), "")
        return Fetched(bytes(body), said)
