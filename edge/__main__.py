"""`python -m edge` is the command `edge`."""

from __future__ import annotations

from edge.cli.main import main

if __name__ == "__main__":
    main()
