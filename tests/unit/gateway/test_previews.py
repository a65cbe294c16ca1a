"""Versions that are kept ready for previews: made once, let go of in time, never under a request that uses them."""

from __future__ import annotations

import pytest
import trio

from edge.errors import PackageError
from edge.function import Function
from edge.gateway.generation import LoadedFunction
from edge.gateway.standing import Standing
from edge.gateway.versions.previews import Previews


class Generation:
    def __init__(self, name):
        self.hash = name


class Shop:
    """Makes versions ready in a nursery; `open` has those that are, by name."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.made = []
        self.open = set()
        self.broken = False

    async def __call__(self, generation, target, stack):
        self.made.append(target)
        await trio.lowlevel.checkpoint()
        if self.broken:
            raise PackageError("no entry")
        standing = Standing(None)
        stack.enter_context(standing.held())
        await self.nursery.start(standing.run, target, None, self._opened)
        return standing

    def _opened(self, target, _find):
        return _Opened(self, target)


class _Opened:
    def __init__(self, shop, target):
        self.shop, self.target = shop, target

    async def __aenter__(self):
        self.shop.open.add(self.target)
        return LoadedFunction(self.target, Function(self.target, self.target, "sha256:0"))

    async def __aexit__(self, *_):
        self.shop.open.discard(self.target)


@pytest.fixture
async def shop():
    async with trio.open_nursery() as nursery:
        yield Shop(nursery)
        nursery.cancel_scope.cancel()


async def use(previews, target, generation=None):
    async with previews.open(generation or Generation("g"), target) as function:
        assert function.name == target


async def test_a_version_is_made_ready_once_however_many_ask(shop):
    """And stays so for the next request."""
    previews = Previews(shop)
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(use, previews, "f@v1")
    await use(previews, "f@v1")
    assert (shop.made, shop.open) == (["f@v1"], {"f@v1"})


async def test_the_one_that_was_asked_for_longest_ago_goes_first(shop, autojump_clock):
    """Beyond as many as are kept."""
    previews = Previews(shop, most=2)
    for target in ("f@v1", "f@v2", "f@v1", "f@v3"):
        await use(previews, target)
    await trio.sleep(0.1)
    assert shop.open == {"f@v1", "f@v3"}


async def test_what_a_request_uses_stays_until_it_has_ended(shop, autojump_clock):
    """When it is let go of meanwhile, and when another generation serves."""
    previews = Previews(shop, most=1)
    async with previews.open(Generation("g"), "f@v1"):
        await use(previews, "f@v2")
        previews.forget(Generation("other"))
        await trio.sleep(0.1)
        assert shop.open == {"f@v1"}
    await trio.sleep(0.1)
    assert shop.open == set()


async def test_what_is_let_go_of_while_it_is_made_serves_those_who_wait_and_ends(shop, autojump_clock):
    """Nothing is left behind."""
    previews = Previews(shop, most=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(use, previews, "f@v1")
        nursery.start_soon(use, previews, "f@v2")
        nursery.start_soon(use, previews, "f@v3")
    previews.forget(Generation("other"))
    await trio.sleep(0.1)
    assert shop.open == set()


async def test_one_that_cannot_be_made_is_tried_again_when_it_is_asked_for(shop):
    """It may have been the store that failed."""
    previews = Previews(shop)
    shop.broken = True
    with pytest.raises(PackageError):
        await use(previews, "f@v1")
    shop.broken = False
    await use(previews, "f@v1")
    assert shop.made == ["f@v1", "f@v1"]
