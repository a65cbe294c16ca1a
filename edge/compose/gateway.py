"""A gateway from its start to its end: one process, or a parent with workers."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import structlog
import trio

from edge.compose.life import Life, Options
from edge.compose.listening import Listening, open_listening
from edge.compose.place import Alone
from edge.compose.signals import Signals
from edge.errors import OutsideError
from edge.fleet.activation import activated
from edge.fleet.cores import cores
from edge.fleet.handover import take_over
from edge.fleet.messages import Begin
from edge.fleet.notify import notifier_of
from edge.fleet.parent import Parent
from edge.services.logs import configure
from edge.supervisor import zygote_start

if TYPE_CHECKING:
    from pathlib import Path

    from edge.config.model import Config

log = structlog.get_logger()


async def run_gateway(options: Options) -> None:
    """Serve until SIGTERM or SIGINT.  Raises ConfigError, OutsideError (an address that cannot be bound)."""
    content = await trio.to_thread.run_sync(options.source.content)
    config = await trio.to_thread.run_sync(options.source.read, content)
    if options.logs is None:
        configure(config.log.format, config.log.level)
    else:
        options.logs(config)
    for warning in config.origin.warnings:
        log.warning("config", warning=warning)
    folder = config.path(config.storage.data_dir)
    notifier = notifier_of(os.environ, os.getpid(), successor=options.take_over)
    given = activated(os.environ, os.getpid())
    succession = await take_over(folder) if options.take_over else None
    if options.take_over and succession is None:
        log.info("nobody_to_take_over_from")
    taken = succession.sockets if succession is not None else []
    of_systemd = [each for each in taken if not each.text]  # the gateway before us was given them
    _check_writable(options.ready_file)
    with open_listening(config, given or of_systemd, [each for each in taken if each.text]) as listening:
        if succession is not None and not listening.taken and not of_systemd:
            log.warning("not_taken_over", reason="the gateway in this data folder listens on other addresses")
            await succession.abandon()
            succession = None
        async with trio.open_nursery() as nursery:
            life = Life(options, folder, listening, notifier, succession, nursery)
            workers = cores() if config.server.workers == "auto" else config.server.workers
            if workers == 1:
                await _alone(options, config, content, listening, life)
            else:
                await _with_workers(options, content, workers, listening, life)
            nursery.cancel_scope.cancel()


def _check_writable(file: Path | None) -> None:
    """The ready file is written when it is too late for an error.  Raises OutsideError."""
    if file is not None and not os.access(file.parent, os.W_OK):
        raise OutsideError(f"--ready-file {file} cannot be written", hint="its folder does not exist, or is read-only")


async def _alone(options: Options, config: Config, content: bytes | None, listening: Listening, life: Life) -> None:
    from edge.compose.serve import Start, serve  # noqa: PLC0415 - a parent of workers does without

    place = Alone(life)

    async def leave() -> None:
        place.signals.leave()

    life.leave = leave
    await serve(
        Start(
            *(options.source, config, content, listening.public, [listening.admin], place),
            sandboxed=options.sandboxed,
            quick=options.quick,
        )
    )


async def _with_workers(
    options: Options, content: bytes | None, workers: int, listening: Listening, life: Life
) -> None:
    zygote_start.discard()  # each worker has one of its own
    source = options.source
    begin = Begin(
        *(0, workers, listening.inherited()),
        file=str(source.file) if source.file is not None else None,
        url=source.url,
        folder=str(source.folder) if source.folder is not None else None,
        sets=source.sets,
        started=content,
        serving=content,
        sandboxed=options.sandboxed,
    )
    parent = Parent(begin, life.ready, listening.close)
    life.leave = parent.leave
    signals = Signals()

    async def reload() -> None:
        with life.reloading():
            await parent.reload()

    async with trio.open_nursery() as nursery:
        await nursery.start(signals.listen, reload, life.upgrade, nursery)
        nursery.start_soon(partial(_stop, signals, parent, life))
        await parent.run()
        nursery.cancel_scope.cancel()


async def _stop(signals: Signals, parent: Parent, life: Life) -> None:
    await signals.stop.wait()
    life.stopping()
    parent.stop()
    await signals.hurry.wait()
    parent.stop()
