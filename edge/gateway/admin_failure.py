"""Errors as answers of the admin listener: with every problem of a config, and what is known of a failed deploy."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.errors import ConfigError, EdgeError
from edge.gateway.answers import Answer, error_answer, json_answer
from edge.gateway.deploys.failure import DeployError


def failure_answer(error: EdgeError, request_id: str) -> Answer:
    """The one JSON shape of errors, and more in it where more is known."""
    answer = error_answer(error, request_id)
    more: dict[str, Any] = {}
    if isinstance(error, ConfigError):
        more["problems"] = error.problems
    elif isinstance(error, DeployError):
        more |= error.details
    if not more:
        return answer
    value = msgspec.json.decode(answer.body)
    value["error"] |= more
    kept = [header for header in answer.headers if header[0] not in {b"content-type", b"content-length"}]
    return json_answer(answer.status, value, kept)
