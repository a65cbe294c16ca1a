"""Config structs about answers: how they are compressed and kept."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import Age, Coding, EntrySize, Patience, Size, about
from edge.units import KIB, MIB


class CompressionConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How answers are compressed, on routes that have it."""

    enabled: Annotated[bool, about("Whether routes compress that say nothing themselves.")] = False
    codings: Annotated[
        list[Coding], about("What is offered, the best first; it counts when a client likes several as much.")
    ] = field(default_factory=lambda: ["zstd", "br", "gzip"])
    min_size: Annotated[Size, about("Answers that are known to be smaller are sent as they are.")] = 1 * KIB
    types: Annotated[
        list[str],
        about(
            "Media types that are compressed, `*` at either end stands for anything (`text/*`, `*+json`); when empty "
            "those of texts, JSON, XML, scripts, WebAssembly, SVG and fonts."
        ),
    ] = field(default_factory=list)


class CacheConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The store of routes with `cache` and of functions' `caches`."""

    size: Annotated[Size, about("Disk space of all entries; those that were not used for longest go first.")] = (
        256 * MIB
    )
    max_entry: Annotated[EntrySize, about("Largest answer that is kept.")] = 8 * MIB


class RouteCache(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Answers that are kept for others, as `Cache-Control` says (RFC 9111, as a shared cache)."""

    default_ttl: Annotated[
        Age, about("How long an answer is fresh that says nothing itself, when its status allows that. 0 keeps none.")
    ] = 0.0
    heuristic: Annotated[
        bool, about("Whether an answer that has only `Last-Modified` is fresh for a tenth of its age, a day at most.")
    ] = False
    stale_while_revalidate: Annotated[
        Age, about("How long a stale answer is given while it is made anew, when it says nothing itself.")
    ] = 0.0
    stale_if_error: Annotated[
        Age, about("How long a stale answer is given when the function fails, when it says nothing itself.")
    ] = 0.0
    key_headers: Annotated[
        list[str], about("Request headers that tell answers apart, beside host, path, query and `Vary`.")
    ] = field(default_factory=list)
    ignore_query: Annotated[
        list[str],
        about(
            "Query parameters that do not tell answers apart, `*` at the end stands for anything (`utm_*`). The "
            "function does not see them."
        ),
    ] = field(default_factory=list)
    client_control: Annotated[
        bool, about("Whether clients may ask for a fresh answer (`Cache-Control: no-cache` and others of requests).")
    ] = False
    across_deploys: Annotated[bool, about("Whether answers of an older version of the function are used.")] = False
    coalesce: Annotated[
        bool,
        about(
            "Whether requests for the same thing wait for the answer of the first, when that turns out to be for all."
        ),
    ] = False
    coalesce_wait: Annotated[Patience, about("How long they wait at most before they run on their own.")] = 5.0
