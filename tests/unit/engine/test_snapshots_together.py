"""Isolates of several packages in one process: in processes of their own, because V8 ends them when it goes wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys

import pytest

SMALL = "module.exports = () => 'small'"
LARGE = """
class A { #x = 1; get x() { return this.#x; } }
const made = new Map([['key', new A()], [Symbol.for('symbol'), /x(?<name>y)/u.exec('xy')]]);
module.exports = async (req, res) => { for await (const part of req) res.send([part, `large ${made}`]); };
"""

# Each snapshot is built in a fresh process, as in the children of the builder.
BUILD = """
import pathlib, sys
from edge.engine import base_snapshots, bundles, dll, snapshot
from edge.engine.snapshot import Blob
import msgspec

folder, name, without, source = sys.argv[1:]
dll.FLAGS = tuple(flag for flag in dll.FLAGS if flag != without)
base = Blob(base_snapshots.read(base_snapshots.ensure(pathlib.Path(folder), "runtime")))
record = {"path": "/app/index.js", "kind": "cjs", "source": source, "resolutions": {}}
spec = {"level": "initialised", "main": "/app/index.js", "records": [record], "env": {}, "secrets": []}
spec |= {"contract": "", "handler": "", "regexps": [], "chunks": bundles.chunks()}
call = f"__edge('build', {msgspec.json.encode(spec).decode()})"
(pathlib.Path(folder) / name).write_bytes(snapshot.build(call, base))
"""
USE = """
import json, pathlib, sys
from edge.engine import dll
from edge.engine.isolate import Isolate
from edge.engine.snapshot import Blob

folder, without = sys.argv[1:]
dll.FLAGS = tuple(flag for flag in dll.FLAGS if flag != without)
blobs = [Blob((pathlib.Path(folder) / name).read_bytes()) for name in ("small", "large", "small")]
isolates = [Isolate(blob, {}, lambda _: None) for blob in blobs * 2]
reports = [json.loads(isolate.call("report")) for isolate in isolates]
for isolate in isolates:
    isolate.dispose()
print(json.dumps([[report["error"], report["impure"]] for report in reports]))
"""


def run(program, *arguments):
    """A process with this program; it may die, without leaving a core."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )


def used_together(folder, without=""):
    """The end of a process that uses isolates of two packages at once."""
    for name, source in (("small", SMALL), ("large", LARGE)):
        built = run(BUILD, folder, name, without, source)
        assert built.returncode == 0, built.stderr
    return run(USE, folder, without)


@pytest.mark.slow
def test_isolates_of_several_packages_live_together(tmp_path):
    """Each comes up with what its own snapshot holds."""
    done = used_together(tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[None, ""]] * 6


@pytest.mark.slow
def test_without_the_flag_that_allows_it_v8_gives_up(tmp_path):
    """When this fails, V8 has no more need of `--no-extensible-ro-snapshot`."""
    done = used_together(tmp_path, without="--no-extensible-ro-snapshot")
    assert -done.returncode in {signal.SIGABRT, signal.SIGTRAP, signal.SIGSEGV, signal.SIGILL}, done.stdout
