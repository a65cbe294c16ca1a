"""Checks of a whole config, of what types alone do not say."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from edge.config.address import Address, parse_address
from edge.config.answer_checks import check_published
from edge.config.auth_checks import check_auth, check_auths
from edge.config.cache_checks import check_cache, check_compression
from edge.config.function_checks import CheckEgress, check_egress_lists, check_function, check_function_name
from edge.config.keypath import KeyPath, format_path
from edge.config.pattern import check_host, path_shape
from edge.config.problems import Problem
from edge.config.route_checks import check_routes, unknown_function
from edge.config.telemetry_checks import check_telemetry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from edge.config.model import AdminConfig, Config, ServerConfig, TlsConfig

ADMIN_TOKEN: Final = "EDGE_ADMIN_TOKEN"  # noqa: S105  # the variable's name

_UNIX: Final = "unix:"
_MODE: Final = re.compile(r"0?[0-7]{3}")
_TOKEN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KV: Final = re.compile(r"sqlite|memory|rediss?://\S+")
_REDIS_OPTIONS: Final = frozenset({"cluster", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_STORE: Final = re.compile(r"file:///\S+|(?:s3|gs|az)://[A-Za-z0-9][^\s/?#@:]*(?:/[^\s?#]*)?")


def check(
    config: Config, environ: Mapping[str, str], check_egress: CheckEgress, functions: Collection[str]
) -> Iterator[Problem]:
    """Everything that is wrong with `config`.

    `functions` holds the names of all functions, also of those that could not be decoded.
    """
    yield from _check_server(config.server)
    yield from _check_admin(config.admin, environ)
    yield from _check_listeners(config)
    yield from _check_engine(config)
    yield from _check_storage(config)
    yield from check_telemetry(config.telemetry)
    yield from check_compression(config.compression)
    yield from check_cache(config.cache)
    yield from check_egress_lists(config.egress, ("egress",), check_egress)
    for name, function in config.functions.items():
        path = ("functions", name)
        if what := check_function_name(name):
            yield Problem(path, what)
        yield from check_function(function, path, check_egress)
        letters = function.async_.dead_letter if function.async_ else ""
        if letters and letters not in functions:
            yield Problem((*path, "async", "dead_letter"), unknown_function(letters, functions))
        for binding, target in function.services.items():
            if target not in functions:
                yield Problem((*path, "services", binding), unknown_function(target, functions))
    yield from check_auths(config.auth, functions)
    for number, route in enumerate(config.routes):
        if route.auth is not None:
            yield from check_auth(route.auth, ("routes", number, "auth"), config.auth, functions)
    routes = [(("routes", number), route) for number, route in enumerate(config.routes)]
    yield from check_routes(routes, functions)
    yield from check_published(config)


def _check_server(server: ServerConfig) -> Iterator[Problem]:
    if not server.listen:
        yield Problem(("server", "listen"), "is empty (at least one address)")
    for number, proxy in enumerate(server.trusted_proxies):
        try:
            if proxy != _UNIX:
                ipaddress.ip_network(proxy)
        except ValueError as error:
            bits = " has bits set after its prefix" if "host bits" in str(error) else " is not an address or CIDR"
            yield Problem(("server", "trusted_proxies", number), f"{proxy[:60]!r}{bits} (10.0.0.0/8, or unix:)")
    yield from _check_proxy_protocol(server)
    if not _MODE.fullmatch(server.unix_mode):
        yield Problem(("server", "unix_mode"), f"{server.unix_mode[:20]!r} is not a file mode (0600 | 0660 | 0666)")
    if server.preview_host:
        try:
            check_host(server.preview_host.removeprefix("*."))
        except ValueError as error:
            yield Problem(("server", "preview_host"), str(error))
        if server.preview_host != server.preview_host.lower().removeprefix("*."):
            yield Problem(("server", "preview_host"), "is not a name in lower case (preview.example.com)")
    if server.health_path:
        yield from _check_health_path(server.health_path)
    yield from _check_tls(server.tls, ("server", "tls"))


def _check_proxy_protocol(server: ServerConfig) -> Iterator[Problem]:
    for number, text in enumerate(server.proxy_protocol):
        path = ("server", "proxy_protocol", number)
        if text not in server.listen:
            yield Problem(path, f"{text[:60]!r} is not one of server.listen ({' | '.join(server.listen)[:200]})")
        elif text.startswith(_UNIX) and _UNIX not in server.trusted_proxies:
            yield Problem(path, "nobody may connect to it (unix: in server.trusted_proxies)")
        elif not text.startswith(_UNIX) and not set(server.trusted_proxies) - {_UNIX}:
            yield Problem(path, "nobody may connect to it (name the balancers in server.trusted_proxies)")


def _check_tls(tls: TlsConfig, path: KeyPath) -> Iterator[Problem]:
    if bool(tls.cert) != bool(tls.key):
        yield Problem(path, "needs both cert and key, or neither", ((*path, "cert"), (*path, "key")))
    elif not tls.cert and (tls.certificates or tls.client_ca):
        wanting = "certificates" if tls.certificates else "client_ca"
        yield Problem((*path, wanting), "means nothing without cert and key", ((*path, wanting),))


def _check_health_path(path: str) -> Iterator[Problem]:
    try:
        shape = path_shape(path)
    except ValueError as error:
        yield Problem(("server", "health_path"), str(error))
        return
    if not shape or path.endswith("/") or not {":", "*"}.isdisjoint(shape):
        yield Problem(("server", "health_path"), f"{path[:60]!r} must be fixed segments, no / at the end (/_edge)")


def _check_admin(admin: AdminConfig, environ: Mapping[str, str]) -> Iterator[Problem]:
    yield from _check_tls(admin.tls, ("admin", "tls"))
    names = [token.name for token in admin.tokens]
    for number, token in enumerate(admin.tokens):
        path: KeyPath = ("admin", "tokens", number)
        if not _TOKEN_NAME.fullmatch(token.name) or token.name in names[:number]:
            yield Problem((*path, "name"), f"{token.name[:60]!r} is no name, or there twice (letters, digits, . _ -)")
        if not token.file:
            yield Problem((*path, "file"), "is empty (a file with the token)")
    try:
        address = parse_address(admin.listen)
    except ValueError:
        return
    known = admin.token_file or admin.tokens or admin.tls.client_ca or environ.get(ADMIN_TOKEN)
    if not address.loopback and not known:
        yield Problem(
            ("admin", "listen"),
            f"{admin.listen} is open to other machines without a token (set admin.token_file, admin.tls.client_ca or "
            f"{ADMIN_TOKEN}, or listen on loopback)",
        )


def _check_listeners(config: Config) -> Iterator[Problem]:
    """Addresses must be valid, and no two of them the same."""
    taken: dict[Address, KeyPath] = {}
    listen = [(("server", "listen", number), text) for number, text in enumerate(config.server.listen)]
    for path, text in [*listen, (("admin", "listen"), config.admin.listen)]:
        try:
            address = parse_address(text)
        except ValueError as error:
            yield Problem(path, str(error))
            continue
        if address in taken:
            yield Problem(path, f"{address} is taken by {format_path(taken[address])} (another port)")
        if address.port or address.path:
            taken.setdefault(address, path)


def _check_engine(config: Config) -> Iterator[Problem]:
    engine = config.engine
    if engine.pool_size > engine.max_pool_size:
        yield Problem(
            ("engine", "pool_size"),
            f"{engine.pool_size} is more than engine.max_pool_size (0..{engine.max_pool_size})",
            (("engine", "max_pool_size"),),
        )


def _check_redis(url: str) -> str | None:
    """What is wrong with the address of a server; it may hold a password, which is not repeated."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname or port == 0:
        return "names no server (redis://HOST:PORT/DB, rediss://USER:PASSWORD@HOST)"
    if parts.path.strip("/") and not re.fullmatch(r"/\d{1,4}", parts.path):
        return f"{parts.path[:20]!r} is not a database (a number, as in redis://HOST:PORT/0)"
    if ("cluster", "true") in parse_qsl(parts.query) and parts.path.strip("/0"):
        return "names a database, and a cluster has none (redis://HOST:PORT?cluster=true)"
    strange = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - _REDIS_OPTIONS)
    return f"{strange[0][:20]!r} is not an option ({', '.join(sorted(_REDIS_OPTIONS))})" if strange else None


def _check_storage(config: Config) -> Iterator[Problem]:
    """The texts themselves may hold passwords: messages leave them out."""
    for path, text, pattern, allowed in (
        (("storage", "kv"), config.storage.kv, _KV, "sqlite | memory | redis://HOST:PORT/DB | rediss://..."),
        (
            ("packages", "store"),
            config.packages.store,
            _STORE,
            "file:///PATH | s3://BUCKET/PREFIX | gs://... | az://...",
        ),
    ):
        if not pattern.fullmatch(text) and (text or path[1] == "kv"):
            yield Problem(path, f"the value is not known ({allowed})")
    if config.storage.kv == "memory" and config.server.workers != 1:
        yield Problem(
            ("storage", "kv"),
            "memory belongs to one process, and server.workers asks for several (sqlite, or workers = 1)",
            (("server", "workers"),),
        )
    if config.storage.kv.startswith("redis") and (what := _check_redis(config.storage.kv)):
        yield Problem(("storage", "kv"), what)
    folders = {("packages", "root"): config.packages.root, ("storage", "data_dir"): config.storage.data_dir}
    for folder, text in folders.items():
        if not text or "\0" in text:
            yield Problem(folder, "is not a folder (a path relative to this file)")
