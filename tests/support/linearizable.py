"""Whether a history of concurrent calls could have happened one after the other.

In general that is a search (Wing and Gong, 1993).  Here every write says what it followed, a counter by the sum that it
came to and a register by the version that it replaced, so there is one order of writes that could be, and what is left
is to look whether time and reads agree with it.

Times are of one clock: a call happens somewhere between `began` and `ended`, both included.
"""

from __future__ import annotations

from typing import NamedTuple


class Call(NamedTuple):
    """`kind`: incr (`value` is the sum), read, swap and refused; `version` None is a key that is not there.

    A swap replaced `before` by `version`; a refused one found something else than `before`.
    """

    kind: str
    began: float
    ended: float
    value: int = 0
    version: str | None = None
    before: str | None = None


def counter_problems(calls: list[Call]) -> list[str]:
    """What is wrong with incr(1) and reads of one counter."""
    sums = [call.value for call in calls if call.kind == "incr"]
    problems = [f"{value} was given out twice" for value in {one for one in sums if sums.count(one) > 1}]
    missing = set(range(1, max(sums, default=0) + 1)) - set(sums)
    problems += [f"nobody was given {value}" for value in sorted(missing)]
    order = sorted(calls, key=lambda call: (call.value, call.kind != "incr", call.began))
    return problems + _against_time(order)


def register_problems(calls: list[Call]) -> list[str]:
    """What is wrong with reads and compare-and-set of one key that was not there in the beginning."""
    swaps = {call.before: call for call in calls if call.kind == "swap"}
    problems = []
    if len(swaps) < sum(call.kind == "swap" for call in calls):
        problems.append("two replaced the same version: an update is lost")
    place: dict[str | None, int] = {None: 0}
    version: str | None = None
    while version in swaps and swaps[version].version not in place:
        version = swaps[version].version
        place[version] = len(place)
    problems += [f"{call.kind} of a version that never was" for call in calls if _current(call) not in place]
    known = [call for call in calls if _current(call) in place]
    order = sorted(known, key=lambda call: (place[_current(call)], call.kind != "swap", call.began))
    problems += _against_time([call for call in order if call.kind != "refused"])
    for call in known:
        after = swaps.get(call.before)
        always = after is None or after.began > call.ended
        if call.kind == "refused" and always and _there_by(call.before, swaps, place) < call.began:
            problems.append(f"refused a version that was the current one: {call}")
    return problems


def _current(call: Call) -> str | None:
    """The version that a call left, or saw, or expected."""
    return call.before if call.kind == "refused" else call.version


def _there_by(version: str | None, swaps: dict[str | None, Call], place: dict[str | None, int]) -> float:
    """When the version was the current one at the latest, if it was not replaced."""
    written = [call.ended for call in swaps.values() if call.version == version and version in place]
    return written[0] if written else float("-inf")


def _against_time(order: list[Call]) -> list[str]:
    """Calls that ended before one began that the order has before them."""
    problems, latest = [], None
    for call in order:
        if latest is not None and call.ended < latest.began:
            problems.append(f"{call} ended before {latest} began, which it must follow")
        if latest is None or call.began > latest.began:
            latest = call
    return problems
