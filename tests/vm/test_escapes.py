"""Nothing gets out of a Context or a VM: seed 003, published classes of escapes, variations (support/escapes.py)."""

from __future__ import annotations

import contextlib
import json

import pytest
import trio

from edge.vm import VM, Context, InjectLibrary, IpcRxLibrary, Script, VMError, run_in_new_context
from tests.support.escapes import ESCAPES, PRELUDE

MODES = ["embedded", pytest.param("cells", marks=pytest.mark.integration)]
SECONDS = 0.2
"""What a case may take: most are over in a millisecond, and what has no end is stopped."""


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


class Raised(Exception):  # noqa: N818 - what a program raises
    """An error of the program; its text is all that code may see of it."""


def now(*args):
    """A function of the host that answers at once."""
    if args[:1] == ("raise",):
        raise Raised("no")
    return args[0] if args else None


async def later(*args):
    """One that answers with a promise."""
    await trio.lowlevel.checkpoint()
    return now(*args)


def test_there_are_enough_of_them():
    """At least 60 of our own beside those of the seed."""
    assert len(ESCAPES) >= 90


async def attempt(run, disposed):
    """Run one case to its end by `run(code, seconds)`; handlers that are left to do are done before the last step."""
    steps = [(PRELUDE, 5.0), None, ("if (globalThis.won) report(won.join('; ')); 0", SECONDS)]
    for step in steps:
        with contextlib.suppress(VMError):  # what it throws, or a realm that it has broken
            await (disposed(None) if step is None else run(*step))


async def in_context(code, mode, won):
    """As a script."""
    mine = ["good"]
    sandbox = {"later": later, "now": now, "shared": mine, "report": won.append}
    async with Context(sandbox, mode=mode, memory_limit="32MiB", timeout=5, on_error=lambda _: None) as context:

        async def run(text, seconds):
            await context.run(Script(text, filename="case.js"), timeout=seconds, result=False)

        await attempt(run, lambda _: run(code, SECONDS))
    assert mine == ["good"]  # a copy was changed, and took its place in the sandbox


async def in_vm(code, mode, won):
    """As a function's body, with the libraries that bring such functions."""
    mine = ["good"]
    inject = InjectLibrary({"now": now, "shared": mine, "report": won.append})
    libraries = [inject, IpcRxLibrary({"later": later})]
    async with VM(libraries, mode=mode, memory_limit="32MiB", timeout=5, on_error=lambda _: None) as vm:

        async def run(text, seconds):
            await vm.run(text, timeout=seconds)

        await attempt(run, lambda _: run(code.replace("(this.constructor", "(globalThis.constructor"), SECONDS))
    assert mine == ["good"]


@pytest.mark.parametrize("place", [in_context, in_vm])
async def test_nothing_gets_out(mode, place):
    """Each case in a place of its own; a few at a time.  A VM is in cells what a context is: a part of them will do."""
    failures = {}
    limiter = trio.CapacityLimiter(8)
    cases = ESCAPES if place is in_context or mode == "embedded" else dict([*ESCAPES.items()][:33])

    async def one(name, code):
        won = []
        async with limiter:
            await place(code, mode, won)
        if won:
            failures[name] = won

    async with trio.open_nursery() as nursery:
        for name, code in cases.items():
            nursery.start_soon(one, name, code)
    assert failures == {}, json.dumps(failures, indent=1)
    assert await run_in_new_context("Object.keys({}).length + [].length", mode=mode) == 0


async def test_a_win_is_seen(mode):
    """The prelude finds what it looks for: a function of another realm, names of a runtime."""
    won = []
    await in_context("hunt({ a: [new Map(), { process: 1 }] })", mode, won)
    assert won == ["found process"]
