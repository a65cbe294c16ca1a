"""Where the config comes from: a file, an object in a store, or a folder, of functions or of one, and nothing else."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge.config.load import load
from edge.config.telemetry_endpoint import is_encrypted, traces_url
from edge.config.zero import list_functions, single_config, zero_config
from edge.errors import ConfigError
from edge.gateway.config_object import read_config_object
from edge.gateway.tls.files import tls_files
from edge.services.dial.tls import shared_context
from edge.services.egress.entry import check_entry
from edge.services.telemetry.tls import collector_context

if TYPE_CHECKING:
    from edge.config.model import Config


class ConfigSource(msgspec.Struct, frozen=True):
    """`file`, `url`, `folder` (of functions) or `package` (the folder of one, an absolute path).

    `sets` are `SECTION.KEY=VALUE` options of the command line.
    """

    file: Path | None = None
    url: str = ""
    folder: Path | None = None
    package: Path | None = None
    sets: tuple[str, ...] = ()
    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(os.environ))

    @property
    def tolerant(self) -> bool:
        """Whether a function that cannot be loaded holds nothing else back, also in a reload."""
        return self.file is None and not self.url

    @property
    def place(self) -> str:
        """For messages."""
        return self.url or str(self.file or self.folder or self.package)

    def read(self, content: bytes | None = None) -> Config:
        """The config now; `content` are the file's bytes when they are known.  Raises ConfigError."""
        if not self.tolerant:
            source = (self.content() or b"") if content is None else content
            return _usable(load(source, self.place, environ=self.environ, sets=self.sets, check_egress=check_entry))
        if self.package is not None:
            return _usable(single_config(self.package, environ=self.environ, sets=self.sets, check_egress=check_entry))
        folder = self.folder or Path()
        try:
            names = list_functions(folder)
        except OSError as error:
            raise ConfigError([f"{folder}: the folder of functions cannot be read: {error.strerror}"]) from error
        config = zero_config(str(folder), names, environ=self.environ, sets=self.sets, check_egress=check_entry)
        return _usable(config)

    def content(self) -> bytes | None:
        """The bytes of the file or object; None when there is none.  Raises ConfigError."""
        if self.url:
            return read_config_object(self.url)
        if self.file is None:
            return None
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise ConfigError([f"{self.file}: the config cannot be read: {error.strerror}"]) from error


def _usable(config: Config) -> Config:
    """The config, when the certificates that it names can be used.  Raises ConfigError."""
    ca_file = config.egress.ca_file
    if ca_file:
        try:
            shared_context(config.path(ca_file))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            reason = getattr(error, "strerror", None) or "no PEM certificates in it"
            problem = f"{config.origin.file}: egress.ca_file: {ca_file!r} cannot be used: {reason} (a PEM file)"
            raise ConfigError([problem]) from error
    _check_collector(config)
    _check_tls(config)
    return config


def _check_collector(config: Config) -> None:
    """Raises ConfigError for files that no collector could be spoken to with."""
    telemetry = config.telemetry
    names = {key: getattr(telemetry, key) for key in ("ca_file", "client_cert", "client_key")}
    if not any(names.values()) or not is_encrypted(traces_url(telemetry)):
        return
    try:
        collector_context(*(config.path(name) if name else None for name in names.values()))
    except OSError as error:  # ssl.SSLError is one
        reason = (
            error.strerror if not isinstance(error, ssl.SSLError) else "no certificate and key that belong together"
        )
        keys = ", ".join(f"telemetry.{key}" for key, name in names.items() if name)
        raise ConfigError([f"{config.origin.file}: {keys}: cannot be used: {reason} (PEM files)"]) from error


def _check_tls(config: Config) -> None:
    """Raises ConfigError for certificates that no listener could use."""
    problems: list[str] = []
    for files in tls_files(config):
        from edge.gateway.tls.contexts import load_contexts  # noqa: PLC0415 - most gateways do without X.509

        try:
            load_contexts(files)
        except ConfigError as error:
            problems += [f"{config.origin.file}: {line}" for line in error.problems]
    if problems:
        raise ConfigError(problems)
