"""`edge kv`: the key-value store that a config names, beside a running gateway or without one."""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from edge.cli.admin_client import remote_option, token_option
from edge.cli.kv_remote import RemoteKV
from edge.cli.options import config_option, functions_option, output_option, print_table, sets_option, source_of
from edge.errors import CallerError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from edge.services.kv.interface import KVStore
    from edge.services.kv.records import Kind


def _store_options(function: Callable[..., None]) -> Callable[..., None]:
    return config_option(functions_option(sets_option(remote_option(token_option(function)))))


def _checked(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """As the config has it: in the path of a request, `a/b` would be another namespace's key."""
    from edge.config.function_checks import check_namespace

    if wrong := check_namespace(name):
        raise click.BadParameter(wrong, context, parameter)
    return name


_namespace = click.argument("namespace", callback=_checked)


def _remote(admin: str | None, token: str | None, **_: Any) -> RemoteKV | None:
    """The store of a running gateway, when one is named."""
    return None if admin is None else RemoteKV(admin, token)


def _with_store(
    config: Path | None,
    functions: Path | None,
    sets: tuple[str, ...],
    use: Callable[[KVStore], Awaitable[Any]],
    **_: Any,
) -> Any:
    """Open the store of a config, and do something with it."""
    import trio  # not needed for --help

    from edge.compose.services import kv_store

    found = source_of(config, functions, sets).read()
    if found.storage.kv == "memory":
        raise CallerError(
            "storage.kv is memory, which only the gateway itself sees", hint="--url asks a gateway that runs"
        )

    async def run() -> Any:
        async with kv_store(found) as store:
            return await use(store)

    return trio.run(run)


@click.group(epilog="Example: edge kv put counter visits 0 --json")
def command() -> None:
    """Read and write the key-value store of a config, or with --url that of a running gateway.

    The store on SQLite may be in use by a gateway meanwhile, and so may Redis.
    """


@command.command(epilog="Example: edge kv namespaces --url http://127.0.0.1:9090")
@output_option
@_store_options
def namespaces(output: str, **where: Any) -> None:
    """List the namespaces and what they hold."""

    async def use(store: KVStore) -> list[dict[str, Any]]:
        sizes = {name: await store.size(name) for name in await store.namespaces()}
        return [{"namespace": name, "entries": size.entries, "bytes": size.bytes} for name, size in sizes.items()]

    remote = _remote(**where)
    print_table(remote.namespaces() if remote else _with_store(**where, use=use), output)


@command.command("list", epilog="Example: edge kv list counter --prefix user: --output json")
@_namespace
@click.option("--prefix", default="", help="Only keys that begin with this.")
@output_option
@_store_options
def list_(namespace: str, prefix: str, output: str, **where: Any) -> None:
    """List keys, in order."""

    async def use(store: KVStore) -> list[dict[str, Any]]:
        rows, cursor = [], None
        while True:
            page = await store.list(namespace, prefix, 1000, cursor)
            rows += [_row(item.key, item.expires_at) for item in page.keys]
            cursor = page.cursor
            if cursor is None:
                return rows

    remote = _remote(**where)
    found = [_row(*each) for each in remote.list(namespace, prefix)] if remote else _with_store(**where, use=use)
    print_table(found, output)


def _row(key: str, expires_at: int | None) -> dict[str, str]:
    return {"key": key, "expires": _moment(expires_at)}


@command.command(epilog="Example: edge kv get counter visits")
@_namespace
@click.argument("key")
@_store_options
def get(namespace: str, key: str, **where: Any) -> None:
    """Print a value as it is; exit with 1 when there is none."""
    if remote := _remote(**where):
        value = remote.get(namespace, key)
    else:
        entry = _with_store(**where, use=lambda store: store.get(namespace, key))
        if entry is None:
            raise NotFoundError(f"there is no key {key!r} in {namespace!r}")
        value = entry.value
    sys.stdout.buffer.write(value)
    sys.stdout.buffer.flush()


@command.command(epilog="Example: edge kv put counter visits 0 --json --ttl 1h")
@_namespace
@click.argument("key")
@click.argument("value", required=False)
@click.option("--json", "as_json", is_flag=True, help="The value is JSON, as set() stores it; otherwise it is text.")
@click.option("--file", type=click.File("rb"), help="Take the bytes of this file (- is standard input).")
@click.option("--ttl", metavar="DURATION", help="Let it expire after this time, such as 5m.")
@_store_options
def put(
    namespace: str,
    key: str,
    value: str | None,
    as_json: bool,  # noqa: FBT001 - click's
    file: IO[bytes] | None,
    ttl: str | None,
    **where: Any,
) -> None:
    """Put a value."""
    if (value is None) == (file is None):
        raise click.UsageError("give VALUE, or --file")
    from edge.services.clock import wall_ms
    from edge.services.kv.expiry import expiry_of_ttl

    kind: Kind = "json" if as_json else "text" if file is None else "bytes"
    data = value.encode() if value is not None else file.read() if file else b""
    if as_json:
        from edge.services.kv.encoding import json_bytes

        data = json_bytes(key, data.decode(errors="replace"))
    if remote := _remote(**where):
        remote.put(namespace, key, data, kind, ttl)
        return
    expires_at = expiry_of_ttl(wall_ms(), ttl)
    _with_store(**where, use=lambda store: store.set(namespace, key, data, kind=kind, expires_at=expires_at))


@command.command(epilog="Example: edge kv delete counter visits")
@_namespace
@click.argument("key")
@_store_options
def delete(namespace: str, key: str, **where: Any) -> None:
    """Remove a key; exit with 1 when there is none."""
    if remote := _remote(**where):
        remote.delete(namespace, key)
    elif not _with_store(**where, use=lambda store: store.delete(namespace, key)):
        raise NotFoundError(f"there is no key {key!r} in {namespace!r}")


@command.command(epilog="Example: edge kv clear counter --force")
@_namespace
@click.option("--force", is_flag=True, help="Do not ask.")
@_store_options
def clear(namespace: str, force: bool, **where: Any) -> None:  # noqa: FBT001 - click's
    """Remove all keys of a namespace."""
    if not force:
        click.confirm(f"Remove all keys of {namespace}?", abort=True, err=True)
    if remote := _remote(**where):
        remote.import_(namespace, io.BytesIO(), 0, replace=True)
        return
    _with_store(**where, use=lambda store: store.clear(namespace))


@command.command(epilog="Example: edge kv export counter counter.ndjson")
@_namespace
@click.argument("file", type=click.File("wb"), default="-")
@click.option("--prefix", default="", help="Only keys that begin with this.")
@_store_options
def export(namespace: str, file: IO[bytes], prefix: str, **where: Any) -> None:
    """Write all entries as lines of JSON."""
    from edge.services.kv.transfer import export as export_from

    async def use(store: KVStore) -> int:
        count = 0
        async for line in export_from(store, namespace, prefix):
            file.write(line)
            count += 1
        return count

    if remote := _remote(**where):
        lines = remote.export(namespace, prefix)
        file.write(lines)
        count = lines.count(b"\n")
    else:
        count = _with_store(**where, use=use)
    click.echo(f"edge: {count} entries of {namespace} exported", err=True)


@command.command("import", epilog="Example: edge kv import counter counter.ndjson --replace")
@_namespace
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Remove what is there before; otherwise other keys stay.")
@_store_options
def import_(namespace: str, file: Path, replace: bool, **where: Any) -> None:  # noqa: FBT001 - click's
    """Put the entries of an export.  Nothing is written when a line of it is wrong."""
    from edge.services.kv.dump import entries_of
    from edge.services.kv.transfer import import_entries

    async def use(store: KVStore) -> int:
        with _lines(file) as lines:
            for _ in entries_of(lines, store.limits):
                pass
        with _lines(file) as lines:
            return await import_entries(store, namespace, entries_of(lines, store.limits), replace=replace)

    if remote := _remote(**where):
        with file.open("rb") as opened:
            count = remote.import_(namespace, opened, file.stat().st_size, replace=replace)
    else:
        count = _with_store(**where, use=use)
    click.echo(f"edge: {count} entries imported into {namespace}", err=True)


@command.command(epilog="Example: edge kv backup kv.sqlite3")
@click.argument("file", type=click.Path(path_type=Path))
@_store_options
def backup(file: Path, **where: Any) -> None:
    """Copy the whole store on SQLite into a new file, as of one moment, while it is used."""
    from edge.services.kv.sqlite import SqliteStore

    if _remote(**where):
        raise click.UsageError("a store is copied where it is: run this beside the gateway, or use edge kv export")

    async def use(store: KVStore) -> None:
        if not isinstance(store, SqliteStore):
            raise CallerError("only the store on SQLite is copied", hint="use BGSAVE of Redis, or edge kv export")
        await store.backup(file)

    _with_store(**where, use=use)
    click.echo(f"edge: copied into {file}", err=True)


@contextmanager
def _lines(file: Path) -> Iterator[Iterator[bytes]]:
    from edge.services.kv.dump import MAX_LINE

    with file.open("rb") as opened:
        yield iter(partial(opened.readline, MAX_LINE), b"")


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))
