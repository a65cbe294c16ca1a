"""A process that has run out of something."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager


@contextmanager
def no_descriptors():
    """None can be opened inside; those that are open can be used."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)  # the lowest one: what is open above it stays open
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
