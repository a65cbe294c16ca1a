"""An isolate without a function, through which V8 is told what concerns the whole process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.engine import dll
from edge.engine.isolate import Isolate

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE = """
globalThis.__edge = function () {
  'use strict';
  return new SharedArrayBuffer(64);
};
"""
_KEPT = 8  # isolates, whose pages V8 keeps
_KEEP_PAGES = b"--memory-pool-share-memory-on-teardown"
_RETURN_PAGES = b"--no-memory-pool-share-memory-on-teardown"


def reserve_code_range() -> None:
    """Have V8 reserve it, which it does with a process's first isolate, and make the heap that all of them share."""
    _make().dispose()


@contextmanager
def keeping_no_pages() -> Iterator[None]:
    """Isolates that are disposed of inside leave no pages for later ones."""
    set_flags = dll.symbol(dll.library(), dll.SET_FLAGS)
    if set_flags is None:
        yield
        return
    set_flags(_RETURN_PAGES)
    try:
        yield
    finally:
        set_flags(_KEEP_PAGES)


@contextmanager
def returning_pages() -> Iterator[None]:
    """The same, and at the end the pages that were left before go too.

    V8 keeps the pages of isolates that are gone, those of a few.  It gives them to new ones, so a few take them
    along.  Takes about 5 ms.
    """
    with keeping_no_pages():
        yield
        for _ in range(_KEPT):
            _make().dispose()


def _make() -> Isolate:
    return Isolate(None, {}, lambda _: None, source=_SOURCE)
