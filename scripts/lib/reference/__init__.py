"""The pages of docs/reference/ that are made from code.  `scripts/gen-docs` writes them, a test compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config import reference as config
from reference import admin_api, cli, errors, metrics, node, runtime

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES: dict[str, Callable[[], str]] = {
    "config.md": config.reference,
    "cli.md": cli.page,
    "errors.md": errors.page,
    "metrics.md": metrics.page,
    "admin-api.md": admin_api.page,
    "node.md": node.page,
    "runtime.md": runtime.page,
}
