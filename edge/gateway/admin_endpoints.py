"""What the admin listener answers; its OpenAPI document is made from this."""

from __future__ import annotations

from edge.gateway.openapi import Endpoint

ENDPOINTS = (
    Endpoint("GET", "/live", "Whether the process is alive"),
    Endpoint("GET", "/ready", "Whether traffic should come here", statuses=(200, 503)),
    Endpoint("GET", "/health", "Ready or not, in one word", statuses=(200, 503)),
    Endpoint("GET", "/health/detailed", "Everything about the state of the gateway", statuses=(200, 503)),
    Endpoint(
        "GET", "/metrics", "Metrics: Prometheus text, or JSON when asked for", types=("text/plain", "application/json")
    ),
    Endpoint(
        "GET", "/activity", "Requests, outcomes, durations and gauges of the last ten minutes, in short intervals",
        query=("since", "function"), statuses=(200, 400),
    ),
    Endpoint("GET", "/activity/functions", "Sums of the last ten minutes, by function"),
    Endpoint("GET", "/whoami", "Who asks, and with which role"),
    Endpoint("GET", "/limits", "Limits of functions and gateway"),
    Endpoint("GET", "/config", "The config that serves now, without secrets"),
    Endpoint("POST", "/config/reload", "Read the config again and serve it", statuses=(200, 400)),
    Endpoint("POST", "/config/plan", "What a reload would change, without values", statuses=(200, 400)),
    Endpoint("GET", "/generation", "What serves, for comparing it: names and digests, no values"),
    Endpoint("GET", "/cache", "What the cache of answers holds"),
    Endpoint(
        "POST", "/cache/purge", "Forget answers by URL, prefix, tag or function", statuses=(200, 400),
        query=("url", "prefix", "tag", "function", "everything"),
    ),
    Endpoint("GET", "/functions", "All functions"),
    Endpoint("GET", "/functions/{name}", "One function", statuses=(200, 404)),
    Endpoint("GET", "/functions/{name}/files", "A digest of each file of its package", statuses=(200, 404)),
    Endpoint(
        "PUT", "/functions/{name}/package", "Upload a package: it becomes the next version", query=("activate", "note"),
        body=True, statuses=(200, 201, 400, 408, 409, 412, 413, 422, 503),
        types=("application/json",), etag=True,
        accepts=("application/octet-stream", "application/gzip", "application/zip", "application/x-tar"),
    ),
    Endpoint(
        "GET", "/functions/{name}/versions", "Its versions, the newest first", statuses=(200, 400, 404, 503), etag=True
    ),
    Endpoint(
        "POST", "/functions/{name}/activate", "Build a version and let it serve",
        query=("version",), accepts=("application/json",), statuses=(200, 400, 404, 409, 412, 422, 503), etag=True,
    ),
    Endpoint(
        "POST", "/functions/{name}/rollback", "Let that version serve which did before",
        statuses=(200, 400, 404, 409, 412, 422, 503), etag=True,
    ),
    Endpoint(
        "PUT", "/functions/{name}/aliases/{alias}", "Give a version a name, or the name to another one",
        query=("version",), accepts=("application/json",), statuses=(200, 400, 404, 409, 412, 503), etag=True,
    ),
    Endpoint(
        "DELETE", "/functions/{name}/aliases/{alias}", "Take a name away",
        statuses=(200, 400, 404, 409, 412, 503), etag=True,
    ),
    Endpoint(
        "DELETE", "/functions/{name}/versions/{version}", "Forget a version that nothing needs",
        statuses=(200, 400, 404, 409, 412, 503), etag=True,
    ),
    Endpoint(
        "DELETE", "/functions/{name}", "Forget all its versions; what the config says of it serves again",
        statuses=(200, 400, 404, 409, 412, 503), etag=True,
    ),
    Endpoint("POST", "/invoke/{name}", "Invoke a function, with any method", statuses=(200, 404), types=("*/*",)),
    Endpoint(
        "POST", "/invoke/{name}/{path}", "The same, with a path for it", statuses=(200, 404), types=("*/*",)
    ),
    Endpoint(
        "POST", "/invoke-async/{name}", "Invoke a function later, and try again when it fails: answers an id",
        statuses=(202, 400, 404, 409, 413, 503),
    ),
    Endpoint(
        "POST", "/invoke-async/{name}/{path}", "The same, with a path for it",
        statuses=(202, 400, 404, 409, 413, 503),
    ),
    Endpoint(
        "GET", "/logs", "Lines of requests and functions, newest first; follow=1 streams server-sent events",
        query=(
            *("function", "outcome", "level", "since", "until", "request", "event", "text", "limit", "cursor"), "follow"
        ),
        statuses=(200, 400, 501, 503), types=("application/json", "text/event-stream"),
    ),
    Endpoint(
        "GET", "/invocations",
        "Deferred invocations and those that have ended lately, newest first; status=failed are the dead letters",
        query=("function", "type", "status", "outcome", "since", "until", "limit", "cursor"), statuses=(200, 400),
    ),
    Endpoint(
        "GET", "/invocations/{id}", "One by its id or that of its request: receipt, lines, calls, attempts, result",
        statuses=(200, 404),
    ),
    Endpoint("DELETE", "/invocations/{id}", "Cancel one that waits or runs", statuses=(200, 404, 409)),
    Endpoint("POST", "/invocations/{id}/retry", "Queue one anew that failed or was canceled", statuses=(202, 404, 409)),
    Endpoint(
        "GET", "/recordings", "Invocations that can be run again, newest first", query=("function", "limit"),
        statuses=(200, 400),
    ),
    Endpoint(
        "POST", "/recordings/replay", "Run a recording again that is sent", query=("against",), body=True,
        statuses=(200, 400, 404, 413, 422),
    ),
    Endpoint("GET", "/recordings/{recording}", "What was recorded", statuses=(200, 400, 404)),
    Endpoint("DELETE", "/recordings/{recording}", "Forget it", statuses=(204, 400, 404)),
    Endpoint(
        "GET", "/recordings/{recording}/file", "The file, to pass it on; with package=true the code is in it",
        query=("package",), statuses=(200, 400, 404, 422), types=("application/octet-stream",),
    ),
    Endpoint(
        "POST", "/recordings/{recording}/replay",
        "Run it again, in an isolate that reaches nothing, and say what was otherwise; with the code of `against`",
        query=("against",), statuses=(200, 400, 404, 422),
    ),
    Endpoint(
        "POST", "/functions/{name}/record", "Record the next invocations of a function", query=("count", "for"),
        statuses=(200, 400, 404),
    ),
    Endpoint(
        "GET", "/splits", "How routes split requests among versions, and what became of these", query=("route",),
        statuses=(200, 400, 404),
    ),
    Endpoint(
        "PUT", "/splits", 'Other weights: `{"weights": {"hello@v3": 90, "hello@v4": 10}}`', query=("route",), body=True,
        statuses=(200, 400, 404, 409, 412, 503),
    ),
    Endpoint(
        "DELETE", "/splits", "The weights of the config again", query=("route",),
        statuses=(200, 400, 404, 409, 412, 503),
    ),
    Endpoint(
        "GET", "/schedules", "Schedules: what comes next, what runs, what ran", query=("next",), statuses=(200, 400)
    ),
    Endpoint("GET", "/schedules/{name}", "The same of one function", query=("next",), statuses=(200, 400, 404)),
    Endpoint(
        "POST", "/schedules/{name}/run", "Run a function as its schedule would, and say how it ended",
        query=("cron", "time"), statuses=(200, 400, 404),
    ),
    Endpoint("GET", "/kv", "List namespaces, with what they hold"),
    Endpoint(
        "POST", "/kv/{namespace}/export", "All entries as lines of JSON", query=("prefix",), statuses=(200, 400),
        types=("application/x-ndjson",),
    ),
    Endpoint(
        "POST", "/kv/{namespace}/import", "Put the entries of an export", query=("mode",), body=True,
        statuses=(200, 400, 413),
    ),
    Endpoint("GET", "/kv/{namespace}", "List keys", query=("prefix", "limit", "cursor"), statuses=(200, 400)),
    Endpoint("GET", "/kv/{namespace}/{key}", "Read a value", statuses=(200, 404), types=("*/*",)),
    Endpoint("PUT", "/kv/{namespace}/{key}", "Write a value", query=("ttl",), body=True, statuses=(200, 400, 413)),
    Endpoint("DELETE", "/kv/{namespace}/{key}", "Remove a key", statuses=(204, 404)),
    Endpoint("GET", "/secrets", "Names of the secrets in the encrypted file, no values", statuses=(200, 400)),
    Endpoint(
        "PUT", "/secrets/{name}", "Keep a secret: the body is its value", query=("function",), body=True,
        statuses=(204, 400, 413),
    ),
    Endpoint("DELETE", "/secrets/{name}", "Forget a secret", query=("function",), statuses=(204, 400, 404)),
    Endpoint(
        "GET", "/egress/explain", "What a function may reach, and why", query=("function", "url", "method"),
        required=("url",), statuses=(200, 400, 404),
    ),
    Endpoint(
        "GET", "/egress/suggest", "The allow list that a function needs, learned from what it did",
        query=("function",), required=("function",), statuses=(200, 400, 404),
    ),
    Endpoint(
        "GET", "/audit", "Who changed what over this listener, the newest first", query=("limit",), statuses=(200, 400)
    ),
    Endpoint("GET", "/openapi.json", "This document"),
)  # fmt: skip
