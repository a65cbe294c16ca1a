"""`edge serve`."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import click

from edge.cli.options import config_option, functions_option, sets_option, setting, source_of


@click.command(epilog="Example: edge serve --config config/edge.toml --set engine.timeout=60s")
@config_option
@functions_option
@click.option(
    "--listen",
    multiple=True,
    metavar="ADDR",
    help="Public address: HOST:PORT or unix:PATH; port 0 picks one. May be repeated.",
)
@click.option("--admin", metavar="ADDR", help="Admin address.")
@click.option("--engine", type=click.Choice(["cells", "embedded"]), help="Where isolates run.")
@click.option("--workers", metavar="N", help='Gateway processes that share the listeners, or "auto".')
@click.option("--log-format", type=click.Choice(["json", "console"]), help="How logs are written.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the addresses here as JSON when everything answers.",
)
@click.option(
    "--take-over",
    is_flag=True,
    help="Take the sockets of the gateway that runs on the same data folder, which then drains and ends.",
)
@click.option(
    "--insecure-no-sandbox",
    is_flag=True,
    help="Run cells without a sandbox, where the kernel has none. Trusted code only.",
)
@sets_option
def command(
    config: Path | None,
    functions: Path | None,
    listen: tuple[str, ...],
    admin: str | None,
    engine: str | None,
    workers: str | None,
    log_format: str | None,
    ready_file: Path | None,
    take_over: bool,  # noqa: FBT001 - click passes it by name
    insecure_no_sandbox: bool,  # noqa: FBT001 - click passes it by name
    sets: tuple[str, ...],
) -> None:
    """Serve functions over HTTP until SIGTERM.

    SIGHUP, or a change of the config file, reloads it without dropping a request.  SIGUSR2 starts the program anew, in
    the version that is on disk, to take over the sockets: that drops no request either.
    """
    from edge.supervisor import zygote_start

    zygote_start.start_ahead(sandboxed=not insecure_no_sandbox and sys.platform == "linux")

    import trio  # not needed for --help

    from edge.compose.gateway import run_gateway
    from edge.compose.life import Options

    own = (
        *(setting("server.listen", json.dumps(list(listen))) if listen else ()),
        *setting("admin.listen", admin),
        *setting("engine.mode", engine),
        *setting("server.workers", workers),
        *setting("log.format", log_format),
    )
    source = source_of(config, functions, (*sets, *own))
    options = Options(
        *(source, partial(click.echo, err=True), ready_file), sandboxed=not insecure_no_sandbox, take_over=take_over
    )
    try:
        trio.run(partial(run_gateway, options))
    finally:
        zygote_start.discard()
