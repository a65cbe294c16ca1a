"""From `package.module:name` to what can be called.  Imports the operator's code: runs where that is to live."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.services.python.signature import Signature, SignatureError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AsyncExitStack
    from types import ModuleType

MAX_METHODS = 200
_MAX_FILES = 2000
_MAX_TEXT = 1000


class TargetError(Exception):
    """The target cannot be imported or bound; the message is one line for the operator."""


class Method:
    """One thing that can be called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises SignatureError."""
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            raise SignatureError("is a generator, and results cannot be streamed (return a list)")
        self.function = function
        self.signature = Signature(function)
        self.waits = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object with `async def __call__`
        )


class Target:
    """What a binding stands for: `methods` by name, "" for the target itself where that is a function.

    `manager` is an object to be entered before the first call, where the target is a context manager.
    """

    def __init__(self, methods: dict[str, Method], manager: Any = None) -> None:
        self.methods = methods
        self.manager = manager

    @property
    def kind(self) -> str:
        """For the runtime: "call", or the names of methods with commas between them."""
        return "call" if "" in self.methods else ",".join(self.methods)

    async def enter(self, stack: AsyncExitStack) -> None:
        """Let the manager open what it needs, until the stack ends.  Raises TargetError."""
        try:
            if hasattr(self.manager, "__aenter__"):
                await stack.enter_async_context(self.manager)
            elif self.manager is not None:
                stack.enter_context(self.manager)
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            raise TargetError(f"does not open: {text[:500]}") from error


def load(name: str, folders: Sequence[str], options: Mapping[str, str]) -> Target:
    """Import it; `folders` are looked at before what is installed.  Raises TargetError."""
    for folder in reversed(folders):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    importlib.invalidate_caches()
    module_name, _, path = name.partition(":")
    try:
        module = importlib.import_module(module_name)
        found = _walk(module, path)
        if inspect.isclass(found) or (options and callable(found)):
            found = found(**options)
        elif options:
            raise TargetError("takes no options: only a class, or a function that makes an object, does")
        return _target(found)
    except TargetError:
        raise
    except SignatureError as error:
        raise TargetError(str(error)) from error
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            raise
        raise TargetError(_reason(error, folders)) from error


def files(folders: Sequence[str]) -> list[str]:
    """Source files below `folders` that have been imported."""
    roots = tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)  # noqa: PTH118 - prefix of texts
    found = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and os.path.realpath(file).startswith(roots):
            found.append(file)
    return sorted(found)[:_MAX_FILES]


def _walk(module: ModuleType, path: str) -> Any:
    found: Any = module
    for step in filter(None, path.split(".")):
        if not hasattr(found, step):
            names = [each for each in vars(module) if not each.startswith("_") and callable(vars(module)[each])]
            raise TargetError(f"{module.__name__} has no {step!r} ({', '.join(names[:20]) or 'nothing callable'})")
        found = getattr(found, step)
    return found


def _target(found: Any) -> Target:
    if inspect.isroutine(found):
        return Target({"": Method(found)})
    names = _public(found)
    if not names and callable(found):
        return Target({"": Method(found)})
    if not names:
        raise TargetError("has nothing to call: no function whose name does not begin with _")
    if len(names) > MAX_METHODS:
        raise TargetError(f"has {len(names)} methods, and {MAX_METHODS} are allowed at most")
    methods = {}
    for name in names:
        try:
            methods[name] = Method(getattr(found, name))
        except SignatureError as error:
            raise TargetError(f"{name}: {error}") from error
    return Target(methods, found if hasattr(found, "__aenter__") or hasattr(found, "__enter__") else None)


def _public(found: Any) -> list[str]:
    """Functions that a module defines itself (or lists in `__all__`), or methods of an object."""
    if inspect.ismodule(found):
        listed = getattr(found, "__all__", None)
        own = {name: value for name, value in vars(found).items() if inspect.isfunction(value)}
        if listed is not None:
            return [name for name in listed if name in own]
        return [name for name, value in own.items() if value.__module__ == found.__name__ and name[0] != "_"]
    names = [name for name in dir(found) if not name.startswith("_")]
    return [name for name in names if _is_method(inspect.getattr_static(found, name, None))]


def _is_method(found: object) -> bool:
    return inspect.isroutine(found) or isinstance(found, (staticmethod, classmethod))


def _reason(error: BaseException, folders: Sequence[str]) -> str:
    """One line: what was raised and where in the operator's files."""
    text = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_TEXT]
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{text} (looked for in {', '.join([*folders, 'what is installed'])}; bindings.path)"
    roots = [os.path.realpath(folder) for folder in folders]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(os.path.realpath(frame.filename).startswith(root + os.sep) for root in roots):
            return f"{text} ({Path(frame.filename).name}:{frame.lineno})"
    return text
