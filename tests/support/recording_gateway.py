"""A gateway that keeps recordings of the functions in tests/data/replay, and what tests ask of it."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import httpx

from tests.support.gateway_process import gateway, run_edge, until

FUNCTIONS = Path(__file__).parents[1] / "data" / "replay"
TOKEN = "tok_0123456789abcdef"
SETTINGS = (
    'timeout = "1500ms"\ncpu = "300ms"\nmemory = "48MiB"\nsecrets = ["TOKEN"]\n[env]\nPLAIN = "plain"\nORIGIN = "{}"\n'
)
RULE = '[[routes]]\npath = "/{0}/*rest"\nfunction = "{0}"\n'
CONFIG = """
[egress]
allow = [{{ host = "127.0.0.1", port = {port}, private = true }}]
[recordings]
share = 1.0
max_size = "4MiB"
key_file = "record.key"
[functions.web.services]
OTHER = "other"
[functions.express]
timeout = "400ms"
[functions.event]
[functions.other]
[functions.reused]
reuse = true
[functions.quiet]
package = "event"
record = 0
record_failures = false
[functions.failing]
package = "event"
record = 0
"""


@contextlib.contextmanager
def recording_gateway(folder, origin):
    """One that keeps everything; it may fetch from `origin`."""
    shutil.copytree(FUNCTIONS, folder / "functions")
    routes = [RULE.format(name) for name in ("web", "express", "event", "reused", "quiet", "failing")]
    files = {
        "edge.toml": CONFIG.format(port=origin.server_port) + "".join(routes),
        "record.key": "let-me-record\n",
        "functions/web/function.toml": SETTINGS.format(origin.url),
    }
    with gateway(folder, "--config", "edge.toml", files=files, env={"TOKEN": TOKEN}) as running:
        yield running


def ask(served, path, method="GET", **options):
    """One request, whatever becomes of it: its id, "" when the answer broke off."""
    with contextlib.suppress(httpx.HTTPError):
        return served.client.request(method, served.url + path, **options).headers["edge-request-id"]
    return ""


def recordings(served, **query):
    return served.operate("GET", "/recordings", params={"limit": 1000, **query}).json()["recordings"]


def recorded(served, path, **options):
    """The recording of a request, once it has been written."""
    rid = ask(served, path, **options)
    return until(lambda: next((one for one in recordings(served) if one["id"] == rid), None), 10, "a recording")


def replayed(served, rid, **query):
    answer = served.operate("POST", f"/recordings/{rid}/replay", params=query, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def edge(served, *arguments):
    """`edge replay` beside the gateway: its result, and its output when that is JSON."""
    found = run_edge("replay", *arguments, "-c", "edge.toml", cwd=served.folder, timeout=60, TOKEN=TOKEN)
    return found, (json.loads(found.stdout) if "json" in arguments and found.stdout else None)
