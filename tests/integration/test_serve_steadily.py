"""Reloads and deploys under a constant load; `./scripts/steady` is the long run."""

from __future__ import annotations

import pytest

from tests.support.steady import steady

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)


def test_no_request_fails_and_no_web_socket_breaks_while_everything_changes(tmp_path):
    """Six reloads and two deploys, each of which moves all clients to a new version in three steps."""
    found = steady(tmp_path, reloads=6, deploys=2, rate=60.0, pause=0.1)
    assert found["failed"] == []
    assert set(found["statuses"]) == {200}
    assert found["crashed"] == 0
    assert found["messages"] > 0
    assert found["reloads"] >= 6
