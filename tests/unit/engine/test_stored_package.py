"""Compiled packages that stay on disk: what a cell gets of them, and that they come back when the disk loses them."""

from __future__ import annotations

import gc

import pytest
import trio

from edge.engine.build import Built, Level, Record
from edge.engine.builder_client import Outcome
from edge.engine.compiler import compiled_key
from edge.engine.evaluation import LARGEST, LEAST, MOST, QUICK, may_be_born, may_evaluate
from edge.engine.late_ops import LateOps
from edge.engine.outcome_store import OutcomeStore
from edge.engine.snapshot import Blob
from edge.engine.stored_package import Program, StoredPackage
from edge.errors import EngineCrashError
from edge.function import Limits
from edge.packages.blob_cache import BlobCache
from edge.services.api import Answer
from edge.units import GIB, MIB
from tests.support.embedded_rig import make_bundle, make_compiler, make_function
from tests.support.zygote_rig import open_builder

RECORDS = [Record("/app/index.js", "cjs", "module.exports = 1")]
OUTCOME = Outcome(RECORDS, Built(Level.INITIALISED, b"a snapshot"))
KEY = "k" * 8
CACHE_KEY = "0123456789abcdef"


class Disk:
    """A build on disk that can be lost; counts how often it was read and made."""

    def __init__(self, found=OUTCOME, *, keeps=True):
        self.found = found
        self.keeps = keeps
        self.reads = self.builds = self.ops = 0
        self.fault = None

    def read(self):
        self.reads += 1
        return self.found

    async def build(self):
        self.builds += 1
        await trio.sleep(0.01)
        if self.fault:
            raise self.fault
        if self.keeps:
            self.found = OUTCOME
        return OUTCOME, self.keeps

    def make_ops(self, records):
        self.ops += 1
        return {"module.load": records}

    def package(self, **fields):
        wanted = {"main": "/app/index.js", "memory": 64 * MIB, "may_eval": True, "runtime": None, **fields}
        return StoredPackage(self.read, self.build, self.make_ops, **wanted)


async def test_a_cell_gets_what_is_on_disk_and_nothing_stays_in_memory():
    """Read again for each cell; the modules are shared by those that live at once."""
    disk = Disk()
    package = disk.package()
    first = await package.material(KEY)
    second = await package.material("other")
    assert (first.key, first.blob_bytes(), first.preamble, first.memory) == (KEY, b"a snapshot", b"", 64 * MIB)
    assert second.key == "other"
    assert second.package_ops is first.package_ops
    assert (disk.reads, disk.ops, disk.builds) == (2, 1, 0)
    del first, second
    gc.collect()
    await package.material(KEY)
    assert disk.ops == 2


async def test_what_the_disk_lost_is_built_once_for_all_who_wait(autojump_clock):
    """Five cells at a time; then it is on disk again."""
    disk = Disk(None)
    package = disk.package()
    found = []

    async def ask():
        found.append((await package.material(KEY)).blob_bytes())

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    assert (found, disk.builds, disk.reads) == ([b"a snapshot"] * 5, 1, 5)


async def test_what_the_disk_does_not_keep_is_held(autojump_clock):
    """A full disk costs memory, not a build for each cell."""
    disk = Disk(None, keeps=False)
    package = disk.package()
    for _ in range(3):
        assert (await package.material(KEY)).blob_bytes() == b"a snapshot"
    assert (disk.builds, disk.reads) == (1, 1)


async def test_a_build_that_fails_fails_for_the_one_who_asked(autojump_clock):
    """The next one tries again."""
    disk = Disk(None)
    disk.fault = EngineCrashError("no processes left")
    package = disk.package()
    with pytest.raises(EngineCrashError, match="no processes left"):
        await package.material(KEY)
    disk.fault = None
    assert (await package.material(KEY)).blob_bytes() == b"a snapshot"


async def test_one_who_gives_up_waiting_does_not_stop_the_others(autojump_clock):
    """Cancelled in the middle of a build, it leaves the lock to the next."""
    disk = Disk(None)
    package = disk.package()
    with trio.move_on_after(0.005):
        await package.material(KEY)
    assert (await package.material(KEY)).blob_bytes() == b"a snapshot"
    assert disk.builds == 2


async def test_without_a_snapshot_isolates_start_from_the_runtime_and_get_the_modules():
    """Also when it is so only since it was built again."""
    runtime = Blob(b"the runtime")
    disk = Disk(Outcome(RECORDS, Built(Level.SOURCE, b"", "time was up")))
    found = await disk.package(runtime=runtime).material(KEY)
    assert found.blob_bytes() == b"the runtime"
    assert b'"t":"modules"' in found.preamble
    assert b"module.exports = 1" in found.preamble
    assert (await disk.package().material(KEY)).blob_bytes() == b""


# -- for cells that are born with an isolate


async def test_a_cell_that_was_born_with_an_isolate_gets_the_program_alone():
    """Nothing is read for it; of its modules what is asked for is, when it is."""
    disk = Disk()
    package = disk.package(program=Program(b"the modules", lambda: b""))
    material = await package.material(KEY, born=True)
    assert (material.blob_bytes(), material.preamble, material.evaluated) == (b"", b"the modules", True)
    assert (disk.reads, disk.ops) == (0, 0)
    assert isinstance(material.package_ops, LateOps)
    assert not material.package_ops.made
    assert material.package_ops is (await package.material("other", born=True)).package_ops


async def test_other_cells_get_the_snapshot():
    """They have nothing that could run the program."""
    material = await Disk().package(program=Program(b"the modules", lambda: b"")).material(KEY)
    assert (material.blob_bytes(), material.preamble, material.evaluated) == (b"a snapshot", b"", False)


async def test_a_larger_program_is_read_and_what_is_lost_has_a_snapshot():
    """It may be evicted before the build is."""
    on_disk = {"found": b"large"}
    package = Disk().package(program=Program(b"", lambda: on_disk["found"]))
    assert (await package.material(KEY, born=True)).preamble == b"large"
    on_disk["found"] = b""
    material = await package.material(KEY, born=True)
    assert (material.blob_bytes(), material.evaluated) == (b"a snapshot", False)


async def test_modules_of_level_source_come_without_the_runtime():
    """The cell has it."""
    runtime = Blob(b"the runtime")
    package = Disk(Outcome(RECORDS, Built(Level.SOURCE, b"", "time was up"))).package(runtime=runtime)
    material = await package.material(KEY, born=True)
    assert material.blob_bytes() == b""
    assert b"/app/index.js" in material.preamble
    assert not material.evaluated


def test_operations_are_made_once_when_the_first_is_asked_for():
    """Whatever name that has."""
    made = []

    def make():
        made.append(1)
        return {name: lambda args, data, name=name: Answer(name) for name in ("a", "b")}

    ops = LateOps(["a", "b"], make)
    assert sorted(ops) == ["a", "b"]
    assert not ops.made
    assert [ops["b"](None, b"").value, ops["a"](None, b"").value] == ["b", "a"]
    assert (ops.made, made) == (True, [1])


async def test_operations_of_a_build_that_the_disk_has_lost_say_so():
    """The function sees an error, and the gateway goes on."""
    material = await Disk(found=None).package(program=Program(b"the modules", lambda: b"")).material(KEY, born=True)
    with pytest.raises(EngineCrashError, match="not on the disk any more"):
        material.package_ops["module.load"](None, b"")


@pytest.mark.parametrize(
    ("built", "program", "may"),
    [
        (Built(Level.INITIALISED, b"", took=QUICK), b"m", True),
        (Built(Level.INITIALISED, b"", took=QUICK + 0.001), b"m", False),
        (Built(Level.INITIALISED, b""), b"m" * (LARGEST + 1), False),
        (Built(Level.COMPILED, b""), b"m", False),
        (Built(Level.SOURCE, b""), b"m", False),
    ],
)
def test_a_top_level_runs_in_the_cell_if_it_is_pure_short_and_quick(built, program, may):
    """Else its snapshot is better, or the only way."""
    assert may_evaluate(built, program) == may


def test_memory_decides_whether_the_isolate_is_fit():
    """Its spaces of young objects are those of the smallest."""
    assert [may_be_born(memory) for memory in (LEAST - 1, LEAST, MOST, MOST + 1)] == [False, True, True, False]


PROGRAMS = {
    "pure": ("const made = 1; module.exports = (req, res) => res.send(`${made}`);", 128 * MIB, True),
    "with a clock": ("const made = Date.now(); module.exports = (req, res) => res.send(`${made}`);", 128 * MIB, False),
    "slow": ("for (let i = 0; i < 1e8; i++); module.exports = (req, res) => res.send('');", 128 * MIB, False),
    "with little memory": ("module.exports = (req, res) => res.send('');", 64 * MIB, False),
}


@pytest.mark.parametrize(("source", "memory", "evaluated"), PROGRAMS.values(), ids=PROGRAMS.keys())
async def test_what_a_build_has_shown_decides_what_cells_get(tmp_path, source, memory, evaluated):
    """And it is known again from the disk."""
    bundle = make_bundle({"index.js": source})
    function = make_function(bundle, limits=Limits(memory=memory), env={"NAME": "value"})
    async with open_builder() as builder:
        for _ in range(2):
            compiler = make_compiler(tmp_path, builder, lazy=True)
            async with compiler.template(function, bundle) as template:
                material = await template.material(born=True)
                assert (material.evaluated, bool(material.blob_bytes())) == (evaluated, not evaluated)
                assert (b'"env":{"NAME":"value"}' in material.preamble) == evaluated


# -- on a real disk


def store_in(folder, size=GIB):
    return OutcomeStore(BlobCache(folder, size))


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


LOSSES = {"removed": lambda path: path.unlink(), "damaged": damage, "cut short": lambda path: path.write_bytes(b"EDGE")}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_an_outcome_that_is_not_whole_is_not_there(tmp_path, lose):
    """And with it its summary, so that nothing is deployed that is known to be lost."""
    store = store_in(tmp_path)
    assert store.put(CACHE_KEY, OUTCOME)
    assert store.get(CACHE_KEY) == OUTCOME
    lose(tmp_path / f"{CACHE_KEY}.blob")
    assert store.get(CACHE_KEY) is None
    assert store.summary(CACHE_KEY) is None


def test_what_another_version_wrote_is_not_taken_for_ours(tmp_path):
    """Bytes that are whole and mean something else."""
    cache = BlobCache(tmp_path, GIB)
    cache.put(CACHE_KEY, b"\x93\x01\x02\x03")
    assert OutcomeStore(cache).get(CACHE_KEY) is None
    assert cache.get(CACHE_KEY) is None


async def test_a_lazy_template_says_and_gives_what_a_whole_one_does(tmp_path):
    """Of a package that has not been built, of one that has, and of one that was lost since."""
    files = {
        "index.js": "const late = () => require('./' + 'data'); module.exports = () => new Intl.DateTimeFormat();",
        "data.json": "{}",
        "node_modules/dep/index.js": "throw 1;",
    }
    bundle = make_bundle(files)
    function = make_function(bundle)
    async with open_builder() as builder:
        lazily = [make_compiler(tmp_path, builder, lazy=True) for _ in range(2)]
        async with lazily[0].template(function, bundle) as first:
            built = (await first.material()).blob_bytes()
        async with (
            make_compiler(tmp_path).template(function, bundle) as whole,
            lazily[1].template(function, bundle) as again,
        ):
            assert whole.blob_bytes() == built
            assert first.size < len(built) / 100 < whole.size
            for name in ("key", "main", "level", "reason", "problems", "report", "late", "memory"):
                assert getattr(first, name) == getattr(again, name) == getattr(whole, name), name
            material = await again.of("tenant").material()
            assert material.key == again.of("tenant").key
            assert material.package_ops.keys() == whole.package_ops.keys()
            (tmp_path / f"{compiled_key(function, bundle.hash)}.blob").unlink()
            anew = await again.material()
            assert abs(len(anew.blob_bytes()) - len(built)) < len(built) / 10
            assert (tmp_path / f"{compiled_key(function, bundle.hash)}.blob").exists()
