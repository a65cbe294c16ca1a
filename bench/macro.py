"""Whole functions over HTTP: echoes, a fetch, a counter, a page, many files; with new and with kept isolates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from bench.gateway import ROOT, Gateway, serving, write_config
from bench.http import own_load
from bench.peers.install import MODULES, install
from bench.samples import BYTE_ECHO, COUNTER, JSON_ECHO, write_function, write_tree
from bench.table import Column, Table
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("function"),
    Column("isolate"),
    Column("CPU each", "us"),
    Column("CPU / hello", "", 2),
    Column("requests", "1/s"),
    Column("p50", "ms", 2),
    Column("p99", "ms", 2),
    Column("errors"),
]
NOTES = [
    "Mode cells, 8 connections, load by bench/load.py in a process of its own. CPU of all processes of the gateway.",
    "Fetch: from a server in a process of its own, whose CPU does not count. KV is SQLite on disk.",
    "The page is made with Hono and its JSX; the package of 100 files loads all of them.",
]
CONNECTIONS = 8
HELLO = 'module.exports = (req, res) => res.type("text/plain").send("Hello, World!\\n");\n'
FETCH = """\
module.exports = async (req, res) => {
  const answer = await fetch("http://127.0.0.1:PORT/");
  res.type("text/plain").send(`got ${await answer.text()}`);
};
"""
PAGE = """\
import { Hono } from "hono";
import { html } from "hono/html";
const app = new Hono();
const Row = (number) => html`<tr><td>${number}</td><td>${`item <${number}>`}</td><td>${number * 7}</td></tr>`;
app.get("*", (c) => c.html(html`<!doctype html><html><body><h1>Items</h1><table>
${Array.from({ length: 50 }, (_, number) => Row(number))}</table></body></html>`));
export default app;
"""


class _Case(NamedTuple):
    name: str
    label: str
    body: int = 0


CASES = (
    _Case("hello", "hello"),
    _Case("json", "JSON echo, 1 KiB", KIB),
    _Case("bytes", "echo, 1 MiB", MIB),
    _Case("fetch", "fetch from a local server"),
    _Case("counter", "KV counter"),
    _Case("page", "page with Hono"),
    _Case("tree", "package of 100 files"),
)


async def macro(scale: Scale, folder: Path) -> Table:
    """Each function with a new isolate for each request, and with kept ones."""
    table = Table("macro", "Functions over HTTP", COLUMNS, notes=NOTES)
    with _origin() as port:
        for kept in (False, True):
            _write(folder / "functions", port, "kept" if kept else "fresh")
        names = [f"{case.name}-{kind}" for case in CASES for kind in ("fresh", "kept")]
        config = write_config(folder, names, reused=[name for name in names if name.endswith("kept")])
        text = config.read_text("utf-8")
        config.write_text(f'{text}[egress]\nallow = ["127.0.0.1:{port}"]\n', "utf-8")
        async with serving(config) as gateway:
            for kind in ("fresh", "kept"):
                await _add(table, gateway, kind, scale.load_seconds)
    return table


async def _add(table: Table, gateway: Gateway, kind: str, seconds: float) -> None:
    base = 0.0
    for case in CASES:
        name = f"{case.name}-{kind}"
        await own_load(gateway, [name], CONNECTIONS, seconds / 3, body=case.body)
        before = gateway.tree_cpu_seconds()
        load = await own_load(gateway, [name], CONNECTIONS, seconds, body=case.body)
        cpu = (gateway.tree_cpu_seconds() - before) / load.requests
        base = base or cpu
        figures = (load.requests / load.seconds, load.p50 * 1e3, load.p99 * 1e3, load.errors)
        table.add(case.label, kind, cpu * 1e6, cpu / base, *figures)


def _write(functions: Path, port: int, kind: str) -> None:
    """Raises InternalError where Hono cannot be had."""
    install()
    write_function(functions, f"hello-{kind}", HELLO)
    write_function(functions, f"json-{kind}", JSON_ECHO)
    write_function(functions, f"bytes-{kind}", BYTE_ECHO, module=True)
    write_function(functions, f"fetch-{kind}", FETCH.replace("PORT", str(port)))
    write_function(functions, f"counter-{kind}", COUNTER)
    write_function(functions, f"page-{kind}", PAGE, module=True)
    shutil.copytree(MODULES / "hono", functions / f"page-{kind}" / "node_modules" / "hono")
    write_tree(functions, f"tree-{kind}", own_files=70)


@contextmanager
def _origin() -> Iterator[int]:
    """A small server; its port."""
    with subprocess.Popen([sys.executable, "-m", "bench.origin"], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # it was asked for
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
