"""Libraries: what a VM has beyond ECMAScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from edge.vm.errors import VMError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edge.vm.functions import HostFunction
    from edge.vm.vm import VM


class Library:
    """Base of all libraries; one object serves one VM.

    A VM calls, in this order and of one library after the other: `attach` of all; `get_references`, `get_values` and
    `get_vm_code`, whose code runs in the VM at once; `start` of all; `after_start` of all.  At the end `dispose`, last
    library first.

    `references_are_globals`: the VM's code finds the references by their names; otherwise only the library's own code
    does, as properties of `host`.
    """

    references_are_globals: ClassVar[bool] = True

    _vm: VM | None = None

    @property
    def vm(self) -> VM:
        """The VM that the library is attached to.  Raises VMError when there is none."""
        if self._vm is None:
            raise VMError(f"this {type(self).__name__} belongs to no VM yet", hint="give it to VM([...]) first")
        return self._vm

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """Functions of the host, by name.

        In the VM an `async def` gives a promise; a plain function answers at once, and the VM waits for it.
        """
        return {}

    def get_values(self) -> Mapping[str, Any]:
        """Values that the VM's code finds by these names."""
        return {}

    def get_vm_code(self) -> str:
        """JavaScript that runs in the VM before anything else, as strict code.

        It sees `global` (the global object), `host` (an object with the references) and `vm`, an object with
        `expose(name, fn)` and `exposeAll(object)` (functions that the host may call), `report(error)` (for `on_error`)
        and `note(reference, ...args)` (a call whose result nobody wants; what cannot cross goes as text).
        """
        return ""

    def get_entry_code(self) -> str | None:
        """What `run()` without code runs, or None."""
        return None

    def attach(self, vm: VM) -> None:
        """The VM takes the library; call `super().attach(vm)`."""
        if self._vm is not None:
            raise VMError(f"this {type(self).__name__} belongs to another VM", hint="make one for each VM")
        self._vm = vm

    async def start(self) -> None:
        """All code of libraries has run."""

    async def after_start(self) -> None:
        """All libraries have started."""

    def dispose(self) -> None:
        """The VM is gone.  What is raised here goes to `on_error`."""


class LibraryGroup(Library):
    """Several libraries that come together; a subclass may have references and code of its own, which come last."""

    def __init__(self, libraries: Iterable[Library] = ()) -> None:
        self.libraries = list(libraries)


def flatten(libraries: Iterable[Library]) -> list[Library]:
    """All libraries, those of groups before their group.  Raises TypeError."""
    found: list[Library] = []
    for library in libraries:
        if not isinstance(library, Library):
            raise TypeError(f"{library!r:.100} is no Library (give objects, like ConsoleLibrary())")
        if isinstance(library, LibraryGroup):
            found += flatten(library.libraries)
        found.append(library)
    return found
