"""From what the config calls a store to its objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from edge.packages.object_folder import FolderObjects

if TYPE_CHECKING:
    from edge.packages.objects import Objects


def open_objects(url: str) -> Objects:
    """The objects at a URL (`file:///PATH`, `s3://BUCKET/PREFIX`, ...); the store is not asked anything yet.

    Raises ConfigError when a client cannot be made of it and the environment.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderObjects(Path(unquote(parts.path)))
    from edge.packages.object_cloud import CloudObjects  # noqa: PLC0415 - a library that few gateways need

    return CloudObjects(url.rstrip("/"))
