"""The isolate that every cell is born with: made in the zygote, rehearsed, and inherited with an image of it.

So a cell need not make one from a snapshot, nor an image of that, which takes 10 ms: what it lacks is the function, and
the top level of a small package runs in less time than a snapshot is read.  Memory that is not written is shared by all
cells.  What is the same in all of them, besides, is what the zygote's children have in common anyway, the layout of
memory, and the seed of V8's hash tables; the zygote is replaced now and then (edge.supervisor.zygote).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edge.cell import limits, own_memory
from edge.cell.hosted import out_of_memory_handler
from edge.cell.image import Image, ImageError
from edge.cell.paper import Paper, Witness
from edge.engine import bundles, evaluation, snapshot, v8_driver
from edge.engine.direct_isolate import DirectIsolate
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.errors import EngineCrashError, SandboxError

if TYPE_CHECKING:
    from edge.cell.own_memory import OwnMemory
    from edge.engine.snapshot import Blob

CONTRACTS = ("express", "web", "event")

REHEARSAL_TURNS = 3
"""In which a rehearsed invocation ends.  One is enough: after more of them, V8 counts the runtime's functions as hot,
and optimises them in each invocation anew."""

LEAST, MOST = evaluation.LEAST, evaluation.MOST + evaluation.MOST // 32
"""Heap limits, in bytes, of functions that it is fit for: the spaces of young objects are those of the smallest."""


class Base:
    """Made by `made`, in a process with one thread and no other isolate.  In a child, `inherited` comes first."""

    def __init__(self, isolate: DirectIsolate, image: Image, memory: OwnMemory) -> None:
        self.isolate = isolate
        self.image = image
        self.memory = memory

    def inherited(self, witness: Witness) -> None:
        """This process has it from its parent."""
        self.image.inherited(witness)

    @staticmethod
    def fits(memory: int) -> bool:
        """Whether it can be the isolate of a function with this heap limit."""
        return LEAST <= memory <= MOST


def made(runtime: Blob, witness: Witness) -> Base | None:
    """Blocks for some 50 ms; None where it cannot be had, and all is as it was."""
    memory = own_memory.known()
    if memory is None or v8_driver.driver() is None or witness.pages < 0:
        return None
    try:
        paper = Paper()
    except OSError:
        return None
    try:
        isolate = DirectIsolate(runtime, memory=MOST, least=LEAST)
        isolate.on_out_of_memory(out_of_memory_handler)
        limits.trim_code_range()  # the first isolate has reserved it
        _rehearse(isolate)
        return Base(isolate, Image.take(paper, witness, memory, shared=True), memory)
    except (EngineCrashError, SandboxError, ImageError):
        paper.discard()
        return None


def _rehearse(isolate: DirectIsolate) -> None:
    """An invocation of each contract: what runs once in the image need not be prepared in each invocation."""
    isolate.begin(lambda: RUNTIME_OPS)
    isolate.command("chunks", json.dumps(bundles.chunks()))
    with snapshot.compiling_ahead():
        for contract in CONTRACTS:
            isolate.command("rehearse", contract)
            for _ in range(REHEARSAL_TURNS):
                isolate.turn(b"")
    isolate.command("chunks", "")
    isolate.forget_random()
