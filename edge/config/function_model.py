"""Config structs of functions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.binding_model import BindingConfig
from edge.config.egress_model import FunctionEgress
from edge.config.schedule_model import ScheduleConfig
from edge.config.smoke_model import SmokeConfig
from edge.config.types import (
    Age,
    Concurrency,
    Contract,
    Deadline,
    KVCommit,
    Memory,
    Pause,
    Retried,
    RetryCount,
    ServerTiming,
    Share,
    about,
)


class FunctionAsync(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens to the function's deferred invocations (`POST /invoke-async/NAME`) when they fail."""

    retries: Annotated[RetryCount | None, about("Attempts after the first one; 2 when left out.")] = None
    backoff: Annotated[
        Pause | None, about("Pause before the first retry, doubled before each further one; 1 s when left out.")
    ] = None
    max_backoff: Annotated[Pause | None, about("The longest pause; 5 min when left out.")] = None
    max_age: Annotated[Age | None, about("How old an invocation may get before it is given up; 6 h when left out.")] = (
        None
    )
    retry_on: Annotated[
        list[Retried] | None,
        about(
            "Which failures are worth a retry: outcomes, and statuses of the answer (`busy`: 408, 425, 429). "
            "All but `4xx` when left out."
        ),
    ] = None
    dead_letter: Annotated[
        str, about("A function that gets, by `POST /dead-letter`, what has failed for good; empty is none.")
    ] = ""


class FunctionConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One function, by name.

    None, and an empty text, mean that nothing was said: `edge.config.resolve` fills these in from the
    package's own `function.toml` or `function.yaml` and from the defaults of the gateway.
    """

    handler: Annotated[
        str, about("File and export, as Lambda names it: `index.handler`. Found from the package when left out.")
    ] = ""
    contract: Annotated[
        Contract | None, about("How the function is called. Found from what the package exports when left out.")
    ] = None
    package: Annotated[
        str,
        about(
            "Folder or `.tar.gz`/`.zip` under `packages.root`, or `sha256:HEX` of an uploaded package. "
            "The function's name when left out."
        ),
    ] = ""
    memory: Annotated[Memory | None, about("Cap on the memory of an isolate; `engine.memory` when left out.")] = None
    timeout: Annotated[
        Deadline | None, about("Wall clock of an invocation, waiting included; `engine.timeout` when left out.")
    ] = None
    cpu: Annotated[
        Deadline | None,
        about(
            "CPU time of an invocation; `engine.cpu` when left out, and as many times more as `memory` is above "
            "`engine.memory`."
        ),
    ] = None
    wait_until: Annotated[
        Deadline | None,
        about(
            "How long work given to `waitUntil` may go on after the response has left, or the client has; "
            "`engine.wait_until` when left out."
        ),
    ] = None
    env: Annotated[dict[str, str], about("Environment variables of the function: text only.")] = field(
        default_factory=dict
    )
    secrets: Annotated[
        list[str],
        about(
            "Names of secrets that become environment variables; values from files in /run/secrets, from the "
            "environment, from the file that a variable NAME_FILE names, or from `edge secrets`."
        ),
    ] = field(default_factory=list)
    kv: Annotated[
        str, about("KV namespace; functions that name the same one share it. The function's name when left out.")
    ] = ""
    kv_commit: Annotated[
        KVCommit | None,
        about(
            "When others see what an invocation writes to its KV namespace: `write`, each write by itself, or "
            "`response`, all together when the response goes out and nothing when it fails; `storage.kv_commit` when "
            "left out."
        ),
    ] = None
    services: Annotated[
        dict[str, str],
        about(
            'Other functions that this one may call, by the name that it knows them by: with `API = "other"` it calls '
            "`env.API.fetch(request)`, in memory."
        ),
    ] = field(default_factory=dict)
    bindings: Annotated[
        dict[str, str | BindingConfig],
        about(
            "Python of yours that the function may call, by the name that it knows it by: with "
            '`db = "app.db:query"` it calls `await env.db(...)`. A text is the target, a table says more.'
        ),
    ] = field(default_factory=dict)
    modules: Annotated[
        dict[str, str],
        about(
            "Packages that the function gets beside its own, as if they were in its `node_modules`: name, and folder, "
            "archive or file under `packages.root`. One of the same name in its own `node_modules` is replaced."
        ),
    ] = field(default_factory=dict)
    mock_modules: Annotated[
        dict[str, str],
        about(
            "Modules that are replaced wherever the package asks for them, those of Node included: name, and the file "
            'in the package that stands for it, `{ "aws-sdk" = "./mocks/aws.js" }`. The file itself gets the real one.'
        ),
    ] = field(default_factory=dict)
    eval: Annotated[
        bool | None,
        about(
            "Whether the function may make code of text, by `eval`, `new Function` and their kin; yes when left out."
        ),
    ] = None
    egress: Annotated[FunctionEgress | None, about("What this function may reach; `[egress]` when left out.")] = None
    schedule: Annotated[
        list[str | ScheduleConfig] | None,
        about(
            "When the function runs by itself: cron expressions of five fields, `@every 30s`, or tables that say more."
        ),
    ] = None
    reuse: Annotated[
        bool | None,
        about("Whether one isolate serves many requests and keeps module state; otherwise each has a fresh one."),
    ] = None
    server_timing: Annotated[
        ServerTiming,
        about(
            "Who gets the header `Server-Timing`, which tells how long what took: `never`, `asked` (requests with "
            "`Edge-Server-Timing: 1`), `always`."
        ),
    ] = "never"
    async_: Annotated[FunctionAsync | None, about("What happens to deferred invocations that fail.")] = field(
        default=None, name="async"
    )
    record: Annotated[
        Share | None,
        about("How many of its invocations are recorded, besides failures; `recordings.share` when left out."),
    ] = None
    record_failures: Annotated[
        bool | None, about("Whether those are recorded that fail; `recordings.failures` when left out.")
    ] = None
    smoke: Annotated[
        list[SmokeConfig] | None,
        about("Requests that it must answer as expected before a reload lets it serve, when it has changed."),
    ] = None
    concurrency: Annotated[
        Concurrency | None, about("Invocations that run at the same time, per gateway process; 64 when left out.")
    ] = None
