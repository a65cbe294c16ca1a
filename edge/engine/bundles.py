"""The bundled JavaScript that ships with the package, and what its snapshots depend on."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import resources

from edge.engine import dll, library_file
from edge.errors import InternalError

FORMAT = 2  # of everything derived from the bundles: a change invalidates caches


@functools.cache
def bundle(name: str) -> str:
    """Source of `runtime` or `transform`.  Raises InternalError when the package was not built."""
    return _read(name)


def _read(name: str) -> str:
    path = resources.files("edge.runtime") / "bundle" / f"{name}.js"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InternalError(
            f"the JavaScript bundle {name}.js is missing",
            hint="install the package, or run hatch_build.py in a checkout",
        ) from None


_CHUNKS = "\n//# edge-chunks="


def script(name: str) -> str:
    """The part of a bundle that is evaluated."""
    return bundle(name).partition(_CHUNKS)[0]


@functools.cache
def chunks() -> dict[str, str]:
    """Sources of the runtime's chunks by name (see runtime/bootstrap/chunks.js)."""
    found: dict[str, str] = json.loads(bundle("runtime").partition(_CHUNKS)[2] or "{}")
    return found


@functools.cache
def fingerprint(name: str) -> str:
    """Hex hash of a bundle together with V8's version and flags: the key of its snapshot.

    The bundle does not stay in memory for it: a gateway of cells has no other use of its megabytes.
    """
    parts = [FORMAT, *library_file.versions(), list(dll.FLAGS), _read(name)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
