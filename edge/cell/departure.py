"""How a process's mappings differ from what they were when an image was made.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.cell.ranges import Range, Ranges

if TYPE_CHECKING:
    from collections.abc import Iterable


class Change(NamedTuple):
    """What V8 did to a range: gave it other rights (`protection`, PROT_*), mapped it anew, or took it away."""

    what: str  # "mprotect", "mmap" or "munmap"
    range: Range
    protection: int


class Departure:
    """Holds no more than there are mappings, however many changes it was told of: a place may have changed hands often.

    Of the image: `touched` may have other rights, `replaced` and `gone` have lost what they held, and what is gone may
    be somebody else's by now.  `added` is what has come, outside of it.
    """

    def __init__(self, image: Iterable[Range]) -> None:
        self._image = Ranges(image)
        self.touched, self.replaced, self.gone, self.added = Ranges(), Ranges(), Ranges(), Ranges()

    @property
    def changed(self) -> tuple[Ranges, Ranges, Ranges]:
        """All of the image that is not as it was."""
        return self.touched, self.replaced, self.gone

    def note(self, changes: Iterable[Change]) -> None:
        """More of them, in their order."""
        for what, place, _ in changes:
            own = self._image.common(place)
            if what == "mprotect":
                self.touched.update(own)
                continue
            if what == "mmap":
                self.added.add(place)
                for part in own:
                    self.added.remove(part)
                    self.gone.remove(part)
                    self.replaced.add(part)
            elif what == "munmap":
                self.added.remove(place)
                self.gone.update(own)
                for part in own:
                    self.replaced.remove(part)
