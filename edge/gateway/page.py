"""The page of the admin listener: files that the build made (edge/page), held in memory, with what keeps them safe.

They are the same for everybody and hold nothing of this gateway, so they need no token; all that the page shows it asks
of the API.  What a function or a client has written comes to the page as text.  That it stays text is the page's
duty; that nothing runs even if it did not is that of the policy here: no inline script or style, no other origin, no
string that becomes markup (Trusted Types).
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from edge.gateway.answers import Answer
from edge.gateway.static.preconditions import evaluate
from edge.gateway.static.variants import choose, weights

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parents[1] / "page" / "bundle"
_MANIFEST: Final = "manifest.json"
_INDEX: Final = "index.html"
_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
}
_POLICY: Final = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
_SAFETY: Final = [
    (b"content-security-policy", _POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
_MISSING: Final = b"the page was not built: run `python hatch_build.py page`; the API is described by /openapi.json\n"

SANDBOX: Final = (b"content-security-policy", b"sandbox")
"""For what functions answer on the admin listener: a page of theirs must not act in the name of this origin."""

OF_THE_ORIGIN: Final = frozenset(
    {
        *(b"alt-svc", b"clear-site-data", b"nel", b"report-to", b"reporting-endpoints", b"service-worker-allowed"),
        b"strict-transport-security",
    }
)
"""What a function may not say there either: it would hold for the page, too."""


class File(msgspec.Struct, frozen=True):
    """A file of the page, by its coding ("identity", "gzip")."""

    type: bytes
    etag: str
    contents: dict[str, bytes]
    keep: bytes


class Page:
    """The files of a folder that the build has filled."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def has(self, method: str, path: str) -> bool:
        """Whether a request is for one of the files."""
        return method in {"GET", "HEAD"} and (path == "/" or path[1:] in self._files)

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """To a request that is for one of them; `headers` are by lower-case name."""
        file = self._files.get(path[1:] or _INDEX)
        if file is None:
            return Answer(503, [(b"content-type", b"text/plain"), _length(_MISSING), *_SAFETY], _MISSING)
        about = [(b"etag", file.etag.encode("ascii")), (b"cache-control", file.keep), (b"vary", b"accept-encoding")]
        if evaluate(headers, file.etag, 0) == "not modified":
            return Answer(304, [*about, *_SAFETY], b"")
        sizes = {coding: len(content) for coding, content in file.contents.items()}
        coding = choose(sizes, weights(headers.get("accept-encoding")))
        body = file.contents[coding]
        encoded = [] if coding == "identity" else [(b"content-encoding", coding.encode("ascii"))]
        return Answer(200, [*about, *encoded, (b"content-type", file.type), _length(body), *_SAFETY], body)

    @cached_property
    def _files(self) -> dict[str, File]:
        """By name; none when the page was not built."""
        try:
            digests: dict[str, str] = json.loads((self._folder / _MANIFEST).read_text("utf-8"))["bundles"]
            names = [name for name in digests if Path(name).suffix in _TYPES]
            return {name: self._read(name, digests[name]) for name in names}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _read(self, name: str, digest: str) -> File:
        path = self._folder / name
        contents = {"identity": path.read_bytes(), "gzip": path.with_name(f"{name}.gz").read_bytes()}
        # All names but the first have a digest in them.
        keep = b"no-cache" if name == _INDEX else b"public, max-age=31536000, immutable"
        return File(_TYPES[path.suffix], f'"{digest[:32]}"', contents, keep)


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)
