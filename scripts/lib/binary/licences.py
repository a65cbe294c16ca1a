"""What the binary holds besides Python packages: its licences, and for `edge version` its names and versions."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import ssl
import subprocess
import sysconfig
from pathlib import Path

# A licence of each library that Python needs, in the words of SPDX; Debian's own files have all the texts.
_OF_GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
KNOWN = {
    "libbz2-1.0": "bzip2-1.0.6",
    "libcrypt1": "LGPL-2.1-or-later",
    "libgcc-s1": _OF_GCC,
    "libstdc++6": _OF_GCC,
    "libffi8": "MIT",
    "liblzma5": "0BSD",
    "libsqlite3-0": "blessing",
    "libssl3": "Apache-2.0",
    "libssl3t64": "Apache-2.0",
    "libuuid1": "BSD-3-Clause",
    "zlib1g": "Zlib",
    "libexpat1": "MIT",
}


def copy_licences(target: Path, libraries: dict[str, Path], launcher: dict[str, Path]) -> None:
    """To `target/licenses`: texts of Python, of the system's `libraries` (name -> file) and of the `launcher`'s parts.

    Beside them `libraries.json`, a list of what edge/compose/inventory/part.py calls a part.
    """
    folder = target / "licenses"
    folder.mkdir()
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    for name, text in {"python": python, **launcher}.items():
        if text.exists():
            shutil.copy(text, folder / f"{name}.txt")
    packages = sorted({package_of(path) for path in libraries.values()} - {""})
    for package in packages:
        text = Path("/usr/share/doc") / package / "copyright"
        if text.exists():
            shutil.copy(text.resolve(), folder / f"{package}.txt")
    parts = [described(package) for package in packages] or unpackaged()
    (folder / "libraries.json").write_text(json.dumps(parts, indent=1) + "\n", "utf-8")


def described(package: str) -> dict[str, str]:
    """A part, from what dpkg knows of it."""
    command = ["dpkg-query", "-W", "-f", "${Version}", package]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    licence = KNOWN.get(package, "")
    return {"kind": "deb", "namespace": "debian", "name": package, "version": version, "licence": licence}


def unpackaged() -> list[dict[str, str]]:
    """On a system without dpkg: the two that tell their versions."""
    openssl = re.split(r"\s", ssl.OPENSSL_VERSION)[1]
    return [
        {"kind": "generic", "name": "openssl", "version": openssl, "licence": "Apache-2.0"},
        {"kind": "generic", "name": "sqlite", "version": sqlite3.sqlite_version, "licence": "blessing"},
    ]


def package_of(file: Path) -> str:
    """The Debian package that `file` belongs to, or "" where none does or this is no Debian."""
    program = shutil.which("dpkg-query")
    for path in (file, file.resolve(), Path("/usr") / file.relative_to("/")) if program else ():
        answer = subprocess.run([str(program), "-S", path], check=False, capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.split(":", 1)[0]
    return ""
