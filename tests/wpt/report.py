"""What a run comes to, against what was expected: lines for people, and one structure for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tests.wpt.run import PASS, Ran

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wpt.expectations import Expectations
    from tests.wpt.run import Subtest

_STATUS = ("PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED")


class AreaReport(msgspec.Struct):
    """Counts of subtests; a test that did not come to its end counts as one more that failed."""

    passed: int = 0
    failed: int = 0
    unexpected: int = 0

    @property
    def total(self) -> int:
        """All that ran."""
        return self.passed + self.failed


class FileReport(msgspec.Struct):
    """One test: names and messages of the subtests that failed, and what did not go as expected."""

    area: str
    passed: int
    failed: dict[str, str]
    unexpected: list[str]
    problem: str = ""


class Report(msgspec.Struct):
    """A whole run; `skipped` are tests with their reasons."""

    passed: int = 0
    failed: int = 0
    unexpected: int = 0
    areas: dict[str, AreaReport] = {}
    files: dict[str, FileReport] = {}
    skipped: dict[str, str] = {}

    def add(self, ran: Ran, expectations: Expectations) -> FileReport:
        """Count one test in."""
        name = ran.test.name
        failed = {subtest.name: _message(subtest) for subtest in ran.subtests if subtest.status != PASS}
        if ran.problem:
            failed["(the test as a whole)"] = ran.problem
        surprises = [subtest for subtest in failed if not expectations.may_fail(name, subtest)]
        unmet = expectations.unmet(name, set(failed))
        report = FileReport(
            ran.test.area, ran.passed, failed, [*surprises, *(f"passes: {one}" for one in unmet)], ran.problem
        )
        self.files[name] = report
        count = sum(subtest.status != PASS for subtest in ran.subtests) + bool(ran.problem)
        for counts in (self, self.areas.setdefault(ran.test.area, AreaReport())):
            counts.passed += ran.passed
            counts.failed += count
            counts.unexpected += len(report.unexpected)
        return report

    def table(self) -> Iterator[str]:
        """A line per area: passed of total, and how much of it was not expected."""
        width = max(map(len, self.areas), default=0)
        for area, counts in sorted(self.areas.items()):
            note = f"  {counts.unexpected} unexpected" if counts.unexpected else ""
            yield f"{area:{width}}  {counts.passed:6,} of {counts.total:6,}{note}"


def _message(subtest: Subtest) -> str:
    return f"{_STATUS[subtest.status]} {subtest.message}".strip()


def lines(name: str, report: FileReport, *, verbose: bool) -> Iterator[str]:
    """What to say of one test: what was not expected; all that failed when `verbose`."""
    for subtest, message in report.failed.items():
        if verbose or subtest in report.unexpected:
            yield f"{name}: {subtest}: {message}"
    for surprise in report.unexpected:
        if surprise.startswith("passes: "):
            yield f"{name}: {surprise.removeprefix('passes: ')}: passes, against tests/wpt/expectations"
