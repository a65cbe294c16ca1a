"""What the data path needs of a generation; `generation.py` has the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from edge.function import Function
    from edge.gateway.routing import Router
    from edge.gateway.versions.previews import Preview


class Generation(Protocol):
    """Config, routes and functions that belong together; immutable."""

    @property
    def hash(self) -> str:
        """What tells it from others."""

    @property
    def router(self) -> Router: ...

    def preview(self, wanted: Preview) -> str:
        """The version that a preview is of, as `hello@v3`.  Raises NotFoundError."""

    def hosts_of(self, name: str) -> list[str]:
        """Hosts by which routes lead to a function."""

    def function(self, name: str) -> Function:
        """The function, ready to be invoked.

        Raises NotFoundError when there is none, FunctionError (any) when it could not be built.
        """

    def hold(self) -> None:
        """Keep it alive until `release`."""

    def release(self) -> None:
        """The opposite of `hold`, once for each."""


class Generations(Protocol):
    """Holds the generation that serves now."""

    def current(self) -> Generation:
        """The generation that serves now."""

    def pin(self) -> AbstractContextManager[Generation]:
        """The generation that serves now, kept alive until the context is left.  Entering never waits."""
