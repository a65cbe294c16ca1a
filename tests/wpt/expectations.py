"""What is known not to pass, and why: `expectations/*.json`, one file per area.

    {"exceptions": [{"reason": "...", "tests": {"url/x.any.js": ["name of a subtest", ...], "url/y.any.js": "all"}}]}

`"all"` says that some of the file's subtests fail, whichever; `"skip"` that it is not run.  Then the name may be a
folder, with a slash at its end, or end with `/*` for the files of a folder alone.  An expectation that is not met fails
the run, also when something passes that was expected to fail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

FOLDER = Path(__file__).parent / "expectations"


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tests that do not pass for one reason."""

    reason: str
    tests: dict[str, list[str] | Literal["all", "skip"]]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    exceptions: list[Known]


class Expectations:
    """Of all areas."""

    def __init__(self, exceptions: list[Known]) -> None:
        self._skipped: dict[str, str] = {}
        self._loose: dict[str, str] = {}
        self._failing: dict[tuple[str, str], str] = {}
        for exception in exceptions:
            if len(exception.reason.split()) < 3:
                raise ValueError(f"{exception.reason!r} is no reason")
            for test, subtests in exception.tests.items():
                self._add(test, subtests, exception.reason)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Expectations:
        """Those of the folder.  Raises ValueError for a file that is not as described above."""
        exceptions = []
        for file in sorted(folder.glob("*.json")):
            try:
                exceptions += msgspec.json.decode(file.read_bytes(), type=_File).exceptions
            except msgspec.DecodeError as error:
                raise ValueError(f"{file.name}: {error}") from error
        return cls(exceptions)

    def _add(self, test: str, subtests: list[str] | str, reason: str) -> None:
        if subtests == "skip":
            self._skipped[test] = reason
        elif subtests == "all":
            self._loose[test] = reason
        else:
            self._failing |= {(test, subtest): reason for subtest in subtests}

    def skip(self, test: str) -> str:
        """Why a test is not run; "" when it is."""
        if test in self._skipped:
            return self._skipped[test]
        folder = test.rpartition("/")[0] + "/"
        return next((reason for place, reason in self._skipped.items() if _holds(place, folder)), "")

    def may_fail(self, test: str, subtest: str) -> bool:
        """Whether a failure of the subtest is known."""
        return test in self._loose or (test, subtest) in self._failing

    def unmet(self, test: str, failed: set[str]) -> list[str]:
        """Subtests that are expected to fail and did not; `failed` are those that did."""
        if test in self._loose:
            return [] if failed else ["(all)"]
        return [name for file, name in self._failing if file == test and name not in failed]


def _holds(place: str, folder: str) -> bool:
    """Whether the place of an expectation is this folder or one above it."""
    return (
        folder == place.removesuffix("*") if place.endswith("/*") else place.endswith("/") and folder.startswith(place)
    )
