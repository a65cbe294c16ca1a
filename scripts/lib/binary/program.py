"""What the launcher starts: `python3 -I program.py PATH [ARGUMENT]...`, PATH being the executable that was called.

The command is known by that path, so that SIGUSR2 starts what is there by then: a new version.
"""

from __future__ import annotations

import sys

from edge.cli.main import main

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    main()
