"""Who may use the admin listener, from the config; and the log of what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.config.checks import ADMIN_TOKEN
from edge.errors import ConfigError
from edge.gateway.admin_access import Token
from edge.gateway.audit import AuditLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config.model import Config
    from edge.gateway.admin_guard import AdminGuard

log = structlog.get_logger()


def admin_tokens(config: Config, environ: Mapping[str, str]) -> tuple[Token, ...]:
    """The tokens of the config's files and of EDGE_ADMIN_TOKEN; none lets only this machine in.

    Raises ConfigError for a file that cannot be read or has no token.
    """
    found = [
        Token(token.name, token.role, _read(config, token.file, f"admin.tokens[{number}].file"))
        for number, token in enumerate(config.admin.tokens)
    ]
    if config.admin.token_file:
        found.append(Token("token_file", "admin", _read(config, config.admin.token_file, "admin.token_file")))
    elif secret := environ.get(ADMIN_TOKEN, "").strip():
        found.append(Token(ADMIN_TOKEN, "admin", secret))
    return tuple(found)


def _read(config: Config, file: str, key: str) -> str:
    try:
        secret = config.path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError([f"{config.origin.file}: {key}: {file} cannot be read: {reason}"]) from error
    if not secret:
        raise ConfigError([f"{config.origin.file}: {key}: {file} is empty (a token on one line)"])
    return secret


def renew_tokens(guard: AdminGuard, config: Config, environ: Mapping[str, str]) -> None:
    """Let `guard` have the tokens as they are now; those before stay when one cannot be read."""
    try:
        guard.tokens = admin_tokens(config, environ)
    except ConfigError as error:
        log.error("admin_tokens", problems=error.problems)  # noqa: TRY400 - not our bug


def audit_log(config: Config) -> AuditLog:
    """In the folder of data."""
    return AuditLog(config.path(config.storage.data_dir))
