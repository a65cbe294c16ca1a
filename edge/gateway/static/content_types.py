"""Content types by file name: the same on every machine, whatever its own tables say."""

from __future__ import annotations

import mimetypes
from typing import Final

_WEB: Final = {
    ".avif": "image/avif",
    ".cjs": "text/javascript",
    ".css": "text/css",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mp4": "video/mp4",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".ts": "text/plain",  # TypeScript here, and not a video
    ".tsx": "text/plain",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zst": "application/zstd",
}
_TABLE: Final = mimetypes.MimeTypes(filenames=()).types_map[True]
_TEXT: Final = frozenset({"application/xml", "image/svg+xml"})
UNKNOWN: Final = "application/octet-stream"


def content_type(name: str) -> str:
    """By the ending of `name`; text is UTF-8."""
    dot = name.rfind(".")
    ending = name[dot:].lower() if dot > 0 else ""
    found = _WEB.get(ending) or _TABLE.get(ending, UNKNOWN)
    return f"{found}; charset=utf-8" if found.startswith("text/") or found in _TEXT else found
