"""What goes wrong with a VM, sorted by whose fault it is."""

from __future__ import annotations

from typing import Any

from edge.errors import EdgeError


class VMError(EdgeError):
    """Base of all errors of `edge.vm`."""


class JavaScriptError(VMError):
    """An error that the VM's code threw, or an error as a value.

    `name` is the error's (`TypeError`; "" for what is no error, which is in `properties["thrown"]`), `stack` its
    stack, `properties` what it has beside: `code`, `cause`, `errors` and whatever the program has put there.
    """

    def __init__(
        self, name: str = "Error", message: str = "", stack: str = "", properties: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{name}: {message}" if name and message else name or message)
        self.name = name
        self.message = message
        self.stack = stack
        self.properties = properties or {}


class CrossingError(VMError, TypeError):
    """A value that cannot cross between Python and the VM; the message says where it is, and why it cannot."""


class NoFunctionError(VMError, LookupError):
    """There is no function of this name in the VM for the host to call."""


class VMTimeoutError(VMError, TimeoutError):
    """Code did not finish in time.  When it was running, the VM is lost."""


class LostError(VMError):
    """The VM is gone, and with it what it was doing."""


class VMDisposedError(LostError):
    """The VM was disposed of."""


class VMMemoryError(LostError, MemoryError):
    """The VM went over its memory limit."""


class VMCrashedError(LostError):
    """The VM's engine or process ended, or it broke the protocol."""


class VMUnresponsiveError(LostError, TimeoutError):
    """The VM's code did not yield in time, and was stopped."""
