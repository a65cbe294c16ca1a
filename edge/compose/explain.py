"""`edge egress explain` without a gateway: config and package are read, and one policy is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from edge.config.address import parse_address
from edge.errors import CallerError
from edge.gateway.loader import prepare
from edge.services.dial.dialer import Dialer
from edge.services.dial.listeners import OwnListeners
from edge.services.explanation import Explanation
from edge.services.explanation import explain as explain_request

if TYPE_CHECKING:
    from edge.config.model import Config
    from edge.gateway.source import ConfigSource

_HOSTS = {"": ("0.0.0.0", "::"), "localhost": ("127.0.0.1", "::1")}  # noqa: S104 - names what others bind


async def explain(source: ConfigSource, name: str, method: str, url: str) -> Explanation:
    """What the policy of a function says.  Raises ConfigError, PackageError, CallerError."""
    config = await trio.to_thread.run_sync(source.read, None)
    if name not in config.functions:
        raise CallerError(f"there is no function {name!r}", hint=f"the config has {', '.join(config.functions)}")
    prepared = await trio.to_thread.run_sync(prepare, config, name, source.environ)
    dialer = Dialer(prepared.outbound.effective, own=OwnListeners(_listeners(config)))
    return await explain_request(dialer, method, url)


def _listeners(config: Config) -> list[tuple[str, int]]:
    """Where a gateway with this config would listen."""
    addresses = [parse_address(text) for text in (*config.server.listen, config.admin.listen)]
    bound = [address for address in addresses if not address.path and address.port]
    return [(host, address.port) for address in bound for host in _HOSTS.get(address.host, (address.host,))]
