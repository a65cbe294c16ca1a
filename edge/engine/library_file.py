"""What the library with V8 says of itself without V8 being started.

A gateway in mode `cells` runs no JavaScript: all that it needs to know are versions, and whether snapshots can be had.
To start V8 takes 12 MB (most of it ICU's data) and 30 ms; to open its library 1 MB and 2 ms.
"""

from __future__ import annotations

import ctypes
import functools
from contextlib import ExitStack
from importlib import metadata, resources

from py_mini_racer import _dll

from edge.engine import dll
from edge.engine.dll import Versions


@functools.cache
def _opened() -> ctypes.CDLL:
    """A handle of its own: what edge.engine.dll declares is not declared here."""
    files = ExitStack()  # of a package in an archive the file stays for as long as this process
    name = _dll._get_lib_filename("mini_racer")  # noqa: SLF001 - the package has no other way to tell
    return ctypes.CDLL(str(files.enter_context(resources.as_file(resources.files("py_mini_racer") / name))))


@functools.cache
def versions() -> Versions:
    """Versions of mini-racer and V8."""
    function = ctypes.CFUNCTYPE(ctypes.c_char_p)(("mr_v8_version", _opened()))
    return Versions(metadata.version("mini-racer"), function().decode())


def has_snapshots() -> bool:
    """Whether this build of the library exports what snapshots need."""
    return all(hasattr(_opened(), name) for name in (dll.CREATE_SNAPSHOT, dll.DEFAULT_SNAPSHOT))
