"""Everything that a cell or a build may ever load: nothing can be opened once they are sealed."""

from __future__ import annotations

import encodings
import hashlib
import hmac
import importlib
import pkgutil
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.cell import main
from edge.engine import bundles
from edge.runtime import ops
from edge.runtime.ops import certificates, nodecrypto, webcrypto

if TYPE_CHECKING:
    from collections.abc import Iterable

_STANDARD = ("bz2", "gzip", "linecache", "secrets", "stringprep", "traceback", "unicodedata", "warnings", "zlib")


def everything() -> None:
    """Load and use all of it once; leaves one thread and no isolate."""
    for name in _STANDARD:
        importlib.import_module(name)
    _submodules(encodings.__name__, encodings.__path__)
    _submodules(ops.__name__, ops.__path__)
    _hashes()
    webcrypto.warm_up()
    nodecrypto.warm_up()
    certificates.warm_up()
    bundles.bundle("transform")
    main.preload()


def _submodules(name: str, path: Iterable[str]) -> None:
    """Import what a package holds; what belongs to another platform is not there."""
    for found in pkgutil.iter_modules(path, f"{name}."):
        with suppress(ImportError):
            importlib.import_module(found.name)


def _hashes() -> None:
    """OpenSSL reads its configuration and sets algorithms up when they are used first."""
    for name in hashlib.algorithms_available:
        with suppress(ValueError):  # known, but refused by this OpenSSL's policy
            hashlib.new(name, b"")
            hmac.new(b"", b"", name).digest()
