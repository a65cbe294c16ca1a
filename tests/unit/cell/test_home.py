"""The isolate that is rewound: nothing of an invocation is there in the next one, and nothing gets lost on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from edge.errors import FunctionError
from edge.units import MIB
from edge.wire import cell as wire
from edge.wire.messages import Failure, Reply
from tests.support.cell_driver import CellNursery, assignment, body, evaluated_assignment, source_assignment, start
from tests.support.snapshot_files import snapshot_files

OPS = ("package.digest",)

# What an invocation can leave behind, and how the next one would see it.
TRACES = {
    "a global variable": ("globalThis.left = 1", "typeof left"),
    "a variable of the module": ("state.count = 1", "state.count"),
    "an entry of a map of the module": ("map.set('a', 1)", "map.size"),
    "a byte in a buffer of the module": ("bytes[5] = 7", "bytes[5]"),
    "a changed builtin": ("Array.prototype.push = () => 'mine'", "[].push(1)"),
    "a changed prototype": ("Object.prototype.left = 1", "({}).left"),
    "a frozen object": ("Object.freeze(state)", "Object.isFrozen(state)"),
    "the last match": ("/l(e)ft/.test('left')", "RegExp.$1"),
    "a cached template": ("tag`left`", "seen.length"),
    "the stack's format": (
        "Error.prepareStackTrace = () => 'mine'",
        "typeof new Error('x').stack + (new Error('x').stack === 'mine')",
    ),
    "a timer": ("setTimeout(() => { state.count = 9 }, 0)", "state.count"),
    "a promise that nobody settles": ("state.promise = new Promise(() => {})", "typeof state.promise"),
    "an error of the stack": ("(function deep() { try { deep() } catch {} })()", "state.count"),
    "code that was made": ("state.made = new Function('return 1')", "typeof state.made"),
    "a hot loop": ("for (let i = 0; i < 3e6; i++) state.count = add(state.count, 1)", "state.count + add(1, 1)"),
    "a function of another shape": ("for (let i = 0; i < 1e5; i++) add('a', i)", "add(1, 1)"),
    "much garbage": ("for (let i = 0; i < 300; i++) state.junk = new Array(1e4).fill(i)", "typeof state.junk"),
    "much memory": (
        "state.much = Array.from({ length: 20 }, () => new Uint8Array(1 << 20).fill(1))",
        "typeof state.much",
    ),
    "many objects": ("state.many = Array.from({ length: 2e5 }, (_, i) => ({ i }))", "typeof state.many"),
    "a worker of WebAssembly": (
        "state.wasm = new WebAssembly.Memory({ initial: 4 }); new Uint8Array(state.wasm.buffer)[0] = 1",
        "typeof state.wasm",
    ),
    "an iterator that was begun": ("iterator.next()", "iterator.next().value"),
    "a label of the console": ("console.time('left')", "state.count"),
}
HEAD = """
const state = { count: 0 }, map = new Map(), bytes = new Uint8Array(16), seen = [];
const iterator = [1, 2, 3].values();
function add(a, b) { return a + b }
function tag(strings) { if (!seen.includes(strings)) seen.push(strings); return strings }
"""


def program(leave: str, look: str) -> str:
    return (
        f"{HEAD} module.exports = (req, res) => {{"
        f" if (req.path === '/leave') {{ {leave}; res.send('left') }}"
        f" else res.send(String({look})) }};"
    )


ALONE = 2
"""Threads of a cell that rewinds: the main thread, and the one that stands in for it."""

HELPERS = 2
"""Those that make other isolates, and dispose of them."""

SPARE = 1
"""Isolates that are kept ready, with a thread each."""


def threads(cell) -> int:
    return len(list(Path(f"/proc/{cell.pid}/task").iterdir()))


def eventually(holds, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(params=["snapshot", "born"])
def assign(request):
    """Gives a cell a function: from a snapshot, or in the isolate that it was born with."""

    def give(cell, source, *, memory=128 * MIB):
        make = assignment if request.param == "snapshot" else evaluated_assignment
        cell.send(make(source, memory=memory))
        cell.expect(wire.Assigned)

    return give


@pytest.mark.parametrize("trace", TRACES)
def test_nothing_is_left(cell_nursery, assign, trace):
    """What the first one sees, all see: also after many, with V8's compilers at work."""
    leave, look = TRACES[trace]
    with cell_nursery.cell(sandboxed=True) as cell:
        assign(cell, program(leave, look))
        first = cell.invoke("/look")
        for _ in range(3):
            assert cell.invoke("/leave") == b"left"
            assert cell.invoke("/look") == first
        assert threads(cell) == ALONE  # no isolate with a thread was made


def test_randomness_is_never_the_same(cell, assign):
    """V8's state comes back with its memory, and gets other seeds."""
    assign(
        cell,
        "module.exports = (req, res) => res.json([Math.random(), Math.random(), crypto.randomUUID(),"
        " crypto.getRandomValues(new Uint32Array(2)).join()]);",
    )
    drawn = [json.loads(cell.invoke()) for _ in range(200)]
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == len(drawn)


def test_numbers_drawn_by_the_package_itself_are_not_repeated(cell):
    """A top level that draws is run in each invocation."""
    cell.send(source_assignment("const own = Math.random(); module.exports = (req, res) => res.send(String(own));"))
    cell.expect(wire.Assigned)
    assert len({cell.invoke() for _ in range(20)}) == 20


def test_what_was_stopped_leaves_nothing(cell, assign):
    """An endless loop is stopped, and its isolate serves the next one."""
    assign(
        cell,
        "let runs = 0; module.exports = (req, res) => { runs++;"
        " if (req.path === '/spin') for (;;); res.send(`${runs}`) };",
    )
    for _ in range(3):
        number = cell.begin("/spin")
        until = cell.expect_measured(number) + 0.01
        assert eventually(lambda number=number, until=until: cell.expect_measured(number) >= until)
        cell.send(wire.Terminate(number))
        assert cell.expect(wire.Result).fault == "engine"
        cell.drop(number)
        assert cell.invoke("/") == b"1"
    assert threads(cell) == ALONE


def test_who_ran_out_of_memory_leaves_all_of_it(cell, assign):
    """The cap is there in full for the next one, and not more than that."""
    assign(
        cell,
        "module.exports = (req, res) => { const kept = [], most = req.path === '/all' ? 400 : 150;"
        " for (let i = 0; i < most; i++) kept.push(new Array(131072).fill(i)); res.send(String(kept.length)) };",
    )
    for _ in range(3):
        number = cell.begin("/all")
        assert cell.expect(wire.Result).fault == "memory"
        cell.drop(number)
        assert cell.invoke("/some") == b"150"


def test_memory_does_not_grow(cell, assign):
    """Also when invocations differ in what they do."""
    assign(
        cell,
        "module.exports = (req, res) => { const size = Number(req.path.slice(1));"
        " res.send(String(Array.from({ length: size }, (_, i) => `${i}`.repeat(9)).length)) };",
    )
    sizes = [(number * 7919) % 20000 for number in range(60)]
    for size in sizes:
        cell.invoke(f"/{size}")
    before = cell.private_bytes()
    for _ in range(4):
        for size in sizes:
            assert cell.invoke(f"/{size}") == b"%d" % size
    assert cell.private_bytes() < before + 4 * MIB


def test_others_get_isolates_of_their_own_while_one_waits(cell):
    """And when they are not needed any more, they go; whoever comes then finds nothing of them."""
    cell.assign(
        "let uses = 0; module.exports = async (req, res) => { uses++;"
        " if (req.path === '/wait') await fetch('http://h.example/'); res.send(`${uses}`) };"
    )
    waiting = cell.begin("/wait")
    assert cell.expect(wire.Result).isolate == waiting
    others = [cell.begin("/") for _ in range(6)]
    answers = {answer.isolate: body(answer) for answer in (cell.expect(wire.Result) for _ in others)}
    assert answers == dict.fromkeys(others, b"1")
    assert threads(cell) >= ALONE + HELPERS + len(others)
    for number in (*others, waiting):
        cell.drop(number)
    assert eventually(lambda: threads(cell) <= ALONE + HELPERS + 3 + SPARE)  # more may have been needed to dispose
    assert [cell.invoke("/") for _ in range(5)] == [b"1"] * 5


WAITING = (
    "let uses = 0; module.exports = async (req, res) => { uses++;"
    " if (req.path === '/wait') await fetch('http://h.example/'); res.send(`${uses}`) };"
)


def crowd(cell) -> None:
    """One has the home isolate for so long that another one gets its own, and both go."""
    waiting = cell.begin("/wait")
    assert cell.expect(wire.Result).isolate == waiting
    other = cell.begin("/")
    assert body(cell.expect(wire.Result)) == b"1"
    cell.drop(other)
    cell.drop(waiting)


def test_the_last_one_at_home_goes_on_beside_the_others(cell):
    """It keeps its isolate and what is in there; after it, nobody has that isolate."""
    cell.assign(WAITING)
    last = cell.begin("/wait")
    assert cell.expect(wire.Result).isolate == last
    assert cell.invoke("/") == b"1"
    cell.send(wire.Run(last, []))
    assert cell.expect(wire.Result).isolate == last
    assert cell.invoke("/") == b"1"
    cell.send(wire.Run(last, [msgspec.json.encode(Reply(1, error=Failure("TypeError", "no such host")))]))
    assert b"no such host" in b"".join(cell.expect(wire.Result).texts)
    cell.drop(last)
    assert [cell.invoke("/") for _ in range(5)] == [b"1"] * 5


def test_a_cell_that_was_crowded_says_so_and_serves_on(cell):
    """It does not rewind again: threads of isolates that are gone may still be about to end."""
    cell.assign(WAITING)
    crowd(cell)
    number = cell.begin("/")
    answer = cell.expect(wire.Result)
    assert (body(answer), answer.crowded) == (b"1", True)
    cell.drop(number)
    assert [cell.invoke("/") for _ in range(5)] == [b"1"] * 5


def test_what_the_last_one_at_home_has_filled_is_there_for_others(cell):
    """Otherwise who comes then, and is innocent, would find too little memory."""
    cell.assign(
        "const kept = []; module.exports = async (req, res) => {"
        " if (req.path !== '/') for (let i = 0; i < 40; i++) kept.push(new Array(131072).fill(i));"
        " if (req.path === '/wait') await fetch('http://h.example/'); res.send(`${kept.length}`) };"
    )
    before = cell.private_bytes()
    last = cell.begin("/wait")
    assert cell.expect(wire.Result).heap > 20 * MIB
    assert cell.invoke("/") == b"0"
    assert cell.private_bytes() > before + 15 * MIB
    cell.drop(last)
    assert eventually(lambda: cell.private_bytes() < before + 8 * MIB)
    assert [cell.invoke("/fill") for _ in range(3)] == [b"40"] * 3


def test_one_who_always_does_a_little_does_not_keep_others_out(cell):
    """It never works long, and never rests long."""
    cell.assign(WAITING)
    busy = cell.begin("/wait")
    assert cell.expect(wire.Result).isolate == busy
    other = cell.begin("/")

    def answered() -> bool:
        cell.send(wire.Run(busy, []))
        answers = [cell.expect(wire.Result).isolate]
        while answers[-1] != busy:
            answers.append(cell.expect(wire.Result).isolate)
        return other in answers

    assert eventually(answered)


def test_memory_does_not_grow_where_nothing_is_rewound(cell):
    """What V8 does to its mappings is of no interest then, or kept in a form that has a bound."""
    cell.assign(WAITING, rewind=False)

    assert [cell.invoke("/") for _ in range(50)] == [b"1"] * 50
    before = cell.private_bytes()
    assert [cell.invoke("/") for _ in range(350)] == [b"1"] * 350
    assert eventually(lambda: cell.private_bytes() < before + 1 * MIB)  # some may still be on their way out


def test_the_same_answers_come_without_rewinding(cell):
    """It can be switched off."""
    cell.assign(program("state.count = 1", "state.count"), rewind=False)
    assert [cell.invoke("/look"), cell.invoke("/leave"), cell.invoke("/look")] == [b"0", b"left", b"0"]


def test_a_cell_says_why_it_does_not_rewind(new_cell):
    """And that it does."""
    wanted = assignment(WAITING)
    found = {}
    for name, assign in {
        "": wanted,
        "off": msgspec.structs.replace(wanted, rewind=False),
    }.items():
        cell = new_cell()
        assert cell.ready.hindrance == ""
        cell.send(assign)
        found[name] = cell.expect(wire.Assigned).hindrance
        assert cell.invoke("/") == b"1"
    assert found == {name: name for name in found}


def test_a_cell_that_has_no_snapshot_at_all_says_so():
    """Its parent had none either."""
    with CellNursery(born=False) as nursery, nursery.cell() as cell:
        assert not cell.ready.born
        cell.send(msgspec.structs.replace(source_assignment(WAITING), blob=b""))
        assert cell.expect(wire.Assigned).hindrance == "snapshot"
        assert cell.invoke("/") == b"1"


def test_what_v8_puts_off_is_done(cell):
    """Compiling WebAssembly is a task of V8's own."""
    cell.assign(
        "module.exports = async (req, res) => {"
        " const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);"
        " const { instance } = await WebAssembly.instantiate(code);"
        " res.send(`${WebAssembly.validate(code)} ${typeof instance.exports}`) };"
    )
    assert [cell.invoke() for _ in range(3)] == [b"true object"] * 3


def test_an_answer_in_the_middle_of_a_long_run_finds_its_isolate(cell):
    """Whoever receives it: the main thread waits, or its stand-in has taken over."""
    cell.assign(
        "const host = require('node:crypto'); module.exports = (req, res) => { const end = Date.now() + 30;"
        " while (Date.now() < end); res.send(host.createHash('sha256').update('a').digest('hex').slice(0, 8)) };"
    )
    assert [cell.invoke() for _ in range(5)] == [b"ca978112"] * 5


# Compares memory itself: in a process of its own, because the library has to be loaded in another way than here.
COMPARE = """
import ctypes, json, os, sys, time
from edge.cell import base, image, own_memory
assert own_memory.prepare()
from edge.engine import dll
dll.library()
own_memory.settle()
from edge.cell.blank import reserve_code_range
from edge.cell.home import HomeIsolate, Making
from edge.cell.hosted import Recipe
from edge.cell.limits import trim_code_range
from edge.cell.paper import Paper, Witness
from edge.cell.warm_up import warm_up
from edge.engine.snapshot import Blob
from edge.errors import FunctionError
from edge.units import MIB
from tests.support.cell_driver import evaluated_assignment, package_snapshot, start
from edge.engine.v8_driver import RANDOM_BYTES

how = sys.argv[2]
reports, witness, memory = [], Witness(), own_memory.known()
if how in ("snapshot", "no pagemap"):
    reserve_code_range()
    trim_code_range()
    born = None
else:
    from pathlib import Path
    from edge.engine import base_snapshots
    born = base.made(Blob(base_snapshots.read(Path(sys.argv[3]))), witness)
    if os.fork():
        os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
    witness = Witness()
    born.inherited(witness)
    warm_up(born, witness)
if how == "no pagemap":
    os.close(witness.pages)
    witness.pages = -1
if how == "born":
    assigned = evaluated_assignment(sys.argv[1])
    recipe = Recipe(None, "", assigned.preamble, assigned.memory, [], True)
    home = HomeIsolate.born(recipe, born, witness, reports.append, None)
    home.take(1)
    home.run([start("/big")], single=False)
    assert home.rewind() and home.unsettled
    home.settle()
    reports.pop()
else:
    recipe = Recipe(Blob(package_snapshot(sys.argv[1])), "", b"", 64 * MIB, [])
    home = HomeIsolate.made(recipe, Making(Paper(), witness, memory, born), reports.append, None)
taken = home._image
random = home._isolate._generator + 8
PAGES = [part.range.start + at for part in taken._imaged for at in range(0, part.range.size, 4096)]
WAS = {page: ctypes.string_at(page, 4096) for page in PAGES}

def differing():
    for page, there in WAS.items():
        here = ctypes.string_at(page, 4096)
        if here != there:
            at = next(index for index in range(4096) if here[index] != there[index])
            if not random <= page + at < random + RANDOM_BYTES:
                yield hex(page + at)

for path in ["/a", "/big", "/a", "/loop", "/big", "/throw", "/a"] * 2:
    home.take(1)
    home.run([start(path)], single=False)
    if path == "/big":
        home.tidy()
    assert home.rewind(), path
    found = list(differing())
    assert not found, (path, found[:5], len(found))
print(len(reports), flush=True)

# What V8 does to its image when it gives memory back: by a mapping in its place, or by none.
libc = image.libc
Change, Range = own_memory.Change, image.Range
writable = [part.range for part in taken._imaged if part.protection == 3 and part.range.size >= 64 * 1024]
reading = next(part.range for part in taken._parts if part.protection == 1)
def give_back(place, what):
    memory.note(Change(what, place, 0))
    if what == "mmap":
        assert libc.mmap(place.start, place.size, 0, 0x32, -1, 0) == place.start
    else:
        assert libc.munmap(place.start, place.size) == 0
for round in range(3):
    home.take(1)
    home.run([start("/a")], single=False)
    for index, place in enumerate(writable):
        give_back(Range(place.start + 8192, place.start + 8192 * (2 + round)), ["mmap", "munmap"][index % 2])
    if round:  # it is told of so many that they are not kept one by one
        for _ in range(own_memory.MANY):
            memory.note(Change("mprotect", writable[0], 3))
    assert home.rewind()
    found = list(differing())
    assert not found, ("given back", round, found[:5], len(found))
    taken.shrink()
    found = list(differing())
    assert not found, ("at rest", round, found[:5], len(found))
home.take(1)
home.run([start("/big")], single=False)
memory.note(Change("mprotect", reading, 3))
assert not home.rewind()
print("found back", flush=True)
os._exit(0)
"""
VARIED = """
let kept = null;
module.exports = (req, res) => {
  if (req.path === '/big') kept = Array.from({ length: 3e5 }, (_, i) => ({ i, text: 'x' + i }));
  if (req.path === '/loop') { let sum = 0; for (let i = 0; i < 2e7; i++) sum += i % 7; kept = sum; }
  if (req.path === '/throw') throw new Error('on purpose');
  res.send('ok');
};
"""


@pytest.mark.parametrize("how", ["snapshot", "no pagemap", "born", "snapshot beside what it was born with"])
def test_memory_is_the_image_again_to_the_last_byte(how):
    """All that V8 can write, but for the state of its random numbers; with and without the kernel's help."""
    command = [sys.executable, "-c", COMPARE, VARIED, how, str(snapshot_files()[0])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "14\nfound back\n", done.stderr[-2000:]


def test_who_is_over_need_not_be_dropped(cell):
    """The cell says so with the result, and the next one is answered; what was measured late is told."""
    cell.assign("let uses = 0; module.exports = (req, res) => res.send(`${++uses}`);")
    for number in (11, 12, 13):
        cell.send(wire.Run(number, [start()], single=True))
        answer = cell.expect(wire.Result)
        assert (answer.isolate, answer.dropped, body(answer)) == (number, True, b"1")
        cell.send(wire.Measure(number))
        assert cell.expect(wire.Measured) == wire.Measured(number, answer.cpu)


def test_who_waits_is_not_over(cell):
    """It has its isolate until the gateway drops it."""
    cell.assign("module.exports = async (req, res) => { await fetch('http://h.example/'); res.send('never') };")
    cell.send(wire.Run(1, [start()], single=True))
    assert not cell.expect(wire.Result).dropped
    cell.drop(1)
    cell.send(wire.Run(2, [start()], single=True))
    assert not cell.expect(wire.Result).dropped


def test_a_cell_differs_from_its_siblings_in_what_it_draws(cell_nursery):
    """They are born with the same isolate."""
    source = "module.exports = (req, res) => res.send(`${Math.random()}`)"
    drawn = set()
    for _ in range(5):
        with cell_nursery.cell(sandboxed=True) as cell:
            cell.send(evaluated_assignment(source))
            cell.expect(wire.Assigned)
            drawn.update([cell.invoke(), cell.invoke()])
    assert len(drawn) == 10


def test_what_a_top_level_made_is_there_for_each_invocation_as_it_was(cell):
    """With its environment; nothing that one of them does to it is seen by the next."""
    cell.send(
        evaluated_assignment(
            "const made = { name: process.env.NAME, uses: 0 }; globalThis.early = [typeof kv, made.name];"
            "Promise.resolve().then(() => { made.later = true });"
            "module.exports = (req, res) => res.json([++made.uses, made.name, made.later, process.env.NAME, early])",
            env={"NAME": "value"},
        )
    )
    cell.expect(wire.Assigned)
    answers = {cell.invoke() for _ in range(4)}
    assert [json.loads(answer) for answer in answers] == [[1, "value", True, None, ["object", "value"]]]


def test_a_top_level_that_fails_in_the_cell_fails_in_each_invocation(cell):
    """It has not when it was built: the cell goes on as if nobody had said so."""
    cell.send(evaluated_assignment("throw new Error('not here')"))
    cell.expect(wire.Assigned)
    for _ in range(3):
        with pytest.raises(FunctionError, match="not here"):
            cell.invoke()


def test_what_runs_in_each_invocation_needs_no_snapshot(cell):
    """The isolate that the cell was born with begins with the modules each time."""
    source = source_assignment("const own = Math.random(); module.exports = (req, res) => res.send(`${own}`)")
    cell.send(wire.Assign(b"", source.preamble, 130 * MIB, [], 1, rewind=True))
    cell.expect(wire.Assigned)
    assert len({cell.invoke() for _ in range(5)}) == 5


def test_pages_that_v8_discards_are_zeros_for_it():
    """It relies on that; what it discards may be a file's, which would come back."""
    done = subprocess.run([sys.executable, "-c", DISCARD], check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "ok\n", done.stderr[-2000:]


DISCARD = """
import ctypes, os
from edge.cell import base, own_memory
assert own_memory.prepare()
from edge.engine import dll
dll.library()
own_memory.settle()
from edge.cell.image import Image
from edge.cell.kernel import libc
from edge.cell.paper import Paper, Witness
from edge.cell.ranges import Range
memory = own_memory.known()
place = libc.mmap(None, 65536, 3, 0x22, -1, 0)
memory.note(own_memory.Change("mmap", Range(place, place + 65536), 3))
ctypes.memset(place, 7, 65536)
from edge.cell.blank import reserve_code_range
from edge.cell.limits import trim_code_range
reserve_code_range()
trim_code_range()
image = Image.take(Paper(), Witness(), memory)
discard = own_memory._callbacks[-1]  # madvise, as V8 calls it
assert discard(place, 8192, 4) == 0
assert ctypes.string_at(place, 12288) == bytes(8192) + bytes([7]) * 4096
image.restore()
assert ctypes.string_at(place, 65536) == bytes([7]) * 65536
libc.mprotect(place, 4096, 0)
memory.note(own_memory.Change("mprotect", Range(place, place + 4096), 0))
assert discard(place, 8192, 4) == 0
libc.mprotect(place, 4096, 3)
memory.note(own_memory.Change("mprotect", Range(place, place + 4096), 3))
assert ctypes.string_at(place, 8192) == bytes(8192)
image.restore()
assert ctypes.string_at(place, 65536) == bytes([7]) * 65536
print("ok", flush=True)
os._exit(0)
"""


STOPPED = (
    COMPARE.partition("home.settle()\n")[0]
    + """home._prepare, prepare = lambda: (prepare(), home.terminate()), home._prepare
    home.take(2)
    home.run([start("/a")], single=False)
    assert reports[-1].fault == "engine", reports[-1]
    home._prepare = prepare
    for _ in range(3):
        assert home.rewind()
        home.take(3)
        home.run([start("/a")], single=False)
        assert not reports[-1].fault and b"ok" in b"".join(reports[-1].texts), reports[-1]
    assert not home.unsettled
print("goes on", flush=True)
os._exit(0)
"""
)


def test_who_is_stopped_while_the_isolate_is_prepared_stops_nobody_else():
    """No image is made of an isolate that is about to stop."""
    command = [sys.executable, "-c", STOPPED, VARIED, "born", str(snapshot_files()[0])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "goes on\n", done.stderr[-2000:]


COMPILED = (
    COMPARE.partition("taken = home._image")[0].replace(
        "dll.library()\n",
        "dll.FLAGS += (*'--log-function-events --no-logfile-per-isolate'.split(), f'--logfile={sys.argv[4]}')\n"
        "dll.library()\n",
        1,
    )
    + """    pass
asked = []
passing = home._chunk
home._chunk = lambda args, data: asked.append(args) or passing(args, data)
for _ in range(3):
    before = os.path.getsize(sys.argv[4])
    home.take(2)
    home.run([start("/a")], single=False)
    answer = b"".join(reports[-1].texts)
    with open(sys.argv[4], "rb") as log:
        log.seek(before)
        compiled = [line for line in log if b",interpreter," in line]
    assert home.rewind()
print(len(compiled), len(asked), answer.decode(), flush=True)
os._exit(0)
"""
)


HANDLERS = {
    "response": "module.exports = (req, res) => { res.cookie('a', 'b').type('text').send('it works') };",
    "its own": "module.exports = async (req, res) => { res.send(await help('works')) };"
    " function help(word) { return new Promise((done) => setTimeout(() => done(`it ${word}`), 0)) }",
    "globals": "module.exports = (req, res) => res.send(process.env.NAME ?? Buffer.from('it works').toString());",
    "crypto": "const { createHash } = require('node:crypto');"
    " module.exports = (req, res) => res.set('x', createHash('md5').update('a').digest('hex')).send('it works');",
    "router": "const app = Router(); app.get('/a', (req, res) => res.json({ it: 'works' })); module.exports = app;",
    "web": "exports.__esModule = true; exports.default = { async fetch(request) {"
    " const { pathname } = new URL(request.url); return Response.json({ it: 'works', pathname }) } };",
    "error": "module.exports = () => { throw new Error('it works') };",
}


@pytest.mark.parametrize("source", HANDLERS.values(), ids=HANDLERS)
def test_an_invocation_finds_all_code_compiled(tmp_path, source):
    """After the first one V8 compiles nothing, and nothing of the runtime is loaded."""
    log = tmp_path / "v8.log"
    command = [sys.executable, "-c", COMPILED, source, "born", str(snapshot_files()[0]), str(log)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    compiled, asked, answer = done.stdout.split(" ", 2) if done.stdout else ("", "", done.stderr[-2000:])
    assert "works" in answer or '"timer"' in answer, answer
    assert (int(compiled), int(asked)) == (0, 0), log.read_text("utf-8", "replace")[-3000:]
