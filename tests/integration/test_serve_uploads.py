"""Forms with files through the gateway: what fits within a function's memory works, what does not ends it cleanly."""

from __future__ import annotations

import pytest

from edge.units import GIB, MIB
from tests.support.gateway_process import serving

pytestmark = pytest.mark.slow
ENGINE_MODES = ("cells",)  # in mode embedded buffers do not count as memory

UPLOAD = """
export default { async fetch(request) {
  const form = await request.formData();
  const file = form.get('f');
  const whole = new Uint8Array(await file.arrayBuffer());
  let same = true;
  for (let i = 0; i < whole.length; i++) same &&= whole[i] === (i & 255);
  return Response.json({ size: file.size, same, name: file.name, after: form.get('after') });
} }
"""
DOWNLOAD = """
export default { fetch() {
  const form = new FormData();
  const file = new File([new Uint8Array(3 * 2 ** 20).fill(1), new Uint8Array(2 ** 20).fill(2)], 'big');
  for (let i = 0; i < 10; i++) form.append('f', file);
  return new Response(form);
} }
"""
MODULE = '{"type":"module"}'
PIECE = bytes(range(256)) * 256
HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="big.bin"\r\nContent-Type: x/y\r\n\r\n'
TAIL = b'\r\n--b\r\nContent-Disposition: form-data; name="after"\r\n\r\nend\r\n--b--\r\n'


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """Both functions, with the default of 128 MiB."""
    functions = {
        "up": {"index.js": UPLOAD, "package.json": MODULE},
        "down": {"index.js": DOWNLOAD, "package.json": MODULE},
    }
    with serving(tmp_path_factory.mktemp("uploads"), functions, "--set", "server.max_body=2GiB") as running:
        yield running


class Form:
    """The body of a form with one file and one field, sent in pieces."""

    def __init__(self, size):
        self._size = size
        self.sent = 0

    def __iter__(self):
        yield HEAD
        for _ in range(self._size // len(PIECE)):
            self.sent += len(PIECE)
            yield PIECE
        yield TAIL


def upload(edge, form):
    """What the function says of the form."""
    return edge.post("/up", content=iter(form), headers={"content-type": "multipart/form-data; boundary=b"}, timeout=30)


def test_a_file_of_twenty_megabytes(edge):
    """It is whole, and can be read into one buffer beside it."""
    answer = upload(edge, Form(20 * MIB))
    assert answer.json() == {"size": 20 * MIB, "same": True, "name": "big.bin", "after": "end"}


def test_a_gigabyte_ends_at_the_memory_limit(edge):
    """Long before all has come, and the next request is answered."""
    form = Form(GIB)
    answer = upload(edge, form)
    assert (answer.status_code, answer.headers["edge-outcome"]) == (500, "memory")
    assert answer.json()["error"]["code"] == "memory_limit"
    assert form.sent < 300 * MIB
    assert upload(edge, Form(MIB)).json()["size"] == MIB


def test_a_form_leaves_with_its_length(edge):
    """Forty megabytes of files that share four, in pieces."""
    answer = edge.get("/down", timeout=30)
    assert int(answer.headers["content-length"]) == len(answer.content) > 40 * MIB
    assert answer.content.count(b"filename=") == 10
