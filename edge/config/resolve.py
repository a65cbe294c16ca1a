"""What is in force for a function: the gateway's file, the package's own file and the defaults, merged.

From strongest to weakest: `--set functions.NAME.KEY`, `--set engine.KEY` and `--set egress.KEY`, the gateway's
`[functions.NAME]`, the package's `function.toml` or `function.yaml`, `[engine]` and `[egress]`.
`env` and `mock_modules` are merged by name, `secrets` are joined, `deny` lists are joined: nobody lifts what
`egress.deny` forbids.
A package's `allow` list stays apart, since whoever wrote the package need not be trusted: it can only narrow what
the operator allows (`Policy.narrowed`), and does not count when the gateway's file has a list for the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from edge.config.binding_model import BindingConfig, binding_of
from edge.config.egress_hosts import EgressHost
from edge.config.egress_limits import EgressLimits, merged
from edge.config.egress_model import EgressRule, FunctionEgress
from edge.config.function_model import FunctionAsync, FunctionConfig
from edge.config.schedule_model import schedule_of
from edge.config.smoke_model import SmokeConfig
from edge.schedule.schedule import Schedule

if TYPE_CHECKING:
    from edge.config.keypath import KeyPath
    from edge.config.model import Config

CONCURRENCY: Final = 64
MAX_DEADLINE: Final = 900.0

T = TypeVar("T")


class FunctionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in force for one function.  Memory in bytes, timeout, cpu and wait_until in seconds.

    `handler` and `contract` are "" when they are to be found from the package.  `allow` and `deny` are
    egress entries (`function_checks.plain_entry` makes them what the policy reads); a host must be allowed by
    `allow` and, unless it is None, by `package_allow`.  `secrets` are names.
    `hosts` are keyed by egress entries.
    """

    name: str
    package: str
    handler: str
    contract: str
    memory: int
    timeout: float
    cpu: float
    wait_until: float
    concurrency: int
    max_queue: int
    env: dict[str, str]
    secrets: list[str]
    kv: str
    kv_commit: str
    services: dict[str, str]
    bindings: dict[str, BindingConfig]
    modules: dict[str, str]
    mock_modules: dict[str, str]
    eval: bool
    allow: list[str | EgressRule]
    deny: list[str | EgressRule]
    package_allow: list[str | EgressRule] | None
    learn: bool
    egress_limits: EgressLimits
    hosts: dict[str, EgressHost]
    schedules: tuple[Schedule, ...]
    reuse: bool
    server_timing: str
    deferred: FunctionAsync
    record: float | None
    record_failures: bool
    smoke: list[SmokeConfig]


def resolve(config: Config, name: str, package: FunctionConfig | None = None) -> FunctionSettings:
    """What is in force for the function `name`; `package` is what its package says itself.

    A name that the config does not have gets the defaults.
    """
    own = config.functions.get(name, FunctionConfig())
    forced_as = name.partition("@")[0]  # a version of a function is what that is
    packaged = package or FunctionConfig()
    memory = _limit(config, forced_as, "memory", own.memory, packaged.memory, config.engine.memory)
    env = {variable: text for variable, text in packaged.env.items() if variable not in own.secrets}
    return FunctionSettings(
        name=name,
        package=own.package or name,
        handler=own.handler or packaged.handler,
        contract=own.contract or packaged.contract or "",
        memory=memory,
        timeout=_limit(config, forced_as, "timeout", own.timeout, packaged.timeout, config.engine.timeout),
        cpu=_limit(config, forced_as, "cpu", own.cpu, packaged.cpu, _cpu(config, memory)),
        wait_until=_limit(
            config, forced_as, "wait_until", own.wait_until, packaged.wait_until, config.engine.wait_until
        ),
        concurrency=_first(own.concurrency, packaged.concurrency, CONCURRENCY),
        max_queue=config.engine.max_queue,
        env=env | own.env,
        secrets=[secret for secret in dict.fromkeys([*own.secrets, *packaged.secrets]) if secret not in own.env],
        kv=own.kv or name,
        kv_commit=_kv_commit(config, name, own.kv_commit, packaged.kv_commit),
        services=own.services,
        bindings={name: binding_of(said) for name, said in own.bindings.items()},
        modules=own.modules,
        mock_modules=packaged.mock_modules | own.mock_modules,
        eval=_first(own.eval, packaged.eval, True),
        allow=_allow(config, forced_as, own.egress),
        deny=_deny(config, forced_as, own.egress, packaged.egress),
        package_allow=_package_allow(config, own.egress, packaged.egress),
        learn=_learn(config, forced_as, own.egress),
        egress_limits=merged(config.egress.limits, own.egress.limits if own.egress else None),
        hosts={
            **(packaged.egress.hosts if packaged.egress else {}),
            **config.egress.hosts,
            **(own.egress.hosts if own.egress else {}),
        },
        schedules=tuple(map(schedule_of, _first(own.schedule, packaged.schedule, []))),
        reuse=_first(own.reuse, packaged.reuse, False),
        server_timing=own.server_timing,
        deferred=_retries(own.async_ or FunctionAsync(), packaged.async_ or FunctionAsync()),
        record=None if not config.recordings.max_total else _first(own.record, None, config.recordings.share),
        record_failures=_first(own.record_failures, None, config.recordings.failures),
        smoke=_first(own.smoke, packaged.smoke, []),
    )


def _retries(own: FunctionAsync, packaged: FunctionAsync) -> FunctionAsync:
    """What was said; None where nobody said anything."""
    return FunctionAsync(
        retries=_first(own.retries, packaged.retries, None),
        backoff=_first(own.backoff, packaged.backoff, None),
        max_backoff=_first(own.max_backoff, packaged.max_backoff, None),
        max_age=_first(own.max_age, packaged.max_age, None),
        retry_on=_first(own.retry_on, packaged.retry_on, None),
        dead_letter=own.dead_letter,
    )


def _first(own: T | None, packaged: T | None, default: T) -> T:
    if own is not None:
        return own
    return default if packaged is None else packaged


def _cpu(config: Config, memory: int) -> float:
    """CPU time of a function that says nothing: in proportion to its memory, where that is more than the usual."""
    if _forced(config, ("engine", "cpu")):
        return config.engine.cpu
    return min(max(1.0, memory / config.engine.memory) * config.engine.cpu, max(MAX_DEADLINE, config.engine.cpu))


def _kv_commit(config: Config, name: str, own: str | None, packaged: str | None) -> str:
    if _forced(config, ("storage", "kv_commit")):
        return (
            own if own is not None and _forced(config, ("functions", name, "kv_commit")) else config.storage.kv_commit
        )
    return _first(own, packaged, config.storage.kv_commit)


def _limit(config: Config, name: str, key: str, own: T | None, packaged: T | None, default: T) -> T:
    if _forced(config, ("engine", key)):
        return own if own is not None and _forced(config, ("functions", name, key)) else default
    return _first(own, packaged, default)


def _allow(config: Config, name: str, own: FunctionEgress | None) -> list[str | EgressRule]:
    said = own.allow if own else None
    forced = _forced(config, ("egress", "allow")) and not _forced(config, ("functions", name, "egress", "allow"))
    return config.egress.allow if said is None or forced else said


def _learn(config: Config, name: str, own: FunctionEgress | None) -> bool:
    said = own.learn if own else None
    forced = _forced(config, ("egress", "learn")) and not _forced(config, ("functions", name, "egress", "learn"))
    return config.egress.learn if said is None or forced else said


def _package_allow(
    config: Config, own: FunctionEgress | None, packaged: FunctionEgress | None
) -> list[str | EgressRule] | None:
    if packaged is None or packaged.allow is None:
        return None
    overruled = (own is not None and own.allow is not None) or _forced(config, ("egress", "allow"))
    return None if overruled else packaged.allow


def _deny(
    config: Config, name: str, own: FunctionEgress | None, packaged: FunctionEgress | None
) -> list[str | EgressRule]:
    said = own.deny if own else []
    if not _forced(config, ("egress", "deny")):
        return [*config.egress.deny, *said, *(packaged.deny if packaged else ())]
    kept = _forced(config, ("functions", name, "egress", "deny"))
    return [*config.egress.deny, *(said if kept else ())]


def _forced(config: Config, key: KeyPath) -> bool:
    """Whether `--set` gave this key, a part of it, or a table around it."""
    return any(all(a == b for a, b in zip(path, key, strict=False)) for path in config.origin.forced)
