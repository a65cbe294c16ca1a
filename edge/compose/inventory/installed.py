"""The parts of this installation: packages of Python and npm, V8, Python, and libraries that the binary brings."""

from __future__ import annotations

import platform
import re
import sqlite3
import ssl
import sys
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge import __version__
from edge.compose.inventory.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION = "edge-gateway"
LICENCE = "Apache-2.0"
# What packages write that say it in words of their own, as SPDX writes it.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_SPLIT = re.compile(r"[\s;<>=!~\[(]")


def whole(v8: str, mini_racer: str) -> list[Part]:
    """All parts; edge itself comes first.  The versions of V8 and of its wrapper are those of the loaded library."""
    own = Part("pypi", DISTRIBUTION, __version__, LICENCE)
    engine = Part("generic", "v8", v8, "BSD-3-Clause")
    python = Part("generic", "python", platform.python_version(), "PSF-2.0")
    packages = [part for part in python_packages() if part.name != "mini-racer"]
    wrapper = Part("pypi", "mini-racer", mini_racer, "ISC")
    return [own, engine, wrapper, python, *libraries(), *packages, *npm_packages()]


def libraries() -> list[Part]:
    """Those that the binary brings; elsewhere the versions of the two of the system that matter most."""
    brought = Path(sys.prefix) / "licenses" / "libraries.json"
    if brought.exists():
        return msgspec.json.decode(brought.read_bytes(), type=list[Part])
    openssl = ssl.OPENSSL_VERSION.split()[1]
    return [
        Part("generic", "openssl", openssl, "Apache-2.0"),
        Part("generic", "sqlite", sqlite3.sqlite_version, "blessing"),
    ]


def python_packages() -> list[Part]:
    """What edge needs of PyPI and what that needs, as it is installed, by name."""
    found: dict[str, Part] = {}
    waiting = list(_needs(DISTRIBUTION))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # for another platform or version of Python
        found[name] = Part("pypi", name, about["Version"], licence_of(about))
        waiting += _needs(name)
    return [found[name] for name in sorted(found)]


def _needs(name: str) -> Iterator[str]:
    try:
        wanted = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in wanted:
        if "extra ==" not in requirement.partition(";")[2]:
            yield canonical(_SPLIT.split(requirement.strip(), maxsplit=1)[0])


def canonical(name: str) -> str:
    """As PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(about: metadata.PackageMetadata) -> str:
    """An SPDX expression where the package says enough."""
    stated = next((text for key in ("License-Expression", "License") for text in about.get_all(key) or []), "")
    if stated and "\n" not in stated and len(stated) < 100:
        return _SPDX.get(stated, stated)
    classified = [line.rpartition(":: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " OR ".join(sorted({_SPDX.get(name, name) for name in classified} - {"OSI Approved"}))


def npm_packages() -> list[Part]:
    """Those in the JavaScript of the runtime and of the admin page."""
    stated = [
        (resources.files("edge.runtime") / "bundle" / "runtime.cdx.json").read_bytes(),
        (resources.files("edge.page") / "bundle" / "page.cdx.json").read_bytes(),
    ]
    components = [each for text in stated for each in msgspec.json.decode(text)["components"]]
    found = {
        each["purl"]: Part("npm", each["name"], each["version"], each["licenses"][0].get("expression", ""))
        for each in components
    }
    return [found[purl] for purl in sorted(found)]


def licence_texts() -> Iterator[tuple[str, str]]:
    """(heading, text) of every licence that comes with the program."""
    for part in python_packages():
        distribution = metadata.distribution(part.name)
        for name in distribution.metadata.get_all("License-File") or []:
            text = distribution.read_text(f"licenses/{name}") or distribution.read_text(name)
            if text:
                yield f"{part.name} {part.version}: {name}", text
    for package in ("runtime", "page"):
        text = (resources.files(f"edge.{package}") / "bundle" / "LICENSES.txt").read_text("utf-8")
        yield f"npm packages in the JavaScript of the {package}", text
    notices = resources.files("edge.compose.inventory") / "notices"
    folder = Path(sys.prefix) / "licenses"
    others = [*notices.iterdir(), *(sorted(folder.glob("*.txt")) if folder.is_dir() else [])]
    for file in sorted(others, key=lambda file: file.name):
        yield file.name.removesuffix(".txt"), file.read_text("utf-8")
