"""Files in memory and modules in them."""

from __future__ import annotations

import json
import posixpath
import time
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from edge.units import MIB
from edge.vm.files import MemoryFiles, clean
from edge.vm.functions import HostFunction
from edge.vm.libraries.files_for_code import FilesForCode
from edge.vm.libraries.javascript import javascript
from edge.vm.libraries.modules import MOCKED, CodeModule, Modules
from edge.vm.library import LibraryGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edge.vm.libraries.modules import ModuleResolver


class CodeBaseLibrary(LibraryGroup):
    """A project of files for the VM's code: `require`, with CommonJS, ES modules, TypeScript, JSX and JSON.

    `module_resolver(name)` gives the source of a module that is no file, or None; it may be `async def`.
    `mock_modules_list`: modules of Node that load and cannot be used (None: all of them).  `fs`, `fs/promises` and
    `path` are always there, on files in memory, of which `max_memfs_size` (bytes) and `max_file_count` are the limits.
    """

    references_are_globals: ClassVar[bool] = False

    def __init__(
        self,
        *,
        module_resolver: ModuleResolver | None = None,
        mock_modules_list: Iterable[str] | None = None,
        max_memfs_size: int = 10 * MIB,
        max_file_count: int = 1000,
    ) -> None:
        super().__init__()
        mocks = (
            MOCKED if mock_modules_list is None else frozenset(name.removeprefix("node:") for name in mock_modules_list)
        )
        self._files = MemoryFiles(max_memfs_size, max_file_count)
        self._files.now = time.time()
        self.modules = Modules(self._files, module_resolver, mocks)
        self._entry: str | None = None

    def set_entry_file(self, path: str) -> None:
        """What `run()` without code runs."""
        self._entry = clean(path)

    def get_fs(self) -> MemoryFiles:
        """The files, for the program; what the VM's code writes is in them at once, and the other way round."""
        return self._files

    @overload
    def add_module(self, name: CodeModule) -> None: ...
    @overload
    def add_module(self, name: str, source: str) -> None: ...
    def add_module(self, name: CodeModule | str, source: str = "") -> None:
        """A module that the VM's code can require by its name."""
        if isinstance(name, CodeModule):
            self.modules.add(name.name, name.source)
        else:
            self.modules.add(name, source)

    def share(self) -> Self:
        """A library for another VM with the same files and modules."""
        other = type(self)()
        other._files, other.modules = self._files, self.modules  # noqa: SLF001 - of its own class
        return other

    def get_entry_code(self) -> str | None:
        """See Library."""
        return None if self._entry is None else entry_code(self._entry)

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"fs": FilesForCode(self._files).call, "find": HostFunction(self._find, waits=True)}

    def get_vm_code(self) -> str:
        """See Library."""
        return javascript("code_base")

    async def _find(self, name: str, importer: str) -> dict[str, str]:
        return (await self.modules.find(name, importer)).words()


def entry_code(path: str) -> str:
    """Code that loads a file and returns its exports."""
    return f"return require({json.dumps(posixpath.join('/', path))});"
