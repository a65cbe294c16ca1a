"""All cases deployed beside a neighbour: a folder of packages and one config."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from edge.corpus.faults.package import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.corpus.faults.case import Case

NEIGHBOUR = "neighbour"
GREETING = b"hello"
"""What the neighbour answers."""
MEMORY = 64 << 20
"""Bytes that every function may use."""
SOFT = 1.0
"""Seconds of wall clock and of CPU time that every function has."""

_NEIGHBOUR = f"export default {{ fetch: () => new Response({json.dumps(GREETING.decode())}) }};\n"
_CONFIG = """\
[engine]
memory = {memory}
timeout = "{soft}s"
cpu = "{soft}s"

[packages]
root = "functions"

[storage]
data_dir = "data"

[egress]
allow = ["public", {{ host = "127.0.0.1", port = {port}, private = true }}]

[log]
format = "json"
"""
_FUNCTION = """
[functions.{name}]

[[routes]]
path = "/{name}"
function = "{name}"
"""


class Origin(NamedTuple):
    """A server that functions may fetch from."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://{self.host}:{self.port}"


def function_name(number: int) -> str:
    """Of the case with this number; cases' own names need not be names of functions."""
    return f"case-{number}"


def deploy(folder: Path, cases: Sequence[Case], origin: Origin) -> Path:
    """Write packages and config into `folder`; answers the config's path."""
    _write(folder / "functions" / NEIGHBOUR / "index.mjs", _NEIGHBOUR.encode())
    for number, case in enumerate(cases):
        for path, content in files(case, origin.url).items():
            _write(folder / "functions" / function_name(number) / path, content)
    names = [NEIGHBOUR, *map(function_name, range(len(cases)))]
    config = folder / "edge.toml"
    head = _CONFIG.format(memory=MEMORY, soft=SOFT, port=origin.port)
    config.write_text(head + "".join(_FUNCTION.format(name=name) for name in names), encoding="utf-8")
    return config


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
