"""docs/reference/metrics.md, from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.metrics import MetricWrapperBase

from edge.gateway.engine_metrics import CacheStats, PoolStats
from edge.gateway.metrics import Metrics
from edge.gateway.tls.metrics import TlsMetrics
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

_HEAD = """\
# Metrics

{generated}

`GET /metrics` on the admin listener answers with Prometheus' text format:

```sh
curl http://127.0.0.1:9090/metrics
```

With `Accept: application/json` it answers with two objects instead, `isolatePool` (`total`, `available`, `active`,
`corrupted`, `created`, `destroyed`) and `moduleCache` (`size`, `hits`, `misses`, `evictions`, `hitRate`).
"""

_LABELS = {
    "function": 'name of the function; "none" when no route matched, "other" beyond 2,000 functions',
    "outcome": (
        'the value of `Edge-Outcome`, see [errors](errors.md#outcomes); "none" when no function was asked; of '
        "`edge_binding_calls_total` `ok`, `arguments`, `public` (a BindingError), `internal`, `timeout`, `quota`, "
        "`too_large`, `crashed`, `unavailable` or `canceled`"
    ),
    "binding": "what the function calls it: a name of `[functions.NAME.bindings]`",
    "background": "`ok`, `rejected`, `timeout` (over `wait_until`), `failed` (a limit or a crash) or `canceled`",
    "status_class": "`2xx`, `3xx`, `4xx` or `5xx`",
    "version": "of edge",
    "result": "`ok` or `failed`; of lines of functions `written` or `dropped`",
    "reason": (
        "`limit` (too many connections), `address` (too many of one address) or `descriptors` (the process has no file "
        "descriptors left); of handshakes `refused` or `timeout`"
    ),
    "listener": "`server.tls` or `admin.tls`",
    "name": "the first name of the certificate",
    "code": "the error's code, see [errors](errors.md#codes); of WebSockets the close code, or `other`",
    "generation": "the hash of everything that serves: config, routes, packages, policies, versions of secrets",
    "direction": "`in` from clients, `out` to them",
    "kind": "`stopped` (by the gateway), `memory`, `crash`, `policy` (its filter of system calls) or `violation`",
    "verdict": "`allowed` or `denied`",
    "stage": (
        "why the policy denied: `parse`, `scheme`, `host` (by name), `ip` (by address), `request` (what fetch refuses "
        "anyway); `none` when it allowed"
    ),
    "state": "`total`, `available` (kept ready) or `active` (running an invocation); of processes `wanted` or `ready`",
}


def page() -> str:
    """The page."""
    rows = [_row(family, labels) for family, labels in families()]
    used = {label for _, labels in families() for label in labels}
    return whole(
        _HEAD.format(generated=GENERATED.format(source="edge/gateway/metrics.py")),
        table(("metric", "type", "labels", "meaning"), rows),
        "Counters have a `..._created` beside them, the Unix time of their first value. `process_cpu_seconds_total`, "
        "`process_resident_memory_bytes` and the like are those of the gateway's own processes, without cells.",
        "## Labels",
        table(("label", "values"), ((code(label), _LABELS[label]) for label in sorted(used))),
    )


def families() -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """Every metric with the names of its labels: those of the gateway itself, then those that it reads elsewhere."""
    metrics = Metrics()
    holders = (metrics, TlsMetrics(metrics.registry))
    own = [value for holder in holders for value in vars(holder).values() if isinstance(value, MetricWrapperBase)]
    seen = set()
    for value in own:
        for family in value.describe():
            seen.add(family.name)
            yield family, tuple(value._labelnames)  # noqa: SLF001 - without values there is no other way to ask
    metrics.watch(PoolStats, CacheStats)
    for family in metrics.invocations.collect():
        yield family, ("function",)
    for family in metrics.registry.collect():
        if family.name not in seen and not family.name.startswith("process_"):
            found = {label: None for sample in family.samples for label in sample.labels}
            yield family, tuple(found) or tuple(getattr(family, "_labelnames", ()))


def _row(family: Metric, labels: tuple[str, ...]) -> tuple[str, str, str, str]:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return code(name), family.type, ", ".join(map(code, labels)), family.documentation
