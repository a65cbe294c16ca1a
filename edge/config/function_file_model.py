"""Config structs of a package's own file.

Besides the flat keys these are the keys of a Hexabase function's manifest: `apiVersion`, `kind`, `metadata`, and
under `spec` the source, runtime, resources and environment.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Struct, field

from edge.config.cache_model import RouteCache
from edge.config.egress_model import PackageEgress
from edge.config.function_model import FunctionAsync
from edge.config.route_model import CorsConfig, RateLimitConfig
from edge.config.schedule_model import ScheduleConfig
from edge.config.smoke_model import SmokeConfig
from edge.config.types import Contract, Deadline, Ignored, KVCommit, Memory, about

TriggerType: TypeAlias = Literal["http", "schedule"]
TriggerAccess: TypeAlias = Literal["public", "token"]


class TriggerAuth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may call the function."""

    type: Annotated[TriggerAccess, about("`public`: everybody. `token`: who sends a valid token.")]


class Trigger(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What calls the function: a route, or a schedule."""

    type: Annotated[TriggerType, about("`http`: a route. `schedule`: the clock.")] = "http"
    path: Annotated[str, about("`http`: pattern, as in `[[routes]]`.")] = ""
    host: Annotated[str, about("`http`: host, as in `[[routes]]`.")] = ""
    method: Annotated[str, about("`http`: the one method; all when neither this nor `methods` is there.")] = ""
    methods: Annotated[list[str], about("`http`: methods.")] = field(default_factory=list)
    headers: Annotated[dict[str, str], about("`http`: conditions on headers, as in `[[routes]]`.")] = field(
        default_factory=dict
    )
    strip_prefix: Annotated[bool, about("`http`: as in `[[routes]]`.")] = False
    cors: Annotated[CorsConfig | None, about("`http`: as in `[[routes]]`.")] = None
    rate_limit: Annotated[RateLimitConfig | list[RateLimitConfig] | None, about("`http`: as in `[[routes]]`.")] = None
    cache: Annotated[RouteCache | None, about("`http`: as in `[[routes]]`.")] = None
    compression: Annotated[bool | None, about("`http`: as in `[[routes]]`.")] = None
    auth: Annotated[TriggerAccess | TriggerAuth, about("`http`: who may call, `public` or `token`.")] = "public"
    schedule: Annotated[str, about("`schedule`: five cron fields, or `@every 30s`.")] = ""


class SecretReference(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A secret of a Hexabase function: one key of a secret that holds several, under the name of a variable."""

    name: Annotated[str, about("Name of the variable; `secretKey` when left out.")] = ""
    secret_name: Annotated[
        str, about("Name of the secret: a folder in /run/secrets, or a file without `secretKey`.")
    ] = ""
    secret_key: Annotated[str, about("Key in the secret: a file in that folder.")] = ""


class Environment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Variables of the function."""

    variables: Annotated[dict[str, str], about("As `env`.")] = field(default_factory=dict)
    secrets: Annotated[list[str | SecretReference], about("As `secrets`.")] = field(default_factory=list)


class Resources(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of the function."""

    memory: Annotated[Memory | None, about("As `memory`.")] = None
    timeout: Annotated[Deadline | None, about("As `timeout`.")] = None
    cpu: Annotated[Ignored, about("Of no effect: CPU time follows `memory`, see `cpu`.")] = ""


class Source(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the code is."""

    path: Annotated[str, about("Folder inside the package that `handler` is in.")] = "."


class Runtime(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the code is written for."""

    name: Annotated[str, about("A JavaScript runtime such as `nodejs`.")] = "nodejs"
    version: Annotated[Ignored, about("Of no effect.")] = ""


class FunctionFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a package says about itself."""

    name: Annotated[Ignored, about("Of no effect: the gateway names functions.")] = ""
    handler: Annotated[str, about("File and export: `index.handler`.")] = ""
    contract: Annotated[Contract | None, about("How the function is called.")] = None
    memory: Annotated[Memory | None, about("Cap on the memory of an isolate.")] = None
    timeout: Annotated[Deadline | None, about("Wall clock of an invocation.")] = None
    cpu: Annotated[Deadline | None, about("CPU time of an invocation.")] = None
    wait_until: Annotated[Deadline | None, about("How long `waitUntil` may go on after the response.")] = None
    kv_commit: Annotated[
        KVCommit | None, about("When others see what an invocation writes to KV: `write` or `response`.")
    ] = None
    env: Annotated[dict[str, str], about("Environment variables.")] = field(default_factory=dict)
    secrets: Annotated[list[str], about("Names of secrets.")] = field(default_factory=list)
    mock_modules: Annotated[
        dict[str, str], about("Modules that are replaced: name, and the file in the package that stands for it.")
    ] = field(default_factory=dict)
    eval: Annotated[bool | None, about("Whether the function may make code of text.")] = None
    egress: Annotated[PackageEgress | None, about("What the function may reach.")] = None
    schedule: Annotated[list[str | ScheduleConfig], about("When the function runs by itself.")] = field(
        default_factory=list
    )
    async_: Annotated[FunctionAsync | None, about("What happens to deferred invocations that fail.")] = field(
        default=None, name="async"
    )
    reuse: Annotated[bool | None, about("Whether one isolate serves many requests.")] = None
    smoke: Annotated[
        list[SmokeConfig], about("Requests that it must answer as expected before a reload lets it serve.")
    ] = field(default_factory=list)
    trigger: Annotated[list[Trigger] | Trigger, about("Routes of the function.")] = field(default_factory=list)
    resources: Annotated[Resources, about("Limits, as Hexabase writes them.")] = field(default_factory=Resources)
    environment: Annotated[Environment, about("Variables, as Hexabase writes them.")] = field(
        default_factory=Environment
    )
    source: Annotated[Source, about("Where the code is, as Hexabase writes it.")] = field(default_factory=Source)
    runtime: Annotated[str | Runtime, about("A JavaScript runtime; others are refused.")] = "nodejs"


class Metadata(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a Hexabase function is called."""

    name: Annotated[Ignored, about("Of no effect: the gateway names functions.")] = ""
    workspace: Annotated[str, about("The variable `HKS_WORKSPACE_NAME` of the function.")] = ""
    namespace: Annotated[Ignored, about("Of no effect.")] = ""
    labels: Annotated[Ignored, about("Of no effect.")] = ""
    annotations: Annotated[Ignored, about("Of no effect.")] = ""


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A Hexabase function."""

    spec: Annotated[FunctionFile, about("What the function is.")]
    api_version: Annotated[Ignored, about("Of no effect.")] = ""
    kind: Annotated[Literal["Function"], about("Always `Function`.")] = "Function"
    metadata: Annotated[Metadata, about("What the function is called.")] = field(default_factory=Metadata)
