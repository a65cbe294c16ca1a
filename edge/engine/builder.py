"""The zygote of builds: a process with V8 up and no isolate, that forks a child for each build.

Started as `python -m edge.engine.builder FD RUNTIME_BLOB TRANSFORM_BLOB`.  Each message on FD carries one
descriptor: the socket over which a child of ours will speak (see `builder_child.py`).  The zygote holds no
secret, no tenant's code and nothing open but FD.
"""

from __future__ import annotations

import gc
import os
import pathlib
import signal
import socket
import sys

from edge.engine import base_snapshots, bundles, dll
from edge.engine.builder_child import serve_build
from edge.engine.process import die_with_parent
from edge.engine.snapshot import Blob
from edge.engine.transform import Transformer


def main(control: int, runtime_path: str, transform_path: str) -> None:
    """Fork a child for each socket that arrives, until the other side closes."""
    parent = os.getppid()
    die_with_parent(parent)
    dll.library()
    bundles.bundle("transform")
    bundles.chunks()
    runtime = Blob(base_snapshots.read(pathlib.Path(runtime_path)))
    transform = Blob(base_snapshots.read(pathlib.Path(transform_path)))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children reap themselves
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the gateway's to handle
    channel = socket.socket(fileno=control)
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not message:
            return
        for descriptor in descriptors:
            _fork(channel, descriptor, runtime, Transformer(transform))
            os.close(descriptor)


def _fork(channel: socket.socket, descriptor: int, runtime: Blob, transformer: Transformer) -> None:
    zygote = os.getpid()
    if os.fork():
        return
    try:
        die_with_parent(zygote)
        channel.close()
        with socket.socket(fileno=descriptor) as work:
            serve_build(work, runtime, transformer)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
