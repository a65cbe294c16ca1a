"""What a run comes to, against what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.node_compat.run import Ran
    from tests.wpt.expectations import Expectations


class AreaReport(msgspec.Struct):
    """Counts of subtests; `not_for_functions` are files that cannot run in any function."""

    passed: int = 0
    failed: int = 0
    unexpected: int = 0
    not_for_functions: int = 0


class Report(msgspec.Struct):
    """A whole run: by area, and of each file what failed in it (subtest -> error; "" is the file itself)."""

    passed: int = 0
    failed: int = 0
    unexpected: int = 0
    areas: dict[str, AreaReport] = {}
    failures: dict[str, dict[str, str]] = {}
    left_out: dict[str, str] = {}

    def leave_out(self, name: str, area: str, reason: str) -> None:
        """A file that does not run."""
        self.left_out[name] = reason
        self.areas.setdefault(area, AreaReport()).not_for_functions += 1

    def add(self, ran: Ran, expectations: Expectations, *, verbose: bool) -> Iterator[str]:
        """Count one file in; a line for each result that was not expected."""
        name = ran.test.name
        if ran.skipped:
            self.leave_out(name, ran.test.area, ran.skipped)
            return
        failed = {subtest.name: subtest.error for subtest in ran.subtests if subtest.error is not None}
        surprises = [subtest for subtest in failed if not expectations.may_fail(name, subtest)]
        unmet = expectations.unmet(name, set(failed))
        if failed:
            self.failures[name] = failed
        for counts in (self, self.areas.setdefault(ran.test.area, AreaReport())):
            counts.passed += len(ran.subtests) - len(failed)
            counts.failed += len(failed)
            counts.unexpected += len(surprises) + len(unmet)
        for subtest in failed if verbose else surprises:
            error = failed[subtest] if verbose else failed[subtest].partition("\n")[0]
            yield f"{name}: {subtest or '(the file)'}: {error}"
        for subtest in unmet:
            yield f"{name}: {subtest or '(the file)'}: passes, against tests/node_compat/expectations"

    def table(self) -> Iterator[str]:
        """A line per area."""
        width = max(map(len, self.areas), default=0)
        for area, counts in sorted(self.areas.items()):
            total = counts.passed + counts.failed
            share = f"{100 * counts.passed / total:5.1f} %" if total else "      -"
            yield (
                f"{area:{width}}  {counts.passed:5,} of {total:5,}  {share}"
                f"  {counts.not_for_functions} files are not for functions"
                + (f"  {counts.unexpected} unexpected" if counts.unexpected else "")
            )
