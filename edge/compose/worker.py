"""`python -m edge.compose.worker CHANNEL PARENT`: a worker, as its parent starts it (edge.fleet.launch)."""

from __future__ import annotations

import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import trio

from edge.compose.listening import adopted
from edge.compose.place import Member
from edge.compose.serve import Start, serve
from edge.config.diff import live
from edge.engine.process import die_with_parent, name_process
from edge.errors import ConfigError, EdgeError
from edge.fleet.channel import Channel
from edge.fleet.messages import Begin, FromParent
from edge.gateway.source import ConfigSource
from edge.services.logs import configure

if TYPE_CHECKING:
    from edge.config.model import Config


def main() -> None:
    """Exit code 0 after a proper end, 1 when it cannot serve."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with_parent(parent)
    name_process("edge-worker")
    os.set_inheritable(descriptor, False)
    try:
        trio.run(partial(_work, socket.socket(fileno=descriptor)))
    except* EdgeError as errors:
        for error in _leaves(errors):
            _explain(error)
        sys.exit(1)


async def _work(sock: socket.socket) -> None:
    channel: Channel[FromParent] = Channel(sock, FromParent)
    try:
        begin = await channel.receive()
    except EOFError:
        return
    assert isinstance(begin, Begin)  # it is the first word
    structlog.contextvars.bind_contextvars(worker=begin.index)
    source = ConfigSource(
        file=Path(begin.file) if begin.file is not None else None,
        url=begin.url,
        folder=Path(begin.folder) if begin.folder is not None else None,
        sets=begin.sets,
    )
    config = await trio.to_thread.run_sync(_config, source, begin)
    configure(config.log.format, config.log.level)
    member = Member(channel, begin)
    with adopted(config, begin.sockets, owned=False) as listening:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_end_with_parent, member)
            await serve(
                Start(
                    *(source, config, begin.serving, listening.public, [listening.admin], member),
                    sandboxed=begin.sandboxed,
                )
            )
            nursery.cancel_scope.cancel()


def _config(source: ConfigSource, begin: Begin) -> Config:
    """What the other workers serve, with the keys that need a restart as they were when the gateway started."""
    return live(source.read(begin.started), source.read(begin.serving))[0]


async def _end_with_parent(member: Member) -> None:
    """A parent that is gone was killed: nobody could stop us any more."""
    await member.listen()
    os.kill(os.getpid(), signal.SIGKILL)


def _explain(error: BaseException) -> None:
    lines = error.problems if isinstance(error, ConfigError) else [f"edge: {error}"]
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _leaves(group: BaseExceptionGroup[EdgeError]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    main()
