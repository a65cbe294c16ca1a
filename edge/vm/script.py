"""Scripts: source that is compiled once and run many times, in one context or in many."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from edge.engine import code_cache, scripts
from edge.vm import protocol
from edge.vm.errors import JavaScriptError, VMError
from edge.vm.values.reader import read_value
from edge.vm.vm import VM

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from edge.vm.arguments import Mode
    from edge.vm.context import Context
    from edge.vm.vm import Timeout

COMPILE_SECONDS = 30.0
_BELOW = re.compile(r"(?:\n    at new Promise \(<anonymous>\))+$")
_process_key = code_cache.new_key()


def without_runtime(error: JavaScriptError) -> JavaScriptError:
    """The error with a stack that ends with the script: below it is the promise that waits for it."""
    error.stack = _BELOW.sub("", error.stack)
    return error


class Script:
    """Source of a classic script, as `vm.Script` of Node has it.

    `filename`, `line_offset` and `column_offset` are for stacks: where the source begins.  `cached_data` is what
    `create_cached_data` has made of the same source, with the same `cache_key` and build of V8; anything else is
    refused and compiled anew, and `cached_data_rejected` is true then.  Without a `cache_key` there is one of this
    process, so that caches that are kept need a key of yours: 32 random bytes that nobody else can read.

    Nothing is compiled before it is needed: a SyntaxError comes from `compile` or the first run, as JavaScriptError.
    """

    def __init__(
        self,
        source: str,
        *,
        filename: str = "evalmachine.<anonymous>",
        line_offset: int = 0,
        column_offset: int = 0,
        cached_data: bytes | None = None,
        cache_key: bytes | None = None,
    ) -> None:
        if cache_key is not None and len(cache_key) < code_cache.KEY_BYTES:
            raise ValueError(f"a cache_key has {code_cache.KEY_BYTES} bytes or more")
        self.source = source
        self.filename = filename
        self.line_offset = line_offset
        self.column_offset = column_offset
        self._key = cache_key or _process_key
        self.cached_data_rejected: bool | None = None
        self._cache: bytes | None = None
        if cached_data is not None:
            self._cache = code_cache.unseal(self._key, scripts.build(), self._bytes, bytes(cached_data))
            self.cached_data_rejected = self._cache is None

    @property
    def _bytes(self) -> bytes:
        return self.source.encode("utf-8", "surrogatepass")

    async def compile(self, *, mode: Mode | None = None) -> None:
        """See that it is a script at all, in a context of its own.  Raises JavaScriptError (SyntaxError)."""
        async with VM(mode=mode) as vm:
            await self.compile_in(vm)

    async def create_cached_data(self, *, mode: Mode | None = None) -> bytes:
        """What V8 makes of the source, with all functions in it, for the `cached_data` of another Script.

        It is compiled in a context where nothing has run, and carries a tag made with the key, so that nothing else is
        ever given to V8.  Raises JavaScriptError.
        """
        async with VM(mode=mode) as vm:
            number = await self.compile_in(vm, eager=True)
            done = await vm.ask(partial(protocol.cache, script=number), COMPILE_SECONDS, self.filename)
            cache = read_value(bytes(done.value), vm.limits)
        if not isinstance(cache, bytes):
            raise VMError("the VM gave no code cache")
        return code_cache.seal(self._key, scripts.build(), self._bytes, cache)

    async def run_in_context(self, context: Context, *, timeout: Timeout = "default", result: bool = True) -> Any:  # noqa: ASYNC109
        """See Context.run.  Raises TypeError for what is no Context."""
        if not hasattr(context, "sandbox"):
            raise TypeError(
                f"a {type(context).__name__} is no Context (run in one: `async with Context(sandbox) as context`)"
            )
        return await context.run(self, timeout=timeout, result=result)

    async def run_in_new_context(
        self,
        sandbox: MutableMapping[str, Any] | None = None,
        *,
        timeout: Timeout = "default",  # noqa: ASYNC109 - see Context.run
        **options: Any,
    ) -> Any:
        """Run it in a context that is there for this run only; `options` are those of Context."""
        from edge.vm.context import Context  # noqa: PLC0415 - each needs the other

        async with Context(sandbox, **options) as context:
            return await context.run(self, timeout=timeout)

    async def run_in_this_context(self, *, timeout: Timeout = "default") -> Any:  # noqa: ASYNC109
        """Run it in the one context that all of this Trio run share (see context.this_context)."""
        from edge.vm.context import this_context  # noqa: PLC0415 - each needs the other

        return await (await this_context()).run(self, timeout=timeout)

    async def compile_in(self, vm: VM, *, eager: bool = False) -> int:
        """Compile it in a VM: the number that it has there.  Raises JavaScriptError, LostError."""
        vm.offered_cache = None if eager else self._cache
        event = partial(
            protocol.compile,
            name=self.filename,
            line=self.line_offset,
            column=self.column_offset,
            source=self.source,
            cached=vm.offered_cache is not None,
            eager=eager,
        )
        try:
            done = await vm.ask(event, COMPILE_SECONDS, self.filename)
        except JavaScriptError as error:
            raise without_runtime(error) from None
        compiled = read_value(bytes(done.value), vm.limits)
        if not isinstance(compiled, dict) or not isinstance(compiled.get("script"), int):
            raise VMError("the VM gave no script")
        if compiled.get("rejected"):
            self._cache, self.cached_data_rejected = None, True
        return int(compiled["script"])
