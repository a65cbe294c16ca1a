"""What a package's code asks for, as far as its text says it: modules of Node, hosts, variables.

For people who review a change.  It is a reading aid and no boundary: names that are put together when the code runs
are not seen.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from edge.packages.module_kind import file_of
from edge.packages.package_json import from_mounted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.packages.bundle import Bundle
    from edge.packages.graph import Graph

MAX_NAMES: Final = 200
"""Of each kind."""
_MAX_HOST: Final = 253
# Right behind a quote: what stands in comments, such as the addresses of licences, is no host that is asked.
_HOST: Final = re.compile(
    r"""["'`](?:https?|wss?)://(?:[^\s"'`/@\\]*@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?=[:/?#"'`])"""
)
_VARIABLE: Final = re.compile(r"""\bprocess\.env(?:\.([A-Za-z_]\w*)|\[\s*["'`]([A-Za-z_]\w*)["'`]\s*\])""")


class Capabilities(msgspec.Struct, frozen=True):
    """Sorted; at most MAX_NAMES of each."""

    modules: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def capabilities(bundle: Bundle, graph: Graph) -> Capabilities:
    """Of the modules that the entry reaches by names that are written out."""
    builtins: set[str] = set()
    hosts: set[str] = set()
    variables: set[str] = set()
    for module in graph.modules:
        if module.late:
            continue
        builtins |= {link.builtin for table in (module.imports, module.requires) for link in table.values()}
        if module.kind.is_code:
            source = bundle.text(from_mounted(file_of(module.path)) or "")
            hosts |= {host.lower() for host in _HOST.findall(source) if len(host) <= _MAX_HOST}
            variables |= {dotted or quoted for dotted, quoted in _VARIABLE.findall(source)}
    return Capabilities(_first(builtins - {""}), _first(hosts), _first(variables))


def _first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(sorted(names), MAX_NAMES))
