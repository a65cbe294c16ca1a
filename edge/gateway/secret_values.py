"""Where the file of secrets is, and the key that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import OutsideError
from edge.services.secrets.file import FILE, SecretFile
from edge.services.secrets.sealed import read_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edge.config.model import Config

KEY = "EDGE_SECRETS_KEY"


def secrets_path(config: Config) -> Path:
    """The file, whether it is there or not."""
    return config.path(config.storage.data_dir) / FILE


def secret_file(config: Config, environ: Mapping[str, str]) -> SecretFile | None:
    """The secrets that a config has, None without a key.  Raises CallerError for what is no key, OutsideError."""
    if config.storage.secrets_key_file:
        try:
            text = config.path(config.storage.secrets_key_file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise OutsideError(f"the file of storage.secrets_key_file cannot be read: {reason}") from error
    else:
        text = environ.get(KEY, "")
    return SecretFile(secrets_path(config), read_key(text)) if text.strip() else None
