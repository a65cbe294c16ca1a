"""docs/reference/admin-api.md, from the table of endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.gateway.admin_endpoints import ENDPOINTS
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

if TYPE_CHECKING:
    from edge.gateway.openapi import Endpoint

_HEAD = """\
# Admin API

{generated}

JSON over HTTP on `admin.listen`, described as OpenAPI 3.1 by `GET /openapi.json`. Errors look like those of the public
listener, see [errors](errors.md).

**Who may use it.** With a token (`admin.token_file` or the variable `EDGE_ADMIN_TOKEN`, and `admin.tokens`): whoever
sends `Authorization: Bearer TOKEN`. With `admin.tls.client_ca`: whoever has a certificate of it. With neither:
connections from this machine only, and a listener that others can reach is refused. Web pages of other origins are
refused always. `/live` and `/ready` are open to everybody who can connect.

**Roles.** A token of `admin.tokens` has a role; that of `token_file`, of the variable, and a certificate may do
everything. A reload of the config reads the files of tokens again.

| role | may |
|---|---|
| `read` | look: all that changes nothing, also `POST /kv/{{namespace}}/export` and `POST /config/plan` |
| `deploy` | also reload, change functions and their versions, run schedules, and invoke functions by any method |
| `admin` | everything: also write keys and values, cancel and retry invocations, read the audit log |

**What was changed.** Each request that changes something, or was refused to, is a line of JSON in `audit.log` in
`storage.data_dir`, and in `GET /audit`: `time`, `who` (the name of the token; `certificate`; `local`), `role`, `ip`,
`method`, `path`, `query`, `status`, the error's `code`, `request_id` and `ms`. Bodies are not in it. Reloads
that nobody asked for here are in it as well, when they changed something or failed: `who` is `edge`, `query` says
`because=config`, `functions`, `secrets` or `signal`. The file is kept to 8 MiB, with five older ones as `audit.log.1`
to `.5`. Invocations are in the access log.
"""

_NOTES = """\
## Notes

- `/invoke/{name}` takes any method, and streams; the function sees the path behind its name. It passes by the routes,
  not by the function's limits.
- `POST /config/reload` reads the config and all packages again. When anything is wrong it answers 400 with a list
  `problems`, and nothing has changed. Its answer is `{"changed": ..., "generation": ...}`.
- `/ready` says in `detail.last_reload` whether the last reload succeeded, and why not. It stays 200 then: the
  generation before goes on serving.
- KV values keep their kind: what is written with `Content-Type: application/json` is checked and comes back to
  functions as a value, `text/*` as a string, everything else as an `ArrayBuffer`. `ttl` is a duration such as `30s`.
  Keys may hold slashes. An answer has the versionstamp as `ETag`, and `Edge-Expires-At` (Unix milliseconds) and
  `Edge-Metadata` (base64) when there are such.
- `/egress/explain` tells what the policy says about a request, without sending it; the name is looked up. Without
  `function` it is for a function that has no rules of its own; `method` is `GET` when left out. `tcp://host:port` and
  `tls://host:port` stand for bare connections.
- `/egress/suggest` gives the `allow` list that a function needs, from what it has reached since the gateway process
  started while `egress.learn` was on, as JSON in `allow` and as TOML in `toml`; `refused` is what stayed closed.
- `GET /config` shows `***` for values of variables, tokens and passwords.
"""


def page() -> str:
    """The page."""
    rows = [_row(endpoint) for endpoint in ENDPOINTS]
    head = _HEAD.format(generated=GENERATED.format(source="edge/gateway/admin_endpoints.py"))
    return whole(head, table(("", "path", "query", "answers", "what it does"), rows), _NOTES)


def _row(endpoint: Endpoint) -> tuple[str, str, str, str, str]:
    query = ", ".join(f"`{name}`{' (required)' if name in endpoint.required else ''}" for name in endpoint.query)
    statuses = ", ".join(map(str, endpoint.statuses))
    return code(endpoint.method), code(endpoint.path), query, statuses, endpoint.summary
