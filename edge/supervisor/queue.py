"""Who waits for an isolate: fair between functions, first come first served within one.  Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """A line for each key, and an order of turns between keys: whose turn was used goes to the end of it."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, OrderedDict[Item, None]] = OrderedDict()

    def __len__(self) -> int:
        """How many wait in all."""
        return sum(len(line) for line in self._lines.values())

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __contains__(self, key: str) -> bool:
        """Whether anybody waits in this line."""
        return key in self._lines

    def __iter__(self) -> Iterator[Item]:
        """All who wait."""
        for line in self._lines.values():
            yield from line

    def counts(self) -> dict[str, int]:
        """How many wait for each key; keys in the order of their turns."""
        return {key: len(line) for key, line in self._lines.items()}

    def push(self, key: str, item: Item) -> None:
        """To the end of its line."""
        self._lines.setdefault(key, OrderedDict())[item] = None

    def pop(self, key: str) -> Item:
        """The first of a line leaves, and the turn passes on.  Raises KeyError when nobody waits there."""
        line = self._lines.pop(key)
        item, _ = line.popitem(last=False)
        if line:
            self._lines[key] = line
        return item

    def pass_on(self, key: str) -> None:
        """A line's turn is over, although nobody left it."""
        if key in self._lines:
            self._lines.move_to_end(key)

    def remove(self, key: str, item: Item) -> None:
        """Leave early; nothing happens to one that has left."""
        line = self._lines.get(key)
        if line is not None and item in line:
            del line[item]
            if not line:
                del self._lines[key]
