"""Which files of a package are its tests, and what a bundle needs beside it to run them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from edge.packages.bundle import Bundle
from edge.packages.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PLACE = ".edge-test"
"""Folder of what is put beside the package."""
HANDLER = f"{PLACE}/main.run"
HARNESS = f"{PLACE}/harness.cjs"
STANDS_FOR = ("edge:test", "vitest", "@jest/globals", "bun:test", "cloudflare:test", "node:test")
"""Names by which tests import `describe`, `test`, `expect` and the like."""

_TEST = re.compile(r"(?:^|/)(?:__tests__/(?:.*/)?[^/]+|[^/]+\.(?:test|spec))\.(?:[cm]?[jt]s|[jt]sx)")
_HIDDEN = re.compile(r"(?:^|/)(?:node_modules|\.[^/]*)/")


def find_tests(files: Iterable[str], only: Sequence[str] = ()) -> list[str]:
    """The test files among the paths of a package: `*.test.js`, `*.spec.ts` and the like, and those in `__tests__`.

    `only` are parts of paths, of which one must be in a file's.
    """
    found = (path for path in files if _TEST.fullmatch(_tail(path)) and not _HIDDEN.search(path))
    wanted = [text.removeprefix("./") for text in only]
    return sorted(path for path in found if not path.endswith(".d.ts") and (not wanted or _has_any(path, wanted)))


def _tail(path: str) -> str:
    """What the pattern looks at: from `__tests__/` on, or the last segment."""
    at = f"/{path}".find("/__tests__/")
    return path[at:] if at >= 0 else path.rpartition("/")[2]


def _has_any(path: str, wanted: Iterable[str]) -> bool:
    return any(text in path for text in wanted)


def bundle_with_harness(bundle: Bundle, tests: Sequence[str], harness: str, target: Mapping[str, str] | None) -> Bundle:
    """The package with the harness beside it, and an entry that runs one of `tests` in each invocation.

    `target` is `{main, contract, handler}` of the function under test, None when the package has no entry.
    Raises PackageError over a limit.
    """
    files: dict[str, bytes | memoryview] = {path: bundle.view(path) for path in bundle.files}
    files[HARNESS] = harness.encode()
    files[f"{PLACE}/main.mjs"] = _main(tests, target).encode()
    return Bundle.build(files, bundle.links, DEFAULT_LIMITS)


def _main(tests: Sequence[str], target: Mapping[str, str] | None) -> str:
    """Every import is written out, so that all modules are compiled beforehand."""
    loaders = [f"  {json.dumps(path)}: () => import({_specifier(path)})," for path in tests]
    said = "null"
    if target is not None:
        fields = ", ".join(f"{name}: {json.dumps(value)}" for name, value in target.items())
        said = f"{{ {fields}, load: () => import({_specifier(target['main'].removeprefix('/app/'))}) }}"
    return "\n".join([
        'import { createHandler } from "./harness.cjs";',
        "export const run = createHandler({", *loaders, f"}}, {said});", "",
    ])  # fmt: skip


def _specifier(path: str) -> str:
    return json.dumps(f"../{path}")
