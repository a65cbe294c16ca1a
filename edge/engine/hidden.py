"""What a function says when it fails, without the values of its secrets and the credentials of its request.

It goes to logs, operators and clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import EdgeError, FunctionError
from edge.function import mask

if TYPE_CHECKING:
    from collections.abc import Collection


def hide(error: EdgeError, secrets: Collection[str]) -> None:
    """Take them out of an error."""
    error.message, error.hint = mask(error.message, secrets), mask(error.hint, secrets)
    error.args = tuple(mask(part, secrets) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, FunctionError):
        error.stack = mask(error.stack, secrets)
