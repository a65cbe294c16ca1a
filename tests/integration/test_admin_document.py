"""The admin listener does what its OpenAPI document says, to whom it may, and writes down what was changed."""

from __future__ import annotations

import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.gateway_process import gateway

ENGINE_MODES = ("cells",)
CONFIG = """
[packages]
root = "."
[admin]
token_file = "tokens/root"
tokens = [{ name = "eyes", role = "read", file = "tokens/eyes" }, { name = "ci", role = "deploy", file = "tokens/ci" }]
[functions.job]
schedule = ["@daily"]
"""
FILES = {
    "edge.toml": CONFIG,
    "job/index.js": "module.exports = (req, res) => res.json(req.headers)",
    "tokens/root": "s3cret\n",
    "tokens/eyes": "looking",
    "tokens/ci": "pushing",
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
EXAMPLES = 4


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with gateway(tmp_path_factory.mktemp("document"), "--config", "edge.toml", files=FILES) as running:
        yield running


@pytest.fixture(scope="module")
def ask(edge):
    """Requests to the admin listener, with a token."""
    with httpx.Client(base_url=edge.admin, timeout=20) as client:

        def request(method, path, token="s3cret", **options):
            headers = {"authorization": f"Bearer {token}", **options.pop("headers", {})}
            return client.request(method, path, headers=headers, **options)

        yield request


def test_every_operation_answers_as_the_document_says(edge, ask):
    """Made-up requests, good and bad: no 5xx, no answer that is not described, nothing without a token."""
    ask("PUT", "/kv/n/k", content=b"v")
    ask("POST", "/invoke-async/job")
    document = ask("GET", "/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=edge.admin)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    statuses = []
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case):
            answer = case.call_and_validate(headers={"Authorization": "Bearer s3cret"}, checks=CHECKS)
            statuses.append(answer.status_code)

        one()
    assert len(statuses) >= len(operations)
    assert {200, 400, 404} <= set(statuses)


def test_every_operation_of_the_contract_is_described(ask):
    """With a schema, wherever the answer is JSON."""
    paths = ask("GET", "/openapi.json").json()["paths"]
    for method, path in [
        ("get", "/live"), ("get", "/ready"), ("get", "/health"), ("get", "/health/detailed"), ("get", "/metrics"),
        ("get", "/limits"), ("get", "/config"), ("post", "/config/reload"), ("get", "/functions"),
        ("get", "/functions/{name}"), ("post", "/invoke/{name}"), ("get", "/kv/{namespace}/{key}"),
        ("put", "/kv/{namespace}/{key}"), ("delete", "/kv/{namespace}/{key}"), ("get", "/kv/{namespace}"),
        ("post", "/kv/{namespace}/export"), ("post", "/kv/{namespace}/import"), ("get", "/schedules"),
        ("post", "/schedules/{name}/run"), ("get", "/egress/explain"), ("get", "/invocations"),
        ("get", "/invocations/{id}"), ("get", "/audit"),
    ]:  # fmt: skip
        responses = paths[path][method]["responses"]
        answer = next(response for status, response in responses.items() if status[0] == "2")
        content = answer.get("content", {}).get("application/json")
        assert content is None or content["schema"], (method, path)


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", "/functions", {"looking", "pushing", "s3cret"}),
        ("POST", "/config/plan", {"looking", "pushing", "s3cret"}),
        ("POST", "/config/reload", {"pushing", "s3cret"}),
        ("GET", "/splits", {"looking", "pushing", "s3cret"}),
        ("GET", "/invoke/job", {"pushing", "s3cret"}),
        ("PUT", "/kv/roles/k", {"s3cret"}),
        ("GET", "/audit", {"s3cret"}),
    ],
)
def test_each_token_may_do_what_its_role_has(ask, method, path, roles):
    """403 beyond, 401 without one; and no function sees a token."""
    for token in ("looking", "pushing", "s3cret"):
        answer = ask(method, path, token)
        assert (answer.status_code < 300) is (token in roles), (token, answer.text)
        if token not in roles:
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert token not in answer.text
    assert ask(method, path, "guess").status_code == 401


def test_every_change_is_written_down(edge, ask):
    """Who, what, when and how it ended; also what was refused, and nothing of bodies or tokens."""
    rid = ask("PUT", "/kv/audited/k?ttl=5m", content=b"the value").headers["edge-request-id"]
    ask("PUT", "/kv/audited/k", "looking", content=b"the value")
    ask("DELETE", "/kv/audited/none")
    ask("POST", "/config/reload", "guess")
    ask("GET", "/kv/audited/k")
    newest = ask("GET", "/audit?limit=4").json()["entries"]
    told = [(one["who"], one["role"], one["method"], one["path"], one["status"], one.get("code", "")) for one in newest]
    assert told == [
        ("", "", "POST", "/config/reload", 401, "unauthorized"),
        ("token_file", "admin", "DELETE", "/kv/audited/none", 404, "not_found"),
        ("eyes", "read", "PUT", "/kv/audited/k", 403, "forbidden"),
        ("token_file", "admin", "PUT", "/kv/audited/k", 200, ""),
    ]
    assert (newest[3]["query"], newest[3]["request_id"], newest[3]["ip"]) == ("ttl=5m", rid, "127.0.0.1")
    text = (edge.folder / ".edge" / "audit.log").read_text()
    assert len([json.loads(line) for line in text.splitlines()]) >= 4
    assert not any(secret in text for secret in ("the value", "s3cret", "looking", "guess"))


def test_a_token_can_be_changed_by_a_reload(edge, ask):
    """As secrets are; a file that has gone changes nothing."""
    (edge.folder / "tokens" / "ci").write_text("renewed")
    (edge.folder / "edge.toml").write_text(CONFIG + "\n[functions.job.env]\nA = '1'\n")
    assert ask("POST", "/config/reload").json()["changed"] in (True, False)
    assert ask("GET", "/functions", "renewed").status_code == 200
    assert ask("GET", "/functions", "pushing").status_code == 401
