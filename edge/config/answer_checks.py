"""Checks of redirects, fixed answers and static folders."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from edge.config.answer_model import static_of
from edge.config.pattern import path_parameters, shape_matches
from edge.config.problems import Problem
from edge.config.redirect_syntax import parse_redirect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.answer_model import RedirectConfig, RespondConfig, StaticConfig
    from edge.config.keypath import KeyPath
    from edge.config.model import Config
    from edge.config.route_model import Route

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8000}")
_OURS: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer",
        "content-length", "date",
    }
)  # fmt: skip
REDIRECTS: Final = (301, 302, 303, 307, 308)
_BODILESS: Final = frozenset({204, 205, 304})
_BASE: Final = "/0/1/2/3/4/5/6/7/8/9"  # stands for the folder of the config
_READABLE: Final = ("GET", "HEAD")


def check_redirect(redirect: RedirectConfig, route: Route, path: KeyPath) -> Iterator[Problem]:
    """What is wrong with where a route leads."""
    if redirect.status not in REDIRECTS:
        allowed = ", ".join(map(str, REDIRECTS))
        yield Problem((*path, "status"), f"{redirect.status} is no redirect ({allowed})")
    try:
        names = path_parameters(route.path)
        target = parse_redirect(redirect.to, names)
    except ValueError as error:
        yield Problem(path, str(error), ((*path[:-1], "path"),))
        return
    same = not target.scheme or (target.same_host and route.scheme in (None, target.scheme))
    here = same and not route.methods and not route.headers
    sample = target.location(dict.fromkeys(names, "x"), "")
    if here and sample is not None and shape_matches(route.path, _path_of(sample)):
        yield Problem(path, f"{redirect.to[:60]!r} leads back to this route, for ever (another path)")


def _path_of(url: str) -> str:
    return re.sub(r"\Ahttps?://[^/]*", "", re.split(r"[?#]", url)[0])


def check_respond(respond: RespondConfig, path: KeyPath) -> Iterator[Problem]:
    """What is wrong with a fixed answer."""
    if respond.body and respond.status in _BODILESS:
        yield Problem((*path, "body"), f"{respond.status} has no body (leave it out)")
    seen: set[str] = set()
    for name, value in respond.headers.items():
        if not _NAME.fullmatch(name):
            yield Problem((*path, "headers", name), "is not the name of a header (content-type)")
        elif name.lower() in _OURS or name.lower().startswith("edge-"):
            yield Problem((*path, "headers", name), "is for the gateway to say (leave it out)")
        elif name.lower() in seen:
            yield Problem((*path, "headers", name), "is there twice (case makes no difference)")
        if not _VALUE.fullmatch(value) or value != value.strip():
            yield Problem((*path, "headers", name), "cannot be sent (latin-1 without control characters)")
        seen.add(name.lower())


def check_static(static: StaticConfig, route: Route, path: KeyPath) -> Iterator[Problem]:
    """What is wrong with a folder, as far as its text says."""
    if not static.folder or "\0" in static.folder:
        yield Problem((*path, "folder"), "is not a folder (a path relative to this file)")
    yield from _check_names(static, path)
    if not _VALUE.fullmatch(static.cache_control) or static.cache_control != static.cache_control.strip():
        yield Problem((*path, "cache_control"), "cannot be sent (max-age=3600)")
    for number, method in enumerate(route.methods):
        if method not in _READABLE:
            yield Problem((*path[:-1], "methods", number), f"files are only read ({', '.join(_READABLE)})")


def check_published(config: Config) -> Iterator[Problem]:
    """Folders that hold what is nobody's business: the config, keys, data, the code of functions."""
    private = {
        "this file": posixpath.basename(config.origin.file) or "edge.toml",
        "packages.root": config.packages.root,
        "storage.data_dir": config.storage.data_dir,
        "storage.secrets_key_file": config.storage.secrets_key_file,
        "admin.token_file": config.admin.token_file,
        "server.tls.key": config.server.tls.key,
    }
    for number, route in enumerate(config.routes):
        static = static_of(route.static or "")
        named = [name for name, text in private.items() if text and static.folder and _publishes(static, text)]
        if named:
            what = f"{static.folder[:60]!r} would publish {named[0]} (a folder for files that everybody may have)"
            yield Problem(("routes", number, "static"), what)


def _publishes(static: StaticConfig, text: str) -> bool:
    """Whether a path lies in the folder, under names that are served."""
    folder, path = (posixpath.normpath(posixpath.join(_BASE, one)) for one in (static.folder, text))
    if path != folder and not path.startswith(folder.rstrip("/") + "/"):
        return False
    below = path[len(folder) :].strip("/").split("/")
    return static.hidden or not any(part.startswith(".") for part in below)


def _check_names(static: StaticConfig, path: KeyPath) -> Iterator[Problem]:
    for number, name in enumerate(static.index):
        if not name or "/" in name or name in (".", ".."):
            yield Problem((*path, "index", number), f"{name[:60]!r} is not the name of a file (index.html)")
    for number, pattern in enumerate(static.try_files):
        if pattern != "{path}" and not _inside(pattern.replace("{path}", "x")):
            yield Problem((*path, "try_files", number), f"{pattern[:60]!r} is not a path in the folder ({{path}}.html)")
    if not static.try_files:
        yield Problem((*path, "try_files"), 'is empty (["{path}"])')
    if static.not_found and not _inside(static.not_found):
        yield Problem((*path, "not_found"), f"{static.not_found[:60]!r} is not a file of the folder (404.html)")


def _inside(text: str) -> bool:
    parts = PurePosixPath(text).parts
    return bool(text.strip("/")) and ".." not in parts and "\0" not in text and "{" not in text
