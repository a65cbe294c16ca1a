"""Types that threads decode are known to msgspec before there are threads."""

from __future__ import annotations

import subprocess
import sys

# Threads that begin to decode at once, switching as often as Python can: with decoders made when needed,
# one of a few such runs ends by SIGSEGV.
PROGRAM = """
import sys, threading
from edge.engine.build import Built, Level
from edge.engine.outcome_store import OutcomeStore, Summary
from edge.packages.report import PackageReport

class Disk(dict):
    def put(self, key, content):
        self[key] = content
        return True
    def touch(self, key):
        return key in self

found = []
def look(number):
    start.wait()
    found.append(store.summary(str(number)))

sys.setswitchinterval(1e-6)
store = OutcomeStore(Disk())
summary = Summary("index.js", Built(Level.COMPILED, b""), [], PackageReport(), ["late"])
for number in range(16):
    store._disk[str(number)] = b""
    store.put_summary(str(number), summary)
start = threading.Barrier(16)
threads = [threading.Thread(target=look, args=(number,)) for number in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == [summary] * 16, found
"""


def test_summaries_are_read_by_many_threads_from_the_first_moment_on():
    """As at a start, when the builds of all functions are looked up at once."""
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
