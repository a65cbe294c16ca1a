"""Starting the process of a binding."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

PROGRAM = "edge.services.python.worker"
_OURS = ("EDGE_ADMIN_TOKEN", "EDGE_SECRETS_KEY")
"""Variables of the gateway that are nobody else's business."""


def launch(loop: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process and our end of its socket.  Raises OSError.

    In a session of its own: a terminal's signals are for the gateway.  What it prints goes to standard error.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", PROGRAM, str(theirs.fileno()), loop],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                env={**{name: text for name, text in os.environ.items() if name not in _OURS}, "PYTHONPATH": paths},
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
    return process, ours
