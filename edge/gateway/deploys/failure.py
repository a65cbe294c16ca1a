"""A version that is there but does not serve."""

from __future__ import annotations

from typing import Any

from edge.errors import CallerError, ConfigError, EdgeError


class DeployError(CallerError):
    """The version is stored, and cannot be built: what served before goes on serving."""

    code = "not_deployed"
    status = 422

    def __init__(self, message: str, *, details: dict[str, Any]) -> None:
        """`details` join code and message in the answer."""
        super().__init__(message)
        self.details = details


def problems_of(error: EdgeError) -> list[str]:
    """Line by line."""
    return list(error.problems) if isinstance(error, ConfigError) else [str(error)]
