"""`edge dev`."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.cli.dev_keys import HELP, Keys
from edge.cli.options import colors, config_source, default_config, sets_option, setting
from edge.cli.packages import is_package, place_of
from edge.errors import OutsideError
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    import trio

    from edge.config.model import Config

PORT, ADMIN_PORT = 8080, 9090
_NEXT = 20
"""Ports that are tried when the first is in use and none was asked for."""
_LOCAL = "127.0.0.1"
_JUST_NOW = 30.0  # seconds
_MAX_FILES = 5000


@click.command(epilog="Example: edge dev functions/hello --port 3000")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--config", "-c", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Serve a config.")
@click.option("--port", "-p", type=click.IntRange(0, 65535), help="Port on 127.0.0.1 (default: 8080, or the next).")
@click.option("--listen", multiple=True, metavar="ADDR", help="Public address, in place of --port.")
@click.option("--admin", metavar="ADDR", help="Admin address (default: 127.0.0.1:9090, or a free port).")
@click.option("--env", multiple=True, metavar="K=V", help="A variable of the gateway: secrets are taken from these.")
@click.option("--engine", type=click.Choice(["cells", "embedded"]), help="Where isolates run.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="As of `edge serve`.")
@click.option("--insecure-no-sandbox", is_flag=True, help="As of `edge serve`.")
@sets_option
def command(
    folder: Path | None,
    config: Path | None,
    port: int | None,
    listen: tuple[str, ...],
    admin: str | None,
    env: tuple[str, ...],
    engine: str | None,
    ready_file: Path | None,
    sets: tuple[str, ...],
    *,
    insecure_no_sandbox: bool,
) -> None:
    """Serve a function, or a folder of them, while you work on it: what is saved serves at once.

    DIR is the folder of one function, which gets every path, or a folder of functions, each served at /NAME; or a
    folder with an edge.toml. Errors show the code that they are about, here and in the answer. What functions keep in
    KV is in .edge (storage.data_dir) of the folder that you are in, and stays for the next time. Keys: s runs scheduled
    functions, r reloads, q quits.
    """
    import trio  # not needed for --help

    if port is not None and listen:
        raise click.UsageError("--port and --listen exclude each other")
    public = list(listen) or [_address(port, PORT)]
    own = (
        *setting("server.listen", json.dumps(public)),
        *setting("admin.listen", admin or _address(None, ADMIN_PORT)),
        *setting("engine.mode", engine),
        *("server.workers=1", "log.expose_errors=true"),
    )
    source = _source(folder, config, (*own, *sets))
    environ = {**source.environ, **_variables(env)}
    source = ConfigSource(source.file, source.url, source.folder, source.package, source.sets, environ)
    trio.run(partial(_serve, source, ready_file, sandboxed=not insecure_no_sandbox))


def _variables(env: tuple[str, ...]) -> dict[str, str]:
    from edge.cli.invoke import pairs

    return dict(pairs(env, "=", "--env"))


def _source(folder: Path | None, config: Path | None, sets: tuple[str, ...]) -> ConfigSource:
    """One function, a config, or a folder of functions.  Raises click.UsageError."""
    if config is not None:
        if folder is not None:
            raise click.UsageError("DIR and --config exclude each other: the config names its functions itself")
        return config_source(config, sets)
    root = (folder or Path()).resolve()
    if not root.is_dir():
        raise click.UsageError(f"{folder} is a file: give the folder of its package")
    if is_package(root):
        return ConfigSource(package=root, sets=sets)
    found = root / "edge.toml" if folder is not None else default_config()
    if found is not None and found.is_file():
        return config_source(found, sets)
    if any(entry.is_dir() and is_package(entry) for entry in root.iterdir()):
        return ConfigSource(folder=folder or Path(), sets=sets)
    raise click.UsageError(
        f"there is no function in {folder or 'this folder'}: no package.json, index.js, index.ts or the like, neither "
        f"in it nor in a folder in it. `edge init {folder or 'NAME'}` writes one"
    )


def _address(asked: int | None, usual: int) -> str:
    """The port that was asked for; the usual one, or the next that nobody has."""
    if asked is not None:
        return f"{_LOCAL}:{asked}"
    for port in range(usual, usual + _NEXT):
        if _is_free(port):
            if port != usual:
                click.echo(f"edge: port {usual} is in use, so {port} it is", err=True)
            return f"{_LOCAL}:{port}"
    return f"{_LOCAL}:0"


def _is_free(port: int) -> bool:
    from edge.gateway.listeners import bind

    try:
        [listener] = bind([f"{_LOCAL}:{port}"])
    except OutsideError:
        return False
    listener.close()
    return True


async def _serve(source: ConfigSource, ready_file: Path | None, *, sandboxed: bool) -> None:
    import trio

    from edge.compose.gateway import run_gateway
    from edge.compose.life import Options

    folders = _Folders(source)
    async with trio.open_nursery() as nursery:
        options = Options(
            *(source, partial(click.echo, err=True), ready_file),
            sandboxed=sandboxed,
            quick=True,
            logs=partial(_log, folders),
            serving=partial(_tell, folders, nursery),
        )
        await run_gateway(options)
        nursery.cancel_scope.cancel()


def _log(folders: _Folders, config: Config) -> None:
    from edge.cli.dev_log import DevLog
    from edge.services.logs import configure

    folders.config = config
    line = DevLog(folders.read, folders.saved, colors=bool(colors(sys.stderr))).line
    configure("console", config.log.level, line=line)


def _tell(folders: _Folders, nursery: trio.Nursery, listen: list[str], admin: str) -> None:
    """What is there, once everything answers."""
    for base in listen:
        for path, name in folders.served():
            click.echo(f"  {click.style(base + path, fg='cyan', bold=True)}  {name}", err=True)
    data = folders.config.path(folders.config.storage.data_dir) if folders.config else Path()
    click.echo(click.style(f"  data (KV) in {data}, schedules at {admin}/schedules; {HELP}", dim=True), err=True)
    nursery.start_soon(Keys(admin).run)


class _Folders:
    """Where the sources of functions are.  `config` is what serves from the start."""

    def __init__(self, source: ConfigSource) -> None:
        self._source = source
        self.config: Config | None = None

    def served(self) -> list[tuple[str, str]]:
        """Paths and the functions behind them."""
        if self._source.package is not None:
            return [("/", place_of(self._source.package).name)]
        if self._source.folder is not None:
            config = self._source.read()
            return [(f"/{name}", name) for name in config.functions]
        return [(route.path, route.function or "") for route in self.config.routes] if self.config else []

    def _folder(self, name: str) -> Path | None:
        if self._source.package is not None:
            return self._source.package
        if self._source.folder is not None:
            return self._source.folder / name
        if self.config is None or name not in self.config.functions:
            return None
        return self.config.path(self.config.packages.root) / (self.config.functions[name].package or name)

    def read(self, name: str, path: str) -> str | None:
        """The source of a file of a function, for code frames."""
        folder = self._folder(name)
        try:
            file = (folder / path).resolve() if folder is not None else None
            if file is None or folder is None or not file.is_relative_to(folder.resolve()):
                return None
            return file.read_text("utf-8", "replace")
        except OSError:
            return None

    def saved(self, name: str) -> float | None:
        """How many seconds ago a file of the function was written, when that was just now."""
        folder = self._folder(name)
        newest = _newest(folder) if folder is not None else 0.0
        ago = time.time() - newest
        return ago if 0 <= ago < _JUST_NOW else None


def _newest(folder: Path) -> float:
    """When a file below a folder was written last (s, Unix epoch); without those of dependencies and hidden ones."""
    newest, left = 0.0, _MAX_FILES
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules" and not name.startswith(".")]
        for name in files[:left]:
            with contextlib.suppress(OSError):
                newest = max(newest, os.stat(f"{place}{os.sep}{name}").st_mtime)  # noqa: PTH116 - many of them
        left -= len(files)
        if left <= 0:
            break
    return newest
