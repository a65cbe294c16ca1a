"""`./scripts/corpus NAME FILE`: a line per failed case, and last `N passed, N failed`."""

from __future__ import annotations

import importlib
import sys

# name -> module with `main(arguments) -> exit code`; loaded when asked for
RUNNERS = {"egress": "edge.corpus.egress", "faults": "edge.corpus.faults.command", "http": "edge.corpus.http.command"}


def main(arguments: list[str]) -> int:
    """Exit code 0 when every case passed, 1 when one failed, 2 for wrong usage."""
    if not arguments or arguments[0] not in RUNNERS:
        sys.stderr.write(f"usage: ./scripts/corpus {'|'.join(RUNNERS)} FILE [OPTIONS]\n")
        return 2
    try:
        runner = importlib.import_module(RUNNERS[arguments[0]])
    except ModuleNotFoundError as error:
        sys.stderr.write(f"the module {error.name} is missing: install edge-gateway[test]\n")
        return 2
    return int(runner.main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
