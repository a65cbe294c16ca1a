"""What the admin listener answers, as types: the schemas of its OpenAPI document are made from them.

Answers may have more fields than are named here; those that are named are there, unless they have a default.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from edge.config.types import Role
from edge.errors import InternalError
from edge.gateway.audit import AuditEntry
from edge.gateway.control import ReloadResult
from edge.gateway.plan.compare import Plan
from edge.gateway.plan.description import Description
from edge.gateway.scheduled_run import ScheduledRun
from edge.recording.report import Report, Told
from edge.services.explanation import Explanation
from edge.services.observation.suggestion import Suggestion
from edge.services.queue.records import State

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Key: TypeAlias = tuple[str, str]


class Live(Struct):
    status: Literal["ok"]


class Health(Struct):
    status: Literal["ok", "not ready"]


class Ready(Struct):
    """`detail.last_reload` says whether the last reload succeeded, and why not."""

    ready: bool
    detail: dict[str, Any]


class IsolatePool(Struct):
    total: Count
    available: Count
    active: Count
    corrupted: Count
    created: Count
    destroyed: Count


class ModuleCache(Struct):
    size: Count
    hits: Count
    misses: Count
    evictions: Count
    hitRate: float  # noqa: N815 - the seeds' word


class EngineMetrics(Struct):
    """The metrics of the seeds."""

    isolatePool: IsolatePool  # noqa: N815
    moduleCache: ModuleCache  # noqa: N815


class DetailedHealth(Struct):
    ready: bool
    detail: dict[str, Any]
    status: Literal["ok", "degraded"]
    isolatePool: IsolatePool  # noqa: N815
    moduleCache: ModuleCache  # noqa: N815
    version: str = ""
    uptime: float = 0.0
    generation: str = ""
    functions: Count = 0
    broken: dict[str, str] = {}


class Sample(Struct):
    """One interval that began at `time`; requests without a function have a class of statuses for an outcome.

    `latency` counts by bucket: number 0 ends at `smallest` seconds, number n at `smallest * 2 ** (n / per_octave)`.
    """

    time: Count
    requests: Count
    outcomes: dict[str, Count]
    latency: dict[str, Count]
    gauges: dict[str, float]


class ActivityWindow(Struct):
    """Intervals in which anything happened, of the last `seconds`."""

    now: float
    interval: Count
    seconds: Count
    smallest: float
    per_octave: Count
    samples: list[Sample]


class FunctionActivity(Struct):
    requests: Count
    failures: Count
    latency: dict[str, Count]


class FunctionsActivity(Struct):
    """Of the last `seconds`."""

    seconds: Count
    functions: dict[str, FunctionActivity]


class Identity(Struct):
    name: str
    role: Role


class CacheUsage(Struct):
    """Of the cache of answers, in entries and bytes."""

    entries: Count
    bytes: Count
    limit: Count
    purges: Count


class Purged(Struct):
    """How many entries were forgotten."""

    purged: Count


class FunctionSummary(Struct):
    """`error` is there when the function is broken, the others when it is not."""

    name: str
    status: Literal["ok", "broken"]
    version: str = ""
    package: str = ""
    level: str = ""
    error: str = ""


class FunctionList(Struct):
    functions: list[FunctionSummary]


class FunctionRoute(Struct):
    path: str
    host: str
    methods: list[str]


class FunctionDetail(FunctionSummary, kw_only=True):
    routes: list[FunctionRoute]
    limits: dict[str, float] = {}
    env: list[str] = []
    secrets: list[str] = []
    kv: str = ""
    reuse: bool = False
    snapshot: dict[str, str] = {}
    report: dict[str, Any] = {}


class FunctionFiles(Struct):
    """A digest of each."""

    files: dict[str, str]


class Version(Struct):
    """A package that was uploaded; `problem` is what kept it from serving when that was tried last."""

    version: str
    package: str
    created: str
    who: str
    note: str
    size: Count
    files: Count
    active: bool
    aliases: list[str]
    problem: str = ""


class VersionList(Struct):
    """`serves` is whether a version serves, the package of the config, or nothing."""

    function: str
    active: str | None
    serves: Literal["version", "config", "nothing"]
    revision: Count
    aliases: dict[str, str]
    versions: list[Version]


class Deployment(Struct):
    """What has become of a function; `report` is about the version that serves now."""

    function: str
    serves: Literal["version", "config", "nothing"]
    version: str | None = None
    report: dict[str, Any] = {}


class Deleted(Struct):
    function: str
    deleted: bool
    serves: Literal["version", "config", "nothing"]


class Invocation(Struct):
    """A deferred invocation."""

    id: str
    function: str
    type: Literal["async"]
    status: State
    created: str
    attempts: Any
    retries: Count


class KnownInvocation(Struct):
    """A deferred invocation (`type` is async), or one that has ended lately; what else there is depends on that."""

    id: str
    function: str
    type: Literal["async", "request", "call", "schedule", "deferred", "smoke", "realtime"]


class LogPage(Struct):
    """`cursor` begins the next page."""

    entries: list[dict[str, Any]]
    cursor: str | None


class InvocationList(Struct):
    invocations: list[KnownInvocation]
    cursor: str | None
    complete: bool


class Accepted(Struct):
    """A deferred invocation that has been queued, or was before (`duplicate`)."""

    id: str
    function: str
    status: State
    status_url: str
    duplicate: bool


class RecordingSummary(Struct):
    """`reason` is why it was kept; `time` is Unix epoch, in seconds, and `size` that of its file."""

    id: str
    time: float
    function: str
    version: str
    package: str
    reason: Literal["failure", "sample", "demand"]
    outcome: str
    status: Count
    method: str
    url: str
    wall: float
    request_id: str
    size: Count


class RecordingList(Struct):
    recordings: list[RecordingSummary]


class RecordingDetail(Struct):
    recording: RecordingSummary
    told: Told


class RecordAsked(Struct):
    """How many invocations of each process of the gateway will be recorded, and for how long that holds."""

    function: str
    count: Count
    seconds: float


class SplitVersion(Struct):
    """`share` from 0 to 1; the counts are those of this gateway process."""

    version: str
    weight: Count
    share: float
    requests: Count
    failures: Count
    timeouts: Count


class SplitView(Struct):
    """`weights` hold, `config` are those of the config; `set` says who set others, and why."""

    route: str
    config: dict[str, Count]
    weights: dict[str, Count]
    versions: list[SplitVersion]
    watched: dict[str, Any] = {}
    set: dict[str, Any] = {}


class SplitList(Struct):
    splits: list[SplitView]


class ScheduleList(Struct):
    """What comes next, what runs, what ran."""

    schedules: list[dict[str, Any]]


class KeyEntry(Struct):
    key: str
    expires_at: Count = 0
    metadata: Any = None


class KeyList(Struct):
    keys: list[KeyEntry]
    cursor: str | None
    complete: bool


class SecretName(Struct):
    """A secret without its value; `function` is "" when it is everybody's, `changed` in seconds of the Unix epoch."""

    name: str
    function: str
    changed: int


class SecretList(Struct):
    """By name."""

    secrets: list[SecretName]


class NamespaceList(Struct):
    namespaces: list[dict[str, Any]]


class Written(Struct):
    versionstamp: str


class Imported(Struct):
    imported: Count


class AuditList(Struct):
    entries: list[AuditEntry]


ANSWERS: Final[dict[Key, Any]] = {
    ("GET", "/live"): Live,
    ("GET", "/ready"): Ready,
    ("GET", "/health"): Health,
    ("GET", "/health/detailed"): DetailedHealth,
    ("GET", "/metrics"): EngineMetrics,
    ("GET", "/activity"): ActivityWindow,
    ("GET", "/activity/functions"): FunctionsActivity,
    ("GET", "/whoami"): Identity,
    ("GET", "/limits"): dict[str, dict[str, float]],
    ("GET", "/config"): dict[str, Any],
    ("POST", "/config/reload"): ReloadResult,
    ("POST", "/config/plan"): Plan,
    ("GET", "/generation"): Description,
    ("GET", "/cache"): CacheUsage,
    ("POST", "/cache/purge"): Purged,
    ("GET", "/functions"): FunctionList,
    ("GET", "/functions/{name}"): FunctionDetail,
    ("GET", "/functions/{name}/files"): FunctionFiles,
    ("PUT", "/functions/{name}/package"): Deployment,
    ("GET", "/functions/{name}/versions"): VersionList,
    ("POST", "/functions/{name}/activate"): Deployment,
    ("POST", "/functions/{name}/rollback"): Deployment,
    ("PUT", "/functions/{name}/aliases/{alias}"): VersionList,
    ("DELETE", "/functions/{name}/aliases/{alias}"): VersionList,
    ("DELETE", "/functions/{name}/versions/{version}"): VersionList,
    ("DELETE", "/functions/{name}"): Deleted,
    ("POST", "/invoke-async/{name}"): Accepted,
    ("POST", "/invoke-async/{name}/{path}"): Accepted,
    ("GET", "/invocations"): InvocationList,
    ("GET", "/invocations/{id}"): KnownInvocation,
    ("GET", "/logs"): LogPage,
    ("DELETE", "/invocations/{id}"): Invocation,
    ("POST", "/invocations/{id}/retry"): Invocation,
    ("GET", "/recordings"): RecordingList,
    ("POST", "/recordings/replay"): Report,
    ("GET", "/recordings/{recording}"): RecordingDetail,
    ("POST", "/recordings/{recording}/replay"): Report,
    ("POST", "/functions/{name}/record"): RecordAsked,
    ("GET", "/splits"): SplitList,
    ("PUT", "/splits"): SplitView,
    ("DELETE", "/splits"): SplitView,
    ("GET", "/schedules"): ScheduleList,
    ("GET", "/schedules/{name}"): ScheduleList,
    ("POST", "/schedules/{name}/run"): ScheduledRun,
    ("GET", "/kv"): NamespaceList,
    ("GET", "/secrets"): SecretList,
    ("POST", "/kv/{namespace}/import"): Imported,
    ("GET", "/kv/{namespace}"): KeyList,
    ("PUT", "/kv/{namespace}/{key}"): Written,
    ("GET", "/egress/explain"): Explanation,
    ("GET", "/egress/suggest"): Suggestion,
    ("GET", "/audit"): AuditList,
    ("GET", "/openapi.json"): dict[str, Any],
}
"""The JSON of successful answers; of operations that are not named, anything."""


_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$"}
_SEGMENT: Final = {"type": "string", "pattern": r"^[^\u0000\\./][^\u0000\\/]{0,200}$"}

PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "against": {"type": "string", "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}@v[1-9][0-9]{0,5}$"},
    "alias": _NAME,
    "count": {"type": "integer", "minimum": 1, "maximum": 1000},
    "cursor": _TEXT,
    "for": {"type": "string", "pattern": r"^[1-9][0-9]{0,2}(s|m)$"},
    "function": _TEXT,
    "id": {"type": "string", "pattern": r"^[0-9a-f]{1,64}$"},
    "key": _SEGMENT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
    "method": {"type": "string", "pattern": r"^[A-Z]{1,20}$"},
    "mode": {"type": "string", "enum": ["merge", "replace"]},
    "name": _NAME,
    "namespace": _SEGMENT,
    "next": {"type": "integer", "minimum": 0, "maximum": 100},
    "package": {"type": "string", "enum": ["true", "false"]},
    "path": _SEGMENT,
    "recording": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"},
    "since": {"type": "string", "pattern": r"^[0-9]{1,11}(\.[0-9]{1,9})?$"},
    "status": {"type": "string", "enum": [str(state) for state in State]},
    "ttl": {"type": "string", "pattern": r"^[1-9][0-9]{0,5}(ms|s|m|h|d)$"},
    "url": {"type": "string", "minLength": 1},
    "version": {"type": "string", "pattern": r"^(v?[1-9][0-9]{0,8}|[A-Za-z_][A-Za-z0-9_-]{0,62})$"},
}
"""What parameters look like; text that is not named is text."""


_ELSEWHERE: Final[dict[Key, dict[str, Any]]] = {
    ("/invocations", "cursor"): {"type": "string", "pattern": r"^[0-9]{1,18}$"},
    ("/kv/{namespace}", "limit"): {"type": "integer", "minimum": 1},
    ("/egress/suggest", "function"): {"type": "string", "minLength": 1},
}


def parameter(path: str, name: str) -> dict[str, Any]:
    """The schema of a parameter of an operation."""
    return _ELSEWHERE.get((path, name)) or PARAMETERS.get(name, _TEXT)


def _anything(kind: type) -> dict[str, Any]:
    """Of `object`, which msgspec takes for a type of ours."""
    if kind is not object:
        raise InternalError(f"{kind} has no schema: only object is described by nothing")
    return {"description": "Anything"}


def schemas() -> tuple[dict[Key, dict[str, Any]], dict[str, Any]]:
    """The schema of each operation's answer, and the components that they refer to."""
    found, components = msgspec.json.schema_components(
        list(ANSWERS.values()), ref_template="#/components/schemas/{name}", schema_hook=_anything
    )
    return dict(zip(ANSWERS, found, strict=True)), components
