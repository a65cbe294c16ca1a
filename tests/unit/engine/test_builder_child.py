"""What the builder believes of a child that has run a hostile package; the child is scripted."""

from __future__ import annotations

import socket
import struct
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio

from edge.engine import builder_client, bundles
from edge.engine.build import MAX_SNAPSHOT, BuildRequest, Built, Level, Raw, Record, Refused, Transformed, Warmed
from edge.engine.builder_client import Builder
from edge.errors import EdgeError, EngineCrashError, PackageError

RESOLUTIONS = {"./b": "/app/b.js"}
MODULES = [Raw("/app/a.ts", "ts", "1 as number", RESOLUTIONS), Raw("/app/b.js", "cjs", "2")]
REQUEST = BuildRequest("/app/a.ts", MODULES, {}, [])
RECORDS = [Record("/app/a.ts", "esm", "1", RESOLUTIONS), Record("/app/b.js", "cjs", "2")]
TRANSFORMED = Transformed(RECORDS)
BUILT = Built(Level.INITIALISED, b"built")


class FakeChild:
    """A process that ends when it is killed."""

    def __init__(self, pid):
        self.pid = pid
        self.ended = trio.Event()

    def kill(self):
        self.ended.set()

    async def wait(self):
        await self.ended.wait()


class Children:
    """Makes children that say what `scripts` say, one list of messages or bytes after the other, and then leave."""

    def __init__(self, nursery, scripts):
        self._nursery = nursery
        self._scripts = iter(scripts)
        self.requests = []
        self.asked = trio.Event()
        self.made = []

    async def spawn(self):
        ours, theirs = socket.socketpair()
        self._nursery.start_soon(self._play, trio.SocketStream(trio.socket.from_stdlib_socket(theirs)))
        return len(self.made), ours

    def adopt(self, pid):
        self.made.append(FakeChild(pid))
        return self.made[-1]

    async def _play(self, stream):
        async with stream:
            (size,) = struct.unpack("<Q", await exactly(stream, 8))
            self.requests.append(msgspec.msgpack.decode(await exactly(stream, size), type=BuildRequest))
            self.asked.set()
            for message in next(self._scripts):
                if message is HANG:
                    await trio.sleep_forever()
                data = message if isinstance(message, bytes) else framed(msgspec.msgpack.encode(message))
                await stream.send_all(data)


HANG = object()


def framed(data):
    return struct.pack("<Q", len(data)) + data


async def exactly(stream, size):
    data = b""
    while len(data) < size:
        data += await stream.receive_some(size - len(data))
    return data


@asynccontextmanager
async def playing(*scripts):
    async with trio.open_nursery() as nursery:
        children = Children(nursery, scripts)
        yield children
        nursery.cancel_scope.cancel()


async def built_by(*scripts):
    """The outcome of a build by such children, and the children."""
    outcome = None
    async with playing(*scripts) as children:
        try:
            outcome = await Builder(children.spawn, children.adopt).build(REQUEST)
        except EdgeError as error:
            outcome = error
    assert all(child.ended.is_set() for child in children.made)
    if isinstance(outcome, EdgeError):
        raise outcome
    return outcome, children


async def test_the_rehearsed_snapshot_is_the_one_that_is_used():
    """A child that says all it should is asked once."""
    outcome, children = await built_by([TRANSFORMED, BUILT, Warmed(b"warmed")])
    assert outcome.built == Built(Level.INITIALISED, b"warmed")
    assert outcome.records == RECORDS
    assert len(children.made) == 1


async def test_a_child_that_dies_while_it_rehearses_leaves_its_snapshot():
    """It has been shown to make isolates."""
    outcome, _ = await built_by([TRANSFORMED, BUILT])
    assert outcome.built == BUILT


async def test_what_is_transformed_is_not_transformed_again():
    """The second child gets the first one's modules, and a lower level."""
    outcome, children = await built_by([TRANSFORMED], [TRANSFORMED], [TRANSFORMED, Built(Level.COMPILED, b"c")])
    assert outcome.built.level == Level.COMPILED
    assert outcome.built.reason.startswith("V8 gave up while building level initialised")
    attempts = [(request.level, request.anchored) for request in children.requests]
    assert attempts == [(Level.INITIALISED, False), (Level.INITIALISED, True), (Level.COMPILED, False)]
    assert [module.kind for module in children.requests[1].modules] == ["transformed", "cjs"]


async def test_nothing_helps_and_the_package_is_left_as_source():
    """When even compiling fails, the modules are there to be compiled in each invocation."""
    outcome, _ = await built_by([TRANSFORMED], [TRANSFORMED], [TRANSFORMED])
    assert (outcome.built.level, outcome.built.blob) == (Level.SOURCE, b"")
    assert outcome.records == RECORDS


JUNK = {
    "nothing": [],
    "no message": [framed(b"\xc1")],
    "something else": [framed(msgspec.msgpack.encode({"type": "Other"}))],
    "too much": [struct.pack("<Q", 1 << 40) + b"x"],
    "a little too much": [struct.pack("<Q", MAX_SNAPSHOT * 2) + b"x"],
    "half a message": [struct.pack("<Q", 100) + b"x"],
    "deep nesting": [framed(b"\x91" * 100_000 + b"\xc0")],
    "the wrong message": [BUILT],
    "another module": [Transformed([RECORDS[0], Record("/app/c.js", "cjs", "2")])],
    "one module more": [Transformed([*RECORDS, RECORDS[1]])],
    "one module less": [Transformed(RECORDS[:1])],
    "the modules in another order": [Transformed(RECORDS[::-1])],
    "a kind of its own": [Transformed([RECORDS[0], Record("/app/b.js", "native", "2")])],
}


@pytest.mark.hostile
@pytest.mark.parametrize("script", JUNK.values(), ids=JUNK.keys())
async def test_a_child_that_says_what_does_not_fit_counts_as_dead(script):
    """And as it has transformed nothing that could be used, the package is refused."""
    with pytest.raises(PackageError, match="could not be transformed"):
        await built_by(script)


@pytest.mark.hostile
async def test_the_same_after_the_transform_costs_a_level():
    """Then the level below is tried."""
    outcome, _ = await built_by([TRANSFORMED, TRANSFORMED], [TRANSFORMED, framed(b"\xc1")], [TRANSFORMED])
    assert outcome.built.level == Level.SOURCE


@pytest.mark.hostile
async def test_a_child_cannot_choose_what_a_module_gets_when_it_requires():
    """Resolutions are the gateway's; of a module that is broken none are needed."""
    lies = [
        Record("/app/a.ts", "esm", "1", {"./b": "/etc/passwd", "x": "node:fs"}),
        Record("/app/b.js", "broken", "b.js:1: no", {"y": "node:fs"}),
    ]
    outcome, _ = await built_by([Transformed(lies), BUILT])
    assert [record.resolutions for record in outcome.records] == [RESOLUTIONS, {}]


@pytest.mark.hostile
async def test_a_child_cannot_fill_the_page_of_an_operator():
    """Reasons are cut."""
    outcome, _ = await built_by([TRANSFORMED, Built(Level.COMPILED, b"c", "r" * 10**6, "p" * 10**6)])
    assert len(outcome.built.reason) == len(outcome.built.problem) == 4096


async def test_a_process_that_cannot_be_sealed_builds_nothing():
    """That is nobody's package's fault, so the error is another one."""
    with pytest.raises(EngineCrashError, match="in a sandbox here: no seccomp"):
        await built_by([Refused("no seccomp")])


@pytest.mark.hostile
async def test_a_child_that_never_transforms_is_killed_at_its_deadline(autojump_clock):
    """However little it does, the package is refused."""
    began = trio.current_time()
    with pytest.raises(PackageError, match="could not be transformed"):
        await built_by([HANG])
    assert trio.current_time() - began == pytest.approx(builder_client.BUILD_DEADLINE)


@pytest.mark.hostile
async def test_children_that_never_build_are_killed_at_their_deadlines(autojump_clock):
    """The first has the time of a top level, the second that of a compilation too."""
    began = trio.current_time()
    outcome, children = await built_by([TRANSFORMED, HANG], [TRANSFORMED, HANG])
    assert outcome.built.level == Level.SOURCE
    assert len(children.made) == 2
    wanted = 2 * builder_client.STARTUP_DEADLINE + builder_client.BUILD_DEADLINE
    assert trio.current_time() - began == pytest.approx(wanted)


async def test_a_cancelled_build_kills_its_child():
    """Nothing goes on for nobody."""
    async with playing([TRANSFORMED, HANG]) as children:
        builder = Builder(children.spawn, children.adopt)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(builder.build, REQUEST)
            with trio.fail_after(5):
                await children.asked.wait()
            nursery.cancel_scope.cancel()
        (child,) = children.made
        assert child.ended.is_set()


async def test_the_next_build_gets_the_parts_of_the_runtime_that_others_used():
    """Names that the runtime does not have are not among them, whatever a child says."""
    some = next(iter(bundles.chunks()))
    said = [TRANSFORMED, BUILT, Warmed(b"warmed", [some, "made-up", ""])]
    async with playing(said, said) as children:
        builder = Builder(children.spawn, children.adopt)
        await builder.build(REQUEST)
        await builder.build(REQUEST)
    assert [request.chunks for request in children.requests] == [None, [some]]
