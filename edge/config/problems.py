"""Problems of a config, collected so that a person sees all of them at once, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.config.keypath import KeyPath, format_path

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(NamedTuple):
    """What is wrong at `path`; `what` ends with what is allowed, in parentheses.

    It only counts while the values at `given` are right in themselves.  `other` is a value that `what` names, whose
    place is told as well.
    """

    path: KeyPath
    what: str
    given: tuple[KeyPath, ...] = ()
    other: KeyPath = ()


class Problems:
    """A growing list of problems.

    `kept` holds, for lists that lost wrong items, the numbers that the remaining ones have in the file.
    """

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._wrong: set[KeyPath] = set()
        self.kept: dict[KeyPath, list[int]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, path: KeyPath, what: str, other: KeyPath = ()) -> None:
        """Note one problem."""
        self._found.append(Problem(path, what, other=other))
        self._wrong.add(path)

    def add_checked(self, problem: Problem) -> None:
        """Note a problem of decoded values, unless it is about something that is known to be wrong already."""
        path = self._in_file(problem.path)
        if any(target[:size] in self._wrong for target in (path, *problem.given) for size in range(len(target) + 1)):
            return
        other = self._in_file(problem.other)
        self.add(
            path,
            problem.what.replace(format_path(problem.other), format_path(other), 1) if other else problem.what,
            other,
        )

    def _in_file(self, path: KeyPath) -> KeyPath:
        steps: list[str | int] = []
        for step in path:
            kept = self.kept.get(tuple(steps))
            steps.append(kept[step] if kept and isinstance(step, int) else step)
        return tuple(steps)

    def lines(self, places: Places) -> list[str]:
        """One line per problem, `PLACE: key.path: what`, in the order of the file."""
        located = [(places.find(problem.path), problem.path, _placed(problem, places)) for problem in self._found]
        located.sort(key=lambda problem: problem[0].order)
        return list(dict.fromkeys(f"{place.name}: {format_path(path)}: {what}" for place, path, what in located))


def _placed(problem: Problem, places: Places) -> str:
    """What is wrong, with the place of the other value that it names."""
    if not problem.other:
        return problem.what
    name = format_path(problem.other)
    return problem.what.replace(name, f"{name} ({places.find(problem.other).name})", 1)


class Place(NamedTuple):
    """A file and line, or the variable or option that a value came from."""

    order: tuple[bool, int]
    name: str


class Places:
    """Where the values of a config came from.

    `lines` holds the file's lines by key path; `overrides` the name of the variable or option for values that
    are not from the file.
    """

    def __init__(self, file: str, lines: Mapping[KeyPath, int], overrides: Mapping[KeyPath, str]) -> None:
        self._file = file
        self._lines = lines
        self._overrides = overrides

    def find(self, path: KeyPath) -> Place:
        """The place of the value, or of the innermost table around it.

        What a variable or option gave took the place of all that the file had there.
        """
        around = [path[:size] for size in range(len(path), 0, -1)]
        source = next((self._overrides[each] for each in around if each in self._overrides), None)
        if source is not None:
            return Place((True, 0), source)
        line = next((self._lines[each] for each in around if each in self._lines), 1)
        return Place((False, line), f"{self._file}:{line}")
