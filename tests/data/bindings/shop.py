"""Python of an operator: bindings of the tests."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import Annotated, Self

import msgspec
import trio

from edge.bindings import BindingError, current_call

VERSION = 1


class Item(msgspec.Struct):
    """What the shop sells."""

    name: str
    price: Annotated[float, msgspec.Meta(ge=0)]
    tags: list[str] = []


class Shop:
    """Items in SQLite; one connection, opened and closed with the process."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("create table if not exists items (name text primary key, price real)")
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add(self, item: Item) -> int:
        """A plain function: runs in a thread."""
        self._db.execute("insert or replace into items values (?, ?)", (item.name, item.price))
        return self._db.execute("select count(*) from items").fetchone()[0]

    async def find(self, name: str) -> sqlite3.Row:
        """A row is an object in JavaScript."""
        row = self._db.execute("select name, price from items where name = ?", (name,)).fetchone()
        if row is None:
            raise BindingError(f"there is no {name}", code="not_found")
        return row

    async def _secret(self) -> str:
        return "not for functions"


async def version() -> int:
    """Which code runs."""
    return VERSION


async def add(a: int, b: int = 10) -> int:
    return a + b


async def search(text: str, *rest: str, top: int = 3, exact: bool = False) -> dict[str, object]:
    return {"text": text, "rest": rest, "top": top, "exact": exact}


async def echo(data: bytes) -> bytes:
    return data[::-1]


async def who() -> dict[str, object]:
    return current_call()._asdict()


async def fail() -> None:
    raise RuntimeError("the password is hunter2, in /etc/shadow")


async def pid() -> int:
    return os.getpid()


async def sleep(seconds: float) -> str:
    await trio.sleep(seconds)
    return "slept"


async def hang() -> None:
    time.sleep(3600)  # noqa: ASYNC251 - the mistake that it shows


async def die() -> None:
    os._exit(7)


async def unencodable() -> object:
    return object()


async def large(size: int) -> str:
    return "x" * size


async def greedy() -> int:
    return len(bytearray(2**31))
