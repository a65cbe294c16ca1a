"""`edge check` of bindings: their Python is imported as a start would import it, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config.keypath import format_path
from edge.services.python.process import BindingUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from edge.config.keypath import KeyPath
    from edge.function import Binding
    from edge.services.python.hosts import BindingHosts


async def binding_problems(
    function: str, bindings: Mapping[str, Binding], hosts: BindingHosts, lines: Mapping[KeyPath, int], file: str
) -> AsyncIterator[str]:
    """A line for each binding that cannot be used."""
    for name, binding in bindings.items():
        key: KeyPath = ("functions", function, "bindings", name)
        try:
            await hosts.host(binding).ready()
        except BindingUnavailableError as error:
            line = next((lines[path] for path in ((*key, "target"), key, key[:-1], key[:2]) if path in lines), 1)
            yield f"{file}:{line}: {format_path(key)}: {binding.target} cannot be used: {error.message}"
