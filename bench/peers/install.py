"""Makes the npm packages of bench/peers ready in `build/peers`: `python -m bench.peers.install [--relock]`."""

from __future__ import annotations

import sys
from pathlib import Path

from edge.errors import InternalError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).resolve().parent
FOLDER = ROOT / "build" / "peers"
MODULES = FOLDER / "node_modules"


def install(*, relock: bool = False) -> Path:
    """The folder of the packages.  Raises InternalError where they cannot be had."""
    sys.path.insert(0, str(ROOT))
    try:
        from hatch_build import BuildError, Node, NpmFolder  # noqa: PLC0415 - of the source tree
    except ImportError as error:
        raise InternalError("the peers are measured from the source tree: bench/peers says how") from error
    packages = NpmFolder(SOURCES, FOLDER)
    try:
        with packages.locked():
            if relock:
                packages.relock(Node())
            packages.install(Node())
    except BuildError as error:
        raise InternalError(f"the peers cannot be installed: {error}") from error
    return MODULES


def node() -> Path:
    """The Node that the project builds its runtime with.  Raises InternalError."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import Node  # noqa: PLC0415 - of the source tree

    return Node().node


if __name__ == "__main__":
    sys.stdout.write(f"{install(relock='--relock' in sys.argv)}\n")
