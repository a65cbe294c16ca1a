"""The journal as the config wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.services.function_logs import LogLimits
from edge.services.journal.journal import Journal
from edge.services.journal.segments import Bounds
from edge.services.logs import JOURNAL_FAILED

if TYPE_CHECKING:
    from pathlib import Path

    from edge.config.model import Config

log = structlog.get_logger()


def journal_folder(config: Config) -> Path:
    """Where it is, whether there is one or not."""
    return config.path(config.storage.data_dir) / "journal"


def open_journal(config: Config) -> Journal:
    """A context manager."""
    return Journal(journal_folder(config), journal_bounds(config), level=config.log.level, failed=_tell)


def journal_bounds(config: Config) -> Bounds | None:
    """None: nothing is kept."""
    wanted = config.log
    return Bounds(wanted.retention, wanted.max_size, wanted.max_entries) if wanted.journal else None


def log_limits(config: Config) -> LogLimits:
    """Of what functions write."""
    return LogLimits(lines=config.log.function_lines, bytes=config.log.function_bytes)


def _tell(why: str) -> None:
    log.warning(JOURNAL_FAILED, error=why, advice="lines are lost to `edge logs` until the disk takes them again")
