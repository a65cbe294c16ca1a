"""The variables that every function finds in process.env."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime.contract_rig import call, evaluate, value

SEED = (
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "_HANDLER",
    "HKS_FUNCTION_NAME",
    "HKS_FUNCTION_VERSION",
    "HKS_WORKSPACE_NAME",
)


def environment(**kwargs: Any) -> dict[str, str]:
    """All of process.env, in a handler of the event contract."""
    found: dict[str, str] = value(
        call("exports.handler = async () => ({ ...process.env })", contract="event", **kwargs)
    )
    return found


def test_lambdas_and_hexabases_variables_are_there() -> None:
    """With the values that the context has too."""
    found = environment()
    assert all(found[name] for name in SEED)
    assert (found["AWS_LAMBDA_FUNCTION_NAME"], found["HKS_FUNCTION_NAME"]) == ("test", "test")
    assert (found["AWS_LAMBDA_FUNCTION_VERSION"], found["HKS_FUNCTION_VERSION"]) == ("v1", "v1")
    assert (found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], found["_HANDLER"]) == ("256", "index.handler")
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"].endswith("[v1]rid")
    assert (found["LAMBDA_TASK_ROOT"], found["TZ"]) == ("/app", "UTC")


def test_the_functions_own_variables_win() -> None:
    """Also over those that name the function."""
    found = environment(env={"AWS_REGION": "eu-north-1", "HKS_FUNCTION_NAME": "mine", "OWN": "1"})
    assert (found["AWS_REGION"], found["HKS_FUNCTION_NAME"], found["OWN"]) == ("eu-north-1", "mine", "1")


@pytest.mark.parametrize("contract", ["express", "web"])
def test_every_contract_has_them(contract: str) -> None:
    """In process.env; `env` of the web contract holds what the function was given, and nothing else."""
    if contract == "express":
        assert evaluate("process.env.HKS_FUNCTION_NAME") == "test"
        return
    source = "module.exports = { fetch: (r, env) => Response.json([process.env.HKS_FUNCTION_NAME, Object.keys(env)]) }"
    assert value(call(source, contract="web", env={"OWN": "1"})) == ["test", ["OWN", "KV"]]


def test_it_is_one_object_for_all_ways_to_ask() -> None:
    """`in`, keys, descriptors and reading agree; what is nowhere is undefined."""
    found = evaluate(
        "['AWS_REGION' in process.env, Object.keys(process.env).includes('AWS_REGION'),"
        " process.env.NOTHING === undefined,"
        " Object.getOwnPropertyDescriptor(process.env, 'AWS_REGION').value === process.env.AWS_REGION, 'NOTHING' in"
        " process.env, Object.hasOwn(process.env, 'TZ'), typeof process.env.toString]"
    )
    assert found == [True, True, True, True, False, True, "function"]


def test_writing_still_has_no_effect() -> None:
    """As for the function's own variables."""
    assert evaluate(
        "(process.env.AWS_REGION = 'x', delete process.env.TZ, [process.env.AWS_REGION, process.env.TZ])"
    ) == [
        "us-east-1",
        "UTC",
    ]


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"x-amzn-trace-id": "Root=1-a-b;Sampled=1"}, "Root=1-a-b;Sampled=1"),
        ({"x-amzn-trace-id": "bad value"}, None),
        ({}, None),  # the test's request id is no trace id
    ],
)
def test_the_trace_id(headers: dict[str, str], trace: str | None) -> None:
    """The client's, or one made of a request id of 32 digits."""
    assert evaluate("process.env._X_AMZN_TRACE_ID ?? null", headers=headers) == trace
