"""Versions and deploys, as the admin listener shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from edge.gateway.generation import LoadedFunction
    from edge.packages.versions import Version, Versions


def version_view(document: Versions, version: Version) -> dict[str, Any]:
    """One version."""
    shown: dict[str, Any] = {
        "version": version.name,
        "package": version.package,
        "created": written(version.created),
        "who": version.who,
        "note": version.note,
        "size": version.size,
        "files": version.files,
        "active": version.number == document.active,
        "aliases": [alias for alias, number in document.aliases.items() if number == version.number],
    }
    return {**shown, "problem": version.problem} if version.problem else shown


def versions_view(document: Versions, *, serves: str) -> dict[str, Any]:
    """All of them, the newest first; `serves` is "version", "config" (its own package) or "nothing"."""
    active = document.serving
    return {
        "function": document.function,
        "active": active.name if active else None,
        "serves": serves,
        "revision": document.revision,
        "aliases": {alias: f"v{number}" for alias, number in document.aliases.items()},
        "versions": [version_view(document, version) for version in reversed(document.versions)],
    }


def report_view(loaded: LoadedFunction | None) -> dict[str, Any]:
    """What is told of a function that has been built: what it consists of, and how much of it its snapshot holds."""
    if loaded is None or loaded.function is None:
        return {"status": "broken", "problems": [str(loaded.error)] if loaded and loaded.error else []}
    report = msgspec.to_builtins(loaded.report)
    unsupported = [f"{one.place}: {one.reason}" for one in loaded.report.unsupported]
    snapshot = {"level": loaded.level, "reason": loaded.reason}
    return {"status": "ok", "snapshot": snapshot, "problems": unsupported, **report}


def written(moment: int) -> str:
    """A moment in ms of the Unix epoch, as ISO 8601."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
