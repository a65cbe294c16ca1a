"""Where the config comes from: a file, or a folder of functions and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge.config.load import load
from edge.config.zero import list_functions, zero_config
from edge.errors import ConfigError
from edge.services.egress.entry import check_entry

if TYPE_CHECKING:
    from edge.config.model import Config


class ConfigSource(msgspec.Struct, frozen=True):
    """`file` or `folder`; `sets` are `SECTION.KEY=VALUE` options of the command line."""

    file: Path | None = None
    folder: Path | None = None
    sets: tuple[str, ...] = ()
    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(os.environ))

    @property
    def tolerant(self) -> bool:
        """Whether a function that cannot be loaded holds nothing else back, also in a reload."""
        return self.file is None

    def read(self, content: bytes | None = None) -> Config:
        """The config now; `content` are the file's bytes when they are known.  Raises ConfigError."""
        if self.file is not None:
            source = (self.content() or b"") if content is None else content
            return load(source, str(self.file), environ=self.environ, sets=self.sets, check_egress=check_entry)
        folder = self.folder or Path()
        try:
            names = list_functions(folder)
        except OSError as error:
            raise ConfigError([f"{folder}: the folder of functions cannot be read: {error.strerror}"]) from error
        return zero_config(str(folder), names, environ=self.environ, sets=self.sets, check_egress=check_entry)

    def content(self) -> bytes | None:
        """The bytes of the file; None when there is no file.  Raises ConfigError."""
        if self.file is None:
            return None
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise ConfigError([f"{self.file}: the config cannot be read: {error.strerror}"]) from error
