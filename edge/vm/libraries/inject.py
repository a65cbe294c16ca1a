"""Values and functions under names of the program's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.vm.functions import HostFunction
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class InjectLibrary(Library):
    """`injectables` are globals of the VM.

    Values are copied; functions answer at once, `async def` functions give promises.
    """

    def __init__(self, injectables: Mapping[str, Any]) -> None:
        self._injectables = dict(injectables)

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {name: value for name, value in self._injectables.items() if _is_function(value)}

    def get_values(self) -> Mapping[str, Any]:
        """See Library."""
        return {name: value for name, value in self._injectables.items() if not _is_function(value)}


def _is_function(value: Any) -> bool:
    return callable(value) or isinstance(value, HostFunction)
