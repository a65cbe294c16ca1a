"""docs/reference/runtime.md: what a function finds, asked from inside one."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import trio

import edge
from edge.compose.invoke import Invocation, invoke
from edge.gateway.source import ConfigSource
from edge.runtime.node_modules import BUILTINS, PROVIDED
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNTIME = Path(edge.__path__[0]) / "runtime"
_TEXT = Path(__file__).with_name("runtime.md")

# The interfaces and globals of ECMA-429, 1st edition; members of `WebAssembly` and `navigator` apart.
_NAMES = """
AbortController AbortSignal Event EventTarget CustomEvent ErrorEvent MessageChannel MessageEvent MessagePort
PromiseRejectionEvent DOMException Headers Request Response FormData Blob File CompressionStream DecompressionStream
ByteLengthQueuingStrategy CountQueuingStrategy ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader TransformStream
TransformStreamDefaultController WritableStream WritableStreamDefaultController WritableStreamDefaultWriter TextDecoder
TextDecoderStream TextEncoder TextEncoderStream URL URLSearchParams URLPattern Crypto CryptoKey SubtleCrypto Performance
WebAssembly globalThis atob btoa clearTimeout clearInterval navigator onerror onunhandledrejection onrejectionhandled
queueMicrotask reportError self setTimeout setInterval structuredClone fetch console crypto performance
"""
MINIMUM = frozenset(_NAMES.split())

_PROBE = """
const names = %s;
const isAbsent = (call) => {
  try {
    call();
  } catch (error) {
    return error.code === 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  }
};
const describe = (name) => {
  try {
    const found = require(name);
    const keys = Object.keys(found).filter((key) => key !== 'default' && !key.startsWith('_'));
    const absent = name === 'crypto' ? keys.filter((key) => isAbsent(found[key])) : [];
    return { exports: keys.filter((key) => !absent.includes(key)), absent };
  } catch (error) {
    return { reason: error.message, code: error.code };
  }
};
module.exports = (req, res) => {
  const globals = Reflect.ownKeys(globalThis).filter((key) => typeof key === 'string');
  const variables = { ...process.env };
  res.json({ variables, globals, modules: Object.fromEntries(names.map((name) => [name, describe(name)])) });
};
"""


def page() -> str:
    """The page."""
    found = _ask()
    provided = {name: found["modules"][name] for name in sorted(PROVIDED)}
    text = _TEXT.read_text(encoding="utf-8")
    head, rest = text.split("<!-- generated -->")
    return whole(
        head.format(generated=GENERATED.format(source="a running function, and scripts/lib/reference/runtime.md")),
        "## Globals",
        "Beside those of ECMAScript itself:",
        ", ".join(map(code, _globals(found["globals"]))) + ".",
        _minimum({*found["globals"]}),
        "In CommonJS modules also `require`, `module`, `exports`, `__filename` and `__dirname`.",
        "### What differs from the standards",
        "Every folder of the runtime says which standard it follows and where it does not.",
        "\n\n".join(_differences()),
        "## Environment variables",
        "`process.env` has the function's `env` and `secrets`, and in every contract these; one of its own "
        "with such a name wins. `env` of the web contract (`context.env`, `req.env`) has the function's own alone. "
        "Writing has no effect.",
        table(("variable", "value"), _variables(found["variables"])),
        "Those without a fixed value are not there while a package's top level runs at its deployment: a top level "
        "that reads one runs for each request.",
        "## Modules of Node",
        "With and without `node:` in front of the name. What is not listed here is not exported: "
        "[Node compatibility](node.md) says why.",
        table(("module", "exports"), ((code(name), _exports(module)) for name, module in provided.items())),
        "These throw when they are required, and say why:",
        table(("module", "message"), _refused(found["modules"])),
        rest,
    )


def _ask() -> dict[str, Any]:
    """The answer of a function that looks around."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "probe"
        package.mkdir()
        (package / "index.js").write_text(_PROBE % sorted(BUILTINS))
        source = ConfigSource(folder=Path(folder), sets=(f"storage.data_dir={folder}/data",), environ={})
        wanted = Invocation("probe", "/", "GET", [("x-amzn-trace-id", "Root=1")], None, {})
        result = trio.run(partial(invoke, source, wanted))
    if result.problem:
        raise RuntimeError(result.problem)
    answer: dict[str, Any] = msgspec.json.decode(result.body)
    return answer


def by_name(names: Iterable[str]) -> list[str]:
    """In the order of a dictionary, the same for names that differ in case only."""
    return sorted(names, key=lambda name: (name.lower(), name))


def _globals(found: list[str]) -> list[str]:
    """What V8 alone does not have."""
    program = (
        "import py_mini_racer as p; print(p.MiniRacer().eval('JSON.stringify(Object.getOwnPropertyNames(globalThis))'))"
    )
    own = set(
        msgspec.json.decode(subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE).stdout)
    )
    return by_name({*found} - (own - {"console", "setTimeout", "clearTimeout"}))


def _minimum(found: set[str]) -> str:
    """How much there is of ECMA-429."""
    missing = by_name(MINIMUM - found)
    standard = (
        "the [minimum common web API](https://ecma-international.org/publications-and-standards/standards/ecma-429/)"
    )
    if not missing:
        return f"That is all of {standard} (ECMA-429); what differs from it stands below, with what it means."
    return f"Of {standard} (ECMA-429) these are not there: {', '.join(map(code, missing))}."


# What differs from function to function, or from request to request.
_VARYING = {
    "_HANDLER": "file and export: `handler`, or the package's main file and `.handler`",
    "_X_AMZN_TRACE_ID": "`X-Amzn-Trace-Id` of the request, or one made of the request id",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "`memory`, in MiB",
    "AWS_LAMBDA_FUNCTION_NAME": "the function's name",
    "AWS_LAMBDA_FUNCTION_VERSION": "the deployed version",
    "AWS_LAMBDA_LOG_GROUP_NAME": "`/aws/lambda/` and the function's name",
    "AWS_LAMBDA_LOG_STREAM_NAME": "day, version and request id",
    "HKS_FUNCTION_NAME": "the function's name",
    "HKS_FUNCTION_VERSION": "the deployed version",
}
_GIVEN = {"OTEL_EXPORTER_OTLP_ENDPOINT": "that of the gateway's environment, when it is set there"}


def _variables(found: dict[str, str]) -> list[tuple[str, str]]:
    """All of them, asked from inside a function; raises for one that is described and not there."""
    missing = _VARYING.keys() - found.keys()
    if missing:
        raise RuntimeError(f"a function does not find {', '.join(sorted(missing))}")
    described = {name: _VARYING.get(name) or code(value) for name, value in found.items()} | _GIVEN
    return [(code(name), described[name]) for name in sorted(described)]


def _exports(module: dict[str, list[str]]) -> str:
    names = ", ".join(map(code, by_name(module["exports"])))
    absent = ", ".join(map(code, by_name(module["absent"])))
    return f"{names}<br>There, but throwing: {absent}" if absent else names


def _refused(modules: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """Modules by the reason that they have in common."""
    by_reason: dict[str, list[str]] = {}
    for name, module in sorted(modules.items()):
        if "reason" in module:
            by_reason.setdefault(module["reason"].partition(": ")[2], []).append(name)
    return [(", ".join(map(code, names)), reason) for reason, names in by_reason.items()]


def _differences() -> list[str]:
    """What the README of each folder of the runtime says after "Differs"."""
    found = []
    for path in sorted(_RUNTIME.glob("*/README.md")):
        text = path.read_text(encoding="utf-8")
        words = re.search(r"^Differ(?:s|ences)\b(.*)", text, re.MULTILINE | re.DOTALL)
        folder = path.parent.name
        if words:
            link = f"[{folder}](../../edge/runtime/{folder}/README.md)"
            rest = words[1].lstrip(":, \n").strip()
            found.append(f"**{link}**:{chr(10) if rest.startswith('-') else ' '}{rest}")
    return found
