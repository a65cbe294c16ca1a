"""Config structs of routes that the gateway answers itself: redirects, fixed answers, static files."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import AnswerStatus, RedirectStatus, about


class RedirectConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where clients are sent instead."""

    to: Annotated[
        str,
        about(
            "URL, or path on the same host, with the parameters of the route: `https://new.example.com/:rest`, "
            "`/users/:id`, `/search?q=:word`, `https://{host}/:rest` for the host of the request."
        ),
    ]
    status: Annotated[
        RedirectStatus,
        about("301, 302, 303, 307 or 308; 301 and 308 are kept by browsers, 307 and 308 keep the method."),
    ] = 302
    keep_query: Annotated[bool, about("Whether the query of the request goes along.")] = True


class RespondConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer that is always the same."""

    status: Annotated[AnswerStatus, about("Status, 200 to 599.")] = 200
    body: Annotated[str, about("Body; its type is `text/plain; charset=utf-8` when `headers` names no other.")] = ""
    headers: Annotated[dict[str, str], about("Headers.")] = field(default_factory=dict)


class StaticConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Files of a folder."""

    folder: Annotated[
        str,
        about("Folder, or a single file, relative to this file. What `*rest` of the path takes is looked for in it."),
    ]
    index: Annotated[list[str], about("Files that answer for folders, the first that is there.")] = field(
        default_factory=lambda: ["index.html"]
    )
    try_files: Annotated[
        list[str],
        about(
            "What is looked for, in order, `{path}` being the path in the folder: "
            '`["{path}", "/index.html"]` for an application that routes in the browser, '
            '`["{path}", "{path}.html"]` for addresses without an ending.'
        ),
    ] = field(default_factory=lambda: ["{path}"])
    not_found: Annotated[str, about("File of the folder that is the body of a 404, such as `404.html`.")] = ""
    cache_control: Annotated[
        str, about("`Cache-Control` of the answers; `no-cache` lets clients keep files and ask each time.")
    ] = "no-cache"
    precompressed: Annotated[
        bool, about("Whether `FILE.br`, `FILE.zst` and `FILE.gz` are sent instead to clients that take them.")
    ] = True
    hidden: Annotated[bool, about("Whether names that begin with a dot are served; `.well-known` always is.")] = False


def redirect_of(value: str | RedirectConfig) -> RedirectConfig:
    """Text alone says where to."""
    return RedirectConfig(to=value) if isinstance(value, str) else value


def static_of(value: str | StaticConfig) -> StaticConfig:
    """Text alone names the folder."""
    return StaticConfig(folder=value) if isinstance(value, str) else value
