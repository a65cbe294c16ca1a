"""How much memory a cell may have.  Pure; all sizes in bytes.

Two limits hold a function to its memory.  V8's own, for the heap of each isolate, is met first by objects, strings
and machine code, and ends an invocation gently.  The kernel's, RLIMIT_DATA, is for the whole process, also for
buffers, WebAssembly and what V8 needs besides its heaps: buffers meet it as a RangeError, a heap as the end of the
process.  Measured with V8 14.4: 85 % of 32, 64, 128 and 256 MiB can be in use as objects or as buffers.
"""

from __future__ import annotations

from edge.units import MIB

HEAP_EXTRA = 8 * MIB
"""By how much V8 may exceed the memory of a function: it counts what it copies within, and does not count exactly."""

SLACK = 12 * MIB
"""What V8 maps at the limit of a heap and does not count: pages that are partly used, tables, spaces to copy to."""

ISOLATE = 4 * MIB
"""A fresh isolate: 1.5 MiB of stack, 1.7 MiB of heap, its share of tables."""


def heap_limit(memory: int) -> int:
    """The heap limit of an isolate of a function with so much memory."""
    return memory + HEAP_EXTRA


def data_limit(base: int, memory: int, isolates: int, spare: int = 1) -> int:
    """RLIMIT_DATA of a cell with so many isolates in use, and so many kept ready.

    The kernel counts private memory from the moment it is writable, whether it is touched or not, and refuses more
    with ENOMEM.  It counts:

    - `base`: what the cell had when it had made the first isolate of its function, and had run nothing.  Measured
      (VmData), as half of it is what libraries and the code range of V8 reserve, which differs between machines.
      While a cell gets its function, `base_with_blob` stands for it.
    - `memory` for each isolate in use: what the function was promised.  One that rests in an invocation still
      holds its memory, so those are counted, not those that run.  None in use counts as one: a cell at rest is
      ready for the next.
    - `ISOLATE` for each that is made beside the first, also the next one to be ready.
    - `SLACK`.

    Machine code can fill what `base` has reserved of the code range without being counted again: the range that a
    cell keeps (edge.cell.limits) adds to what a hostile function can hold.
    """
    used = max(isolates, 1)
    return base + memory * used + ISOLATE * (used + spare - 1) + SLACK


def base_with_blob(base: int, blob: int) -> int:
    """Of a cell that is about to receive a snapshot: as the bytes of a message, and where V8 reads it."""
    return base + 2 * blob
