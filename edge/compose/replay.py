"""Replays of recordings: in a running gateway, and without one for `edge replay`."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from edge import __version__
from edge.compose.engine import open_engine
from edge.compose.recorder import folder_of
from edge.compose.uploads import open_uploads, uploads_of
from edge.engine import bundles, library_file
from edge.engine.replayer import Replayer
from edge.errors import CallerError, EdgeError, NotFoundError, PackageError
from edge.function import Function
from edge.gateway.loader import package_settings
from edge.gateway.secret_values import secret_values
from edge.packages.bundle import Bundle
from edge.packages.folder import read_folder
from edge.recording.recording import Engine as Ran
from edge.recording.recording import Recording, Run, decode, encode
from edge.recording.redact_runs import with_secrets
from edge.recording.report import Again, Report, report_of
from edge.recording.store import RecordingStore
from edge.recording.story import event_of
from edge.services.api import Grants
from edge.services.function_logs import FunctionLogs
from edge.services.logs import configure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.compose.engine import Engine
    from edge.config.model import Config
    from edge.engine.lineage import Lineage
    from edge.engine.template import Template
    from edge.gateway.source import ConfigSource
    from edge.packages.uploads import Uploads

AT_ONCE = 2
"""Replays of a gateway process at the same time: they take isolates from those that serve."""
LONGEST = 300.0
"""Seconds after which a replay is stopped; waiting takes none, so it is code that computes."""


class Code(msgspec.Struct, frozen=True):
    """What a recording is replayed with: a package, and how it wants to be called ("": as it was)."""

    bundle: Bundle
    contract: str = ""
    handler: str = ""


class Replays:
    """Replays with one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._limit = trio.CapacityLimiter(AT_ONCE)
        self._kept: list[str] = []

    async def replay(self, recording: Recording, code: Code, values: Mapping[str, str] | None = None) -> Report:
        """Run it; `values` of secrets take the places of their names.

        Raises PackageError, EngineCrashError, and CallerError when it takes longer than LONGEST.
        """
        values = {name: value for name, value in (values or {}).items() if name in recording.made.secrets}
        function = _function(recording, code)
        runs = [_called_as(run, code) if number == 0 else run for number, run in enumerate(recording.runs)]
        prepared = msgspec.structs.replace(recording, runs=with_secrets(runs, values))
        async with self._limit, self._engine.compiler.template(function, code.bundle) as compiled:
            template = compiled.of("replay")
            again = await self._run(template, prepared, code, values)
            ran = self._ran(template)
            return await trio.to_thread.run_sync(report_of, recording, again, code.bundle.hash, ran)

    async def _run(self, template: Template, recording: Recording, code: Code, values: Mapping[str, str]) -> Again:
        pool = self._engine.pool
        runner = await pool.acquire(template)
        try:
            same = recording.summary.package == code.bundle.hash
            with trio.fail_after(LONGEST):
                return await Replayer(runner, recording, values, same=same).run()
        except trio.TooSlowError:
            raise CallerError(f"the replay took more than {LONGEST:g} s, and was stopped") from None
        finally:
            runner.terminate()
            pool.release(runner, template, keep=False)  # type: ignore[arg-type]  # it came from this pool
            self._rest(template.key)

    def _rest(self, key: str) -> None:
        """The next replay is mostly of the same function: what is kept ready for one stays, until another one comes."""
        if key not in self._kept:
            self._kept.append(key)
        while len(self._kept) > AT_ONCE:
            self._engine.pool.retire(self._kept.pop(0))

    def _ran(self, template: Template) -> Ran:
        return Ran(
            __version__, library_file.versions().v8, bundles.fingerprint("runtime"), template.level, self._engine.mode
        )


def _function(recording: Recording, code: Code) -> Function:
    """The function as it was, of this code; nothing is granted to it."""
    made = recording.made
    return Function(
        id=secrets.token_hex(8),
        name=made.name,
        package=code.bundle.hash,
        version=made.version,
        contract=code.contract or made.contract,
        handler=code.handler or made.handler,
        limits=made.limits,
        env=made.env,
        secrets=dict.fromkeys(made.secrets, ""),
        mocks=made.mocks,
        eval=made.eval,
    )


def _called_as(run: Run, code: Code) -> Run:
    """The first run, as this code wants to be called."""
    said = {key: value for key, value in (("contract", code.contract), ("handler", code.handler)) if value}
    if not said:
        return run
    events = [event_of(event) for event in run.events]
    return msgspec.structs.replace(
        run, events=[msgspec.json.encode({**one, **said} if one.get("t") == "start" else one) for one in events]
    )


def original(recording: Recording, store: RecordingStore, uploads: Uploads | None = None) -> Code:
    """The code that was recorded, kept with recordings or uploaded.  Blocks.  Raises PackageError."""
    package = recording.summary.package
    content = recording.bundle or store.package(package)
    if content:
        return Code(Bundle.open(content))
    with suppress(EdgeError):
        if uploads is not None:
            return Code(uploads.get(package))
    raise PackageError(
        f"the package of this recording, {package[:19]}, is not kept here",
        hint="give the folder of its code with --package",
    )


def in_folder(folder: Path, name: str) -> Code:
    """The code in a folder.  Blocks.  Raises PackageError, ConfigError (the package's own file)."""
    return _code(read_folder(folder).bundle, name)


def of_version(reference: str, uploads: Uploads) -> Code:
    """The code of `hello@v4`.  Blocks.  Raises what Uploads.get raises."""
    return _code(uploads.get(reference), reference.partition("@")[0])


def _code(bundle: Bundle, name: str) -> Code:
    said = package_settings(bundle, name).function
    return Code(bundle, said.contract or "", said.handler)


class Wanted(msgspec.Struct, frozen=True):
    """What `edge replay` is to do: a recording by its id or file, or the `last` ones of a function.

    With `package` or `against` instead of the code that was recorded.  With `secrets` the config's values of them.
    """

    recording: str = ""
    last: int = 0
    function: str = ""
    package: Path | None = None
    against: str = ""
    secrets: bool = False


async def replay(source: ConfigSource, wanted: Wanted, came: Callable[[Report], None]) -> None:
    """Without a gateway; `came` is told of each.  Raises ConfigError, PackageError, CallerError, NotFoundError."""
    config = await trio.to_thread.run_sync(source.read, None)
    config = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, pool_size=0))
    configure("console", config.log.level)
    store = RecordingStore(folder_of(config))
    chosen = await trio.to_thread.run_sync(_chosen, store, wanted)
    code = await _other_code(config, wanted, chosen)
    needed = code is None and not all(one.bundle or store.has_package(one.summary.package) for one in chosen)
    uploads = await trio.to_thread.run_sync(uploads_of, config) if needed else None
    async with open_engine(config, _nothing, FunctionLogs().write) as engine:
        replays = Replays(engine)
        for recording in chosen:
            values = secret_values_of(config, recording, source.environ) if wanted.secrets else {}
            mine = await trio.to_thread.run_sync(original, recording, store, uploads) if code is None else code
            came(await replays.replay(recording, mine, values))


def stored(source: ConfigSource) -> RecordingStore:
    """The recordings of a config.  Blocks.  Raises ConfigError."""
    return RecordingStore(folder_of(source.read(None)))


def exported(source: ConfigSource, name: str, *, package: bool) -> bytes:
    """A file to pass on.  Blocks.  Raises NotFoundError, CallerError, PackageError."""
    store = stored(source)
    recording = load(store, name)
    return with_package(recording, store) if package else encode(recording)


def with_package(recording: Recording, store: RecordingStore) -> bytes:
    """The same with its code.  Blocks.  Raises PackageError."""
    return encode(msgspec.structs.replace(recording, bundle=bytes(original(recording, store).bundle.buffer)))


def _nothing(_: Lineage) -> Grants:
    return Grants()


def _chosen(store: RecordingStore, wanted: Wanted) -> list[Recording]:
    if wanted.recording:
        return [load(store, wanted.recording)]
    found = store.summaries(wanted.function, wanted.last)
    if not found:
        raise none_of(wanted.function)
    return [decode(store.read(summary.id)) for summary in found]


def none_of(function: str) -> NotFoundError:
    """Nothing can be run again; a check of nothing has not passed."""
    whose = f" of function {function}" if function else ""
    return NotFoundError(f"there are no recordings{whose}", hint="recordings.share says how many are kept")


def load(store: RecordingStore, name: str) -> Recording:
    """By its id, or a file.  Blocks.  Raises NotFoundError, CallerError."""
    path = Path(name)
    if path.is_file():
        try:
            return decode(path.read_bytes())
        except OSError as error:
            raise CallerError(f"{name} cannot be read: {error.strerror}") from error
    return decode(store.read(name))


async def _other_code(config: Config, wanted: Wanted, chosen: list[Recording]) -> Code | None:
    if wanted.package is not None:
        return await trio.to_thread.run_sync(in_folder, wanted.package, chosen[0].made.name.partition("@")[0])
    if wanted.against:
        uploads = await open_uploads(config)
        return await trio.to_thread.run_sync(of_version, wanted.against, uploads)
    return None


def secret_values_of(config: Config, recording: Recording, environ: Mapping[str, str]) -> dict[str, str]:
    """What the config says today.  Raises CallerError for one that has no value, OutsideError."""
    return secret_values(config, recording.made.name.partition("@")[0], recording.made.secrets, {}, environ)
