"""The zygote's part in tests of cells: a program with V8 initialised, no isolate and one thread, that bears cells.

`python -m tests.support.cell_nursery FD`: FD is a Unix socket of sequenced packets.  Each request is one packet:

    b"c" or b"s" with a descriptor   a cell on that socket, as it is or sandboxed; answers its pid (8 bytes)
    b"w" and a pid (8 bytes)         waits for it to end; answers wait status and peak resident KiB (8 bytes each)
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys

from edge.cell import main, preload, sandbox

NUMBER = struct.Struct("<q")


def bear(control: socket.socket, descriptor: int, *, sandboxed: bool) -> None:
    pid = os.fork()
    if pid == 0:
        control.close()
        main.run_cell(socket.socket(fileno=descriptor), sandboxed)
    os.close(descriptor)
    control.send(NUMBER.pack(pid))


def serve(control: socket.socket) -> None:
    preload.everything()
    sandbox.new_pid_namespaces_work()  # as the zygote does; loads what a cell cannot
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
            bear(control, descriptors[0], sandboxed=data == b"s")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
