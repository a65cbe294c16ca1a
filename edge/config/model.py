"""The config of a gateway: frozen structs, one per section of `edge.toml`.

The descriptions are the manual: `edge.config.reference` prints them as docs/reference/config.md.
Sizes are held in bytes and durations in seconds; in files both may be written with units.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Struct, field

from edge.config.auth_model import AuthConfig, AuthRule
from edge.config.binding_model import BindingConfig, BindingsConfig
from edge.config.cache_model import CacheConfig, CompressionConfig, RouteCache
from edge.config.egress_model import EgressConfig, EgressRule, FunctionEgress
from edge.config.function_model import FunctionConfig
from edge.config.keypath import KeyPath
from edge.config.recording_model import RecordingsConfig
from edge.config.route_model import CorsConfig, RateLimitConfig, Route
from edge.config.telemetry_model import TelemetryConfig
from edge.config.tls_model import CertificatePair, TlsConfig
from edge.config.types import (
    DEFAULT_MODE,
    Age,
    CacheCount,
    CellSize,
    Concurrency,
    Connections,
    Deadline,
    EngineMode,
    HeaderSize,
    Idle,
    KVCommit,
    LineRate,
    LogFormat,
    LogLevel,
    MaxPoolSize,
    Memory,
    MessageSize,
    Patience,
    Pause,
    PoolSize,
    QueueSize,
    Retention,
    Role,
    Share,
    Size,
    TrustedHeaders,
    VersionCount,
    Workers,
    about,
)
from edge.units import DAYS, GIB, KIB, MIB

__all__ = [
    "AdminConfig",
    "AuthConfig",
    "AuthRule",
    "BindingConfig",
    "BindingsConfig",
    "CacheConfig",
    "CertificatePair",
    "CompressionConfig",
    "Config",
    "CorsConfig",
    "EgressConfig",
    "EgressRule",
    "EngineConfig",
    "FunctionConfig",
    "FunctionEgress",
    "LogConfig",
    "Origin",
    "PackagesConfig",
    "QueueConfig",
    "RateLimitConfig",
    "RecordingsConfig",
    "Route",
    "RouteCache",
    "ServerConfig",
    "StorageConfig",
    "TelemetryConfig",
    "TlsConfig",
    "WebSocketConfig",
]


class WebSocketConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """WebSockets, those of clients and those that functions open; a change is for those that open from then on."""

    max_message: Annotated[
        MessageSize, about("Largest message, also when it was compressed; close code 1009 beyond.")
    ] = 10 * MIB
    heartbeat: Annotated[
        Age, about("Silence after which a ping is sent; without an answer for as long again the socket ends. 0 is off.")
    ] = 30.0
    idle_timeout: Annotated[
        Age, about("How long a socket may go without a message in either direction; 1001 then. 0 is off.")
    ] = 3600.0
    max_age: Annotated[Age, about("How long a socket may be open; 1001 then. 0 is off.")] = 86400.0
    max_per_function: Annotated[
        Concurrency, about("Open sockets to clients of one function; 503 `overloaded` beyond.")
    ] = 1024
    compression: Annotated[bool, about("Whether permessage-deflate is agreed to.")] = True


class ServerConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The public listener."""

    listen: Annotated[
        list[str],
        about("Addresses: `host:port`, `[v6]:port` or `unix:PATH`. Port 0 picks a free one.", restart=True),
    ] = field(default_factory=lambda: ["127.0.0.1:8080"])
    workers: Annotated[
        Workers,
        about(
            'Gateway processes that share the listeners; `"auto"` is one per core, or per core of a container.',
            restart=True,
        ),
    ] = 1
    max_body: Annotated[Size, about("Largest request body; 413 beyond.")] = 10 * MIB
    max_headers: Annotated[
        HeaderSize, about("Largest request line and headers together; 431 beyond.", restart=True)
    ] = 64 * KIB
    idle_timeout: Annotated[Idle, about("How long a connection may stay open between requests.", restart=True)] = 75.0
    header_timeout: Annotated[
        Idle, about("Within this time the head of a request must be complete; 408 beyond.", restart=True)
    ] = 10.0
    min_body_rate: Annotated[
        Size,
        about("Bytes per second at which bodies must come, after a grace of 10 s; 408 for slower ones.", restart=True),
    ] = 500
    write_timeout: Annotated[
        Idle, about("Within this time a client must take the next 64 KiB of an answer, or is let go.", restart=True)
    ] = 20.0
    max_connections: Annotated[
        Connections, about("Open client connections of a gateway process; more are closed at once.", restart=True)
    ] = 8192
    max_connections_per_address: Annotated[
        Connections,
        about(
            "The same for one address (of IPv6: one network of 64 bits); `trusted_proxies` have no such limit.",
            restart=True,
        ),
    ] = 1024
    shutdown_delay: Annotated[
        Pause, about("On SIGTERM: how long to be not ready but still accept, so that balancers notice.")
    ] = 0.0
    grace: Annotated[Pause, about("How long requests in flight may then take to finish.", restart=True)] = 30.0
    trusted_proxies: Annotated[
        list[str],
        about(
            "Addresses and CIDRs whose `X-Forwarded-*` and `Forwarded` headers, or PROXY protocol, are believed; "
            "`unix:` is whoever connects to a unix socket."
        ),
    ] = field(default_factory=list)
    trusted_headers: Annotated[
        TrustedHeaders,
        about(
            "Which headers those proxies write: a client can write the others. `auto`: where both are there, only what "
            "they agree on counts."
        ),
    ] = "auto"
    proxy_protocol: Annotated[
        list[str],
        about(
            "Those of `listen` whose connections begin with the PROXY protocol, version 1 or 2; only `trusted_proxies` "
            "may connect to them.",
            restart=True,
        ),
    ] = field(default_factory=list)
    unix_mode: Annotated[
        str, about("Who may connect to the unix sockets of `listen`: permissions of their files.", restart=True)
    ] = "0660"
    health_path: Annotated[
        str, about("`GET` this path plus `/live` and `/ready` on the public listener; empty is off.")
    ] = "/_edge"
    preview_host: Annotated[
        str,
        about(
            "Host below which every version of a function can be tried, by the routes that lead to it: with "
            "`preview.example.com`, `v3--hello.preview.example.com`. Empty is off."
        ),
    ] = ""
    tls: Annotated[TlsConfig, about("Certificate; reloaded when the files change.")] = field(default_factory=TlsConfig)
    http2: Annotated[bool, about("Whether HTTP/2 is offered to clients that come over TLS.", restart=True)] = True
    websocket: Annotated[WebSocketConfig, about("Limits of WebSockets.")] = field(default_factory=WebSocketConfig)


class AdminToken(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of several tokens for the admin listener."""

    name: Annotated[str, about("Whose it is, for the audit log.")]
    role: Annotated[
        Role,
        about(
            "`read` looks; `deploy` also reloads, changes versions and invokes; `admin` may do everything, also with "
            "keys and values."
        ),
    ]
    file: Annotated[str, about("File with the token, relative to this file.")]


class AdminConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The listener for operators: health, metrics, deploys."""

    listen: Annotated[str, about("Address, written like one of `server.listen`.", restart=True)] = "127.0.0.1:9090"
    token_file: Annotated[
        str,
        about(
            "File with the token that callers must send, relative to this file; or the environment variable "
            "`EDGE_ADMIN_TOKEN`. Without either, and without `admin.tls.client_ca`, `admin.listen` must be loopback "
            "or `unix:`."
        ),
    ] = ""
    tokens: Annotated[
        list[AdminToken],
        about("Further tokens, each with a role; that of `token_file` or of the variable may do everything."),
    ] = field(default_factory=list)
    tls: Annotated[
        TlsConfig, about("Certificate; with `client_ca`, whoever has a certificate of it needs no token.")
    ] = field(default_factory=TlsConfig)


class EngineConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What runs functions, and the limits that they have when they say nothing themselves."""

    mode: Annotated[
        EngineMode,
        about("`cells`: sandboxed processes (Linux). `embedded`: isolates in the gateway process.", restart=True),
    ] = DEFAULT_MODE
    pool_size: Annotated[
        PoolSize,
        about(
            "What the gateway keeps ready: cells without a function yet, or (`embedded`) unused isolates. Divided "
            "among `server.workers`, rounded up."
        ),
    ] = 5
    max_pool_size: Annotated[
        MaxPoolSize,
        about(
            "Cells (`embedded`: isolates) of the gateway at most; further invocations wait. Divided among "
            "`server.workers`, rounded up."
        ),
    ] = 20
    idle_timeout: Annotated[Idle, about("When an unused cell (`embedded`: isolate) is given up.")] = 300.0
    isolates_per_cell: Annotated[
        CellSize,
        about(
            "Invocations at once in a cell, each in an isolate of its own; of no effect in `embedded`.", restart=True
        ),
    ] = 4
    rewind: Annotated[
        bool,
        about(
            "Whether a cell sets the memory of an isolate back after each invocation, instead of making another one. "
            "Either way no invocation sees the state of another. Of effect on Linux x86_64, in `cells`.",
            restart=True,
        ),
    ] = True
    memory: Annotated[Memory, about("Memory of an isolate, when its function says nothing.")] = 128 * MIB
    timeout: Annotated[Deadline, about("Wall clock of an invocation, when its function says nothing.")] = 30.0
    cpu: Annotated[Deadline, about("CPU time of an invocation, when its function says nothing.")] = 10.0
    wait_until: Annotated[
        Deadline,
        about("How long work that a function gave to `waitUntil` may go on after the response has left."),
    ] = 30.0
    max_queue: Annotated[QueueSize, about("Waiting invocations per function; 503 `overloaded` beyond.")] = 256


class PackagesConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where functions' files come from."""

    root: Annotated[str, about("Folder of packages, relative to this file.")] = "functions"
    store: Annotated[
        str,
        about(
            "Where uploaded packages live: `file:///PATH`, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or "
            "`az://CONTAINER/PREFIX`, with keys from the environment (`AWS_*`, `GOOGLE_*`, `AZURE_*`). Empty is "
            "`storage.data_dir`.",
            restart=True,
            secret=True,
        ),
    ] = ""
    poll: Annotated[
        Patience, about("How often the store is asked what other gateways have deployed; more seldom while it is down.")
    ] = 2.0
    keep_versions: Annotated[
        VersionCount,
        about("Versions that a function keeps: the newest, and those that serve, have aliases or are named here."),
    ] = 100
    keep_age: Annotated[
        Retention, about("How long versions are kept that nothing needs; 0 is as long as `keep_versions` says.")
    ] = 0.0
    module_cache_size: Annotated[CacheCount, about("Compiled packages kept in memory; 0 keeps none.", restart=True)] = (
        1000
    )
    cache_size: Annotated[
        Size,
        about("Disk space for compiled packages, and as much again for packages from the store.", restart=True),
    ] = 10 * GIB
    cache_age: Annotated[
        Retention,
        about("How long packages from the store stay on disk without being used; 0 is any time.", restart=True),
    ] = 30 * DAYS


class StorageConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """State that outlives a request."""

    data_dir: Annotated[str, about("Folder for everything that is written, relative to this file.", restart=True)] = (
        ".edge"
    )
    kv: Annotated[
        str,
        about(
            "KV store: `sqlite`, `memory`, `redis://HOST:PORT/DB` or `rediss://...`; `?cluster=true` behind it for a "
            "cluster.",
            restart=True,
            secret=True,
        ),
    ] = "sqlite"
    kv_commit: Annotated[
        KVCommit, about("`kv_commit` of functions that say nothing themselves: `write` or `response`.")
    ] = "write"
    secrets_key_file: Annotated[
        str,
        about(
            "File with the key of the secrets that `edge secrets` keeps in `data_dir`, relative to this file; or the "
            "variable `EDGE_SECRETS_KEY`."
        ),
    ] = ""


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Deferred invocations: `POST /invoke-async/NAME` on the admin listener."""

    concurrency: Annotated[
        Concurrency, about("Deferred invocations that run at the same time, per gateway process.")
    ] = 10
    max_waiting: Annotated[QueueSize, about("Deferred invocations of a function that may wait; 503 beyond.")] = 10_000
    max_payload: Annotated[Size, about("Largest request body of a deferred invocation; 413 beyond.")] = 1 * MIB
    max_result: Annotated[Size, about("How much of an answer is kept.")] = 64 * KIB
    max_size: Annotated[Size, about("Disk space of the queue; 503 beyond.")] = 1 * GIB
    retention: Annotated[
        Retention, about("How long those are kept that succeeded or were canceled, with their idempotency keys.")
    ] = 86_400.0
    dead_letter_retention: Annotated[Retention, about("How long those are kept that failed for good.")] = 1_209_600.0


class LogConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The gateway's own log and the functions' log."""

    format: Annotated[LogFormat, about("`json`: one object per line. `console`: for people.", restart=True)] = "json"
    level: Annotated[LogLevel, about("Least important messages that are written.", restart=True)] = "info"
    expose_errors: Annotated[
        bool, about("Whether the answer to `function_error` holds the stack of the function's own files.")
    ] = False
    sample: Annotated[Share, about("Share of the requests that went well which get a line; all others always do.")] = (
        1.0
    )
    request_headers: Annotated[
        list[str],
        about(
            "Headers of requests that their lines show, such as `user-agent`; values of credentials are never shown."
        ),
    ] = field(default_factory=list)
    secret_headers: Annotated[
        list[str],
        about(
            "Headers whose values are credentials, besides `Authorization`, `Cookie` and the like: they are masked in "
            "lines of requests and in what functions write."
        ),
    ] = field(default_factory=list)
    function_lines: Annotated[
        LineRate,
        about("Lines that a function may write per second, per gateway process; more are dropped and counted."),
    ] = 1000
    function_bytes: Annotated[Size, about("The same in bytes.")] = 1 * MIB
    journal: Annotated[
        bool,
        about("Whether lines and receipts are kept in `storage.data_dir`, for `edge logs` and `GET /invocations/ID`."),
    ] = True
    retention: Annotated[Retention, about("How long the journal keeps them.")] = 3 * DAYS
    max_entries: Annotated[CacheCount, about("Lines that the journal keeps at most; the oldest go first.")] = 500_000
    max_size: Annotated[Size, about("Disk space that the journal takes at most.")] = 256 * MIB


class Origin(Struct, frozen=True, kw_only=True):
    """Where a config came from; not a section.

    `file` is the name that was given to the loader.  `forced` holds the paths of the keys given by `--set`,
    which win over what functions and packages say themselves.  `warnings` is for the log.
    """

    file: str = ""
    forced: tuple[KeyPath, ...] = ()
    warnings: tuple[str, ...] = ()


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that a gateway is told."""

    server: ServerConfig = field(default_factory=ServerConfig)
    admin: AdminConfig = field(default_factory=AdminConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    packages: PackagesConfig = field(default_factory=PackagesConfig)
    storage: StorageConfig = field(default_factory=StorageConfig)
    queue: QueueConfig = field(default_factory=QueueConfig)
    egress: EgressConfig = field(default_factory=EgressConfig)
    bindings: BindingsConfig = field(default_factory=BindingsConfig)
    compression: CompressionConfig = field(default_factory=CompressionConfig)
    cache: CacheConfig = field(default_factory=CacheConfig)
    log: LogConfig = field(default_factory=LogConfig)
    recordings: RecordingsConfig = field(default_factory=RecordingsConfig)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)
    auth: dict[str, AuthRule] = field(default_factory=dict)
    functions: dict[str, FunctionConfig] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    origin: Origin = field(default_factory=Origin)

    def path(self, text: str) -> Path:
        """A path of the config as the operating system needs it.

        Relative ones start at the config's folder, or at the working directory when the config is no file.
        """
        return Path() / text if "://" in self.origin.file else Path(self.origin.file).parent / text
