"""`console`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from edge.vm.functions import HostFunction
from edge.vm.libraries.javascript import javascript
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def to_standard_streams(level: str, *args: Any) -> None:
    """A line on standard output, or on standard error for what is wrong."""
    stream = sys.stderr if level in {"warn", "error", "trace"} else sys.stdout
    stream.write(" ".join(arg if isinstance(arg, str) else repr(arg) for arg in args) + "\n")


class ConsoleLibrary(Library):
    """`writer(level, *args)` gets what the VM's code writes; `level` is log, info, warn, error, debug or trace.

    What cannot cross (functions, cycles) comes as text.  Of one turn, 10,000 lines are passed on.
    """

    references_are_globals: ClassVar[bool] = False

    def __init__(self, writer: Callable[..., object] = to_standard_streams) -> None:
        self._writer = writer

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"write": HostFunction(self._write, waits=False)}

    def get_vm_code(self) -> str:
        """See Library."""
        return javascript("console")

    def _write(self, level: str, *args: Any) -> None:
        self._writer(level, *args)
