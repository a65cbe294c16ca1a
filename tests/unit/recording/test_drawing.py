"""Each operation of the runtime draws something, and then a tape has to note its answer, or it is pure."""

from __future__ import annotations

import re
from pathlib import Path

from edge.engine.late_builtins import late_builtins
from edge.packages.bundle import Bundle
from edge.runtime.ops import OPS, of_isolate

TAPE = Path(__file__).parents[3] / "edge/runtime/bootstrap/tape.js"
PURE = re.compile(
    r"crypto\.(digest|equal|hmac|hmac_verify|aes\..*|kdf\..*|(ec|okp|rsa)\.(import|export|verify|derive|decrypt)|okp\.sign)"
    r"|nodecrypto\.(kdf|certificates|keys|spkac|cipher|hash)\..*"
    r"|nodecrypto\.agreement\.(derive|ecdh_convert|ecdh_derive|ecdh_public)|nodecrypto\.dh\.(check|group|secret)"
    r"|nodecrypto\.rsa\.(raw|recover)|nodecrypto\.signing\.verify|tls\..*|encoding\..*|url\..*|compression\..*|zlib\..*"
)


def drawing():
    table = TAPE.read_text().partition("DRAWING = {")[2].partition("};")[0]
    return set(re.findall(r"'([\w.]+)': true", table))


def test_each_operation_is_known_to_draw_or_to_be_pure():
    names = {*OPS, *of_isolate()}
    assert drawing() <= names
    assert {name for name in names if (name in drawing()) == bool(PURE.fullmatch(name))} == set()


def test_packages_that_mention_builtins_with_clocks_of_their_own_are_found():
    def of(text):
        return late_builtins(Bundle.build({"index.js": text}))

    assert of(b"Temporal.Now.instant()") == ["Temporal"]
    assert of(b"new Intl.DateTimeFormat()") == ["Intl"]
    assert of(b"Date.now()") == []
