"""What a function says when it fails, without the values of its secrets and the credentials of its request.

It goes to logs, operators and clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import EdgeError, FunctionError
from edge.function import mask
from edge.services.redaction import credentials

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.engine.lineage import Lineage


def hide(error: EdgeError, secrets: Collection[str]) -> None:
    """Take them out of an error."""
    error.message, error.hint = mask(error.message, secrets), mask(error.hint, secrets)
    error.args = tuple(mask(part, secrets) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, FunctionError):
        error.stack = mask(error.stack, secrets)


def conceal(error: EdgeError | None, lineage: Lineage) -> EdgeError | None:
    """Take out of an error what its invocation was told in confidence."""
    if error is not None:
        hide(error, (*lineage.function.secrets.values(), *credentials(lineage.headers)))
    return error
