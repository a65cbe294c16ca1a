"""The zygote's part in tests of cells: a program with V8 initialised, no isolate and one thread, that bears cells.

`python -m tests.support.cell_nursery FD [RUNTIME]`: FD is a Unix socket of sequenced packets; with RUNTIME, the file of
the runtime's snapshot, cells are born with an isolate of it.  Each request is one packet:

    b"c" or b"s" with a descriptor   a cell on that socket, as it is or sandboxed; answers its pid (8 bytes)
    b"w" and a pid (8 bytes)         waits for it to end; answers wait status and peak resident KiB (8 bytes each)
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys
from pathlib import Path

from edge.cell import base, main, preload, sandbox
from edge.cell.main import Birthright
from edge.cell.paper import Witness
from edge.engine import base_snapshots
from edge.engine.snapshot import Blob

NUMBER = struct.Struct("<q")


def bear(control: socket.socket, descriptor: int, birthright: Birthright, *, sandboxed: bool) -> None:
    pid = os.fork()
    if pid == 0:
        control.close()
        main.run_cell(socket.socket(fileno=descriptor), birthright, sandboxed=sandboxed)
    os.close(descriptor)
    control.send(NUMBER.pack(pid))


def made(runtime: Blob) -> Birthright:
    return Birthright(runtime, base.made(runtime, Witness()))


def serve(control: socket.socket, runtime: Path | None) -> None:
    preload.everything()
    sandbox.new_pid_namespaces_work()  # as the zygote does; loads what a cell cannot
    birthright = Birthright() if runtime is None else made(Blob(base_snapshots.read(runtime)))
    gc.collect()
    gc.freeze()
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not data:
            return
        if data[:1] == b"w":
            _, status, usage = os.wait4(NUMBER.unpack(data[1:])[0], 0)
            control.send(NUMBER.pack(status) + NUMBER.pack(usage.ru_maxrss))
        else:
            bear(control, descriptors[0], birthright, sandboxed=data == b"s")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
