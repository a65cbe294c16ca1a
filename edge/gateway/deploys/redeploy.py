"""What the deployer asks of the reloader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from edge.gateway.generation import LoadedFunction


class Redeployed(msgspec.Struct, frozen=True):
    """`generation` serves now; `failed` are functions whose new version could not be built, and why."""

    changed: bool
    generation: str
    failed: dict[str, EdgeError] = {}


class Redeployer(Protocol):
    """Makes generations in which functions have other versions, and everything else is as it is."""

    async def redeploy(
        self,
        functions: Collection[str],
        proposal: Mapping[str, int] = ...,
        commit: Callable[[], Awaitable[object]] | None = None,
    ) -> Redeployed:
        """Serve these functions as the index, or the proposal, says.

        `commit` is awaited once all is built, just before it serves.  With it, raises EdgeError for what cannot be
        built, or what `commit` raises, and nothing has changed.  Without it, what cannot be built serves as before.
        """

    def behind(self) -> frozenset[str]:
        """Functions that serve another version than the one that, as far as is known, is active."""

    def loaded(self, function: str) -> LoadedFunction | None:
        """A function as it serves."""

    def has_own_package(self, function: str) -> bool:
        """Whether the config has the function, and with it a package to serve when no version does."""

    def is_pinned(self, function: str) -> bool:
        """Whether the config says itself which upload serves."""

    def mentioned(self, function: str) -> frozenset[str]:
        """The versions of a function that the config names, as it writes them."""
