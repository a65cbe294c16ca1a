"""A new package: the files that `edge init` writes, from `edge/templates` and `edge/types`."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Literal

from edge.config.function_checks import check_function_name
from edge.errors import CallerError

if TYPE_CHECKING:
    from pathlib import Path

Template = Literal["express", "web", "event"]
Language = Literal["typescript", "javascript"]

TYPES = "types/edge"
_SHARED = ("function.toml", "tsconfig.json", "README.md")
_TESTS: dict[Language, str] = {"typescript": "index.test.ts", "javascript": "index.test.mjs"}
_EXTENSIONS: dict[Language, str] = {"typescript": "ts", "javascript": "js"}


def new_package(name: str, template: Template, language: Language) -> dict[str, str]:
    """Text by path, in the order in which people look at them.  Raises CallerError for a name that cannot be one."""
    problem = check_function_name(name)
    if problem is not None:
        raise CallerError(f"the folder's name is the function's name, and {problem}", hint="name the folder otherwise")
    main = f"index.{_EXTENSIONS[language]}"
    module = template == "web" or language == "typescript"
    manifest = {"name": _package_name(name), "private": True, **({"type": "module"} if module else {}), "main": main}
    files = {main: _read(f"templates/{template}/{main}"), "package.json": f"{json.dumps(manifest, indent=2)}\n"}
    test = _TESTS[language]
    shared = (test, *_SHARED)
    files |= {path: _filled(_read(f"templates/all/{path}"), name=name, main=main, test=test) for path in shared}
    return files | declarations()


def declarations() -> dict[str, str]:
    """What the editor needs to know what a function finds."""
    names = sorted(entry.name for entry in (resources.files("edge") / "types").iterdir() if entry.name.endswith(".ts"))
    return {f"{TYPES}/{name}": _read(f"types/{name}") for name in names}


def write_package(folder: Path, files: dict[str, str], *, overwrite: bool = False) -> None:
    """Write the files.  Raises CallerError before the first when one is there already that may not be overwritten."""
    there = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if there and not overwrite:
        more = f" and {len(there) - 3} more files are" if len(there) > 3 else " is" if len(there) == 1 else " are"
        raise CallerError(f"{', '.join(str(folder / path) for path in there[:3])}{more} there already")
    try:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CallerError(f"{error.filename} cannot be written: {error.strerror}") from error


def _read(path: str) -> str:
    return (resources.files("edge") / path).read_text(encoding="utf-8")


def _filled(text: str, **values: str) -> str:
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _package_name(name: str) -> str:
    """A name that npm takes, too."""
    return re.sub(r"[^a-z0-9._-]", "-", name.lower())
