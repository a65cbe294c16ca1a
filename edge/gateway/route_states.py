"""The tree of patterns as an automaton: one step per segment, whatever the patterns are.

Where text and `:param` both go on, a walk through the tree has to come back when the text was a dead end, and trees
can be made in which it comes back at every depth.  Here a state is the list of all places that the segments so far
lead to, in order of precedence, so nothing is ever taken back.  States are made when a request first needs them and
kept (as RE2 makes its own); segments that no pattern names share one step, so clients cannot make states at will.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from edge.gateway.route_leaf import Compiled, Leaf
from edge.gateway.route_tree import Node

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Place: TypeAlias = Node | Leaf  # a Leaf is a *rest that has begun: it takes whatever follows

BUDGET = 2_000_000
"""Places and texts in all states that are kept, some 8 to 60 bytes each."""


class Verdict(msgspec.Struct, frozen=True):
    """What ends in a state: `leaves` in order of precedence, and when no headers matter, all of them merged."""

    leaves: tuple[Leaf, ...]
    conditional: bool
    by_method: dict[str, Compiled]
    any: Compiled | None
    allow: frozenset[str]

    def find(self, method: str, headers: Mapping[str, str]) -> Compiled | None:
        if not self.conditional:
            return self.by_method.get(method, self.any)
        return next((found for leaf in self.leaves if (found := leaf.find(method, headers)) is not None), None)

    def allowed(self, headers: Mapping[str, str]) -> set[str]:
        if not self.conditional:
            return set(self.allow)
        return set().union(*(leaf.allow(headers) for leaf in self.leaves))


class State:
    """Where the segments so far lead."""

    __slots__ = ("_texts", "_verdict", "known", "other", "places")

    def __init__(self, places: tuple[Place, ...]) -> None:
        self.places = places
        self.known: dict[str, State] = {}
        self.other: State | None = None
        self._verdict: Verdict | None = None
        nodes = [place for place in places if isinstance(place, Node)]
        self._texts: Collection[str] = nodes[0].texts if len(nodes) == 1 else {t for node in nodes for t in node.texts}

    @property
    def size(self) -> int:
        return len(self.places) + len(self._texts)

    def names(self, segment: str) -> bool:
        """Whether a pattern has this segment as text here."""
        return segment in self._texts

    def after(self, segment: str) -> State:
        """Where one more segment leads; made anew."""
        places: list[Place] = []
        for place in self.places:
            if not _extend(places, place, segment):
                break
        return State(tuple(places))

    def verdict(self) -> Verdict:
        if self._verdict is None:
            self._verdict = _verdict(_leaves(self.places))
        return self._verdict


def _extend(places: list[Place], place: Place, segment: str) -> bool:
    """Add where `place` leads, the most specific first.  False when nothing behind this can be reached."""
    if isinstance(place, Leaf):
        places.append(place)
        return not place.final
    text = place.texts.get(segment)
    if text is not None:
        places.append(text)
    if place.param is not None and segment:
        places.append(place.param)
    if place.rest is not None:
        places.append(place.rest)
        return not place.rest.final
    return True


def _leaves(places: tuple[Place, ...]) -> list[Leaf]:
    leaves: list[Leaf] = []
    for place in places:
        ends = (place,) if isinstance(place, Leaf) else (place.leaf, place.rest)
        for leaf in ends:
            if leaf is not None:
                leaves.append(leaf)
                if leaf.final:
                    return leaves
    return leaves


def _verdict(leaves: list[Leaf]) -> Verdict:
    if any(leaf.conditional for leaf in leaves):
        return Verdict(tuple(leaves), True, {}, None, frozenset())
    by_method: dict[str, Compiled] = {}
    for leaf in leaves:
        for method in leaf.plain.allow():
            found = leaf.plain.find(method)
            if found is not None:
                by_method.setdefault(method, found)
    last = leaves[-1].plain.any if leaves else None
    return Verdict(tuple(leaves), False, by_method, last, frozenset(by_method))


class Automaton:
    """The states of one tree."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._begin = State((root,))
        self._size = 0

    def run(self, segments: list[str]) -> Verdict | None:
        """What the segments, decoded, end in; None when no pattern has them."""
        state = self._begin
        for segment in segments:
            found = state.known.get(segment)
            if found is None:
                found = self._step(state, segment)
            state = found
            if not state.places:
                return None
        return state.verdict()

    def _step(self, state: State, segment: str) -> State:
        named = not segment or state.names(segment)
        if not named and state.other is not None:
            return state.other
        made = state.after(segment)
        self._size += made.size
        if self._size > BUDGET:
            self._begin, self._size = State((self._root,)), 0  # begin anew: what is in use now is kept by its users
        elif named:
            state.known[segment] = made
        else:
            state.other = made
        return made
