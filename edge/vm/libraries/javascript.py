"""The JavaScript of libraries, which lies beside them."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def javascript(name: str) -> str:
    """The text of a file of this folder."""
    return (resources.files("edge.vm.libraries") / f"{name}.js").read_text("utf-8")
