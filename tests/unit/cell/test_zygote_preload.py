"""What the zygote has loaded is all that its children ever need: they can open nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

# Runs what children run, after what the zygote runs, and tells each import and each file that was opened meanwhile.
PROGRAM = """
import json, os, sys
from edge.cell import preload

preload.everything()

import edge.cell.sandbox, edge.cell.clone
from edge.engine import build, builder_child, bundles, snapshot
from edge.engine.mailbox import perform
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.transform import Transformer
from edge.runtime.ops import of_isolate
from tests.support.webcrypto_calls import use_everything

seen = []
sys.addaudithook(lambda event, args: seen.append([event, str(args[0])]) if event in ("open", "import") else None)

OPS = {**RUNTIME_OPS, **of_isolate()}

def call(op, data=b"", **args):
    return perform(OPS, json.dumps({"op": op, "args": args}).encode(), data)

encodings = ["big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "koi8-u", "shift_jis", "windows-1255"]
legacy = b"a\\x8f\\xa2\\xb7\\xa4\\xa2\\x88\\x62\\x1b$B$\\x22"
answers = [
    *(call("crypto.digest", b"x", algorithm=name) for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")),
    *(call("crypto.hmac", b"kx", algorithm=name, key_length=1) for name in ("md5", "sha1", "sha256", "sha512")),
    call("crypto.random", n=8),
    *(call("url.to_ascii", domain=name) for name in ("b\\u00fccher.test", "\\u05d0\\u05d1.test", "xn--bcher-kva.test")),
    call("url.to_unicode", domain="xn--bcher-kva.example"),
    *(call("encoding.decode", legacy, encoding=name, fatal=False, last=True, state="") for name in encodings),
]
modes = [(form, mode) for form in ("gzip", "deflate", "deflate-raw", "brotli") for mode in ("compress", "decompress")]
answers += [call("compression.open", format=form, mode=mode) for form, mode in modes]
answers += [call("compression.write", codec=1 + number) for number in range(len(modes))]
answers += [call("compression.finish", codec=1 + number) for number in range(0, len(modes), 2)]
assert not [head for head, _ in answers if b'"error"' in head], answers
use_everything()
refused = call("crypto.ec.import", b"junk", curve="P-256", format="pkcs8", parts=[])
assert b"DataError" in refused[0], refused

for codec in ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "windows-1252", "shift_jis", "gb18030", "idna", "punycode"):
    "text".encode(codec).decode(codec)

modules = [build.Raw("/a.ts", "ts", "export default () => 1 as number"), build.Raw("/b.js", "cjs", "let b = ;")]
runtime = snapshot.Blob(snapshot.build(bundles.script("runtime")))
records = builder_child.mark_broken(Transformer(None).transform(modules))
request = build.BuildRequest("/a.ts", modules, {}, [], contract="web")
built = list(builder_child.build(request, records, runtime))
assert built[0].level == "initialised", built[0].reason
print(json.dumps(seen), flush=True)
os._exit(0)  # as the zygote does
"""


def test_children_load_nothing():
    """Neither a module nor a table, whatever operation or codec is used, and while a package is built."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_zygote_has_one_thread_and_no_isolate_when_all_is_loaded():
    """Otherwise its clones would miss the thread."""
    program = (
        "import os, pathlib, threading\n"
        "from edge.cell import preload\n"
        "from edge.engine import isolate\n"
        "preload.everything()\n"
        "print(len(os.listdir('/proc/self/task')), len(isolate._isolates), flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["1", "0"]
