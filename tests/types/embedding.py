# ruff: noqa: T201 - programs print

"""A program on edge.vm as a user with mypy --strict would write it; test_embedding.py checks its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import trio

from edge.vm import (
    VM,
    BigInt,
    CodeBaseLibrary,
    CodeModule,
    ConsoleLibrary,
    HostFunction,
    InjectLibrary,
    IpcLibrary,
    IpcRxLibrary,
    JavaScriptError,
    Library,
    LibraryGroup,
    LostError,
    Map,
    MeasureLibrary,
    MeasureMasterLibrary,
    Statistics,
    ThreadLibrary,
    TimingLibrary,
    VMFunction,
    VMTimeoutError,
    sync,
    undefined,
)


class Doubling(Library):
    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        return {"double": HostFunction(lambda value: value * 2, waits=True)}

    def get_vm_code(self) -> str:
        return "global.quadruple = (value) => double(double(value));"

    async def start(self) -> None:
        await trio.lowlevel.checkpoint()

    def dispose(self) -> None:
        print(self.vm.is_disposed)


async def find(name: str) -> str | None:
    return "module.exports = 1" if name == "one" else None


def tell(error: BaseException) -> None:
    print(error.name if isinstance(error, JavaScriptError) else error)


async def main() -> None:
    ipc = IpcLibrary(timeout=5)
    measure = MeasureMasterLibrary(response_time_limit=2.0)
    code_base = CodeBaseLibrary(module_resolver=find, max_file_count=10)
    code_base.get_fs().write_text("/main.js", "module.exports = { main: () => quadruple(1) }")
    code_base.add_module(CodeModule("two", "module.exports = 2"))
    code_base.add_module("three", "module.exports = 3")
    code_base.set_entry_file("/main.js")
    threads = ThreadLibrary(get_thread_libraries=lambda thread_id: [measure.get_new_library(thread_id)])
    group = LibraryGroup([ConsoleLibrary(print), TimingLibrary(limit_count=5), Doubling()])
    libraries: list[Library] = [
        group,
        code_base,
        threads,
        measure,
        ipc,
        InjectLibrary({"x": 1}),
        IpcRxLibrary({"f": find}),
    ]
    async with VM(libraries, memory_limit="64MiB", mode="embedded", on_error=tell, on_end=lambda: print("end")) as vm:
        exports: dict[str, VMFunction] = await vm.run()
        print(
            await exports["main"](), await ipc.call("main", []), await vm.call("main", Map({1: BigInt(2)}), undefined)
        )
        statistics: Statistics = vm.statistics()
        response: float = (await measure.get_combined_stats()).response_average_time
        print(statistics.heap_used < vm.memory_limit, response, list(threads.get_threads()))
        try:
            await vm.call("main", timeout=None)
        except (JavaScriptError, VMTimeoutError, LostError) as error:
            print(error.message)


def without_an_event_loop() -> None:
    with sync.VM([MeasureLibrary()], memory_limit=2**24, mode="embedded") as plain:
        print(plain.run("return 1"), plain.wait_for(plain.vm.ping))


if __name__ == "__main__":
    trio.run(main)
    without_an_event_loop()
