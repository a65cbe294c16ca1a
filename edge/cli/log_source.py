"""Where `edge logs` has its lines from: a folder on this disk, or a running gateway."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Protocol

from edge.cli.admin_client import RefusedError, ask, events
from edge.errors import OutsideError
from edge.services.journal.entry import without_receipt
from edge.services.journal.filters import read_filter
from edge.services.journal.reader import Reader
from edge.services.journal.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

LOOK = 0.25
AGAIN = 1.0
"""Seconds until a gateway is asked again that has ended the stream: it may be starting anew."""
PATIENCE = 60.0
"""Seconds for which it may be gone."""


class LogSource(Protocol):
    """`given` has filters by name, as services.journal.filters.read_filter takes them; lines are JSON objects."""

    def newest(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """The newest last."""

    def follow(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """The same, and then each that comes."""

    def functions(self) -> Collection[str]:
        """Names of those that there are, as far as this source knows."""


class FolderLog:
    """A journal on this disk, and the functions of its config."""

    def __init__(self, folder: Path, functions: Collection[str] = ()) -> None:
        self._folder = folder
        self._functions = functions

    def functions(self) -> Collection[str]:
        """See LogSource; not those that were uploaded."""
        return self._functions

    def newest(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """See LogSource."""
        page = Reader(self._folder).newest(read_filter(given, time.time()), limit)
        yield from (_text(line.text) for line in reversed(page.lines))

    def follow(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """See LogSource."""
        wanted = read_filter(given, time.time())
        tail = Tail(self._folder)
        lines = Reader(self._folder, tail.sizes).newest(wanted, limit).lines[::-1]
        while True:
            yield from (_text(line.text) for line in lines)
            time.sleep(LOOK)
            lines = tail.more(wanted)


class GatewayLog:
    """The admin listener of a gateway."""

    def __init__(self, admin: str | None, token: str | None) -> None:
        self._admin = admin
        self._token = token

    def functions(self) -> Collection[str]:
        """See LogSource."""
        return [found["name"] for found in ask(self._admin, "/functions", token=self._token)["functions"]]

    def newest(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """See LogSource."""
        if not limit:
            return
        page = ask(self._admin, "/logs", {**given, "limit": str(limit)}, token=self._token)
        yield from (json.dumps(entry, ensure_ascii=False) for entry in reversed(page["entries"]))

    def follow(self, given: dict[str, str], limit: int) -> Iterator[str]:
        """See LogSource; a gateway that is started anew is found again, and nothing is missed."""
        last, lost_at = "", 0.0
        while True:
            query = {**given, "follow": "1", "limit": str(limit)}
            try:
                for mark, data in events(self._admin, "/logs", query, token=self._token, last=last):
                    last, lost_at = mark, 0.0
                    yield data
            except RefusedError:
                raise
            except OutsideError:
                lost_at = lost_at or time.monotonic()
                if not last or time.monotonic() - lost_at > PATIENCE:
                    raise
            time.sleep(AGAIN)


def _text(line: bytes) -> str:
    return without_receipt(line).decode("utf-8", "replace")
